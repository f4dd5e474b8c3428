#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdbool.h>
#include <sys/resource.h>

#include "batch/routes.h"

enum {
    NAMES = 100000,
    FULL_NAMES = 3 << 18, /* as many as 2^20 slots are allowed */
    ONE_PART_NAMES = 3 << 20,
    STRANGERS = 10 * 1000 * 1000,
    STRANGERS_FOUND_PER_MILLION_MAX = 2, /* as the header says */
    MAX = 8,
};

static uint64_t random_number(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* The fingerprint of a numbered name. */
static uint64_t name(uint64_t number)
{
    return random_number(&number);
}

static unsigned part_of(uint64_t fingerprint)
{
    return (unsigned)(fingerprint >> 7) % ROUTE_PARTS;
}

static void open_routes(struct routes *routes, size_t names_max)
{
    struct error err = {0};

    assert_int_equal(routes_open(routes, names_max, &err), 0);
}

static struct route_batch batch;

static void add(struct routes *routes, uint64_t fingerprint, unsigned part)
{
    struct error err = {0};

    assert_int_equal(routes_add(routes, &batch, fingerprint, part, &err), 0);
}

static void end(struct routes *routes)
{
    struct error err = {0};

    assert_int_equal(routes_end(routes, &batch, &err), 0);
}

static bool goes_to(const struct routes *routes, uint64_t fingerprint, unsigned part)
{
    unsigned parts[MAX];
    int count = routes_find(routes, fingerprint, parts, MAX);
    bool found = false;

    for (int i = 0; i < count && i < MAX; i++)
        found = found || parts[i] == part;
    return found;
}

/* How many of the strangers find a part. */
static size_t count_found(const struct routes *routes, uint64_t first, size_t strangers)
{
    size_t found = 0;
    unsigned part = 0;

    for (size_t i = 0; i < strangers; i++)
        found += routes_find(routes, name(first + i), &part, 1) != 0;
    return found;
}

static void nobody_is_found_in_an_empty_map(void **state)
{
    struct routes routes;

    (void)state;
    open_routes(&routes, 0);
    assert_int_equal(count_found(&routes, 0, NAMES), 0);
    routes_release(&routes);
    routes_release(&routes);
}

static void every_name_finds_its_part(void **state)
{
    struct routes routes;
    size_t more = 0;

    (void)state;
    open_routes(&routes, NAMES);
    for (uint64_t i = 0; i < NAMES; i++)
        add(&routes, name(i), part_of(name(i)));
    end(&routes);
    for (uint64_t i = 0; i < NAMES; i++) {
        unsigned parts[MAX];

        routes_prefetch_front(&routes, name(i));
        routes_prefetch_slots(&routes, name(i));
        assert_true(goes_to(&routes, name(i), part_of(name(i))));
        more += routes_find(&routes, name(i), parts, MAX) != 1;
    }
    assert_in_range(more, 0, 10);
    routes_release(&routes);
}

/* Fingerprints as a counter would make them, and such as differ in their top bits alone. */
static void plain_numbers_spread_as_well(void **state)
{
    static const int shifts[] = {0, 20, 44};

    (void)state;
    for (size_t s = 0; s < sizeof(shifts) / sizeof(shifts[0]); s++) {
        struct routes routes;
        size_t found = 0;
        unsigned part = 0;

        open_routes(&routes, NAMES);
        for (uint64_t i = 0; i < NAMES; i++)
            add(&routes, i << shifts[s], (unsigned)(i % ROUTE_PARTS));
        end(&routes);
        for (uint64_t i = 0; i < NAMES; i++)
            assert_true(goes_to(&routes, i << shifts[s], (unsigned)(i % ROUTE_PARTS)));
        for (uint64_t i = NAMES; i < UINT64_C(10) * NAMES; i++)
            found += routes_find(&routes, i << shifts[s], &part, 1) != 0;
        assert_in_range(found, 0, 10);
        routes_release(&routes);
    }
}

static void a_name_may_go_to_several_parts(void **state)
{
    struct routes routes;
    unsigned parts[MAX] = {0};

    (void)state;
    open_routes(&routes, 3 * NAMES);
    for (unsigned k = 0; k < 3; k++)
        for (uint64_t i = 0; i < NAMES; i++)
            add(&routes, name(i), (part_of(name(i)) + k * 1000) % ROUTE_PARTS);
    end(&routes);
    for (uint64_t i = 0; i < NAMES; i++)
        for (unsigned k = 0; k < 3; k++)
            assert_true(goes_to(&routes, name(i), (part_of(name(i)) + k * 1000) % ROUTE_PARTS));
    assert_int_equal(routes_find(&routes, name(0), parts, 3), 3);
    assert_int_equal(parts[0], part_of(name(0)));
    assert_int_equal(parts[1], (part_of(name(0)) + 1000) % ROUTE_PARTS);
    assert_int_equal(parts[2], (part_of(name(0)) + 2000) % ROUTE_PARTS);
    routes_release(&routes);
}

static void more_parts_than_asked_for_are_told(void **state)
{
    struct routes routes;
    unsigned parts[4] = {9999, 9999, 9999, 9999};

    (void)state;
    open_routes(&routes, ROUTE_PARTS);
    for (unsigned part = 0; part < ROUTE_PARTS; part++)
        add(&routes, name(5), part);
    end(&routes);
    assert_int_equal(routes_find(&routes, name(5), parts, 3), 4);
    assert_int_equal(parts[3], 9999);
    for (int i = 0; i < 3; i++)
        for (int j = i + 1; j < 3; j++)
            assert_int_not_equal(parts[i], parts[j]);
    assert_int_equal(routes_find(&routes, name(5), parts, 0), 1);
    assert_int_equal(routes_find(&routes, name(6), parts, 0), 0);
    routes_release(&routes);
}

static void adding_again_takes_no_room(void **state)
{
    struct routes routes;
    unsigned parts[MAX];

    (void)state;
    open_routes(&routes, 3);
    for (int i = 0; i < 100; i++) {
        add(&routes, name(1), 0);
        add(&routes, name(1), 4095);
        add(&routes, name(2), 0);
    }
    end(&routes);
    assert_int_equal(routes.count, 3);
    assert_int_equal(routes_find(&routes, name(1), parts, MAX), 2);
    assert_int_equal(routes_find(&routes, name(2), parts, MAX), 1);
    routes_release(&routes);
}

/* Slots of one part differ by their tags alone: some of three million are alike, some have none. */
static void a_part_is_told_once(void **state)
{
    struct routes routes;
    unsigned parts[MAX];

    (void)state;
    open_routes(&routes, ONE_PART_NAMES);
    for (uint64_t i = 0; i < ONE_PART_NAMES; i++)
        add(&routes, name(i), 0);
    end(&routes);
    assert_in_range(routes.count, ONE_PART_NAMES - 100, ONE_PART_NAMES - 1);
    for (uint64_t i = 0; i < ONE_PART_NAMES; i++) {
        assert_int_equal(routes_find(&routes, name(i), parts, MAX), 1);
        assert_int_equal(parts[0], 0);
    }
    routes_release(&routes);
}

static void strangers_are_seldom_found_in_a_full_map(void **state)
{
    struct routes routes;
    size_t found = 0;

    (void)state;
    open_routes(&routes, FULL_NAMES);
    assert_int_equal(routes_bytes(FULL_NAMES), 5 << 20);
    for (uint64_t i = 0; i < FULL_NAMES; i++)
        add(&routes, name(i), part_of(name(i)));
    end(&routes);
    for (uint64_t i = 0; i < FULL_NAMES; i++)
        assert_true(goes_to(&routes, name(i), part_of(name(i))));
    found = count_found(&routes, UINT64_C(1) << 40, STRANGERS);
    print_message("%zu of %d strangers found\n", found, STRANGERS);
    assert_in_range(found, 1, STRANGERS / 1000000 * STRANGERS_FOUND_PER_MILLION_MAX);
    routes_release(&routes);
}

/* The smallest map, full: searches come round its end. */
static void a_small_full_map_works(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        struct routes routes;

        open_routes(&routes, 12);
        for (uint64_t i = 0; i < 12; i++)
            add(&routes, name(seed * 100 + i), (unsigned)i);
        end(&routes);
        for (uint64_t i = 0; i < 12; i++)
            assert_true(goes_to(&routes, name(seed * 100 + i), (unsigned)i));
        assert_int_equal(count_found(&routes, (seed + 1) << 30, 12), 0);
        routes_release(&routes);
    }
}

/* Names beyond what was foreseen, some of them in several parts. */
static void more_than_foreseen_are_found(void **state)
{
    struct routes routes;
    unsigned parts[MAX];

    (void)state;
    open_routes(&routes, 100);
    for (unsigned k = 0; k < 2; k++)
        for (uint64_t i = 0; i < 2000; i++)
            add(&routes, name(i), (part_of(name(i)) + k) % ROUTE_PARTS);
    end(&routes);
    assert_int_equal(routes.count, 100);
    for (uint64_t i = 0; i < 2000; i++) {
        assert_true(goes_to(&routes, name(i), part_of(name(i))));
        assert_true(goes_to(&routes, name(i), (part_of(name(i)) + 1) % ROUTE_PARTS));
        assert_int_equal(routes_find(&routes, name(i), parts, 1), 2);
    }
    assert_in_range(count_found(&routes, UINT64_C(1) << 40, 100000), 0, 10);
    routes_release(&routes);
}

static void memory_is_told_before(void **state)
{
    (void)state;
    assert_int_equal(routes_bytes(0), 80);
    assert_int_equal(routes_bytes(12), 80);
    assert_int_equal(routes_bytes(13), 160);
    assert_true(routes_bytes(10000000) == (size_t)80 << 20);
    assert_true(routes_bytes((size_t)12 << 40) == (size_t)80 << 40);
}

/* Sanitizers end the program where memory is out. */
static void no_memory_is_an_error(void **state)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    (void)state;
    skip();
#else
    struct routes routes;
    struct error err = {0};
    struct rlimit before;
    struct rlimit little;
    int status = 0;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    little = (struct rlimit){.rlim_cur = (rlim_t)1 << 30, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &little), 0);
    status = routes_open(&routes, (size_t)1 << 30, &err);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(status, -1);
    assert_int_equal(err.kind, ERROR_IO);
    assert_null(routes.slots);
    routes_release(&routes);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_found_in_an_empty_map),
        cmocka_unit_test(every_name_finds_its_part),
        cmocka_unit_test(plain_numbers_spread_as_well),
        cmocka_unit_test(a_name_may_go_to_several_parts),
        cmocka_unit_test(more_parts_than_asked_for_are_told),
        cmocka_unit_test(adding_again_takes_no_room),
        cmocka_unit_test(a_part_is_told_once),
        cmocka_unit_test(strangers_are_seldom_found_in_a_full_map),
        cmocka_unit_test(a_small_full_map_works),
        cmocka_unit_test(more_than_foreseen_are_found),
        cmocka_unit_test(memory_is_told_before),
        cmocka_unit_test(no_memory_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
