/*
 * What a restatement changed: the rows of restatement.csv, the bridge from a period's old books to
 * its new ones (docs/formats.md, "The restatement"). Values that borrow all their text.
 */
#ifndef POLICY_RESTATEMENT_H
#define POLICY_RESTATEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/decimal.h"
#include "policy/span.h"

#define RESTATEMENT_CHANGES(X)                                                                     \
    X(RESTATEMENT_APPEARED, "appeared")                                                            \
    X(RESTATEMENT_VANISHED, "vanished")                                                            \
    X(RESTATEMENT_CHANGED, "changed")                                                              \
    X(RESTATEMENT_UNCHANGED, "unchanged") /* a total: its rows' differences come to nothing */

#define RESTATEMENT_CAUSES(X)                                                                      \
    X(RESTATEMENT_LATE_INPUT, "late_input")                                                        \
    X(RESTATEMENT_CORRECTED_INPUT, "corrected_input")                                              \
    X(RESTATEMENT_POLICY_CHANGE, "policy_change")                                                  \
    X(RESTATEMENT_PROGRAM_VERSION, "program_version")                                              \
    X(RESTATEMENT_SEVERAL, "several") /* a total: its rows do not have one cause */

#define RESTATEMENT_SYMBOL(symbol, text) symbol,
enum restatement_change {
    RESTATEMENT_CHANGE_NONE,
    RESTATEMENT_CHANGES(RESTATEMENT_SYMBOL) RESTATEMENT_CHANGE_END
};
enum restatement_cause {
    RESTATEMENT_CAUSE_NONE,
    RESTATEMENT_CAUSES(RESTATEMENT_SYMBOL) RESTATEMENT_CAUSE_END
};
#undef RESTATEMENT_SYMBOL

/* As the ledger spells it; none is "". */
const char *restatement_change_name(enum restatement_change change);
const char *restatement_cause_name(enum restatement_cause cause);

/* A row's decision, reason and amount in one of the two books. */
struct restated {
    struct span decision; /* empty: the row is not in these books; of a ticket, its scope */
    struct span reason;
    bool has_amount;
    struct decimal amount;
};

/* One ledger row that appeared, vanished or changed, or an account's total in one currency. */
struct restatement_row {
    const char *ledger; /* "refunds" ...; "accounts": a total */
    struct span account_id;
    struct span event_id;    /* of the request, claim, filing or ticket; empty for a total */
    struct span resource_id; /* of a compensation, as is what follows */
    struct span basis;
    struct span basis_id;
    int32_t currency; /* CURRENCY_NONE: neither side has an amount */
    enum restatement_change change;
    struct restated before;
    struct restated after;
    struct decimal difference; /* after - before; an amount that is not there is zero */
    enum restatement_cause cause;
    struct span columns; /* names of the columns that differ, a space between; only when changed */
};

#endif
