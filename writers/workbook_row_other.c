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

/* amount = cost x (times x fault seconds) / basis seconds - what the cap withholds. */
static int amount_formula(const struct ledger_sheets *ledger,
                          const struct compensation_entry *entry, uint32_t at, struct row *row,
                          struct error *err)
{
    const int digits = currency_digits(entry->basis->currency);
    const int cost_decimals = cost_digits(entry->basis->cost, digits);
    const char *basis_seconds = row_cell_name(ledger, row, "basis_seconds", at);
    char text[FORMULA_BYTES_MAX];
    int128 scale = 1, minor;
    struct ratio ratio = {
        .amount_text = row_cell_name(ledger, row, "cost", at),
        .amount_digits = cost_decimals,
        .amount = entry->basis->cost,
        .rounding = entry->terms->rounding,
    };

    for (int i = digits; i < cost_decimals; i++)
        scale *= 10;
    ratio.multiplier = (struct factor){
        row_text(row, "(%s*%s)", row_cell_name(ledger, row, "times", at),
                 row_cell_name(ledger, row, "fault_seconds", at)),
        (int128)entry->terms->times[entry->incident->scenario] * entry->fault_seconds,
    };
    ratio.divisor = (struct factor){
        scale == 1 ? basis_seconds : row_text(row, "(%s*%lld)", basis_seconds, (long long)scale),
        (int128)entry->basis->basis_seconds * scale,
    };
    if (!formula_ratio(&ratio, text, sizeof(text), &minor)) {
        row->withheld++;
        return 0;
    }
    if (row_minor_value(minor, digits).units != entry->amount.units + entry->capped.units)
        return row_mismatch(ledger, entry->claim->claim_id, "amount", err);
    row_set_formula(ledger, row, "amount",
                    row_text(row, "ROUND(%s%s-%s,%d)", text, row_scale(row, digits),
                             row_cell_name(ledger, row, "capped", at), digits));
    return 0;
}

int compensation_row(const struct ledger_sheets *ledger, const struct compensation_entry *entry,
                     uint32_t at, struct row *row, struct error *err)
{
    const struct policy *policy = ledger->book->owner->facts.policy;
    char words[256], name[POLICY_NAME_MAX];

    compensation_words(entry, words, sizeof(words));
    row_set_words(ledger, row, "why", row_text(row, "%s", words));
    if (!decision_approves(entry->decision))
        return 0;
    policy_times_name(entry->incident->scenario, policy_version_of(policy, entry->terms), name);
    row_set_formula(ledger, row, "times", row_text(row, "%s", name));
    if (!row_is_number(ledger, row, "cost") || !row_is_number(ledger, row, "capped")) {
        row->withheld++;
        return 0;
    }
    return amount_formula(ledger, entry, at, row, err);
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
                              const struct restatement_row *entry, uint32_t at, struct row *row)
{
    if (entry->currency == CURRENCY_NONE || !row_is_number(ledger, row, "difference"))
        return;
    if ((entry->before.has_amount && !row_is_number(ledger, row, "old_amount")) ||
        (entry->after.has_amount && !row_is_number(ledger, row, "new_amount"))) {
        row->withheld++;
        return;
    }
    row_set_formula(ledger, row, "difference",
                    row_text(row, "ROUND(%s-%s,%d)", row_cell_name(ledger, row, "new_amount", at),
                             row_cell_name(ledger, row, "old_amount", at),
                             currency_digits(entry->currency)));
}
