/*
 * Owns the reading of an input's files, by one thread or several.
 * Must not know what rows are for, nor any particular input.
 */
#include "readers/input.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/apart.h"
#include "readers/csv.h"
#include "readers/layout.h"
#include "readers/pipeline.h"

enum { CHUNK_BYTES_DEFAULT = 256 * 1024 };

/* A row that is parsed, and not yet handed on. */
struct parsed_row {
    struct any_record record;
    struct verdict verdict;
    struct span raw;
    uint64_t line;
};

/* What one thread needs of its own. */
struct row_worker {
    alignas(APART_BYTES) const struct row_sink *sink;
    struct parsed_row ahead[ROWS_AHEAD]; /* a ring, from the first one on */
    size_t first;
    size_t ahead_count;
    struct tokenizer *tokenizer;
    uint64_t rows_accepted;
    uint64_t rows_rejected;
};

/* One file being read. */
struct reading {
    struct input_file *file;
    const struct read_options *options;
    struct source *source;
    struct cutter *cutter;
    struct row_worker *workers;
    int worker_count;
    struct layout layout;
    uint64_t bytes_told;
    size_t mark_room;
    /* Of a second read: */
    const uint64_t *lines; /* NULL: all rows are handed on */
    size_t line_count;
};

void input_file_release(struct input_file *file)
{
    free(file->marks);
    file->marks = NULL;
    file->mark_count = 0;
}

static int hand_on(const struct reading *reading, struct row_worker *worker,
                   const struct parsed_row *row, struct error *err)
{
    const struct row_sink *sink = worker->sink;
    const struct verdict *verdict = &row->verdict;
    struct row_position position = {.line = row->line, .file = reading->file->number};
    struct reject reject;

    if (verdict->reason == REJECT_NONE) {
        worker->rows_accepted++;
        return sink->accept(sink->context, row->record.bytes, position, row->raw, err);
    }
    worker->rows_rejected++;
    reject = (struct reject){
        .position = position,
        .input = reading->file->input,
        .reason = verdict->reason,
        .column = verdict->column < 0 ? "" : reading->layout.table->columns[verdict->column].name,
        .record = row->raw,
    };
    return sink->reject(sink->context, &reject, row->record.bytes, verdict->readable, err);
}

static int hand_on_first(const struct reading *reading, struct row_worker *worker,
                         struct error *err)
{
    const struct parsed_row *row = &worker->ahead[worker->first];

    worker->first = (worker->first + 1) % ROWS_AHEAD;
    worker->ahead_count--;
    return hand_on(reading, worker, row, err);
}

static int hand_on_all(const struct reading *reading, struct row_worker *worker, struct error *err)
{
    while (worker->ahead_count > 0)
        if (hand_on_first(reading, worker, err) != 0)
            return -1;
    return 0;
}

/* Parses the row, tells the sink of it, and hands on the one that has waited long enough. */
static int take_row(const struct reading *reading, struct row_worker *worker,
                    const struct csv_row *row, struct error *err)
{
    const struct row_sink *sink = worker->sink;
    struct parsed_row *parsed = NULL;

    if (worker->ahead_count == ROWS_AHEAD && hand_on_first(reading, worker, err) != 0)
        return -1;
    parsed = &worker->ahead[(worker->first + worker->ahead_count++) % ROWS_AHEAD];
    layout_parse(&reading->layout, row, parsed->record.bytes, &parsed->verdict);
    parsed->raw = row->raw;
    parsed->line = row->line;
    if (sink->approach == NULL || !row->in_block)
        return hand_on_all(reading, worker, err);
    if (parsed->verdict.reason == REJECT_NONE)
        sink->approach(sink->context, parsed->record.bytes);
    return 0;
}

/* Whether a second read is about that line. */
static bool line_asked_for(const struct reading *reading, uint64_t line)
{
    size_t low = 0;
    size_t high = reading->line_count;

    if (reading->lines == NULL)
        return true;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (reading->lines[middle] < line)
            low = middle + 1;
        else
            high = middle;
    }
    return low < reading->line_count && reading->lines[low] == line;
}

/* Hands on what is left of the block that the worker's tokenizer has loaded. */
static int read_rows(const struct reading *reading, struct row_worker *worker, struct error *err)
{
    struct error failure = {0};
    struct csv_row row;
    int got;

    while ((got = tokenizer_next(worker->tokenizer, &row, &failure)) > 0) {
        if (line_asked_for(reading, row.line) && take_row(reading, worker, &row, err) != 0)
            return -1;
    }
    /* The rows before a failure are handed on first: one of them may be the first that fails. */
    if (hand_on_all(reading, worker, err) != 0)
        return -1;
    if (got < 0)
        *err = failure;
    return got;
}

static int read_block(void *context, int number, const struct block *block, struct error *err)
{
    const struct reading *reading = context;
    struct row_worker *worker = &reading->workers[number];

    if (tokenizer_load(worker->tokenizer, block, err) != 0)
        return -1;
    return read_rows(reading, worker, err);
}

static int mark_block(struct reading *reading, const struct block *block, struct error *err)
{
    struct input_file *file = reading->file;

    if (file->mark_count == reading->mark_room) {
        size_t room = reading->mark_room * 2 + 64;
        struct block_mark *marks = realloc(file->marks, room * sizeof(*marks));

        if (marks == NULL)
            return error_set(err, ERROR_IO, "%s: out of memory", file->name);
        file->marks = marks;
        reading->mark_room = room;
    }
    file->marks[file->mark_count++] = (struct block_mark){block->offset, block->first_line};
    return 0;
}

static int notice_block(void *context, const struct block *block, struct error *err)
{
    struct reading *reading = context;
    const struct read_options *options = reading->options;
    uint64_t bytes = source_bytes(reading->source);

    if (options->progress != NULL && bytes > reading->bytes_told)
        options->progress(options->progress_context, bytes - reading->bytes_told);
    reading->bytes_told = bytes;
    return reading->lines == NULL ? mark_block(reading, block, err) : 0;
}

/* Binds the layout by the first row of the block that is loaded: 1, 0 when it has none, or -1. */
static int read_header(struct reading *reading, struct error *err)
{
    struct csv_row row;
    int got = tokenizer_next(reading->workers[0].tokenizer, &row, err);

    if (got <= 0)
        return got;
    if (layout_bind(&reading->layout, &row, reading->file->name, err) != 0)
        return -1;
    for (int i = 0; i < reading->worker_count; i++)
        tokenizer_keep(reading->workers[i].tokenizer, layout_fields_of_use(&reading->layout));
    return 1;
}

/* Reads up to the header, and the rest of the block that it stands in. */
static int read_first_block(struct reading *reading, struct error *err)
{
    struct block block = {0};
    int got = 0;
    int found = 0;
    int status = -1;

    while (found == 0) {
        got = cutter_next(reading->cutter, &block, err);
        if (got < 0)
            goto done;
        if (got == 0) {
            error_set(err, ERROR_INPUT, "%s:1: the file is empty, without a header",
                      reading->file->name);
            goto done;
        }
        if (notice_block(reading, &block, err) != 0 ||
            tokenizer_load(reading->workers[0].tokenizer, &block, err) != 0)
            goto done;
        found = read_header(reading, err);
        if (found < 0)
            goto done;
    }
    status = read_rows(reading, &reading->workers[0], err);

done:
    block_release(&block);
    return status;
}

static int read_blocks(struct reading *reading, struct error *err)
{
    return pipeline_run(reading->cutter, reading->worker_count, read_block, notice_block, reading,
                        err);
}

static int open_reading(struct reading *reading, const struct row_sink *sinks, struct error *err)
{
    const struct input_file *file = reading->file;
    size_t chunk_bytes = reading->options->chunk_bytes;

    if (chunk_bytes == 0)
        chunk_bytes = CHUNK_BYTES_DEFAULT;
    reading->workers = apart_clear((size_t)reading->worker_count, sizeof(*reading->workers));
    if (reading->workers == NULL)
        return error_set(err, ERROR_IO, "%s: out of memory", file->name);
    if (source_open(&reading->source, file->path, file->name, chunk_bytes, err) != 0 ||
        cutter_open(&reading->cutter, reading->source, file->name, chunk_bytes, err) != 0)
        return -1;
    for (int i = 0; i < reading->worker_count; i++) {
        reading->workers[i].sink = &sinks[i];
        if (tokenizer_open(&reading->workers[i].tokenizer, reading->options->delimiter, file->name,
                           err) != 0)
            return -1;
    }
    return 0;
}

static void close_reading(struct reading *reading)
{
    for (int i = 0; reading->workers != NULL && i < reading->worker_count; i++)
        tokenizer_close(reading->workers[i].tokenizer);
    free(reading->workers);
    cutter_close(reading->cutter);
    source_close(reading->source);
}

static int read_file(struct input_file *file, const struct read_options *options,
                     const struct row_sink *sinks, int thread_count, struct error *err)
{
    struct reading reading = {
        .file = file,
        .options = options,
        .worker_count = thread_count,
        .layout = {.table = table_of(file->input), .options = options},
    };
    int status = -1;

    assert(reading.layout.table->column_count <= TABLE_COLUMNS_MAX);
    assert(reading.layout.table->record_size <= sizeof(struct any_record));
    input_file_release(file);
    file->rows_accepted = file->rows_rejected = 0;
    if (open_reading(&reading, sinks, err) != 0 || read_first_block(&reading, err) != 0 ||
        read_blocks(&reading, err) != 0)
        goto done;
    for (int i = 0; i < thread_count; i++) {
        file->rows_accepted += reading.workers[i].rows_accepted;
        file->rows_rejected += reading.workers[i].rows_rejected;
    }
    file->rows_read = file->rows_accepted + file->rows_rejected;
    file->gzip = source_is_gzip(reading.source);
    file->bytes = source_bytes(reading.source);
    status = source_sha256(reading.source, file->sha256, err);

done:
    close_reading(&reading);
    return status;
}

int input_read(struct input_file *files, size_t file_count, const struct read_options *options,
               const struct row_sink *sinks, int thread_count, struct error *err)
{
    assert(thread_count >= 1);
    for (size_t i = 0; i < file_count; i++) {
        if (read_file(&files[i], options, sinks, thread_count, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- reading lines again ---- */

/* Where the mark's block ends: at the next mark, or 0 for the end of the file. */
static uint64_t block_end(const struct input_file *file, size_t mark)
{
    return mark + 1 < file->mark_count ? file->marks[mark + 1].offset : 0;
}

/* Reads [offset, end) of the open file into the block; end 0: to its end. */
static int read_range(int fd, const struct input_file *file, size_t mark, struct block *block,
                      struct error *err)
{
    uint64_t offset = file->marks[mark].offset;
    uint64_t end = block_end(file, mark);

    if (end == 0)
        end = file->bytes;
    if (end < offset || end - offset > SIZE_MAX / 2)
        return error_set(err, ERROR_INPUT, "%s: changed while it was being read", file->name);
    block->size = (size_t)(end - offset);
    block->offset = offset;
    block->first_line = file->marks[mark].line;
    if (block->room < block->size + BLOCK_SLACK + 1) {
        char *data = realloc(block->data, block->size + BLOCK_SLACK + 1);

        if (data == NULL)
            return error_set(err, ERROR_IO, "%s: out of memory", file->name);
        block->data = data;
        block->room = block->size + BLOCK_SLACK + 1;
    }
    for (size_t done = 0; done < block->size;) {
        ssize_t got = pread(fd, block->data + done, block->size - done, (off_t)(offset + done));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(err, ERROR_INPUT, "%s: can't be read: %s", file->name,
                             strerror(errno));
        if (got == 0)
            return error_set(err, ERROR_INPUT, "%s: changed while it was being read", file->name);
        done += (size_t)got;
    }
    if (block_end(file, mark) == 0)
        block->data[block->size++] = '\n'; /* as at the first read; a blank line more is none */
    memset(block->data + block->size, 0, BLOCK_SLACK);
    return 0;
}

/* Of a plain file: the block of the header, then each block that holds a line asked for. */
static int read_marked_blocks(struct reading *reading, struct error *err)
{
    const struct input_file *file = reading->file;
    struct block block = {0};
    size_t line = 0;
    int found = 0;
    int status = -1;
    int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return error_set(err, ERROR_INPUT, "%s: can't be opened: %s", file->name, strerror(errno));
    for (size_t mark = 0; mark < file->mark_count; mark++) {
        bool is_last = mark + 1 == file->mark_count;
        uint64_t next_line = is_last ? UINT64_MAX : file->marks[mark + 1].line;
        bool wanted = line < reading->line_count && reading->lines[line] < next_line;

        if (found != 0 && !wanted)
            continue;
        if (read_range(fd, file, mark, &block, err) != 0 ||
            tokenizer_load(reading->workers[0].tokenizer, &block, err) != 0)
            goto done;
        if (found == 0)
            found = read_header(reading, err);
        if (found < 0 || read_rows(reading, &reading->workers[0], err) != 0)
            goto done;
        while (line < reading->line_count && reading->lines[line] < next_line)
            line++;
    }
    status = 0;

done:
    block_release(&block);
    (void)close(fd);
    return status;
}

int input_read_lines(const struct input_file *file, const uint64_t *lines, size_t line_count,
                     const struct read_options *options, const struct row_sink *sink,
                     struct error *err)
{
    struct input_file again = *file;
    struct read_options silent = *options;
    struct reading reading = {
        .file = &again,
        .options = &silent,
        .worker_count = 1,
        .layout = {.table = table_of(file->input), .options = &silent},
        .lines = lines,
        .line_count = line_count,
    };
    int status = -1;

    silent.progress = NULL;
    if (open_reading(&reading, sink, err) != 0)
        goto done;
    if (file->gzip)
        status = read_first_block(&reading, err) != 0 ? -1 : read_blocks(&reading, err);
    else
        status = read_marked_blocks(&reading, err);

done:
    close_reading(&reading);
    return status;
}
