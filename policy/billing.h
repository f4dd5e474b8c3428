/*
 * What a billing export says, and what we hold against it: billing lines and entries of our own
 * ledgers, as values. Text is borrowed (policy/span.h).
 */
#ifndef POLICY_BILLING_H
#define POLICY_BILLING_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/billed.h"
#include "policy/civil.h"
#include "policy/decimal.h"
#include "policy/records.h"
#include "policy/span.h"

/*
 * What kind of line it is, by its category, class and sign: X(symbol, name in profiles and tables).
 *
 * credit        money given to the customer, or taken back, that our ledgers must explain
 * other_credit  the same for reasons of the provider's own: ours only where it names our entry
 * purchase      an order paid for: held against the orders export
 * charge        everything else: read and added up only
 */
#define BILLING_KINDS(X)                                                                           \
    X(BILLING_CREDIT, "credit")                                                                    \
    X(BILLING_OTHER_CREDIT, "other_credit")                                                        \
    X(BILLING_PURCHASE, "purchase")                                                                \
    X(BILLING_CHARGE, "charge")

enum billing_kind { BILLING_NONE, BILLING_KINDS(ENUM_SYMBOL) BILLING_KIND_END };

/* What an id in a billing line stands for. `any`: some id of ours, of whatever kind. */
#define REFERENCE_KINDS(X)                                                                         \
    X(REFERENCE_ENTRY, "entry")                                                                    \
    X(REFERENCE_REQUEST, "request")                                                                \
    X(REFERENCE_CLAIM, "claim")                                                                    \
    X(REFERENCE_FILING, "filing")                                                                  \
    X(REFERENCE_ORDER, "order")                                                                    \
    X(REFERENCE_ANY, "any")

enum reference_kind { REFERENCE_NONE, REFERENCE_KINDS(ENUM_SYMBOL) REFERENCE_KIND_END };

extern const struct enumeration enum_billing_kind;
extern const struct enumeration enum_reference_kind;

enum {
    LINE_REFERENCES_MAX = 16,
    ITEM_ID_MAX = 32, /* "B-0123456789abcdef-12" and a NUL */
};

struct reference {
    int32_t kind;
    struct span text;
};

struct billing_line {
    struct span account_id;
    struct span sub_account_id;
    struct span resource_id;
    struct span service;
    struct span category; /* as the export spells it */
    struct span invoice_id;
    struct span description;
    const struct reference *references;
    int reference_count;
    int32_t kind;
    int32_t currency;
    int32_t period;          /* the month that it is billed in */
    int64_t charged_at;      /* INSTANT_NONE: the export does not say */
    struct billed billed;    /* negative: in the customer's favour */
    struct decimal credited; /* = -billed, to ten decimals */

    /* Below: not of the export. */
    char id[ITEM_ID_MAX];    /* line_id */
    int32_t open_since;      /* carried from an earlier reconciliation; PERIOD_NONE: new */
    int32_t credited_before; /* names an entry that was credited in that period; PERIOD_NONE */
    bool named_only;         /* of another month: ours only where it names an entry of ours */
    bool passed_over;        /* set by reconcile(): it names nothing of ours and need not */
};

/* An approved amount of one of our ledgers. */
struct owed {
    const char *ledger; /* "refunds", "compensations", "rewards" */
    struct span entry;  /* its key among all entries: "refund:R-1", "compensation:C-1:..." */
    struct span id;     /* of the request, claim or filing */
    int32_t id_kind;    /* REFERENCE_REQUEST, _CLAIM or _FILING */
    struct span account_id;
    struct span resource_id; /* empty: none */
    struct span order_id;    /* empty: none */
    struct span incident_id; /* of compensations; not carried */
    struct span service;
    struct span reason; /* not carried */
    int32_t currency;
    int32_t period;        /* whose books decided it */
    int32_t origin_period; /* PERIOD_NONE: not late */
    int64_t event_at;      /* requested, submitted, approved */
    struct decimal amount;

    char item_id[ITEM_ID_MAX]; /* owed_id */
    int32_t open_since;        /* PERIOD_NONE: new */
};

/* Byte order of all that the export says of a line; lines that are equal are interchangeable. */
int billing_line_compare(const struct billing_line *a, const struct billing_line *b);

/*
 * Ids of open items, "E-" and "B-" with a fingerprint of the content: the same in every
 * reconciliation. Equal lines are told apart by `ordinal`, from 1.
 */
void owed_set_id(struct owed *owed);
void billing_line_set_id(struct billing_line *line, unsigned ordinal);

#endif
