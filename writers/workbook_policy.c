/*
 * Owns the Policy sheet: the terms in force, clause by clause, as cells that the ledgers' formulas
 * refer to by name, and what every reason means.
 */
#include <stdio.h>
#include <string.h>

#include "policy/clause.h"
#include "writers/workbook_row.h"
#include "writers/workbook_statistics.h"

enum { COLUMN_CLAUSE, COLUMN_TERM, COLUMN_FIRST_VERSION };

/* One line: a term in every version. */
struct line {
    struct book *book;
    uint32_t row;
    struct error *err;
};

static int line_head(const struct line *line, const char *clause, const char *term)
{
    if (sheet_text(line->book->policy, line->row, COLUMN_CLAUSE, clause, STYLE_TEXT, line->err) !=
        0)
        return -1;
    return sheet_text(line->book->policy, line->row, COLUMN_TERM, term, STYLE_TEXT, line->err);
}

static int line_number(const struct line *line, size_t version, struct decimal number,
                       enum style style)
{
    return sheet_number(line->book->policy, line->row, COLUMN_FIRST_VERSION + (int)version, number,
                        style, line->err);
}

static int line_text(const struct line *line, size_t version, const char *text)
{
    return sheet_text(line->book->policy, line->row, COLUMN_FIRST_VERSION + (int)version, text,
                      STYLE_INPUT_TEXT, line->err);
}

/* Gives the version's cell a name that formulas use. */
static int line_name(const struct line *line, size_t version, const char *name)
{
    char cell[CELL_NAME_MAX], formula[2 * CELL_NAME_MAX];

    cell_name(line->row, COLUMN_FIRST_VERSION + (int)version, true, cell);
    snprintf(formula, sizeof(formula), "='%s'!%s", line->book->policy->tally->name, cell);
    return sheet_check(line->book->policy, workbook_define_name(line->book->xlsx, name, formula),
                       line->err);
}

/* Terms that are a number or a word. */
enum term {
    TERM_ROUNDING,
    TERM_RETENTION,
    TERM_USAGE_UNIT,
    TERM_FULL_DAYS,
    TERM_FULL_QUOTA,
    TERM_COUPONS,
    TERM_CLAIM_DAYS,
    TERM_CAP,
    TERM_REWARD_CURRENCY,
    TERM_RECHARGE_OVER,
    TERM_ABANDONED_DAYS,
    TERM_RECHARGE_DAYS,
    TERM_VALID_YEARS,
};

static const struct {
    enum term term;
    const char *clause, *text;
} TERMS[] = {
    {TERM_ROUNDING, "general.rounding", "rounding mode (built into the ledgers' formulas)"},
    {TERM_RETENTION, "general.retention", "months that events are remembered"},
    {TERM_FULL_DAYS, "refund.full", "days after the purchase"},
    {TERM_COUPONS, "refund.full", "cash coupons come back with a full refund"},
    {TERM_USAGE_UNIT, "refund.partial", "unit of the used and the subscribed period"},
    {TERM_FULL_QUOTA, "refund.limit", "full refunds of an account in a calendar year"},
    {TERM_CAP, "compensation.amount", "cap of the compensation of one order"},
    {TERM_CLAIM_DAYS, "compensation.application", "days after the fault for a claim"},
    {TERM_REWARD_CURRENCY, "reward.conditions", "currency of the reward"},
    {TERM_RECHARGE_OVER, "reward.conditions", "recharge total must exceed"},
    {TERM_ABANDONED_DAYS, "reward.conditions", "days after which a filing counts as abandoned"},
    {TERM_RECHARGE_DAYS, "reward.conditions", "days within which the reward is recharged"},
    {TERM_VALID_YEARS, "reward.conditions", "years that the reward is valid"},
};

static int term_cell(const struct line *line, enum term term, const struct terms *terms,
                     size_t version)
{
    int64_t number = 0;

    switch (term) {
    case TERM_ROUNDING:
        return line_text(line, version, rounding_name(terms->rounding));
    case TERM_USAGE_UNIT:
        return line_text(line, version, usage_unit_name(terms->usage_unit));
    case TERM_COUPONS:
        return line_text(line, version, terms->restore_cash_coupons ? "yes" : "no");
    case TERM_CAP:
        return line_text(line, version, cap_name(terms->cap));
    case TERM_REWARD_CURRENCY:
        return line_text(line, version, currency_code(terms->reward_currency));
    case TERM_RECHARGE_OVER:
        return line_number(
            line, version, terms->recharge_over,
            style_amount(STYLE_INPUT_AMOUNT, currency_digits(terms->reward_currency)));
    case TERM_RETENTION:
        number = terms->retention_months;
        break;
    case TERM_FULL_DAYS:
        number = terms->full_refund_days;
        break;
    case TERM_FULL_QUOTA:
        number = terms->full_refunds_per_year;
        break;
    case TERM_CLAIM_DAYS:
        number = terms->claim_window_days;
        break;
    case TERM_ABANDONED_DAYS:
        number = terms->abandoned_days;
        break;
    case TERM_RECHARGE_DAYS:
        number = terms->recharge_within_days;
        break;
    case TERM_VALID_YEARS:
        number = terms->valid_years;
        break;
    }
    return line_number(line, version, decimal_from_integer(number), STYLE_INPUT_INTEGER);
}

static int write_terms(struct line *line, const struct policy *policy, const char *clause)
{
    for (size_t i = 0; i < sizeof(TERMS) / sizeof(TERMS[0]); i++) {
        if (strcmp(TERMS[i].clause, clause) != 0)
            continue;
        if (line_head(line, TERMS[i].clause, TERMS[i].text) != 0)
            return -1;
        for (size_t version = 0; version < policy->version_count; version++)
            if (term_cell(line, TERMS[i].term, &policy->versions[version], version) != 0)
                return -1;
        line->row++;
    }
    return 0;
}

static int write_fee_line(struct line *line, const struct policy *policy,
                          enum product_category category, int year)
{
    char term[96], name[POLICY_NAME_MAX];

    snprintf(term, sizeof(term), "handling fee, %s product, year %d of its use",
             product_category_name(category), year);
    if (line_head(line, "refund.partial", term) != 0)
        return -1;
    for (size_t version = 0; version < policy->version_count; version++) {
        const struct fee *fee = &policy->versions[version].fees[category][year - 1];

        if (!fee->covered) {
            if (line_text(line, version, "/") != 0)
                return -1;
            continue;
        }
        policy_fee_name(category, year, version, name);
        if (line_number(line, version, fee->rate, style_rate(STYLE_INPUT_RATE, fee->rate)) != 0 ||
            line_name(line, version, name) != 0)
            return -1;
    }
    line->row++;
    return 0;
}

static int write_fees(struct line *line, const struct policy *policy)
{
    for (int category = CATEGORY_COUNT - 1; category > CATEGORY_NONE; category--)
        for (int year = 1; year <= USAGE_YEARS; year++)
            if (write_fee_line(line, policy, (enum product_category)category, year) != 0)
                return -1;
    return 0;
}

static int write_times(struct line *line, const struct policy *policy)
{
    for (int scenario = SCENARIO_NONE + 1; scenario < SCENARIO_END; scenario++) {
        char term[96], name[POLICY_NAME_MAX];

        snprintf(term, sizeof(term), "times the cost of the fault, %s",
                 enum_scenario.names[scenario]);
        if (line_head(line, "compensation.amount", term) != 0)
            return -1;
        for (size_t version = 0; version < policy->version_count; version++) {
            policy_times_name(scenario, version, name);
            if (line_number(line, version,
                            decimal_from_integer(policy->versions[version].times[scenario]),
                            STYLE_INPUT_INTEGER) != 0 ||
                line_name(line, version, name) != 0)
                return -1;
        }
        line->row++;
    }
    return 0;
}

static int write_rewards(struct line *line, const struct policy *policy)
{
    for (int tier = TIER_NONE + 1; tier < TIER_END; tier++) {
        char term[96], name[POLICY_NAME_MAX];

        snprintf(term, sizeof(term), "reward of a %s customer", enum_tier.names[tier]);
        if (line_head(line, "reward.conditions", term) != 0)
            return -1;
        for (size_t version = 0; version < policy->version_count; version++) {
            const struct terms *terms = &policy->versions[version];

            policy_reward_name(tier, version, name);
            if (line_number(line, version, terms->reward_amount[tier],
                            style_amount(STYLE_INPUT_AMOUNT,
                                         currency_digits(terms->reward_currency))) != 0 ||
                line_name(line, version, name) != 0)
                return -1;
        }
        line->row++;
    }
    return 0;
}

static int write_causes(struct line *line, const struct policy *policy)
{
    for (int cause = CAUSE_NONE + 1; cause < CAUSE_END; cause++) {
        char term[96];

        snprintf(term, sizeof(term), "cause %s", enum_cause.names[cause]);
        if (line_head(line, "compensation.exclusions", term) != 0)
            return -1;
        for (size_t version = 0; version < policy->version_count; version++)
            if (line_text(line, version,
                          policy->versions[version].cause_excluded[cause] ? "excluded"
                                                                          : "compensated") != 0)
                return -1;
        line->row++;
    }
    return 0;
}

static int write_tickets(struct line *line, const struct policy *policy)
{
    for (int category = TICKET_CATEGORY_NONE + 1; category < TICKET_CATEGORY_END; category++) {
        char term[96];

        snprintf(term, sizeof(term), "ticket %s", enum_ticket_category.names[category]);
        if (line_head(line, "support.scope", term) != 0)
            return -1;
        for (size_t version = 0; version < policy->version_count; version++)
            if (line_text(line, version,
                          policy->versions[version].ticket_in_scope[category]
                              ? "in scope"
                              : "out of scope") != 0)
                return -1;
        line->row++;
    }
    return 0;
}

/* Paragraphs, each in a line of its own that wraps; `before` stands in front of the first. */
static int write_words(struct line *line, const char *before, const char *words)
{
    enum { LINE_CHARACTERS = 98, LINE_POINTS = 12 };
    char text[2048];

    while (*words != '\0') {
        size_t size = strcspn(words, "\n");

        snprintf(text, sizeof(text), "%s%.*s", before, (int)size, words);
        if (sheet_row_height(line->book->policy, line->row,
                             (double)(LINE_POINTS * (strlen(text) / LINE_CHARACTERS + 1) + 2),
                             line->err) != 0 ||
            sheet_text(line->book->policy, line->row, COLUMN_TERM, text, STYLE_NOTE, line->err) !=
                0)
            return -1;
        line->row++;
        words += size + (words[size] == '\n');
        before = "";
    }
    return 0;
}

/* A clause: its title, its words, and its terms. */
static int write_clause(struct line *line, const struct policy *policy, const struct clause *clause)
{
    line->row++;
    if (sheet_text(line->book->policy, line->row, COLUMN_CLAUSE, clause->id, STYLE_SECTION,
                   line->err) != 0 ||
        sheet_text(line->book->policy, line->row, COLUMN_TERM, clause->title, STYLE_SECTION,
                   line->err) != 0)
        return -1;
    line->row++;
    if (write_words(line, "", clause->words) != 0 ||
        write_words(line, "Interpretation: ", clause->interpretation) != 0 ||
        write_terms(line, policy, clause->id) != 0)
        return -1;
    if (strcmp(clause->id, "refund.partial") == 0)
        return write_fees(line, policy);
    if (strcmp(clause->id, "compensation.amount") == 0)
        return write_times(line, policy);
    if (strcmp(clause->id, "compensation.exclusions") == 0)
        return write_causes(line, policy);
    if (strcmp(clause->id, "reward.conditions") == 0)
        return write_rewards(line, policy);
    if (strcmp(clause->id, "support.scope") == 0)
        return write_tickets(line, policy);
    return 0;
}

static int write_versions(struct line *line, const struct policy *policy)
{
    struct sheet *sheet = line->book->policy;
    static const char *const headings[] = {"Clause", "Term"};

    for (int i = 0; i < COLUMN_FIRST_VERSION; i++)
        if (sheet_text(sheet, line->row, i, headings[i], STYLE_HEAD, line->err) != 0)
            return -1;
    for (size_t version = 0; version < policy->version_count; version++)
        if (sheet_text(sheet, line->row, COLUMN_FIRST_VERSION + (int)version,
                       policy->versions[version].name, STYLE_HEAD_RIGHT, line->err) != 0)
            return -1;
    line->row++;
    if (line_head(line, "", "in force from") != 0)
        return -1;
    for (size_t version = 0; version < policy->version_count; version++) {
        char text[INSTANT_TEXT_MAX];

        instant_format(policy->versions[version].effective_from, policy->utc_offset_seconds, text);
        if (line_text(line, version, text) != 0)
            return -1;
    }
    line->row++;
    return 0;
}

static int write_reasons(struct line *line)
{
    struct sheet *sheet = line->book->policy;
    static const char *const headings[] = {"Clause", "Meaning", "Reason"};

    line->row++;
    if (sheet_text(sheet, line->row++, 0, "What the reasons mean", STYLE_SECTION, line->err) != 0)
        return -1;
    for (int i = 0; i < 3; i++)
        if (sheet_text(sheet, line->row, i, headings[i], STYLE_HEAD, line->err) != 0)
            return -1;
    line->row++;
    for (int programme = 0; programme < PROGRAMME_COUNT; programme++)
        for (int i = 0; i < REASONS_MAX; i++) {
            const struct reason *reason = programme_reason((enum programme)programme, i);

            if (reason == NULL)
                break;
            line->book->reason_rows[programme][i] = line->row;
            if (line_head(line, reason->clause, reason->text) != 0 ||
                sheet_text(sheet, line->row, COLUMN_FIRST_VERSION, reason->code, STYLE_TEXT,
                           line->err) != 0)
                return -1;
            line->row++;
        }
    return 0;
}

int policy_sheet_write(struct book *book, struct error *err)
{
    const struct policy *policy = book->owner->facts.policy;
    struct sheet *sheet = book->policy;
    struct line line = {.book = book, .row = 3, .err = err};

    sheet->landscape = true;
    if (sheet_column_width(sheet, COLUMN_CLAUSE, 25, err) != 0 ||
        sheet_column_width(sheet, COLUMN_TERM, 78, err) != 0)
        return -1;
    for (size_t version = 0; version < policy->version_count; version++)
        if (sheet_column_width(sheet, COLUMN_FIRST_VERSION + (int)version, 28, err) != 0)
            return -1;
    if (sheet_row_height(sheet, 0, 22, err) != 0 ||
        sheet_text(sheet, 0, 0, "Policy: the terms in force", STYLE_TITLE, err) != 0 ||
        sheet_text(sheet, 1, 0,
                   "Blue cells are inputs: fee rates, compensation times and reward amounts have "
                   "names that the ledgers' formulas use, so that a change here shows there.",
                   STYLE_SUBTITLE, err) != 0)
        return -1;
    if (write_versions(&line, policy) != 0)
        return -1;
    for (size_t i = 0; i < clause_count; i++)
        if (write_clause(&line, policy, &clauses[i]) != 0)
            return -1;
    if (write_reasons(&line) != 0)
        return -1;
    worksheet_freeze_panes(sheet->worksheet, 4, COLUMN_FIRST_VERSION);
    return sheet_check(sheet, worksheet_repeat_rows(sheet->worksheet, 3, 3), err);
}
