/*
 * What open incidents may still cost: the liability at a period's end (docs/exposure.md).
 */
#ifndef POLICY_EXPOSURE_H
#define POLICY_EXPOSURE_H

#include <stdint.h>

#include "policy/decimal.h"
#include "policy/records.h"
#include "policy/terms.h"

/*
 * One incident in one currency, or, where incident is NULL, all incidents. gross = already +
 * exposure. Seconds are the resources' seconds added up.
 */
struct exposure_row {
    const struct incident *incident;
    const struct terms *terms; /* that judge it; NULL for a total */
    int64_t window_ends_at;    /* the last instant at which a claim is in time */
    int32_t currency;          /* CURRENCY_NONE: no resource is affected, all below is zero */
    int64_t incidents;         /* 1, or of a total, those with a resource affected */
    int64_t resources;         /* affected */
    int64_t fault_seconds;     /* theirs */
    int64_t open_resources;    /* with seconds that are not compensated yet */
    int64_t open_seconds;      /* these */
    struct decimal gross;      /* owed if all claimed, and nothing had been compensated */
    struct decimal already;    /* of it, for seconds that are compensated by now */
    struct decimal exposure;   /* owed if all claimed now */
};

#endif
