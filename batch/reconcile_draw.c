/*
 * Owns what becomes of matches: break ids, ages, write-offs, purchase checks and the statements.
 * Must not know how a table or a sheet looks.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch/reconcile_job.h"
#include "policy/hash.h"

static const char *const LEDGERS[STATEMENT_LEDGERS] = {"refunds", "compensations", "rewards"};

static int does_not_fit(struct reconcile_job *job)
{
    return error_set(job->err, ERROR_INPUT, "a sum of amounts does not fit");
}

/* ---- statements ---- */

static struct statement *statement_of(struct reconcile_job *job, int32_t currency)
{
    for (size_t i = 0; i < job->statement_count; i++)
        if (job->statements[i].currency == currency)
            return &job->statements[i];
    assert(!"a currency without a statement");
    return NULL;
}

/* One for every currency that something is owed or credited in, in byte order of the codes. */
static int open_statements(struct reconcile_job *job)
{
    bool used[CURRENCY_COUNT] = {false};

    for (size_t i = 0; i < job->entries.count; i++)
        used[job->entries.items[i].currency] = true;
    for (size_t i = 0; i < job->lines.count; i++)
        used[job->lines.items[i].currency] = true;
    for (int currency = 0; currency < CURRENCY_COUNT; currency++)
        used[currency] |= job->totals.of[BILLING_CREDIT][currency].rows > 0;
    job->statements = calloc(CURRENCY_COUNT, sizeof(*job->statements));
    if (job->statements == NULL)
        return reconcile_out_of_memory(job);
    for (int currency = 0; currency < CURRENCY_COUNT; currency++)
        if (used[currency])
            job->statements[job->statement_count++] = (struct statement){.currency = currency};
    return 0;
}

static bool add(struct decimal *sum, struct decimal amount)
{
    return decimal_add(*sum, amount, sum);
}

static int state_entries(struct reconcile_job *job)
{
    for (size_t i = 0; i < job->entries.count; i++) {
        const struct owed *owed = &job->entries.items[i];
        struct statement *statement = statement_of(job, owed->currency);
        int ledger = 0;

        while (strcmp(LEDGERS[ledger], owed->ledger) != 0)
            ledger++;
        if (owed->open_since == PERIOD_NONE) {
            statement->entries[ledger]++;
            if (!add(&statement->ledgers[ledger], owed->amount))
                return does_not_fit(job);
        } else {
            statement->entry_forward_count++;
            if (!add(&statement->entries_forward, owed->amount))
                return does_not_fit(job);
        }
        if (!add(&statement->by_matches, owed->amount))
            return does_not_fit(job);
    }
    return 0;
}

/* Adds what the match found less what it expected, to the statements of its currencies. */
static int state_match(struct reconcile_job *job, const struct reconciled *it)
{
    const struct match *match = it->match;

    for (size_t i = 0; i < match->owed_count + match->line_count; i++) {
        bool is_owed = i < match->owed_count;
        const struct owed *owed = is_owed ? job->result.owed[match->first_owed + i] : NULL;
        const struct billing_line *line =
            is_owed ? NULL : job->result.lines[match->first_line + i - match->owed_count];
        struct statement *statement = statement_of(job, is_owed ? owed->currency : line->currency);
        struct decimal amount = is_owed ? (struct decimal){-owed->amount.units} : line->credited;

        if (!add(&statement->differences[it->category], amount) ||
            !add(&statement->by_matches, amount))
            return does_not_fit(job);
    }
    statement_of(job, it->currency)->matches[it->category]++;
    return 0;
}

static void state_open(struct reconcile_job *job, const struct reconciled *it)
{
    struct statement *statement = statement_of(job, it->currency);
    int age = it->age < STATEMENT_AGES ? it->age : STATEMENT_AGES - 1;

    statement->open[it->category][age]++;
    if (it->has_difference)
        (void)!add(&statement->open_difference[it->category][age], it->difference);
}

/* The billing side by itself: what the files add up to, and what of it is not held here. */
static int state_billing(struct reconcile_job *job)
{
    bool fits = true;

    for (size_t i = 0; i < job->statement_count; i++) {
        struct statement *statement = &job->statements[i];

        statement->credits = billed_negate(job->totals.of[BILLING_CREDIT][statement->currency].sum);
        statement->before = billed_negate(job->dropped[statement->currency]);
    }
    for (size_t i = 0; i < job->lines.count; i++) {
        const struct billing_line *line = &job->lines.items[i];
        struct statement *statement = statement_of(job, line->currency);
        struct billed credited = billed_negate(line->billed);
        struct billed fraction = billed_from_decimal(line->credited);

        if (line->open_since != PERIOD_NONE)
            fits &= billed_add(&statement->lines_forward, credited);
        else if (line->kind == BILLING_CREDIT && line->passed_over)
            fits &= billed_add(&statement->other_months, line->billed);
        else if (line->kind != BILLING_CREDIT && !line->passed_over)
            fits &= billed_add(&statement->other_credits, credited);
        if (!line->passed_over)
            fits &=
                billed_add(&fraction, line->billed) && billed_add(&statement->fractions, fraction);
    }
    for (size_t i = 0; i < job->statement_count; i++) {
        struct statement *statement = &job->statements[i];

        fits &= billed_add(&statement->by_billing, statement->credits) &&
                billed_add(&statement->by_billing, statement->other_credits) &&
                billed_add(&statement->by_billing, statement->lines_forward) &&
                billed_add(&statement->by_billing, statement->before) &&
                billed_add(&statement->by_billing, statement->other_months) &&
                billed_add(&statement->by_billing, statement->fractions);
    }
    return fits ? 0 : does_not_fit(job);
}

/* Both ways must come to the same: otherwise the program is wrong, and nothing is published. */
static int check_statements(struct reconcile_job *job)
{
    for (size_t i = 0; i < job->statement_count; i++) {
        const struct statement *statement = &job->statements[i];
        char by_matches[DECIMAL_TEXT_MAX];
        char by_billing[BILLED_TEXT_MAX];

        if (billed_from_decimal(statement->by_matches).atoms == statement->by_billing.atoms)
            continue;
        (void)decimal_format(statement->by_matches, 0, by_matches);
        (void)billed_format(statement->by_billing, 0, by_billing);
        return error_set(job->err, ERROR_CONTROL,
                         "the statement does not hold: %s by matches %s, by billing %s",
                         currency_code(statement->currency), by_matches, by_billing);
    }
    return 0;
}

/* ---- matches ---- */

/* The difference that a write-off must name: what is still to come, where currencies differ. */
static struct decimal open_difference(const struct reconciled *it)
{
    return it->has_difference ? it->difference : (struct decimal){-it->match->expected.units};
}

static int draw_match(struct reconcile_job *job, size_t index)
{
    const struct match *match = &job->result.matches[index];
    struct reconciled *it = &job->reconciled[index];
    const struct owed *owed = match->owed_count > 0 ? job->result.owed[match->first_owed] : NULL;
    const struct billing_line *line =
        match->line_count > 0 ? job->result.lines[match->first_line] : NULL;

    *it = (struct reconciled){
        .match = match,
        .number = index + 1,
        .category = match->category,
        .found = match->category,
        .break_id = owed != NULL ? owed->item_id : line->id,
        .open_since = job->period,
        .currency = owed != NULL ? owed->currency : line->currency,
        .has_difference = match_has_difference(&job->result, match),
    };
    if (!decimal_subtract(match->credited, match->expected, &it->difference))
        return does_not_fit(job);
    for (size_t i = 0; i < match->owed_count; i++) {
        int32_t since = job->result.owed[match->first_owed + i]->open_since;

        if (since != PERIOD_NONE && since < it->open_since)
            it->open_since = since;
    }
    for (size_t i = 0; i < match->line_count; i++) {
        int32_t since = job->result.lines[match->first_line + i]->open_since;

        if (since != PERIOD_NONE && since < it->open_since)
            it->open_since = since;
    }
    it->age = job->period - it->open_since;
    if (!match_category_is_open(it->category))
        return 0;
    if (reconcile_find_adjustment(job, it->break_id, open_difference(it), it->currency,
                                  &it->adjustment) != 0)
        return -1;
    if (it->adjustment != NULL)
        it->category = MATCH_WRITTEN_OFF;
    return 0;
}

static int draw_matches(struct reconcile_job *job)
{
    job->reconciled = calloc(job->result.match_count + 1, sizeof(*job->reconciled));
    if (job->reconciled == NULL)
        return reconcile_out_of_memory(job);
    for (size_t i = 0; i < job->result.match_count; i++) {
        const struct reconciled *it = &job->reconciled[i];

        if (draw_match(job, i) != 0 || state_match(job, it) != 0)
            return -1;
        if (match_category_is_break(it->category)) {
            job->breaks++;
            state_open(job, it);
        }
    }
    return 0;
}

/* ---- purchases ---- */

static int compare_checks(const void *left, const void *right)
{
    const struct purchase_check *a = left;
    const struct purchase_check *b = right;
    int order = span_compare(a->account_id, b->account_id);

    return order == 0 ? (a->currency > b->currency) - (a->currency < b->currency) : order;
}

static int draw_check(struct reconcile_job *job, struct purchase_check *check)
{
    check->billed = billed_to_decimal(check->billed_sum);
    if (!decimal_subtract(check->billed, check->ordered, &check->difference))
        return does_not_fit(job);
    check->state = PURCHASE_AGREES;
    if (check->difference.units > 0)
        check->state = PURCHASE_ORDERS_MISSING;
    else if (check->difference.units < 0)
        check->state = PURCHASE_NOT_BILLED;
    (void)snprintf(
        check->break_id, sizeof(check->break_id), "P-%016llx",
        (unsigned long long)hash_mix(hash_span(0, check->account_id),
                                     (uint64_t)check->currency * 100000 + (uint64_t)check->period));
    if (check->state == PURCHASE_AGREES)
        return 0;
    if (reconcile_find_adjustment(job, check->break_id, check->difference, check->currency,
                                  &check->adjustment) != 0)
        return -1;
    job->breaks += check->adjustment == NULL;
    return 0;
}

static int draw_purchases(struct reconcile_job *job)
{
    if (job->options->exports == NULL)
        return 0;
    job->checks = job->purchases.items;
    job->check_count = job->purchases.names.count;
    for (size_t i = 0; i < job->check_count; i++)
        job->checks[i].account_id = job->purchases.names.names[i].first;
    if (job->check_count > 1)
        qsort(job->checks, job->check_count, sizeof(*job->checks), compare_checks);
    for (size_t i = 0; i < job->check_count; i++)
        if (draw_check(job, &job->checks[i]) != 0)
            return -1;
    return 0;
}

/* ---- the whole ---- */

int reconcile_draw(struct reconcile_job *job)
{
    const struct reconcile_input input = {
        .owed = job->entries.items,
        .owed_count = job->entries.count,
        .lines = job->lines.items,
        .line_count = job->lines.count,
        .rules = job->profile.rules,
        .rule_count = (size_t)job->profile.rule_count,
        .utc_offset_seconds = job->utc_offset_seconds,
    };

    if (reconcile(&input, &job->result, job->err) != 0 || open_statements(job) != 0 ||
        state_entries(job) != 0 || draw_matches(job) != 0 || draw_purchases(job) != 0 ||
        reconcile_check_adjustments(job) != 0 || state_billing(job) != 0)
        return -1;
    return check_statements(job);
}
