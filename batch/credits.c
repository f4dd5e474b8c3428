/*
 * Owns the order of work of `recompense credits`. The format is the writer's.
 */
#include "batch/credits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "batch/books.h"
#include "batch/entries.h"
#include "readers/job_config.h"
#include "writers/focus_credits.h"

#define PROVIDER_DEFAULT "HUAWEI CLOUD"

static int write_rows(const struct options *options, const struct entries *entries,
                      const char *provider, struct error *err)
{
    const struct focus_facts facts = {
        .period = options->period,
        .utc_offset_seconds = entries->manifest.utc_offset_seconds,
        .provider = provider[0] == '\0' ? PROVIDER_DEFAULT : provider,
    };

    if (focus_credits_header(stdout, err) != 0)
        return -1;
    for (size_t i = 0; i < entries->count; i++)
        if (focus_credits_row(stdout, &facts, &entries->items[i], err) != 0)
            return -1;
    if (fflush(stdout) != 0)
        return error_set_errno(err, errno, "standard output: cannot write");
    return 0;
}

int credits_write(const struct options *options, struct report *report, struct error *err)
{
    struct books books = {.fd = -1, .lock_fd = -1};
    struct entries entries = {0};
    struct job_config config;
    char count[REPORT_NUMBER_TEXT_MAX];
    int status = -1;

    if (options->format != NULL && strcmp(options->format, "focus") != 0)
        return error_set(err, ERROR_USAGE, "--format: \"%s\" is not focus", options->format);
    if (job_config_load(options->config_file, &config, err) != 0)
        return -1;
    if (books_open(&books, options->books, BOOKS_READ, err) == 0 &&
        entries_read(&entries, &books, options->period, err) == 0)
        status = write_rows(options, &entries, config.company, err);
    if (status == 0)
        report_detail(report, "%s credits", report_number(entries.count, count));
    entries_release(&entries);
    books_close(&books);
    job_config_release(&config);
    return status;
}
