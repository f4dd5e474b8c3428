/*
 * Owns the cells of a ledger row: the ledger's own columns, and the formulas in place of results.
 * A formula is written only when it comes to exactly the entry's amount.
 * Must not know how a cell is written.
 */
#include "writers/workbook_row.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "policy/hash.h"
#include "writers/text_format.h"

static const char *row_text_list(struct row *row, const char *format, va_list arguments)
{
    char *at = row->text + row->text_size;
    const size_t room = sizeof(row->text) - row->text_size;
    const int length = text_format_list(at, room, format, arguments);

    assert(length >= 0 && (size_t)length < room);
    row->text_size += (size_t)length + 1;
    return at;
}

const char *row_text(struct row *row, const char *format, ...)
{
    const char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = row_text_list(row, format, arguments);
    va_end(arguments);
    return text;
}

struct sheet_cell *row_cell(const struct ledger_sheets *ledger, struct row *row, const char *name)
{
    int column = ledger_column_of(ledger, name);

    assert(column >= 0);
    row->filled[column] = true;
    return &row->cells[column];
}

void row_set_words(const struct ledger_sheets *ledger, struct row *row, const char *name,
                   const char *words)
{
    *row_cell(ledger, row, name) =
        (struct sheet_cell){.kind = SHEET_TEXT, .style = STYLE_TEXT, .text = span_of(words)};
}

/* A number, or its digits as marked text where a cell can't hold it exactly. */
static void set_number(struct row *row, struct sheet_cell *cell, struct decimal number, int digits,
                       enum style style)
{
    char text[DECIMAL_TEXT_MAX];

    if (workbook_number_fits(number)) {
        *cell = (struct sheet_cell){.kind = SHEET_NUMBER, .style = style, .number = number};
        return;
    }
    decimal_format(number, digits, text);
    row->marked++;
    *cell = (struct sheet_cell){.kind = SHEET_TEXT,
                                .style = STYLE_MARKED,
                                .text = span_of(row_text(row, "%s " MARK, text))};
}

static void set_text(struct sheet_cell *cell, struct span text)
{
    *cell = (struct sheet_cell){.kind = SHEET_TEXT, .style = STYLE_TEXT, .text = text};
}

/* Decimals shown: at least the column's, more where the value has more. */
static int digits_shown(const struct cell *cell)
{
    int digits = cell->digits;

    while (digits < DECIMAL_DIGITS && !decimal_fits_digits(cell->decimal, digits))
        digits++;
    return digits;
}

void row_set_cell(const struct ledger_sheets *ledger, struct row *row, int column,
                  const struct cell *cell)
{
    const int utc_offset = ledger->book->owner->facts.policy->utc_offset_seconds;
    struct sheet_cell *to = &row->cells[column];
    char text[PERIOD_TEXT_MAX];

    row->filled[column] = true;
    switch (cell->kind) {
    case CELL_EMPTY:
        row->filled[column] = false;
        break;
    case CELL_TEXT:
    case CELL_RAW:
    case CELL_CODE:
        set_text(to, cell->text);
        break;
    case CELL_INSTANT:
        set_number(row, to, workbook_date(cell->integer, utc_offset), 0, STYLE_INSTANT);
        break;
    case CELL_DATE:
        set_number(row, to, workbook_day(cell->integer), 0, STYLE_DATE);
        break;
    case CELL_PERIOD:
        period_format((int32_t)cell->integer, text);
        set_text(to, span_of(row_text(row, "%s", text)));
        break;
    case CELL_INTEGER:
        set_number(row, to, decimal_from_integer(cell->integer), 0, STYLE_INTEGER);
        break;
    case CELL_AMOUNT:
        row->amounts[column] = cell->decimal;
        set_number(row, to, cell->decimal, cell->digits,
                   style_amount(STYLE_AMOUNT, digits_shown(cell)));
        break;
    case CELL_RATE:
        set_number(row, to, cell->decimal, 0, style_rate(STYLE_RATE, cell->decimal));
        break;
    }
}

void row_fill(const struct ledger_sheets *ledger, const void *entry, struct row *row)
{
    row->count = ledger->column_count;
    row->marked = row->withheld = 0;
    row->text_size = 0;
    for (int i = 0; i < ledger->column_count; i++) {
        const struct ledger_column *source = ledger->columns[i].source;
        struct cell cell = {0};

        row->filled[i] = false;
        if (source == NULL)
            continue;
        source->get(entry, &cell);
        row_set_cell(ledger, row, i, &cell);
    }
}

const char *row_cell_name(const struct ledger_sheets *ledger, const char *column)
{
    return ledger->cells[ledger_column_of(ledger, column)];
}

/* ---- formulas kept ---- */

enum { FORMULA_TRIES = 8 };

/* Where the key is, or would go: the index; -1 where it has no room. */
static int formula_place(const struct row *row, uint64_t key)
{
    const size_t first = (size_t)hash_mix(key, 0);

    for (size_t i = 0; i < FORMULA_TRIES; i++) {
        const size_t at = (first + i) % ROW_FORMULAS;

        if (row->formulas[at].key == key || row->formulas[at].key == 0)
            return (int)at;
    }
    return -1;
}

const char *row_known_formula(const struct row *row, uint64_t key)
{
    const int at = formula_place(row, key);

    return at >= 0 && row->formulas[at].key == key ? row->formulas[at].text : NULL;
}

const char *row_keep_formula(struct row *row, uint64_t key, const char *text)
{
    const int at = formula_place(row, key);
    const size_t size = text == NULL ? 0 : strlen(text);

    if (at < 0 || size == 0 || size >= ROW_FORMULA_BYTES)
        return text;
    row->formulas[at].key = key;
    return memcpy(row->formulas[at].text, text, size + 1);
}

const char *row_formula(struct row *row, uint64_t key, const char *format, ...)
{
    const char *formula = row_known_formula(row, key);
    va_list arguments;

    if (formula != NULL)
        return formula;
    va_start(arguments, format);
    formula = row_keep_formula(row, key, row_text_list(row, format, arguments));
    va_end(arguments);
    return formula;
}

/* Puts a formula in place of a number; a marked number stays as it is. */
void row_set_formula(const struct ledger_sheets *ledger, struct row *row, const char *column,
                     const char *formula)
{
    struct sheet_cell *cell = &row->cells[ledger_column_of(ledger, column)];

    if (cell->kind != SHEET_NUMBER) {
        row->withheld++;
        return;
    }
    cell->kind = SHEET_FORMULA;
    cell->formula = formula;
}

bool row_is_number(const struct ledger_sheets *ledger, const struct row *row, const char *column)
{
    int at = ledger_column_of(ledger, column);

    return row->filled[at] && row->cells[at].kind != SHEET_TEXT;
}

/* The value behind minor units. */
struct decimal row_minor_value(int128 minor, int digits)
{
    struct decimal value = {minor};

    for (int i = digits; i < DECIMAL_DIGITS; i++)
        value.units *= 10;
    return value;
}

int row_mismatch(const struct ledger_sheets *ledger, struct span id, const char *column,
                 struct error *err)
{
    return error_set(err, ERROR_CONTROL,
                     "%s: %.*s: the formula of %s does not come to the ledger's",
                     ledger->view->ledger->name, (int)id.size, id.data, column);
}

/* "/100", or nothing. */
const char *row_scale(struct row *row, int digits)
{
    return digits == 0 ? "" : row_text(row, "/1%.*s", digits, "0000000000");
}
