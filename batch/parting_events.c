/*
 * Owns the question which events a run judges, and their way to the parts. Knows nothing of orders
 * or money.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "batch/distinct.h"
#include "batch/event_log.h"
#include "batch/events.h"
#include "batch/parting.h"
#include "policy/apart.h"
#include "policy/block.h"

enum {
    DECIDED_AT_A_TIME = 1 << 18, /* ids of earlier periods that are looked for at once */
    MAYBE_BITS_PER_ID = 16,
};

static const struct span none = {"", 0};
static const struct row_position carried_position = {.file = UINT32_MAX};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

/* One kind of event, on its way. */
struct kind_reading {
    struct parting *parting;
    enum event_kind kind;
    struct event_log log;
    atomic_uchar *decided; /* a bit for each row of the log: decided before; NULL: none is */
    struct intake carried;
    struct name_set carried_ids;
    bool *replaced; /* by number of the carried row */

    uint64_t *maybe; /* bits of the ids that the log has */
    uint64_t maybe_mask;
    struct name_set decided_ids; /* ids that an earlier period decided and the log may have */

    size_t due;
    bool any_timed; /* a due event has a time: of filings, it is approved */
};

struct events_reading;

/* What one thread finds and does. */
struct events_share {
    alignas(APART_BYTES) struct events_reading *events;
    struct event_figures figures; /* of the kind at hand */
    size_t due;                   /* likewise */
    bool any_timed;               /* likewise */
    struct ticket_figures tickets;
    struct account_sample accounts;
    struct distinct names[ROUTE_GROUP_COUNT]; /* that due events bear */
    struct route_batch routes[ROUTE_GROUP_COUNT];
};

struct events_reading {
    struct parting *parting;
    struct carry *carry;
    pthread_mutex_t carry_mutex;
    struct kind_reading kinds[EVENT_KIND_COUNT];
    struct kind_reading *reading; /* the one at hand */
    struct event_log tickets;
    struct events_share *shares; /* by thread */
    int threads;
};

/* ---- reading ---- */

static int take_event(void *context, int thread, const void *record, const struct row_keys *keys,
                      struct row_position position, struct error *err)
{
    (void)keys;
    return event_log_add(context, thread, record, position, err);
}

static int drop_event(void *context, const void *record, struct row_position position,
                      struct error *err)
{
    (void)record;
    return event_log_drop(context, position, err);
}

static int read_log(struct parting *parting, enum input input, struct event_log *log,
                    struct error *err)
{
    struct month *month = parting->whole;
    const struct exports *exports = &month->exports;
    const struct intake_hooks hooks = {.context = log, .take = take_event, .dropped = drop_event};

    if (event_log_open(log, table_of(input), parting->spill, month->intake_options.threads, err) !=
            0 ||
        intake_read(&month->intakes[input], table_of(input), &exports->files[exports->first[input]],
                    exports->count[input], &month->intake_options, &hooks, &month->rejects,
                    err) != 0)
        return -1;
    event_log_end(log);
    return 0;
}

static int keep_carried(void *context, const void *record, struct row_position position,
                        struct span raw, struct error *err)
{
    struct kind_reading *reading = context;
    const void *kept = NULL;

    (void)position;
    (void)raw;
    if (intake_keep(&reading->carried, record, carried_position, err) != 0)
        return -1;
    kept = reading->carried.rows[reading->carried.row_count - 1].record;
    if (name_set_add(&reading->carried_ids, event_id(reading->kind, kept), none, false, NULL) != 0)
        return out_of_memory(err);
    return 0;
}

static int read_carried(struct kind_reading *reading, const struct history *history,
                        struct error *err)
{
    const enum input input = event_inputs[reading->kind];
    const struct row_sink sink = {
        .context = reading, .accept = keep_carried, .reject = events_refuse_carried};

    reading->carried.table = table_of(input);
    if (events_carried_rows(reading->parting->whole, history, input, &sink, err) != 0)
        return -1;
    reading->replaced = block_clear(reading->carried.row_count + 1, sizeof(*reading->replaced));
    return reading->replaced == NULL ? out_of_memory(err) : 0;
}

/* ---- decided before ---- */

static uint64_t maybe_bit(const struct kind_reading *reading, uint64_t fingerprint, int which)
{
    return (which == 0 ? fingerprint : fingerprint >> 32 | fingerprint << 32) & reading->maybe_mask;
}

static int note_maybe(void *context, int thread, const struct logged_row *row, struct error *err)
{
    struct kind_reading *reading = context;
    const uint64_t fingerprint = name_fingerprint(event_id(reading->kind, row->record), none);

    (void)thread;
    (void)err;
    for (int which = 0; which < 2; which++) {
        const uint64_t bit = maybe_bit(reading, fingerprint, which);

        reading->maybe[bit / 64] |= UINT64_C(1) << (bit % 64);
    }
    return 0;
}

static bool maybe_has(const struct kind_reading *reading, struct span id)
{
    const uint64_t fingerprint = name_fingerprint(id, none);

    for (int which = 0; which < 2; which++) {
        const uint64_t bit = maybe_bit(reading, fingerprint, which);

        if ((reading->maybe[bit / 64] >> (bit % 64) & 1) == 0)
            return false;
    }
    return true;
}

static int mark_decided(void *context, int thread, const struct logged_row *row, struct error *err)
{
    struct kind_reading *reading = context;

    (void)thread;
    (void)err;
    if (name_set_has(&reading->decided_ids, event_id(reading->kind, row->record), none))
        (void)atomic_fetch_or_explicit(&reading->decided[row->number / 8],
                                       (unsigned char)(1u << row->number % 8),
                                       memory_order_relaxed);
    return 0;
}

static int mark_all_decided(struct kind_reading *reading, struct error *err)
{
    int status = 0;

    if (reading->decided_ids.count > 0)
        status = event_log_scan(&reading->log, reading->parting->whole->intake_options.threads,
                                mark_decided, reading, err);
    name_set_release(&reading->decided_ids);
    return status;
}

static int note_decided(void *context, struct span id, struct error *err)
{
    struct kind_reading *reading = context;

    if (!maybe_has(reading, id))
        return 0;
    if (name_set_add(&reading->decided_ids, id, none, true, NULL) != 0)
        return out_of_memory(err);
    return reading->decided_ids.count < DECIDED_AT_A_TIME ? 0 : mark_all_decided(reading, err);
}

static bool is_decided(const struct kind_reading *reading, size_t number)
{
    return reading->decided != NULL &&
           (atomic_load_explicit(&reading->decided[number / 8], memory_order_relaxed) >>
                (number % 8) &
            1) != 0;
}

/* Marks the rows whose ids an earlier period decided. */
static int find_decided(struct kind_reading *reading, const struct history *history,
                        struct error *err)
{
    uint64_t bits = 64;

    if (history->folder_fd < 0 || event_log_rows(&reading->log) == 0)
        return 0;
    while (bits < (uint64_t)event_log_rows(&reading->log) * MAYBE_BITS_PER_ID / 2)
        bits *= 2;
    reading->maybe_mask = bits - 1;
    reading->maybe = block_clear((size_t)(bits / 64), sizeof(*reading->maybe));
    reading->decided =
        block_clear(event_log_rows(&reading->log) / 8 + 1, sizeof(*reading->decided));
    if (reading->maybe == NULL || reading->decided == NULL)
        return out_of_memory(err);
    if (event_log_scan(&reading->log, 1, note_maybe, reading, err) != 0 ||
        history_decided_ids(history, reading->kind, note_decided, reading, err) != 0 ||
        mark_all_decided(reading, err) != 0)
        return -1;
    block_free(reading->maybe);
    reading->maybe = NULL;
    return 0;
}

/* ---- names ---- */

/* Names that an event bears, told one after another. */
struct route_visitor {
    int (*visit)(void *context, enum route_role role, uint64_t fingerprint, struct error *err);
    void *context;
    struct error *err;
};

static int tell(const struct route_visitor *visitor, enum route_role role, uint64_t fingerprint)
{
    return visitor->visit(visitor->context, role, fingerprint, visitor->err);
}

/* What the due event names, and whose it is. */
static int each_route(enum event_kind kind, const void *record, const struct route_visitor *visitor)
{
    const struct refund_request *request = record;
    const struct claim *claim = record;
    const struct filing *filing = record;
    const struct span account_id = event_account(kind, record);
    const uint64_t account = name_fingerprint(account_id, none);

    if (tell(visitor, ROUTE_ACCOUNT, account) != 0 ||
        (kind != EVENT_REQUEST && tell(visitor, ROUTE_BASES_OF, account) != 0))
        return -1;
    switch (kind) {
    case EVENT_REQUEST:
        return tell(visitor, ROUTE_ORDER, name_fingerprint(request->order_id, none));
    case EVENT_CLAIM:
        if (claim->resource_id.size > 0)
            return tell(visitor, ROUTE_RESOURCE, name_fingerprint(account_id, claim->resource_id));
        if (tell(visitor, ROUTE_ORDERS_OF, account) != 0)
            return -1;
        return tell(visitor, ROUTE_CLAIM_ACCOUNT, account);
    case EVENT_FILING:
        if (filing->approved_at == INSTANT_NONE)
            break;
        if (tell(visitor, ROUTE_ORDER, name_fingerprint(filing->order_id, none)) != 0 ||
            tell(visitor, ROUTE_ORDERS_OF, account) != 0)
            return -1;
        return tell(visitor, ROUTE_FILING_ACCOUNT, account);
    case EVENT_KIND_COUNT:
        break;
    }
    return 0;
}

static int count_route(void *context, enum route_role role, uint64_t fingerprint, struct error *err)
{
    struct events_share *share = context;

    (void)err;
    distinct_add(&share->names[route_group(role)], route_name(role, fingerprint));
    return 0;
}

/* ---- sorting out ---- */

static int sort_out(struct events_share *share, const void *record, bool carried, bool decided,
                    struct error *err)
{
    const struct kind_reading *reading = share->events->reading;
    const int64_t time = event_time(reading->kind, record);

    if (event_sort_out(reading->parting->whole, &share->figures, time, carried, decided) !=
        EVENT_DUE)
        return 0;
    share->due++;
    share->any_timed = share->any_timed || time != INSTANT_NONE;
    if (each_route(reading->kind, record, &(struct route_visitor){count_route, share, err}) != 0)
        return -1;
    return account_sample_add(&share->accounts, event_account(reading->kind, record), err);
}

static int sort_out_row(void *context, int thread, const struct logged_row *row, struct error *err)
{
    struct events_reading *events = context;
    struct kind_reading *reading = events->reading;
    uint32_t carried = 0;

    /* No two rows have one id: each carried row is replaced by one of them at most. */
    if (reading->carried_ids.count > 0 &&
        name_set_find(&reading->carried_ids, event_id(reading->kind, row->record), none, &carried))
        reading->replaced[carried] = true;
    return sort_out(&events->shares[thread], row->record, false, is_decided(reading, row->number),
                    err);
}

/* Adds what the threads have found of the kind. */
static void add_shares(struct events_reading *events, struct event_figures *figures)
{
    for (int thread = 0; thread < events->threads; thread++) {
        struct events_share *share = &events->shares[thread];

        figures->already_decided += share->figures.already_decided;
        figures->held += share->figures.held;
        figures->late += share->figures.late;
        events->reading->due += share->due;
        events->reading->any_timed = events->reading->any_timed || share->any_timed;
        share->figures = (struct event_figures){0};
        share->due = 0;
        share->any_timed = false;
    }
}

static int sort_out_kind(struct events_reading *events, struct error *err)
{
    struct kind_reading *reading = events->reading;
    struct month *month = reading->parting->whole;
    struct event_figures *figures = &month->figures[reading->kind];
    const struct intake *intake = &month->intakes[event_inputs[reading->kind]];

    for (size_t i = 0; i < intake->file_count; i++)
        figures->accepted += (int64_t)intake->figures[i].accepted;
    figures->carried_in = (int64_t)reading->carried.row_count;
    if (event_log_scan(&reading->log, events->threads, sort_out_row, events, err) != 0)
        return -1;
    for (size_t i = 0; i < reading->carried.row_count; i++) {
        if (reading->replaced[i]) {
            figures->replaced++;
            continue;
        }
        if (sort_out(&events->shares[0], reading->carried.rows[i].record, true, false, err) != 0)
            return -1;
    }
    add_shares(events, figures);
    return 0;
}

static int read_kind(struct events_reading *events, const struct history *history,
                     enum event_kind kind, struct error *err)
{
    struct kind_reading *reading = &events->kinds[kind];

    *reading = (struct kind_reading){.parting = events->parting, .kind = kind};
    events->reading = reading;
    if (read_log(events->parting, event_inputs[kind], &reading->log, err) != 0 ||
        read_carried(reading, history, err) != 0 || find_decided(reading, history, err) != 0)
        return -1;
    return sort_out_kind(events, err);
}

/* Tickets are those of the period; others are counted and left out. */
static bool of_period(const struct month *month, const struct ticket *ticket)
{
    return ticket->opened_at >= month->begins_at && ticket->opened_at < month->ends_at;
}

static int sort_out_ticket(void *context, int thread, const struct logged_row *row,
                           struct error *err)
{
    struct events_reading *events = context;
    struct events_share *share = &events->shares[thread];
    const struct ticket *ticket = row->record;

    share->tickets.accepted++;
    if (!of_period(events->parting->whole, ticket)) {
        share->tickets.left_out++;
        return 0;
    }
    share->tickets.of_period++;
    return account_sample_add(&share->accounts, ticket->account_id, err);
}

static int read_tickets(struct events_reading *events, struct error *err)
{
    struct ticket_figures *figures = &events->parting->whole->ticket_figures;

    if (read_log(events->parting, INPUT_TICKETS, &events->tickets, err) != 0 ||
        event_log_scan(&events->tickets, events->threads, sort_out_ticket, events, err) != 0)
        return -1;
    for (int thread = 0; thread < events->threads; thread++) {
        const struct ticket_figures *share = &events->shares[thread].tickets;

        figures->accepted += share->accepted;
        figures->left_out += share->left_out;
        figures->of_period += share->of_period;
    }
    return 0;
}

/* ---- to the parts ---- */

struct route_adding {
    struct events_share *share;
    unsigned part;
};

static int add_route(void *context, enum route_role role, uint64_t fingerprint, struct error *err)
{
    const struct route_adding *adding = context;
    const enum route_group group = route_group(role);

    return routes_add(&adding->share->events->parting->routes[group], &adding->share->routes[group],
                      route_name(role, fingerprint), adding->part, err);
}

/* What waits for a later period is seldom much. */
static int hold(struct events_reading *events, enum event_kind kind, const void *record,
                struct error *err)
{
    int status = 0;

    (void)pthread_mutex_lock(&events->carry_mutex);
    status = carry_held(events->carry, kind, record, err);
    (void)pthread_mutex_unlock(&events->carry_mutex);
    return status;
}

/* The event is packed already, or will be: packed.size is 0 then. */
static int send_event(struct events_reading *events, int thread, const struct logged_row *row,
                      enum event_fate fate, struct error *err)
{
    struct parting *parting = events->parting;
    const enum event_kind kind = events->reading->kind;
    const struct table *table = table_of(event_inputs[kind]);
    struct route_adding adding = {&events->shares[thread], 0};

    if (fate == EVENT_HELD)
        return hold(events, kind, row->record, err);
    if (fate != EVENT_DUE)
        return 0;
    adding.part = parts_of(&parting->parts, event_account(kind, row->record));
    if (each_route(kind, row->record, &(struct route_visitor){add_route, &adding, err}) != 0)
        return -1;
    if (row->packed.size > 0)
        return parts_add_packed(&parting->parts, thread, adding.part, table, row->packed, err);
    return parts_add_row(&parting->parts, thread, adding.part, table, row->record, row->position,
                         err);
}

static int send_row(void *context, int thread, const struct logged_row *row, struct error *err)
{
    struct events_reading *events = context;
    const struct kind_reading *reading = events->reading;
    const enum event_fate fate =
        event_fate_of(reading->parting->whole, event_time(reading->kind, row->record), false,
                      is_decided(reading, row->number));

    return send_event(events, thread, row, fate, err);
}

static int send_ticket(void *context, int thread, const struct logged_row *row, struct error *err)
{
    struct events_reading *events = context;
    struct parts *parts = &events->parting->parts;
    const struct ticket *ticket = row->record;

    if (!of_period(events->parting->whole, ticket))
        return 0;
    return parts_add_packed(parts, thread, parts_of(parts, ticket->account_id),
                            table_of(INPUT_TICKETS), row->packed, err);
}

static int send_carried(struct events_reading *events, struct error *err)
{
    const struct kind_reading *reading = events->reading;
    const struct month *month = events->parting->whole;

    for (size_t i = 0; i < reading->carried.row_count; i++) {
        const struct logged_row row = {.record = reading->carried.rows[i].record,
                                       .position = carried_position};
        const int64_t time = event_time(reading->kind, row.record);

        if (!reading->replaced[i] &&
            send_event(events, 0, &row, event_fate_of(month, time, true, false), err) != 0)
            return -1;
    }
    return 0;
}

/* What the threads have seen of accounts and names, joined in the first one's share. */
static int join_shares(struct events_reading *events, struct error *err)
{
    struct events_share *all = &events->shares[0];

    for (int thread = 1; thread < events->threads; thread++) {
        struct events_share *share = &events->shares[thread];

        if (account_sample_merge(&all->accounts, &share->accounts, err) != 0)
            return -1;
        for (int group = 0; group < ROUTE_GROUP_COUNT; group++)
            distinct_merge(&all->names[group], &share->names[group]);
    }
    return 0;
}

static int divide(struct events_reading *events, struct error *err)
{
    struct parting *parting = events->parting;
    size_t rows = (size_t)parting->whole->ticket_figures.of_period;
    size_t wanted = 0;

    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        rows += events->kinds[kind].due;
    wanted = rows / parting->events_per_part + 1;
    if (join_shares(events, err) != 0 ||
        parts_open(&parting->parts, &events->shares[0].accounts,
                   wanted < parting->parts_most ? (unsigned)wanted : parting->parts_most,
                   parting->spill, parting->whole->intake_options.threads, err) != 0)
        return -1;
    for (int group = 0; group < ROUTE_GROUP_COUNT; group++)
        if (routes_open(&parting->routes[group], distinct_at_most(&events->shares[0].names[group]),
                        err) != 0)
            return -1;
    return 0;
}

static void release_kind(struct kind_reading *reading)
{
    event_log_release(&reading->log);
    block_free(reading->decided);
    intake_release(&reading->carried);
    name_set_release(&reading->carried_ids);
    block_free(reading->replaced);
    block_free(reading->maybe);
    name_set_release(&reading->decided_ids);
    *reading = (struct kind_reading){0};
}

static int send_all(struct events_reading *events, struct error *err)
{
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        events->reading = &events->kinds[kind];
        if (event_log_scan(&events->reading->log, events->threads, send_row, events, err) != 0 ||
            send_carried(events, err) != 0)
            return -1;
        release_kind(events->reading);
    }
    for (int thread = 0; thread < events->threads; thread++)
        for (int group = 0; group < ROUTE_GROUP_COUNT; group++)
            if (routes_end(&events->parting->routes[group], &events->shares[thread].routes[group],
                           err) != 0)
                return -1;
    return event_log_scan(&events->tickets, events->threads, send_ticket, events, err);
}

static int open_shares(struct events_reading *events, struct error *err)
{
    events->threads = events->parting->whole->intake_options.threads;
    events->shares = apart_clear((size_t)events->threads, sizeof(*events->shares));
    if (events->shares == NULL)
        return out_of_memory(err);
    for (int thread = 0; thread < events->threads; thread++)
        events->shares[thread].events = events;
    return 0;
}

static void release_events(struct events_reading *events)
{
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        release_kind(&events->kinds[kind]);
    event_log_release(&events->tickets);
    for (int thread = 0; events->shares != NULL && thread < events->threads; thread++)
        account_sample_release(&events->shares[thread].accounts);
    free(events->shares);
}

int parting_events(struct parting *parting, const struct history *history, struct carry *carry,
                   struct error *err)
{
    struct events_reading events = {
        .parting = parting, .carry = carry, .carry_mutex = PTHREAD_MUTEX_INITIALIZER};
    struct month *month = parting->whole;
    int status = -1;

    if (open_shares(&events, err) != 0)
        goto done;
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        if (read_kind(&events, history, (enum event_kind)kind, err) != 0)
            goto done;
    if (events_read_incidents(month, history, err) != 0 || read_tickets(&events, err) != 0 ||
        events_check_files(month, events.kinds[EVENT_CLAIM].due > 0,
                           events.kinds[EVENT_FILING].any_timed, err) != 0 ||
        divide(&events, err) != 0 || send_all(&events, err) != 0)
        goto done;
    status = 0;
done:
    release_events(&events);
    return status;
}
