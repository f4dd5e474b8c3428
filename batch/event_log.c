/*
 * Owns the log's segments. Knows nothing of what the rows mean.
 */
#include "batch/event_log.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "batch/packed_row.h"
#include "policy/arena.h"
#include "readers/crew.h"

enum { SEGMENT_BYTES = 512 * 1024, ROW_ROOM = 24 * 1024 };

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

int event_log_open(struct event_log *log, const struct table *table, struct spill *spill,
                   int writer_count, struct error *err)
{
    *log = (struct event_log){.table = table, .spill = spill, .writer_count = writer_count};
    log->writers = calloc((size_t)writer_count, sizeof(*log->writers));
    return log->writers == NULL ? out_of_memory(err) : 0;
}

void event_log_release(struct event_log *log)
{
    for (int i = 0; log->writers != NULL && i < log->writer_count; i++) {
        struct event_log_writer *writer = &log->writers[i];

        for (size_t j = 0; j < writer->segment_count; j++)
            spill_stream_release(log->spill, &writer->segments[j].rows);
        free(writer->segments);
    }
    free(log->writers);
    positions_release(&log->dropped);
    *log = (struct event_log){0};
}

/* The segment that is being filled: a new one where the last is full. */
static struct event_log_segment *segment_to_fill(struct event_log_writer *writer)
{
    struct event_log_segment *last = NULL;

    if (writer->segment_count > 0) {
        last = &writer->segments[writer->segment_count - 1];
        if (spill_stream_bytes(&last->rows) < SEGMENT_BYTES)
            return last;
    }
    if (writer->segment_count == writer->segment_capacity) {
        size_t capacity = writer->segment_capacity * 2 + 16;
        struct event_log_segment *segments =
            realloc(writer->segments, capacity * sizeof(*writer->segments));

        if (segments == NULL)
            return NULL;
        writer->segments = segments;
        writer->segment_capacity = capacity;
    }
    writer->segments[writer->segment_count] = (struct event_log_segment){0};
    return &writer->segments[writer->segment_count++];
}

int event_log_add(struct event_log *log, int writer_number, const void *record,
                  struct row_position position, struct error *err)
{
    struct event_log_segment *segment = segment_to_fill(&log->writers[writer_number]);
    char room[ROW_ROOM];

    if (segment == NULL)
        return out_of_memory(err);
    assert(packed_row_bound(log->table, record) <= sizeof(room));
    segment->row_count++;
    return spill_stream_append(log->spill, &segment->rows, room,
                               packed_row_put(log->table, record, position, room), err);
}

int event_log_drop(struct event_log *log, struct row_position position, struct error *err)
{
    return positions_add(&log->dropped, position, err);
}

void event_log_end(struct event_log *log)
{
    positions_sort(&log->dropped);
}

size_t event_log_rows(const struct event_log *log)
{
    size_t rows = 0;

    for (int i = 0; i < log->writer_count; i++)
        for (size_t j = 0; j < log->writers[i].segment_count; j++)
            rows += log->writers[i].segments[j].row_count;
    return rows;
}

/* ---- scanning ---- */

/* A segment to be scanned, and the number of its first row. */
struct stretch {
    const struct event_log_segment *segment;
    size_t number;
};

struct scanning {
    struct event_log *log;
    event_log_visit visit;
    void *context;
    struct stretch *stretches;
    size_t stretch_count;

    pthread_mutex_t mutex; /* of what follows */
    size_t next;
    bool failed;
    struct error failure;
};

static int list_stretches(struct scanning *scan, struct error *err)
{
    const struct event_log *log = scan->log;
    size_t number = 0;

    for (int i = 0; i < log->writer_count; i++)
        scan->stretch_count += log->writers[i].segment_count;
    scan->stretches = malloc((scan->stretch_count + 1) * sizeof(*scan->stretches));
    if (scan->stretches == NULL)
        return out_of_memory(err);
    scan->stretch_count = 0;
    for (int i = 0; i < log->writer_count; i++)
        for (size_t j = 0; j < log->writers[i].segment_count; j++) {
            const struct event_log_segment *segment = &log->writers[i].segments[j];

            scan->stretches[scan->stretch_count++] = (struct stretch){segment, number};
            number += segment->row_count;
        }
    return 0;
}

static int scan_stretch(const struct scanning *scan, int thread, const struct stretch *stretch,
                        char *bytes, struct error *err)
{
    const struct event_log *log = scan->log;
    const char *at = bytes;
    const char *end = bytes + spill_stream_bytes(&stretch->segment->rows);
    size_t number = stretch->number;
    struct arena arena = {0};
    int status = 0;

    if (spill_stream_read(log->spill, &stretch->segment->rows, bytes, err) != 0)
        return -1;
    for (; at < end && status == 0; number++) {
        struct logged_row row = {.number = number};
        const char *begin = at;
        void *record = NULL;

        at = packed_row_get(log->table, at, end, &arena, &record, &row.position);
        if (at == NULL) {
            status = out_of_memory(err);
            break;
        }
        row.record = record;
        row.packed = (struct span){begin, (size_t)(at - begin)};
        if (!positions_has(&log->dropped, row.position))
            status = scan->visit(scan->context, thread, &row, err);
    }
    arena_release(&arena);
    return status;
}

/* NULL: nothing is left, or a thread has failed. */
static const struct stretch *next_stretch(struct scanning *scan)
{
    const struct stretch *stretch = NULL;

    (void)pthread_mutex_lock(&scan->mutex);
    if (!scan->failed && scan->next < scan->stretch_count)
        stretch = &scan->stretches[scan->next++];
    (void)pthread_mutex_unlock(&scan->mutex);
    return stretch;
}

static void fail(struct scanning *scan, const struct error *failure)
{
    (void)pthread_mutex_lock(&scan->mutex);
    if (!scan->failed)
        scan->failure = *failure;
    scan->failed = true;
    (void)pthread_mutex_unlock(&scan->mutex);
}

static void scan_some(void *context, int thread)
{
    struct scanning *scan = context;
    char *bytes = malloc(SEGMENT_BYTES + ROW_ROOM);
    const struct stretch *stretch = NULL;
    struct error err = {0};
    int status = bytes == NULL ? out_of_memory(&err) : 0;

    while (status == 0 && (stretch = next_stretch(scan)) != NULL)
        status = scan_stretch(scan, thread, stretch, bytes, &err);
    if (status != 0)
        fail(scan, &err);
    free(bytes);
}

int event_log_scan(struct event_log *log, int threads, event_log_visit visit, void *context,
                   struct error *err)
{
    struct scanning scan = {
        .log = log, .visit = visit, .context = context, .mutex = PTHREAD_MUTEX_INITIALIZER};

    if (list_stretches(&scan, err) != 0)
        return -1;
    if ((size_t)threads > scan.stretch_count)
        threads = scan.stretch_count > 0 ? (int)scan.stretch_count : 1;
    crew_run(threads, scan_some, &scan);
    free(scan.stretches);
    return scan.failed ? error_set(err, scan.failure.kind, "%s", scan.failure.detail) : 0;
}
