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
#include "writers/workbook_statistics.h"

static bool settle_facts(struct audit_workbook *workbook, const struct workbook_facts *facts)
{
    workbook->facts = *facts;
    if (workbook->facts.sheet_rows_max == 0 || workbook->facts.sheet_rows_max > SHEET_ROWS_MAX)
        workbook->facts.sheet_rows_max = SHEET_ROWS_MAX;
    if (workbook->facts.book_rows_max == 0)
        workbook->facts.book_rows_max = BOOK_ROWS_DEFAULT;
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

/* Makes the account the current one; a full book ends before it. */
static int account_begin(struct audit_workbook *workbook, struct span account_id, struct error *err)
{
    struct account_rows *account = &workbook->account;
    struct book *book = current_book(workbook);

    if (account->any &&
        span_equal(account_id, (struct span){account->account_id, account->account_id_size}))
        return 0;
    assert(account_id.size <= sizeof(account->account_id));
    if (book->rows >= workbook->facts.book_rows_max) {
        if (book_start(workbook, err) != 0)
            return -1;
        book = current_book(workbook);
    }
    memset(account, 0, sizeof(*account));
    account->any = true;
    account->account_id_size = account_id.size;
    memcpy(account->account_id, account_id.data, account_id.size);
    if (book->first_account[0] == '\0')
        snprintf(book->first_account, sizeof(book->first_account), "%.*s", (int)account_id.size,
                 account_id.data);
    snprintf(book->last_account, sizeof(book->last_account), "%.*s", (int)account_id.size,
             account_id.data);
    return 0;
}

/* Where an entry's row is going, and what it is. */
struct entry_row {
    struct ledger_sheets *ledger;
    struct sheet *sheet;
    uint32_t at;
    struct row *row;
};

static int row_begin(struct audit_workbook *workbook, enum ledger_kind kind, const void *entry,
                     struct entry_row *to, struct error *err)
{
    to->ledger = current_book(workbook)->ledgers[kind];
    to->row = workbook->row;
    if (ledger_next_row(to->ledger, &to->sheet, &to->at, err) != 0)
        return -1;
    row_fill(to->ledger, entry, to->row);
    return 0;
}

static int row_end(struct audit_workbook *workbook, const struct entry_row *to, int currency,
                   struct error *err)
{
    struct account_rows *account = &workbook->account;
    enum ledger_kind kind = to->ledger->kind;

    workbook->statistics->marked += to->row->marked;
    workbook->statistics->withheld += to->row->withheld;
    if (kind < LEDGER_REJECTS && account->sheet[kind] == NULL) {
        account->sheet[kind] = to->sheet;
        account->row[kind] = to->at;
    }
    return ledger_put_row(to->ledger, to->row, currency, err);
}

/* An approved row links to its account, which stands on Accounts as soon as it is complete. */
static void link_to_account(struct audit_workbook *workbook, const struct entry_row *to,
                            struct decimal amount)
{
    const struct account_rows *account = &workbook->account;
    const struct ledger_sheets *accounts = current_book(workbook)->ledgers[LEDGER_ACCOUNTS];
    const struct sheet *sheet;
    uint32_t at;

    if (account->sheet[to->ledger->kind] == NULL &&
        ledger_link_worthy(to->ledger, to->sheet, amount) && ledger_peek_row(accounts, &sheet, &at))
        row_link(to->ledger, to->row, "account_id", sheet, at);
}

static int late_row(struct audit_workbook *workbook, const struct late_entry *late,
                    struct error *err)
{
    struct entry_row to;

    if (row_begin(workbook, LEDGER_LATE, late, &to, err) != 0)
        return -1;
    return row_end(workbook, &to, late->currency, err);
}

/* What all three programmes have in common, once the row's own cells are set. */
static int decided_end(struct audit_workbook *workbook, const struct entry_row *to,
                       const struct decided *decided, const struct late_entry *late,
                       struct error *err)
{
    if (decided->currency != CURRENCY_NONE)
        link_to_account(workbook, to, decided->amount);
    row_link_reason(to->ledger, to->row, to->sheet, (int)decided->programme, decided->reason);
    if (row_end(workbook, to, decided->currency, err) != 0 ||
        statistics_add(workbook->statistics, decided, workbook->book_count == 1, &workbook->facts,
                       err) != 0)
        return -1;
    return decided->late ? late_row(workbook, late, err) : 0;
}

int audit_workbook_refund(struct audit_workbook *workbook, const struct refund_entry *entry,
                          struct error *err)
{
    const struct refund_request *request = entry->request;
    bool approved = decision_approves(entry->decision);
    struct decided decided = {
        .programme = PROGRAMME_REFUNDS,
        .decision = entry->decision,
        .reason = (int)entry->reason,
        .late = entry->origin_period != PERIOD_NONE,
        .currency = approved ? entry->order->currency : CURRENCY_NONE,
        .amount = entry->refund,
        .event_at = request->requested_at,
        .service = entry->order != NULL ? entry->order->service : (struct span){"", 0},
    };
    struct late_entry late = {
        "refund",
        request->request_id,
        request->account_id,
        entry->origin_period,
        request->requested_at,
        entry->decision,
        refund_reason(entry->reason)->code,
        decided.currency,
        entry->refund,
    };
    struct entry_row to;

    if (account_begin(workbook, request->account_id, err) != 0 ||
        row_begin(workbook, LEDGER_REFUNDS, entry, &to, err) != 0 ||
        refund_row(to.ledger, entry, to.at, to.row, err) != 0)
        return -1;
    return decided_end(workbook, &to, &decided, &late, err);
}

int audit_workbook_compensation(struct audit_workbook *workbook,
                                const struct compensation_entry *entry, struct error *err)
{
    const struct claim *claim = entry->claim;
    bool approved = decision_approves(entry->decision);
    struct decided decided = {
        .programme = PROGRAMME_COMPENSATIONS,
        .decision = entry->decision,
        .reason = (int)entry->reason,
        .late = entry->origin_period != PERIOD_NONE,
        .currency = approved ? entry->basis->currency : CURRENCY_NONE,
        .amount = entry->amount,
        .event_at = claim->submitted_at,
        .service = entry->basis != NULL ? entry->basis->service : (struct span){"", 0},
    };
    struct late_entry late = {
        "compensation",
        claim->claim_id,
        claim->account_id,
        entry->origin_period,
        claim->submitted_at,
        entry->decision,
        compensation_reason(entry->reason)->code,
        decided.currency,
        entry->amount,
    };
    struct entry_row to;

    if (account_begin(workbook, claim->account_id, err) != 0 ||
        row_begin(workbook, LEDGER_COMPENSATIONS, entry, &to, err) != 0 ||
        compensation_row(to.ledger, entry, to.at, to.row, err) != 0)
        return -1;
    return decided_end(workbook, &to, &decided, &late, err);
}

int audit_workbook_reward(struct audit_workbook *workbook, const struct reward_entry *entry,
                          struct error *err)
{
    const struct filing *filing = entry->filing;
    bool approved = decision_approves(entry->decision);
    struct decided decided = {
        .programme = PROGRAMME_REWARDS,
        .decision = entry->decision,
        .reason = (int)entry->reason,
        .late = entry->origin_period != PERIOD_NONE,
        .currency = approved ? entry->terms->reward_currency : CURRENCY_NONE,
        .amount = entry->amount,
        .event_at = filing->approved_at,
        .service = {"", 0},
    };
    struct late_entry late = {
        "reward",
        filing->filing_id,
        filing->account_id,
        entry->origin_period,
        filing->approved_at,
        entry->decision,
        reward_reason(entry->reason)->code,
        decided.currency,
        entry->amount,
    };
    struct entry_row to;

    if (account_begin(workbook, filing->account_id, err) != 0 ||
        row_begin(workbook, LEDGER_REWARDS, entry, &to, err) != 0 ||
        reward_row(to.ledger, entry, to.row, err) != 0)
        return -1;
    return decided_end(workbook, &to, &decided, &late, err);
}

int audit_workbook_ticket(struct audit_workbook *workbook, const struct ticket_entry *entry,
                          struct error *err)
{
    struct entry_row to;

    if (account_begin(workbook, entry->ticket->account_id, err) != 0 ||
        row_begin(workbook, LEDGER_TICKETS, entry, &to, err) != 0 ||
        row_end(workbook, &to, CURRENCY_NONE, err) != 0)
        return -1;
    workbook->statistics->shares[workbook->book_count == 1 ? 0 : 1].tickets[entry->in_scope]++;
    return 0;
}

int audit_workbook_account(struct audit_workbook *workbook, const struct account_total *total,
                           struct error *err)
{
    bool first_book;
    char link[CELL_NAME_MAX + sizeof("internal:")] = "";
    char place[CELL_NAME_MAX];
    struct entry_row to;

    if (account_begin(workbook, total->account_id, err) != 0 ||
        row_begin(workbook, LEDGER_ACCOUNTS, total, &to, err) != 0)
        return -1;
    account_row(to.ledger, total, &workbook->account, to.sheet, to.at, to.row);
    first_book = workbook->book_count == 1;
    if (first_book) {
        sheet_cell_name(to.sheet, to.at, 0, place);
        snprintf(link, sizeof(link), "internal:%s", place);
    }
    if (row_end(workbook, &to, total->currency, err) != 0)
        return -1;
    return statistics_add_account(workbook->statistics, total, first_book, link, err);
}

int audit_workbook_reject(struct audit_workbook *workbook, const struct reject_entry *entry,
                          struct error *err)
{
    struct ledger_sheets *ledger = workbook->books[0]->ledgers[LEDGER_REJECTS];
    struct entry_row to = {.ledger = ledger, .row = workbook->row};

    if (ledger_next_row(ledger, &to.sheet, &to.at, err) != 0)
        return -1;
    row_fill(ledger, entry, to.row);
    workbook->statistics->rejects++;
    return row_end(workbook, &to, CURRENCY_NONE, err);
}

int audit_workbook_restatement(struct audit_workbook *workbook, const struct restatement_row *row,
                               struct error *err)
{
    struct book *book = workbook->books[0];
    struct entry_row to = {.row = workbook->row};

    if (book->ledgers[LEDGER_RESTATEMENT] == NULL)
        book->ledgers[LEDGER_RESTATEMENT] = ledger_sheets_add(book, LEDGER_RESTATEMENT, err);
    to.ledger = book->ledgers[LEDGER_RESTATEMENT];
    if (to.ledger == NULL || ledger_next_row(to.ledger, &to.sheet, &to.at, err) != 0)
        return -1;
    row_fill(to.ledger, row, to.row);
    restatement_row_formulas(to.ledger, row, to.at, to.row);
    return row_end(workbook, &to, row->currency, err);
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

        status = book_close(book, &result->summaries[i], err);
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
