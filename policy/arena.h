/*
 * Memory that lives and dies together: allocation by bumping a pointer, released all at once.
 * Blocks grow with the arena, 4 KiB to 4 MiB; structures are taken from a block's front, aligned,
 * and texts from its back, packed.
 * Not thread-safe; one owner at a time.
 */
#ifndef POLICY_ARENA_H
#define POLICY_ARENA_H

#include <stddef.h>

#include "policy/span.h"

struct arena_block;

struct arena {
    struct arena_block *last; /* newest block, linked to the older ones */
    size_t used;              /* where the structures of the newest block end */
    size_t size;              /* where its texts begin: what lies between is free */
    size_t bytes;             /* bytes asked of the system in all */
};

/* An empty arena needs no memory: `struct arena arena = {0};` is ready to use as well. */
void arena_init(struct arena *arena);
void arena_release(struct arena *arena);

/* `size` bytes aligned for any type, not cleared; NULL when memory is out. size > 0. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((warn_unused_result));

/*
 * Copies text, without alignment, into *out: 0, or -1 when memory is out. An empty span needs no
 * memory and gives {"", 0}.
 */
int arena_copy(struct arena *arena, struct span text, struct span *out)
    __attribute__((warn_unused_result));

#endif
