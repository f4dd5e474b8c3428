/*
 * Owns the layout of compensations.csv (outputs.md): what each column shows, and when it is empty.
 * A denied or deferred row has no basis. Must not know how a cell is written.
 */
#include "writers/cells.h"

enum { DAILY_COST_DIGITS = 8 };

static const char *basis_name(enum basis_kind kind)
{
    switch (kind) {
    case BASIS_ORDER:
        return "order";
    case BASIS_USAGE:
        break;
    }
    return "usage";
}

static void set_basis_amount(const struct compensation_entry *entry, struct decimal amount,
                             struct cell *cell)
{
    if (entry->basis != NULL)
        cell_set_amount(cell, amount, entry->basis->currency);
    else
        cell_set_empty(cell);
}

static void get_claim_id(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    cell_set_text(cell, entry->claim->claim_id);
}

static void get_account_id(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    cell_set_text(cell, entry->claim->account_id);
}

static void get_incident_id(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    cell_set_text(cell, entry->claim->incident_id);
}

static void get_resource_id(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    if (entry->basis != NULL)
        cell_set_text(cell, entry->basis->resource_id);
    else
        cell_set_text(cell, entry->claim->resource_id);
}

static void get_basis(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    if (entry->basis != NULL)
        cell_set_code(cell, basis_name(entry->basis->kind));
    else
        cell_set_empty(cell);
}

static void get_basis_id(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    if (entry->basis != NULL)
        cell_set_text(cell, entry->basis->basis_id);
    else
        cell_set_empty(cell);
}

static void get_basis_starts_at(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    if (entry->basis != NULL)
        cell_set_instant(cell, entry->basis->starts_at);
    else
        cell_set_empty(cell);
}

static void get_service(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    if (entry->basis != NULL)
        cell_set_text(cell, entry->basis->service);
    else if (entry->incident != NULL)
        cell_set_text(cell, entry->incident->service);
    else
        cell_set_empty(cell);
}

static void get_region(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    if (entry->basis != NULL)
        cell_set_text(cell, entry->basis->region);
    else if (entry->incident != NULL)
        cell_set_text(cell, entry->incident->region);
    else
        cell_set_empty(cell);
}

static void get_scenario(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    if (entry->incident != NULL)
        cell_set_code(cell, enum_scenario.names[entry->incident->scenario]);
    else
        cell_set_empty(cell);
}

static void get_cause(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    if (entry->incident != NULL)
        cell_set_code(cell, enum_cause.names[entry->incident->cause]);
    else
        cell_set_empty(cell);
}

static void get_currency(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    if (entry->basis != NULL)
        cell_set_currency(cell, entry->basis->currency);
    else
        cell_set_empty(cell);
}

static void get_submitted_at(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    cell_set_instant(cell, entry->claim->submitted_at);
}

static void get_started_at(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    if (entry->incident != NULL)
        cell_set_instant(cell, entry->incident->started_at);
    else
        cell_set_empty(cell);
}

static void get_rectified_at(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    if (entry->incident != NULL)
        cell_set_instant(cell, entry->incident->rectified_at);
    else
        cell_set_empty(cell);
}

static void get_decision(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    cell_set_code(cell, decision_name(entry->decision));
}

static void get_reason(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    cell_set_code(cell, compensation_reason(entry->reason)->code);
}

static void get_clause(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    cell_set_code(cell, compensation_reason(entry->reason)->clause);
}

static void get_fault_from(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    if (entry->basis != NULL)
        cell_set_instant(cell, entry->fault_from);
    else
        cell_set_empty(cell);
}

static void get_fault_to(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    if (entry->basis != NULL)
        cell_set_instant(cell, entry->fault_to);
    else
        cell_set_empty(cell);
}

static void get_fault_seconds(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    if (entry->basis != NULL)
        cell_set_integer(cell, entry->fault_seconds);
    else
        cell_set_empty(cell);
}

static void get_cost(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    if (entry->basis != NULL)
        cell_set_amount(cell, entry->basis->cost, entry->basis->currency);
    else
        cell_set_empty(cell);
}

static void get_basis_seconds(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    if (entry->basis != NULL)
        cell_set_integer(cell, entry->basis->basis_seconds);
    else
        cell_set_empty(cell);
}

static void get_daily_cost(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    set_basis_amount(entry, entry->daily_cost, cell);
    cell->digits = DAILY_COST_DIGITS;
}

static void get_times(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    if (entry->basis != NULL)
        cell_set_integer(cell, entry->terms->times[entry->incident->scenario]);
    else
        cell_set_empty(cell);
}

static void get_amount(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    set_basis_amount(entry, entry->amount, cell);
}

static void get_capped(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    set_basis_amount(entry, entry->capped, cell);
}

static void get_policy_version(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    if (entry->terms != NULL)
        cell_set_code(cell, entry->terms->name);
    else
        cell_set_empty(cell);
}

static void get_origin_period(const void *row, struct cell *cell)
{
    const struct compensation_entry *entry = row;

    cell_set_period(cell, entry->origin_period);
}

static const struct ledger_column COMPENSATIONS_COLUMNS[] = {
    {"claim_id", "Claim", 18, CELL_TEXT, get_claim_id},
    {"account_id", "Account", 18, CELL_TEXT, get_account_id},
    {"incident_id", "Incident", 18, CELL_TEXT, get_incident_id},
    {"resource_id", "Resource", 18, CELL_TEXT, get_resource_id},
    {"basis", "Basis", 8, CELL_CODE, get_basis},
    {"basis_id", "Order or usage date", 18, CELL_TEXT, get_basis_id},
    {"basis_starts_at", "Basis starts", 19, CELL_INSTANT, get_basis_starts_at},
    {"service", "Service", 12, CELL_TEXT, get_service},
    {"region", "Region", 14, CELL_TEXT, get_region},
    {"scenario", "Scenario", 22, CELL_CODE, get_scenario},
    {"cause", "Cause", 20, CELL_CODE, get_cause},
    {"currency", "Currency", 9, CELL_CODE, get_currency},
    {"submitted_at", "Submitted", 19, CELL_INSTANT, get_submitted_at},
    {"started_at", "Fault started", 19, CELL_INSTANT, get_started_at},
    {"rectified_at", "Fault rectified", 19, CELL_INSTANT, get_rectified_at},
    {"decision", "Decision", 12, CELL_CODE, get_decision},
    {"reason", "Reason", 24, CELL_CODE, get_reason},
    {"clause", "Clause", 24, CELL_CODE, get_clause},
    {"fault_from", "Compensated from", 19, CELL_INSTANT, get_fault_from},
    {"fault_to", "Compensated to", 19, CELL_INSTANT, get_fault_to},
    {"fault_seconds", "Fault seconds", 12, CELL_INTEGER, get_fault_seconds},
    {"cost", "Cost", 16, CELL_AMOUNT, get_cost},
    {"basis_seconds", "Basis seconds", 12, CELL_INTEGER, get_basis_seconds},
    {"daily_cost", "Daily cost", 18, CELL_AMOUNT, get_daily_cost},
    {"times", "Times", 7, CELL_INTEGER, get_times},
    {"amount", "Amount", 16, CELL_AMOUNT, get_amount},
    {"capped", "Withheld by cap", 16, CELL_AMOUNT, get_capped},
    {"policy_version", "Policy version", 14, CELL_CODE, get_policy_version},
    {"origin_period", "Origin period", 10, CELL_PERIOD, get_origin_period},
};

const struct ledger ledger_compensations = {
    .name = "compensations",
    .title = "Compensations",
    .columns = COMPENSATIONS_COLUMNS,
    .column_count = COLUMN_COUNT(COMPENSATIONS_COLUMNS),
};
