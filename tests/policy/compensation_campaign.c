/*
 * Compensation of small random accounts against a plain model that walks second by second:
 *
 *   compensation_campaign [CASES [SEED]]
 *
 * Everything happens within a few minutes about a midnight that begins a year, so that faults run
 * over ends of days, months, years and orders, while terms and costs are those of real orders.
 * Prints each case that differs and, last, "N passed, N failed"; exits with 1 on any failure.
 * test_compensation.c includes this file for its own few thousand cases.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/compensation.h"
#include "tests/policy/example.h"

enum {
    WINDOW_SECONDS = 400, /* half of them before midnight */
    RESOURCES_MAX = 3,
    ORDERS_MAX = 6,
    USAGES_MAX = 3,
    INCIDENTS_MAX = 6,
    CLAIMS_MAX = 8,
    SPANS_MAX = 4,
    BASES_MAX = ORDERS_MAX + USAGES_MAX,
    ROWS_MAX = CLAIMS_MAX * BASES_MAX,
};

static const char *const RESOURCE_IDS[] = {"r1", "r2", "r3"};
static const char *const SERVICES[] = {"ecs", "obs"};
static const char *const REGIONS[] = {"north", "south"};
/* Ids whose order is not that of their making. */
static const char *const CLAIM_IDS[] = {"c4", "c1", "c10", "c3", "c7", "c2", "c6", "c5"};
static const char *const INCIDENT_IDS[] = {"i1", "i2", "i3", "i4", "i5", "i6"};
static const char *const ORDER_IDS[] = {"o3", "2027-01-01", "o2", "o6", "2026-12-31", "o4"};

struct stage {
    uint64_t seed;
    int64_t window; /* its first second */
    struct policy *policy;
    struct settlement settlement;

    struct order orders[ORDERS_MAX];
    struct order_state states[ORDERS_MAX];
    struct order_state *order_list[ORDERS_MAX];
    struct usage usages[USAGES_MAX];
    const struct usage *usage_list[USAGES_MAX];
    struct incident incidents[INCIDENTS_MAX];
    struct claim claims[CLAIMS_MAX];
    struct claim_case claim_cases[CLAIMS_MAX];
    struct compensated_span spans[SPANS_MAX * RESOURCES_MAX];
    struct account_case account;
};

/* What the model decides: a row of the ledger, in figures. */
struct row {
    char claim_id[8];
    char resource_id[8];
    char basis_id[12];
    enum decision decision;
    enum compensation_reason reason;
    int64_t from; /* seconds of the window */
    int64_t to;
    int64_t seconds;
    int64_t amount; /* minor units */
    int64_t capped;
    int64_t starts_at; /* the basis's; with its kind, for the order of rows */
    enum basis_kind kind;
};

struct rows {
    struct row rows[ROWS_MAX];
    size_t count;
    bool held[RESOURCES_MAX][WINDOW_SECONDS]; /* compensated by now */
};

/* ---- a random account ---- */

static uint64_t campaign_random(uint64_t *seed)
{
    uint64_t value = *seed += UINT64_C(0x9e3779b97f4a7c15);

    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

static int pick(struct stage *stage, int bound)
{
    return (int)(campaign_random(&stage->seed) % (uint64_t)bound);
}

static bool one_in(struct stage *stage, int bound)
{
    return pick(stage, bound) == 0;
}

static struct span pick_text(struct stage *stage, const char *const *texts, int count)
{
    return span_of(texts[pick(stage, count)]);
}

/* An instant of the window, most often one of few, so that ends meet. */
static int64_t pick_second(struct stage *stage)
{
    int second = one_in(stage, 3) ? pick(stage, WINDOW_SECONDS) : 20 * pick(stage, 20);

    return stage->window + second;
}

static void make_order(struct stage *stage, int number)
{
    struct order *order = &stage->orders[number];
    int64_t length = one_in(stage, 2) ? 1 + pick(stage, 300) : 2678400 + pick(stage, 60000000);

    *order = (struct order){
        .order_id = span_of(ORDER_IDS[number]),
        .resource_id = pick_text(stage, RESOURCE_IDS, RESOURCES_MAX),
        .service = pick_text(stage, SERVICES, one_in(stage, 4) ? 2 : 1),
        .region = pick_text(stage, REGIONS, one_in(stage, 4) ? 2 : 1),
        .billing_mode = one_in(stage, 8) ? BILLING_PACKAGE : BILLING_PREPAID,
        .currency = example_currency("CNY"),
        .starts_at = pick_second(stage),
        .released_at = one_in(stage, 6) ? pick_second(stage) : INSTANT_NONE,
        .refunded_at = one_in(stage, 6) ? pick_second(stage) : INSTANT_NONE,
        .refundable = true,
        .term_unit = TERM_HOUR,
        .term_count = 1,
    };
    order->cash_paid.units = (int128)pick(stage, 1000000) * (DECIMAL_ONE_UNITS / 100);
    order->flexi_coupon_paid.units = (int128)pick(stage, 1000) * (DECIMAL_ONE_UNITS / 100);
    order->cash_coupon_paid = decimal_from_integer(pick(stage, 100));
    if (one_in(stage, 3))
        order->starts_at -= pick(stage, 30000000);
    order->expires_at =
        one_in(stage, 4) ? stage->window + WINDOW_SECONDS / 2 : order->starts_at + length;
    if (order->expires_at <= order->starts_at)
        order->expires_at = order->starts_at + length;
    stage->states[number] = (struct order_state){
        .order = order,
        .refund_requested_at = one_in(stage, 5) ? pick_second(stage) : INSTANT_NONE,
        .compensated = decimal_from_integer(one_in(stage, 3) ? pick(stage, 12000) : 0),
    };
    stage->order_list[number] = &stage->states[number];
}

/* Days about midnight; each resource has at most one line a day. */
static void make_usages(struct stage *stage)
{
    int64_t midnight = civil_day_of(stage->window + WINDOW_SECONDS / 2, EXAMPLE_OFFSET);

    for (int resource = 0; resource < RESOURCES_MAX; resource++) {
        struct usage *usage = &stage->usages[stage->account.usage_count];

        if (!one_in(stage, 3))
            continue;
        *usage = (struct usage){
            .resource_id = span_of(RESOURCE_IDS[resource]),
            .service = pick_text(stage, SERVICES, one_in(stage, 4) ? 2 : 1),
            .region = pick_text(stage, REGIONS, 1),
            .cost = {campaign_random(&stage->seed) % 1000000000000},
            .usage_date = midnight - pick(stage, 2),
            .currency = example_currency("CNY"),
        };
        stage->usage_list[stage->account.usage_count++] = usage;
    }
}

static void make_incident(struct stage *stage, int number)
{
    struct incident *incident = &stage->incidents[number];
    bool unlike = one_in(stage, 12);

    *incident = (struct incident){
        .incident_id = span_of(INCIDENT_IDS[number]),
        .service = pick_text(stage, SERVICES, one_in(stage, 4) ? 2 : 1),
        .region = one_in(stage, 3) ? pick_text(stage, REGIONS, 2) : span_of(""),
        .resource_id =
            one_in(stage, 5) ? pick_text(stage, RESOURCE_IDS, RESOURCES_MAX) : span_of(""),
        .scenario = 1 + pick(stage, SCENARIO_END - 1),
        .cause = unlike ? 1 + pick(stage, CAUSE_END - 1) : CAUSE_PLATFORM,
        .sla_covered = !one_in(stage, 16),
        .started_at = pick_second(stage),
        .rectified_at = pick_second(stage),
    };
    if (incident->rectified_at < incident->started_at) {
        int64_t started_at = incident->rectified_at;

        incident->rectified_at = incident->started_at;
        incident->started_at = started_at;
    }
    if (one_in(stage, 16))
        incident->rectified_at = INSTANT_NONE;
}

/* Most claims pass the checks on time; some are as early or late as can be. */
static void make_claim(struct stage *stage, int number, int incidents)
{
    struct claim *claim = &stage->claims[number];
    struct claim_case *claim_case = &stage->claim_cases[number];

    claim_case->incident = one_in(stage, 16) ? NULL : &stage->incidents[pick(stage, incidents)];
    claim_case->incident_rejected = one_in(stage, 2);
    claim_case->basis_rejected = one_in(stage, 16);
    claim_case->claim = claim;
    *claim = (struct claim){
        .claim_id = span_of(CLAIM_IDS[number]),
        .resource_id =
            one_in(stage, 3) ? span_of("") : pick_text(stage, RESOURCE_IDS, RESOURCES_MAX),
        .submitted_at = stage->window + WINDOW_SECONDS + pick(stage, 3),
    };
    if (one_in(stage, 8) && claim_case->incident != NULL) {
        const struct incident *incident = claim_case->incident;

        claim->submitted_at = one_in(stage, 2) || incident->rectified_at == INSTANT_NONE
                                  ? incident->started_at - pick(stage, 2)
                                  : incident->rectified_at + 7 * SECONDS_PER_DAY + pick(stage, 2);
    }
}

/* Spans of earlier periods, by resource and time, disjoint. */
static void make_history(struct stage *stage)
{
    for (int resource = 0; resource < RESOURCES_MAX; resource++) {
        int64_t at = stage->window;

        for (int i = 0; i < SPANS_MAX && one_in(stage, 2); i++) {
            int64_t from = at + pick(stage, 80);
            int64_t to = from + 1 + pick(stage, 60);

            if (to > stage->window + WINDOW_SECONDS)
                break;
            stage->spans[stage->account.compensated_count++] =
                (struct compensated_span){span_of(RESOURCE_IDS[resource]), from, to};
            at = to + pick(stage, 2);
        }
    }
}

static void make_account(struct stage *stage, uint64_t seed)
{
    static const char *const MIDNIGHTS[] = {"2027-01-01", "2024-03-01", "2026-11-01"};
    struct terms *terms = &stage->policy->versions[0];
    int64_t midnight = 0;
    int incidents = 0;

    stage->seed = seed;
    midnight = example_instant(MIDNIGHTS[pick(stage, 3)]);
    stage->window = midnight - WINDOW_SECONDS / 2;
    stage->policy->version_count = 1;
    *terms = example_published_terms();
    terms->cap = one_in(stage, 3) ? CAP_ACTUAL_PAYMENT : CAP_NONE;
    terms->times[SCENARIO_BILLING_ERROR] = pick(stage, 200);
    /* Half of the runs end within the window, where faults can still be open. */
    stage->settlement =
        (struct settlement){stage->policy, period_of(midnight - pick(stage, 2), EXAMPLE_OFFSET)};
    stage->account = (struct account_case){.account_id = span_of("a"),
                                           .orders = stage->order_list,
                                           .usages = stage->usage_list,
                                           .claims = stage->claim_cases,
                                           .compensated = stage->spans};
    stage->account.order_count = (size_t)pick(stage, ORDERS_MAX + 1);
    for (int i = 0; i < (int)stage->account.order_count; i++)
        make_order(stage, i);
    make_usages(stage);
    incidents = 1 + pick(stage, INCIDENTS_MAX);
    for (int i = 0; i < incidents; i++)
        make_incident(stage, i);
    stage->account.claim_count = (size_t)pick(stage, CLAIMS_MAX + 1);
    for (int i = 0; i < (int)stage->account.claim_count; i++)
        make_claim(stage, i, incidents);
    make_history(stage);
}

/* ---- the model ---- */

/* Basis number i of the account: its orders, then its usage days. false: it is none. */
struct model_basis {
    enum basis_kind kind;
    struct span resource_id;
    struct span service;
    struct span region;
    char id[12];
    int64_t from;
    int64_t seconds; /* that the cost is for */
    int64_t ends[4]; /* whichever comes first */
    int128 cost;     /* units of a decimal */
};

static bool model_basis(const struct stage *stage, size_t i, struct model_basis *basis)
{
    memset(basis, 0, sizeof(*basis));
    if (i < stage->account.order_count) {
        const struct order *order = &stage->orders[i];
        const int64_t ends[] = {order->expires_at, order->released_at, order->refunded_at,
                                stage->states[i].refund_requested_at};

        basis->kind = BASIS_ORDER;
        basis->resource_id = order->resource_id;
        basis->service = order->service;
        basis->region = order->region;
        memcpy(basis->id, order->order_id.data, order->order_id.size);
        basis->from = order->starts_at;
        basis->seconds = order->expires_at - order->starts_at;
        memcpy(basis->ends, ends, sizeof(ends));
        basis->cost = order->cash_paid.units + order->flexi_coupon_paid.units;
        return order->billing_mode == BILLING_PREPAID;
    }
    if (i < stage->account.order_count + stage->account.usage_count) {
        const struct usage *usage = &stage->usages[i - stage->account.order_count];

        basis->kind = BASIS_USAGE;
        basis->resource_id = usage->resource_id;
        basis->service = usage->service;
        basis->region = usage->region;
        date_format(usage->usage_date, basis->id);
        basis->from = usage->usage_date * 86400 - 28800;
        basis->seconds = 86400;
        for (int end = 0; end < 4; end++)
            basis->ends[end] = basis->from + 86400;
        basis->cost = usage->cost.units;
        return true;
    }
    return false;
}

/* Whether the incident hits the basis in that second. */
static bool model_hit(const struct incident *incident, const struct model_basis *basis,
                      int64_t second)
{
    for (int i = 0; i < 4; i++)
        if (basis->ends[i] != INSTANT_NONE && second >= basis->ends[i])
            return false;
    if (second < basis->from || second < incident->started_at || second >= incident->rectified_at)
        return false;
    if (incident->region.size > 0 && !span_equal(incident->region, basis->region))
        return false;
    if (incident->resource_id.size > 0 && !span_equal(incident->resource_id, basis->resource_id))
        return false;
    return span_equal(incident->service, basis->service);
}

static bool model_before(const struct model_basis *a, const struct model_basis *b)
{
    int order = strcmp(a->id, b->id);

    if (a->from != b->from)
        return a->from < b->from;
    return order != 0 ? order < 0 : a->kind < b->kind;
}

/* Of the bases of the resource that the incident hits in that second, the one that bears it. */
static size_t model_bearer(const struct stage *stage, const struct incident *incident, int resource,
                           int64_t second)
{
    size_t bearer = BASES_MAX;
    struct model_basis best;

    memset(&best, 0, sizeof(best));
    for (size_t i = 0; i < stage->account.order_count + stage->account.usage_count; i++) {
        struct model_basis basis;

        if (!model_basis(stage, i, &basis) || !span_is(basis.resource_id, RESOURCE_IDS[resource]) ||
            !model_hit(incident, &basis, second))
            continue;
        if (bearer == BASES_MAX || model_before(&basis, &best)) {
            bearer = i;
            best = basis;
        }
    }
    return bearer;
}

static bool model_names(const struct claim *claim, int resource)
{
    return claim->resource_id.size == 0 || span_is(claim->resource_id, RESOURCE_IDS[resource]);
}

/* Whether the account has an order or a usage day of what the claim names. */
static bool model_knows(const struct stage *stage, const struct claim *claim)
{
    for (int resource = 0; resource < RESOURCES_MAX; resource++) {
        if (!model_names(claim, resource))
            continue;
        for (size_t i = 0; i < stage->account.order_count + stage->account.usage_count; i++) {
            struct model_basis basis;

            (void)model_basis(stage, i, &basis); /* of any billing mode */
            if (span_is(basis.resource_id, RESOURCE_IDS[resource]))
                return true;
        }
    }
    return false;
}

static bool model_affected(const struct stage *stage, const struct claim_case *claim)
{
    for (int resource = 0; resource < RESOURCES_MAX; resource++)
        for (int second = 0; second < WINDOW_SECONDS; second++)
            if (model_names(claim->claim, resource) &&
                model_bearer(stage, claim->incident, resource, stage->window + second) != BASES_MAX)
                return true;
    return false;
}

/* COMPENSATION_PLATFORM_FAULT: the claim goes on to the seconds. */
static enum compensation_reason model_judge(const struct stage *stage,
                                            const struct claim_case *claim)
{
    const struct incident *incident = claim->incident;
    const int64_t submitted_at = claim->claim->submitted_at;
    struct civil_date next = {stage->settlement.period / 12, stage->settlement.period % 12 + 2, 1};

    if (next.month == 13)
        next = (struct civil_date){next.year + 1, 1, 1};
    if (incident == NULL && claim->incident_rejected)
        return COMPENSATION_INCIDENT_REJECTED;
    if (incident == NULL)
        return COMPENSATION_UNKNOWN_INCIDENT;
    if (incident->cause != CAUSE_PLATFORM)
        return (enum compensation_reason)((int)COMPENSATION_FORCE_MAJEURE + incident->cause -
                                          (int)CAUSE_FORCE_MAJEURE);
    if (!incident->sla_covered)
        return COMPENSATION_NOT_UNDER_SLA;
    if (submitted_at < incident->started_at)
        return COMPENSATION_BEFORE_FAULT;
    if (incident->rectified_at == INSTANT_NONE ||
        incident->rectified_at >= civil_days(next) * 86400 - 28800)
        return COMPENSATION_FAULT_NOT_RECTIFIED;
    if (submitted_at > incident->rectified_at + 604800)
        return COMPENSATION_CLAIM_TOO_LATE;
    if (claim->basis_rejected)
        return COMPENSATION_BASIS_REJECTED;
    if (!model_knows(stage, claim->claim))
        return COMPENSATION_UNKNOWN_RESOURCE;
    return model_affected(stage, claim) ? COMPENSATION_PLATFORM_FAULT : COMPENSATION_NOT_AFFECTED;
}

static struct row *model_row(struct rows *rows, const struct claim *claim)
{
    struct row *row = &rows->rows[rows->count++];

    assert(rows->count <= ROWS_MAX);
    memset(row, 0, sizeof(*row));
    memcpy(row->claim_id, claim->claim_id.data, claim->claim_id.size);
    return row;
}

/* Cents: units x times x seconds / basis seconds, half away from zero; all far below 2^127. */
static int64_t model_amount(const struct model_basis *basis, int64_t times, int64_t seconds)
{
    int128 above = basis->cost * times * seconds * 2;
    int128 below = (int128)basis->seconds * 100000000;

    return (int64_t)((above + below) / (below * 2));
}

static void model_price(const struct stage *stage, const struct claim_case *claim, size_t bearer,
                        int64_t paid[], struct row *row)
{
    const struct terms *terms = &stage->policy->versions[0];
    struct model_basis basis;

    (void)model_basis(stage, bearer, &basis);
    memcpy(row->basis_id, basis.id, sizeof(row->basis_id));
    row->kind = basis.kind;
    row->starts_at = basis.from;
    row->decision = DECISION_COMPENSATED;
    row->reason = COMPENSATION_PLATFORM_FAULT;
    row->amount = model_amount(&basis, terms->times[claim->incident->scenario], row->seconds);
    if (basis.kind == BASIS_ORDER) {
        int64_t left = (int64_t)(basis.cost / 100000000) - paid[bearer];

        if (terms->cap == CAP_ACTUAL_PAYMENT && row->amount > (left < 0 ? 0 : left)) {
            row->capped = row->amount - (left < 0 ? 0 : left);
            row->amount -= row->capped;
            row->reason = COMPENSATION_CAPPED;
        }
        paid[bearer] += row->amount;
    }
}

/* Hands the seconds of one resource out, one by one; then prices what each basis got. */
static void model_share(const struct stage *stage, const struct claim_case *claim, int resource,
                        int64_t paid[], struct rows *rows)
{
    struct row shares[BASES_MAX];

    memset(shares, 0, sizeof(shares));
    for (int second = 0; second < WINDOW_SECONDS; second++) {
        size_t bearer = model_bearer(stage, claim->incident, resource, stage->window + second);

        if (bearer == BASES_MAX || rows->held[resource][second])
            continue;
        rows->held[resource][second] = true;
        if (shares[bearer].seconds++ == 0)
            shares[bearer].from = second;
        shares[bearer].to = second + 1;
    }
    /* The cap is used up in the order of the bases; each order has its own. */
    for (size_t i = 0; i < BASES_MAX; i++) {
        struct row *row = NULL;

        if (shares[i].seconds == 0)
            continue;
        row = model_row(rows, claim->claim);
        memcpy(row->resource_id, RESOURCE_IDS[resource], strlen(RESOURCE_IDS[resource]));
        row->from = shares[i].from;
        row->to = shares[i].to;
        row->seconds = shares[i].seconds;
        model_price(stage, claim, i, paid, row);
    }
}

/* Whether claim a goes before b when both pass. */
static bool model_first(const struct stage *stage, const struct claim_case *a,
                        const struct claim_case *b)
{
    const struct terms *terms = &stage->policy->versions[0];
    int times_a = terms->times[a->incident->scenario];
    int times_b = terms->times[b->incident->scenario];

    if (times_a != times_b)
        return times_a > times_b;
    if (a->claim->submitted_at != b->claim->submitted_at)
        return a->claim->submitted_at < b->claim->submitted_at;
    return span_compare(a->claim->claim_id, b->claim->claim_id) < 0;
}

static bool model_row_before(const struct row *a, const struct row *b)
{
    int order = strcmp(a->claim_id, b->claim_id);

    if (order == 0)
        order = strcmp(a->resource_id, b->resource_id);
    if (order != 0)
        return order < 0;
    if (a->starts_at != b->starts_at)
        return a->starts_at < b->starts_at;
    order = strcmp(a->basis_id, b->basis_id);
    return order != 0 ? order < 0 : a->kind < b->kind;
}

static void model_sort(struct rows *rows)
{
    for (size_t i = 1; i < rows->count; i++)
        for (size_t j = i; j > 0 && model_row_before(&rows->rows[j], &rows->rows[j - 1]); j--) {
            struct row row = rows->rows[j];

            rows->rows[j] = rows->rows[j - 1];
            rows->rows[j - 1] = row;
        }
}

static void model_settle(const struct stage *stage, struct rows *rows)
{
    enum compensation_reason judged[CLAIMS_MAX];
    int64_t paid[ORDERS_MAX] = {0};

    memset(rows, 0, sizeof(*rows));
    for (size_t i = 0; i < stage->account.compensated_count; i++)
        for (int resource = 0; resource < RESOURCES_MAX; resource++)
            for (int64_t at = stage->spans[i].from; at < stage->spans[i].to; at++)
                if (span_is(stage->spans[i].resource_id, RESOURCE_IDS[resource]))
                    rows->held[resource][at - stage->window] = true;
    for (size_t i = 0; i < stage->account.order_count; i++)
        paid[i] = (int64_t)(stage->states[i].compensated.units / 100000000);
    for (size_t i = 0; i < stage->account.claim_count; i++) {
        judged[i] = model_judge(stage, &stage->claim_cases[i]);
        if (judged[i] != COMPENSATION_PLATFORM_FAULT) {
            struct row *row = model_row(rows, stage->claim_cases[i].claim);

            row->decision = judged[i] == COMPENSATION_INCIDENT_REJECTED ||
                                    judged[i] == COMPENSATION_BASIS_REJECTED ||
                                    judged[i] == COMPENSATION_FAULT_NOT_RECTIFIED
                                ? DECISION_DEFERRED
                                : DECISION_DENIED;
            row->reason = judged[i];
        }
    }
    for (;;) {
        size_t best = CLAIMS_MAX;
        size_t before = rows->count;

        for (size_t i = 0; i < stage->account.claim_count; i++)
            if (judged[i] == COMPENSATION_PLATFORM_FAULT &&
                (best == CLAIMS_MAX ||
                 model_first(stage, &stage->claim_cases[i], &stage->claim_cases[best])))
                best = i;
        if (best == CLAIMS_MAX)
            break;
        judged[best] = COMPENSATION_REASON_COUNT;
        for (int resource = 0; resource < RESOURCES_MAX; resource++)
            if (model_names(stage->claim_cases[best].claim, resource))
                model_share(stage, &stage->claim_cases[best], resource, paid, rows);
        if (rows->count == before) {
            struct row *row = model_row(rows, stage->claim_cases[best].claim);

            row->decision = DECISION_DENIED;
            row->reason = COMPENSATION_ALREADY_COMPENSATED;
        }
    }
    model_sort(rows);
}

/* ---- the program's rows, as figures ---- */

struct recorder {
    const struct stage *stage;
    struct rows rows;
    int resource; /* the one that was told last, and up to where */
    int64_t told;
    bool out_of_order;
};

static int record_entry(void *context, const struct compensation_entry *entry)
{
    struct recorder *recorder = context;
    struct row *row = model_row(&recorder->rows, entry->claim);

    row->decision = entry->decision;
    row->reason = entry->reason;
    if (entry->basis == NULL)
        return 0;
    memcpy(row->resource_id, entry->basis->resource_id.data, entry->basis->resource_id.size);
    memcpy(row->basis_id, entry->basis->basis_id.data, entry->basis->basis_id.size);
    row->kind = entry->basis->kind;
    row->starts_at = entry->basis->starts_at;
    row->from = entry->fault_from - recorder->stage->window;
    row->to = entry->fault_to - recorder->stage->window;
    row->seconds = entry->fault_seconds;
    row->amount = (int64_t)(entry->amount.units / 100000000);
    row->capped = (int64_t)(entry->capped.units / 100000000);
    return 0;
}

static int record_seconds(void *context, struct span resource_id, struct interval interval)
{
    struct recorder *recorder = context;
    int resource = 0;

    while (!span_is(resource_id, RESOURCE_IDS[resource]))
        resource++;
    if (resource < recorder->resource ||
        (resource == recorder->resource && interval.from < recorder->told))
        recorder->out_of_order = true;
    recorder->resource = resource;
    recorder->told = interval.to;
    for (int64_t at = interval.from; at < interval.to; at++)
        recorder->rows.held[resource][at - recorder->stage->window] = true;
    return 0;
}

static bool same_row(const struct row *a, const struct row *b)
{
    return strcmp(a->claim_id, b->claim_id) == 0 && strcmp(a->resource_id, b->resource_id) == 0 &&
           strcmp(a->basis_id, b->basis_id) == 0 && a->kind == b->kind &&
           a->decision == b->decision && a->reason == b->reason && a->starts_at == b->starts_at &&
           a->from == b->from && a->to == b->to && a->seconds == b->seconds &&
           a->amount == b->amount && a->capped == b->capped;
}

static bool same_rows(const struct rows *a, const struct rows *b)
{
    if (a->count != b->count || memcmp(a->held, b->held, sizeof(a->held)) != 0)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!same_row(&a->rows[i], &b->rows[i]))
            return false;
    return true;
}

static void print_rows(const char *whose, const struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->rows[i];

        printf("  %s: %s %s %s %s %s %" PRId64 "-%" PRId64 " %" PRId64 " s %" PRId64 " + %" PRId64
               "\n",
               whose, row->claim_id, row->resource_id, row->basis_id, decision_name(row->decision),
               compensation_reason(row->reason)->code, row->from, row->to, row->seconds,
               row->amount, row->capped);
    }
}

/* ---- cases ---- */

static void shuffle_claims(struct stage *stage)
{
    for (size_t i = stage->account.claim_count; i > 1; i--) {
        size_t j = (size_t)pick(stage, (int)i);
        struct claim_case claim = stage->claim_cases[i - 1];

        stage->claim_cases[i - 1] = stage->claim_cases[j];
        stage->claim_cases[j] = claim;
    }
}

/* Settles the account of that seed both ways; the order in which claims come decides nothing. */
static bool compensation_agrees(uint64_t seed)
{
    struct stage stage = {.policy = example_policy()};
    struct recorder recorder;
    struct rows expected;
    const struct compensation_sink sink = {&recorder, record_entry};
    const struct compensated_sink seconds = {&recorder, record_seconds};
    bool agrees = false;

    memset(&recorder, 0, sizeof(recorder));
    recorder.stage = &stage;
    make_account(&stage, seed);
    model_settle(&stage, &expected);
    shuffle_claims(&stage);
    agrees = compensation_settle(&stage.settlement, &stage.account, &sink, &seconds) == 0 &&
             !recorder.out_of_order && same_rows(&recorder.rows, &expected);
    if (!agrees) {
        printf("seed %" PRIu64 "\n", seed);
        print_rows("expected", &expected);
        print_rows("settled", &recorder.rows);
    }
    free(stage.policy);
    return agrees;
}

#ifndef COMPENSATION_CAMPAIGN_WITHOUT_MAIN
int main(int argc, char **argv)
{
    uint64_t cases = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    uint64_t passed = 0;

    for (uint64_t i = 0; i < cases; i++)
        passed += compensation_agrees(seed * UINT64_C(1000000007) + i);
    printf("%" PRIu64 " passed, %" PRIu64 " failed\n", passed, cases - passed);
    return passed == cases && cases > 0 ? 0 : 1;
}
#endif
