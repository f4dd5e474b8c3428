/*
 * Owns the reading of a format. Must not know what texts are for.
 */
#include "writers/text_format.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { DIGITS_MAX = 20 };

struct text {
    char *at;
    char *end;   /* where the NUL stands at the latest */
    size_t lost; /* bytes without room */
};

/* The text's end is handed over, so that it may stay in a register. */
static inline char *put_byte(struct text *text, char *at, char byte)
{
    if (at == text->end)
        text->lost++;
    else
        *at++ = byte;
    return at;
}

static void put_integer(struct text *text, uint64_t magnitude, bool negative)
{
    char digits[DIGITS_MAX + 1];
    size_t first = sizeof(digits);
    char *at = text->at;

    do
        digits[--first] = (char)('0' + magnitude % 10);
    while ((magnitude /= 10) > 0);
    if (negative)
        digits[--first] = '-';
    while (first < sizeof(digits))
        at = put_byte(text, at, digits[first++]);
    text->at = at;
}

/* Byte by byte: most are names of cells, for which a call would take longer. */
static void put_string(struct text *text, const char *string, size_t most)
{
    char *at = text->at;

    for (; most > 0 && *string != '\0'; most--)
        at = put_byte(text, at, *string++);
    text->at = at;
}

static void put_signed(struct text *text, int64_t value)
{
    put_integer(text, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
}

/* Whether the format goes on with that conversion; steps over it then. */
static inline bool takes(const char **format, const char *conversion)
{
    const size_t size = strlen(conversion);

    if (strncmp(*format, conversion, size) != 0)
        return false;
    *format += size;
    return true;
}

int text_format_list(char *to, size_t size, const char *format, va_list arguments)
{
    struct text text = {to, size > 0 ? to + size - 1 : to, 0};

    while (*format != '\0') {
        const char byte = *format++;

        if (byte != '%') {
            text.at = put_byte(&text, text.at, byte);
        } else if (takes(&format, "s")) {
            put_string(&text, va_arg(arguments, const char *), SIZE_MAX);
        } else if (takes(&format, ".*s")) {
            const int most = va_arg(arguments, int);

            put_string(&text, va_arg(arguments, const char *), most < 0 ? SIZE_MAX : (size_t)most);
        } else if (takes(&format, "d")) {
            put_signed(&text, va_arg(arguments, int));
        } else if (takes(&format, "ld")) {
            put_signed(&text, va_arg(arguments, long));
        } else if (takes(&format, "lld")) {
            put_signed(&text, va_arg(arguments, long long));
        } else if (takes(&format, "u")) {
            put_integer(&text, va_arg(arguments, unsigned), false);
        } else if (takes(&format, "zu")) {
            put_integer(&text, va_arg(arguments, size_t), false);
        } else {
            const bool percent_sign = takes(&format, "%");

            assert(percent_sign);
            text.at = put_byte(&text, text.at, '%');
        }
    }
    if (size > 0)
        *text.at = '\0';
    return (int)((size_t)(text.at - to) + text.lost);
}

int text_format(char *text, size_t size, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = text_format_list(text, size, format, arguments);
    va_end(arguments);
    return length;
}
