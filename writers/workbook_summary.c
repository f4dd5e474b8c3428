/*
 * Owns the Summary sheet's first page: the lead schedule, tied to the ledgers by formulas, and the
 * largest accounts.
 */
#include "writers/workbook_summary.h"

#include <stdio.h>
#include <string.h>

enum { ROWS_PER_PAGE = 48 };

int summary_section(struct summary *summary, const char *title, const char *note)
{
    summary->row++;
    if (sheet_text(summary->sheet, summary->row++, 0, title, STYLE_SECTION, summary->err) != 0)
        return -1;
    if (note == NULL)
        return 0;
    return sheet_text(summary->sheet, summary->row++, 0, note, STYLE_SUBTITLE, summary->err);
}

int summary_heads(struct summary *summary, const char *const *headings, int count, int first_right)
{
    for (int i = 0; i < count; i++)
        if (sheet_text(summary->sheet, summary->row, i, headings[i],
                       i >= first_right ? STYLE_HEAD_RIGHT : STYLE_HEAD, summary->err) != 0)
            return -1;
    summary->row++;
    return 0;
}

int summary_ledger_cell(struct summary *summary, int column, enum programme programme,
                        const char *sum, const struct criterion *criteria, size_t count,
                        struct decimal result, int digits, enum style style)
{
    const struct ledger_sheets *ledger = summary->book->ledgers[programme_ledger(programme)];
    char over[FORMULA_BYTES_MAX], text[FORMULA_BYTES_MAX + 32];

    if (!ledger_formula(ledger, sum, criteria, count, over, sizeof(over)) ||
        (sum != NULL && !ledger_sum_is_exact(result, digits, ledger->rows)))
        return sheet_number(summary->sheet, summary->row, column, result, style, summary->err);
    if (sum == NULL)
        snprintf(text, sizeof(text), "%s", over);
    else
        snprintf(text, sizeof(text), "ROUND(%s,%d)", over, digits);
    return sheet_formula(summary->sheet, summary->row, column, text, result, style, summary->err);
}

/* How many rows of a ledger have the decision, over this book. */
static int put_count(struct summary *summary, int column, enum programme programme,
                     const char *name, const char *value, uint64_t result)
{
    struct criterion criterion = {name, value};

    return summary_ledger_cell(summary, column, programme, NULL, &criterion, 1,
                               decimal_from_integer((int64_t)result), 0, STYLE_INTEGER);
}

struct decision_column {
    enum decision decision;
    const char *criterion;
};

static int put_decisions(struct summary *summary, const struct share *share,
                         enum programme programme)
{
    static const struct decision_column columns[] = {
        {DECISION_FULL, "\"full\""},
        {DECISION_PARTIAL, "\"partial\""},
        {DECISION_COMPENSATED, "\"compensated\""},
        {DECISION_GRANTED, "\"granted\""},
        {DECISION_DENIED, "\"denied\""},
        {DECISION_DEFERRED, "\"deferred\""},
        {DECISION_PENDING, "\"pending\""},
    };
    const uint64_t *counts = share->decisions[programme];
    int column = 2;
    char approved[3 * FORMULA_BYTES_MAX] = "";
    uint64_t approved_count = 0;
    size_t used = 0;

    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        struct criterion criterion = {"decision", columns[i].criterion};
        enum decision decision = columns[i].decision;
        bool own = programme == PROGRAMME_REFUNDS         ? decision <= DECISION_PARTIAL
                   : programme == PROGRAMME_COMPENSATIONS ? decision == DECISION_COMPENSATED
                                                          : decision == DECISION_GRANTED;

        if (decision_approves(decision) && !own)
            continue;
        if (!decision_approves(decision)) {
            if (column == 2 && sheet_formula(summary->sheet, summary->row, column++, approved,
                                             decimal_from_integer((int64_t)approved_count),
                                             STYLE_INTEGER, summary->err) != 0)
                return -1;
            if (put_count(summary, column++, programme, "decision", columns[i].criterion,
                          counts[decision]) != 0)
                return -1;
            continue;
        }
        approved_count += counts[decision];
        if (used > 0)
            approved[used++] = '+';
        if (!ledger_formula(summary->book->ledgers[programme_ledger(programme)], NULL, &criterion,
                            1, approved + used, FORMULA_BYTES_MAX))
            return error_set(summary->err, ERROR_IO, "workbook: too many sheets for a formula");
        used = strlen(approved);
    }
    return 0;
}

/* Rows of each programme by decision. */
int summary_decisions(struct summary *summary)
{
    static const char *const headings[] = {"Programme", "Decided", "Approved",    "Denied",
                                           "Deferred",  "Pending", "of them late"};
    const struct share *share = &summary->statistics->shares[0];

    if (summary_section(summary, "Decisions",
                        summary->split ? "Rows of this workbook; the other workbooks of the "
                                         "period follow in \"Approved amounts\"."
                                       : NULL) != 0 ||
        summary_heads(summary, headings, 7, 1) != 0)
        return -1;
    for (int i = 0; i < PROGRAMME_COUNT; i++) {
        enum programme programme = (enum programme)i;
        char formula[64];
        uint64_t all = 0;

        for (int decision = 0; decision < DECISION_END; decision++)
            all += share->decisions[i][decision];
        snprintf(formula, sizeof(formula), "SUM(C%u:F%u)", summary->row + 1, summary->row + 1);
        if (sheet_text(summary->sheet, summary->row, 0, programme_title(programme), STYLE_TEXT,
                       summary->err) != 0 ||
            sheet_formula(summary->sheet, summary->row, 1, formula,
                          decimal_from_integer((int64_t)all), STYLE_INTEGER, summary->err) != 0 ||
            put_decisions(summary, share, programme) != 0 ||
            put_count(summary, 6, programme, "origin_period", "\"<>\"", share->late[i]) != 0)
            return -1;
        summary->row++;
    }
    return 0;
}

static const struct {
    const char *amount;   /* the ledger's column */
    const char *accounts; /* that of Accounts */
} AMOUNTS[PROGRAMME_COUNT] = {
    [PROGRAMME_REFUNDS] = {"refund", "refund_total"},
    [PROGRAMME_COMPENSATIONS] = {"amount", "compensation_total"},
    [PROGRAMME_REWARDS] = {"amount", "reward_total"},
};

/* "='...'+..." of the Accounts sheet's column in the currency. */
static int put_accounts_sum(struct summary *summary, int column, enum programme programme,
                            int currency, struct decimal result)
{
    const struct ledger_sheets *accounts = summary->book->ledgers[LEDGER_ACCOUNTS];
    int digits = currency_digits(currency);
    enum style style = style_amount(STYLE_AMOUNT, digits);
    char code[8], over[FORMULA_BYTES_MAX], text[FORMULA_BYTES_MAX + 32];
    struct criterion criterion = {"currency", code};

    snprintf(code, sizeof(code), "\"%s\"", currency_code(currency));
    if (!ledger_formula(accounts, AMOUNTS[programme].accounts, &criterion, 1, over, sizeof(over)) ||
        !ledger_sum_is_exact(result, digits, accounts->rows))
        return sheet_number(summary->sheet, summary->row, column, result, style, summary->err);
    snprintf(text, sizeof(text), "ROUND(%s,%d)", over, digits);
    return sheet_formula(summary->sheet, summary->row, column, text, result, style, summary->err);
}

static int put_tie(struct summary *summary, struct decimal left, struct decimal right, int digits)
{
    char formula[96];
    bool agrees = decimal_compare(left, right) == 0;
    struct sheet_cell verdict = {
        .kind = SHEET_TEXT_FORMULA,
        .style = STYLE_STATUS,
        .text = span_of(agrees ? "agrees" : "DIFFERS"),
        .formula = formula,
    };

    snprintf(formula, sizeof(formula), "ROUND(D%u-E%u,%d)", summary->row + 1, summary->row + 1,
             digits);
    if (sheet_formula(summary->sheet, summary->row, 5, formula,
                      (struct decimal){left.units - right.units},
                      style_amount(STYLE_AMOUNT, digits), summary->err) != 0)
        return -1;
    snprintf(formula, sizeof(formula), "IF(D%u=E%u,\"agrees\",\"DIFFERS\")", summary->row + 1,
             summary->row + 1);
    return sheet_put(summary->sheet, summary->row, 6, &verdict, summary->err);
}

/* Sums of cells that are numbers; where the ledger has amounts as text, the exact ones, no formula.
 */
static int put_amount_line(struct summary *summary, enum programme programme, int currency)
{
    const struct statistics *statistics = summary->statistics;
    const struct approved *here = &statistics->shares[0].approved[programme][currency];
    const struct approved *others = &statistics->shares[1].approved[programme][currency];
    struct decimal accounts = statistics->shares[0].accounts[programme][currency];
    const struct ledger_sheets *ledger = summary->book->ledgers[programme_ledger(programme)];
    const struct ledger_sheets *by_account = summary->book->ledgers[LEDGER_ACCOUNTS];
    int digits = currency_digits(currency);
    enum style style = style_amount(STYLE_AMOUNT, digits);
    char code[8];
    struct criterion criterion = {"currency", code};
    bool marked =
        !decimal_is_zero(ledger_total(ledger, AMOUNTS[programme].amount, currency)->marked) ||
        !decimal_is_zero(ledger_total(by_account, AMOUNTS[programme].accounts, currency)->marked);
    struct decimal all = {here->amount.units + others->amount.units};

    snprintf(code, sizeof(code), "\"%s\"", currency_code(currency));
    if (sheet_text(summary->sheet, summary->row, 0, programme_title(programme), STYLE_TEXT,
                   summary->err) != 0 ||
        sheet_text(summary->sheet, summary->row, 1, currency_code(currency), STYLE_TEXT,
                   summary->err) != 0 ||
        sheet_number(summary->sheet, summary->row, 2,
                     decimal_from_integer((int64_t)(here->rows + others->rows)), STYLE_INTEGER,
                     summary->err) != 0)
        return -1;
    if (marked) {
        if (sheet_number(summary->sheet, summary->row, 3, here->amount, style, summary->err) != 0 ||
            sheet_number(summary->sheet, summary->row, 4, accounts, style, summary->err) != 0 ||
            sheet_text(summary->sheet, summary->row, 5, "", STYLE_TEXT, summary->err) != 0 ||
            sheet_text(summary->sheet, summary->row, 6,
                       decimal_compare(here->amount, accounts) == 0 ? "agrees " MARK
                                                                    : "DIFFERS " MARK,
                       STYLE_STATUS, summary->err) != 0)
            return -1;
    } else if (summary_ledger_cell(summary, 3, programme, AMOUNTS[programme].amount, &criterion, 1,
                                   here->amount, digits, style) != 0 ||
               put_accounts_sum(summary, 4, programme, currency, accounts) != 0 ||
               put_tie(summary, here->amount, accounts, digits) != 0) {
        return -1;
    }
    if (summary->split &&
        (sheet_number(summary->sheet, summary->row, 7, others->amount, style, summary->err) != 0 ||
         sheet_number(summary->sheet, summary->row, 8, all, style, summary->err) != 0))
        return -1;
    summary->row++;
    return 0;
}

static int add_colours(const struct summary *summary, uint32_t first_row)
{
    static const struct {
        const char *value;
        enum style style;
    } colours[] = {{"agrees", STYLE_IF_GOOD}, {"DIFFERS", STYLE_IF_BAD}};

    for (size_t i = 0; summary->row > first_row && i < 2; i++) {
        char value[16];
        lxw_conditional_format condition = {
            .type = LXW_CONDITIONAL_TYPE_TEXT,
            .criteria = LXW_CONDITIONAL_CRITERIA_TEXT_BEGINS_WITH,
            .value_string = value,
            .format = summary->book->formats[colours[i].style],
        };

        snprintf(value, sizeof(value), "%s", colours[i].value);
        if (sheet_check(summary->sheet,
                        worksheet_conditional_format_range(summary->sheet->worksheet, first_row, 6,
                                                           summary->row - 1, 6, &condition),
                        summary->err) != 0)
            return -1;
    }
    return 0;
}

/* The lead schedule. */
int summary_amounts(struct summary *summary)
{
    static const char *const headings[] = {"Programme", "Currency",        "Approved rows",
                                           "By ledger", "By account",      "Difference",
                                           "Result",    "Other workbooks", "All workbooks"};
    uint32_t first_row;

    if (summary_section(summary, "Approved amounts",
                        "Sums over the ledger sheets and over the Accounts sheet.") != 0)
        return -1;
    for (int i = 0; i < (summary->split ? 9 : 7); i++)
        if (sheet_text(summary->sheet, summary->row, i, headings[i],
                       i == 0 || i == 1 || i == 6 ? STYLE_HEAD : STYLE_HEAD_RIGHT,
                       summary->err) != 0)
            return -1;
    first_row = ++summary->row;
    for (int i = 0; i < PROGRAMME_COUNT; i++)
        for (int currency = 0; currency < CURRENCY_COUNT; currency++)
            if (summary->statistics->shares[0].approved[i][currency].rows +
                    summary->statistics->shares[1].approved[i][currency].rows >
                0)
                if (put_amount_line(summary, (enum programme)i, currency) != 0)
                    return -1;
    if (summary->row == first_row &&
        sheet_text(summary->sheet, summary->row++, 0, "Nothing was approved in this period.",
                   STYLE_SUBTITLE, summary->err) != 0)
        return -1;
    return add_colours(summary, first_row);
}

static int put_exposure(struct summary *summary, const struct exposure_row *row)
{
    const int digits = currency_digits(row->currency);
    const enum style style = style_amount(STYLE_AMOUNT, digits);
    const bool exact = workbook_number_fits(row->gross) && workbook_number_fits(row->already);
    char formula[64];

    snprintf(formula, sizeof(formula), "ROUND(C%u-D%u,%d)", summary->row + 1, summary->row + 1,
             digits);
    if (sheet_text(summary->sheet, summary->row, 0, currency_code(row->currency), STYLE_TEXT,
                   summary->err) != 0 ||
        sheet_number(summary->sheet, summary->row, 1, decimal_from_integer(row->incidents),
                     STYLE_INTEGER, summary->err) != 0 ||
        sheet_number(summary->sheet, summary->row, 2, row->gross, style, summary->err) != 0 ||
        sheet_number(summary->sheet, summary->row, 3, row->already, style, summary->err) != 0)
        return -1;
    if (!exact)
        return sheet_number(summary->sheet, summary->row++, 4, row->exposure, style, summary->err);
    return sheet_formula(summary->sheet, summary->row++, 4, formula, row->exposure, style,
                         summary->err);
}

/* What may still be claimed for faults of the period: to be provided for. */
static int summary_exposure(struct summary *summary, const struct workbook_closing *closing)
{
    static const char *const headings[] = {"Currency", "Open incidents", "If all claimed",
                                           "Compensated already", "Exposure"};

    if (summary_section(summary, "Exposure at the period's end",
                        "What is owed if every resource that a rectified fault hit were still "
                        "claimed for in time; `recompense exposure` lists it by incident.") != 0)
        return -1;
    if (closing->exposure_count == 0)
        return sheet_text(summary->sheet, summary->row++, 0,
                          "No incident of the period is still open to claims.", STYLE_SUBTITLE,
                          summary->err);
    if (summary_heads(summary, headings, 5, 1) != 0)
        return -1;
    for (size_t i = 0; i < closing->exposure_count; i++)
        if (put_exposure(summary, &closing->exposure[i]) != 0)
            return -1;
    return 0;
}

static int put_largest(struct summary *summary, int currency, size_t rank,
                       const struct large_account *account)
{
    const char *link = account->link[0] == '\0' ? NULL : account->link;
    int digits = currency_digits(currency);

    if (sheet_link(summary->sheet, summary->row, 0, account->account_id, link,
                   link == NULL ? STYLE_TEXT : STYLE_LINK, summary->err) != 0 ||
        sheet_text(summary->sheet, summary->row, 1, currency_code(currency), STYLE_TEXT,
                   summary->err) != 0 ||
        sheet_number(summary->sheet, summary->row, 2, decimal_from_integer(account->approved_rows),
                     STYLE_INTEGER, summary->err) != 0 ||
        sheet_number(summary->sheet, summary->row, 3, account->total,
                     style_amount(STYLE_AMOUNT, digits), summary->err) != 0 ||
        sheet_number(summary->sheet, summary->row, 4, decimal_from_integer((int64_t)rank),
                     STYLE_INTEGER, summary->err) != 0)
        return -1;
    return sheet_text(summary->sheet, summary->row++, 5, account->name, STYLE_TEXT, summary->err);
}

int summary_largest(struct summary *summary)
{
    static const char *const headings[] = {"Account", "Currency", "Approved rows",
                                           "Total",   "Rank",     "Name"};
    const struct statistics *statistics = summary->statistics;

    if (summary_section(summary, "The ten largest accounts",
                        "By approved amount, in each currency.") != 0)
        return -1;
    for (int i = 0; i < 6; i++)
        if (sheet_text(summary->sheet, summary->row, i, headings[i],
                       i >= 2 && i <= 4 ? STYLE_HEAD_RIGHT : STYLE_HEAD, summary->err) != 0)
            return -1;
    summary->row++;
    for (int currency = 0; currency < CURRENCY_COUNT; currency++) {
        const struct largest_accounts *largest = statistics->largest[currency];

        for (size_t i = 0; largest != NULL && i < largest->count; i++)
            if (put_largest(summary, currency, i + 1, &largest->items[i]) != 0)
                return -1;
    }
    return 0;
}

static uint32_t largest_rows(const struct statistics *statistics)
{
    uint32_t rows = 3;

    for (int i = 0; i < CURRENCY_COUNT; i++)
        if (statistics->largest[i] != NULL)
            rows += (uint32_t)statistics->largest[i]->count;
    return rows;
}

int summary_sheet_write(struct book *book, const struct workbook_closing *closing,
                        struct error *err)
{
    static const int widths[SUMMARY_COLUMNS] = {30, 15, 15, 17, 17, 30, 15, 17, 17};
    struct summary summary = {
        .book = book,
        .statistics = book->owner->statistics,
        .sheet = book->summary,
        .row = 2,
        .split = book->owner->book_count > 1,
        .currency = statistics_main_currency(book->owner->statistics),
        .err = err,
    };
    lxw_row_t breaks[4] = {0}; /* no chart is cut by a page's end */
    size_t break_count = 0;
    char period[PERIOD_TEXT_MAX], title[64];

    period_format(book->owner->facts.period, period);
    snprintf(title, sizeof(title), "Summary, %s", period);
    summary.sheet->landscape = true;
    summary.sheet->print_scale = 64;
    for (int i = 0; i < SUMMARY_COLUMNS; i++)
        if (sheet_column_width(summary.sheet, i, widths[i], err) != 0)
            return -1;
    if (sheet_row_height(summary.sheet, 0, 22, err) != 0 ||
        sheet_text(summary.sheet, 0, 0, title, STYLE_TITLE, err) != 0 ||
        sheet_text(summary.sheet, 1, 0,
                   "Lead schedule: what was decided, by programme and currency.", STYLE_SUBTITLE,
                   err) != 0)
        return -1;
    if (summary_amounts(&summary) != 0 || summary_decisions(&summary) != 0 ||
        summary_exposure(&summary, closing) != 0)
        return -1;
    if (summary.row + largest_rows(summary.statistics) > ROWS_PER_PAGE)
        breaks[break_count++] = summary.row;
    if (summary_largest(&summary) != 0)
        return -1;
    breaks[break_count++] = summary.row;
    if (summary_services(&summary) != 0 || summary_reasons(&summary) != 0)
        return -1;
    breaks[break_count++] = summary.row;
    if (summary_days(&summary) != 0)
        return -1;
    return sheet_check(summary.sheet, worksheet_set_h_pagebreaks(summary.sheet->worksheet, breaks),
                       err);
}
