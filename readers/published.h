/*
 * Reads back a CSV table that this program has published, or one of its kind that people write: the
 * columns that are asked for, by name, row by row.
 */
#ifndef READERS_PUBLISHED_H
#define READERS_PUBLISHED_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/error.h"
#include "policy/span.h"
#include "readers/source.h"

enum { PUBLISHED_COLUMNS_MAX = 40 };

struct published_table {
    const char *path;
    const char *name; /* in messages */
    const char *const *columns;
    int column_count;
    /*
     * Text that begins like a formula has been written with one more apostrophe in front: drop it
     * (outputs.md). Not for tables that people write.
     */
    bool guarded;
};

/*
 * Calls `row` with the values in the order of the columns; they die when the call returns. A call
 * returns 0, or -1 with err filled, which ends the reading. 0, or -1 with err filled: ERROR_INPUT,
 * "name:line: cause", for a file that is none, lacks a column, or has a row of another length.
 * `sha256` may be NULL; it is of the bytes as stored.
 */
int published_read(const struct published_table *table,
                   int (*row)(void *context, const struct span *values, uint64_t line,
                              struct error *err),
                   void *context, char sha256[SHA256_TEXT_MAX], struct error *err)
    __attribute__((warn_unused_result));

#endif
