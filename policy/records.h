/*
 * What the exports say, row by row: plain values, as inputs.md names and types them.
 *
 * Text is borrowed (policy/span.h). Instants are UTC seconds, INSTANT_NONE where absent. A value
 * that inputs.md lets a row leave out is the zero value or *_NONE named beside it.
 */
#ifndef POLICY_RECORDS_H
#define POLICY_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/civil.h"
#include "policy/currency.h"
#include "policy/decimal.h"
#include "policy/span.h"

/* The inputs, in byte order of their names: the order of rejects.csv and controls.csv. */
enum input {
    INPUT_ACCOUNTS,
    INPUT_CLAIMS,
    INPUT_FILINGS,
    INPUT_INCIDENTS,
    INPUT_ORDERS,
    INPUT_REFUND_REQUESTS,
    INPUT_TICKETS,
    INPUT_USAGE,
    INPUT_COUNT,
};

const char *input_name(enum input input);

/*
 * Enumerated values: X(symbol, name as exports spell it). Absent is 0 in every enumeration that a
 * row may leave empty, so that a cleared record is a valid "nothing said".
 */
#define BILLING_MODES(X)                                                                           \
    X(BILLING_PREPAID, "prepaid")                                                                  \
    X(BILLING_PAY_PER_USE, "pay_per_use")                                                          \
    X(BILLING_PACKAGE, "package")

#define TERM_UNITS(X)                                                                              \
    X(TERM_HOUR, "hour")                                                                           \
    X(TERM_DAY, "day")                                                                             \
    X(TERM_MONTH, "month")                                                                         \
    X(TERM_YEAR, "year")

#define SCENARIOS(X)                                                                               \
    X(SCENARIO_UNAVAILABLE, "unavailable")                                                         \
    X(SCENARIO_WEBSITE_INACCESSIBLE, "website_inaccessible")                                       \
    X(SCENARIO_PROVISIONING_FAILURE, "provisioning_failure")                                       \
    X(SCENARIO_CONFIGURATION_FAILURE, "configuration_failure")                                     \
    X(SCENARIO_BILLING_ERROR, "billing_error")

#define CAUSES(X)                                                                                  \
    X(CAUSE_PLATFORM, "platform")                                                                  \
    X(CAUSE_FORCE_MAJEURE, "force_majeure")                                                        \
    X(CAUSE_UNEXPECTED_EVENT, "unexpected_event")                                                  \
    X(CAUSE_SERVICE_MAINTENANCE, "service_maintenance")                                            \
    X(CAUSE_CARRIER_FAULT, "carrier_fault")                                                        \
    X(CAUSE_INTERNET_BACKBONE, "internet_backbone")                                                \
    X(CAUSE_ATTACK_OR_VIRUS, "attack_or_virus")                                                    \
    X(CAUSE_USER_ENVIRONMENT, "user_environment")                                                  \
    X(CAUSE_CREDENTIAL_LOSS, "credential_loss")                                                    \
    X(CAUSE_USER_NEGLIGENCE, "user_negligence")                                                    \
    X(CAUSE_TERMS_VIOLATION, "terms_violation")                                                    \
    X(CAUSE_UNFORESEEABLE, "unforeseeable")

#define TIERS(X)                                                                                   \
    X(TIER_COMMON, "common")                                                                       \
    X(TIER_VIP, "vip")

#define TICKET_CATEGORIES(X)                                                                       \
    X(TICKET_PRODUCT_CONSULTATION, "product_consultation")                                         \
    X(TICKET_TECHNICAL_CONSULTATION, "technical_consultation")                                     \
    X(TICKET_OPERATION_FAULT, "operation_fault")                                                   \
    X(TICKET_SYSTEM_FAULT, "system_fault")                                                         \
    X(TICKET_CONSOLE_FAULT, "console_fault")                                                       \
    X(TICKET_THIRD_PARTY_DEPLOYMENT, "third_party_deployment")                                     \
    X(TICKET_THIRD_PARTY_FAULT, "third_party_fault")                                               \
    X(TICKET_CODE_DEVELOPMENT, "code_development")                                                 \
    X(TICKET_ROUTINE_OPERATIONS, "routine_operations")

#define ENUM_SYMBOL(symbol, name) symbol,

enum billing_mode { BILLING_MODE_NONE, BILLING_MODES(ENUM_SYMBOL) BILLING_MODE_END };
enum term_unit { TERM_UNIT_NONE, TERM_UNITS(ENUM_SYMBOL) TERM_UNIT_END };
enum scenario { SCENARIO_NONE, SCENARIOS(ENUM_SYMBOL) SCENARIO_END };
enum cause { CAUSE_NONE, CAUSES(ENUM_SYMBOL) CAUSE_END };
enum tier { TIER_NONE, TIERS(ENUM_SYMBOL) TIER_END };
enum ticket_category { TICKET_CATEGORY_NONE, TICKET_CATEGORIES(ENUM_SYMBOL) TICKET_CATEGORY_END };

/*
 * Names by value: names[0] is "" (absent), names[value] the spelling in exports and ledgers, of
 * sizes[value] bytes; count includes the absent one.
 */
struct enumeration {
    const char *const *names;
    const unsigned char *sizes;
    int count;
};

#define ENUM_NAME(symbol, name) [symbol] = name,
#define ENUM_SIZE(symbol, name) [symbol] = sizeof(name) - 1,

/* Defines enum_<name>, of the list's values. */
#define ENUMERATION(name, LIST)                                                                    \
    static const char *const name##_names[] = {[0] = "", LIST(ENUM_NAME)};                         \
    static const unsigned char name##_sizes[] = {[0] = 0, LIST(ENUM_SIZE)};                        \
    const struct enumeration enum_##name = {name##_names, name##_sizes, (int)sizeof(name##_sizes)}

extern const struct enumeration enum_billing_mode;
extern const struct enumeration enum_term_unit;
extern const struct enumeration enum_scenario;
extern const struct enumeration enum_cause;
extern const struct enumeration enum_tier;
extern const struct enumeration enum_ticket_category;

/* The value with that exact name, or 0. */
int enumeration_find(const struct enumeration *enumeration, struct span name);

/* One purchase, or one renewal, of a resource for a term. */
struct order {
    struct span order_id;
    struct span account_id;
    struct span resource_id;
    struct span service;
    struct span region;
    struct decimal cash_paid;
    struct decimal flexi_coupon_paid;
    struct decimal cash_coupon_paid;
    int64_t purchased_at;
    int64_t starts_at;
    int64_t expires_at;  /* INSTANT_NONE: absent, never so for prepaid */
    int64_t released_at; /* INSTANT_NONE: not released */
    int64_t refunded_at; /* INSTANT_NONE: not refunded */
    int32_t term_count;  /* 0: absent, never so for prepaid */
    int32_t currency;    /* policy/currency.h */
    int32_t billing_mode;
    int32_t term_unit;
    bool refundable;
};

struct refund_request {
    struct span request_id;
    struct span account_id;
    struct span order_id;
    int64_t requested_at;
};

struct incident {
    struct span incident_id;
    struct span service;
    struct span region;      /* empty: all */
    struct span resource_id; /* empty: all */
    struct span title;
    int64_t started_at;
    int64_t rectified_at; /* INSTANT_NONE: not yet */
    int32_t scenario;
    int32_t cause;
    bool sla_covered;
};

struct claim {
    struct span claim_id;
    struct span account_id;
    struct span incident_id;
    struct span resource_id; /* empty: all the account's */
    int64_t submitted_at;
};

/* What one pay-per-use resource cost on one day. */
struct usage {
    struct span account_id;
    struct span resource_id;
    struct span service;
    struct span region;
    struct decimal cost;
    int64_t usage_date; /* days since 1970-01-01 */
    int32_t currency;
};

struct account {
    struct span account_id;
    struct span name;
    struct decimal recharge_total;
    int32_t tier;
};

struct filing {
    struct span filing_id;
    struct span account_id;
    struct span order_id;
    int64_t started_at;
    int64_t submitted_at; /* INSTANT_NONE: not submitted */
    int64_t approved_at;  /* INSTANT_NONE: not approved */
    bool first_filing;
    bool for_website;
};

struct ticket {
    struct span ticket_id;
    struct span account_id;
    int64_t opened_at;
    int32_t category;
};

/*
 * The order's actual payment: cash and flexi coupon; cash coupons are not part of it. Two
 * accepted inputs always add up.
 */
static inline struct decimal order_actual_payment(const struct order *order)
{
    return (struct decimal){order->cash_paid.units + order->flexi_coupon_paid.units};
}

#endif
