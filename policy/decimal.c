/*
 * Owns the arithmetic of money: parsing, the one rounding, overflow, plain text.
 * Must not know currencies, columns or policy; reads no locale and uses no floating point.
 */
#include "policy/decimal.h"

#include <assert.h>

#include "policy/digit_pairs.h"
#include "policy/text_words.h"

#define UINT128_MAX (~(uint128)0)
#define INT128_MAX ((int128)(UINT128_MAX >> 1))

#define TEN_TO_8 UINT32_C(100000000)
#define TEN_TO_19 UINT64_C(10000000000000000000)

const int64_t decimal_powers[DECIMAL_DIGITS + 1] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000,
};

/* All that 64 bits hold. */
static const uint64_t POWERS_OF_TEN[] = {
    UINT64_C(1),
    UINT64_C(10),
    UINT64_C(100),
    UINT64_C(1000),
    UINT64_C(10000),
    UINT64_C(100000),
    UINT64_C(1000000),
    UINT64_C(10000000),
    UINT64_C(100000000),
    UINT64_C(1000000000),
    UINT64_C(10000000000),
    UINT64_C(100000000000),
    UINT64_C(1000000000000),
    UINT64_C(10000000000000),
    UINT64_C(100000000000000),
    UINT64_C(1000000000000000),
    UINT64_C(10000000000000000),
    UINT64_C(100000000000000000),
    UINT64_C(1000000000000000000),
    TEN_TO_19,
};

/* What a division left over, against half of the divisor. */
enum leftover {
    LEFTOVER_NONE,
    LEFTOVER_BELOW_HALF,
    LEFTOVER_HALF,
    LEFTOVER_ABOVE_HALF,
};

static uint128 magnitude_of(int128 units)
{
    return units < 0 ? -(uint128)units : (uint128)units;
}

/* false when the magnitude does not fit with its sign. */
static bool set_signed(uint128 magnitude, bool negative, struct decimal *out)
{
    if (magnitude > (uint128)INT128_MAX + negative)
        return false;
    out->units = (int128)(negative ? -magnitude : magnitude);
    return true;
}

/* Reads digits as far as they go; the value wraps where there are more than 19 of them. */
static inline const char *read_digits(const char *at, const char *end, uint64_t *value)
{
    uint64_t read = 0;

    for (; at < end; at++) {
        unsigned digit = (unsigned char)*at - (unsigned)'0';

        if (digit > 9)
            break;
        read = read * 10 + digit;
    }
    *value = read;
    return at;
}

/* Eight digits, of the values 0 to 9, the first one lowest. */
static inline uint64_t number_of_digits(uint64_t digits)
{
    const uint64_t pairs = digits * 10 + (digits >> 8);
    const uint64_t low = UINT64_C(0x000000FF000000FF);

    return ((pairs & low) * (100 + (UINT64_C(1000000) << 32)) +
            (pairs >> 16 & low) * (1 + (UINT64_C(10000) << 32))) >>
           32;
}

/*
 * What most amounts are, two to eight bytes at once: digits, and maybe a point between them. false,
 * with nothing changed, where the text is anything else.
 */
static inline bool parse_short(struct span text, struct decimal *out)
{
    const unsigned unused = 8 * (unsigned)(TEXT_WORD_BYTES - text.size); /* bits, below the text */
    uint64_t digits = (text_short_word(text.data, text.size) ^ TEXT_WORD_OF('0')) << unused;
    /* A carry comes only from a byte that is none itself. */
    const uint64_t others = ((digits + TEXT_WORD_OF(0x80 - 10)) | digits) & TEXT_WORD_TOPS;
    unsigned decimals = 0;

    if (others != 0) {
        const unsigned point = (unsigned)__builtin_ctzll(others) - 7; /* bits below it */

        if ((digits >> point & 0xFF) != ('.' ^ '0') || (others & (others - 1)) != 0 ||
            point == unused || point == 56)
            return false;
        decimals = 7 - point / 8;
        digits = (digits & ((UINT64_C(1) << point) - 1)) << 8 | digits >> point >> 8 << point << 8;
    }
    out->units =
        (int64_t)(number_of_digits(digits) * POWERS_OF_TEN[DECIMAL_DIGITS - (int)decimals]);
    return true;
}

enum decimal_status decimal_parse(struct span text, struct decimal *out)
{
    const char *at = text.data;
    const char *end;
    const char *start;
    uint64_t integer;
    uint64_t fraction = 0;
    ptrdiff_t integer_digits;
    ptrdiff_t decimals = 0;
    bool negative;
    int128 units;

    if (text.size == 0)
        return DECIMAL_BAD_NUMBER;
    if (text.size == 1 && *at >= '0' && *at <= '9') { /* what half of all amounts are: 0 */
        out->units = (*at - '0') * DECIMAL_ONE_UNITS;
        return DECIMAL_OK;
    }
    if (text.size <= TEXT_WORD_BYTES && parse_short(text, out))
        return DECIMAL_OK;
    end = at + text.size;
    negative = *at == '-';
    start = at + negative;
    at = read_digits(start, end, &integer);
    integer_digits = at - start;
    if (integer_digits == 0)
        return DECIMAL_BAD_NUMBER;
    if (at < end) {
        if (*at != '.')
            return DECIMAL_BAD_NUMBER;
        start = at + 1;
        at = read_digits(start, end, &fraction);
        decimals = at - start;
        if (decimals == 0 || at < end)
            return DECIMAL_BAD_NUMBER;
    }
    if (integer_digits > DECIMAL_INTEGER_DIGITS)
        return DECIMAL_OUT_OF_RANGE;
    if (decimals > DECIMAL_DIGITS)
        return DECIMAL_TOO_PRECISE;

    units = (int128)integer * DECIMAL_ONE_UNITS +
            (int128)(fraction * POWERS_OF_TEN[DECIMAL_DIGITS - decimals]);
    out->units = negative ? -units : units;
    return DECIMAL_OK;
}

struct decimal decimal_from_integer(int64_t value)
{
    return (struct decimal){(int128)value * DECIMAL_ONE_UNITS};
}

bool decimal_add(struct decimal a, struct decimal b, struct decimal *out)
{
    int128 sum;

    if (__builtin_add_overflow(a.units, b.units, &sum))
        return false;
    out->units = sum;
    return true;
}

bool decimal_subtract(struct decimal a, struct decimal b, struct decimal *out)
{
    int128 difference;

    if (__builtin_sub_overflow(a.units, b.units, &difference))
        return false;
    out->units = difference;
    return true;
}

/* remainder < divisor. */
static enum leftover leftover_of(uint128 remainder, uint128 divisor)
{
    uint128 missing = divisor - remainder;

    if (remainder == 0)
        return LEFTOVER_NONE;
    if (remainder == missing)
        return LEFTOVER_HALF;
    return remainder < missing ? LEFTOVER_BELOW_HALF : LEFTOVER_ABOVE_HALF;
}

/* Whether a truncated magnitude moves one away from zero. */
static bool rounds_away(enum rounding mode, enum leftover leftover, bool odd)
{
    switch (mode) {
    case ROUNDING_HALF_UP:
        return leftover >= LEFTOVER_HALF;
    case ROUNDING_HALF_EVEN:
        return leftover == LEFTOVER_ABOVE_HALF || (leftover == LEFTOVER_HALF && odd);
    case ROUNDING_DOWN:
        break;
    }
    return false;
}

/* *high x 2^128 + *low = a x b. */
static void multiply_wide(uint128 a, uint128 b, uint128 *high, uint128 *low)
{
    uint64_t a_high = (uint64_t)(a >> 64);
    uint64_t a_low = (uint64_t)a;
    uint64_t b_high = (uint64_t)(b >> 64);
    uint64_t b_low = (uint64_t)b;
    uint128 bottom = (uint128)a_low * b_low;
    uint128 cross = (uint128)a_high * b_low + (uint64_t)(bottom >> 64);
    uint128 cross2 = (uint128)a_low * b_high + (uint64_t)cross;

    *high = (uint128)a_high * b_high + (uint64_t)(cross >> 64) + (uint64_t)(cross2 >> 64);
    *low = (cross2 << 64) | (uint64_t)bottom;
}

/*
 * (high x 2^128 + low) / divisor, by shifting and subtracting; high < divisor <= 2^127, so that
 * quotient and remainder fit. Only products of two amounts beyond a billion come here.
 */
static uint128 divide_wide(uint128 high, uint128 low, uint128 divisor, uint128 *remainder)
{
    uint128 quotient = 0;
    int bit;

    for (bit = 127; bit >= 0; bit--) {
        high = high << 1 | (low >> bit & 1);
        quotient <<= 1;
        if (high >= divisor) {
            high -= divisor;
            quotient |= 1;
        }
    }
    *remainder = high;
    return quotient;
}

/*
 * *quotient = value x multiplier / (divisor x step), truncated, with what it leaves over; false
 * when the quotient x step is beyond 128 bits. step is a power of ten.
 */
static bool divide_product(uint128 value, uint128 multiplier, uint128 divisor, uint64_t step,
                           uint128 *quotient, enum leftover *leftover)
{
    uint128 high;
    uint128 low;
    uint128 whole;
    uint128 remainder;
    uint64_t digits;

    if (!__builtin_mul_overflow(value, multiplier, &low) &&
        !__builtin_mul_overflow(divisor, (uint128)step, &whole)) {
        *quotient = low / whole;
        *leftover = leftover_of(low - *quotient * whole, whole);
        return true;
    }

    /* Two divisions, exact together: what the first leaves over only breaks the ties of the second.
     */
    multiply_wide(value, multiplier, &high, &low);
    if (high >= divisor)
        return false;
    whole = divide_wide(high, low, divisor, &remainder);
    *quotient = whole / step;
    digits = (uint64_t)(whole - *quotient * step);
    if (step == 1)
        *leftover = leftover_of(remainder, divisor);
    else if (remainder == 0)
        *leftover = leftover_of(digits, step);
    else
        *leftover = digits < step / 2 ? LEFTOVER_BELOW_HALF : LEFTOVER_ABOVE_HALF;
    return true;
}

bool decimal_multiply_divide(struct decimal value, int128 multiplier, int128 divisor, int digits,
                             enum rounding mode, struct decimal *out)
{
    uint128 magnitude;
    uint64_t step;
    enum leftover leftover;

    assert(multiplier >= 0 && divisor > 0);
    assert(digits >= 0 && digits <= DECIMAL_DIGITS);

    step = POWERS_OF_TEN[DECIMAL_DIGITS - digits];
    if (!divide_product(magnitude_of(value.units), (uint128)multiplier, (uint128)divisor, step,
                        &magnitude, &leftover))
        return false;
    magnitude += rounds_away(mode, leftover, magnitude & 1);
    if (__builtin_mul_overflow(magnitude, (uint128)step, &magnitude))
        return false;
    return set_signed(magnitude, value.units < 0, out);
}

bool decimal_multiply2_divide(struct decimal value, int64_t a, int64_t b, int64_t divisor,
                              int digits, enum rounding mode, struct decimal *out)
{
    assert(a >= 0 && b >= 0);
    return decimal_multiply_divide(value, (int128)a * b, divisor, digits, mode, out);
}

bool decimal_round(struct decimal value, int digits, enum rounding mode, struct decimal *out)
{
    if (decimal_fits_digits(value, digits)) {
        *out = value;
        return true;
    }
    return decimal_multiply_divide(value, 1, 1, digits, mode, out);
}

bool decimal_fits_digits(struct decimal value, int digits)
{
    uint128 magnitude = magnitude_of(value.units);
    uint64_t step;

    assert(digits >= 0 && digits <= DECIMAL_DIGITS);
    step = POWERS_OF_TEN[DECIMAL_DIGITS - digits];
    if (magnitude == 0)
        return true;
    if (magnitude <= UINT64_MAX)
        return (uint64_t)magnitude % step == 0;
    return magnitude % step == 0;
}

/* Writes exactly `count` digits, zeros in front. */
static char *put_padded(char *at, uint64_t value, unsigned count)
{
    char *to = at + count;

    while (to - at >= 2) {
        to -= 2;
        (void)digit_pair_put(to, value % 100);
        value /= 100;
    }
    if (to > at)
        *at = (char)('0' + value % 10);
    return at + count;
}

static char *put_integer(char *at, uint64_t value)
{
    /* 1233 / 4096 is log10(2) closely enough for 64 bits; the comparison settles the last digit. */
    unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
    unsigned guess = bits * 1233 >> 12;

    return put_padded(at, value, guess + (value >= POWERS_OF_TEN[guess]) + (value == 0));
}

/* Writes 10 decimals without the trailing zeros beyond digits_min, with their point, if any. */
static char *put_decimals(char *at, uint64_t fraction, int digits_min)
{
    uint64_t rest = fraction % TEN_TO_8;
    int digits = 2;

    if (fraction == 0 && digits_min == 0)
        return at;
    *at++ = '.';
    (void)digit_pair_put(at, fraction / TEN_TO_8);
    if (rest != 0)
        digits = DECIMAL_DIGITS;
    else if (digits_min > digits)
        digits = digits_min;
    if (digits > 2)
        put_padded(at + 2, rest, DECIMAL_DIGITS - 2);
    while (digits > digits_min && at[digits - 1] == '0')
        digits--;
    return at + digits;
}

size_t decimal_format(struct decimal value, int digits_min, char text[DECIMAL_TEXT_MAX])
{
    uint128 magnitude = magnitude_of(value.units);
    uint64_t fraction;
    char *at = text;

    assert(digits_min >= 0 && digits_min <= DECIMAL_DIGITS);
    *at = '-';
    at += value.units < 0;
    if (magnitude <= UINT64_MAX) {
        at = put_integer(at, (uint64_t)magnitude / DECIMAL_ONE_UNITS);
        fraction = (uint64_t)magnitude % DECIMAL_ONE_UNITS;
    } else {
        uint128 integer = magnitude / DECIMAL_ONE_UNITS;

        fraction = (uint64_t)(magnitude - integer * DECIMAL_ONE_UNITS);
        if (integer <= UINT64_MAX) {
            at = put_integer(at, (uint64_t)integer);
        } else {
            at = put_integer(at, (uint64_t)(integer / TEN_TO_19));
            at = put_padded(at, (uint64_t)(integer % TEN_TO_19), 19);
        }
    }
    at = put_decimals(at, fraction, digits_min);
    *at = '\0';
    return (size_t)(at - text);
}
