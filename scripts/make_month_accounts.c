/*
 * Owns accounts and resources: names, money, who has what and where.
 */
#include "make_month_orders.h"

/* Accounts */

static const char *const CITIES[] = {"北京", "上海", "深圳市", "杭州", "广州", "成都",     "武汉",
                                     "南京", "西安", "苏州",   "重庆", "厦门", "贵安新区", "香港"};
static const char *const STEMS_ZH[] = {"云帆", "智汇", "星河", "恒达", "博远", "瑞丰",
                                       "天启", "华创", "蓝海", "鼎新", "众合", "极光",
                                       "麒麟", "青禾", "万象", "嘉禾"};
static const char *const KINDS_ZH[] = {
    "科技有限公司",         "网络技术有限公司", "信息技术股份有限公司", "数据服务有限公司",
    "软件（中国）有限公司", "电子商务有限公司", "智能制造集团",         "文化传媒有限公司"};
static const char *const STEMS[] = {"Northwind", "Blue Harbour", "Kestrel",  "Meridian",
                                    "Orchid",    "Silverline",   "Tamarind", "Quayside",
                                    "Halcyon",   "Redwood",      "Lumen",    "Fjord",
                                    "Pomelo",    "Basalt",       "Zephyr",   "Müller & Söhne"};
static const char *const KINDS[] = {" Ltd",  " GmbH",    " Pte. Ltd.",     ", Inc.",
                                    " S.A.", " Sdn Bhd", " Holdings, LLC", " Logistics",
                                    " K.K.", " Robotics"};
static const char *const ODD_NAMES[] = {"=SUM(A1:A9) Labs",
                                        "-Minus Studio",
                                        "+Plus Telecom",
                                        "@home Media",
                                        "O'Neil \"Cloud\" Partners, LLC",
                                        "Two Lines\nTrading Co.",
                                        "'Quoted' Goods",
                                        "He said \"yes\"",
                                        "Tab\tStop Systems",
                                        " Leading Space Ltd"};

#define PICK(list, rng) ((list)[rng_below((rng), sizeof(list) / sizeof((list)[0]))])

char *add_account_id(char *at, uint64_t number)
{
    return add_padded(add_text(at, "acc-"), number + 1, 7);
}

static void account_name(struct rng *rng, char *name)
{
    char *end = name;
    uint64_t kind = rng_below(rng, 100); /* above 97: no name */
    if (kind < 55) {
        end = add_text(end, PICK(CITIES, rng));
        end = add_text(end, PICK(STEMS_ZH, rng));
        end = add_text(end, PICK(STEMS_ZH, rng));
        end = add_text(end, PICK(KINDS_ZH, rng));
    } else if (kind < 96) {
        end = add_text(end, PICK(STEMS, rng));
        end = add_text(end, " ");
        end = add_text(end, PICK(STEMS, rng));
        end = add_text(end, PICK(KINDS, rng));
    } else if (kind < 98) {
        end = add_text(end, PICK(ODD_NAMES, rng));
    }
    *end = '\0';
}

static struct rng account_rng(const struct world *world, uint64_t number)
{
    return rng_of(world->seed, DOMAIN_ACCOUNT, number, 0);
}

bool account_recharges_little(const struct world *world, uint64_t number)
{
    struct rng rng = account_rng(world, number);
    return rng_below(&rng, 20) == 0;
}

static const struct currency CURRENCIES[] = {
    {"CNY", 2, 1, 1}, {"USD", 2, 7, 1}, {"EUR", 2, 8, 1}, {"JPY", 0, 5, 1}, {"KWD", 3, 50, 21},
};

const struct currency *account_currency(const struct world *world, uint64_t number)
{
    struct rng rng = account_rng(world, number);
    (void)rng_next(&rng); /* the little recharge */
    uint64_t kind = rng_below(&rng, 1000);
    return &CURRENCIES[(kind >= 880) + (kind >= 940) + (kind >= 970) + (kind >= 988)];
}

void account_make(const struct world *world, uint64_t number, int month, struct account *account)
{
    struct rng rng = account_rng(world, number);
    bool little = rng_below(&rng, 20) == 0;
    (void)rng_next(&rng); /* the currency */
    *add_account_id(account->id, number) = '\0';
    account_name(&rng, account->name);
    account->vip = rng_below(&rng, 12) == 0;
    uint64_t size = rng_next(&rng);
    if (little) {
        static const int64_t edges[] = {0, 20000, 19999, 100, 5000, 20000};
        account->recharge_cents = PICK(edges, &rng);
        return;
    }
    int64_t monthly = (int64_t)(rng_below(&rng, 50) == 0 ? 0 : 10000 + size % 90000);
    for (uint64_t more = size >> 20 | 1 << 14; (more & 1) == 0; more >>= 1) {
        monthly *= 2;
    }
    account->recharge_cents = 20001 + (int64_t)rng_below(&rng, 10000000) + monthly * (month % 600);
}

/* Resources */

const char *const SERVICE_NAMES[SERVICE_COUNT] = {"ecs", "hecs", "bms", "rds", "obs",     "evs",
                                                  "vpc", "elb",  "cdn", "dds", "eip",     "dcs",
                                                  "cce", "nat",  "waf", "dli", "gaussdb", "vpn"};
static const uint8_t SERVICE_WEIGHTS[SERVICE_COUNT] = {72, 26, 10, 30, 20, 26, 10, 12, 8,
                                                       6,  10, 8,  6,  3,  3,  2,  2,  2};
const char *const REGION_NAMES[REGION_COUNT] = {
    "cn-north-4",     "cn-east-3",  "cn-south-1", "ap-southeast-1", "cn-southwest-2",
    "ap-southeast-3", "cn-north-1", "cn-east-2",  "ap-southeast-2", "eu-west-101",
    "af-south-1",     "la-south-2", "cn-north-9", "tr-west-1"};
static const uint8_t REGION_WEIGHTS[REGION_COUNT] = {70, 44, 32, 22, 18, 16, 14,
                                                     10, 8,  6,  6,  4,  4,  2};

/* The weights of each list add up to 256. */
static unsigned weighted(const uint8_t *weights, unsigned byte)
{
    unsigned choice = 0;
    while (byte >= weights[choice]) {
        byte -= weights[choice++];
    }
    return choice;
}

/* A few accounts have a large part of everything. */
static uint64_t account_pick(const struct world *world, struct rng *rng)
{
    uint64_t word = rng_next(rng) >> 32;
    return (((word * word) >> 32) * world->accounts) >> 32;
}

void resource_make(const struct world *world, struct rng *rng, struct resource *resource)
{
    resource->id = rng_next(rng);
    resource->account = account_pick(world, rng);
    uint64_t word = rng_next(rng);
    resource->service = weighted(SERVICE_WEIGHTS, word & 255);
    resource->region = weighted(REGION_WEIGHTS, word >> 8 & 255);
}

char *add_resource_id(char *at, uint64_t id)
{
    at = add_hex(at, id >> 32, 8);
    *at++ = '-';
    at = add_hex(at, id >> 16, 4);
    *at++ = '-';
    return add_hex(at, id, 4);
}

uint64_t usage_pool(const struct world *world)
{
    /* A row for each resource and day of a month, over two months. */
    return world->usage / (2 * 31) + 1;
}

void usage_resource_make(const struct world *world, uint64_t number, struct resource *resource)
{
    struct rng rng = rng_of(world->seed, DOMAIN_POOL, number, 0);
    resource_make(world, &rng, resource);
}
