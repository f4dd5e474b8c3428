/*
 * What the period leaves for the next: collects while the month is settled, then writes the
 * carry-forward (docs/formats.md).
 *
 * Order of calls: carry_init, carry_refund ... carry_account for what the settling hands on
 * (batch/settle.h), in any order, carry_write, carry_release. What entries point at is borrowed:
 * the month outlives the carry. Memory grows with the month: earlier periods stream by.
 *
 * `struct carry carry = {0};` is empty and ready as well. Calls give 0, or -1 with err filled:
 * ERROR_CLOSED where the previous period's carry-forward is damaged, otherwise ERROR_IO.
 */
#ifndef BATCH_CARRY_H
#define BATCH_CARRY_H

#include <stddef.h>
#include <stdint.h>

#include "batch/carry_list.h"
#include "batch/history.h"
#include "batch/month.h"
#include "policy/arena.h"
#include "policy/interval.h"
#include "policy/ledger.h"
#include "policy/output_summary.h"

/* Every file of the carry-forward is written, be it with its header alone. */
enum { CARRY_FILE_COUNT = 12 };

struct carry {
    int threads; /* the caller's, before carry_write: how many may write; 0 is 1 */
    struct carry_list decided[EVENT_KIND_COUNT];  /* the events' records */
    struct carry_list deferred[EVENT_KIND_COUNT]; /* the same */
    struct carry_list refunded_orders;            /* struct refund_request */
    struct carry_list full_refunds;               /* struct refund_request */
    struct carry_list compensated_seconds;        /* struct carried_seconds */
    struct carry_list compensated_orders;         /* struct order_state */
    struct carry_list rewarded_accounts;          /* struct filing */
    struct arena seconds;
};

struct carried_seconds {
    struct span account_id;
    struct span resource_id;
    struct interval interval;
};

void carry_init(struct carry *carry);
void carry_release(struct carry *carry);

int carry_refund(struct carry *carry, const struct refund_entry *entry, struct error *err)
    __attribute__((warn_unused_result));
/* Every row of a claim. */
int carry_compensation(struct carry *carry, const struct compensation_entry *entry,
                       struct error *err) __attribute__((warn_unused_result));
int carry_reward(struct carry *carry, const struct reward_entry *entry, struct error *err)
    __attribute__((warn_unused_result));
/* Of an account that has any: all its compensated seconds, earlier periods' too. */
int carry_seconds(struct carry *carry, struct span account_id, struct span resource_id,
                  struct interval interval, struct error *err) __attribute__((warn_unused_result));
/* The account's orders, as they are when it is settled. */
int carry_account(struct carry *carry, const struct account_case *account, struct error *err)
    __attribute__((warn_unused_result));

/*
 * Merges the collected into the history and writes the carry-forward's folder into the one behind
 * folder_fd. Summaries come in byte order of the files' names. Sorts the lists; call it once. What
 * a failed call leaves behind is the caller's to remove. The bytes never depend on `threads`.
 */
int carry_write(struct carry *carry, const struct month *month, const struct history *history,
                int folder_fd, struct output_summary summaries[CARRY_FILE_COUNT], struct error *err)
    __attribute__((warn_unused_result));

#endif
