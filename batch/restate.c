/*
 * Owns the comparison of a period's old and new ledgers, and the causes.
 * Must not know how a ledger is stored, nor how the bridge is.
 */
#include "batch/restate.h"

#include <assert.h>
#include <stdlib.h>

#include "batch/names.h"
#include "batch/restate_books.h"
#include "batch/restate_totals.h"
#include "batch/state_files.h"

enum { COLUMN_NAMES_BYTES = 1024 };

struct comparison {
    const struct restate_facts *facts;
    const struct restatement_sink *sink;
    struct error *err;
    struct restate_books books;
    struct restatement_row *rows; /* of the account at hand: what differs, but the totals */
    size_t row_count;
    size_t row_capacity;
    struct restate_totals totals;
    struct name_set moved; /* (ledger, event id): in the old books, but not in the same account */
};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

/* ---- causes ---- */

static bool inputs_differ_in(const struct restate_ledger *it, const struct restate_row *before,
                             const struct restate_row *after)
{
    for (int i = 0; i < it->columns.input_count; i++)
        if (!restate_same(&it->columns, it->columns.inputs[i], *before, *after))
            return true;
    return false;
}

/* Either row may be NULL. The precedence is that of docs/formats.md. */
static enum restatement_cause cause_of(const struct comparison *work,
                                       const struct restate_ledger *it,
                                       const struct restate_row *before,
                                       const struct restate_row *after)
{
    const struct restate_facts *facts = work->facts;
    const struct span ledger = span_of(it->columns.spec->ledger->name);
    const int id = it->columns.keys[0];

    if (facts->inputs_differ && before == NULL) {
        const struct span event = ledger_text(after->fields[id]);

        if (!restate_rows_have_event(&it->columns, &it->old_rows, event))
            return name_set_has(&work->moved, ledger, event) ? RESTATEMENT_CORRECTED_INPUT
                                                             : RESTATEMENT_LATE_INPUT;
    } else if (facts->inputs_differ && after == NULL) {
        if (!restate_rows_have_event(&it->columns, &it->new_rows, ledger_text(before->fields[id])))
            return RESTATEMENT_CORRECTED_INPUT;
    } else if (facts->inputs_differ && inputs_differ_in(it, before, after)) {
        return RESTATEMENT_CORRECTED_INPUT;
    }
    if (facts->policy_differs)
        return RESTATEMENT_POLICY_CHANGE;
    if (facts->inputs_differ)
        return RESTATEMENT_CORRECTED_INPUT;
    return RESTATEMENT_PROGRAM_VERSION;
}

/* ---- one row ---- */

static struct span field(const struct restate_row *row, int column)
{
    if (column == RESTATE_NO_COLUMN || row->fields[column].data == NULL)
        return (struct span){"", 0};
    return row->fields[column];
}

static struct span key(const struct restate_ledger *it, const struct restate_row *row, int number)
{
    if (number >= it->columns.key_count)
        return (struct span){"", 0};
    return ledger_text(field(row, it->columns.keys[number]));
}

/* What the row says in one of the books, and in which currency; nothing where it is not there. */
static int restated_of(const struct comparison *work, const struct restate_ledger *it,
                       const struct restate_row *row, struct restated *out, int32_t *currency)
{
    struct span amount = {"", 0};

    *out = (struct restated){.decision = {"", 0}, .reason = {"", 0}};
    *currency = CURRENCY_NONE;
    if (row == NULL)
        return 0;
    out->decision = field(row, it->columns.decision);
    out->reason = field(row, it->columns.reason);
    amount = field(row, it->columns.amount);
    if (amount.size == 0)
        return 0;
    out->has_amount = true;
    *currency = currency_find(field(row, it->columns.currency));
    if (*currency == CURRENCY_NONE || !state_parse_amount(amount, &out->amount))
        return error_set(work->err, ERROR_CONTROL, "%s.csv: \"%.*s\" is no amount",
                         it->columns.spec->ledger->name, (int)amount.size, amount.data);
    return 0;
}

/* The names of the columns that differ. */
static int name_columns(struct comparison *work, const struct restate_ledger *it,
                        const struct restate_row *before, const struct restate_row *after,
                        struct span *names)
{
    const struct ledger *ledger = it->columns.spec->ledger;
    char text[COLUMN_NAMES_BYTES];
    size_t size = 0;

    for (int i = 0; i < ledger->column_count; i++) {
        const size_t name_size = strlen(ledger->columns[i].name);

        if (restate_same(&it->columns, i, *before, *after))
            continue;
        assert(size + 1 + name_size <= sizeof(text));
        if (size > 0)
            text[size++] = ' ';
        memcpy(text + size, ledger->columns[i].name, name_size);
        size += name_size;
    }
    if (arena_copy(&work->books.text, (struct span){text, size}, names) != 0)
        return out_of_memory(work->err);
    return 0;
}

static int keep_difference(struct comparison *work, struct restatement_row row)
{
    if (restate_totals_add(&work->totals, &row, work->err) != 0)
        return -1;
    if (work->row_count == work->row_capacity) {
        const size_t capacity = work->row_capacity * 2 + 16;
        struct restatement_row *rows = realloc(work->rows, capacity * sizeof(*rows));

        if (rows == NULL)
            return out_of_memory(work->err);
        work->rows = rows;
        work->row_capacity = capacity;
    }
    work->rows[work->row_count++] = row;
    return 0;
}

/* Two halves of a row whose amount changed its currency; no sum has both. */
static int keep_halves(struct comparison *work, struct restatement_row row, int32_t old_currency,
                       int32_t new_currency)
{
    struct restatement_row gone = row;
    struct restatement_row come = row;

    gone.change = RESTATEMENT_VANISHED;
    gone.currency = old_currency;
    gone.after = (struct restated){.decision = {"", 0}, .reason = {"", 0}};
    come.change = RESTATEMENT_APPEARED;
    come.currency = new_currency;
    come.before = (struct restated){.decision = {"", 0}, .reason = {"", 0}};
    /* Currencies are numbered in byte order of their codes. */
    if (keep_difference(work, old_currency < new_currency ? gone : come) != 0)
        return -1;
    return keep_difference(work, old_currency < new_currency ? come : gone);
}

/* A row of either book, or of both; either may be NULL. */
static int compare_row(struct comparison *work, struct restate_ledger *it,
                       const struct restate_row *before, const struct restate_row *after)
{
    const struct restate_row *some = before != NULL ? before : after;
    struct restatement_row row = {
        .ledger = it->columns.spec->ledger->name,
        .account_id = work->books.account_id,
        .event_id = key(it, some, 0),
        .resource_id = key(it, some, 1),
        .basis = key(it, some, 2),
        .basis_id = key(it, some, 3),
        .change = before == NULL  ? RESTATEMENT_APPEARED
                  : after == NULL ? RESTATEMENT_VANISHED
                                  : RESTATEMENT_CHANGED,
        .columns = {"", 0},
    };
    int32_t old_currency = CURRENCY_NONE;
    int32_t new_currency = CURRENCY_NONE;

    if (before != NULL && after != NULL && name_columns(work, it, before, after, &row.columns) != 0)
        return -1;
    if (row.change == RESTATEMENT_CHANGED && row.columns.size == 0)
        return 0;
    if (restated_of(work, it, before, &row.before, &old_currency) != 0 ||
        restated_of(work, it, after, &row.after, &new_currency) != 0)
        return -1;
    row.cause = cause_of(work, it, before, after);
    if (row.before.has_amount && row.after.has_amount && old_currency != new_currency)
        return keep_halves(work, row, old_currency, new_currency);
    row.currency = row.before.has_amount ? old_currency : new_currency;
    return keep_difference(work, row);
}

/* ---- one account ---- */

typedef int (*pair_visitor)(struct comparison *work, struct restate_ledger *it,
                            const struct restate_row *before, const struct restate_row *after);

static int merge_rows(struct comparison *work, struct restate_ledger *it, pair_visitor visit)
{
    const struct restate_rows *old_rows = &it->old_rows;
    const struct restate_rows *new_rows = &it->new_rows;
    size_t i = 0;
    size_t j = 0;

    while (i < old_rows->count || j < new_rows->count) {
        int order = 0;

        if (i == old_rows->count)
            order = 1;
        else if (j == new_rows->count)
            order = -1;
        else
            order = restate_compare_keys(&it->columns, old_rows->items[i], new_rows->items[j]);
        if (visit(work, it, order <= 0 ? &old_rows->items[i] : NULL,
                  order >= 0 ? &new_rows->items[j] : NULL) != 0)
            return -1;
        if (order <= 0)
            i++;
        if (order >= 0)
            j++;
    }
    return 0;
}

/* The account's totals in either book, before the rows that explain them. */
static int note_total(struct comparison *work, struct restate_ledger *it,
                      const struct restate_row *before, const struct restate_row *after)
{
    struct restated old_total;
    struct restated new_total;
    int32_t old_currency = CURRENCY_NONE;
    int32_t new_currency = CURRENCY_NONE;

    if (restated_of(work, it, before, &old_total, &old_currency) != 0 ||
        restated_of(work, it, after, &new_total, &new_currency) != 0)
        return -1;
    if (old_total.has_amount || new_total.has_amount)
        restate_totals_account(&work->totals, old_total.has_amount ? old_currency : new_currency,
                               &old_total, &new_total);
    return 0;
}

static int bridge_account(struct comparison *work)
{
    work->row_count = 0;
    restate_totals_begin_account(&work->totals);
    if (merge_rows(work, &work->books.ledgers[RESTATE_ACCOUNTS], note_total) != 0)
        return -1;
    for (int i = RESTATE_ACCOUNTS + 1; i < RESTATE_LEDGER_COUNT; i++)
        if (merge_rows(work, &work->books.ledgers[i], compare_row) != 0)
            return -1;
    if (restate_totals_end_account(&work->totals, work->books.account_id, work->sink, work->err) !=
        0)
        return -1;
    for (size_t i = 0; i < work->row_count; i++)
        if (work->sink->row(work->sink->context, &work->rows[i], work->err) != 0)
            return -1;
    return 0;
}

/* Notes the events that have left the account: they may turn up in another one. */
static int note_moved(struct comparison *work, struct restate_ledger *it,
                      const struct restate_row *before, const struct restate_row *after)
{
    const struct span ledger = span_of(it->columns.spec->ledger->name);

    if (after != NULL || restate_rows_have_event(&it->columns, &it->new_rows, key(it, before, 0)))
        return 0;
    if (name_set_add(&work->moved, ledger, key(it, before, 0), true, NULL) != 0)
        return out_of_memory(work->err);
    return 0;
}

static int look_for_moves(struct comparison *work)
{
    for (int i = RESTATE_ACCOUNTS + 1; i < RESTATE_LEDGER_COUNT; i++)
        if (merge_rows(work, &work->books.ledgers[i], note_moved) != 0)
            return -1;
    return 0;
}

/* Both books from the first account to the last. */
static int walk(struct comparison *work, int (*account)(struct comparison *work))
{
    const struct restate_facts *facts = work->facts;
    struct restate_books *books = &work->books;
    int more = -1;

    if (restate_books_open(books, facts->old_folder, facts->new_folder, work->err) != 0)
        goto done;
    while ((more = restate_books_next(books, work->err)) == 1)
        if (account(work) != 0) {
            more = -1;
            goto done;
        }
    if (more == 0)
        more =
            restate_books_check(books, facts->old, facts->outputs, facts->output_count, work->err);
done:
    restate_books_close(books);
    return more;
}

int restate_compare(const struct restate_facts *facts, const struct restatement_sink *sink,
                    struct error *err)
{
    struct comparison *work = calloc(1, sizeof(*work));
    int status = -1;

    if (work == NULL)
        return out_of_memory(err);
    work->facts = facts;
    work->sink = sink;
    work->err = err;
    /* The first walk also proves that the old ledgers are those of the manifest. */
    if (walk(work, look_for_moves) == 0 && walk(work, bridge_account) == 0)
        status = restate_totals_check(&work->totals, facts->old, facts->totals, err);
    name_set_release(&work->moved);
    free(work->rows);
    free(work);
    return status;
}

/* ---- restatement.csv ---- */

struct writing {
    struct csv_writer *csv;
    const struct restatement_sink *also;
};

static int write_row(void *context, const struct restatement_row *row, struct error *err)
{
    const struct writing *writing = context;

    if (csv_writer_row(writing->csv, row, err) != 0)
        return -1;
    return writing->also == NULL ? 0 : writing->also->row(writing->also->context, row, err);
}

int restate_write(const struct restate_facts *facts, int folder_fd, int utc_offset_seconds,
                  const struct restatement_sink *also, struct output_summary *summary,
                  struct error *err)
{
    struct writing writing = {NULL, also};
    const struct restatement_sink sink = {&writing, write_row};

    writing.csv = csv_writer_open(folder_fd, &ledger_restatement, utc_offset_seconds, err);
    if (writing.csv == NULL)
        return -1;
    if (restate_compare(facts, &sink, err) != 0) {
        csv_writer_discard(writing.csv);
        return -1;
    }
    return csv_writer_commit(writing.csv, summary, err);
}
