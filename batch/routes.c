/*
 * Owns the map's slots: open addressing with linear probing, never more than 3/4 full. Knows
 * nothing of names.
 *
 * A slot is 0 (free) or a tag of 20 bits, never 0, above a part number of 12. Nothing is removed,
 * so all slots of a name lie between its home and the next free slot.
 */
#include "batch/routes.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "policy/block.h"
#include "policy/hash.h"

enum {
    PART_BITS = 12,
    TAG_BITS = 20,
    INDEX_BITS_MIN = 4,
    FRONT_SLOTS = 8,                /* that share a word of the front, eight bits for each */
    FRONT_BIT_BITS = 6,             /* choose one of a word's bits; above the tag's */
    INDEX_BITS_MAX = 64 - TAG_BITS, /* home and tag share no bit */
};

_Static_assert(1 << PART_BITS == ROUTE_PARTS, "a slot holds any part's number");

/* Callers divide rows by bits of the same fingerprint: without mixing they would be alike here. */
#define ROUTES_SEED UINT64_C(0x726f757465736564)

struct place {
    size_t home;
    uint32_t tag;  /* above the part's bits */
    size_t word;   /* of the front */
    uint64_t bits; /* of that word, two or, seldom, one */
};

static inline uint64_t front_bit(uint64_t hash)
{
    return UINT64_C(1) << (hash & ((1 << FRONT_BIT_BITS) - 1));
}

static inline struct place place_of(const struct routes *routes, uint64_t fingerprint)
{
    uint64_t hash = hash_mix(fingerprint, ROUTES_SEED);
    uint32_t tag = (uint32_t)hash << PART_BITS;

    return (struct place){
        .home = (size_t)(hash >> (64 - routes->index_bits)),
        .tag = tag != 0 ? tag : (uint32_t)1 << PART_BITS,
        .word = (size_t)(hash >> (64 - routes->index_bits)) / FRONT_SLOTS,
        .bits = front_bit(hash >> TAG_BITS) | front_bit(hash >> (TAG_BITS + FRONT_BIT_BITS)),
    };
}

static inline bool front_has(const struct routes *routes, const struct place *place)
{
    return (routes->front[place->word] & place->bits) == place->bits;
}

static int index_bits_for(size_t names)
{
    int bits = INDEX_BITS_MIN;

    while (((size_t)1 << bits) / 4 * 3 < names && bits < INDEX_BITS_MAX)
        bits++;
    assert(((size_t)1 << bits) / 4 * 3 >= names);
    return bits;
}

size_t routes_bytes(size_t names)
{
    return (sizeof(uint32_t) + 1) << index_bits_for(names);
}

/* Written to: memory that has only been read so far costs twice when it is. */
static void *cleared(size_t count, size_t item_bytes)
{
    void *block = block_alloc(count, item_bytes);

    return block == NULL ? NULL : memset(block, 0, count * item_bytes);
}

int routes_open(struct routes *routes, size_t names_max, struct error *err)
{
    int bits = index_bits_for(names_max);

    *routes = (struct routes){
        .front = cleared((size_t)1 << bits, 1),
        .slots = cleared((size_t)1 << bits, sizeof(*routes->slots)),
        .slot_mask = ((size_t)1 << bits) - 1,
        .index_bits = bits,
        .names_max = names_max,
        .mutex = PTHREAD_MUTEX_INITIALIZER,
    };
    if (routes->front != NULL && routes->slots != NULL)
        return 0;
    routes_release(routes);
    return error_set(err, ERROR_IO, "out of memory");
}

void routes_release(struct routes *routes)
{
    if (routes->more != NULL)
        routes_release(routes->more);
    block_free(routes->more);
    block_free(routes->front);
    block_free(routes->slots);
    *routes = (struct routes){0};
}

void routes_prefetch_front(const struct routes *routes, uint64_t fingerprint)
{
    const struct place place = place_of(routes, fingerprint);

    __builtin_prefetch(&routes->front[place.word]);
}

void routes_prefetch_slots(const struct routes *routes, uint64_t fingerprint)
{
    const struct place place = place_of(routes, fingerprint);

    /* Chosen without a branch, which would be foretold badly. */
    const void *choice[2] = {&routes->front[place.word], &routes->slots[place.home]};

    __builtin_prefetch(choice[front_has(routes, &place)]);
}

/* Whether the route is in the map already, or has been put into it; false: it is full. */
static bool add_here(struct routes *routes, const struct route *route)
{
    struct place place = place_of(routes, route->fingerprint);
    uint32_t wanted = place.tag | route->part;
    size_t i = place.home;

    while (routes->slots[i] != 0) {
        if (routes->slots[i] == wanted)
            break;
        i = (i + 1) & routes->slot_mask;
    }
    if (routes->slots[i] == 0) {
        if (routes->count == routes->names_max)
            return false;
        routes->slots[i] = wanted;
        routes->count++;
    }
    routes->front[place.word] |= place.bits;
    return true;
}

static int add(struct routes *routes, const struct route *route, struct error *err)
{
    while (!add_here(routes, route)) {
        if (routes->more == NULL) {
            struct routes *more = block_clear(1, sizeof(*more));

            if (more == NULL || routes_open(more, routes->names_max, err) != 0) {
                block_free(more);
                return error_set(err, ERROR_IO, "out of memory");
            }
            routes->more = more;
        }
        routes = routes->more;
    }
    return 0;
}

/* With the mutex held, which it leaves. */
static int add_batch(struct routes *routes, struct route_batch *batch, struct error *err)
{
    int status = 0;

    for (size_t i = 0; i < batch->count && status == 0; i++)
        status = add(routes, &batch->routes[i], err);
    (void)pthread_mutex_unlock(&routes->mutex);
    batch->count = 0;
    return status;
}

/* Both are written to, whatever they hold. */
static void prefetch_both(const struct routes *routes, uint64_t fingerprint)
{
    const struct place place = place_of(routes, fingerprint);

    __builtin_prefetch(&routes->front[place.word]);
    __builtin_prefetch(&routes->slots[place.home]);
}

int routes_end(struct routes *routes, struct route_batch *batch, struct error *err)
{
    (void)pthread_mutex_lock(&routes->mutex);
    return add_batch(routes, batch, err);
}

int routes_add(struct routes *routes, struct route_batch *batch, uint64_t fingerprint,
               unsigned part, struct error *err)
{
    assert(part < ROUTE_PARTS);
    if (batch->count == ROUTE_BATCH_MOST) {
        if (routes_end(routes, batch, err) != 0)
            return -1;
    } else if (batch->count > 0 && batch->count % ROUTE_BATCH == 0 &&
               pthread_mutex_trylock(&routes->mutex) == 0) {
        if (add_batch(routes, batch, err) != 0)
            return -1;
    }
    prefetch_both(routes, fingerprint);
    batch->routes[batch->count++] = (struct route){fingerprint, part};
    return 0;
}

/* The same slot may be there twice: of two names with one tag, and homes apart. */
static bool is_among(const unsigned parts[], int count, unsigned part)
{
    int i = 0;

    while (i < count && parts[i] != part)
        i++;
    return i < count;
}

/* Adds to parts what this map has; max + 1 where they are more. */
static int find_here(const struct routes *routes, uint64_t fingerprint, unsigned parts[], int count,
                     int max)
{
    struct place place = place_of(routes, fingerprint);

    if (!front_has(routes, &place))
        return count;
    for (size_t i = place.home; routes->slots[i] != 0; i = (i + 1) & routes->slot_mask) {
        unsigned part = routes->slots[i] & (ROUTE_PARTS - 1);

        if ((routes->slots[i] ^ place.tag) >= ROUTE_PARTS || is_among(parts, count, part))
            continue;
        if (count == max)
            return max + 1;
        parts[count++] = part;
    }
    return count;
}

int routes_find(const struct routes *routes, uint64_t fingerprint, unsigned parts[], int max)
{
    int count = 0;

    for (; routes != NULL && count <= max; routes = routes->more)
        count = find_here(routes, fingerprint, parts, count, max);
    return count;
}
