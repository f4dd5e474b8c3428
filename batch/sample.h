/*
 * The command `recompense sample`: an auditor's sample of a ledger's amounts, each explained with
 * its source rows; or, with --bundle, one account's exports (batch/bundle.h).
 */
#ifndef BATCH_SAMPLE_H
#define BATCH_SAMPLE_H

#include "batch/options.h"
#include "batch/report.h"

/*
 * 0, with *wants_look where a sampled decision, made again, does not come out the same; -1 with err
 * filled.
 */
int sample_books(const struct options *options, struct report *report, bool *wants_look,
                 struct error *err) __attribute__((warn_unused_result));

#endif
