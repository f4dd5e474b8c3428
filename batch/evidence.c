/*
 * Owns the reading of a period's sources for some accounts. Knows no rule.
 */
#include "batch/evidence.h"

#include <stdio.h>
#include <stdlib.h>

#include "batch/history.h"
#include "batch/sources_files.h"
#include "policy/block.h"
#include "readers/ledger_rows.h"
#include "readers/table.h"

static const struct span none = {"", 0};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

void evidence_init(struct evidence *evidence, const struct closed_period *period)
{
    *evidence = (struct evidence){.period = period};
    month_init(&evidence->month, period->policy, period->period, period->manifest.opening_from);
}

void evidence_release(struct evidence *evidence)
{
    month_release(&evidence->month);
    name_set_release(&evidence->wanted);
    name_set_release(&evidence->orders_named);
    arena_release(&evidence->text);
    free(evidence->places);
    *evidence = (struct evidence){0};
}

int evidence_want(struct evidence *evidence, struct span account_id, struct error *err)
{
    if (name_set_add(&evidence->wanted, account_id, none, true, NULL) != 0)
        return out_of_memory(err);
    return 0;
}

/* ---- rows ---- */

/* The last two fields of a source's row: the file, quotes dropped, and the line. */
static int split_place(struct evidence *evidence, struct span raw, struct evidence_place *place)
{
    size_t at = raw.size;
    size_t end = 0;
    size_t size = 0;
    char *name = NULL;

    while (at > 0 && raw.data[at - 1] != ',')
        at--;
    for (size_t i = at; i < raw.size; i++)
        place->line = place->line * 10 + (uint64_t)(raw.data[i] - '0');
    end = at == 0 ? 0 : at - 1;
    place->file = none;
    if (end == 0 || raw.data[end - 1] == ',')
        return 0;
    if (raw.data[end - 1] != '"') {
        size_t start = end;

        while (start > 0 && raw.data[start - 1] != ',')
            start--;
        return arena_copy(&evidence->text, (struct span){raw.data + start, end - start},
                          &place->file);
    }
    /* Backwards to the one quote that is not doubled and stands behind a comma. */
    for (at = end - 1; at > 0; at--) {
        if (raw.data[at - 1] != '"')
            continue;
        if (at > 1 && raw.data[at - 2] == '"')
            at--;
        else
            break;
    }
    name = arena_alloc(&evidence->text, end - at + 1);
    if (name == NULL)
        return -1;
    for (size_t i = at; i + 1 < end; i++) {
        name[size++] = raw.data[i];
        if (raw.data[i] == '"')
            i++;
    }
    place->file = (struct span){name, size};
    return 0;
}

static int add_place(struct evidence *evidence, const void *record, struct span raw,
                     struct error *err)
{
    struct evidence_place place = {.record = record};

    if (evidence->place_count == evidence->place_capacity) {
        size_t capacity = evidence->place_capacity * 2 + 64;
        struct evidence_place *places = realloc(evidence->places, capacity * sizeof(*places));

        if (places == NULL)
            return out_of_memory(err);
        evidence->places = places;
        evidence->place_capacity = capacity;
    }
    if (split_place(evidence, raw, &place) != 0)
        return out_of_memory(err);
    evidence->places[evidence->place_count++] = place;
    return 0;
}

static int compare_places(const void *left, const void *right)
{
    const struct evidence_place *a = left;
    const struct evidence_place *b = right;

    if (a->record == b->record)
        return 0;
    return (uintptr_t)a->record < (uintptr_t)b->record ? -1 : 1;
}

const struct evidence_place *evidence_place(const struct evidence *evidence, const void *record)
{
    const struct evidence_place key = {.record = record};

    if (evidence->place_count == 0 || record == NULL)
        return NULL;
    return bsearch(&key, evidence->places, evidence->place_count, sizeof(key), compare_places);
}

static bool is_wanted(const struct evidence *evidence, struct span account_id)
{
    return name_set_has(&evidence->wanted, account_id, none);
}

static bool concerns(const struct evidence *evidence, enum input input, const void *record)
{
    const struct order *order = record;

    switch (input) {
    case INPUT_REFUND_REQUESTS:
        return is_wanted(evidence, event_account(EVENT_REQUEST, record));
    case INPUT_CLAIMS:
        return is_wanted(evidence, event_account(EVENT_CLAIM, record));
    case INPUT_FILINGS:
        return is_wanted(evidence, event_account(EVENT_FILING, record));
    case INPUT_INCIDENTS:
        return name_set_has(&evidence->month.incidents,
                            ((const struct incident *)record)->incident_id, none);
    case INPUT_ACCOUNTS:
        return is_wanted(evidence, ((const struct account *)record)->account_id);
    case INPUT_ORDERS:
        return is_wanted(evidence, order->account_id) ||
               name_set_has(&evidence->orders_named, order->order_id, none);
    case INPUT_USAGE:
        return is_wanted(evidence, ((const struct usage *)record)->account_id);
    case INPUT_TICKETS:
    case INPUT_COUNT:
        break;
    }
    return false;
}

struct taking {
    struct evidence *evidence;
    enum input input;
};

/* An order stands in the sources with every account whose events name it. */
static bool stands_already(const struct taking *taking, const void *record)
{
    return taking->input == INPUT_ORDERS &&
           name_set_has(&taking->evidence->month.orders, ((const struct order *)record)->order_id,
                        none);
}

static int accept_row(void *context, const void *record, struct row_position position,
                      struct span raw, struct error *err)
{
    const struct taking *taking = context;
    struct intake *intake = &taking->evidence->month.intakes[taking->input];

    if (!concerns(taking->evidence, taking->input, record) || stands_already(taking, record))
        return 0;
    if (intake_keep(intake, record, position, err) != 0)
        return -1;
    record = intake->rows[intake->row_count - 1].record;
    if (taking->input == INPUT_ORDERS &&
        name_set_add(&taking->evidence->month.orders, ((const struct order *)record)->order_id,
                     none, false, NULL) != 0)
        return out_of_memory(err);
    return add_place(taking->evidence, record, raw, err);
}

static int refuse_row(void *context, const struct reject *reject, const void *record,
                      uint32_t readable, struct error *err)
{
    (void)context;
    (void)record;
    (void)readable;
    return error_set(err, ERROR_CONTROL, "the period's sources are damaged: line %llu of %s",
                     (unsigned long long)reject->position.line, input_name(reject->input));
}

static int read_rows(struct evidence *evidence, enum input input, struct error *err)
{
    struct taking taking = {evidence, input};
    const struct row_sink sink = {.context = &taking, .accept = accept_row, .reject = refuse_row};
    const struct read_options options = {
        .utc_offset_seconds = evidence->period->policy->utc_offset_seconds,
        .delimiter = ',',
        .too_old_before = INSTANT_NONE,
    };
    char name[OUTPUT_NAME_MAX];
    char path[CLOSED_PATH_MAX];
    struct input_file file = {.path = path, .name = name, .input = input};
    int status = -1;

    evidence->month.intakes[input].table = table_of(input);
    snprintf(name, sizeof(name), SOURCES_FOLDER "/%s.csv.gz", input_name(input));
    if (closed_period_file(evidence->period, name, path, err) != 0)
        return -1;
    status = input_read(&file, 1, &options, &sink, 1, err);
    input_file_release(&file);
    return status;
}

/* ---- what the rows name ---- */

static int add_events(struct evidence *evidence, enum event_kind kind, struct error *err)
{
    struct month *month = &evidence->month;
    const struct intake *intake = &month->intakes[event_inputs[kind]];

    for (size_t i = 0; i < intake->row_count; i++) {
        const void *record = intake->rows[i].record;
        struct event event = {.record = record,
                              .position = intake->rows[i].position,
                              .time = event_time(kind, record)};
        struct span order_id = none;

        if (kind == EVENT_REQUEST)
            order_id = ((const struct refund_request *)record)->order_id;
        if (kind == EVENT_FILING)
            order_id = ((const struct filing *)record)->order_id;
        if (name_set_add(&month->accounts, event_account(kind, record), none, false,
                         &event.account) != 0 ||
            (order_id.size > 0 &&
             name_set_add(&evidence->orders_named, order_id, none, false, NULL) != 0))
            return out_of_memory(err);
        if (event_list_add(&month->due[kind], event, err) != 0)
            return -1;
    }
    return 0;
}

/* The claims' incidents: first by the names that claims give, then by the rows' own. */
static int name_incidents(struct evidence *evidence, struct error *err)
{
    const struct intake *claims = &evidence->month.intakes[INPUT_CLAIMS];

    for (size_t i = 0; i < claims->row_count; i++)
        if (name_set_add(&evidence->month.incidents,
                         ((const struct claim *)claims->rows[i].record)->incident_id, none, false,
                         NULL) != 0)
            return out_of_memory(err);
    return 0;
}

static int index_incidents(struct evidence *evidence, struct error *err)
{
    const struct intake *incidents = &evidence->month.intakes[INPUT_INCIDENTS];

    name_set_release(&evidence->month.incidents);
    evidence->month.incidents = (struct name_set){0};
    for (size_t i = 0; i < incidents->row_count; i++)
        if (name_set_add(&evidence->month.incidents,
                         ((const struct incident *)incidents->rows[i].record)->incident_id, none,
                         false, NULL) != 0)
            return out_of_memory(err);
    return 0;
}

static int give_orders_states(struct evidence *evidence, struct error *err)
{
    struct month *month = &evidence->month;
    const struct intake *orders = &month->intakes[INPUT_ORDERS];

    month->order_states = block_clear(orders->row_count + 1, sizeof(*month->order_states));
    if (month->order_states == NULL)
        return out_of_memory(err);
    for (size_t i = 0; i < orders->row_count; i++)
        month->order_states[i] =
            (struct order_state){orders->rows[i].record, INSTANT_NONE, DECIMAL_ZERO};
    return 0;
}

static int take_rejected(struct evidence *evidence, const struct csv_row *row, struct error *err)
{
    for (int kind = 0; kind < REJECTED_KIND_COUNT; kind++)
        if (span_is(row->fields[0], rejected_names_kinds[kind])) {
            if (name_set_add(rejected_names(&evidence->month, kind), row->fields[1], row->fields[2],
                             true, NULL) != 0)
                return out_of_memory(err);
            return 0;
        }
    return error_set(err, ERROR_CONTROL, "the period's sources are damaged: rejected_names");
}

static int read_rejected(struct evidence *evidence, struct error *err)
{
    static const char NAME[] = SOURCES_FOLDER "/" SOURCES_REJECTED_FILE;
    struct ledger_rows *rows = NULL;
    struct csv_row row;
    char path[CLOSED_PATH_MAX];
    int more = -1;

    if (closed_period_file(evidence->period, NAME, path, err) != 0 ||
        ledger_rows_open(&rows, path, NAME, err) != 0)
        return -1;
    if (ledger_rows_column_count(rows) != 3)
        error_set(err, ERROR_CONTROL, "%s: has not three columns", NAME);
    else
        while ((more = ledger_rows_next(rows, &row, err)) == 1)
            if (take_rejected(evidence, &row, err) != 0)
                break;
    ledger_rows_close(rows);
    return more == 0 ? 0 : -1;
}

int evidence_read(struct evidence *evidence, struct error *err)
{
    char path[CLOSED_PATH_MAX];
    const struct history history = {evidence->period->sources_fd, path};

    if (closed_period_file(evidence->period, SOURCES_FOLDER, path, err) != 0)
        return -1;
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        if (read_rows(evidence, event_inputs[kind], err) != 0 ||
            add_events(evidence, (enum event_kind)kind, err) != 0)
            return -1;
    if (name_incidents(evidence, err) != 0 || read_rows(evidence, INPUT_INCIDENTS, err) != 0 ||
        index_incidents(evidence, err) != 0 || read_rows(evidence, INPUT_ACCOUNTS, err) != 0 ||
        read_rows(evidence, INPUT_ORDERS, err) != 0 || give_orders_states(evidence, err) != 0 ||
        read_rows(evidence, INPUT_USAGE, err) != 0 || read_rejected(evidence, err) != 0 ||
        history_load(&history, &evidence->month, err) != 0)
        return -1;
    if (evidence->place_count > 1)
        qsort(evidence->places, evidence->place_count, sizeof(*evidence->places), compare_places);
    return 0;
}
