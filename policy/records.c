/*
 * Owns the names of inputs and enumerated values.
 * Must not know where names are read from or written to.
 */
#include "policy/records.h"

#include <assert.h>

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

#define NAME_OF(symbol, name) [symbol] = name,
#define COUNT_OF(names) ((int)(sizeof(names) / sizeof((names)[0])))

static const char *const billing_modes[] = {[BILLING_MODE_NONE] = "", BILLING_MODES(NAME_OF)};
static const char *const term_units[] = {[TERM_UNIT_NONE] = "", TERM_UNITS(NAME_OF)};
static const char *const scenarios[] = {[SCENARIO_NONE] = "", SCENARIOS(NAME_OF)};
static const char *const causes[] = {[CAUSE_NONE] = "", CAUSES(NAME_OF)};
static const char *const tiers[] = {[TIER_NONE] = "", TIERS(NAME_OF)};
static const char *const ticket_categories[] = {[TICKET_CATEGORY_NONE] = "",
                                                TICKET_CATEGORIES(NAME_OF)};

const struct enumeration enum_billing_mode = {billing_modes, COUNT_OF(billing_modes)};
const struct enumeration enum_term_unit = {term_units, COUNT_OF(term_units)};
const struct enumeration enum_scenario = {scenarios, COUNT_OF(scenarios)};
const struct enumeration enum_cause = {causes, COUNT_OF(causes)};
const struct enumeration enum_tier = {tiers, COUNT_OF(tiers)};
const struct enumeration enum_ticket_category = {ticket_categories, COUNT_OF(ticket_categories)};

/* Stops at the first difference, so that a name is never read beyond its NUL. */
static inline bool name_matches(const char *name, struct span text)
{
    size_t i;

    for (i = 0; i < text.size; i++) {
        if (name[i] == '\0' || name[i] != text.data[i])
            return false;
    }
    return name[i] == '\0';
}

int enumeration_find(const struct enumeration *enumeration, struct span name)
{
    int value;

    if (name.size == 0)
        return 0;
    for (value = 1; value < enumeration->count; value++) {
        if (name_matches(enumeration->names[value], name))
            return value;
    }
    return 0;
}
