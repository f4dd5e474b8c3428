/*
 * Finds items by a text of theirs, any number of which may have the same: a hash table of numbers.
 * It keeps no text: whoever looks compares those of the candidates.
 */
#ifndef POLICY_TEXT_INDEX_H
#define POLICY_TEXT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/span.h"

struct text_entry;

/* `struct text_index index = {0};` is empty: nothing is found in it. */
struct text_index {
    uint32_t *newest; /* by hash: number + 1 of the item added last; 0: none */
    struct text_entry *entries;
    uint32_t mask;
};

/* Room for items numbered 0 to count - 1 (count < 2^31): 0, or -1 when memory is out. */
int text_index_open(struct text_index *index, size_t count) __attribute__((warn_unused_result));
void text_index_release(struct text_index *index);

/* Each item once. */
void text_index_add(struct text_index *index, struct span text, uint32_t number);

/* The search for a text: `struct text_search search = text_index_search(&index, text);` */
struct text_search {
    const struct text_index *index;
    uint32_t hash;
    uint32_t next; /* number + 1 */
};

struct text_search text_index_search(const struct text_index *index, struct span text);
/* The next item whose text may be the one searched for; false: there is none. */
bool text_search_next(struct text_search *search, uint32_t *number);

#endif
