/*
 * Owns the heads of blocks, and the count of what the allocator gave. Knows nothing of the backing
 * but how to ask it.
 */
#include "policy/block.h"

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* In front of what the caller gets. */
struct head {
    alignas(max_align_t) size_t bytes; /* with the head */
    bool backed;
};

static const struct block_backing *backing;
static atomic_size_t kept; /* bytes of large blocks that the allocator gave */

/* Beyond it no object can be. */
#define BYTES_MAX ((size_t)PTRDIFF_MAX)

/* With the head; 0: more than there can be. */
static size_t bytes_of(size_t count, size_t item_bytes)
{
    if (item_bytes > 0 && count > (BYTES_MAX - sizeof(struct head)) / item_bytes)
        return 0;
    return count * item_bytes + sizeof(struct head);
}

static size_t counted(size_t bytes)
{
    return bytes < BLOCK_LARGE ? 0 : bytes;
}

/* Whether `more` bytes of large blocks are within what was agreed; they are counted then. */
static bool keep(size_t more)
{
    if (more == 0)
        return true;
    if (atomic_fetch_add(&kept, more) + more <= (backing == NULL ? SIZE_MAX : backing->kept_bytes))
        return true;
    atomic_fetch_sub(&kept, more);
    return false;
}

static void *begin(struct head *head, size_t bytes, bool backed)
{
    *head = (struct head){bytes, backed};
    return head + 1;
}

static void *take(size_t bytes, bool cleared)
{
    struct head *head = NULL;
    bool within = false;

    if (bytes == 0)
        return NULL;
    within = keep(counted(bytes));
    if (!within && (head = backing->take(backing->context, bytes)) != NULL)
        return begin(head, bytes, true);
    head = cleared ? calloc(1, bytes) : malloc(bytes);
    if (head != NULL && !within)
        atomic_fetch_add(&kept, counted(bytes));
    else if (head == NULL && within)
        atomic_fetch_sub(&kept, counted(bytes));
    return head == NULL ? NULL : begin(head, bytes, false);
}

void *block_alloc(size_t count, size_t item_bytes)
{
    return take(bytes_of(count, item_bytes), false);
}

void *block_clear(size_t count, size_t item_bytes)
{
    return take(bytes_of(count, item_bytes), true);
}

void block_free(void *block)
{
    struct head *head = block == NULL ? NULL : (struct head *)block - 1;

    if (head == NULL)
        return;
    if (head->backed) {
        assert(backing != NULL);
        backing->give(backing->context, head, head->bytes);
        return;
    }
    if (counted(head->bytes) > 0)
        atomic_fetch_sub(&kept, head->bytes);
    free(head);
}

static void *move(void *block, size_t bytes)
{
    const struct head *old = (struct head *)block - 1;
    void *moved = take(bytes, false);

    if (moved == NULL)
        return NULL;
    memcpy(moved, block, (old->bytes < bytes ? old->bytes : bytes) - sizeof(*old));
    block_free(block);
    return moved;
}

void *block_resize(void *block, size_t count, size_t item_bytes)
{
    const size_t bytes = bytes_of(count, item_bytes);
    struct head *head = block == NULL ? NULL : (struct head *)block - 1;
    size_t before = 0;
    size_t more = 0;

    if (head == NULL || bytes == 0)
        return take(bytes, false);
    before = counted(head->bytes);
    more = counted(bytes) > before ? counted(bytes) - before : 0;
    if (head->backed || !keep(more))
        return move(block, bytes);
    head = realloc(head, bytes);
    if (head == NULL) {
        atomic_fetch_sub(&kept, more);
        return NULL;
    }
    atomic_fetch_sub(&kept, before + more - counted(bytes));
    return begin(head, bytes, false);
}

void block_back(const struct block_backing *to)
{
    assert(backing == NULL || to == NULL);
    backing = to;
}
