/*
 * Owns the month's memory.
 */
#include "batch/month.h"

#include "policy/block.h"

const enum input event_inputs[EVENT_KIND_COUNT] = {
    [EVENT_REQUEST] = INPUT_REFUND_REQUESTS,
    [EVENT_CLAIM] = INPUT_CLAIMS,
    [EVENT_FILING] = INPUT_FILINGS,
};

void month_init(struct month *month, const struct policy *policy, int32_t period, int32_t opening)
{
    const int utc_offset = policy->utc_offset_seconds;

    *month = (struct month){
        .policy = policy,
        .period = period,
        .opening = opening,
        .begins_at = period_start(period, utc_offset),
        .ends_at = period_start(period + 1, utc_offset),
        .opens_at = period_start(opening, utc_offset),
    };
}

void month_release(struct month *month)
{
    for (int i = 0; i < INPUT_COUNT; i++)
        intake_release(&month->intakes[i]);
    for (int i = 0; i < EVENT_KIND_COUNT; i++)
        block_free(month->due[i].items);
    block_free(month->tickets.items);
    exports_release(&month->exports);
    reject_log_release(&month->rejects);
    name_set_release(&month->incidents);
    name_set_release(&month->accounts);
    name_filter_release(&month->wanted_orders);
    name_filter_release(&month->wanted_resources);
    name_filter_release(&month->wanted_claim_accounts);
    name_filter_release(&month->wanted_filing_accounts);
    name_set_release(&month->rejected_orders);
    name_set_release(&month->rejected_order_resources);
    name_set_release(&month->rejected_bases);
    name_set_release(&month->rejected_basis_accounts);
    name_set_release(&month->rejected_incidents);
    name_set_release(&month->rejected_accounts);
    name_set_release(&month->orders);
    block_free(month->order_states);
    block_free(month->spans);
    block_free(month->full_refunds);
    block_free(month->rewarded);
    arena_release(&month->history_text);
    *month = (struct month){0};
}

struct span event_account(enum event_kind kind, const void *record)
{
    switch (kind) {
    case EVENT_REQUEST:
        return ((const struct refund_request *)record)->account_id;
    case EVENT_CLAIM:
        return ((const struct claim *)record)->account_id;
    case EVENT_FILING:
    case EVENT_KIND_COUNT:
        break;
    }
    return ((const struct filing *)record)->account_id;
}

struct span event_id(enum event_kind kind, const void *record)
{
    switch (kind) {
    case EVENT_REQUEST:
        return ((const struct refund_request *)record)->request_id;
    case EVENT_CLAIM:
        return ((const struct claim *)record)->claim_id;
    case EVENT_FILING:
    case EVENT_KIND_COUNT:
        break;
    }
    return ((const struct filing *)record)->filing_id;
}

int64_t event_time(enum event_kind kind, const void *record)
{
    switch (kind) {
    case EVENT_REQUEST:
        return ((const struct refund_request *)record)->requested_at;
    case EVENT_CLAIM:
        return ((const struct claim *)record)->submitted_at;
    case EVENT_FILING:
    case EVENT_KIND_COUNT:
        break;
    }
    return ((const struct filing *)record)->approved_at;
}

int event_list_add(struct event_list *list, struct event event, struct error *err)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity + list->capacity / 2 + 64;
        struct event *items = block_resize(list->items, capacity, sizeof(*items));

        if (items == NULL)
            return error_set(err, ERROR_IO, "out of memory");
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = event;
    return 0;
}
