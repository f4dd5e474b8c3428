/*
 * Owns the Controls sheet: every identity with both sides and the difference, what the workbook
 * itself could not keep exact, and all control totals.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "writers/workbook_controls.h"
#include "writers/workbook_statistics.h"

enum {
    FIRST_IDENTITY_ROW = 5,
    LINES_OF_EXACTNESS = 3,
    ROWS_BETWEEN = 2 + LINES_OF_EXACTNESS + 3, /* identities to control totals, headings included */
};

struct page {
    const struct book *book;
    const struct workbook_closing *closing;
    uint32_t first_control_row;
    struct sheet *sheet;
    uint32_t row;
    struct error *err;
};

static int put_heads(struct page *page, const char *const *headings, int count, unsigned right)
{
    for (int i = 0; i < count; i++)
        if (sheet_text(page->sheet, page->row, i, headings[i],
                       (right >> i & 1) != 0 ? STYLE_HEAD_RIGHT : STYLE_HEAD, page->err) != 0)
            return -1;
    page->row++;
    return 0;
}

static int put_section(struct page *page, const char *title)
{
    page->row++;
    return sheet_text(page->sheet, page->row++, 0, title, STYLE_SECTION, page->err);
}

/* The difference and its verdict as formulas. */
static int put_verdict(struct page *page, struct decimal left, struct decimal right,
                       enum style style)
{
    char formula[96];
    bool agrees = decimal_compare(left, right) == 0;
    struct decimal difference = {left.units - right.units};
    struct sheet_cell verdict = {
        .kind = SHEET_TEXT_FORMULA,
        .style = STYLE_STATUS,
        .text = span_of(agrees ? "agrees" : "DIFFERS"),
        .formula = formula,
    };

    if (workbook_number_fits(left) && workbook_number_fits(right)) {
        snprintf(formula, sizeof(formula), "C%u-E%u", page->row + 1, page->row + 1);
        if (sheet_formula(page->sheet, page->row, 5, formula, difference, style, page->err) != 0)
            return -1;
    } else if (sheet_number(page->sheet, page->row, 5, difference, style, page->err) != 0) {
        return -1;
    }
    snprintf(formula, sizeof(formula), "IF(C%u=E%u,\"agrees\",\"DIFFERS\")", page->row + 1,
             page->row + 1);
    return sheet_put(page->sheet, page->row++, 6, &verdict, page->err);
}

/* A figure, as a formula where the workbook can tell it. */
static int put_side(struct page *page, int column, const struct control_identity *identity,
                    const char *text, struct decimal value, enum style style)
{
    struct identity_side side = {.book = page->book,
                                 .closing = page->closing,
                                 .identity = identity,
                                 .text = text,
                                 .value = value,
                                 .first_control_row = page->first_control_row};
    char formula[FORMULA_BYTES_MAX + 32];

    if (sheet_text(page->sheet, page->row, column - 1, text, STYLE_TEXT, page->err) != 0)
        return -1;
    if (identity_formula(&side, formula, sizeof(formula)))
        return sheet_formula(page->sheet, page->row, column, formula, value, style, page->err);
    return sheet_number(page->sheet, page->row, column, value, style, page->err);
}

static int put_identity(struct page *page, const struct control_identity *identity)
{
    enum style style = identity->currency == CURRENCY_NONE
                           ? STYLE_INTEGER
                           : style_amount(STYLE_AMOUNT, currency_digits(identity->currency));
    char name[160];

    snprintf(name, sizeof(name), "%s%s%s", identity->name,
             identity->currency == CURRENCY_NONE ? "" : ", ",
             identity->currency == CURRENCY_NONE ? "" : currency_code(identity->currency));
    if (sheet_text(page->sheet, page->row, 0, name, STYLE_TEXT, page->err) != 0 ||
        put_side(page, 2, identity, identity->left_text, identity->left, style) != 0 ||
        put_side(page, 4, identity, identity->right_text, identity->right, style) != 0)
        return -1;
    return put_verdict(page, identity->left, identity->right, style);
}

static int put_identities(struct page *page, const struct workbook_closing *closing)
{
    static const char *const headings[] = {"Identity", "Left side",  "Left",  "Right side",
                                           "Right",    "Difference", "Result"};

    if (put_section(page, "Identities") != 0 || put_heads(page, headings, 7, 0x34) != 0)
        return -1;
    for (size_t i = 0; i < closing->identity_count; i++)
        if (put_identity(page, &closing->identities[i]) != 0)
            return -1;
    return 0;
}

static int put_exactness(struct page *page, const struct statistics *statistics)
{
    const struct {
        const char *text;
        uint64_t count;
    } lines[LINES_OF_EXACTNESS] = {
        {"Numbers of more than 15 digits, kept as text (" MARK ")", statistics->marked},
        {"Amounts kept as values, for a formula would not be exact", statistics->withheld},
        {"Rejected rows", statistics->rejects},
    };

    if (put_section(page, "What this workbook does not compute") != 0)
        return -1;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (sheet_text(page->sheet, page->row, 0, lines[i].text, STYLE_TEXT, page->err) != 0 ||
            sheet_blank(page->sheet, page->row, 1, STYLE_TEXT, page->err) != 0 ||
            sheet_number(page->sheet, page->row, 2, decimal_from_integer((int64_t)lines[i].count),
                         STYLE_INTEGER, page->err) != 0)
            return -1;
        page->row++;
    }
    return 0;
}

static int put_control(struct page *page, const struct control *control)
{
    const char *currency =
        control->currency == CURRENCY_NONE ? "" : currency_code(control->currency);
    int digits = control->currency == CURRENCY_NONE ? 0 : currency_digits(control->currency);

    if (sheet_text(page->sheet, page->row, 0, control->scope, STYLE_TEXT, page->err) != 0 ||
        sheet_text(page->sheet, page->row, 1, control->name, STYLE_TEXT, page->err) != 0)
        return -1;
    if (control->has_count &&
        sheet_number(page->sheet, page->row, 2, decimal_from_integer(control->count), STYLE_INTEGER,
                     page->err) != 0)
        return -1;
    if (!control->has_count && sheet_blank(page->sheet, page->row, 2, STYLE_TEXT, page->err) != 0)
        return -1;
    if (sheet_text(page->sheet, page->row, 3, currency, STYLE_TEXT, page->err) != 0)
        return -1;
    if (control->has_amount)
        return sheet_number(page->sheet, page->row++, 4, control->amount,
                            style_amount(STYLE_AMOUNT, digits), page->err);
    return sheet_blank(page->sheet, page->row++, 4, STYLE_TEXT, page->err);
}

static int put_controls(struct page *page, const struct workbook_closing *closing)
{
    static const char *const headings[] = {"Scope", "Name", "Count", "Currency", "Amount"};

    if (put_section(page, "Control totals") != 0 || put_heads(page, headings, 5, 0x14) != 0)
        return -1;
    assert(page->row == page->first_control_row);
    for (size_t i = 0; i < closing->control_count; i++)
        if (put_control(page, &closing->controls[i]) != 0)
            return -1;
    return 0;
}

/* Green where both sides agree, red where not. */
static int add_colours(const struct page *page, uint32_t last_row)
{
    static const struct {
        const char *value;
        enum style style;
    } colours[] = {{"\"agrees\"", STYLE_IF_GOOD}, {"\"DIFFERS\"", STYLE_IF_BAD}};

    for (size_t i = 0; i < 2; i++) {
        char value[16];
        lxw_conditional_format condition = {
            .type = LXW_CONDITIONAL_TYPE_CELL,
            .criteria = LXW_CONDITIONAL_CRITERIA_EQUAL_TO,
            .value_string = value,
            .format = page->sheet->book->formats[colours[i].style],
        };

        snprintf(value, sizeof(value), "%s", colours[i].value);
        if (sheet_check(page->sheet,
                        worksheet_conditional_format_range(page->sheet->worksheet, 3, 6, last_row,
                                                           6, &condition),
                        page->err) != 0)
            return -1;
    }
    return 0;
}

int controls_sheet_write(struct book *book, const struct workbook_closing *closing,
                         struct error *err)
{
    static const int widths[] = {48, 40, 16, 40, 16, 14, 10};
    struct page page = {
        .book = book,
        .closing = closing,
        .first_control_row = FIRST_IDENTITY_ROW + (uint32_t)closing->identity_count + ROWS_BETWEEN,
        .sheet = book->controls,
        .row = 2,
        .err = err,
    };

    page.sheet->landscape = true;
    for (int i = 0; i < 7; i++)
        if (sheet_column_width(page.sheet, i, widths[i], err) != 0)
            return -1;
    if (sheet_row_height(page.sheet, 0, 22, err) != 0 ||
        sheet_text(page.sheet, 0, 0, "Controls", STYLE_TITLE, err) != 0 ||
        sheet_text(page.sheet, 1, 0,
                   "Nothing is published unless every identity holds and this file reads back as "
                   "it was written. Sides are formulas over the control totals below, the ledgers "
                   "and Accounts, where the figure is in this workbook.",
                   STYLE_SUBTITLE, err) != 0)
        return -1;
    if (put_identities(&page, closing) != 0 || add_colours(&page, page.row) != 0 ||
        put_exactness(&page, book->owner->statistics) != 0)
        return -1;
    return put_controls(&page, closing);
}
