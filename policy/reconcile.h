/*
 * Matching what we owe with what was billed: pure functions over all entries and lines at hand.
 *
 * The rules are tried in the order of their numbers, each over what the earlier ones have left. A
 * rule takes a match only where there is just one: a tie is left to the later rules, and is
 * ambiguous when they leave it too. What names an entry of ours, in whatever rule, is not matched
 * with another by its details. So the result does not depend on the order of the input, but for
 * lines that are equal in everything, which are interchangeable.
 */
#ifndef POLICY_RECONCILE_H
#define POLICY_RECONCILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/billing.h"
#include "policy/error.h"
#include "policy/profile.h"

/*
 * What became of it: X(symbol, code, is it a break, text for people). A break that is not closed is
 * carried forward.
 */
#define MATCH_CATEGORIES(X)                                                                        \
    X(MATCHED, "matched", false, "credited once, as owed")                                         \
    X(MATCH_REVERSED, "reversed", false, "credited and taken back: the lines add up to zero")      \
    X(MATCH_WITHIN_TOLERANCE, "within_tolerance", false,                                           \
      "credited, but for a tolerated difference")                                                  \
    X(MATCH_WRITTEN_OFF, "written_off", false, "closed by a line of the adjustments file")         \
    X(MATCH_TIMING, "timing", true, "credited in another period than that of the books")           \
    X(MATCH_AMOUNT_DIFFERS, "amount_differs", true, "credited with another amount")                \
    X(MATCH_MISSING, "missing_in_billing", true, "owed, but not credited")                         \
    X(MATCH_UNEXPECTED, "unexpected_in_billing", true, "credited, but not owed")                   \
    X(MATCH_TWICE, "credited_twice", true, "credited again")                                       \
    X(MATCH_WRONG_ACCOUNT, "wrong_account", true, "credited to another account")                   \
    X(MATCH_CURRENCY, "currency_differs", true, "credited in another currency")                    \
    X(MATCH_AMBIGUOUS, "ambiguous", true, "several candidates, and nothing tells which it is")

#define CATEGORY_SYMBOL(symbol, code, is_break, text) symbol,

enum match_category { MATCH_CATEGORIES(CATEGORY_SYMBOL) MATCH_CATEGORY_COUNT };

const char *match_category_code(enum match_category category);
const char *match_category_text(enum match_category category);
/* Something to look at: in breaks.csv, and exit status 1. */
bool match_category_is_break(enum match_category category);
/* Carried forward: a break but timing, which is closed as soon as it is seen. */
bool match_category_is_open(enum match_category category);

/* Entries and lines that belong together. */
struct match {
    enum match_category category;
    const struct match_rule *rule; /* that decided; NULL: none did */
    size_t first_owed;             /* in reconciliation.owed */
    size_t owed_count;
    size_t first_line; /* in reconciliation.lines */
    size_t line_count;
    struct decimal expected; /* the sum of the entries */
    struct decimal credited; /* the sum of the lines */
};

struct reconciliation {
    struct match *matches; /* in the order of their first entry, then of their first line */
    size_t match_count;
    size_t match_capacity;
    const struct owed **owed; /* every entry once */
    size_t owed_count;
    const struct billing_line **lines; /* every line once, but those passed over */
    size_t line_count;
    size_t passed_over; /* lines of the provider's own that name nothing of ours */
};

struct reconcile_input {
    struct owed *owed; /* sorted in place */
    size_t owed_count;
    struct billing_line *lines; /* sorted in place */
    size_t line_count;
    const struct match_rule *rules;
    size_t rule_count;
    int utc_offset_seconds;
};

/* The order of entries: account, ledger, entry. */
int owed_compare(const struct owed *a, const struct owed *b);

/*
 * 0, or -1 with err filled: ERROR_IO when memory is out, ERROR_INPUT when a sum does not fit. The
 * result borrows the input; to be released in either case.
 */
int reconcile(const struct reconcile_input *input, struct reconciliation *result, struct error *err)
    __attribute__((warn_unused_result));
void reconciliation_release(struct reconciliation *result);

/* Whether a match is of one currency, so that its difference means something. */
bool match_has_difference(const struct reconciliation *result, const struct match *match);

#endif
