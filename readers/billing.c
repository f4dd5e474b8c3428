/*
 * Owns the way from billing files to lines: one pass over each.
 * Must not know any provider, nor what lines are for.
 */
#include "readers/billing.h"

#include "readers/billing_row.h"
#include "readers/records.h"

enum { CHUNK_BYTES_DEFAULT = 256 * 1024 };

/* One file being read. */
struct reading {
    struct billing_file *file;
    const struct billing_options *options;
    const struct billing_sink *sink;
    struct billing_totals *totals;
    struct source *source;
    struct cutter *cutter;
    struct tokenizer *tokenizer;
    struct block block;
    struct billing_layout layout;
    bool header_seen;
    uint64_t bytes_told;
};

static int count_line(struct reading *reading, const struct billing_line *line, struct error *err)
{
    struct billing_total *total = &reading->totals->of[line->kind][line->currency];

    reading->file->rows_accepted++;
    total->rows++;
    if (!billed_add(&total->sum, line->billed))
        return error_set(err, ERROR_INPUT, "%s: the sum of the amounts does not fit",
                         reading->file->name);
    if (line->kind == BILLING_CHARGE || line->billed.atoms == 0)
        return 0;
    return reading->sink->line(reading->sink->context, line, err);
}

static int take_row(struct reading *reading, const struct csv_row *fields, struct error *err)
{
    struct billing_row row;
    int status;

    billing_row_parse(&reading->layout, fields, &row);
    reading->file->rows_read++;
    if (row.reason == NULL) {
        status = count_line(reading, &row.line, err);
    } else {
        const struct billing_reject reject = {reading->file->number, fields->line, row.reason,
                                              row.column, fields->raw};

        reading->file->rows_rejected++;
        status = reading->sink->reject(reading->sink->context, &reject, err);
    }
    billing_row_release(&row);
    return status;
}

static int read_rows(struct reading *reading, struct error *err)
{
    struct csv_row row;
    int got;

    while ((got = tokenizer_next(reading->tokenizer, &row, err)) > 0) {
        if (reading->header_seen) {
            if (take_row(reading, &row, err) != 0)
                return -1;
            continue;
        }
        if (billing_layout_bind(&reading->layout, &row, reading->file->name, err) != 0)
            return -1;
        reading->header_seen = true;
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
    const struct billing_file *file = reading->file;
    size_t chunk = reading->options->chunk_bytes;

    if (chunk == 0)
        chunk = CHUNK_BYTES_DEFAULT;
    if (source_open(&reading->source, file->path, file->name, chunk, err) != 0 ||
        cutter_open(&reading->cutter, reading->source, file->name, chunk, err) != 0)
        return -1;
    return tokenizer_open(&reading->tokenizer, reading->options->profile->delimiter, file->name,
                          err);
}

static int read_file(struct billing_file *file, const struct billing_options *options,
                     const struct billing_sink *sink, struct billing_totals *totals,
                     struct error *err)
{
    struct reading reading = {
        .file = file,
        .options = options,
        .sink = sink,
        .totals = totals,
        .layout = {.profile = options->profile, .utc_offset_seconds = options->utc_offset_seconds},
    };
    int result = -1;

    file->rows_read = file->rows_accepted = file->rows_rejected = 0;
    if (open_reading(&reading, err) != 0 || read_blocks(&reading, err) != 0)
        goto done;
    file->bytes = source_bytes(reading.source);
    result = source_sha256(reading.source, file->sha256, err);

done:
    tokenizer_close(reading.tokenizer);
    cutter_close(reading.cutter);
    source_close(reading.source);
    block_release(&reading.block);
    return result;
}

int billing_read(struct billing_file *files, size_t file_count,
                 const struct billing_options *options, const struct billing_sink *sink,
                 struct billing_totals *totals, struct error *err)
{
    for (size_t i = 0; i < file_count; i++)
        if (read_file(&files[i], options, sink, totals, err) != 0)
            return -1;
    return 0;
}
