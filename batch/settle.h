/*
 * Settles the month account by account, in byte order of the account ids: gathers what each
 * account's decisions hang on, has policy/ decide, and hands the entries on.
 */
#ifndef BATCH_SETTLE_H
#define BATCH_SETTLE_H

#include "batch/month.h"
#include "policy/interval.h"

/*
 * Where an account's outcome goes: its refunds, compensations, rewards and tickets, each in the
 * order of its ledger, then the seconds of its resources that are compensated by now (in order of
 * resource and time), then the end of the account. Entries die when the call returns, what they
 * point at lives as long as the month. 0, or -1 with err filled.
 */
struct settle_sink {
    void *context;
    int (*refund)(void *context, const struct refund_entry *entry, struct error *err);
    int (*compensation)(void *context, const struct compensation_entry *entry, struct error *err);
    int (*reward)(void *context, const struct reward_entry *entry, struct error *err);
    int (*ticket)(void *context, const struct ticket_entry *entry, struct error *err);
    int (*seconds)(void *context, struct span account_id, struct span resource_id,
                   struct interval interval, struct error *err);
    int (*account)(void *context, const struct account_case *account, struct error *err);
};

/*
 * ERROR_INPUT where an event's instant is before every version of the policy. The month's order
 * states are brought up to date.
 */
int settle_month(struct month *month, const struct settle_sink *sink, struct error *err)
    __attribute__((warn_unused_result));

#endif
