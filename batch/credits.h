/*
 * Hands the approved entries of a period over to the billing system, on standard output.
 */
#ifndef BATCH_CREDITS_H
#define BATCH_CREDITS_H

#include "batch/options.h"
#include "batch/report.h"
#include "policy/error.h"

/* 0, or -1 with err filled. */
int credits_write(const struct options *options, struct report *report, struct error *err)
    __attribute__((warn_unused_result));

#endif
