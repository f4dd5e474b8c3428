/*
 * A ledger's cell as the text that its CSV file shows, but neither quoted nor guarded: to compare
 * an entry with a published row, and for outputs that have their own way of quoting.
 */
#ifndef WRITERS_CELL_PLAIN_H
#define WRITERS_CELL_PLAIN_H

#include "writers/table.h"

enum { CELL_PLAIN_MAX = 64 };

/* Text cells are borrowed from the entry; all others are written into `room`. */
struct span cell_plain(const struct cell *cell, int utc_offset_seconds, char room[CELL_PLAIN_MAX]);

/* Whether a published value of the cell's kind may have an apostrophe in front. */
static inline bool cell_is_guarded(const struct cell *cell)
{
    return cell->kind == CELL_TEXT || cell->kind == CELL_RAW;
}

#endif
