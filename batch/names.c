/*
 * Owns the hash tables over names. Knows nothing of what the names are of.
 */
#include "batch/names.h"

#include <assert.h>

#include "policy/block.h"
#include "policy/key_sort.h"

enum { PLACES_MIN = 64, FILTER_BITS_PER_NAME = 16 };

void name_set_release(struct name_set *set)
{
    block_free(set->names);
    block_free(set->places);
    arena_release(&set->text);
    *set = (struct name_set){0};
}

static bool same_name(const struct name *name, uint64_t fingerprint, struct span first,
                      struct span second)
{
    return name->fingerprint == fingerprint && span_equal(name->first, first) &&
           span_equal(name->second, second);
}

/* The place of the name, or the free place where it would go. */
static size_t find_place(const struct name_set *set, uint64_t fingerprint, struct span first,
                         struct span second)
{
    size_t place = (size_t)fingerprint & (set->place_count - 1);

    while (set->places[place] != 0 &&
           !same_name(&set->names[set->places[place] - 1], fingerprint, first, second))
        place = (place + 1) & (set->place_count - 1);
    return place;
}

static int grow_places(struct name_set *set)
{
    size_t place_count = set->place_count == 0 ? PLACES_MIN : set->place_count * 2;
    uint32_t *places = block_clear(place_count, sizeof(*places));

    if (places == NULL)
        return -1;
    for (size_t i = 0; i < set->count; i++) {
        size_t place = (size_t)set->names[i].fingerprint & (place_count - 1);

        while (places[place] != 0)
            place = (place + 1) & (place_count - 1);
        places[place] = (uint32_t)i + 1;
    }
    block_free(set->places);
    set->places = places;
    set->place_count = place_count;
    return 0;
}

static int grow_names(struct name_set *set)
{
    size_t capacity = set->capacity == 0 ? PLACES_MIN : set->capacity + set->capacity / 2;
    struct name *names = block_resize(set->names, capacity, sizeof(*names));

    if (names == NULL)
        return -1;
    set->names = names;
    set->capacity = capacity;
    return 0;
}

int name_set_add(struct name_set *set, struct span first, struct span second, bool copy,
                 uint32_t *number)
{
    uint64_t fingerprint = name_fingerprint(first, second);
    struct name name = {fingerprint, first, second};
    size_t place = 0;

    if (set->count >= set->place_count / 2 && grow_places(set) != 0)
        return -1;
    place = find_place(set, fingerprint, first, second);
    if (set->places[place] == 0) {
        if (set->count == set->capacity && grow_names(set) != 0)
            return -1;
        if (copy && (arena_copy(&set->text, first, &name.first) != 0 ||
                     arena_copy(&set->text, second, &name.second) != 0))
            return -1;
        assert(set->count < UINT32_MAX);
        set->names[set->count++] = name;
        set->places[place] = (uint32_t)set->count;
    }
    if (number != NULL)
        *number = set->places[place] - 1;
    return 0;
}

bool name_set_find(const struct name_set *set, struct span first, struct span second,
                   uint32_t *number)
{
    size_t place = 0;

    if (set->count == 0)
        return false;
    place = find_place(set, name_fingerprint(first, second), first, second);
    if (set->places[place] == 0)
        return false;
    *number = set->places[place] - 1;
    return true;
}

bool name_set_has(const struct name_set *set, struct span first, struct span second)
{
    uint32_t number = 0;

    return name_set_find(set, first, second, &number);
}

static struct span first_of(const void *set, uint32_t number)
{
    return ((const struct name_set *)set)->names[number].first;
}

int name_set_order(const struct name_set *set, uint32_t *order)
{
    struct sort_key *keys = block_alloc(set->count + 1, sizeof(*keys));
    int status = 0;

    if (keys == NULL)
        return -1;
    status = key_sort_texts(keys, set->count, first_of, set);
    for (size_t i = 0; i < set->count; i++)
        order[i] = keys[i].number;
    block_free(keys);
    return status;
}

void name_filter_release(struct name_filter *filter)
{
    block_free(filter->bits);
    block_free(filter->fingerprints);
    *filter = (struct name_filter){0};
}

/* Another part of the fingerprint than the one that gives the place. */
static uint64_t filter_bit(const struct name_filter *filter, uint64_t fingerprint)
{
    return (fingerprint >> 20) & filter->bit_mask;
}

static void put(struct name_filter *filter, uint64_t fingerprint)
{
    uint64_t bit = filter_bit(filter, fingerprint);
    size_t place = (size_t)fingerprint & (filter->place_count - 1);

    while (filter->fingerprints[place] != 0 && filter->fingerprints[place] != fingerprint)
        place = (place + 1) & (filter->place_count - 1);
    if (filter->fingerprints[place] == 0)
        filter->count++;
    filter->fingerprints[place] = fingerprint;
    filter->bits[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static int grow_filter(struct name_filter *filter)
{
    struct name_filter grown = {
        .place_count = filter->place_count == 0 ? PLACES_MIN : filter->place_count * 2,
    };
    uint64_t bits = (uint64_t)grown.place_count / 2 * FILTER_BITS_PER_NAME;

    grown.bit_mask = bits - 1;
    grown.bits = block_clear((size_t)(bits / 64), sizeof(*grown.bits));
    grown.fingerprints = block_clear(grown.place_count, sizeof(*grown.fingerprints));
    if (grown.bits == NULL || grown.fingerprints == NULL) {
        name_filter_release(&grown);
        return -1;
    }
    for (size_t i = 0; i < filter->place_count; i++)
        if (filter->fingerprints[i] != 0)
            put(&grown, filter->fingerprints[i]);
    name_filter_release(filter);
    *filter = grown;
    return 0;
}

/* 0 marks a free place, so the fingerprint 0 goes by another number. */
static uint64_t nonzero(uint64_t fingerprint)
{
    return fingerprint == 0 ? 1 : fingerprint;
}

int name_filter_add(struct name_filter *filter, uint64_t fingerprint)
{
    if (filter->count >= filter->place_count / 2 && grow_filter(filter) != 0)
        return -1;
    put(filter, nonzero(fingerprint));
    return 0;
}

bool name_filter_may_have(const struct name_filter *filter, uint64_t fingerprint)
{
    uint64_t name = nonzero(fingerprint);
    uint64_t bit = 0;
    size_t place = 0;

    if (filter->count == 0)
        return false;
    bit = filter_bit(filter, name);
    if ((filter->bits[bit / 64] >> (bit % 64) & 1) == 0)
        return false;
    place = (size_t)name & (filter->place_count - 1);
    while (filter->fingerprints[place] != 0) {
        if (filter->fingerprints[place] == name)
            return true;
        place = (place + 1) & (filter->place_count - 1);
    }
    return false;
}
