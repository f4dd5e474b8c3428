/*
 * The terms: every number of policy.md as a parameter, in dated versions. Loaded and checked once
 * (readers/policy_file.h), immutable afterwards.
 */
#ifndef POLICY_TERMS_H
#define POLICY_TERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/decimal.h"
#include "policy/records.h"

enum {
    POLICY_VERSIONS_MAX = 64,
    TERMS_NAME_BYTES_MAX = 64,
    HOST_SERVICES_MAX = 64,
    SERVICE_BYTES_MAX = 256,
    USAGE_YEARS = 3,
    COMPENSATION_TIMES_MAX = 1000000, /* bound that the arithmetic of compensation.c relies on */
    PARAMETER_DAYS_MAX = 36600,
    RETENTION_MONTHS_MAX = 1200,
};

enum product_category {
    CATEGORY_NONE,
    CATEGORY_MONTHLY,
    CATEGORY_1_YEAR,
    CATEGORY_2_YEAR,
    CATEGORY_3_YEAR,
    CATEGORY_COUNT,
};

enum usage_unit { USAGE_SECOND, USAGE_HOUR, USAGE_DAY, USAGE_UNIT_COUNT };

enum cap { CAP_NONE, CAP_ACTUAL_PAYMENT };

/* One cell of the handling fee table; a cell "/" is a case that no refund scenario covers. */
struct fee {
    struct decimal rate;
    bool covered;
};

struct terms {
    char name[TERMS_NAME_BYTES_MAX + 1];
    int64_t effective_from; /* in force from this instant until the next version's */
    enum rounding rounding;
    int retention_months;

    enum usage_unit usage_unit;
    int full_refund_days;
    int full_refunds_per_year;
    bool restore_cash_coupons;
    struct fee fees[CATEGORY_COUNT][USAGE_YEARS]; /* by category and usage year - 1 */

    int times[SCENARIO_END];
    bool cause_excluded[CAUSE_END];
    int claim_window_days;
    enum cap cap;

    struct decimal reward_amount[TIER_END];
    int reward_currency;
    struct decimal recharge_over;
    int abandoned_days;
    int recharge_within_days;
    int valid_years;
    size_t host_service_count;
    char host_services[HOST_SERVICES_MAX][SERVICE_BYTES_MAX + 1];

    bool ticket_in_scope[TICKET_CATEGORY_END];
};

struct policy {
    int utc_offset_seconds;
    size_t version_count;                       /* at least 1 */
    struct terms versions[POLICY_VERSIONS_MAX]; /* by effective_from, all different */
};

/* The version in force at the instant, or NULL before the first. */
const struct terms *policy_terms_at(const struct policy *policy, int64_t instant);

/* Whether the service is one that an ICP filing may be hosted on. */
bool terms_host_service(const struct terms *terms, struct span service);

/* Names in policy files and ledgers: "3-year", "second", "half_up", "none". Category NONE is "". */
const char *product_category_name(enum product_category category);
const char *usage_unit_name(enum usage_unit unit);
const char *rounding_name(enum rounding rounding);
const char *cap_name(enum cap cap);

#endif
