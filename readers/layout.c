/*
 * Owns the way from a row's fields to a record or a reject.
 * Must not know what rows are for, nor any particular input.
 */
#include "readers/layout.h"

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

int layout_bind(struct layout *layout, const struct csv_row *header, const char *name,
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

size_t layout_fields_of_use(const struct layout *layout)
{
    size_t count = 1;
    int i;

    for (i = 0; i < layout->table->column_count; i++) {
        if (layout->field_of[i] != FIELD_NONE && layout->field_of[i] >= count)
            count = layout->field_of[i] + 1;
    }
    return count;
}

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

struct verdict layout_parse(const struct layout *layout, const struct csv_row *row, void *record)
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
