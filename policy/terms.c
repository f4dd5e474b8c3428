/*
 * Owns the choice of the version in force, and the names of the terms' enumerated values.
 * Must not know where terms come from.
 */
#include "policy/terms.h"

#include <assert.h>

const struct terms *policy_terms_at(const struct policy *policy, int64_t instant)
{
    const struct terms *in_force = NULL;

    for (size_t i = 0; i < policy->version_count; i++) {
        if (policy->versions[i].effective_from > instant)
            break;
        in_force = &policy->versions[i];
    }
    return in_force;
}

bool terms_host_service(const struct terms *terms, struct span service)
{
    for (size_t i = 0; i < terms->host_service_count; i++) {
        if (span_is(service, terms->host_services[i]))
            return true;
    }
    return false;
}

const char *product_category_name(enum product_category category)
{
    static const char *const names[CATEGORY_COUNT] = {
        [CATEGORY_NONE] = "",         [CATEGORY_MONTHLY] = "monthly", [CATEGORY_1_YEAR] = "1-year",
        [CATEGORY_2_YEAR] = "2-year", [CATEGORY_3_YEAR] = "3-year",
    };

    assert((unsigned)category < CATEGORY_COUNT);
    return names[category];
}

const char *usage_unit_name(enum usage_unit unit)
{
    static const char *const names[USAGE_UNIT_COUNT] = {
        [USAGE_SECOND] = "second",
        [USAGE_HOUR] = "hour",
        [USAGE_DAY] = "day",
    };

    assert((unsigned)unit < USAGE_UNIT_COUNT);
    return names[unit];
}

const char *rounding_name(enum rounding rounding)
{
    static const char *const names[] = {
        [ROUNDING_HALF_UP] = "half_up",
        [ROUNDING_HALF_EVEN] = "half_even",
        [ROUNDING_DOWN] = "down",
    };

    assert((unsigned)rounding < sizeof(names) / sizeof(names[0]));
    return names[rounding];
}

const char *cap_name(enum cap cap)
{
    static const char *const names[] = {
        [CAP_NONE] = "none",
        [CAP_ACTUAL_PAYMENT] = "actual_payment",
    };

    assert((unsigned)cap < sizeof(names) / sizeof(names[0]));
    return names[cap];
}
