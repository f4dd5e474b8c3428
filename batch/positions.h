/*
 * A set of row positions: the rows of an input that turned out not to count.
 *
 * Order of calls: add ..., sort, has ... . Eight bytes a row.
 */
#ifndef BATCH_POSITIONS_H
#define BATCH_POSITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/error.h"
#include "policy/reject.h"

/* `struct positions positions = {0};` is empty and ready. */
struct positions {
    uint64_t *items;
    size_t count;
    size_t capacity;
};

void positions_release(struct positions *positions);

/* 0, or -1 with err filled. */
int positions_add(struct positions *positions, struct row_position position, struct error *err)
    __attribute__((warn_unused_result));
void positions_sort(struct positions *positions);
bool positions_has(const struct positions *positions, struct row_position position);

#endif
