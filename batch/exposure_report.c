/*
 * Owns the order of work of the exposure command: a run without books to write, and where its one
 * table goes. Every step is elsewhere.
 */
#include "batch/exposure_report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch/books.h"
#include "batch/carry.h"
#include "batch/exposure.h"
#include "batch/parting.h"
#include "batch/previous.h"
#include "batch/settle_parts.h"
#include "readers/job_config.h"
#include "readers/policy_file.h"
#include "writers/csv.h"

enum {
    FINGERPRINT_BYTES = 32 << 20,
    PACKED_BYTES = 48 << 20, /* rows that are kept; more is spilled */
    SORT_BYTES = 4 << 20,
    COPY_BYTES = 1 << 16,
    PATH_BYTES = 4096,
    NAME_BYTES = 64,
};

struct job {
    const struct options *options;
    struct report *report;
    struct error *err;
    struct policy policy;
    struct policy_source policy_source;
    struct job_config config;
    bool config_loaded;
    struct books books;
    struct previous previous;
    struct read_options read_options;
    struct month month;
    struct parting parting;
    struct carry carry; /* takes what is held, and is thrown away */
    struct exposure exposure;
    int scratch_fd; /* the temporary folder: for spill files, and the table on its way out */
};

/* ---- before anything is read ---- */

/*
 * What is known of earlier decisions. A period that is closed has decided its own claims as well:
 * then it is the carry-forward behind it that counts.
 */
static int open_history(struct job *job)
{
    struct options asked = *job->options;

    if (asked.books != NULL &&
        books_open(&job->books, asked.books, BOOKS_READ_IF_THERE, job->err) != 0)
        return -1;
    if (books_closed(&job->books, asked.period))
        asked.period++;
    return previous_open(&job->previous, &job->books, &asked, job->err);
}

static void set_read_options(struct job *job, const struct terms *terms)
{
    job->read_options = (struct read_options){
        .utc_offset_seconds = job->policy.utc_offset_seconds,
        .delimiter = job->config.delimiter,
        .too_old_before = period_start(job->options->period - terms->retention_months,
                                       job->policy.utc_offset_seconds),
        .aliases = job->config.aliases,
        .alias_count = job->config.alias_count,
    };
    job->month.intake_options = (struct intake_options){
        .read = &job->read_options,
        .threads = options_threads(job->options),
        .spill_folder_fd = job->scratch_fd,
        .fingerprint_bytes = FINGERPRINT_BYTES,
    };
}

static int list_exports(struct job *job)
{
    struct exports *exports = &job->month.exports;

    if (exports_list(exports, job->options->exports, job->err) != 0)
        return -1;
    if (exports->count[INPUT_ORDERS] == 0)
        return error_set(job->err, ERROR_INPUT, "%s: there is no orders file",
                         job->options->exports);
    if (exports->count[INPUT_INCIDENTS] == 0)
        report_warning(job->report, "no incidents file: nothing is exposed");
    for (size_t i = 0; i < exports->stray_count; i++)
        report_warning(job->report, "%s: belongs to no input, not read", exports->strays[i]);
    return 0;
}

static int prepare(struct job *job)
{
    const struct options *options = job->options;
    const struct terms *terms = NULL;

    if (policy_file_load(options->policy_file, &job->policy, &job->policy_source, job->err) != 0 ||
        job_config_load(options->config_file, &job->config, job->err) != 0)
        return -1;
    job->config_loaded = true;
    if (open_history(job) != 0)
        return -1;
    job->scratch_fd = open(P_tmpdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (job->scratch_fd < 0)
        return error_set_errno(job->err, errno, "%s", P_tmpdir);
    month_init(&job->month, &job->policy, options->period, job->previous.opening);
    terms = policy_terms_at(&job->policy, job->month.begins_at);
    if (terms == NULL)
        return error_set(job->err, ERROR_INPUT,
                         "no version of the policy is in force at the period's start");
    set_read_options(job, terms);
    return list_exports(job);
}

/* ---- reading and settling, the latter on trial ---- */

static int read_month(struct job *job)
{
    struct month *month = &job->month;
    const struct history *history = &job->previous.history;

    if (carry_open(&job->carry, month, job->scratch_fd, SORT_BYTES, job->err) != 0 ||
        parting_open(&job->parting, month, PACKED_BYTES, job->err) != 0 ||
        parting_events(&job->parting, history, &job->carry, job->err) != 0 ||
        exposure_begin(&job->exposure, month, job->err) != 0 ||
        parting_sources(&job->parting, job->err) != 0)
        return -1;
    return parting_history(&job->parting, history, job->err);
}

/* Nothing of the decisions is written, and nothing is carried on. */
static int settle(struct job *job)
{
    const struct settle_parts parts = {.parting = &job->parting,
                                       .exposure = &job->exposure,
                                       .threads = options_threads(job->options),
                                       .spill_folder_fd = job->scratch_fd};

    return settle_parts(&parts, job->err);
}

/* ---- the table ---- */

static int write_row(void *context, const struct exposure_row *row, struct error *err)
{
    return csv_writer_row(context, row, err);
}

/* Writes NAME.csv into the folder. */
static int write_table(struct job *job, int folder_fd, const char *name)
{
    struct ledger ledger = ledger_exposure;
    struct exposure_sink sink = {NULL, write_row};
    struct output_summary summary;
    struct csv_writer *writer = NULL;

    ledger.name = name;
    writer = csv_writer_open(folder_fd, &ledger, job->policy.utc_offset_seconds, job->err);
    if (writer == NULL)
        return -1;
    sink.context = writer;
    if (exposure_rows(&job->exposure, &sink, job->err) != 0 ||
        exposure_totals(&job->exposure, &sink, job->err) != 0) {
        csv_writer_discard(writer);
        return -1;
    }
    return csv_writer_commit(writer, &summary, job->err);
}

static int write_file(struct job *job, const char *temporary)
{
    const char *out = job->options->out;
    const char *slash = strrchr(out, '/');
    const char *name = slash == NULL ? out : slash + 1;
    char folder[PATH_BYTES] = ".";
    char written[NAME_BYTES + 4];
    int folder_fd = -1;
    int status = -1;

    if (slash != NULL && snprintf(folder, sizeof(folder), "%.*s", (int)(slash - out) + 1, out) >=
                             (int)sizeof(folder))
        return error_set(job->err, ERROR_USAGE, "--out: the path is too long");
    folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder_fd < 0)
        return error_set_errno(job->err, errno, "%s", folder);
    (void)snprintf(written, sizeof(written), "%s.csv", temporary);
    if (write_table(job, folder_fd, temporary) != 0)
        goto done;
    if (renameat(folder_fd, written, folder_fd, name) != 0) {
        (void)error_set_errno(job->err, errno, "%s", out);
        (void)unlinkat(folder_fd, written, 0);
        goto done;
    }
    status = 0;
done:
    (void)close(folder_fd);
    return status;
}

static int copy_out(int fd, struct error *err)
{
    char buffer[COPY_BYTES];
    ssize_t size = 0;

    while ((size = read(fd, buffer, sizeof(buffer))) > 0)
        if (fwrite(buffer, 1, (size_t)size, stdout) != (size_t)size)
            return error_set_errno(err, errno, "standard output");
    if (size < 0)
        return error_set_errno(err, errno, "%s", P_tmpdir);
    return fflush(stdout) == 0 ? 0 : error_set_errno(err, errno, "standard output");
}

/* The whole table or nothing: it is complete before its first byte is shown. */
static int print_table(struct job *job, const char *temporary)
{
    char written[NAME_BYTES + 4];
    int status = -1;
    int fd = -1;

    if (write_table(job, job->scratch_fd, temporary) != 0)
        return -1;
    (void)snprintf(written, sizeof(written), "%s.csv", temporary);
    fd = openat(job->scratch_fd, written, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    (void)unlinkat(job->scratch_fd, written, 0);
    if (fd < 0)
        return error_set_errno(job->err, errno, "%s", written);
    status = copy_out(fd, job->err);
    (void)close(fd);
    return status;
}

static int hand_over(struct job *job)
{
    char temporary[NAME_BYTES];

    (void)snprintf(temporary, sizeof(temporary), ".exposure-%ld", (long)getpid());
    return job->options->out != NULL ? write_file(job, temporary) : print_table(job, temporary);
}

static void release(struct job *job)
{
    parting_release(&job->parting);
    carry_release(&job->carry);
    exposure_release(&job->exposure);
    month_release(&job->month);
    if (job->scratch_fd >= 0)
        (void)close(job->scratch_fd);
    previous_release(&job->previous);
    books_close(&job->books);
    if (job->config_loaded)
        job_config_release(&job->config);
}

int exposure_report(const struct options *options, struct report *report, bool *wants_look,
                    struct error *err)
{
    struct job *job = calloc(1, sizeof(*job));
    int status = -1;

    if (job == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    job->options = options;
    job->report = report;
    job->err = err;
    job->scratch_fd = -1;
    job->books = (struct books){.fd = -1, .lock_fd = -1};
    job->previous.history.folder_fd = -1;
    if (prepare(job) == 0 && read_month(job) == 0 && settle(job) == 0 && hand_over(job) == 0) {
        *wants_look = job->month.rejects.count > 0;
        if (*wants_look)
            report_warning(report, "%zu rows are bad and left out", job->month.rejects.count);
        status = 0;
    }
    release(job);
    free(job);
    return status;
}
