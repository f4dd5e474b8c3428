/*
 * Exact amounts of billing exports: a 128-bit count of 10^-20 units, fine enough for the fractions
 * of a cent that usage is billed in. No binary floating point.
 *
 * Bounds: at most 15 integer digits and, by value, 20 decimals; sums to 10^18, and past that they
 * say so.
 */
#ifndef POLICY_BILLED_H
#define POLICY_BILLED_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/decimal.h"
#include "policy/reject.h"
#include "policy/span.h"

enum {
    BILLED_DIGITS = 20,
    BILLED_TEXT_MAX = 48, /* bytes that any formatted amount fits in, NUL included */
};

struct billed {
    int128 atoms; /* value x 10^20 */
};

/*
 * Parses -?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?: REJECT_NONE, REJECT_BAD_NUMBER,
 * REJECT_OUT_OF_RANGE or REJECT_TOO_PRECISE. Bounds are judged by value, not by spelling. *out is
 * written on REJECT_NONE only.
 */
enum reject_reason billed_parse(struct span text, struct billed *out)
    __attribute__((warn_unused_result));

/* *sum += amount; false, with *sum untouched, when the result does not fit. */
bool billed_add(struct billed *sum, struct billed amount) __attribute__((warn_unused_result));

static inline struct billed billed_negate(struct billed amount)
{
    return (struct billed){-amount.atoms};
}

/* Rounded half away from zero to the ten decimals of a struct decimal; exact where it has no more.
 */
struct decimal billed_to_decimal(struct billed amount);
struct billed billed_from_decimal(struct decimal amount);

/* Plain digits, at least `digits_min` decimals and no trailing zeros beyond; returns the length. */
size_t billed_format(struct billed amount, int digits_min, char text[BILLED_TEXT_MAX]);

#endif
