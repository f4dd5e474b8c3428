/*
 * Owns the formulas of an approved refund's row: amount due, handling fee, refund, and the way it
 * goes back. A formula is written only when it comes to exactly the entry's amount.
 * Must not know how a cell is written.
 */
#include <stdio.h>

#include "writers/workbook_formula.h"
#include "writers/workbook_row.h"

struct refund_formulas {
    const struct ledger_sheets *ledger;
    const struct refund_entry *entry;
    struct row *row;
    int digits;
    const char *payment, *due, *fee, *refund, *cash_paid; /* cell names */
};

/*
 * A rounded share of an amount. 0 and *formula, NULL where it would not be exact; -1 where it does
 * not come to `expected`, or to `bound` where it is more.
 */
static int share_formula(const struct refund_formulas *of, const struct ratio *ratio,
                         struct decimal bound, struct decimal expected, const char **formula)
{
    char text[FORMULA_BYTES_MAX];
    int128 minor;
    struct decimal result;

    *formula = NULL;
    if (!formula_ratio(ratio, text, sizeof(text), &minor))
        return 0;
    result = row_minor_value(minor, of->digits);
    if (decimal_compare(result, bound) > 0)
        result = bound;
    if (decimal_compare(result, expected) != 0)
        return -1;
    *formula = row_text(of->row, "%s%s", text, row_scale(of->row, of->digits));
    return 0;
}

/* amount due = payment x used / subscribed, at most the payment. */
static int due_formula(const struct refund_formulas *of, uint32_t at, struct error *err)
{
    const struct refund_entry *entry = of->entry;
    const char *formula;
    struct ratio ratio = {
        .amount_text = of->payment,
        .amount_digits = of->digits,
        .amount = entry->actual_payment,
        .multiplier = {row_cell_name(of->ledger, of->row, "used", at), entry->used},
        .divisor = {row_cell_name(of->ledger, of->row, "subscribed", at), entry->subscribed},
        .rounding = entry->terms->rounding,
    };

    if (share_formula(of, &ratio, entry->actual_payment, entry->amount_due, &formula) != 0)
        return row_mismatch(of->ledger, entry->request->request_id, "amount_due", err);
    if (formula == NULL)
        of->row->withheld++;
    else
        row_set_formula(of->ledger, of->row, "amount_due",
                        row_text(of->row, "MIN(%s,%s)", of->payment, formula));
    return 0;
}

/* handling fee = payment x rate, at most what usage leaves. The rate is the Policy sheet's. */
static int fee_formula(const struct refund_formulas *of, uint32_t at, struct error *err)
{
    const struct refund_entry *entry = of->entry;
    const struct policy *policy = of->ledger->book->owner->facts.policy;
    const int rate_digits = policy_rate_digits(policy);
    struct decimal left = {entry->actual_payment.units - entry->amount_due.units};
    char rate[64], name[POLICY_NAME_MAX];
    const char *formula;
    int128 scaled_rate = 0, scale = 1;
    struct ratio ratio = {
        .amount_text = of->payment,
        .amount_digits = of->digits,
        .amount = entry->actual_payment,
        .rounding = entry->terms->rounding,
    };

    if (!decimal_scaled(entry->fee_rate, rate_digits, &scaled_rate))
        return row_mismatch(of->ledger, entry->request->request_id, "fee_rate", err);
    for (int i = 0; i < rate_digits; i++)
        scale *= 10;
    formula_scaled(row_cell_name(of->ledger, of->row, "fee_rate", at), rate_digits, rate,
                   sizeof(rate));
    ratio.multiplier = (struct factor){rate, scaled_rate};
    ratio.divisor = (struct factor){row_text(of->row, "1%.*s", rate_digits, "0000000000"), scale};
    if (share_formula(of, &ratio, left, entry->handling_fee, &formula) != 0)
        return row_mismatch(of->ledger, entry->request->request_id, "handling_fee", err);
    if (formula == NULL)
        of->row->withheld++;
    else
        row_set_formula(of->ledger, of->row, "handling_fee",
                        row_text(of->row, "MIN(ROUND(%s-%s,%d),%s)", of->payment, of->due,
                                 of->digits, formula));
    policy_fee_name(entry->category, entry->usage_year, policy_version_of(policy, entry->terms),
                    name);
    row_set_formula(of->ledger, of->row, "fee_rate", row_text(of->row, "%s", name));
    return 0;
}

/* refund in cash = refund x paid in cash / payment; the rest is flexi coupon. */
static int cash_formula(const struct refund_formulas *of, struct error *err)
{
    const struct refund_entry *entry = of->entry;
    char cash[64], payment[64];
    const char *formula;
    int128 cash_minor, payment_minor;
    struct ratio ratio = {
        .amount_text = of->refund,
        .amount_digits = of->digits,
        .amount = entry->refund,
        .rounding = entry->terms->rounding,
    };

    if (decimal_is_zero(entry->actual_payment))
        return 0;
    if (!decimal_scaled(entry->order->cash_paid, of->digits, &cash_minor) ||
        !decimal_scaled(entry->actual_payment, of->digits, &payment_minor))
        return row_mismatch(of->ledger, entry->request->request_id, "actual_payment", err);
    formula_scaled(of->cash_paid, of->digits, cash, sizeof(cash));
    formula_scaled(of->payment, of->digits, payment, sizeof(payment));
    ratio.multiplier = (struct factor){cash, cash_minor};
    ratio.divisor = (struct factor){payment, payment_minor};
    if (share_formula(of, &ratio, entry->refund, entry->refund_cash, &formula) != 0)
        return row_mismatch(of->ledger, entry->request->request_id, "refund_cash", err);
    if (formula == NULL)
        of->row->withheld++;
    else
        row_set_formula(of->ledger, of->row, "refund_cash", formula);
    return 0;
}

static int approved_refund_row(const struct refund_formulas *of, uint32_t at, struct error *err)
{
    const struct ledger_sheets *ledger = of->ledger;
    const struct refund_entry *entry = of->entry;
    struct row *row = of->row;
    const char *cash;

    if (entry->actual_payment.units !=
        entry->refund.units + entry->handling_fee.units + entry->amount_due.units)
        return row_mismatch(ledger, entry->request->request_id, "refund", err);
    if (!row_is_number(ledger, row, "actual_payment") || !row_is_number(ledger, row, "cash_paid")) {
        row->withheld++;
        return 0;
    }
    if (entry->decision == DECISION_PARTIAL &&
        (due_formula(of, at, err) != 0 || fee_formula(of, at, err) != 0))
        return -1;
    row_set_formula(ledger, row, "refund",
                    row_text(row, "ROUND(%s-%s-%s,%d)", of->payment, of->due, of->fee, of->digits));
    if (cash_formula(of, err) != 0)
        return -1;
    cash = row_cell_name(ledger, row, "refund_cash", at);
    row_set_formula(ledger, row, "refund_flexi_coupon",
                    row_text(row, "ROUND(%s-%s,%d)", of->refund, cash, of->digits));
    return 0;
}

int refund_row(const struct ledger_sheets *ledger, const struct refund_entry *entry, uint32_t at,
               struct row *row, struct error *err)
{
    struct refund_formulas of = {.ledger = ledger, .entry = entry, .row = row};
    struct cell cash = {.kind = CELL_AMOUNT};
    char words[256];

    refund_words(entry, words, sizeof(words));
    row_set_words(ledger, row, "why", row_text(row, "%s", words));
    if (!decision_approves(entry->decision))
        return 0;
    of.digits = cash.digits = currency_digits(entry->order->currency);
    cash.decimal = entry->order->cash_paid;
    row_set_cell(ledger, row, ledger_column_of(ledger, "cash_paid"), &cash);
    of.payment = row_cell_name(ledger, row, "actual_payment", at);
    of.due = row_cell_name(ledger, row, "amount_due", at);
    of.fee = row_cell_name(ledger, row, "handling_fee", at);
    of.refund = row_cell_name(ledger, row, "refund", at);
    of.cash_paid = row_cell_name(ledger, row, "cash_paid", at);
    return approved_refund_row(&of, at, err);
}
