/*
 * The seconds of a claim, for its explanation (policy/explain.h): bars of a timeline.
 */
#ifndef POLICY_EXPLAIN_SECONDS_H
#define POLICY_EXPLAIN_SECONDS_H

#include "policy/explain.h"

/* The claim that is told, and where to. */
struct claim_walk {
    struct notebook *book;
    const struct explained_claim *it;
    struct explanation *out;
};

/* The timeline of a compensated row: how many seconds count. */
int64_t explain_seconds(const struct claim_walk *walk);

/* The timeline of a basis, in service from `from` to `to`, of which no second was left. */
void explain_nothing_left(const struct claim_walk *walk, struct span resource_id, struct span label,
                          int64_t from, int64_t to);

/* Which other claims of the period went first, as far as they took seconds of the resource. */
void explain_rivals(const struct claim_walk *walk, struct span resource_id);

#endif
