/*
 * Exact fixed-point decimals: a 128-bit count of 10^-10 units. No binary floating point, ever.
 *
 * Bounds. An accepted input has at most 15 integer digits and 10 decimals, so |units| < 10^25
 * (84 bits); the sum of 10^13 such values still fits. Every operation that could leave 128 bits
 * says so instead of wrapping; products are formed in 256 bits.
 */
#ifndef POLICY_DECIMAL_H
#define POLICY_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/span.h"

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

enum {
    DECIMAL_DIGITS = 10,         /* decimals that a value holds */
    DECIMAL_INTEGER_DIGITS = 15, /* integer digits that an input may have */
    DECIMAL_TEXT_MAX = 48,       /* bytes that any formatted decimal fits in, NUL included */
};

#define DECIMAL_ONE_UNITS INT64_C(10000000000)

/* 10^n, by n. */
extern const int64_t decimal_powers[DECIMAL_DIGITS + 1];

struct decimal {
    int128 units; /* value x 10^10 */
};

/* Which way a result is rounded, once, to the currency's minor unit (policy.md, "Clock, money"). */
enum rounding {
    ROUNDING_HALF_UP,   /* half away from zero */
    ROUNDING_HALF_EVEN, /* half to the even neighbour */
    ROUNDING_DOWN,      /* towards zero */
};

/* The outcome of parsing, in order of precedence (inputs.md, "Bad rows"). */
enum decimal_status {
    DECIMAL_OK,
    DECIMAL_BAD_NUMBER,   /* not -?[0-9]+(\.[0-9]+)? */
    DECIMAL_OUT_OF_RANGE, /* more than 15 integer digits as written */
    DECIMAL_TOO_PRECISE,  /* more than 10 decimals as written */
};

#define DECIMAL_ZERO ((struct decimal){0})

/* Parses text; *out is written on DECIMAL_OK only. "-0" is 0. */
enum decimal_status decimal_parse(struct span text, struct decimal *out)
    __attribute__((warn_unused_result));

/* A whole number. */
struct decimal decimal_from_integer(int64_t value);

/* < 0, 0 or > 0. */
static inline int decimal_compare(struct decimal a, struct decimal b)
{
    return a.units < b.units ? -1 : a.units > b.units;
}

static inline bool decimal_is_zero(struct decimal a)
{
    return a.units == 0;
}

/* *out = a + b or a - b; false, with *out untouched, when the result does not fit 128 bits. */
bool decimal_add(struct decimal a, struct decimal b, struct decimal *out)
    __attribute__((warn_unused_result));
bool decimal_subtract(struct decimal a, struct decimal b, struct decimal *out)
    __attribute__((warn_unused_result));

/*
 * *out = value x multiplier / divisor, formed exactly and rounded once to `digits` decimals
 * (0 to 10). multiplier >= 0, divisor > 0. false, with *out untouched, when the rounded result does
 * not fit; the product itself always does (256 bits).
 */
bool decimal_multiply_divide(struct decimal value, int128 multiplier, int128 divisor, int digits,
                             enum rounding mode, struct decimal *out)
    __attribute__((warn_unused_result));

/* The same for a product of two multipliers, value x a x b / divisor. a, b >= 0, divisor > 0. */
bool decimal_multiply2_divide(struct decimal value, int64_t a, int64_t b, int64_t divisor,
                              int digits, enum rounding mode, struct decimal *out)
    __attribute__((warn_unused_result));

/* *out = value rounded to `digits` decimals. */
bool decimal_round(struct decimal value, int digits, enum rounding mode, struct decimal *out)
    __attribute__((warn_unused_result));

/* Whether the value has no more than `digits` decimals, by value (1.500 fits one). */
bool decimal_fits_digits(struct decimal value, int digits);

/*
 * Writes the value in plain digits with at least `digits_min` (0 to 10) decimals, and further ones
 * only as far as they are not trailing zeros; NUL-terminates; returns the length without the NUL.
 * digits_min = the minor units gives a rounded amount; digits_min = 0 gives the shortest plain
 * form.
 */
size_t decimal_format(struct decimal value, int digits_min, char text[DECIMAL_TEXT_MAX]);

#endif
