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
    size_t room; /* without the NUL */
    size_t length;
};

static void put(struct text *text, const char *bytes, size_t size)
{
    const size_t fitting = size < text->room ? size : text->room;

    memcpy(text->at, bytes, fitting);
    text->at += fitting;
    text->room -= fitting;
    text->length += size;
}

static void put_integer(struct text *text, uint64_t magnitude, bool negative)
{
    char digits[DIGITS_MAX + 1];
    size_t first = sizeof(digits);

    do
        digits[--first] = (char)('0' + magnitude % 10);
    while ((magnitude /= 10) > 0);
    if (negative)
        digits[--first] = '-';
    put(text, digits + first, sizeof(digits) - first);
}

static void put_signed(struct text *text, int64_t value)
{
    put_integer(text, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
}

/* Whether the format goes on with that conversion; steps over it then. */
static bool takes(const char **format, const char *conversion)
{
    const size_t size = strlen(conversion);

    if (strncmp(*format, conversion, size) != 0)
        return false;
    *format += size;
    return true;
}

int text_format_list(char *to, size_t size, const char *format, va_list arguments)
{
    struct text text = {to, size > 0 ? size - 1 : 0, 0};

    while (*format != '\0') {
        const char *percent = strchrnul(format, '%');

        put(&text, format, (size_t)(percent - format));
        format = percent;
        if (*format == '\0')
            break;
        format++;
        if (takes(&format, "s")) {
            const char *string = va_arg(arguments, const char *);

            put(&text, string, strlen(string));
        } else if (takes(&format, ".*s")) {
            const int most = va_arg(arguments, int);
            const char *string = va_arg(arguments, const char *);

            put(&text, string, strnlen(string, most < 0 ? SIZE_MAX : (size_t)most));
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
            put(&text, "%", 1);
        }
    }
    if (size > 0)
        *text.at = '\0';
    return (int)text.length;
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
