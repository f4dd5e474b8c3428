/*
 * One row of an input as CSV, in the canonical spelling: every column of inputs.md in its order,
 * then the file and line that the row was read from. The readers of the exports read it back to the
 * same record; the two columns more are none of theirs.
 */
#ifndef BATCH_SOURCE_ROW_H
#define BATCH_SOURCE_ROW_H

#include <stdint.h>

#include "readers/table.h"

enum { SOURCE_ROW_BYTES_MAX = 32 * 1024 };

/* Text as a CSV value, in quotes where it needs them; returns where it ends. Room: 2 x size + 2. */
char *source_put_text(char *at, struct span text);

/* The header, with its line end; with `places` the columns file and line too. */
char *source_put_header(char *at, const struct table *table, bool places);

/*
 * The row, with its line end. file NULL: without the two columns; "": both empty (a row that an
 * earlier period carried over).
 */
char *source_put_row(char *at, const struct table *table, const void *record, const char *file,
                     uint64_t line, int utc_offset_seconds);

/* One column's value of a record, unquoted; returns where it ends. */
char *source_put_value(char *at, const struct table *table, const struct column *column,
                       const void *record, int utc_offset_seconds);

#endif
