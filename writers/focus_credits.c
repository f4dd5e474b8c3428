/*
 * Owns the FOCUS columns of a credit, and their spelling.
 * Must not know where the entries come from.
 */
#include "writers/focus_credits.h"

#include <errno.h>
#include <string.h>

enum { UTC_TEXT_MAX = 24, COLUMN_TEXT_MAX = 1024 };

struct row {
    const struct focus_facts *facts;
    const struct owed *owed;
    char text[COLUMN_TEXT_MAX]; /* scratch of the column at hand */
};

struct focus_column {
    const char *name;
    struct span (*get)(struct row *row);
};

static const struct span NOTHING = {"", 0};

/* ---- values ---- */

/* "2026-09-30T16:00:00Z" */
static struct span put_utc(struct row *row, int64_t instant)
{
    char text[INSTANT_TEXT_MAX];
    size_t size = instant_format(instant, 0, text);

    /* "+00:00" gives way to "Z". */
    memcpy(row->text, text, size - 6);
    row->text[size - 6] = 'Z';
    return (struct span){row->text, size - 5};
}

static int64_t charge_day(const struct row *row)
{
    return civil_day_of(row->owed->event_at, row->facts->utc_offset_seconds);
}

static struct span get_cost(struct row *row)
{
    struct decimal cost = {-row->owed->amount.units};

    return (struct span){row->text,
                         decimal_format(cost, currency_digits(row->owed->currency), row->text)};
}

static struct span get_account(struct row *row)
{
    return row->owed->account_id;
}

static struct span get_nothing(struct row *row)
{
    (void)row;
    return NOTHING;
}

static struct span get_currency(struct row *row)
{
    return span_of(currency_code(row->owed->currency));
}

static struct span get_period_start(struct row *row)
{
    return put_utc(row, period_start(row->facts->period, row->facts->utc_offset_seconds));
}

static struct span get_period_end(struct row *row)
{
    return put_utc(row, period_start(row->facts->period + 1, row->facts->utc_offset_seconds));
}

static struct span get_category(struct row *row)
{
    (void)row;
    return span_of("Credit");
}

static struct span get_class(struct row *row)
{
    int32_t period = period_of(row->owed->event_at, row->facts->utc_offset_seconds);

    return period < row->facts->period ? span_of("Correction") : NOTHING;
}

static struct span get_description(struct row *row)
{
    const char *what = "Refund on request";

    if (row->owed->id_kind == REFERENCE_CLAIM)
        what = "Fault compensation on claim";
    else if (row->owed->id_kind == REFERENCE_FILING)
        what = "ICP licence reward for filing";
    (void)snprintf(row->text, sizeof(row->text), "%s %.*s", what, (int)row->owed->id.size,
                   row->owed->id.data);
    return span_of(row->text);
}

static struct span get_frequency(struct row *row)
{
    (void)row;
    return span_of("One-Time");
}

static struct span get_charge_start(struct row *row)
{
    return put_utc(row, civil_day_start(charge_day(row), row->facts->utc_offset_seconds));
}

static struct span get_charge_end(struct row *row)
{
    return put_utc(row, civil_day_start(charge_day(row) + 1, row->facts->utc_offset_seconds));
}

static struct span get_provider(struct row *row)
{
    return span_of(row->facts->provider);
}

static struct span get_resource(struct row *row)
{
    return row->owed->resource_id;
}

static struct span get_resource_type(struct row *row)
{
    return row->owed->resource_id.size == 0 ? NOTHING : row->owed->service;
}

static struct span get_service_category(struct row *row)
{
    (void)row;
    return span_of("Other");
}

static struct span get_service(struct row *row)
{
    return row->owed->service.size == 0 ? span_of("Rewards") : row->owed->service;
}

static struct span get_ledger(struct row *row)
{
    return span_of(row->owed->ledger);
}

static struct span get_entry(struct row *row)
{
    return row->owed->entry;
}

static struct span get_request(struct row *row)
{
    return row->owed->id_kind == REFERENCE_REQUEST ? row->owed->id : NOTHING;
}

static struct span get_claim(struct row *row)
{
    return row->owed->id_kind == REFERENCE_CLAIM ? row->owed->id : NOTHING;
}

static struct span get_filing(struct row *row)
{
    return row->owed->id_kind == REFERENCE_FILING ? row->owed->id : NOTHING;
}

static struct span get_order(struct row *row)
{
    return row->owed->order_id;
}

static struct span get_incident(struct row *row)
{
    return row->owed->incident_id;
}

static struct span get_reason(struct row *row)
{
    return row->owed->reason;
}

static struct span put_period(struct row *row, int32_t period)
{
    return period == PERIOD_NONE ? NOTHING
                                 : (struct span){row->text, period_format(period, row->text)};
}

static struct span get_decided(struct row *row)
{
    return put_period(row, row->owed->period);
}

static struct span get_origin(struct row *row)
{
    return put_period(row, row->owed->origin_period);
}

static const struct focus_column COLUMNS[] = {
    {"BilledCost", get_cost},
    {"BillingAccountId", get_account},
    {"BillingAccountName", get_nothing},
    {"BillingCurrency", get_currency},
    {"BillingPeriodStart", get_period_start},
    {"BillingPeriodEnd", get_period_end},
    {"ChargeCategory", get_category},
    {"ChargeClass", get_class},
    {"ChargeDescription", get_description},
    {"ChargeFrequency", get_frequency},
    {"ChargePeriodStart", get_charge_start},
    {"ChargePeriodEnd", get_charge_end},
    {"ContractedCost", get_cost},
    {"EffectiveCost", get_cost},
    {"InvoiceIssuerName", get_provider},
    {"ListCost", get_cost},
    {"PricingQuantity", get_nothing},
    {"PricingUnit", get_nothing},
    {"ProviderName", get_provider},
    {"PublisherName", get_provider},
    {"ResourceId", get_resource},
    {"ResourceName", get_nothing},
    {"ResourceType", get_resource_type},
    {"ServiceCategory", get_service_category},
    {"ServiceName", get_service},
    {"x_Ledger", get_ledger},
    {"x_EntryId", get_entry},
    {"x_RequestId", get_request},
    {"x_ClaimId", get_claim},
    {"x_FilingId", get_filing},
    {"x_OrderId", get_order},
    {"x_IncidentId", get_incident},
    {"x_Reason", get_reason},
    {"x_DecidedPeriod", get_decided},
    {"x_OriginPeriod", get_origin},
};

enum { FOCUS_COLUMN_COUNT = sizeof(COLUMNS) / sizeof(COLUMNS[0]) };

/* ---- spelling ---- */

static bool needs_quotes(struct span text)
{
    if (text.size == 0)
        return false;
    if (text.data[0] == ' ' || text.data[0] == '\t' || text.data[text.size - 1] == ' ' ||
        text.data[text.size - 1] == '\t')
        return true;
    for (size_t i = 0; i < text.size; i++)
        if (strchr(",\"\r\n", text.data[i]) != NULL)
            return true;
    return false;
}

static void put_value(FILE *out, struct span text)
{
    if (!needs_quotes(text)) {
        (void)fwrite(text.data, 1, text.size, out);
        return;
    }
    (void)fputc('"', out);
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"')
            (void)fputc('"', out);
        (void)fputc(text.data[i], out);
    }
    (void)fputc('"', out);
}

/* Ends a row; a write that failed anywhere in it has stuck to the stream. */
static int end_row(FILE *out, struct error *err)
{
    if (fputc('\n', out) == EOF || ferror(out))
        return error_set_errno(err, errno, "standard output: cannot write");
    return 0;
}

int focus_credits_header(FILE *out, struct error *err)
{
    for (int i = 0; i < FOCUS_COLUMN_COUNT; i++) {
        if (i > 0)
            (void)fputc(',', out);
        put_value(out, span_of(COLUMNS[i].name));
    }
    return end_row(out, err);
}

int focus_credits_row(FILE *out, const struct focus_facts *facts, const struct owed *owed,
                      struct error *err)
{
    struct row row = {.facts = facts, .owed = owed};

    for (int i = 0; i < FOCUS_COLUMN_COUNT; i++) {
        if (i > 0)
            (void)fputc(',', out);
        put_value(out, COLUMNS[i].get(&row));
    }
    return end_row(out, err);
}
