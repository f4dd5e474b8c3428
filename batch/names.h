/*
 * Sets of names: ids, and pairs of ids such as (account, resource).
 *
 * A name_set is exact and borrows or owns its text; a name_filter only remembers fingerprints, so
 * it may say yes for a name that was never added, and never no for one that was.
 */
#ifndef BATCH_NAMES_H
#define BATCH_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/arena.h"
#include "policy/hash.h"
#include "policy/span.h"

/* The fingerprint of a name of one part (second empty) or two. */
static inline uint64_t name_fingerprint(struct span first, struct span second)
{
    const uint64_t hash = hash_span(0, first);

    return second.size == 0 ? hash : hash_span(hash, second);
}

struct name {
    uint64_t fingerprint;
    struct span first;
    struct span second;
};

/* `struct name_set set = {0};` is empty and ready. */
struct name_set {
    struct name *names; /* in order of adding */
    size_t count;
    size_t capacity;
    uint32_t *places; /* number of the name + 1; 0: free */
    size_t place_count;
    struct arena text;
};

void name_set_release(struct name_set *set);

/*
 * Adds the name unless it is there; its number goes into *number (may be NULL). With `copy` the
 * set keeps a copy of the text, otherwise the text must outlive the set. 0, or -1 when memory is
 * out.
 */
int name_set_add(struct name_set *set, struct span first, struct span second, bool copy,
                 uint32_t *number) __attribute__((warn_unused_result));

/* Whether the name is in the set, and its number. */
bool name_set_find(const struct name_set *set, struct span first, struct span second,
                   uint32_t *number);
bool name_set_has(const struct name_set *set, struct span first, struct span second);

/*
 * Writes the numbers of all names into `order` (room for set->count) in byte order of their first
 * parts: 0, or -1 when memory is out.
 */
int name_set_order(const struct name_set *set, uint32_t *order) __attribute__((warn_unused_result));

/* `struct name_filter filter = {0};` is empty and ready. */
struct name_filter {
    uint64_t *bits; /* a first, small table that turns most strangers away */
    uint64_t bit_mask;
    uint64_t *fingerprints; /* 0: free */
    size_t count;
    size_t place_count;
};

void name_filter_release(struct name_filter *filter);
int name_filter_add(struct name_filter *filter, uint64_t fingerprint)
    __attribute__((warn_unused_result));
bool name_filter_may_have(const struct name_filter *filter, uint64_t fingerprint);

#endif
