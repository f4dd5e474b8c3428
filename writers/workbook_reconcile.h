/*
 * The workbook of a reconciliation: the statement, the breaks by category and age, the rows, the
 * rules and the purchases. The same bytes for the same calls.
 */
#ifndef WRITERS_WORKBOOK_RECONCILE_H
#define WRITERS_WORKBOOK_RECONCILE_H

#include "policy/error.h"
#include "policy/output_summary.h"
#include "policy/reconcile_rows.h"
#include "policy/workbook_tally.h"
#include "writers/table.h"

struct reconcile_workbook;

/* All that is known before the rows. Text is borrowed until close or discard. */
struct reconcile_workbook_facts {
    int32_t period;
    int utc_offset_seconds;
    const char *company; /* "" for none */
    const char *program_version;
    const struct profile *profile;
    const char *profile_sha256;
    const char *books_sha256; /* of the manifest of the books */
    bool orders_compared;
    const struct statement *statements;
    size_t statement_count;
    uint64_t breaks;
    uint64_t rejects;
    uint64_t dropped;     /* billing rows that an earlier reconciliation has had */
    uint64_t passed_over; /* of the provider's own, or of other months */
};

/*
 * Starts reconciliation-PERIOD.xlsx in `folder`, with temporary files in `scratch`. NULL, with err
 * filled, on failure.
 */
struct reconcile_workbook *reconcile_workbook_open(const char *folder, const char *scratch,
                                                   const struct reconcile_workbook_facts *facts,
                                                   struct error *err)
    __attribute__((warn_unused_result));

/* Rows, breaks first, then matches, then purchases. */
int reconcile_workbook_break(struct reconcile_workbook *book, const struct reconciled_row *row,
                             struct error *err) __attribute__((warn_unused_result));
int reconcile_workbook_match(struct reconcile_workbook *book, const struct reconciled_row *row,
                             struct error *err) __attribute__((warn_unused_result));
int reconcile_workbook_purchase(struct reconcile_workbook *book, const struct purchase_check *check,
                                struct error *err) __attribute__((warn_unused_result));

/*
 * Makes the file: 0, with the summary (name and rows) and the tally filled, or -1 with err filled.
 * Both calls free; the tally is released with reconcile_workbook_tally_release.
 */
int reconcile_workbook_close(struct reconcile_workbook *book, struct output_summary *summary,
                             struct workbook_tally *tally, struct error *err)
    __attribute__((warn_unused_result));
void reconcile_workbook_discard(struct reconcile_workbook *book);
void reconcile_workbook_tally_release(struct workbook_tally *tally);

#endif
