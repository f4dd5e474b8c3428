/*
 * Owns the words of profiles.
 */
#include "policy/profile.h"

#define FIELD_NAME(symbol, name) [symbol] = (name),
#define RULE_NAME(symbol, name, text) [symbol] = (name),
#define RULE_TEXT(symbol, name, text) [symbol] = (text),

const char *profile_field_name(enum profile_field field)
{
    static const char *const NAMES[] = {PROFILE_FIELDS(FIELD_NAME)};

    return NAMES[field];
}

const char *rule_kind_name(enum rule_kind kind)
{
    static const char *const NAMES[] = {RULE_KINDS(RULE_NAME)};

    return NAMES[kind];
}

const char *rule_kind_text(enum rule_kind kind)
{
    static const char *const TEXTS[] = {RULE_KINDS(RULE_TEXT)};

    return TEXTS[kind];
}
