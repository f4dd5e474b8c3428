/*
 * Which of the month's events are judged now, held, or decided before (policy.md, "Periods"), and
 * the incidents that claims are judged by.
 */
#ifndef BATCH_EVENTS_H
#define BATCH_EVENTS_H

#include "batch/history.h"
#include "batch/month.h"

enum event_fate { EVENT_DUE, EVENT_HELD, EVENT_DECIDED };

/* What becomes of an event of the time; `decided`: an earlier period decided it. */
enum event_fate event_fate_of(const struct month *month, int64_t time, bool carried, bool decided);

/* The same, counted in the figures of the event's kind. */
enum event_fate event_sort_out(const struct month *month, struct event_figures *figures,
                               int64_t time, bool carried, bool decided);

/* Hands the carried rows of the input to the sink, none of them too old. 0, or -1, err filled. */
int events_carried_rows(const struct month *month, const struct history *history, enum input input,
                        const struct row_sink *sink, struct error *err)
    __attribute__((warn_unused_result));

/* For such a sink: a carried row never is bad. */
int events_refuse_carried(void *context, const struct reject *reject, const void *record,
                          uint32_t readable, struct error *err);

/* Reads the incidents, and the carried ones, into the month: 0, or -1 with err filled. */
int events_read_incidents(struct month *month, const struct history *history, struct error *err)
    __attribute__((warn_unused_result));

/* ERROR_INPUT when due claims or filings come without the file that they are judged by. */
int events_check_files(const struct month *month, bool claims, bool filings, struct error *err)
    __attribute__((warn_unused_result));

#endif
