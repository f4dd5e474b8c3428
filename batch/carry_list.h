/*
 * A list of things to carry, sorted by the keys that its file is sorted by.
 *
 * An item's first key is a text that the caller knows how to find; items that agree in it are told
 * apart by the rest of their keys.
 */
#ifndef BATCH_CARRY_LIST_H
#define BATCH_CARRY_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "policy/error.h"
#include "policy/span.h"

struct carry_item {
    const void *what; /* a record or a value, borrowed; the list's owner knows its kind */
    int64_t number;   /* which of two items with one key stays: the higher */
    uint64_t prefix;  /* of the first key, while sorting */
};

/* `struct carry_list list = {0};` is empty and ready. */
struct carry_list {
    struct carry_item *items;
    size_t count;
    size_t capacity;
};

struct carry_order {
    struct span (*key)(const void *what);
    /* Orders two items with one first key; 0: they are one. NULL: they always are. */
    int (*rest)(const void *context, const void *a, const void *b);
    const void *context;
};

/* 0, or -1 with err filled (ERROR_IO). */
int carry_list_add(struct carry_list *list, const void *what, int64_t number, struct error *err)
    __attribute__((warn_unused_result));
void carry_list_release(struct carry_list *list);

/* Sorts the items by their keys, in byte order, and leaves one of each key. */
void carry_list_sort(struct carry_list *list, const struct carry_order *order);

#endif
