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
 * The rounded quotient, a whole number (of the minor units that the factors imply), and how it is
 * divided: *split is 0 for one division, or where the amount is parted. False where it can't be
 * exact. Texts are not looked at.
 */
bool formula_ratio_solve(const struct ratio *ratio, int *split, int128 *result)
    __attribute__((warn_unused_result));

/* The same as an expression; false where it does not fit `size`. Values are not looked at. */
bool formula_ratio_text(const struct ratio *ratio, int split, char *text, size_t size)
    __attribute__((warn_unused_result));

/* "ROUND(N6*100,0)": the cell in units of 10^-digits; "N6" for no digits. */
void formula_scaled(const char *cell, int digits, char *text, size_t size);

/* value x 10^digits where that is whole; false otherwise. */
bool decimal_scaled(struct decimal value, int digits, int128 *scaled)
    __attribute__((warn_unused_result));

#endif
