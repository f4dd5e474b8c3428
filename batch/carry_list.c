/*
 * Owns the sorting of what is carried. Knows no kind of item.
 */
#include "batch/carry_list.h"

#include <stdlib.h>

int carry_list_add(struct carry_list *list, const void *what, int64_t number, struct error *err)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity + list->capacity / 2 + 64;
        struct carry_item *items = realloc(list->items, capacity * sizeof(*items));

        if (items == NULL)
            return error_set(err, ERROR_IO, "out of memory");
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = (struct carry_item){.what = what, .number = number};
    return 0;
}

void carry_list_release(struct carry_list *list)
{
    free(list->items);
    *list = (struct carry_list){0};
}

static int compare_keys(const struct carry_order *order, const struct carry_item *a,
                        const struct carry_item *b)
{
    int keys = 0;

    if (a->prefix != b->prefix)
        return a->prefix < b->prefix ? -1 : 1;
    if (a->what == b->what)
        return 0;
    keys = span_compare(order->key(a->what), order->key(b->what));
    if (keys == 0 && order->rest != NULL)
        keys = order->rest(order->context, a->what, b->what);
    return keys;
}

static int compare_items(const void *left, const void *right, void *order)
{
    const struct carry_item *a = left;
    const struct carry_item *b = right;
    int keys = compare_keys(order, a, b);

    if (keys != 0)
        return keys;
    return a->number < b->number ? -1 : a->number > b->number;
}

/* How many bytes all first keys begin with alike: "RR-2026-10-" says nothing about their order. */
static size_t shared_size(const struct carry_list *list, const struct carry_order *order)
{
    const struct span first = order->key(list->items[0].what);
    size_t shared = first.size;

    for (size_t i = 1; i < list->count && shared > 0; i++) {
        const struct span other = order->key(list->items[i].what);

        if (other.size < shared)
            shared = other.size;
        if (memcmp(first.data, other.data, shared) == 0)
            continue;
        shared = 0;
        while (first.data[shared] == other.data[shared])
            shared++;
    }
    return shared;
}

/* The eight bytes behind the shared ones, as a number of the same order. */
static uint64_t prefix_of(struct span key, size_t shared)
{
    uint64_t prefix = 0;

    for (size_t i = shared; i < shared + sizeof(prefix); i++)
        prefix = prefix << 8 | (i < key.size ? (unsigned char)key.data[i] : 0);
    return prefix;
}

void carry_list_sort(struct carry_list *list, const struct carry_order *order)
{
    struct carry_order context = *order;
    size_t shared = 0;
    size_t kept = 0;

    if (list->count == 0)
        return;
    shared = shared_size(list, order);
    for (size_t i = 0; i < list->count; i++)
        list->items[i].prefix = prefix_of(order->key(list->items[i].what), shared);
    qsort_r(list->items, list->count, sizeof(*list->items), compare_items, &context);
    for (size_t i = 1; i < list->count; i++) {
        if (compare_keys(order, &list->items[kept], &list->items[i]) != 0)
            kept++;
        list->items[kept] = list->items[i];
    }
    list->count = kept + 1;
}
