/*
 * The customers of the generated month and what they bought.
 *
 * Every account, resource and order is a pure function of (world, its numbers): nothing is held, so
 * an export of any size needs no memory, a refund request can look at its order, and the next
 * month's export repeats this one's rows.
 */
#ifndef MAKE_MONTH_ORDERS_H
#define MAKE_MONTH_ORDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "make_month_csv.h"

enum { REACH_MONTHS_MAX = 120, LANES_MAX = 24, NAME_BYTES_MAX = 200, ID_BYTES_MAX = 48 };

/* What rows are drawn from; the first word of every random stream. */
enum domain {
    DOMAIN_ACCOUNT = 1,
    DOMAIN_RESOURCE,
    DOMAIN_CHAIN,
    DOMAIN_CHAIN_PHASE,
    DOMAIN_POOL,
    DOMAIN_POOL_PICK,
    DOMAIN_ORDER,
    DOMAIN_REQUEST,
    DOMAIN_INCIDENT,
    DOMAIN_CLAIM,
    DOMAIN_USAGE,
    DOMAIN_FILING,
    DOMAIN_TICKET
};

/* The sizes asked for, and what follows from them. Fill the first part, then world_init(). */
struct world {
    uint64_t seed;
    uint64_t orders, accounts, requests, claims, incidents, usage, filings, tickets;
    int reach_months; /* the orders export goes back so many months before the period */

    uint64_t bought_monthly;
    uint64_t kept[REACH_MONTHS_MAX + 1]; /* of a month's orders, by its age in months */
    uint64_t lane_start[LANES_MAX + 1];
    uint64_t request_start[LANES_MAX + 1]; /* of a month's refund requests, by lane */
};
void world_init(struct world *world);

struct account {
    char id[ID_BYTES_MAX];
    char name[NAME_BYTES_MAX];
    bool vip;
    int64_t recharge_cents; /* by the end of the month asked for */
};
void account_make(const struct world *world, uint64_t number, int month, struct account *account);
/* Whether it stays at or below the recharge that a reward asks for. */
bool account_recharges_little(const struct world *world, uint64_t number);
char *add_account_id(char *at, uint64_t number);

struct currency {
    const char *code;
    int digits;
    int64_t yuan_cents_divide, multiply; /* a rough rate to minor units */
};
const struct currency *account_currency(const struct world *world, uint64_t number);

enum { SERVICE_COUNT = 18, REGION_COUNT = 14, HOST_SERVICE_COUNT = 3 };
extern const char *const SERVICE_NAMES[SERVICE_COUNT]; /* hosts of websites first */
extern const char *const REGION_NAMES[REGION_COUNT];

struct resource {
    uint64_t id;
    uint64_t account;
    unsigned service, region;
};
/* The next numbers of `rng` make the resource. */
void resource_make(const struct world *world, struct rng *rng, struct resource *resource);
char *add_resource_id(char *at, uint64_t id);
/* How many resources are paid by use, and one of them. */
uint64_t usage_pool(const struct world *world);
void usage_resource_make(const struct world *world, uint64_t number, struct resource *resource);

enum billing_mode { MODE_PREPAID, MODE_PAY_PER_USE, MODE_PACKAGE };
enum term_unit { UNIT_NONE, UNIT_HOUR, UNIT_DAY, UNIT_MONTH, UNIT_YEAR };

struct order {
    int month;
    uint64_t index;
    unsigned lane;
    struct resource resource;
    enum billing_mode mode;
    enum term_unit unit;
    int count;
    const struct currency *currency;
    int64_t purchased_at, starts_at, expires_at;
    int64_t cash, flexi, coupon;
    bool refundable;
    int64_t requested_at; /* of its refund request; TIME_NONE when there is none */
    int64_t refunded_at, released_at;
    enum time_form form;
};

/* Order `index`, below bought_monthly, of the purchases of `month`. */
void order_make(const struct world *world, int month, uint64_t index, struct order *order);
char *add_order_id(char *at, const struct order *order);
/* As an export made at `exported_at` shows it. */
char *put_order(char *at, const struct order *order, int64_t exported_at);

/* Lanes whose refund requests are asked for again: all of these are granted at first. */
enum { LANE_YEAR_PARTIAL = 7, LANE_MONTH_FULL = 20 };
unsigned lane_count(void);
/* Orders of a lane in a month. */
uint64_t lane_size(const struct world *world, unsigned lane);
/* The order that the x-th refund request of the lane in `month` is for. */
void lane_request_order(const struct world *world, int month, unsigned lane, uint64_t x,
                        struct order *order);
/* Any order that an export of `month` shows; false when it shows none. */
bool order_draw(const struct world *world, int month, struct rng *rng, struct order *order);

#endif
