/*
 * Owns the way back from a month's history to the rows that it was read from.
 */
#include "batch/history_rows.h"

#include <stdlib.h>

#include "batch/state_files.h"
#include "policy/block.h"

const struct state_layout *const history_layouts[HISTORY_FILE_COUNT] = {
    &state_compensated_orders, &state_compensated_seconds, &state_full_refunds,
    &state_refunded_orders,    &state_rewarded_accounts,
};

bool history_by_order(int file)
{
    return history_layouts[file] == &state_compensated_orders ||
           history_layouts[file] == &state_refunded_orders;
}

struct visiting {
    const struct month *month;
    int (*row)(void *context, const struct state_row *row, struct error *err);
    void *context;
    struct error *err;
};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

static int hand_on(struct visiting *visit, const struct state_line *line)
{
    return visit->row(visit->context, &line->row, visit->err);
}

static int compare_order_ids(const void *left, const void *right)
{
    return span_compare((*(const struct order_state *const *)left)->order->order_id,
                        (*(const struct order_state *const *)right)->order->order_id);
}

/* The kept orders of which something was known, by id. */
static const struct order_state **
known_orders(const struct visiting *visit, bool (*known)(const struct order_state *), size_t *count)
{
    const struct month *month = visit->month;
    const size_t order_count = month->intakes[INPUT_ORDERS].row_count;
    const struct order_state **orders = NULL;

    *count = 0;
    for (size_t i = 0; i < order_count; i++)
        *count += known(&month->order_states[i]);
    orders = block_alloc(*count + 1, sizeof(*orders));
    if (orders == NULL) {
        (void)out_of_memory(visit->err);
        return NULL;
    }
    *count = 0;
    for (size_t i = 0; i < order_count; i++)
        if (known(&month->order_states[i]))
            orders[(*count)++] = &month->order_states[i];
    if (*count > 1)
        qsort(orders, *count, sizeof(const struct order_state *), compare_order_ids);
    return orders;
}

static bool was_refunded(const struct order_state *state)
{
    return state->refund_requested_at != INSTANT_NONE;
}

static bool was_compensated(const struct order_state *state)
{
    return !decimal_is_zero(state->compensated);
}

static int put_orders(struct visiting *visit, bool refunded)
{
    size_t count = 0;
    const struct order_state **orders =
        known_orders(visit, refunded ? was_refunded : was_compensated, &count);
    int status = 0;

    if (orders == NULL)
        return -1;
    for (size_t i = 0; i < count && status == 0; i++) {
        struct state_line line;

        state_line_start(&line);
        state_line_text(&line, orders[i]->order->order_id);
        if (refunded) {
            state_line_instant(&line, orders[i]->refund_requested_at);
        } else {
            state_line_text(&line, (struct span){currency_code(orders[i]->order->currency), 3});
            state_line_amount(&line, orders[i]->compensated, orders[i]->order->currency);
        }
        status = hand_on(visit, &line);
    }
    block_free(orders);
    return status;
}

static int put_refunded_orders(struct visiting *visit)
{
    return put_orders(visit, true);
}

static int put_compensated_orders(struct visiting *visit)
{
    return put_orders(visit, false);
}

/* Spans and counts were read from sorted files, and still are in their order. */
static int put_seconds(struct visiting *visit)
{
    const struct month *month = visit->month;

    for (size_t i = 0; i < month->span_count; i++) {
        const struct history_span *span = &month->spans[i];
        struct state_line line;

        state_line_start(&line);
        state_line_text(&line, month->accounts.names[span->account].first);
        state_line_text(&line, span->span.resource_id);
        state_line_instant(&line, span->span.from);
        state_line_instant(&line, span->span.to);
        if (hand_on(visit, &line) != 0)
            return -1;
    }
    return 0;
}

static int put_full_refunds(struct visiting *visit)
{
    const struct month *month = visit->month;

    for (size_t i = 0; i < month->full_refund_count; i++) {
        const struct history_full_refunds *refunds = &month->full_refunds[i];
        struct state_line line;

        state_line_start(&line);
        state_line_text(&line, month->accounts.names[refunds->account].first);
        state_line_number(&line, refunds->count.year, STATE_YEAR_DIGITS);
        state_line_number(&line, refunds->count.count, 1);
        if (hand_on(visit, &line) != 0)
            return -1;
    }
    return 0;
}

static int compare_spans(const void *left, const void *right)
{
    return span_compare(*(const struct span *)left, *(const struct span *)right);
}

/* The month remembers that an account was rewarded, not when: the period named is its own. */
static int put_rewarded(struct visiting *visit)
{
    const struct month *month = visit->month;
    struct span *accounts = block_alloc(month->accounts.count + 1, sizeof(*accounts));
    size_t count = 0;
    int status = 0;

    if (accounts == NULL)
        return out_of_memory(visit->err);
    for (size_t i = 0; month->rewarded != NULL && i < month->accounts.count; i++)
        if (month->rewarded[i])
            accounts[count++] = month->accounts.names[i].first;
    if (count > 1)
        qsort(accounts, count, sizeof(*accounts), compare_spans);
    for (size_t i = 0; i < count && status == 0; i++) {
        struct state_line line;

        state_line_start(&line);
        state_line_text(&line, accounts[i]);
        state_line_period(&line, month->period - 1);
        status = hand_on(visit, &line);
    }
    block_free(accounts);
    return status;
}

int history_rows(const struct month *month, int file,
                 int (*row)(void *context, const struct state_row *row, struct error *err),
                 void *context, struct error *err)
{
    static int (*const FILES[HISTORY_FILE_COUNT])(struct visiting * visit) = {
        put_compensated_orders, put_seconds, put_full_refunds, put_refunded_orders, put_rewarded,
    };
    struct visiting visit = {month, row, context, err};

    return FILES[file](&visit);
}
