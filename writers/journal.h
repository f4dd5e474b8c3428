/*
 * Writes journal.journal: plain-text double-entry accounting of what was approved, for hledger and
 * ledger. Every approved entry, one of amount zero included, is a transaction on the period's last
 * day: from the programme's expense account to the payable account.
 *
 * Accounts and currencies are declared before their first use, for `check --strict` and
 * `--pedantic`; a declaration may be repeated. Currencies are declared without a format, for no
 * spelling of a currency without minor units suits both programs.
 *
 * Order of calls: open, entries in account order ..., then commit or discard. Errors are those of
 * writers/output.h, and ERROR_CONTROL for a total that no longer fits.
 */
#ifndef WRITERS_JOURNAL_H
#define WRITERS_JOURNAL_H

#include "policy/chart.h"
#include "policy/ledger.h"
#include "writers/output.h"

#define JOURNAL_FILE "journal.journal"

enum programme { PROGRAMME_REFUND, PROGRAMME_COMPENSATION, PROGRAMME_REWARD, PROGRAMME_COUNT };

/* What was posted, for the identities between the totals (outputs.md, controls.csv). */
struct journal_total {
    uint64_t count;
    struct decimal amount;
};

struct journal_totals {
    struct journal_total of[PROGRAMME_COUNT][CURRENCY_COUNT];
};

struct journal_writer;

/*
 * Creates JOURNAL_FILE in the folder. The folder, the chart and *totals, which is cleared and then
 * kept up to date, stay the caller's and must stay as long as the writer. NULL, with err filled, on
 * failure.
 */
struct journal_writer *journal_writer_open(int folder_fd, const struct chart *chart, int32_t period,
                                           struct journal_totals *totals, struct error *err)
    __attribute__((warn_unused_result));

/*
 * A writer whose transactions are kept in memory, without declarations, until they are appended to
 * the journal's: so that several threads may write parts of it. It has totals of its own, which are
 * cleared when it is appended. Discard it in the end. NULL, with err filled, when memory is out.
 */
struct journal_writer *journal_writer_open_part(const struct chart *chart, int32_t period,
                                                struct journal_totals *totals, struct error *err)
    __attribute__((warn_unused_result));

/*
 * Appends the part's transactions, declares what they need, adds the totals, and empties the part.
 * 0, or -1 with err filled.
 */
int journal_writer_append(struct journal_writer *writer, struct journal_writer *part,
                          struct error *err) __attribute__((warn_unused_result));

/* A transaction if the entry is approved, otherwise nothing. 0, or -1 with err filled. */
int journal_writer_refund(struct journal_writer *writer, const struct refund_entry *entry,
                          struct error *err) __attribute__((warn_unused_result));
int journal_writer_compensation(struct journal_writer *writer,
                                const struct compensation_entry *entry, struct error *err)
    __attribute__((warn_unused_result));
int journal_writer_reward(struct journal_writer *writer, const struct reward_entry *entry,
                          struct error *err) __attribute__((warn_unused_result));

/* As output_commit and output_discard. Both free the writer. */
int journal_writer_commit(struct journal_writer *writer, struct output_summary *summary,
                          struct error *err) __attribute__((warn_unused_result));
void journal_writer_discard(struct journal_writer *writer);

#endif
