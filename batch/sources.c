/*
 * Owns the question which rows a month's events need. Knows nothing of rules.
 */
#include "batch/sources.h"

#include "policy/block.h"

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

int sources_want(struct month *month, struct error *err)
{
    for (enum event_kind kind = 0; kind < EVENT_KIND_COUNT; kind++)
        for (size_t i = 0; i < month->due[kind].count; i++)
            if (want_event(month, kind, &month->due[kind].items[i], err) != 0)
                return -1;
    month->due_account_count = month->accounts.count;
    return 0;
}

static bool basis_wanted(const struct month *month, struct span account_id, struct span resource_id)
{
    return wanted(&month->wanted_resources, account_id, resource_id) ||
           wanted(&month->wanted_claim_accounts, account_id, none);
}

bool sources_need_order(const struct month *month, const struct order *order)
{
    return basis_wanted(month, order->account_id, order->resource_id);
}

bool sources_need_usage(const struct month *month, const struct usage *usage)
{
    return basis_wanted(month, usage->account_id, usage->resource_id);
}

bool sources_name_rejected(const struct month *month, int kind, const struct name *name)
{
    switch ((enum rejected_kind)kind) {
    case REJECTED_ACCOUNTS:
        return name_set_has(&month->accounts, name->first, none);
    case REJECTED_BASIS_ACCOUNTS:
        return wanted(&month->wanted_claim_accounts, name->first, none);
    case REJECTED_BASES:
        return basis_wanted(month, name->first, name->second);
    case REJECTED_INCIDENTS:
        return true;
    case REJECTED_ORDER_RESOURCES:
        return wanted(&month->wanted_filing_accounts, name->first, none);
    case REJECTED_ORDERS:
        return wanted(&month->wanted_orders, name->first, none);
    case REJECTED_KIND_COUNT:
        break;
    }
    return false;
}

int sources_index_orders(struct month *month, struct error *err)
{
    const struct intake *orders = &month->intakes[INPUT_ORDERS];

    month->order_states = block_clear(orders->row_count + 1, sizeof(*month->order_states));
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
