#ifndef BATCH_RECEIPTS_H
#define BATCH_RECEIPTS_H

#include "batch/options.h"
#include "batch/report.h"

int receipts_make(const struct options *options, struct report *report, bool *wants_look,
                  struct error *err) __attribute__((warn_unused_result));

#endif
