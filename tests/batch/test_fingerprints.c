/* The search for repeated keys, held to a sort of all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch/fingerprints.h"
#include "policy/hash.h"

enum { STORES = 3, ROWS = 400000, LEAST_MEMORY = 1, AMPLE_MEMORY = 64 * 1024 * 1024 };

struct row {
    uint64_t key;
    uint64_t number;
    bool found;
};

static int compare_keys(const void *left, const void *right)
{
    const struct row *a = left;
    const struct row *b = right;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static int compare_numbers(const void *left, const void *right)
{
    const struct row *a = left;
    const struct row *b = right;

    return a->number < b->number ? -1 : a->number > b->number;
}

/* One key in so many occurs again, some of them often; key 0 is among them. */
static void make_rows(struct row *rows, size_t one_in)
{
    for (size_t i = 0; i < ROWS; i++) {
        rows[i] = (struct row){hash_mix(i, 7), i, false};
        if (one_in > 0 && i % one_in == 1)
            rows[i].key = i % (3 * one_in) == 1 ? 0 : hash_mix(i - 1, 7);
    }
}

/* Which rows have a key that another one has too: in order of their numbers. */
static size_t expect(struct row *rows)
{
    size_t count = 0;

    qsort(rows, ROWS, sizeof(*rows), compare_keys);
    for (size_t i = 0; i < ROWS; i++) {
        rows[i].found = (i > 0 && rows[i - 1].key == rows[i].key) ||
                        (i + 1 < ROWS && rows[i + 1].key == rows[i].key);
        count += rows[i].found;
    }
    qsort(rows, ROWS, sizeof(*rows), compare_numbers);
    return count;
}

static void search(size_t memory_bytes, size_t one_in, int threads)
{
    struct fingerprints *stores[STORES];
    struct row *rows = calloc(ROWS, sizeof(*rows));
    int folder = open(P_tmpdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct repeat_search *found = NULL;
    struct repeats repeats = {0};
    struct error err = {0};
    size_t expected = 0;
    int more = 0;

    assert_non_null(rows);
    assert_true(folder >= 0);
    make_rows(rows, one_in);
    for (int i = 0; i < STORES; i++)
        assert_non_null(stores[i] = fingerprints_new(folder, memory_bytes));
    for (size_t i = 0; i < ROWS; i++)
        assert_int_equal(fingerprints_add(stores[i % STORES], rows[i].key,
                                          (struct row_position){.line = i, .file = 5}, &err),
                         0);
    expected = expect(rows);
    assert_int_equal(expected > 0, one_in > 0);

    found = repeat_search_new(stores, STORES);
    assert_non_null(found);
    if (threads > 0)
        assert_int_equal(repeat_search_sift(found, threads, &err), 0);
    while ((more = repeat_search_next(found, 1000, &repeats, &err)) > 0)
        for (size_t i = 0; i < repeats.count; i++) {
            const struct repeat *repeat = &repeats.items[i];
            struct row *row = &rows[repeat->position.line];

            assert_true(i == 0 || repeats.items[i - 1].position.line < repeat->position.line);
            assert_int_equal(repeat->position.file, 5);
            assert_int_equal(repeat->key, fingerprint_kept(row->key));
            assert_true(row->found); /* and each once */
            row->found = false;
            expected--;
        }
    assert_int_equal(more, 0);
    assert_int_equal(expected, 0);
    repeat_search_free(found);
    free(repeats.items);
    for (int i = 0; i < STORES; i++)
        fingerprints_free(stores[i]);
    free(rows);
    close(folder);
}

static void repeats_are_found_in_memory(void **state)
{
    (void)state;
    for (int threads = 0; threads <= 3; threads++)
        search(AMPLE_MEMORY, 1000, threads);
}

static void repeats_are_found_on_disk(void **state)
{
    (void)state;
    for (int threads = 0; threads <= 3; threads++)
        search(LEAST_MEMORY, 37, threads);
}

static void nothing_is_found_where_nothing_repeats(void **state)
{
    (void)state;
    for (int threads = 0; threads <= 3; threads++)
        search(LEAST_MEMORY, 0, threads);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeats_are_found_in_memory),
        cmocka_unit_test(repeats_are_found_on_disk),
        cmocka_unit_test(nothing_is_found_where_nothing_repeats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
