/*
 * Owns the picking of rows out of published ledgers. Knows no rule.
 */
#include "batch/published_rows.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "readers/ledger_rows.h"

const struct ledger *const published_ledgers[PUBLISHED_COUNT] = {
    [PUBLISHED_REFUNDS] = &ledger_refunds,
    [PUBLISHED_COMPENSATIONS] = &ledger_compensations,
    [PUBLISHED_REWARDS] = &ledger_rewards,
};

void published_rows_release(struct published_rows *rows)
{
    arena_release(&rows->text);
    free(rows->items);
    *rows = (struct published_rows){0};
}

struct span published_value(const struct published_row *row, const char *column)
{
    const struct ledger *ledger = published_ledgers[row->ledger];

    for (int i = 0; i < ledger->column_count; i++)
        if (strcmp(ledger->columns[i].name, column) == 0)
            return row->fields[i];
    assert(!"a column of the ledger");
    return (struct span){"", 0};
}

static int keep(struct published_rows *rows, const struct published_row *row)
{
    const int count = published_ledgers[row->ledger]->column_count;
    struct span *fields = arena_alloc(&rows->text, (size_t)count * sizeof(*fields));

    if (fields == NULL)
        return -1;
    for (int i = 0; i < count; i++)
        if (arena_copy(&rows->text, row->fields[i], &fields[i]) != 0)
            return -1;
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity * 2 + 64;
        struct published_row *items = realloc(rows->items, capacity * sizeof(*items));

        if (items == NULL)
            return -1;
        rows->items = items;
        rows->capacity = capacity;
    }
    rows->items[rows->count++] = (struct published_row){row->ledger, row->line, fields};
    return 0;
}

/* The file has the very columns that this version writes. */
static int check_header(const struct ledger_rows *file, const struct ledger *ledger,
                        const char *name, struct error *err)
{
    for (int i = 0; i < ledger->column_count; i++)
        if (ledger_rows_column(file, ledger->columns[i].name) != (size_t)i)
            return error_set(err, ERROR_INPUT, "%s: has no column %s in its place", name,
                             ledger->columns[i].name);
    return 0;
}

int published_rows_read(struct published_rows *rows, const struct closed_period *period,
                        enum published_ledger which,
                        bool (*wanted)(void *context, const struct published_row *row),
                        void *context, struct error *err)
{
    const struct ledger *ledger = published_ledgers[which];
    struct span fields[LEDGER_COLUMNS_MAX];
    struct ledger_rows *file = NULL;
    struct csv_row row;
    char name[OUTPUT_NAME_MAX];
    char path[CLOSED_PATH_MAX];
    int more = -1;

    snprintf(name, sizeof(name), "%s.csv", ledger->name);
    if (closed_period_file(period, name, path, err) != 0 ||
        ledger_rows_open(&file, path, name, err) != 0)
        return -1;
    if (check_header(file, ledger, name, err) != 0)
        goto done;
    while ((more = ledger_rows_next(file, &row, err)) == 1) {
        const struct published_row published = {which, row.line, fields};

        for (int i = 0; i < ledger->column_count; i++)
            fields[i] =
                ledger->columns[i].kind == CELL_TEXT ? ledger_text(row.fields[i]) : row.fields[i];
        if (wanted(context, &published) && keep(rows, &published) != 0) {
            error_set(err, ERROR_IO, "out of memory");
            more = -1;
            break;
        }
    }
done:
    ledger_rows_close(file);
    return more == 0 ? 0 : -1;
}
