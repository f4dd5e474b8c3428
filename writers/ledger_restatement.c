/*
 * Owns the layout of restatement.csv: what each column shows, and when it is empty.
 * Must not know how a cell is written, nor what caused a change.
 */
#include "policy/restatement.h"
#include "writers/cells.h"

static void set_amount(const struct restatement_row *row, bool has, struct decimal amount,
                       struct cell *cell)
{
    if (has)
        cell_set_amount(cell, amount, row->currency);
    else
        cell_set_empty(cell);
}

static void get_ledger(const void *entry, struct cell *cell)
{
    cell_set_code(cell, ((const struct restatement_row *)entry)->ledger);
}

static void get_account_id(const void *entry, struct cell *cell)
{
    cell_set_text(cell, ((const struct restatement_row *)entry)->account_id);
}

static void get_event_id(const void *entry, struct cell *cell)
{
    cell_set_text(cell, ((const struct restatement_row *)entry)->event_id);
}

static void get_resource_id(const void *entry, struct cell *cell)
{
    cell_set_text(cell, ((const struct restatement_row *)entry)->resource_id);
}

static void get_basis(const void *entry, struct cell *cell)
{
    cell_set_string(cell, CELL_CODE, ((const struct restatement_row *)entry)->basis);
}

static void get_basis_id(const void *entry, struct cell *cell)
{
    cell_set_text(cell, ((const struct restatement_row *)entry)->basis_id);
}

static void get_currency(const void *entry, struct cell *cell)
{
    cell_set_currency(cell, ((const struct restatement_row *)entry)->currency);
}

static void get_change(const void *entry, struct cell *cell)
{
    cell_set_code(cell, restatement_change_name(((const struct restatement_row *)entry)->change));
}

static void get_old_decision(const void *entry, struct cell *cell)
{
    cell_set_string(cell, CELL_CODE, ((const struct restatement_row *)entry)->before.decision);
}

static void get_new_decision(const void *entry, struct cell *cell)
{
    cell_set_string(cell, CELL_CODE, ((const struct restatement_row *)entry)->after.decision);
}

static void get_old_reason(const void *entry, struct cell *cell)
{
    cell_set_string(cell, CELL_CODE, ((const struct restatement_row *)entry)->before.reason);
}

static void get_new_reason(const void *entry, struct cell *cell)
{
    cell_set_string(cell, CELL_CODE, ((const struct restatement_row *)entry)->after.reason);
}

static void get_old_amount(const void *entry, struct cell *cell)
{
    const struct restatement_row *row = entry;

    set_amount(row, row->before.has_amount, row->before.amount, cell);
}

static void get_new_amount(const void *entry, struct cell *cell)
{
    const struct restatement_row *row = entry;

    set_amount(row, row->after.has_amount, row->after.amount, cell);
}

static void get_difference(const void *entry, struct cell *cell)
{
    const struct restatement_row *row = entry;

    set_amount(row, row->before.has_amount || row->after.has_amount, row->difference, cell);
}

static void get_cause(const void *entry, struct cell *cell)
{
    cell_set_code(cell, restatement_cause_name(((const struct restatement_row *)entry)->cause));
}

static void get_columns(const void *entry, struct cell *cell)
{
    cell_set_string(cell, CELL_CODE, ((const struct restatement_row *)entry)->columns);
}

static const struct ledger_column RESTATEMENT_COLUMNS[] = {
    {"ledger", "Ledger", 15, CELL_CODE, get_ledger},
    {"account_id", "Account", 18, CELL_TEXT, get_account_id},
    {"event_id", "Request, claim or filing", 18, CELL_TEXT, get_event_id},
    {"resource_id", "Resource", 18, CELL_TEXT, get_resource_id},
    {"basis", "Basis", 8, CELL_CODE, get_basis},
    {"basis_id", "Order or usage date", 18, CELL_TEXT, get_basis_id},
    {"currency", "Currency", 9, CELL_CODE, get_currency},
    {"change", "Change", 11, CELL_CODE, get_change},
    {"old_decision", "Old decision", 13, CELL_CODE, get_old_decision},
    {"new_decision", "New decision", 13, CELL_CODE, get_new_decision},
    {"old_reason", "Old reason", 24, CELL_CODE, get_old_reason},
    {"new_reason", "New reason", 24, CELL_CODE, get_new_reason},
    {"old_amount", "Old amount", 16, CELL_AMOUNT, get_old_amount},
    {"new_amount", "New amount", 16, CELL_AMOUNT, get_new_amount},
    {"difference", "Difference", 16, CELL_AMOUNT, get_difference},
    {"cause", "Cause", 17, CELL_CODE, get_cause},
    {"columns", "Columns that differ", 40, CELL_CODE, get_columns},
};

const struct ledger ledger_restatement = {
    .name = "restatement",
    .title = "Restatement",
    .columns = RESTATEMENT_COLUMNS,
    .column_count = COLUMN_COUNT(RESTATEMENT_COLUMNS),
};
