#ifndef BATCH_SAMPLE_H
#define BATCH_SAMPLE_H

#include "batch/options.h"
#include "batch/report.h"

int sample_books(const struct options *options, struct report *report, bool *wants_look,
                 struct error *err) __attribute__((warn_unused_result));

#endif
