#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/standard.h"
#include "readers/policy_file.h"

/* A whole policy, a parameter a line: the error cases below change one line of it. */
static const char *const LINES[] = {
    /*  1 */ "time_zone = \"+08:00\"",
    /*  2 */ "version \"a\" {",
    /*  3 */ "effective_from = \"2026-01-01T00:00:00+08:00\"",
    /*  4 */ "rounding = \"half_up\"",
    /*  5 */ "retention_months = 48",
    /*  6 */ "refund {",
    /*  7 */ "usage_unit = \"second\"",
    /*  8 */ "full_refund_days = 5",
    /*  9 */ "full_refunds_per_year = 10",
    /* 10 */ "restore_cash_coupons = false",
    /* 11 */ "fee \"3-year\" { year_1 = \"0.15\" year_2 = \"0.10\" year_3 = \"0.05\" }",
    /* 12 */ "fee \"2-year\" { year_1 = \"0.15\" year_2 = \"0.10\" year_3 = \"/\" }",
    /* 13 */ "fee \"1-year\" { year_1 = \"0.10\" year_2 = \"/\" year_3 = \"/\" }",
    /* 14 */ "fee \"monthly\" { year_1 = \"0.10\" year_2 = \"/\" year_3 = \"/\" }",
    /* 15 */ "}",
    /* 16 */ "compensation {",
    /* 17 */ "times \"unavailable\" { times = 100 }",
    /* 18 */ "times \"website_inaccessible\" { times = 100 }",
    /* 19 */ "times \"provisioning_failure\" { times = 2 }",
    /* 20 */ "times \"configuration_failure\" { times = 2 }",
    /* 21 */ "times \"billing_error\" { times = 2 }",
    /* 22 */ "excluded_causes = {\"force_majeure\", \"carrier_fault\"}",
    /* 23 */ "claim_window_days = 7",
    /* 24 */ "cap = \"none\"",
    /* 25 */ "}",
    /* 26 */ "reward {",
    /* 27 */ "amount_common = \"100\"",
    /* 28 */ "amount_vip = \"200.50\"",
    /* 29 */ "currency = \"CNY\"",
    /* 30 */ "recharge_over = \"200\"",
    /* 31 */ "abandoned_days = 10",
    /* 32 */ "recharge_within_days = 7",
    /* 33 */ "valid_years = 1",
    /* 34 */ "host_services = {\"ecs\", \"bms\"}",
    /* 35 */ "}",
    /* 36 */ "support {",
    /* 37 */ "in_scope = {\"product_consultation\", \"technical_consultation\"}",
    /* 38 */
    "out_of_scope = {\"operation_fault\", \"system_fault\", \"console_fault\", "
    "\"third_party_deployment\", \"third_party_fault\", \"code_development\", "
    "\"routine_operations\"}",
    /* 39 */ "}",
    /* 40 */ "}",
};

enum { LINE_COUNT = sizeof(LINES) / sizeof(LINES[0]), TEXT_MAX = 16384 };

/* The policy with one line changed (0: none), its lines parted by `separator`. */
static size_t compose(char *text, int changed, const char *replacement, char separator)
{
    size_t used = 0;

    for (int i = 1; i <= LINE_COUNT; i++) {
        const char *line = i == changed ? replacement : LINES[i - 1];

        used += (size_t)snprintf(text + used, TEXT_MAX - used, "%s%c", line, separator);
    }
    return used;
}

static struct policy *policy_alloc(void)
{
    struct policy *policy = calloc(1, sizeof(*policy));

    assert_non_null(policy);
    return policy;
}

static void assert_loads(const char *text, size_t size, struct policy *policy)
{
    struct error err = {0};

    if (policy_text_load("p", (struct span){text, size}, policy, &err) != 0)
        fail_msg("%s", err.detail);
}

/* Loading must fail with exactly that message and leave the policy as it was. */
static void assert_refused(const char *text, size_t size, const char *message)
{
    struct policy *policy = policy_alloc();
    struct error err = {0};

    policy->version_count = 77;
    assert_int_equal(policy_text_load("p", (struct span){text, size}, policy, &err), -1);
    assert_string_equal(err.detail, message);
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_int_equal(policy->version_count, 77);
    free(policy);
}

static void test_every_parameter_is_read(void **state)
{
    struct policy *policy = policy_alloc();
    char text[TEXT_MAX];
    const struct terms *terms = &policy->versions[0];

    (void)state;
    assert_loads(text, compose(text, 0, "", '\n'), policy);
    assert_int_equal(policy->utc_offset_seconds, 8 * 3600);
    assert_int_equal(policy->version_count, 1);
    assert_string_equal(terms->name, "a");
    assert_int_equal(terms->effective_from, 1767196800);
    assert_int_equal(terms->rounding, ROUNDING_HALF_UP);
    assert_int_equal(terms->retention_months, 48);
    assert_int_equal(terms->usage_unit, USAGE_SECOND);
    assert_int_equal(terms->full_refund_days, 5);
    assert_int_equal(terms->full_refunds_per_year, 10);
    assert_false(terms->restore_cash_coupons);
    assert_true(terms->fees[CATEGORY_3_YEAR][2].covered);
    assert_true(terms->fees[CATEGORY_3_YEAR][2].rate.units == DECIMAL_ONE_UNITS / 20);
    assert_true(terms->fees[CATEGORY_2_YEAR][1].rate.units == DECIMAL_ONE_UNITS / 10);
    assert_false(terms->fees[CATEGORY_2_YEAR][2].covered);
    assert_false(terms->fees[CATEGORY_1_YEAR][1].covered);
    assert_true(terms->fees[CATEGORY_MONTHLY][0].covered);
    assert_int_equal(terms->times[SCENARIO_UNAVAILABLE], 100);
    assert_int_equal(terms->times[SCENARIO_BILLING_ERROR], 2);
    assert_true(terms->cause_excluded[CAUSE_FORCE_MAJEURE]);
    assert_true(terms->cause_excluded[CAUSE_CARRIER_FAULT]);
    assert_false(terms->cause_excluded[CAUSE_UNFORESEEABLE]);
    assert_false(terms->cause_excluded[CAUSE_PLATFORM]);
    assert_int_equal(terms->claim_window_days, 7);
    assert_int_equal(terms->cap, CAP_NONE);
    assert_true(terms->reward_amount[TIER_COMMON].units == 100 * (int128)DECIMAL_ONE_UNITS);
    assert_true(terms->reward_amount[TIER_VIP].units == 401 * (int128)DECIMAL_ONE_UNITS / 2);
    assert_string_equal(currency_code(terms->reward_currency), "CNY");
    assert_true(terms->recharge_over.units == 200 * (int128)DECIMAL_ONE_UNITS);
    assert_int_equal(terms->abandoned_days, 10);
    assert_int_equal(terms->recharge_within_days, 7);
    assert_int_equal(terms->valid_years, 1);
    assert_int_equal(terms->host_service_count, 2);
    assert_true(terms_host_service(terms, span_of("bms")));
    assert_true(terms->ticket_in_scope[TICKET_TECHNICAL_CONSULTATION]);
    assert_false(terms->ticket_in_scope[TICKET_SYSTEM_FAULT]);
    free(policy);
}

static void test_line_ends_do_not_matter(void **state)
{
    struct policy *lines = policy_alloc();
    struct policy *one_line = policy_alloc();
    char text[TEXT_MAX];

    (void)state;
    assert_loads(text, compose(text, 0, "", '\n'), lines);
    assert_loads(text, compose(text, 0, "", ' '), one_line);
    assert_memory_equal(lines, one_line, sizeof(*lines));
    free(lines);
    free(one_line);
}

/* Spellings of a line that say the same, or something else that is allowed. */
static void test_what_is_allowed(void **state)
{
    static const struct {
        int line;
        const char *text;
    } CASES[] = {
        {1, "\xEF\xBB\xBFtime_zone = \"-03:30\""},
        {1, "time_zone = '+08:00' # comment \" { ${HOME}"},
        {1, "/* a comment { \n * of lines */ time_zone /**/ = // here\n \"+08:00\""},
        {2, "version a {"},
        {2, "version \"2026-07_v1.0\" {"},
        {3, "effective_from = \"2026-01-01 00:00:00\""},
        {3, "effective_from = \"2026-01-01 00:00:00 GMT+08:00\""},
        {3, "effective_from = \"2025-12-31T16:00:00Z\"\r"},
        {4, "rounding = \"half_even\""},
        {4, "rounding = down"},
        {5, "retention_months = \"48\""},
        {5, "retention_months = 1200"},
        {7, "usage_unit = day"},
        {8, "full_refund_days = 0"},
        {9, "full_refunds_per_year = 0"},
        {10, "restore_cash_coupons = true"},
        {11, "fee \"3-year\" { year_1 = 0 year_2 = 1 year_3 = \"1.000\" }"},
        {17, "times \"unavailable\" { times = 0 }"},
        {17, "times \"unavailable\" { times = 1000000 }"},
        {22, "excluded_causes = {}"},
        {22, "excluded_causes = { # none\n }"},
        {24, "cap = actual_payment"},
        {27, "amount_common = 0"},
        {28, "amount_vip = \"0.10000\""},
        {34, "host_services = {}"},
        {34, "host_services = {\"a b\", '\xE4\xBA\x91'}"},
    };
    struct policy *policy = policy_alloc();
    char text[TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
        assert_loads(text, compose(text, CASES[i].line, CASES[i].text, '\n'), policy);
    free(policy);
}

static void test_what_is_refused_and_on_which_line(void **state)
{
    static const struct {
        int line;
        const char *text;
        const char *message;
    } CASES[] = {
        /* Values of the wrong type or out of bounds. */
        {1, "time_zone = \"08:00\"", "p:1: time_zone: \"08:00\" is not an offset such as +08:00"},
        {2, "version \"\" {",
         "p:2: version \"\": a name is 1 to 64 letters, digits, '-', '_' and '.', the first a "
         "letter or digit"},
        {2, "version \"=a\" {",
         "p:2: version \"=a\": a name is 1 to 64 letters, digits, '-', '_' and '.', the first a "
         "letter or digit"},
        {3, "effective_from = \"2026-02-30T00:00:00Z\"",
         "p:3: version \"a\": effective_from: \"2026-02-30T00:00:00Z\" is not an instant"},
        {3, "effective_from = \"1969-12-31T00:00:00Z\"",
         "p:3: version \"a\": effective_from: \"1969-12-31T00:00:00Z\" is not in the years 1970 "
         "to 9999"},
        {4, "rounding = \"up\"",
         "p:4: version \"a\": rounding: \"up\" is none of half_up, half_even, down"},
        {5, "retention_months = 0",
         "p:5: version \"a\": retention_months: \"0\" is not a whole number from 1 to 1200"},
        {5, "retention_months = 1201",
         "p:5: version \"a\": retention_months: \"1201\" is not a whole number from 1 to 1200"},
        {5, "retention_months = 0x10",
         "p:5: version \"a\": retention_months: \"0x10\" is not a whole number from 1 to 1200"},
        {5, "retention_months = \"\"",
         "p:5: version \"a\": retention_months: \"\" is not a whole number from 1 to 1200"},
        {7, "usage_unit = \"seconds\"",
         "p:7: version \"a\": refund.usage_unit: \"seconds\" is none of second, hour, day"},
        {8, "full_refund_days = -1",
         "p:8: version \"a\": refund.full_refund_days: \"-1\" is not a whole number from 0 to "
         "36600"},
        {8, "full_refund_days = 5.0",
         "p:8: version \"a\": refund.full_refund_days: \"5.0\" is not a whole number from 0 to "
         "36600"},
        {9, "full_refunds_per_year = 99999999999999999999",
         "p:9: version \"a\": refund.full_refunds_per_year: \"99999999999999999999\" is not a "
         "whole number from 0 to 1000000"},
        {10, "restore_cash_coupons = no",
         "p:10: version \"a\": refund.restore_cash_coupons: \"no\" is neither true nor false"},
        {11, "fee \"3-year\" { year_1 = \"0.15\" year_2 = \"1.01\" year_3 = \"0.05\" }",
         "p:11: version \"a\": refund.fee \"3-year\".year_2: \"1.01\" is not a share from 0 to 1"},
        {12, "fee \"2-year\" {\nyear_1 = \"0.15\"\nyear_2 = \"-0.1\" year_3 = \"/\" }",
         "p:14: version \"a\": refund.fee \"2-year\".year_2: \"-0.1\" is not a share from 0 to 1"},
        {13, "fee \"1-year\" { year_1 = \"10%\" year_2 = \"/\" year_3 = \"/\" }",
         "p:13: version \"a\": refund.fee \"1-year\".year_1: \"10%\" is not a decimal"},
        {13, "fee \"1-year\" { year_1 = \"0.12345678901\" year_2 = \"/\" year_3 = \"/\" }",
         "p:13: version \"a\": refund.fee \"1-year\".year_1: \"0.12345678901\" has more than 10 "
         "decimals"},
        {17, "times \"unavailable\" { times = 1000001 }",
         "p:17: version \"a\": compensation.times \"unavailable\".times: \"1000001\" is not a "
         "whole number from 0 to 1000000"},
        {24, "cap = \"payment\"",
         "p:24: version \"a\": compensation.cap: \"payment\" is none of none, actual_payment"},
        {27, "amount_common = \"-1\"",
         "p:27: version \"a\": reward.amount_common: \"-1\" is negative"},
        {28, "amount_vip = \"0.001\"",
         "p:28: version \"a\": reward.amount_vip: \"0.001\" is finer than the currency's minor "
         "unit"},
        {28, "amount_vip = \"1234567890123456\"",
         "p:28: version \"a\": reward.amount_vip: \"1234567890123456\" has more than 15 integer "
         "digits"},
        {29, "currency = \"JPY\"",
         "p:28: version \"a\": reward.amount_vip: \"200.50\" is finer than the currency's minor "
         "unit"},
        {29, "currency = \"cny\"",
         "p:29: version \"a\": reward.currency: \"cny\" is no ISO 4217 currency"},
        {33, "valid_years = 0",
         "p:33: version \"a\": reward.valid_years: \"0\" is not a whole number from 1 to 100"},

        /* Unknown, missing and repeated names. */
        {1, "", "p:40: time_zone is missing"},
        {1, "time_zon = \"+08:00\"", "p:1: no such option 'time_zon'"},
        {1, "time_zone = \"+08:00\" time_zone = \"+08:00\"",
         "p:1: time_zone is given twice, first on line 1"},
        {4, "", "p:40: version \"a\": rounding is missing"},
        {5, "rounding = \"down\"", "p:5: rounding is given twice, first on line 4"},
        {7, "", "p:15: version \"a\": refund.usage_unit is missing"},
        {8, "full_refund_day = 5", "p:8: no such option 'full_refund_day'"},
        {8, "retention_months = 5", "p:8: no such option 'retention_months'"},
        {11, "", "p:15: version \"a\": refund.fee \"3-year\" is missing"},
        {11, "fee \"4-year\" {\nyear_1 = \"/\" year_2 = \"/\" year_3 = \"/\"\n}",
         "p:11: version \"a\": refund.fee: \"4-year\" is none of 3-year, 2-year, 1-year, monthly"},
        {11, "fee \"2-year\" { year_1 = \"0.15\" year_2 = \"0.10\" year_3 = \"/\" }",
         "p:12: found duplicate title '2-year'"},
        {11, "fee \"3-year\" { year_1 = \"0.15\"\nyear_3 = \"0.05\"\n}",
         "p:13: version \"a\": refund.fee \"3-year\".year_2 is missing"},
        {19, "", "p:25: version \"a\": compensation.times \"provisioning_failure\" is missing"},
        {19, "times \"provisioning\" { times = 2 }",
         "p:19: version \"a\": compensation.times: \"provisioning\" is no scenario"},
        {22, "", "p:25: version \"a\": compensation.excluded_causes is missing"},
        {25, "} compensation {\n}", "p:25: compensation is given twice, first on line 16"},
        {34, "", "p:35: version \"a\": reward.host_services is missing"},
        {37, "", "p:39: version \"a\": support.in_scope is missing"},
        {36, "support { } support {", "p:36: support is given twice, first on line 36"},

        /* Lists. */
        {22, "excluded_causes = {\"force_majeure\",\n\"act_of_god\"}",
         "p:23: version \"a\": compensation.excluded_causes: \"act_of_god\" is not a known value"},
        {22, "excluded_causes = {\"force_majeure\",\n\"\"}",
         "p:23: version \"a\": compensation.excluded_causes: \"\" is not a known value"},
        {22, "excluded_causes = {\n\"force_majeure\",\n\"force_majeure\"}",
         "p:24: version \"a\": compensation.excluded_causes: \"force_majeure\" is listed already"},
        {22, "excluded_causes = {\"platform\"}",
         "p:22: version \"a\": compensation.excluded_causes: \"platform\" can't be excluded: it is "
         "the cause that is compensated"},
        {22, "excluded_causes = {} excluded_causes = {\"carrier_fault\"}",
         "p:22: excluded_causes is given twice, first on line 22"},
        {22, "excluded_causes = {}\nexcluded_causes = {}",
         "p:23: excluded_causes is given twice, first on line 22"},
        {34, "host_services = {\"ecs\", \"ecs\"}",
         "p:34: version \"a\": reward.host_services: \"ecs\" is listed already"},
        {34, "host_services = {\"\"}",
         "p:34: version \"a\": reward.host_services: \"\" is no service that an export could name"},
        {34, "host_services = {\"ecs \"}",
         "p:34: version \"a\": reward.host_services: \"ecs \" is no service that an export could "
         "name"},
        {37, "in_scope = {\"product_consultation\"}",
         "p:39: version \"a\": support.\"technical_consultation\" is in neither list"},
        {37,
         "in_scope = {\"product_consultation\", \"technical_consultation\", "
         "\"system_fault\"}",
         "p:38: version \"a\": support.out_of_scope: \"system_fault\" is in in_scope as well"},

        /* Syntax. */
        {1, "time_zone \"+08:00\"", "p:1: missing equal sign after option 'time_zone'"},
        {1, "time_zone += \"+08:00\"", "p:1: a character that must stand in quotes"},
        {1, "time_zone = +08:00", "p:1: a character that must stand in quotes"},
        {1, "time_zone = \"+08:00", "p:1: the string that begins here does not end on its line"},
        {1, "time_zone = \"${TZ}\"", "p:1: values are not taken from the environment"},
        {1, "time_zone = ${TZ}", "p:1: a character that must stand in quotes"},
        {1, "time_zone = \"\\053\"", "p:1: a backslash that is no \\t, \\\" or \\\\"},
        {1, "time_zone = \"\001\"", "p:1: the text holds a control character"},
        {2, "\n\xC0\x80 version \"a\" {", "p:3: the text is not valid UTF-8"},
        {3, "effective_from = {\"2026-01-01T00:00:00Z\"}", "p:3: unexpected token '{'"},
        {15, "} /* a comment", "p:15: the comment that begins here never ends"},
        {15, "", "p:2: the brace that opens here is never closed"},
        {40, "", "p:2: the brace that opens here is never closed"},
        {40, "} }", "p:40: a closing brace without an opening one"},
        {6, "{{{{{{{{{", "p:6: braces are nested too deeply"},
        {5, "include(\"/etc/passwd\")", "p:5: a character that must stand in quotes"},
        {5, "refund|usage_unit = \"day\"", "p:5: a character that must stand in quotes"},
        {6, "refund \"a\" {", "p:6: missing opening brace for section 'refund'"},
        {2, "version {", "p:2: missing title for section 'version'"},
    };
    char text[TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
        assert_refused(text, compose(text, CASES[i].line, CASES[i].text, '\n'), CASES[i].message);
}

static void test_texts_that_are_no_policy(void **state)
{
    (void)state;
    assert_refused("", 0, "p:1: time_zone is missing");
    assert_refused("\n\n", 2, "p:2: time_zone is missing");
    assert_refused("time_zone = \"Z\"", 15,
                   "p:1: time_zone: \"Z\" is not an offset such as +08:00");
    assert_refused("time_zone = \"+08:00\"\n", 21, "p:1: no version is given");
    assert_refused("a\0b", 3, "p:1: the text holds a control character");
    assert_refused("\xEF\xBB\xBF", 3, "p:1: time_zone is missing");
    assert_refused("a\rb", 3, "p:1: the text holds a control character");
}

/* Two versions, in either order of writing: the instants decide. */
static void test_versions_are_ordered_by_their_instants(void **state)
{
    struct policy *policy = policy_alloc();
    char text[2 * TEXT_MAX];
    size_t first = compose(text, 2, "version \"late\" {", '\n');
    char *second = text + first;
    size_t size = compose(second, 2, "version \"early\" {", '\n');
    char *zone = strstr(second, LINES[0]);
    char *year = strstr(second, "2026-01-01");

    (void)state;
    memset(zone, ' ', strlen(LINES[0]));
    memcpy(year, "2025-12-31", 10);
    assert_loads(text, first + size, policy);
    assert_int_equal(policy->version_count, 2);
    assert_string_equal(policy->versions[0].name, "early");
    assert_string_equal(policy->versions[1].name, "late");

    memcpy(year, "2026-01-01", 10);
    assert_refused(text, first + size,
                   "p:43: version \"early\": effective_from: \"2026-01-01T00:00:00+08:00\" is "
                   "another version's instant already");
    memcpy(strstr(second, "early\" {"), "late\"  {", 8);
    assert_refused(text, first + size, "p:42: found duplicate title 'late'");
    free(policy);
}

static void test_versions_have_a_maximum(void **state)
{
    char text[TEXT_MAX];
    size_t room = (POLICY_VERSIONS_MAX + 1) * sizeof(text);
    char *all = malloc(room);
    size_t used = 0;
    struct policy *policy = policy_alloc();
    size_t whole = 0;

    (void)state;
    assert_non_null(all);
    for (int i = 0; i <= POLICY_VERSIONS_MAX; i++) {
        char name[32];
        char *year;
        size_t size;

        whole = used;
        snprintf(name, sizeof(name), "version \"v%d\" {", i);
        size = compose(text, 2, name, '\n');
        year = strstr(text, "2026-01-01");
        year[0] = (char)('2' + i / 10);
        year[3] = (char)('0' + i % 10);
        if (i > 0)
            memset(strstr(text, LINES[0]), ' ', strlen(LINES[0]));
        memcpy(all + used, text, size);
        used += size;
    }
    assert_loads(all, whole, policy);
    assert_int_equal(policy->version_count, POLICY_VERSIONS_MAX);
    assert_refused(all, used, "p:2562: more than 64 versions");
    free(policy);
    free(all);
}

/* A failed load leaves nothing behind in libconfuse's global scanner. */
static void test_a_good_text_loads_after_any_bad_one(void **state)
{
    struct policy *policy = policy_alloc();
    char text[TEXT_MAX];
    size_t size = compose(text, 0, "", '\n');

    (void)state;
    for (size_t cut = 0; cut + 1 < size; cut++) {
        struct error err = {0};

        assert_int_equal(policy_text_load("p", (struct span){text, cut}, policy, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
    }
    assert_loads(text, size, policy);
    free(policy);
}

static void test_files(void **state)
{
    struct policy *policy = policy_alloc();
    struct policy *standard = policy_alloc();
    struct policy_source source = {0};
    struct policy_source built_in = {0};
    struct error err = {0};

    (void)state;
    assert_int_equal(policy_file_load("policy/standard.conf", policy, &source, &err), 0);
    assert_string_equal(source.name, "standard.conf");
    assert_int_equal(strlen(source.sha256), 64);

    assert_int_equal(policy_file_load(NULL, standard, &built_in, &err), 0);
    assert_string_equal(built_in.name, "");
    assert_string_equal(built_in.sha256, source.sha256);
    assert_memory_equal(policy, standard, sizeof(*policy));

    assert_int_equal(policy_file_load("tests/no-such.conf", policy, &source, &err), -1);
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.detail, "tests/no-such.conf: No such file or directory");
    err = (struct error){0};
    assert_int_equal(policy_file_load("tests", policy, &source, &err), -1);
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.detail, "tests: Is a directory");
    assert_string_equal(source.name, "standard.conf");
    free(policy);
    free(standard);
}

/* What the published policy says, number by number. */
static void test_the_shipped_policy_is_the_published_one(void **state)
{
    struct policy *policy = policy_alloc();
    const struct terms *terms = &policy->versions[0];
    struct policy_source source;
    struct error err = {0};

    (void)state;
    assert_int_equal(policy_file_load(NULL, policy, &source, &err), 0);
    assert_int_equal(policy->utc_offset_seconds, 28800);
    assert_int_equal(policy->version_count, 1);
    assert_string_equal(terms->name, "standard");
    assert_int_equal(terms->effective_from, -28800);
    assert_int_equal(terms->rounding, ROUNDING_HALF_UP);
    assert_int_equal(terms->retention_months, 48);
    assert_int_equal(terms->full_refund_days, 5);
    assert_int_equal(terms->full_refunds_per_year, 10);
    for (int cause = CAUSE_PLATFORM + 1; cause < CAUSE_END; cause++)
        assert_true(terms->cause_excluded[cause]);
    for (int category = TICKET_CATEGORY_NONE + 1; category < TICKET_CATEGORY_END; category++)
        assert_int_equal(terms->ticket_in_scope[category], category <= TICKET_CONSOLE_FAULT);
    assert_int_equal(terms->host_service_count, 3);
    free(policy);
}

/* The second shipped example: an event is judged by the version of its own instant. */
static void test_the_midyear_example_changes_terms_at_its_instant(void **state)
{
    struct policy *policy = policy_alloc();
    struct policy_source source;
    struct error err = {0};
    int64_t change = 0;
    const struct terms *before;
    const struct terms *after;

    (void)state;
    assert_int_equal(policy_file_load("policy/example-midyear.conf", policy, &source, &err), 0);
    assert_int_equal(instant_parse(span_of("2026-06-30T16:00:00Z"), 0, &change), INSTANT_OK);
    before = policy_terms_at(policy, change - 1);
    after = policy_terms_at(policy, change);
    assert_string_equal(before->name, "standard");
    assert_string_equal(after->name, "mid-year");
    assert_int_equal(before->usage_unit, USAGE_SECOND);
    assert_int_equal(after->usage_unit, USAGE_DAY);
    assert_int_equal(before->full_refunds_per_year, 10);
    assert_int_equal(after->full_refunds_per_year, 12);
    assert_int_equal(before->times[SCENARIO_UNAVAILABLE], 100);
    assert_int_equal(after->times[SCENARIO_UNAVAILABLE], 120);
    assert_int_equal(after->rounding, ROUNDING_HALF_EVEN);
    assert_int_not_equal(decimal_compare(before->fees[CATEGORY_3_YEAR][0].rate,
                                         after->fees[CATEGORY_3_YEAR][0].rate),
                         0);
    assert_null(policy_terms_at(policy, before->effective_from - 1));
    free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_parameter_is_read),
        cmocka_unit_test(test_line_ends_do_not_matter),
        cmocka_unit_test(test_what_is_allowed),
        cmocka_unit_test(test_what_is_refused_and_on_which_line),
        cmocka_unit_test(test_texts_that_are_no_policy),
        cmocka_unit_test(test_versions_are_ordered_by_their_instants),
        cmocka_unit_test(test_versions_have_a_maximum),
        cmocka_unit_test(test_a_good_text_loads_after_any_bad_one),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_the_shipped_policy_is_the_published_one),
        cmocka_unit_test(test_the_midyear_example_changes_terms_at_its_instant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
