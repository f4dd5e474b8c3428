/*
 * Repeated keys of an input (inputs.md, "Keys"): of rows with equal values the first stands and the
 * others are duplicates; where values differ none stands.
 */
#ifndef BATCH_INTAKE_REPEATS_H
#define BATCH_INTAKE_REPEATS_H

#include "batch/fingerprints.h"
#include "batch/intake.h"

/*
 * Reads again the rows whose keys seem to repeat, and compares them; corrects the figures and the
 * kept rows, rejects what does not stand. ERROR_INPUT where a file has changed since it was read.
 */
int intake_settle_repeats(struct intake *intake, struct fingerprints **stores, int store_count,
                          const struct read_options *options, const struct intake_hooks *hooks,
                          struct reject_log *rejects, struct error *err)
    __attribute__((warn_unused_result));

#endif
