/*
 * The carry-forward: what a period leaves for the next (policy.md, "Periods"; docs/formats.md).
 *
 * Held and deferred rows are CSV files in the layout of the exports, read by the same readers.
 * What was decided is sorted, tab-separated, gzip'ed lines (readers/state.h); a run streams them
 * past what it knows of its own events, and merges what it decided into them (batch/carry.h):
 * memory grows with the month, not with the history.
 *
 * Every period writes every file. One that is missing, or does not read, is ERROR_CLOSED: the
 * books were damaged after they were published. Nothing read may be used after a failure.
 */
#ifndef BATCH_HISTORY_H
#define BATCH_HISTORY_H

#include "batch/month.h"
#include "policy/state_layout.h"

/* The previous period's carry-forward folder. */
struct history {
    int folder_fd;    /* -1: the first period, no history */
    const char *path; /* of the same folder */
};

/*
 * Hands every carried row of the input to the sink; none when there is no history, or when rows
 * of the input are never carried.
 */
int history_carried_rows(const struct history *history, const struct read_options *options,
                         enum input input, const struct row_sink *sink, struct error *err)
    __attribute__((warn_unused_result));

/*
 * Calls `decided` with every id of the kind that an earlier period decided, in byte order: 0, or
 * -1 with err filled.
 */
int history_decided_ids(const struct history *history, enum event_kind kind,
                        int (*decided)(void *context, struct span id, struct error *err),
                        void *context, struct error *err) __attribute__((warn_unused_result));

/*
 * Takes one row of the file, in the order of history_layouts (batch/history_rows.h), into the
 * month, if it is about one of its accounts or orders; the rows of a file come in their order.
 */
int history_take(int file, struct month *month, const struct state_row *row, struct error *err)
    __attribute__((warn_unused_result));

/*
 * Fills the month's history of the accounts of its due events and of its kept orders; sources_read
 * comes before. Accounts that have nothing but tickets need no history.
 */
int history_load(const struct history *history, struct month *month, struct error *err)
    __attribute__((warn_unused_result));

#endif
