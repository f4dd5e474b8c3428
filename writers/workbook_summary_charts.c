/*
 * Owns the Summary sheet's analyses: amounts by service and by day, decisions by reason, each with
 * its chart.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "writers/workbook_summary.h"

/* Charts stand to the right of a table of up to four columns, and take no fewer rows. */
static void skip_beside_chart(struct summary *summary, uint32_t first_row)
{
    if (summary->row < first_row + CHART_ROWS)
        summary->row = first_row + CHART_ROWS;
}

/*
 * Whether a spreadsheet would find exactly this service: it looks at neither case nor * ? ~, and
 * takes what looks like a number or a comparison for one.
 */
static bool criterion_is_exact(const struct statistics *statistics, const char *service)
{
    if (!isalpha((unsigned char)service[0]) || strcasecmp(service, "true") == 0 ||
        strcasecmp(service, "false") == 0)
        return false;
    for (const char *at = service; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr("-_. ", *at) == NULL)
            return false;
    for (size_t i = 0; i < statistics->service_count; i++)
        if (strcasecmp(statistics->services[i].service, service) == 0 &&
            strcmp(statistics->services[i].service, service) != 0)
            return false;
    return true;
}

static struct decimal service_sum(const struct service_total *service)
{
    return (struct decimal){service->amount[PROGRAMME_REFUNDS].units +
                            service->amount[PROGRAMME_COMPENSATIONS].units};
}

static int compare_services(const void *a, const void *b)
{
    const struct service_total *const *left = a, *const *right = b;
    int order = decimal_compare(service_sum(*right), service_sum(*left));

    return order != 0 ? order : strcmp((*left)->service, (*right)->service);
}

/* A programme's amounts of the service or day: a formula where it sees them all. */
static int put_amount(struct summary *summary, int column, enum programme programme,
                      const struct criterion *criteria, size_t count, bool exact,
                      struct decimal amount)
{
    static const char *const columns[] = {"refund", "amount", "amount"};
    const struct ledger_sheets *ledger = summary->book->ledgers[programme_ledger(programme)];
    int digits = currency_digits(summary->currency);
    enum style style = style_amount(STYLE_AMOUNT, digits);

    if (!exact || summary->split ||
        !decimal_is_zero(ledger_total(ledger, columns[programme], summary->currency)->marked))
        return sheet_number(summary->sheet, summary->row, column, amount, style, summary->err);
    return summary_ledger_cell(summary, column, programme, columns[programme], criteria, count,
                               amount, digits, style);
}

static int put_service(struct summary *summary, const char *name,
                       const struct service_total *service, bool exact)
{
    char cell[CELL_NAME_MAX], code[8];
    struct criterion criteria[2] = {{"currency", code}, {"service", cell}};

    cell_name(summary->row, 0, true, cell);
    snprintf(code, sizeof(code), "\"%s\"", currency_code(summary->currency));
    if (sheet_text(summary->sheet, summary->row, 0, name, STYLE_TEXT, summary->err) != 0)
        return -1;
    for (int i = PROGRAMME_REFUNDS; i <= PROGRAMME_COMPENSATIONS; i++)
        if (put_amount(summary, 1 + i, (enum programme)i, criteria, 2, exact, service->amount[i]) !=
            0)
            return -1;
    summary->row++;
    return 0;
}

static int put_services(struct summary *summary)
{
    const struct statistics *statistics = summary->statistics;
    const struct service_total *sorted[SERVICES_MAX];
    struct service_total rest = {.currency = summary->currency};
    size_t count = 0;

    for (size_t i = 0; i < statistics->service_count; i++)
        if (statistics->services[i].currency == summary->currency)
            sorted[count++] = &statistics->services[i];
    if (count > 0)
        qsort(sorted, count, sizeof(sorted[0]), compare_services);
    rest.amount[PROGRAMME_REFUNDS] = statistics->other_services[summary->currency];
    for (size_t i = 0; i < count; i++) {
        if (i < SERVICE_SHOWN_MAX) {
            if (put_service(summary, sorted[i]->service, sorted[i],
                            criterion_is_exact(statistics, sorted[i]->service)) != 0)
                return -1;
            continue;
        }
        for (int j = 0; j < PROGRAMME_COUNT; j++)
            rest.amount[j].units += sorted[i]->amount[j].units;
    }
    if (decimal_is_zero(service_sum(&rest)))
        return 0;
    return put_service(summary, "(other services)", &rest, false);
}

int summary_services(struct summary *summary)
{
    static const char *const headings[] = {"Service", "Refunds", "Compensations"};
    struct chart_view view = {.series = 2, .bars = true};
    char title[64], description[160];

    if (summary->currency == CURRENCY_NONE)
        return 0;
    snprintf(title, sizeof(title), "Amounts by service, %s", currency_code(summary->currency));
    if (summary_section(summary, title, NULL) != 0)
        return -1;
    view.at_row = summary->row;
    if (summary_heads(summary, headings, 3, 1) != 0)
        return -1;
    view.first_row = summary->row;
    if (put_services(summary) != 0)
        return -1;
    view.last_row = summary->row - 1;
    snprintf(description, sizeof(description),
             "Bar chart of refunds and compensations by service in %s; the table beside it has "
             "the figures",
             currency_code(summary->currency));
    view.title = title;
    view.description = description;
    if (view.last_row >= view.first_row && summary_chart(summary, &view) != 0)
        return -1;
    skip_beside_chart(summary, view.at_row);
    return 0;
}

static int put_day(struct summary *summary, int day)
{
    static const char *const times[] = {"requested_at", "submitted_at", "approved_at"};
    const struct workbook_facts *facts = &summary->book->owner->facts;
    struct civil_date first = {facts->period / 12, facts->period % 12 + 1, 1};
    struct decimal date = workbook_day(civil_days(first) + day - 1);
    char code[8], from[48], before[48];
    int64_t serial = (int64_t)(date.units / DECIMAL_ONE_UNITS);

    snprintf(code, sizeof(code), "\"%s\"", currency_code(summary->currency));
    snprintf(from, sizeof(from), "\">=%lld\"", (long long)serial);
    snprintf(before, sizeof(before), "\"<%lld\"", (long long)serial + 1);
    if (sheet_number(summary->sheet, summary->row, 0, date, STYLE_DATE, summary->err) != 0)
        return -1;
    for (int i = 0; i < PROGRAMME_COUNT; i++) {
        struct criterion criteria[3] = {{"currency", code}, {times[i], from}, {times[i], before}};

        if (put_amount(summary, 1 + i, (enum programme)i, criteria, 3, true,
                       summary->statistics->by_day[i][summary->currency][day]) != 0)
            return -1;
    }
    summary->row++;
    return 0;
}

static int put_late_days(struct summary *summary)
{
    bool any = false;

    for (int i = 0; i < PROGRAMME_COUNT; i++)
        any = any || !decimal_is_zero(summary->statistics->by_day[i][summary->currency][0]);
    if (!any)
        return 0;
    if (sheet_text(summary->sheet, summary->row, 0, "late items", STYLE_TEXT, summary->err) != 0)
        return -1;
    for (int i = 0; i < PROGRAMME_COUNT; i++)
        if (put_amount(summary, 1 + i, (enum programme)i, NULL, 0, false,
                       summary->statistics->by_day[i][summary->currency][0]) != 0)
            return -1;
    summary->row++;
    return 0;
}

int summary_days(struct summary *summary)
{
    static const char *const headings[] = {"Day", "Refunds", "Compensations", "Rewards"};
    const struct workbook_facts *facts = &summary->book->owner->facts;
    struct civil_date first = {facts->period / 12, facts->period % 12 + 1, 1};
    struct civil_date next = {(facts->period + 1) / 12, (facts->period + 1) % 12 + 1, 1};
    int days = (int)(civil_days(next) - civil_days(first));
    struct chart_view view = {.series = 3, .number_format = "d"};
    char title[64], description[192];

    if (summary->currency == CURRENCY_NONE)
        return 0;
    snprintf(title, sizeof(title), "Amounts by day, %s", currency_code(summary->currency));
    if (summary_section(summary, title, "By the day of the request, claim or approval.") != 0)
        return -1;
    view.at_row = summary->row;
    if (summary_heads(summary, headings, 4, 1) != 0)
        return -1;
    view.first_row = summary->row;
    for (int day = 1; day <= days; day++)
        if (put_day(summary, day) != 0)
            return -1;
    view.last_row = summary->row - 1;
    snprintf(description, sizeof(description),
             "Column chart of approved refunds, compensations and rewards by day of the month in "
             "%s; the table beside it has the figures",
             currency_code(summary->currency));
    view.title = title;
    view.description = description;
    if (put_late_days(summary) != 0 || summary_chart(summary, &view) != 0)
        return -1;
    skip_beside_chart(summary, view.at_row);
    return 0;
}

/* Rows with the code, of all reasons that share it. */
static uint64_t rows_with_code(const struct summary *summary, enum programme programme,
                               const char *code)
{
    const struct share *shares = summary->statistics->shares;
    const struct reason *reason;
    uint64_t rows = 0;

    for (int i = 0; (reason = programme_reason(programme, i)) != NULL; i++)
        if (strcmp(reason->code, code) == 0)
            rows += shares[0].reasons[programme][i] + shares[1].reasons[programme][i];
    return rows;
}

/* Whether an earlier reason of the programme has the same code. */
static bool is_repeated(enum programme programme, int index)
{
    for (int i = 0; i < index; i++)
        if (strcmp(programme_reason(programme, i)->code,
                   programme_reason(programme, index)->code) == 0)
            return true;
    return false;
}

static int put_reason(struct summary *summary, enum programme programme, int index)
{
    const struct reason *reason = programme_reason(programme, index);
    struct decimal rows =
        decimal_from_integer((int64_t)rows_with_code(summary, programme, reason->code));
    char label[96], code[64], place[CELL_NAME_MAX], link[CELL_NAME_MAX + 16];
    struct criterion criterion = {"reason", code};

    snprintf(label, sizeof(label), "%s: %s", programme_title(programme), reason->code);
    snprintf(code, sizeof(code), "\"%s\"", reason->code);
    sheet_cell_name(summary->book->policy, summary->book->reason_rows[programme][index], 0, place);
    snprintf(link, sizeof(link), "internal:%s", place);
    if (sheet_link(summary->sheet, summary->row, 0, label, link, STYLE_LINK, summary->err) != 0)
        return -1;
    if (summary->split) {
        if (sheet_number(summary->sheet, summary->row, 1, rows, STYLE_INTEGER, summary->err) != 0)
            return -1;
    } else if (summary_ledger_cell(summary, 1, programme, NULL, &criterion, 1, rows, 0,
                                   STYLE_INTEGER) != 0) {
        return -1;
    }
    summary->row++;
    return 0;
}

int summary_reasons(struct summary *summary)
{
    static const char *const headings[] = {"Reason (its meaning: follow the link)", "Rows"};
    struct chart_view view = {
        .title = "Decisions by reason",
        .description = "Bar chart of the number of decisions by reason; the table beside it has "
                       "the figures",
        .series = 1,
        .bars = true,
    };

    if (summary_section(summary, "Decisions by reason", NULL) != 0)
        return -1;
    view.at_row = summary->row;
    if (summary_heads(summary, headings, 2, 1) != 0)
        return -1;
    view.first_row = summary->row;
    for (int programme = 0; programme < PROGRAMME_COUNT; programme++)
        for (int i = 0; programme_reason((enum programme)programme, i) != NULL; i++) {
            const struct reason *reason = programme_reason((enum programme)programme, i);

            if (is_repeated((enum programme)programme, i) ||
                rows_with_code(summary, (enum programme)programme, reason->code) == 0)
                continue;
            if (put_reason(summary, (enum programme)programme, i) != 0)
                return -1;
        }
    view.last_row = summary->row - 1;
    if (view.last_row >= view.first_row && summary_chart(summary, &view) != 0)
        return -1;
    skip_beside_chart(summary, view.at_row);
    return 0;
}
