/*
 * Owns blocks of memory that grow with the arena. Structures are taken from the front of the newest
 * block, aligned, and texts from its back, packed, so that neither pays for the other.
 * Must not know what is kept in it.
 */
#include "policy/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/block.h"

enum {
    ALIGNMENT = alignof(max_align_t),
    BLOCK_BYTES_MIN = 4 * 1024,
    BLOCK_BYTES_MAX = 4 * 1024 * 1024,
};

struct arena_block {
    struct arena_block *older;
    alignas(max_align_t) char data[];
};

/* Beyond it no object can be, and the sums below would wrap. */
#define TAKEN_BYTES_MAX (PTRDIFF_MAX - sizeof(struct arena_block) - ALIGNMENT)

void arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

void arena_release(struct arena *arena)
{
    struct arena_block *block = arena->last;

    while (block != NULL) {
        struct arena_block *older = block->older;

        block_free(block);
        block = older;
    }
    arena_init(arena);
}

/* A block whose data hold `size` bytes, not linked yet. */
static struct arena_block *ask_block(struct arena *arena, size_t size)
{
    struct arena_block *block = block_alloc(sizeof(*block) + size, 1);

    if (block != NULL)
        arena->bytes += sizeof(*block) + size;
    return block;
}

/* Each block is as large as all before it together, within the bounds. */
static size_t next_block_size(const struct arena *arena)
{
    size_t bytes = arena->bytes;

    if (bytes < BLOCK_BYTES_MIN)
        bytes = BLOCK_BYTES_MIN;
    if (bytes > BLOCK_BYTES_MAX)
        bytes = BLOCK_BYTES_MAX;
    return bytes - sizeof(struct arena_block);
}

/* Adds a block that is full from the start; the newest block stays in use. */
static void *add_own_block(struct arena *arena, size_t size)
{
    struct arena_block *block = ask_block(arena, size);

    if (block == NULL)
        return NULL;
    if (arena->last == NULL) {
        block->older = NULL;
        arena->last = block;
    } else {
        block->older = arena->last->older;
        arena->last->older = block;
    }
    return block->data;
}

/* Makes a new, empty block the newest one: 0, or -1 when memory is out. */
static int add_block(struct arena *arena)
{
    size_t size = next_block_size(arena);
    struct arena_block *block = ask_block(arena, size);

    if (block == NULL)
        return -1;
    block->older = arena->last;
    arena->last = block;
    arena->used = 0;
    arena->size = size;
    return 0;
}

/* Whether a new block would be spent on little else, and the rest of the newest one lost for it. */
static bool wants_own_block(const struct arena *arena, size_t size)
{
    return size > next_block_size(arena) / 4;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t rounded;
    void *memory;

    if (size > TAKEN_BYTES_MAX)
        return NULL;
    rounded = (size + (ALIGNMENT - 1)) & ~(size_t)(ALIGNMENT - 1);
    if (rounded > arena->size - arena->used) {
        if (wants_own_block(arena, rounded))
            return add_own_block(arena, rounded);
        if (add_block(arena) != 0)
            return NULL;
    }
    memory = arena->last->data + arena->used;
    arena->used += rounded;
    return memory;
}

/* Memory for a text, from the back of the newest block. */
static char *take_text(struct arena *arena, size_t size)
{
    if (size > TAKEN_BYTES_MAX)
        return NULL;
    if (size > arena->size - arena->used) {
        if (wants_own_block(arena, size))
            return add_own_block(arena, size);
        if (add_block(arena) != 0)
            return NULL;
    }
    arena->size -= size;
    return arena->last->data + arena->size;
}

int arena_copy(struct arena *arena, struct span text, struct span *out)
{
    char *memory;

    if (text.size == 0) {
        *out = (struct span){"", 0};
        return 0;
    }
    memory = take_text(arena, text.size);
    if (memory == NULL)
        return -1;
    memcpy(memory, text.data, text.size);
    *out = (struct span){memory, text.size};
    return 0;
}
