/*
 * Prints the terms in force, for people: every version with every parameter and the clause it
 * stands under, then the clauses in the policy's own words. UTF-8, LF, 100 columns at most, no
 * blank at a line's end; the same terms give the same bytes.
 */
#ifndef WRITERS_POLICY_TEXT_H
#define WRITERS_POLICY_TEXT_H

#include <stdio.h>

#include "policy/error.h"
#include "policy/terms.h"

/*
 * `name` says where the terms are from; "" for the policy that is built in. 0, or -1 with err
 * filled (ERROR_IO). Does not flush beyond what tells whether writing failed.
 */
int policy_text_write(const struct policy *policy, const char *name, FILE *out, struct error *err)
    __attribute__((warn_unused_result));

#endif
