/*
 * Borrowed text: a pointer and a length, never owned, not NUL-terminated.
 *
 * A span is valid as long as the memory it points into; a span handed to a row callback dies
 * when the callback returns. What must last is copied into an arena (policy/arena.h).
 */
#ifndef POLICY_SPAN_H
#define POLICY_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "policy/text_words.h"

struct span {
    const char *data;
    size_t size; /* bytes */
};

/* A span over a NUL-terminated string, without the NUL. */
static inline struct span span_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

/* Byte order, a prefix first: < 0, 0 or > 0. This is the order of every published ledger. */
static inline int span_compare(struct span a, struct span b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);

    if (order != 0)
        return order;
    return a.size < b.size ? -1 : a.size > b.size;
}

/* Ids mostly differ in their last byte, if at all. */
static inline bool span_equal(struct span a, struct span b)
{
    return a.size == b.size && (a.size == 0 || (a.data[a.size - 1] == b.data[a.size - 1] &&
                                                text_same(a.data, b.data, a.size)));
}

static inline bool span_is(struct span a, const char *text)
{
    return span_equal(a, span_of(text));
}

#endif
