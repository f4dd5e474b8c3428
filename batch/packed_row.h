/*
 * An accepted row in few bytes: every column of its record and where it stood, to be kept by the
 * million and read again. An order takes about 100 bytes, where struct order alone takes 192.
 *
 * Packed rows are for the run that made them: no format, not for a file that outlives it. They
 * follow each other without gaps or alignment; a row is read with the table it was written with.
 * Every value comes back that a member can hold, whether a row could say it or not.
 *
 * Pure functions of their arguments: any thread may call them.
 */
#ifndef BATCH_PACKED_ROW_H
#define BATCH_PACKED_ROW_H

#include <stddef.h>

#include "policy/arena.h"
#include "policy/reject.h"
#include "readers/table.h"

/* Bytes that packed_row_put writes at most: the texts', 20 a column and 20 for the position. */
size_t packed_row_bound(const struct table *table, const void *record);

/*
 * Packs the record with its text and its position (file UINT32_MAX, a carried row, is fine) to
 * `bytes`, which has room for packed_row_bound of them; returns how many it wrote.
 */
size_t packed_row_put(const struct table *table, const void *record, struct row_position position,
                      char *bytes);

/*
 * Unpacks the row at `bytes` and returns where it ends: at most `end`, up to where packed rows
 * reach (a row cut short is a bug, and asserted). NULL when memory is out.
 *
 * *record is the arena's, with its padding cleared; its text is not copied but lies in the packed
 * bytes, which must outlive it and stay as they are. An empty text is {"", 0}.
 */
const char *packed_row_get(const struct table *table, const char *bytes, const char *end,
                           struct arena *arena, void **record, struct row_position *position)
    __attribute__((warn_unused_result));

#endif
