/* Formatting of cells' texts: what snprintf makes of them, cut where it cuts. */
#include "tests/writers/sample.h"

#include <limits.h>
#include <stdio.h>

#include "writers/text_format.h"

#define SAME(...)                                                                                  \
    do {                                                                                           \
        for (size_t size = 0; size < 64; size++) {                                                 \
            char ours[64] = "untouched", theirs[64] = "untouched";                                 \
                                                                                                   \
            assert_int_equal(text_format(ours, size, __VA_ARGS__),                                 \
                             snprintf(theirs, size, __VA_ARGS__));                                 \
            assert_string_equal(ours, theirs);                                                     \
        }                                                                                          \
    } while (0)

static void it_is_what_snprintf_makes(void **state)
{
    (void)state;
    SAME("%s", "");
    SAME("plain");
    SAME("%s", "a text");
    SAME("MIN(ROUND(%s-%s,%d),%s)", "N6", "AA1048576", 2, "x/100");
    SAME("1%.*s", 4, "0000000000");
    SAME("[%.*s]", 0, "0000000000");
    SAME("[%.*s]", 30, "short");
    SAME("[%.*s]", -1, "all of it");
    SAME("%d %d %d %d", 0, -1, INT_MAX, INT_MIN);
    SAME("%ld %ld", LONG_MAX, LONG_MIN);
    SAME("%lld %lld", LLONG_MAX, LLONG_MIN);
    SAME("%u %zu", UINT_MAX, SIZE_MAX);
    SAME("%s of %s used, %s %% fee", "7", "31 days", "10");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_what_snprintf_makes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
