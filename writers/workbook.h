/*
 * The auditor's workbook: the same rows as the CSV ledgers, for people, with live formulas that
 * recalculate to exactly what the run decided.
 *
 * Order of calls: open, then entries in account order (the ledgers may be interleaved), rejects at
 * any time, then close or discard; result_release after close. Each call is handed an entry that
 * may die when it returns. Memory does not grow with the rows, but for the internal links, which
 * are capped, and the tallies.
 *
 * Within one account: its refunds, compensations, rewards and tickets in the order of the ledgers,
 * then its account_total rows, one a currency. A book that grows past its rows is continued in a
 * numbered one, at an account's first row.
 *
 * Nothing is read but what is handed in: no clock, locale, or environment. What is written is the
 * same bytes for the same calls.
 */
#ifndef WRITERS_WORKBOOK_H
#define WRITERS_WORKBOOK_H

#include <stddef.h>
#include <stdint.h>

#include "policy/control.h"
#include "policy/error.h"
#include "policy/exposure.h"
#include "policy/ledger.h"
#include "policy/output_summary.h"
#include "policy/restatement.h"
#include "policy/terms.h"
#include "policy/workbook_tally.h"
#include "writers/table.h"

struct audit_workbook;

/* What is known at the start. All text is borrowed until close or discard; none may be NULL. */
struct workbook_facts {
    int32_t period;
    const char *company; /* from the configuration; "" for none */
    const char *program_version;
    const struct policy *policy;
    const char *policy_file;   /* base name; "" for the policy that is built in */
    const char *policy_sha256; /* lower-case hex */
    uint32_t sheet_rows_max;   /* rows of a sheet, 0: Excel's 1,048,576. At least 64 */
    uint64_t book_rows_max;    /* ledger rows of a book, 0: the default, 2,000,000 */
};

/* An input file, for the cover. */
struct workbook_input {
    const char *input; /* "orders" */
    const char *file;  /* base name */
    const char *sha256;
    uint64_t read; /* = accepted + rejected + duplicate */
    uint64_t accepted;
    uint64_t rejected;
    uint64_t duplicate;
};

/* What is known at the end only. */
struct workbook_closing {
    const struct workbook_input *inputs;
    size_t input_count;
    const struct control *controls;
    size_t control_count;
    const struct control_identity *identities;
    size_t identity_count;
    const struct exposure_row *exposure; /* totals, by currency */
    size_t exposure_count;
};

/* What was written: a summary and a tally per book, in order. */
struct workbook_result {
    struct output_summary *summaries; /* rows: the ledger rows of the book */
    struct workbook_tally *tallies;
    size_t count;
};

/*
 * Starts recompense-PERIOD.xlsx in `folder`, with temporary files in `scratch` (both are paths of
 * existing folders that belong to the run alone; temporary files vanish at close). NULL, with err
 * filled, on failure.
 */
struct audit_workbook *audit_workbook_open(const char *folder, const char *scratch,
                                           const struct workbook_facts *facts, struct error *err)
    __attribute__((warn_unused_result));

/*
 * One row: 0, or -1 with err filled. ERROR_CONTROL where an approved row's formulas do not come to
 * its amounts.
 */
int audit_workbook_refund(struct audit_workbook *book, const struct refund_entry *entry,
                          struct error *err) __attribute__((warn_unused_result));
int audit_workbook_compensation(struct audit_workbook *book, const struct compensation_entry *entry,
                                struct error *err) __attribute__((warn_unused_result));
int audit_workbook_reward(struct audit_workbook *book, const struct reward_entry *entry,
                          struct error *err) __attribute__((warn_unused_result));
int audit_workbook_ticket(struct audit_workbook *book, const struct ticket_entry *entry,
                          struct error *err) __attribute__((warn_unused_result));
int audit_workbook_account(struct audit_workbook *book, const struct account_total *total,
                           struct error *err) __attribute__((warn_unused_result));
int audit_workbook_reject(struct audit_workbook *book, const struct reject_entry *entry,
                          struct error *err) __attribute__((warn_unused_result));

/* A row of the bridge from the old books to these; its sheet, the last, is made with the first. */
int audit_workbook_restatement(struct audit_workbook *book, const struct restatement_row *row,
                               struct error *err) __attribute__((warn_unused_result));

/*
 * Writes the sheets that are known at the end, makes the files, flushes them to disk, and frees:
 * 0, or -1 with err filled (freed and removed as well). A written book must be read back before it
 * counts (readers/workbook_check.h).
 */
int audit_workbook_close(struct audit_workbook *book, const struct workbook_closing *closing,
                         struct workbook_result *result, struct error *err)
    __attribute__((warn_unused_result));
void workbook_result_release(struct workbook_result *result);

/* Frees, and leaves no file. NULL is allowed. */
void audit_workbook_discard(struct audit_workbook *book);

#endif
