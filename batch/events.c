/*
 * Owns the question which events this period judges, and the month's incidents. Knows nothing of
 * orders or money.
 */
#include "batch/events.h"

#include <stdlib.h>

static const struct row_position carried_position = {.file = UINT32_MAX};
static const struct span none = {"", 0};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

/* ---- which events ---- */

/* Pending filings have no time. */
enum event_fate event_fate_of(const struct month *month, int64_t time, bool carried, bool decided)
{
    if (!carried && (decided || (time != INSTANT_NONE && time < month->opens_at)))
        return EVENT_DECIDED;
    if (time != INSTANT_NONE && time >= month->ends_at)
        return EVENT_HELD;
    return EVENT_DUE;
}

enum event_fate event_sort_out(const struct month *month, struct event_figures *figures,
                               int64_t time, bool carried, bool decided)
{
    const enum event_fate fate = event_fate_of(month, time, carried, decided);

    figures->already_decided += fate == EVENT_DECIDED;
    figures->held += fate == EVENT_HELD;
    figures->late += fate == EVENT_DUE && time != INSTANT_NONE && time < month->begins_at;
    return fate;
}

int events_check_files(const struct month *month, bool claims, bool filings, struct error *err)
{
    if (claims && month->exports.count[INPUT_INCIDENTS] == 0)
        return error_set(
            err, ERROR_INPUT,
            "claims are due, but the exports have no incidents file: was it forgotten?");
    if (filings && month->exports.count[INPUT_ACCOUNTS] == 0)
        return error_set(
            err, ERROR_INPUT,
            "filings are due, but the exports have no accounts file: was it forgotten?");
    return 0;
}

/* ---- carried rows ---- */

int events_carried_rows(const struct month *month, const struct history *history, enum input input,
                        const struct row_sink *sink, struct error *err)
{
    struct read_options options = *month->intake_options.read;

    options.too_old_before = INSTANT_NONE; /* carried events are exempt */
    options.progress = NULL;
    options.delimiter = ',';
    options.alias_count = 0;
    return history_carried_rows(history, &options, input, sink, err);
}

int events_refuse_carried(void *context, const struct reject *reject, const void *record,
                          uint32_t readable, struct error *err)
{
    (void)context;
    (void)record;
    (void)readable;
    return error_set(err, ERROR_CLOSED,
                     "the previous period's carry-forward is damaged: line %llu of its %s is bad",
                     (unsigned long long)reject->position.line, input_name(reject->input));
}

/* ---- incidents ---- */

/* A carried incident gives way to an accepted one of the new export with its id. */
static int join_carried(void *context, const void *record, struct row_position position,
                        struct span raw, struct error *err)
{
    struct month *month = context;
    struct intake *intake = &month->intakes[INPUT_INCIDENTS];
    const struct incident *kept = record;

    (void)position;
    (void)raw;
    if (name_set_has(&month->incidents, kept->incident_id, none))
        return 0;
    if (intake_keep(intake, record, carried_position, err) != 0)
        return -1;
    kept = intake->rows[intake->row_count - 1].record;
    if (name_set_add(&month->incidents, kept->incident_id, none, false, NULL) != 0)
        return out_of_memory(err);
    return 0;
}

static int note_rejected(void *context, const void *record, uint32_t readable, struct error *err)
{
    struct month *month = context;
    const struct incident *incident = record;

    if ((readable & 1U << table_column(table_of(INPUT_INCIDENTS), "incident_id")) == 0)
        return 0;
    if (name_set_add(&month->rejected_incidents, incident->incident_id, none, true, NULL) != 0)
        return out_of_memory(err);
    return 0;
}

int events_read_incidents(struct month *month, const struct history *history, struct error *err)
{
    const struct exports *exports = &month->exports;
    const struct intake_hooks hooks = {.context = month, .rejected = note_rejected};
    const struct row_sink carried = {
        .context = month, .accept = join_carried, .reject = events_refuse_carried};
    struct intake *intake = &month->intakes[INPUT_INCIDENTS];

    if (intake_read(intake, table_of(INPUT_INCIDENTS),
                    &exports->files[exports->first[INPUT_INCIDENTS]],
                    exports->count[INPUT_INCIDENTS], &month->intake_options, &hooks,
                    &month->rejects, err) != 0)
        return -1;
    for (size_t i = 0; i < intake->row_count; i++) {
        const struct incident *incident = intake->rows[i].record;

        if (name_set_add(&month->incidents, incident->incident_id, none, false, NULL) != 0)
            return out_of_memory(err);
    }
    return events_carried_rows(month, history, INPUT_INCIDENTS, &carried, err);
}
