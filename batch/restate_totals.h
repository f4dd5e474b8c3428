/*
 * The sums of a restatement: per account and currency the bridge from the old total to the new, and
 * over all accounts the proof that it bears (batch/restate.h).
 *
 * Order of calls: for each account restate_totals_begin_account(), its totals and differences in
 * any order, restate_totals_end_account(); restate_totals_check() at the end. `{0}` is ready.
 */
#ifndef BATCH_RESTATE_TOTALS_H
#define BATCH_RESTATE_TOTALS_H

#include "batch/publication.h"
#include "policy/manifest.h"
#include "policy/restatement.h"

struct restatement_sink;

/* An account's totals in one currency, and what its rows come to. */
struct restate_total {
    struct restated before;
    struct restated after;
    bool has_rows; /* that differ */
    struct decimal difference;
    enum restatement_cause cause; /* of the rows */
};

struct restate_totals {
    struct restate_total account[CURRENCY_COUNT]; /* of the account at hand */
    bool touched[CURRENCY_COUNT];
    struct decimal differences[PROGRAMME_COUNT][CURRENCY_COUNT]; /* of all accounts' rows */
};

void restate_totals_begin_account(struct restate_totals *totals);

/* What accounts.csv says in either book. */
void restate_totals_account(struct restate_totals *totals, int32_t currency,
                            const struct restated *before, const struct restated *after);

/* Fills in the row's difference and adds it: 0, or -1 with err filled. */
int restate_totals_add(struct restate_totals *totals, struct restatement_row *row,
                       struct error *err) __attribute__((warn_unused_result));

/*
 * Hands on the account's totals, by currency, where they or their rows differ. ERROR_CONTROL where
 * the rows do not come to the difference of the totals.
 */
int restate_totals_end_account(struct restate_totals *totals, struct span account_id,
                               const struct restatement_sink *sink, struct error *err)
    __attribute__((warn_unused_result));

/* Old total + differences = new total, for every ledger and currency; otherwise ERROR_CONTROL. */
int restate_totals_check(const struct restate_totals *totals, const struct manifest *old,
                         const struct ledger_totals *new_totals, struct error *err)
    __attribute__((warn_unused_result));

#endif
