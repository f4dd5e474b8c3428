/*
 * Owns the table of routes: open addressing with linear probing. Knows nothing of the names.
 */
#include "batch/routes.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

enum { PART_BITS = 12, SLOTS_MIN = 64 };

_Static_assert(ROUTES_PARTS_MAX == 1 << PART_BITS, "a part fits its bits");

int routes_open(struct routes *routes, size_t entries_max, struct error *err)
{
    uint64_t slots = SLOTS_MIN;

    while (slots / 3 * 2 < entries_max)
        slots *= 2;
    *routes = (struct routes){.slot_mask = slots - 1, .count_max = entries_max};
    routes->slots = calloc((size_t)slots, sizeof(*routes->slots));
    return routes->slots == NULL ? error_set(err, ERROR_IO, "out of memory") : 0;
}

void routes_release(struct routes *routes)
{
    free(routes->slots);
    *routes = (struct routes){0};
}

/* The high bits, so that they say something else than the place. */
static uint32_t tag_of(uint64_t fingerprint)
{
    const uint32_t tag = (uint32_t)(fingerprint >> 44);

    return (tag == 0 ? 1 : tag) << PART_BITS;
}

void routes_add(struct routes *routes, uint64_t fingerprint, unsigned part)
{
    const uint32_t entry = tag_of(fingerprint) | part;
    uint64_t place = fingerprint & routes->slot_mask;

    assert(part < ROUTES_PARTS_MAX);
    while (routes->slots[place] != 0) {
        if (routes->slots[place] == entry)
            return;
        place = (place + 1) & routes->slot_mask;
    }
    assert(routes->count < routes->count_max);
    routes->slots[place] = entry;
    routes->count++;
}

static bool is_among(const unsigned *parts, int count, unsigned part)
{
    for (int i = 0; i < count; i++)
        if (parts[i] == part)
            return true;
    return false;
}

int routes_find(const struct routes *routes, uint64_t fingerprint, unsigned *parts, int max)
{
    const uint32_t tag = tag_of(fingerprint);
    uint64_t place = fingerprint & routes->slot_mask;
    int count = 0;

    if (routes->slots == NULL)
        return 0;
    for (uint32_t slot = 0; (slot = routes->slots[place]) != 0;
         place = (place + 1) & routes->slot_mask) {
        const unsigned part = slot & (ROUTES_PARTS_MAX - 1);

        if ((slot ^ tag) >> PART_BITS != 0 || is_among(parts, count < max ? count : max, part))
            continue;
        if (count < max)
            parts[count] = part;
        count++;
        if (count > max)
            break;
    }
    return count;
}
