#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#define DECIMAL_CAMPAIGN_WITHOUT_MAIN
#include "tests/policy/decimal_campaign.c"

#define INT128_MAX ((int128)(~(uint128)0 >> 1))
#define INT128_MIN (-INT128_MAX - 1)
#define CENTURY_SECONDS INT64_C(3155760000) /* 36,525 days: 100 years at their longest */

static const char LARGEST_INPUT[] = "999999999999999.9999999999";

static struct decimal amount(const char *text)
{
    struct decimal value = DECIMAL_ZERO;

    if (decimal_parse(span_of(text), &value) != DECIMAL_OK)
        fail_msg("\"%s\" is no decimal", text);
    return value;
}

static void assert_text(struct decimal value, int digits_min, const char *expected)
{
    char text[DECIMAL_TEXT_MAX];

    assert_int_equal(decimal_format(value, digits_min, text), strlen(expected));
    assert_string_equal(text, expected);
}

static void test_what_is_a_decimal(void **state)
{
    (void)state;
    assert_text(amount("0"), 0, "0");
    assert_text(amount("-0"), 2, "0.00");
    assert_text(amount("-0.0000000000"), 0, "0");
    assert_text(amount("007.50"), 0, "7.5");
    assert_text(amount("12.5"), 2, "12.50");
    assert_text(amount("-12.5"), 2, "-12.50");
    assert_text(amount("-0.0000000001"), 0, "-0.0000000001");
    assert_text(amount(LARGEST_INPUT), 2, LARGEST_INPUT);
    assert_text(amount("-999999999999999.9999999999"), 0, "-999999999999999.9999999999");
    assert_true(amount("1").units == DECIMAL_ONE_UNITS);
    assert_true(amount("0.0000000001").units == 1);
}

static void test_what_is_none(void **state)
{
    static const struct {
        const char *text;
        enum decimal_status status;
    } CASES[] = {
        {"", DECIMAL_BAD_NUMBER},
        {"-", DECIMAL_BAD_NUMBER},
        {"--1", DECIMAL_BAD_NUMBER},
        {"+1", DECIMAL_BAD_NUMBER},
        {".5", DECIMAL_BAD_NUMBER},
        {"-.5", DECIMAL_BAD_NUMBER},
        {"5.", DECIMAL_BAD_NUMBER},
        {"1.2.3", DECIMAL_BAD_NUMBER},
        {"1,000", DECIMAL_BAD_NUMBER},
        {"1 000", DECIMAL_BAD_NUMBER},
        {" 1", DECIMAL_BAD_NUMBER},
        {"1 ", DECIMAL_BAD_NUMBER},
        {"1e5", DECIMAL_BAD_NUMBER},
        {"12,5O", DECIMAL_BAD_NUMBER},
        {"0x10", DECIMAL_BAD_NUMBER},
        {"nan", DECIMAL_BAD_NUMBER},
        {"\xEF\xBC\x91", DECIMAL_BAD_NUMBER}, /* a full-width 1 */
        {"1000000000000000", DECIMAL_OUT_OF_RANGE},
        {"0000000000000000", DECIMAL_OUT_OF_RANGE}, /* as written */
        {"99999999999999999999999999999999999999999999", DECIMAL_OUT_OF_RANGE},
        {"0.00000000000", DECIMAL_TOO_PRECISE}, /* as written */
        {"0.12345678901", DECIMAL_TOO_PRECISE},
        {"0.99999999999999999999999999999999999999999999", DECIMAL_TOO_PRECISE},
        /* of several reasons, the first one of the list */
        {"1000000000000000.12345678901", DECIMAL_OUT_OF_RANGE},
        {"1000000000000000.12345678901x", DECIMAL_BAD_NUMBER},
        {"1000000000000000.", DECIMAL_BAD_NUMBER},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct decimal value = {42};

        if (decimal_parse(span_of(CASES[i].text), &value) != CASES[i].status)
            fail_msg("\"%s\"", CASES[i].text);
        assert_true(value.units == 42);
    }
    assert_int_equal(decimal_parse((struct span){NULL, 0}, &(struct decimal){0}),
                     DECIMAL_BAD_NUMBER);
    assert_int_equal(decimal_parse((struct span){"1\0", 2}, &(struct decimal){0}),
                     DECIMAL_BAD_NUMBER);
}

/* A span ends where it ends: the digit behind it is not part of it. */
static void test_reads_no_byte_behind_the_span(void **state)
{
    struct decimal value;

    (void)state;
    assert_int_equal(decimal_parse((struct span){"12.345", 4}, &value), DECIMAL_OK);
    assert_text(value, 0, "12.3");
    assert_int_equal(decimal_parse((struct span){"12.345", 2}, &value), DECIMAL_OK);
    assert_text(value, 0, "12");
    assert_int_equal(decimal_parse((struct span){"12.345", 3}, &value), DECIMAL_BAD_NUMBER);
}

/* Of one to eight bytes, byte by byte; they can be neither out of range nor too precise. */
static bool is_short_decimal(const char *text, size_t size, int64_t *units)
{
    const size_t first = size > 0 && text[0] == '-';
    size_t point = size;
    int64_t step = DECIMAL_ONE_UNITS;

    *units = 0;
    for (size_t i = first; i < size; i++) {
        if (text[i] == '.' && point == size && i > first && i + 1 < size) {
            point = i;
            continue;
        }
        if (text[i] < '0' || text[i] > '9')
            return false;
        if (i > point)
            step /= 10;
        *units = *units * 10 + (text[i] - '0');
    }
    *units *= first == 1 ? -step : step;
    return size > first;
}

static void compare_short(const char *text, size_t size)
{
    char *copy = malloc(size); /* so that a checked run sees a byte read behind it */
    struct decimal value = {42};
    int64_t units = 0;
    bool is_one = is_short_decimal(text, size, &units);

    assert_non_null(copy);
    memcpy(copy, text, size);
    if ((decimal_parse((struct span){copy, size}, &value) == DECIMAL_OK) != is_one ||
        value.units != (is_one ? units : 42))
        fail_msg("\"%.*s\"", (int)size, text);
    free(copy);
}

/* They are read eight bytes at once. */
static void test_every_short_text(void **state)
{
    static const char BYTES[] = "019./:-";
    enum { KINDS = sizeof(BYTES) - 1, LONGEST = 5 };
    char text[8];
    int count = 1;

    (void)state;
    for (size_t size = 1; size <= LONGEST; size++) {
        count *= KINDS;
        for (int number = 0; number < count; number++) {
            int rest = number;

            for (size_t i = 0; i < size; i++, rest /= KINDS)
                text[i] = BYTES[rest % KINDS];
            compare_short(text, size);
        }
    }
}

/* One byte of any value among digits, and one point or none. */
static void test_each_byte_of_a_short_text_counts(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 8; size++)
        for (size_t point = 0; point <= size; point++)
            for (size_t at = 0; at < size; at++)
                for (int byte = 0; byte < 256; byte++) {
                    char text[8] = "98765432";

                    if (point < size)
                        text[point] = '.';
                    text[at] = (char)byte;
                    compare_short(text, size);
                }
}

static void test_format_keeps_what_matters(void **state)
{
    (void)state;
    assert_text(amount("12"), 0, "12");
    assert_text(amount("12"), 2, "12.00");
    assert_text(amount("12.3"), 2, "12.30");
    assert_text(amount("12.345"), 2, "12.345");
    assert_text(amount("12.3456789"), 0, "12.3456789");
    assert_text(amount("12.0000000001"), 2, "12.0000000001");
    assert_text(amount("0.05"), 0, "0.05");
    assert_text(amount("0.10"), 0, "0.1");
    assert_text(amount("1"), 10, "1.0000000000");
    assert_text(amount("-0.5"), 3, "-0.500");
}

/* Each length of the integer, and the neighbours where it changes. */
static void test_format_of_every_length(void **state)
{
    char nines[32] = "";
    char round[32] = "1";
    int digits;
    int128 units = DECIMAL_ONE_UNITS;

    (void)state;
    for (digits = 1; digits <= 28; digits++) {
        assert_text((struct decimal){units}, 0, round);
        units *= 10;
        nines[digits - 1] = '9';
        assert_text((struct decimal){units - DECIMAL_ONE_UNITS}, 0, nines);
        round[digits] = '0';
    }
    assert_text((struct decimal){INT128_MAX}, 2, "17014118346046923173168730371.5884105727");
    assert_text((struct decimal){INT128_MIN}, 2, "-17014118346046923173168730371.5884105728");
    assert_text((struct decimal){(int128)UINT64_MAX}, 0, "1844674407.3709551615");
    assert_text((struct decimal){(int128)UINT64_MAX + 1}, 0, "1844674407.3709551616");
}

static void test_whole_numbers(void **state)
{
    (void)state;
    assert_text(decimal_from_integer(200), 2, "200.00");
    assert_text(decimal_from_integer(INT64_MAX), 0, "9223372036854775807");
    assert_text(decimal_from_integer(INT64_MIN), 0, "-9223372036854775808");
}

static void test_comparing(void **state)
{
    (void)state;
    assert_true(decimal_compare(amount("200"), amount("200.00")) == 0);
    assert_true(decimal_compare(amount("200.0000000001"), amount("200")) > 0);
    assert_true(decimal_compare(amount("-1"), amount("0.5")) < 0);
    assert_true(decimal_is_zero(amount("-0.00")));
    assert_false(decimal_is_zero(amount("0.0000000001")));
}

static void test_sums_say_when_they_overflow(void **state)
{
    const struct decimal most = {INT128_MAX};
    const struct decimal least = {INT128_MIN};
    const struct decimal unit = {1};
    struct decimal sum;

    (void)state;
    assert_true(decimal_add(amount("0.1"), amount("0.2"), &sum));
    assert_text(sum, 2, "0.30");
    assert_true(decimal_subtract(amount("0.1"), amount("0.2"), &sum));
    assert_text(sum, 2, "-0.10");
    assert_true(decimal_add(most, least, &sum));
    assert_true(sum.units == -1);

    sum = amount("42");
    assert_false(decimal_add(most, unit, &sum));
    assert_false(decimal_subtract(least, unit, &sum));
    assert_false(decimal_subtract(DECIMAL_ZERO, least, &sum));
    assert_text(sum, 0, "42");
}

/* 10^13 times the largest input is a sum that fits. */
static void test_sums_of_the_largest_inputs_fit(void **state)
{
    struct decimal sum = amount(LARGEST_INPUT);
    int i;

    (void)state;
    for (i = 0; i < 13; i++)
        assert_true(decimal_multiply_divide(sum, 10, 1, 10, ROUNDING_DOWN, &sum));
    assert_text(sum, 0, "9999999999999999999999999000");
}

static void test_ties(void **state)
{
    static const struct {
        const char *value;
        const char *half_up;
        const char *half_even;
        const char *down;
    } CASES[] = {
        {"0.004", "0.00", "0.00", "0.00"},
        {"0.0049999999", "0.00", "0.00", "0.00"},
        {"0.005", "0.01", "0.00", "0.00"},
        {"0.0050000001", "0.01", "0.01", "0.00"},
        {"0.006", "0.01", "0.01", "0.00"},
        {"0.015", "0.02", "0.02", "0.01"},
        {"0.025", "0.03", "0.02", "0.02"},
        {"0.035", "0.04", "0.04", "0.03"},
        {"1.995", "2.00", "2.00", "1.99"},
        {"2.665", "2.67", "2.66", "2.66"},
        {"99.9949999999", "99.99", "99.99", "99.99"},
        {"2.67", "2.67", "2.67", "2.67"},
        {"0", "0.00", "0.00", "0.00"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct decimal value = amount(CASES[i].value);
        struct decimal rounded[3];
        struct decimal negative[3];
        const char *const expected[] = {CASES[i].half_up, CASES[i].half_even, CASES[i].down};
        size_t m;

        for (m = 0; m < 3; m++) {
            static const enum rounding MODES[] = {ROUNDING_HALF_UP, ROUNDING_HALF_EVEN,
                                                  ROUNDING_DOWN};

            assert_true(decimal_round(value, 2, MODES[m], &rounded[m]));
            assert_text(rounded[m], 2, expected[m]);
            /* What is negative rounds as its mirror image. */
            assert_true(decimal_round((struct decimal){-value.units}, 2, MODES[m], &negative[m]));
            assert_true(negative[m].units == -rounded[m].units);
        }
    }
}

static void test_rounds_to_each_minor_unit(void **state)
{
    struct decimal rounded;

    (void)state;
    assert_true(decimal_round(amount("1234.5678901234"), 0, ROUNDING_HALF_UP, &rounded));
    assert_text(rounded, 0, "1235"); /* JPY */
    assert_true(decimal_round(amount("1234.5678901234"), 2, ROUNDING_HALF_UP, &rounded));
    assert_text(rounded, 2, "1234.57"); /* CNY */
    assert_true(decimal_round(amount("1234.5678901234"), 3, ROUNDING_HALF_UP, &rounded));
    assert_text(rounded, 3, "1234.568"); /* KWD */
    assert_true(decimal_round(amount("1234.5678901234"), 4, ROUNDING_HALF_UP, &rounded));
    assert_text(rounded, 4, "1234.5679"); /* CLF */
    assert_true(decimal_round(amount("1234.5678901234"), 10, ROUNDING_HALF_UP, &rounded));
    assert_text(rounded, 0, "1234.5678901234");
}

static void test_fitting_a_minor_unit_is_by_value(void **state)
{
    (void)state;
    assert_true(decimal_fits_digits(amount("1.500"), 1));
    assert_false(decimal_fits_digits(amount("1.500"), 0));
    assert_true(decimal_fits_digits(amount("100"), 0));
    assert_true(decimal_fits_digits(DECIMAL_ZERO, 0));
    assert_false(decimal_fits_digits(amount("-0.001"), 2));
    assert_true(decimal_fits_digits(amount("-0.001"), 3));
    assert_true(decimal_fits_digits(amount(LARGEST_INPUT), 10));
    assert_false(decimal_fits_digits(amount(LARGEST_INPUT), 9));
}

/* The worked examples of policy.md, "Refunds": 344 of 758 hours, 7 of 31 days, the fee rates. */
static void test_shares_of_a_payment(void **state)
{
    struct decimal due;

    (void)state;
    assert_true(decimal_multiply_divide(amount("100"), 344, 758, 2, ROUNDING_HALF_UP, &due));
    assert_text(due, 2, "45.38");
    assert_true(decimal_multiply_divide(amount("100"), 7, 31, 2, ROUNDING_HALF_UP, &due));
    assert_text(due, 2, "22.58");
    assert_true(decimal_multiply_divide(amount("33.50"), 15, 100, 2, ROUNDING_HALF_UP, &due));
    assert_text(due, 2, "5.03"); /* 5.025 */
    assert_true(decimal_multiply_divide(amount("33.50"), 15, 100, 2, ROUNDING_HALF_EVEN, &due));
    assert_text(due, 2, "5.02");
}

/* refund_cash = refund x cash / payment: a quotient of two amounts, here of any size. */
static void test_ratio_of_two_amounts(void **state)
{
    struct decimal largest = amount(LARGEST_INPUT);
    struct decimal cash;

    (void)state;
    assert_true(decimal_multiply_divide(amount("54.62"), amount("80").units, amount("100").units, 2,
                                        ROUNDING_HALF_UP, &cash));
    assert_text(cash, 2, "43.70"); /* 43.696 */
    assert_true(decimal_multiply_divide(largest, largest.units, largest.units, 10, ROUNDING_HALF_UP,
                                        &cash));
    assert_text(cash, 0, LARGEST_INPUT);
    /* largest^2 / (largest + 1 unit) = largest - 1 unit, and a rest that is all but nothing */
    assert_true(decimal_multiply_divide(largest, largest.units, largest.units + 1, 10,
                                        ROUNDING_HALF_UP, &cash));
    assert_text(cash, 0, "999999999999999.9999999998");
}

/* One division, no factor rounded before: a third of a day is exact. */
static void test_compensation_divides_once(void **state)
{
    struct decimal due;

    (void)state;
    assert_true(
        decimal_multiply2_divide(amount("2.40"), 100, 1800, 86400, 2, ROUNDING_HALF_UP, &due));
    assert_text(due, 2, "5.00");
    assert_true(decimal_multiply2_divide(amount("0.0000000001"), 100, 86400, 86400, 10,
                                         ROUNDING_HALF_UP, &due));
    assert_text(due, 0, "0.00000001");
    assert_true(decimal_multiply2_divide(amount("1"), 100, 1, 3, 2, ROUNDING_HALF_UP, &due));
    assert_text(due, 2, "33.33");
}

static void test_the_largest_input_times_100_for_100_years(void **state)
{
    struct decimal due;

    (void)state;
    assert_true(decimal_multiply2_divide(amount(LARGEST_INPUT), 100, CENTURY_SECONDS,
                                         CENTURY_SECONDS, 2, ROUNDING_HALF_UP, &due));
    assert_text(due, 2, "100000000000000000.00");
    assert_true(decimal_multiply2_divide(amount(LARGEST_INPUT), 100, CENTURY_SECONDS,
                                         CENTURY_SECONDS, 2, ROUNDING_DOWN, &due));
    assert_text(due, 2, "99999999999999999.99");
    /* all of a century's seconds against a term of one: 3.16 x 10^26, still exact */
    assert_true(decimal_multiply2_divide(amount(LARGEST_INPUT), 100, CENTURY_SECONDS, 1, 10,
                                         ROUNDING_HALF_UP, &due));
    assert_text(due, 2, "315575999999999999999999968.4424");
}

static void test_products_say_when_they_overflow(void **state)
{
    const struct decimal most = {INT128_MAX};
    const struct decimal least = {INT128_MIN};
    struct decimal result = amount("42");

    (void)state;
    assert_false(decimal_multiply_divide(most, 2, 1, 10, ROUNDING_DOWN, &result));
    assert_false(decimal_multiply_divide(most, INT128_MAX, 1, 10, ROUNDING_DOWN, &result));
    assert_false(
        decimal_multiply_divide(least, INT128_MAX, INT128_MAX - 1, 10, ROUNDING_HALF_UP, &result));
    assert_false(decimal_multiply2_divide(most, INT64_MAX, INT64_MAX, INT64_MAX, 10, ROUNDING_DOWN,
                                          &result));
    /* Fits before it is rounded, and not after. */
    assert_false(decimal_round(most, 0, ROUNDING_HALF_UP, &result));
    assert_text(result, 0, "42");

    assert_true(decimal_round(most, 0, ROUNDING_DOWN, &result));
    assert_text(result, 0, "17014118346046923173168730371");
    /* Beyond 128 bits on the way, but not at the end. */
    assert_true(decimal_multiply_divide(most, INT128_MAX, INT128_MAX, 10, ROUNDING_DOWN, &result));
    assert_true(result.units == INT128_MAX);
    assert_true(decimal_multiply_divide(least, INT128_MAX, INT128_MAX, 10, ROUNDING_DOWN, &result));
    assert_true(result.units == INT128_MIN);
    assert_true(decimal_multiply_divide(most, 0, INT128_MAX, 2, ROUNDING_HALF_UP, &result));
    assert_true(decimal_is_zero(result));
}

/* The long division breaks ties as the short one does: here the tie is in its last bits. */
static void test_ties_beyond_128_bits(void **state)
{
    const int128 half = (int128)1 << 120;
    const struct decimal odd = amount("2.50");
    struct decimal result;

    (void)state;
    assert_true(decimal_multiply_divide(odd, half, half, 0, ROUNDING_HALF_UP, &result));
    assert_text(result, 0, "3");
    assert_true(decimal_multiply_divide(odd, half, half, 0, ROUNDING_HALF_EVEN, &result));
    assert_text(result, 0, "2");
    assert_true(decimal_multiply_divide(odd, half + 1, half, 0, ROUNDING_HALF_EVEN, &result));
    assert_text(result, 0, "3");
    assert_true(decimal_multiply_divide(odd, half - 1, half, 0, ROUNDING_HALF_UP, &result));
    assert_text(result, 0, "2");

    /* to the last unit: three and a half of them */
    assert_true(decimal_multiply_divide((struct decimal){7}, INT128_MAX / 2, INT128_MAX - 1, 10,
                                        ROUNDING_HALF_UP, &result));
    assert_true(result.units == 4);
    assert_true(decimal_multiply_divide((struct decimal){-5}, INT128_MAX / 2, INT128_MAX - 1, 10,
                                        ROUNDING_HALF_EVEN, &result));
    assert_true(result.units == -2);
}

/* Cases of decimal_cases.py, whose answers are those of Python's fractions. */
static void test_random_cases(void **state)
{
    FILE *table = fopen("tests/policy/decimal_cases.txt", "r");
    struct tally tally;

    (void)state;
    assert_non_null(table);
    tally = check_table(table);
    fclose(table);
    assert_int_equal(tally.failed, 0);
    assert_int_equal(tally.passed, 400);
}

/* The table's reader tells wrong answers from right ones. */
static void test_the_reader_of_cases_can_fail(void **state)
{
    char right[] = "round\t25000000000\t0\thalf_even\t20000000000";
    char wrong[] = "round\t25000000000\t0\thalf_up\t20000000000";
    char fits[] = "add\t1\t1\toverflow";
    char short_line[] = "add\t1\t1";
    char unknown[] = "divide\t1\t1\t1";

    (void)state;
    assert_true(check_case(right));
    assert_false(check_case(wrong));
    assert_false(check_case(fits));
    assert_false(check_case(short_line));
    assert_false(check_case(unknown));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_a_decimal),
        cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_reads_no_byte_behind_the_span),
        cmocka_unit_test(test_every_short_text),
        cmocka_unit_test(test_each_byte_of_a_short_text_counts),
        cmocka_unit_test(test_format_keeps_what_matters),
        cmocka_unit_test(test_format_of_every_length),
        cmocka_unit_test(test_whole_numbers),
        cmocka_unit_test(test_comparing),
        cmocka_unit_test(test_sums_say_when_they_overflow),
        cmocka_unit_test(test_sums_of_the_largest_inputs_fit),
        cmocka_unit_test(test_ties),
        cmocka_unit_test(test_rounds_to_each_minor_unit),
        cmocka_unit_test(test_fitting_a_minor_unit_is_by_value),
        cmocka_unit_test(test_shares_of_a_payment),
        cmocka_unit_test(test_ratio_of_two_amounts),
        cmocka_unit_test(test_compensation_divides_once),
        cmocka_unit_test(test_the_largest_input_times_100_for_100_years),
        cmocka_unit_test(test_products_say_when_they_overflow),
        cmocka_unit_test(test_ties_beyond_128_bits),
        cmocka_unit_test(test_random_cases),
        cmocka_unit_test(test_the_reader_of_cases_can_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
