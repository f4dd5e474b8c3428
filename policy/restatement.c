/*
 * Owns the words of a restatement. Knows no ledger.
 */
#include "policy/restatement.h"

#include <assert.h>

#define TEXT(symbol, text) [symbol] = (text),

const char *restatement_change_name(enum restatement_change change)
{
    static const char *const names[RESTATEMENT_CHANGE_END] = {[RESTATEMENT_CHANGE_NONE] = "",
                                                              RESTATEMENT_CHANGES(TEXT)};

    assert(change < RESTATEMENT_CHANGE_END);
    return names[change];
}

const char *restatement_cause_name(enum restatement_cause cause)
{
    static const char *const names[RESTATEMENT_CAUSE_END] = {[RESTATEMENT_CAUSE_NONE] = "",
                                                             RESTATEMENT_CAUSES(TEXT)};

    assert(cause < RESTATEMENT_CAUSE_END);
    return names[cause];
}
