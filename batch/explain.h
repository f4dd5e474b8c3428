/*
 * The command `recompense explain`: tells how the decisions were reached that ids have to do with,
 * from published books alone.
 */
#ifndef BATCH_EXPLAIN_H
#define BATCH_EXPLAIN_H

#include "batch/options.h"
#include "batch/report.h"

/*
 * Tells on standard output, the newest period first. 0, with *wants_look where an id is unknown or
 * a decision, made again, does not come out the same; -1 with err filled.
 */
int explain_books(const struct options *options, struct report *report, bool *wants_look,
                  struct error *err) __attribute__((warn_unused_result));

#endif
