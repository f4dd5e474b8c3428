/*
 * Blocks of memory that may grow with the data: as malloc and its kin give them, until the large
 * ones come to more than was agreed; what exceeds that is asked of a backing, such as a file that
 * is mapped (batch/backing.h). Without a backing, all is the allocator's.
 *
 * Thread-safe, like malloc. Blocks are not interchangeable with malloc's memory: free them here.
 */
#ifndef POLICY_BLOCK_H
#define POLICY_BLOCK_H

#include <stddef.h>

/* Blocks of fewer bytes never go to the backing. */
enum { BLOCK_LARGE = 64 * 1024 };

/* Memory for `count` items, aligned for any type, not cleared; NULL when memory is out. */
void *block_alloc(size_t count, size_t item_bytes) __attribute__((warn_unused_result));
/* The same, cleared. */
void *block_clear(size_t count, size_t item_bytes) __attribute__((warn_unused_result));
/*
 * The block's items in a block with room for `count` of them; NULL when memory is out, and the old
 * one stays. A block of NULL is allocated.
 */
void *block_resize(void *block, size_t count, size_t item_bytes)
    __attribute__((warn_unused_result));
/* NULL is allowed. */
void block_free(void *block);

/* Where large blocks go beyond `kept_bytes` of them. */
struct block_backing {
    size_t kept_bytes;
    void *context;
    /* `bytes` bytes of zeros, aligned as malloc's; NULL: none to be had, the allocator is asked. */
    void *(*take)(void *context, size_t bytes);
    void (*give)(void *context, void *memory, size_t bytes);
};

/*
 * From here on large blocks may go to the backing, which is borrowed until block_back(NULL): by
 * then none of its blocks may be left. While no other thread allocates.
 */
void block_back(const struct block_backing *backing);

#endif
