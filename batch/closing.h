/*
 * The end of a run: files committed, manifest and archive written, everything read back, and the
 * period published, or, where it is closed already, compared with what is published.
 */
#ifndef BATCH_CLOSING_H
#define BATCH_CLOSING_H

#include "batch/carry.h"
#include "batch/controls.h"
#include "batch/exposure.h"
#include "batch/month.h"
#include "batch/options.h"
#include "batch/parting.h"
#include "batch/previous.h"
#include "batch/publication.h"
#include "batch/report.h"
#include "batch/sources_files.h"
#include "batch/staging.h"
#include "readers/job_config.h"
#include "readers/policy_file.h"

/* What is left of the settling, to be written out with the ledgers, and released then. */
struct settled_sources {
    struct sources_files *files;
    struct parting *parting;
    struct line_sort **by_order; /* HISTORY_FILE_COUNT */
};

struct closing_facts {
    const struct options *options;
    const struct policy *policy;
    const struct policy_source *policy_source;
    const struct job_config *config;
    const struct previous *previous;
    const struct month *month;
    const struct controls *controls;
    struct exposure *exposure; /* of a workbook; otherwise empty */
    struct settled_sources sources;
    int threads; /* at least 1 */
    struct report *report;
    uint64_t *clock; /* of the stage at hand, for report_stage */
};

/*
 * 0 when the period is published (or, closed already, would come out the same); -1 with err filled:
 * ERROR_CLOSED where a closed period would come out otherwise, ERROR_CONTROL where something does
 * not read back, ERROR_IO. The publication's files are committed or left for its discard.
 */
int closing_publish(const struct closing_facts *facts, struct staging *staging,
                    struct publication *publication, struct carry *carry, struct error *err)
    __attribute__((warn_unused_result));

#endif
