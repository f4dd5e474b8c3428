/*
 * Takes single values out of a policy file's sections, each checked for its type and bounds. What
 * fails is told with its line and where the value stands: `version "standard": refund.usage_unit`.
 */
#ifndef READERS_POLICY_VALUE_H
#define READERS_POLICY_VALUE_H

#include <stdbool.h>

#include "policy/records.h"
#include "policy/terms.h"
#include "readers/config.h"

enum { PLACE_PATH_MAX = 160 };

/* A section, and the words in front of its parameters' names in messages. */
struct place {
    const struct config *config;
    cfg_t *section;
    char path[PLACE_PATH_MAX];
};

/* Sets the path. */
void place_name(struct place *place, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Fails with the value's line; `cause` follows the value. Returns -1. */
int place_fail(const struct place *place, const struct config_value *value, const char *name,
               const char *cause);

/* The value, or NULL with err filled when it is missing. */
const struct config_value *place_value(const struct place *place, const char *name)
    __attribute__((warn_unused_result));

/* Each: 0, or -1 with err filled and *out as it was. */
int take_integer(const struct place *place, const char *name, int min, int max, int *out)
    __attribute__((warn_unused_result));
/* true or false. */
int take_boolean(const struct place *place, const char *name, bool *out)
    __attribute__((warn_unused_result));
/* One of word(0), word(1) ...; word gives NULL behind the last. */
int take_choice(const struct place *place, const char *name, const char *(*word)(int), int *out)
    __attribute__((warn_unused_result));
/* An amount of the currency, or, CURRENCY_NONE, of any precision: a threshold. Not negative. */
int take_amount(const struct place *place, const char *name, int currency, struct decimal *out)
    __attribute__((warn_unused_result));
/* A share from 0 to 1, or "/". */
int take_fee(const struct place *place, const char *name, struct fee *out)
    __attribute__((warn_unused_result));
int take_currency(const struct place *place, const char *name, int *out)
    __attribute__((warn_unused_result));
/* A list of the enumeration's values, none twice: sets marks[value] of each. */
int take_set(const struct place *place, const char *name, const struct enumeration *enumeration,
             bool *marks) __attribute__((warn_unused_result));

#endif
