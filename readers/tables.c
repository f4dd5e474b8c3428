/*
 * Owns the layout of the eight inputs: inputs.md, "Files", as tables, in its order.
 * Must not know how files are read.
 */
#include "readers/table.h"

#include <assert.h>

#include "policy/civil.h"
#include "policy/currency.h"

enum { TERM_YEARS_MAX = 100 };

/* Column flags as they are written below. */
#define REQUIRED .required = true
#define OPTIONAL .optional = true

#define COLUMN(record, member, kind, ...)                                                          \
    {                                                                                              \
        .name = #member, .type = COLUMN_##kind, .offset = offsetof(struct record, member),         \
        __VA_ARGS__                                                                                \
    }

#define COLUMNS(list) .columns = list, .column_count = (int)(sizeof(list) / sizeof((list)[0]))

enum {
    ORDER_ID,
    ORDER_ACCOUNT_ID,
    ORDER_RESOURCE_ID,
    ORDER_SERVICE,
    ORDER_REGION,
    ORDER_BILLING_MODE,
    ORDER_TERM_UNIT,
    ORDER_TERM_COUNT,
    ORDER_CURRENCY,
    ORDER_PURCHASED_AT,
    ORDER_STARTS_AT,
    ORDER_EXPIRES_AT,
    ORDER_CASH_PAID,
    ORDER_FLEXI_COUPON_PAID,
    ORDER_CASH_COUPON_PAID,
    ORDER_REFUNDABLE,
    ORDER_RELEASED_AT,
    ORDER_REFUNDED_AT,
};

static const struct column order_columns[] = {
    [ORDER_ID] = COLUMN(order, order_id, TEXT, REQUIRED),
    [ORDER_ACCOUNT_ID] = COLUMN(order, account_id, TEXT, REQUIRED),
    [ORDER_RESOURCE_ID] = COLUMN(order, resource_id, TEXT, REQUIRED),
    [ORDER_SERVICE] = COLUMN(order, service, TEXT, REQUIRED),
    [ORDER_REGION] = COLUMN(order, region, TEXT, REQUIRED),
    [ORDER_BILLING_MODE] =
        COLUMN(order, billing_mode, ENUM, REQUIRED, .values = &enum_billing_mode),
    [ORDER_TERM_UNIT] = COLUMN(order, term_unit, ENUM, .values = &enum_term_unit),
    [ORDER_TERM_COUNT] = COLUMN(order, term_count, COUNT, ),
    [ORDER_CURRENCY] = COLUMN(order, currency, CURRENCY, REQUIRED),
    [ORDER_PURCHASED_AT] = COLUMN(order, purchased_at, INSTANT, REQUIRED),
    [ORDER_STARTS_AT] = COLUMN(order, starts_at, INSTANT, REQUIRED),
    [ORDER_EXPIRES_AT] = COLUMN(order, expires_at, INSTANT, ),
    [ORDER_CASH_PAID] = COLUMN(order, cash_paid, AMOUNT, REQUIRED),
    [ORDER_FLEXI_COUPON_PAID] = COLUMN(order, flexi_coupon_paid, AMOUNT, REQUIRED),
    [ORDER_CASH_COUPON_PAID] = COLUMN(order, cash_coupon_paid, AMOUNT, REQUIRED),
    [ORDER_REFUNDABLE] = COLUMN(order, refundable, BOOLEAN, REQUIRED),
    [ORDER_RELEASED_AT] = COLUMN(order, released_at, INSTANT, OPTIONAL),
    [ORDER_REFUNDED_AT] = COLUMN(order, refunded_at, INSTANT, OPTIONAL),
};

static enum reject_reason reject_column(enum reject_reason reason, int index, int *column)
{
    *column = index;
    return reason;
}

static enum reject_reason check_order(const void *record, int utc_offset_seconds, int *column)
{
    const struct order *order = record;
    bool prepaid = order->billing_mode == BILLING_PREPAID;
    int digits = currency_digits(order->currency);

    if (prepaid && order->term_unit == TERM_UNIT_NONE)
        return reject_column(REJECT_MISSING_VALUE, ORDER_TERM_UNIT, column);
    if (prepaid && order->term_count == 0)
        return reject_column(REJECT_MISSING_VALUE, ORDER_TERM_COUNT, column);
    if (prepaid && order->expires_at == INSTANT_NONE)
        return reject_column(REJECT_MISSING_VALUE, ORDER_EXPIRES_AT, column);
    if (order->expires_at != INSTANT_NONE) {
        if (order->expires_at <= order->starts_at)
            return reject_column(REJECT_ENDS_BEFORE_START, ORDER_EXPIRES_AT, column);
        /* No 100 calendar years are shorter than 36500 days; so nearly every term is told. */
        if (order->expires_at - order->starts_at >
                (int64_t)TERM_YEARS_MAX * 365 * SECONDS_PER_DAY &&
            order->expires_at >
                civil_add_years(order->starts_at, TERM_YEARS_MAX, utc_offset_seconds))
            return reject_column(REJECT_OUT_OF_RANGE, ORDER_EXPIRES_AT, column);
    }
    if (!decimal_fits_digits(order->cash_paid, digits))
        return reject_column(REJECT_TOO_PRECISE, ORDER_CASH_PAID, column);
    if (!decimal_fits_digits(order->flexi_coupon_paid, digits))
        return reject_column(REJECT_TOO_PRECISE, ORDER_FLEXI_COUPON_PAID, column);
    if (!decimal_fits_digits(order->cash_coupon_paid, digits))
        return reject_column(REJECT_TOO_PRECISE, ORDER_CASH_COUPON_PAID, column);
    return REJECT_NONE;
}

static const struct column refund_request_columns[] = {
    COLUMN(refund_request, request_id, TEXT, REQUIRED),
    COLUMN(refund_request, account_id, TEXT, REQUIRED),
    COLUMN(refund_request, order_id, TEXT, REQUIRED),
    COLUMN(refund_request, requested_at, INSTANT, REQUIRED),
};

enum { INCIDENT_STARTED_AT = 6, INCIDENT_RECTIFIED_AT };

static const struct column incident_columns[] = {
    COLUMN(incident, incident_id, TEXT, REQUIRED),
    COLUMN(incident, scenario, ENUM, REQUIRED, .values = &enum_scenario),
    COLUMN(incident, cause, ENUM, REQUIRED, .values = &enum_cause),
    COLUMN(incident, service, TEXT, REQUIRED),
    COLUMN(incident, region, TEXT, ),
    COLUMN(incident, resource_id, TEXT, ),
    [INCIDENT_STARTED_AT] = COLUMN(incident, started_at, INSTANT, REQUIRED),
    [INCIDENT_RECTIFIED_AT] = COLUMN(incident, rectified_at, INSTANT, ),
    COLUMN(incident, sla_covered, BOOLEAN, OPTIONAL, .empty_is_true = true),
    COLUMN(incident, title, LONG_TEXT, OPTIONAL),
};

static enum reject_reason check_incident(const void *record, int utc_offset_seconds, int *column)
{
    const struct incident *incident = record;

    (void)utc_offset_seconds;
    if (incident->rectified_at != INSTANT_NONE && incident->rectified_at < incident->started_at)
        return reject_column(REJECT_ENDS_BEFORE_START, INCIDENT_RECTIFIED_AT, column);
    return REJECT_NONE;
}

static const struct column claim_columns[] = {
    COLUMN(claim, claim_id, TEXT, REQUIRED),        COLUMN(claim, account_id, TEXT, REQUIRED),
    COLUMN(claim, incident_id, TEXT, REQUIRED),     COLUMN(claim, resource_id, TEXT, ),
    COLUMN(claim, submitted_at, INSTANT, REQUIRED),
};

static const struct column usage_columns[] = {
    COLUMN(usage, account_id, TEXT, REQUIRED),   COLUMN(usage, resource_id, TEXT, REQUIRED),
    COLUMN(usage, service, TEXT, REQUIRED),      COLUMN(usage, region, TEXT, REQUIRED),
    COLUMN(usage, usage_date, DATE, REQUIRED),   COLUMN(usage, cost, AMOUNT, REQUIRED),
    COLUMN(usage, currency, CURRENCY, REQUIRED),
};

static const struct column account_columns[] = {
    COLUMN(account, account_id, TEXT, REQUIRED),
    COLUMN(account, name, LONG_TEXT, ),
    COLUMN(account, tier, ENUM, REQUIRED, .values = &enum_tier),
    COLUMN(account, recharge_total, AMOUNT, REQUIRED),
};

enum { FILING_STARTED_AT = 5, FILING_SUBMITTED_AT, FILING_APPROVED_AT };

static const struct column filing_columns[] = {
    COLUMN(filing, filing_id, TEXT, REQUIRED),
    COLUMN(filing, account_id, TEXT, REQUIRED),
    COLUMN(filing, order_id, TEXT, REQUIRED),
    COLUMN(filing, first_filing, BOOLEAN, REQUIRED),
    COLUMN(filing, for_website, BOOLEAN, REQUIRED),
    [FILING_STARTED_AT] = COLUMN(filing, started_at, INSTANT, REQUIRED),
    [FILING_SUBMITTED_AT] = COLUMN(filing, submitted_at, INSTANT, ),
    [FILING_APPROVED_AT] = COLUMN(filing, approved_at, INSTANT, ),
};

static enum reject_reason check_filing(const void *record, int utc_offset_seconds, int *column)
{
    const struct filing *filing = record;

    (void)utc_offset_seconds;
    if (filing->submitted_at == INSTANT_NONE)
        return REJECT_NONE;
    if (filing->submitted_at < filing->started_at)
        return reject_column(REJECT_ENDS_BEFORE_START, FILING_SUBMITTED_AT, column);
    if (filing->approved_at != INSTANT_NONE && filing->approved_at < filing->submitted_at)
        return reject_column(REJECT_ENDS_BEFORE_START, FILING_APPROVED_AT, column);
    return REJECT_NONE;
}

static const struct column ticket_columns[] = {
    COLUMN(ticket, ticket_id, TEXT, REQUIRED),
    COLUMN(ticket, account_id, TEXT, REQUIRED),
    COLUMN(ticket, category, ENUM, REQUIRED, .values = &enum_ticket_category),
    COLUMN(ticket, opened_at, INSTANT, REQUIRED),
};

#define NO_EVENT (-1)

static const struct table tables[INPUT_COUNT] = {
    [INPUT_ACCOUNTS] = {.input = INPUT_ACCOUNTS,
                        .record_size = sizeof(struct account),
                        COLUMNS(account_columns),
                        .key_columns = {0},
                        .key_column_count = 1,
                        .event_time_column = NO_EVENT},
    [INPUT_CLAIMS] = {.input = INPUT_CLAIMS,
                      .record_size = sizeof(struct claim),
                      COLUMNS(claim_columns),
                      .key_columns = {0},
                      .key_column_count = 1,
                      .event_time_column = 4},
    [INPUT_FILINGS] = {.input = INPUT_FILINGS,
                       .record_size = sizeof(struct filing),
                       COLUMNS(filing_columns),
                       .key_columns = {0},
                       .key_column_count = 1,
                       .event_time_column = FILING_APPROVED_AT,
                       .check = check_filing},
    [INPUT_INCIDENTS] = {.input = INPUT_INCIDENTS,
                         .record_size = sizeof(struct incident),
                         COLUMNS(incident_columns),
                         .key_columns = {0},
                         .key_column_count = 1,
                         .event_time_column = NO_EVENT,
                         .check = check_incident},
    [INPUT_ORDERS] = {.input = INPUT_ORDERS,
                      .record_size = sizeof(struct order),
                      COLUMNS(order_columns),
                      .key_columns = {0},
                      .key_column_count = 1,
                      .event_time_column = NO_EVENT,
                      .check = check_order},
    [INPUT_REFUND_REQUESTS] = {.input = INPUT_REFUND_REQUESTS,
                               .record_size = sizeof(struct refund_request),
                               COLUMNS(refund_request_columns),
                               .key_columns = {0},
                               .key_column_count = 1,
                               .event_time_column = 3},
    [INPUT_TICKETS] = {.input = INPUT_TICKETS,
                       .record_size = sizeof(struct ticket),
                       COLUMNS(ticket_columns),
                       .key_columns = {0},
                       .key_column_count = 1,
                       .event_time_column = 3},
    [INPUT_USAGE] = {.input = INPUT_USAGE,
                     .record_size = sizeof(struct usage),
                     COLUMNS(usage_columns),
                     .key_columns = {0, 1, 4},
                     .key_column_count = 3,
                     .event_time_column = NO_EVENT},
};

const struct table *table_of(enum input input)
{
    assert((unsigned)input < INPUT_COUNT);
    return &tables[input];
}
