/*
 * Owns the lists of a reconciliation's workbook: a table's columns as a sheet's.
 * Must not know any table.
 */
#include <stdio.h>

#include "writers/workbook_reconcile_parts.h"

static int put_cell(struct reconcile_workbook *it, struct list_sheet *list, int column,
                    const struct cell *cell, struct error *err)
{
    struct sheet_cell text = {.kind = SHEET_TEXT, .style = STYLE_TEXT, .text = cell->text};
    char period[PERIOD_TEXT_MAX];

    switch (cell->kind) {
    case CELL_EMPTY:
        return 0;
    case CELL_TEXT:
    case CELL_RAW:
    case CELL_CODE:
        return sheet_put(list->sheet, list->row, column, &text, err);
    case CELL_PERIOD:
        (void)period_format((int32_t)cell->integer, period);
        return sheet_text(list->sheet, list->row, column, period, STYLE_TEXT, err);
    case CELL_INSTANT:
        return sheet_number(list->sheet, list->row, column,
                            workbook_date(cell->integer, it->facts.utc_offset_seconds),
                            STYLE_INSTANT, err);
    case CELL_DATE:
        return sheet_number(list->sheet, list->row, column, workbook_day(cell->integer), STYLE_DATE,
                            err);
    case CELL_INTEGER:
        return sheet_number(list->sheet, list->row, column, decimal_from_integer(cell->integer),
                            STYLE_INTEGER, err);
    case CELL_AMOUNT:
        return sheet_number(list->sheet, list->row, column, cell->decimal,
                            style_amount(STYLE_AMOUNT, cell->digits), err);
    case CELL_RATE:
        return sheet_number(list->sheet, list->row, column, cell->decimal, STYLE_AMOUNT, err);
    }
    return 0;
}

static int put_head(struct list_sheet *list, struct error *err)
{
    list->row = list->head;
    list->sheet->landscape = true;
    for (int i = 0; i < list->table->column_count; i++) {
        const struct ledger_column *column = &list->table->columns[i];
        bool right = column->kind == CELL_AMOUNT || column->kind == CELL_INTEGER;

        if (sheet_column_width(list->sheet, i, column->width, err) != 0 ||
            sheet_text(list->sheet, list->row, i, column->heading,
                       right ? STYLE_HEAD_RIGHT : STYLE_HEAD, err) != 0)
            return -1;
    }
    list->row++;
    worksheet_freeze_panes(list->sheet->worksheet, list->row, 0);
    return 0;
}

int list_open(struct reconcile_workbook *it, struct list_sheet *list, const struct ledger *table,
              struct sheet *sheet, uint32_t head, struct error *err)
{
    (void)it;
    *list = (struct list_sheet){.table = table, .sheet = sheet, .head = head, .number = 1};
    return put_head(list, err);
}

int list_finish(struct list_sheet *list, struct error *err)
{
    if (list->sheet == NULL)
        return 0;
    return sheet_check(list->sheet,
                       worksheet_autofilter(list->sheet->worksheet, list->head, 0, list->row - 1,
                                            (lxw_col_t)(list->table->column_count - 1)),
                       err);
}

/* "Matches (2)" */
static int continue_list(struct reconcile_workbook *it, struct list_sheet *list, struct error *err)
{
    char name[WORKBOOK_SHEET_NAME_MAX];

    if (list_finish(list, err) != 0)
        return -1;
    list->number++;
    (void)snprintf(name, sizeof(name), "%s (%d)", list->table->title, list->number);
    list->sheet = sheet_add(it->book, name, err);
    if (list->sheet == NULL)
        return -1;
    list->head = 0;
    return put_head(list, err);
}

int list_row(struct reconcile_workbook *it, struct list_sheet *list, const void *entry,
             struct error *err)
{
    if (list->row == SHEET_ROWS_MAX && continue_list(it, list, err) != 0)
        return -1;
    for (int i = 0; i < list->table->column_count; i++) {
        struct cell cell = {0};

        list->table->columns[i].get(entry, &cell);
        if (put_cell(it, list, i, &cell, err) != 0)
            return -1;
    }
    list->row++;
    it->book->rows++;
    return 0;
}
