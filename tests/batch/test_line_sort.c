/* Lines sorted in little memory and in much, by one sorter and by several, against qsort. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch/line_sort.h"

enum { LINES = 60000, ROOM = 64, SORTERS = 3 };

static struct span lines[LINES];
static char room[LINES][ROOM];
static uint32_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (uint32_t)(((uint64_t)seed * below) >> 32);
}

/* Many begin alike, many are equal, some are empty or hold zeros and high bytes. */
static void make_lines(size_t count, int kind)
{
    for (size_t i = 0; i < count; i++) {
        size_t size = 0;

        if (kind == 0)
            size = (size_t)snprintf(room[i], ROOM, "RR-2026-10-%08u\t2026-10", draw(LINES));
        else
            for (size = draw(20); size > 0 && draw(40) != 0; size--)
                ;
        for (size_t j = 0; kind != 0 && j < size; j++)
            room[i][j] = "\0\1a\xff"[draw(4)];
        lines[i] = (struct span){room[i], size};
    }
}

static int compare(const void *left, const void *right)
{
    return span_compare(*(const struct span *)left, *(const struct span *)right);
}

static struct line_sort *open_sorter(size_t memory_bytes, bool unique)
{
    struct error err = {0};
    int folder = open(P_tmpdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct line_sort *sorter = line_sort_open(folder, memory_bytes, unique, &err);

    assert_true(folder >= 0);
    assert_non_null(sorter);
    return sorter;
}

static void check(size_t count, size_t memory_bytes, bool unique, int sorters)
{
    struct line_sort *all[SORTERS] = {NULL};
    struct error err = {0};
    struct span line = {"", 0};
    size_t at = 0;

    for (int i = 0; i < sorters; i++)
        all[i] = open_sorter(memory_bytes, unique);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(
            line_sort_add(all[draw((uint32_t)sorters)], lines[i].data, lines[i].size, &err), 0);
    for (int i = 1; i < sorters; i++) {
        assert_int_equal(line_sort_absorb(all[0], all[i], &err), 0);
        line_sort_close(all[i]);
    }
    assert_int_equal(line_sort_finish(all[0], &err), 0);
    if (count > 1)
        qsort(lines, count, sizeof(*lines), compare);
    while (line_sort_next(all[0], &line, &err) == 1) {
        assert_true(at < count);
        if (!span_equal(line, lines[at]))
            fail_msg("line %zu differs", at);
        at++;
        while (unique && at < count && span_equal(line, lines[at]))
            at++;
    }
    assert_int_equal(at, count);
    assert_int_equal(line_sort_next(all[0], &line, &err), 0);
    line_sort_close(all[0]);
}

static void lines_come_sorted(void **state)
{
    static const size_t counts[] = {0, 1, 2, 17, 300, LINES};
    static const size_t memories[] = {0, 600 * 1024, 64 << 20};

    (void)state;
    seed = 1;
    for (size_t c = 0; c < sizeof(counts) / sizeof(*counts); c++)
        for (size_t m = 0; m < sizeof(memories) / sizeof(*memories); m++)
            for (int kind = 0; kind < 2; kind++)
                for (int unique = 0; unique < 2; unique++) {
                    make_lines(counts[c], kind);
                    check(counts[c], memories[m], unique != 0, 1 + (int)m);
                }
}

/* Sorted, reversed, and all equal: what makes a simple quicksort slow. */
static void orders_that_degenerate(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        for (size_t i = 0; i < LINES; i++) {
            const size_t number = kind == 0 ? i : kind == 1 ? LINES - i : 7;

            lines[i] = (struct span){room[i], (size_t)snprintf(room[i], ROOM, "%07zu", number)};
        }
        check(LINES, 64 << 20, false, 1);
    }
}

static void long_lines(void **state)
{
    static char longest[LINE_SORT_BYTES_MAX];
    struct line_sort *sorter = open_sorter(0, false);
    struct error err = {0};
    struct span line = {"", 0};
    int count = 0;

    (void)state;
    for (int i = 0; i < 200; i++) {
        memset(longest, 'a' + i * 7 % 26, sizeof(longest));
        assert_int_equal(line_sort_add(sorter, longest, sizeof(longest) - (size_t)(i % 5), &err),
                         0);
    }
    assert_int_equal(line_sort_finish(sorter, &err), 0);
    while (line_sort_next(sorter, &line, &err) == 1) {
        assert_true(line.size > LINE_SORT_BYTES_MAX - 5);
        assert_true(count++ < 200);
    }
    assert_int_equal(count, 200);
    line_sort_close(sorter);
}

/*
 * So many runs that some are merged into longer ones first, some of those again: their buffers are
 * bounded as the lines are. Each number comes twice, from two sorters.
 */
static void more_runs_than_are_merged_at_once(void **state)
{
    enum { NUMBERS = 1100000, STEP = 700001, SIZE = 200 };

    (void)state;
    for (int unique = 0; unique < 2; unique++) {
        struct line_sort *sorters[2] = {open_sorter(0, unique != 0), open_sorter(0, unique != 0)};
        struct error err = {0};
        struct span line = {"", 0};
        char text[SIZE + 1];
        long handed = 0;

        memset(text, '-', sizeof(text));
        for (long i = 0; i < NUMBERS; i++) {
            const long number = i * STEP % NUMBERS;

            (void)snprintf(text, sizeof(text), "%07ld", number);
            text[7] = '-';
            for (int which = 0; which < 2; which++)
                assert_int_equal(
                    line_sort_add(sorters[which], text, number % 11 == 0 ? SIZE : 9, &err), 0);
        }
        assert_int_equal(line_sort_absorb(sorters[0], sorters[1], &err), 0);
        line_sort_close(sorters[1]);
        assert_int_equal(line_sort_finish(sorters[0], &err), 0);
        while (line_sort_next(sorters[0], &line, &err) == 1) {
            (void)snprintf(text, sizeof(text), "%07ld", unique != 0 ? handed : handed / 2);
            assert_memory_equal(line.data, text, 7);
            handed++;
        }
        assert_int_equal(handed, unique != 0 ? NUMBERS : 2 * NUMBERS);
        line_sort_close(sorters[0]);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_sorted),
        cmocka_unit_test(orders_that_degenerate),
        cmocka_unit_test(long_lines),
        cmocka_unit_test(more_runs_than_are_merged_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
