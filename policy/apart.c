/*
 * Owns nothing but the alignment.
 */
#include "policy/apart.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *apart_clear(size_t count, size_t item_bytes)
{
    void *items = NULL;

    assert(item_bytes > 0 && item_bytes % APART_BYTES == 0);
    if (count > (size_t)PTRDIFF_MAX / item_bytes)
        return NULL;
    items = aligned_alloc(APART_BYTES, count * item_bytes);
    if (items != NULL)
        memset(items, 0, count * item_bytes);
    return items;
}
