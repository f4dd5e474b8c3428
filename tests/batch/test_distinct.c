/* The estimate of how many names differ: never more than were added, close, and seldom too few. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "batch/distinct.h"
#include "batch/names.h"

static uint64_t numbered(uint64_t world, uint64_t number)
{
    char text[32];
    const int size = snprintf(text, sizeof(text), "acc-%d-%07d", (int)world, (int)number);

    return name_fingerprint((struct span){text, (size_t)size}, (struct span){"", 0});
}

static void few_are_counted(void **state)
{
    struct distinct distinct = {0};

    (void)state;
    assert_int_equal(distinct_at_most(&distinct), 0);
    for (uint64_t i = 0; i < 1000; i++)
        distinct_add(&distinct, i);
    assert_int_equal(distinct_at_most(&distinct), 1000);
}

/* Each name three times, numbered as accounts are; for several worlds. */
static void many_are_estimated(void **state)
{
    static const uint64_t counts[] = {30000, 100000, 1000000};

    (void)state;
    for (size_t c = 0; c < sizeof(counts) / sizeof(*counts); c++)
        for (uint64_t world = 0; world < 8; world++) {
            struct distinct distinct = {0};

            for (uint64_t i = 0; i < 3 * counts[c]; i++)
                distinct_add(&distinct, numbered(world, i % counts[c]));
            assert_in_range(distinct_at_most(&distinct), counts[c], counts[c] / 4 * 5);
        }
}

static void one_name_takes_no_room(void **state)
{
    struct distinct distinct = {0};

    (void)state;
    for (int i = 0; i < 1000000; i++)
        distinct_add(&distinct, 42);
    assert_in_range(distinct_at_most(&distinct), 1, 5000);
}

/* Of several that have seen some each, some the same: as if one had seen all. */
static void merged_ones_are_as_one(void **state)
{
    struct distinct one = {0};
    struct distinct several[3] = {0};

    (void)state;
    for (uint64_t i = 0; i < 200000; i++) {
        distinct_add(&one, numbered(1, i / 2));
        distinct_add(&several[i % 3], numbered(1, i / 2));
    }
    distinct_merge(&several[0], &several[1]);
    distinct_merge(&several[0], &several[2]);
    assert_memory_equal(&several[0], &one, sizeof(one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_are_counted),
        cmocka_unit_test(many_are_estimated),
        cmocka_unit_test(one_name_takes_no_room),
        cmocka_unit_test(merged_ones_are_as_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
