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
    const char *payment, *due, *fee, *refund, *cash, *cash_paid; /* cell names */
};

/* A rounded share of an amount, as a column has it. */
struct share {
    const char *column;
    enum row_formula_kind kind;
    struct ratio ratio;      /* values; texts are filled in by `fill` */
    struct decimal bound;    /* what the share comes to where it is more */
    struct decimal expected; /* what that must be */
    /* What the ratio's texts are, and the formula around that of the ratio. */
    void (*fill)(const struct refund_formulas *of, struct ratio *ratio);
    const char *(*surround)(const struct refund_formulas *of, const char *share);
};

/* The formula of the share; NULL where it would be too long. */
static const char *share_text(const struct refund_formulas *of, const struct share *share,
                              int split)
{
    struct ratio ratio = share->ratio;
    char text[FORMULA_BYTES_MAX];

    share->fill(of, &ratio);
    if (!formula_ratio_text(&ratio, split, text, sizeof(text)))
        return NULL;
    return share->surround(of, row_text(of->row, "%s%s", text, row_scale(of->row, of->digits)));
}

/* The column's formula, or its value where none would be exact. */
static int share_formula(const struct refund_formulas *of, const struct share *share,
                         struct error *err)
{
    const char *formula = NULL;
    uint64_t key = 0;
    int split = 0;
    int128 minor;
    struct decimal result;

    if (!formula_ratio_solve(&share->ratio, &split, &minor)) {
        of->row->withheld++;
        return 0;
    }
    result = row_minor_value(minor, of->digits);
    if (decimal_compare(result, share->bound) > 0)
        result = share->bound;
    if (decimal_compare(result, share->expected) != 0)
        return row_mismatch(of->ledger, of->entry->request->request_id, share->column, err);
    key = row_formula_key(share->kind, of->digits, (int)share->ratio.rounding, split);
    formula = row_known_formula(of->row, key);
    if (formula == NULL)
        formula = row_keep_formula(of->row, key, share_text(of, share, split));
    if (formula == NULL)
        of->row->withheld++;
    else
        row_set_formula(of->ledger, of->row, share->column, formula);
    return 0;
}

static void fill_due(const struct refund_formulas *of, struct ratio *ratio)
{
    ratio->amount_text = of->payment;
    ratio->multiplier.text = row_cell_name(of->ledger, "used");
    ratio->divisor.text = row_cell_name(of->ledger, "subscribed");
}

static const char *surround_due(const struct refund_formulas *of, const char *share)
{
    return row_text(of->row, "MIN(%s,%s)", of->payment, share);
}

/* amount due = payment x used / subscribed, at most the payment. */
static int due_formula(const struct refund_formulas *of, struct error *err)
{
    const struct refund_entry *entry = of->entry;
    const struct share share = {
        .column = "amount_due",
        .kind = FORMULA_DUE,
        .ratio = {.amount_digits = of->digits,
                  .amount = entry->actual_payment,
                  .multiplier.value = entry->used,
                  .divisor.value = entry->subscribed,
                  .rounding = entry->terms->rounding},
        .bound = entry->actual_payment,
        .expected = entry->amount_due,
        .fill = fill_due,
        .surround = surround_due,
    };

    return share_formula(of, &share, err);
}

/* The cell in units of 10^-digits, for the row. */
static const char *scaled_text(const struct refund_formulas *of, const char *cell, int digits)
{
    char text[64];

    formula_scaled(cell, digits, text, sizeof(text));
    return row_text(of->row, "%s", text);
}

static void fill_fee(const struct refund_formulas *of, struct ratio *ratio)
{
    const int rate_digits = of->ledger->book->owner->rate_digits;

    ratio->amount_text = of->payment;
    ratio->multiplier.text = scaled_text(of, row_cell_name(of->ledger, "fee_rate"), rate_digits);
    ratio->divisor.text = row_text(of->row, "1%.*s", rate_digits, "0000000000");
}

static const char *surround_fee(const struct refund_formulas *of, const char *share)
{
    return row_text(of->row, "MIN(ROUND(%s-%s,%d),%s)", of->payment, of->due, of->digits, share);
}

/* The rate is the Policy sheet's. */
static const char *rate_formula(const struct refund_formulas *of, const struct policy *policy)
{
    const struct refund_entry *entry = of->entry;
    const size_t version = policy_version_of(policy, entry->terms);
    const uint64_t key =
        row_formula_key(FORMULA_FEE_RATE, (int)entry->category, entry->usage_year, (int)version);
    const char *known = row_known_formula(of->row, key);
    char name[POLICY_NAME_MAX];

    if (known != NULL)
        return known;
    policy_fee_name(entry->category, entry->usage_year, version, name);
    return row_keep_formula(of->row, key, row_text(of->row, "%s", name));
}

/* handling fee = payment x rate, at most what usage leaves. */
static int fee_formula(const struct refund_formulas *of, struct error *err)
{
    const struct refund_entry *entry = of->entry;
    const struct audit_workbook *workbook = of->ledger->book->owner;
    struct share share = {
        .column = "handling_fee",
        .kind = FORMULA_FEE,
        .ratio = {.amount_digits = of->digits,
                  .amount = entry->actual_payment,
                  .divisor.value = 1,
                  .rounding = entry->terms->rounding},
        .bound = {entry->actual_payment.units - entry->amount_due.units},
        .expected = entry->handling_fee,
        .fill = fill_fee,
        .surround = surround_fee,
    };

    if (!decimal_scaled(entry->fee_rate, workbook->rate_digits, &share.ratio.multiplier.value))
        return row_mismatch(of->ledger, entry->request->request_id, "fee_rate", err);
    for (int i = 0; i < workbook->rate_digits; i++)
        share.ratio.divisor.value *= 10;
    if (share_formula(of, &share, err) != 0)
        return -1;
    row_set_formula(of->ledger, of->row, "fee_rate", rate_formula(of, workbook->facts.policy));
    return 0;
}

static void fill_cash(const struct refund_formulas *of, struct ratio *ratio)
{
    ratio->amount_text = of->refund;
    ratio->multiplier.text = scaled_text(of, of->cash_paid, of->digits);
    ratio->divisor.text = scaled_text(of, of->payment, of->digits);
}

static const char *surround_nothing(const struct refund_formulas *of, const char *share)
{
    (void)of;
    return share;
}

/* refund in cash = refund x paid in cash / payment; the rest is flexi coupon. */
static int cash_formula(const struct refund_formulas *of, struct error *err)
{
    const struct refund_entry *entry = of->entry;
    struct share share = {
        .column = "refund_cash",
        .kind = FORMULA_CASH,
        .ratio = {.amount_digits = of->digits,
                  .amount = entry->refund,
                  .rounding = entry->terms->rounding},
        .bound = entry->refund,
        .expected = entry->refund_cash,
        .fill = fill_cash,
        .surround = surround_nothing,
    };

    if (decimal_is_zero(entry->actual_payment))
        return 0;
    if (!decimal_scaled(entry->order->cash_paid, of->digits, &share.ratio.multiplier.value) ||
        !decimal_scaled(entry->actual_payment, of->digits, &share.ratio.divisor.value))
        return row_mismatch(of->ledger, entry->request->request_id, "actual_payment", err);
    return share_formula(of, &share, err);
}

static int approved_refund_row(const struct refund_formulas *of, struct error *err)
{
    const struct ledger_sheets *ledger = of->ledger;
    const struct refund_entry *entry = of->entry;
    struct row *row = of->row;

    if (entry->actual_payment.units !=
        entry->refund.units + entry->handling_fee.units + entry->amount_due.units)
        return row_mismatch(ledger, entry->request->request_id, "refund", err);
    if (!row_is_number(ledger, row, "actual_payment") || !row_is_number(ledger, row, "cash_paid")) {
        row->withheld++;
        return 0;
    }
    if (entry->decision == DECISION_PARTIAL &&
        (due_formula(of, err) != 0 || fee_formula(of, err) != 0))
        return -1;
    row_set_formula(ledger, row, "refund",
                    row_formula(row, row_formula_key(FORMULA_REFUND, of->digits, 0, 0),
                                "ROUND(%s-%s-%s,%d)", of->payment, of->due, of->fee, of->digits));
    if (cash_formula(of, err) != 0)
        return -1;
    row_set_formula(ledger, row, "refund_flexi_coupon",
                    row_formula(row, row_formula_key(FORMULA_COUPON, of->digits, 0, 0),
                                "ROUND(%s-%s,%d)", of->refund, of->cash, of->digits));
    return 0;
}

int refund_row(const struct ledger_sheets *ledger, const struct refund_entry *entry,
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
    of.payment = row_cell_name(ledger, "actual_payment");
    of.due = row_cell_name(ledger, "amount_due");
    of.fee = row_cell_name(ledger, "handling_fee");
    of.refund = row_cell_name(ledger, "refund");
    of.cash = row_cell_name(ledger, "refund_cash");
    of.cash_paid = row_cell_name(ledger, "cash_paid");
    return approved_refund_row(&of, err);
}
