/*
 * Owns the search for ids in closed periods. Knows no rule and no format.
 */
#include "batch/explain.h"

#include <stdlib.h>

#include "batch/books.h"
#include "batch/telling.h"

static const struct span none = {"", 0};

struct searching {
    const struct options *options;
    struct report *report;
    struct name_set ids;
    bool *found; /* by the ids' numbers */
    struct explain_writer writer;
    size_t differences;
};

/* ---- which rows ---- */

static bool is_asked(struct searching *it, struct span value)
{
    uint32_t number = 0;

    if (value.size == 0 || !name_set_find(&it->ids, value, none, &number))
        return false;
    it->found[number] = true;
    return true;
}

static bool is_wanted(void *context, const struct published_row *row)
{
    static const char *const COLUMNS[PUBLISHED_COUNT][4] = {
        [PUBLISHED_REFUNDS] = {"request_id", "account_id", "order_id"},
        [PUBLISHED_COMPENSATIONS] = {"claim_id", "account_id"},
        [PUBLISHED_REWARDS] = {"filing_id", "account_id", "order_id"},
    };
    struct searching *it = context;
    bool wanted = false;

    /* All columns are looked at: every id that is met is known. */
    for (const char *const *column = COLUMNS[row->ledger]; *column != NULL; column++)
        wanted |= is_asked(it, published_value(row, *column));
    if (row->ledger == PUBLISHED_COMPENSATIONS && span_is(published_value(row, "basis"), "order"))
        wanted |= is_asked(it, published_value(row, "basis_id"));
    return wanted;
}

static int tell(void *context, const struct told_decision *decision,
                const struct published_row *row, const struct judged_account *judged,
                const void *entry, struct error *err)
{
    struct searching *it = context;

    (void)row;
    (void)judged;
    (void)entry;
    if (decision->difference_count > 0)
        report_warning(it->report, "%s/%s.csv:%llu: made again, the decision is not the same",
                       decision->period, decision->ledger->name,
                       (unsigned long long)decision->row_line);
    return explain_writer_decision(&it->writer, decision, err);
}

static int search(struct searching *it, const struct closed_period *period, struct error *err)
{
    const struct telling_sink sink = {it, tell};
    struct published_rows rows = {0};
    int status = 0;

    for (int ledger = 0; ledger < PUBLISHED_COUNT && status == 0; ledger++)
        status =
            published_rows_read(&rows, period, (enum published_ledger)ledger, is_wanted, it, err);
    if (status == 0 && rows.count > 0)
        status = telling_run(period, &rows, &sink, &it->differences, err);
    published_rows_release(&rows);
    return status;
}

/* ---- which periods ---- */

static int search_period(struct searching *it, const struct books *books, int32_t number,
                         struct error *err)
{
    struct closed_period period;
    int status = 0;

    if (closed_period_open(&period, books, number, err) != 0)
        return -1;
    status = search(it, &period, err);
    closed_period_close(&period);
    return status;
}

static int search_books(struct searching *it, struct error *err)
{
    const int32_t only = it->options->period;
    struct books books = {.fd = -1, .lock_fd = -1};
    char name[FOLDER_NAME_MAX];
    int status = 0;

    if (books_open(&books, it->options->books, BOOKS_READ, err) != 0)
        return -1;
    if (only != PERIOD_NONE && !books_closed(&books, only)) {
        books_period_name(only, name);
        status = error_set(err, ERROR_USAGE, "%s: %s is not closed", books.path, name);
    }
    for (size_t i = books.period_count; i-- > 0 && status == 0;)
        if (only == PERIOD_NONE || books.periods[i] == only)
            status = search_period(it, &books, books.periods[i], err);
    books_close(&books);
    return status;
}

static int search_archive(struct searching *it, struct error *err)
{
    struct closed_period period;
    int status = 0;

    if (closed_period_open_archive(&period, it->options->archive, err) != 0)
        return -1;
    if (it->options->period != PERIOD_NONE && it->options->period != period.period)
        status = error_set(err, ERROR_USAGE, "%s: holds %s", it->options->archive, period.name);
    else
        status = search(it, &period, err);
    closed_period_close(&period);
    return status;
}

static int tell_unknown(struct searching *it, bool *wants_look, struct error *err)
{
    for (size_t i = 0; i < it->ids.count; i++) {
        const struct span id = it->ids.names[i].first;

        if (it->found[i])
            continue;
        *wants_look = true;
        report_warning(it->report,
                       "\"%.*s\": no decision of %s has to do with this id (order, request, claim, "
                       "filing or account)",
                       (int)id.size, id.data,
                       it->options->period == PERIOD_NONE && it->options->archive == NULL
                           ? "any closed period"
                           : "the period");
        if (explain_writer_unknown(&it->writer, id.data, err) != 0)
            return -1;
    }
    return 0;
}

int explain_books(const struct options *options, struct report *report, bool *wants_look,
                  struct error *err)
{
    struct searching it = {.options = options, .report = report};
    int status = -1;

    if ((options->books == NULL) == (options->archive == NULL))
        return error_set(err, ERROR_USAGE,
                         "recompense explain: needs --books DIR or --archive FILE");
    it.found = calloc(options->argument_count + 1, sizeof(*it.found));
    if (it.found == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    for (size_t i = 0; i < options->argument_count; i++)
        if (name_set_add(&it.ids, span_of(options->arguments[i]), none, false, NULL) != 0) {
            error_set(err, ERROR_IO, "out of memory");
            goto done;
        }
    explain_writer_open(&it.writer, stdout, options->json ? EXPLAIN_JSON : EXPLAIN_TEXT);
    if ((options->archive != NULL ? search_archive(&it, err) : search_books(&it, err)) != 0 ||
        tell_unknown(&it, wants_look, err) != 0 || explain_writer_close(&it.writer, err) != 0)
        goto done;
    *wants_look = *wants_look || it.differences > 0;
    status = 0;
done:
    name_set_release(&it.ids);
    free(it.found);
    return status;
}
