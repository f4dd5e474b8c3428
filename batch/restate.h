/*
 * The bridge of a restatement: every row of the ledgers that appeared, vanished or changed between
 * a period's old books and its new ones, what of it is money, and why (docs/formats.md,
 * "The restatement").
 *
 * Old and new ledgers are merged as streams, twice; memory holds the rows of one account, and the
 * ids of events that left an account.
 */
#ifndef BATCH_RESTATE_H
#define BATCH_RESTATE_H

#include <stdbool.h>

#include "batch/publication.h"
#include "policy/error.h"
#include "policy/manifest.h"
#include "policy/restatement.h"

struct restate_facts {
    const char *old_folder;               /* of the published period */
    const char *new_folder;               /* of the staged one, its ledgers committed */
    const struct manifest *old;           /* the published period's */
    const struct output_summary *outputs; /* of the staged ledgers */
    size_t output_count;
    const struct ledger_totals *totals; /* of the new ledgers */
    /* What the new books were made of otherwise than the old ones. */
    bool inputs_differ; /* exports or configuration */
    bool policy_differs;
    bool version_differs;
};

/* Where rows go, in order; they die when the call returns. 0, or -1 with err filled. */
struct restatement_sink {
    void *context;
    int (*row)(void *context, const struct restatement_row *row, struct error *err);
};

/*
 * Hands on the rows by account, ledger ("accounts", the totals, first), keys and currency: 0, or -1
 * with err filled. ERROR_CONTROL where, of a ledger and currency, the old total and the differences
 * do not come to the new total, or an account's rows not to the difference of its totals;
 * ERROR_CLOSED where the published ledgers are not what their manifest says.
 */
int restate_compare(const struct restate_facts *facts, const struct restatement_sink *sink,
                    struct error *err) __attribute__((warn_unused_result));

/* The same into restatement.csv in the folder, and to `also` unless it is NULL. */
int restate_write(const struct restate_facts *facts, int folder_fd, int utc_offset_seconds,
                  const struct restatement_sink *also, struct output_summary *summary,
                  struct error *err) __attribute__((warn_unused_result));

#endif
