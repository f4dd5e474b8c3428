/*
 * Owns the order of lines in memory: quicksort by a prefix in a register, heapsort where that
 * would degenerate.
 */
#include "batch/line_order.h"

enum { SMALL = 16 };

/* What all lines begin with says nothing about their order. */
static size_t shared_size(const struct line_batch *batch)
{
    const struct span first = line_batch_line(batch, 0);
    size_t shared = first.size;

    for (size_t i = 1; i < batch->count && shared > 0; i++) {
        const struct span other = line_batch_line(batch, i);
        size_t same = 0;

        if (other.size < shared)
            shared = other.size;
        if (memcmp(first.data, other.data, shared) == 0)
            continue;
        while (first.data[same] == other.data[same])
            same++;
        shared = same;
    }
    return shared;
}

static uint64_t prefix_of(struct span line, size_t shared)
{
    uint64_t prefix = 0;

    for (size_t i = shared; i < shared + sizeof(prefix); i++)
        prefix = prefix << 8 | (i < line.size ? (unsigned char)line.data[i] : 0);
    return prefix;
}

static bool goes_before(const struct line_batch *batch, struct line_place a, struct line_place b)
{
    const char *left = batch->text + a.offset;
    const char *right = batch->text + b.offset;

    if (a.prefix != b.prefix)
        return a.prefix < b.prefix;
    return span_compare((struct span){left + 2, (size_t)(unsigned char)left[0] |
                                                    (size_t)(unsigned char)left[1] << 8},
                        (struct span){right + 2, (size_t)(unsigned char)right[0] |
                                                     (size_t)(unsigned char)right[1] << 8}) < 0;
}

static void swap(struct line_place *a, struct line_place *b)
{
    const struct line_place kept = *a;

    *a = *b;
    *b = kept;
}

static void insertion_sort(const struct line_batch *batch, struct line_place *lines, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct line_place moved = lines[i];
        size_t at = i;

        for (; at > 0 && goes_before(batch, moved, lines[at - 1]); at--)
            lines[at] = lines[at - 1];
        lines[at] = moved;
    }
}

static void sift_down(const struct line_batch *batch, struct line_place *lines, size_t at,
                      size_t count)
{
    const struct line_place moved = lines[at];

    for (size_t child = 0; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && goes_before(batch, lines[child], lines[child + 1]))
            child++;
        if (!goes_before(batch, moved, lines[child]))
            break;
        lines[at] = lines[child];
    }
    lines[at] = moved;
}

static void heap_sort(const struct line_batch *batch, struct line_place *lines, size_t count)
{
    for (size_t i = count / 2; i-- > 0;)
        sift_down(batch, lines, i, count);
    for (size_t i = count; i-- > 1;) {
        swap(&lines[0], &lines[i]);
        sift_down(batch, lines, 0, i);
    }
}

/* The median of first, middle and last comes to the front. */
static void choose_pivot(const struct line_batch *batch, struct line_place *lines, size_t count)
{
    struct line_place *a = &lines[0];
    struct line_place *b = &lines[count / 2];
    struct line_place *c = &lines[count - 1];

    if (goes_before(batch, *b, *a))
        swap(a, b);
    if (goes_before(batch, *c, *b)) {
        swap(b, c);
        if (goes_before(batch, *b, *a))
            swap(a, b);
    }
    swap(a, b);
}

/* Hoare's: returns how many go to the left; both sides have at least one. */
static size_t partition(const struct line_batch *batch, struct line_place *lines, size_t count)
{
    struct line_place pivot;
    size_t low = 0;
    size_t high = count - 1;

    choose_pivot(batch, lines, count);
    pivot = lines[0];
    for (;;) {
        while (goes_before(batch, lines[low], pivot))
            low++;
        while (goes_before(batch, pivot, lines[high]))
            high--;
        if (low >= high)
            return high + 1;
        swap(&lines[low++], &lines[high--]);
    }
}

static void sort(const struct line_batch *batch, struct line_place *lines, size_t count, int depth)
{
    while (count > SMALL) {
        size_t left = 0;

        if (depth-- == 0) {
            heap_sort(batch, lines, count);
            return;
        }
        left = partition(batch, lines, count);
        if (left < count - left) {
            sort(batch, lines, left, depth);
            lines += left;
            count -= left;
        } else {
            sort(batch, lines + left, count - left, depth);
            count = left;
        }
    }
    insertion_sort(batch, lines, count);
}

static void drop_repeats(struct line_batch *batch)
{
    size_t kept = 0;

    for (size_t i = 1; i < batch->count; i++) {
        if (!span_equal(line_batch_line(batch, kept), line_batch_line(batch, i)))
            kept++;
        batch->lines[kept] = batch->lines[i];
    }
    batch->count = kept + 1;
}

void line_batch_sort(struct line_batch *batch, bool unique)
{
    size_t shared = 0;
    int depth = 2;

    if (batch->count == 0)
        return;
    shared = shared_size(batch);
    for (size_t i = 0; i < batch->count; i++)
        batch->lines[i].prefix = prefix_of(line_batch_line(batch, i), shared);
    for (size_t count = batch->count; count > 1; count /= 2)
        depth += 2;
    sort(batch, batch->lines, batch->count, depth);
    if (unique)
        drop_repeats(batch);
}
