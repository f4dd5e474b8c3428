/*
 * Owns what is gathered for a reconciliation: the period's entries, the lines of the billing
 * exports that can match, and what the accounts bought, by billing and by the orders export.
 * Must not know how things are matched.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "batch/intake.h"
#include "batch/reconcile_job.h"
#include "batch/rejects.h"

enum { FINGERPRINT_BYTES = 64 << 20 };

/* ---- billing lines ---- */

static int copy_texts(struct arena *arena, struct billing_line *line)
{
    struct span *const texts[] = {&line->account_id, &line->sub_account_id, &line->resource_id,
                                  &line->service,    &line->category,       &line->invoice_id,
                                  &line->description};
    struct reference *references;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (arena_copy(arena, *texts[i], texts[i]) != 0)
            return -1;
    if (line->reference_count == 0) {
        line->references = NULL;
        return 0;
    }
    references = arena_alloc(arena, (size_t)line->reference_count * sizeof(*references));
    if (references == NULL)
        return -1;
    for (int i = 0; i < line->reference_count; i++) {
        references[i].kind = line->references[i].kind;
        if (arena_copy(arena, line->references[i].text, &references[i].text) != 0)
            return -1;
    }
    line->references = references;
    return 0;
}

struct billing_line *line_list_add(struct line_list *list, const struct billing_line *line)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 1024 : 2 * list->capacity;
        struct billing_line *items = realloc(list->items, capacity * sizeof(*items));

        if (items == NULL)
            return NULL;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count] = *line;
    if (copy_texts(&list->text, &list->items[list->count]) != 0)
        return NULL;
    return &list->items[list->count++];
}

/* ---- purchases ---- */

/* The account's figures in the currency; NULL when memory is out. */
static struct purchase_check *purchase_of(struct purchases *purchases, struct span account_id,
                                          int32_t currency, int32_t period)
{
    size_t before = purchases->names.count;
    uint32_t number;

    if (name_set_add(&purchases->names, account_id, span_of(currency_code(currency)), true,
                     &number) != 0)
        return NULL;
    if (purchases->names.count > purchases->capacity) {
        size_t capacity = purchases->capacity == 0 ? 1024 : 2 * purchases->capacity;
        struct purchase_check *items = realloc(purchases->items, capacity * sizeof(*items));

        if (items == NULL)
            return NULL;
        purchases->items = items;
        purchases->capacity = capacity;
    }
    if (purchases->names.count > before)
        purchases->items[number] = (struct purchase_check){.currency = currency, .period = period};
    return &purchases->items[number];
}

static int add_purchase(struct reconcile_job *job, const struct billing_line *line)
{
    struct purchase_check *check;

    if (line->period != job->period) {
        job->purchases.other_months++;
        return 0;
    }
    check = purchase_of(&job->purchases, line->account_id, line->currency, job->period);
    if (check == NULL)
        return reconcile_out_of_memory(job);
    check->lines++;
    if (!billed_add(&check->billed_sum, line->billed))
        return error_set(job->err, ERROR_INPUT, "the sum of an account's purchases does not fit");
    return 0;
}

/* ---- the sink of the billing reader ---- */

static int take_line(void *context, const struct billing_line *line, struct error *err)
{
    struct reconcile_job *job = context;

    assert(err == job->err);
    if (line->kind == BILLING_PURCHASE)
        return add_purchase(job, line);
    /* Of the provider's own credits only those that name something can be ours. */
    if (line->kind == BILLING_OTHER_CREDIT && line->reference_count == 0)
        return 0;
    return line_list_add(&job->lines, line) == NULL ? reconcile_out_of_memory(job) : 0;
}

static int take_reject(void *context, const struct billing_reject *reject, struct error *err)
{
    struct reconcile_job *job = context;
    struct billing_rejects *rejects = &job->rejects;
    struct billing_reject_row *row;

    assert(err == job->err);
    if (rejects->count == rejects->capacity) {
        size_t capacity = rejects->capacity == 0 ? 64 : 2 * rejects->capacity;
        struct billing_reject_row *items = realloc(rejects->items, capacity * sizeof(*items));

        if (items == NULL)
            return reconcile_out_of_memory(job);
        rejects->items = items;
        rejects->capacity = capacity;
    }
    row = &rejects->items[rejects->count];
    *row = (struct billing_reject_row){.file = job->files[reject->file].name,
                                       .line = reject->line,
                                       .column = reject->column,
                                       .reason = reject->reason};
    if (arena_copy(&rejects->text, reject->record, &row->record) != 0)
        return reconcile_out_of_memory(job);
    rejects->count++;
    return 0;
}

/* ---- billing files ---- */

static int compare_files(const void *a, const void *b)
{
    const struct billing_file *left = a;
    const struct billing_file *right = b;
    int order = strcmp(left->name, right->name);

    return order == 0 ? strcmp(left->path, right->path) : order;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* In byte order of their names, each path once. */
static int list_files(struct reconcile_job *job)
{
    const struct options *options = job->options;

    job->file_count = 1 + options->argument_count;
    job->files = calloc(job->file_count, sizeof(*job->files));
    if (job->files == NULL)
        return reconcile_out_of_memory(job);
    for (size_t i = 0; i < job->file_count; i++) {
        const char *path = i == 0 ? options->billing : options->arguments[i - 1];

        job->files[i] = (struct billing_file){.path = path, .name = base_name(path)};
    }
    qsort(job->files, job->file_count, sizeof(*job->files), compare_files);
    for (size_t i = 0; i < job->file_count; i++) {
        job->files[i].number = (uint32_t)i;
        if (i > 0 && strcmp(job->files[i].path, job->files[i - 1].path) == 0)
            return error_set(job->err, ERROR_USAGE, "--billing: %s is given twice",
                             job->files[i].path);
    }
    return 0;
}

/* The same bytes under two names would count every credit twice. */
static int refuse_copies(struct reconcile_job *job)
{
    for (size_t i = 0; i < job->file_count; i++)
        for (size_t j = 0; j < i; j++)
            if (job->files[i].rows_read > 0 &&
                strcmp(job->files[i].sha256, job->files[j].sha256) == 0)
                return error_set(job->err, ERROR_INPUT, "%s: is a copy of %s", job->files[i].path,
                                 job->files[j].path);
    return 0;
}

static int read_billing(struct reconcile_job *job)
{
    const struct billing_options options = {
        .profile = &job->profile,
        .utc_offset_seconds = job->utc_offset_seconds,
        .progress = progress_add,
        .progress_context = job->progress,
    };
    const struct billing_sink sink = {job, take_line, take_reject};

    if (list_files(job) != 0)
        return -1;
    progress_stage(job->progress, "reading billing", 0);
    if (billing_read(job->files, job->file_count, &options, &sink, &job->totals, job->err) != 0)
        return -1;
    return refuse_copies(job);
}

/* ---- orders ---- */

static bool keep_none(void *context, const void *record)
{
    (void)context;
    (void)record;
    return false;
}

static int count_order(void *context, int thread, const void *record, int sign, struct error *err)
{
    struct reconcile_job *job = context;
    const struct order *order = record;
    struct decimal paid = order_actual_payment(order);
    struct purchase_check *check;

    (void)thread;
    if (period_of(order->purchased_at, job->utc_offset_seconds) != job->period ||
        decimal_is_zero(paid))
        return 0;
    check = purchase_of(&job->purchases, order->account_id, order->currency, job->period);
    if (check == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    check->orders = sign > 0 ? check->orders + 1 : check->orders - 1;
    if (sign < 0)
        paid.units = -paid.units;
    if (!decimal_add(check->ordered, paid, &check->ordered))
        return error_set(err, ERROR_INPUT, "the sum of an account's orders does not fit");
    return 0;
}

static const struct manifest_input *decided_from(const struct manifest *manifest,
                                                 const struct input_file *file)
{
    for (size_t i = 0; i < manifest->input_count; i++)
        if (manifest->inputs[i].input == INPUT_ORDERS &&
            span_is(manifest->inputs[i].file, file->name) &&
            span_is(manifest->inputs[i].sha256, file->sha256))
            return &manifest->inputs[i];
    return NULL;
}

/* The orders must be those that the period was decided from, all of them and no others. */
static int check_orders(struct reconcile_job *job, const struct input_file *files, size_t count)
{
    const struct manifest *manifest = &job->entries.manifest;
    size_t expected = 0;

    for (size_t i = 0; i < manifest->input_count; i++)
        expected += manifest->inputs[i].input == INPUT_ORDERS;
    for (size_t i = 0; i < count; i++)
        if (decided_from(manifest, &files[i]) == NULL)
            return error_set(job->err, ERROR_INPUT,
                             "%s: is not an orders export that the period was decided from",
                             files[i].path);
    if (count != expected)
        return error_set(job->err, ERROR_INPUT,
                         "%s: has %zu orders files, the period was decided from %zu",
                         job->options->exports, count, expected);
    return 0;
}

static int read_orders(struct reconcile_job *job)
{
    const struct read_options read = {
        .utc_offset_seconds = job->utc_offset_seconds,
        .delimiter = job->config.delimiter,
        .too_old_before = INSTANT_NONE,
        .aliases = job->config.aliases,
        .alias_count = job->config.alias_count,
        .progress = progress_add,
        .progress_context = job->progress,
    };
    const struct intake_options options = {.read = &read,
                                           .threads = 1,
                                           .spill_folder_fd = job->staging.hidden_fd,
                                           .fingerprint_bytes = FINGERPRINT_BYTES};
    const struct intake_hooks hooks = {.context = job, .keep = keep_none, .counted = count_order};
    struct exports *exports = &job->exports;
    struct input_file *files;
    struct intake intake = {0};
    struct reject_log rejects = {0};
    int status;

    if (!span_is(job->entries.manifest.configuration_sha256, job->config.sha256))
        return error_set(job->err, ERROR_USAGE,
                         "--config: the period was decided with another configuration");
    if (exports_list(exports, job->options->exports, job->err) != 0)
        return -1;
    files = &exports->files[exports->first[INPUT_ORDERS]];
    progress_stage(job->progress, "reading orders", 0);
    status = intake_read(&intake, table_of(INPUT_ORDERS), files, exports->count[INPUT_ORDERS],
                         &options, &hooks, &rejects, job->err);
    if (status == 0)
        status = check_orders(job, files, exports->count[INPUT_ORDERS]);
    intake_release(&intake);
    reject_log_release(&rejects);
    return status;
}

int reconcile_gather(struct reconcile_job *job)
{
    if (read_billing(job) != 0)
        return -1;
    return job->options->exports == NULL ? 0 : read_orders(job);
}
