/*
 * Which period a run may close, and what the one before it left: its carry-forward, once its
 * manifest and every file that the manifest names have been found unchanged.
 */
#ifndef BATCH_PREVIOUS_H
#define BATCH_PREVIOUS_H

#include <stdbool.h>
#include <stdint.h>

#include "batch/books.h"
#include "batch/history.h"
#include "batch/options.h"
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/manifest.h"

/* What the run is to do with its period. */
enum closing {
    CLOSING_NEW,     /* publish it */
    CLOSING_REPEAT,  /* it is closed: the same inputs must give the same bytes */
    CLOSING_RESTATE, /* it is the last: replace it */
};

struct previous {
    enum closing closing;
    int32_t opening;                     /* the first period that the books answer for */
    int32_t period;                      /* the one before; PERIOD_NONE: none */
    char sha256[OUTPUT_SHA256_TEXT_MAX]; /* of its manifest */
    struct history history;              /* its carry-forward */
    char path[4096];                     /* history.path */
    bool has_published;                  /* CLOSING_REPEAT, CLOSING_RESTATE: */
    struct manifest published;           /* the period's own manifest, as it is now */
    struct arena arena;
};

/*
 * ERROR_CLOSED: out of order, or the previous period is damaged. ERROR_USAGE: --opening-from is
 * after the period, or not what the books remember. Release it in either case.
 */
int previous_open(struct previous *previous, const struct books *books,
                  const struct options *options, struct error *err)
    __attribute__((warn_unused_result));
void previous_release(struct previous *previous);

#endif
