/*
 * Owns orders: for how long, what they cost, when they end, whether they are asked back.
 * Knows nothing of files; refund requests are known here only as the instant of one.
 *
 * A month's purchases are numbered. Their numbers are cut into lanes: all orders of a lane have
 * one kind of term and one kind of refund request. The lanes that matter longest come first, so
 * what an export still shows of an old month is the head of its numbers.
 */
#include "make_month_orders.h"

#include <string.h>

enum term {
    TERM_MONTH,
    TERM_QUARTER,
    TERM_MONTHS,
    TERM_YEAR,
    TERM_TWO_YEARS,
    TERM_THREE_YEARS,
    TERM_ODD,
    TERM_SHORT,
    TERM_PAY_PER_USE,
    TERM_PACKAGE
};

enum request {
    REQUEST_NONE,
    REQUEST_FULL,
    REQUEST_PARTIAL,
    REQUEST_REFUSED,
    REQUEST_EARLY,
    REQUEST_EXPIRED
};

enum { PERMILLE = 1000, LAST_DAY = 31, FIVE_DAYS = 5 * 86400 };

/*
 * share: of a month's orders. requests: of a month's refund requests, both per thousand. The x-th
 * order of the lane is asked back at age first + step * (x mod ages), in months.
 */
static const struct lane {
    enum term term;
    enum request request;
    uint16_t share, requests;
    uint8_t age_first, age_step, ages;
    uint8_t day_first, day_last;
    uint8_t chain_months; /* renewed every so many months */
    bool refundable, released;
} LANES[] = {
    /* kept 36 months: 70 */
    {TERM_THREE_YEARS, REQUEST_PARTIAL, 44, 60, 1, 3, 12, 1, LAST_DAY, 0, true, false},
    {TERM_THREE_YEARS, REQUEST_FULL, 12, 15, 0, 0, 1, 1, LAST_DAY, 0, true, false},
    {TERM_THREE_YEARS, REQUEST_NONE, 14, 0, 0, 0, 1, 1, LAST_DAY, 0, true, false},
    /* kept 24 months: 150 */
    {TERM_TWO_YEARS, REQUEST_PARTIAL, 44, 60, 1, 3, 8, 1, LAST_DAY, 0, true, false},
    {TERM_TWO_YEARS, REQUEST_FULL, 12, 15, 0, 0, 1, 1, LAST_DAY, 0, true, false},
    {TERM_ODD, REQUEST_REFUSED, 14, 7, 1, 0, 1, 1, LAST_DAY, 0, true, false},
    {TERM_TWO_YEARS, REQUEST_NONE, 10, 0, 0, 0, 1, 1, LAST_DAY, 0, true, false},
    /* kept 12 months: 440 */
    [LANE_YEAR_PARTIAL] = {TERM_YEAR, REQUEST_PARTIAL, 108, 150, 1, 1, 11, 1, LAST_DAY, 12, true,
                           false},
    {TERM_YEAR, REQUEST_FULL, 37, 50, 0, 0, 1, 1, LAST_DAY, 0, true, false},
    {TERM_YEAR, REQUEST_FULL, 15, 20, 1, 0, 1, 28, LAST_DAY, 0, true, false},
    {TERM_YEAR, REQUEST_EARLY, 60, 6, 0, 0, 1, 1, LAST_DAY, 12, true, false},
    {TERM_PAY_PER_USE, REQUEST_REFUSED, 30, 8, 2, 0, 1, 1, LAST_DAY, 0, true, false},
    {TERM_PACKAGE, REQUEST_REFUSED, 10, 4, 1, 0, 1, 1, LAST_DAY, 0, true, false},
    {TERM_YEAR, REQUEST_REFUSED, 20, 14, 1, 0, 1, 1, LAST_DAY, 0, false, false},
    {TERM_YEAR, REQUEST_REFUSED, 10, 7, 2, 0, 1, 1, LAST_DAY, 0, true, true},
    /* kept 9 months: 480 */
    {TERM_QUARTER, REQUEST_NONE, 25, 0, 0, 0, 1, 1, LAST_DAY, 3, true, false},
    {TERM_MONTHS, REQUEST_NONE, 15, 0, 0, 0, 1, 1, LAST_DAY, 0, true, false},
    /* kept 2 months: 905 */
    {TERM_MONTH, REQUEST_PARTIAL, 145, 200, 1, 0, 1, 7, LAST_DAY, 0, true, false},
    {TERM_MONTH, REQUEST_EXPIRED, 15, 14, 1, 0, 1, 1, 10, 0, true, false},
    {TERM_MONTH, REQUEST_PARTIAL, 130, 180, 0, 0, 1, 1, 22, 0, true, false},
    [LANE_MONTH_FULL] = {TERM_MONTH, REQUEST_FULL, 110, 150, 0, 0, 1, 1, LAST_DAY, 0, true, false},
    {TERM_SHORT, REQUEST_NONE, 25, 0, 0, 0, 1, 1, LAST_DAY, 0, true, false},
    /* kept 1 month */
    {TERM_MONTH, REQUEST_NONE, 95, 0, 0, 0, 1, 1, LAST_DAY, 1, true, false},
};
enum { LANE_COUNT = sizeof LANES / sizeof LANES[0] };
_Static_assert(sizeof LANES / sizeof LANES[0] <= LANES_MAX, "the world has room for every lane");

/* Of a month's orders, per thousand, what an export shows when they are so many months old. */
static unsigned kept_permille(int age)
{
    static const uint16_t early[] = {1000, 1000, 920, 500, 490, 490, 485,
                                     485,  485,  482, 450, 445, 442};
    if (age <= 12) {
        return early[age];
    }
    return age <= 24 ? 162U - (unsigned)age / 2 : 80U - (age < 36 ? (unsigned)age / 4 : 9U);
}

void world_init(struct world *world)
{
    uint64_t total = 0;
    uint64_t left = world->orders;
    for (int age = 0; age <= world->reach_months; age++) {
        total += kept_permille(age);
    }
    for (int age = 0; age <= world->reach_months; age++) {
        world->kept[age] = world->orders * kept_permille(age) / total;
        left -= world->kept[age];
    }
    world->kept[0] += left;
    world->bought_monthly = world->kept[0];
    unsigned share = 0;
    unsigned requests = 0;
    for (unsigned lane = 0; lane < LANE_COUNT; lane++) {
        world->lane_start[lane] = world->bought_monthly * share / PERMILLE;
        world->request_start[lane] = world->requests * requests / PERMILLE;
        share += LANES[lane].share;
        requests += LANES[lane].requests;
    }
    world->lane_start[LANE_COUNT] = world->bought_monthly;
    world->request_start[LANE_COUNT] = world->requests * requests / PERMILLE;
}

unsigned lane_count(void)
{
    return LANE_COUNT;
}

uint64_t lane_size(const struct world *world, unsigned lane)
{
    return world->lane_start[lane + 1] - world->lane_start[lane];
}

/* Orders */

/* What a month costs at least, in cents of CNY, by service. */
static const int64_t SERVICE_CENTS[SERVICE_COUNT] = {4600,  2900, 98000, 9900,  900,   1050,
                                                     1200,  3100, 1500,  14500, 2300,  4200,
                                                     19800, 6600, 38800, 24500, 99000, 3700};

static unsigned lane_of(const struct world *world, uint64_t index)
{
    unsigned lane = 0;
    for (unsigned i = 1; i < LANE_COUNT; i++) {
        lane += index >= world->lane_start[i];
    }
    return lane;
}

/* A renewal has the resource of the order before it; `place` says how many came before. */
static struct rng resource_rng(const struct world *world, const struct order *order,
                               unsigned *place)
{
    int months = LANES[order->lane].chain_months;
    *place = 0;
    if (months == 0) {
        return rng_of(world->seed, DOMAIN_RESOURCE, (uint64_t)order->month, order->index);
    }
    unsigned length = months == 1 ? 9 : 3;
    struct rng phase = rng_of(world->seed, DOMAIN_CHAIN_PHASE, order->index, 0);
    uint64_t count = (uint64_t)(order->month / months) + rng_below(&phase, length);
    *place = (unsigned)(count % length);
    uint64_t chain = count / length * (uint64_t)months + (uint64_t)(order->month % months);
    return rng_of(world->seed, DOMAIN_CHAIN, chain, order->index);
}

static void set_term(struct order *order, enum term term, uint64_t word)
{
    static const int odd_counts[] = {13, 400, 4, 365, 60, 18, 5, 13};
    static const enum term_unit odd_units[] = {UNIT_MONTH, UNIT_DAY,   UNIT_YEAR, UNIT_DAY,
                                               UNIT_MONTH, UNIT_MONTH, UNIT_YEAR, UNIT_MONTH};
    static const int short_counts[] = {24, 72, 168, 720, 7, 14, 30, 90};
    bool in_months = word % 8 < 3;
    unsigned choice = word >> 8 & 7;
    int years = 1;
    order->mode = MODE_PREPAID;
    order->unit = UNIT_MONTH;
    order->count = 1;
    switch (term) {
    case TERM_MONTH:
        return;
    case TERM_QUARTER:
        order->count = 3;
        return;
    case TERM_MONTHS:
        order->count = 2 + (int)choice;
        return;
    case TERM_THREE_YEARS:
    case TERM_TWO_YEARS:
        years = term == TERM_THREE_YEARS ? 3 : 2;
        break;
    case TERM_YEAR:
        break;
    case TERM_ODD:
        order->unit = odd_units[choice];
        order->count = odd_counts[choice];
        return;
    case TERM_SHORT:
        order->unit = choice < 4 ? UNIT_HOUR : UNIT_DAY;
        order->count = short_counts[choice];
        return;
    case TERM_PAY_PER_USE:
        order->mode = MODE_PAY_PER_USE;
        order->unit = UNIT_NONE;
        return;
    case TERM_PACKAGE:
        order->mode = MODE_PACKAGE;
        break;
    }
    order->unit = in_months ? UNIT_MONTH : UNIT_YEAR;
    order->count = in_months ? years * 12 : years;
}

static int64_t term_end(const struct order *order)
{
    switch (order->unit) {
    case UNIT_HOUR:
        return order->starts_at + order->count * INT64_C(3600);
    case UNIT_DAY:
        return order->starts_at + order->count * DAY_SECONDS;
    case UNIT_MONTH:
        return time_add_months(order->starts_at, order->count);
    case UNIT_YEAR:
        return time_add_months(order->starts_at, order->count * 12);
    case UNIT_NONE:
        break;
    }
    return TIME_NONE;
}

/* What a term costs in months of its price: longer is cheaper. */
static int64_t term_cents(const struct order *order, int64_t month_cents)
{
    switch (order->unit) {
    case UNIT_HOUR:
        return month_cents * order->count / 500 + 1;
    case UNIT_DAY:
        return month_cents * order->count / 25 + 1;
    case UNIT_MONTH:
        return order->count < 12 ? month_cents * order->count
                                 : month_cents * (4 + order->count / 2);
    case UNIT_YEAR:
        return month_cents * (4 + order->count * 6);
    case UNIT_NONE:
        break;
    }
    return 0;
}

static void set_price(struct order *order, uint64_t size, uint64_t split)
{
    int64_t month_cents = SERVICE_CENTS[order->resource.service];
    for (uint64_t more = size | 1 << 15; (more & 1) == 0; more >>= 1) {
        month_cents *= 2;
    }
    month_cents = month_cents * (int64_t)(1024 + (size >> 20 & 1023)) / 1024;
    const struct currency *currency = order->currency;
    int64_t price =
        term_cents(order, month_cents) * currency->multiply / currency->yuan_cents_divide;
    unsigned kind = split & 127;
    int64_t part = price * (int64_t)(split >> 8 & 63) / 64;
    order->cash = price;
    order->flexi = 0;
    order->coupon = 0;
    if (kind < 10) {
        order->flexi = part;
    } else if (kind < 20) {
        order->coupon = part;
    } else if (kind < 23) {
        order->flexi = part;
        order->coupon = (price - part) / 3;
    } else if (kind == 23) {
        order->flexi = price;
    } else if (kind == 24 && (split >> 8 & 3) == 0) {
        order->coupon = price;
    }
    order->cash = price - order->flexi - order->coupon;
}

static void set_times(struct order *order, struct rng *resource, struct rng *rng, unsigned place)
{
    const struct lane *lane = &LANES[order->lane];
    int64_t start = month_start(order->month);
    int days = month_days(order->month);
    int last = lane->day_last < days ? lane->day_last : days;
    /* The days of a renewed resource are those of every month. */
    last = lane->chain_months > 0 && last > 28 ? 28 : last;
    struct rng *clock = lane->chain_months > 0 ? resource : rng;
    uint64_t word = rng_next(clock);
    int64_t day = lane->day_first - 1 +
                  (int64_t)(((word & 0xffff) * (uint64_t)(last - lane->day_first + 1)) >> 16);
    /* Most is bought around 14:00. */
    int64_t clock_seconds =
        (int64_t)(((word >> 16 & 0xffff) + (word >> 32 & 0xffff)) * 86400 >> 17);
    order->starts_at = start + day * DAY_SECONDS + (clock_seconds + DAY_SECONDS / 12) % DAY_SECONDS;
    order->purchased_at = order->starts_at;
    uint64_t lag = rng_next(rng);
    if (place > 0) {
        int64_t early = (int64_t)((lag & 0xffffffff) * 4 * 86400 >> 32);
        order->purchased_at = early < order->starts_at - start ? order->starts_at - early : start;
        if ((lag >> 40 & 15) == 0 && order->starts_at - DAY_SECONDS >= order->purchased_at) {
            order->starts_at -= DAY_SECONDS; /* overlaps the order before it */
        }
    } else if (lane->chain_months == 0) {
        order->starts_at += (lag >> 40 & 63) == 0 ? 86400 : (int64_t)(lag & 31);
    }
    order->expires_at = term_end(order);
    if (lane->chain_months == 0 && order->unit != UNIT_NONE && (lag >> 48) % 3 == 0) {
        order->expires_at = time_day_end(order->expires_at);
    }
}

static int request_age(const struct world *world, const struct lane *lane, uint64_t x)
{
    int age = lane->age_first + lane->age_step * (int)(x % lane->ages);
    return age < world->reach_months ? age : world->reach_months;
}

/* When the order is asked back, if so: the x-th of its lane, of which only some are. */
static void set_request(const struct world *world, struct order *order, struct rng *rng)
{
    const struct lane *lane = &LANES[order->lane];
    uint64_t x = order->index - world->lane_start[order->lane];
    uint64_t requests = world->request_start[order->lane + 1] - world->request_start[order->lane];
    if (lane->request == REQUEST_NONE || x >= requests) {
        return;
    }
    int month = order->month + request_age(world, lane, x);
    int64_t from = month_start(month);
    int64_t until = month_start(month + 1);
    int64_t five_days = order->purchased_at + FIVE_DAYS;
    int64_t low = order->purchased_at > from ? order->purchased_at : from;
    int64_t first = low;
    int64_t last = until;
    switch (lane->request) {
    case REQUEST_NONE:
    case REQUEST_FULL:
        last = five_days < until ? five_days : until;
        first = x % 64 < 2 && five_days + 1 < until ? five_days + (int64_t)(x % 64) : first;
        break;
    case REQUEST_PARTIAL:
        first = five_days + 1 > from ? five_days + 1 : from;
        last = order->expires_at < until ? order->expires_at : until;
        break;
    case REQUEST_REFUSED:
        first = five_days + 1 > from ? five_days + 1 : from;
        break;
    case REQUEST_EARLY:
        first = order->purchased_at - 600 > from ? order->purchased_at - 600 : from;
        last = order->purchased_at;
        break;
    case REQUEST_EXPIRED:
        first = order->expires_at > from ? order->expires_at : from;
        break;
    }
    bool possible = first < last || (first < until && lane->request == REQUEST_FULL);
    order->requested_at = rng_between(rng, possible ? first : low, possible ? last : until);
    uint64_t lag = rng_next(rng);
    if ((lane->request == REQUEST_FULL || lane->request == REQUEST_PARTIAL) && lag % 4 != 0) {
        order->refunded_at = order->requested_at + 60 + (int64_t)((lag >> 32) * 172800 >> 32);
        order->released_at = lag % 8 < 4 ? order->refunded_at : TIME_NONE;
    }
}

void order_make(const struct world *world, int month, uint64_t index, struct order *order)
{
    *order = (struct order){.month = month, .index = index, .lane = lane_of(world, index)};
    const struct lane *lane = &LANES[order->lane];
    struct rng rng = rng_of(world->seed, DOMAIN_ORDER, (uint64_t)month, index);
    unsigned place = 0;
    struct rng resource = resource_rng(world, order, &place);
    resource_make(world, &resource, &order->resource);
    uint64_t size = rng_next(&resource);
    if (lane->term == TERM_PAY_PER_USE) {
        usage_resource_make(world, rng_below(&rng, usage_pool(world)), &order->resource);
    }
    order->currency = account_currency(world, order->resource.account);
    uint64_t word = rng_next(&rng);
    set_term(order, lane->term, word >> 16);
    set_times(order, &resource, &rng, place);
    set_price(order, size, rng_next(&rng));
    order->form = time_form_of(word);
    bool plain = lane->request == REQUEST_NONE;
    order->refundable = lane->refundable && !(plain && (word >> 8 & 31) == 0);
    if (lane->released || (plain && (word >> 40 & 63) == 0)) {
        order->released_at = order->starts_at + 1 + (int64_t)rng_below(&rng, 27 * 86400);
    }
    set_request(world, order, &rng);
}

void lane_request_order(const struct world *world, int month, unsigned lane, uint64_t x,
                        struct order *order)
{
    uint64_t place = x % lane_size(world, lane);
    int age = request_age(world, &LANES[lane], place);
    order_make(world, month - age, world->lane_start[lane] + place, order);
}

bool order_draw(const struct world *world, int month, struct rng *rng, struct order *order)
{
    static const uint8_t ages[] = {0, 0, 0, 1, 1, 1, 2, 4, 6, 8, 10, 11, 15, 20, 26, 32};
    int age = ages[rng_below(rng, sizeof ages)];
    age = age < world->reach_months ? age : world->reach_months;
    age = world->kept[age] > 0 ? age : 0;
    if (world->orders == 0) {
        return false;
    }
    order_make(world, month - age, rng_below(rng, world->kept[age]), order);
    return true;
}

char *add_order_id(char *at, const struct order *order)
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    char stamp[32];
    (void)put_time(stamp, order->purchased_at, TIME_LOCAL);
    at[0] = 'C';
    at[1] = 'S';
    memcpy(at + 2, stamp + 2, 2);
    memcpy(at + 4, stamp + 5, 2);
    memcpy(at + 6, stamp + 8, 2);
    memcpy(at + 8, stamp + 11, 2);
    memcpy(at + 10, stamp + 14, 2);
    /* A bijection of 25 bits: no two orders of a month share an id. */
    uint64_t code = order->index * 20401181 + (uint64_t)order->month * 7368787;
    for (int i = 0; i < 5; i++) {
        at[12 + i] = letters[code & 31];
        code >>= 5;
    }
    return at + 17;
}

static char *put_refundable(char *at, const struct order *order)
{
    static const char *const yes[] = {"true", "yes", "1", "TRUE"};
    static const char *const no[] = {"false", "no", "0", "False"};
    uint64_t spelling = order->index % 64;
    spelling = spelling < 4 ? spelling : 0;
    return put_text(at, order->refundable ? yes[spelling] : no[spelling]);
}

char *put_order(char *at, const struct order *order, int64_t exported_at)
{
    static const char *const modes[] = {"prepaid", "pay_per_use", "package"};
    static const char *const units[] = {"", "hour", "day", "month", "year"};
    int digits = order->currency->digits;
    enum time_form form = order->form;
    at = put_text(add_order_id(at, order), "");
    at = put_text(add_account_id(at, order->resource.account), "");
    at = put_text(add_resource_id(at, order->resource.id), "");
    at = put_text(at, SERVICE_NAMES[order->resource.service]);
    at = put_text(at, REGION_NAMES[order->resource.region]);
    at = put_text(at, modes[order->mode]);
    at = put_text(at, units[order->unit]);
    at = order->unit == UNIT_NONE ? put_text(at, "") : put_number(at, (uint64_t)order->count);
    at = put_text(at, order->currency->code);
    at = put_time(at, order->purchased_at, form);
    at = put_time(at, order->starts_at, form);
    at = put_time(at, order->expires_at, form);
    at = put_amount(at, order->cash, digits);
    at = put_amount(at, order->flexi, digits);
    at = put_amount(at, order->coupon, digits);
    at = put_refundable(at, order);
    at = put_time(at, order->released_at < exported_at ? order->released_at : TIME_NONE, form);
    return put_time(at, order->refunded_at < exported_at ? order->refunded_at : TIME_NONE, form);
}
