/*
 * The shipped profiles, policy/profiles/NAME.conf, byte by byte: built into the program, so that a
 * bare binary knows them.
 */
#ifndef POLICY_PROFILES_H
#define POLICY_PROFILES_H

#include <stddef.h>

#include "policy/span.h"

#define PROFILE_DEFAULT_NAME "focus"

struct shipped_profile {
    const char *name;
    struct span text; /* no NUL behind it */
};

/* The shipped profile with that number, from 0 in byte order of the names; false behind the last.
 */
bool shipped_profile(size_t number, struct shipped_profile *profile);

#endif
