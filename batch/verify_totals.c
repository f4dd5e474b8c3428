/*
 * Owns the recomputation of totals from published rows. Shares no code with what wrote them but
 * the CSV tokenizer and the decimals.
 * Must not know of checksums, archives or the chain of periods.
 */
#include "batch/verify_totals.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch/folder.h"
#include "readers/csv.h"
#include "readers/source.h"

enum {
    FIGURES_MAX = 8192,
    FIGURE_TEXT_MAX = 48,
    COLUMNS_MAX = 8, /* of one table, that are looked at */
    CHUNK_BYTES = 1 << 18,
    PATH_BYTES = 4096,
    CAUSE_BYTES = 512,
};

/* What something came to, under a name like controls.csv's. */
struct figure {
    char scope[FIGURE_TEXT_MAX];
    char name[FIGURE_TEXT_MAX];
    int currency; /* CURRENCY_NONE: none */
    uint64_t count;
    struct decimal amount;
    bool met; /* in the table that it was compared with */
};

struct figures {
    struct figure items[FIGURES_MAX];
    size_t count;
};

struct verifier {
    const char *path;
    const struct manifest *manifest;
    difference_sink *sink;
    void *context;
    struct error *err;
    struct figures by_decision; /* ledger, decision, currency: the manifest's totals */
    struct figures approved;    /* ledger, "total", currency */
    struct figures accounts;    /* ledger, "total", currency, of accounts.csv; and "accounts.csv" */
    struct figures journal;     /* "journal.journal", "total", currency */
    struct figures counts;      /* scope, name: further counts of controls.csv */
};

static void tell(struct verifier *it, const char *file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void tell(struct verifier *it, const char *file, const char *format, ...)
{
    char cause[CAUSE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(cause, sizeof(cause), format, arguments);
    va_end(arguments);
    it->sink(it->context, file, cause);
}

/* --- figures ---------------------------------------------------------------------------------- */

static bool text_is(const char *text, struct span span)
{
    return span_equal(span_of(text), span);
}

static struct figure *find(struct figures *figures, struct span scope, struct span name,
                           int currency)
{
    for (size_t i = 0; i < figures->count; i++) {
        struct figure *figure = &figures->items[i];

        if (figure->currency == currency && text_is(figure->name, name) &&
            text_is(figure->scope, scope))
            return figure;
    }
    return NULL;
}

static bool copy_text(char *to, struct span text)
{
    if (text.size >= FIGURE_TEXT_MAX)
        return false;
    memcpy(to, text.data, text.size);
    to[text.size] = '\0';
    return true;
}

/* Adds to a figure, which begins at zero. */
static int add(struct verifier *it, struct figures *figures, struct span scope, struct span name,
               int currency, uint64_t count, struct decimal amount)
{
    struct figure *figure = find(figures, scope, name, currency);

    if (figure == NULL) {
        struct figure fresh = {.currency = currency};

        if (figures->count == FIGURES_MAX || !copy_text(fresh.scope, scope) ||
            !copy_text(fresh.name, name))
            return error_set(it->err, ERROR_INPUT, "%.*s: no word that a ledger has: \"%.*s\"",
                             (int)scope.size, scope.data, (int)name.size, name.data);
        figure = &figures->items[figures->count++];
        *figure = fresh;
    }
    figure->count += count;
    if (!decimal_add(figure->amount, amount, &figure->amount))
        return error_set(it->err, ERROR_INPUT, "%s: the total does not fit", figure->scope);
    return 0;
}

static int add_count(struct verifier *it, const char *scope, const char *name, uint64_t count)
{
    return add(it, &it->counts, span_of(scope), span_of(name), CURRENCY_NONE, count, DECIMAL_ZERO);
}

static const char *currency_text(int currency)
{
    return currency == CURRENCY_NONE ? "" : currency_code(currency);
}

/* Compares a figure as some file gives it with the one that the rows come to. */
static void compare(struct verifier *it, const char *file, const struct figure *figure,
                    bool has_count, uint64_t count, bool has_amount, struct decimal amount)
{
    const char *space = figure->currency == CURRENCY_NONE ? "" : " ";
    char given[DECIMAL_TEXT_MAX];
    char found[DECIMAL_TEXT_MAX];

    if (has_count && count != figure->count)
        tell(it, file, "%s %s%s%s: count %" PRIu64 ", but the rows are %" PRIu64, figure->scope,
             figure->name, space, currency_text(figure->currency), count, figure->count);
    if (has_amount && decimal_compare(amount, figure->amount) != 0) {
        decimal_format(amount, 0, given);
        decimal_format(figure->amount, 0, found);
        tell(it, file, "%s %s%s%s: amount %s, but the rows come to %s", figure->scope, figure->name,
             space, currency_text(figure->currency), given, found);
    }
}

/* --- tables ----------------------------------------------------------------------------------- */

/* A table and the columns that are looked at; row gets their values in the same order. */
struct table_spec {
    const char *file;
    const char *columns[COLUMNS_MAX]; /* NULL behind the last */
    int (*row)(struct verifier *it, const struct table_spec *table, const struct span *values,
               uint64_t line);
    const char *ledger; /* its scope in totals */
};

static int bad_value(struct verifier *it, const struct table_spec *table, uint64_t line, int column,
                     struct span value)
{
    return error_set(it->err, ERROR_INPUT, "%s:%" PRIu64 ": %s: \"%.*s\" makes no sense",
                     table->file, line, table->columns[column],
                     (int)(value.size > 80 ? 80 : value.size), value.data);
}

/* An amount, or zero where it is absent. */
static int take_amount(struct verifier *it, const struct table_spec *table,
                       const struct span *values, int column, uint64_t line, struct decimal *amount)
{
    char integer[DECIMAL_TEXT_MAX];
    const char *dot;
    struct span value = values[column];

    *amount = DECIMAL_ZERO;
    if (value.size == 0 || decimal_parse(value, amount) == DECIMAL_OK)
        return 0;

    /* Totals may have more integer digits than inputs: taken in two halves. */
    dot = memchr(value.data, '.', value.size);
    {
        size_t whole = dot == NULL ? value.size : (size_t)(dot - value.data);
        size_t head = whole < 14 ? 0 : whole - 14;
        struct decimal high;
        struct decimal low;

        if (whole < 15 || whole > 28 || value.data[0] == '-' || value.size >= sizeof(integer) ||
            decimal_parse((struct span){value.data, head}, &high) != DECIMAL_OK ||
            decimal_parse((struct span){value.data + head, value.size - head}, &low) !=
                DECIMAL_OK ||
            !decimal_multiply_divide(high, INT64_C(100000000000000), 1, DECIMAL_DIGITS,
                                     ROUNDING_DOWN, &high) ||
            !decimal_add(high, low, amount))
            return bad_value(it, table, line, column, value);
    }
    return 0;
}

static int take_count(struct verifier *it, const struct table_spec *table,
                      const struct span *values, int column, uint64_t line, uint64_t *count)
{
    struct span value = values[column];

    *count = 0;
    if (value.size > 18)
        return bad_value(it, table, line, column, value);
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] < '0' || value.data[i] > '9')
            return bad_value(it, table, line, column, value);
        *count = *count * 10 + (uint64_t)(value.data[i] - '0');
    }
    return 0;
}

static int take_currency(struct verifier *it, const struct table_spec *table,
                         const struct span *values, int column, uint64_t line, int *currency)
{
    *currency = CURRENCY_NONE;
    if (values[column].size == 0)
        return 0;
    *currency = currency_find(values[column]);
    return *currency == CURRENCY_NONE ? bad_value(it, table, line, column, values[column]) : 0;
}

static bool is_approved(struct span decision)
{
    return span_is(decision, "full") || span_is(decision, "partial") ||
           span_is(decision, "compensated") || span_is(decision, "granted");
}

/* decision, currency, amount: a row of a ledger. */
static int decision_row(struct verifier *it, const struct table_spec *table,
                        const struct span *values, uint64_t line)
{
    bool approved = is_approved(values[0]);
    struct span ledger = span_of(table->ledger);
    struct decimal amount;
    int currency;

    if (take_currency(it, table, values, 1, line, &currency) != 0 ||
        take_amount(it, table, values, 2, line, &amount) != 0)
        return -1;
    if (add(it, &it->by_decision, ledger, values[0], approved ? currency : CURRENCY_NONE, 1,
            amount) != 0 ||
        add_count(it, table->ledger, "rows", 1) != 0 ||
        add(it, &it->counts, ledger, approved ? span_of("approved") : values[0], CURRENCY_NONE, 1,
            DECIMAL_ZERO) != 0)
        return -1;
    if ((approved || span_is(values[0], "denied")) &&
        add_count(it, table->ledger, "decided", 1) != 0)
        return -1;
    return approved ? add(it, &it->approved, ledger, span_of("total"), currency, 1, amount) : 0;
}

/* The same for a refund, which must foot: payment = refund + fee + due, refund = cash + coupon. */
static int refund_row(struct verifier *it, const struct table_spec *table,
                      const struct span *values, uint64_t line)
{
    struct decimal amounts[COLUMNS_MAX];
    struct decimal paid;
    struct decimal returned;

    for (int i = 2; i < 8; i++)
        if (take_amount(it, table, values, i, line, &amounts[i]) != 0)
            return -1;
    if (!decimal_add(amounts[2], amounts[6], &paid) || !decimal_add(paid, amounts[7], &paid) ||
        !decimal_add(amounts[4], amounts[5], &returned))
        return bad_value(it, table, line, 2, values[2]);
    if (decimal_compare(paid, amounts[3]) != 0)
        tell(it, table->file, "line %" PRIu64 ": actual_payment is not refund + fee + amount_due",
             line);
    if (decimal_compare(returned, amounts[2]) != 0)
        tell(it, table->file, "line %" PRIu64 ": refund is not its cash + flexi coupon", line);
    return decision_row(it, table, values, line);
}

static int account_row(struct verifier *it, const struct table_spec *table,
                       const struct span *values, uint64_t line)
{
    static const char *const LEDGERS[] = {"refunds", "compensations", "rewards"};
    struct decimal sum = DECIMAL_ZERO;
    struct decimal total;
    uint64_t counts = 0;
    int currency;

    if (take_currency(it, table, values, 0, line, &currency) != 0 ||
        take_amount(it, table, values, 7, line, &total) != 0)
        return -1;
    for (int i = 0; i < 3; i++) {
        struct decimal amount;
        uint64_t count;

        if (take_count(it, table, values, 1 + 2 * i, line, &count) != 0 ||
            take_amount(it, table, values, 2 + 2 * i, line, &amount) != 0)
            return -1;
        counts += count;
        if (!decimal_add(sum, amount, &sum))
            return bad_value(it, table, line, 2 + 2 * i, values[2 + 2 * i]);
        if (count > 0 && add(it, &it->accounts, span_of(LEDGERS[i]), span_of("total"), currency,
                             count, amount) != 0)
            return -1;
    }
    if (decimal_compare(sum, total) != 0)
        tell(it, table->file, "line %" PRIu64 ": total is not the sum of its parts", line);
    if (add_count(it, table->file, "rows", 1) != 0)
        return -1;
    return add(it, &it->accounts, span_of(table->file), span_of("total"), currency, counts, total);
}

static int ticket_row(struct verifier *it, const struct table_spec *table,
                      const struct span *values, uint64_t line)
{
    (void)line;
    if (add(it, &it->by_decision, span_of(table->ledger), values[0], CURRENCY_NONE, 1,
            DECIMAL_ZERO) != 0 ||
        add_count(it, table->ledger, "of_the_period", 1) != 0)
        return -1;
    return add(it, &it->counts, span_of(table->ledger), values[0], CURRENCY_NONE, 1, DECIMAL_ZERO);
}

static int reject_row(struct verifier *it, const struct table_spec *table,
                      const struct span *values, uint64_t line)
{
    (void)values;
    (void)line;
    return add_count(it, table->file, "rows", 1);
}

/* A figure of controls.csv: looked up in what the rows come to; others are the run's alone. */
static int control_row(struct verifier *it, const struct table_spec *table,
                       const struct span *values, uint64_t line)
{
    struct figures *const SETS[] = {&it->approved, &it->accounts, &it->journal, &it->counts};
    struct decimal amount;
    uint64_t count;
    int currency;

    if (take_currency(it, table, values, 2, line, &currency) != 0 ||
        take_count(it, table, values, 3, line, &count) != 0 ||
        take_amount(it, table, values, 4, line, &amount) != 0)
        return -1;
    for (size_t i = 0; i < sizeof(SETS) / sizeof(SETS[0]); i++) {
        struct figure *figure = find(SETS[i], values[0], values[1], currency);

        if (figure != NULL) {
            figure->met = true;
            compare(it, table->file, figure, values[3].size > 0, count, values[4].size > 0, amount);
            break;
        }
    }
    return 0;
}

static const struct table_spec TABLES[] = {
    {"refunds.csv",
     {"decision", "currency", "refund", "actual_payment", "refund_cash", "refund_flexi_coupon",
      "handling_fee", "amount_due"},
     refund_row,
     "refunds"},
    {"compensations.csv", {"decision", "currency", "amount"}, decision_row, "compensations"},
    {"rewards.csv", {"decision", "currency", "amount"}, decision_row, "rewards"},
    {"tickets.csv", {"scope"}, ticket_row, "tickets"},
    {"accounts.csv",
     {"currency", "refunds", "refund_total", "compensations", "compensation_total", "rewards",
      "reward_total", "total"},
     account_row,
     ""},
    {"rejects.csv", {"reason"}, reject_row, ""},
};

static const struct table_spec CONTROLS = {
    "controls.csv", {"scope", "name", "currency", "count", "amount"}, control_row, "controls"};

/* Where each column of the table stands in its header. */
static int bind_columns(struct verifier *it, const struct table_spec *table,
                        const struct csv_row *header, size_t places[COLUMNS_MAX])
{
    for (int i = 0; i < COLUMNS_MAX && table->columns[i] != NULL; i++) {
        size_t place = 0;

        while (place < header->field_count && !span_is(header->fields[place], table->columns[i]))
            place++;
        if (place == header->field_count)
            return error_set(it->err, ERROR_INPUT, "%s: has no column %s", table->file,
                             table->columns[i]);
        places[i] = place;
    }
    return 0;
}

/* One row: the header binds, the others go to the table's own function. */
static int take_row(struct verifier *it, const struct table_spec *table, const struct csv_row *row,
                    size_t places[COLUMNS_MAX], size_t *header_fields)
{
    struct span values[COLUMNS_MAX] = {{0}};

    if (*header_fields == 0) {
        *header_fields = row->field_count;
        return bind_columns(it, table, row, places);
    }
    if (row->field_count != *header_fields)
        return error_set(it->err, ERROR_INPUT, "%s:%" PRIu64 ": has another number of fields",
                         table->file, row->line);
    for (int i = 0; i < COLUMNS_MAX && table->columns[i] != NULL; i++)
        values[i] = row->fields[places[i]];
    return table->row(it, table, values, row->line);
}

static int read_rows(struct verifier *it, const struct table_spec *table, struct source *source,
                     uint64_t *rows)
{
    struct cutter *cutter = NULL;
    struct tokenizer *tokenizer = NULL;
    struct block block = {0};
    size_t places[COLUMNS_MAX] = {0};
    size_t header_fields = 0;
    int more;
    int status = -1;

    *rows = 0;
    if (cutter_open(&cutter, source, table->file, CHUNK_BYTES, it->err) != 0 ||
        tokenizer_open(&tokenizer, ',', table->file, it->err) != 0)
        goto done;
    while ((more = cutter_next(cutter, &block, it->err)) == 1) {
        struct csv_row row;
        int next = tokenizer_load(tokenizer, &block, it->err) == 0 ? 1 : -1;

        while (next == 1 && (next = tokenizer_next(tokenizer, &row, it->err)) == 1) {
            if (take_row(it, table, &row, places, &header_fields) != 0)
                goto done;
            (*rows)++;
        }
        if (next != 0)
            goto done;
    }
    if (more != 0)
        goto done;
    if (header_fields == 0) {
        error_set(it->err, ERROR_INPUT, "%s: has no header", table->file);
        goto done;
    }
    (*rows)--;
    status = 0;

done:
    block_release(&block);
    tokenizer_close(tokenizer);
    cutter_close(cutter);
    return status;
}

/* The summary of one of the period's files, or NULL. */
static const struct output_summary *output_of(const struct manifest *manifest, const char *file)
{
    for (size_t i = 0; i < manifest->output_count; i++)
        if (strcmp(manifest->outputs[i].name, file) == 0)
            return &manifest->outputs[i];
    return NULL;
}

static int read_table(struct verifier *it, const struct table_spec *table)
{
    const struct output_summary *summary = output_of(it->manifest, table->file);
    char path[PATH_BYTES];
    struct source *source = NULL;
    uint64_t rows;
    int status = -1;

    if (summary == NULL) {
        tell(it, MANIFEST_FILE, "does not name %s", table->file);
        return 0;
    }
    if (snprintf(path, sizeof(path), "%s/%s", it->path, table->file) >= (int)sizeof(path))
        return error_set(it->err, ERROR_USAGE, "%s: the path is too long", table->file);
    if (source_open(&source, path, table->file, CHUNK_BYTES, it->err) != 0)
        return -1;
    status = read_rows(it, table, source, &rows);
    source_close(source);
    if (status == 0 && rows != summary->rows)
        tell(it, table->file, "has %" PRIu64 " rows, the manifest says %" PRIu64, rows,
             summary->rows);
    return status;
}

/* --- journal ---------------------------------------------------------------------------------- */

/* A posting's amount and currency, at the end of the line: "    ACCOUNT  12.34 CNY". */
static int journal_posting(struct verifier *it, const char *line, size_t size)
{
    static const struct table_spec JOURNAL = {.file = "journal.journal", .columns = {"amount"}};
    struct span code = {line + size - 3, 3};
    struct decimal amount;
    struct span value;
    size_t start;
    int currency = size < 6 ? CURRENCY_NONE : currency_find(code);

    if (currency == CURRENCY_NONE || line[size - 4] != ' ')
        return error_set(it->err, ERROR_INPUT, "journal.journal: a posting without a currency");
    start = size - 4;
    while (start > 0 && line[start - 1] != ' ')
        start--;
    value = (struct span){line + start, size - 4 - start};
    if (take_amount(it, &JOURNAL, &value, 0, 0, &amount) != 0)
        return -1;
    return add(it, &it->journal, span_of("journal.journal"), span_of("total"), currency, 1, amount);
}

/* Counts transactions, which begin with a digit, and sums the posting right behind, the expense. */
static int read_journal(struct verifier *it, FILE *file)
{
    char *line = NULL;
    size_t room = 0;
    bool behind_head = false;
    int status = 0;
    ssize_t size;

    while (status == 0 && (size = getline(&line, &room, file)) > 0) {
        bool is_head = line[0] >= '0' && line[0] <= '9';

        if (line[size - 1] == '\n')
            line[--size] = '\0';
        if (behind_head)
            status = journal_posting(it, line, (size_t)size);
        behind_head = is_head;
    }
    if (status == 0 && ferror(file))
        status = error_set(it->err, ERROR_IO, "journal.journal: cannot read");
    free(line);
    return status;
}

static int sum_journal(struct verifier *it)
{
    char path[PATH_BYTES];
    FILE *file;
    int status;

    if (output_of(it->manifest, "journal.journal") == NULL) {
        tell(it, MANIFEST_FILE, "does not name journal.journal");
        return 0;
    }
    if (snprintf(path, sizeof(path), "%s/journal.journal", it->path) >= (int)sizeof(path))
        return error_set(it->err, ERROR_USAGE, "journal.journal: the path is too long");
    file = fopen(path, "re");
    if (file == NULL)
        return error_set(it->err, ERROR_IO, "journal.journal: cannot open");
    status = read_journal(it, file);
    fclose(file);
    return status;
}

/* --- what must agree -------------------------------------------------------------------------- */

/*
 * Every figure of `left`, but those of the scope to skip, stands in `right` (which `file` came to)
 * with the same count and amount.
 */
static void compare_sets(struct verifier *it, const char *file, const struct figures *left,
                         struct figures *right, const char *skip)
{
    for (size_t i = 0; i < left->count; i++) {
        const struct figure *figure = &left->items[i];
        struct figure *other;

        if (strcmp(figure->scope, skip) == 0)
            continue;
        other = find(right, span_of(figure->scope), span_of(figure->name), figure->currency);
        if (other == NULL)
            tell(it, file, "has no %s %s %s that agrees", figure->scope, figure->name,
                 currency_text(figure->currency));
        else
            compare(it, file, figure, true, other->count, true, other->amount);
    }
}

static void compare_manifest_totals(struct verifier *it)
{
    for (size_t i = 0; i < it->manifest->total_count; i++) {
        const struct manifest_total *total = &it->manifest->totals[i];
        struct figure *figure =
            find(&it->by_decision, total->ledger, total->decision, total->currency);

        if (figure == NULL) {
            tell(it, MANIFEST_FILE, "has a total for %.*s %.*s %s that no row comes to",
                 (int)total->ledger.size, total->ledger.data, (int)total->decision.size,
                 total->decision.data, currency_text(total->currency));
            continue;
        }
        figure->met = true;
        compare(it, MANIFEST_FILE, figure, true, total->count, total->currency != CURRENCY_NONE,
                total->amount);
    }
    for (size_t i = 0; i < it->by_decision.count; i++)
        if (!it->by_decision.items[i].met)
            tell(it, MANIFEST_FILE, "lacks a total for %s %s", it->by_decision.items[i].scope,
                 it->by_decision.items[i].name);
}

/* The inputs' rows as the manifest counts them, for controls.csv. */
static int count_inputs(struct verifier *it)
{
    for (size_t i = 0; i < it->manifest->input_count; i++) {
        const struct manifest_input *input = &it->manifest->inputs[i];
        const char *scope = input_name(input->input);

        if (input->read != input->accepted + input->rejected + input->duplicate)
            tell(it, MANIFEST_FILE, "%.*s: rows read are not accepted + rejected + duplicate",
                 (int)input->file.size, input->file.data);
        if (add_count(it, scope, "read", input->read) != 0 ||
            add_count(it, scope, "accepted", input->accepted) != 0 ||
            add_count(it, scope, "rejected", input->rejected) != 0 ||
            add_count(it, scope, "duplicate", input->duplicate) != 0)
            return -1;
    }
    return 0;
}

/* What controls.csv must give and does not. */
static void tell_unmet(struct verifier *it)
{
    struct figures *const SETS[] = {&it->approved, &it->journal, &it->counts};

    for (size_t s = 0; s < sizeof(SETS) / sizeof(SETS[0]); s++)
        for (size_t i = 0; i < SETS[s]->count; i++) {
            const struct figure *figure = &SETS[s]->items[i];

            /* Pending rows are events, and counted as such. */
            if (!figure->met && figure->count > 0 && strcmp(figure->name, "pending") != 0)
                tell(it, CONTROLS.file, "lacks %s %s %s", figure->scope, figure->name,
                     currency_text(figure->currency));
        }
}

/* accounts.csv's own totals against the journal's, currency by currency. */
static int compare_journal(struct verifier *it)
{
    struct figures *renamed = calloc(1, sizeof(*renamed));
    int status = 0;

    if (renamed == NULL)
        return error_set(it->err, ERROR_IO, "out of memory");
    for (size_t i = 0; i < it->accounts.count && status == 0; i++) {
        const struct figure *figure = &it->accounts.items[i];

        if (strcmp(figure->scope, "accounts.csv") == 0)
            status = add(it, renamed, span_of("journal.journal"), span_of("total"),
                         figure->currency, figure->count, figure->amount);
    }
    if (status == 0) {
        compare_sets(it, "accounts.csv", &it->journal, renamed, "");
        compare_sets(it, "journal.journal", renamed, &it->journal, "");
    }
    free(renamed);
    return status;
}

int verify_totals(const char *path, const struct manifest *manifest, difference_sink *sink,
                  void *context, struct error *err)
{
    struct verifier *it = calloc(1, sizeof(*it));
    int status = -1;

    if (it == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    it->path = path;
    it->manifest = manifest;
    it->sink = sink;
    it->context = context;
    it->err = err;
    for (size_t i = 0; i < sizeof(TABLES) / sizeof(TABLES[0]); i++)
        if (read_table(it, &TABLES[i]) != 0)
            goto done;
    if (sum_journal(it) != 0 || count_inputs(it) != 0)
        goto done;
    compare_manifest_totals(it);
    compare_sets(it, "accounts.csv", &it->approved, &it->accounts, "");
    compare_sets(it, "accounts.csv", &it->accounts, &it->approved, "accounts.csv");
    if (compare_journal(it) != 0 || read_table(it, &CONTROLS) != 0)
        goto done;
    tell_unmet(it);
    status = 0;

done:
    free(it);
    return status;
}
