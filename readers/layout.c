/*
 * Owns the way from a row's fields to a record or a reject.
 * Must not know what rows are for, nor any particular input.
 */
#include "readers/layout.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "readers/fields.h"

#define FIELD_NONE SIZE_MAX

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

/* The number of the column that the heading stands for; -1: none. */
static int column_of(const struct layout *layout, struct span heading)
{
    for (int i = 0; i < layout->table->column_count; i++)
        if (is_heading_of(layout, &layout->table->columns[i], heading))
            return i;
    return -1;
}

static int bind_headings(const struct layout *layout, const struct csv_row *header,
                         size_t field_of[TABLE_COLUMNS_MAX], const char *name, struct error *err)
{
    for (size_t field = 0; field < header->field_count; field++) {
        const int number = column_of(layout, header->fields[field]);

        if (number < 0)
            continue;
        if (field_of[number] != FIELD_NONE)
            return error_set(err, ERROR_INPUT, "%s:%" PRIu64 ": the column %s appears twice", name,
                             header->line, layout->table->columns[number].name);
        field_of[number] = field;
    }
    return 0;
}

int layout_bind(struct layout *layout, const struct csv_row *header, const char *name,
                struct error *err)
{
    size_t field_of[TABLE_COLUMNS_MAX];

    for (int i = 0; i < TABLE_COLUMNS_MAX; i++)
        field_of[i] = FIELD_NONE;
    if (bind_headings(layout, header, field_of, name, err) != 0)
        return -1;
    layout->bound_count = 0;
    for (int i = 0; i < layout->table->column_count; i++) {
        const struct column *column = &layout->table->columns[i];

        if (field_of[i] != FIELD_NONE)
            layout->bound[layout->bound_count++] = (struct bound_column){column, field_of[i], i};
        else if (!column->optional)
            return error_set(err, ERROR_INPUT, "%s:%" PRIu64 ": the column %s is missing", name,
                             header->line, column->name);
        else
            assert(!column->required); /* no row of the file could have a value */
    }
    layout->field_count = header->field_count;
    table_clear(layout->table, layout->empty.bytes);
    return 0;
}

size_t layout_fields_of_use(const struct layout *layout)
{
    size_t count = 1;

    for (int i = 0; i < layout->bound_count; i++)
        if (layout->bound[i].field >= count)
            count = layout->bound[i].field + 1;
    return count;
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

void layout_parse(const struct layout *layout, const struct csv_row *row, void *record,
                  struct verdict *verdict)
{
    const struct table *table = layout->table;

    *verdict = (struct verdict){.column = -1};
    memcpy(record, layout->empty.bytes, table->record_size);
    if (row->field_count != layout->field_count) {
        verdict->reason = REJECT_WRONG_FIELD_COUNT;
        return;
    }
    verdict->readable = (uint32_t)((UINT64_C(1) << table->column_count) - 1);
    fields_parse(layout->bound, layout->bound_count, row, layout->options->utc_offset_seconds,
                 record, verdict);
    if (verdict->reason == REJECT_NONE && table->check != NULL)
        verdict->reason =
            table->check(record, layout->options->utc_offset_seconds, &verdict->column);
    if (verdict->reason == REJECT_NONE && is_too_old(layout, record)) {
        verdict->reason = REJECT_TOO_OLD;
        verdict->column = table->event_time_column;
    }
}
