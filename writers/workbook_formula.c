/*
 * Owns exact division in spreadsheet formulas.
 * Must not know refunds or sheets.
 */
#include "writers/workbook_formula.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "writers/text_format.h"

/*
 * Whole numbers below this are exact in binary, with room for a sum. A quotient of whole numbers
 * a / b lies at least 1 / b from the next whole number; INT sees it where 15 digits reach that far.
 */
#define EXACT_END ((int128)1 << 52)
#define QUOTIENT_DIGITS_END ((int128)INT64_C(100000000000000)) /* 10^14 */

/* Results must survive being shown with 15 digits. */
#define RESULT_END ((int128)INT64_C(1000000000000000)) /* 10^15 */

/* A cell scaled by 10^digits must come out of one ROUND of a binary product. */
#define SCALED_END ((int128)INT64_C(10000000000000)) /* 10^13 */

enum { SPLIT_DIGITS_MAX = 8, PART_BYTES_MAX = 640 };

bool decimal_scaled(struct decimal value, int digits, int128 *scaled)
{
    assert(digits >= 0 && digits <= DECIMAL_DIGITS);
    if (!decimal_fits_digits(value, digits))
        return false;
    *scaled = value.units / decimal_powers[DECIMAL_DIGITS - digits];
    return true;
}

void formula_scaled(const char *cell, int digits, char *text, size_t size)
{
    if (digits == 0)
        text_format(text, size, "%s", cell);
    else
        text_format(text, size, "ROUND(%s*%lld,0)", cell, (long long)decimal_powers[digits]);
}

/* Whether INT(numerator / divisor) and MOD of them are exact. */
static bool division_is_exact(int128 numerator, int128 divisor)
{
    int128 reach = divisor; /* x the power of ten at the front of the quotient */

    for (int128 quotient = numerator / divisor; quotient >= 10; quotient /= 10)
        reach *= 10;
    return numerator < EXACT_END && reach <= QUOTIENT_DIGITS_END;
}

/* Rounds numerator / divisor; false where an intermediate is too large for the sheet. */
static bool round_quotient(int128 numerator, int128 divisor, enum rounding rounding, int128 *result)
{
    int128 doubled = 2 * numerator + divisor;

    switch (rounding) {
    case ROUNDING_DOWN:
        *result = numerator / divisor;
        return division_is_exact(numerator, divisor);
    case ROUNDING_HALF_UP:
        *result = doubled / (2 * divisor);
        return division_is_exact(doubled, 2 * divisor);
    case ROUNDING_HALF_EVEN:
        *result = doubled / (2 * divisor) - (doubled % (4 * divisor) == 2 * divisor);
        return division_is_exact(doubled, 2 * divisor) && division_is_exact(doubled, 4 * divisor);
    }
    assert(!"a rounding mode");
    return false;
}

/* The same as an expression. */
static int quotient_text(const char *numerator, const char *divisor, enum rounding rounding,
                         char *text, size_t size)
{
    switch (rounding) {
    case ROUNDING_DOWN:
        return text_format(text, size, "INT((%s)/%s)", numerator, divisor);
    case ROUNDING_HALF_UP:
        return text_format(text, size, "INT((2*(%s)+%s)/(2*%s))", numerator, divisor, divisor);
    case ROUNDING_HALF_EVEN:
        return text_format(text, size, "(INT((2*(%s)+%s)/(2*%s))-IF(MOD(2*(%s)+%s,4*%s)=2*%s,1,0))",
                           numerator, divisor, divisor, numerator, divisor, divisor, divisor);
    }
    assert(!"a rounding mode");
    return -1;
}

static bool fits(int length, size_t size)
{
    return length >= 0 && (size_t)length < size;
}

/* One division: amount x multiplier is small. */
static bool direct_text(const struct ratio *ratio, char *text, size_t size)
{
    char scaled[PART_BYTES_MAX];
    char numerator[PART_BYTES_MAX];

    formula_scaled(ratio->amount_text, ratio->amount_digits, scaled, sizeof(scaled));
    return fits(text_format(numerator, sizeof(numerator), "%s*%s", scaled, ratio->multiplier.text),
                sizeof(numerator)) &&
           fits(quotient_text(numerator, ratio->divisor.text, ratio->rounding, text, size), size);
}

/*
 * Long division in two steps: amount = high x 10^k + low, and
 *     high x multiplier = whole x divisor + rest
 *     amount x multiplier / divisor = whole x 10^k + (rest x 10^k + low x multiplier) / divisor
 * 10^k is even, so that half_even may look at the second quotient alone.
 */
static bool solve_split(const struct ratio *ratio, int128 amount, int split, int128 *result)
{
    const int64_t unit = decimal_powers[split];
    const int128 high = amount / unit, low = amount % unit;
    const int128 product = high * ratio->multiplier.value;
    const int128 rest = product % ratio->divisor.value;
    int128 second;

    if (!division_is_exact(product, ratio->divisor.value) ||
        !round_quotient(rest * unit + low * ratio->multiplier.value, ratio->divisor.value,
                        ratio->rounding, &second))
        return false;
    *result = product / ratio->divisor.value * unit + second;
    return true;
}

static bool split_text(const struct ratio *ratio, int split, char *text, size_t size)
{
    const int64_t unit = decimal_powers[split];
    const int64_t step =
        decimal_powers[split - ratio->amount_digits]; /* the same in the cell's terms */
    const char *cell = ratio->amount_text;
    const char *multiplier = ratio->multiplier.text, *divisor = ratio->divisor.text;
    char scaled[PART_BYTES_MAX], numerator[PART_BYTES_MAX], quotient[2 * PART_BYTES_MAX];

    formula_scaled(cell, ratio->amount_digits, scaled, sizeof(scaled));
    if (!fits(text_format(numerator, sizeof(numerator),
                          "MOD(INT(%s/%lld)*%s,%s)*%lld+(%s-INT(%s/%lld)*%lld)*%s", cell,
                          (long long)step, multiplier, divisor, (long long)unit, scaled, cell,
                          (long long)step, (long long)unit, multiplier),
              sizeof(numerator)) ||
        !fits(quotient_text(numerator, divisor, ratio->rounding, quotient, sizeof(quotient)),
              sizeof(quotient)))
        return false;
    return fits(text_format(text, size, "(INT(INT(%s/%lld)*%s/%s)*%lld+%s)", cell, (long long)step,
                            multiplier, divisor, (long long)unit, quotient),
                size);
}

bool formula_ratio_solve(const struct ratio *ratio, int *split, int128 *result)
{
    int128 amount;

    assert(ratio->divisor.value > 0);
    if (!decimal_scaled(ratio->amount, ratio->amount_digits, &amount) || amount >= SCALED_END ||
        ratio->multiplier.value >= EXACT_END || ratio->divisor.value >= QUOTIENT_DIGITS_END)
        return false;
    *split = 0;
    if (round_quotient(amount * ratio->multiplier.value, ratio->divisor.value, ratio->rounding,
                       result))
        return *result < RESULT_END;
    /* The larger the unit, the smaller the first product and the larger the second numerator. */
    for (*split = ratio->amount_digits > 0 ? ratio->amount_digits + 1 : 1;
         *split <= SPLIT_DIGITS_MAX &&
         decimal_powers[*split - ratio->amount_digits] <= decimal_powers[8];
         ++*split)
        if (solve_split(ratio, amount, *split, result))
            return *result < RESULT_END;
    return false;
}

bool formula_ratio_text(const struct ratio *ratio, int split, char *text, size_t size)
{
    return split == 0 ? direct_text(ratio, text, size) : split_text(ratio, split, text, size);
}
