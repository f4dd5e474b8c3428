/* Numbers sorted by keys and what stands behind them, against qsort. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/key_sort.h"

enum { COUNT_MAX = 5000, TEXT_MAX = 24 };

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (uint32_t)(((uint64_t)seed * below) >> 32);
}

struct texts {
    char bytes[COUNT_MAX][TEXT_MAX];
    struct span spans[COUNT_MAX];
};

static struct span text_of(const void *texts, uint32_t number)
{
    return ((const struct texts *)texts)->spans[number];
}

static int compare_spans(const void *left, const void *right)
{
    return span_compare(*(const struct span *)left, *(const struct span *)right);
}

/* Texts that begin alike, are short, have zeros in them, or occur twice. */
static void make_texts(struct texts *texts, size_t count, const char *front, uint32_t letters)
{
    for (size_t i = 0; i < count; i++) {
        char *text = texts->bytes[i];
        size_t size = strlen(front);
        const size_t end = size + draw((uint32_t)(TEXT_MAX - size));

        memcpy(text, front, size);
        for (; size < end; size++)
            text[size] = (char)(draw(letters) * (256 / letters));
        texts->spans[i] = (struct span){text, size};
    }
}

static void check_texts(size_t count, const char *front, uint32_t letters)
{
    static struct texts texts;
    static struct span sorted[COUNT_MAX];
    static struct sort_key keys[COUNT_MAX];

    make_texts(&texts, count, front, letters);
    memcpy(sorted, texts.spans, count * sizeof(*sorted));
    if (count > 1)
        qsort(sorted, count, sizeof(*sorted), compare_spans);
    assert_int_equal(key_sort_texts(keys, count, text_of, &texts), 0);
    for (size_t i = 0; i < count; i++) {
        const uint32_t number = keys[i].number;

        assert_true(span_equal(texts.spans[number], sorted[i]));
        if (i > 0 && span_equal(sorted[i], sorted[i - 1])) /* as they stood */
            assert_true(keys[i - 1].number < number);
    }
}

static void texts_are_in_byte_order(void **state)
{
    static const size_t COUNTS[] = {0, 1, 2, 15, 16, 17, 31, 32, 33, 48, 100, 257, 1000, COUNT_MAX};
    static const char *const FRONTS[] = {"", "A", "order-", "a-long-front-1234"};

    (void)state;
    seed = 7;
    for (size_t i = 0; i < sizeof(COUNTS) / sizeof(*COUNTS); i++)
        for (size_t front = 0; front < sizeof(FRONTS) / sizeof(*FRONTS); front++)
            for (uint32_t letters = 2; letters <= 256; letters *= 2)
                check_texts(COUNTS[i], FRONTS[front], letters);
}

static void numbers_are_in_their_order(void **state)
{
    static const int64_t NUMBERS[] = {INT64_MIN, INT64_MIN + 1, -1000, -1, 0, 1, 5, INT64_MAX};
    enum { COUNT = sizeof(NUMBERS) / sizeof(*NUMBERS) };
    struct sort_key keys[COUNT];

    (void)state;
    for (uint32_t i = 0; i < COUNT; i++)
        keys[i] = (struct sort_key){key_of_number(NUMBERS[(i * 3) % COUNT]), (i * 3) % COUNT};
    assert_int_equal(key_sort(keys, COUNT, NULL, NULL), 0);
    for (uint32_t i = 0; i < COUNT; i++)
        assert_int_equal(keys[i].number, i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_in_byte_order),
        cmocka_unit_test(numbers_are_in_their_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
