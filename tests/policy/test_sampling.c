/*
 * Monetary units: every unit of a small population is drawn as often as any other, over all starts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "policy/sampling.h"

/* Published values of SplitMix64 for the seed 1234567. */
static void test_the_generator_is_splitmix64(void **state)
{
    static const uint64_t EXPECTED[] = {
        UINT64_C(6457827717110365317), UINT64_C(3203168211198807973), UINT64_C(9817491932198370423),
        UINT64_C(4593380528125082431), UINT64_C(16408922859458223821)};
    struct sampling_generator generator = {1234567};

    (void)state;
    for (size_t i = 0; i < sizeof(EXPECTED) / sizeof(EXPECTED[0]); i++)
        assert_true(sampling_next(&generator) == EXPECTED[i]);
}

static void test_numbers_stay_below(void **state)
{
    struct sampling_generator generator = {1};
    const uint128 bounds[] = {1, 2, 3, 10, (uint128)1 << 64, ((uint128)1 << 96) - 1};

    (void)state;
    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
        for (int draw = 0; draw < 1000; draw++)
            assert_true(sampling_below(&generator, bounds[i]) < bounds[i]);
}

/* Over all T starts, an item of u units is hit exactly n x u times: the chance n / T of each. */
static void test_every_unit_has_the_same_chance(void **state)
{
    static const int ITEMS[] = {3, 0, 17, 1, 1, 40, 0, 9};
    enum { ITEM_COUNT = sizeof(ITEMS) / sizeof(ITEMS[0]), TOTAL = 71 };

    (void)state;
    for (int64_t n = 1; n <= 2 * TOTAL; n += 5) {
        int64_t hits[ITEM_COUNT] = {0};

        for (int start = 0; start < TOTAL; start++) {
            struct sampling sampling = {.total = TOTAL, .n = n, .start = start};
            int64_t drawn = 0;

            for (int i = 0; i < ITEM_COUNT; i++) {
                const int64_t item = sampling_item(&sampling, ITEMS[i]);

                hits[i] += item;
                drawn += item;
            }
            assert_true(drawn == n);
        }
        for (int i = 0; i < ITEM_COUNT; i++)
            assert_true(hits[i] == n * ITEMS[i]);
    }
}

static void test_the_largest_population(void **state)
{
    struct sampling sampling;

    (void)state;
    sampling_begin(&sampling, SAMPLING_TOTAL_MAX - 1, SAMPLING_ITEMS_MAX, 42);
    assert_true(sampling_item(&sampling, SAMPLING_TOTAL_MAX - 1) == SAMPLING_ITEMS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_generator_is_splitmix64),
        cmocka_unit_test(test_numbers_stay_below),
        cmocka_unit_test(test_every_unit_has_the_same_chance),
        cmocka_unit_test(test_the_largest_population),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
