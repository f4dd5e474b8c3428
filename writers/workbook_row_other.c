/*
 * Owns the formulas of compensations, rewards and restatements.
 * Must not know how a cell is written.
 */
#include <stdio.h>

#include "writers/workbook_formula.h"
#include "writers/workbook_row.h"

/* Decimals of the cost: at least the currency's. */
static int cost_digits(struct decimal cost, int digits)
{
    while (digits < DECIMAL_DIGITS && !decimal_fits_digits(cost, digits))
        digits++;
    return digits;
}

/* What makes an amount's text: its ratio, and the decimals of the currency. */
static const char *amount_text(const struct ledger_sheets *ledger, struct ratio *ratio, int split,
                               int digits, struct row *row)
{
    const char *basis_seconds = row_cell_name(ledger, "basis_seconds");
    char text[FORMULA_BYTES_MAX];
    long long scale = 1;

    for (int i = digits; i < ratio->amount_digits; i++)
        scale *= 10;
    ratio->amount_text = row_cell_name(ledger, "cost");
    ratio->multiplier.text = row_text(row, "(%s*%s)", row_cell_name(ledger, "times"),
                                      row_cell_name(ledger, "fault_seconds"));
    ratio->divisor.text =
        scale == 1 ? basis_seconds : row_text(row, "(%s*%lld)", basis_seconds, scale);
    if (!formula_ratio_text(ratio, split, text, sizeof(text)))
        return NULL;
    return row_text(row, "ROUND(%s%s-%s,%d)", text, row_scale(row, digits),
                    row_cell_name(ledger, "capped"), digits);
}

/* amount = cost x (times x fault seconds) / basis seconds - what the cap withholds. */
static int amount_formula(const struct ledger_sheets *ledger,
                          const struct compensation_entry *entry, struct row *row,
                          struct error *err)
{
    const int digits = currency_digits(entry->basis->currency);
    const int cost_decimals = cost_digits(entry->basis->cost, digits);
    const char *formula = NULL;
    uint64_t key = 0;
    int split = 0;
    int128 minor;
    struct ratio ratio = {
        .amount_digits = cost_decimals,
        .amount = entry->basis->cost,
        .multiplier.value =
            (int128)entry->terms->times[entry->incident->scenario] * entry->fault_seconds,
        .divisor.value = entry->basis->basis_seconds,
        .rounding = entry->terms->rounding,
    };

    for (int i = digits; i < cost_decimals; i++)
        ratio.divisor.value *= 10;
    if (!formula_ratio_solve(&ratio, &split, &minor)) {
        row->withheld++;
        return 0;
    }
    if (row_minor_value(minor, digits).units != entry->amount.units + entry->capped.units)
        return row_mismatch(ledger, entry->claim->claim_id, "amount", err);
    key = row_formula_key(FORMULA_AMOUNT, digits << 8 | cost_decimals, (int)ratio.rounding, split);
    formula = row_known_formula(row, key);
    if (formula == NULL)
        formula = row_keep_formula(row, key, amount_text(ledger, &ratio, split, digits, row));
    if (formula == NULL)
        row->withheld++;
    else
        row_set_formula(ledger, row, "amount", formula);
    return 0;
}

static const char *times_formula(const struct compensation_entry *entry,
                                 const struct policy *policy, struct row *row)
{
    const size_t version = policy_version_of(policy, entry->terms);
    const uint64_t key =
        row_formula_key(FORMULA_TIMES, (int)entry->incident->scenario, 0, (int)version);
    const char *known = row_known_formula(row, key);
    char name[POLICY_NAME_MAX];

    if (known != NULL)
        return known;
    policy_times_name(entry->incident->scenario, version, name);
    return row_keep_formula(row, key, row_text(row, "%s", name));
}

int compensation_row(const struct ledger_sheets *ledger, const struct compensation_entry *entry,
                     struct row *row, struct error *err)
{
    char words[256];

    compensation_words(entry, words, sizeof(words));
    row_set_words(ledger, row, "why", row_text(row, "%s", words));
    if (!decision_approves(entry->decision))
        return 0;
    row_set_formula(ledger, row, "times",
                    times_formula(entry, ledger->book->owner->facts.policy, row));
    if (!row_is_number(ledger, row, "cost") || !row_is_number(ledger, row, "capped")) {
        row->withheld++;
        return 0;
    }
    return amount_formula(ledger, entry, row, err);
}

int reward_row(const struct ledger_sheets *ledger, const struct reward_entry *entry,
               struct row *row, struct error *err)
{
    const struct policy *policy = ledger->book->owner->facts.policy;
    char words[256], name[POLICY_NAME_MAX];

    reward_words(entry, words, sizeof(words));
    row_set_words(ledger, row, "why", row_text(row, "%s", words));
    if (!decision_approves(entry->decision))
        return 0;
    if (decimal_compare(entry->terms->reward_amount[entry->account->tier], entry->amount) != 0)
        return row_mismatch(ledger, entry->filing->filing_id, "amount", err);
    policy_reward_name(entry->account->tier, policy_version_of(policy, entry->terms), name);
    row_set_formula(ledger, row, "amount", row_text(row, "%s", name));
    return 0;
}

void restatement_row_formulas(const struct ledger_sheets *ledger,
                              const struct restatement_row *entry, struct row *row)
{
    if (entry->currency == CURRENCY_NONE || !row_is_number(ledger, row, "difference"))
        return;
    if ((entry->before.has_amount && !row_is_number(ledger, row, "old_amount")) ||
        (entry->after.has_amount && !row_is_number(ledger, row, "new_amount"))) {
        row->withheld++;
        return;
    }
    row_set_formula(ledger, row, "difference",
                    row_text(row, "ROUND(%s-%s,%d)", row_cell_name(ledger, "new_amount"),
                             row_cell_name(ledger, "old_amount"),
                             currency_digits(entry->currency)));
}
