/*
 * Owns what stands below a ledger's entries, and formulas over its columns.
 * Must not know what is in a row.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "writers/workbook_formula.h"
#include "writers/workbook_ledger.h"

/* Appends to text; false when it does not fit. */
__attribute__((format(printf, 4, 5))) static bool append(char *text, size_t size, size_t *used,
                                                         const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text + *used, size - *used, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= size - *used)
        return false;
    *used += (size_t)length;
    return true;
}

/* 'Refunds'!$N$4:$N$99; without the sheet where `sheet` is NULL. */
static void range_text(const struct ledger_part *part, const char *sheet, int column,
                       char text[2 * CELL_NAME_MAX])
{
    char letters[4];
    uint32_t last = part->next_row > part->first_row ? part->next_row : part->first_row + 1;

    column_name(column, letters);
    snprintf(text, 2 * CELL_NAME_MAX, "%s%s%s$%s$%u:$%s$%u", sheet == NULL ? "" : "'",
             sheet == NULL ? "" : sheet, sheet == NULL ? "" : "'!", letters, part->first_row + 1,
             letters, last);
}

static bool part_formula(const struct ledger_sheets *ledger, const struct ledger_part *part,
                         const char *sheet, const char *sum, const struct criterion *criteria,
                         size_t count, char *text, size_t size, size_t *used)
{
    char range[2 * CELL_NAME_MAX];

    if (!append(text, size, used, sum == NULL ? "COUNTIFS(" : "SUMIFS("))
        return false;
    if (sum != NULL) {
        range_text(part, sheet, ledger_column_of(ledger, sum), range);
        if (!append(text, size, used, "%s,", range))
            return false;
    }
    for (size_t i = 0; i < count; i++) {
        range_text(part, sheet, ledger_column_of(ledger, criteria[i].column), range);
        if (!append(text, size, used, "%s%s,%s", i > 0 ? "," : "", range, criteria[i].value))
            return false;
    }
    return append(text, size, used, ")");
}

bool ledger_formula(const struct ledger_sheets *ledger, const char *sum,
                    const struct criterion *criteria, size_t count, char *text, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < ledger->part_count; i++) {
        const struct ledger_part *part = &ledger->parts[i];

        if (i > 0 && !append(text, size, &used, "+"))
            return false;
        if (!part_formula(ledger, part, part->sheet->tally->name, sum, criteria, count, text, size,
                          &used))
            return false;
    }
    return true;
}

bool ledger_sum_is_exact(struct decimal sum, int digits, uint64_t rows)
{
    /* Errors of a long sum grow like the root of its length; 2^50 leaves room for an eighth. */
    const int128 bound = (int128)1 << 50;
    int128 minor;

    if (!decimal_scaled(sum, digits, &minor) || minor >= bound)
        return false;
    return minor * minor < bound * bound / (int128)(rows + 1);
}

/*
 * The total of one column in one currency. With one currency in the ledger it is a SUBTOTAL, which
 * follows the filter; with several, a filter can't tell them apart, and it is a SUMIFS.
 */
static int write_total(const struct ledger_sheets *ledger, const struct ledger_part *part,
                       int index, int currency, bool alone, uint32_t row, struct error *err)
{
    int column = ledger->total_columns[index];
    int digits = currency_digits(currency);
    const struct column_total *total = ledger_sum_at(&ledger->sums, index, currency);
    enum style style = style_amount(STYLE_TOTAL_AMOUNT, digits);
    char sum[FORMULA_BYTES_MAX / 2], text[FORMULA_BYTES_MAX];
    char range[2 * CELL_NAME_MAX], code[8];
    char brought[CELL_NAME_MAX + 1] = "";
    size_t used = 0;
    bool fits = true;

    if (ledger->brought_rows[currency] != 0) {
        brought[0] = '+';
        cell_name(ledger->brought_rows[currency], column, false, brought + 1);
    }
    if (alone) {
        range_text(part, NULL, column, range);
        snprintf(sum, sizeof(sum), "SUBTOTAL(109,%s)", range);
    } else {
        struct criterion criterion = {"currency", code};

        snprintf(code, sizeof(code), "\"%s\"", currency_code(currency));
        fits = part_formula(ledger, part, NULL, ledger->columns[column].name, &criterion, 1, sum,
                            sizeof(sum), &used);
    }
    if (!fits || !ledger_sum_is_exact(total->sum, digits, ledger->rows))
        return sheet_number(part->sheet, row, column, total->sum, style, err);
    snprintf(text, sizeof(text), "ROUND(%s%s,%d)", sum, brought, digits);
    return sheet_formula(part->sheet, row, column, text, total->sum, style, err);
}

static int write_total_line(const struct ledger_sheets *ledger, const struct ledger_part *part,
                            const char *word, int currency, bool alone, uint32_t row,
                            struct error *err)
{
    char label[40];
    int at = 0;

    snprintf(label, sizeof(label), "%s %s", word, currency_code(currency));
    if (sheet_text(part->sheet, row, at++, label, STYLE_TOTAL_LABEL, err) != 0)
        return -1;
    for (int i = 0; i < ledger->total_count; i++) {
        for (; at < ledger->total_columns[i]; at++)
            if (sheet_blank(part->sheet, row, at, STYLE_TOTAL_LABEL, err) != 0)
                return -1;
        if (write_total(ledger, part, i, currency, alone, row, err) != 0)
            return -1;
        at++;
    }
    return 0;
}

/* Whether an amount of the ledger is text, and so in no total. */
static bool is_marked(const struct ledger_sheets *ledger)
{
    for (size_t i = 0; i < (size_t)ledger->total_count * CURRENCY_COUNT; i++)
        if (!decimal_is_zero(ledger->sums.totals[i].marked))
            return true;
    return false;
}

static int write_totals(struct ledger_sheets *ledger, const struct ledger_part *part,
                        const char *word, uint32_t row, struct error *err)
{
    int seen = 0;

    for (int currency = 0; currency < CURRENCY_COUNT; currency++)
        seen += ledger->currencies[currency];
    for (int currency = 0; currency < CURRENCY_COUNT; currency++) {
        if (!ledger->currencies[currency])
            continue;
        ledger->total_rows[currency] = row;
        if (write_total_line(ledger, part, word, currency, seen == 1, row++, err) != 0)
            return -1;
    }
    if (is_marked(ledger))
        return sheet_text(part->sheet, row, 0,
                          MARK " Amounts of more than 15 digits are text and are in no total here.",
                          STYLE_SUBTITLE, err);
    return 0;
}

static int add_condition(const struct ledger_part *part, int last_column, const char *formula,
                         enum style style, struct error *err)
{
    char text[64];
    lxw_conditional_format condition = {
        .type = LXW_CONDITIONAL_TYPE_FORMULA,
        .value_string = text,
        .format = part->sheet->book->formats[style],
    };

    snprintf(text, sizeof(text), "%s", formula);
    return sheet_check(part->sheet,
                       worksheet_conditional_format_range(part->sheet->worksheet, part->first_row,
                                                          0, part->next_row - 1,
                                                          (lxw_col_t)last_column, &condition),
                       err);
}

/* Denied rows are grey, deferred and pending ones tinted, late ones brown. */
static int add_conditions(const struct ledger_sheets *ledger, const struct ledger_part *part,
                          struct error *err)
{
    static const struct {
        const char *column, *value;
        enum style style;
    } conditions[] = {
        {"decision", "=\"denied\"", STYLE_IF_DENIED},
        {"decision", "=\"deferred\"", STYLE_IF_DEFERRED},
        {"decision", "=\"pending\"", STYLE_IF_DEFERRED},
        {"scope", "=\"out_of_scope\"", STYLE_IF_DENIED},
        {"origin_period", "<>\"\"", STYLE_IF_LATE},
    };

    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        int column = ledger_column_of(ledger, conditions[i].column);
        char letters[4], formula[64];

        if (column < 0 || (ledger->kind == LEDGER_LATE && i == 4))
            continue;
        column_name(column, letters);
        snprintf(formula, sizeof(formula), "=$%s%u%s", letters, part->first_row + 1,
                 conditions[i].value);
        if (add_condition(part, ledger->column_count - 1, formula, conditions[i].style, err) != 0)
            return -1;
    }
    /* A line under each row, under its empty cells too. */
    return add_condition(part, ledger->column_count - 1, "=TRUE", STYLE_IF_ROW, err);
}

int ledger_finish(struct ledger_sheets *ledger, bool carried, struct error *err)
{
    struct ledger_part *part = &ledger->parts[ledger->part_count - 1];
    struct sheet *sheet = part->sheet;
    uint32_t last = part->next_row;
    int last_printed = ledger->view->printed - 1;

    if (part->next_row == part->first_row) {
        if (sheet_text(sheet, part->next_row, 0, "No rows in this period.", STYLE_SUBTITLE, err) !=
            0)
            return -1;
    } else {
        if (sheet_check(sheet,
                        worksheet_autofilter(sheet->worksheet, part->header_row, 0,
                                             part->next_row - 1,
                                             (lxw_col_t)(ledger->column_count - 1)),
                        err) != 0 ||
            add_conditions(ledger, part, err) != 0 ||
            write_totals(ledger, part, carried ? "Carried forward" : "Total", part->next_row,
                         err) != 0)
            return -1;
    }
    if (sheet->last_row > last)
        last = sheet->last_row;
    return sheet_check(
        sheet, worksheet_print_area(sheet->worksheet, 0, 0, last, (lxw_col_t)last_printed), err);
}
