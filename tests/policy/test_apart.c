/* Items of threads: cleared, and no two in one pair of cache lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "policy/apart.h"

struct item {
    alignas(APART_BYTES) int number;
    char text[150];
};

static void items_are_apart(void **state)
{
    (void)state;
    for (size_t count = 1; count < 20; count++) {
        struct item *items = apart_clear(count, sizeof(*items));

        assert_non_null(items);
        assert_int_equal(sizeof(*items), 2 * APART_BYTES);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal((uintptr_t)&items[i] % APART_BYTES, 0);
            assert_int_equal(items[i].number, 0);
            assert_int_equal(items[i].text[149], 0);
        }
        free(items);
    }
}

static void more_than_there_can_be_is_refused(void **state)
{
    (void)state;
    assert_null(apart_clear(SIZE_MAX / APART_BYTES, APART_BYTES));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_are_apart),
        cmocka_unit_test(more_than_there_can_be_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
