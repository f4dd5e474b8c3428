/*
 * The control totals of a run, and the identities between them (outputs.md, controls.csv): they
 * hold, or nothing is published.
 */
#ifndef BATCH_CONTROLS_H
#define BATCH_CONTROLS_H

#include "batch/month.h"
#include "batch/publication.h"
#include "policy/control.h"

struct controls {
    struct control *items;
    size_t count;
    size_t capacity;
    struct control_identity *identities;
    size_t identity_count;
    size_t identity_capacity;
};

/* Gathers all figures of a settled month: 0, or -1 with err filled. */
int controls_gather(struct controls *controls, const struct month *month,
                    const struct publication *publication, struct error *err)
    __attribute__((warn_unused_result));

/* ERROR_CONTROL, naming the first identity that does not hold and both its sides. */
int controls_check(const struct controls *controls, struct error *err)
    __attribute__((warn_unused_result));

void controls_release(struct controls *controls);

#endif
