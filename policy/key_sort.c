/*
 * Owns the sorting. Knows nothing of the items.
 */
#include "policy/key_sort.h"

#include <stdbool.h>
#include <string.h>

#include "policy/block.h"

enum { STRETCH = 16 }; /* sorted by insertion, before stretches are merged */

struct sorting {
    int (*compare)(const void *context, uint32_t left, uint32_t right);
    const void *context;
};

static bool goes_before(const struct sorting *sorting, const struct sort_key *left,
                        const struct sort_key *right)
{
    if (left->key != right->key)
        return left->key < right->key;
    return sorting->compare != NULL &&
           sorting->compare(sorting->context, left->number, right->number) < 0;
}

static void sort_stretch(const struct sorting *sorting, struct sort_key *keys, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct sort_key key = keys[i];
        size_t at = i;

        for (; at > 0 && goes_before(sorting, &key, &keys[at - 1]); at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

/* Merges from[0, middle) and from[middle, count), both sorted, into `to`. */
static void merge(const struct sorting *sorting, const struct sort_key *from, size_t middle,
                  size_t count, struct sort_key *to)
{
    size_t left = 0;
    size_t right = middle;

    if (middle == count || !goes_before(sorting, &from[middle], &from[middle - 1])) {
        memcpy(to, from, count * sizeof(*from)); /* often the case: what was read in order */
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const bool from_right =
            left == middle || (right < count && goes_before(sorting, &from[right], &from[left]));

        to[i] = from_right ? from[right++] : from[left++];
    }
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

int key_sort(struct sort_key *keys, size_t count,
             int (*compare)(const void *context, uint32_t left, uint32_t right),
             const void *context)
{
    const struct sorting sorting = {compare, context};
    struct sort_key *scratch = NULL;
    struct sort_key *from = keys;
    struct sort_key *to = NULL;

    for (size_t at = 0; at < count; at += STRETCH)
        sort_stretch(&sorting, keys + at, least(STRETCH, count - at));
    if (count <= STRETCH)
        return 0;
    scratch = block_alloc(count, sizeof(*scratch));
    if (scratch == NULL)
        return -1;
    to = scratch;
    for (size_t width = STRETCH; width < count; width *= 2) {
        struct sort_key *merged = to;

        for (size_t at = 0; at < count; at += 2 * width)
            merge(&sorting, from + at, least(width, count - at), least(2 * width, count - at),
                  to + at);
        to = from;
        from = merged;
    }
    if (from != keys)
        memcpy(keys, from, count * sizeof(*keys));
    block_free(scratch);
    return 0;
}

uint64_t key_of_text(struct span text, size_t offset)
{
    const size_t size = text.size - offset;
    uint64_t key = 0;

    if (size > 0)
        memcpy(&key, text.data + offset, size < sizeof(key) ? size : sizeof(key));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    key = __builtin_bswap64(key);
#endif
    return key;
}

size_t key_text_common(struct span left, struct span right, size_t most)
{
    size_t common = 0;

    most = least(most, least(left.size, right.size));
    while (common < most && left.data[common] == right.data[common])
        common++;
    return common;
}

void key_set_texts(struct sort_key *keys, size_t count, key_text_of text_of, const void *context)
{
    struct span first;
    size_t common = 0;

    if (count == 0)
        return;
    first = text_of(context, 0);
    common = first.size;
    for (uint32_t i = 1; i < count && common > 0; i++)
        common = key_text_common(text_of(context, i), first, common);
    for (uint32_t i = 0; i < count; i++)
        keys[i] = (struct sort_key){key_of_text(text_of(context, i), common), i};
}

/* Items, and how to get their texts. */
struct texts {
    key_text_of text_of;
    const void *context;
};

static int compare_texts(const void *context, uint32_t left, uint32_t right)
{
    const struct texts *texts = context;

    return span_compare(texts->text_of(texts->context, left),
                        texts->text_of(texts->context, right));
}

int key_sort_texts(struct sort_key *keys, size_t count, key_text_of text_of, const void *context)
{
    const struct texts texts = {text_of, context};

    key_set_texts(keys, count, text_of, context);
    return key_sort(keys, count, compare_texts, &texts);
}
