/*
 * Owns the layouts of a reconciliation's smaller tables: open items, purchases and rejects.
 * Must not know how a cell is written.
 */
#include "writers/cells.h"
#include "writers/reconcile_tables.h"

/* ---- open-items.csv ---- */

static void get_open_break_id(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    cell_set_code(cell, it->of->break_id);
}

static void get_open_item_id(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    cell_set_code(cell, it->owed != NULL ? it->owed->item_id : it->line->id);
}

static void get_open_side(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    cell_set_code(cell, it->owed != NULL ? "ledger" : "billing");
}

static void get_open_category(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    cell_set_code(cell, match_category_code(it->of->category));
}

static void get_open_open_since(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    cell_set_period(cell, it->of->open_since);
}

static void get_open_age(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    cell_set_integer(cell, it->of->age);
}

static void get_open_ledger(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    if (it->owed == NULL)
        cell_set_empty(cell);
    else
        cell_set_code(cell, it->owed->ledger);
}

static void get_open_entry(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    if (it->owed == NULL)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->owed->entry);
}

static void get_open_entry_id(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    if (it->owed == NULL)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->owed->id);
}

static void get_open_order_id(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    if (it->owed == NULL)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->owed->order_id);
}

static void get_open_account_id(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    cell_set_text(cell, it->owed != NULL ? it->owed->account_id : it->line->account_id);
}

static void get_open_sub_account_id(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    if (it->line == NULL)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->line->sub_account_id);
}

static void get_open_resource_id(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    cell_set_text(cell, it->owed != NULL ? it->owed->resource_id : it->line->resource_id);
}

static void get_open_service(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    cell_set_text(cell, it->owed != NULL ? it->owed->service : it->line->service);
}

static void get_open_currency(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    cell_set_currency(cell, it->owed != NULL ? it->owed->currency : it->line->currency);
}

static void get_open_amount(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    cell_set_code(cell, it->amount);
}

static void get_open_period(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    cell_set_period(cell, it->owed != NULL ? it->owed->period : it->line->period);
}

static void get_open_origin_period(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    if (it->owed == NULL)
        cell_set_empty(cell);
    else
        cell_set_period(cell, it->owed->origin_period);
}

static void get_open_occurred_at(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    cell_set_instant(cell, it->owed != NULL ? it->owed->event_at : it->line->charged_at);
}

static void get_open_invoice_id(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    if (it->line == NULL)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->line->invoice_id);
}

static void get_open_kind(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    if (it->line == NULL)
        cell_set_empty(cell);
    else
        cell_set_code(cell, enum_billing_kind.names[it->line->kind]);
}

static void get_open_charge_category(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    if (it->line == NULL)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->line->category);
}

static void get_open_references(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    cell_set_text(cell, it->references);
}

static void get_open_description(const void *row, struct cell *cell)
{
    const struct open_item *it = row;

    if (it->line == NULL)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->line->description);
}

static const struct ledger_column OPEN_ITEM_TABLE[] = {
    {"break_id", "Break", 22, CELL_CODE, get_open_break_id},
    {"item_id", "Item", 22, CELL_CODE, get_open_item_id},
    {"side", "Side", 9, CELL_CODE, get_open_side},
    {"category", "Category", 22, CELL_CODE, get_open_category},
    {"open_since", "Open since", 11, CELL_PERIOD, get_open_open_since},
    {"age", "Age", 6, CELL_INTEGER, get_open_age},
    {"ledger", "Ledger", 15, CELL_CODE, get_open_ledger},
    {"entry", "Entry", 32, CELL_TEXT, get_open_entry},
    {"entry_id", "Entry id", 20, CELL_TEXT, get_open_entry_id},
    {"order_id", "Order", 22, CELL_TEXT, get_open_order_id},
    {"account_id", "Account", 20, CELL_TEXT, get_open_account_id},
    {"sub_account_id", "Sub-account", 20, CELL_TEXT, get_open_sub_account_id},
    {"resource_id", "Resource", 24, CELL_TEXT, get_open_resource_id},
    {"service", "Service", 12, CELL_TEXT, get_open_service},
    {"currency", "Currency", 9, CELL_CODE, get_open_currency},
    {"amount", "Amount", 16, CELL_CODE, get_open_amount},
    {"period", "Period", 9, CELL_PERIOD, get_open_period},
    {"origin_period", "Origin", 11, CELL_PERIOD, get_open_origin_period},
    {"occurred_at", "Occurred at", 21, CELL_INSTANT, get_open_occurred_at},
    {"invoice_id", "Invoice", 18, CELL_TEXT, get_open_invoice_id},
    {"kind", "Kind", 12, CELL_CODE, get_open_kind},
    {"charge_category", "Charge category", 14, CELL_TEXT, get_open_charge_category},
    {"references", "References", 30, CELL_TEXT, get_open_references},
    {"description", "Description", 30, CELL_TEXT, get_open_description},
};

/* ---- purchases.csv ---- */

static void get_purchase_account_id(const void *row, struct cell *cell)
{
    const struct purchase_check *it = row;

    cell_set_text(cell, it->account_id);
}

static void get_purchase_currency(const void *row, struct cell *cell)
{
    const struct purchase_check *it = row;

    cell_set_currency(cell, it->currency);
}

static void get_purchase_month(const void *row, struct cell *cell)
{
    const struct purchase_check *it = row;

    cell_set_period(cell, it->period);
}

static void get_purchase_orders(const void *row, struct cell *cell)
{
    const struct purchase_check *it = row;

    cell_set_integer(cell, (int64_t)it->orders);
}

static void get_purchase_ordered(const void *row, struct cell *cell)
{
    const struct purchase_check *it = row;

    cell_set_amount(cell, it->ordered, it->currency);
}

static void get_purchase_billing_rows(const void *row, struct cell *cell)
{
    const struct purchase_check *it = row;

    cell_set_integer(cell, (int64_t)it->lines);
}

static void get_purchase_billed(const void *row, struct cell *cell)
{
    const struct purchase_check *it = row;

    cell_set_amount(cell, it->billed, it->currency);
}

static void get_purchase_difference(const void *row, struct cell *cell)
{
    const struct purchase_check *it = row;

    cell_set_amount(cell, it->difference, it->currency);
}

static void get_purchase_state(const void *row, struct cell *cell)
{
    const struct purchase_check *it = row;

    cell_set_code(cell, purchase_state_code(it->state));
}

static void get_purchase_break_id(const void *row, struct cell *cell)
{
    const struct purchase_check *it = row;

    if (it->state == PURCHASE_AGREES)
        cell_set_empty(cell);
    else
        cell_set_code(cell, it->break_id);
}

static const struct ledger_column PURCHASE_COLUMNS[] = {
    {"account_id", "Account", 20, CELL_TEXT, get_purchase_account_id},
    {"currency", "Currency", 9, CELL_CODE, get_purchase_currency},
    {"month", "Month", 9, CELL_PERIOD, get_purchase_month},
    {"orders", "Orders", 9, CELL_INTEGER, get_purchase_orders},
    {"ordered", "Paid by orders", 18, CELL_AMOUNT, get_purchase_ordered},
    {"billing_rows", "Billing rows", 12, CELL_INTEGER, get_purchase_billing_rows},
    {"billed", "Billed", 18, CELL_AMOUNT, get_purchase_billed},
    {"difference", "Difference", 16, CELL_AMOUNT, get_purchase_difference},
    {"state", "State", 22, CELL_CODE, get_purchase_state},
    {"break_id", "Break", 22, CELL_CODE, get_purchase_break_id},
};

/* ---- rejects.csv ---- */

static void get_reject_file(const void *row, struct cell *cell)
{
    const struct billing_reject_row *it = row;

    cell_set_raw(cell, span_of(it->file));
}

static void get_reject_line(const void *row, struct cell *cell)
{
    const struct billing_reject_row *it = row;

    cell_set_integer(cell, (int64_t)it->line);
}

static void get_reject_column(const void *row, struct cell *cell)
{
    const struct billing_reject_row *it = row;

    cell_set_text(cell, it->column);
}

static void get_reject_reason(const void *row, struct cell *cell)
{
    const struct billing_reject_row *it = row;

    cell_set_code(cell, it->reason);
}

static void get_reject_record(const void *row, struct cell *cell)
{
    const struct billing_reject_row *it = row;

    cell_set_raw(cell, it->record);
}

static const struct ledger_column REJECT_COLUMNS[] = {
    {"file", "File", 30, CELL_RAW, get_reject_file},
    {"line", "Line", 10, CELL_INTEGER, get_reject_line},
    {"column", "Column", 20, CELL_TEXT, get_reject_column},
    {"reason", "Reason", 20, CELL_CODE, get_reject_reason},
    {"record", "Record", 60, CELL_RAW, get_reject_record},
};

const struct ledger table_open_items = {"open-items", "Open items", OPEN_ITEM_TABLE,
                                        COLUMN_COUNT(OPEN_ITEM_TABLE)};
const struct ledger table_purchases = {"purchases", "Purchases", PURCHASE_COLUMNS,
                                       COLUMN_COUNT(PURCHASE_COLUMNS)};
const struct ledger table_billing_rejects = {"rejects", "Rejects", REJECT_COLUMNS,
                                             COLUMN_COUNT(REJECT_COLUMNS)};
