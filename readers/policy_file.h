/*
 * Reads a policy file (policy/standard.conf shows and explains its syntax) into the terms.
 *
 * Every parameter must be given in every version, and everything is checked; what fails is told
 * with its line: ERROR_USAGE, "file:line: cause". Versions may stand in any order. A failed call
 * leaves *policy and *source as they were. Not for several threads at once.
 */
#ifndef READERS_POLICY_FILE_H
#define READERS_POLICY_FILE_H

#include "policy/error.h"
#include "policy/span.h"
#include "policy/terms.h"
#include "readers/input.h"

enum {
    POLICY_NAME_MAX = 256,
    FULL_REFUNDS_PER_YEAR_MAX = 1000000,
    VALID_YEARS_MAX = 100,
};

/* Which file the terms are from: named in the manifest. */
struct policy_source {
    char name[POLICY_NAME_MAX];   /* base name, clipped; "": the policy that is built in */
    char sha256[SHA256_TEXT_MAX]; /* of the file's bytes, or of the built-in text */
};

/* From a file, or, where path is NULL, from the policy that is built in. */
int policy_file_load(const char *path, struct policy *policy, struct policy_source *source,
                     struct error *err) __attribute__((warn_unused_result));

/* From a text; `name` stands in messages. */
int policy_text_load(const char *name, struct span text, struct policy *policy, struct error *err)
    __attribute__((warn_unused_result));

#endif
