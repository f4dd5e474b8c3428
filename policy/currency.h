/*
 * ISO 4217 currencies and their minor units.
 * Source of the table: datasets/currency-codes (PDDL).
 */
#ifndef POLICY_CURRENCY_H
#define POLICY_CURRENCY_H

#include "policy/span.h"

enum {
    CURRENCY_NONE = -1,
    CURRENCY_COUNT = 165,
};

/* The currency's number, 0 to CURRENCY_COUNT - 1 in byte order of the codes, or CURRENCY_NONE. */
int currency_find(struct span code);

/* The three-letter code, NUL-terminated. */
const char *currency_code(int currency);

/* Decimals of the minor unit: CNY 2, JPY 0, KWD 3. */
int currency_digits(int currency);

#endif
