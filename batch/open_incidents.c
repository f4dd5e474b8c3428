/*
 * Owns the question which incidents are open, and which of them hit a row.
 * Knows nothing of amounts.
 */
#include "batch/open_incidents.h"

#include <stdlib.h>

#include "policy/block.h"
#include "policy/hash.h"
#include "policy/key_sort.h"

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

/* ---- by service ---- */

/* Where the service is, or would go. */
static struct open_service *place_of(const struct open_incidents *open, struct span service)
{
    size_t at = (size_t)hash_span(0, service) & open->service_mask;

    while (open->services[at].service.size > 0 && !span_equal(open->services[at].service, service))
        at = (at + 1) & open->service_mask;
    return &open->services[at];
}

static void add_to_service(struct open_incidents *open, size_t number)
{
    const struct incident *incident = open->items[number].incident;
    struct open_service *service = place_of(open, incident->service);

    if (service->service.size == 0)
        *service = (struct open_service){.service = incident->service,
                                         .first = number,
                                         .specific = number,
                                         .earliest = incident->started_at,
                                         .latest = incident->rectified_at};
    service->end = number + 1;
    if (incident->resource_id.size == 0)
        service->specific = number + 1;
    if (incident->started_at < service->earliest)
        service->earliest = incident->started_at;
    if (incident->rectified_at > service->latest)
        service->latest = incident->rectified_at;
}

static int index_services(struct open_incidents *open, struct error *err)
{
    size_t places = 16;

    while (places < 2 * open->count)
        places *= 2;
    open->service_mask = places - 1;
    open->services = block_clear(places, sizeof(*open->services));
    if (open->services == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    for (size_t i = 0; i < open->count; i++)
        add_to_service(open, i);
    return 0;
}

int open_incidents_find(struct open_incidents *open, const struct month *month, struct error *err)
{
    const struct intake *incidents = &month->intakes[INPUT_INCIDENTS];
    const int64_t longest = longest_window(month->policy);

    open->utc_offset_seconds = month->policy->utc_offset_seconds;
    open->items = block_clear(incidents->row_count + 1, sizeof(*open->items));
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
            (struct open_incident){.incident = incident,
                                   .terms = terms,
                                   .window_ends_at = incident->rectified_at + window_seconds(terms),
                                   .from = incident->started_at,
                                   .to = incident->rectified_at,
                                   .region = incident->region,
                                   .resource_id = incident->resource_id,
                                   .resource_key = key_of_text(incident->resource_id, 0)};
    }
    if (open->count > 1)
        qsort(open->items, open->count, sizeof(*open->items), compare_open);
    return index_services(open, err);
}

void open_incidents_release(struct open_incidents *open)
{
    block_free(open->items);
    block_free(open->services);
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

/* The first of the service's that hits the one resource. */
static size_t first_of(const struct open_incidents *open, const struct open_service *service,
                       struct span resource_id)
{
    const uint64_t key = key_of_text(resource_id, 0);
    size_t low = service->specific;
    size_t high = service->end;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct open_incident *item = &open->items[middle];

        if (item->resource_key < key ||
            (item->resource_key == key && span_compare(item->resource_id, resource_id) < 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool hits(const struct open_incident *open, const struct basis_place *place)
{
    return open->from < place->to && open->to > place->from && open->from != open->to &&
           (open->region.size == 0 || span_equal(open->region, place->region));
}

bool open_incidents_hit(const struct open_incidents *open, const struct basis_place *place,
                        bool (*visit)(void *context, size_t number), void *context)
{
    const struct open_service *service = NULL;
    bool any = false;

    if (open->count == 0 || place->service.size == 0)
        return false;
    service = place_of(open, place->service);
    if (service->service.size == 0 || service->earliest >= place->to ||
        service->latest <= place->from)
        return false;
    for (size_t i = service->first; i < service->specific; i++) {
        if (!hits(&open->items[i], place))
            continue;
        any = true;
        if (visit == NULL || !visit(context, i))
            return true;
    }
    for (size_t i = first_of(open, service, place->resource_id);
         i < service->end && span_equal(open->items[i].resource_id, place->resource_id); i++) {
        if (!hits(&open->items[i], place))
            continue;
        any = true;
        if (visit == NULL || !visit(context, i))
            return true;
    }
    return any;
}
