/*
 * Splits blocks of records into fields.
 *
 * libcsv, in its strict mode, is what defines the format. A record without a quote, which is nearly
 * every one, has a shape so simple that it is split in place, to the same fields; every other
 * record goes to libcsv. tests/readers/test_csv.c and tests/fuzz/fuzz_input.c hold the two
 * together.
 *
 * Order of calls: tokenizer_open(), then tokenizer_load() for each block and tokenizer_next() until
 * it gives 0; tokenizer_close(). One tokenizer is used by one thread at a time.
 */
#ifndef READERS_CSV_H
#define READERS_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/error.h"
#include "policy/span.h"
#include "readers/records.h"

/* A record that is no blank line. Dies with the next call; what it points into may last longer. */
struct csv_row {
    struct span raw; /* as written, without its line end */
    uint64_t line;   /* that it starts on */
    const struct span *fields;
    size_t field_count; /* all of them, also those beyond the ones kept */
    bool plain;         /* no control character and nothing beyond ASCII in any field */
    bool in_block;      /* the fields' text lies in the block, and lives as long as it */
};

struct tokenizer;

/* The delimiter is one byte, no quote, CR or LF. `name` stands for the file in messages. */
int tokenizer_open(struct tokenizer **out, char delimiter, const char *name, struct error *err)
    __attribute__((warn_unused_result));

/* Keep only so many fields of each following row, at least 1; SIZE_MAX, as at first: all. */
void tokenizer_keep(struct tokenizer *tokenizer, size_t fields_max);

/* Sends every record to libcsv: for the tests, which compare. */
void tokenizer_force_libcsv(struct tokenizer *tokenizer);

/* Starts on a block, which must outlive the rows. */
int tokenizer_load(struct tokenizer *tokenizer, const struct block *block, struct error *err)
    __attribute__((warn_unused_result));

/*
 * The next row of the block: 1, 0 when there is none, or -1 with err filled: ERROR_INPUT for a
 * quote where none may stand or that never closes, and for a record over RECORD_BYTES_MAX.
 */
int tokenizer_next(struct tokenizer *tokenizer, struct csv_row *row, struct error *err)
    __attribute__((warn_unused_result));

void tokenizer_close(struct tokenizer *tokenizer);

/* Empty, or nothing but spaces and tabs. */
static inline bool is_blank(struct span text)
{
    size_t i;

    for (i = 0; i < text.size; i++) {
        if (text.data[i] != ' ' && text.data[i] != '\t')
            return false;
    }
    return true;
}

#endif
