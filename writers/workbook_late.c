/*
 * Owns the layout of the sheet of late items.
 */
#include "writers/cells.h"
#include "writers/workbook_ledger.h"

static void get_programme(const void *row, struct cell *cell)
{
    cell_set_code(cell, ((const struct late_entry *)row)->programme);
}

static void get_id(const void *row, struct cell *cell)
{
    cell_set_text(cell, ((const struct late_entry *)row)->id);
}

static void get_account_id(const void *row, struct cell *cell)
{
    cell_set_text(cell, ((const struct late_entry *)row)->account_id);
}

static void get_origin_period(const void *row, struct cell *cell)
{
    cell_set_period(cell, ((const struct late_entry *)row)->origin_period);
}

static void get_event_at(const void *row, struct cell *cell)
{
    cell_set_instant(cell, ((const struct late_entry *)row)->event_at);
}

static void get_decision(const void *row, struct cell *cell)
{
    cell_set_code(cell, decision_name(((const struct late_entry *)row)->decision));
}

static void get_reason(const void *row, struct cell *cell)
{
    cell_set_code(cell, ((const struct late_entry *)row)->reason);
}

static void get_currency(const void *row, struct cell *cell)
{
    cell_set_currency(cell, ((const struct late_entry *)row)->currency);
}

static void get_amount(const void *row, struct cell *cell)
{
    const struct late_entry *entry = row;

    if (entry->currency == CURRENCY_NONE)
        cell_set_empty(cell);
    else
        cell_set_amount(cell, entry->amount, entry->currency);
}

static const struct ledger_column COLUMNS[] = {
    {"programme", "Programme", 15, CELL_CODE, get_programme},
    {"id", "Request, claim or filing", 20, CELL_TEXT, get_id},
    {"account_id", "Account", 17, CELL_TEXT, get_account_id},
    {"origin_period", "Origin period", 12, CELL_PERIOD, get_origin_period},
    {"event_at", "Event", 19, CELL_INSTANT, get_event_at},
    {"decision", "Decision", 12, CELL_CODE, get_decision},
    {"reason", "Reason", 24, CELL_CODE, get_reason},
    {"currency", "Currency", 9, CELL_CODE, get_currency},
    {"amount", "Amount", 14, CELL_AMOUNT, get_amount},
};

const struct ledger ledger_late = {
    .name = "late",
    .title = "Late items",
    .columns = COLUMNS,
    .column_count = sizeof(COLUMNS) / sizeof(COLUMNS[0]),
};
