/*
 * The chart of accounts: which accounts of the journal a posting goes to, as templates in which
 * {service} and {account} stand for a decision's service and account id.
 */
#ifndef POLICY_CHART_H
#define POLICY_CHART_H

#include <stddef.h>

#include "policy/span.h"

enum {
    CHART_TEMPLATE_MAX = 257, /* bytes, NUL included */
    CHART_ID_BYTES_MAX = 256, /* of a service or an account id */
    /* Any expansion, NUL included: each placeholder stands once, each byte may become %XX. */
    CHART_ACCOUNT_MAX = CHART_TEMPLATE_MAX + 2 * 3 * CHART_ID_BYTES_MAX,
};

struct chart {
    char refund_expense[CHART_TEMPLATE_MAX];
    char compensation_expense[CHART_TEMPLATE_MAX];
    char reward_expense[CHART_TEMPLATE_MAX];
    char payable[CHART_TEMPLATE_MAX];
};

extern const struct chart chart_default;

/*
 * NULL when the text can be a template, otherwise what is wrong with it. A template is one or more
 * names parted by ':', of letters, digits, '-', '_', '.', single spaces inside, characters outside
 * ASCII but for spaces, and each placeholder at most once: what hledger and ledger both read as one
 * account name, whatever the ids.
 */
const char *chart_template_fault(struct span text);

/*
 * Writes the account's name into out, with every byte of an id outside letters, digits, '-', '_',
 * '.' as %XX; NUL-terminates; returns the length. The template is without fault and the ids have at
 * most CHART_ID_BYTES_MAX bytes.
 */
size_t chart_expand(const char *template, struct span service, struct span account,
                    char out[CHART_ACCOUNT_MAX]);

/*
 * The same encoding for one id, for descriptions: at most 3 x id.size bytes, no NUL; returns the
 * length.
 */
size_t chart_encode(struct span id, char *out);

#endif
