/*
 * Owns the layouts of a reconciliation's tables: what each column shows, and when it is empty.
 * Must not know how a cell is written, nor how a match was found.
 */
#include "writers/reconcile_tables.h"

#include "writers/cells.h"

/* ---- reconciliation.csv and breaks.csv ---- */

static bool is_written_off(const struct reconciled_row *row)
{
    return row->of != NULL ? row->of->adjustment != NULL : row->purchase->adjustment != NULL;
}

static const struct adjustment *adjustment_of(const struct reconciled_row *row)
{
    return row->of != NULL ? row->of->adjustment : row->purchase->adjustment;
}

static void get_match(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->of == NULL)
        cell_set_empty(cell);
    else
        cell_set_integer(cell, (int64_t)it->of->number);
}

static void get_break_id(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    cell_set_code(cell, it->of != NULL ? it->of->break_id : it->purchase->break_id);
}

static void get_category(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (is_written_off(it))
        cell_set_code(cell, match_category_code(MATCH_WRITTEN_OFF));
    else if (it->of != NULL)
        cell_set_code(cell, match_category_code(it->of->category));
    else
        cell_set_code(cell, purchase_state_code(it->purchase->state));
}

static void get_found_as(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (!is_written_off(it))
        cell_set_empty(cell);
    else if (it->of != NULL)
        cell_set_code(cell, match_category_code(it->of->found));
    else
        cell_set_code(cell, purchase_state_code(it->purchase->state));
}

static void get_age(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    cell_set_integer(cell, it->of != NULL ? it->of->age : 0);
}

static void get_open_since(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    cell_set_period(cell, it->of != NULL ? it->of->open_since : it->purchase->period);
}

static void get_rule(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->of == NULL || it->of->match->rule == NULL)
        cell_set_empty(cell);
    else
        cell_set_integer(cell, it->of->match->rule->number);
}

static void get_account_id(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->of == NULL)
        cell_set_text(cell, it->purchase->account_id);
    else if (it->owed != NULL)
        cell_set_text(cell, it->owed->account_id);
    else
        cell_set_empty(cell);
}

static void get_currency(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->of == NULL)
        cell_set_currency(cell, it->purchase->currency);
    else if (it->owed != NULL)
        cell_set_currency(cell, it->owed->currency);
    else
        cell_set_empty(cell);
}

static void get_ledger(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->owed == NULL)
        cell_set_empty(cell);
    else
        cell_set_code(cell, it->owed->ledger);
}

static void get_entry(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->owed == NULL)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->owed->entry);
}

static void get_entry_id(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->owed == NULL)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->owed->id);
}

static void get_order_id(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->owed == NULL)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->owed->order_id);
}

static void get_resource_id(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->owed == NULL)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->owed->resource_id);
}

static void get_service(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->owed == NULL)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->owed->service);
}

static void get_decided_period(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->owed == NULL)
        cell_set_empty(cell);
    else
        cell_set_period(cell, it->owed->period);
}

static void get_origin_period(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->owed == NULL)
        cell_set_empty(cell);
    else
        cell_set_period(cell, it->owed->origin_period);
}

static void get_event_at(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->owed == NULL)
        cell_set_empty(cell);
    else
        cell_set_instant(cell, it->owed->event_at);
}

static void get_expected(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->of == NULL)
        cell_set_amount(cell, it->purchase->ordered, it->purchase->currency);
    else if (it->owed != NULL)
        cell_set_amount(cell, it->owed->amount, it->owed->currency);
    else
        cell_set_empty(cell);
}

static void get_billing_id(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->line == NULL)
        cell_set_empty(cell);
    else
        cell_set_code(cell, it->line->id);
}

static void get_billing_account_id(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->line == NULL)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->line->account_id);
}

static void get_billing_sub_account_id(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->line == NULL)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->line->sub_account_id);
}

static void get_billing_currency(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->of == NULL)
        cell_set_currency(cell, it->purchase->currency);
    else if (it->line != NULL)
        cell_set_currency(cell, it->line->currency);
    else
        cell_set_empty(cell);
}

static void get_billing_kind(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->line == NULL)
        cell_set_empty(cell);
    else
        cell_set_code(cell, enum_billing_kind.names[it->line->kind]);
}

static void get_billing_category(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->line == NULL)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->line->category);
}

static void get_billing_resource_id(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->line == NULL)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->line->resource_id);
}

static void get_billing_period(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->of == NULL)
        cell_set_period(cell, it->purchase->period);
    else if (it->line != NULL)
        cell_set_period(cell, it->line->period);
    else
        cell_set_empty(cell);
}

static void get_charged_at(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->line == NULL)
        cell_set_empty(cell);
    else
        cell_set_instant(cell, it->line->charged_at);
}

static void get_invoice_id(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->line == NULL)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->line->invoice_id);
}

static void get_reference(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->line == NULL || it->line->reference_count == 0)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->line->references[0].text);
}

static void get_description(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->line == NULL)
        cell_set_empty(cell);
    else
        cell_set_text(cell, it->line->description);
}

static void get_found(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->of == NULL)
        cell_set_amount(cell, it->purchase->billed, it->purchase->currency);
    else if (it->line != NULL)
        cell_set_amount(cell, it->line->credited, it->line->currency);
    else
        cell_set_empty(cell);
}

static void get_difference(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->of == NULL)
        cell_set_amount(cell, it->purchase->difference, it->purchase->currency);
    else if (it->first && it->of->has_difference)
        cell_set_amount(cell, it->of->difference, it->of->currency);
    else
        cell_set_empty(cell);
}

static void get_who(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (!is_written_off(it))
        cell_set_empty(cell);
    else
        cell_set_text(cell, adjustment_of(it)->who);
}

static void get_when(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    cell->kind = CELL_EMPTY;
    if (is_written_off(it)) {
        cell->kind = CELL_DATE;
        cell->integer = adjustment_of(it)->when;
    }
}

static void get_why(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (!is_written_off(it))
        cell_set_empty(cell);
    else
        cell_set_text(cell, adjustment_of(it)->why);
}

static void get_explanation(const void *row, struct cell *cell)
{
    const struct reconciled_row *it = row;

    if (it->of != NULL)
        cell_set_code(cell, match_category_text(it->of->found));
    else
        cell_set_code(cell, purchase_state_text(it->purchase->state));
}

static const struct ledger_column RECONCILIATION_COLUMNS[] = {
    {"match", "Match", 8, CELL_INTEGER, get_match},
    {"category", "Category", 22, CELL_CODE, get_category},
    {"rule", "Rule", 6, CELL_INTEGER, get_rule},
    {"account_id", "Account", 20, CELL_TEXT, get_account_id},
    {"currency", "Currency", 9, CELL_CODE, get_currency},
    {"ledger", "Ledger", 15, CELL_CODE, get_ledger},
    {"entry", "Entry", 32, CELL_TEXT, get_entry},
    {"entry_id", "Entry id", 20, CELL_TEXT, get_entry_id},
    {"order_id", "Order", 22, CELL_TEXT, get_order_id},
    {"resource_id", "Resource", 24, CELL_TEXT, get_resource_id},
    {"service", "Service", 12, CELL_TEXT, get_service},
    {"decided_period", "Decided in", 11, CELL_PERIOD, get_decided_period},
    {"origin_period", "Origin", 11, CELL_PERIOD, get_origin_period},
    {"event_at", "Event at", 21, CELL_INSTANT, get_event_at},
    {"expected", "Expected", 16, CELL_AMOUNT, get_expected},
    {"billing_id", "Billing row", 22, CELL_CODE, get_billing_id},
    {"billing_account_id", "Billed to", 20, CELL_TEXT, get_billing_account_id},
    {"billing_sub_account_id", "Sub-account", 20, CELL_TEXT, get_billing_sub_account_id},
    {"billing_currency", "Billed in", 9, CELL_CODE, get_billing_currency},
    {"billing_kind", "Kind", 12, CELL_CODE, get_billing_kind},
    {"billing_category", "Charge category", 14, CELL_TEXT, get_billing_category},
    {"billing_resource_id", "Billed resource", 24, CELL_TEXT, get_billing_resource_id},
    {"billing_period", "Billing month", 13, CELL_PERIOD, get_billing_period},
    {"charged_at", "Charged at", 21, CELL_INSTANT, get_charged_at},
    {"invoice_id", "Invoice", 18, CELL_TEXT, get_invoice_id},
    {"reference", "Reference", 24, CELL_TEXT, get_reference},
    {"description", "Description", 30, CELL_TEXT, get_description},
    {"found", "Found", 16, CELL_AMOUNT, get_found},
    {"difference", "Difference", 16, CELL_AMOUNT, get_difference},
};

static const struct ledger_column BREAK_COLUMNS[] = {
    {"break_id", "Break", 22, CELL_CODE, get_break_id},
    {"category", "Category", 22, CELL_CODE, get_category},
    {"found_as", "Found as", 22, CELL_CODE, get_found_as},
    {"age", "Age", 6, CELL_INTEGER, get_age},
    {"open_since", "Open since", 11, CELL_PERIOD, get_open_since},
    {"rule", "Rule", 6, CELL_INTEGER, get_rule},
    {"account_id", "Account", 20, CELL_TEXT, get_account_id},
    {"currency", "Currency", 9, CELL_CODE, get_currency},
    {"ledger", "Ledger", 15, CELL_CODE, get_ledger},
    {"entry", "Entry", 32, CELL_TEXT, get_entry},
    {"entry_id", "Entry id", 20, CELL_TEXT, get_entry_id},
    {"order_id", "Order", 22, CELL_TEXT, get_order_id},
    {"resource_id", "Resource", 24, CELL_TEXT, get_resource_id},
    {"service", "Service", 12, CELL_TEXT, get_service},
    {"decided_period", "Decided in", 11, CELL_PERIOD, get_decided_period},
    {"origin_period", "Origin", 11, CELL_PERIOD, get_origin_period},
    {"event_at", "Event at", 21, CELL_INSTANT, get_event_at},
    {"expected", "Expected", 16, CELL_AMOUNT, get_expected},
    {"billing_id", "Billing row", 22, CELL_CODE, get_billing_id},
    {"billing_account_id", "Billed to", 20, CELL_TEXT, get_billing_account_id},
    {"billing_sub_account_id", "Sub-account", 20, CELL_TEXT, get_billing_sub_account_id},
    {"billing_currency", "Billed in", 9, CELL_CODE, get_billing_currency},
    {"billing_kind", "Kind", 12, CELL_CODE, get_billing_kind},
    {"billing_category", "Charge category", 14, CELL_TEXT, get_billing_category},
    {"billing_resource_id", "Billed resource", 24, CELL_TEXT, get_billing_resource_id},
    {"billing_period", "Billing month", 13, CELL_PERIOD, get_billing_period},
    {"charged_at", "Charged at", 21, CELL_INSTANT, get_charged_at},
    {"invoice_id", "Invoice", 18, CELL_TEXT, get_invoice_id},
    {"reference", "Reference", 24, CELL_TEXT, get_reference},
    {"description", "Description", 30, CELL_TEXT, get_description},
    {"found", "Found", 16, CELL_AMOUNT, get_found},
    {"difference", "Difference", 16, CELL_AMOUNT, get_difference},
    {"who", "Written off by", 16, CELL_TEXT, get_who},
    {"when", "On", 12, CELL_DATE, get_when},
    {"why", "Because", 40, CELL_TEXT, get_why},
    {"explanation", "In words", 48, CELL_CODE, get_explanation},
};

const struct ledger table_reconciliation = {"reconciliation", "Matches", RECONCILIATION_COLUMNS,
                                            COLUMN_COUNT(RECONCILIATION_COLUMNS)};
const struct ledger table_breaks = {"breaks", "Breaks", BREAK_COLUMNS, COLUMN_COUNT(BREAK_COLUMNS)};
