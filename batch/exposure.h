/*
 * What a month's open incidents may still cost, computed while the month is settled: behind the
 * decisions of each account, its open incidents are claimed by all of its resources, on trial
 * (docs/exposure.md).
 *
 * Order of calls: exposure_begin once the month's incidents are read, so that the orders and usage
 * lines that open incidents hit are kept; then the parts are settled, exposure_seconds and
 * exposure_account being called from the sink's seconds and account; then exposure_rows or
 * exposure_totals; exposure_release. Threads that settle side by side share the open incidents
 * (exposure_share), and their sums are merged. `struct exposure exposure = {0};` is empty.
 *
 * The trial changes nothing of the month.
 */
#ifndef BATCH_EXPOSURE_H
#define BATCH_EXPOSURE_H

#include "batch/month.h"
#include "batch/open_incidents.h"
#include "policy/account_case.h"
#include "policy/exposure.h"
#include "policy/interval.h"

struct exposure_line;

/* What one incident comes to, by currency. */
struct exposure_lines {
    struct exposure_line *items;
    size_t count;
    size_t capacity;
};

struct exposure {
    struct open_incidents open;
    struct exposure_lines *lines;   /* by number in `open` */
    struct compensated_span *spans; /* of the account at hand */
    size_t span_count;
    size_t span_capacity;
};

/* All: 0, or -1 with err filled. */
int exposure_begin(struct exposure *exposure, struct month *month, struct error *err)
    __attribute__((warn_unused_result));
void exposure_release(struct exposure *exposure);

/* The same open incidents, no sums yet; `whole` must stay. */
int exposure_share(struct exposure *part, const struct exposure *whole, struct error *err)
    __attribute__((warn_unused_result));
void exposure_part_release(struct exposure *part);

/* Adds the part's sums to the whole's, and clears them. No account is in two parts. */
int exposure_merge(struct exposure *whole, struct exposure *part, struct error *err)
    __attribute__((warn_unused_result));

/* A span of the account at hand that is compensated by now. */
int exposure_seconds(struct exposure *exposure, struct span resource_id, struct interval interval,
                     struct error *err) __attribute__((warn_unused_result));

/* The account as it is settled: claims all that is open. */
int exposure_account(struct exposure *exposure, const struct month *month,
                     const struct account_case *account, struct error *err)
    __attribute__((warn_unused_result));

/* Where rows go; they die when the call returns. 0, or -1 with err filled. */
struct exposure_sink {
    void *context;
    int (*row)(void *context, const struct exposure_row *row, struct error *err);
};

/* Every open incident by currency, in byte order of incident_id and currency. */
int exposure_rows(struct exposure *exposure, const struct exposure_sink *sink, struct error *err)
    __attribute__((warn_unused_result));

/* What they come to, by currency. */
int exposure_totals(const struct exposure *exposure, const struct exposure_sink *sink,
                    struct error *err) __attribute__((warn_unused_result));

#endif
