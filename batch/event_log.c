/*
 * Owns the log's segments. Knows nothing of what the rows mean.
 */
#include "batch/event_log.h"

#include <assert.h>
#include <stdlib.h>

#include "batch/packed_row.h"
#include "policy/arena.h"

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
            spill_stream_release(log->spill, &writer->segments[j]);
        free(writer->segments);
    }
    free(log->writers);
    positions_release(&log->dropped);
    *log = (struct event_log){0};
}

/* The segment that is being filled: a new one where the last is full. */
static struct spill_stream *segment_to_fill(struct event_log_writer *writer)
{
    if (writer->segment_count > 0 &&
        spill_stream_bytes(&writer->segments[writer->segment_count - 1]) < SEGMENT_BYTES)
        return &writer->segments[writer->segment_count - 1];
    if (writer->segment_count == writer->segment_capacity) {
        size_t capacity = writer->segment_capacity * 2 + 16;
        struct spill_stream *segments =
            realloc(writer->segments, capacity * sizeof(*writer->segments));

        if (segments == NULL)
            return NULL;
        writer->segments = segments;
        writer->segment_capacity = capacity;
    }
    writer->segments[writer->segment_count] = (struct spill_stream){0};
    return &writer->segments[writer->segment_count++];
}

int event_log_add(struct event_log *log, int writer_number, const void *record,
                  struct row_position position, struct error *err)
{
    struct event_log_writer *writer = &log->writers[writer_number];
    struct spill_stream *segment = segment_to_fill(writer);
    char room[ROW_ROOM];

    if (segment == NULL)
        return out_of_memory(err);
    assert(packed_row_bound(log->table, record) <= sizeof(room));
    writer->rows++;
    return spill_stream_append(log->spill, segment, room,
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
        rows += log->writers[i].rows;
    return rows;
}

struct scanning {
    struct event_log *log;
    int (*visit)(void *context, size_t number, const void *record, struct row_position position,
                 struct error *err);
    void *context;
    struct error *err;
    char *bytes;
    size_t number;
};

static int scan_segment(struct scanning *scan, struct spill_stream *segment)
{
    const struct event_log *log = scan->log;
    const char *at = scan->bytes;
    const char *end = scan->bytes + spill_stream_bytes(segment);
    struct arena arena = {0};
    int status = 0;

    if (spill_stream_read(log->spill, segment, scan->bytes, scan->err) != 0)
        return -1;
    while (at < end && status == 0) {
        struct row_position position;
        void *record = NULL;

        at = packed_row_get(log->table, at, end, &arena, &record, &position);
        if (at == NULL)
            status = out_of_memory(scan->err);
        else if (!positions_has(&log->dropped, position))
            status = scan->visit(scan->context, scan->number, record, position, scan->err);
        scan->number++;
    }
    arena_release(&arena);
    return status;
}

int event_log_scan(struct event_log *log,
                   int (*visit)(void *context, size_t number, const void *record,
                                struct row_position position, struct error *err),
                   void *context, struct error *err)
{
    struct scanning scan = {log, visit, context, err, malloc(SEGMENT_BYTES + ROW_ROOM), 0};
    int status = 0;

    if (scan.bytes == NULL)
        return out_of_memory(err);
    for (int i = 0; i < log->writer_count && status == 0; i++) {
        const struct event_log_writer *writer = &log->writers[i];

        for (size_t j = 0; j < writer->segment_count && status == 0; j++)
            status = scan_segment(&scan, &writer->segments[j]);
    }
    free(scan.bytes);
    return status;
}
