/*
 * Owns the refund rules: the order of checks, full or partial, and the arithmetic. Knows nothing
 * of where requests come from or where entries go.
 */
#include "policy/refund.h"

#include <assert.h>

int32_t settlement_origin(const struct settlement *settlement, int64_t event_time)
{
    int32_t period = period_of(event_time, settlement->policy->utc_offset_seconds);

    return period < settlement->period ? period : PERIOD_NONE;
}

static int64_t earlier(int64_t instant, int64_t other)
{
    return other != INSTANT_NONE && other < instant ? other : instant;
}

int64_t order_service_end(const struct order_state *state)
{
    int64_t end = state->order->expires_at;

    end = earlier(end, state->order->released_at);
    end = earlier(end, state->order->refunded_at);
    return earlier(end, state->refund_requested_at);
}

enum product_category refund_category(const struct order *order)
{
    int32_t years = 0;

    if (order->term_count == 0)
        return CATEGORY_NONE;
    switch ((enum term_unit)order->term_unit) {
    case TERM_HOUR:
        return CATEGORY_MONTHLY;
    case TERM_DAY:
        return order->term_count < 365 ? CATEGORY_MONTHLY : CATEGORY_NONE;
    case TERM_MONTH:
        if (order->term_count < 12)
            return CATEGORY_MONTHLY;
        years = order->term_count % 12 == 0 ? order->term_count / 12 : 0;
        break;
    case TERM_YEAR:
        years = order->term_count;
        break;
    case TERM_UNIT_NONE:
    case TERM_UNIT_END:
        break;
    }
    if (years == 1)
        return CATEGORY_1_YEAR;
    if (years == 2)
        return CATEGORY_2_YEAR;
    return years == 3 ? CATEGORY_3_YEAR : CATEGORY_NONE;
}

int refund_usage_year(int64_t starts_at, int64_t requested_at, int utc_offset_seconds)
{
    int year = 1;

    while (year <= USAGE_YEARS &&
           requested_at > civil_add_years(starts_at, year, utc_offset_seconds))
        year++;
    return year;
}

static int64_t floor_divide(int64_t value, int64_t divisor)
{
    int64_t quotient = value / divisor;

    return value % divisor < 0 ? quotient - 1 : quotient;
}

void refund_usage(const struct order *order, int64_t requested_at, enum usage_unit unit,
                  int utc_offset_seconds, int64_t *used, int64_t *subscribed)
{
    const int64_t offset = utc_offset_seconds;
    const int64_t starts_at = order->starts_at + offset;
    const int64_t expires_at = order->expires_at + offset;
    const int64_t requested = requested_at + offset;

    switch (unit) {
    case USAGE_SECOND:
        *used = requested - starts_at;
        *subscribed = expires_at - starts_at;
        break;
    case USAGE_HOUR:
        *used =
            floor_divide(requested, SECONDS_PER_HOUR) - floor_divide(starts_at, SECONDS_PER_HOUR);
        *subscribed = -floor_divide(-expires_at, SECONDS_PER_HOUR) -
                      floor_divide(starts_at, SECONDS_PER_HOUR);
        break;
    case USAGE_DAY:
        *used = floor_divide(requested, SECONDS_PER_DAY) - floor_divide(starts_at, SECONDS_PER_DAY);
        *subscribed = floor_divide(expires_at, SECONDS_PER_DAY) -
                      floor_divide(starts_at, SECONDS_PER_DAY) + 1;
        break;
    case USAGE_UNIT_COUNT:
        assert(!"a usage unit");
    }
    if (*used < 0)
        *used = 0;
}

/* Whether the request comes within the days of a full refund, the last second included. */
static bool within_full_refund_days(const struct terms *terms, const struct order *order,
                                    int64_t requested_at)
{
    return requested_at - order->purchased_at <= (int64_t)terms->full_refund_days * SECONDS_PER_DAY;
}

static const struct fee *fee_cell(const struct refund_entry *entry, int usage_year)
{
    if (entry->category == CATEGORY_NONE || usage_year > USAGE_YEARS)
        return NULL;
    return &entry->terms->fees[entry->category][usage_year - 1];
}

/* The checks 0 to 8 of policy.md in order: whether one fails, and which. */
static bool deny(const struct refund_case *request, const struct refund_entry *entry, bool in_full,
                 int usage_year, enum refund_reason *reason)
{
    const struct order_state *state = request->order;
    const struct order *order = state == NULL ? NULL : state->order;
    const int64_t requested_at = request->request->requested_at;

    if (order == NULL)
        *reason = request->order_rejected ? REFUND_SOURCE_REJECTED : REFUND_UNKNOWN_ORDER;
    else if (!span_equal(order->account_id, request->request->account_id))
        *reason = REFUND_ACCOUNT_MISMATCH;
    else if (requested_at < order->purchased_at)
        *reason = REFUND_BEFORE_PURCHASE;
    else if (order->billing_mode != BILLING_PREPAID)
        *reason = REFUND_PAY_PER_USE;
    else if (!order->refundable)
        *reason = REFUND_LABELLED_NONREFUNDABLE;
    else if (state->refund_requested_at != INSTANT_NONE ||
             (order->refunded_at != INSTANT_NONE && order->refunded_at < requested_at))
        *reason = REFUND_ALREADY_REFUNDED;
    else if (requested_at >= order->expires_at)
        *reason = REFUND_GRACE_OR_RETENTION;
    else if (order->released_at != INSTANT_NONE && order->released_at <= requested_at)
        *reason = REFUND_NOT_COVERED;
    else if (!in_full) {
        const struct fee *fee = fee_cell(entry, usage_year);

        if (fee != NULL && fee->covered)
            return false;
        *reason = REFUND_NOT_COVERED;
    } else
        return false;
    return true;
}

static struct decimal at_most(struct decimal value, struct decimal bound)
{
    return decimal_compare(value, bound) > 0 ? bound : value;
}

/*
 * Splits the refund the way the order was paid. Bounds: payment and refund are below 10^16, 87
 * bits of units; their product is formed in 256 bits.
 */
static void split_refund(struct refund_entry *entry, int digits)
{
    const struct order *order = entry->order;
    bool fits = true;

    entry->refund_cash = DECIMAL_ZERO;
    if (!decimal_is_zero(entry->actual_payment))
        fits = decimal_multiply_divide(entry->refund, order->cash_paid.units,
                                       entry->actual_payment.units, digits, entry->terms->rounding,
                                       &entry->refund_cash);
    fits = fits && decimal_subtract(entry->refund, entry->refund_cash, &entry->refund_flexi_coupon);
    assert(fits);
}

static void refund_in_full(struct refund_entry *entry, int number)
{
    entry->decision = DECISION_FULL;
    entry->reason = REFUND_WITHIN_FIVE_DAYS;
    entry->refund = entry->actual_payment;
    entry->full_refund_number = number;
    if (entry->terms->restore_cash_coupons)
        entry->refund_cash_coupon = entry->order->cash_coupon_paid;
}

/*
 * actual payment = refund + handling fee + amount due, to the last digit: usage goes first, the fee
 * gives way (policy.md, "partial"). used <= 100 years of seconds, so the product fits 256 bits.
 */
static void refund_in_part(struct refund_entry *entry, int usage_year, int digits, int utc_offset)
{
    const struct terms *terms = entry->terms;
    const struct decimal payment = entry->actual_payment;
    struct decimal left = DECIMAL_ZERO;
    bool fits = true;

    entry->decision = DECISION_PARTIAL;
    entry->usage_year = usage_year;
    refund_usage(entry->order, entry->request->requested_at, terms->usage_unit, utc_offset,
                 &entry->used, &entry->subscribed);
    entry->fee_rate = fee_cell(entry, usage_year)->rate;

    fits = decimal_multiply_divide(payment, entry->used, entry->subscribed, digits, terms->rounding,
                                   &entry->amount_due);
    entry->amount_due = at_most(entry->amount_due, payment);
    fits = fits && decimal_subtract(payment, entry->amount_due, &left);
    fits = fits && decimal_multiply_divide(payment, entry->fee_rate.units, DECIMAL_ONE_UNITS,
                                           digits, terms->rounding, &entry->handling_fee);
    entry->handling_fee = at_most(entry->handling_fee, left);
    fits = fits && decimal_subtract(left, entry->handling_fee, &entry->refund);
    assert(fits);
}

/* Full refunds of the year that earlier periods granted the account. */
static int32_t earlier_full_refunds(const struct account_case *account, int32_t year)
{
    int32_t count = 0;

    for (size_t i = 0; i < account->full_refund_count; i++)
        if (account->full_refunds[i].year == year)
            count += account->full_refunds[i].count;
    return count;
}

static void decide(const struct settlement *settlement, const struct refund_case *request,
                   int32_t *full_refunds, struct refund_entry *entry)
{
    const int utc_offset = settlement->policy->utc_offset_seconds;
    const int64_t requested_at = request->request->requested_at;
    const struct terms *terms = entry->terms;
    bool own = entry->order != NULL;
    bool within_days = own && within_full_refund_days(terms, entry->order, requested_at);
    bool in_full = within_days && *full_refunds < terms->full_refunds_per_year;
    int usage_year = own ? refund_usage_year(entry->order->starts_at, requested_at, utc_offset) : 1;
    int digits = own ? currency_digits(entry->order->currency) : 0;

    if (deny(request, entry, in_full, usage_year, &entry->reason)) {
        entry->decision =
            entry->reason == REFUND_SOURCE_REJECTED ? DECISION_DEFERRED : DECISION_DENIED;
        return;
    }
    entry->actual_payment = order_actual_payment(entry->order);
    if (in_full) {
        refund_in_full(entry, ++*full_refunds);
    } else {
        entry->reason = within_days ? REFUND_FULL_REFUND_QUOTA_USED : REFUND_AFTER_FIVE_DAYS;
        refund_in_part(entry, usage_year, digits, utc_offset);
    }
    split_refund(entry, digits);
    request->order->refund_requested_at = requested_at;
}

int refund_settle(const struct settlement *settlement, const struct account_case *account,
                  const struct refund_sink *sink)
{
    /* Requests come in order of time, so one year's count is enough. */
    int32_t year = INT32_MIN;
    int32_t full_refunds = 0;

    for (size_t i = 0; i < account->request_count; i++) {
        const struct refund_case *request = &account->requests[i];
        const int64_t requested_at = request->request->requested_at;
        int32_t request_year = civil_year_of(requested_at, settlement->policy->utc_offset_seconds);
        struct refund_entry entry = {
            .request = request->request,
            .terms = policy_terms_at(settlement->policy, requested_at),
            .origin_period = settlement_origin(settlement, requested_at),
        };

        assert(entry.terms != NULL && request_year >= year);
        if (request_year != year) {
            year = request_year;
            full_refunds = earlier_full_refunds(account, year);
        }
        if (request->order != NULL &&
            span_equal(request->order->order->account_id, request->request->account_id)) {
            entry.order = request->order->order;
            entry.category = refund_category(entry.order);
        }
        decide(settlement, request, &full_refunds, &entry);
        if (sink->entry(sink->context, &entry) != 0)
            return -1;
    }
    return 0;
}
