/*
 * Verifying published books: that every file is what its manifest says, every total what its rows
 * say, and every manifest what the next one says.
 */
#ifndef BATCH_VERIFY_H
#define BATCH_VERIFY_H

#include <stdbool.h>

#include "batch/options.h"
#include "batch/report.h"
#include "policy/error.h"

/*
 * Walks the periods of the books, oldest first, or looks at the one asked for, and prints each
 * difference as a line on standard output: "2026-10/refunds.csv: cause". Of a period whose files
 * differ the totals are not looked at. 0, with *differs telling whether anything did; -1 with err
 * filled where the books can't be read (ERROR_USAGE: there are none, or not that period).
 */
int verify_books(const struct options *options, struct report *report, bool *differs,
                 struct error *err) __attribute__((warn_unused_result));

#endif
