/*
 * Owns the sides of control identities as formulas: over the control totals further down the sheet,
 * or over the ledgers themselves. A side is a formula only where it comes to the side's figure.
 */
#include <stdio.h>
#include <string.h>

#include "writers/workbook_controls.h"

enum { NAME_MAX_BYTES = 64 };

static const struct {
    const char *scope;
    enum ledger_kind kind;
    const char *amount;
    const char *accounts;
} LEDGERS[] = {
    {"refunds", LEDGER_REFUNDS, "refund", "refund_total"},
    {"compensations", LEDGER_COMPENSATIONS, "amount", "compensation_total"},
    {"rewards", LEDGER_REWARDS, "amount", "reward_total"},
};

/* "already decided" as controls.csv spells it; false where it is too long. */
static bool control_name(const char *words, size_t size, char name[NAME_MAX_BYTES])
{
    if (size >= NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < size; i++)
        name[i] = words[i] == ' ' ? '_' : words[i];
    name[size] = '\0';
    return true;
}

/* The control of that scope, name and currency, by index; -1 where there is none. */
static int control_find(const struct identity_side *side, const char *scope, const char *name)
{
    for (size_t i = 0; i < side->closing->control_count; i++) {
        const struct control *control = &side->closing->controls[i];

        if (strcmp(control->scope, scope) == 0 && strcmp(control->name, name) == 0 &&
            control->currency == side->identity->currency)
            return (int)i;
    }
    return -1;
}

/* A word group of the side: the control it names, with or without its first word; -1: none. */
static int control_of_words(const struct identity_side *side, const char *words, size_t size)
{
    static const char rows_of[] = "rows of ", total_of[] = "total of ";
    char name[NAME_MAX_BYTES], scope[NAME_MAX_BYTES];
    const char *rest;
    int found = -1;

    if (!control_name(words, size, name))
        return -1;
    if (size > sizeof(rows_of) && strncmp(words, rows_of, sizeof(rows_of) - 1) == 0) {
        snprintf(scope, sizeof(scope), "%s", name + sizeof(rows_of) - 1);
        return control_find(side, scope, "rows");
    }
    if (size > sizeof(total_of) && strncmp(words, total_of, sizeof(total_of) - 1) == 0) {
        snprintf(scope, sizeof(scope), "%s", name + sizeof(total_of) - 1);
        return control_find(side, scope, "total");
    }
    found = control_find(side, side->identity->name, name);
    rest = strchr(name, '_');
    if (found < 0 && rest != NULL)
        found = control_find(side, side->identity->name, rest + 1);
    return found;
}

/* "decided + deferred": the sum of those control totals. */
static bool sum_of_controls(const struct identity_side *side, char *text, size_t size)
{
    struct decimal sum = DECIMAL_ZERO;
    const char *words = side->text;
    size_t used = 0;

    for (;;) {
        size_t length =
            strstr(words, " + ") == NULL ? strlen(words) : (size_t)(strstr(words, " + ") - words);
        int index = control_of_words(side, words, length);
        const struct control *control;
        int written;

        if (index < 0)
            return false;
        control = &side->closing->controls[index];
        if (side->identity->currency == CURRENCY_NONE ? !control->has_count : !control->has_amount)
            return false;
        if (!decimal_add(sum,
                         side->identity->currency == CURRENCY_NONE
                             ? decimal_from_integer(control->count)
                             : control->amount,
                         &sum))
            return false;
        written = snprintf(text + used, size - used, "%s%s%u", used > 0 ? "+" : "",
                           side->identity->currency == CURRENCY_NONE ? "C" : "E",
                           side->first_control_row + (uint32_t)index + 1);
        if (written < 0 || (size_t)written >= size - used)
            return false;
        used += (size_t)written;
        if (words[length] == '\0')
            break;
        words += length + 3;
    }
    return decimal_compare(sum, side->value) == 0;
}

/* The sum of a ledger's column in the identity's currency. */
static bool sum_of_ledger(const struct identity_side *side, enum ledger_kind kind,
                          const char *column, char *text, size_t size)
{
    const struct ledger_sheets *ledger = side->book->ledgers[kind];
    int digits = currency_digits(side->identity->currency);
    const struct column_total *total = ledger_total(ledger, column, side->identity->currency);
    char code[8], over[FORMULA_BYTES_MAX];
    struct criterion criterion = {"currency", code};
    int written;

    snprintf(code, sizeof(code), "\"%s\"", currency_code(side->identity->currency));
    if (!decimal_is_zero(total->marked) || decimal_compare(total->sum, side->value) != 0 ||
        !ledger_sum_is_exact(total->sum, digits, ledger->rows) ||
        !ledger_formula(ledger, column, &criterion, 1, over, sizeof(over)))
        return false;
    written = snprintf(text, size, "ROUND(%s,%d)", over, digits);
    return written > 0 && (size_t)written < size;
}

bool identity_formula(const struct identity_side *side, char *text, size_t size)
{
    bool of_ledger = strcmp(side->text, "total of the ledger") == 0;
    bool of_accounts = strcmp(side->text, "total of accounts.csv") == 0;

    if (side->identity->currency == CURRENCY_NONE || (!of_ledger && !of_accounts))
        return sum_of_controls(side, text, size);
    for (size_t i = 0; i < sizeof(LEDGERS) / sizeof(LEDGERS[0]); i++) {
        if (strcmp(LEDGERS[i].scope, side->identity->name) != 0)
            continue;
        if (of_ledger)
            return sum_of_ledger(side, LEDGERS[i].kind, LEDGERS[i].amount, text, size);
        return sum_of_ledger(side, LEDGER_ACCOUNTS, LEDGERS[i].accounts, text, size);
    }
    return false;
}
