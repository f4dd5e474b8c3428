/*
 * Owns the spelling of the journal: declarations, descriptions, postings, and the totals posted.
 * Must not know how an amount came about.
 */
#include "writers/journal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "policy/civil.h"
#include "policy/hash.h"

enum {
    DECLARED_SLOTS = 256,      /* accounts remembered as declared, one a slot */
    TRANSACTION_BYTES = 16384, /* two declarations of accounts, one of a currency, a transaction */
    DESCRIPTION_IDS_MAX = 3,
    DESCRIPTION_BYTES = DESCRIPTION_IDS_MAX * (3 * CHART_ID_BYTES_MAX + 1) + 64,
};

_Static_assert(4 * CHART_ACCOUNT_MAX + DESCRIPTION_BYTES + 512 <= TRANSACTION_BYTES &&
                   (int)TRANSACTION_BYTES <= (int)OUTPUT_RESERVE_MAX,
               "a transaction fits the reserve");

struct account_name {
    size_t size; /* 0: none */
    char text[CHART_ACCOUNT_MAX];
};

struct journal_writer {
    struct output *output;
    const struct chart *chart;
    struct journal_totals *totals;
    char date[DATE_TEXT_MAX]; /* the period's last day */
    bool currency_declared[CURRENCY_COUNT];
    struct account_name expense;
    struct account_name payable;
    struct account_name declared[DECLARED_SLOTS];
};

/* What a transaction is about: the words of its description, ids last, and where it is posted. */
struct posting {
    enum programme programme;
    const char *title;
    struct span ids[DESCRIPTION_IDS_MAX];
    int id_count;
    const char *expense_template;
    struct span service;
    struct span account_id;
    int currency;
    struct decimal amount;
};

static char *put(char *at, struct span text)
{
    memcpy(at, text.data, text.size);
    return at + text.size;
}

static char *put_string(char *at, const char *text)
{
    return put(at, span_of(text));
}

static struct span span_of_account(const struct account_name *name)
{
    return (struct span){name->text, name->size};
}

/* Declares the account unless its slot remembers it. */
static char *put_account(char *at, struct journal_writer *writer, const struct account_name *name)
{
    struct span text = span_of_account(name);
    struct account_name *slot = &writer->declared[hash_span(0, text) % DECLARED_SLOTS];

    if (span_equal(span_of_account(slot), text))
        return at;
    slot->size = text.size;
    memcpy(slot->text, text.data, text.size);
    at = put_string(at, "account ");
    at = put(at, text);
    return put_string(at, "\n");
}

static char *put_declarations(char *at, struct journal_writer *writer, int currency)
{
    char *start = at;

    if (!writer->currency_declared[currency]) {
        writer->currency_declared[currency] = true;
        at = put_string(at, "commodity ");
        at = put_string(at, currency_code(currency));
        at = put_string(at, "\n");
    }
    at = put_account(at, writer, &writer->expense);
    at = put_account(at, writer, &writer->payable);
    return at == start ? at : put_string(at, "\n");
}

static char *put_posting(char *at, const struct account_name *account, struct decimal amount,
                         int currency)
{
    at = put_string(at, "    ");
    at = put(at, span_of_account(account));
    at = put_string(at, "  ");
    at += decimal_format(amount, currency_digits(currency), at);
    at = put_string(at, " ");
    at = put_string(at, currency_code(currency));
    return put_string(at, "\n");
}

static int add_to_total(struct journal_writer *writer, const struct posting *posting,
                        struct error *err)
{
    struct journal_total *total = &writer->totals->of[posting->programme][posting->currency];

    if (!decimal_add(total->amount, posting->amount, &total->amount))
        return error_set(err, ERROR_CONTROL, "%s: the total in %s is too large", JOURNAL_FILE,
                         currency_code(posting->currency));
    total->count++;
    return 0;
}

static int post(struct journal_writer *writer, const struct posting *posting, struct error *err)
{
    struct decimal opposite = {-posting->amount.units};
    char *start = output_reserve(writer->output, TRANSACTION_BYTES, err);
    char *at = start;
    int i;

    if (start == NULL || add_to_total(writer, posting, err) != 0)
        return -1;
    writer->expense.size = chart_expand(posting->expense_template, posting->service,
                                        posting->account_id, writer->expense.text);
    writer->payable.size = chart_expand(writer->chart->payable, posting->service,
                                        posting->account_id, writer->payable.text);
    at = put_declarations(at, writer, posting->currency);
    at = put_string(at, writer->date);
    at = put_string(at, " ");
    at = put_string(at, posting->title);
    for (i = 0; i < posting->id_count; i++) {
        assert(posting->ids[i].size <= CHART_ID_BYTES_MAX);
        at = put_string(at, " ");
        at += chart_encode(posting->ids[i], at);
    }
    at = put_string(at, "\n");
    at = put_posting(at, &writer->expense, posting->amount, posting->currency);
    at = put_posting(at, &writer->payable, opposite, posting->currency);
    at = put_string(at, "\n");
    output_advance(writer->output, (size_t)(at - start));
    return 0;
}

int journal_writer_refund(struct journal_writer *writer, const struct refund_entry *entry,
                          struct error *err)
{
    if (!decision_approves(entry->decision))
        return 0;
    return post(writer,
                &(struct posting){
                    .programme = PROGRAMME_REFUND,
                    .title = "refund",
                    .ids = {entry->request->request_id, entry->request->order_id},
                    .id_count = 2,
                    .expense_template = writer->chart->refund_expense,
                    .service = entry->order->service,
                    .account_id = entry->request->account_id,
                    .currency = entry->order->currency,
                    .amount = entry->refund,
                },
                err);
}

int journal_writer_compensation(struct journal_writer *writer,
                                const struct compensation_entry *entry, struct error *err)
{
    if (!decision_approves(entry->decision))
        return 0;
    return post(
        writer,
        &(struct posting){
            .programme = PROGRAMME_COMPENSATION,
            .title = "compensation",
            .ids = {entry->claim->claim_id, entry->basis->resource_id, entry->basis->basis_id},
            .id_count = 3,
            .expense_template = writer->chart->compensation_expense,
            .service = entry->basis->service,
            .account_id = entry->claim->account_id,
            .currency = entry->basis->currency,
            .amount = entry->amount,
        },
        err);
}

int journal_writer_reward(struct journal_writer *writer, const struct reward_entry *entry,
                          struct error *err)
{
    if (!decision_approves(entry->decision))
        return 0;
    return post(writer,
                &(struct posting){
                    .programme = PROGRAMME_REWARD,
                    .title = "reward",
                    .ids = {entry->filing->filing_id},
                    .id_count = 1,
                    .expense_template = writer->chart->reward_expense,
                    .service = entry->order->service,
                    .account_id = entry->filing->account_id,
                    .currency = entry->terms->reward_currency,
                    .amount = entry->amount,
                },
                err);
}

/* A comment, so that a period without an approved amount has a journal that says so. */
static int put_head(struct journal_writer *writer, int32_t period, struct error *err)
{
    char text[PERIOD_TEXT_MAX + 64];
    char *at = put_string(text, "; refunds, compensations and rewards of ");

    at += period_format(period, at);
    at = put_string(at, "\n\n");
    return output_write(writer->output, text, (size_t)(at - text), err);
}

struct journal_writer *journal_writer_open(int folder_fd, const struct chart *chart, int32_t period,
                                           struct journal_totals *totals, struct error *err)
{
    struct journal_writer *writer = calloc(1, sizeof(*writer));

    if (writer == NULL) {
        error_set_errno(err, ENOMEM, "%s: cannot create", JOURNAL_FILE);
        return NULL;
    }
    *totals = (struct journal_totals){0};
    writer->chart = chart;
    writer->totals = totals;
    date_format(civil_day_of(period_start(period + 1, 0), 0) - 1, writer->date);
    writer->output = output_open(folder_fd, JOURNAL_FILE, err);
    if (writer->output == NULL || put_head(writer, period, err) != 0) {
        journal_writer_discard(writer);
        return NULL;
    }
    return writer;
}

int journal_writer_commit(struct journal_writer *writer, struct output_summary *summary,
                          struct error *err)
{
    int result = output_commit(writer->output, summary, err);

    free(writer);
    return result;
}

void journal_writer_discard(struct journal_writer *writer)
{
    if (writer == NULL)
        return;
    output_discard(writer->output);
    free(writer);
}
