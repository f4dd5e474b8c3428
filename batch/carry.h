/*
 * What the period leaves for the next: collects while the month is settled, then writes the
 * carry-forward (docs/formats.md).
 *
 * Order of calls: carry_open, carry_refund ... carry_account for what the settling hands on
 * (batch/settle.h) and carry_held for what waits for a later period, in any order, carry_write,
 * carry_release. Threads that settle side by side have a carry each; carry_absorb joins them.
 * Nothing that is handed in is kept: it is spelled out, and sorted in bounded memory; earlier
 * periods stream by.
 *
 * `struct carry carry = {0};` may be released as well. Calls give 0, or -1 with err filled:
 * ERROR_CLOSED where the previous period's carry-forward is damaged, otherwise ERROR_IO.
 */
#ifndef BATCH_CARRY_H
#define BATCH_CARRY_H

#include <stddef.h>
#include <stdint.h>

#include "batch/history.h"
#include "batch/line_sort.h"
#include "batch/month.h"
#include "policy/interval.h"
#include "policy/ledger.h"
#include "policy/output_summary.h"

/* Every file of the carry-forward is written, be it with its header alone. */
enum { CARRY_FILE_COUNT = 12 };

/* The state files. Those whose writing takes longest come first. */
enum carry_state {
    STATE_REFUNDED_ORDERS,
    STATE_DECIDED_REQUESTS,
    STATE_COMPENSATED_SECONDS,
    STATE_DECIDED_CLAIMS,
    STATE_COMPENSATED_ORDERS,
    STATE_FULL_REFUNDS,
    STATE_DECIDED_FILINGS,
    STATE_REWARDED_ACCOUNTS,
    STATE_COUNT,
};

struct carry {
    const struct month *month;
    struct line_sort *states[STATE_COUNT];       /* lines of the state files */
    struct line_sort *waiting[EVENT_KIND_COUNT]; /* id, NUL, the packed record */
    const void *last_claim;                      /* rows of one claim follow each other */
    int64_t waiting_from; /* the earliest requested_at of a request that waits */
};

/*
 * The month is borrowed; of it, the policy, the period and, when the carry is written, the
 * incidents are read. memory_bytes: what is in memory at most; more is spilled into the folder.
 */
int carry_open(struct carry *carry, const struct month *month, int spill_folder_fd,
               size_t memory_bytes, struct error *err) __attribute__((warn_unused_result));
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
/* The account's orders, as they are when it is settled. Ends the account. */
int carry_account(struct carry *carry, const struct account_case *account, struct error *err)
    __attribute__((warn_unused_result));
/* An event of a later period. */
int carry_held(struct carry *carry, enum event_kind kind, const void *record, struct error *err)
    __attribute__((warn_unused_result));

/* Moves what `from` has collected into `carry`; `from` is to be released. */
int carry_absorb(struct carry *carry, struct carry *from, struct error *err)
    __attribute__((warn_unused_result));

/*
 * Merges the collected into the history and writes the carry-forward's folder into the one behind
 * folder_fd, by as many threads as told. Summaries come in byte order of the files' names. Call it
 * once. What a failed call leaves behind is the caller's to remove. The bytes never depend on
 * `threads`, nor on the order in which things were collected.
 */
int carry_write(struct carry *carry, const struct history *history, int folder_fd, int threads,
                struct output_summary summaries[CARRY_FILE_COUNT], struct error *err)
    __attribute__((warn_unused_result));

#endif
