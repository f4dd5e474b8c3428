#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "policy/terms.h"

static int64_t instant(const char *text)
{
    int64_t value = 0;

    assert_int_equal(instant_parse(span_of(text), 8 * 3600, &value), INSTANT_OK);
    return value;
}

static struct policy *policy_of(const char *const *instants, size_t count)
{
    struct policy *policy = calloc(1, sizeof(*policy));

    assert_non_null(policy);
    policy->utc_offset_seconds = 8 * 3600;
    policy->version_count = count;
    for (size_t i = 0; i < count; i++)
        policy->versions[i].effective_from = instant(instants[i]);
    return policy;
}

static void test_a_version_is_in_force_until_the_next_begins(void **state)
{
    static const char *const FROM[] = {"2020-01-01T00:00:00+08:00", "2026-07-01T00:00:00+08:00",
                                       "2026-07-01T00:00:01+08:00"};
    static const struct {
        const char *at;
        int version; /* -1: none */
    } CASES[] = {
        {"1970-01-01T00:00:00+08:00", -1}, {"2019-12-31T23:59:59+08:00", -1},
        {"2020-01-01T00:00:00+08:00", 0},  {"2026-06-30T23:59:59+08:00", 0},
        {"2026-06-30T16:00:00Z", 1},       {"2026-07-01T00:00:00+08:00", 1},
        {"2026-07-01T00:00:01+08:00", 2},  {"9999-12-31T23:59:59+08:00", 2},
    };
    struct policy *policy = policy_of(FROM, 3);

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        const struct terms *terms = policy_terms_at(policy, instant(CASES[i].at));

        assert_ptr_equal(terms, CASES[i].version < 0 ? NULL : &policy->versions[CASES[i].version]);
    }
    free(policy);
}

static void test_host_services_match_to_the_byte(void **state)
{
    struct policy *policy = calloc(1, sizeof(*policy));
    struct terms *terms;

    (void)state;
    assert_non_null(policy);
    terms = &policy->versions[0];
    assert_false(terms_host_service(terms, span_of("")));
    terms->host_service_count = 2;
    memcpy(terms->host_services[0], "ecs", 4);
    memcpy(terms->host_services[1], "bms", 4);
    assert_true(terms_host_service(terms, span_of("ecs")));
    assert_true(terms_host_service(terms, (struct span){"bms2", 3}));
    assert_false(terms_host_service(terms, span_of("ECS")));
    assert_false(terms_host_service(terms, span_of("ec")));
    assert_false(terms_host_service(terms, span_of("ecs2")));
    free(policy);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(product_category_name(CATEGORY_NONE), "");
    assert_string_equal(product_category_name(CATEGORY_MONTHLY), "monthly");
    assert_string_equal(product_category_name(CATEGORY_1_YEAR), "1-year");
    assert_string_equal(product_category_name(CATEGORY_2_YEAR), "2-year");
    assert_string_equal(product_category_name(CATEGORY_3_YEAR), "3-year");
    assert_string_equal(usage_unit_name(USAGE_SECOND), "second");
    assert_string_equal(usage_unit_name(USAGE_HOUR), "hour");
    assert_string_equal(usage_unit_name(USAGE_DAY), "day");
    assert_string_equal(rounding_name(ROUNDING_HALF_UP), "half_up");
    assert_string_equal(rounding_name(ROUNDING_HALF_EVEN), "half_even");
    assert_string_equal(rounding_name(ROUNDING_DOWN), "down");
    assert_string_equal(cap_name(CAP_NONE), "none");
    assert_string_equal(cap_name(CAP_ACTUAL_PAYMENT), "actual_payment");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_version_is_in_force_until_the_next_begins),
        cmocka_unit_test(test_host_services_match_to_the_byte),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
