/*
 * Owns the question which incidents are open, and which of them hit a row.
 * Knows nothing of amounts.
 */
#include "batch/open_incidents.h"

#include <stdlib.h>

static int64_t window_seconds(const struct terms *terms)
{
    return (int64_t)terms->claim_window_days * SECONDS_PER_DAY;
}

static int64_t longest_window(const struct policy *policy)
{
    int64_t longest = 0;

    for (size_t i = 0; i < policy->version_count; i++)
        if (window_seconds(&policy->versions[i]) > longest)
            longest = window_seconds(&policy->versions[i]);
    return longest;
}

/* The first instant behind the period is the first at which a further claim can come. */
static bool is_open(const struct month *month, const struct incident *incident, int64_t window)
{
    return incident->rectified_at != INSTANT_NONE && incident->rectified_at < month->ends_at &&
           incident->rectified_at + window >= month->ends_at;
}

static int compare_open(const void *left, const void *right)
{
    const struct incident *a = ((const struct open_incident *)left)->incident;
    const struct incident *b = ((const struct open_incident *)right)->incident;
    int order = span_compare(a->service, b->service);

    if (order == 0)
        order = span_compare(a->resource_id, b->resource_id);
    return order != 0 ? order : span_compare(a->incident_id, b->incident_id);
}

int open_incidents_find(struct open_incidents *open, const struct month *month, struct error *err)
{
    const struct intake *incidents = &month->intakes[INPUT_INCIDENTS];
    const int64_t longest = longest_window(month->policy);

    open->utc_offset_seconds = month->policy->utc_offset_seconds;
    open->items = calloc(incidents->row_count + 1, sizeof(*open->items));
    if (open->items == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    for (size_t i = 0; i < incidents->row_count; i++) {
        const struct incident *incident = incidents->rows[i].record;
        const struct terms *terms = policy_terms_at(month->policy, incident->started_at);

        if (!is_open(month, incident, longest) || !incident->sla_covered)
            continue;
        if (terms == NULL)
            return error_set(err, ERROR_INPUT,
                             "no version of the policy covers the instant of incident \"%.*s\"",
                             (int)incident->incident_id.size, incident->incident_id.data);
        if (!is_open(month, incident, window_seconds(terms)) ||
            terms->cause_excluded[incident->cause])
            continue;
        open->items[open->count++] =
            (struct open_incident){incident, terms, incident->rectified_at + window_seconds(terms)};
    }
    if (open->count > 1)
        qsort(open->items, open->count, sizeof(*open->items), compare_open);
    return 0;
}

void open_incidents_release(struct open_incidents *open)
{
    free(open->items);
    *open = (struct open_incidents){0};
}

bool basis_place_of_order(const struct order *order, struct basis_place *place)
{
    if (order->billing_mode != BILLING_PREPAID)
        return false;
    *place = (struct basis_place){order->service, order->region, order->resource_id,
                                  order->starts_at, order->expires_at};
    return true;
}

void basis_place_of_usage(const struct usage *usage, int utc_offset_seconds,
                          struct basis_place *place)
{
    const int64_t from = civil_day_start(usage->usage_date, utc_offset_seconds);

    *place = (struct basis_place){usage->service, usage->region, usage->resource_id, from,
                                  from + SECONDS_PER_DAY};
}

/* The first incident of the service and resource. */
static size_t first_of(const struct open_incidents *open, struct span service,
                       struct span resource_id)
{
    size_t low = 0;
    size_t high = open->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct incident *incident = open->items[middle].incident;
        int order = span_compare(incident->service, service);

        if (order == 0)
            order = span_compare(incident->resource_id, resource_id);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Those for one resource, or, with an empty one, for all. */
static bool hit_by(const struct open_incidents *open, const struct basis_place *place,
                   struct span resource_id, bool (*visit)(void *context, size_t number),
                   void *context, bool *any)
{
    for (size_t i = first_of(open, place->service, resource_id); i < open->count; i++) {
        const struct incident *incident = open->items[i].incident;

        if (!span_equal(incident->service, place->service) ||
            !span_equal(incident->resource_id, resource_id))
            break;
        if ((incident->region.size > 0 && !span_equal(incident->region, place->region)) ||
            incident->started_at >= place->to || incident->rectified_at <= place->from ||
            incident->started_at == incident->rectified_at)
            continue;
        *any = true;
        if (visit == NULL || !visit(context, i))
            return false;
    }
    return true;
}

bool open_incidents_hit(const struct open_incidents *open, const struct basis_place *place,
                        bool (*visit)(void *context, size_t number), void *context)
{
    bool any = false;

    if (open->count > 0 && hit_by(open, place, (struct span){"", 0}, visit, context, &any))
        (void)hit_by(open, place, place->resource_id, visit, context, &any);
    return any;
}
