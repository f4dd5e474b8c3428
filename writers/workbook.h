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

#include <stdbool.h>
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

enum workbook_entry_kind {
    WORKBOOK_REFUND,       /* struct refund_entry */
    WORKBOOK_COMPENSATION, /* struct compensation_entry */
    WORKBOOK_REWARD,       /* struct reward_entry */
    WORKBOOK_TICKET,       /* struct ticket_entry */
    WORKBOOK_ACCOUNT,      /* struct account_total */
    WORKBOOK_ENTRY_KINDS,
};

struct workbook_entry {
    enum workbook_entry_kind kind;
    const void *entry;
};

/* The account that it is of. */
struct span workbook_entry_account(const struct workbook_entry *entry);

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
    bool beside; /* a thread helps with copying the large sheets */
};

/* What was written: a summary (of name and rows so far) and a tally per book, in order. */
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
int audit_workbook_entry(struct audit_workbook *book, const struct workbook_entry *entry,
                         struct error *err) __attribute__((warn_unused_result));
int audit_workbook_reject(struct audit_workbook *book, const struct reject_entry *entry,
                          struct error *err) __attribute__((warn_unused_result));

/*
 * A section: rows of some accounts that follow each other, made side by side with other sections.
 * The workbook is the same as of entries put one by one. Each section is one thread's at a time;
 * entries must live until they are made. Order of calls:
 *
 *   fits and plan   in the order of the sections, by one thread at a time
 *   make            by any thread
 *   append          in the order of the sections, by one thread at a time
 *   compress        by any thread, before the workbook is closed
 *
 * Where a section does not fit, it might fill a sheet or a book: then its entries are put one by
 * one, once all sections before it are appended.
 */
struct workbook_section;

struct workbook_section *workbook_section_open(struct audit_workbook *book, struct error *err)
    __attribute__((warn_unused_result));
bool workbook_section_fits(const struct workbook_section *section, size_t count);
int workbook_section_plan(struct workbook_section *section, const struct workbook_entry *entries,
                          size_t count, struct error *err) __attribute__((warn_unused_result));
/* The entries that were planned. */
int workbook_section_make(struct workbook_section *section, const struct workbook_entry *entries,
                          struct error *err) __attribute__((warn_unused_result));
int workbook_section_append(struct workbook_section *section, struct error *err)
    __attribute__((warn_unused_result));
int workbook_section_compress(struct workbook_section *section, struct error *err)
    __attribute__((warn_unused_result));
/* NULL is allowed. */
void workbook_section_close(struct workbook_section *section);

/* A row of the bridge from the old books to these; its sheet, the last, is made with the first. */
int audit_workbook_restatement(struct audit_workbook *book, const struct restatement_row *row,
                               struct error *err) __attribute__((warn_unused_result));

/*
 * Writes the sheets that are known at the end, makes the files, and frees: 0, or -1 with err filled
 * (freed and removed as well). A written book must be summed up, and read back
 * (readers/workbook_check.h), before it counts.
 */
int audit_workbook_close(struct audit_workbook *book, const struct workbook_closing *closing,
                         struct workbook_result *result, struct error *err)
    __attribute__((warn_unused_result));
void workbook_result_release(struct workbook_result *result);

/* Frees, and leaves no file. NULL is allowed. */
void audit_workbook_discard(struct audit_workbook *book);

#endif
