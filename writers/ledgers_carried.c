/*
 * Owns the layouts of the carried rows: the columns of inputs.md, as they are read back.
 * Must not know how a cell is written.
 */
#include "writers/carried.h"

#include "writers/cells.h"

/* Not CELL_TEXT: that would be guarded, and then read back as another text. */
static void set_exact(struct cell *cell, struct span text)
{
    cell_set_string(cell, CELL_CODE, text);
}

static void set_boolean(struct cell *cell, bool value)
{
    cell_set_code(cell, value ? "true" : "false");
}

static void get_refund_request_request_id(const void *row, struct cell *cell)
{
    const struct refund_request *refund_request = row;

    set_exact(cell, refund_request->request_id);
}

static void get_refund_request_account_id(const void *row, struct cell *cell)
{
    const struct refund_request *refund_request = row;

    set_exact(cell, refund_request->account_id);
}

static void get_refund_request_order_id(const void *row, struct cell *cell)
{
    const struct refund_request *refund_request = row;

    set_exact(cell, refund_request->order_id);
}

static void get_refund_request_requested_at(const void *row, struct cell *cell)
{
    const struct refund_request *refund_request = row;

    cell_set_instant(cell, refund_request->requested_at);
}

static const struct ledger_column REFUND_REQUEST_COLUMNS[] = {
    {"request_id", "Request", 18, CELL_CODE, get_refund_request_request_id},
    {"account_id", "Account", 18, CELL_CODE, get_refund_request_account_id},
    {"order_id", "Order", 18, CELL_CODE, get_refund_request_order_id},
    {"requested_at", "Requested at", 18, CELL_INSTANT, get_refund_request_requested_at},
};

const struct ledger ledger_carried_requests = {
    .name = "carry-forward/refund_requests",
    .title = "Carried refund requests",
    .columns = REFUND_REQUEST_COLUMNS,
    .column_count = COLUMN_COUNT(REFUND_REQUEST_COLUMNS),
};

static void get_claim_claim_id(const void *row, struct cell *cell)
{
    const struct claim *claim = row;

    set_exact(cell, claim->claim_id);
}

static void get_claim_account_id(const void *row, struct cell *cell)
{
    const struct claim *claim = row;

    set_exact(cell, claim->account_id);
}

static void get_claim_incident_id(const void *row, struct cell *cell)
{
    const struct claim *claim = row;

    set_exact(cell, claim->incident_id);
}

static void get_claim_resource_id(const void *row, struct cell *cell)
{
    const struct claim *claim = row;

    set_exact(cell, claim->resource_id);
}

static void get_claim_submitted_at(const void *row, struct cell *cell)
{
    const struct claim *claim = row;

    cell_set_instant(cell, claim->submitted_at);
}

static const struct ledger_column CLAIM_COLUMNS[] = {
    {"claim_id", "Claim", 18, CELL_CODE, get_claim_claim_id},
    {"account_id", "Account", 18, CELL_CODE, get_claim_account_id},
    {"incident_id", "Incident", 18, CELL_CODE, get_claim_incident_id},
    {"resource_id", "Resource", 18, CELL_CODE, get_claim_resource_id},
    {"submitted_at", "Submitted at", 18, CELL_INSTANT, get_claim_submitted_at},
};

const struct ledger ledger_carried_claims = {
    .name = "carry-forward/claims",
    .title = "Carried claims",
    .columns = CLAIM_COLUMNS,
    .column_count = COLUMN_COUNT(CLAIM_COLUMNS),
};

static void get_filing_filing_id(const void *row, struct cell *cell)
{
    const struct filing *filing = row;

    set_exact(cell, filing->filing_id);
}

static void get_filing_account_id(const void *row, struct cell *cell)
{
    const struct filing *filing = row;

    set_exact(cell, filing->account_id);
}

static void get_filing_order_id(const void *row, struct cell *cell)
{
    const struct filing *filing = row;

    set_exact(cell, filing->order_id);
}

static void get_filing_first_filing(const void *row, struct cell *cell)
{
    const struct filing *filing = row;

    set_boolean(cell, filing->first_filing);
}

static void get_filing_for_website(const void *row, struct cell *cell)
{
    const struct filing *filing = row;

    set_boolean(cell, filing->for_website);
}

static void get_filing_started_at(const void *row, struct cell *cell)
{
    const struct filing *filing = row;

    cell_set_instant(cell, filing->started_at);
}

static void get_filing_submitted_at(const void *row, struct cell *cell)
{
    const struct filing *filing = row;

    cell_set_instant(cell, filing->submitted_at);
}

static void get_filing_approved_at(const void *row, struct cell *cell)
{
    const struct filing *filing = row;

    cell_set_instant(cell, filing->approved_at);
}

static const struct ledger_column FILING_COLUMNS[] = {
    {"filing_id", "Filing", 18, CELL_CODE, get_filing_filing_id},
    {"account_id", "Account", 18, CELL_CODE, get_filing_account_id},
    {"order_id", "Order", 18, CELL_CODE, get_filing_order_id},
    {"first_filing", "First filing", 18, CELL_CODE, get_filing_first_filing},
    {"for_website", "For website", 18, CELL_CODE, get_filing_for_website},
    {"started_at", "Started at", 18, CELL_INSTANT, get_filing_started_at},
    {"submitted_at", "Submitted at", 18, CELL_INSTANT, get_filing_submitted_at},
    {"approved_at", "Approved at", 18, CELL_INSTANT, get_filing_approved_at},
};

const struct ledger ledger_carried_filings = {
    .name = "carry-forward/filings",
    .title = "Carried filings",
    .columns = FILING_COLUMNS,
    .column_count = COLUMN_COUNT(FILING_COLUMNS),
};

static void get_incident_incident_id(const void *row, struct cell *cell)
{
    const struct incident *incident = row;

    set_exact(cell, incident->incident_id);
}

static void get_incident_scenario(const void *row, struct cell *cell)
{
    const struct incident *incident = row;

    cell_set_code(cell, enum_scenario.names[incident->scenario]);
}

static void get_incident_cause(const void *row, struct cell *cell)
{
    const struct incident *incident = row;

    cell_set_code(cell, enum_cause.names[incident->cause]);
}

static void get_incident_service(const void *row, struct cell *cell)
{
    const struct incident *incident = row;

    set_exact(cell, incident->service);
}

static void get_incident_region(const void *row, struct cell *cell)
{
    const struct incident *incident = row;

    set_exact(cell, incident->region);
}

static void get_incident_resource_id(const void *row, struct cell *cell)
{
    const struct incident *incident = row;

    set_exact(cell, incident->resource_id);
}

static void get_incident_started_at(const void *row, struct cell *cell)
{
    const struct incident *incident = row;

    cell_set_instant(cell, incident->started_at);
}

static void get_incident_rectified_at(const void *row, struct cell *cell)
{
    const struct incident *incident = row;

    cell_set_instant(cell, incident->rectified_at);
}

static void get_incident_sla_covered(const void *row, struct cell *cell)
{
    const struct incident *incident = row;

    set_boolean(cell, incident->sla_covered);
}

static void get_incident_title(const void *row, struct cell *cell)
{
    const struct incident *incident = row;

    set_exact(cell, incident->title);
}

static const struct ledger_column INCIDENT_COLUMNS[] = {
    {"incident_id", "Incident", 18, CELL_CODE, get_incident_incident_id},
    {"scenario", "Scenario", 18, CELL_CODE, get_incident_scenario},
    {"cause", "Cause", 18, CELL_CODE, get_incident_cause},
    {"service", "Service", 18, CELL_CODE, get_incident_service},
    {"region", "Region", 18, CELL_CODE, get_incident_region},
    {"resource_id", "Resource", 18, CELL_CODE, get_incident_resource_id},
    {"started_at", "Started at", 18, CELL_INSTANT, get_incident_started_at},
    {"rectified_at", "Rectified at", 18, CELL_INSTANT, get_incident_rectified_at},
    {"sla_covered", "Sla covered", 18, CELL_CODE, get_incident_sla_covered},
    {"title", "Title", 18, CELL_CODE, get_incident_title},
};

const struct ledger ledger_carried_incidents = {
    .name = "carry-forward/incidents",
    .title = "Carried incidents",
    .columns = INCIDENT_COLUMNS,
    .column_count = COLUMN_COUNT(INCIDENT_COLUMNS),
};
