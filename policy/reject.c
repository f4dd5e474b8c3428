/*
 * Owns the codes of reject reasons.
 * Must not know which checks give them.
 */
#include "policy/reject.h"

#include <assert.h>

const char *reject_reason_code(enum reject_reason reason)
{
#define CODE_OF(symbol, code) [symbol] = code,
    static const char *const codes[REJECT_REASON_END] = {[REJECT_NONE] = "",
                                                         REJECT_REASONS(CODE_OF)};
#undef CODE_OF

    assert((unsigned)reason < REJECT_REASON_END);
    return codes[reason];
}
