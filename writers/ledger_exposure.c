/*
 * Owns the layout of the exposure (docs/exposure.md): what each column shows, and when it is empty.
 * Must not know how a cell is written.
 */
#include "policy/exposure.h"
#include "writers/cells.h"

static const struct incident *incident_of(const void *entry)
{
    return ((const struct exposure_row *)entry)->incident;
}

/* Text of the incident; empty in a total. */
static void set_text(const struct incident *incident, struct span text, struct cell *cell)
{
    if (incident != NULL)
        cell_set_text(cell, text);
    else
        cell_set_empty(cell);
}

static void set_amount(const struct exposure_row *row, struct decimal amount, struct cell *cell)
{
    if (row->currency != CURRENCY_NONE)
        cell_set_amount(cell, amount, row->currency);
    else
        cell_set_empty(cell);
}

/* How many, of one incident; totals would count a resource once for each. */
static void set_count(const struct exposure_row *row, int64_t count, struct cell *cell)
{
    if (row->incident != NULL)
        cell_set_integer(cell, count);
    else
        cell_set_empty(cell);
}

static void get_scope(const void *entry, struct cell *cell)
{
    cell_set_code(cell, incident_of(entry) != NULL ? "incident" : "total");
}

static void get_incident_id(const void *entry, struct cell *cell)
{
    const struct incident *incident = incident_of(entry);

    set_text(incident, incident != NULL ? incident->incident_id : (struct span){"", 0}, cell);
}

static void get_service(const void *entry, struct cell *cell)
{
    const struct incident *incident = incident_of(entry);

    set_text(incident, incident != NULL ? incident->service : (struct span){"", 0}, cell);
}

static void get_region(const void *entry, struct cell *cell)
{
    const struct incident *incident = incident_of(entry);

    set_text(incident, incident != NULL ? incident->region : (struct span){"", 0}, cell);
}

static void get_scenario(const void *entry, struct cell *cell)
{
    const struct incident *incident = incident_of(entry);

    cell_set_code(cell, incident != NULL ? enum_scenario.names[incident->scenario] : "");
}

static void get_times(const void *entry, struct cell *cell)
{
    const struct exposure_row *row = entry;

    set_count(row, row->incident != NULL ? row->terms->times[row->incident->scenario] : 0, cell);
}

static void get_started_at(const void *entry, struct cell *cell)
{
    const struct incident *incident = incident_of(entry);

    cell_set_instant(cell, incident != NULL ? incident->started_at : INSTANT_NONE);
}

static void get_rectified_at(const void *entry, struct cell *cell)
{
    const struct incident *incident = incident_of(entry);

    cell_set_instant(cell, incident != NULL ? incident->rectified_at : INSTANT_NONE);
}

static void get_window_ends_at(const void *entry, struct cell *cell)
{
    const struct exposure_row *row = entry;

    cell_set_instant(cell, row->incident != NULL ? row->window_ends_at : INSTANT_NONE);
}

static void get_resources(const void *entry, struct cell *cell)
{
    const struct exposure_row *row = entry;

    set_count(row, row->resources, cell);
}

static void get_fault_seconds(const void *entry, struct cell *cell)
{
    const struct exposure_row *row = entry;

    set_count(row, row->fault_seconds, cell);
}

static void get_open_resources(const void *entry, struct cell *cell)
{
    const struct exposure_row *row = entry;

    set_count(row, row->open_resources, cell);
}

static void get_open_seconds(const void *entry, struct cell *cell)
{
    const struct exposure_row *row = entry;

    set_count(row, row->open_seconds, cell);
}

static void get_currency(const void *entry, struct cell *cell)
{
    cell_set_currency(cell, ((const struct exposure_row *)entry)->currency);
}

static void get_gross(const void *entry, struct cell *cell)
{
    const struct exposure_row *row = entry;

    set_amount(row, row->gross, cell);
}

static void get_already(const void *entry, struct cell *cell)
{
    const struct exposure_row *row = entry;

    set_amount(row, row->already, cell);
}

static void get_exposure(const void *entry, struct cell *cell)
{
    const struct exposure_row *row = entry;

    set_amount(row, row->exposure, cell);
}

static void get_policy_version(const void *entry, struct cell *cell)
{
    const struct exposure_row *row = entry;

    cell_set_code(cell, row->terms != NULL ? row->terms->name : "");
}

static const struct ledger_column EXPOSURE_COLUMNS[] = {
    {"scope", "Scope", 10, CELL_CODE, get_scope},
    {"incident_id", "Incident", 18, CELL_TEXT, get_incident_id},
    {"service", "Service", 12, CELL_TEXT, get_service},
    {"region", "Region", 14, CELL_TEXT, get_region},
    {"scenario", "Scenario", 22, CELL_CODE, get_scenario},
    {"times", "Times", 7, CELL_INTEGER, get_times},
    {"started_at", "Fault started", 19, CELL_INSTANT, get_started_at},
    {"rectified_at", "Fault rectified", 19, CELL_INSTANT, get_rectified_at},
    {"window_ends_at", "Claims until", 19, CELL_INSTANT, get_window_ends_at},
    {"resources", "Resources affected", 12, CELL_INTEGER, get_resources},
    {"fault_seconds", "Fault seconds", 14, CELL_INTEGER, get_fault_seconds},
    {"open_resources", "Resources open", 12, CELL_INTEGER, get_open_resources},
    {"open_seconds", "Seconds open", 14, CELL_INTEGER, get_open_seconds},
    {"currency", "Currency", 9, CELL_CODE, get_currency},
    {"gross", "If all claimed", 16, CELL_AMOUNT, get_gross},
    {"already", "Already compensated", 16, CELL_AMOUNT, get_already},
    {"exposure", "Exposure", 16, CELL_AMOUNT, get_exposure},
    {"policy_version", "Policy version", 14, CELL_CODE, get_policy_version},
};

const struct ledger ledger_exposure = {
    .name = "exposure",
    .title = "Exposure",
    .columns = EXPOSURE_COLUMNS,
    .column_count = COLUMN_COUNT(EXPOSURE_COLUMNS),
};
