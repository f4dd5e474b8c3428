/*
 * The ICP licence reward (policy.md, "ICP licence reward"): decides an account's filings, after
 * its refunds.
 */
#ifndef POLICY_REWARD_H
#define POLICY_REWARD_H

#include "policy/account_case.h"

/*
 * Decides the account's filings in the order given and hands each entry on, in that order. 0; -1
 * when the sink said so, or memory is out. Every approved filing's instant must have terms.
 */
int reward_settle(const struct settlement *settlement, const struct account_case *account,
                  const struct reward_sink *sink) __attribute__((warn_unused_result));

#endif
