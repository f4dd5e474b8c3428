/*
 * Owns runs of sorted lines, in memory and spilled, and their merging.
 *
 * A line in memory, and in a file, is its size in two bytes, then its bytes.
 */
#include "batch/line_sort.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "batch/line_order.h"
#include "batch/scratch.h"
#include "policy/key_sort.h"

enum {
    SIZE_BYTES = 2,
    TEXT_BYTES_MIN = 16 * 1024,
    MEMORY_BYTES_MIN = 256 * 1024,
    READ_BYTES = 32 * 1024, /* of each run while merging */
    MERGE_RUNS = 128,       /* at once: 4 MiB */
};

/* Sorted lines: in memory, or in a file. */
struct run {
    struct line_batch batch; /* in memory */
    size_t next;             /* of its lines */

    int fd;          /* -1: in memory */
    uint64_t offset; /* of what is not read yet */
    uint64_t end;
    char *buffer;
    size_t buffer_at;
    size_t buffer_size;

    struct span line;  /* at hand */
    uint64_t front[2]; /* its first sixteen bytes, as numbers */
};

struct line_sort {
    int folder_fd;
    size_t memory_bytes;
    bool unique;

    struct line_batch batch; /* being filled */
    size_t text_capacity;
    size_t line_capacity;

    int *fds; /* of runs, to be closed */
    size_t fd_count;
    int fd; /* where this sorter's own runs go; -1: none yet */
    uint64_t file_bytes;

    struct run *runs;
    size_t run_count;
    size_t run_capacity;
    size_t *heap; /* runs that have a line at hand, the smallest first */
    size_t heap_count;

    char last[LINE_SORT_BYTES_MAX]; /* the line handed out last, where unique */
    size_t last_size;
    bool any;
};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

struct line_sort *line_sort_open(int spill_folder_fd, size_t memory_bytes, bool unique,
                                 struct error *err)
{
    struct line_sort *sorter = calloc(1, sizeof(*sorter));

    if (sorter == NULL) {
        (void)out_of_memory(err);
        return NULL;
    }
    sorter->folder_fd = spill_folder_fd;
    sorter->memory_bytes = memory_bytes < MEMORY_BYTES_MIN ? MEMORY_BYTES_MIN : memory_bytes;
    sorter->unique = unique;
    sorter->fd = -1;
    return sorter;
}

static void release_batch(struct line_batch *batch)
{
    free(batch->text);
    free(batch->lines);
    *batch = (struct line_batch){0};
}

static void release_run(struct run *run)
{
    release_batch(&run->batch);
    free(run->buffer);
}

void line_sort_close(struct line_sort *sorter)
{
    if (sorter == NULL)
        return;
    release_batch(&sorter->batch);
    for (size_t i = 0; i < sorter->run_count; i++)
        release_run(&sorter->runs[i]);
    for (size_t i = 0; i < sorter->fd_count; i++)
        (void)close(sorter->fds[i]);
    free(sorter->fds);
    free(sorter->runs);
    free(sorter->heap);
    free(sorter);
}

static void put_size(char *at, size_t size)
{
    at[0] = (char)(size & 0xff);
    at[1] = (char)(size >> 8);
}

static size_t size_at(const char *at)
{
    return (size_t)(unsigned char)at[0] | (size_t)(unsigned char)at[1] << 8;
}

/* ---- runs ---- */

static int add_run(struct line_sort *sorter, struct run run, struct error *err)
{
    if (sorter->run_count == sorter->run_capacity) {
        size_t capacity = sorter->run_capacity * 2 + 8;
        struct run *runs = realloc(sorter->runs, capacity * sizeof(*runs));

        if (runs == NULL)
            return out_of_memory(err);
        sorter->runs = runs;
        sorter->run_capacity = capacity;
    }
    sorter->runs[sorter->run_count++] = run;
    return 0;
}

static int keep_fd(struct line_sort *sorter, int fd, struct error *err)
{
    int *fds = realloc(sorter->fds, (sorter->fd_count + 1) * sizeof(*fds));

    if (fds == NULL)
        return out_of_memory(err);
    sorter->fds = fds;
    sorter->fds[sorter->fd_count++] = fd;
    return 0;
}

static int open_file(struct line_sort *sorter, struct error *err)
{
    int fd = -1;

    if (sorter->fd >= 0)
        return 0;
    fd = scratch_open(sorter->folder_fd, err);
    if (fd < 0)
        return -1;
    if (keep_fd(sorter, fd, err) != 0) {
        (void)close(fd);
        return -1;
    }
    sorter->fd = fd;
    return 0;
}

/* A run on its way to the file. */
struct run_writer {
    char buffer[READ_BYTES];
    size_t filled;
};

static int flush(struct line_sort *sorter, struct run_writer *writer, struct error *err)
{
    if (scratch_write(sorter->fd, writer->buffer, writer->filled, sorter->file_bytes, err) != 0)
        return -1;
    sorter->file_bytes += writer->filled;
    writer->filled = 0;
    return 0;
}

static int put_line(struct line_sort *sorter, struct run_writer *writer, struct span line,
                    struct error *err)
{
    char *at = NULL;

    if (writer->filled + SIZE_BYTES + line.size > sizeof(writer->buffer) &&
        flush(sorter, writer, err) != 0)
        return -1;
    at = writer->buffer + writer->filled;
    put_size(at, line.size);
    memcpy(at + SIZE_BYTES, line.data, line.size);
    writer->filled += SIZE_BYTES + line.size;
    return 0;
}

/* The batch's lines in their order, packed anew: the file is read forwards. */
static int write_batch(struct line_sort *sorter, struct error *err)
{
    const struct line_batch *batch = &sorter->batch;
    struct run_writer writer;

    writer.filled = 0;
    for (size_t i = 0; i < batch->count; i++)
        if (put_line(sorter, &writer, line_batch_line(batch, i), err) != 0)
            return -1;
    return flush(sorter, &writer, err);
}

static int spill_batch(struct line_sort *sorter, struct error *err)
{
    struct run run = {.fd = -1};

    if (open_file(sorter, err) != 0)
        return -1;
    line_batch_sort(&sorter->batch, sorter->unique);
    run.fd = sorter->fd;
    run.offset = sorter->file_bytes;
    if (write_batch(sorter, err) != 0)
        return -1;
    run.end = sorter->file_bytes;
    sorter->batch.count = 0;
    sorter->batch.text_size = 0;
    return add_run(sorter, run, err);
}

/* ---- adding ---- */

static size_t memory_with(const struct line_sort *sorter, size_t text, size_t lines)
{
    (void)sorter;
    return text + lines * sizeof(struct line_place);
}

/* Room for one more line of the size: memory grows to its bound, then the batch is spilled. */
static int make_room(struct line_sort *sorter, size_t size, struct error *err)
{
    struct line_batch *batch = &sorter->batch;

    if (batch->text_size + size > sorter->text_capacity || batch->count == sorter->line_capacity) {
        size_t text = sorter->text_capacity;
        size_t lines = sorter->line_capacity;

        if (batch->text_size + size > text)
            text = text == 0 ? TEXT_BYTES_MIN : text * 2;
        if (batch->count == lines)
            lines = lines == 0 ? TEXT_BYTES_MIN / 32 : lines * 2;
        if (memory_with(sorter, text, lines) > sorter->memory_bytes && batch->count > 0)
            return spill_batch(sorter, err);
        if (text != sorter->text_capacity) {
            char *grown = realloc(batch->text, text);

            if (grown == NULL)
                return out_of_memory(err);
            batch->text = grown;
            sorter->text_capacity = text;
        }
        if (lines != sorter->line_capacity) {
            struct line_place *grown = realloc(batch->lines, lines * sizeof(*grown));

            if (grown == NULL)
                return out_of_memory(err);
            batch->lines = grown;
            sorter->line_capacity = lines;
        }
    }
    return 0;
}

int line_sort_add(struct line_sort *sorter, const char *line, size_t size, struct error *err)
{
    struct line_batch *batch = &sorter->batch;
    char *at = NULL;

    assert(size <= LINE_SORT_BYTES_MAX);
    if (make_room(sorter, SIZE_BYTES + size, err) != 0)
        return -1;
    at = batch->text + batch->text_size;
    put_size(at, size);
    memcpy(at + SIZE_BYTES, line, size);
    batch->lines[batch->count++].offset = batch->text_size;
    batch->text_size += SIZE_BYTES + size;
    return 0;
}

/* The batch becomes a run that stays in memory. */
static int end_batch(struct line_sort *sorter, struct error *err)
{
    struct run run = {.batch = sorter->batch, .fd = -1};

    if (sorter->batch.count == 0)
        return 0;
    line_batch_sort(&run.batch, sorter->unique);
    if (add_run(sorter, run, err) != 0)
        return -1;
    sorter->batch = (struct line_batch){0};
    sorter->text_capacity = 0;
    sorter->line_capacity = 0;
    return 0;
}

int line_sort_absorb(struct line_sort *sorter, struct line_sort *from, struct error *err)
{
    if (end_batch(from, err) != 0)
        return -1;
    while (from->fd_count > 0) {
        if (keep_fd(sorter, from->fds[from->fd_count - 1], err) != 0)
            return -1;
        from->fd_count--;
    }
    from->fd = -1;
    while (from->run_count > 0) {
        if (add_run(sorter, from->runs[from->run_count - 1], err) != 0)
            return -1;
        from->run_count--;
    }
    return 0;
}

/* ---- merging ---- */

/* Sees to it that a whole line is in the buffer, unless the run is at its end. */
static int refill(struct run *run, struct error *err)
{
    const size_t left = run->buffer_size - run->buffer_at;
    size_t size = READ_BYTES - left;

    if (run->offset == run->end)
        return 0;
    memmove(run->buffer, run->buffer + run->buffer_at, left);
    if (size > run->end - run->offset)
        size = (size_t)(run->end - run->offset);
    if (scratch_read(run->fd, run->buffer + left, size, run->offset, err) != 0)
        return -1;
    run->offset += size;
    run->buffer_at = 0;
    run->buffer_size = left + size;
    return 0;
}

/* The run's next line: 1; 0 at its end; -1 with err filled. */
static int take_line(struct run *run, struct error *err)
{
    if (run->fd < 0) {
        if (run->next == run->batch.count)
            return 0;
        run->line = line_batch_line(&run->batch, run->next++);
        return 1;
    }
    if (run->buffer_size - run->buffer_at < SIZE_BYTES + LINE_SORT_BYTES_MAX &&
        refill(run, err) != 0)
        return -1;
    if (run->buffer_at == run->buffer_size)
        return 0;
    run->line = (struct span){run->buffer + run->buffer_at + SIZE_BYTES,
                              size_at(run->buffer + run->buffer_at)};
    run->buffer_at += SIZE_BYTES + run->line.size;
    return 1;
}

/* The same; it comes to hand. */
static int advance(struct run *run, struct error *err)
{
    const int more = take_line(run, err);

    if (more > 0) {
        run->front[0] = key_of_text(run->line, 0);
        run->front[1] = run->line.size > sizeof(run->front[0])
                            ? key_of_text(run->line, sizeof(run->front[0]))
                            : 0;
    }
    return more;
}

static bool goes_before(const struct line_sort *sorter, size_t a, size_t b)
{
    const struct run *one = &sorter->runs[a];
    const struct run *other = &sorter->runs[b];

    if (one->front[0] != other->front[0])
        return one->front[0] < other->front[0];
    if (one->front[1] != other->front[1])
        return one->front[1] < other->front[1];
    return span_compare(one->line, other->line) < 0;
}

static void sift_down(struct line_sort *sorter, size_t at)
{
    const size_t moved = sorter->heap[at];

    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= sorter->heap_count)
            break;
        if (child + 1 < sorter->heap_count &&
            goes_before(sorter, sorter->heap[child + 1], sorter->heap[child]))
            child++;
        if (!goes_before(sorter, sorter->heap[child], moved))
            break;
        sorter->heap[at] = sorter->heap[child];
        at = child;
    }
    sorter->heap[at] = moved;
}

/* Brings the first lines of the first `count` runs to hand. */
static int start_merge(struct line_sort *sorter, size_t count, struct error *err)
{
    assert(count <= MERGE_RUNS);
    sorter->heap_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct run *run = &sorter->runs[i];
        int more = 0;

        if (run->fd >= 0) {
            run->buffer = malloc(READ_BYTES);
            if (run->buffer == NULL)
                return out_of_memory(err);
        }
        more = advance(run, err);
        if (more < 0)
            return -1;
        if (more > 0)
            sorter->heap[sorter->heap_count++] = i;
    }
    for (size_t i = sorter->heap_count / 2; i-- > 0;)
        sift_down(sorter, i);
    return 0;
}

/* Moves on the run whose line was handed out. */
static int move_on(struct line_sort *sorter, struct error *err)
{
    const int more = advance(&sorter->runs[sorter->heap[0]], err);

    if (more < 0)
        return -1;
    if (more == 0)
        sorter->heap[0] = sorter->heap[--sorter->heap_count];
    if (sorter->heap_count > 0)
        sift_down(sorter, 0);
    return 0;
}

int line_sort_next(struct line_sort *sorter, struct span *line, struct error *err)
{
    const struct span last = {sorter->last, sorter->last_size};

    if (sorter->any && move_on(sorter, err) != 0)
        return -1;
    while (sorter->unique && sorter->any && sorter->heap_count > 0 &&
           span_equal(sorter->runs[sorter->heap[0]].line, last))
        if (move_on(sorter, err) != 0)
            return -1;
    if (sorter->heap_count == 0) {
        sorter->any = false;
        return 0;
    }
    *line = sorter->runs[sorter->heap[0]].line;
    sorter->any = true;
    if (sorter->unique) {
        memcpy(sorter->last, line->data, line->size);
        sorter->last_size = line->size;
    }
    return 1;
}

/* Makes the first `count` runs one, which becomes the last. */
static int merge_first(struct line_sort *sorter, size_t count, struct error *err)
{
    struct run merged = {.fd = -1};
    struct run_writer writer;
    struct span line;
    int got = 0;

    if (open_file(sorter, err) != 0 || start_merge(sorter, count, err) != 0)
        return -1;
    merged.fd = sorter->fd;
    merged.offset = sorter->file_bytes;
    writer.filled = 0;
    while ((got = line_sort_next(sorter, &line, err)) > 0)
        if (put_line(sorter, &writer, line, err) != 0)
            return -1;
    if (got < 0 || flush(sorter, &writer, err) != 0)
        return -1;
    merged.end = sorter->file_bytes;
    for (size_t i = 0; i < count; i++)
        release_run(&sorter->runs[i]);
    sorter->run_count -= count;
    memmove(sorter->runs, sorter->runs + count, sorter->run_count * sizeof(*sorter->runs));
    return add_run(sorter, merged, err);
}

int line_sort_finish(struct line_sort *sorter, struct error *err)
{
    if (end_batch(sorter, err) != 0)
        return -1;
    sorter->heap = malloc(MERGE_RUNS * sizeof(*sorter->heap));
    if (sorter->heap == NULL)
        return out_of_memory(err);
    while (sorter->run_count > MERGE_RUNS) {
        const size_t too_many = sorter->run_count - MERGE_RUNS + 1; /* for a last merge of all */

        if (merge_first(sorter, too_many < MERGE_RUNS ? too_many : MERGE_RUNS, err) != 0)
            return -1;
    }
    return start_merge(sorter, sorter->run_count, err);
}
