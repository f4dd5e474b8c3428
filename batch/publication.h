/*
 * The ledgers, journal and workbook of a run, fed entry by entry from the settlement, and the
 * totals of what went into them.
 */
#ifndef BATCH_PUBLICATION_H
#define BATCH_PUBLICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch/settle.h"
#include "batch/staging.h"
#include "policy/error.h"
#include "policy/ledger.h"
#include "policy/output_summary.h"
#include "writers/csv.h"
#include "writers/journal.h"
#include "writers/workbook.h"

enum publication_ledger {
    LEDGER_REFUNDS,
    LEDGER_COMPENSATIONS,
    LEDGER_REWARDS,
    LEDGER_TICKETS,
    LEDGER_ACCOUNTS,
    LEDGER_REJECTS,
    LEDGER_COUNT,
};

/* Rows of one ledger and decision, in one currency. */
struct decision_total {
    int64_t count;
    struct decimal amount;
};

/* What went into the ledgers. Rows without a currency are counted under CURRENCY_COUNT. */
struct ledger_totals {
    struct decision_total of[PROGRAMME_COUNT][DECISION_END][CURRENCY_COUNT + 1];
    struct decision_total accounts[PROGRAMME_COUNT][CURRENCY_COUNT]; /* of accounts.csv's rows */
    int64_t account_rows;
    int64_t tickets[2]; /* out of scope, in scope */
};

struct publication {
    const struct staging *staging; /* NULL: nothing is written, only counted */
    struct csv_writer *ledgers[LEDGER_COUNT];
    struct journal_writer *journal;
    struct audit_workbook *workbook; /* NULL: none asked for */
    struct journal_totals journal_totals;
    struct ledger_totals totals;
    struct account_total account[CURRENCY_COUNT]; /* of the account at hand, by currency */
    bool account_has[CURRENCY_COUNT];
};

/*
 * Opens all files in the staging's folder. workbook: NULL for none. Discard the publication after
 * a failure.
 */
int publication_open(struct publication *publication, const struct staging *staging,
                     const struct policy *policy, int32_t period, const struct chart *chart,
                     const struct workbook_facts *workbook, struct error *err)
    __attribute__((warn_unused_result));

/* One entry; accounts in order, the account's end after its entries. 0, or -1 with err filled. */
int publication_refund(struct publication *publication, const struct refund_entry *entry,
                       struct error *err) __attribute__((warn_unused_result));
int publication_compensation(struct publication *publication,
                             const struct compensation_entry *entry, struct error *err)
    __attribute__((warn_unused_result));
int publication_reward(struct publication *publication, const struct reward_entry *entry,
                       struct error *err) __attribute__((warn_unused_result));
int publication_ticket(struct publication *publication, const struct ticket_entry *entry,
                       struct error *err) __attribute__((warn_unused_result));
int publication_account(struct publication *publication, const struct account_case *account,
                        struct error *err) __attribute__((warn_unused_result));
int publication_reject(struct publication *publication, const struct reject_entry *entry,
                       struct error *err) __attribute__((warn_unused_result));

/* Commits the CSV ledgers and the journal; their summaries go into summaries (LEDGER_COUNT + 1). */
int publication_commit(struct publication *publication, struct output_summary *summaries,
                       size_t *count, struct error *err) __attribute__((warn_unused_result));

/* Legal in any state. */
void publication_discard(struct publication *publication);

#endif
