/*
 * Owns the question which events this period judges. Knows nothing of orders or money.
 */
#include "batch/events.h"

#include <stdlib.h>

static const struct row_position carried_position = {.file = UINT32_MAX};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

/* Rows of one kind by id, so that carried rows and decided ids find them. */
struct by_id {
    enum input input;
    struct intake *intake;
    struct name_set ids;           /* numbers are those of the intake's rows */
    bool *decided;                 /* by row: an earlier period decided it */
    struct event_figures *figures; /* NULL: incidents */
};

static struct span record_id(enum input input, const void *record)
{
    switch (input) {
    case INPUT_REFUND_REQUESTS:
        return event_id(EVENT_REQUEST, record);
    case INPUT_CLAIMS:
        return event_id(EVENT_CLAIM, record);
    case INPUT_FILINGS:
        return event_id(EVENT_FILING, record);
    default:
        return ((const struct incident *)record)->incident_id;
    }
}

static int index_rows(struct by_id *rows, struct error *err)
{
    for (size_t i = 0; i < rows->intake->row_count; i++)
        if (name_set_add(&rows->ids, record_id(rows->input, rows->intake->rows[i].record),
                         (struct span){"", 0}, false, NULL) != 0)
            return out_of_memory(err);
    return 0;
}

/* A carried row gives way to an accepted row of the new export with its key. */
static int join_carried(void *context, const void *record, struct row_position position,
                        struct span raw, struct error *err)
{
    struct by_id *rows = context;
    const void *kept = NULL;

    (void)position;
    (void)raw;
    if (rows->figures != NULL)
        rows->figures->carried_in++;
    if (name_set_has(&rows->ids, record_id(rows->input, record), (struct span){"", 0})) {
        if (rows->figures != NULL)
            rows->figures->replaced++;
        return 0;
    }
    if (intake_keep(rows->intake, record, carried_position, err) != 0)
        return -1;
    kept = rows->intake->rows[rows->intake->row_count - 1].record;
    if (name_set_add(&rows->ids, record_id(rows->input, kept), (struct span){"", 0}, false, NULL) !=
        0)
        return out_of_memory(err);
    return 0;
}

static int refuse_carried(void *context, const struct reject *reject, const void *record,
                          uint32_t readable, struct error *err)
{
    (void)context;
    (void)record;
    (void)readable;
    return error_set(err, ERROR_CLOSED,
                     "the previous period's carry-forward is damaged: line %llu of its %s is bad",
                     (unsigned long long)reject->position.line, input_name(reject->input));
}

/* Reads the input's files, then joins the carried rows to them, where there is a history. */
static int read_with_carried(struct month *month, const struct history *history, struct by_id *rows,
                             const struct intake_hooks *hooks, struct error *err)
{
    const struct exports *exports = &month->exports;
    struct row_sink carried = {rows, join_carried, refuse_carried};
    struct read_options options = *month->intake_options.read;

    rows->intake = &month->intakes[rows->input];
    if (intake_read(rows->intake, table_of(rows->input),
                    &exports->files[exports->first[rows->input]], exports->count[rows->input],
                    &month->intake_options, hooks, &month->rejects, err) != 0 ||
        index_rows(rows, err) != 0)
        return -1;
    if (rows->figures != NULL)
        rows->figures->accepted = (int64_t)rows->intake->row_count;
    options.too_old_before = INSTANT_NONE; /* carried events are exempt */
    options.progress = NULL;
    options.delimiter = ',';
    options.alias_count = 0;
    return history_carried_rows(history, &options, rows->input, &carried, err);
}

static int note_decided(void *context, struct span id, struct error *err)
{
    struct by_id *rows = context;
    uint32_t number = 0;

    (void)err;
    if (name_set_find(&rows->ids, id, (struct span){"", 0}, &number))
        rows->decided[number] = true;
    return 0;
}

/* Sorts one event out; pending filings have no time. */
static int sort_out(struct month *month, enum event_kind kind, const struct kept_row *row,
                    bool decided, struct error *err)
{
    const bool carried = row->position.file == UINT32_MAX;
    struct event_figures *figures = &month->figures[kind];
    struct event event = {row->record, row->position, event_time(kind, row->record), 0};

    if (!carried && (decided || (event.time != INSTANT_NONE && event.time < month->opens_at))) {
        figures->already_decided++;
        return 0;
    }
    if (event.time != INSTANT_NONE && event.time >= month->ends_at) {
        figures->held++;
        return event_list_add(&month->held[kind], event, err);
    }
    if (event.time != INSTANT_NONE && event.time < month->begins_at)
        figures->late++;
    return event_list_add(&month->due[kind], event, err);
}

static int read_kind(struct month *month, const struct history *history, enum event_kind kind,
                     struct error *err)
{
    struct by_id rows = {.input = event_inputs[kind], .figures = &month->figures[kind]};
    struct intake_hooks hooks = {0};
    int status = -1;

    if (read_with_carried(month, history, &rows, &hooks, err) != 0)
        goto done;
    rows.decided = calloc(rows.intake->row_count + 1, sizeof(*rows.decided));
    if (rows.decided == NULL) {
        (void)out_of_memory(err);
        goto done;
    }
    if (history_decided_ids(history, kind, note_decided, &rows, err) != 0)
        goto done;
    for (size_t i = 0; i < rows.intake->row_count; i++)
        if (sort_out(month, kind, &rows.intake->rows[i], rows.decided[i], err) != 0)
            goto done;
    status = 0;
done:
    name_set_release(&rows.ids);
    free(rows.decided);
    return status;
}

static int note_rejected_incident(void *context, const void *record, uint32_t readable,
                                  struct error *err)
{
    struct month *month = context;
    const struct incident *incident = record;

    if ((readable & 1U << table_column(table_of(INPUT_INCIDENTS), "incident_id")) == 0)
        return 0;
    if (name_set_add(&month->rejected_incidents, incident->incident_id, (struct span){"", 0}, true,
                     NULL) != 0)
        return out_of_memory(err);
    return 0;
}

static int read_incidents(struct month *month, const struct history *history, struct error *err)
{
    struct by_id rows = {.input = INPUT_INCIDENTS};
    struct intake_hooks hooks = {.context = month, .rejected = note_rejected_incident};
    int status = read_with_carried(month, history, &rows, &hooks, err);

    month->incidents = rows.ids;
    return status;
}

/* Tickets are those of the period; others are counted and left out. */
static int read_tickets(struct month *month, struct error *err)
{
    const struct exports *exports = &month->exports;
    struct intake *intake = &month->intakes[INPUT_TICKETS];
    struct intake_hooks hooks = {0};

    if (intake_read(intake, table_of(INPUT_TICKETS), &exports->files[exports->first[INPUT_TICKETS]],
                    exports->count[INPUT_TICKETS], &month->intake_options, &hooks, &month->rejects,
                    err) != 0)
        return -1;
    for (size_t i = 0; i < intake->row_count; i++) {
        const struct ticket *ticket = intake->rows[i].record;
        struct event event = {ticket, intake->rows[i].position, ticket->opened_at, 0};

        if (ticket->opened_at < month->begins_at || ticket->opened_at >= month->ends_at)
            month->tickets_left_out++;
        else if (event_list_add(&month->tickets, event, err) != 0)
            return -1;
    }
    return 0;
}

static bool any_approved(const struct event_list *filings)
{
    for (size_t i = 0; i < filings->count; i++)
        if (filings->items[i].time != INSTANT_NONE)
            return true;
    return false;
}

int events_read(struct month *month, const struct history *history, struct error *err)
{
    for (enum event_kind kind = 0; kind < EVENT_KIND_COUNT; kind++)
        if (read_kind(month, history, kind, err) != 0)
            return -1;
    if (read_incidents(month, history, err) != 0 || read_tickets(month, err) != 0)
        return -1;
    if (month->due[EVENT_CLAIM].count > 0 && month->exports.count[INPUT_INCIDENTS] == 0)
        return error_set(
            err, ERROR_INPUT,
            "claims are due, but the exports have no incidents file: was it forgotten?");
    if (any_approved(&month->due[EVENT_FILING]) && month->exports.count[INPUT_ACCOUNTS] == 0)
        return error_set(
            err, ERROR_INPUT,
            "filings are due, but the exports have no accounts file: was it forgotten?");
    return 0;
}
