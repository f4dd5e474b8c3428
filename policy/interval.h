/*
 * A set of seconds as disjoint half-open intervals, in order. Intervals that touch are one.
 *
 * Kept as a list of short sorted runs, so that n additions in any order take n log n comparisons
 * and n moves of at most one run: a resource may have a million faults.
 */
#ifndef POLICY_INTERVAL_H
#define POLICY_INTERVAL_H

#include <stddef.h>
#include <stdint.h>

#include "policy/arena.h"

struct interval {
    int64_t from; /* included */
    int64_t to;   /* excluded; > from */
};

struct interval_run;

struct interval_set {
    struct arena *arena;        /* borrowed: gives the memory, and takes it along; NULL: malloc */
    struct interval_run **runs; /* none empty, by time */
    size_t run_count;
    size_t run_capacity;
};

/* An empty set needs no memory: `struct interval_set set = {0};`. */
void interval_set_release(struct interval_set *set);

/* Adds the seconds from `from` to before `to` (from < to): 0, or -1 when memory is out. */
int interval_set_add(struct interval_set *set, int64_t from, int64_t to)
    __attribute__((warn_unused_result));

/*
 * What of [from, to) is not in the set: how many seconds, and, when there are any, the bounds of
 * those seconds.
 */
int64_t interval_set_missing(const struct interval_set *set, int64_t from, int64_t to,
                             struct interval *bounds);

/* Calls visit with every interval of the set in order; stops and returns -1 when it does. */
int interval_set_visit(const struct interval_set *set,
                       int (*visit)(void *context, struct interval interval), void *context);

#endif
