/*
 * The smallest exports that decide one account of a closed period again (docs/explaining.md, "The
 * bundle"):
 *
 *     OUT/exports/     every input as a CSV file, of the account's rows alone
 *     OUT/policy.conf  the policy
 *     OUT/books/       unless the period is the books' first: the period before it, with what it
 *                      left about the account and nothing else
 *     OUT/README.txt   the command to run
 */
#ifndef BATCH_BUNDLE_H
#define BATCH_BUNDLE_H

#include "batch/closed_period.h"

/*
 * Creates the folder `out`. 0, or -1 with err filled: ERROR_USAGE where the period decided nothing
 * about the account, or the folder is there.
 */
int bundle_write(const struct closed_period *period, const char *account_id, const char *out,
                 struct error *err) __attribute__((warn_unused_result));

#endif
