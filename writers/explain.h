/*
 * Tells explanations: for people, or as JSON for programs. Made by policy/explain.h, completed by
 * the caller with what stands in the ledger and in the sources.
 *
 * Order of calls: explain_writer_open, explain_writer_decision ..., explain_writer_unknown ...,
 * explain_writer_close. Writes go to `out`; a failed one shows at the end.
 */
#ifndef WRITERS_EXPLAIN_H
#define WRITERS_EXPLAIN_H

#include <stdio.h>

#include "policy/error.h"
#include "policy/explanation.h"
#include "writers/table.h"

/* A value with its column's name. */
struct told_field {
    struct span name;
    struct span value;
};

/* A row that was looked at. */
struct told_source {
    const char *input;
    struct span file; /* empty: carried over from an earlier period */
    uint64_t line;
    const struct told_field *fields;
    size_t field_count;
};

/* A decision, ready to be told. */
struct told_decision {
    const char *period;
    const char *manifest_sha256;
    const struct explanation *explanation;
    const struct ledger *ledger;
    const struct span *row; /* of the ledger's columns, unguarded */
    uint64_t row_line;
    const struct told_source *sources;
    size_t source_count;
    const struct span *differences; /* a sentence each; none: made again, it is the same */
    size_t difference_count;
    int utc_offset_seconds;
};

enum explain_format { EXPLAIN_TEXT, EXPLAIN_JSON };

struct explain_writer {
    FILE *out;
    enum explain_format format;
    size_t decisions;
    size_t unknown;
};

void explain_writer_open(struct explain_writer *writer, FILE *out, enum explain_format format);
int explain_writer_decision(struct explain_writer *writer, const struct told_decision *decision,
                            struct error *err) __attribute__((warn_unused_result));
/* An id that no decision bears. */
int explain_writer_unknown(struct explain_writer *writer, const char *id, struct error *err)
    __attribute__((warn_unused_result));
/* 0, or -1 with err filled (ERROR_IO) where any write has failed. */
int explain_writer_close(struct explain_writer *writer, struct error *err)
    __attribute__((warn_unused_result));

/* The formats' own parts. */
void explain_text_decision(FILE *out, const struct told_decision *decision);
int explain_json_decision(FILE *out, const struct told_decision *decision, struct error *err)
    __attribute__((warn_unused_result));

#endif
