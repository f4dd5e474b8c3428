/*
 * Owns interval arithmetic, exact to the second. Knows nothing of resources or money.
 */
#include "policy/interval.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { RUN_INTERVALS_MIN = 2, RUN_INTERVALS_MAX = 128, RUNS_MIN = 1 };

struct interval_run {
    size_t count;
    size_t capacity; /* RUN_INTERVALS_MIN to RUN_INTERVALS_MAX */
    struct interval intervals[];
};

/* A place in the set: an interval of a run, or one past the last run. */
struct place {
    size_t run;
    size_t index;
};

/* ---- memory ---- */

static void *take(const struct interval_set *set, size_t bytes)
{
    return set->arena == NULL ? malloc(bytes) : arena_alloc(set->arena, bytes);
}

/* What an arena gave goes with the arena. */
static void drop(const struct interval_set *set, void *memory)
{
    if (set->arena == NULL)
        free(memory);
}

void interval_set_release(struct interval_set *set)
{
    for (size_t i = 0; i < set->run_count; i++)
        drop(set, set->runs[i]);
    drop(set, set->runs);
    *set = (struct interval_set){.arena = set->arena};
}

/* Room for one more in the list of runs: 0, or -1 when memory is out. */
static int grow_list(struct interval_set *set)
{
    const size_t capacity = set->run_capacity == 0 ? RUNS_MIN : set->run_capacity * 2;
    struct interval_run **runs = take(set, capacity * sizeof(*runs));

    if (runs == NULL)
        return -1;
    if (set->run_count > 0)
        memcpy(runs, set->runs, set->run_count * sizeof(*runs));
    drop(set, set->runs);
    set->runs = runs;
    set->run_capacity = capacity;
    return 0;
}

static struct interval_run *make_run(const struct interval_set *set, size_t capacity)
{
    struct interval_run *run = take(set, sizeof(*run) + capacity * sizeof(*run->intervals));

    if (run != NULL)
        *run = (struct interval_run){.capacity = capacity};
    return run;
}

/* Room for one more in the run at `index`, which has not as many as it may: 0, or -1. */
static int grow_run(struct interval_set *set, size_t index)
{
    struct interval_run *run = set->runs[index];
    struct interval_run *grown = NULL;

    if (run->count < run->capacity)
        return 0;
    grown = make_run(set, run->capacity * 2);
    if (grown == NULL)
        return -1;
    memcpy(grown->intervals, run->intervals, run->count * sizeof(*run->intervals));
    grown->count = run->count;
    drop(set, run);
    set->runs[index] = grown;
    return 0;
}

/* ---- places ---- */

/* The first interval that ends at or after `instant`. */
static struct place first_ending_from(const struct interval_set *set, int64_t instant)
{
    size_t low = 0;
    size_t high = set->run_count;
    struct place place = {0, 0};

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct interval_run *run = set->runs[middle];

        if (run->intervals[run->count - 1].to < instant)
            low = middle + 1;
        else
            high = middle;
    }
    place.run = low;
    if (low == set->run_count)
        return place;
    low = 0;
    high = set->runs[place.run]->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (set->runs[place.run]->intervals[middle].to < instant)
            low = middle + 1;
        else
            high = middle;
    }
    place.index = low;
    return place;
}

static const struct interval *at(const struct interval_set *set, struct place place)
{
    return place.run < set->run_count ? &set->runs[place.run]->intervals[place.index] : NULL;
}

static struct place next(const struct interval_set *set, struct place place)
{
    if (++place.index == set->runs[place.run]->count) {
        place.run++;
        place.index = 0;
    }
    return place;
}

/* ---- changes ---- */

/* Puts an empty run at `index` of the list. */
static struct interval_run *insert_run(struct interval_set *set, size_t index, size_t capacity)
{
    struct interval_run *run = NULL;

    if (set->run_count == set->run_capacity && grow_list(set) != 0)
        return NULL;
    run = make_run(set, capacity);
    if (run == NULL)
        return NULL;
    memmove(&set->runs[index + 1], &set->runs[index],
            (set->run_count - index) * sizeof(*set->runs));
    set->runs[index] = run;
    set->run_count++;
    return run;
}

/* Inserts an interval before the place; no neighbour touches it. */
static int insert(struct interval_set *set, struct place place, struct interval interval)
{
    struct interval_run *run = NULL;

    if (place.run == set->run_count) {
        if (place.run > 0 && set->runs[place.run - 1]->count < RUN_INTERVALS_MAX) {
            place.run--;
            place.index = set->runs[place.run]->count;
        } else if (insert_run(set, place.run, RUN_INTERVALS_MIN) == NULL) {
            return -1;
        }
    }
    run = set->runs[place.run];
    if (run->count == RUN_INTERVALS_MAX) {
        const size_t half = RUN_INTERVALS_MAX / 2;
        struct interval_run *upper = insert_run(set, place.run + 1, RUN_INTERVALS_MAX);

        if (upper == NULL)
            return -1;
        memcpy(upper->intervals, &run->intervals[half], half * sizeof(*upper->intervals));
        upper->count = half;
        run->count = half;
        if (place.index > half) {
            place.index -= half;
            place.run++;
        }
    }
    if (grow_run(set, place.run) != 0)
        return -1;
    run = set->runs[place.run];
    memmove(&run->intervals[place.index + 1], &run->intervals[place.index],
            (run->count - place.index) * sizeof(*run->intervals));
    run->intervals[place.index] = interval;
    run->count++;
    return 0;
}

/* Removes the interval at the place, and its run when that was the last of it. */
static struct place erase(struct interval_set *set, struct place place)
{
    struct interval_run *run = set->runs[place.run];

    run->count--;
    memmove(&run->intervals[place.index], &run->intervals[place.index + 1],
            (run->count - place.index) * sizeof(*run->intervals));
    if (run->count == 0) {
        drop(set, run);
        set->run_count--;
        memmove(&set->runs[place.run], &set->runs[place.run + 1],
                (set->run_count - place.run) * sizeof(*set->runs));
        return (struct place){place.run, 0};
    }
    if (place.index == run->count)
        return (struct place){place.run + 1, 0};
    return place;
}

int interval_set_add(struct interval_set *set, int64_t from, int64_t to)
{
    struct interval merged = {from, to};
    struct place place = first_ending_from(set, from);
    const struct interval *touching = at(set, place);
    struct interval *kept = NULL;

    assert(from < to);
    if (touching == NULL || touching->from > to)
        return insert(set, place, merged);

    if (touching->from < merged.from)
        merged.from = touching->from;
    if (touching->to > merged.to)
        merged.to = touching->to;
    kept = &set->runs[place.run]->intervals[place.index];
    *kept = merged;

    place = next(set, place);
    for (touching = at(set, place); touching != NULL && touching->from <= merged.to;
         touching = at(set, place)) {
        if (touching->to > merged.to)
            merged.to = touching->to;
        place = erase(set, place);
    }
    kept->to = merged.to;
    return 0;
}

int64_t interval_set_missing(const struct interval_set *set, int64_t from, int64_t to,
                             struct interval *bounds)
{
    int64_t seconds = 0;
    int64_t reached = from;
    struct place place = first_ending_from(set, from);

    while (reached < to) {
        const struct interval *covered = at(set, place);
        int64_t gap_end = covered == NULL || covered->from > to ? to : covered->from;

        if (gap_end > reached) {
            if (seconds == 0)
                bounds->from = reached;
            bounds->to = gap_end;
            seconds += gap_end - reached;
        }
        if (covered == NULL)
            break;
        if (covered->to > reached)
            reached = covered->to;
        if (covered->from >= to)
            break;
        place = next(set, place);
    }
    return seconds;
}

int interval_set_visit(const struct interval_set *set,
                       int (*visit)(void *context, struct interval interval), void *context)
{
    for (size_t i = 0; i < set->run_count; i++)
        for (size_t j = 0; j < set->runs[i]->count; j++)
            if (visit(context, set->runs[i]->intervals[j]) != 0)
                return -1;
    return 0;
}
