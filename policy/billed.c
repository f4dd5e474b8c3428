/*
 * Owns the arithmetic of billed amounts: parsing with exponents, sums, spelling.
 * Must not know what is billed.
 */
#include "policy/billed.h"

#include <string.h>

#include "policy/text_words.h"

enum {
    EXPONENT_MAX = 1000000, /* clamped: any further is out of range or too precise anyway */
    DIGITS_MAX = DECIMAL_INTEGER_DIGITS + BILLED_DIGITS,
    PER_DECIMAL = BILLED_DIGITS - DECIMAL_DIGITS,
};

static int128 power_of_ten(int exponent)
{
    int128 power = 1;

    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* The text cut into its parts. Digits are counted without zeros in front. */
struct number {
    bool negative;
    const char *whole;
    size_t whole_size;
    const char *fraction;
    size_t fraction_size;
    long exponent;
};

static size_t digits_at(struct span text, size_t at)
{
    size_t end = at;

    while (end < text.size && text_is_digit(text.data[end]))
        end++;
    return end - at;
}

static bool split_exponent(struct span text, size_t at, struct number *number)
{
    bool negative = false;
    long value = 0;

    if (at < text.size && (text.data[at] == '+' || text.data[at] == '-'))
        negative = text.data[at++] == '-';
    if (digits_at(text, at) == 0 || at + digits_at(text, at) != text.size)
        return false;
    for (; at < text.size; at++)
        if (value < EXPONENT_MAX)
            value = value * 10 + (text.data[at] - '0');
    number->exponent = negative ? -value : value;
    return true;
}

static bool split(struct span text, struct number *number)
{
    size_t at = 0;

    *number = (struct number){0};
    if (at < text.size && text.data[at] == '-') {
        number->negative = true;
        at++;
    }
    number->whole = text.data + at;
    number->whole_size = digits_at(text, at);
    if (number->whole_size == 0)
        return false;
    at += number->whole_size;
    if (at < text.size && text.data[at] == '.') {
        number->fraction = text.data + at + 1;
        number->fraction_size = digits_at(text, at + 1);
        if (number->fraction_size == 0)
            return false;
        at += 1 + number->fraction_size;
    }
    if (at == text.size)
        return true;
    if (text.data[at] != 'e' && text.data[at] != 'E')
        return false;
    return split_exponent(text, at + 1, number);
}

static char digit_of(const struct number *number, size_t index)
{
    return index < number->whole_size ? number->whole[index]
                                      : number->fraction[index - number->whole_size];
}

enum reject_reason billed_parse(struct span text, struct billed *out)
{
    struct number number;
    size_t first = 0;
    size_t end;
    long point; /* how many of the digits from `first` on stand before the point */
    int128 value = 0;

    if (!split(text, &number))
        return REJECT_BAD_NUMBER;
    end = number.whole_size + number.fraction_size;
    while (first < end && digit_of(&number, first) == '0')
        first++;
    while (end > first && digit_of(&number, end - 1) == '0')
        end--;
    if (first == end) {
        *out = (struct billed){0};
        return REJECT_NONE;
    }
    point = (long)number.whole_size - (long)first + number.exponent;
    if (point > DECIMAL_INTEGER_DIGITS)
        return REJECT_OUT_OF_RANGE;
    if ((long)(end - first) - point > BILLED_DIGITS)
        return REJECT_TOO_PRECISE;
    for (size_t i = first; i < end; i++)
        value = value * 10 + (digit_of(&number, i) - '0');
    value *= power_of_ten((int)(BILLED_DIGITS + point - (long)(end - first)));
    out->atoms = number.negative ? -value : value;
    return REJECT_NONE;
}

bool billed_add(struct billed *sum, struct billed amount)
{
    int128 result;

    if (__builtin_add_overflow(sum->atoms, amount.atoms, &result))
        return false;
    sum->atoms = result;
    return true;
}

struct decimal billed_to_decimal(struct billed amount)
{
    const int128 unit = power_of_ten(PER_DECIMAL);
    int128 quotient = amount.atoms / unit;
    int128 rest = amount.atoms % unit;

    if (rest >= unit / 2)
        quotient++;
    else if (rest <= -(unit / 2))
        quotient--;
    return (struct decimal){quotient};
}

struct billed billed_from_decimal(struct decimal amount)
{
    return (struct billed){amount.units * power_of_ten(PER_DECIMAL)};
}

size_t billed_format(struct billed amount, int digits_min, char text[BILLED_TEXT_MAX])
{
    uint128 rest = amount.atoms < 0 ? -(uint128)amount.atoms : (uint128)amount.atoms;
    char reversed[BILLED_TEXT_MAX];
    size_t size = 0;
    size_t length = 0;
    int decimals = BILLED_DIGITS;

    while (decimals > digits_min && rest % 10 == 0) {
        rest /= 10;
        decimals--;
    }
    for (int i = 0; i < decimals; i++, rest /= 10)
        reversed[size++] = (char)('0' + (int)(rest % 10));
    if (decimals > 0)
        reversed[size++] = '.';
    do {
        reversed[size++] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest > 0);
    if (amount.atoms < 0)
        text[length++] = '-';
    while (size > 0)
        text[length++] = reversed[--size];
    text[length] = '\0';
    return length;
}
