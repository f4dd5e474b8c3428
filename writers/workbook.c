/*
 * Owns the order of work on the auditor's workbook: which book and sheet an entry goes to, when a
 * book is full, and how the finished files are settled on disk.
 * Must not know what a row or a sheet looks like.
 */
#include "writers/workbook.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "writers/workbook_book.h"
#include "writers/workbook_entry.h"
#include "writers/workbook_row.h"

static bool settle_facts(struct audit_workbook *workbook, const struct workbook_facts *facts)
{
    workbook->facts = *facts;
    if (workbook->facts.sheet_rows_max == 0 || workbook->facts.sheet_rows_max > SHEET_ROWS_MAX)
        workbook->facts.sheet_rows_max = SHEET_ROWS_MAX;
    if (workbook->facts.book_rows_max == 0)
        workbook->facts.book_rows_max = BOOK_ROWS_DEFAULT;
    workbook->rate_digits = policy_rate_digits(facts->policy);
    workbook->statistics = calloc(1, sizeof(*workbook->statistics));
    workbook->row = calloc(1, sizeof(*workbook->row));
    return workbook->statistics != NULL && workbook->row != NULL;
}

static int book_start(struct audit_workbook *workbook, struct error *err)
{
    struct book **books =
        realloc(workbook->books, (workbook->book_count + 1) * sizeof(*workbook->books));
    struct book *book;

    if (books == NULL)
        return error_set(err, ERROR_IO, "out of memory for the workbook");
    workbook->books = books;
    book = book_open(workbook, (int)workbook->book_count + 1, err);
    if (book == NULL)
        return -1;
    workbook->books[workbook->book_count++] = book;
    return 0;
}

struct audit_workbook *audit_workbook_open(const char *folder, const char *scratch,
                                           const struct workbook_facts *facts, struct error *err)
{
    struct audit_workbook *workbook = calloc(1, sizeof(*workbook));

    if (workbook != NULL)
        workbook->sheets.fd = -1;
    if (workbook == NULL || !settle_facts(workbook, facts)) {
        error_set(err, ERROR_IO, "out of memory for the workbook");
        goto failed;
    }
    if (snprintf(workbook->folder, sizeof(workbook->folder), "%s", folder) >=
            (int)sizeof(workbook->folder) ||
        snprintf(workbook->scratch, sizeof(workbook->scratch), "%s", scratch) >=
            (int)sizeof(workbook->scratch)) {
        error_set(err, ERROR_IO, "%s: the path is too long", folder);
        goto failed;
    }
    if (stream_scratch_open(&workbook->sheets, workbook->scratch, err) != 0 ||
        book_start(workbook, err) != 0)
        goto failed;
    return workbook;
failed:
    audit_workbook_discard(workbook);
    return NULL;
}

/* Keeps a name of at most 256 bytes. */
static void put_name(char name[256 + 1], struct span text)
{
    memcpy(name, text.data, text.size);
    name[text.size] = '\0';
}

/* Makes the account the current one; a full book ends before it. */
static int account_begin(struct audit_workbook *workbook, struct span account_id, struct error *err)
{
    struct book *book = current_book(workbook);

    if (workbook->any_account &&
        span_equal(account_id, (struct span){workbook->account_id, workbook->account_id_size}))
        return 0;
    assert(account_id.size <= sizeof(workbook->account_id));
    if (book->rows >= workbook->facts.book_rows_max) {
        if (book_rest(book, err) != 0 || book_start(workbook, err) != 0)
            return -1;
        book = current_book(workbook);
    }
    workbook->account = (struct account_rows){0};
    workbook->any_account = true;
    workbook->account_id_size = account_id.size;
    memcpy(workbook->account_id, account_id.data, account_id.size);
    if (book->first_account[0] == '\0')
        put_name(book->first_account, account_id);
    put_name(book->last_account, account_id);
    return 0;
}

/* ---- planning ---- */

static int take_row(struct audit_workbook *workbook, enum ledger_kind kind, int currency,
                    struct sheet **sheet, uint32_t *at, struct error *err)
{
    return ledger_take_row(current_book(workbook)->ledgers[kind], currency, sheet, at, err);
}

/* Remembers the account's first row of the ledger. */
static void note_first(struct account_rows *account, enum ledger_kind kind,
                       const struct entry_plan *plan)
{
    if (account->sheet[kind] != NULL)
        return;
    account->sheet[kind] = plan->sheet;
    account->row[kind] = plan->at;
}

/* An approved row links to its account, which stands on Accounts as soon as it is complete. */
static void plan_account_link(struct audit_workbook *workbook, enum ledger_kind kind,
                              struct decimal amount, struct entry_plan *plan)
{
    struct book *book = current_book(workbook);
    const struct sheet *sheet = NULL;
    uint32_t at = 0;

    if (workbook->account.sheet[kind] == NULL &&
        ledger_link_worthy(book->ledgers[kind], plan->sheet, amount, 1) &&
        ledger_peek_row(book->ledgers[LEDGER_ACCOUNTS], &sheet, &at)) {
        plan->account = sheet;
        plan->account_at = at;
    }
}

static int plan_decided(struct audit_workbook *workbook, enum ledger_kind kind,
                        const struct decided *decided, struct entry_plan *plan, struct error *err)
{
    plan->links_reason = ledger_links_reason(plan->sheet);
    if (decided->currency != CURRENCY_NONE)
        plan_account_link(workbook, kind, decided->amount, plan);
    plan->sheet->links += (uint32_t)plan->links_reason + (plan->account != NULL);
    if (statistics_add(workbook->statistics, decided, workbook->book_count == 1, &workbook->facts,
                       err) != 0)
        return -1;
    return decided->origin_period != PERIOD_NONE
               ? take_row(workbook, LEDGER_LATE, decided->currency, &plan->late, &plan->late_at,
                          err)
               : 0;
}

static int plan_account(struct audit_workbook *workbook, const struct account_total *total,
                        struct entry_plan *plan, struct error *err)
{
    const bool first_book = workbook->book_count == 1;
    struct ledger_sheets *accounts = current_book(workbook)->ledgers[LEDGER_ACCOUNTS];
    char link[CELL_NAME_MAX + sizeof("internal:")] = "";
    char place[CELL_NAME_MAX];

    if (ledger_link_worthy(accounts, plan->sheet, total->total, PROGRAMME_COUNT)) {
        plan->firsts = workbook->account;
        for (int programme = 0; programme < PROGRAMME_COUNT; programme++)
            plan->sheet->links +=
                plan->firsts.sheet[programme_ledger((enum programme)programme)] != NULL;
    }
    if (first_book && statistics_is_large(workbook->statistics, total)) {
        sheet_cell_name(plan->sheet, plan->at, 0, place);
        snprintf(link, sizeof(link), "internal:%s", place);
    }
    return statistics_add_account(workbook->statistics, total, first_book, link, err);
}

int entry_plan(struct audit_workbook *workbook, const struct workbook_entry *entry,
               struct entry_plan *plan, struct error *err)
{
    const enum ledger_kind kind = entry_ledger(entry->kind);
    struct decided decided;
    const bool is_decided = entry_decided(entry, &decided);
    int status = 0;

    *plan = (struct entry_plan){0};
    if (account_begin(workbook, workbook_entry_account(entry), err) != 0 ||
        take_row(workbook, kind, decided.currency, &plan->sheet, &plan->at, err) != 0)
        return -1;
    if (is_decided) {
        status = plan_decided(workbook, kind, &decided, plan, err);
    } else if (entry->kind == WORKBOOK_ACCOUNT) {
        status = plan_account(workbook, entry->entry, plan, err);
    } else {
        const struct ticket_entry *ticket = entry->entry;

        workbook->statistics->shares[workbook->book_count == 1 ? 0 : 1].tickets[ticket->in_scope]++;
    }
    note_first(&workbook->account, kind, plan);
    return status;
}

/* ---- entries, one by one ---- */

int audit_workbook_entry(struct audit_workbook *workbook, const struct workbook_entry *entry,
                         struct error *err)
{
    struct entry_maker maker = {.row = workbook->row};
    struct entry_plan plan;
    int status = entry_plan(workbook, entry, &plan, err);

    if (status != 0)
        return -1;
    maker.book = current_book(workbook);
    status = entry_make(&maker, entry, &plan, err);
    entry_maker_count(&maker, workbook->statistics);
    return status;
}

/* ---- rows of no account ---- */

/* The row that is in the workbook's scratch, into the first book. */
static int put_row(struct audit_workbook *workbook, enum ledger_kind kind, struct sheet *sheet,
                   uint32_t at, int currency, struct error *err)
{
    struct entry_maker maker = {.book = workbook->books[0], .row = workbook->row};
    const int status = entry_put(&maker, kind, sheet, at, currency, err);

    entry_maker_count(&maker, workbook->statistics);
    return status;
}

int audit_workbook_reject(struct audit_workbook *workbook, const struct reject_entry *entry,
                          struct error *err)
{
    struct ledger_sheets *ledger = workbook->books[0]->ledgers[LEDGER_REJECTS];
    struct sheet *sheet = NULL;
    uint32_t at = 0;

    if (ledger_take_row(ledger, CURRENCY_NONE, &sheet, &at, err) != 0)
        return -1;
    row_fill(ledger, entry, workbook->row);
    workbook->statistics->rejects++;
    return put_row(workbook, LEDGER_REJECTS, sheet, at, CURRENCY_NONE, err);
}

int audit_workbook_restatement(struct audit_workbook *workbook, const struct restatement_row *row,
                               struct error *err)
{
    struct book *book = workbook->books[0];
    struct ledger_sheets *ledger = book->ledgers[LEDGER_RESTATEMENT];
    struct sheet *sheet = NULL;
    uint32_t at = 0;

    if (ledger == NULL)
        ledger = book->ledgers[LEDGER_RESTATEMENT] =
            ledger_sheets_add(book, LEDGER_RESTATEMENT, err);
    if (ledger == NULL || ledger_take_row(ledger, row->currency, &sheet, &at, err) != 0)
        return -1;
    row_fill(ledger, row, workbook->row);
    restatement_row_formulas(ledger, row, workbook->row);
    return put_row(workbook, LEDGER_RESTATEMENT, sheet, at, row->currency, err);
}

static int results_make(const struct audit_workbook *workbook, struct workbook_result *result,
                        struct error *err)
{
    memset(result, 0, sizeof(*result));
    result->summaries = calloc(workbook->book_count, sizeof(*result->summaries));
    result->tallies = calloc(workbook->book_count, sizeof(*result->tallies));
    if (result->summaries == NULL || result->tallies == NULL)
        return error_set(err, ERROR_IO, "out of memory for the workbook");
    return 0;
}

int audit_workbook_close(struct audit_workbook *workbook, const struct workbook_closing *closing,
                         struct workbook_result *result, struct error *err)
{
    int status = results_make(workbook, result, err);

    for (size_t i = 0; status == 0 && i < workbook->book_count; i++)
        status = book_finish(workbook->books[i], closing, err);
    for (size_t i = 0; status == 0 && i < workbook->book_count; i++) {
        struct book *book = workbook->books[i];

        status = book_close(book, closing->beside, &result->summaries[i], err);
        if (status != 0)
            break;
        result->tallies[i] = book->tally;
        memset(&book->tally, 0, sizeof(book->tally));
        result->count++;
    }
    if (status != 0) {
        for (size_t i = 0; i < workbook->book_count; i++)
            if (workbook->books[i]->complete)
                (void)unlink(workbook->books[i]->path);
        workbook_result_release(result);
    }
    audit_workbook_discard(workbook);
    return status;
}

void workbook_result_release(struct workbook_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        struct workbook_tally *tally = &result->tallies[i];

        for (size_t j = 0; j < tally->sheet_count; j++)
            free(tally->sheets[j]);
        free(tally->sheets);
    }
    free(result->summaries);
    free(result->tallies);
    memset(result, 0, sizeof(*result));
}

void audit_workbook_discard(struct audit_workbook *workbook)
{
    if (workbook == NULL)
        return;
    for (size_t i = 0; i < workbook->book_count; i++)
        book_free(workbook->books[i]);
    free(workbook->books);
    stream_scratch_close(&workbook->sheets);
    statistics_free(workbook->statistics);
    free(workbook->row);
    free(workbook);
}
