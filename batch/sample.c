/*
 * Owns the drawing of a sample from a published ledger. How units are chosen is
 * policy/sampling.h's, how decisions are told batch/telling.h's.
 */
#include "batch/sample.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "batch/bundle.h"
#include "batch/telling.h"
#include "policy/sampling.h"

enum { ITEMS_DEFAULT = 25, NUMBER_TEXT_MAX = 48 };

/* The population: the approved rows of a ledger in one currency. */
struct population {
    enum published_ledger ledger;
    int currency;
    int64_t counts[CURRENCY_COUNT]; /* approved rows by currency */
    int64_t rows;                   /* of the currency, amount zero included */
    int128 units;                   /* minor units in all */
    bool failed;                    /* a value of the ledger is none */
};

struct drawing {
    const struct options *options;
    struct report *report;
    struct population population;
    struct sampling sampling;
    int64_t n;
    bool drawing; /* second pass */
    struct explain_writer writer;
    FILE *out;
    size_t differences;
};

static const char *const AMOUNTS[PUBLISHED_COUNT] = {
    [PUBLISHED_REFUNDS] = "refund",
    [PUBLISHED_COMPENSATIONS] = "amount",
    [PUBLISHED_REWARDS] = "amount",
};

static bool is_approved(const struct published_row *row)
{
    const struct span decision = published_value(row, "decision");

    for (int i = DECISION_FULL; i <= DECISION_GRANTED; i++)
        if (span_is(decision, decision_name((enum decision)i)))
            return true;
    return false;
}

/* The row's amount in minor units: exact, as ledgers have exactly the minor units' decimals. */
static bool units_of(const struct published_row *row, int currency, int128 *units)
{
    const struct span text = published_value(row, AMOUNTS[row->ledger]);
    int digits = 0;
    bool point = false;

    *units = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (text.data[i] < '0' || text.data[i] > '9' || *units > SAMPLING_TOTAL_MAX)
            return false;
        *units = *units * 10 + (text.data[i] - '0');
        digits += point;
    }
    return text.size > 0 && digits == currency_digits(currency);
}

static bool count_row(void *context, const struct published_row *row)
{
    struct drawing *it = context;

    if (is_approved(row)) {
        const int currency = currency_find(published_value(row, "currency"));

        if (currency == CURRENCY_NONE)
            it->population.failed = true;
        else
            it->population.counts[currency]++;
    }
    return false;
}

/* Sums the population, then, drawing, says which rows hold a chosen unit. */
static bool take_row(void *context, const struct published_row *row)
{
    struct drawing *it = context;
    int128 units = 0;

    if (!is_approved(row) ||
        currency_find(published_value(row, "currency")) != it->population.currency)
        return false;
    if (!units_of(row, it->population.currency, &units)) {
        it->population.failed = true;
        return false;
    }
    if (it->drawing)
        return sampling_item(&it->sampling, units) > 0;
    it->population.rows++;
    if (it->population.units < SAMPLING_TOTAL_MAX)
        it->population.units += units;
    return false;
}

static int choose_ledger(struct drawing *it, struct error *err)
{
    const char *name = it->options->ledger == NULL ? "refunds" : it->options->ledger;

    for (int i = 0; i < PUBLISHED_COUNT; i++)
        if (strcmp(name, published_ledgers[i]->name) == 0) {
            it->population.ledger = (enum published_ledger)i;
            return 0;
        }
    return error_set(err, ERROR_USAGE, "--ledger: \"%s\" is not refunds, compensations or rewards",
                     name);
}

/* The one asked for, or the one with most rows (the first in byte order where several have). */
static int choose_currency(struct drawing *it, struct error *err)
{
    struct population *population = &it->population;

    if (it->options->currency != NULL) {
        population->currency = currency_find(span_of(it->options->currency));
        return population->currency == CURRENCY_NONE
                   ? error_set(err, ERROR_USAGE, "--currency: \"%s\" is no currency of ISO 4217",
                               it->options->currency)
                   : 0;
    }
    for (int currency = 1; currency < CURRENCY_COUNT; currency++)
        if (population->counts[currency] > population->counts[population->currency])
            population->currency = currency;
    return 0;
}

static int gather(struct drawing *it, const struct closed_period *period, struct error *err)
{
    const enum published_ledger ledger = it->population.ledger;
    struct published_rows nothing = {0};
    int status = -1;

    if (published_rows_read(&nothing, period, ledger, count_row, it, err) == 0 &&
        choose_currency(it, err) == 0 &&
        published_rows_read(&nothing, period, ledger, take_row, it, err) == 0)
        status = 0;
    published_rows_release(&nothing);
    if (status == 0 && it->population.failed)
        return error_set(err, ERROR_CONTROL, "%s/%s.csv: holds an amount that is none",
                         period->name, published_ledgers[ledger]->name);
    if (status == 0 && (it->population.units == 0 || it->population.units >= SAMPLING_TOTAL_MAX))
        return error_set(err, ERROR_USAGE, "%s/%s.csv: has no amounts in %s to sample",
                         period->name, published_ledgers[ledger]->name,
                         currency_code(it->population.currency));
    return status;
}

static const char *number(int128 value, char text[NUMBER_TEXT_MAX])
{
    char *at = text + NUMBER_TEXT_MAX - 1;

    *at = '\0';
    do
        *--at = (char)('0' + (int)(value % 10));
    while ((value /= 10) > 0);
    return at;
}

static void tell_sample(const struct drawing *it, const struct closed_period *period,
                        size_t row_count)
{
    const struct sampling *sampling = &it->sampling;
    char total[NUMBER_TEXT_MAX];
    char start[NUMBER_TEXT_MAX];
    char interval[NUMBER_TEXT_MAX];
    char remainder[NUMBER_TEXT_MAX];
    const char *format =
        it->options->json
            ? "{\"sample\": {\"period\": \"%s\", \"ledger\": \"%s\", \"currency\": \"%s\", "
              "\"seed\": %" PRIu64 ", \"n\": %" PRId64 ", \"population_rows\": %" PRId64
              ", \"population_units\": \"%s\", \"start\": \"%s\", \"interval\": \"%s + %s/%" PRId64
              "\", \"sampled_rows\": %zu},\n\"explained\": "
            : "Monetary-unit sample of period %s, ledger %s, currency %s\n"
              "  seed %" PRIu64 ", %" PRId64 " units drawn; the population: %" PRId64
              " approved rows, %s minor units\n"
              "  random start r = %s; interval %s + %s/%" PRId64
              " minor units; %zu rows hold the drawn units\n\n";

    fprintf(it->out, format, period->name, published_ledgers[it->population.ledger]->name,
            currency_code(it->population.currency), it->options->seed, it->n, it->population.rows,
            number(sampling->total, total), number(sampling->start, start),
            number(sampling->total / it->n, interval), number(sampling->total % it->n, remainder),
            it->n, row_count);
}

static int tell(void *context, const struct told_decision *decision,
                const struct published_row *row, const struct judged_account *judged,
                const void *entry, struct error *err)
{
    struct drawing *it = context;

    (void)row;
    (void)judged;
    (void)entry;
    return explain_writer_decision(&it->writer, decision, err);
}

static int draw(struct drawing *it, const struct closed_period *period, struct error *err)
{
    const struct telling_sink sink = {it, tell};
    struct published_rows rows = {0};
    int status = -1;

    if (gather(it, period, err) != 0)
        return -1;
    sampling_begin(&it->sampling, it->population.units, it->n, it->options->seed);
    it->drawing = true;
    if (published_rows_read(&rows, period, it->population.ledger, take_row, it, err) != 0)
        goto done;
    tell_sample(it, period, rows.count);
    explain_writer_open(&it->writer, it->out, it->options->json ? EXPLAIN_JSON : EXPLAIN_TEXT);
    if (telling_run(period, &rows, &sink, &it->differences, err) != 0)
        goto done;
    status = explain_writer_close(&it->writer, err);
    if (it->options->json)
        fputs("}\n", it->out);
    if (it->differences > 0)
        report_warning(it->report, "%zu sampled decisions, made again, are not the same",
                       it->differences);
done:
    published_rows_release(&rows);
    return status;
}

static int draw_out(struct drawing *it, const struct closed_period *period, struct error *err)
{
    const char *path = it->options->out;
    int status = -1;

    it->out = path == NULL ? stdout : fopen(path, "wxe");
    if (it->out == NULL)
        return error_set_errno(err, errno, "%s: cannot create", path);
    status = draw(it, period, err);
    if (path != NULL && fclose(it->out) != 0 && status == 0)
        status = error_set_errno(err, errno, "%s: cannot write", path);
    return status;
}

static int check_options(const struct options *options, struct error *err)
{
    if ((options->books == NULL) == (options->archive == NULL))
        return error_set(err, ERROR_USAGE,
                         "recompense sample: needs --books DIR or --archive FILE");
    if (options->bundle != NULL && options->out == NULL)
        return error_set(err, ERROR_USAGE, "recompense sample: --bundle needs --out DIR");
    if (options->bundle == NULL && !options->has_seed)
        return error_set(err, ERROR_USAGE, "recompense sample: needs --seed N");
    if (options->items > SAMPLING_ITEMS_MAX)
        return error_set(err, ERROR_USAGE, "--items: is above %d", SAMPLING_ITEMS_MAX);
    return 0;
}

int sample_books(const struct options *options, struct report *report, bool *wants_look,
                 struct error *err)
{
    struct drawing it = {.options = options, .report = report};
    struct closed_period period;
    int status = -1;

    if (check_options(options, err) != 0 || choose_ledger(&it, err) != 0)
        return -1;
    it.n = options->items == 0 ? ITEMS_DEFAULT : (int64_t)options->items;
    if (closed_period_choose(&period, options->books, options->archive, options->period, err) != 0)
        return -1;
    status = options->bundle != NULL ? bundle_write(&period, options->bundle, options->out, err)
                                     : draw_out(&it, &period, err);
    closed_period_close(&period);
    if (status == 0)
        *wants_look = it.differences > 0;
    return status;
}
