/*
 * Owns the compensation rules: which claims are judged in which order, what of a fault each cost
 * basis bears, and the amount. Knows nothing of where claims come from or where entries go.
 */
#include "policy/compensation.h"

#include <assert.h>

#include "policy/block.h"
#include "policy/key_sort.h"
#include "policy/text_index.h"

/* Every instant of the calendar is less than so many seconds from 1970. */
#define INSTANT_BIAS (INT64_C(1) << 39)

/* A basis of the account, with what the account's settlement needs beside it. */
struct slot {
    struct basis basis;
    struct order_state *state; /* of an order, otherwise NULL */
    int64_t latest_end;        /* the latest end of this resource's bases up to this one */
};

/* Services, or regions, of the account's bases are numbered. */
enum {
    WORDS_MAX = 32,
    WORD_NONE = -1,  /* of no basis */
    WORD_MIXED = -2, /* several, or beyond the numbers: to be looked at */
    WORD_ANY = -3,   /* of an incident: whichever */
};

struct words {
    struct span items[WORDS_MAX];
    int count;
};

/*
 * What all bases of a resource lie within: most resources that an incident does not hit are passed
 * over without a look at their bases.
 */
struct hull {
    int64_t from;
    int64_t until;
    int16_t service; /* of all bases */
    int16_t region;
};

/* The bases of one resource, and its seconds compensated so far. */
struct resource {
    struct span resource_id;
    size_t first; /* slot */
    size_t count; /* 0: known to the account, but by no basis */
    struct interval_set compensated;
    bool loaded; /* the seconds of earlier periods are in `compensated` */
};

/* A claim that passed every check before the seconds are shared out. */
struct contender {
    const struct claim_case *claim;
    const struct terms *terms;
    int times;
};

/*
 * An incident that the account as a whole has claimed: all such claims of it meet the same bases,
 * so that the first one answers for the others.
 */
struct whole_claim {
    const struct incident *incident; /* NULL: a free place */
    bool affected;                   /* it hits a basis of the account */
    bool shared_out;                 /* its seconds are compensated wherever it does */
};

struct entries {
    struct compensation_entry *items;
    size_t count;
    size_t capacity;
};

struct work {
    const struct settlement *settlement;
    const struct account_case *account;
    int64_t period_end;
    struct slot *slots;
    size_t slot_count;
    char (*dates)[DATE_TEXT_MAX]; /* of the usage days: their basis ids */
    struct resource *resources;   /* by resource_id; every resource that an order or usage names */
    struct hull *hulls;           /* of the resources */
    size_t resource_count;
    struct text_index by_id; /* the resources */
    struct words services;
    struct words regions;
    struct contender *contenders;
    size_t contender_count;
    struct whole_claim *wholes; /* by hash of the incident's place; NULL: none yet */
    size_t whole_mask;
    struct entries entries;
    struct arena intervals; /* of the resources' seconds */
};

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int compare_instants(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static struct slot order_slot(struct order_state *state)
{
    const struct order *order = state->order;

    return (struct slot){
        .state = state,
        .basis = {.kind = BASIS_ORDER,
                  .order = order,
                  .resource_id = order->resource_id,
                  .service = order->service,
                  .region = order->region,
                  .basis_id = order->order_id,
                  .cost = order_actual_payment(order),
                  .basis_seconds = order->expires_at - order->starts_at,
                  .starts_at = order->starts_at,
                  .ends_at = order_service_end(state),
                  .currency = order->currency},
    };
}

/* Writes the usage date into `date`, which outlives the slot. */
static struct slot usage_slot(const struct usage *usage, int utc_offset_seconds,
                              char date[DATE_TEXT_MAX])
{
    int64_t day_start = civil_day_start(usage->usage_date, utc_offset_seconds);
    size_t size = date_format(usage->usage_date, date);

    return (struct slot){
        .basis = {.kind = BASIS_USAGE,
                  .usage = usage,
                  .resource_id = usage->resource_id,
                  .service = usage->service,
                  .region = usage->region,
                  .basis_id = {date, size},
                  .cost = usage->cost,
                  .basis_seconds = SECONDS_PER_DAY,
                  .starts_at = day_start,
                  .ends_at = day_start + SECONDS_PER_DAY,
                  .currency = usage->currency},
    };
}

static int find_word(const struct words *words, struct span word)
{
    for (int i = 0; i < words->count; i++)
        if (span_equal(words->items[i], word))
            return i;
    return WORD_NONE;
}

static int16_t number_word(struct words *words, struct span word)
{
    const int number = find_word(words, word);

    if (number != WORD_NONE)
        return (int16_t)number;
    if (words->count == WORDS_MAX)
        return WORD_MIXED;
    words->items[words->count] = word;
    return (int16_t)words->count++;
}

/* What all bases so far and one more have in common. */
static int16_t common_word(int16_t so_far, int16_t word)
{
    return so_far == WORD_NONE || so_far == word ? word : WORD_MIXED;
}

/* An incident as hulls are compared with it. */
struct target {
    const struct incident *incident;
    int service;
    int region;
};

static struct target target_of(const struct work *work, const struct incident *incident)
{
    return (struct target){
        .incident = incident,
        .service = find_word(&work->services, incident->service),
        .region =
            incident->region.size == 0 ? WORD_ANY : find_word(&work->regions, incident->region),
    };
}

/* Whether the incident may hit a basis within the hull. */
static bool may_hit(const struct target *target, const struct hull *hull)
{
    return (hull->service == target->service || hull->service == WORD_MIXED) &&
           (hull->region == target->region || hull->region == WORD_MIXED ||
            target->region == WORD_ANY) &&
           hull->from < target->incident->rectified_at &&
           target->incident->started_at < hull->until;
}

/* ---- the account's resources and their bases ---- */

/* Orders are numbered first, then usage days. */
static const struct order *numbered_order(const struct work *work, uint32_t number)
{
    return number < work->account->order_count ? work->account->orders[number]->order : NULL;
}

static const struct usage *numbered_usage(const struct work *work, uint32_t number)
{
    return work->account->usages[number - work->account->order_count];
}

static struct span numbered_resource(const void *context, uint32_t number)
{
    const struct order *order = numbered_order(context, number);

    return order != NULL ? order->resource_id : numbered_usage(context, number)->resource_id;
}

static int64_t numbered_start(const struct work *work, uint32_t number)
{
    const struct order *order = numbered_order(work, number);

    return order != NULL ? order->starts_at
                         : civil_day_start(numbered_usage(work, number)->usage_date,
                                           work->settlement->policy->utc_offset_seconds);
}

static struct span numbered_id(const struct work *work, uint32_t number, char date[DATE_TEXT_MAX])
{
    const struct order *order = numbered_order(work, number);

    if (order != NULL)
        return order->order_id;
    return (struct span){date, date_format(numbered_usage(work, number)->usage_date, date)};
}

/* By resource, start and id; of an order and a usage day of one id, the order goes first. */
static int compare_bases(const void *context, uint32_t left, uint32_t right)
{
    const struct work *work = context;
    char dates[2][DATE_TEXT_MAX];
    int order = span_compare(numbered_resource(work, left), numbered_resource(work, right));

    if (order == 0)
        order = compare_instants(numbered_start(work, left), numbered_start(work, right));
    if (order == 0)
        order = span_compare(numbered_id(work, left, dates[0]), numbered_id(work, right, dates[1]));
    return order != 0 ? order : compare_instants(left, right);
}

static struct resource *add_resource(struct work *work, struct span resource_id)
{
    struct resource *resource = &work->resources[work->resource_count];

    work->hulls[work->resource_count++] = (struct hull){
        .from = INT64_MAX, .until = INT64_MIN, .service = WORD_NONE, .region = WORD_NONE};
    *resource = (struct resource){.resource_id = resource_id, .first = work->slot_count};
    return resource;
}

/* Of the resource added last; slots come in order of start. */
static void add_slot(struct work *work, struct slot slot)
{
    struct hull *hull = &work->hulls[work->resource_count - 1];

    hull->from = sooner(hull->from, slot.basis.starts_at);
    hull->until = later(hull->until, slot.basis.ends_at);
    hull->service = common_word(hull->service, number_word(&work->services, slot.basis.service));
    hull->region = common_word(hull->region, number_word(&work->regions, slot.basis.region));
    slot.latest_end = hull->until;
    work->slots[work->slot_count++] = slot;
    work->resources[work->resource_count - 1].count++;
}

/*
 * Makes a resource of every resource named by any order or usage day, and a slot of every prepaid
 * order and usage day.
 */
static void add_numbered(struct work *work, const struct sort_key *keys, size_t count)
{
    const int utc_offset = work->settlement->policy->utc_offset_seconds;
    struct resource *resource = NULL;
    size_t dates = 0;

    for (size_t i = 0; i < count; i++) {
        const uint32_t number = keys[i].number;
        const struct order *order = numbered_order(work, number);
        const struct span resource_id = numbered_resource(work, number);

        if (resource == NULL || !span_equal(resource->resource_id, resource_id))
            resource = add_resource(work, resource_id);
        if (order == NULL)
            add_slot(work,
                     usage_slot(numbered_usage(work, number), utc_offset, work->dates[dates++]));
        else if (order->billing_mode == BILLING_PREPAID)
            add_slot(work, order_slot(work->account->orders[number]));
    }
}

static int gather(struct work *work)
{
    const struct account_case *account = work->account;
    const size_t count = account->order_count + account->usage_count;
    struct sort_key *keys = block_alloc(count + 1, sizeof(*keys));
    int status = -1;

    assert(count < UINT32_MAX);
    work->slots = block_alloc(count + 1, sizeof(*work->slots));
    work->resources = block_alloc(count + 1, sizeof(*work->resources));
    work->hulls = block_alloc(count + 1, sizeof(*work->hulls));
    work->dates = block_alloc(account->usage_count + 1, sizeof(*work->dates));
    if (keys == NULL || work->slots == NULL || work->resources == NULL || work->hulls == NULL ||
        work->dates == NULL)
        goto done;
    key_set_texts(keys, count, numbered_resource, work);
    if (key_sort(keys, count, compare_bases, work) != 0)
        goto done;
    add_numbered(work, keys, count);
    status = 0;
done:
    block_free(keys);
    return status;
}

static int index_resources(struct work *work)
{
    if (text_index_open(&work->by_id, work->resource_count) != 0)
        return -1;
    for (size_t i = 0; i < work->resource_count; i++)
        text_index_add(&work->by_id, work->resources[i].resource_id, (uint32_t)i);
    return 0;
}

static bool find_resource(const struct work *work, struct span resource_id, size_t *resource)
{
    struct text_search search = text_index_search(&work->by_id, resource_id);
    uint32_t number = 0;

    while (text_search_next(&search, &number))
        if (span_equal(work->resources[number].resource_id, resource_id)) {
            *resource = number;
            return true;
        }
    return false;
}

/* The first slot of the resource that could be valid at or after `instant`. */
static size_t first_slot_from(const struct work *work, const struct resource *resource,
                              int64_t instant)
{
    size_t low = resource->first;
    size_t high = resource->first + resource->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (work->slots[middle].latest_end <= instant)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Scope: whether the incident hits the basis (policy.md, "Scope"). */
static bool hits(const struct incident *incident, const struct basis *basis)
{
    return span_equal(incident->service, basis->service) &&
           (incident->region.size == 0 || span_equal(incident->region, basis->region)) &&
           (incident->resource_id.size == 0 ||
            span_equal(incident->resource_id, basis->resource_id));
}

/* [started_at, rectified_at) and the basis's validity; empty when from >= to. */
static struct interval fault_of(const struct incident *incident, const struct basis *basis)
{
    return (struct interval){later(incident->started_at, basis->starts_at),
                             sooner(incident->rectified_at, basis->ends_at)};
}

/* The next slot at or after *slot that bears a part of the fault, or NULL. */
static struct slot *next_affected(const struct work *work, const struct resource *resource,
                                  const struct incident *incident, size_t *slot)
{
    const size_t end = resource->first + resource->count;

    for (; *slot < end && work->slots[*slot].basis.starts_at < incident->rectified_at; (*slot)++) {
        struct slot *candidate = &work->slots[*slot];
        struct interval fault = fault_of(incident, &candidate->basis);

        if (fault.from < fault.to && hits(incident, &candidate->basis)) {
            (*slot)++;
            return candidate;
        }
    }
    return NULL;
}

static bool resource_affected(const struct work *work, const struct resource *resource,
                              const struct incident *incident)
{
    size_t slot = first_slot_from(work, resource, incident->started_at);

    return next_affected(work, resource, incident, &slot) != NULL;
}

/* The resources that the claim names: one, or all of the account's; by number. */
static void claimed_resources(const struct work *work, const struct claim *claim, size_t *first,
                              size_t *count)
{
    *first = 0;
    *count = work->resource_count;
    if (claim->resource_id.size > 0)
        *count = find_resource(work, claim->resource_id, first) ? 1 : 0;
}

static bool any_affected(const struct work *work, size_t first, size_t count,
                         const struct incident *incident)
{
    const struct target target = target_of(work, incident);

    for (size_t i = first; i < first + count; i++)
        if (may_hit(&target, &work->hulls[i]) &&
            resource_affected(work, &work->resources[i], incident))
            return true;
    return false;
}

static bool is_whole(const struct claim *claim)
{
    return claim->resource_id.size == 0;
}

/* Room for twice as many incidents as there are claims: there is always a free place. */
static int prepare_wholes(struct work *work)
{
    size_t places = 2;

    while (places < work->account->claim_count * 2)
        places *= 2;
    work->wholes = block_clear(places, sizeof(*work->wholes));
    work->whole_mask = places - 1;
    return work->wholes == NULL ? -1 : 0;
}

/* What is known of the account's claims of the incident; the first one finds out. */
static struct whole_claim *whole_claim_of(struct work *work, const struct incident *incident)
{
    /* Where incidents lie says nothing but which place is looked at first. */
    size_t at = (size_t)(((uintptr_t)incident >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20) &
                work->whole_mask;

    while (work->wholes[at].incident != NULL && work->wholes[at].incident != incident)
        at = (at + 1) & work->whole_mask;
    if (work->wholes[at].incident == NULL)
        work->wholes[at] =
            (struct whole_claim){.incident = incident,
                                 .affected = any_affected(work, 0, work->resource_count, incident)};
    return &work->wholes[at];
}

static enum compensation_reason excluded_reason(enum cause cause)
{
    assert(cause > CAUSE_PLATFORM && cause < CAUSE_END);
    return (enum compensation_reason)(COMPENSATION_FORCE_MAJEURE + (cause - CAUSE_FORCE_MAJEURE));
}

/* The checks 2 to 5b, on claim and incident alone; COMPENSATION_PLATFORM_FAULT: all passed. */
static enum compensation_reason judge_application(const struct work *work,
                                                  const struct claim_case *claim,
                                                  const struct terms *terms)
{
    const struct incident *incident = claim->incident;
    const int64_t submitted_at = claim->claim->submitted_at;
    const int64_t window = (int64_t)terms->claim_window_days * SECONDS_PER_DAY;

    if (terms->cause_excluded[incident->cause])
        return excluded_reason((enum cause)incident->cause);
    if (!incident->sla_covered)
        return COMPENSATION_NOT_UNDER_SLA;
    if (submitted_at < incident->started_at)
        return COMPENSATION_BEFORE_FAULT;
    if (incident->rectified_at == INSTANT_NONE || incident->rectified_at >= work->period_end)
        return COMPENSATION_FAULT_NOT_RECTIFIED;
    if (submitted_at > incident->rectified_at + window)
        return COMPENSATION_CLAIM_TOO_LATE;
    return claim->basis_rejected ? COMPENSATION_BASIS_REJECTED : COMPENSATION_PLATFORM_FAULT;
}

/* The checks 0 to 7; COMPENSATION_PLATFORM_FAULT: all passed. */
static enum compensation_reason judge(struct work *work, const struct claim_case *claim,
                                      const struct terms *terms)
{
    enum compensation_reason reason = COMPENSATION_PLATFORM_FAULT;
    size_t first = 0;
    size_t count = 0;

    if (claim->incident == NULL)
        return claim->incident_rejected ? COMPENSATION_INCIDENT_REJECTED
                                        : COMPENSATION_UNKNOWN_INCIDENT;
    reason = judge_application(work, claim, terms);
    if (reason != COMPENSATION_PLATFORM_FAULT)
        return reason;
    claimed_resources(work, claim->claim, &first, &count);
    if (count == 0)
        return COMPENSATION_UNKNOWN_RESOURCE;
    if (is_whole(claim->claim) ? whole_claim_of(work, claim->incident)->affected
                               : any_affected(work, first, count, claim->incident))
        return COMPENSATION_PLATFORM_FAULT;
    return COMPENSATION_NOT_AFFECTED;
}

static int add_entry(struct work *work, const struct compensation_entry *entry)
{
    struct entries *entries = &work->entries;

    if (entries->count == entries->capacity) {
        size_t capacity = entries->capacity == 0 ? 16 : entries->capacity * 2;
        struct compensation_entry *items =
            block_resize(entries->items, capacity, sizeof(*entries->items));

        if (items == NULL)
            return -1;
        entries->items = items;
        entries->capacity = capacity;
    }
    entries->items[entries->count++] = *entry;
    return 0;
}

static struct compensation_entry entry_of(const struct work *work, const struct claim_case *claim,
                                          const struct terms *terms)
{
    return (struct compensation_entry){
        .claim = claim->claim,
        .incident = claim->incident,
        .terms = terms,
        .origin_period = settlement_origin(work->settlement, claim->claim->submitted_at),
    };
}

static bool defers(enum compensation_reason reason)
{
    return reason == COMPENSATION_INCIDENT_REJECTED || reason == COMPENSATION_BASIS_REJECTED ||
           reason == COMPENSATION_FAULT_NOT_RECTIFIED;
}

static int add_denied(struct work *work, const struct claim_case *claim, const struct terms *terms,
                      enum compensation_reason reason)
{
    struct compensation_entry entry = entry_of(work, claim, terms);

    entry.decision = defers(reason) ? DECISION_DEFERRED : DECISION_DENIED;
    entry.reason = reason;
    return add_entry(work, &entry);
}

/* The first claim of a resource brings in what earlier periods compensated of it. */
static int load_compensated(struct work *work, struct resource *resource)
{
    const struct account_case *account = work->account;
    size_t low = 0;
    size_t high = account->compensated_count;

    if (resource->loaded)
        return 0;
    resource->loaded = true;
    resource->compensated.arena = &work->intervals;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (span_compare(account->compensated[middle].resource_id, resource->resource_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < account->compensated_count; low++) {
        const struct compensated_span *earlier = &account->compensated[low];

        if (!span_equal(earlier->resource_id, resource->resource_id))
            break;
        if (interval_set_add(&resource->compensated, earlier->from, earlier->to) != 0)
            return -1;
    }
    return 0;
}

/*
 * amount = round(cost x times x fault_seconds / basis_seconds), one division, one rounding.
 * Bounds: cost < 10^16 (87 bits of 10^-10 units), times <= COMPENSATION_TIMES_MAX (20 bits),
 * seconds < 2^39 (9999 years): the product is below 2^146 and formed in 256 bits. A basis bears at
 * most basis_seconds of faults, so that the quotient is at most cost x times, below 2^107; the
 * daily cost is at most 86,400 times the cost, below 2^104.
 */
static void price(struct compensation_entry *entry, const struct slot *slot, int times)
{
    const struct basis *basis = &slot->basis;
    const struct terms *terms = entry->terms;
    bool fits =
        decimal_multiply2_divide(basis->cost, times, entry->fault_seconds, basis->basis_seconds,
                                 currency_digits(basis->currency), terms->rounding, &entry->amount);

    fits = fits && decimal_multiply_divide(basis->cost, SECONDS_PER_DAY, basis->basis_seconds, 8,
                                           terms->rounding, &entry->daily_cost);
    assert(fits);
}

/* The optional cap: an order's compensation, all periods together, is at most its payment. */
static void apply_cap(struct compensation_entry *entry, struct order_state *state)
{
    struct decimal left = DECIMAL_ZERO;
    bool fits = true;

    if (state == NULL)
        return;
    if (entry->terms->cap == CAP_ACTUAL_PAYMENT) {
        fits = decimal_subtract(entry->basis->cost, state->compensated, &left);
        if (left.units < 0)
            left = DECIMAL_ZERO;
        if (decimal_compare(entry->amount, left) > 0) {
            fits = fits && decimal_subtract(entry->amount, left, &entry->capped);
            entry->amount = left;
            entry->reason = COMPENSATION_CAPPED;
        }
    }
    fits = fits && decimal_add(state->compensated, entry->amount, &state->compensated);
    assert(fits);
}

/* What the slot bears of a fault: `seconds` within `bounds`. */
static void fill_compensated(struct compensation_entry *entry, const struct slot *slot,
                             int64_t seconds, struct interval bounds, int times)
{
    entry->fault_seconds = seconds;
    entry->fault_from = bounds.from;
    entry->fault_to = bounds.to;
    entry->decision = DECISION_COMPENSATED;
    entry->reason = COMPENSATION_PLATFORM_FAULT;
    entry->basis = &slot->basis;
    price(entry, slot, times);
    apply_cap(entry, slot->state);
}

int compensation_of_lone_order(const struct incident *incident, const struct terms *terms,
                               struct order_state *order, struct interval_set *compensated,
                               struct compensation_entry *entry, struct basis *basis)
{
    const struct slot slot = order_slot(order);
    const struct interval fault = fault_of(incident, &slot.basis);
    struct interval bounds = fault;
    int64_t seconds = fault.to - fault.from;

    if (order->order->billing_mode != BILLING_PREPAID || seconds <= 0 ||
        !hits(incident, &slot.basis))
        return 0;
    if (compensated != NULL) {
        seconds = interval_set_missing(compensated, fault.from, fault.to, &bounds);
        if (seconds == 0)
            return 0;
        if (interval_set_add(compensated, fault.from, fault.to) != 0)
            return -1;
    }
    *entry = (struct compensation_entry){.incident = incident, .terms = terms};
    fill_compensated(entry, &slot, seconds, bounds, terms->times[incident->scenario]);
    *basis = slot.basis;
    entry->basis = basis;
    return 1;
}

/* Shares the fault's seconds out over one resource's bases, the earlier first. */
static int compensate_resource(struct work *work, const struct contender *contender,
                               struct resource *resource, size_t *rows)
{
    const struct incident *incident = contender->claim->incident;
    size_t next = first_slot_from(work, resource, incident->started_at);
    struct slot *slot = NULL;

    while ((slot = next_affected(work, resource, incident, &next)) != NULL) {
        struct interval fault = fault_of(incident, &slot->basis);
        struct compensation_entry entry = entry_of(work, contender->claim, contender->terms);
        struct interval bounds = {0, 0};
        int64_t seconds = 0;

        if (load_compensated(work, resource) != 0)
            return -1;
        seconds = interval_set_missing(&resource->compensated, fault.from, fault.to, &bounds);
        if (seconds == 0)
            continue;
        fill_compensated(&entry, slot, seconds, bounds, contender->times);
        if (interval_set_add(&resource->compensated, fault.from, fault.to) != 0 ||
            add_entry(work, &entry) != 0)
            return -1;
        (*rows)++;
    }
    return 0;
}

static int compensate(struct work *work, const struct contender *contender)
{
    struct whole_claim *whole =
        is_whole(contender->claim->claim) ? whole_claim_of(work, contender->claim->incident) : NULL;
    const struct target target = target_of(work, contender->claim->incident);
    size_t first = 0;
    size_t count = 0;
    size_t rows = 0;

    if (whole == NULL || !whole->shared_out)
        claimed_resources(work, contender->claim->claim, &first, &count);
    for (size_t i = first; i < first + count; i++)
        if (may_hit(&target, &work->hulls[i]) &&
            compensate_resource(work, contender, &work->resources[i], &rows) != 0)
            return -1;
    if (whole != NULL)
        whole->shared_out = true;
    if (rows == 0)
        return add_denied(work, contender->claim, contender->terms,
                          COMPENSATION_ALREADY_COMPENSATED);
    return 0;
}

static int compare_contender_ids(const void *context, uint32_t left, uint32_t right)
{
    const struct contender *contenders = context;

    return span_compare(contenders[left].claim->claim->claim_id,
                        contenders[right].claim->claim->claim_id);
}

/* In the order of judging, but for the ids: by times, the higher first, then by instant. */
static uint64_t key_of_contender(const struct contender *contender)
{
    const int64_t submitted_at = contender->claim->claim->submitted_at;

    assert(contender->times <= COMPENSATION_TIMES_MAX && submitted_at >= -INSTANT_BIAS &&
           submitted_at < INSTANT_BIAS);
    return (uint64_t)(COMPENSATION_TIMES_MAX - contender->times) * (2 * INSTANT_BIAS) +
           (uint64_t)(submitted_at + INSTANT_BIAS);
}

static int compensate_in_order(struct work *work)
{
    struct sort_key *keys = block_alloc(work->contender_count + 1, sizeof(*keys));
    int status = -1;

    if (keys == NULL)
        return -1;
    for (size_t i = 0; i < work->contender_count; i++)
        keys[i] = (struct sort_key){key_of_contender(&work->contenders[i]), (uint32_t)i};
    if (key_sort(keys, work->contender_count, compare_contender_ids, work->contenders) != 0)
        goto done;
    for (size_t i = 0; i < work->contender_count; i++)
        if (compensate(work, &work->contenders[keys[i].number]) != 0)
            goto done;
    status = 0;
done:
    block_free(keys);
    return status;
}

static int judge_all(struct work *work)
{
    const struct account_case *account = work->account;

    work->contenders = block_clear(account->claim_count, sizeof(*work->contenders));
    if (work->contenders == NULL || prepare_wholes(work) != 0)
        return -1;
    for (size_t i = 0; i < account->claim_count; i++) {
        const struct claim_case *claim = &account->claims[i];
        const struct terms *terms = NULL;
        enum compensation_reason reason = COMPENSATION_PLATFORM_FAULT;

        if (claim->incident != NULL) {
            terms = policy_terms_at(work->settlement->policy, claim->incident->started_at);
            assert(terms != NULL);
        }
        reason = judge(work, claim, terms);
        if (reason == COMPENSATION_PLATFORM_FAULT)
            work->contenders[work->contender_count++] =
                (struct contender){claim, terms, terms->times[claim->incident->scenario]};
        else if (add_denied(work, claim, terms, reason) != 0)
            return -1;
    }
    return compensate_in_order(work);
}

static struct span entry_claim(const void *entries, uint32_t number)
{
    return ((const struct compensation_entry *)entries)[number].claim->claim_id;
}

/* By claim, then in the order of the bases: that of their slots. */
static int compare_entries(const void *context, uint32_t left, uint32_t right)
{
    const struct compensation_entry *entries = context;
    const int order = span_compare(entry_claim(entries, left), entry_claim(entries, right));

    if (order != 0 || entries[left].basis == entries[right].basis)
        return order;
    return entries[left].basis < entries[right].basis ? -1 : 1;
}

static int hand_on_entries(struct work *work, const struct compensation_sink *sink)
{
    const struct entries *entries = &work->entries;
    struct sort_key *keys = block_alloc(entries->count + 1, sizeof(*keys));
    int status = -1;

    if (keys == NULL)
        return -1;
    key_set_texts(keys, entries->count, entry_claim, entries->items);
    if (key_sort(keys, entries->count, compare_entries, entries->items) != 0)
        goto done;
    for (size_t i = 0; i < entries->count; i++)
        if (sink->entry(sink->context, &entries->items[keys[i].number]) != 0)
            goto done;
    status = 0;
done:
    block_free(keys);
    return status;
}

struct report {
    const struct compensated_sink *sink;
    struct span resource_id;
};

static int report_interval(void *context, struct interval interval)
{
    const struct report *report = context;

    return report->sink->seconds(report->sink->context, report->resource_id, interval);
}

/* Merges the resources touched now with those that only earlier periods compensated. */
static int report_compensated(const struct work *work, const struct compensated_sink *sink)
{
    const struct account_case *account = work->account;
    size_t earlier = 0;
    size_t touched = 0;

    for (;;) {
        const struct compensated_span *span =
            earlier < account->compensated_count ? &account->compensated[earlier] : NULL;
        int order = 0;

        while (touched < work->resource_count && !work->resources[touched].loaded)
            touched++;
        if (span == NULL && touched == work->resource_count)
            return 0;
        if (span == NULL)
            order = 1;
        else if (touched == work->resource_count)
            order = -1;
        else
            order = span_compare(span->resource_id, work->resources[touched].resource_id);
        if (order < 0) {
            struct interval interval = {span->from, span->to};

            if (sink->seconds(sink->context, span->resource_id, interval) != 0)
                return -1;
        }
        if (order <= 0)
            earlier++;
        if (order > 0) {
            const struct resource *resource = &work->resources[touched++];
            struct report report = {sink, resource->resource_id};

            if (interval_set_visit(&resource->compensated, report_interval, &report) != 0)
                return -1;
        }
    }
}

static void work_release(struct work *work)
{
    arena_release(&work->intervals);
    text_index_release(&work->by_id);
    block_free(work->resources);
    block_free(work->hulls);
    block_free(work->slots);
    block_free(work->dates);
    block_free(work->contenders);
    block_free(work->wholes);
    block_free(work->entries.items);
}

int compensation_settle(const struct settlement *settlement, const struct account_case *account,
                        const struct compensation_sink *sink,
                        const struct compensated_sink *compensated)
{
    struct work work = {
        .settlement = settlement,
        .account = account,
        .period_end = period_start(settlement->period + 1, settlement->policy->utc_offset_seconds),
    };
    int status = -1;

    if (account->claim_count > 0) {
        if (gather(&work) != 0)
            goto done;
        if (index_resources(&work) != 0 || judge_all(&work) != 0 ||
            hand_on_entries(&work, sink) != 0)
            goto done;
    }
    status = report_compensated(&work, compensated);
done:
    work_release(&work);
    return status;
}
