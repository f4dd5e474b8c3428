/*
 * The incidents of a month that can still be claimed after it: compensable, rectified before the
 * period's end, the window for claims still open then (docs/exposure.md). By service and resource,
 * so that a row finds those that hit it quickly.
 */
#ifndef BATCH_OPEN_INCIDENTS_H
#define BATCH_OPEN_INCIDENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "batch/month.h"

struct open_incident {
    const struct incident *incident; /* of the month */
    const struct terms *terms;
    int64_t window_ends_at; /* the last instant at which a claim is in time */
    int64_t from, to;       /* the incident's, side by side: each row of a month asks for them */
    struct span region;
    struct span resource_id;
    uint64_t resource_key; /* its first bytes, as a number */
};

/* Those of a service: first the ones that hit all its resources, then those that hit one. */
struct open_service {
    struct span service;
    size_t first;
    size_t specific; /* the first that hits one resource */
    size_t end;
    int64_t earliest; /* start of any of them */
    int64_t latest;   /* end */
};

/* `struct open_incidents open = {0};` is empty and ready. */
struct open_incidents {
    struct open_incident *items; /* by service, resource_id, incident_id */
    size_t count;
    struct open_service *services; /* by hash of the service; free: no service */
    size_t service_mask;
    int utc_offset_seconds;
};

/*
 * Picks them from the month's incidents: 0, or -1 with err filled: ERROR_INPUT where no version of
 * the policy covers one that may be open.
 */
int open_incidents_find(struct open_incidents *open, const struct month *month, struct error *err)
    __attribute__((warn_unused_result));
void open_incidents_release(struct open_incidents *open);

/* A cost basis, as far as it is known when its row is read. */
struct basis_place {
    struct span service;
    struct span region;
    struct span resource_id;
    int64_t from;
    int64_t to;
};

/* False for an order that is no basis. */
bool basis_place_of_order(const struct order *order, struct basis_place *place);
void basis_place_of_usage(const struct usage *usage, int utc_offset_seconds,
                          struct basis_place *place);

/*
 * Calls `visit` with the number of every open incident that hits the basis, until it says false;
 * whether there is one. visit may be NULL.
 */
bool open_incidents_hit(const struct open_incidents *open, const struct basis_place *place,
                        bool (*visit)(void *context, size_t number), void *context);

#endif
