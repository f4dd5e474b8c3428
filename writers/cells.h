/*
 * Setters for the cell of a column: one a kind, for the getters of the ledgers' tables. A value
 * that is absent (empty text, INSTANT_NONE, PERIOD_NONE) gives an empty cell.
 */
#ifndef WRITERS_CELLS_H
#define WRITERS_CELLS_H

#include "writers/table.h"

#define COLUMN_COUNT(columns) ((int)(sizeof(columns) / sizeof((columns)[0])))

static inline void cell_set_empty(struct cell *cell)
{
    cell->kind = CELL_EMPTY;
}

static inline void cell_set_string(struct cell *cell, enum cell_kind kind, struct span text)
{
    cell->kind = text.size == 0 ? CELL_EMPTY : kind;
    cell->text = text;
}

static inline void cell_set_text(struct cell *cell, struct span text)
{
    cell_set_string(cell, CELL_TEXT, text);
}

static inline void cell_set_raw(struct cell *cell, struct span text)
{
    cell_set_string(cell, CELL_RAW, text);
}

static inline void cell_set_code(struct cell *cell, const char *code)
{
    cell_set_string(cell, CELL_CODE, span_of(code));
}

static inline void cell_set_currency(struct cell *cell, int currency)
{
    if (currency == CURRENCY_NONE)
        cell_set_empty(cell);
    else
        cell_set_string(cell, CELL_CODE, (struct span){currency_code(currency), 3});
}

static inline void cell_set_instant(struct cell *cell, int64_t instant)
{
    cell->kind = instant == INSTANT_NONE ? CELL_EMPTY : CELL_INSTANT;
    cell->integer = instant;
}

static inline void cell_set_period(struct cell *cell, int32_t period)
{
    cell->kind = period == PERIOD_NONE ? CELL_EMPTY : CELL_PERIOD;
    cell->integer = period;
}

static inline void cell_set_integer(struct cell *cell, int64_t value)
{
    cell->kind = CELL_INTEGER;
    cell->integer = value;
}

static inline void cell_set_amount(struct cell *cell, struct decimal amount, int currency)
{
    cell->kind = CELL_AMOUNT;
    cell->digits = currency_digits(currency);
    cell->decimal = amount;
}

static inline void cell_set_rate(struct cell *cell, struct decimal rate)
{
    cell->kind = CELL_RATE;
    cell->decimal = rate;
}

#endif
