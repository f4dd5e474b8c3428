/*
 * The totals of a published period, recomputed from its rows: what every ledger, the journal and
 * the list of rejects come to, and whether manifest, accounts.csv, controls.csv and journal agree.
 */
#ifndef BATCH_VERIFY_TOTALS_H
#define BATCH_VERIFY_TOTALS_H

#include "policy/error.h"
#include "policy/manifest.h"

/* Told of each difference, a line without its end. */
typedef void difference_sink(void *context, const char *file, const char *cause);

/*
 * Reads the period's tables from the folder at `path`; differences go to `sink`.
 * 0 when all was read, -1 with err filled: ERROR_INPUT for a table that is none.
 */
int verify_totals(const char *path, const struct manifest *manifest, difference_sink *sink,
                  void *context, struct error *err) __attribute__((warn_unused_result));

#endif
