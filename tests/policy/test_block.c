/* Blocks of the allocator's and of a backing's, and what goes where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "policy/block.h"

enum { KEPT = 4 * BLOCK_LARGE, ROOM = 1024 };

/* A backing that counts. */
struct counting {
    int blocks;
    size_t bytes;
    bool full;
};

static void *take(void *context, size_t bytes)
{
    struct counting *counting = context;

    if (counting->full)
        return NULL;
    counting->blocks++;
    counting->bytes += bytes;
    return calloc(1, bytes);
}

static void give(void *context, void *memory, size_t bytes)
{
    struct counting *counting = context;

    counting->blocks--;
    counting->bytes -= bytes;
    free(memory);
}

static struct counting counting;
static const struct block_backing backing = {KEPT, &counting, take, give};

static int begin(void **state)
{
    (void)state;
    counting = (struct counting){0};
    block_back(&backing);
    return 0;
}

static int end(void **state)
{
    (void)state;
    block_back(NULL);
    assert_int_equal(counting.blocks, 0);
    assert_int_equal(counting.bytes, 0);
    return 0;
}

static void small_blocks_never_go_to_the_backing(void **state)
{
    static void *blocks[ROOM];

    (void)state;
    for (size_t i = 0; i < ROOM; i++) {
        blocks[i] = block_alloc(BLOCK_LARGE / 2, 1);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % alignof(max_align_t), 0);
    }
    assert_int_equal(counting.blocks, 0);
    for (size_t i = 0; i < ROOM; i++)
        block_free(blocks[i]);
    block_free(NULL);
}

static void large_ones_do_beyond_what_is_kept(void **state)
{
    void *kept[3];
    char *backed = NULL;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        kept[i] = block_alloc(BLOCK_LARGE, 1);
    assert_int_equal(counting.blocks, 0);
    backed = block_clear(BLOCK_LARGE, 2);
    assert_int_equal(counting.blocks, 1);
    assert_in_range(counting.bytes, 2 * BLOCK_LARGE, 2 * BLOCK_LARGE + ROOM);
    for (size_t i = 0; i < 2 * BLOCK_LARGE; i++)
        assert_int_equal(backed[i], 0);
    block_free(backed);
    assert_int_equal(counting.blocks, 0);

    block_free(kept[0]); /* makes room for another */
    kept[0] = block_alloc(BLOCK_LARGE, 1);
    assert_int_equal(counting.blocks, 0);
    for (size_t i = 0; i < 3; i++)
        block_free(kept[i]);
}

static void what_a_full_backing_refuses_the_allocator_gives(void **state)
{
    char *block = NULL;

    (void)state;
    counting.full = true;
    block = block_clear(2 * KEPT, 1);
    assert_non_null(block);
    assert_int_equal(block[2 * KEPT - 1], 0);
    counting.full = false;
    block = block_resize(block, 3 * KEPT, 1); /* now it has room */
    assert_int_equal(counting.blocks, 1);
    block_free(block);
}

/* Through small, kept and backed sizes, up and down. */
static void contents_move_along(void **state)
{
    static const size_t SIZES[] = {10,       BLOCK_LARGE, 3 * BLOCK_LARGE, KEPT,        2 * KEPT,
                                   8 * KEPT, 3 * KEPT,    2 * BLOCK_LARGE, BLOCK_LARGE, 100};
    unsigned char *block = NULL;
    size_t filled = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(SIZES) / sizeof(*SIZES); i++) {
        const size_t size = SIZES[i];

        block = block_resize(block, size, 1);
        assert_non_null(block);
        if (filled > size)
            filled = size;
        for (size_t at = 0; at < filled; at++)
            assert_int_equal(block[at], (at * 7 + at / 256) & 0xff);
        for (; filled < size; filled++)
            block[filled] = (unsigned char)((filled * 7 + filled / 256) & 0xff);
        assert_int_equal(counting.blocks, size >= KEPT);
    }
    block_free(block);
}

static void more_than_there_can_be_is_refused(void **state)
{
    void *block = block_alloc(1, 10);

    (void)state;
    assert_null(block_alloc(SIZE_MAX / 2, 3));
    assert_null(block_clear(SIZE_MAX, 1));
    assert_null(block_resize(block, SIZE_MAX / 8, 9));
    block_free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(small_blocks_never_go_to_the_backing, begin, end),
        cmocka_unit_test_setup_teardown(large_ones_do_beyond_what_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(what_a_full_backing_refuses_the_allocator_gives, begin,
                                        end),
        cmocka_unit_test_setup_teardown(contents_move_along, begin, end),
        cmocka_unit_test_setup_teardown(more_than_there_can_be_is_refused, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
