/*
 * One reconciliation in memory, as its steps hand it on: gathered (reconcile_gather.c), held
 * against the earlier ones (reconcile_earlier.c), matched and drawn up (reconcile_draw.c),
 * published (reconcile_publish.c). Memory grows with what can match: entries, open items, credits,
 * and one figure per account and currency that bought something; never with the billing files.
 */
#ifndef BATCH_RECONCILE_JOB_H
#define BATCH_RECONCILE_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch/books.h"
#include "batch/entries.h"
#include "batch/names.h"
#include "batch/options.h"
#include "batch/progress.h"
#include "batch/report.h"
#include "batch/staging.h"
#include "policy/reconcile_rows.h"
#include "policy/reconciliation_manifest.h"
#include "readers/billing.h"
#include "readers/input.h"
#include "readers/job_config.h"
#include "readers/profile.h"

#define RECONCILIATION_SUFFIX ".reconciliation"

struct line_list {
    struct billing_line *items;
    size_t count;
    size_t capacity;
    struct arena text;
};

struct billing_rejects {
    struct billing_reject_row *items;
    size_t count;
    size_t capacity;
    struct arena text;
};

/* What the accounts bought in the month: by (account, currency), as the set numbers them. */
struct purchases {
    struct name_set names;
    struct purchase_check *items;
    size_t capacity;
    uint64_t other_months; /* rows of other months, not compared */
};

struct adjustments {
    struct adjustment *items;
    size_t count;
    size_t capacity;
    uint64_t of_other_periods;
    char sha256[SHA256_TEXT_MAX];
    const char *name; /* base name; "" for none */
    struct arena text;
};

/* What the earlier reconciliations left. */
struct earlier {
    int32_t first; /* the first and the last before this one; PERIOD_NONE: there is none */
    int32_t last;
    char last_sha256[OUTPUT_SHA256_TEXT_MAX]; /* of its manifest */
    bool repeat;  /* this period is reconciled already: the same must come out */
    bool replace; /* and is to be redone */
};

struct reconcile_job {
    const struct options *options;
    struct report *report;
    struct error *err;
    struct progress *progress;
    int32_t period;

    struct job_config config;
    bool config_loaded;
    struct arena profile_text;
    struct profile profile;
    struct profile_source profile_source;
    struct books books;
    struct staging staging;
    bool staged;
    int utc_offset_seconds; /* of the books */

    struct billing_file *files;
    size_t file_count;
    struct billing_totals totals;
    struct billing_rejects rejects;
    struct exports exports; /* with --exports */
    struct purchases purchases;
    struct entries entries; /* this period's, then the carried ones */
    struct line_list lines; /* this period's and the carried ones */
    struct earlier earlier;
    struct adjustments adjustments;
    struct billed dropped[CURRENCY_COUNT]; /* credits that an earlier reconciliation has had */
    uint64_t dropped_rows;
    struct billed fractions[CURRENCY_COUNT]; /* of the credits, beyond ten decimals */

    struct reconciliation result;
    struct reconciled *reconciled; /* of each match */
    struct purchase_check *checks; /* sorted */
    size_t check_count;
    struct statement *statements; /* by currency code */
    size_t statement_count;
    uint64_t breaks; /* that want a look */
};

static inline int reconcile_out_of_memory(struct reconcile_job *job)
{
    return error_set(job->err, ERROR_IO, "out of memory");
}

/* Each step: 0, or -1 with job->err filled. */

/* reconcile_gather.c: entries, billing exports, orders. */
int reconcile_gather(struct reconcile_job *job) __attribute__((warn_unused_result));

/* reconcile_adjust.c */
int reconcile_read_adjustments(struct reconcile_job *job) __attribute__((warn_unused_result));
/* Finds the adjustment of a break, and checks its amount; *found is NULL where there is none. */
int reconcile_find_adjustment(struct reconcile_job *job, const char *break_id,
                              struct decimal difference, int currency,
                              const struct adjustment **found) __attribute__((warn_unused_result));
/* Every adjustment of the period must have been used. */
int reconcile_check_adjustments(struct reconcile_job *job) __attribute__((warn_unused_result));

/* reconcile_earlier.c: which reconciliation may be made, what the earlier ones left open, and
 * which billing rows they have had. The lines have no ids before. */
int reconcile_find_earlier(struct reconcile_job *job) __attribute__((warn_unused_result));
int reconcile_take_earlier(struct reconcile_job *job) __attribute__((warn_unused_result));

/* Reads a table of an earlier reconciliation, which must be as it was published. */
int reconcile_read_table(struct reconcile_job *job, int32_t period, const char *file,
                         const char *const *columns, int column_count,
                         int (*row)(void *context, const struct span *values, uint64_t line,
                                    struct error *err),
                         void *context) __attribute__((warn_unused_result));
/* The kind of the ids in the ledger of that name. */
int32_t reconcile_id_kind(struct span ledger);

/* reconcile_open_items.c: adds what the last reconciliation left open. */
int reconcile_take_open_items(struct reconcile_job *job) __attribute__((warn_unused_result));

/* reconcile_draw.c: matches, and draws up rows and statements. */
int reconcile_draw(struct reconcile_job *job) __attribute__((warn_unused_result));

/* reconcile_publish.c */
int reconcile_publish(struct reconcile_job *job) __attribute__((warn_unused_result));

/* Adds a copy of the line, its text and references copied: NULL when memory is out. */
struct billing_line *line_list_add(struct line_list *list, const struct billing_line *line)
    __attribute__((warn_unused_result));

#endif
