/*
 * Owns the names of decisions in the ledgers.
 * Must not know how a decision is reached.
 */
#include "policy/ledger.h"

#include <assert.h>

#define DECISION_ROW(symbol, name) name,

static const char *const decision_names[] = {"", DECISIONS(DECISION_ROW)};

const char *decision_name(enum decision decision)
{
    assert((unsigned)decision < DECISION_END);
    return decision_names[decision];
}
