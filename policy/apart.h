/*
 * Memory for what several threads write side by side, to each an item of its own. Two items in one
 * cache line would cost more than most of what is done with them: at each write the line goes from
 * one core to the other, and whoever reads the item beside it waits.
 *
 * Such an item's type begins with `alignas(APART_BYTES)`, so that an array keeps them apart.
 */
#ifndef POLICY_APART_H
#define POLICY_APART_H

#include <stdalign.h>
#include <stddef.h>

/* Two lines: processors fetch them in pairs. */
enum { APART_BYTES = 128 };

/*
 * `count` cleared items of a multiple of APART_BYTES, so aligned; free() gives them back. NULL when
 * memory is out.
 */
void *apart_clear(size_t count, size_t item_bytes) __attribute__((warn_unused_result));

#endif
