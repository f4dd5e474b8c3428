/*
 * Everything that the decisions on one account hang on, gathered by the job, and what the
 * decisions leave behind. Accounts are settled independently of each other: first refunds, then
 * compensation, then rewards (policy/refund.h, compensation.h, reward.h).
 */
#ifndef POLICY_ACCOUNT_CASE_H
#define POLICY_ACCOUNT_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/ledger.h"
#include "policy/records.h"
#include "policy/terms.h"

/* An accepted order, and what has become of it so far. */
struct order_state {
    const struct order *order;
    int64_t refund_requested_at; /* of its approved refund, in any period; INSTANT_NONE: none */
    struct decimal compensated;  /* by all compensation of it so far, in any period */
};

struct refund_case {
    const struct refund_request *request;
    struct order_state *order; /* accepted, with the request's order id, whoever's; or NULL */
    bool order_rejected;       /* without an accepted order: a rejected row bears the id */
};

struct claim_case {
    const struct claim *claim;
    const struct incident *incident; /* accepted or carried; or NULL */
    bool incident_rejected;          /* without an incident: a rejected row bears the id */
    bool basis_rejected; /* a rejected order or usage row bears the account and the resource */
};

struct filing_case {
    const struct filing *filing;
    const struct order_state *order; /* accepted, with the filing's order id, whoever's; or NULL */
    bool source_rejected;            /* policy.md, reward check 1, as far as rows tell */
};

/* Seconds of a resource that were compensated, from included, to excluded. */
struct compensated_span {
    struct span resource_id;
    int64_t from;
    int64_t to;
};

struct full_refund_count {
    int32_t year;
    int32_t count;
};

struct account_case {
    struct span account_id;
    const struct account *account; /* NULL: no accepted row */

    struct order_state **orders; /* the kept orders of the account, any billing mode */
    size_t order_count;
    const struct usage **usages;
    size_t usage_count;

    struct refund_case *requests; /* by requested_at, request_id */
    size_t request_count;
    struct claim_case *claims; /* in any order */
    size_t claim_count;
    struct filing_case *filings; /* by approved_at, filing_id; pending ones anywhere */
    size_t filing_count;

    /* What earlier periods left. */
    const struct full_refund_count *full_refunds;
    size_t full_refund_count;
    const struct compensated_span *compensated; /* by resource, from; disjoint */
    size_t compensated_count;
    bool rewarded;
};

/* What every decision of a run has in common. */
struct settlement {
    const struct policy *policy;
    int32_t period;
};

/*
 * Where decisions go, in the order of deciding. 0, or -1 to stop. Entries, and the bases that they
 * point at, die when the call returns.
 */
struct refund_sink {
    void *context;
    int (*entry)(void *context, const struct refund_entry *entry);
};

struct compensation_sink {
    void *context;
    int (*entry)(void *context, const struct compensation_entry *entry);
};

struct reward_sink {
    void *context;
    int (*entry)(void *context, const struct reward_entry *entry);
};

/* The period an event belongs to when that is before the run's, otherwise PERIOD_NONE. */
int32_t settlement_origin(const struct settlement *settlement, int64_t event_time);

/* The instant from which the order no longer serves (policy.md, "service end"). */
int64_t order_service_end(const struct order_state *state);

#endif
