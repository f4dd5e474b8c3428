/*
 * Intervals by hand, against a plain map of seconds, and many of them.
 *
 *   test_interval [CASES]: how many random cases, 3,000 unless told
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "policy/interval.h"
#include "tests/policy/example.h"

enum {
    MAP_SECONDS_MAX = 2000,
    OVERLAPPING = 10000,
    DISJOINT = 1000000,
};

static unsigned long random_cases = 3000;

/* ---- by hand ---- */

static int write_interval(void *context, struct interval interval)
{
    example_write(context, "%s%lld-%lld", ((struct example_text *)context)->size > 0 ? " " : "",
                  (long long)interval.from, (long long)interval.to);
    return 0;
}

/* Adds the intervals of "10-20 30-40" in that order. */
static void add_all(struct interval_set *set, const char *intervals)
{
    char *rest = NULL;

    for (const char *at = intervals; *at != '\0'; at = rest + (*rest == ' ')) {
        int64_t from = strtoll(at, &rest, 10);
        int64_t to = strtoll(rest + 1, &rest, 10);

        assert_int_equal(interval_set_add(set, from, to), 0);
    }
}

static void test_what_touches_or_overlaps_is_one(void **state)
{
    static const struct {
        const char *added;
        const char *held;
    } CASES[] = {
        {"", ""},
        {"10-20", "10-20"},
        {"30-40 10-20", "10-20 30-40"},
        {"10-20 20-30", "10-30"},       /* the end does not belong: they touch */
        {"20-30 10-20", "10-30"},       /* from the other side */
        {"10-20 21-30", "10-20 21-30"}, /* a second between them */
        {"10-20 21-30 20-21", "10-30"}, /* and now that second */
        {"10-20 15-25", "10-25"},
        {"15-25 10-20", "10-25"},
        {"10-20 12-15", "10-20"},
        {"12-15 10-20", "10-20"},
        {"10-20 10-20", "10-20"},
        {"1-2 3-4 5-6 7-8 2-7", "1-8"},
        {"1-2 3-4 5-6 7-8 0-9", "0-9"},
        {"1-2 3-4 5-6 7-8 4-6", "1-2 3-6 7-8"},
        {"-30--20 -25--10 -5-5", "-30--10 -5-5"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        struct interval_set set = {0};
        struct example_text held = {.size = 0};

        add_all(&set, CASES[i].added);
        assert_int_equal(interval_set_visit(&set, write_interval, &held), 0);
        assert_string_equal(held.text, CASES[i].held);
        interval_set_release(&set);
    }
}

static void test_what_is_missing(void **state)
{
    static const struct {
        const char *held;
        int64_t from;
        int64_t to;
        int64_t seconds;
        struct interval bounds; /* when seconds > 0 */
    } CASES[] = {
        {"", 10, 20, 10, {10, 20}},
        {"", 10, 10, 0, {0, 0}},
        {"10-20", 10, 20, 0, {0, 0}},
        {"10-20", 12, 18, 0, {0, 0}},
        {"10-20", 20, 30, 10, {20, 30}},
        {"10-20", 0, 10, 10, {0, 10}},
        {"10-20", 9, 21, 2, {9, 21}}, /* a hole within the bounds */
        {"10-20", 15, 25, 5, {20, 25}},
        {"10-20", 5, 15, 5, {5, 10}},
        {"10-20 30-40", 15, 35, 10, {20, 30}},
        {"10-20 30-40", 10, 40, 10, {20, 30}},
        {"10-20 30-40", 0, 50, 30, {0, 50}},
        {"10-20 30-40", 20, 30, 10, {20, 30}},
        {"10-20 30-40", 25, 30, 5, {25, 30}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        struct interval_set set = {0};
        struct interval bounds = {0, 0};

        add_all(&set, CASES[i].held);
        assert_int_equal(interval_set_missing(&set, CASES[i].from, CASES[i].to, &bounds),
                         CASES[i].seconds);
        assert_int_equal(bounds.from, CASES[i].bounds.from);
        assert_int_equal(bounds.to, CASES[i].bounds.to);
        interval_set_release(&set);
    }
}

static int stop_at_30(void *context, struct interval interval)
{
    (*(int *)context)++;
    return interval.from == 30 ? -1 : 0;
}

static void test_a_visit_can_be_stopped(void **state)
{
    struct interval_set set = {0};
    int visits = 0;

    (void)state;
    add_all(&set, "10-20 30-40 50-60");
    assert_int_equal(interval_set_visit(&set, stop_at_30, &visits), -1);
    assert_int_equal(visits, 2);
    interval_set_release(&set);
}

/* ---- against a plain map of seconds ---- */

struct map {
    bool held[MAP_SECONDS_MAX];
    int seconds;
};

static uint64_t next_random(uint64_t *seed)
{
    uint64_t value = *seed += UINT64_C(0x9e3779b97f4a7c15);

    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

static int below(uint64_t *seed, int bound)
{
    return (int)(next_random(seed) % (uint64_t)bound);
}

/* A part of the map that is never empty. */
static struct interval random_part(uint64_t *seed, const struct map *map, int longest)
{
    int from = below(seed, map->seconds);
    int size = 1 + below(seed, longest);

    return (struct interval){from, from + size < map->seconds ? from + size : map->seconds};
}

static void check_missing(const struct interval_set *set, const struct map *map,
                          struct interval part)
{
    struct interval bounds = {-1, -1};
    struct interval expected = {-1, -1};
    int64_t seconds = 0;

    for (int64_t second = part.from; second < part.to; second++) {
        if (map->held[second])
            continue;
        if (seconds++ == 0)
            expected.from = second;
        expected.to = second + 1;
    }
    assert_int_equal(interval_set_missing(set, part.from, part.to, &bounds), seconds);
    if (seconds > 0) {
        assert_int_equal(bounds.from, expected.from);
        assert_int_equal(bounds.to, expected.to);
    }
}

struct walk {
    const struct map *map;
    int64_t reached;
};

/* The interval must be the map's next run of seconds, whole. */
static int check_run(void *context, struct interval interval)
{
    struct walk *walk = context;

    while (walk->reached < walk->map->seconds && !walk->map->held[walk->reached])
        walk->reached++;
    assert_int_equal(interval.from, walk->reached);
    while (walk->reached < walk->map->seconds && walk->map->held[walk->reached])
        walk->reached++;
    assert_int_equal(interval.to, walk->reached);
    return 0;
}

static void check_held(const struct interval_set *set, const struct map *map)
{
    struct walk walk = {map, 0};

    assert_int_equal(interval_set_visit(set, check_run, &walk), 0);
    for (; walk.reached < map->seconds; walk.reached++)
        assert_false(map->held[walk.reached]);
}

/* Sparse and crowded maps, small ones for the edges and large ones for sets of many runs. */
static void check_random_set(uint64_t seed)
{
    struct interval_set set = {0};
    struct map map = {.seconds = below(&seed, 4) == 0 ? MAP_SECONDS_MAX : 5 + below(&seed, 60)};
    int longest = 1 + below(&seed, below(&seed, 2) == 0 ? 2 : map.seconds);
    int additions = below(&seed, map.seconds);

    for (int i = 0; i < additions; i++) {
        struct interval part = random_part(&seed, &map, longest);

        assert_int_equal(interval_set_add(&set, part.from, part.to), 0);
        for (int64_t second = part.from; second < part.to; second++)
            map.held[second] = true;
        if (map.seconds < 100 || i % 64 == 0)
            check_missing(&set, &map, random_part(&seed, &map, map.seconds));
        if (below(&seed, 256) == 0)
            longest = 1 + below(&seed, map.seconds); /* one that swallows many */
        else if (longest > 3 && below(&seed, 2) == 0)
            longest = 2;
    }
    check_held(&set, &map);
    for (int i = 0; i < 8; i++)
        check_missing(&set, &map, random_part(&seed, &map, map.seconds));
    interval_set_release(&set);
}

static void test_against_a_map_of_seconds(void **state)
{
    (void)state;
    for (unsigned long i = 0; i < random_cases; i++)
        check_random_set(i);
}

/* ---- many ---- */

static int count_interval(void *context, struct interval interval)
{
    assert_true(interval.from < interval.to);
    ++*(size_t *)context;
    return 0;
}

static size_t count_of(const struct interval_set *set)
{
    size_t count = 0;

    assert_int_equal(interval_set_visit(set, count_interval, &count), 0);
    return count;
}

static void test_ten_thousand_that_overlap_are_one(void **state)
{
    struct interval_set set = {0};
    uint64_t seed = 1;

    (void)state;
    for (int i = 0; i < OVERLAPPING; i++) {
        int64_t from = below(&seed, OVERLAPPING);

        assert_int_equal(interval_set_add(&set, from, from + OVERLAPPING), 0);
    }
    assert_int_equal(count_of(&set), 1);
    interval_set_release(&set);
}

/* Visits every number below DISJOINT once, far apart: the step has no factor in common with it. */
static int64_t scattered(int64_t i)
{
    return i * 611953 % DISJOINT;
}

static void check_disjoint(int64_t (*place_of)(int64_t i))
{
    struct interval_set set = {0};
    struct interval bounds = {0, 0};
    int64_t missing = 0;

    for (int64_t i = 0; i < DISJOINT; i++) {
        int64_t from = place_of(i) * 10;

        missing += interval_set_missing(&set, from - 1, from + 1, &bounds);
        assert_int_equal(interval_set_add(&set, from, from + 1), 0);
    }
    assert_int_equal(missing, 2 * DISJOINT);
    assert_int_equal(count_of(&set), DISJOINT);
    assert_int_equal(interval_set_missing(&set, 0, DISJOINT * INT64_C(10), &bounds),
                     DISJOINT * INT64_C(9));
    assert_int_equal(interval_set_add(&set, 0, DISJOINT * INT64_C(10)), 0);
    assert_int_equal(count_of(&set), 1);
    interval_set_release(&set);
}

static int64_t forwards(int64_t i)
{
    return i;
}

static int64_t backwards(int64_t i)
{
    return DISJOINT - 1 - i;
}

static void test_a_million_that_do_not_touch(void **state)
{
    (void)state;
    check_disjoint(forwards);
    check_disjoint(backwards);
    check_disjoint(scattered);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_touches_or_overlaps_is_one),
        cmocka_unit_test(test_what_is_missing),
        cmocka_unit_test(test_a_visit_can_be_stopped),
        cmocka_unit_test(test_against_a_map_of_seconds),
        cmocka_unit_test(test_ten_thousand_that_overlap_are_one),
        cmocka_unit_test(test_a_million_that_do_not_touch),
    };

    if (argc > 1)
        random_cases = strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
