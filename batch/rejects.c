/*
 * Owns the list of rejected rows.
 */
#include "batch/rejects.h"

#include <stdlib.h>

#include "policy/block.h"

void reject_log_release(struct reject_log *log)
{
    block_free(log->items);
    arena_release(&log->text);
    *log = (struct reject_log){0};
}

int reject_log_add(struct reject_log *log, const struct reject *reject, struct error *err)
{
    struct reject kept = *reject;

    if (log->count == log->capacity) {
        size_t capacity = log->capacity * 2 + 64;
        struct reject *items = block_resize(log->items, capacity, sizeof(*items));

        if (items == NULL)
            return error_set(err, ERROR_IO, "out of memory");
        log->items = items;
        log->capacity = capacity;
    }
    if (arena_copy(&log->text, reject->record, &kept.record) != 0)
        return error_set(err, ERROR_IO, "out of memory");
    log->items[log->count++] = kept;
    return 0;
}

static int compare(const void *left, const void *right)
{
    const struct row_position *a = &((const struct reject *)left)->position;
    const struct row_position *b = &((const struct reject *)right)->position;

    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

void reject_log_sort(struct reject_log *log)
{
    if (log->count > 0)
        qsort(log->items, log->count, sizeof(*log->items), compare);
}
