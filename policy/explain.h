/*
 * Tells how a decision was reached, by walking the checks of policy.md once more, one by one, with
 * the values that each of them sees. The walk is written apart from the rules (policy/refund.h,
 * compensation.h, reward.h): it must come to the same reason and the same seconds, and where it
 * does not, the caller says so.
 *
 * Pure. Text goes into the notebook; its `failed` is the caller's to look at.
 */
#ifndef POLICY_EXPLAIN_H
#define POLICY_EXPLAIN_H

#include "policy/account_case.h"
#include "policy/explanation.h"

/* A refund decision, with what was known just before it. */
struct explained_refund {
    const struct refund_case *request;
    struct refund_entry entry;
    int64_t refunded_at_before;  /* the order's approved refund; INSTANT_NONE: none yet */
    struct span refunded_by;     /* that request's id, where this period decided it */
    int32_t full_refunds_before; /* of the account, in the request's calendar year */
};

void explain_refund(struct notebook *book, const struct settlement *settlement,
                    const struct explained_refund *refund, struct explanation *explanation);

/* A row of a claim, and all rows of the account's claims in the period, in the ledger's order. */
struct explained_claim {
    const struct account_case *account;
    const struct claim_case *claim;
    const struct compensation_entry *entry;
    const struct compensation_entry *entries;
    size_t entry_count;
};

/*
 * *seconds_agree: whether the seconds that the walk comes to are those of the entry. Memory that is
 * out shows in the notebook.
 */
void explain_compensation(struct notebook *book, const struct settlement *settlement,
                          const struct explained_claim *claim, struct explanation *explanation,
                          bool *seconds_agree);

struct explained_reward {
    const struct account_case *account;
    const struct filing_case *filing;
    struct reward_entry entry;
    bool rewarded_before;
    struct span rewarded_by; /* the filing's id, where this period decided it */
};

void explain_reward(struct notebook *book, const struct settlement *settlement,
                    const struct explained_reward *reward, struct explanation *explanation);

/* Whether the refund's, compensation's or reward's walk came to this reason. */
static inline bool explanation_reason_is(const struct explanation *explanation,
                                         const struct reason *reason)
{
    return explanation->reason == reason;
}

#endif
