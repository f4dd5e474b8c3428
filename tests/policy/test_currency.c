#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "policy/currency.h"

static int digits_of(const char *code)
{
    int currency = currency_find(span_of(code));

    assert_int_not_equal(currency, CURRENCY_NONE);
    return currency_digits(currency);
}

static void test_minor_units(void **state)
{
    static const char *const WHOLE[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                        "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                                        "VND", "VUV", "XAF", "XOF", "XPF"};
    static const char *const THREE[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
    size_t i;
    int currency;
    int two = 0;

    (void)state;
    assert_int_equal(digits_of("CNY"), 2);
    assert_int_equal(digits_of("USD"), 2);
    for (i = 0; i < sizeof(WHOLE) / sizeof(WHOLE[0]); i++)
        assert_int_equal(digits_of(WHOLE[i]), 0);
    for (i = 0; i < sizeof(THREE) / sizeof(THREE[0]); i++)
        assert_int_equal(digits_of(THREE[i]), 3);
    assert_int_equal(digits_of("CLF"), 4);
    assert_int_equal(digits_of("UYW"), 4);
    for (currency = 0; currency < CURRENCY_COUNT; currency++)
        two += currency_digits(currency) == 2;
    assert_int_equal(two, 165 - 17 - 7 - 2);
}

static void test_numbers_follow_the_codes(void **state)
{
    int currency;

    (void)state;
    assert_string_equal(currency_code(0), "AED");
    assert_string_equal(currency_code(CURRENCY_COUNT - 1), "ZWG");
    for (currency = 0; currency < CURRENCY_COUNT; currency++) {
        const char *code = currency_code(currency);

        assert_int_equal(strlen(code), 3);
        assert_int_equal(currency_find(span_of(code)), currency);
        if (currency > 0)
            assert_true(strcmp(currency_code(currency - 1), code) < 0);
    }
}

/* Of all codes of three capitals, those of the table and no other are found. */
static void test_no_other_code_is_found(void **state)
{
    char code[4] = "";
    int found = 0;

    (void)state;
    for (code[0] = 'A'; code[0] <= 'Z'; code[0]++) {
        for (code[1] = 'A'; code[1] <= 'Z'; code[1]++) {
            for (code[2] = 'A'; code[2] <= 'Z'; code[2]++) {
                int currency = currency_find(span_of(code));

                if (currency == CURRENCY_NONE)
                    continue;
                assert_string_equal(currency_code(currency), code);
                found++;
            }
        }
    }
    assert_int_equal(found, CURRENCY_COUNT);
}

static void test_what_is_no_code(void **state)
{
    static const char *const BAD[] = {"",    "C",   "CN",  "CNYX", "cny",
                                      "CNy", "XXX", "CN ", " CN",  "C1Y",
                                      "CN@", "CN[", "@AA", "[AA",  "\xE5\x85\x83"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
        assert_int_equal(currency_find(span_of(BAD[i])), CURRENCY_NONE);
    assert_int_equal(currency_find((struct span){"CN\0", 3}), CURRENCY_NONE);
    assert_int_equal(currency_find((struct span){NULL, 0}), CURRENCY_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minor_units),
        cmocka_unit_test(test_numbers_follow_the_codes),
        cmocka_unit_test(test_no_other_code_is_found),
        cmocka_unit_test(test_what_is_no_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
