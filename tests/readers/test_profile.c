#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "policy/profiles.h"
#include "readers/profile.h"

#define HEAD                                                                                       \
    "name = \"p\"\ntime_zone = \"+00:00\"\namount_sign = \"negative_is_credit\"\n"                 \
    "currency = \"CNY\"\n"
#define COLUMNS                                                                                    \
    "column \"account\" { headers = {\"a\"} }\ncolumn \"category\" { headers = {\"c\"} }\n"        \
    "column \"amount\" { headers = {\"m\", \"n\"} }\ncolumn \"period\" { headers = {\"p\"} }\n"
#define LINES "line { kind = \"credit\" category = {\"x\"} }\n"
#define RULE "rule \"1\" { match = \"reference\" }\n"

static void expect_error(const char *text, const char *message)
{
    struct profile profile;
    struct arena arena = {0};
    struct error err = {0};

    assert_int_equal(profile_text_load("p.conf", span_of(text), &profile, &arena, &err), -1);
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.detail, message);
    arena_release(&arena);
}

static void test_the_shipped_ones(void **state)
{
    struct shipped_profile shipped;
    size_t count = 0;

    (void)state;
    while (shipped_profile(count, &shipped)) {
        struct profile profile;
        struct profile_source source;
        struct arena arena = {0};
        struct error err = {0};

        if (profile_load(shipped.name, &profile, &source, &arena, &err) != 0)
            fail_msg("%s", err.detail);
        assert_string_equal(profile.name, shipped.name);
        assert_string_equal(source.file, "");
        assert_int_equal(strlen(source.sha256), 64);
        assert_int_equal(profile.rule_count, 4);
        for (int i = 0; i < profile.rule_count; i++) {
            assert_int_equal((int)profile.rules[i].kind, i);
            assert_true(decimal_is_zero(profile.rules[i].tolerance));
            assert_true(decimal_is_zero(profile.rules[i].tolerance_share));
        }
        arena_release(&arena);
        count++;
    }
    assert_int_equal(count, 2);
}

static void test_values(void **state)
{
    struct profile profile;
    struct arena arena = {0};
    struct error err = {0};

    (void)state;
    if (profile_text_load(
            "p.conf",
            span_of(HEAD "delimiter = \";\"\nnull_values = {\"NULL\", \"-\"}\n"
                         "amount_parts = {\"u\", \"v\"}\nleft_out_parts = {\"v\"}\n" COLUMNS
                         "reference { kind = \"order\" header = \"t\" key = \"k\" }\n" LINES
                         "line { kind = \"purchase\" sign = \"positive\" }\n"
                         "rule \"1\" { match = \"details\" window_days = 5 tolerance = \"0.01\" "
                         "tolerance_share = \"0.5\" }\n"),
            &profile, &arena, &err) != 0)
        fail_msg("%s", err.detail);
    assert_int_equal(profile.delimiter, ';');
    assert_int_equal(profile.null_count, 2);
    assert_int_equal(profile.left_out_count, 1);
    assert_int_equal(profile.fields[FIELD_AMOUNT].count, 2);
    assert_true(span_is(profile.references[0].key, "k"));
    assert_int_equal(profile.lines[1].sign, SIGN_POSITIVE);
    assert_int_equal(profile.lines[1].category_count, 0);
    assert_int_equal(profile.rules[0].window_days, 5);
    assert_true(profile.rules[0].tolerance.units == DECIMAL_ONE_UNITS / 100);
    arena_release(&arena);
}

static void test_what_is_missing(void **state)
{
    (void)state;
    expect_error("", "p.conf:1: time_zone is missing");
    expect_error(HEAD COLUMNS LINES, "p.conf:9: rule \"1\" is missing");
    expect_error(HEAD COLUMNS RULE, "p.conf:9: line is missing");
    expect_error(HEAD "column \"account\" { headers = {\"a\"} }\n" LINES RULE,
                 "p.conf:7: column \"category\" is missing");
    expect_error(
        "name = \"p\"\ntime_zone = \"+00:00\"\namount_sign = \"negative_is_credit\"\n" COLUMNS LINES
            RULE,
        "p.conf:9: either a column \"currency\" or a currency for all rows is needed");
    expect_error(HEAD "column \"account\" { }\n",
                 "p.conf:5: column \"account\".headers is missing or empty");
}

static void test_what_is_wrong(void **state)
{
    (void)state;
    expect_error(HEAD "column \"colour\" { headers = {\"a\"} }\n",
                 "p.conf:5: column: \"colour\" is no field");
    expect_error(HEAD COLUMNS "line { kind = \"gift\" }\n",
                 "p.conf:9: line.kind: \"gift\" is not a known value");
    expect_error(HEAD COLUMNS "line { kind = \"credit\" sign = \"up\" }\n",
                 "p.conf:9: line.sign: \"up\" is none of any, negative, positive");
    expect_error(HEAD COLUMNS "line { kind = \"credit\" class = {\"x\"} }\n",
                 "p.conf:9: line.class: there is no column \"class\"");
    expect_error(HEAD COLUMNS LINES "rule \"2\" { match = \"total\" }\n",
                 "p.conf:10: rule \"2\": rules are numbered in order, this is rule \"1\"");
    expect_error(HEAD COLUMNS LINES "rule \"1\" { match = \"luck\" }\n",
                 "p.conf:10: rule \"1\".match: \"luck\" is none of reference, reference_sum, "
                 "details, total");
    expect_error(HEAD COLUMNS LINES "rule \"1\" { match = \"details\" }\n",
                 "p.conf:10: rule \"1\".window_days is missing");
    expect_error(HEAD COLUMNS LINES "rule \"1\" { match = \"total\" window_days = 3 }\n",
                 "p.conf:10: rule \"1\".window_days: only rules by details have one");
    expect_error(HEAD COLUMNS LINES "rule \"1\" { match = \"total\" tolerance = \"-1\" }\n",
                 "p.conf:10: rule \"1\".tolerance: \"-1\" is not a decimal, 0 or more");
    expect_error(HEAD COLUMNS LINES "rule \"1\" { match = \"total\" tolerance_share = \"2\" }\n",
                 "p.conf:10: rule \"1\".tolerance_share: \"2\" is not a share from 0 to 1");
    expect_error(HEAD "amount_parts = {\"u\"}\nleft_out_parts = {\"w\"}\n" COLUMNS LINES RULE,
                 "p.conf:6: left_out_parts: \"w\" is none of amount_parts");
    expect_error(HEAD "delimiter = \"xx\"\n" COLUMNS LINES RULE,
                 "p.conf:5: delimiter: \"xx\" is none of , ; | : ^ ~ tab");
    expect_error(HEAD "colour = \"red\"\n", "p.conf:5: no such option 'colour'");
}

static void test_names_and_paths(void **state)
{
    struct profile profile;
    struct profile_source source;
    struct arena arena = {0};
    struct error err = {0};

    (void)state;
    assert_int_equal(profile_load("nobody", &profile, &source, &arena, &err), -1);
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_non_null(strstr(err.detail, "none of focus, huaweicloud"));
    err = (struct error){0};
    assert_int_equal(profile_load("/nowhere/p.conf", &profile, &source, &arena, &err), -1);
    assert_int_equal(err.kind, ERROR_USAGE);
    err = (struct error){0};
    assert_int_equal(profile_load(NULL, &profile, &source, &arena, &err), 0);
    assert_string_equal(profile.name, "focus");
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_shipped_ones), cmocka_unit_test(test_values),
        cmocka_unit_test(test_what_is_missing),  cmocka_unit_test(test_what_is_wrong),
        cmocka_unit_test(test_names_and_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
