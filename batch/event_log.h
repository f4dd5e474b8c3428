/*
 * The accepted rows of one kind of event, packed, until it is known which of them are judged now
 * and where they belong: written by the reading threads, then scanned, as often as needed, by one
 * thread or several. What does not fit the memory is spilled.
 */
#ifndef BATCH_EVENT_LOG_H
#define BATCH_EVENT_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "batch/positions.h"
#include "batch/spill.h"
#include "policy/error.h"
#include "policy/span.h"
#include "readers/table.h"

struct event_log_segment {
    struct spill_stream rows;
    size_t row_count;
};

struct event_log_writer {
    struct event_log_segment *segments;
    size_t segment_count;
    size_t segment_capacity;
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

/* A row as a scan comes upon it. What it points at dies when the visit is over. */
struct logged_row {
    size_t number; /* the same in every scan */
    const void *record;
    struct row_position position;
    struct span packed; /* both, as batch/packed_row.h has them */
};

/* Takes a row, and which of the scan's threads it is. 0, or -1 with err filled. */
typedef int (*event_log_visit)(void *context, int thread, const struct logged_row *row,
                               struct error *err);

/*
 * Visits every row that was not dropped; by several threads, in no order. 0, or -1 with err filled.
 */
int event_log_scan(struct event_log *log, int threads, event_log_visit visit, void *context,
                   struct error *err) __attribute__((warn_unused_result));

#endif
