/*
 * Owns the sums of a restatement and what must hold between them.
 * Must not know how rows are compared.
 */
#include "batch/restate_totals.h"

#include "batch/restate.h"

static const char *const LEDGERS[PROGRAMME_COUNT] = {
    [PROGRAMME_REFUND] = "refunds",
    [PROGRAMME_COMPENSATION] = "compensations",
    [PROGRAMME_REWARD] = "rewards",
};

static int does_not_fit(struct error *err)
{
    return error_set(err, ERROR_CONTROL, "restatement.csv: a total does not fit 128 bits");
}

void restate_totals_begin_account(struct restate_totals *totals)
{
    for (int currency = 0; currency < CURRENCY_COUNT; currency++)
        if (totals->touched[currency]) {
            totals->touched[currency] = false;
            totals->account[currency] = (struct restate_total){0};
        }
}

void restate_totals_account(struct restate_totals *totals, int32_t currency,
                            const struct restated *before, const struct restated *after)
{
    totals->touched[currency] = true;
    totals->account[currency].before = *before;
    totals->account[currency].after = *after;
}

int restate_totals_add(struct restate_totals *totals, struct restatement_row *row,
                       struct error *err)
{
    struct restate_total *total = NULL;

    if (!row->before.has_amount && !row->after.has_amount)
        return 0;
    total = &totals->account[row->currency];
    if (!decimal_subtract(row->after.amount, row->before.amount, &row->difference) ||
        !decimal_add(total->difference, row->difference, &total->difference))
        return does_not_fit(err);
    totals->touched[row->currency] = true;
    if (total->has_rows && total->cause != row->cause)
        total->cause = RESTATEMENT_SEVERAL;
    else
        total->cause = row->cause;
    total->has_rows = true;
    for (int programme = 0; programme < PROGRAMME_COUNT; programme++) {
        struct decimal *sum = &totals->differences[programme][row->currency];

        if (strcmp(LEDGERS[programme], row->ledger) == 0 &&
            !decimal_add(*sum, row->difference, sum))
            return does_not_fit(err);
    }
    return 0;
}

static enum restatement_change change_of(const struct restate_total *total)
{
    if (!total->before.has_amount)
        return RESTATEMENT_APPEARED;
    if (!total->after.has_amount)
        return RESTATEMENT_VANISHED;
    return decimal_compare(total->before.amount, total->after.amount) == 0 ? RESTATEMENT_UNCHANGED
                                                                           : RESTATEMENT_CHANGED;
}

static int end_total(const struct restate_total *total, int currency, struct span account_id,
                     const struct restatement_sink *sink, struct error *err)
{
    struct restatement_row row = {
        .ledger = "accounts",
        .account_id = account_id,
        .event_id = {"", 0},
        .resource_id = {"", 0},
        .basis = {"", 0},
        .basis_id = {"", 0},
        .currency = currency,
        .change = change_of(total),
        .before = total->before,
        .after = total->after,
        .cause = total->cause,
        .columns = {"", 0},
    };

    if (!decimal_subtract(total->after.amount, total->before.amount, &row.difference))
        return does_not_fit(err);
    if (decimal_compare(row.difference, total->difference) != 0)
        return error_set(err, ERROR_CONTROL,
                         "restatement.csv: the %s rows of account \"%.*s\" do not come to the "
                         "difference of its totals",
                         currency_code(currency), (int)account_id.size, account_id.data);
    if (!total->has_rows && row.change == RESTATEMENT_UNCHANGED)
        return 0;
    return sink->row(sink->context, &row, err);
}

int restate_totals_end_account(struct restate_totals *totals, struct span account_id,
                               const struct restatement_sink *sink, struct error *err)
{
    for (int currency = 0; currency < CURRENCY_COUNT; currency++)
        if (totals->touched[currency] &&
            end_total(&totals->account[currency], currency, account_id, sink, err) != 0)
            return -1;
    return 0;
}

static int sum_manifest(const struct manifest *manifest, const char *ledger, int currency,
                        struct decimal *sum, struct error *err)
{
    *sum = DECIMAL_ZERO;
    for (size_t i = 0; i < manifest->total_count; i++) {
        const struct manifest_total *total = &manifest->totals[i];

        if (total->currency == currency && span_is(total->ledger, ledger) &&
            !decimal_add(*sum, total->amount, sum))
            return does_not_fit(err);
    }
    return 0;
}

static int sum_new(const struct ledger_totals *totals, int programme, int currency,
                   struct decimal *sum, struct error *err)
{
    *sum = DECIMAL_ZERO;
    for (int decision = 1; decision < DECISION_END; decision++)
        if (!decimal_add(*sum, totals->of[programme][decision][currency].amount, sum))
            return does_not_fit(err);
    return 0;
}

int restate_totals_check(const struct restate_totals *totals, const struct manifest *old,
                         const struct ledger_totals *new_totals, struct error *err)
{
    for (int programme = 0; programme < PROGRAMME_COUNT; programme++)
        for (int currency = 0; currency < CURRENCY_COUNT; currency++) {
            struct decimal bridged = DECIMAL_ZERO;
            struct decimal after = DECIMAL_ZERO;

            if (sum_manifest(old, LEDGERS[programme], currency, &bridged, err) != 0 ||
                sum_new(new_totals, programme, currency, &after, err) != 0)
                return -1;
            if (!decimal_add(bridged, totals->differences[programme][currency], &bridged))
                return does_not_fit(err);
            if (decimal_compare(bridged, after) != 0)
                return error_set(err, ERROR_CONTROL,
                                 "restatement.csv: %s in %s: the old total and the differences do "
                                 "not come to the new total",
                                 LEDGERS[programme], currency_code(currency));
        }
    return 0;
}
