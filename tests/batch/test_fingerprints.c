/* The search for repeated keys, held to a sort of all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch/fingerprints.h"
#include "policy/hash.h"

enum { STORES = 2, ROWS = 1500000, LEAST_MEMORY = 1, AMPLE_MEMORY = 64 * 1024 * 1024 };

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

/* Files without a name among those that are open: what is spilled. */
static int count_spill_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *entry = NULL;
    int count = 0;

    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        char target[256] = "";

        if (readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1) > 0)
            count += strstr(target, "(deleted)") != NULL;
    }
    (void)closedir(folder);
    return count;
}

static void search(size_t memory_bytes, size_t one_in, int threads)
{
    const int files_before = count_spill_files();
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
    assert_int_equal(count_spill_files() - files_before, memory_bytes == LEAST_MEMORY ? STORES : 0);
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
    for (int threads = 0; threads <= 3; threads += 3)
        search(AMPLE_MEMORY, 1000, threads);
}

static void repeats_are_found_on_disk(void **state)
{
    (void)state;
    for (int threads = 0; threads <= 3; threads++)
        search(LEAST_MEMORY, 37 + (size_t)threads, threads);
}

static void nothing_is_found_where_nothing_repeats(void **state)
{
    (void)state;
    for (int threads = 0; threads <= 3; threads += 3)
        search(LEAST_MEMORY, 0, threads);
}

/* ---- where rows stand ---- */

enum { FEW = 20000, FEW_STORES = 2 };

/* Files end and begin, lines are left out, some by the million, and now and then they go back. */
static struct row_position next_position(struct row_position last, uint64_t draw)
{
    if (draw % 1000 == 0)
        return (struct row_position){.line = draw % 77, .file = last.file + (uint32_t)(draw % 3)};
    if (draw % 500 == 1)
        return (struct row_position){.line = last.line + (UINT64_C(1) << (20 + draw % 12)),
                                     .file = last.file};
    if (draw % 500 == 2)
        return (struct row_position){.line = last.line / 2, .file = last.file};
    return (struct row_position){.line = last.line + 1 + draw % 3, .file = last.file};
}

static bool stand_alike(struct row_position a, struct row_position b)
{
    return a.file == b.file && a.line == b.line;
}

/* Each pair of rows i and i + 1000 has a key of its own, and nothing else repeats. */
static uint64_t key_of_row(size_t i)
{
    return hash_mix(i % 2000 < 1000 ? i : i - 1000, 3);
}

static void places_come_back(void **state)
{
    static struct row_position positions[FEW];
    static bool found_already[FEW];
    const int files_before = count_spill_files();
    struct fingerprints *stores[FEW_STORES];
    struct row_position last[FEW_STORES] = {{0}};
    int folder = open(P_tmpdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct repeat_search *found = NULL;
    struct repeats repeats = {0};
    struct error err = {0};
    size_t count = 0;

    (void)state;
    assert_true(folder >= 0);
    for (int i = 0; i < FEW_STORES; i++) {
        assert_non_null(stores[i] = fingerprints_new(folder, LEAST_MEMORY));
        last[i].file = (uint32_t)i * 100000; /* no row is in two stores */
    }
    for (size_t i = 0; i < FEW; i++) {
        const size_t store = i % FEW_STORES;

        positions[i] = last[store] = next_position(last[store], hash_mix(i, 11));
        assert_int_equal(fingerprints_add(stores[store], key_of_row(i), positions[i], &err), 0);
    }
    assert_int_equal(count_spill_files() - files_before, FEW_STORES);
    found = repeat_search_new(stores, FEW_STORES);
    assert_non_null(found);
    assert_int_equal(repeat_search_sift(found, 2, &err), 0);
    while (repeat_search_next(found, 1000, &repeats, &err) > 0)
        for (size_t i = 0; i < repeats.count; i++) {
            size_t at = 0;

            while (at < FEW && (found_already[at] || /* two rows may stand alike */
                                repeats.items[i].key != fingerprint_kept(key_of_row(at)) ||
                                !stand_alike(positions[at], repeats.items[i].position)))
                at++;
            assert_true(at < FEW);
            found_already[at] = true;
            count++;
        }
    assert_int_equal(count, FEW);
    repeat_search_free(found);
    free(repeats.items);
    for (int i = 0; i < FEW_STORES; i++)
        fingerprints_free(stores[i]);
    close(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeats_are_found_in_memory),
        cmocka_unit_test(repeats_are_found_on_disk),
        cmocka_unit_test(nothing_is_found_where_nothing_repeats),
        cmocka_unit_test(places_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
