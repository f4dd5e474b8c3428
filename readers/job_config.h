/*
 * Reads the job configuration (scripts/recompense.conf.example shows and explains its syntax): what
 * belongs to an installation and not to the policy. Everything may be left out and has a default.
 *
 * What fails a check is told with its line: ERROR_USAGE, "file:line: cause". Not for several
 * threads at once.
 */
#ifndef READERS_JOB_CONFIG_H
#define READERS_JOB_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "policy/arena.h"
#include "policy/chart.h"
#include "policy/error.h"
#include "policy/span.h"
#include "readers/input.h"

enum {
    COMPANY_TEXT_MAX = 257, /* NUL included */
    WORKBOOK_ROWS_DEFAULT = 2000000,
    WORKBOOK_ROWS_MAX = 100000000,
};

struct job_config {
    char company[COMPANY_TEXT_MAX];                  /* named in the workbook; "": none */
    char delimiter;                                  /* of the exports */
    struct header_alias aliases[HEADER_ALIASES_MAX]; /* by input, as given */
    size_t alias_count;
    struct chart chart;
    uint32_t workbook_rows_max;   /* rows of one workbook */
    char sha256[SHA256_TEXT_MAX]; /* of the file's bytes; "": no file */
    struct arena texts;           /* of the aliases */
};

/*
 * From a file, or, where path is NULL, the defaults. *config need not be initialized, and is to be
 * released after success only.
 */
int job_config_load(const char *path, struct job_config *config, struct error *err)
    __attribute__((warn_unused_result));

/* From a text; `name` stands in messages. sha256 stays empty. */
int job_config_text_load(const char *name, struct span text, struct job_config *config,
                         struct error *err) __attribute__((warn_unused_result));

void job_config_release(struct job_config *config);

#endif
