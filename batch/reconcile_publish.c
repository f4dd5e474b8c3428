/*
 * Owns the last steps of a reconciliation: tables, workbook, manifest, publishing.
 * Must not know how matches come about.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch/file_digest.h"
#include "batch/reconcile_job.h"
#include "batch/version.h"
#include "policy/chart.h"
#include "policy/manifest.h"
#include "readers/workbook_check.h"
#include "writers/csv.h"
#include "writers/reconcile_tables.h"
#include "writers/reconciliation_manifest.h"
#include "writers/workbook_reconcile.h"

struct work {
    struct reconcile_job *job;
    struct reconciliation_manifest manifest;
    struct reconcile_workbook *workbook; /* NULL: none is wanted */
};

static struct output_summary *next_output(struct work *work)
{
    assert(work->manifest.output_count < RECONCILIATION_OUTPUTS_MAX);
    return &work->manifest.outputs[work->manifest.output_count++];
}

/* ---- rows ---- */

/* Where rows go: to a table, or to the workbook. */
typedef int take_row(void *context, const struct reconciled_row *row, struct error *err);

/* Entries and lines of the match side by side. */
static int each_row(const struct reconcile_job *job, const struct reconciled *it, take_row *take,
                    void *context)
{
    const struct match *match = it->match;
    size_t count = match->owed_count > match->line_count ? match->owed_count : match->line_count;

    for (size_t i = 0; i < count; i++) {
        const struct reconciled_row row = {
            .of = it,
            .owed = i < match->owed_count ? job->result.owed[match->first_owed + i] : NULL,
            .line = i < match->line_count ? job->result.lines[match->first_line + i] : NULL,
            .first = i == 0,
        };

        if (take(context, &row, job->err) != 0)
            return -1;
    }
    return 0;
}

static int each_match(const struct reconcile_job *job, take_row *take, void *context)
{
    for (size_t i = 0; i < job->result.match_count; i++)
        if (each_row(job, &job->reconciled[i], take, context) != 0)
            return -1;
    return 0;
}

/* Breaks and what was written off, category by category; purchases at the end. */
static int each_break(const struct reconcile_job *job, take_row *take, void *context)
{
    for (int category = 0; category < MATCH_CATEGORY_COUNT; category++) {
        if (!match_category_is_break((enum match_category)category) &&
            category != MATCH_WRITTEN_OFF)
            continue;
        for (size_t i = 0; i < job->result.match_count; i++)
            if ((int)job->reconciled[i].category == category &&
                each_row(job, &job->reconciled[i], take, context) != 0)
                return -1;
    }
    for (size_t i = 0; i < job->check_count; i++) {
        const struct reconciled_row row = {.purchase = &job->checks[i], .first = true};

        if (job->checks[i].state != PURCHASE_AGREES && take(context, &row, job->err) != 0)
            return -1;
    }
    return 0;
}

/* ---- tables ---- */

static int take_csv(void *context, const struct reconciled_row *row, struct error *err)
{
    return csv_writer_row(context, row, err);
}

static int write_rows(struct work *work, const struct ledger *table,
                      int (*each)(const struct reconcile_job *job, take_row *take, void *context))
{
    struct reconcile_job *job = work->job;
    struct csv_writer *writer =
        csv_writer_open(job->staging.folder_fd, table, job->utc_offset_seconds, job->err);

    if (writer == NULL)
        return -1;
    if (each(job, take_csv, writer) != 0) {
        csv_writer_discard(writer);
        return -1;
    }
    return csv_writer_commit(writer, next_output(work), job->err);
}

/* "order:O-1 request:R-1", each id with %XX for what is no letter, digit, '-', '_' or '.'. */
static int encode_references(struct reconcile_job *job, struct arena *arena,
                             const struct billing_line *line, struct span *out)
{
    size_t size = 0;
    char *text;

    for (int i = 0; i < line->reference_count; i++)
        size += 3 * line->references[i].text.size + 16;
    *out = (struct span){"", 0};
    if (size == 0)
        return 0;
    text = arena_alloc(arena, size);
    if (text == NULL)
        return reconcile_out_of_memory(job);
    out->data = text;
    for (int i = 0; i < line->reference_count; i++) {
        const char *kind = enum_reference_kind.names[line->references[i].kind];

        if (i > 0)
            text[out->size++] = ' ';
        memcpy(text + out->size, kind, strlen(kind));
        out->size += strlen(kind);
        text[out->size++] = ':';
        out->size += chart_encode(line->references[i].text, text + out->size);
    }
    return 0;
}

static int write_open_match(struct reconcile_job *job, const struct reconciled *it,
                            struct csv_writer *writer)
{
    const struct match *match = it->match;
    struct arena arena = {0};
    int status = 0;

    for (size_t i = 0; i < match->owed_count + match->line_count && status == 0; i++) {
        struct open_item item = {.of = it, .references = {"", 0}};
        struct billed amount;

        if (i < match->owed_count) {
            item.owed = job->result.owed[match->first_owed + i];
            amount = billed_from_decimal(item.owed->amount);
        } else {
            item.line = job->result.lines[match->first_line + i - match->owed_count];
            amount = billed_negate(item.line->billed);
            status = encode_references(job, &arena, item.line, &item.references);
        }
        (void)billed_format(
            amount, currency_digits(item.owed != NULL ? item.owed->currency : item.line->currency),
            item.amount);
        if (status == 0)
            status = csv_writer_row(writer, &item, job->err);
    }
    arena_release(&arena);
    return status;
}

static int write_open_items(struct work *work)
{
    struct reconcile_job *job = work->job;
    struct csv_writer *writer = csv_writer_open(job->staging.folder_fd, &table_open_items,
                                                job->utc_offset_seconds, job->err);

    if (writer == NULL)
        return -1;
    for (size_t i = 0; i < job->result.match_count; i++)
        if (match_category_is_open(job->reconciled[i].category) &&
            write_open_match(job, &job->reconciled[i], writer) != 0) {
            csv_writer_discard(writer);
            return -1;
        }
    return csv_writer_commit(writer, next_output(work), job->err);
}

/* A table of rows that lie side by side. */
static int write_array(struct work *work, const struct ledger *table, const void *items,
                       size_t item_size, size_t count)
{
    struct reconcile_job *job = work->job;
    struct csv_writer *writer =
        csv_writer_open(job->staging.folder_fd, table, job->utc_offset_seconds, job->err);

    if (writer == NULL)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (csv_writer_row(writer, (const char *)items + i * item_size, job->err) != 0) {
            csv_writer_discard(writer);
            return -1;
        }
    return csv_writer_commit(writer, next_output(work), job->err);
}

static int write_tables(struct work *work)
{
    struct reconcile_job *job = work->job;

    if (write_rows(work, &table_breaks, each_break) != 0 || write_open_items(work) != 0)
        return -1;
    if (job->options->exports != NULL && write_array(work, &table_purchases, job->checks,
                                                     sizeof(*job->checks), job->check_count) != 0)
        return -1;
    if (write_rows(work, &table_reconciliation, each_match) != 0)
        return -1;
    return write_array(work, &table_billing_rejects, job->rejects.items,
                       sizeof(*job->rejects.items), job->rejects.count);
}

/* ---- workbook ---- */

static int take_workbook_break(void *context, const struct reconciled_row *row, struct error *err)
{
    return reconcile_workbook_break(context, row, err);
}

static int take_workbook_match(void *context, const struct reconciled_row *row, struct error *err)
{
    return reconcile_workbook_match(context, row, err);
}

static int fill_workbook(struct work *work)
{
    struct reconcile_job *job = work->job;

    if (each_break(job, take_workbook_break, work->workbook) != 0 ||
        each_match(job, take_workbook_match, work->workbook) != 0)
        return -1;
    for (size_t i = 0; i < job->check_count; i++)
        if (reconcile_workbook_purchase(work->workbook, &job->checks[i], job->err) != 0)
            return -1;
    return 0;
}

/* Sums it up, and reads it back. */
static int check_workbook(struct work *work, struct output_summary *summary,
                          const struct workbook_tally *tally)
{
    char path[STAGING_PATH_MAX + OUTPUT_NAME_MAX];

    if (file_digest_sum_up(work->job->staging.folder_fd, summary, work->job->err) != 0)
        return -1;
    (void)snprintf(path, sizeof(path), "%s/%s", work->job->staging.folder_path, summary->name);
    return workbook_check(path, tally, 1, work->job->err);
}

static int write_workbook(struct work *work)
{
    struct reconcile_job *job = work->job;
    const struct reconcile_workbook_facts facts = {
        .period = job->period,
        .utc_offset_seconds = job->utc_offset_seconds,
        .company = job->config.company,
        .program_version = RECOMPENSE_VERSION,
        .profile = &job->profile,
        .profile_sha256 = job->profile_source.sha256,
        .books_sha256 = job->entries.manifest_sha256,
        .orders_compared = job->options->exports != NULL,
        .statements = job->statements,
        .statement_count = job->statement_count,
        .breaks = job->breaks,
        .rejects = job->rejects.count,
        .dropped = job->dropped_rows,
        .passed_over = job->result.passed_over,
    };
    struct output_summary *summary;
    struct workbook_tally tally = {0};
    int status;

    if (job->options->no_workbook)
        return 0;
    work->workbook = reconcile_workbook_open(job->staging.folder_path, job->staging.hidden_path,
                                             &facts, job->err);
    if (work->workbook == NULL)
        return -1;
    if (fill_workbook(work) != 0) {
        reconcile_workbook_discard(work->workbook);
        return -1;
    }
    summary = next_output(work);
    if (reconcile_workbook_close(work->workbook, summary, &tally, job->err) != 0)
        return -1;
    status = check_workbook(work, summary, &tally);
    reconcile_workbook_tally_release(&tally);
    return status;
}

/* ---- manifest ---- */

static int gather_inputs(struct work *work, struct reconciliation_input **out)
{
    struct reconcile_job *job = work->job;
    size_t orders = job->options->exports == NULL ? 0 : job->exports.count[INPUT_ORDERS];
    struct reconciliation_input *inputs = calloc(job->file_count + orders + 1, sizeof(*inputs));
    size_t count = 0;

    if (inputs == NULL)
        return reconcile_out_of_memory(job);
    if (job->options->adjustments != NULL)
        inputs[count++] = (struct reconciliation_input){.input = "adjustments",
                                                        .file = span_of(job->adjustments.name),
                                                        .sha256 = job->adjustments.sha256};
    for (size_t i = 0; i < job->file_count; i++) {
        const struct billing_file *file = &job->files[i];

        inputs[count++] = (struct reconciliation_input){
            "billing",       span_of(file->name), file->bytes,        file->sha256,
            file->rows_read, file->rows_accepted, file->rows_rejected};
    }
    for (size_t i = 0; i < orders; i++) {
        const struct input_file *file = &job->exports.files[job->exports.first[INPUT_ORDERS] + i];

        inputs[count++] = (struct reconciliation_input){.input = "orders",
                                                        .file = span_of(file->name),
                                                        .bytes = file->bytes,
                                                        .sha256 = file->sha256,
                                                        .read = file->rows_read,
                                                        .accepted = file->rows_accepted,
                                                        .rejected = file->rows_rejected};
    }
    work->manifest.inputs = *out = inputs;
    work->manifest.input_count = count;
    return 0;
}

/* The differences by currency and category; texts are kept in the arena. */
static int gather_totals(struct work *work, struct arena *arena, struct reconciliation_total **out)
{
    struct reconcile_job *job = work->job;
    struct reconciliation_total *totals =
        calloc(job->statement_count * MATCH_CATEGORY_COUNT + 1, sizeof(*totals));
    size_t count = 0;

    if (totals == NULL)
        return reconcile_out_of_memory(job);
    *out = totals;
    for (size_t i = 0; i < job->statement_count; i++)
        for (int category = 0; category < MATCH_CATEGORY_COUNT; category++) {
            const struct statement *statement = &job->statements[i];
            char amount[DECIMAL_TEXT_MAX];
            struct reconciliation_total *total = &totals[count];

            if (statement->matches[category] == 0 &&
                decimal_is_zero(statement->differences[category]))
                continue;
            (void)decimal_format(statement->differences[category],
                                 currency_digits(statement->currency), amount);
            *total = (struct reconciliation_total){
                .currency = statement->currency,
                .category = match_category_code((enum match_category)category),
                .matches = statement->matches[category]};
            if (arena_copy(arena, span_of(amount), &total->difference) != 0)
                return reconcile_out_of_memory(job);
            count++;
        }
    work->manifest.totals = totals;
    work->manifest.total_count = count;
    return 0;
}

static int gather_billing(struct work *work, struct arena *arena,
                          struct reconciliation_billing **out)
{
    struct reconcile_job *job = work->job;
    struct reconciliation_billing *billing =
        calloc(BILLING_KIND_END * CURRENCY_COUNT, sizeof(*billing));
    size_t count = 0;

    if (billing == NULL)
        return reconcile_out_of_memory(job);
    *out = billing;
    for (int kind = BILLING_NONE + 1; kind < BILLING_KIND_END; kind++)
        for (int currency = 0; currency < CURRENCY_COUNT; currency++) {
            const struct billing_total *total = &job->totals.of[kind][currency];
            char text[BILLED_TEXT_MAX];

            if (total->rows == 0)
                continue;
            (void)billed_format(total->sum, currency_digits(currency), text);
            billing[count] = (struct reconciliation_billing){
                .kind = enum_billing_kind.names[kind], .currency = currency, .rows = total->rows};
            if (arena_copy(arena, span_of(text), &billing[count].billed) != 0)
                return reconcile_out_of_memory(job);
            count++;
        }
    work->manifest.billing = billing;
    work->manifest.billing_count = count;
    return 0;
}

static int write_manifest(struct work *work, struct output_summary *summary)
{
    struct reconcile_job *job = work->job;
    struct reconciliation_manifest *manifest = &work->manifest;
    struct reconciliation_input *inputs = NULL;
    struct reconciliation_total *totals = NULL;
    struct reconciliation_billing *billing = NULL;
    struct arena arena = {0};
    int status = -1;

    manifest->period = job->period;
    manifest->version = span_of(RECOMPENSE_VERSION);
    manifest->books_sha256 = span_of(job->entries.manifest_sha256);
    manifest->previous_period = job->earlier.last;
    manifest->previous_sha256 = span_of(job->earlier.last_sha256);
    manifest->profile = span_of(job->profile.name);
    manifest->profile_sha256 = span_of(job->profile_source.sha256);
    manifest->configuration_sha256 = span_of(job->config.sha256);
    if (gather_inputs(work, &inputs) == 0 && gather_totals(work, &arena, &totals) == 0 &&
        gather_billing(work, &arena, &billing) == 0)
        status = reconciliation_manifest_write(job->staging.folder_fd, manifest, summary, job->err);
    free(inputs);
    free(totals);
    free(billing);
    arena_release(&arena);
    return status;
}

/* ---- publishing ---- */

/* The period is reconciled already: the same must come out, to the byte. */
static int compare_published(struct work *work, const struct output_summary *manifest)
{
    struct reconcile_job *job = work->job;
    char name[FOLDER_NAME_MAX];
    struct file_digest digest;
    int fd;
    int status;

    books_period_name(job->period, name);
    (void)strncat(name, RECONCILIATION_SUFFIX, sizeof(name) - strlen(name) - 1);
    fd = folder_open(job->books.fd, name, job->err);
    if (fd < 0)
        return -1;
    status = file_digest_read(fd, MANIFEST_FILE, &digest, job->err);
    (void)close(fd);
    if (status != 0 || strcmp(digest.sha256, manifest->sha256) == 0)
        return status;
    return error_set(job->err, ERROR_CLOSED,
                     "%s stands there with other inputs or another outcome (--restate redoes it)",
                     name);
}

int reconcile_publish(struct reconcile_job *job)
{
    struct work *work = calloc(1, sizeof(*work));
    struct output_summary summary;
    int status = -1;

    if (work == NULL)
        return reconcile_out_of_memory(job);
    work->job = job;
    progress_stage(job->progress, "writing", 0);
    if (write_tables(work) == 0 && write_workbook(work) == 0 &&
        write_manifest(work, &summary) == 0) {
        if (job->earlier.repeat)
            status = compare_published(work, &summary);
        else
            status = staging_publish(&job->staging, job->earlier.replace, job->err);
    }
    free(work);
    return status;
}
