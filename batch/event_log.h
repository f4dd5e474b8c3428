/*
 * The accepted rows of one kind of event, packed, until it is known which of them are judged now
 * and where they belong: written by the reading threads, then scanned, as often as needed, in
 * order of writer and row. What does not fit the memory is spilled.
 */
#ifndef BATCH_EVENT_LOG_H
#define BATCH_EVENT_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "batch/positions.h"
#include "batch/spill.h"
#include "policy/error.h"
#include "readers/table.h"

struct event_log_writer {
    struct spill_stream *segments;
    size_t segment_count;
    size_t segment_capacity;
    size_t rows;
};

struct event_log {
    const struct table *table;
    struct spill *spill;
    struct event_log_writer *writers;
    int writer_count;
    struct positions dropped;
};

/* The spill is borrowed. 0, or -1 with err filled; release in either case. */
int event_log_open(struct event_log *log, const struct table *table, struct spill *spill,
                   int writer_count, struct error *err) __attribute__((warn_unused_result));
void event_log_release(struct event_log *log);

/* By several writers at once, each with its own number. */
int event_log_add(struct event_log *log, int writer, const void *record,
                  struct row_position position, struct error *err)
    __attribute__((warn_unused_result));

/* A row that was added does not count after all. By one at a time; event_log_end behind them. */
int event_log_drop(struct event_log *log, struct row_position position, struct error *err)
    __attribute__((warn_unused_result));
void event_log_end(struct event_log *log);

/* Rows added, the dropped ones included: a row's number in every scan is below it. */
size_t event_log_rows(const struct event_log *log);

/*
 * Visits every row that was not dropped. Records die when the call returns. 0, or -1 with err
 * filled; a visit returns the same.
 */
int event_log_scan(struct event_log *log,
                   int (*visit)(void *context, size_t number, const void *record,
                                struct row_position position, struct error *err),
                   void *context, struct error *err) __attribute__((warn_unused_result));

#endif
