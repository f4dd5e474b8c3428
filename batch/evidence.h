/*
 * The sources of a closed period as far as they concern some of its accounts, and the decisions on
 * these accounts made again from them, by the functions that made them first (batch/settle.h).
 *
 * Order of calls: evidence_want for each account, evidence_read, evidence_judge, evidence_release.
 */
#ifndef BATCH_EVIDENCE_H
#define BATCH_EVIDENCE_H

#include "batch/closed_period.h"
#include "batch/month.h"
#include "policy/explain.h"

/* Where a row was read from. */
struct evidence_place {
    const void *record;
    struct span file; /* empty: an earlier period carried it over */
    uint64_t line;
};

struct evidence {
    const struct closed_period *period;
    struct month month;
    struct name_set wanted; /* accounts */
    struct name_set orders_named;
    struct evidence_place *places; /* by record */
    size_t place_count;
    size_t place_capacity;
    struct arena text;
};

/* `struct evidence evidence; evidence_init(&evidence, period);`; the period outlives it. */
void evidence_init(struct evidence *evidence, const struct closed_period *period);
void evidence_release(struct evidence *evidence);

int evidence_want(struct evidence *evidence, struct span account_id, struct error *err)
    __attribute__((warn_unused_result));
int evidence_read(struct evidence *evidence, struct error *err) __attribute__((warn_unused_result));

/* Where the record was read from, or NULL. */
const struct evidence_place *evidence_place(const struct evidence *evidence, const void *record);

/* One account, settled: what it hung on, and every entry in the order of the ledgers. */
struct judged_account {
    const struct account_case *account;
    const struct explained_refund *refunds;
    size_t refund_count;
    const struct compensation_entry *compensations;
    size_t compensation_count;
    const struct explained_reward *rewards;
    size_t reward_count;
};

/*
 * Settles the wanted accounts, in byte order, and hands each on; what it hands on dies when the
 * call returns. 0, or -1 with err filled. Once only: it changes the month.
 */
int evidence_judge(struct evidence *evidence,
                   int (*account)(void *context, const struct judged_account *account,
                                  struct error *err),
                   void *context, struct error *err) __attribute__((warn_unused_result));

#endif
