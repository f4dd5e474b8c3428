/*
 * Control totals: counts and amounts that must agree with each other before anything is published
 * (outputs.md, controls.csv).
 */
#ifndef POLICY_CONTROL_H
#define POLICY_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/decimal.h"

/* One row of controls.csv. Text is static. */
struct control {
    const char *scope; /* "orders", "refund_requests", "refunds", "accounts", "journal" ... */
    const char *name;  /* "read", "accepted", "approved", "total" ... */
    int currency;      /* CURRENCY_NONE: none */
    bool has_count;
    bool has_amount; /* in the currency's minor units */
    int64_t count;
    struct decimal amount;
};

/* One identity between control figures: both sides, and whether they agree. */
struct control_identity {
    const char *name;      /* "refunds.csv = accounts.csv" ... */
    const char *left_text; /* what the left side counts, in words */
    const char *right_text;
    int currency;        /* CURRENCY_NONE: a count */
    struct decimal left; /* counts are whole numbers */
    struct decimal right;
};

#endif
