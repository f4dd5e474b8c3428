#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "policy/billed.h"

/* What the text reads as, printed back in its shortest form; or the code of its reject. */
static void expect(const char *text, const char *expected)
{
    struct billed amount = {42};
    char found[BILLED_TEXT_MAX];
    enum reject_reason reason = billed_parse(span_of(text), &amount);

    if (reason == REJECT_NONE) {
        size_t size = billed_format(amount, 0, found);

        assert_int_equal(size, strlen(found));
        assert_string_equal(found, expected);
    } else {
        assert_string_equal(reject_reason_code(reason), expected);
        assert_true(amount.atoms == 42);
    }
}

static void test_plain(void **state)
{
    (void)state;
    expect("0", "0");
    expect("-0", "0");
    expect("-0.00", "0");
    expect("0.00000080000", "0.0000008");
    expect("0.37096774194", "0.37096774194");
    expect("-2.61370000000", "-2.6137");
    expect("000123.450", "123.45");
    expect("999999999999999", "999999999999999");
    expect("0.00000000000000000001", "0.00000000000000000001");
    expect("1.000000000000000000000000000000000000", "1");
}

static void test_exponents(void **state)
{
    (void)state;
    expect("1e0", "1");
    expect("35.2E-7", "0.00000352");
    expect("-1.5e+3", "-1500");
    expect("12.34e1", "123.4");
    expect("0e99999999999999999999", "0");
    expect("0.000e-5", "0");
    expect("1000000e-26", "0.00000000000000000001");
    expect("0.00001e19", "100000000000000");
    expect("1e14", "100000000000000");
}

static void test_bad(void **state)
{
    static const char *const TEXTS[] = {"",   "-",   ".",   ".5",    "5.",  "+1",  "1,5",
                                        "1e", "e1",  "1e+", "1e1.5", "0x1", "NaN", "1 000",
                                        " 1", "--1", "1E",  "1e--1", "inf"};

    (void)state;
    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
        expect(TEXTS[i], "bad_number");
}

static void test_bounds(void **state)
{
    (void)state;
    expect("1000000000000000", "out_of_range");
    expect("1e15", "out_of_range");
    expect("1e99999999999999999999999", "out_of_range");
    expect("0.000000000000000000001", "too_precise");
    expect("1e-21", "too_precise");
    expect("1e-99999999999999999999999", "too_precise");
    expect("999999999999999.99999999999999999999", "999999999999999.99999999999999999999");
}

static void test_sums_and_rounding(void **state)
{
    struct billed sum = {0};
    struct billed amount;
    char text[BILLED_TEXT_MAX];

    (void)state;
    assert_int_equal(billed_parse(span_of("0.00000000005"), &amount), REJECT_NONE);
    assert_true(billed_to_decimal(amount).units == 1);
    assert_true(billed_to_decimal(billed_negate(amount)).units == -1);
    assert_int_equal(billed_parse(span_of("0.000000000049"), &amount), REJECT_NONE);
    assert_true(billed_to_decimal(amount).units == 0);
    assert_int_equal(billed_parse(span_of("999999999999999"), &amount), REJECT_NONE);
    for (int i = 0; i < 1000; i++)
        assert_true(billed_add(&sum, amount));
    (void)billed_format(sum, 2, text);
    assert_string_equal(text, "999999999999999000.00");
    for (int i = 0; i < 700; i++)
        assert_true(billed_add(&sum, amount));
    for (int i = 0; i < 2; i++)
        (void)!billed_add(&sum, amount);
    assert_false(billed_add(&sum, (struct billed){sum.atoms}));
    assert_true(billed_from_decimal(decimal_from_integer(-7)).atoms ==
                billed_negate(billed_from_decimal(decimal_from_integer(7))).atoms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_exponents),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_sums_and_rounding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
