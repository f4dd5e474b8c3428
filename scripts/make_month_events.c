/*
 * Owns refund requests, usage, filings and tickets: who asks for what, when, and why in vain.
 * Incidents and claims are in make_month_faults.c.
 */
#include "make_month_events.h"

#include <stddef.h>

enum { PERMILLE = 1000, TRIES_MAX = 48 };

bool event_shown(const struct world *world, enum domain domain, int period, int month,
                 uint64_t number, int64_t at)
{
    struct rng rng = rng_of(world->seed, 64 + (uint64_t)domain, (uint64_t)month, number);
    uint64_t word = rng_next(&rng);
    int64_t start = month_start(month);
    int64_t end = month_start(month + 1);
    bool early = at < start + 2 * DAY_SECONDS && word % 8 == 0;
    bool late = at >= end - 2 * DAY_SECONDS && word % 8 == 1;
    bool again = (word >> 8) % 400 == 0;
    if (period == month) {
        return !late;
    }
    return period < month ? early : late || again;
}

uint64_t rows_of_month(uint64_t total, int month)
{
    return (total + ((uint64_t)month & 1)) / 2;
}

/* Spreads kinds over a month: the numbers 0 to count - 1 in another order. */
static uint64_t spread(uint64_t number, uint64_t count)
{
    static const uint64_t primes[] = {2654435761, 2654435769, 2654435789};
    for (size_t i = 0; i < sizeof primes / sizeof primes[0]; i++) {
        uint64_t a = primes[i];
        uint64_t b = count;
        while (b != 0) {
            uint64_t rest = a % b;
            a = b;
            b = rest;
        }
        if (a == 1) {
            return number * (primes[i] % count) % count;
        }
    }
    return number;
}

static char *add_event_id(char *to, const char *prefix, int month, uint64_t number)
{
    to = add_text(to, prefix);
    to = add_padded(to, (uint64_t)(month / 12 % 100), 2);
    to = add_padded(to, (uint64_t)(month % 12 + 1), 2);
    *to++ = '-';
    return add_padded(to, number + 1, 7);
}

/* Without an order, an id that none has: I and O, misread for 1 and 0, are in no order id. */
static char *put_order_id(char *to, const struct order *order, uint64_t number)
{
    to = order != NULL ? add_order_id(to, order) : add_padded(add_text(to, "CSIO"), number, 13);
    return put_text(to, "");
}

/* Refund requests */

enum special { SPECIAL_UNKNOWN, SPECIAL_OTHER_ACCOUNT, SPECIAL_TWICE, SPECIAL_REFUNDED, SPECIALS };

/* Of a month's requests per thousand; the lanes have the rest. */
static const unsigned SPECIAL_PERMILLE[SPECIALS] = {12, 12, 8, 8};

struct request {
    struct order order;
    bool order_known;
    uint64_t account;
    int64_t at;
};

static void request_in_lane(const struct world *world, int month, unsigned lane, uint64_t x,
                            struct request *request)
{
    lane_request_order(world, month, lane, x, &request->order);
    request->account = request->order.resource.account;
    request->at = request->order.requested_at;
}

/* A second request for an order that was asked back in `asked`. */
static void request_again(const struct world *world, int month, int asked, unsigned lane,
                          uint64_t x, struct rng *rng, struct request *request)
{
    int64_t start = month_start(month);
    int64_t end = month_start(month + 1);
    uint64_t asked_back = world->request_start[lane + 1] - world->request_start[lane];
    request_in_lane(world, asked, lane, asked_back > 0 ? x % asked_back : x, request);
    int64_t from = request->at > start ? request->at : start;
    int64_t until = from + 5 * DAY_SECONDS < end ? from + 5 * DAY_SECONDS : end;
    request->at = rng_between(rng, from, until);
}

static void request_special(const struct world *world, int month, enum special special, uint64_t x,
                            struct rng *rng, struct request *request)
{
    unsigned full = LANE_MONTH_FULL;
    unsigned year = LANE_YEAR_PARTIAL;
    if (special == SPECIAL_TWICE && lane_size(world, full) > 0) {
        request_again(world, month, month, full, x * 7, rng, request);
        return;
    }
    if (special == SPECIAL_REFUNDED && lane_size(world, year) > 0) {
        request_again(world, month, month - 1, year, x * 5, rng, request);
        return;
    }
    request->order_known =
        order_draw(world, month - 1, rng, &request->order) && special == SPECIAL_OTHER_ACCOUNT;
    request->account = request->order.resource.account;
    if (special == SPECIAL_OTHER_ACCOUNT) {
        request->account = (request->account + 1) % world->accounts;
    }
}

static void request_make(const struct world *world, int month, uint64_t number,
                         struct request *request)
{
    uint64_t j = spread(number, world->requests);
    struct rng rng = rng_of(world->seed, DOMAIN_REQUEST, (uint64_t)month, j);
    *request = (struct request){.order_known = true};
    request->at = rng_between(&rng, month_start(month), month_start(month + 1));
    for (unsigned lane = 0; lane < lane_count(); lane++) {
        if (j >= world->request_start[lane + 1]) {
            continue;
        }
        if (lane_size(world, lane) > 0) {
            request_in_lane(world, month, lane, j - world->request_start[lane], request);
        } else {
            request_special(world, month, SPECIAL_OTHER_ACCOUNT, 0, &rng, request);
        }
        break;
    }
    uint64_t x = j - world->request_start[lane_count()];
    for (int special = 0; j >= world->request_start[lane_count()]; special++) {
        uint64_t count = world->requests * SPECIAL_PERMILLE[special] / PERMILLE;
        if (x < count || special == SPECIALS - 1) {
            request_special(world, month, (enum special)special, x, &rng, request);
            break;
        }
        x -= count;
    }
    if (request->at == TIME_NONE) {
        request->at = rng_between(&rng, month_start(month), month_start(month + 1));
    }
}

char *put_request(char *to, const struct world *world, int month, uint64_t number, int64_t *at)
{
    struct request request;
    request_make(world, month, number, &request);
    to = put_text(add_event_id(to, "RF", month, number), "");
    to = put_text(add_account_id(to, request.account), "");
    to = put_order_id(to, request.order_known ? &request.order : NULL, number);
    *at = request.at;
    return put_time(to, request.at, time_form_of(number * 37));
}

/* Usage */

char *put_usage(char *to, const struct world *world, int month, uint64_t number)
{
    uint64_t days = (uint64_t)month_days(month);
    struct resource resource;
    usage_resource_make(world, number / days, &resource);
    struct rng rng = rng_of(world->seed, DOMAIN_USAGE, (uint64_t)month, number);
    const struct currency *currency = account_currency(world, resource.account);
    to = put_text(add_account_id(to, resource.account), "");
    to = put_text(add_resource_id(to, resource.id), "");
    to = put_text(to, SERVICE_NAMES[resource.service]);
    to = put_text(to, REGION_NAMES[resource.region]);
    to = put_date(to, month_start(month) + (int64_t)(number % days) * DAY_SECONDS);
    uint64_t cost = 100 + rng_below(&rng, 900);
    for (uint64_t more = rng_next(&rng) | 1 << 14; (more & 1) == 0; more >>= 1) {
        cost *= 2;
    }
    /* Metering gives more decimals than the currency has, mostly four, up to ten. */
    if (resource.id % 4 == 0) {
        to = add_padded(to, cost / 100, 1);
        *to++ = '.';
        to = put_text(add_padded(to, rng_below(&rng, 1000000000) * 7, 10), "");
    } else {
        to = put_amount(to, (int64_t)(cost * 37 + resource.id % 89), 4);
    }
    return put_text(to, currency->code);
}

/* Filings */

enum filing_kind {
    FILING_PLAIN,
    FILING_SECOND,
    FILING_NO_WEBSITE,
    FILING_NO_HOST,
    FILING_SERVICE_ENDED,
    FILING_POOR,
    FILING_ABANDONED,
    FILING_NEVER_SUBMITTED,
    FILING_UNKNOWN_ACCOUNT,
    FILING_REWARDED,
    FILING_KINDS
};
static const uint16_t FILING_PERMILLE[FILING_KINDS] = {640, 45, 45, 60, 40, 45, 35, 10, 20, 60};

struct filing {
    struct order order;
    uint64_t account;
    int64_t started_at, submitted_at, approved_at;
    bool order_known, first, website;
};

static bool order_hosts(const struct order *order)
{
    return order->mode == MODE_PREPAID && order->resource.service < HOST_SERVICE_COUNT &&
           (order->unit == UNIT_MONTH || order->unit == UNIT_YEAR);
}

static bool order_serves(const struct order *order, int64_t at)
{
    bool ended = (order->released_at != TIME_NONE && order->released_at <= at) ||
                 (order->refunded_at != TIME_NONE && order->refunded_at <= at) ||
                 (order->requested_at != TIME_NONE && order->requested_at <= at);
    return order->starts_at <= at && at < order->expires_at && !ended;
}

/* Draws orders until one is of the kind that the filing wants, or keeps the last one drawn.
 * False when there are no orders. */
static bool filing_order(const struct world *world, int month, enum filing_kind kind,
                         struct rng *rng, struct filing *filing)
{
    struct order *order = &filing->order;
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        if (!order_draw(world, month, rng, order)) {
            return false;
        }
        bool poor = account_recharges_little(world, order->resource.account);
        bool host = order_hosts(order);
        bool serves = order_serves(order, filing->approved_at);
        if (host == (kind != FILING_NO_HOST) && serves == (kind != FILING_SERVICE_ENDED) &&
            poor == (kind == FILING_POOR)) {
            break;
        }
    }
    return true;
}

static void filing_make(const struct world *world, int month, uint64_t number,
                        struct filing *filing)
{
    struct rng rng = rng_of(world->seed, DOMAIN_FILING, (uint64_t)month, number);
    uint64_t share = spread(number, world->filings) * PERMILLE / world->filings;
    int kind = 0;
    while (kind < FILING_KINDS - 1 && share >= FILING_PERMILLE[kind]) {
        share -= FILING_PERMILLE[kind++];
    }
    *filing = (struct filing){.first = kind != FILING_SECOND, .website = kind != FILING_NO_WEBSITE};
    filing->approved_at = rng_between(&rng, month_start(month), month_start(month + 1));
    filing->submitted_at = filing->approved_at - (int64_t)rng_below(&rng, 20 * 86400);
    int64_t lying = (int64_t)rng_below(&rng, 10 * 86400);
    if (kind == FILING_ABANDONED) {
        lying = 10 * DAY_SECONDS + (number % 4 == 0 ? 0 : (int64_t)rng_below(&rng, 864000));
    }
    filing->started_at = filing->submitted_at - lying;
    if (kind == FILING_REWARDED) {
        /* The account of an earlier filing: of last month, or of this one. */
        int before = number % 2 == 0 ? month : month - 1;
        struct rng plain = rng_of(world->seed, DOMAIN_FILING, (uint64_t)before, number / 2);
        (void)rng_next(&plain);
        (void)rng_next(&plain);
        (void)rng_next(&plain);
        rng = plain;
    }
    filing->order_known = filing_order(world, month, (enum filing_kind)kind, &rng, filing);
    filing->account = filing->order.resource.account;
    if (kind == FILING_UNKNOWN_ACCOUNT) {
        filing->account = world->accounts + number;
    }
    if (kind == FILING_NEVER_SUBMITTED) {
        filing->submitted_at = TIME_NONE;
    }
}

char *put_filing(char *to, const struct world *world, int month, uint64_t number,
                 int64_t exported_at, int64_t *submitted, int64_t *approved)
{
    struct filing filing;
    filing_make(world, month, number, &filing);
    enum time_form form = time_form_of(number * 41);
    to = put_text(add_event_id(to, "BA", month, number), "");
    to = put_text(add_account_id(to, filing.account), "");
    to = put_order_id(to, filing.order_known ? &filing.order : NULL, number);
    to = put_boolean(to, filing.first);
    to = put_boolean(to, filing.website);
    to = put_time(to, filing.started_at, form);
    to = put_time(to, filing.submitted_at, form);
    *submitted = filing.submitted_at;
    *approved = filing.approved_at;
    return put_time(to, filing.approved_at < exported_at ? filing.approved_at : TIME_NONE, form);
}

/* Tickets */

char *put_ticket(char *to, const struct world *world, int month, uint64_t number, int64_t *at)
{
    static const char *const categories[] = {
        "product_consultation", "technical_consultation", "operation_fault",
        "system_fault",         "console_fault",          "technical_consultation",
        "product_consultation", "third_party_deployment", "third_party_fault",
        "code_development",     "routine_operations",     "operation_fault"};
    struct rng rng = rng_of(world->seed, DOMAIN_TICKET, (uint64_t)month, number);
    uint64_t word = rng_next(&rng);
    *at = rng_between(&rng, month_start(month), month_start(month + 1));
    to = put_text(add_event_id(to, "TK", month, number), "");
    to = put_text(add_account_id(to, rng_below(&rng, world->accounts)), "");
    to = put_text(to, categories[word % (sizeof categories / sizeof categories[0])]);
    return put_time(to, *at, time_form_of(word >> 8));
}
