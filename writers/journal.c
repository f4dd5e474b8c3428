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
    POSTING_INDENT = 4,
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

/* Where a transaction of a part begins, and what it needs declared. */
struct mark {
    size_t at;
    size_t expense_at;
    size_t payable_at;
    uint32_t expense_size;
    uint32_t payable_size;
    int currency;
};

struct journal_writer {
    struct output *output;
    bool is_part;
    struct mark *marks; /* of a part */
    size_t mark_count;
    size_t mark_capacity;
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
static char *put_account(char *at, struct journal_writer *writer, struct span text)
{
    struct account_name *slot = &writer->declared[hash_span(0, text) % DECLARED_SLOTS];

    if (span_equal(span_of_account(slot), text))
        return at;
    slot->size = text.size;
    memcpy(slot->text, text.data, text.size);
    at = put_string(at, "account ");
    at = put(at, text);
    return put_string(at, "\n");
}

static char *put_declarations(char *at, struct journal_writer *writer, int currency,
                              struct span expense, struct span payable)
{
    char *start = at;

    if (!writer->currency_declared[currency]) {
        writer->currency_declared[currency] = true;
        at = put_string(at, "commodity ");
        at = put_string(at, currency_code(currency));
        at = put_string(at, "\n");
    }
    at = put_account(at, writer, expense);
    at = put_account(at, writer, payable);
    return at == start ? at : put_string(at, "\n");
}

/* The account's name begins POSTING_INDENT bytes behind `at`. */
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

static int add_to_total(struct journal_writer *writer, enum programme programme, int currency,
                        struct journal_total added, struct error *err)
{
    struct journal_total *total = &writer->totals->of[programme][currency];

    if (!decimal_add(total->amount, added.amount, &total->amount))
        return error_set(err, ERROR_CONTROL, "%s: the total in %s is too large", JOURNAL_FILE,
                         currency_code(currency));
    total->count += added.count;
    return 0;
}

static struct mark *add_mark(struct journal_writer *part, struct error *err)
{
    if (part->mark_count == part->mark_capacity) {
        size_t capacity = part->mark_capacity * 2 + 256;
        struct mark *marks = realloc(part->marks, capacity * sizeof(*marks));

        if (marks == NULL) {
            error_set_errno(err, ENOMEM, "%s: cannot make room", JOURNAL_FILE);
            return NULL;
        }
        part->marks = marks;
        part->mark_capacity = capacity;
    }
    return &part->marks[part->mark_count++];
}

static char *put_description(char *at, const struct journal_writer *writer,
                             const struct posting *posting)
{
    at = put_string(at, writer->date);
    at = put_string(at, " ");
    at = put_string(at, posting->title);
    for (int i = 0; i < posting->id_count; i++) {
        assert(posting->ids[i].size <= CHART_ID_BYTES_MAX);
        at = put_string(at, " ");
        at += chart_encode(posting->ids[i], at);
    }
    return put_string(at, "\n");
}

static int post(struct journal_writer *writer, const struct posting *posting, struct error *err)
{
    const struct decimal opposite = {-posting->amount.units};
    const size_t before = writer->is_part ? output_memory(writer->output).size : 0;
    struct mark *mark = writer->is_part ? add_mark(writer, err) : NULL;
    char *start = output_reserve(writer->output, TRANSACTION_BYTES, err);
    char *expense_at = NULL;
    char *payable_at = NULL;
    char *at = start;

    if (start == NULL || (writer->is_part && mark == NULL) ||
        add_to_total(writer, posting->programme, posting->currency,
                     (struct journal_total){1, posting->amount}, err) != 0)
        return -1;
    writer->expense.size = chart_expand(posting->expense_template, posting->service,
                                        posting->account_id, writer->expense.text);
    writer->payable.size = chart_expand(writer->chart->payable, posting->service,
                                        posting->account_id, writer->payable.text);
    if (!writer->is_part)
        at = put_declarations(at, writer, posting->currency, span_of_account(&writer->expense),
                              span_of_account(&writer->payable));
    expense_at = put_description(at, writer, posting);
    payable_at = put_posting(expense_at, &writer->expense, posting->amount, posting->currency);
    at = put_posting(payable_at, &writer->payable, opposite, posting->currency);
    at = put_string(at, "\n");
    if (mark != NULL)
        *mark = (struct mark){
            .at = before,
            .expense_at = before + (size_t)(expense_at - start) + POSTING_INDENT,
            .payable_at = before + (size_t)(payable_at - start) + POSTING_INDENT,
            .expense_size = (uint32_t)writer->expense.size,
            .payable_size = (uint32_t)writer->payable.size,
            .currency = posting->currency,
        };
    output_advance(writer->output, (size_t)(at - start));
    return 0;
}

/* Writes the declarations that the transaction needs, with what of the part stands before it. */
static int declare(struct journal_writer *writer, const struct mark *mark, const char *text,
                   size_t *written, struct error *err)
{
    char declarations[TRANSACTION_BYTES];
    const struct span expense = {text + mark->expense_at, mark->expense_size};
    const struct span payable = {text + mark->payable_at, mark->payable_size};
    const size_t size =
        (size_t)(put_declarations(declarations, writer, mark->currency, expense, payable) -
                 declarations);

    if (size == 0)
        return 0;
    if (output_write(writer->output, text + *written, mark->at - *written, err) != 0)
        return -1;
    *written = mark->at;
    return output_write(writer->output, declarations, size, err);
}

int journal_writer_append(struct journal_writer *writer, struct journal_writer *part,
                          struct error *err)
{
    const struct span text = output_memory(part->output);
    size_t written = 0;

    for (size_t i = 0; i < part->mark_count; i++)
        if (declare(writer, &part->marks[i], text.data, &written, err) != 0)
            return -1;
    if (text.size > written &&
        output_write(writer->output, text.data + written, text.size - written, err) != 0)
        return -1;
    for (int programme = 0; programme < PROGRAMME_COUNT; programme++)
        for (int currency = 0; currency < CURRENCY_COUNT; currency++) {
            const struct journal_total added = part->totals->of[programme][currency];

            if (added.count > 0 &&
                add_to_total(writer, (enum programme)programme, currency, added, err) != 0)
                return -1;
        }
    *part->totals = (struct journal_totals){0};
    part->mark_count = 0;
    output_memory_clear(part->output);
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

static struct journal_writer *new_writer(const struct chart *chart, int32_t period,
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
    return writer;
}

struct journal_writer *journal_writer_open_part(const struct chart *chart, int32_t period,
                                                struct journal_totals *totals, struct error *err)
{
    struct journal_writer *part = new_writer(chart, period, totals, err);

    if (part == NULL)
        return NULL;
    part->is_part = true;
    part->output = output_open_memory(err);
    if (part->output == NULL) {
        free(part);
        return NULL;
    }
    return part;
}

struct journal_writer *journal_writer_open(int folder_fd, const struct chart *chart, int32_t period,
                                           struct journal_totals *totals, struct error *err)
{
    struct journal_writer *writer = new_writer(chart, period, totals, err);

    if (writer == NULL)
        return NULL;
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
    free(writer->marks);
    free(writer);
}
