/*
 * Owns the sheets of a ledger: which row comes next, when a sheet is full, and what is added up.
 * Must not know what is in a row.
 */
#include "writers/workbook_ledger.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "writers/workbook_row.h"

enum { TITLE_ROW, SUBTITLE_ROW, FIRST_FREE_ROW };

/* Lines kept free below the entries: a total for each currency, and air. */
enum { ROWS_BELOW = 8 };

int ledger_column_of(const struct ledger_sheets *ledger, const char *name)
{
    /* Names are literals, which the linker puts in one place: few are compared by their bytes. */
    for (int i = 0; i < ledger->column_count; i++)
        if (ledger->columns[i].name == name)
            return i;
    for (int i = 0; i < ledger->column_count; i++)
        if (strcmp(ledger->columns[i].name, name) == 0)
            return i;
    return -1;
}

/* Rates and costs are no amounts to add up. */
static bool is_added_up(enum ledger_kind kind, const struct view_column *column)
{
    /* A restatement has rows and their accounts' totals, one beside the other. */
    if (column->kind == CELL_AMOUNT && kind != LEDGER_RESTATEMENT)
        return strcmp(column->name, "cost") != 0 && strcmp(column->name, "daily_cost") != 0;
    return false;
}

const struct column_total *ledger_total(const struct ledger_sheets *ledger, const char *name,
                                        int currency)
{
    for (int i = 0; i < ledger->total_count; i++)
        if (strcmp(ledger->columns[ledger->total_columns[i]].name, name) == 0)
            return ledger_sum_at(&ledger->sums, i, currency);
    assert(!"a column that is added up");
    return NULL;
}

static int write_header(const struct ledger_sheets *ledger, const struct ledger_part *part,
                        struct error *err)
{
    struct sheet *sheet = part->sheet;

    if (sheet_row_height(sheet, part->header_row, 27, err) != 0)
        return -1;
    for (int i = 0; i < ledger->column_count; i++) {
        const struct view_column *column = &ledger->columns[i];
        bool right = column->kind == CELL_AMOUNT || column->kind == CELL_INTEGER ||
                     column->kind == CELL_RATE;
        char offset[INSTANT_TEXT_MAX];
        char heading[128];

        instant_format(0, ledger->book->owner->facts.policy->utc_offset_seconds, offset);
        snprintf(heading, sizeof(heading), "%s%s%s%s", column->heading,
                 column->kind == CELL_INSTANT ? " (UTC" : "",
                 column->kind == CELL_INSTANT ? offset + 19 : "",
                 column->kind == CELL_INSTANT ? ")" : "");
        if (sheet_text(sheet, part->header_row, i, heading, right ? STYLE_HEAD_RIGHT : STYLE_HEAD,
                       err) != 0)
            return -1;
    }
    return 0;
}

static int write_brought_line(struct ledger_sheets *ledger, const struct ledger_part *part,
                              int currency, uint32_t row, struct error *err)
{
    char label[32];

    snprintf(label, sizeof(label), "Brought forward %s", currency_code(currency));
    if (sheet_text(part->sheet, row, 0, label, STYLE_TOTAL_LABEL, err) != 0)
        return -1;
    for (int i = 0; i < ledger->total_count; i++) {
        struct column_total *total = ledger_sum_at(&ledger->sums, i, currency);
        char name[CELL_NAME_MAX];

        total->before = total->sum;
        sheet_cell_name((part - 1)->sheet, ledger->total_rows[currency], ledger->total_columns[i],
                        name);
        if (sheet_formula(part->sheet, row, ledger->total_columns[i], name, total->before,
                          style_amount(STYLE_TOTAL_AMOUNT, currency_digits(currency)), err) != 0)
            return -1;
    }
    return 0;
}

/* "Brought forward CNY": the totals of the part before, by reference. */
static int write_brought_forward(struct ledger_sheets *ledger, struct ledger_part *part,
                                 struct error *err)
{
    for (int currency = 0; currency < CURRENCY_COUNT; currency++) {
        ledger->brought_rows[currency] = 0;
        if (!ledger->currencies[currency])
            continue;
        if (write_brought_line(ledger, part, currency, part->header_row, err) != 0)
            return -1;
        ledger->brought_rows[currency] = part->header_row++;
    }
    return 0;
}

static int part_head(struct ledger_sheets *ledger, struct ledger_part *part, struct error *err)
{
    const struct ledger_view *view = ledger->view;
    struct sheet *sheet = part->sheet;
    char period[PERIOD_TEXT_MAX], title[96];

    period_format(ledger->book->owner->facts.period, period);
    snprintf(title, sizeof(title), "%s, %s", sheet->tally->name, period);
    for (int i = 0; i < ledger->column_count; i++)
        if (sheet_column_width(sheet, i, ledger->columns[i].width, err) != 0)
            return -1;
    if (sheet_row_height(sheet, TITLE_ROW, 22, err) != 0 ||
        sheet_text(sheet, TITLE_ROW, 0, title, STYLE_TITLE, err) != 0 ||
        sheet_text(sheet, SUBTITLE_ROW, 0, view->subtitle, STYLE_SUBTITLE, err) != 0)
        return -1;
    part->header_row = FIRST_FREE_ROW;
    if (ledger->part_count > 0 && write_brought_forward(ledger, part, err) != 0)
        return -1;
    if (write_header(ledger, part, err) != 0)
        return -1;
    part->first_row = part->next_row = part->header_row + 1;
    worksheet_freeze_panes(sheet->worksheet, part->first_row, (lxw_col_t)view->frozen);
    sheet->landscape = true;
    sheet->source = view->source;
    return sheet_check(
        sheet, worksheet_repeat_rows(sheet->worksheet, part->header_row, part->header_row), err);
}

static int part_add(struct ledger_sheets *ledger, struct error *err)
{
    struct ledger_part *part = &ledger->parts[ledger->part_count];
    char name[WORKBOOK_SHEET_NAME_MAX];

    if (ledger->part_count == SHEET_PARTS_MAX)
        return error_set(err, ERROR_IO, "%s: too many sheets of %s", ledger->book->name,
                         ledger->view->ledger->title);
    if (ledger->part_count == 0)
        snprintf(name, sizeof(name), "%s", ledger->view->ledger->title);
    else
        snprintf(name, sizeof(name), "%s (%zu)", ledger->view->ledger->title,
                 ledger->part_count + 1);
    memset(part, 0, sizeof(*part));
    part->sheet = sheet_add_streamed(ledger->book, name, err);
    if (part->sheet == NULL || part_head(ledger, part, err) != 0)
        return -1;
    ledger->part_count++;
    return 0;
}

static void name_cells(struct ledger_sheets *ledger)
{
    for (int i = 0; i < ledger->column_count; i++) {
        char letters[4];

        column_name(i, letters);
        snprintf(ledger->cells[i], sizeof(ledger->cells[i]), "%.2s" STREAM_ROW, letters);
    }
}

struct ledger_sheets *ledger_sheets_add(struct book *book, enum ledger_kind kind, struct error *err)
{
    struct ledger_sheets *ledger = calloc(1, sizeof(*ledger));
    uint32_t rows = book->owner->facts.sheet_rows_max;

    if (ledger == NULL) {
        error_set(err, ERROR_IO, "out of memory for the workbook");
        return NULL;
    }
    ledger->book = book;
    ledger->kind = kind;
    ledger->view = ledger_view_of(kind);
    ledger->column_count = ledger_view_columns(ledger->view, ledger->columns);
    name_cells(ledger);
    ledger->rows_max = rows;
    for (int i = 0; i < ledger->column_count; i++)
        if (is_added_up(kind, &ledger->columns[i])) {
            assert(ledger->total_count < TOTAL_COLUMNS_MAX);
            ledger->total_columns[ledger->total_count++] = i;
        }
    if (ledger_sums_open(ledger, &ledger->sums, err) != 0 || part_add(ledger, err) != 0) {
        ledger_sheets_free(ledger);
        return NULL;
    }
    return ledger;
}

void ledger_sheets_free(struct ledger_sheets *ledger)
{
    if (ledger == NULL)
        return;
    free(ledger->sums.totals);
    free(ledger);
}

static uint32_t currencies_seen(const struct ledger_sheets *ledger)
{
    uint32_t seen = 0;

    for (int i = 0; i < CURRENCY_COUNT; i++)
        seen += ledger->currencies[i];
    return seen;
}

/* The row may bring a new currency, and a line of totals with it. */
static bool part_is_full(const struct ledger_sheets *ledger, const struct ledger_part *part)
{
    return part->next_row > part->first_row &&
           part->next_row + currencies_seen(ledger) + 1 + ROWS_BELOW > ledger->rows_max;
}

int ledger_rest(const struct ledger_sheets *ledger, struct error *err)
{
    return sheet_stream_rest(ledger->parts[ledger->part_count - 1].sheet->stream, err);
}

bool ledger_peek_row(const struct ledger_sheets *ledger, const struct sheet **sheet, uint32_t *row)
{
    const struct ledger_part *part = &ledger->parts[ledger->part_count - 1];

    *sheet = part->sheet;
    *row = part->next_row;
    return !part_is_full(ledger, part);
}

bool ledger_has_room(const struct ledger_sheets *ledger, size_t rows)
{
    const struct ledger_part *part = &ledger->parts[ledger->part_count - 1];

    return part->next_row + rows + CURRENCY_COUNT + 1 + ROWS_BELOW <= ledger->rows_max;
}

int ledger_take_row(struct ledger_sheets *ledger, int currency, struct sheet **sheet, uint32_t *row,
                    struct error *err)
{
    struct ledger_part *part = &ledger->parts[ledger->part_count - 1];

    if (part_is_full(ledger, part)) {
        if (ledger_finish(ledger, true, err) != 0 || ledger_rest(ledger, err) != 0 ||
            part_add(ledger, err) != 0)
            return -1;
        part = &ledger->parts[ledger->part_count - 1];
    }
    *sheet = part->sheet;
    *row = part->next_row++;
    if (currency != CURRENCY_NONE && ledger->total_count > 0)
        ledger->currencies[currency] = true;
    ledger->rows++;
    ledger->book->rows++;
    return 0;
}

int ledger_sums_open(const struct ledger_sheets *ledger, struct ledger_sums *sums,
                     struct error *err)
{
    *sums = (struct ledger_sums){
        .totals = calloc((size_t)ledger->total_count * CURRENCY_COUNT + 1, sizeof(*sums->totals))};
    return sums->totals == NULL ? error_set(err, ERROR_IO, "out of memory for the workbook") : 0;
}

static int out_of_range(const struct ledger_sheets *ledger, struct error *err)
{
    return error_set(err, ERROR_CONTROL, "%s: a total is out of range",
                     ledger->view->ledger->title);
}

int ledger_add_sums(struct ledger_sheets *ledger, struct ledger_sums *sums, struct error *err)
{
    for (int currency = 0; currency < CURRENCY_COUNT; currency++) {
        if (!sums->currencies[currency])
            continue;
        sums->currencies[currency] = false;
        for (int i = 0; i < ledger->total_count; i++) {
            struct column_total *total = ledger_sum_at(&ledger->sums, i, currency);
            struct column_total *added = ledger_sum_at(sums, i, currency);

            if (!decimal_add(total->sum, added->sum, &total->sum) ||
                !decimal_add(total->marked, added->marked, &total->marked))
                return out_of_range(ledger, err);
            *added = (struct column_total){0};
        }
    }
    return 0;
}

static int add_up(const struct ledger_sheets *ledger, const struct row *row, int currency,
                  struct ledger_sums *sums, struct error *err)
{
    for (int i = 0; i < ledger->total_count; i++) {
        int column = ledger->total_columns[i];
        struct column_total *total;
        struct decimal *sum;

        if (!row->filled[column])
            continue;
        assert(currency != CURRENCY_NONE);
        sums->currencies[currency] = true;
        total = ledger_sum_at(sums, i, currency);
        sum = row->cells[column].kind == SHEET_TEXT ? &total->marked : &total->sum;
        if (!decimal_add(*sum, row->amounts[column], sum))
            return out_of_range(ledger, err);
    }
    return 0;
}

int ledger_put_row(const struct ledger_sheets *ledger, struct sheet *sheet, uint32_t at,
                   const struct row *row, int currency, struct ledger_sums *sums, struct error *err)
{
    for (int i = 0; i < ledger->column_count; i++)
        if (row->filled[i] && sheet_put(sheet, at, i, &row->cells[i], err) != 0)
            return -1;
    return add_up(ledger, row, currency, sums, err);
}
