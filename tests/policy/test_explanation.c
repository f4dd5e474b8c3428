/*
 * The words of explanations: fractions in lowest terms, durations, amounts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "policy/explanation.h"

static struct decimal decimal(const char *text)
{
    struct decimal value = DECIMAL_ZERO;

    assert_int_equal(decimal_parse(span_of(text), &value), DECIMAL_OK);
    return value;
}

static void assert_text(struct span text, const char *expected)
{
    if (!span_is(text, expected))
        fail_msg("\"%.*s\" is not \"%s\"", SPAN_ARGUMENTS(text), expected);
}

static void test_fractions(void **state)
{
    struct arena arena = {0};
    struct notebook book = {&arena, 28800, false};

    (void)state;
    assert_text(note_fraction(&book, decimal("120.05"), 1836000, 1, 2592000),
                "40817/480 = 85.0354166666...");
    assert_text(note_fraction(&book, decimal("100"), 1, 1, 3), "100/3 = 33.3333333333...");
    assert_text(note_fraction(&book, decimal("100"), 1, 1, 8), "25/2 = 12.5");
    assert_text(note_fraction(&book, decimal("100"), 2, 4, 8), "100");
    assert_text(note_fraction(&book, decimal("0"), 2, 4, 8), "0");
    assert_text(note_fraction(&book, decimal("5"), 0, 4, 8), "0");
    assert_text(note_fraction(&book, decimal("0.0000000001"), 1, 1, 2), "1/20000000000 = 0...");
    /* Beyond 128 bits only the decimal is told. */
    assert_text(
        note_fraction(&book, decimal("999999999999999.9999999999"), 999997, 3155692597, 3155692603),
        "999996998098679828860.3776546075...");
    assert_false(book.failed);
    arena_release(&arena);
}

static void test_durations_and_amounts(void **state)
{
    struct arena arena = {0};
    struct notebook book = {&arena, 28800, false};

    (void)state;
    assert_text(note_duration(&book, 0), "00:00:00");
    assert_text(note_duration(&book, -86399), "23:59:59");
    assert_text(note_duration(&book, 86400), "1 day 00:00:00");
    assert_text(note_duration(&book, 5 * 86400 + 3661), "5 days 01:01:01");
    assert_text(note_instant(&book, INSTANT_NONE), "(empty)");
    assert_text(note_instant(&book, 0), "1970-01-01T08:00:00+08:00");
    assert_text(note_money(&book, currency_find(span_of("KWD")), decimal("1.5")), "KWD 1.500");
    assert_text(note_rounding(&book, ROUNDING_HALF_EVEN, 1),
                "rounded once, half to even, to 1 decimal");
    arena_release(&arena);
}

static void test_lists_that_are_full(void **state)
{
    static struct explanation explanation;
    static const struct explained_bar bar = {BAR_ALREADY, 0, 1, {"", 0}};
    int record[EXPLAINED_SOURCES_MAX + 2];

    (void)state;
    for (int i = 0; i < EXPLAINED_BARS_MAX + 3; i++)
        explanation_bar(&explanation, &bar);
    assert_int_equal(explanation.bar_count, EXPLAINED_BARS_MAX);
    assert_int_equal(explanation.bars_left_out, 3);
    for (int i = 0; i < EXPLAINED_SOURCES_MAX + 2; i++) {
        explanation_source(&explanation, INPUT_ORDERS, &record[i]);
        explanation_source(&explanation, INPUT_ORDERS, &record[0]); /* once only */
    }
    explanation_source(&explanation, INPUT_ORDERS, NULL);
    assert_int_equal(explanation.source_count, EXPLAINED_SOURCES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fractions),
        cmocka_unit_test(test_durations_and_amounts),
        cmocka_unit_test(test_lists_that_are_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
