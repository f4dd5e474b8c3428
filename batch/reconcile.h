/*
 * Holds the published books of a period against billing exports, and publishes what comes of it as
 * PERIOD.reconciliation/ beside the books (docs/reconciliation.md).
 */
#ifndef BATCH_RECONCILE_H
#define BATCH_RECONCILE_H

#include <stdbool.h>

#include "batch/options.h"
#include "batch/report.h"
#include "policy/error.h"

/*
 * 0, with *wants_look telling whether there are breaks or rejected rows; -1 with err filled:
 * ERROR_CLOSED where it is not this period's turn, or the period is reconciled with other inputs;
 * ERROR_INPUT for a refused file; ERROR_CONTROL where the statement does not hold.
 */
int reconcile_period(const struct options *options, struct report *report, bool *wants_look,
                     struct error *err) __attribute__((warn_unused_result));

#endif
