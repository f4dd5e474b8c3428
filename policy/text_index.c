/*
 * Owns the hash table. Knows nothing of the items but their numbers.
 */
#include "policy/text_index.h"

#include <assert.h>

#include "policy/block.h"
#include "policy/hash.h"

/* An item, and the one of the same place of the table that was added before. */
struct text_entry {
    uint32_t hash;
    uint32_t older; /* number + 1; 0: none */
};

int text_index_open(struct text_index *index, size_t count)
{
    size_t places = 2;

    assert(count < (size_t)1 << 31);
    while (places < count)
        places *= 2;
    *index = (struct text_index){
        .newest = block_clear(places, sizeof(*index->newest)),
        .entries = block_alloc(count, sizeof(*index->entries)),
        .mask = (uint32_t)(places - 1),
    };
    if (index->newest != NULL && index->entries != NULL)
        return 0;
    text_index_release(index);
    return -1;
}

void text_index_release(struct text_index *index)
{
    block_free(index->newest);
    block_free(index->entries);
    *index = (struct text_index){0};
}

static uint32_t hash_of(struct span text)
{
    return (uint32_t)hash_span(0, text);
}

void text_index_add(struct text_index *index, struct span text, uint32_t number)
{
    const uint32_t hash = hash_of(text);
    uint32_t *newest = &index->newest[hash & index->mask];

    index->entries[number] = (struct text_entry){hash, *newest};
    *newest = number + 1;
}

struct text_search text_index_search(const struct text_index *index, struct span text)
{
    const uint32_t hash = hash_of(text);

    return (struct text_search){
        .index = index,
        .hash = hash,
        .next = index->newest == NULL ? 0 : index->newest[hash & index->mask],
    };
}

bool text_search_next(struct text_search *search, uint32_t *number)
{
    while (search->next != 0) {
        const struct text_entry *entry = &search->index->entries[search->next - 1];

        *number = search->next - 1;
        search->next = entry->older;
        if (entry->hash == search->hash)
            return true;
    }
    return false;
}
