/*
 * Refunds (policy.md, "Refunds"): decides an account's requests, one after another.
 */
#ifndef POLICY_REFUND_H
#define POLICY_REFUND_H

#include "policy/account_case.h"

/* The order's product category by its term; CATEGORY_NONE where the fee table has no row. */
enum product_category refund_category(const struct order *order);

/*
 * 1 when requested_at <= starts_at + 1 calendar year, 2, 3; USAGE_YEARS + 1 beyond.
 */
int refund_usage_year(int64_t starts_at, int64_t requested_at, int utc_offset_seconds);

/* Used and subscribed period in whole units (policy.md, "Used period"). */
void refund_usage(const struct order *order, int64_t requested_at, enum usage_unit unit,
                  int utc_offset_seconds, int64_t *used, int64_t *subscribed);

/*
 * Decides the account's requests in the order given and hands each entry on. An approval is noted
 * in its order_state. 0; -1 when the sink said so.
 * Every request's instant must have terms (policy_terms_at).
 */
int refund_settle(const struct settlement *settlement, const struct account_case *account,
                  const struct refund_sink *sink) __attribute__((warn_unused_result));

#endif
