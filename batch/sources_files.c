/*
 * Owns the choice of what is published of the sources. Knows no rule.
 */
#include "batch/sources_files.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "batch/history_rows.h"
#include "batch/source_row.h"
#include "policy/standard.h"
#include "readers/config.h"
#include "writers/output.h"

static const struct span none = {"", 0};

/* One file at work. */
struct writing {
    struct month *month; /* not changed */
    int folder_fd;
    struct output_summary *summary;
    struct error *err;
};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

/* ---- names that rejected rows bear ---- */

const char *const rejected_names_kinds[REJECTED_NAMES_COUNT] = {
    "accounts", "basis_accounts", "bases", "incidents", "order_resources", "orders",
};

struct name_set *rejected_names(struct month *month, int kind)
{
    struct name_set *const sets[REJECTED_NAMES_COUNT] = {
        &month->rejected_accounts,  &month->rejected_basis_accounts,  &month->rejected_bases,
        &month->rejected_incidents, &month->rejected_order_resources, &month->rejected_orders,
    };

    return sets[kind];
}

/* ---- one file ---- */

static struct output *open_file(const struct writing *writing, const char *stem, const char *suffix)
{
    char name[OUTPUT_NAME_MAX];
    int length = snprintf(name, sizeof(name), SOURCES_FOLDER "/%s%s", stem, suffix);

    assert(length > 0 && (size_t)length < sizeof(name));
    return output_open_gzip_fast(writing->folder_fd, name, writing->err);
}

static int commit(struct writing *writing, struct output *output, uint64_t rows)
{
    if (output_commit(output, writing->summary, writing->err) != 0)
        return -1;
    writing->summary->rows = rows;
    return 0;
}

/* ---- rows ---- */

struct row_writer {
    struct writing *writing;
    const struct table *table;
    struct output *output;
    uint64_t rows;
};

static int put_row(struct row_writer *writer, const void *record, struct row_position position)
{
    const struct month *month = writer->writing->month;
    const char *file = position.file == UINT32_MAX ? "" : month->exports.files[position.file].name;
    char *room = output_reserve(writer->output, SOURCE_ROW_BYTES_MAX, writer->writing->err);
    char *end = NULL;

    if (room == NULL)
        return -1;
    end = source_put_row(room, writer->table, record, file, position.line,
                         month->policy->utc_offset_seconds);
    output_advance(writer->output, (size_t)(end - room));
    writer->rows++;
    return 0;
}

static int put_events(struct row_writer *writer, const struct event_list *events)
{
    for (size_t i = 0; i < events->count; i++)
        if (put_row(writer, events->items[i].record, events->items[i].position) != 0)
            return -1;
    return 0;
}

static int put_intake(struct row_writer *writer, const struct intake *intake)
{
    for (size_t i = 0; i < intake->row_count; i++)
        if (put_row(writer, intake->rows[i].record, intake->rows[i].position) != 0)
            return -1;
    return 0;
}

/* The incidents that a claim judged now names. */
static int put_incidents(struct row_writer *writer)
{
    const struct month *month = writer->writing->month;
    const struct intake *intake = &month->intakes[INPUT_INCIDENTS];
    const struct event_list *claims = &month->due[EVENT_CLAIM];
    bool *named = calloc(intake->row_count + 1, sizeof(*named));
    int status = 0;

    if (named == NULL)
        return out_of_memory(writer->writing->err);
    for (size_t i = 0; i < claims->count; i++) {
        const struct claim *claim = claims->items[i].record;
        uint32_t number = 0;

        if (name_set_find(&month->incidents, claim->incident_id, none, &number))
            named[number] = true;
    }
    for (size_t i = 0; i < intake->row_count && status == 0; i++)
        if (named[i])
            status = put_row(writer, intake->rows[i].record, intake->rows[i].position);
    free(named);
    return status;
}

static int put_rows(struct row_writer *writer)
{
    const struct month *month = writer->writing->month;

    switch (writer->table->input) {
    case INPUT_REFUND_REQUESTS:
        return put_events(writer, &month->due[EVENT_REQUEST]);
    case INPUT_CLAIMS:
        return put_events(writer, &month->due[EVENT_CLAIM]);
    case INPUT_FILINGS:
        return put_events(writer, &month->due[EVENT_FILING]);
    case INPUT_INCIDENTS:
        return put_incidents(writer);
    case INPUT_ACCOUNTS:
    case INPUT_ORDERS:
    case INPUT_USAGE:
        return put_intake(writer, &month->intakes[writer->table->input]);
    case INPUT_TICKETS:
    case INPUT_COUNT:
        break;
    }
    return 0;
}

static int write_input(struct writing *writing, enum input input)
{
    struct row_writer writer = {.writing = writing, .table = table_of(input)};
    char *room = NULL;

    writer.output = open_file(writing, input_name(input), ".csv.gz");
    if (writer.output == NULL)
        return -1;
    room = output_reserve(writer.output, SOURCE_ROW_BYTES_MAX, writing->err);
    if (room == NULL)
        goto failed;
    output_advance(writer.output, (size_t)(source_put_header(room, writer.table, true) - room));
    if (put_rows(&writer) != 0)
        goto failed;
    return commit(writing, writer.output, writer.rows);
failed:
    output_discard(writer.output);
    return -1;
}

/* ---- rejected names ---- */

static int compare_names(const void *left, const void *right)
{
    const struct name *a = left;
    const struct name *b = right;
    int order = span_compare(a->first, b->first);

    return order != 0 ? order : span_compare(a->second, b->second);
}

static int put_names(struct writing *writing, struct output *output, const char *kind,
                     const struct name_set *names)
{
    struct name *sorted = malloc((names->count + 1) * sizeof(*sorted));
    int status = 0;

    if (sorted == NULL)
        return out_of_memory(writing->err);
    if (names->count > 0) {
        memcpy(sorted, names->names, names->count * sizeof(*sorted));
        qsort(sorted, names->count, sizeof(*sorted), compare_names);
    }
    for (size_t i = 0; i < names->count && status == 0; i++) {
        char *room = output_reserve(output, SOURCE_ROW_BYTES_MAX, writing->err);
        char *at = room;

        if (room == NULL) {
            status = -1;
            break;
        }
        at = source_put_text(at, span_of(kind));
        *at++ = ',';
        at = source_put_text(at, sorted[i].first);
        *at++ = ',';
        at = source_put_text(at, sorted[i].second);
        *at++ = '\n';
        output_advance(output, (size_t)(at - room));
    }
    free(sorted);
    return status;
}

static int write_rejected(struct writing *writing)
{
    static const char HEADER[] = "kind,first,second\n";
    struct output *output = open_file(writing, SOURCES_REJECTED_FILE, "");
    uint64_t rows = 0;

    if (output == NULL)
        return -1;
    if (output_write(output, HEADER, sizeof(HEADER) - 1, writing->err) != 0)
        goto failed;
    for (int kind = 0; kind < REJECTED_NAMES_COUNT; kind++) {
        const struct name_set *names = rejected_names(writing->month, kind);

        if (put_names(writing, output, rejected_names_kinds[kind], names) != 0)
            goto failed;
        rows += names->count;
    }
    return commit(writing, output, rows);
failed:
    output_discard(output);
    return -1;
}

/* ---- what was known before ---- */

struct state_writing {
    struct writing *writing;
    const struct state_layout *layout;
    struct output *output;
    uint64_t rows;
};

static int put_line(void *context, const struct state_row *row, struct error *err)
{
    struct state_writing *state = context;

    if (output_write(state->output, row->line.data, row->line.size, err) != 0 ||
        output_write(state->output, "\n", 1, err) != 0)
        return -1;
    state->rows++;
    return 0;
}

static int put_fields(const struct state_writing *state)
{
    for (int i = 0; i < state->layout->field_count; i++) {
        const struct span name = span_of(state->layout->fields[i]);
        const bool last = i + 1 == state->layout->field_count;

        if (output_write(state->output, name.data, name.size, state->writing->err) != 0 ||
            output_write(state->output, last ? "\n" : "\t", 1, state->writing->err) != 0)
            return -1;
    }
    return 0;
}

static int write_state(struct writing *writing, int file)
{
    const struct state_layout *layout = history_layouts[file];
    struct state_writing state = {writing, layout,
                                  open_file(writing, layout->name, STATE_FILE_SUFFIX), 0};

    if (state.output == NULL)
        return -1;
    if (put_fields(&state) != 0 ||
        history_rows(writing->month, file, put_line, &state, writing->err) != 0) {
        output_discard(state.output);
        return -1;
    }
    return commit(writing, state.output, state.rows);
}

/* ---- policy ---- */

static int write_policy(struct writing *writing, const char *path,
                        const struct policy_source *policy)
{
    struct span text = {policy_standard_text, policy_standard_size};
    struct output *output = NULL;
    char *bytes = NULL;
    int status = -1;

    if (path != NULL) {
        if (config_read(path, &bytes, &text.size, writing->err) != 0)
            return -1;
        text.data = bytes;
    }
    output = output_open(writing->folder_fd, SOURCES_FOLDER "/" SOURCES_POLICY_FILE, writing->err);
    if (output == NULL)
        goto done;
    if (output_write(output, text.data, text.size, writing->err) != 0) {
        output_discard(output);
        goto done;
    }
    status = commit(writing, output, 0);
    if (status == 0 && strcmp(writing->summary->sha256, policy->sha256) != 0)
        status = error_set(writing->err, ERROR_USAGE, "%s: was changed while the run read it",
                           path == NULL ? POLICY_STANDARD_NAME : path);
done:
    free(bytes);
    return status;
}

/* ---- all of them ---- */

enum {
    INPUT_FILES = INPUT_COUNT - 1, /* all but the tickets */
    FIRST_STATE = INPUT_FILES,
    REJECTED_FILE = FIRST_STATE + HISTORY_FILE_COUNT,
    POLICY_FILE,
    FILE_COUNT,
};

_Static_assert((int)FILE_COUNT == (int)SOURCES_FILE_COUNT, "every file has its summary");

/* The larger ones first. */
static const enum input INPUTS[INPUT_FILES] = {
    INPUT_ORDERS,   INPUT_REFUND_REQUESTS, INPUT_USAGE,     INPUT_CLAIMS,
    INPUT_ACCOUNTS, INPUT_FILINGS,         INPUT_INCIDENTS,
};

/* The files are taken one by one, by as many threads as there are. */
struct all_files {
    struct month *month;
    const char *policy_path;
    const struct policy_source *policy;
    int folder_fd;
    struct output_summary *summaries;
    struct error errors[FILE_COUNT];
    atomic_int next;
};

static int write_file(struct writing *writing, const struct all_files *all, int file)
{
    if (file < INPUT_FILES)
        return write_input(writing, INPUTS[file]);
    if (file < REJECTED_FILE)
        return write_state(writing, file - FIRST_STATE);
    if (file == REJECTED_FILE)
        return write_rejected(writing);
    return write_policy(writing, all->policy_path, all->policy);
}

static void *write_files(void *context)
{
    struct all_files *all = context;
    int file = 0;

    while ((file = atomic_fetch_add(&all->next, 1)) < FILE_COUNT) {
        struct writing writing = {all->month, all->folder_fd, &all->summaries[file],
                                  &all->errors[file]};

        if (write_file(&writing, all, file) != 0)
            assert(all->errors[file].kind != ERROR_NONE);
    }
    return NULL;
}

/* A thread that can't be had is done without. */
int sources_files_write(struct month *month, const char *policy_path,
                        const struct policy_source *policy, int folder_fd,
                        struct output_summary summaries[SOURCES_FILE_COUNT], struct error *err)
{
    struct all_files *all = calloc(1, sizeof(*all));
    pthread_t threads[FILE_COUNT];
    int started = 0;
    int status = 0;

    if (all == NULL)
        return out_of_memory(err);
    all->month = month;
    all->policy_path = policy_path;
    all->policy = policy;
    all->folder_fd = folder_fd;
    all->summaries = summaries;
    while (started + 1 < month->intake_options.threads && started < FILE_COUNT &&
           pthread_create(&threads[started], NULL, write_files, all) == 0)
        started++;
    (void)write_files(all);
    while (started > 0)
        (void)pthread_join(threads[--started], NULL);
    for (int file = 0; file < FILE_COUNT && status == 0; file++)
        if (all->errors[file].kind != ERROR_NONE)
            status = error_set(err, all->errors[file].kind, "%s", all->errors[file].detail);
    free(all);
    return status;
}
