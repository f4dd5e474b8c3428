/*
 * The sorting in memory of a batch of lines (batch/line_sort.h).
 */
#ifndef BATCH_LINE_ORDER_H
#define BATCH_LINE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/span.h"

struct line_place {
    uint64_t prefix; /* while sorting: eight bytes behind what all lines begin with */
    size_t offset;   /* in the text, of the line's size; its bytes follow */
};

struct line_batch {
    char *text;
    size_t text_size;
    struct line_place *lines;
    size_t count;
};

static inline struct span line_batch_line(const struct line_batch *batch, size_t number)
{
    const char *at = batch->text + batch->lines[number].offset;

    return (struct span){at + 2, (size_t)(unsigned char)at[0] | (size_t)(unsigned char)at[1] << 8};
}

/* Sorts the lines, a line before all that it is the front of; unique: leaves one of equal ones. */
void line_batch_sort(struct line_batch *batch, bool unique);

#endif
