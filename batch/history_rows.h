/*
 * What earlier periods left about a month's accounts and orders, as the rows of state files
 * (docs/formats.md): the part of the previous carry-forward that the month read.
 */
#ifndef BATCH_HISTORY_ROWS_H
#define BATCH_HISTORY_ROWS_H

#include "batch/month.h"
#include "policy/state_layout.h"

enum { HISTORY_FILE_COUNT = 5 };

/* The files' layouts, in byte order of their names. */
extern const struct state_layout *const history_layouts[HISTORY_FILE_COUNT];

/* Whether the file's rows are about orders, by order_id; otherwise about accounts. */
bool history_by_order(int file);

/*
 * Hands on the rows of one file, in order. The month is read, with its history, and not settled
 * yet. 0, or -1 with err filled; a call of `row` returns the same.
 */
int history_rows(const struct month *month, int file,
                 int (*row)(void *context, const struct state_row *row, struct error *err),
                 void *context, struct error *err) __attribute__((warn_unused_result));

#endif
