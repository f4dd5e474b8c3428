/*
 * Owns the way from exact decimals to the binary numbers of cells. A decimal of at most 15
 * significant digits survives it both ways; nothing longer is let through.
 * Must not know sheets.
 */
#include <assert.h>

#include "policy/civil.h"
#include "writers/workbook_parts.h"

enum { EXCEL_DAY_OF_1970 = 25569 };

#define MANTISSA_END INT64_C(1000000000000000) /* 10^15 */

/* The value as mantissa / 10^digits with at most 15 digits; false where there is none. */
static bool mantissa_of(struct decimal value, int64_t *mantissa, int *digits)
{
    int128 units = value.units;
    int left = DECIMAL_DIGITS;

    if (units % decimal_powers[8] == 0) {
        units /= decimal_powers[8];
        left -= 8;
    }
    while ((units >= MANTISSA_END || units <= -MANTISSA_END) && left > 0 && units % 10 == 0) {
        units /= 10;
        left--;
    }
    if (units >= MANTISSA_END || units <= -MANTISSA_END)
        return false;
    *mantissa = (int64_t)units;
    *digits = left;
    return true;
}

bool workbook_number_fits(struct decimal value)
{
    int64_t mantissa;
    int digits;

    return mantissa_of(value, &mantissa, &digits);
}

/* Both are exact in binary, so the one division rounds correctly. */
double workbook_number(struct decimal value)
{
    int64_t mantissa = 0;
    int digits = 0;
    bool fits = mantissa_of(value, &mantissa, &digits);

    assert(fits);
    return (double)mantissa / (double)decimal_powers[digits];
}

struct decimal workbook_day(int64_t days)
{
    return decimal_from_integer(days + EXCEL_DAY_OF_1970);
}

/* As many decimals of a day as 15 digits leave room for: ten until the year 2173. */
struct decimal workbook_date(int64_t instant, int utc_offset_seconds)
{
    int64_t days = civil_day_of(instant, utc_offset_seconds);
    int64_t seconds = instant - civil_day_start(days, utc_offset_seconds);
    struct decimal date = workbook_day(days);
    int digits = days + EXCEL_DAY_OF_1970 < 100000 ? 10 : days < 900000 ? 9 : 8;
    struct decimal part;
    bool fits = decimal_multiply_divide(decimal_from_integer(seconds), 1, SECONDS_PER_DAY, digits,
                                        ROUNDING_HALF_UP, &part);

    fits = fits && decimal_add(date, part, &date);
    assert(fits && workbook_number_fits(date));
    return date;
}
