/*
 * Owns the choice of the rows that are kept. Knows nothing of rules.
 */
#include "batch/sources.h"

#include <stdlib.h>

#include "batch/open_incidents.h"

static const struct span none = {"", 0};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

static int want(struct name_filter *filter, struct span first, struct span second,
                struct error *err)
{
    if (name_filter_add(filter, name_fingerprint(first, second)) != 0)
        return out_of_memory(err);
    return 0;
}

static bool wanted(const struct name_filter *filter, struct span first, struct span second)
{
    return filter->count > 0 && name_filter_may_have(filter, name_fingerprint(first, second));
}

/* What one due event names. */
static int want_event(struct month *month, enum event_kind kind, struct event *event,
                      struct error *err)
{
    const struct refund_request *request = event->record;
    const struct claim *claim = event->record;
    const struct filing *filing = event->record;

    if (name_set_add(&month->accounts, event_account(kind, event->record), none, false,
                     &event->account) != 0)
        return out_of_memory(err);
    switch (kind) {
    case EVENT_REQUEST:
        return want(&month->wanted_orders, request->order_id, none, err);
    case EVENT_CLAIM:
        if (claim->resource_id.size > 0)
            return want(&month->wanted_resources, claim->account_id, claim->resource_id, err);
        return want(&month->wanted_claim_accounts, claim->account_id, none, err);
    case EVENT_FILING:
        if (event->time == INSTANT_NONE)
            return 0;
        if (want(&month->wanted_orders, filing->order_id, none, err) != 0)
            return -1;
        return want(&month->wanted_filing_accounts, filing->account_id, none, err);
    case EVENT_KIND_COUNT:
        break;
    }
    return 0;
}

static bool basis_wanted(const struct month *month, struct span account_id, struct span resource_id)
{
    return wanted(&month->wanted_resources, account_id, resource_id) ||
           wanted(&month->wanted_claim_accounts, account_id, none);
}

/* Whether an open incident hits the basis, where that is asked for. */
static bool exposed(const struct month *month, const struct basis_place *place)
{
    return open_incidents_hit(month->open_incidents, place, NULL, NULL);
}

static bool keep_order(void *context, const void *record)
{
    const struct month *month = context;
    const struct order *order = record;
    struct basis_place place;

    return wanted(&month->wanted_orders, order->order_id, none) ||
           basis_wanted(month, order->account_id, order->resource_id) ||
           wanted(&month->wanted_filing_accounts, order->account_id, none) ||
           (month->open_incidents != NULL && basis_place_of_order(order, &place) &&
            exposed(month, &place));
}

static bool keep_usage(void *context, const void *record)
{
    const struct month *month = context;
    const struct usage *usage = record;
    struct basis_place place;

    if (basis_wanted(month, usage->account_id, usage->resource_id))
        return true;
    if (month->open_incidents == NULL)
        return false;
    basis_place_of_usage(usage, month->policy->utc_offset_seconds, &place);
    return exposed(month, &place);
}

static bool keep_account(void *context, const void *record)
{
    const struct month *month = context;

    return name_set_has(&month->accounts, ((const struct account *)record)->account_id, none);
}

static int count_order(void *context, int thread, const void *record, int sign, struct error *err)
{
    struct month *month = context;
    const struct order *order = record;
    struct decimal *total = &month->thread_payments[thread][order->currency];
    struct decimal payment = order_actual_payment(order);

    if (!(sign > 0 ? decimal_add(*total, payment, total)
                   : decimal_subtract(*total, payment, total)))
        return error_set(err, ERROR_CONTROL, "the sum of order payments does not fit 128 bits");
    return 0;
}

/* Whether the row's value of the column is readable. */
static bool has(const struct table *table, uint32_t readable, const char *column)
{
    return (readable >> table_column(table, column) & 1) != 0;
}

static int add_rejected(struct name_set *set, struct span first, struct span second,
                        struct error *err)
{
    return name_set_add(set, first, second, true, NULL) != 0 ? out_of_memory(err) : 0;
}

/* A rejected row of a basis, as far as it says whose. */
static int note_rejected_basis(struct month *month, bool has_account, bool has_resource,
                               struct span account_id, struct span resource_id, struct error *err)
{
    if (!has_account)
        return 0;
    if (wanted(&month->wanted_claim_accounts, account_id, none) &&
        add_rejected(&month->rejected_basis_accounts, account_id, none, err) != 0)
        return -1;
    if (has_resource && basis_wanted(month, account_id, resource_id) &&
        add_rejected(&month->rejected_bases, account_id, resource_id, err) != 0)
        return -1;
    return 0;
}

static int note_rejected_order(void *context, const void *record, uint32_t readable,
                               struct error *err)
{
    struct month *month = context;
    const struct table *table = table_of(INPUT_ORDERS);
    const struct order *order = record;
    const bool has_account = has(table, readable, "account_id");
    const bool has_resource = has(table, readable, "resource_id");

    if (has(table, readable, "order_id") && wanted(&month->wanted_orders, order->order_id, none) &&
        add_rejected(&month->rejected_orders, order->order_id, none, err) != 0)
        return -1;
    if (has_account && has_resource &&
        wanted(&month->wanted_filing_accounts, order->account_id, none) &&
        add_rejected(&month->rejected_order_resources, order->account_id, order->resource_id,
                     err) != 0)
        return -1;
    return note_rejected_basis(month, has_account, has_resource, order->account_id,
                               order->resource_id, err);
}

static int note_rejected_usage(void *context, const void *record, uint32_t readable,
                               struct error *err)
{
    const struct table *table = table_of(INPUT_USAGE);
    const struct usage *usage = record;

    return note_rejected_basis(context, has(table, readable, "account_id"),
                               has(table, readable, "resource_id"), usage->account_id,
                               usage->resource_id, err);
}

static int note_rejected_account(void *context, const void *record, uint32_t readable,
                                 struct error *err)
{
    struct month *month = context;
    const struct account *account = record;

    if (!has(table_of(INPUT_ACCOUNTS), readable, "account_id") ||
        !name_set_has(&month->accounts, account->account_id, none))
        return 0;
    return add_rejected(&month->rejected_accounts, account->account_id, none, err);
}

static int read_source(struct month *month, enum input input, const struct intake_hooks *hooks,
                       struct error *err)
{
    const struct exports *exports = &month->exports;

    return intake_read(&month->intakes[input], table_of(input),
                       &exports->files[exports->first[input]], exports->count[input],
                       &month->intake_options, hooks, &month->rejects, err);
}

/* Gives every kept order its state and finds it by its id. */
static int index_orders(struct month *month, struct error *err)
{
    const struct intake *orders = &month->intakes[INPUT_ORDERS];

    month->order_states = calloc(orders->row_count + 1, sizeof(*month->order_states));
    if (month->order_states == NULL)
        return out_of_memory(err);
    for (size_t i = 0; i < orders->row_count; i++) {
        const struct order *order = orders->rows[i].record;

        month->order_states[i] = (struct order_state){order, INSTANT_NONE, DECIMAL_ZERO};
        if (name_set_add(&month->orders, order->order_id, none, false, NULL) != 0)
            return out_of_memory(err);
    }
    return 0;
}

static int read_orders(struct month *month, const struct intake_hooks *hooks, struct error *err)
{
    const int threads = month->intake_options.threads;

    month->thread_payments = calloc((size_t)threads, sizeof(*month->thread_payments));
    if (month->thread_payments == NULL)
        return out_of_memory(err);
    if (read_source(month, INPUT_ORDERS, hooks, err) != 0)
        return -1;
    for (int thread = 0; thread < threads; thread++)
        for (int currency = 0; currency < CURRENCY_COUNT; currency++) {
            struct decimal *total = &month->order_payments[currency];

            if (!decimal_add(*total, month->thread_payments[thread][currency], total))
                return error_set(err, ERROR_CONTROL,
                                 "the sum of order payments does not fit 128 bits");
        }
    return 0;
}

int sources_read(struct month *month, struct error *err)
{
    const struct intake_hooks accounts = {
        .context = month, .keep = keep_account, .rejected = note_rejected_account};
    const struct intake_hooks orders = {.context = month,
                                        .keep = keep_order,
                                        .rejected = note_rejected_order,
                                        .counted = count_order};
    const struct intake_hooks usage = {
        .context = month, .keep = keep_usage, .rejected = note_rejected_usage};

    for (enum event_kind kind = 0; kind < EVENT_KIND_COUNT; kind++)
        for (size_t i = 0; i < month->due[kind].count; i++)
            if (want_event(month, kind, &month->due[kind].items[i], err) != 0)
                return -1;
    if (read_source(month, INPUT_ACCOUNTS, &accounts, err) != 0 ||
        read_orders(month, &orders, err) != 0 || read_source(month, INPUT_USAGE, &usage, err) != 0)
        return -1;
    return index_orders(month, err);
}
