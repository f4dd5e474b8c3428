/*
 * What a reconciliation publishes, as values: the rows of its tables and the figures of its
 * statement. Filled by the job, written by the writers. Text is borrowed.
 */
#ifndef POLICY_RECONCILE_ROWS_H
#define POLICY_RECONCILE_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/billing.h"
#include "policy/profile.h"
#include "policy/reconcile.h"

/* A line of the adjustments file: a break that somebody answers for. */
struct adjustment {
    struct span break_id;
    struct span who;
    struct span why;
    int64_t when; /* days since 1970-01-01 */
    struct decimal amount;
    uint64_t line; /* of the file */
    bool used;
};

/* Purchases of one account, currency and month against its accepted orders. */
#define PURCHASE_STATES(X)                                                                         \
    X(PURCHASE_AGREES, "agrees", "the orders export has what was billed")                          \
    X(PURCHASE_ORDERS_MISSING, "orders_missing", "billed, but not in the orders export")           \
    X(PURCHASE_NOT_BILLED, "purchase_not_billed", "in the orders export, but not billed")

#define PURCHASE_SYMBOL(symbol, code, text) symbol,

enum purchase_state { PURCHASE_STATES(PURCHASE_SYMBOL) PURCHASE_STATE_COUNT };

const char *purchase_state_code(enum purchase_state state);
const char *purchase_state_text(enum purchase_state state);

struct purchase_check {
    struct span account_id;
    int32_t currency;
    int32_t period;
    uint64_t orders;           /* accepted rows */
    uint64_t lines;            /* billed rows */
    struct decimal ordered;    /* cash and flexi coupon paid */
    struct billed billed_sum;  /* exactly */
    struct decimal billed;     /* to ten decimals */
    struct decimal difference; /* billed - ordered */
    enum purchase_state state;
    char break_id[ITEM_ID_MAX];
    const struct adjustment *adjustment; /* NULL: not written off */
};

/* A match, as it is published. */
struct reconciled {
    const struct match *match;
    uint64_t number;              /* from 1 */
    enum match_category category; /* written off, or as found */
    enum match_category found;
    const char *break_id; /* of its first entry, or else of its first line */
    int32_t open_since;   /* the first reconciliation that had a part of it open, or this one */
    int32_t age;          /* periods since then; 0: new */
    int32_t currency;     /* of its first entry, or else of its first line */
    bool has_difference;  /* all of one currency */
    struct decimal difference; /* found - expected */
    const struct adjustment *adjustment;
};

/*
 * A row of reconciliation.csv and breaks.csv: the n-th entry and the n-th line of a match, side by
 * side; either may be NULL. Or a check of purchases, and then neither is there.
 */
struct reconciled_row {
    const struct reconciled *of;           /* NULL: a purchase */
    const struct purchase_check *purchase; /* NULL: a match */
    const struct owed *owed;
    const struct billing_line *line;
    bool first; /* of its match: bears the difference */
};

/* A row of open-items.csv: an entry or a line. */
struct open_item {
    const struct reconciled *of;
    const struct owed *owed;
    const struct billing_line *line;
    char amount[BILLED_TEXT_MAX]; /* exactly, positive in the customer's favour */
    struct span references;       /* of a line: "order:O-1 request:R-1", ids encoded as in URLs */
};

/* A row of rejects.csv. */
struct billing_reject_row {
    const char *file;
    uint64_t line;
    struct span column;
    const char *reason;
    struct span record;
};

enum { STATEMENT_LEDGERS = 3, STATEMENT_AGES = 4 };

/*
 * The reconciliation statement of one currency. What is owed, plus and minus what differs, is what
 * was credited; the same comes from the billing exports by themselves. All amounts are positive in
 * the customer's favour.
 */
struct statement {
    int32_t currency;
    /* Owed. */
    struct decimal ledgers[STATEMENT_LEDGERS]; /* this period's entries */
    uint64_t entries[STATEMENT_LEDGERS];
    struct decimal entries_forward; /* open entries of earlier reconciliations */
    uint64_t entry_forward_count;
    /* found - expected, by category. */
    struct decimal differences[MATCH_CATEGORY_COUNT];
    uint64_t matches[MATCH_CATEGORY_COUNT];
    /* Per billing. */
    struct billed credits;       /* rows of the kind credit in the files */
    struct billed other_credits; /* rows of the provider's own that name entries of ours */
    struct billed lines_forward; /* open lines of earlier reconciliations */
    struct billed before;        /* less: rows that an earlier reconciliation has had */
    struct billed other_months;  /* less: rows of other months, left to their reconciliation */
    struct billed fractions;     /* what rounding rows to ten decimals makes */
    /* Both ends. */
    struct decimal by_matches; /* owed + differences */
    struct billed by_billing;
    /* Open breaks by category and age: 0, 1, 2, 3 and more periods. */
    uint64_t open[MATCH_CATEGORY_COUNT][STATEMENT_AGES];
    struct decimal open_difference[MATCH_CATEGORY_COUNT][STATEMENT_AGES];
};

#endif
