/*
 * Owns the collecting of what a period leaves, and how it is spelled. Knows no file.
 */
#include "batch/carry.h"

#include <assert.h>
#include <string.h>

#include "batch/packed_row.h"
#include "batch/state_files.h"
#include "policy/civil.h"
#include "policy/currency.h"

enum {
    SORTERS = STATE_COUNT + EVENT_KIND_COUNT,
    WAITING_BYTES_MAX = 8 * 1024, /* of an id and a packed event: texts of 256 bytes, few */
};

static const struct row_position carried_position = {.file = UINT32_MAX};

int carry_open(struct carry *carry, const struct month *month, int spill_folder_fd,
               size_t memory_bytes, struct error *err)
{
    *carry = (struct carry){.month = month, .waiting_from = INT64_MAX};
    for (int i = 0; i < SORTERS; i++) {
        struct line_sort **sorter =
            i < STATE_COUNT ? &carry->states[i] : &carry->waiting[i - STATE_COUNT];

        *sorter = line_sort_open(spill_folder_fd, memory_bytes / SORTERS, true, err);
        if (*sorter == NULL)
            return -1;
    }
    return 0;
}

void carry_release(struct carry *carry)
{
    for (int i = 0; i < STATE_COUNT; i++)
        line_sort_close(carry->states[i]);
    for (int i = 0; i < EVENT_KIND_COUNT; i++)
        line_sort_close(carry->waiting[i]);
    *carry = (struct carry){0};
}

int carry_absorb(struct carry *carry, struct carry *from, struct error *err)
{
    for (int i = 0; i < STATE_COUNT; i++)
        if (line_sort_absorb(carry->states[i], from->states[i], err) != 0)
            return -1;
    for (int i = 0; i < EVENT_KIND_COUNT; i++)
        if (line_sort_absorb(carry->waiting[i], from->waiting[i], err) != 0)
            return -1;
    if (from->waiting_from < carry->waiting_from)
        carry->waiting_from = from->waiting_from;
    return 0;
}

/* ---- events ---- */

static int add_line(struct carry *carry, enum carry_state state, const struct state_line *line,
                    struct error *err)
{
    return line_sort_add(carry->states[state], line->row.line.data, line->row.line.size, err);
}

static int add_decided(struct carry *carry, enum event_kind kind, const void *record,
                       struct error *err)
{
    static const enum carry_state states[EVENT_KIND_COUNT] = {
        [EVENT_REQUEST] = STATE_DECIDED_REQUESTS,
        [EVENT_CLAIM] = STATE_DECIDED_CLAIMS,
        [EVENT_FILING] = STATE_DECIDED_FILINGS,
    };
    struct state_line line;

    state_line_start(&line);
    state_line_text(&line, event_id(kind, record));
    state_line_period(&line, carry->month->period);
    return add_line(carry, states[kind], &line, err);
}

/* Ids hold no control characters, so that the byte behind one sorts below all of theirs. */
static int add_waiting(struct carry *carry, enum event_kind kind, const void *record,
                       struct error *err)
{
    const struct table *table = table_of(event_inputs[kind]);
    const struct span id = event_id(kind, record);
    const int64_t time = event_time(kind, record);
    char line[WAITING_BYTES_MAX];
    size_t size = id.size;

    assert(id.size + 1 + packed_row_bound(table, record) <= sizeof(line));
    memcpy(line, id.data, id.size);
    line[size++] = '\0';
    size += packed_row_put(table, record, carried_position, line + size);
    if (kind == EVENT_REQUEST && time < carry->waiting_from)
        carry->waiting_from = time;
    return line_sort_add(carry->waiting[kind], line, size, err);
}

int carry_held(struct carry *carry, enum event_kind kind, const void *record, struct error *err)
{
    return add_waiting(carry, kind, record, err);
}

/* Deferred events are judged again; all others are decided once and for all. */
static int add_event(struct carry *carry, enum event_kind kind, enum decision decision,
                     const void *record, struct error *err)
{
    return decision == DECISION_DEFERRED ? add_waiting(carry, kind, record, err)
                                         : add_decided(carry, kind, record, err);
}

/* ---- what the settling hands on ---- */

static int add_full_refund(struct carry *carry, const struct refund_entry *entry, struct error *err)
{
    const struct refund_request *request = entry->request;
    struct state_line line;

    /* Its number counts the year's full refunds of all periods; the highest stays. */
    state_line_start(&line);
    state_line_text(&line, request->account_id);
    state_line_number(
        &line, civil_year_of(request->requested_at, carry->month->policy->utc_offset_seconds),
        STATE_YEAR_DIGITS);
    state_line_number(&line, entry->full_refund_number, 1);
    return add_line(carry, STATE_FULL_REFUNDS, &line, err);
}

int carry_refund(struct carry *carry, const struct refund_entry *entry, struct error *err)
{
    const struct refund_request *request = entry->request;
    struct state_line line;

    if (add_event(carry, EVENT_REQUEST, entry->decision, request, err) != 0)
        return -1;
    if (!decision_approves(entry->decision))
        return 0;
    state_line_start(&line);
    state_line_text(&line, request->order_id);
    state_line_instant(&line, request->requested_at);
    if (add_line(carry, STATE_REFUNDED_ORDERS, &line, err) != 0)
        return -1;
    return entry->decision == DECISION_FULL ? add_full_refund(carry, entry, err) : 0;
}

int carry_compensation(struct carry *carry, const struct compensation_entry *entry,
                       struct error *err)
{
    if (entry->claim == carry->last_claim)
        return 0;
    carry->last_claim = entry->claim;
    return add_event(carry, EVENT_CLAIM, entry->decision, entry->claim, err);
}

int carry_reward(struct carry *carry, const struct reward_entry *entry, struct error *err)
{
    struct state_line line;

    if (entry->decision == DECISION_PENDING)
        return 0; /* a later export brings it again */
    if (add_event(carry, EVENT_FILING, entry->decision, entry->filing, err) != 0)
        return -1;
    if (entry->decision != DECISION_GRANTED)
        return 0;
    state_line_start(&line);
    state_line_text(&line, entry->filing->account_id);
    state_line_period(&line, carry->month->period);
    return add_line(carry, STATE_REWARDED_ACCOUNTS, &line, err);
}

int carry_seconds(struct carry *carry, struct span account_id, struct span resource_id,
                  struct interval interval, struct error *err)
{
    struct state_line line;

    state_line_start(&line);
    state_line_text(&line, account_id);
    state_line_text(&line, resource_id);
    state_line_instant(&line, interval.from);
    state_line_instant(&line, interval.to);
    return add_line(carry, STATE_COMPENSATED_SECONDS, &line, err);
}

int carry_account(struct carry *carry, const struct account_case *account, struct error *err)
{
    carry->last_claim = NULL;
    for (size_t i = 0; i < account->order_count; i++) {
        const struct order_state *state = account->orders[i];
        struct state_line line;

        if (decimal_is_zero(state->compensated))
            continue;
        state_line_start(&line);
        state_line_text(&line, state->order->order_id);
        state_line_text(&line, span_of(currency_code(state->order->currency)));
        state_line_amount(&line, state->compensated, state->order->currency);
        if (add_line(carry, STATE_COMPENSATED_ORDERS, &line, err) != 0)
            return -1;
    }
    return 0;
}
