/*
 * The main job: closes a period. Reads the month's exports, settles every account, and publishes
 * the books, or refuses and leaves the books as they were.
 */
#ifndef BATCH_RUN_H
#define BATCH_RUN_H

#include <stdbool.h>

#include "batch/options.h"
#include "batch/report.h"
#include "policy/error.h"

/*
 * 0, with *wants_look telling whether rows were rejected in newly published books; -1 with err
 * filled.
 */
int run_period(const struct options *options, struct report *report, bool *wants_look,
               struct error *err) __attribute__((warn_unused_result));

#endif
