/*
 * Formulas that come to exactly our result, in any spreadsheet.
 *
 * A spreadsheet computes in binary and, like LibreOffice's INT and MOD, looks at 15 digits only. So
 * ROUND(payment * used / subscribed, 2) may go the wrong way at a tie. Here a rounded quotient is
 * computed with whole numbers (minor units) that binary holds exactly, and only where no quotient
 * comes so near to a whole number that 15 digits would hide the difference; a product that would be
 * too large is divided in two steps, thousands first, like long division by hand.
 */
#ifndef WRITERS_WORKBOOK_FORMULA_H
#define WRITERS_WORKBOOK_FORMULA_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/decimal.h"

/* A factor: how the sheet names it, and its value. */
struct factor {
    const char *text;
    int128 value; /* whole, >= 0 */
};

/* round(amount x multiplier / divisor). */
struct ratio {
    const char *amount_text; /* a cell, of at most `amount_digits` decimals */
    int amount_digits;
    struct decimal amount; /* >= 0 */
    struct factor multiplier;
    struct factor divisor; /* > 0 */
    enum rounding rounding;
};

/*
 * Writes an expression for the rounded quotient, a whole number (of the minor units that the
 * factors imply), and its result: true; or false where it can't be exact, or does not fit `size`.
 */
bool formula_ratio(const struct ratio *ratio, char *text, size_t size, int128 *result)
    __attribute__((warn_unused_result));

/* "ROUND(N6*100,0)": the cell in units of 10^-digits; "N6" for no digits. */
void formula_scaled(const char *cell, int digits, char *text, size_t size);

/* value x 10^digits where that is whole; false otherwise. */
bool decimal_scaled(struct decimal value, int digits, int128 *scaled)
    __attribute__((warn_unused_result));

#endif
