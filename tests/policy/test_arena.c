#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include "policy/arena.h"

static void test_an_empty_arena_holds_nothing(void **state)
{
    struct arena zeroed = {0};
    struct arena arena;

    (void)state;
    arena_release(&zeroed);
    arena_init(&arena);
    assert_int_equal(arena.bytes, 0);
    arena_release(&arena);
    assert_int_equal(arena.bytes, 0);
}

static void test_structures_are_aligned_and_apart(void **state)
{
    struct arena arena = {0};
    unsigned char *memory[300];
    size_t size;
    size_t i;

    (void)state;
    for (size = 1; size < 300; size++) {
        memory[size] = arena_alloc(&arena, size);
        assert_non_null(memory[size]);
        assert_int_equal((uintptr_t)memory[size] % alignof(max_align_t), 0);
        memset(memory[size], (int)(size & 0xFF), size);
    }
    for (size = 1; size < 300; size++) {
        for (i = 0; i < size; i++)
            assert_int_equal(memory[size][i], size & 0xFF);
    }
    arena_release(&arena);
}

static void test_texts_outlive_their_source(void **state)
{
    struct arena arena = {0};
    char line[] = "order-1,account-7";
    struct span copy;

    (void)state;
    assert_int_equal(arena_copy(&arena, (struct span){line, 7}, &copy), 0);
    memset(line, '#', sizeof(line) - 1);
    assert_true(span_is(copy, "order-1"));
    arena_release(&arena);
}

static void test_an_empty_text_needs_no_memory(void **state)
{
    struct arena arena = {0};
    struct span copy = {NULL, 9};

    (void)state;
    assert_int_equal(arena_copy(&arena, (struct span){NULL, 0}, &copy), 0);
    assert_string_equal(copy.data, "");
    assert_int_equal(copy.size, 0);
    assert_int_equal(arena.bytes, 0);
}

/* Texts of odd sizes between structures cost nothing but their own bytes. */
static void test_texts_are_packed(void **state)
{
    struct arena arena = {0};
    struct span copy;
    int i;

    (void)state;
    for (i = 0; i < 100; i++) {
        assert_non_null(arena_alloc(&arena, 16));
        assert_int_equal(arena_copy(&arena, span_of("1234567"), &copy), 0);
    }
    assert_in_range(arena.bytes, 100 * 23, 4096);
    arena_release(&arena);
}

static void test_blocks_grow_but_not_without_end(void **state)
{
    enum { TEXTS = 1000000 };
    static struct span copies[TEXTS];
    struct arena arena = {0};
    char text[32];
    size_t asked = 0;
    int i;

    (void)state;
    for (i = 0; i < TEXTS; i++) {
        int size = snprintf(text, sizeof(text), "order-%d", i);

        assert_int_equal(arena_copy(&arena, (struct span){text, (size_t)size}, &copies[i]), 0);
        asked += (size_t)size;
    }
    assert_in_range(arena.bytes, asked, asked + 4 * 1024 * 1024 + 4096);
    for (i = 0; i < TEXTS; i += 997) {
        snprintf(text, sizeof(text), "order-%d", i);
        assert_true(span_is(copies[i], text));
    }
    arena_release(&arena);
}

/* Something large gets a block of its own, and what is small goes on in the block before it. */
static void test_large_pieces_stand_alone(void **state)
{
    enum { LARGE = 8 * 1024 * 1024 };
    struct arena arena = {0};
    struct arena_block *newest;
    char *large;
    struct span copy;

    (void)state;
    large = arena_alloc(&arena, LARGE); /* the first piece of all, too */
    assert_non_null(large);
    memset(large, 'x', LARGE);
    assert_int_equal(arena_copy(&arena, span_of("small"), &copy), 0);
    newest = arena.last;
    assert_int_equal(arena_copy(&arena, (struct span){large, LARGE}, &copy), 0);
    assert_memory_equal(copy.data, large, LARGE);
    assert_non_null(arena_alloc(&arena, LARGE));
    assert_non_null(arena_alloc(&arena, 64));
    assert_ptr_equal(arena.last, newest);
    arena_release(&arena);
}

static void test_impossible_sizes_fail_and_change_nothing(void **state)
{
    struct arena arena = {0};
    struct arena before;
    struct span copy = {NULL, 0};

    (void)state;
    assert_non_null(arena_alloc(&arena, 1));
    before = arena;
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_alloc(&arena, SIZE_MAX - 15));
    assert_null(arena_alloc(&arena, (size_t)PTRDIFF_MAX));
    assert_int_equal(arena_copy(&arena, (struct span){"x", SIZE_MAX}, &copy), -1);
    assert_null(copy.data);
    assert_memory_equal(&arena, &before, sizeof(arena));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_arena_holds_nothing),
        cmocka_unit_test(test_structures_are_aligned_and_apart),
        cmocka_unit_test(test_texts_outlive_their_source),
        cmocka_unit_test(test_an_empty_text_needs_no_memory),
        cmocka_unit_test(test_texts_are_packed),
        cmocka_unit_test(test_blocks_grow_but_not_without_end),
        cmocka_unit_test(test_large_pieces_stand_alone),
        cmocka_unit_test(test_impossible_sizes_fail_and_change_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
