/*
 * Owns the order of work of a reconciliation. Every step is elsewhere.
 */
#include "batch/reconcile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch/reconcile_job.h"

static int prepare(struct reconcile_job *job)
{
    const struct options *options = job->options;
    char name[FOLDER_NAME_MAX];

    if (profile_load(options->profile, &job->profile, &job->profile_source, &job->profile_text,
                     job->err) != 0 ||
        job_config_load(options->config_file, &job->config, job->err) != 0)
        return -1;
    job->config_loaded = true;
    /* Opened for reading first: a mistyped path must not become new books. */
    if (books_open(&job->books, options->books, BOOKS_READ, job->err) != 0)
        return -1;
    books_close(&job->books);
    if (books_open(&job->books, options->books, BOOKS_WRITE, job->err) != 0 ||
        entries_read(&job->entries, &job->books, job->period, job->err) != 0 ||
        reconcile_find_earlier(job) != 0)
        return -1;
    job->utc_offset_seconds = job->entries.manifest.utc_offset_seconds;
    books_period_name(job->period, name);
    (void)strncat(name, RECONCILIATION_SUFFIX, sizeof(name) - strlen(name) - 1);
    /* Its own name is taken: work under another one, which is never published. */
    if (job->earlier.repeat)
        (void)strncat(name, ".repeat", sizeof(name) - strlen(name) - 1);
    if (staging_begin(&job->staging, &job->books, name, job->err) != 0)
        return -1;
    job->staged = true;
    return 0;
}

/* ---- summary ---- */

static void show_category(struct reconcile_job *job, enum match_category category)
{
    for (size_t i = 0; i < job->statement_count; i++) {
        const struct statement *statement = &job->statements[i];
        char count[REPORT_NUMBER_TEXT_MAX];
        char amount[DECIMAL_TEXT_MAX];

        if (statement->matches[category] == 0)
            continue;
        (void)decimal_format(statement->differences[category], currency_digits(statement->currency),
                             amount);
        report_value(job->report, match_category_code(category), "%s  %s %s",
                     report_number(statement->matches[category], count),
                     currency_code(statement->currency), amount);
    }
}

static void show_purchases(struct reconcile_job *job)
{
    uint64_t differ = 0;
    char count[REPORT_NUMBER_TEXT_MAX];
    char differing[REPORT_NUMBER_TEXT_MAX];

    if (job->options->exports == NULL) {
        report_value(job->report, "purchases", "not compared (no --exports)");
        return;
    }
    for (size_t i = 0; i < job->check_count; i++)
        differ += job->checks[i].state != PURCHASE_AGREES;
    report_value(job->report, "purchases", "%s accounts and currencies, %s differ",
                 report_number(job->check_count, count), report_number(differ, differing));
    if (job->purchases.other_months > 0)
        report_value(job->report, "purchases", "%s rows of other months left out",
                     report_number(job->purchases.other_months, count));
}

static void show_summary(struct reconcile_job *job)
{
    char name[FOLDER_NAME_MAX];
    char count[REPORT_NUMBER_TEXT_MAX];

    books_period_name(job->period, name);
    progress_hide(job->progress);
    report_heading(job->report, "%s%s", name, RECONCILIATION_SUFFIX);
    for (int category = 0; category < MATCH_CATEGORY_COUNT; category++)
        show_category(job, (enum match_category)category);
    show_purchases(job);
    report_value(job->report, "rows rejected", "%s", report_number(job->rejects.count, count));
    report_value(job->report, "breaks", "%s", report_number(job->breaks, count));
}

/* ---- the whole ---- */

static void release(struct reconcile_job *job)
{
    if (job->staged)
        staging_discard(&job->staging);
    reconciliation_release(&job->result);
    entries_release(&job->entries);
    free(job->files);
    free(job->lines.items);
    arena_release(&job->lines.text);
    free(job->rejects.items);
    arena_release(&job->rejects.text);
    free(job->purchases.items);
    name_set_release(&job->purchases.names);
    exports_release(&job->exports);
    free(job->adjustments.items);
    arena_release(&job->adjustments.text);
    free(job->reconciled);
    free(job->statements);
    arena_release(&job->profile_text);
    books_close(&job->books);
    if (job->config_loaded)
        job_config_release(&job->config);
    job->report->progress = NULL;
    progress_close(job->progress);
}

int reconcile_period(const struct options *options, struct report *report, bool *wants_look,
                     struct error *err)
{
    struct reconcile_job *job = calloc(1, sizeof(*job));
    int status = -1;

    if (job == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    job->options = options;
    job->report = report;
    job->err = err;
    job->period = options->period;
    job->books = (struct books){.fd = -1, .lock_fd = -1};
    job->progress = progress_open(options->progress, options->quiet);
    report->progress = job->progress;
    if (prepare(job) == 0 && reconcile_read_adjustments(job) == 0 && reconcile_gather(job) == 0 &&
        reconcile_take_earlier(job) == 0 && reconcile_draw(job) == 0)
        status = reconcile_publish(job);
    if (status == 0) {
        *wants_look = job->breaks > 0 || job->rejects.count > 0;
        show_summary(job);
    }
    release(job);
    free(job);
    return status;
}
