/*
 * Owns the reading of a ledger by accounts, and the comparison of two of its rows.
 * Must not know what a difference means.
 */
#include "batch/restate_rows.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/civil.h"

enum { PATH_BYTES = 8192 };

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

/* ---- columns ---- */

static int find_column(const struct ledger *ledger, const char *name)
{
    if (name == NULL)
        return RESTATE_NO_COLUMN;
    for (int i = 0; i < ledger->column_count; i++)
        if (strcmp(ledger->columns[i].name, name) == 0)
            return i;
    return RESTATE_NO_COLUMN;
}

static int require_column(const struct ledger *ledger, const char *name)
{
    const int column = find_column(ledger, name);

    assert(column != RESTATE_NO_COLUMN);
    return column;
}

void restate_columns_bind(struct restate_columns *columns, const struct restate_spec *spec)
{
    const struct ledger *ledger = spec->ledger;

    *columns = (struct restate_columns){.spec = spec};
    for (int i = 0; spec->keys[i] != NULL; i++)
        columns->keys[columns->key_count++] = require_column(ledger, spec->keys[i]);
    for (int i = 0; spec->inputs[i] != NULL; i++)
        columns->inputs[columns->input_count++] = require_column(ledger, spec->inputs[i]);
    columns->account = require_column(ledger, "account_id");
    columns->currency = find_column(ledger, "currency");
    columns->decision = find_column(ledger, spec->decision);
    columns->reason = find_column(ledger, spec->reason);
    columns->amount = find_column(ledger, spec->amount);
}

int restate_compare_keys(const struct restate_columns *columns, struct restate_row a,
                         struct restate_row b)
{
    int order = 0;

    for (int i = 0; i < columns->key_count && order == 0; i++) {
        const int key = columns->keys[i];

        order = span_compare(ledger_text(a.fields[key]), ledger_text(b.fields[key]));
    }
    return order;
}

bool restate_same(const struct restate_columns *columns, int column, struct restate_row a,
                  struct restate_row b)
{
    const struct span left = a.fields[column];
    const struct span right = b.fields[column];
    int64_t left_instant = 0;
    int64_t right_instant = 0;

    if (left.data == NULL || right.data == NULL || span_equal(left, right))
        return true;
    return columns->spec->ledger->columns[column].kind == CELL_INSTANT &&
           instant_parse(left, 0, &left_instant) == INSTANT_OK &&
           instant_parse(right, 0, &right_instant) == INSTANT_OK && left_instant == right_instant;
}

bool restate_rows_have_event(const struct restate_columns *columns, const struct restate_rows *rows,
                             struct span event_id)
{
    size_t low = 0;
    size_t high = rows->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct span id = ledger_text(rows->items[middle].fields[columns->keys[0]]);
        const int order = span_compare(id, event_id);

        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

void restate_rows_release(struct restate_rows *rows)
{
    free(rows->items);
    *rows = (struct restate_rows){0};
}

static int compare_rows(const void *left, const void *right, void *columns)
{
    return restate_compare_keys(columns, *(const struct restate_row *)left,
                                *(const struct restate_row *)right);
}

/* ---- a file ---- */

static int advance(struct restate_side *side, struct error *err)
{
    const int more = ledger_rows_next(side->file, &side->row, err);

    side->has_row = more == 1;
    return more < 0 ? -1 : 0;
}

int restate_side_open(struct restate_side *side, const struct restate_columns *columns,
                      const char *folder, struct error *err)
{
    const struct ledger *ledger = columns->spec->ledger;
    char path[PATH_BYTES];

    *side = (struct restate_side){.columns = columns};
    (void)snprintf(side->name, sizeof(side->name), "%s.csv", ledger->name);
    if (snprintf(path, sizeof(path), "%s/%s", folder, side->name) >= (int)sizeof(path))
        return error_set(err, ERROR_IO, "%.900s: the path is too long", folder);
    if (ledger_rows_open(&side->file, path, side->name, err) != 0)
        return -1;
    for (int i = 0; i < ledger->column_count; i++)
        side->places[i] = ledger_rows_column(side->file, ledger->columns[i].name);
    for (int i = 0; i < columns->key_count; i++)
        if (side->places[columns->keys[i]] == SIZE_MAX)
            return error_set(err, ERROR_INPUT, "%s: has no column %s", side->name,
                             columns->spec->keys[i]);
    if (side->places[columns->account] == SIZE_MAX)
        return error_set(err, ERROR_INPUT, "%s: has no column account_id", side->name);
    return advance(side, err);
}

void restate_side_close(struct restate_side *side)
{
    ledger_rows_close(side->file);
    *side = (struct restate_side){0};
}

bool restate_side_account(const struct restate_side *side, struct span *account_id)
{
    if (side->has_row)
        *account_id = ledger_text(side->row.fields[side->places[side->columns->account]]);
    return side->has_row;
}

static int keep_row(const struct restate_side *side, struct arena *arena, struct restate_rows *rows,
                    struct error *err)
{
    const int column_count = side->columns->spec->ledger->column_count;
    struct span *fields = arena_alloc(arena, (size_t)column_count * sizeof(*fields));

    if (fields == NULL)
        return out_of_memory(err);
    if (rows->count == rows->capacity) {
        const size_t capacity = rows->capacity * 2 + 16;
        struct restate_row *items = realloc(rows->items, capacity * sizeof(*items));

        if (items == NULL)
            return out_of_memory(err);
        rows->items = items;
        rows->capacity = capacity;
    }
    for (int i = 0; i < column_count; i++) {
        fields[i] = (struct span){NULL, 0};
        if (side->places[i] != SIZE_MAX &&
            arena_copy(arena, side->row.fields[side->places[i]], &fields[i]) != 0)
            return out_of_memory(err);
    }
    rows->items[rows->count++] = (struct restate_row){fields};
    return 0;
}

int restate_side_take(struct restate_side *side, struct span account_id, struct arena *arena,
                      struct restate_rows *rows, struct error *err)
{
    struct span next = {"", 0};

    rows->count = 0;
    while (restate_side_account(side, &next) && span_equal(next, account_id))
        if (keep_row(side, arena, rows, err) != 0 || advance(side, err) != 0)
            return -1;
    if (restate_side_account(side, &next) && span_compare(next, account_id) < 0)
        return error_set(err, ERROR_INPUT, "%s:%llu: the rows are not in order", side->name,
                         (unsigned long long)side->row.line);
    if (rows->count > 1)
        qsort_r(rows->items, rows->count, sizeof(*rows->items), compare_rows,
                (void *)(uintptr_t)side->columns);
    return 0;
}
