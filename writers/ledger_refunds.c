/*
 * Owns the layout of refunds.csv (outputs.md): what each column shows, and when it is empty.
 * Must not know how a cell is written.
 */
#include "writers/cells.h"

static void set_approved_amount(const struct refund_entry *entry, struct decimal amount,
                                struct cell *cell)
{
    if (decision_approves(entry->decision))
        cell_set_amount(cell, amount, entry->order->currency);
    else
        cell_set_empty(cell);
}

static void get_request_id(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    cell_set_text(cell, entry->request->request_id);
}

static void get_account_id(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    cell_set_text(cell, entry->request->account_id);
}

static void get_order_id(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    cell_set_text(cell, entry->request->order_id);
}

static void get_resource_id(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    if (entry->order != NULL)
        cell_set_text(cell, entry->order->resource_id);
    else
        cell_set_empty(cell);
}

static void get_service(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    if (entry->order != NULL)
        cell_set_text(cell, entry->order->service);
    else
        cell_set_empty(cell);
}

static void get_currency(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    if (entry->order != NULL)
        cell_set_currency(cell, entry->order->currency);
    else
        cell_set_empty(cell);
}

static void get_purchased_at(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    if (entry->order != NULL)
        cell_set_instant(cell, entry->order->purchased_at);
    else
        cell_set_empty(cell);
}

static void get_starts_at(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    if (entry->order != NULL)
        cell_set_instant(cell, entry->order->starts_at);
    else
        cell_set_empty(cell);
}

static void get_expires_at(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    if (entry->order != NULL)
        cell_set_instant(cell, entry->order->expires_at);
    else
        cell_set_empty(cell);
}

static void get_requested_at(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    cell_set_instant(cell, entry->request->requested_at);
}

static void get_decision(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    cell_set_code(cell, decision_name(entry->decision));
}

static void get_reason(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    cell_set_code(cell, refund_reason(entry->reason)->code);
}

static void get_clause(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    cell_set_code(cell, refund_reason(entry->reason)->clause);
}

static void get_product_category(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    cell_set_code(cell, product_category_name(entry->category));
}

static void get_usage_year(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    if (entry->decision == DECISION_PARTIAL)
        cell_set_integer(cell, entry->usage_year);
    else
        cell_set_empty(cell);
}

static void get_used(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    if (entry->decision == DECISION_PARTIAL)
        cell_set_integer(cell, entry->used);
    else
        cell_set_empty(cell);
}

static void get_subscribed(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    if (entry->decision == DECISION_PARTIAL)
        cell_set_integer(cell, entry->subscribed);
    else
        cell_set_empty(cell);
}

static void get_usage_unit(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    if (entry->decision == DECISION_PARTIAL)
        cell_set_code(cell, usage_unit_name(entry->terms->usage_unit));
    else
        cell_set_empty(cell);
}

static void get_actual_payment(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    set_approved_amount(entry, entry->actual_payment, cell);
}

static void get_fee_rate(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    if (entry->decision == DECISION_PARTIAL)
        cell_set_rate(cell, entry->fee_rate);
    else
        cell_set_empty(cell);
}

static void get_amount_due(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    set_approved_amount(entry, entry->amount_due, cell);
}

static void get_handling_fee(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    set_approved_amount(entry, entry->handling_fee, cell);
}

static void get_refund(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    set_approved_amount(entry, entry->refund, cell);
}

static void get_refund_cash(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    set_approved_amount(entry, entry->refund_cash, cell);
}

static void get_refund_flexi_coupon(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    set_approved_amount(entry, entry->refund_flexi_coupon, cell);
}

static void get_refund_cash_coupon(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    set_approved_amount(entry, entry->refund_cash_coupon, cell);
}

static void get_full_refund_number(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    if (entry->decision == DECISION_FULL)
        cell_set_integer(cell, entry->full_refund_number);
    else
        cell_set_empty(cell);
}

static void get_policy_version(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    if (entry->terms != NULL)
        cell_set_code(cell, entry->terms->name);
    else
        cell_set_empty(cell);
}

static void get_origin_period(const void *row, struct cell *cell)
{
    const struct refund_entry *entry = row;

    cell_set_period(cell, entry->origin_period);
}

static const struct ledger_column REFUNDS_COLUMNS[] = {
    {"request_id", "Request", 18, CELL_TEXT, get_request_id},
    {"account_id", "Account", 18, CELL_TEXT, get_account_id},
    {"order_id", "Order", 18, CELL_TEXT, get_order_id},
    {"resource_id", "Resource", 18, CELL_TEXT, get_resource_id},
    {"service", "Service", 12, CELL_TEXT, get_service},
    {"currency", "Currency", 9, CELL_CODE, get_currency},
    {"purchased_at", "Purchased", 19, CELL_INSTANT, get_purchased_at},
    {"starts_at", "Starts", 19, CELL_INSTANT, get_starts_at},
    {"expires_at", "Expires", 19, CELL_INSTANT, get_expires_at},
    {"requested_at", "Requested", 19, CELL_INSTANT, get_requested_at},
    {"decision", "Decision", 12, CELL_CODE, get_decision},
    {"reason", "Reason", 24, CELL_CODE, get_reason},
    {"clause", "Clause", 18, CELL_CODE, get_clause},
    {"product_category", "Product category", 10, CELL_CODE, get_product_category},
    {"usage_year", "Usage year", 7, CELL_INTEGER, get_usage_year},
    {"used", "Used", 12, CELL_INTEGER, get_used},
    {"subscribed", "Subscribed", 12, CELL_INTEGER, get_subscribed},
    {"usage_unit", "Unit", 8, CELL_CODE, get_usage_unit},
    {"actual_payment", "Actual payment", 16, CELL_AMOUNT, get_actual_payment},
    {"fee_rate", "Handling fee rate", 9, CELL_RATE, get_fee_rate},
    {"amount_due", "Amount due", 16, CELL_AMOUNT, get_amount_due},
    {"handling_fee", "Handling fee", 16, CELL_AMOUNT, get_handling_fee},
    {"refund", "Refund", 16, CELL_AMOUNT, get_refund},
    {"refund_cash", "Refund in cash", 16, CELL_AMOUNT, get_refund_cash},
    {"refund_flexi_coupon", "Refund in flexi coupon", 16, CELL_AMOUNT, get_refund_flexi_coupon},
    {"refund_cash_coupon", "Cash coupon restored", 16, CELL_AMOUNT, get_refund_cash_coupon},
    {"full_refund_number", "Full refund no.", 8, CELL_INTEGER, get_full_refund_number},
    {"policy_version", "Policy version", 14, CELL_CODE, get_policy_version},
    {"origin_period", "Origin period", 10, CELL_PERIOD, get_origin_period},
};

const struct ledger ledger_refunds = {
    .name = "refunds",
    .title = "Refunds",
    .columns = REFUNDS_COLUMNS,
    .column_count = COLUMN_COUNT(REFUNDS_COLUMNS),
};
