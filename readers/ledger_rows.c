/*
 * Owns the joining of source, cutter and tokenizer for tables of our own making.
 * Must not know any ledger's columns.
 */
#include "readers/ledger_rows.h"

#include <inttypes.h>
#include <stdlib.h>

enum { CHUNK_BYTES = 1 << 17 };

struct ledger_rows {
    const char *name;
    struct source *source;
    struct cutter *cutter;
    struct tokenizer *tokenizer;
    struct block block;
    bool loaded; /* the tokenizer is on a block */
    char *header;
    struct span columns[LEDGER_ROWS_COLUMNS_MAX];
    size_t column_count;
};

/* The next record, whatever its fields. */
static int next_record(struct ledger_rows *rows, struct csv_row *row, struct error *err)
{
    for (;;) {
        int more = rows->loaded ? tokenizer_next(rows->tokenizer, row, err) : 0;

        if (more != 0)
            return more;
        rows->loaded = false;
        more = cutter_next(rows->cutter, &rows->block, err);
        if (more != 1)
            return more;
        if (tokenizer_load(rows->tokenizer, &rows->block, err) != 0)
            return -1;
        rows->loaded = true;
    }
}

static int read_header(struct ledger_rows *rows, struct error *err)
{
    struct csv_row row;
    size_t size = 0;
    int more = next_record(rows, &row, err);

    if (more < 0)
        return -1;
    if (more == 0 || row.field_count > LEDGER_ROWS_COLUMNS_MAX)
        return error_set(err, ERROR_INPUT, "%s: has no header", rows->name);
    for (size_t i = 0; i < row.field_count; i++)
        size += row.fields[i].size;
    rows->header = malloc(size + 1);
    if (rows->header == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    size = 0;
    for (size_t i = 0; i < row.field_count; i++) {
        memcpy(rows->header + size, row.fields[i].data, row.fields[i].size);
        rows->columns[i] = (struct span){rows->header + size, row.fields[i].size};
        size += row.fields[i].size;
    }
    rows->column_count = row.field_count;
    return 0;
}

int ledger_rows_open(struct ledger_rows **out, const char *path, const char *name,
                     struct error *err)
{
    struct ledger_rows *rows = calloc(1, sizeof(*rows));

    if (rows == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    rows->name = name;
    if (source_open(&rows->source, path, name, CHUNK_BYTES, err) != 0 ||
        cutter_open(&rows->cutter, rows->source, name, CHUNK_BYTES, err) != 0 ||
        tokenizer_open(&rows->tokenizer, ',', name, err) != 0 || read_header(rows, err) != 0) {
        ledger_rows_close(rows);
        return -1;
    }
    *out = rows;
    return 0;
}

size_t ledger_rows_column_count(const struct ledger_rows *rows)
{
    return rows->column_count;
}

size_t ledger_rows_column(const struct ledger_rows *rows, const char *name)
{
    for (size_t i = 0; i < rows->column_count; i++)
        if (span_is(rows->columns[i], name))
            return i;
    return SIZE_MAX;
}

int ledger_rows_next(struct ledger_rows *rows, struct csv_row *row, struct error *err)
{
    const int more = next_record(rows, row, err);

    if (more == 1 && row->field_count != rows->column_count)
        return error_set(err, ERROR_INPUT, "%s:%" PRIu64 ": has another number of fields",
                         rows->name, row->line);
    return more;
}

int ledger_rows_sha256(struct ledger_rows *rows, char text[SHA256_TEXT_MAX], struct error *err)
{
    return source_sha256(rows->source, text, err);
}

void ledger_rows_close(struct ledger_rows *rows)
{
    if (rows == NULL)
        return;
    block_release(&rows->block);
    tokenizer_close(rows->tokenizer);
    cutter_close(rows->cutter);
    source_close(rows->source);
    free(rows->header);
    free(rows);
}

struct span ledger_text(struct span field)
{
    if (field.size > 0 && field.data[0] == '\'')
        return (struct span){field.data + 1, field.size - 1};
    return field;
}
