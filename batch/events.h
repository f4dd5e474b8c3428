/*
 * The month's events: read, joined with the carried ones, and sorted out into those that are
 * judged now, held, or decided before (policy.md, "Periods").
 */
#ifndef BATCH_EVENTS_H
#define BATCH_EVENTS_H

#include "batch/history.h"
#include "batch/month.h"

/*
 * Reads refund requests, incidents, claims, filings and tickets. ERROR_INPUT also when due claims
 * come without any incidents file, or due filings without any accounts file.
 */
int events_read(struct month *month, const struct history *history, struct error *err)
    __attribute__((warn_unused_result));

#endif
