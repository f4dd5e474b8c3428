/*
 * Owns the choice of what is published of the sources. Knows no rule.
 */
#include "batch/sources_files.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "batch/source_row.h"
#include "batch/state_files.h"
#include "policy/standard.h"
#include "readers/config.h"
#include "writers/output.h"

static const struct span none = {"", 0};

struct writing {
    const struct month *month;
    int folder_fd;
    struct output_summary *summaries;
    size_t summary_count;
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
        &month->rejected_accounts,  &month->rejected_basis_accounts,
        &month->rejected_bases,     &month->rejected_incidents,
        &month->rejected_order_resources, &month->rejected_orders,
    };

    return sets[kind];
}

/* ---- one file ---- */

static struct output *open_file(const struct writing *writing, const char *stem,
                                const char *suffix)
{
    char name[OUTPUT_NAME_MAX];
    int length = snprintf(name, sizeof(name), SOURCES_FOLDER "/%s%s", stem, suffix);

    assert(length > 0 && (size_t)length < sizeof(name));
    return output_open_gzip_fast(writing->folder_fd, name, writing->err);
}

static int commit(struct writing *writing, struct output *output, uint64_t rows)
{
    struct output_summary *summary = &writing->summaries[writing->summary_count];

    assert(writing->summary_count < SOURCES_FILE_COUNT);
    if (output_commit(output, summary, writing->err) != 0)
        return -1;
    summary->rows = rows;
    writing->summary_count++;
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
    const char *file =
        position.file == UINT32_MAX ? "" : month->exports.files[position.file].name;
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

static int write_rejected(struct writing *writing, struct month *month)
{
    static const char HEADER[] = "kind,first,second\n";
    struct output *output = open_file(writing, SOURCES_REJECTED_FILE, "");
    uint64_t rows = 0;

    if (output == NULL)
        return -1;
    if (output_write(output, HEADER, sizeof(HEADER) - 1, writing->err) != 0)
        goto failed;
    for (int kind = 0; kind < REJECTED_NAMES_COUNT; kind++) {
        const struct name_set *names = rejected_names(month, kind);

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

static int put_line(struct state_writing *state, const struct state_line *line)
{
    if (output_write(state->output, line->row.line.data, line->row.line.size,
                     state->writing->err) != 0 ||
        output_write(state->output, "\n", 1, state->writing->err) != 0)
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

static int compare_order_ids(const void *left, const void *right)
{
    return span_compare((*(const struct order_state *const *)left)->order->order_id,
                        (*(const struct order_state *const *)right)->order->order_id);
}

/* The kept orders of which something was known, by id. */
static const struct order_state **known_orders(const struct writing *writing,
                                               bool (*known)(const struct order_state *),
                                               size_t *count)
{
    const struct month *month = writing->month;
    const size_t order_count = month->intakes[INPUT_ORDERS].row_count;
    const struct order_state **orders = NULL;

    *count = 0;
    for (size_t i = 0; i < order_count; i++)
        *count += known(&month->order_states[i]);
    orders = malloc((*count + 1) * sizeof(*orders));
    if (orders == NULL) {
        (void)out_of_memory(writing->err);
        return NULL;
    }
    *count = 0;
    for (size_t i = 0; i < order_count; i++)
        if (known(&month->order_states[i]))
            orders[(*count)++] = &month->order_states[i];
    if (*count > 1)
        qsort(orders, *count, sizeof(const struct order_state *), compare_order_ids);
    return orders;
}

static bool was_refunded(const struct order_state *state)
{
    return state->refund_requested_at != INSTANT_NONE;
}

static bool was_compensated(const struct order_state *state)
{
    return !decimal_is_zero(state->compensated);
}

static int put_orders(struct state_writing *state, bool refunded)
{
    size_t count = 0;
    const struct order_state **orders =
        known_orders(state->writing, refunded ? was_refunded : was_compensated, &count);
    int status = 0;

    if (orders == NULL)
        return -1;
    for (size_t i = 0; i < count && status == 0; i++) {
        struct state_line line;

        state_line_start(&line);
        state_line_text(&line, orders[i]->order->order_id);
        if (refunded) {
            state_line_instant(&line, orders[i]->refund_requested_at);
        } else {
            state_line_text(&line,
                            (struct span){currency_code(orders[i]->order->currency), 3});
            state_line_amount(&line, orders[i]->compensated, orders[i]->order->currency);
        }
        status = put_line(state, &line);
    }
    free(orders);
    return status;
}

static int put_refunded_orders(struct state_writing *state)
{
    return put_orders(state, true);
}

static int put_compensated_orders(struct state_writing *state)
{
    return put_orders(state, false);
}

/* Spans and counts were read from sorted files, and still are in their order. */
static int put_seconds(struct state_writing *state)
{
    const struct month *month = state->writing->month;

    for (size_t i = 0; i < month->span_count; i++) {
        const struct history_span *span = &month->spans[i];
        struct state_line line;

        state_line_start(&line);
        state_line_text(&line, month->accounts.names[span->account].first);
        state_line_text(&line, span->span.resource_id);
        state_line_instant(&line, span->span.from);
        state_line_instant(&line, span->span.to);
        if (put_line(state, &line) != 0)
            return -1;
    }
    return 0;
}

static int put_full_refunds(struct state_writing *state)
{
    const struct month *month = state->writing->month;

    for (size_t i = 0; i < month->full_refund_count; i++) {
        const struct history_full_refunds *refunds = &month->full_refunds[i];
        struct state_line line;

        state_line_start(&line);
        state_line_text(&line, month->accounts.names[refunds->account].first);
        state_line_number(&line, refunds->count.year, STATE_YEAR_DIGITS);
        state_line_number(&line, refunds->count.count, 1);
        if (put_line(state, &line) != 0)
            return -1;
    }
    return 0;
}

static int compare_spans(const void *left, const void *right)
{
    return span_compare(*(const struct span *)left, *(const struct span *)right);
}

/* The month remembers that an account was rewarded, not when: the period named is its own. */
static int put_rewarded(struct state_writing *state)
{
    const struct month *month = state->writing->month;
    struct span *accounts = malloc((month->accounts.count + 1) * sizeof(*accounts));
    size_t count = 0;
    int status = 0;

    if (accounts == NULL)
        return out_of_memory(state->writing->err);
    for (size_t i = 0; month->rewarded != NULL && i < month->accounts.count; i++)
        if (month->rewarded[i])
            accounts[count++] = month->accounts.names[i].first;
    if (count > 1)
        qsort(accounts, count, sizeof(*accounts), compare_spans);
    for (size_t i = 0; i < count && status == 0; i++) {
        struct state_line line;

        state_line_start(&line);
        state_line_text(&line, accounts[i]);
        state_line_period(&line, month->period - 1);
        status = put_line(state, &line);
    }
    free(accounts);
    return status;
}

static int write_state(struct writing *writing, const struct state_layout *layout,
                       int (*put_all)(struct state_writing *state))
{
    struct state_writing state = {
        writing, layout, open_file(writing, layout->name, STATE_FILE_SUFFIX), 0};

    if (state.output == NULL)
        return -1;
    if (put_fields(&state) != 0 || put_all(&state) != 0) {
        output_discard(state.output);
        return -1;
    }
    return commit(writing, state.output, state.rows);
}

static int write_states(struct writing *writing)
{
    if (write_state(writing, &state_compensated_orders, put_compensated_orders) != 0 ||
        write_state(writing, &state_compensated_seconds, put_seconds) != 0 ||
        write_state(writing, &state_full_refunds, put_full_refunds) != 0 ||
        write_state(writing, &state_refunded_orders, put_refunded_orders) != 0 ||
        write_state(writing, &state_rewarded_accounts, put_rewarded) != 0)
        return -1;
    return 0;
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
    if (status == 0 &&
        strcmp(writing->summaries[writing->summary_count - 1].sha256, policy->sha256) != 0)
        status = error_set(writing->err, ERROR_USAGE, "%s: was changed while the run read it",
                           path == NULL ? POLICY_STANDARD_NAME : path);
done:
    free(bytes);
    return status;
}

int sources_files_write(struct month *month, const char *policy_path,
                        const struct policy_source *policy, int folder_fd,
                        struct output_summary summaries[SOURCES_FILE_COUNT], struct error *err)
{
    struct writing writing = {
        .month = month, .folder_fd = folder_fd, .summaries = summaries, .err = err};

    for (int input = 0; input < INPUT_COUNT; input++)
        if (input != INPUT_TICKETS && write_input(&writing, (enum input)input) != 0)
            return -1;
    if (write_rejected(&writing, month) != 0 || write_states(&writing) != 0 ||
        write_policy(&writing, policy_path, policy) != 0)
        return -1;
    assert(writing.summary_count == SOURCES_FILE_COUNT);
    return 0;
}
