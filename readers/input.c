/*
 * Owns the way from a file to rows: which field of a file is which column, and what a row's fields
 * make of it: a record, or a reject.
 * Must not know what rows are for, nor any particular input.
 */
#include "readers/input.h"

#include <assert.h>
#include <inttypes.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "readers/csv.h"
#include "readers/fields.h"

enum { CHUNK_BYTES_DEFAULT = 256 * 1024 };

#define FIELD_NONE SIZE_MAX

/* Room for any record. */
struct any_record {
    alignas(max_align_t) char bytes[TABLE_RECORD_BYTES_MAX];
};

/* How rows of one file become records: fixed once the header is read. */
struct layout {
    const struct table *table;
    const struct read_options *options;
    size_t field_count;
    size_t field_of[TABLE_COLUMNS_MAX]; /* by column; FIELD_NONE: the file has no such column */
    struct any_record empty;
};

/* One file being read. */
struct reading {
    struct input_file *file;
    const struct read_options *options;
    const struct row_sink *sink;
    size_t chunk_bytes;
    struct source *source;
    struct cutter *cutter;
    struct tokenizer *tokenizer;
    struct block block;
    struct layout layout;
    bool header_seen;
    uint64_t bytes_told;
};

/* Whether a heading stands for the column: its aliases if it has any, or else its name. */
static bool is_heading_of(const struct layout *layout, const struct column *column,
                          struct span heading)
{
    const struct read_options *options = layout->options;
    bool aliased = false;
    size_t i;

    for (i = 0; i < options->alias_count; i++) {
        const struct header_alias *alias = &options->aliases[i];

        if (alias->input != layout->table->input || strcmp(alias->column, column->name) != 0)
            continue;
        if (span_is(heading, alias->header))
            return true;
        aliased = true;
    }
    return !aliased && span_is(heading, column->name);
}

static int bind_heading(struct layout *layout, const struct csv_row *header, size_t field,
                        const char *name, struct error *err)
{
    int i;

    for (i = 0; i < layout->table->column_count; i++) {
        const struct column *column = &layout->table->columns[i];

        if (!is_heading_of(layout, column, header->fields[field]))
            continue;
        if (layout->field_of[i] != FIELD_NONE)
            return error_set(err, ERROR_INPUT, "%s:%" PRIu64 ": the column %s appears twice", name,
                             header->line, column->name);
        layout->field_of[i] = field;
        return 0;
    }
    return 0;
}

static int bind_header(struct layout *layout, const struct csv_row *header, const char *name,
                       struct error *err)
{
    size_t field;
    int i;

    for (i = 0; i < layout->table->column_count; i++)
        layout->field_of[i] = FIELD_NONE;
    for (field = 0; field < header->field_count; field++) {
        if (bind_heading(layout, header, field, name, err) != 0)
            return -1;
    }
    for (i = 0; i < layout->table->column_count; i++) {
        const struct column *column = &layout->table->columns[i];

        if (layout->field_of[i] == FIELD_NONE && !column->optional)
            return error_set(err, ERROR_INPUT, "%s:%" PRIu64 ": the column %s is missing", name,
                             header->line, column->name);
    }
    layout->field_count = header->field_count;
    table_clear(layout->table, layout->empty.bytes);
    return 0;
}

/* How many fields of a row can be of use. */
static size_t fields_of_use(const struct layout *layout)
{
    size_t count = 1;
    int i;

    for (i = 0; i < layout->table->column_count; i++) {
        if (layout->field_of[i] != FIELD_NONE && layout->field_of[i] >= count)
            count = layout->field_of[i] + 1;
    }
    return count;
}

/* What a row came to. */
struct verdict {
    enum reject_reason reason;
    int column; /* -1: none */
    uint32_t readable;
};

static inline enum reject_reason parse_cell(const struct layout *layout, const struct csv_row *row,
                                            int index, void *record)
{
    const struct column *column = &layout->table->columns[index];
    size_t field = layout->field_of[index];

    if (field == FIELD_NONE || row->fields[field].size == 0)
        return column->required ? REJECT_MISSING_VALUE : REJECT_NONE;
    return field_parse(column, row->fields[field], row->plain, layout->options->utc_offset_seconds,
                       record);
}

static bool is_too_old(const struct layout *layout, const void *record)
{
    int column = layout->table->event_time_column;
    const int64_t *time;

    if (column < 0)
        return false;
    time = (const int64_t *)((const char *)record + layout->table->columns[column].offset);
    return *time != INSTANT_NONE && *time < layout->options->too_old_before;
}

/*
 * Parses a row into the record. The first column that fails decides; the others are read
 * nonetheless, since a rejected row is looked up by what of it is readable.
 */
static struct verdict parse_row(const struct layout *layout, const struct csv_row *row,
                                void *record)
{
    const struct table *table = layout->table;
    struct verdict verdict = {.reason = REJECT_NONE, .column = -1};
    int i;

    memcpy(record, layout->empty.bytes, table->record_size);
    if (row->field_count != layout->field_count) {
        verdict.reason = REJECT_WRONG_FIELD_COUNT;
        return verdict;
    }
    for (i = 0; i < table->column_count; i++) {
        enum reject_reason reason = parse_cell(layout, row, i, record);

        if (reason == REJECT_NONE) {
            verdict.readable |= UINT32_C(1) << i;
        } else if (verdict.reason == REJECT_NONE) {
            verdict.reason = reason;
            verdict.column = i;
        }
    }
    if (verdict.reason == REJECT_NONE && table->check != NULL)
        verdict.reason = table->check(record, layout->options->utc_offset_seconds, &verdict.column);
    if (verdict.reason == REJECT_NONE && is_too_old(layout, record)) {
        verdict.reason = REJECT_TOO_OLD;
        verdict.column = table->event_time_column;
    }
    return verdict;
}

static int hand_on(struct reading *reading, const struct csv_row *row, struct error *err)
{
    const struct row_sink *sink = reading->sink;
    struct row_position position = {.line = row->line, .file = reading->file->number};
    struct any_record record;
    struct verdict verdict = parse_row(&reading->layout, row, record.bytes);
    struct reject reject;

    reading->file->rows_read++;
    if (verdict.reason == REJECT_NONE) {
        reading->file->rows_accepted++;
        return sink->accept(sink->context, record.bytes, position, row->raw, err);
    }
    reading->file->rows_rejected++;
    reject = (struct reject){
        .position = position,
        .input = reading->file->input,
        .reason = verdict.reason,
        .column = verdict.column < 0 ? "" : reading->layout.table->columns[verdict.column].name,
        .record = row->raw,
    };
    return sink->reject(sink->context, &reject, record.bytes, verdict.readable, err);
}

static int read_rows(struct reading *reading, struct error *err)
{
    struct csv_row row;
    int got;

    while ((got = tokenizer_next(reading->tokenizer, &row, err)) > 0) {
        if (reading->header_seen) {
            if (hand_on(reading, &row, err) != 0)
                return -1;
        } else {
            if (bind_header(&reading->layout, &row, reading->file->name, err) != 0)
                return -1;
            tokenizer_keep(reading->tokenizer, fields_of_use(&reading->layout));
            reading->header_seen = true;
        }
    }
    return got;
}

static void tell_progress(struct reading *reading)
{
    uint64_t bytes = source_bytes(reading->source);

    if (reading->options->progress != NULL && bytes > reading->bytes_told)
        reading->options->progress(reading->options->progress_context, bytes - reading->bytes_told);
    reading->bytes_told = bytes;
}

static int read_blocks(struct reading *reading, struct error *err)
{
    int got;

    while ((got = cutter_next(reading->cutter, &reading->block, err)) > 0) {
        if (tokenizer_load(reading->tokenizer, &reading->block, err) != 0 ||
            read_rows(reading, err) != 0)
            return -1;
        tell_progress(reading);
    }
    if (got == 0 && !reading->header_seen)
        return error_set(err, ERROR_INPUT, "%s:1: the file is empty, without a header",
                         reading->file->name);
    tell_progress(reading);
    return got;
}

static int open_reading(struct reading *reading, struct error *err)
{
    struct input_file *file = reading->file;

    if (source_open(&reading->source, file->path, file->name, reading->chunk_bytes, err) != 0)
        return -1;
    if (cutter_open(&reading->cutter, reading->source, file->name, reading->chunk_bytes, err) != 0)
        return -1;
    return tokenizer_open(&reading->tokenizer, reading->options->delimiter, file->name, err);
}

static int read_file(struct input_file *file, const struct read_options *options,
                     const struct row_sink *sink, struct error *err)
{
    struct reading reading = {
        .file = file,
        .options = options,
        .sink = sink,
        .chunk_bytes = options->chunk_bytes > 0 ? options->chunk_bytes : CHUNK_BYTES_DEFAULT,
        .layout = {.table = table_of(file->input), .options = options},
    };
    int result = -1;

    assert(reading.layout.table->column_count <= TABLE_COLUMNS_MAX);
    assert(reading.layout.table->record_size <= sizeof(struct any_record));
    file->rows_read = file->rows_accepted = file->rows_rejected = 0;
    if (open_reading(&reading, err) != 0 || read_blocks(&reading, err) != 0)
        goto done;
    file->gzip = source_is_gzip(reading.source);
    file->bytes = source_bytes(reading.source);
    result = source_sha256(reading.source, file->sha256, err);

done:
    tokenizer_close(reading.tokenizer);
    cutter_close(reading.cutter);
    source_close(reading.source);
    block_release(&reading.block);
    return result;
}

int input_read(struct input_file *files, size_t file_count, const struct read_options *options,
               const struct row_sink *sink, struct error *err)
{
    size_t i;

    for (i = 0; i < file_count; i++) {
        if (read_file(&files[i], options, sink, err) != 0)
            return -1;
    }
    return 0;
}
