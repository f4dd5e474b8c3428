/*
 * Owns the statement of a reconciliation as a sheet, the breaks by category and age, and the rules.
 * Sums are live formulas that come to what the program found.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "writers/workbook_reconcile_parts.h"

enum {
    LABEL_BYTES = 160,
    FORMULA_BYTES = 160,
    COLUMN_LABEL = 0,
    COLUMN_COUNT_OF = 1,
    COLUMN_SUM = 2,
    COLUMN_NOTE = 3,
};

struct page {
    struct reconcile_workbook *it;
    struct sheet *sheet;
    const struct statement *statement;
    uint32_t row;
    int digits; /* decimals that all amounts of the statement need */
    struct error *err;
};

/* ---- lines ---- */

static int put_heading(struct page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int put_heading(struct page *page, const char *format, ...)
{
    char text[LABEL_BYTES];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    page->row++;
    return sheet_text(page->sheet, page->row++, COLUMN_LABEL, text, STYLE_SECTION, page->err);
}

static int put_line(struct page *page, const char *label, bool counted, uint64_t count,
                    struct decimal amount, const char *note)
{
    if (sheet_text(page->sheet, page->row, COLUMN_LABEL, label, STYLE_TEXT, page->err) != 0 ||
        (counted &&
         sheet_number(page->sheet, page->row, COLUMN_COUNT_OF, decimal_from_integer((int64_t)count),
                      STYLE_INTEGER, page->err) != 0) ||
        sheet_number(page->sheet, page->row, COLUMN_SUM, amount,
                     style_amount(STYLE_AMOUNT, page->digits), page->err) != 0 ||
        sheet_text(page->sheet, page->row, COLUMN_NOTE, note, STYLE_TEXT, page->err) != 0)
        return -1;
    page->row++;
    return 0;
}

static int put_total(struct page *page, const char *label, const char *formula,
                     struct decimal amount)
{
    if (sheet_text(page->sheet, page->row, COLUMN_LABEL, label, STYLE_TOTAL_LABEL, page->err) !=
            0 ||
        sheet_blank(page->sheet, page->row, COLUMN_COUNT_OF, STYLE_TOTAL_LABEL, page->err) != 0 ||
        sheet_formula(page->sheet, page->row, COLUMN_SUM, formula, amount,
                      style_amount(STYLE_TOTAL_AMOUNT, page->digits), page->err) != 0)
        return -1;
    page->row++;
    return 0;
}

/* "ROUND(SUM(C5:C9),2)" of the rows from first to the one before the next. */
static void sum_formula(const struct page *page, uint32_t first, char formula[FORMULA_BYTES])
{
    (void)snprintf(formula, FORMULA_BYTES, "ROUND(SUM(C%u:C%u),%d)", first + 1, page->row,
                   page->digits);
}

/* ---- the statement ---- */

static bool fits(struct decimal amount, int digits)
{
    return decimal_fits_digits(amount, digits);
}

/* The currency's minor units, or more where something was billed finer. */
static int digits_needed(const struct statement *statement)
{
    int digits = currency_digits(statement->currency);

    for (; digits < DECIMAL_DIGITS; digits++) {
        bool enough = fits(billed_to_decimal(statement->credits), digits) &&
                      fits(billed_to_decimal(statement->other_credits), digits) &&
                      fits(billed_to_decimal(statement->lines_forward), digits) &&
                      fits(billed_to_decimal(statement->before), digits) &&
                      fits(billed_to_decimal(statement->other_months), digits) &&
                      fits(billed_to_decimal(statement->fractions), digits);

        for (int i = 0; i < MATCH_CATEGORY_COUNT; i++)
            enough &= fits(statement->differences[i], digits);
        if (enough)
            break;
    }
    return digits;
}

static int put_owed(struct page *page, uint32_t *total)
{
    static const char *const LABELS[STATEMENT_LEDGERS] = {"Refunds", "Compensations", "Rewards"};
    const struct statement *statement = page->statement;
    char period[PERIOD_TEXT_MAX];
    char formula[FORMULA_BYTES];
    struct decimal sum = statement->entries_forward;
    uint32_t first;

    (void)period_format(page->it->facts.period, period);
    if (put_heading(page, "Statement in %s", currency_code(statement->currency)) != 0)
        return -1;
    first = page->row;
    for (int i = 0; i < STATEMENT_LEDGERS; i++) {
        char label[LABEL_BYTES];

        (void)snprintf(label, sizeof(label), "%s, books of %s", LABELS[i], period);
        sum.units += statement->ledgers[i].units;
        if (put_line(page, label, true, statement->entries[i], statement->ledgers[i],
                     "approved entries") != 0)
            return -1;
    }
    if (put_line(page, "Open entries brought forward", true, statement->entry_forward_count,
                 statement->entries_forward, "of earlier reconciliations") != 0)
        return -1;
    sum_formula(page, first, formula);
    *total = page->row;
    return put_total(page, "Owed", formula, sum);
}

static int put_differences(struct page *page, uint32_t owed, uint32_t *total)
{
    const struct statement *statement = page->statement;
    char formula[FORMULA_BYTES];

    for (int i = 0; i < MATCH_CATEGORY_COUNT; i++) {
        char label[LABEL_BYTES];

        (void)snprintf(label, sizeof(label), "%s %s",
                       statement->differences[i].units < 0 ? "less" : "plus",
                       match_category_code((enum match_category)i));
        if (put_line(page, label, true, statement->matches[i], statement->differences[i],
                     match_category_text((enum match_category)i)) != 0)
            return -1;
    }
    sum_formula(page, owed, formula);
    *total = page->row;
    return put_total(page, "Credited, by matches", formula, statement->by_matches);
}

static int put_billing(struct page *page, uint32_t *total)
{
    const struct statement *statement = page->statement;
    const struct {
        const char *label;
        struct billed amount;
        const char *note;
    } lines[] = {
        {"Credits in the billing exports", statement->credits, "exact sum of their rows"},
        {"plus other credits that name our entries", statement->other_credits,
         "rows of the kind other_credit"},
        {"plus open credits brought forward", statement->lines_forward,
         "of earlier reconciliations"},
        {"less rows reconciled before", statement->before,
         "an earlier reconciliation has had them"},
        {"less rows of other months", statement->other_months, "left to their reconciliation"},
        {"plus rounding to ten decimals", statement->fractions, "finer than any match needs"},
    };
    char formula[FORMULA_BYTES];
    uint32_t first = page->row;

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (put_line(page, lines[i].label, false, 0, billed_to_decimal(lines[i].amount),
                     lines[i].note) != 0)
            return -1;
    sum_formula(page, first, formula);
    *total = page->row;
    return put_total(page, "Credited, by billing", formula,
                     billed_to_decimal(statement->by_billing));
}

static int put_statement(struct page *page)
{
    char formula[FORMULA_BYTES];
    uint32_t owed = 0;
    uint32_t by_matches = 0;
    uint32_t by_billing = 0;
    struct sheet_cell verdict = {.kind = SHEET_TEXT_FORMULA,
                                 .style = STYLE_STATUS,
                                 .text = span_of("agrees"),
                                 .formula = formula};

    page->digits = digits_needed(page->statement);
    if (put_owed(page, &owed) != 0 || put_differences(page, owed, &by_matches) != 0 ||
        put_billing(page, &by_billing) != 0)
        return -1;
    (void)snprintf(formula, sizeof(formula), "ROUND(C%u-C%u,%d)", by_matches + 1, by_billing + 1,
                   page->digits);
    if (put_total(page, "Difference", formula, DECIMAL_ZERO) != 0)
        return -1;
    (void)snprintf(formula, sizeof(formula), "IF(C%u=0,\"agrees\",\"DIFFERS\")", page->row);
    return sheet_put(page->sheet, page->row++, COLUMN_SUM, &verdict, page->err);
}

static int put_facts(struct page *page)
{
    const struct reconcile_workbook_facts *facts = &page->it->facts;
    const struct {
        const char *label;
        uint64_t count;
    } counts[] = {
        {"Breaks", facts->breaks},
        {"Rejected rows of the billing exports", facts->rejects},
        {"Billing rows reconciled before, left out", facts->dropped},
        {"Billing rows that are not ours or of other months, left out", facts->passed_over},
    };

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        if (sheet_text(page->sheet, page->row, COLUMN_LABEL, counts[i].label, STYLE_TEXT,
                       page->err) != 0 ||
            sheet_number(page->sheet, page->row, COLUMN_COUNT_OF,
                         decimal_from_integer((int64_t)counts[i].count), STYLE_INTEGER,
                         page->err) != 0)
            return -1;
        page->row++;
    }
    return sheet_text(page->sheet, page->row++, COLUMN_LABEL,
                      facts->orders_compared
                          ? "Purchases were compared with the orders export: sheet Purchases"
                          : "Purchases were not compared with the orders export",
                      STYLE_TEXT, page->err);
}

int statement_sheet_write(struct reconcile_workbook *it, struct error *err)
{
    static const int WIDTHS[] = {56, 12, 22, 52};
    struct page page = {.it = it, .sheet = it->summary, .err = err};
    char period[PERIOD_TEXT_MAX];
    char text[LABEL_BYTES];

    (void)period_format(it->facts.period, period);
    for (int i = 0; i < 4; i++)
        if (sheet_column_width(it->summary, i, WIDTHS[i], err) != 0)
            return -1;
    (void)snprintf(text, sizeof(text), "Reconciliation of %s%s%.80s", period,
                   it->facts.company[0] == '\0' ? "" : ", ", it->facts.company);
    if (sheet_text(it->summary, page.row++, COLUMN_LABEL, text, STYLE_TITLE, err) != 0 ||
        sheet_text(it->summary, page.row++, COLUMN_LABEL,
                   "What the books owe, item by item to what the billing exports credited.",
                   STYLE_SUBTITLE, err) != 0 ||
        put_facts(&page) != 0)
        return -1;
    for (size_t i = 0; i < it->facts.statement_count; i++) {
        page.statement = &it->facts.statements[i];
        if (put_statement(&page) != 0)
            return -1;
    }
    return 0;
}

/* ---- breaks by category and age ---- */

static int put_ages(struct page *page, enum match_category category)
{
    const struct statement *statement = page->statement;

    if (sheet_text(page->sheet, page->row, 0, match_category_code(category), STYLE_TEXT,
                   page->err) != 0 ||
        sheet_text(page->sheet, page->row, 1, currency_code(statement->currency), STYLE_TEXT,
                   page->err) != 0)
        return -1;
    for (int age = 0; age < STATEMENT_AGES; age++)
        if (sheet_number(page->sheet, page->row, 2 + 2 * age,
                         decimal_from_integer((int64_t)statement->open[category][age]),
                         STYLE_INTEGER, page->err) != 0 ||
            sheet_number(page->sheet, page->row, 3 + 2 * age,
                         statement->open_difference[category][age],
                         style_amount(STYLE_AMOUNT, page->digits), page->err) != 0)
            return -1;
    page->row++;
    return 0;
}

int ages_write(struct reconcile_workbook *it, struct sheet *sheet, uint32_t *row, struct error *err)
{
    static const char *const HEADS[] = {"Category",  "Currency",   "New",       "Difference",
                                        "1 period",  "Difference", "2 periods", "Difference",
                                        "3 or more", "Difference"};
    struct page page = {.it = it, .sheet = sheet, .err = err};

    if (sheet_text(sheet, page.row++, 0, "Breaks by category and age", STYLE_TITLE, err) != 0)
        return -1;
    for (int i = 0; i < (int)(sizeof(HEADS) / sizeof(HEADS[0])); i++)
        if (sheet_text(sheet, page.row, i, HEADS[i], i < 2 ? STYLE_HEAD : STYLE_HEAD_RIGHT, err) !=
            0)
            return -1;
    page.row++;
    for (int category = 0; category < MATCH_CATEGORY_COUNT; category++)
        for (size_t i = 0; i < it->facts.statement_count; i++) {
            page.statement = &it->facts.statements[i];
            page.digits = digits_needed(page.statement);
            if (match_category_is_break((enum match_category)category) &&
                page.statement->matches[category] > 0 &&
                put_ages(&page, (enum match_category)category) != 0)
                return -1;
        }
    *row = page.row + 1;
    return 0;
}

/* ---- rules ---- */

static int put_rule(struct page *page, const struct match_rule *rule)
{
    if (sheet_number(page->sheet, page->row, 0, decimal_from_integer(rule->number), STYLE_INTEGER,
                     page->err) != 0 ||
        sheet_text(page->sheet, page->row, 1, rule_kind_name(rule->kind), STYLE_TEXT, page->err) !=
            0 ||
        sheet_number(page->sheet, page->row, 2, rule->tolerance, style_amount(STYLE_AMOUNT, 2),
                     page->err) != 0 ||
        sheet_number(page->sheet, page->row, 3, rule->tolerance_share,
                     style_amount(STYLE_AMOUNT, 6), page->err) != 0)
        return -1;
    if (rule->kind == RULE_DETAILS &&
        sheet_number(page->sheet, page->row, 4, decimal_from_integer(rule->window_days),
                     STYLE_INTEGER, page->err) != 0)
        return -1;
    return sheet_text(page->sheet, page->row++, 5, rule_kind_text(rule->kind), STYLE_TEXT,
                      page->err);
}

int rules_sheet_write(struct reconcile_workbook *it, struct sheet *sheet, struct error *err)
{
    static const char *const HEADS[] = {"Rule",  "Match by",    "Tolerance",
                                        "Share", "Window days", "In words"};
    static const int WIDTHS[] = {8, 18, 14, 14, 14, 80};
    struct page page = {.it = it, .sheet = sheet, .err = err};
    char text[LABEL_BYTES];

    (void)snprintf(text, sizeof(text), "Profile %s, SHA-256 %s", it->facts.profile->name,
                   it->facts.profile_sha256);
    for (int i = 0; i < 6; i++)
        if (sheet_column_width(sheet, i, WIDTHS[i], err) != 0)
            return -1;
    if (sheet_text(sheet, page.row++, 0, "Rules and tolerances", STYLE_TITLE, err) != 0 ||
        sheet_text(sheet, page.row++, 0, text, STYLE_SUBTITLE, err) != 0)
        return -1;
    page.row++;
    for (int i = 0; i < 6; i++)
        if (sheet_text(sheet, page.row, i, HEADS[i],
                       i == 0 || (i > 1 && i < 5) ? STYLE_HEAD_RIGHT : STYLE_HEAD, err) != 0)
            return -1;
    page.row++;
    for (int i = 0; i < it->facts.profile->rule_count; i++)
        if (put_rule(&page, &it->facts.profile->rules[i]) != 0)
            return -1;
    page.row++;
    for (int i = 0; i < MATCH_CATEGORY_COUNT; i++) {
        if (sheet_text(sheet, page.row, 1, match_category_code((enum match_category)i), STYLE_TEXT,
                       err) != 0 ||
            sheet_text(sheet, page.row, 5, match_category_text((enum match_category)i), STYLE_TEXT,
                       err) != 0)
            return -1;
        page.row++;
    }
    return 0;
}
