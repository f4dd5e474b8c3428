/*
 * Owns how a cell is written, by the library or streamed, and the tally of what was written. The
 * only file that writes cells. Must not know what sheets are for.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "writers/text_format.h"
#include "writers/workbook_parts.h"

int sheet_check(const struct sheet *sheet, lxw_error status, struct error *err)
{
    if (status == LXW_NO_ERROR)
        return 0;
    return error_set(err, ERROR_IO, "%s: sheet \"%s\": %s", sheet->book->name, sheet->tally->name,
                     lxw_strerror(status));
}

static int sheets_grow(struct book *book, struct error *err)
{
    size_t capacity = book->sheet_capacity == 0 ? 16 : 2 * book->sheet_capacity;
    struct sheet **sheets = realloc(book->sheets, capacity * sizeof(*sheets));
    struct sheet_tally **tallies;

    if (sheets == NULL)
        return error_set(err, ERROR_IO, "out of memory for the workbook");
    book->sheets = sheets;
    tallies = realloc(book->tally.sheets, capacity * sizeof(*tallies));
    if (tallies == NULL)
        return error_set(err, ERROR_IO, "out of memory for the workbook");
    book->tally.sheets = tallies;
    book->sheet_capacity = capacity;
    return 0;
}

struct sheet *sheet_add(struct book *book, const char *name, struct error *err)
{
    struct sheet *sheet;
    struct sheet_tally *tally;

    if (book->sheet_count == book->sheet_capacity && sheets_grow(book, err) != 0)
        return NULL;
    sheet = calloc(1, sizeof(*sheet));
    tally = calloc(1, sizeof(*tally));
    if (sheet == NULL || tally == NULL) {
        free(sheet);
        free(tally);
        error_set(err, ERROR_IO, "out of memory for the workbook");
        return NULL;
    }
    sheet->book = book;
    sheet->tally = tally;
    sheet->text = book->owner->text;
    sheet->source = "";
    snprintf(tally->name, sizeof(tally->name), "%s", name);
    book->sheets[book->sheet_count++] = sheet;
    book->tally.sheets[book->tally.sheet_count++] = tally;
    sheet->worksheet = workbook_add_worksheet(book->xlsx, tally->name);
    if (sheet->worksheet == NULL) {
        error_set(err, ERROR_IO, "%s: no room for the sheet \"%s\"", book->name, tally->name);
        return NULL;
    }
    worksheet_gridlines(sheet->worksheet, LXW_HIDE_ALL_GRIDLINES);
    return sheet;
}

struct sheet *sheet_add_streamed(struct book *book, const char *name, struct error *err)
{
    struct sheet *sheet = sheet_add(book, name, err);

    if (sheet == NULL)
        return NULL;
    sheet->stream = sheet_stream_open(&book->owner->sheets, err);
    return sheet->stream == NULL ? NULL : sheet;
}

static void tally_number(struct sheet_tally *tally, int column, struct decimal number)
{
    tally->columns[column].numbers++;
    tally->columns[column].units += number.units;
}

/* Whether the sheet has room for the cell's link, which is then counted. */
static bool takes_link(struct sheet *sheet, const struct sheet_cell *cell)
{
    if (cell->link == NULL || sheet->links >= LINKS_PER_SHEET_MAX)
        return false;
    sheet->links++;
    return true;
}

/* ---- by the library ---- */

static lxw_error put_text(struct sheet *sheet, uint32_t row, lxw_col_t column,
                          const struct sheet_cell *cell)
{
    char *text = sheet->text;
    lxw_format *format = sheet->book->formats[cell->style];

    sheet->tally->text_bytes += cell_text(cell->text, text, NULL);
    if (takes_link(sheet, cell))
        return worksheet_write_url_opt(sheet->worksheet, row, column, cell->link, format, text,
                                       NULL);
    return worksheet_write_string(sheet->worksheet, row, column, text, format);
}

static int put_by_library(struct sheet *sheet, uint32_t row, int column,
                          const struct sheet_cell *cell, struct error *err)
{
    lxw_format *format = sheet->book->formats[cell->style];
    lxw_worksheet *worksheet = sheet->worksheet;
    char *text = sheet->text;
    lxw_col_t at = (lxw_col_t)column;
    lxw_error status = LXW_NO_ERROR;

    switch (cell->kind) {
    case SHEET_BLANK:
        status = worksheet_write_blank(worksheet, row, at, format);
        break;
    case SHEET_NUMBER:
        status = worksheet_write_number(worksheet, row, at, workbook_number(cell->number), format);
        break;
    case SHEET_TEXT:
        status = put_text(sheet, row, at, cell);
        break;
    case SHEET_FORMULA:
        status = worksheet_write_formula_num(worksheet, row, at, cell->formula, format,
                                             workbook_number(cell->number));
        break;
    case SHEET_TEXT_FORMULA:
        assert(cell->text.size < CELL_TEXT_BYTES_MAX);
        memcpy(text, cell->text.data, cell->text.size);
        text[cell->text.size] = '\0';
        status = worksheet_write_formula_str(worksheet, row, at, cell->formula, format, text);
        break;
    }
    return sheet_check(sheet, status, err);
}

/* ---- streamed ---- */

/* The library numbers them as they are asked for: all at once, so that the numbers don't depend on
 * which row is made first. */
void sheet_number_formats(struct book *book)
{
    for (int style = STYLE_NONE + 1; style < STYLE_IF_ROW; style++)
        book->format_numbers[style] = (int)lxw_format_get_xf_index(book->formats[style]);
}

/* Links lead to another sheet. */
static int stream_link(const struct sheet *sheet, uint32_t row, int column, const char *link,
                       struct span text, struct error *err)
{
    static const char internal[] = "internal:";

    assert(strncmp(link, internal, sizeof(internal) - 1) == 0);
    return sheet_stream_link(sheet->stream, row, column, link + sizeof(internal) - 1, text, err);
}

/*
 * As a string, which makes a sheet shorter by a seventh, where every reader takes it for what it
 * is; as a rich text where blanks at its ends or lines are to be kept, or escapes to be read.
 */
static int stream_text(struct sheet *sheet, uint32_t row, int column, const struct sheet_cell *cell,
                       int style, struct error *err)
{
    const bool plain = cell_text_is_plain(cell->text);
    const struct span text =
        plain ? cell->text : (struct span){sheet->text, cell_text(cell->text, sheet->text, NULL)};

    sheet->tally->text_bytes += text.size;
    if (cell->link != NULL && stream_link(sheet, row, column, cell->link, text, err) != 0)
        return -1;
    if (text.size == 0)
        return sheet_stream_blank(sheet->stream, row, column, style, err);
    if (plain && text.data[0] != ' ' && text.data[text.size - 1] != ' ')
        return sheet_stream_string(sheet->stream, row, column, style, text, err);
    return sheet_stream_text(sheet->stream, row, column, style, text, err);
}

static int put_streamed(struct sheet *sheet, uint32_t row, int column,
                        const struct sheet_cell *cell, struct error *err)
{
    const int style = sheet->book->format_numbers[cell->style];

    switch (cell->kind) {
    case SHEET_BLANK:
        return sheet_stream_blank(sheet->stream, row, column, style, err);
    case SHEET_NUMBER:
        return sheet_stream_number(sheet->stream, row, column, style, cell->number, err);
    case SHEET_TEXT:
        return stream_text(sheet, row, column, cell, style, err);
    case SHEET_FORMULA:
        return sheet_stream_formula(sheet->stream, row, column, style, cell->formula, cell->number,
                                    err);
    case SHEET_TEXT_FORMULA:
        return sheet_stream_text_formula(sheet->stream, row, column, style, cell->formula,
                                         cell->text, err);
    }
    return 0;
}

int sheet_put(struct sheet *sheet, uint32_t row, int column, const struct sheet_cell *cell,
              struct error *err)
{
    struct sheet_tally *tally = sheet->tally;

    assert(column >= 0 && column < WORKBOOK_COLUMNS_MAX);
    if (cell->kind == SHEET_NUMBER || cell->kind == SHEET_FORMULA)
        tally_number(tally, column, cell->number);
    tally->formulas += cell->kind == SHEET_FORMULA || cell->kind == SHEET_TEXT_FORMULA;
    if (tally->cells == 0 || row != sheet->last_row)
        tally->rows++;
    tally->cells++;
    sheet->last_row = row;
    return sheet->stream != NULL ? put_streamed(sheet, row, column, cell, err)
                                 : put_by_library(sheet, row, column, cell, err);
}

int sheet_text(struct sheet *sheet, uint32_t row, int column, const char *text, enum style style,
               struct error *err)
{
    struct sheet_cell cell = {.kind = SHEET_TEXT, .style = style, .text = span_of(text)};

    if (cell.text.size == 0)
        cell.kind = SHEET_BLANK;
    return sheet_put(sheet, row, column, &cell, err);
}

int sheet_number(struct sheet *sheet, uint32_t row, int column, struct decimal number,
                 enum style style, struct error *err)
{
    char digits[DECIMAL_TEXT_MAX], text[DECIMAL_TEXT_MAX + sizeof(" " MARK)];
    struct sheet_cell cell = {.kind = SHEET_NUMBER, .style = style, .number = number};

    if (!workbook_number_fits(number)) {
        decimal_format(number, 0, digits);
        snprintf(text, sizeof(text), "%s " MARK, digits);
        return sheet_text(sheet, row, column, text, STYLE_MARKED, err);
    }
    return sheet_put(sheet, row, column, &cell, err);
}

int sheet_formula(struct sheet *sheet, uint32_t row, int column, const char *formula,
                  struct decimal result, enum style style, struct error *err)
{
    struct sheet_cell cell = {
        .kind = SHEET_FORMULA, .style = style, .formula = formula, .number = result};

    if (!workbook_number_fits(result))
        return sheet_number(sheet, row, column, result, style, err);
    return sheet_put(sheet, row, column, &cell, err);
}

int sheet_blank(struct sheet *sheet, uint32_t row, int column, enum style style, struct error *err)
{
    struct sheet_cell cell = {.kind = SHEET_BLANK, .style = style};

    return sheet_put(sheet, row, column, &cell, err);
}

int sheet_link(struct sheet *sheet, uint32_t row, int column, const char *text, const char *link,
               enum style style, struct error *err)
{
    struct sheet_cell cell = {
        .kind = SHEET_TEXT, .style = style, .text = span_of(text), .link = link};

    return sheet_put(sheet, row, column, &cell, err);
}

int sheet_row_height(struct sheet *sheet, uint32_t row, double points, struct error *err)
{
    if (sheet->stream != NULL)
        return sheet_stream_row_height(sheet->stream, row, (int)points, err);
    return sheet_check(sheet, worksheet_set_row(sheet->worksheet, row, points, NULL), err);
}

int sheet_column_width(struct sheet *sheet, int column, int characters, struct error *err)
{
    lxw_col_t at = (lxw_col_t)column;

    return sheet_check(
        sheet, worksheet_set_column(sheet->worksheet, at, at, (double)characters, NULL), err);
}

void column_name(int column, char name[4])
{
    char reversed[4];
    int size = 0;

    for (int rest = column + 1; rest > 0 && size < 3; rest = (rest - 1) / 26)
        reversed[size++] = (char)('A' + (rest - 1) % 26);
    for (int i = 0; i < size; i++)
        name[i] = reversed[size - 1 - i];
    name[size] = '\0';
}

void cell_name(uint32_t row, int column, bool absolute, char name[CELL_NAME_MAX])
{
    char letters[4];

    column_name(column, letters);
    text_format(name, CELL_NAME_MAX, absolute ? "$%s$%u" : "%s%u", letters, row + 1);
}

void sheet_cell_name(const struct sheet *sheet, uint32_t row, int column, char name[CELL_NAME_MAX])
{
    char letters[4];

    column_name(column, letters);
    snprintf(name, CELL_NAME_MAX, "'%s'!%s%u", sheet->tally->name, letters, row + 1);
}
