/*
 * From published rows to told decisions: makes the decisions again from the period's sources,
 * compares every column, and explains.
 */
#ifndef BATCH_TELLING_H
#define BATCH_TELLING_H

#include "batch/evidence.h"
#include "batch/published_rows.h"
#include "writers/explain.h"

/* Where told decisions go, in the order of the accounts, and of the ledgers within each. */
struct telling_sink {
    void *context;
    /*
     * The told decision dies when the call returns; `judged` and what it holds too. entry is the
     * struct of policy/ledger.h of the row's ledger.
     */
    int (*decision)(void *context, const struct told_decision *decision,
                    const struct published_row *row, const struct judged_account *judged,
                    const void *entry, struct error *err);
};

/*
 * Tells the rows. *differences is raised by one for every row that does not come out the same. -1
 * with err filled: also ERROR_CONTROL where the sources do not hold what a row was decided from.
 */
int telling_run(const struct closed_period *period, const struct published_rows *rows,
                const struct telling_sink *sink, size_t *differences, struct error *err)
    __attribute__((warn_unused_result));

#endif
