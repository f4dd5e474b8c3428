/* The sample that a month is divided by: even, whoever took it. And what parts hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "batch/parts.h"

enum { TAKERS = 3 };

static void take_some(struct account_sample *sample, unsigned first, unsigned step, unsigned end)
{
    struct error err = {0};

    for (unsigned i = first; i < end; i += step) {
        char text[16];
        const int size = snprintf(text, sizeof(text), "acc-%07u", i);

        assert_int_equal(account_sample_add(sample, (struct span){text, (size_t)size}, &err), 0);
    }
}

static unsigned number_of(struct span account_id)
{
    unsigned number = 0;

    for (size_t i = 4; i < account_id.size; i++)
        number = number * 10 + (unsigned)(account_id.data[i] - '0');
    return number;
}

static int compare(const void *left, const void *right)
{
    return span_compare(*(const struct span *)left, *(const struct span *)right);
}

/* Of 0 to end - 1, taken evenly: each tenth of them is a tenth of the sample, or nearly so. */
static void check_even(struct account_sample *sample, unsigned end)
{
    assert_in_range(sample->count, 1, 16 * 1024);
    qsort(sample->items, sample->count, sizeof(*sample->items), compare);
    for (unsigned tenth = 1; tenth < 10; tenth++) {
        const unsigned at = number_of(sample->items[sample->count * tenth / 10]);

        assert_in_range(at, end / 10 * tenth - end / 50, end / 10 * tenth + end / 50);
    }
}

static void a_sample_is_even(void **state)
{
    static const unsigned ends[] = {100, 16 * 1024, 16 * 1024 + 1, 300000};

    (void)state;
    for (size_t e = 0; e < sizeof(ends) / sizeof(*ends); e++) {
        struct account_sample sample = {0};

        take_some(&sample, 0, 1, ends[e]);
        check_even(&sample, ends[e]);
        account_sample_release(&sample);
    }
}

/* Each has seen another share of them: a sixth, a third, a half. */
static void samples_are_merged_evenly(void **state)
{
    static const unsigned ends[] = {600, 16 * 1024, 60000, 300000};
    struct error err = {0};

    (void)state;
    for (size_t e = 0; e < sizeof(ends) / sizeof(*ends); e++)
        for (int first = 0; first < TAKERS; first++) {
            struct account_sample samples[TAKERS] = {0};

            take_some(&samples[0], 1, 6, ends[e]);
            take_some(&samples[1], 3, 6, ends[e]);
            take_some(&samples[1], 5, 6, ends[e]);
            take_some(&samples[2], 0, 2, ends[e]);
            for (int i = 1; i < TAKERS; i++)
                assert_int_equal(
                    account_sample_merge(&samples[first], &samples[(first + i) % TAKERS], &err), 0);
            assert_int_equal(samples[first].seen, ends[e]);
            check_even(&samples[first], ends[e]);
            for (int i = 0; i < TAKERS; i++)
                account_sample_release(&samples[i]);
        }
}

static void nothing_merged_is_nothing(void **state)
{
    struct account_sample none[2] = {0};
    struct error err = {0};

    (void)state;
    assert_int_equal(account_sample_merge(&none[0], &none[1], &err), 0);
    assert_int_equal(none[0].count, 0);
    take_some(&none[1], 0, 1, 5);
    assert_int_equal(account_sample_merge(&none[0], &none[1], &err), 0);
    assert_int_equal(none[0].count, 5);
    account_sample_release(&none[0]);
    account_sample_release(&none[1]);
}

/* Ids that begin alike, or are the front of one another, or share nothing with the parts' firsts.
 */
static void an_id_goes_to_the_last_part_that_does_not_begin_behind_it(void **state)
{
    static const char *const worlds[][9] = {
        {"acc-0001", "acc-0002", "acc-00020", "acc-0003", "acc-1", "acc-100000000001",
         "acc-100000000002", "acc-1000000000020", "acc-2"},
        {"a", "aa", "aaa", "aaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaab", "ab", "b", "\xc3\xa9", "\xff"},
        {"x", "x", "x", "x", "x", "x", "x", "x", "y"},
        {"x", "x", "x", "x", "x", "x", "x", "x", "x"},
    };
    static const char *const others[] = {
        "", "a", "acc-", "acc-00020\x01", "acc-0002\x7f", "acc-1", "acc-10000", "b", "zzz", "\xc3"};

    (void)state;
    for (size_t w = 0; w < sizeof(worlds) / sizeof(*worlds); w++) {
        struct account_sample sample = {0};
        struct parts parts = {0};
        struct error err = {0};

        for (int i = 0; i < 9; i++)
            assert_int_equal(account_sample_add(&sample, span_of(worlds[w][i]), &err), 0);
        assert_int_equal(parts_open(&parts, &sample, 9, NULL, 1, &err), 0);
        for (int i = 0; i < 19; i++) {
            const struct span id = span_of(i < 9 ? worlds[w][i] : others[i - 9]);
            const unsigned part = parts_of(&parts, id);
            assert_true(parts_is_of(&parts, part, id));
            assert_false(parts_is_of(&parts, part == 0 ? 1 : part - 1, id));

            assert_true(part == 0 || span_compare(parts.firsts[part], id) <= 0);
            assert_true(part + 1 == parts.count || span_compare(id, parts.firsts[part + 1]) < 0);
        }
        free(parts.streams);
        parts.streams = NULL;
        parts_release(&parts);
        account_sample_release(&sample);
    }
}

/* Adds `count` lines to the part, each with its number. */
static void add_lines(struct parts *parts, unsigned part, int count)
{
    struct error err = {0};

    for (int i = 0; i < count; i++) {
        char text[16];
        const int size = snprintf(text, sizeof(text), "line %d", i);

        assert_int_equal(
            parts_add_line(parts, i % TAKERS, part, 0, (struct span){text, (size_t)size}, &err), 0);
    }
}

static int count_lines(struct parts *parts, unsigned part)
{
    struct part_bytes bytes = {0};
    struct part_item item = {0};
    struct error err = {0};
    size_t at = 0;
    int count = 0;

    assert_int_equal(parts_load(parts, part, &bytes, &err), 0);
    while (part_bytes_next(&bytes, &at, &item))
        count++;
    part_bytes_release(&bytes);
    return count;
}

/* Its memory is free; the others stay, and what was most is told of what is left. */
static void a_part_is_given_back(void **state)
{
    enum { CHUNK = 1024, MEMORY = 1024 * CHUNK };
    struct account_sample sample = {0};
    struct parts parts = {0};
    struct error err = {0};
    const int folder = open(P_tmpdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct spill *spill = spill_open(folder, CHUNK, MEMORY, &err);
    size_t left = 0;

    (void)state;
    assert_non_null(spill);
    take_some(&sample, 0, 1, 100);
    assert_int_equal(parts_open(&parts, &sample, 2, spill, TAKERS, &err), 0);
    add_lines(&parts, 0, 9000);
    add_lines(&parts, 1, 3000);
    left = spill_bytes_left(spill);
    assert_in_range(parts_bytes_most(&parts), 9000 * 7, 9000 * 16);
    parts_give_back(&parts, 0);
    assert_in_range(spill_bytes_left(spill), left + 9000 * 7 - TAKERS * CHUNK, MEMORY);
    assert_in_range(parts_bytes_most(&parts), 3000 * 7, 3000 * 16);
    assert_int_equal(count_lines(&parts, 1), 3000);
    assert_int_equal(count_lines(&parts, 0), 0);
    parts_release(&parts);
    assert_int_equal(spill_bytes_left(spill), MEMORY);
    account_sample_release(&sample);
    spill_close(spill);
    (void)close(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sample_is_even),
        cmocka_unit_test(samples_are_merged_evenly),
        cmocka_unit_test(nothing_merged_is_nothing),
        cmocka_unit_test(an_id_goes_to_the_last_part_that_does_not_begin_behind_it),
        cmocka_unit_test(a_part_is_given_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
