/*
 * The ledgers, journal and workbook of a run, fed entry by entry from the settlement, part by part,
 * and the totals of what went into them.
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

enum { CURRENCY_WORDS = CURRENCY_COUNT / 64 + 1 };

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
    const struct policy *policy;
    const struct chart *chart;
    int32_t period;
    struct csv_writer *ledgers[LEDGER_COUNT];
    struct journal_writer *journal;
    struct audit_workbook *workbook; /* NULL: none asked for */
    bool side_by_side;               /* its rows are made by any thread; takes more memory */
    struct journal_totals journal_totals;
    struct ledger_totals totals;
};

/* Entries kept for the workbook, in the order they came in. */
struct kept_entries {
    char *bytes;
    size_t count;
    size_t capacity;
};

/*
 * What some accounts, which follow each other, come to: kept in memory until it is appended. Each
 * is one thread's at a time. `struct publication_part part = {0};` may be cleared and released.
 */
struct publication_part {
    const struct publication *publication;
    struct csv_writer *ledgers[LEDGER_COUNT]; /* of rejects: NULL */
    struct journal_writer *journal;
    struct kept_entries entries[LEDGER_COUNT]; /* with a workbook */
    struct workbook_section *section;          /* with one that is made side by side */
    struct workbook_entry *shown;              /* the entries as the workbook shows them */
    size_t shown_count;
    size_t shown_capacity;
    size_t rows; /* of the ledgers, not appended yet */
    bool planned;
    struct journal_totals journal_totals;
    struct ledger_totals totals;
    struct account_total account[CURRENCY_COUNT]; /* of the account at hand, by currency */
    uint64_t account_has[CURRENCY_WORDS];         /* a bit for each currency */
};

/*
 * Opens all files in the staging's folder. workbook: NULL for none. Discard the publication after
 * a failure. `side_by_side` may be set before parts are opened.
 */
int publication_open(struct publication *publication, const struct staging *staging,
                     const struct policy *policy, int32_t period, const struct chart *chart,
                     const struct workbook_facts *workbook, struct error *err)
    __attribute__((warn_unused_result));

/*
 * Opens an empty part of the publication, which must stay where it is. 0, or -1 with err filled;
 * release it in either case.
 */
int publication_part_open(struct publication_part *part, const struct publication *publication,
                          struct error *err) __attribute__((warn_unused_result));
/* Forgets what was not appended, but for the totals of the account at hand. */
void publication_part_clear(struct publication_part *part);
void publication_part_release(struct publication_part *part);

/*
 * One entry; accounts in order, the account's end after its entries. What entries point at must
 * live until the part is appended. 0, or -1 with err filled.
 */
int publication_part_refund(struct publication_part *part, const struct refund_entry *entry,
                            struct error *err) __attribute__((warn_unused_result));
int publication_part_compensation(struct publication_part *part,
                                  const struct compensation_entry *entry, struct error *err)
    __attribute__((warn_unused_result));
int publication_part_reward(struct publication_part *part, const struct reward_entry *entry,
                            struct error *err) __attribute__((warn_unused_result));
int publication_part_ticket(struct publication_part *part, const struct ticket_entry *entry,
                            struct error *err) __attribute__((warn_unused_result));
int publication_part_account(struct publication_part *part, const struct account_case *account,
                             struct error *err) __attribute__((warn_unused_result));

/*
 * The way of a part into the files, after its last account:
 *
 *   arrange        by any thread
 *   fits and plan  in the order of the accounts, by one thread at a time
 *   make           by any thread
 *   append         in the order of the accounts, by one thread at a time: to the files and to the
 *                  totals. The part is cleared.
 *   compress       by any thread
 *
 * A part that does not fit is neither planned nor made, and no other may be planned until it is
 * appended (writers/workbook.h, "A section"). Such a part may also be arranged and appended before
 * it is complete, even within an account, and go on. 0, or -1 with err filled.
 */
int publication_part_arrange(struct publication_part *part, struct error *err)
    __attribute__((warn_unused_result));
bool publication_part_fits(const struct publication_part *part);
int publication_part_plan(struct publication_part *part, struct error *err)
    __attribute__((warn_unused_result));
int publication_part_make(struct publication_part *part, struct error *err)
    __attribute__((warn_unused_result));
int publication_append(struct publication *publication, struct publication_part *part,
                       struct error *err) __attribute__((warn_unused_result));
int publication_part_compress(struct publication_part *part, struct error *err)
    __attribute__((warn_unused_result));

int publication_reject(struct publication *publication, const struct reject_entry *entry,
                       struct error *err) __attribute__((warn_unused_result));

/* Commits the CSV ledgers and the journal; their summaries go into summaries (LEDGER_COUNT + 1). */
int publication_commit(struct publication *publication, struct output_summary *summaries,
                       size_t *count, struct error *err) __attribute__((warn_unused_result));

/* Legal in any state. */
void publication_discard(struct publication *publication);

#endif
