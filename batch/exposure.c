/*
 * Owns the claims on trial, and their sums. What they come to is decided by policy/compensation.
 */
#include "batch/exposure.h"

#include <stdlib.h>

#include "policy/block.h"
#include "policy/compensation.h"

static const struct span none = {"", 0};

/* One incident in one currency. */
struct exposure_line {
    int32_t currency;
    int64_t resources[2]; /* by trial */
    int64_t seconds[2];
    struct decimal amount[2];
    struct span account_id[2]; /* of the resource that was counted last */
    struct span resource_id[2];
};

/* What is found out: with nothing compensated before, and with what is compensated. */
enum trial { TRIAL_GROSS, TRIAL_OPEN, TRIAL_COUNT };

/* An account at its trials. */
struct claiming {
    struct exposure *exposure;
    const struct account_case *account;
    struct error *err;
    struct order_state *const *held; /* of the account's orders those that must be tried */
    size_t held_count;
    bool *hit; /* by number of the incident */
    struct claim *claims;
    struct claim_case *cases;
    size_t *numbers; /* of the claims' incidents */
    size_t count;
    struct order_state *states; /* copies: a trial leaves the month's alone */
    struct order_state **orders;
    enum trial trial;
    bool both; /* nothing was compensated before: both trials come to the same */
};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

int exposure_begin(struct exposure *exposure, struct month *month, struct error *err)
{
    if (open_incidents_find(&exposure->open, month, err) != 0)
        return -1;
    exposure->lines = block_clear(exposure->open.count + 1, sizeof(*exposure->lines));
    if (exposure->lines == NULL)
        return out_of_memory(err);
    month->open_incidents = &exposure->open;
    return 0;
}

static void release_sums(struct exposure *exposure)
{
    for (size_t i = 0; exposure->lines != NULL && i < exposure->open.count; i++)
        block_free(exposure->lines[i].items);
    block_free(exposure->lines);
    block_free(exposure->spans);
}

void exposure_release(struct exposure *exposure)
{
    release_sums(exposure);
    open_incidents_release(&exposure->open);
    *exposure = (struct exposure){0};
}

int exposure_share(struct exposure *part, const struct exposure *whole, struct error *err)
{
    *part = (struct exposure){.open = whole->open};
    part->lines = block_clear(part->open.count + 1, sizeof(*part->lines));
    return part->lines == NULL ? out_of_memory(err) : 0;
}

void exposure_part_release(struct exposure *part)
{
    release_sums(part);
    *part = (struct exposure){0};
}

int exposure_seconds(struct exposure *exposure, struct span resource_id, struct interval interval,
                     struct error *err)
{
    if (exposure->span_count == exposure->span_capacity) {
        const size_t capacity = exposure->span_capacity * 2 + 64;
        struct compensated_span *spans = block_resize(exposure->spans, capacity, sizeof(*spans));

        if (spans == NULL)
            return out_of_memory(err);
        exposure->spans = spans;
        exposure->span_capacity = capacity;
    }
    exposure->spans[exposure->span_count++] =
        (struct compensated_span){resource_id, interval.from, interval.to};
    return 0;
}

/* ---- the claims ---- */

static bool note_hit(void *context, size_t number)
{
    struct claiming *work = context;

    if (!work->hit[number]) {
        work->hit[number] = true;
        work->count++;
    }
    return true;
}

static void find_hits(struct claiming *work)
{
    const struct open_incidents *open = &work->exposure->open;
    const struct account_case *account = work->account;
    struct basis_place place;

    for (size_t i = 0; i < work->held_count; i++)
        if (basis_place_of_order(work->held[i]->order, &place))
            (void)open_incidents_hit(open, &place, note_hit, work);
    for (size_t i = 0; i < account->usage_count; i++) {
        basis_place_of_usage(account->usages[i], open->utc_offset_seconds, &place);
        (void)open_incidents_hit(open, &place, note_hit, work);
    }
}

/*
 * An account-wide claim for each incident, all at the first instant behind the period, so that the
 * order of judging is by times, then by the incidents' ids.
 */
static int make_claims(struct claiming *work, int64_t submitted_at)
{
    const struct open_incidents *open = &work->exposure->open;
    size_t claim = 0;

    work->claims = block_clear(work->count, sizeof(*work->claims));
    work->cases = block_clear(work->count, sizeof(*work->cases));
    work->numbers = block_clear(work->count, sizeof(*work->numbers));
    if (work->claims == NULL || work->cases == NULL || work->numbers == NULL)
        return out_of_memory(work->err);
    for (size_t i = 0; i < open->count; i++) {
        const struct incident *incident = open->items[i].incident;

        if (!work->hit[i])
            continue;
        work->claims[claim] = (struct claim){.claim_id = incident->incident_id,
                                             .account_id = work->account->account_id,
                                             .incident_id = incident->incident_id,
                                             .resource_id = none,
                                             .submitted_at = submitted_at};
        work->cases[claim] =
            (struct claim_case){.claim = &work->claims[claim], .incident = incident};
        work->numbers[claim++] = i;
    }
    return 0;
}

static int copy_states(struct claiming *work)
{
    work->states = block_clear(work->held_count + 1, sizeof(*work->states));
    work->orders = block_clear(work->held_count + 1, sizeof(*work->orders));
    if (work->states == NULL || work->orders == NULL)
        return out_of_memory(work->err);
    for (size_t i = 0; i < work->held_count; i++)
        work->orders[i] = &work->states[i];
    return 0;
}

/* ---- the sums ---- */

static struct exposure_line *line_of(struct exposure_lines *lines, int32_t currency)
{
    for (size_t i = 0; i < lines->count; i++)
        if (lines->items[i].currency == currency)
            return &lines->items[i];
    if (lines->count == lines->capacity) {
        const size_t capacity = lines->capacity * 2 + 1;
        struct exposure_line *items = block_resize(lines->items, capacity, sizeof(*items));

        if (items == NULL)
            return NULL;
        lines->items = items;
        lines->capacity = capacity;
    }
    lines->items[lines->count] = (struct exposure_line){
        .currency = currency, .account_id = {none, none}, .resource_id = {none, none}};
    return &lines->items[lines->count++];
}

static int add_line(struct exposure_line *total, const struct exposure_line *line,
                    struct error *err)
{
    for (int trial = 0; trial < TRIAL_COUNT; trial++) {
        total->resources[trial] += line->resources[trial];
        total->seconds[trial] += line->seconds[trial];
        if (!decimal_add(total->amount[trial], line->amount[trial], &total->amount[trial]))
            return error_set(err, ERROR_CONTROL, "a total does not fit 128 bits");
    }
    return 0;
}

int exposure_merge(struct exposure *whole, struct exposure *part, struct error *err)
{
    for (size_t i = 0; i < whole->open.count; i++) {
        for (size_t j = 0; j < part->lines[i].count; j++) {
            const struct exposure_line *line = &part->lines[i].items[j];
            struct exposure_line *total = line_of(&whole->lines[i], line->currency);

            if (total == NULL)
                return out_of_memory(err);
            if (add_line(total, line, err) != 0)
                return -1;
        }
        part->lines[i].count = 0;
    }
    return 0;
}

/* Rows of a claim come by resource. */
static int count_entry(struct exposure_line *line, enum trial trial, const struct claiming *work,
                       const struct compensation_entry *entry)
{
    if (line->resource_id[trial].data != entry->basis->resource_id.data &&
        (!span_equal(line->resource_id[trial], entry->basis->resource_id) ||
         !span_equal(line->account_id[trial], work->account->account_id))) {
        line->account_id[trial] = work->account->account_id;
        line->resource_id[trial] = entry->basis->resource_id;
        line->resources[trial]++;
    }
    line->seconds[trial] += entry->fault_seconds;
    if (!decimal_add(line->amount[trial], entry->amount, &line->amount[trial]))
        return error_set(work->err, ERROR_CONTROL, "a total does not fit 128 bits");
    return 0;
}

static int add_entry(void *context, const struct compensation_entry *entry)
{
    struct claiming *work = context;
    struct exposure_line *line = NULL;

    if (entry->decision != DECISION_COMPENSATED)
        return 0;
    line = line_of(&work->exposure->lines[work->numbers[entry->claim - work->claims]],
                   entry->basis->currency);
    if (line == NULL)
        return out_of_memory(work->err);
    if (count_entry(line, work->trial, work, entry) != 0)
        return -1;
    return work->both ? count_entry(line, TRIAL_OPEN, work, entry) : 0;
}

static int pass_by(void *context, struct span resource_id, struct interval interval)
{
    (void)context;
    (void)resource_id;
    (void)interval;
    return 0;
}

static int try_claims(struct claiming *work, const struct month *month, enum trial trial)
{
    const struct settlement settlement = {month->policy, month->period};
    const struct compensation_sink sink = {work, add_entry};
    const struct compensated_sink seconds = {NULL, pass_by};
    struct account_case claimed = {
        .account_id = work->account->account_id,
        .account = work->account->account,
        .orders = work->orders,
        .order_count = work->held_count,
        .usages = work->account->usages,
        .usage_count = work->account->usage_count,
        .claims = work->cases,
        .claim_count = work->count,
    };

    work->trial = trial;
    for (size_t i = 0; i < work->held_count; i++) {
        work->states[i] = *work->held[i];
        if (trial == TRIAL_GROSS)
            work->states[i].compensated = DECIMAL_ZERO;
    }
    if (trial == TRIAL_OPEN) {
        claimed.compensated = work->exposure->spans;
        claimed.compensated_count = work->exposure->span_count;
    }
    if (compensation_settle(&settlement, &claimed, &sink, &seconds) != 0)
        return out_of_memory(work->err); /* unless the sink has said why */
    return 0;
}

/* Whether the account has had nothing that the trials would tell apart. */
static bool is_untouched(const struct claiming *work)
{
    if (work->exposure->span_count > 0)
        return false;
    for (size_t i = 0; i < work->held_count; i++)
        if (!decimal_is_zero(work->held[i]->compensated))
            return false;
    return true;
}

static int try_all(struct claiming *work, const struct month *month)
{
    work->both = is_untouched(work);
    if (try_claims(work, month, TRIAL_GROSS) != 0)
        return -1;
    return work->both ? 0 : try_claims(work, month, TRIAL_OPEN);
}

/* ---- the simple case, which most orders are ---- */

enum { LONE_ORDERS_MAX = 32, HELD_ORDERS_MAX = 32, LONE_HITS_MAX = 16, SPANS_MAX = 64 };

/* The open incidents that hit an order. */
struct lone_hits {
    const struct open_incident *open;
    size_t numbers[LONE_HITS_MAX]; /* in the order of judging: by times, then by incident_id */
    size_t count;
    bool contested; /* two of them may bear on a second */
    bool too_many;
};

static int compare_open(const struct open_incident *a, const struct open_incident *b)
{
    const int times =
        b->terms->times[b->incident->scenario] - a->terms->times[a->incident->scenario];

    return times != 0 ? times : span_compare(a->incident->incident_id, b->incident->incident_id);
}

static bool overlap(const struct incident *a, const struct incident *b)
{
    return a->started_at < b->rectified_at && b->started_at < a->rectified_at;
}

static bool note_lone(void *context, size_t number)
{
    struct lone_hits *hits = context;
    const struct open_incident *open = &hits->open[number];
    size_t at = hits->count;

    for (size_t i = 0; i < hits->count; i++)
        if (overlap(hits->open[hits->numbers[i]].incident, open->incident))
            hits->contested = true;
    if (hits->count == LONE_HITS_MAX) {
        hits->too_many = true;
        return false;
    }
    for (; at > 0 && compare_open(open, &hits->open[hits->numbers[at - 1]]) < 0; at--)
        hits->numbers[at] = hits->numbers[at - 1];
    hits->numbers[at] = number;
    hits->count++;
    return true;
}

/* An order that is hit, and by which. */
struct lone_order {
    struct order_state *state;
    struct lone_hits hits;
};

/*
 * An account's orders that open incidents hit. Those of a resource have nothing to do with those of
 * another: an order is priced by itself where it is its resource's only one and nothing was
 * compensated for either. The others must be tried.
 */
struct sorted_orders {
    struct lone_order lone[LONE_ORDERS_MAX];
    size_t lone_count;
    struct order_state *held[HELD_ORDERS_MAX];
    size_t held_count;
};

static bool same_resource(const struct order_state *a, const struct order_state *b)
{
    return span_equal(a->order->resource_id, b->order->resource_id);
}

/* False: there are too many. */
static bool hold(struct sorted_orders *sorted, struct order_state *state)
{
    if (sorted->held_count == HELD_ORDERS_MAX)
        return false;
    sorted->held[sorted->held_count++] = state;
    return true;
}

/* Whether something was compensated for the order, or for its resource now or before. */
static bool is_touched(const struct exposure *exposure, const struct order_state *state)
{
    if (!decimal_is_zero(state->compensated))
        return true;
    for (size_t i = 0; i < exposure->span_count; i++)
        if (span_equal(exposure->spans[i].resource_id, state->order->resource_id))
            return true;
    return false;
}

static bool is_held(const struct sorted_orders *sorted, const struct order_state *state)
{
    for (size_t i = 0; i < sorted->held_count; i++)
        if (same_resource(sorted->held[i], state))
            return true;
    return false;
}

/* The lone order of the same resource, of which there is one at most; their count: there is none.
 */
static size_t lone_beside(const struct sorted_orders *sorted, const struct order_state *state)
{
    size_t at = 0;

    while (at < sorted->lone_count && !same_resource(sorted->lone[at].state, state))
        at++;
    return at;
}

/* False: there are too many. */
static bool sort_order(struct sorted_orders *sorted, const struct exposure *exposure,
                       struct order_state *state)
{
    struct lone_order *one = &sorted->lone[sorted->lone_count];
    struct basis_place place;
    size_t beside = 0;

    if (sorted->lone_count == LONE_ORDERS_MAX)
        return false;
    one->state = state;
    one->hits.open = exposure->open.items;
    one->hits.count = 0;
    one->hits.contested = one->hits.too_many = false;
    if (!basis_place_of_order(state->order, &place) ||
        !open_incidents_hit(&exposure->open, &place, note_lone, &one->hits))
        return true;
    beside = lone_beside(sorted, state);
    if (beside < sorted->lone_count) {
        if (!hold(sorted, sorted->lone[beside].state))
            return false;
        sorted->lone[beside] = sorted->lone[--sorted->lone_count];
        return hold(sorted, state);
    }
    if (one->hits.too_many || is_touched(exposure, state) || is_held(sorted, state))
        return hold(sorted, state);
    sorted->lone_count++;
    return true;
}

/* False: all of the account is to be tried, as usage may be of any resource. */
static bool sort_orders(struct sorted_orders *sorted, const struct exposure *exposure,
                        const struct account_case *account)
{
    sorted->lone_count = sorted->held_count = 0;
    if (account->usage_count > 0 || exposure->span_count > SPANS_MAX)
        return false;
    for (size_t i = 0; i < account->order_count; i++)
        if (!sort_order(sorted, exposure, account->orders[i]))
            return false;
    return true;
}

/* Nothing was compensated before: both trials come to the same. */
static int add_lone(struct claiming *work, const struct lone_order *lone)
{
    struct order_state state = *lone->state; /* a trial leaves the month's alone */
    struct interval_set compensated = {0};
    int status = 0;

    for (size_t i = 0; i < lone->hits.count && status == 0; i++) {
        const size_t number = lone->hits.numbers[i];
        const struct open_incident *open = &lone->hits.open[number];
        struct exposure_line *line = NULL;
        struct compensation_entry entry;
        struct basis basis;
        const int owed =
            compensation_of_lone_order(open->incident, open->terms, &state,
                                       lone->hits.contested ? &compensated : NULL, &entry, &basis);

        if (owed > 0)
            line = line_of(&work->exposure->lines[number], basis.currency);
        if (owed < 0 || (owed > 0 && line == NULL))
            status = out_of_memory(work->err);
        else if (owed > 0)
            status = count_entry(line, TRIAL_GROSS, work, &entry) != 0 ||
                             count_entry(line, TRIAL_OPEN, work, &entry) != 0
                         ? -1
                         : 0;
    }
    interval_set_release(&compensated);
    return status;
}

/* The orders that are held, and usage, as claims. */
static int claim(struct claiming *work, const struct month *month)
{
    int status = 0;

    work->hit = block_clear(work->exposure->open.count, sizeof(*work->hit));
    if (work->hit == NULL)
        return out_of_memory(work->err);
    find_hits(work);
    if (work->count > 0 && (make_claims(work, month->ends_at) != 0 || copy_states(work) != 0 ||
                            try_all(work, month) != 0))
        status = -1;
    block_free(work->hit);
    block_free(work->claims);
    block_free(work->cases);
    block_free(work->numbers);
    block_free(work->states);
    block_free(work->orders);
    return status;
}

int exposure_account(struct exposure *exposure, const struct month *month,
                     const struct account_case *account, struct error *err)
{
    struct claiming work = {.exposure = exposure, .account = account, .err = err};
    struct sorted_orders sorted;
    int status = 0;

    if (exposure->open.count > 0) {
        if (sort_orders(&sorted, exposure, account)) {
            work.held = sorted.held;
            work.held_count = sorted.held_count;
        } else {
            sorted.lone_count = 0;
            work.held = account->orders;
            work.held_count = account->order_count;
        }
        for (size_t i = 0; status == 0 && i < sorted.lone_count; i++)
            status = add_lone(&work, &sorted.lone[i]);
        if (status == 0 && work.held_count + account->usage_count > 0)
            status = claim(&work, month);
    }
    exposure->span_count = 0;
    return status;
}

/* ---- what it comes to ---- */

static int fill_row(struct exposure_row *row, const struct exposure_line *line, struct error *err)
{
    row->currency = line->currency;
    row->incidents = 1;
    row->resources = line->resources[TRIAL_GROSS];
    row->fault_seconds = line->seconds[TRIAL_GROSS];
    row->open_resources = line->resources[TRIAL_OPEN];
    row->open_seconds = line->seconds[TRIAL_OPEN];
    row->gross = line->amount[TRIAL_GROSS];
    row->exposure = line->amount[TRIAL_OPEN];
    if (!decimal_subtract(row->gross, row->exposure, &row->already))
        return error_set(err, ERROR_CONTROL, "a total does not fit 128 bits");
    return 0;
}

static int compare_lines(const void *left, const void *right)
{
    return ((const struct exposure_line *)left)->currency -
           ((const struct exposure_line *)right)->currency;
}

static int hand_on_incident(struct exposure *exposure, size_t number,
                            const struct exposure_sink *sink, struct error *err)
{
    const struct open_incident *open = &exposure->open.items[number];
    struct exposure_lines *lines = &exposure->lines[number];
    struct exposure_row row = {.incident = open->incident,
                               .terms = open->terms,
                               .window_ends_at = open->window_ends_at,
                               .currency = CURRENCY_NONE};

    if (lines->count == 0)
        return sink->row(sink->context, &row, err);
    qsort(lines->items, lines->count, sizeof(*lines->items), compare_lines);
    for (size_t i = 0; i < lines->count; i++)
        if (fill_row(&row, &lines->items[i], err) != 0 || sink->row(sink->context, &row, err) != 0)
            return -1;
    return 0;
}

static int compare_numbers(const void *left, const void *right, void *context)
{
    const struct open_incident *items = context;

    return span_compare(items[*(const size_t *)left].incident->incident_id,
                        items[*(const size_t *)right].incident->incident_id);
}

int exposure_rows(struct exposure *exposure, const struct exposure_sink *sink, struct error *err)
{
    const size_t count = exposure->open.count;
    size_t *numbers = block_clear(count + 1, sizeof(*numbers));
    int status = 0;

    if (numbers == NULL)
        return out_of_memory(err);
    for (size_t i = 0; i < count; i++)
        numbers[i] = i;
    if (count > 1)
        qsort_r(numbers, count, sizeof(*numbers), compare_numbers, exposure->open.items);
    for (size_t i = 0; status == 0 && i < count; i++)
        status = hand_on_incident(exposure, numbers[i], sink, err);
    block_free(numbers);
    return status;
}

int exposure_totals(const struct exposure *exposure, const struct exposure_sink *sink,
                    struct error *err)
{
    for (int currency = 0; currency < CURRENCY_COUNT; currency++) {
        struct exposure_line total = {.currency = currency};
        struct exposure_row row = {.currency = currency};
        int64_t incidents = 0;

        for (size_t i = 0; i < exposure->open.count; i++)
            for (size_t j = 0; j < exposure->lines[i].count; j++) {
                const struct exposure_line *line = &exposure->lines[i].items[j];

                if (line->currency != currency)
                    continue;
                incidents++;
                for (int trial = 0; trial < TRIAL_COUNT; trial++)
                    if (!decimal_add(total.amount[trial], line->amount[trial],
                                     &total.amount[trial]))
                        return error_set(err, ERROR_CONTROL, "a total does not fit 128 bits");
            }
        if (incidents == 0)
            continue;
        if (fill_row(&row, &total, err) != 0)
            return -1;
        row.incidents = incidents;
        if (sink->row(sink->context, &row, err) != 0)
            return -1;
    }
    return 0;
}
