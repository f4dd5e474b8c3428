/*
 * Owns the reason tables: code, clause and words by value.
 * Must not know when a reason applies.
 */
#include "policy/reason.h"

#include <assert.h>

#define REASON_ROW(symbol, code, clause, text) {code, clause, text},

static const struct reason refund_reasons[] = {REFUND_REASONS(REASON_ROW)};
static const struct reason compensation_reasons[] = {COMPENSATION_REASONS(REASON_ROW)};
static const struct reason reward_reasons[] = {REWARD_REASONS(REASON_ROW)};

const struct reason *refund_reason(enum refund_reason reason)
{
    assert((unsigned)reason < REFUND_REASON_COUNT);
    return &refund_reasons[reason];
}

const struct reason *compensation_reason(enum compensation_reason reason)
{
    assert((unsigned)reason < COMPENSATION_REASON_COUNT);
    return &compensation_reasons[reason];
}

const struct reason *reward_reason(enum reward_reason reason)
{
    assert((unsigned)reason < REWARD_REASON_COUNT);
    return &reward_reasons[reason];
}
