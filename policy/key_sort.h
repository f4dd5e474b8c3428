/*
 * Sorts numbers of items, by a key of eight bytes first: most comparisons look at no item, and none
 * is moved. For items that are many, large, or far apart.
 */
#ifndef POLICY_KEY_SORT_H
#define POLICY_KEY_SORT_H

#include <stddef.h>
#include <stdint.h>

#include "policy/span.h"

struct sort_key {
    uint64_t key;
    uint32_t number;
};

/*
 * Sorts by key; where keys are equal, by `compare`, which gets `context` and the numbers of two
 * items and says which goes first, as strcmp does; where that says 0 or is NULL, as they stand. 0,
 * or -1 when memory is out.
 */
int key_sort(struct sort_key *keys, size_t count,
             int (*compare)(const void *context, uint32_t left, uint32_t right),
             const void *context) __attribute__((warn_unused_result));

/* The text that an item is sorted by. */
typedef struct span (*key_text_of)(const void *context, uint32_t number);

/* Makes the keys of items 0 to count - 1 by their texts. */
void key_set_texts(struct sort_key *keys, size_t count, key_text_of text_of, const void *context);

/* Makes them, and sorts by nothing but the texts. 0, or -1 when memory is out. */
int key_sort_texts(struct sort_key *keys, size_t count, key_text_of text_of, const void *context)
    __attribute__((warn_unused_result));

/* Keys that are in order as the numbers are. */
static inline uint64_t key_of_number(int64_t number)
{
    return (uint64_t)number ^ UINT64_C(1) << 63;
}

/*
 * Keys that are in order as the texts are, equal for some that differ: up to eight bytes from
 * `offset` on (at most the text's size), the first one highest. All texts must have the bytes
 * before in common.
 */
uint64_t key_of_text(struct span text, size_t offset);

/* How many bytes, at most `most`, both begin with. */
size_t key_text_common(struct span left, struct span right, size_t most);

#endif
