/*
 * An accepted row, with its position, in few bytes: an order of usual contents takes about a
 * hundred, a third of its record. In memory and in spill files only, never in anything published.
 */
#ifndef BATCH_PACKED_ROW_H
#define BATCH_PACKED_ROW_H

#include <stddef.h>

#include "policy/arena.h"
#include "policy/reject.h"
#include "readers/table.h"

/* Bytes that the packed row takes at most. */
size_t packed_row_bound(const struct table *table, const void *record);

/* Packs the row into `bytes`, which has room for packed_row_bound; how many bytes it took. */
size_t packed_row_put(const struct table *table, const void *record, struct row_position position,
                      char *bytes);

/*
 * Unpacks the row at `bytes` into a new record of the arena, equal to the packed one. Its texts
 * point into the packed bytes, which must outlive it. Returns where the row ends, at most `end`;
 * NULL when memory is out.
 */
const char *packed_row_get(const struct table *table, const char *bytes, const char *end,
                           struct arena *arena, void **record, struct row_position *position)
    __attribute__((warn_unused_result));

#endif
