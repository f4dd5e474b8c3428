/*
 * Owns the words of purchase checks.
 */
#include "policy/reconcile_rows.h"

#define STATE_CODE(symbol, code, text) [symbol] = (code),
#define STATE_TEXT(symbol, code, text) [symbol] = (text),

const char *purchase_state_code(enum purchase_state state)
{
    static const char *const CODES[] = {PURCHASE_STATES(STATE_CODE)};

    return CODES[state];
}

const char *purchase_state_text(enum purchase_state state)
{
    static const char *const TEXTS[] = {PURCHASE_STATES(STATE_TEXT)};

    return TEXTS[state];
}
