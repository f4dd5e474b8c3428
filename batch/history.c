/*
 * Owns the reading of the carry-forward: which of its rows concern the month.
 * Must not know how a state file is stored.
 */
#include "batch/history.h"

#include <stdio.h>

#include "batch/history_rows.h"
#include "batch/state_files.h"
#include "policy/block.h"
#include "policy/currency.h"
#include "policy/output_summary.h"
#include "readers/state.h"

enum { CARRIED_PATH_MAX = 8192 };

static const struct span none = {"", 0};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

/* ---- carried rows ---- */

static bool is_carried(enum input input)
{
    return input == INPUT_REFUND_REQUESTS || input == INPUT_CLAIMS || input == INPUT_FILINGS ||
           input == INPUT_INCIDENTS;
}

int history_carried_rows(const struct history *history, const struct read_options *options,
                         enum input input, const struct row_sink *sink, struct error *err)
{
    char path[CARRIED_PATH_MAX];
    char name[OUTPUT_NAME_MAX];
    struct input_file file = {
        .path = path, .name = name, .input = input, .number = UINT32_MAX /* of no export */};
    struct error cause = {.kind = ERROR_NONE};
    int length = 0;
    int result = -1;

    if (history->folder_fd < 0 || !is_carried(input))
        return 0;
    length = snprintf(path, sizeof(path), "%s/%s.csv", history->path, input_name(input));
    if (length < 0 || (size_t)length >= sizeof(path))
        return error_set(err, ERROR_IO, "%s: the path is too long", history->path);
    (void)snprintf(name, sizeof(name), "%s/%s.csv", CARRY_FORWARD_FOLDER, input_name(input));
    result = input_read(&file, 1, options, sink, 1, &cause);
    input_file_release(&file);
    if (result == 0)
        return 0;
    /* What would refuse an export means something else here: the program wrote this file. */
    if (cause.kind == ERROR_INPUT)
        return error_set(err, ERROR_CLOSED, "the previous period's carry-forward is damaged: %s",
                         cause.detail);
    return error_set(err, cause.kind, "%s", cause.detail);
}

/* ---- decided ids ---- */

struct decided_reading {
    int (*decided)(void *context, struct span id, struct error *err);
    void *context;
};

static int take_decided(void *context, const struct state_row *row, struct error *err)
{
    const struct decided_reading *reading = context;

    return reading->decided(reading->context, row->fields[0], err);
}

int history_decided_ids(const struct history *history, enum event_kind kind,
                        int (*decided)(void *context, struct span id, struct error *err),
                        void *context, struct error *err)
{
    struct decided_reading reading = {decided, context};

    if (history->folder_fd < 0)
        return 0;
    return state_read(history->folder_fd, &state_decided[kind], take_decided, &reading, err);
}

/* ---- what concerns the month ---- */

static struct order_state *find_order(const struct month *month, struct span order_id)
{
    uint32_t number = 0;

    if (!name_set_find(&month->orders, order_id, none, &number))
        return NULL;
    return &month->order_states[number];
}

static int take_refunded_order(void *context, const struct state_row *row, struct error *err)
{
    struct order_state *order = find_order(context, row->fields[0]);

    if (order == NULL)
        return 0;
    if (!state_parse_instant(row->fields[1], &order->refund_requested_at))
        return state_damaged(&state_refunded_orders, row->number, "requested_at is bad", err);
    return 0;
}

/* A sum in another currency than the order's by now says nothing about its cap. */
static int take_compensated_order(void *context, const struct state_row *row, struct error *err)
{
    struct order_state *order = find_order(context, row->fields[0]);
    struct decimal amount = DECIMAL_ZERO;

    if (order == NULL)
        return 0;
    if (!state_parse_amount(row->fields[2], &amount))
        return state_damaged(&state_compensated_orders, row->number, "amount is bad", err);
    if (span_is(row->fields[1], currency_code(order->order->currency)))
        order->compensated = amount;
    return 0;
}

/* Doubles a list that is full. */
static int make_room(void **items, size_t count, size_t *capacity, size_t item_bytes,
                     struct error *err)
{
    size_t grown = *capacity + *capacity / 2 + 64;
    void *moved = NULL;

    if (count < *capacity)
        return 0;
    moved = block_resize(*items, grown, item_bytes);
    if (moved == NULL)
        return out_of_memory(err);
    *items = moved;
    *capacity = grown;
    return 0;
}

static int take_full_refunds(void *context, const struct state_row *row, struct error *err)
{
    struct month *month = context;
    struct history_full_refunds refunds = {0};
    void *items = month->full_refunds;

    if (!name_set_find(&month->accounts, row->fields[0], none, &refunds.account))
        return 0;
    if (!state_parse_year(row->fields[1], &refunds.count.year) ||
        !state_parse_count(row->fields[2], &refunds.count.count))
        return state_damaged(&state_full_refunds, row->number, "year or count is bad", err);
    if (make_room(&items, month->full_refund_count, &month->full_refund_capacity, sizeof(refunds),
                  err) != 0)
        return -1;
    month->full_refunds = items;
    month->full_refunds[month->full_refund_count++] = refunds;
    return 0;
}

/* The resource's id in the month's memory, shared by all spans of the resource: they follow. */
static int keep_resource_id(struct month *month, uint32_t account, struct span resource_id,
                            struct span *kept)
{
    const struct history_span *last =
        month->span_count > 0 ? &month->spans[month->span_count - 1] : NULL;

    if (last != NULL && last->account == account &&
        span_equal(last->span.resource_id, resource_id)) {
        *kept = last->span.resource_id;
        return 0;
    }
    return arena_copy(&month->history_text, resource_id, kept);
}

static int take_seconds(void *context, const struct state_row *row, struct error *err)
{
    struct month *month = context;
    struct history_span span = {0};
    void *items = month->spans;

    if (!name_set_find(&month->accounts, row->fields[0], none, &span.account))
        return 0;
    if (!state_parse_instant(row->fields[2], &span.span.from) ||
        !state_parse_instant(row->fields[3], &span.span.to) || span.span.from >= span.span.to)
        return state_damaged(&state_compensated_seconds, row->number, "from or to is bad", err);
    if (make_room(&items, month->span_count, &month->span_capacity, sizeof(span), err) != 0)
        return -1;
    month->spans = items;
    if (keep_resource_id(month, span.account, row->fields[1], &span.span.resource_id) != 0)
        return out_of_memory(err);
    month->spans[month->span_count++] = span;
    return 0;
}

/* Settling adds the tickets' accounts behind those that are known now: they need room as well. */
static int take_rewarded(void *context, const struct state_row *row, struct error *err)
{
    struct month *month = context;
    uint32_t account = 0;

    if (!name_set_find(&month->accounts, row->fields[0], none, &account))
        return 0;
    if (month->rewarded == NULL)
        month->rewarded =
            block_clear(month->accounts.count + month->tickets.count, sizeof(*month->rewarded));
    if (month->rewarded == NULL)
        return out_of_memory(err);
    month->rewarded[account] = true;
    return 0;
}

/* In the order of history_layouts. */
static int (*const takers[HISTORY_FILE_COUNT])(void *context, const struct state_row *row,
                                               struct error *err) = {
    take_compensated_order, take_seconds, take_full_refunds, take_refunded_order, take_rewarded,
};

int history_take(int file, struct month *month, const struct state_row *row, struct error *err)
{
    return takers[file](month, row, err);
}

int history_load(const struct history *history, struct month *month, struct error *err)
{
    if (history->folder_fd < 0)
        return 0;
    for (int file = 0; file < HISTORY_FILE_COUNT; file++)
        if (state_read(history->folder_fd, history_layouts[file], takers[file], month, err) != 0)
            return -1;
    return 0;
}
