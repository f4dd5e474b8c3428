/*
 * What was decided: the entries that the ledgers are made of. Values that point at the records
 * they were decided from; the records outlive the entries.
 */
#ifndef POLICY_LEDGER_H
#define POLICY_LEDGER_H

#include "policy/reason.h"
#include "policy/records.h"
#include "policy/terms.h"

#define DECISIONS(X)                                                                               \
    X(DECISION_FULL, "full")                                                                       \
    X(DECISION_PARTIAL, "partial")                                                                 \
    X(DECISION_COMPENSATED, "compensated")                                                         \
    X(DECISION_GRANTED, "granted")                                                                 \
    X(DECISION_DENIED, "denied")                                                                   \
    X(DECISION_DEFERRED, "deferred")                                                               \
    X(DECISION_PENDING, "pending")

enum decision { DECISION_NONE, DECISIONS(ENUM_SYMBOL) DECISION_END };

const char *decision_name(enum decision decision);

/* Whether the decision gives money: full, partial, compensated or granted. */
static inline bool decision_approves(enum decision decision)
{
    return decision >= DECISION_FULL && decision <= DECISION_GRANTED;
}

struct refund_entry {
    const struct refund_request *request;
    const struct order *order; /* NULL: unknown, or another account's */
    const struct terms *terms; /* the version that judged */
    enum decision decision;    /* full, partial, denied or deferred */
    enum refund_reason reason;
    enum product_category category; /* by the order's term; NONE without an order or a category */
    int32_t origin_period;          /* PERIOD_NONE: not late */

    /* Below: zero unless approved; usage and fee rate only where partial. */
    int usage_year;
    int64_t used; /* whole numbers of terms->usage_unit */
    int64_t subscribed;
    struct decimal actual_payment; /* = refund + handling_fee + amount_due */
    struct decimal fee_rate;
    struct decimal amount_due;
    struct decimal handling_fee;
    struct decimal refund; /* = refund_cash + refund_flexi_coupon */
    struct decimal refund_cash;
    struct decimal refund_flexi_coupon;
    struct decimal refund_cash_coupon;
    int full_refund_number; /* which of the year's full refunds; 0: not full */
};

enum basis_kind { BASIS_ORDER, BASIS_USAGE };

/* What a resource cost per second over a span of time: a prepaid order or a day of usage. */
struct basis {
    enum basis_kind kind;
    const struct order *order; /* of an order, otherwise NULL */
    const struct usage *usage; /* of a usage day, otherwise NULL */
    struct span resource_id;
    struct span service;
    struct span region;
    struct span basis_id; /* the order id, or the usage date */
    struct decimal cost;  /* of basis_seconds */
    int64_t basis_seconds;
    int64_t starts_at; /* valid from */
    int64_t ends_at;   /* valid to: the service end, or the day's end; <= starts_at: never valid */
    int32_t currency;
};

struct compensation_entry {
    const struct claim *claim;
    const struct incident *incident; /* NULL: unknown */
    const struct terms *terms;       /* NULL: no incident gives the instant */
    enum decision decision;          /* compensated, denied or deferred */
    enum compensation_reason reason;
    int32_t origin_period;

    /* Below: zero unless compensated. */
    const struct basis *basis;
    int64_t fault_from; /* bounds of the seconds compensated in this row */
    int64_t fault_to;
    int64_t fault_seconds; /* how many of them */
    struct decimal daily_cost;
    struct decimal amount;
    struct decimal capped; /* withheld by the cap */
};

struct reward_entry {
    const struct filing *filing;
    const struct account *account; /* NULL: unknown */
    const struct order *order;     /* the named order when accepted, otherwise NULL */
    const struct terms *terms;     /* NULL while pending */
    enum decision decision;        /* granted, denied, deferred or pending */
    enum reward_reason reason;
    int32_t origin_period;

    /* Below: only when granted. */
    struct decimal amount;
    int64_t recharge_by;
    int64_t valid_until;
};

struct ticket_entry {
    const struct ticket *ticket;
    bool in_scope;
};

/* One row of accounts.csv: an account's approved amounts in one currency. */
struct account_total {
    struct span account_id;
    struct span name; /* empty for an account without an accepted row */
    int32_t currency;
    int64_t refunds;
    int64_t compensations;
    int64_t rewards;
    struct decimal refund_total;
    struct decimal refund_cash_total;
    struct decimal refund_flexi_coupon_total;
    struct decimal compensation_total;
    struct decimal reward_total;
    struct decimal total;
};

#endif
