/*
 * The exposure command: what the open incidents of a month may still cost, as CSV
 * (docs/exposure.md). Writes nothing to the books.
 */
#ifndef BATCH_EXPOSURE_REPORT_H
#define BATCH_EXPOSURE_REPORT_H

#include <stdbool.h>

#include "batch/options.h"
#include "batch/report.h"
#include "policy/error.h"

/*
 * To the file of --out, which appears complete or not at all, or to standard output. 0, with
 * *wants_look telling whether rows were rejected; -1 with err filled, like a run.
 */
int exposure_report(const struct options *options, struct report *report, bool *wants_look,
                    struct error *err) __attribute__((warn_unused_result));

#endif
