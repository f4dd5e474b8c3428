/*
 * A profile: how one provider's billing export is read, and by which rules it is matched. A value,
 * loaded and checked once (readers/profile.h), immutable afterwards.
 */
#ifndef POLICY_PROFILE_H
#define POLICY_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/billing.h"
#include "policy/decimal.h"

/* What is taken from a row, in the order of the checks: X(symbol, name in profiles). */
#define PROFILE_FIELDS(X)                                                                          \
    X(FIELD_ACCOUNT, "account")                                                                    \
    X(FIELD_SUB_ACCOUNT, "sub_account")                                                            \
    X(FIELD_RESOURCE, "resource")                                                                  \
    X(FIELD_SERVICE, "service")                                                                    \
    X(FIELD_CATEGORY, "category")                                                                  \
    X(FIELD_CLASS, "class")                                                                        \
    X(FIELD_AMOUNT, "amount")                                                                      \
    X(FIELD_CURRENCY, "currency")                                                                  \
    X(FIELD_PERIOD, "period")                                                                      \
    X(FIELD_PERIOD_START, "period_start")                                                          \
    X(FIELD_PERIOD_END, "period_end")                                                              \
    X(FIELD_CHARGED_AT, "charged_at")                                                              \
    X(FIELD_INVOICE, "invoice")                                                                    \
    X(FIELD_DESCRIPTION, "description")

enum profile_field { PROFILE_FIELDS(ENUM_SYMBOL) PROFILE_FIELD_COUNT };

/* The ways to match, X(symbol, name in profiles, text for people). */
#define RULE_KINDS(X)                                                                              \
    X(RULE_REFERENCE, "reference", "the line names our entry, one to one")                         \
    X(RULE_REFERENCE_SUM, "reference_sum",                                                         \
      "the lines name our entries; the sums agree, one to many and many to one")                   \
    X(RULE_DETAILS, "details",                                                                     \
      "same account, resource, currency and amount inside a date window, one to one")              \
    X(RULE_TOTAL, "total", "the account's remaining amounts add up to the same, per currency")

#define RULE_SYMBOL(symbol, name, text) symbol,

enum rule_kind { RULE_KINDS(RULE_SYMBOL) RULE_KIND_COUNT };

const char *rule_kind_name(enum rule_kind kind);
const char *rule_kind_text(enum rule_kind kind);
const char *profile_field_name(enum profile_field field);

enum {
    PROFILE_NAME_MAX = 64,
    PROFILE_HEADERS_MAX = 8, /* alternative headings of a field */
    PROFILE_REFERENCES_MAX = 16,
    PROFILE_LINES_MAX = 64,
    PROFILE_VALUES_MAX = 32,
    PROFILE_PARTS_MAX = 16,
    PROFILE_NULLS_MAX = 8,
    MATCH_RULES_MAX = 16,
    WINDOW_DAYS_MAX = 3660,
};

/*
 * A match differs by no more than the tolerance, or by no more than the share of what we owe,
 * whichever allows more; both are zero where nothing is said.
 */
struct match_rule {
    int number;
    enum rule_kind kind;
    struct decimal tolerance;       /* in units of the currency */
    struct decimal tolerance_share; /* of the amount owed: 0.01 is 1 % */
    int window_days;                /* RULE_DETAILS: around the event and the period's end */
};

/* Text is owned by the arena that the profile was loaded into, and NUL-terminated as well. */
struct profile_headers {
    struct span names[PROFILE_HEADERS_MAX];
    int count;     /* 0: the export has no such field */
    bool optional; /* the column may be missing from a file */
};

/* An id of ours in a column, or under a key of a column that holds a JSON object. */
struct profile_reference {
    int32_t kind;
    struct span header;
    struct span key; /* empty: the whole column */
};

enum profile_sign { SIGN_ANY, SIGN_NEGATIVE, SIGN_POSITIVE };

/* Which rows are of a kind: those that meet all that is said. */
struct profile_line {
    int32_t kind;
    struct span categories[PROFILE_VALUES_MAX];
    int category_count; /* 0: any */
    struct span classes[PROFILE_VALUES_MAX];
    int class_count;        /* 0: any */
    enum profile_sign sign; /* of the amount, negative being in the customer's favour */
};

struct profile {
    char name[PROFILE_NAME_MAX];
    char delimiter;
    int utc_offset_seconds; /* of instants without an offset */
    bool positive_is_credit;
    int32_t currency; /* of every row, where no column says; CURRENCY_NONE */
    struct span nulls[PROFILE_NULLS_MAX];
    int null_count;
    struct profile_headers fields[PROFILE_FIELD_COUNT];
    struct profile_reference references[PROFILE_REFERENCES_MAX];
    int reference_count;
    struct span parts[PROFILE_PARTS_MAX]; /* that the amount is the sum of; none: not checked */
    int part_count;
    struct span left_out[PROFILE_PARTS_MAX]; /* of the parts: not money that we pay or owe */
    int left_out_count;
    struct profile_line lines[PROFILE_LINES_MAX]; /* the first that fits decides */
    int line_count;
    struct match_rule rules[MATCH_RULES_MAX]; /* by number */
    int rule_count;
};

#endif
