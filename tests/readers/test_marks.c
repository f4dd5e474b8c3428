/*
 * Marks and counts, against a look at each byte, at every length up to some strides; the way that
 * every machine has, and the machine's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "readers/marks_wide.h"

enum { SIZE_MAX_TESTED = 5 * MARKS_STRIDE, ROUNDS = 40 };

static uint64_t random_state = 1;

static unsigned random_below(unsigned end)
{
    random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return (unsigned)(random_state >> 33) % end;
}

static bool is_mark(char byte)
{
    return byte == ',' || byte == '"' || byte == '\r' || byte == '\n';
}

static bool is_odd(char byte)
{
    const unsigned char code = (unsigned char)byte;

    return (code < ' ' || code >= 0x7F) && byte != '\r' && byte != '\n';
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* Whether a blank stands beside a mark, or first. */
static bool has_blanks_beside(const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (is_blank(data[i]) &&
            (i == 0 || is_mark(data[i - 1]) || (i + 1 < size && is_mark(data[i + 1]))))
            return true;
    return false;
}

static void compare_way(const char *data, size_t size, bool narrow)
{
    struct marks marks = {.narrow = narrow};
    size_t expected = 0;

    assert_int_equal(marks_find(&marks, data, size, ','), 0);
    for (size_t i = 0; i < size; i++)
        if (is_mark(data[i])) {
            assert_true(expected < marks.count);
            assert_int_equal(marks.at[expected++], i);
        }
    assert_int_equal(marks.count, expected);
    for (size_t base = 0; base < size; base += MARKS_STRIDE) {
        bool odd = false;

        for (size_t i = base; i < size && i < base + MARKS_STRIDE; i++)
            odd = odd || is_odd(data[i]);
        assert_int_equal(marks.odd[base / MARKS_STRIDE], odd);
    }
    /* Where it is not known, it is said. */
    if (narrow || !marks_wide_at_hand())
        assert_true(marks.blanks_beside);
    else
        assert_int_equal(marks.blanks_beside, has_blanks_beside(data, size));
    marks_release(&marks);
}

static void compare(const char *data, size_t size)
{
    compare_way(data, size, true);
    compare_way(data, size, false);
}

static void compare_count(const char *data, size_t size, char byte, size_t expected)
{
    assert_int_equal(marks_narrow_count_byte(data, size, byte), expected);
    assert_int_equal(marks_count_byte(data, size, byte), expected);
}

static void every_byte_is_seen_as_it_is(void **state)
{
    char data[SIZE_MAX_TESTED + MARKS_STRIDE];

    (void)state;
    for (int byte = 0; byte < 256; byte++)
        for (size_t at = 0; at < 3 * MARKS_STRIDE; at++) {
            memset(data, 'x', sizeof(data));
            data[at] = (char)byte;
            compare(data, 3 * MARKS_STRIDE);
        }
}

/* Two bytes beside each other, anywhere, also across strides. */
static void every_pair_is_seen_as_it_is(void **state)
{
    static const char bytes[] = ",\"\r\n \tx\x1f\x80";
    char data[3 * MARKS_STRIDE + MARKS_STRIDE];

    (void)state;
    memset(data, 'x', sizeof(data));
    for (size_t at = 0; at + 1 < 3 * MARKS_STRIDE; at++) {
        for (size_t first = 0; first < sizeof(bytes) - 1; first++)
            for (size_t second = 0; second < sizeof(bytes) - 1; second++) {
                data[at] = bytes[first];
                data[at + 1] = bytes[second];
                compare(data, 3 * MARKS_STRIDE);
            }
        data[at] = data[at + 1] = 'x';
    }
}

static void any_text_of_any_length(void **state)
{
    static const char bytes[] = ",,,\"\r\n\nabcdefgh 0123456789\t\x7f\xc3\xa4";
    char data[SIZE_MAX_TESTED + MARKS_STRIDE];

    (void)state;
    for (size_t size = 0; size <= SIZE_MAX_TESTED; size++)
        for (int round = 0; round < ROUNDS; round++) {
            size_t newlines = 0;

            /* What stands behind the text is no part of it. */
            for (size_t i = 0; i < sizeof(data); i++)
                data[i] = bytes[random_below(sizeof(bytes) - 1)];
            compare(data, size);
            for (size_t i = 0; i < size; i++)
                newlines += data[i] == '\n';
            compare_count(data, size, '\n', newlines);
        }
}

/* Columns of bytes are counted up to 255 at a time. */
static void long_runs_are_counted(void **state)
{
    enum { LONG = 100000 };
    char *data = malloc(LONG);

    (void)state;
    assert_non_null(data);
    memset(data, '\n', LONG);
    for (size_t size = LONG - 40; size <= LONG; size++)
        compare_count(data, size, '\n', size);
    compare_count(data, LONG, 'x', 0);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_seen_as_it_is),
        cmocka_unit_test(every_pair_is_seen_as_it_is),
        cmocka_unit_test(any_text_of_any_length),
        cmocka_unit_test(long_runs_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
