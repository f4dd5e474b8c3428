/*
 * Reads billing exports under a profile: one pass, row by row, in memory that does not grow with
 * the files. Bytes, records and fields are taken by the same engine as those of every other input
 * (readers/source.h, records.h, csv.h); which column is what comes from the profile.
 *
 * A bad row is rejected alone and handed to the sink; a bad file is ERROR_INPUT, "file:line:
 * cause", and nothing read from it may be used. Every row is parsed as far as its kind is of use:
 * the account, category and amount of all rows, the month, ids and references of all but charges.
 */
#ifndef READERS_BILLING_H
#define READERS_BILLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/billing.h"
#include "policy/error.h"
#include "policy/profile.h"
#include "readers/source.h"

enum {
    BILLING_TEXT_BYTES_MAX = 1024,       /* of ids, which some providers make of paths */
    BILLING_DESCRIPTION_BYTES_MAX = 256, /* longer ones are cut */
};

struct billing_file {
    const char *path; /* to open */
    const char *name; /* base name: in messages and rejects */
    uint32_t number;  /* the caller's, handed on with rejects */

    uint64_t bytes;               /* as stored */
    char sha256[SHA256_TEXT_MAX]; /* of the bytes as stored */
    uint64_t rows_read;           /* = rows_accepted + rows_rejected */
    uint64_t rows_accepted;
    uint64_t rows_rejected;
};

/* Every accepted row is in exactly one of these. */
struct billing_total {
    uint64_t rows;
    struct billed sum; /* as billed, exactly; without the parts that are left out */
};

struct billing_totals {
    struct billing_total of[BILLING_KIND_END][CURRENCY_COUNT];
};

struct billing_reject {
    uint32_t file;
    uint64_t line;
    const char *reason; /* a code of inputs.md, or "parts_do_not_add_up" */
    struct span column; /* the heading; empty for a wrong field count */
    struct span record; /* as written, without its line end */
};

/*
 * Where rows go; what they point at dies when the call returns. `line` gets every row that is not a
 * charge and has an amount other than zero. 0, or -1 with err filled, which ends the reading.
 */
struct billing_sink {
    void *context;
    int (*line)(void *context, const struct billing_line *line, struct error *err);
    int (*reject)(void *context, const struct billing_reject *reject, struct error *err);
};

struct billing_options {
    const struct profile *profile;
    int utc_offset_seconds; /* of the policy, in which months are counted */
    size_t chunk_bytes;     /* bytes taken at a time; 0: the default. Results never depend on it */
    void (*progress)(void *context, uint64_t bytes);
    void *progress_context;
};

/* Reads the files one after another, adding to *totals: 0, or -1 with err filled. */
int billing_read(struct billing_file *files, size_t file_count,
                 const struct billing_options *options, const struct billing_sink *sink,
                 struct billing_totals *totals, struct error *err)
    __attribute__((warn_unused_result));

#endif
