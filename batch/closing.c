/*
 * Owns the last steps of a run. Knows no rule; every file format is elsewhere.
 */
#include "batch/closing.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch/file_digest.h"
#include "batch/folder.h"
#include "batch/restate.h"
#include "batch/settle_parts.h"
#include "batch/tasks.h"
#include "batch/version.h"
#include "policy/manifest.h"
#include "readers/archive.h"
#include "readers/workbook_check.h"
#include "writers/archive.h"
#include "writers/manifest.h"

enum { OUTPUTS_MAX = 512, TOTALS_MAX = 4096 };

struct outputs {
    struct output_summary items[OUTPUTS_MAX];
    size_t count;
};

struct work {
    const struct closing_facts *facts;
    struct staging *staging;
    struct publication *publication;
    struct error *err;
    struct outputs outputs;
    struct manifest_input *inputs;
    size_t input_count;
    struct manifest_total totals[TOTALS_MAX];
    size_t total_count;
};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

/* ---- ledgers ---- */

/* The files of a month that are there when it is settled, each kind by a task of its own. */
struct committing {
    struct work *work;
    struct carry *carry;
    struct output_summary carried[CARRY_FILE_COUNT];
    struct output_summary sources[SOURCES_FILE_COUNT];
};

static int commit_carry(void *context, struct error *err)
{
    struct committing *committing = context;
    const struct work *work = committing->work;

    return carry_write(committing->carry, &work->facts->previous->history, work->staging->folder_fd,
                       work->facts->threads, committing->carried, err);
}

static int commit_publication(void *context, struct error *err)
{
    struct work *work = ((struct committing *)context)->work;

    return publication_commit(work->publication, work->outputs.items, &work->outputs.count, err);
}

/* And gives back what is not needed any more: much of the memory, and of the spilled rows. */
static int commit_sources(void *context, struct error *err)
{
    struct committing *committing = context;
    const struct closing_facts *facts = committing->work->facts;
    const struct settled_sources *sources = &facts->sources;
    const int status = sources_files_commit(sources->files, sources->parting, sources->by_order,
                                            facts->options->policy_file, facts->policy_source,
                                            committing->sources, err);

    by_order_close(sources->by_order);
    parting_release(sources->parting);
    return status;
}

static void add_outputs(struct outputs *outputs, const struct output_summary *items, size_t count)
{
    assert(outputs->count + count <= OUTPUTS_MAX);
    memcpy(&outputs->items[outputs->count], items, count * sizeof(*items));
    outputs->count += count;
}

/* What waits for the disk does so while the others use the cores. */
static int commit_ledgers(struct work *work, struct carry *carry)
{
    struct committing *committing = calloc(1, sizeof(*committing));
    struct task tasks[] = {{.run = commit_carry, .context = committing},
                           {.run = commit_publication, .context = committing},
                           {.run = commit_sources, .context = committing}};
    const int count = sizeof(tasks) / sizeof(*tasks);
    int status = -1;

    if (committing == NULL)
        return out_of_memory(work->err);
    committing->work = work;
    committing->carry = carry;
    status = tasks_run(tasks, count, work->facts->threads, work->err);
    if (status == 0) {
        add_outputs(&work->outputs, committing->carried, CARRY_FILE_COUNT);
        add_outputs(&work->outputs, committing->sources, SOURCES_FILE_COUNT);
    }
    free(committing);
    return status;
}

static int write_controls(struct work *work)
{
    const struct controls *controls = work->facts->controls;
    struct csv_writer *writer = csv_writer_open(work->staging->folder_fd, &ledger_controls,
                                                work->facts->policy->utc_offset_seconds, work->err);

    if (writer == NULL)
        return -1;
    for (size_t i = 0; i < controls->count; i++)
        if (csv_writer_row(writer, &controls->items[i], work->err) != 0) {
            csv_writer_discard(writer);
            return -1;
        }
    return csv_writer_commit(writer, &work->outputs.items[work->outputs.count++], work->err);
}

/* ---- workbook ---- */

/* A book that is read once to be summed up, and once to be checked, at the same time. */
struct book_reading {
    int folder_fd;
    char path[STAGING_PATH_MAX + OUTPUT_NAME_MAX];
    struct output_summary *summary;
    const struct workbook_tally *tally;
    int threads;
};

/* Flushed now, while it is checked, and not when all is published. */
static int sum_up_book(void *context, struct error *err)
{
    const struct book_reading *reading = context;

    if (file_digest_sum_up(reading->folder_fd, reading->summary, err) != 0)
        return -1;
    return folder_sync_file(reading->folder_fd, reading->summary->name, err);
}

static int read_book(void *context, struct error *err)
{
    const struct book_reading *reading = context;

    return workbook_check(reading->path, reading->tally, reading->threads, err);
}

static int check_book(struct work *work, struct output_summary *summary,
                      const struct workbook_tally *tally)
{
    const int threads = work->facts->threads;
    struct book_reading reading = {.folder_fd = work->staging->folder_fd,
                                   .summary = summary,
                                   .tally = tally,
                                   .threads = threads};
    struct task tasks[] = {{.run = sum_up_book, .context = &reading},
                           {.run = read_book, .context = &reading}};

    (void)snprintf(reading.path, sizeof(reading.path), "%s/%s", work->staging->folder_path,
                   summary->name);
    if (tasks_run(tasks, sizeof(tasks) / sizeof(*tasks), threads, work->err) == 0)
        return 0;
    /* The library does not tell when writing fails; what is missing then tells. */
    work->err->kind = ERROR_IO;
    return -1;
}

static int check_books(struct work *work, const struct workbook_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        assert(work->outputs.count < OUTPUTS_MAX);
        if (check_book(work, &result->summaries[i], &result->tallies[i]) != 0)
            return -1;
        work->outputs.items[work->outputs.count++] = result->summaries[i];
    }
    return 0;
}

/* The totals of the exposure, by currency. */
struct exposure_list {
    struct exposure_row rows[CURRENCY_COUNT];
    size_t count;
};

static int list_exposure(void *context, const struct exposure_row *row, struct error *err)
{
    struct exposure_list *list = context;

    (void)err;
    assert(list->count < CURRENCY_COUNT);
    list->rows[list->count++] = *row;
    return 0;
}

static int close_workbook(struct work *work)
{
    const struct controls *controls = work->facts->controls;
    struct audit_workbook *workbook = work->publication->workbook;
    struct workbook_input *inputs = NULL;
    struct workbook_closing closing = {.input_count = work->input_count,
                                       .controls = controls->items,
                                       .control_count = controls->count,
                                       .identities = controls->identities,
                                       .identity_count = controls->identity_count,
                                       .beside = work->facts->threads > 1};
    struct workbook_result result = {0};
    struct exposure_list exposure = {.count = 0};
    const struct exposure_sink exposure_sink = {&exposure, list_exposure};
    int status = -1;

    if (workbook == NULL)
        return 0;
    if (exposure_totals(work->facts->exposure, &exposure_sink, work->err) != 0)
        return -1;
    closing.exposure = exposure.rows;
    closing.exposure_count = exposure.count;
    inputs = calloc(work->input_count + 1, sizeof(*inputs));
    if (inputs == NULL)
        return out_of_memory(work->err);
    for (size_t i = 0; i < work->input_count; i++) {
        const struct manifest_input *input = &work->inputs[i];

        inputs[i] = (struct workbook_input){
            input_name(input->input), input->file.data, input->sha256.data, input->read,
            input->accepted,          input->rejected,  input->duplicate};
    }
    closing.inputs = inputs;
    work->publication->workbook = NULL;
    if (audit_workbook_close(workbook, &closing, &result, work->err) == 0) {
        status = check_books(work, &result);
        workbook_result_release(&result);
    }
    free(inputs);
    return status;
}

/* ---- manifest ---- */

/* The inputs in the order of their numbers: by input and name. */
static int gather_inputs(struct work *work)
{
    const struct month *month = work->facts->month;

    work->inputs = calloc(month->exports.file_count + 1, sizeof(*work->inputs));
    if (work->inputs == NULL)
        return out_of_memory(work->err);
    for (int input = 0; input < INPUT_COUNT; input++)
        for (size_t i = 0; i < month->intakes[input].file_count; i++) {
            const struct input_file *file = &month->intakes[input].files[i];
            const struct file_figures *figures = &month->intakes[input].figures[i];

            work->inputs[work->input_count++] =
                (struct manifest_input){.input = (enum input)input,
                                        .file = span_of(file->name),
                                        .bytes = file->bytes,
                                        .sha256 = span_of(file->sha256),
                                        .read = figures->read,
                                        .accepted = figures->accepted,
                                        .rejected = figures->rejected,
                                        .duplicate = figures->duplicate};
        }
    return 0;
}

static void add_total(struct work *work, const char *ledger, const char *decision, int currency,
                      const struct decision_total *total)
{
    if (total->count == 0)
        return;
    assert(work->total_count < TOTALS_MAX);
    work->totals[work->total_count++] = (struct manifest_total){.ledger = span_of(ledger),
                                                                .decision = span_of(decision),
                                                                .count = (uint64_t)total->count,
                                                                .currency = currency,
                                                                .amount = total->amount};
}

static void gather_totals(struct work *work)
{
    static const char *const ledgers[PROGRAMME_COUNT] = {"refunds", "compensations", "rewards"};
    const struct ledger_totals *totals = &work->publication->totals;
    struct decision_total out_of_scope = {.count = totals->tickets[0]};
    struct decision_total in_scope = {.count = totals->tickets[1]};

    for (int programme = 0; programme < PROGRAMME_COUNT; programme++)
        for (int decision = 1; decision < DECISION_END; decision++)
            for (int currency = 0; currency <= CURRENCY_COUNT; currency++)
                add_total(work, ledgers[programme], decision_name((enum decision)decision),
                          currency == CURRENCY_COUNT ? CURRENCY_NONE : currency,
                          &totals->of[programme][decision][currency]);
    add_total(work, "tickets", "in_scope", CURRENCY_NONE, &in_scope);
    add_total(work, "tickets", "out_of_scope", CURRENCY_NONE, &out_of_scope);
}

static int compare_outputs(const void *left, const void *right)
{
    return strcmp(((const struct output_summary *)left)->name,
                  ((const struct output_summary *)right)->name);
}

static void sort_outputs(struct work *work)
{
    qsort(work->outputs.items, work->outputs.count, sizeof(*work->outputs.items), compare_outputs);
}

static int write_manifest(struct work *work)
{
    const struct closing_facts *facts = work->facts;
    const struct policy *policy = facts->policy;
    const struct manifest_option options[] = {
        {span_of("archive"), span_of(facts->options->no_archive ? "false" : "true")},
        {span_of("workbook"), span_of(facts->options->no_workbook ? "false" : "true")},
    };
    struct manifest_version versions[POLICY_VERSIONS_MAX];
    struct manifest manifest = {
        .period = facts->options->period,
        .program = span_of("recompense"),
        .version = span_of(RECOMPENSE_VERSION),
        .opening_from = facts->previous->opening,
        .utc_offset_seconds = policy->utc_offset_seconds,
        .options = options,
        .option_count = sizeof(options) / sizeof(*options),
        .policy_file = span_of(facts->policy_source->name),
        .policy_sha256 = span_of(facts->policy_source->sha256),
        .policy_versions = versions,
        .policy_version_count = policy->version_count,
        .configuration_sha256 = span_of(facts->config->sha256),
        .previous_period = facts->previous->period,
        .previous_sha256 = span_of(facts->previous->sha256),
        .inputs = work->inputs,
        .input_count = work->input_count,
        .outputs = work->outputs.items,
        .output_count = work->outputs.count,
        .totals = work->totals,
        .total_count = work->total_count,
    };
    struct output_summary summary;

    for (size_t i = 0; i < policy->version_count; i++)
        versions[i] = (struct manifest_version){span_of(policy->versions[i].name),
                                                policy->versions[i].effective_from};
    if (manifest_write(work->staging->folder_fd, &manifest, &summary, work->err) != 0)
        return -1;
    work->outputs.items[work->outputs.count++] = summary;
    sort_outputs(work);
    return 0;
}

/* ---- archive ---- */

static int finish_archive(void *context, struct error *err)
{
    return archive_writer_finish(context, err);
}

static int write_archive(struct work *work)
{
    const struct staging *staging = work->staging;
    const struct outputs *outputs = &work->outputs;
    struct archive_writer *writer = NULL;
    struct archive_late late = {.wait = finish_archive};

    if (work->facts->options->no_archive)
        return 0;
    writer =
        archive_writer_open(staging->hidden_fd, staging->archive, work->facts->threads, work->err);
    if (writer == NULL)
        return -1;
    for (size_t i = 0; i < outputs->count; i++)
        if (archive_writer_add(writer, staging->folder_fd, staging->name, &outputs->items[i],
                               work->err) != 0)
            goto failed;
    late.context = writer;
    /* It is read back while what is stored is copied, and while the system writes it to disk. */
    if (archive_writer_end(writer, work->err) != 0 ||
        archive_check(staging->hidden_fd, staging->archive, staging->name, outputs->items,
                      outputs->count, ARCHIVE_BY_CRC32, &late, work->facts->threads,
                      work->err) != 0)
        goto failed;
    return archive_writer_commit(writer, work->err);
failed:
    archive_writer_discard(writer);
    return -1;
}

/* ---- a period that is closed already ---- */

static int closed_otherwise(struct error *err, const char *what, const char *name)
{
    return error_set(err, ERROR_CLOSED,
                     "the period is closed with other inputs: %s%.200s differs "
                     "(--restate redoes the last period)",
                     what, name);
}

static bool same_input(const struct manifest_input *a, const struct manifest_input *b)
{
    return a->input == b->input && span_equal(a->file, b->file) && span_equal(a->sha256, b->sha256);
}

/* Other inputs are refused even where they would come to the same ledgers. */
static int compare_inputs(struct work *work)
{
    const struct closing_facts *facts = work->facts;
    const struct manifest *published = &facts->previous->published;

    if (!span_equal(published->policy_sha256, span_of(facts->policy_source->sha256)))
        return closed_otherwise(work->err, "the policy ", facts->policy_source->name);
    if (!span_equal(published->configuration_sha256, span_of(facts->config->sha256)))
        return closed_otherwise(work->err, "the configuration", "");
    for (size_t i = 0; i < work->input_count || i < published->input_count; i++) {
        if (i >= work->input_count)
            return closed_otherwise(work->err, "the list of exports", "");
        if (i >= published->input_count || !same_input(&work->inputs[i], &published->inputs[i]))
            return closed_otherwise(work->err, "", work->inputs[i].file.data);
    }
    return 0;
}

static const struct output_summary *find_output(const struct manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->output_count; i++)
        if (strcmp(manifest->outputs[i].name, name) == 0)
            return &manifest->outputs[i];
    return NULL;
}

/* The workbook is not made again: it is made of the same entries as the ledgers. */
static int compare_outputs_published(struct work *work)
{
    const struct manifest *published = &work->facts->previous->published;

    for (size_t i = 0; i < work->outputs.count; i++) {
        const struct output_summary *output = &work->outputs.items[i];
        const struct output_summary *closed = find_output(published, output->name);

        if (closed == NULL || strcmp(closed->sha256, output->sha256) != 0)
            return error_set(work->err, ERROR_CLOSED,
                             "the period is closed, and the same inputs would now give another %s "
                             "(--restate redoes the last period)",
                             output->name);
    }
    return 0;
}

static int compare_published(struct work *work)
{
    if (compare_inputs(work) != 0)
        return -1;
    return compare_outputs_published(work);
}

/* ---- a period that is restated ---- */

static bool inputs_differ(const struct work *work)
{
    const struct manifest *published = &work->facts->previous->published;
    bool differ =
        work->input_count != published->input_count ||
        !span_equal(published->configuration_sha256, span_of(work->facts->config->sha256));

    for (size_t i = 0; !differ && i < work->input_count; i++)
        differ = !span_equal(work->inputs[i].sha256, published->inputs[i].sha256);
    return differ;
}

static int show_restatement(void *context, const struct restatement_row *row, struct error *err)
{
    return audit_workbook_restatement(context, row, err);
}

/* The bridge from the books that are replaced to these. */
static int write_restatement(struct work *work)
{
    const struct closing_facts *facts = work->facts;
    const struct restatement_sink sheet = {work->publication->workbook, show_restatement};
    const struct manifest *published = &facts->previous->published;
    char old_folder[STAGING_PATH_MAX];
    const struct restate_facts restatement = {
        .old_folder = old_folder,
        .new_folder = work->staging->folder_path,
        .old = published,
        .outputs = work->outputs.items,
        .output_count = work->outputs.count,
        .totals = &work->publication->totals,
        .inputs_differ = inputs_differ(work),
        .policy_differs =
            !span_equal(published->policy_sha256, span_of(facts->policy_source->sha256)),
        .version_differs = !span_is(published->version, RECOMPENSE_VERSION),
    };

    if (snprintf(old_folder, sizeof(old_folder), "%s/%s", work->staging->books->path,
                 work->staging->name) >= (int)sizeof(old_folder))
        return error_set(work->err, ERROR_IO, "%.900s: the path is too long",
                         work->staging->books->path);
    return restate_write(&restatement, work->staging->folder_fd, facts->policy->utc_offset_seconds,
                         sheet.context == NULL ? NULL : &sheet,
                         &work->outputs.items[work->outputs.count++], work->err);
}

static void tell_stage(const struct work *work, const char *stage)
{
    report_stage(work->facts->report, stage, work->facts->clock);
}

int closing_publish(const struct closing_facts *facts, struct staging *staging,
                    struct publication *publication, struct carry *carry, struct error *err)
{
    struct work *work = calloc(1, sizeof(*work));
    int status = -1;

    if (work == NULL)
        return out_of_memory(err);
    work->facts = facts;
    work->staging = staging;
    work->publication = publication;
    work->err = err;
    gather_totals(work);
    if (gather_inputs(work) != 0 || commit_ledgers(work, carry) != 0 || write_controls(work) != 0)
        goto done;
    tell_stage(work, "carry-forward, flushing");
    if (facts->previous->closing == CLOSING_REPEAT) {
        status = compare_published(work);
        goto done;
    }
    if (facts->previous->closing == CLOSING_RESTATE && write_restatement(work) != 0)
        goto done;
    if (close_workbook(work) != 0)
        goto done;
    tell_stage(work, "workbook");
    sort_outputs(work);
    if (write_manifest(work) != 0 || write_archive(work) != 0)
        goto done;
    tell_stage(work, "archive");
    status = staging_publish(staging, facts->previous->closing == CLOSING_RESTATE, err);
    tell_stage(work, "publishing");
done:
    free(work->inputs);
    free(work);
    return status;
}
