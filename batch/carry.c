/*
 * Owns the collecting of what a period leaves. Knows no file.
 */
#include "batch/carry.h"

void carry_init(struct carry *carry)
{
    *carry = (struct carry){0};
}

void carry_release(struct carry *carry)
{
    for (int i = 0; i < EVENT_KIND_COUNT; i++) {
        carry_list_release(&carry->decided[i]);
        carry_list_release(&carry->deferred[i]);
    }
    carry_list_release(&carry->refunded_orders);
    carry_list_release(&carry->full_refunds);
    carry_list_release(&carry->compensated_seconds);
    carry_list_release(&carry->compensated_orders);
    carry_list_release(&carry->rewarded_accounts);
    arena_release(&carry->seconds);
    *carry = (struct carry){0};
}

/* Deferred events are judged again; all others are decided once and for all. */
static int collect_event(struct carry *carry, enum event_kind kind, enum decision decision,
                         const void *record, struct error *err)
{
    struct carry_list *list =
        decision == DECISION_DEFERRED ? &carry->deferred[kind] : &carry->decided[kind];

    /* Most rows of a claim follow each other. */
    if (list->count > 0 && list->items[list->count - 1].what == record)
        return 0;
    return carry_list_add(list, record, 0, err);
}

int carry_refund(struct carry *carry, const struct refund_entry *entry, struct error *err)
{
    if (collect_event(carry, EVENT_REQUEST, entry->decision, entry->request, err) != 0)
        return -1;
    if (!decision_approves(entry->decision))
        return 0;
    if (carry_list_add(&carry->refunded_orders, entry->request, 0, err) != 0)
        return -1;
    if (entry->decision != DECISION_FULL)
        return 0;
    /* Its number counts the year's full refunds of all periods. */
    return carry_list_add(&carry->full_refunds, entry->request, entry->full_refund_number, err);
}

int carry_compensation(struct carry *carry, const struct compensation_entry *entry,
                       struct error *err)
{
    return collect_event(carry, EVENT_CLAIM, entry->decision, entry->claim, err);
}

int carry_reward(struct carry *carry, const struct reward_entry *entry, struct error *err)
{
    if (entry->decision == DECISION_PENDING)
        return 0; /* a later export brings it again */
    if (collect_event(carry, EVENT_FILING, entry->decision, entry->filing, err) != 0)
        return -1;
    if (entry->decision != DECISION_GRANTED)
        return 0;
    return carry_list_add(&carry->rewarded_accounts, entry->filing, 0, err);
}

int carry_seconds(struct carry *carry, struct span account_id, struct span resource_id,
                  struct interval interval, struct error *err)
{
    struct carried_seconds *seconds = arena_alloc(&carry->seconds, sizeof(*seconds));

    if (seconds == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    *seconds = (struct carried_seconds){account_id, resource_id, interval};
    return carry_list_add(&carry->compensated_seconds, seconds, 0, err);
}

int carry_account(struct carry *carry, const struct account_case *account, struct error *err)
{
    for (size_t i = 0; i < account->order_count; i++)
        if (!decimal_is_zero(account->orders[i]->compensated) &&
            carry_list_add(&carry->compensated_orders, account->orders[i], 0, err) != 0)
            return -1;
    return 0;
}
