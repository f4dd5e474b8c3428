/*
 * Owns the list of positions and the search in it.
 */
#include "batch/positions.h"

#include <stdlib.h>

#include "policy/block.h"

void positions_release(struct positions *positions)
{
    block_free(positions->items);
    *positions = (struct positions){0};
}

int positions_add(struct positions *positions, struct row_position position, struct error *err)
{
    if (positions->count == positions->capacity) {
        size_t capacity = positions->capacity + positions->capacity / 2 + 64;
        uint64_t *items = block_resize(positions->items, capacity, sizeof(*items));

        if (items == NULL)
            return error_set(err, ERROR_IO, "out of memory");
        positions->items = items;
        positions->capacity = capacity;
    }
    positions->items[positions->count++] = row_position_number(position);
    return 0;
}

static int compare(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;

    return a < b ? -1 : a > b;
}

void positions_sort(struct positions *positions)
{
    if (positions->count > 1)
        qsort(positions->items, positions->count, sizeof(*positions->items), compare);
}

bool positions_has(const struct positions *positions, struct row_position position)
{
    const uint64_t number = row_position_number(position);

    return positions->count > 0 &&
           bsearch(&number, positions->items, positions->count, sizeof(number), compare) != NULL;
}
