/*
 * Owns the way from a published table to its values.
 * Must not know any table.
 */
#include "readers/published.h"

#include <assert.h>
#include <inttypes.h>

#include "readers/csv.h"
#include "readers/records.h"

enum { CHUNK_BYTES = 256 * 1024 };

struct reading {
    const struct published_table *table;
    int (*row)(void *context, const struct span *values, uint64_t line, struct error *err);
    void *context;
    struct error *err;
    struct source *source;
    struct cutter *cutter;
    struct tokenizer *tokenizer;
    struct block block;
    size_t places[PUBLISHED_COLUMNS_MAX];
    size_t field_count; /* 0: the header is not read yet */
};

static int bind(struct reading *reading, const struct csv_row *header)
{
    const struct published_table *table = reading->table;

    for (int i = 0; i < table->column_count; i++) {
        size_t place = 0;

        while (place < header->field_count && !span_is(header->fields[place], table->columns[i]))
            place++;
        if (place == header->field_count)
            return error_set(reading->err, ERROR_INPUT, "%s:%" PRIu64 ": the column %s is missing",
                             table->name, header->line, table->columns[i]);
        reading->places[i] = place;
    }
    reading->field_count = header->field_count;
    return 0;
}

static int take_row(struct reading *reading, const struct csv_row *row)
{
    const struct published_table *table = reading->table;
    struct span values[PUBLISHED_COLUMNS_MAX];

    if (reading->field_count == 0)
        return bind(reading, row);
    if (row->field_count != reading->field_count)
        return error_set(reading->err, ERROR_INPUT,
                         "%s:%" PRIu64 ": has %zu fields, the header has %zu", table->name,
                         row->line, row->field_count, reading->field_count);
    for (int i = 0; i < table->column_count; i++) {
        values[i] = row->fields[reading->places[i]];
        if (table->guarded && values[i].size > 0 && values[i].data[0] == '\'') {
            values[i].data++;
            values[i].size--;
        }
    }
    return reading->row(reading->context, values, row->line, reading->err);
}

static int read_blocks(struct reading *reading)
{
    struct csv_row row;
    int more;

    while ((more = cutter_next(reading->cutter, &reading->block, reading->err)) > 0) {
        int got;

        if (tokenizer_load(reading->tokenizer, &reading->block, reading->err) != 0)
            return -1;
        while ((got = tokenizer_next(reading->tokenizer, &row, reading->err)) > 0)
            if (take_row(reading, &row) != 0)
                return -1;
        if (got < 0)
            return -1;
    }
    if (more == 0 && reading->field_count == 0)
        return error_set(reading->err, ERROR_INPUT, "%s:1: the file is empty, without a header",
                         reading->table->name);
    return more;
}

int published_read(const struct published_table *table,
                   int (*row)(void *context, const struct span *values, uint64_t line,
                              struct error *err),
                   void *context, char sha256[SHA256_TEXT_MAX], struct error *err)
{
    struct reading reading = {.table = table, .row = row, .context = context, .err = err};
    int status = -1;

    assert(table->column_count <= PUBLISHED_COLUMNS_MAX);
    if (source_open(&reading.source, table->path, table->name, CHUNK_BYTES, err) != 0 ||
        cutter_open(&reading.cutter, reading.source, table->name, CHUNK_BYTES, err) != 0 ||
        tokenizer_open(&reading.tokenizer, ',', table->name, err) != 0)
        goto done;
    if (read_blocks(&reading) != 0)
        goto done;
    status = sha256 == NULL ? 0 : source_sha256(reading.source, sha256, err);

done:
    tokenizer_close(reading.tokenizer);
    cutter_close(reading.cutter);
    source_close(reading.source);
    block_release(&reading.block);
    return status;
}
