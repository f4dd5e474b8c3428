/*
 * Owns incidents and the claims for them. A claim is drawn from its month's incidents: first an
 * order, then an incident that hit it; so incidents are held, by service and region.
 */
#include "make_month_events.h"

#include <stdlib.h>
#include <string.h>

enum { PERMILLE = 1000, TRIES_MAX = 64, MONTHS_HELD = 4, SEVEN_DAYS = 7 * 86400 };

static const char *const SCENARIOS[] = {"unavailable", "website_inaccessible",
                                        "provisioning_failure", "configuration_failure",
                                        "billing_error"};
enum { SCENARIO_COUNT = 5, CAUSE_PLATFORM = 0, CAUSE_COUNT = 12 };
static const char *const CAUSES[CAUSE_COUNT] = {
    "platform",        "force_majeure",     "unexpected_event", "service_maintenance",
    "carrier_fault",   "internet_backbone", "attack_or_virus",  "user_environment",
    "credential_loss", "user_negligence",   "terms_violation",  "unforeseeable"};

enum { CELL_COUNT = SERVICE_COUNT * (REGION_COUNT + 1) };

struct month_incidents {
    int month;
    uint64_t count;
    struct incident *all;
    /* Numbers of those to be compensated that hit whole services, by cell. */
    uint32_t cell_start[CELL_COUNT + 1];
    uint32_t *by_cell;
};

struct incidents {
    struct month_incidents months[MONTHS_HELD]; /* from two before the period */
};

/* Incidents */

static int64_t incident_duration(struct rng *rng)
{
    int64_t seconds = 120 + (int64_t)rng_below(rng, 1800);
    for (uint64_t more = rng_next(rng) | 1 << 7; (more & 1) == 0; more >>= 1) {
        seconds = seconds * 5 / 2;
    }
    return seconds;
}

static void incident_make(const struct world *world, int month, uint64_t number,
                          struct incident *incident)
{
    struct rng rng = rng_of(world->seed, DOMAIN_INCIDENT, (uint64_t)month, number);
    int64_t start = month_start(month);
    int64_t end = month_start(month + 1);
    *incident = (struct incident){.word = rng_next(&rng)};
    uint64_t word = rng_next(&rng);
    incident->scenario = (uint8_t)(word % 16 < 9 ? 0 : word % 16 < 12 ? 1 : word % 3 + 2);
    incident->cause =
        (uint8_t)((word >> 8) % 100 < 84 ? CAUSE_PLATFORM : 1 + (word >> 16) % (CAUSE_COUNT - 1));
    incident->sla_covered = (word >> 24) % 40 != 0;
    incident->everywhere = (word >> 32) % 16 == 0;
    incident->started_at = rng_between(&rng, start, end);
    incident->rectified_at = incident->started_at + incident_duration(&rng);
    if (number % 50 == 7) {
        /* Still open when the month's export is made. */
        incident->started_at = rng_between(&rng, end - 3 * DAY_SECONDS, end);
        incident->rectified_at = end + (int64_t)rng_below(&rng, 4 * 86400);
    }
    struct order order;
    for (int tries = 0; tries < TRIES_MAX && order_draw(world, month, &rng, &order); tries++) {
        bool serves = order.mode == MODE_PREPAID && order.starts_at <= incident->started_at &&
                      order.expires_at > incident->rectified_at;
        incident->resource = order.resource;
        if (serves) {
            break;
        }
    }
    if (world->orders == 0 || (word >> 40) % 4 != 0) {
        incident->resource.id = 0;
    } else {
        incident->everywhere = false;
    }
}

static bool incident_pays(const struct incident *incident)
{
    return incident->cause == CAUSE_PLATFORM && incident->sla_covered;
}

static unsigned incident_cell(const struct incident *incident)
{
    unsigned region = incident->everywhere ? REGION_COUNT : incident->resource.region;
    return incident->resource.service * (REGION_COUNT + 1) + region;
}

static bool month_load(const struct world *world, int month, struct month_incidents *held)
{
    held->month = month;
    held->count = rows_of_month(world->incidents, month);
    held->all = calloc(held->count + 1, sizeof *held->all);
    held->by_cell = calloc(held->count + 1, sizeof *held->by_cell);
    if (held->all == NULL || held->by_cell == NULL) {
        return false;
    }
    for (uint64_t i = 0; i < held->count; i++) {
        incident_make(world, month, i, &held->all[i]);
        if (incident_pays(&held->all[i]) && held->all[i].resource.id == 0) {
            held->cell_start[incident_cell(&held->all[i]) + 1]++;
        }
    }
    for (unsigned cell = 0; cell < CELL_COUNT; cell++) {
        held->cell_start[cell + 1] += held->cell_start[cell];
    }
    uint32_t next[CELL_COUNT];
    memcpy(next, held->cell_start, sizeof next);
    for (uint64_t i = 0; i < held->count; i++) {
        if (incident_pays(&held->all[i]) && held->all[i].resource.id == 0) {
            held->by_cell[next[incident_cell(&held->all[i])]++] = (uint32_t)i;
        }
    }
    return true;
}

struct incidents *incidents_new(const struct world *world, int period)
{
    struct incidents *incidents = calloc(1, sizeof *incidents);
    for (int i = 0; incidents != NULL && i < MONTHS_HELD; i++) {
        if (!month_load(world, period - 2 + i, &incidents->months[i])) {
            incidents_free(incidents);
            return NULL;
        }
    }
    return incidents;
}

void incidents_free(struct incidents *incidents)
{
    for (int i = 0; incidents != NULL && i < MONTHS_HELD; i++) {
        free(incidents->months[i].all);
        free(incidents->months[i].by_cell);
    }
    free(incidents);
}

static const struct month_incidents *incidents_of(const struct incidents *incidents, int month)
{
    return &incidents->months[month - incidents->months[0].month];
}

static char *add_incident_id(char *to, int month, uint64_t number)
{
    to = add_text(to, "INC-");
    to = add_padded(to, (uint64_t)(month / 12), 4);
    to = add_padded(to, (uint64_t)(month % 12 + 1), 2);
    *to++ = '-';
    return add_padded(to, number + 1, 5);
}

static char *put_title(char *to, const struct incident *incident)
{
    static const char *const titles[] = {"Elevated error rates",
                                         "API latency, timeouts and \"connection reset\"",
                                         "部分可用区网络异常，已恢复",
                                         "Control plane unavailable; console cannot log in",
                                         "Disk I/O hang\nSecond notice: recovered",
                                         "=HYPERLINK(\"status\")",
                                         "控制台无法创建实例",
                                         "Billing shows doubled charges, corrected later"};
    uint64_t choice = incident->word % 12;
    return choice < 8 ? put_quoted(to, titles[choice]) : put_text(to, "");
}

char *put_incident(char *to, const struct incidents *incidents, int month, uint64_t number,
                   int64_t exported_at)
{
    static const char *const covered[] = {"", "true", "", "yes"};
    const struct incident *incident = &incidents_of(incidents, month)->all[number];
    enum time_form form = time_form_of(incident->word >> 8);
    bool open = incident->rectified_at >= exported_at;
    to = put_text(add_incident_id(to, month, number), "");
    to = put_text(to, SCENARIOS[incident->scenario]);
    to = put_text(to, CAUSES[incident->cause]);
    to = put_text(to, SERVICE_NAMES[incident->resource.service]);
    to = put_text(to, incident->everywhere ? "" : REGION_NAMES[incident->resource.region]);
    if (incident->resource.id != 0) {
        to = add_resource_id(to, incident->resource.id);
    }
    to = put_text(to, "");
    to = put_time(to, incident->started_at, form);
    to = put_time(to, open ? TIME_NONE : incident->rectified_at, form);
    to = put_text(to, incident->sla_covered ? covered[incident->word >> 16 & 3] : "false");
    return put_title(to, incident);
}

/* Claims */

enum claim_kind {
    CLAIM_WIDE,
    CLAIM_ONE_RESOURCE,
    CLAIM_WHOLE_ACCOUNT,
    CLAIM_USAGE,
    CLAIM_COMPETING,
    CLAIM_LATE,
    CLAIM_UNKNOWN_INCIDENT,
    CLAIM_EXCLUDED,
    CLAIM_BEFORE_FAULT,
    CLAIM_OPEN,
    CLAIM_UNKNOWN_RESOURCE,
    CLAIM_NOT_AFFECTED,
    CLAIM_KINDS
};
static const uint16_t CLAIM_PERMILLE[CLAIM_KINDS] = {670, 40, 70, 80, 30, 30,
                                                     12,  28, 8,  10, 10, 12};

struct claim {
    int64_t at;
    int incident_month;
    uint64_t incident;
    bool incident_known, whole_account;
    struct resource resource;
};

/* When the incident can be claimed in `month`: false when it cannot. */
static bool claim_window(const struct incident *incident, int month, bool late, int64_t *from,
                         int64_t *until)
{
    int64_t start = month_start(month);
    int64_t end = month_start(month + 1);
    *from = incident->rectified_at;
    *until = incident->rectified_at + SEVEN_DAYS + 1;
    if (late) {
        *from = *until;
        *until += 5 * DAY_SECONDS;
    }
    *from = *from > start ? *from : start;
    *until = *until < end ? *until : end;
    return *from < *until;
}

/* An incident that hit the service and region; false when there is none. */
static bool claim_incident(const struct month_incidents *held, const struct resource *resource,
                           struct rng *rng, uint64_t *number)
{
    unsigned cell = resource->service * (REGION_COUNT + 1);
    unsigned choices[2] = {cell + resource->region, cell + REGION_COUNT};
    for (int i = 0; i < 2; i++) {
        uint32_t first = held->cell_start[choices[i]];
        uint32_t count = held->cell_start[choices[i] + 1] - first;
        if (count > 0) {
            *number = held->by_cell[first + rng_below(rng, count)];
            return true;
        }
    }
    return false;
}

static bool order_hit(const struct order *order, const struct incident *incident)
{
    int64_t at = incident->started_at;
    return order->mode == MODE_PREPAID && order->starts_at <= at && at < order->expires_at &&
           (order->released_at == TIME_NONE || order->released_at > at) &&
           (order->requested_at == TIME_NONE || order->requested_at > at);
}

/* A resource first, then what hit it. */
static bool claim_wide(const struct world *world, const struct month_incidents *held, int month,
                       enum claim_kind kind, struct rng *rng, struct claim *claim)
{
    struct order order;
    int64_t from;
    int64_t until;
    if (kind == CLAIM_USAGE) {
        usage_resource_make(world, rng_below(rng, usage_pool(world)), &claim->resource);
    } else {
        if (!order_draw(world, month, rng, &order)) {
            return false;
        }
        claim->resource = order.resource;
    }
    if (!claim_incident(held, &claim->resource, rng, &claim->incident)) {
        return false;
    }
    const struct incident *incident = &held->all[claim->incident];
    if (kind != CLAIM_USAGE && !order_hit(&order, incident)) {
        return false;
    }
    bool in_time = claim_window(incident, month, kind == CLAIM_LATE, &from, &until);
    claim->at = rng_between(rng, from, until);
    return in_time;
}

/* An incident first, and whom it hit. */
static bool claim_narrow(const struct world *world, const struct month_incidents *held, int month,
                         enum claim_kind kind, struct rng *rng, struct claim *claim)
{
    int64_t from;
    int64_t until;
    struct order order;
    if (held->count == 0) {
        return false;
    }
    claim->incident = rng_below(rng, held->count);
    const struct incident *incident = &held->all[claim->incident];
    bool in_time = claim_window(incident, month, false, &from, &until);
    claim->at = rng_between(rng, from, until);
    claim->resource = incident->resource;
    if (kind == CLAIM_OPEN) {
        claim->at = rng_between(rng, incident->started_at, month_start(month + 1));
        return held->month == month && incident->rectified_at >= month_start(month + 1) &&
               incident_pays(incident);
    }
    if (kind == CLAIM_EXCLUDED) {
        return in_time && !incident_pays(incident);
    }
    if (kind == CLAIM_BEFORE_FAULT) {
        claim->at = incident->started_at - 1 - (int64_t)rng_below(rng, 3600);
        return claim->at >= month_start(month) && held->month == month && incident_pays(incident);
    }
    if (kind == CLAIM_NOT_AFFECTED) {
        bool drawn = order_draw(world, month, rng, &order);
        claim->resource = order.resource;
        return in_time && incident_pays(incident) && drawn &&
               order.resource.service != incident->resource.service;
    }
    if (kind == CLAIM_UNKNOWN_RESOURCE) {
        claim->resource.id = rng_next(rng);
        return in_time && incident_pays(incident);
    }
    return in_time && incident_pays(incident) && incident->resource.id != 0;
}

static enum claim_kind claim_kind_of(const struct world *world, uint64_t number)
{
    /* The golden ratio spreads the kinds over the month. */
    uint64_t share = number * 618 % PERMILLE + (world->seed + number / 500) % 2;
    int kind = 0;
    while (kind < CLAIM_KINDS - 1 && share >= CLAIM_PERMILLE[kind]) {
        share -= CLAIM_PERMILLE[kind++];
    }
    return (enum claim_kind)kind;
}

static void claim_make(const struct world *world, const struct incidents *incidents, int month,
                       uint64_t number, struct claim *claim)
{
    enum claim_kind kind = claim_kind_of(world, number);
    struct rng rng = rng_of(world->seed, DOMAIN_CLAIM, (uint64_t)month, number);
    uint64_t back = 0;
    while (kind == CLAIM_COMPETING && back < number) {
        /* The same seconds as those of an earlier claim, asked for again. */
        back++;
        enum claim_kind other = claim_kind_of(world, number - back);
        if (other == CLAIM_WIDE || other == CLAIM_ONE_RESOURCE) {
            claim_make(world, incidents, month, number - back, claim);
            int64_t until = month_start(month + 1);
            until = claim->at + DAY_SECONDS < until ? claim->at + DAY_SECONDS : until;
            claim->at = rng_between(&rng, claim->at, until);
            return;
        }
    }
    bool narrow = kind == CLAIM_ONE_RESOURCE || kind >= CLAIM_EXCLUDED;
    *claim = (struct claim){.incident_known = true};
    bool found = false;
    for (int tries = 0; tries < TRIES_MAX * 4 && !found && kind != CLAIM_UNKNOWN_INCIDENT;
         tries++) {
        claim->incident_month = month - (rng_below(&rng, 8) == 0);
        const struct month_incidents *held = incidents_of(incidents, claim->incident_month);
        found = narrow ? claim_narrow(world, held, month, kind, &rng, claim)
                       : claim_wide(world, held, month, kind, &rng, claim);
    }
    if (!found) {
        struct order order = {.index = 0};
        claim->incident_known = false;
        claim->incident_month = month;
        claim->at = rng_between(&rng, month_start(month), month_start(month + 1));
        (void)order_draw(world, month, &rng, &order);
        claim->resource = order.resource;
    }
    claim->whole_account = kind == CLAIM_WHOLE_ACCOUNT;
}

char *put_claim(char *to, const struct world *world, const struct incidents *incidents, int month,
                uint64_t number, int64_t *at)
{
    struct claim claim;
    claim_make(world, incidents, month, number, &claim);
    to = add_padded(add_text(to, "CL"), (uint64_t)(month / 12 % 100), 2);
    to = add_padded(to, (uint64_t)(month % 12 + 1), 2);
    *to++ = '-';
    to = put_text(add_padded(to, number + 1, 7), "");
    to = put_text(add_account_id(to, claim.resource.account), "");
    uint64_t incident = claim.incident_known ? claim.incident : 90000 + number;
    to = put_text(add_incident_id(to, claim.incident_month, incident), "");
    if (!claim.whole_account && claim.resource.id != 0) {
        to = add_resource_id(to, claim.resource.id);
    }
    to = put_text(to, "");
    *at = claim.at;
    return put_time(to, claim.at, time_form_of(number * 43));
}
