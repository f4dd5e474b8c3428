/*
 * Owns the names of inputs and enumerated values.
 * Must not know where names are read from or written to.
 */
#include "policy/records.h"

#include <assert.h>

#include "policy/text_words.h"

const char *input_name(enum input input)
{
    static const char *const names[INPUT_COUNT] = {
        [INPUT_ACCOUNTS] = "accounts", [INPUT_CLAIMS] = "claims",
        [INPUT_FILINGS] = "filings",   [INPUT_INCIDENTS] = "incidents",
        [INPUT_ORDERS] = "orders",     [INPUT_REFUND_REQUESTS] = "refund_requests",
        [INPUT_TICKETS] = "tickets",   [INPUT_USAGE] = "usage",
    };

    assert((unsigned)input < INPUT_COUNT);
    return names[input];
}

ENUMERATION(billing_mode, BILLING_MODES);
ENUMERATION(term_unit, TERM_UNITS);
ENUMERATION(scenario, SCENARIOS);
ENUMERATION(cause, CAUSES);
ENUMERATION(tier, TIERS);
ENUMERATION(ticket_category, TICKET_CATEGORIES);

int enumeration_find(const struct enumeration *enumeration, struct span name)
{
    if (name.size == 0)
        return 0;
    for (int value = 1; value < enumeration->count; value++)
        if (enumeration->sizes[value] == name.size &&
            text_same(enumeration->names[value], name.data, name.size))
            return value;
    return 0;
}
