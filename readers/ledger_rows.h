/*
 * Reads a published ledger back, row by row, with a memory that does not grow with it.
 *
 * Order of calls: ledger_rows_open(), ledger_rows_next() until it gives 0, ledger_rows_sha256(),
 * ledger_rows_close(). A ledger that is no table (no header, a row with another number of fields,
 * a stray quote) is ERROR_INPUT; memory is ERROR_IO.
 */
#ifndef READERS_LEDGER_ROWS_H
#define READERS_LEDGER_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "policy/error.h"
#include "policy/span.h"
#include "readers/csv.h"
#include "readers/source.h"

enum { LEDGER_ROWS_COLUMNS_MAX = 64 };

struct ledger_rows;

/*
 * Opens the file at `path` and reads its header; `name` stands for it in messages and must outlive
 * the reader. *out is written on success only.
 */
int ledger_rows_open(struct ledger_rows **out, const char *path, const char *name,
                     struct error *err) __attribute__((warn_unused_result));

size_t ledger_rows_column_count(const struct ledger_rows *rows);

/* The place of the column with that name, or SIZE_MAX. */
size_t ledger_rows_column(const struct ledger_rows *rows, const char *name);

/*
 * The next row: 1, 0 at the end, or -1 with err filled. It has as many fields as the header and
 * dies with the next call.
 */
int ledger_rows_next(struct ledger_rows *rows, struct csv_row *row, struct error *err)
    __attribute__((warn_unused_result));

/* Of the file as stored, lower-case hex, once, behind the end: 0, or -1 with err filled. */
int ledger_rows_sha256(struct ledger_rows *rows, char text[SHA256_TEXT_MAX], struct error *err)
    __attribute__((warn_unused_result));

/* NULL is allowed. */
void ledger_rows_close(struct ledger_rows *rows);

/* Text of an export without the apostrophe that keeps it from being taken for a formula. */
struct span ledger_text(struct span field);

#endif
