/*
 * Owns the making of an explanation's text: instants, durations, amounts, fractions. Knows no rule.
 */
#include "policy/explanation.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { NOTE_BYTES_MAX = 8192, INTEGER_TEXT_MAX = 48 };

static struct span keep(struct notebook *book, struct span text)
{
    struct span kept = {"", 0};

    if (!book->failed && arena_copy(book->arena, text, &kept) != 0)
        book->failed = true;
    return kept;
}

struct span note_text(struct notebook *book, const char *format, ...)
{
    char text[NOTE_BYTES_MAX];
    va_list arguments;
    int size = 0;

    va_start(arguments, format);
    size = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    assert(size >= 0);
    return keep(book,
                (struct span){text, (size_t)size < sizeof(text) ? (size_t)size : sizeof(text) - 1});
}

struct span note_instant(struct notebook *book, int64_t instant)
{
    char text[INSTANT_TEXT_MAX];

    if (instant == INSTANT_NONE)
        return (struct span){"(empty)", 7};
    return keep(book, (struct span){text, instant_format(instant, book->utc_offset_seconds, text)});
}

struct span note_duration(struct notebook *book, int64_t seconds)
{
    const int64_t all = seconds < 0 ? -seconds : seconds;
    const long long days = all / SECONDS_PER_DAY;
    const int rest = (int)(all % SECONDS_PER_DAY);

    if (days == 0)
        return note_text(book, "%02d:%02d:%02d", rest / 3600, rest / 60 % 60, rest % 60);
    return note_text(book, "%lld day%s %02d:%02d:%02d", days, days == 1 ? "" : "s", rest / 3600,
                     rest / 60 % 60, rest % 60);
}

struct span note_decimal(struct notebook *book, struct decimal value, int digits)
{
    char text[DECIMAL_TEXT_MAX];

    return keep(book, (struct span){text, decimal_format(value, digits, text)});
}

struct span note_money(struct notebook *book, int currency, struct decimal amount)
{
    char text[DECIMAL_TEXT_MAX];

    (void)decimal_format(amount, currency_digits(currency), text);
    return note_text(book, "%s %s", currency_code(currency), text);
}

static uint128 greatest_divisor(uint128 a, uint128 b)
{
    while (b != 0) {
        uint128 rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static const char *integer_text(uint128 value, char text[INTEGER_TEXT_MAX])
{
    char *at = text + INTEGER_TEXT_MAX - 1;

    *at = '\0';
    do
        *--at = (char)('0' + (int)(value % 10));
    while ((value /= 10) > 0);
    return at;
}

/* Whether the fraction, in lowest terms, ends within the decimals that a value holds. */
static bool ends(uint128 divisor)
{
    return (uint128)DECIMAL_ONE_UNITS % divisor == 0;
}

struct span note_fraction(struct notebook *book, struct decimal value, int64_t a, int64_t b,
                          int128 divisor)
{
    uint128 factors[3] = {(uint128)value.units, (uint128)a, (uint128)b};
    uint128 divisors[2] = {(uint128)DECIMAL_ONE_UNITS, (uint128)divisor};
    uint128 numerator = 1;
    uint128 denominator = 1;
    char top[INTEGER_TEXT_MAX];
    char bottom[INTEGER_TEXT_MAX];
    char decimal[DECIMAL_TEXT_MAX];
    struct decimal cut = DECIMAL_ZERO;
    int128 product = 0;

    assert(value.units >= 0 && a >= 0 && b >= 0 && divisor > 0);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 2; j++) {
            uint128 common = greatest_divisor(factors[i], divisors[j]);

            factors[i] /= common;
            divisors[j] /= common;
        }
    if (factors[0] == 0 || factors[1] == 0 || factors[2] == 0)
        return note_text(book, "0");
    if (__builtin_mul_overflow((int128)factors[1], (int128)factors[2], &product) ||
        !decimal_multiply_divide(value, (int128)((uint128)a * (uint128)b), divisor, DECIMAL_DIGITS,
                                 ROUNDING_DOWN, &cut))
        return note_text(book, "too long to write out");
    (void)decimal_format(cut, 0, decimal);
    if (__builtin_mul_overflow((uint128)product, factors[0], &numerator) ||
        __builtin_mul_overflow(divisors[0], divisors[1], &denominator))
        return note_text(book, "%s...", decimal);
    if (denominator == 1)
        return note_text(book, "%s", decimal);
    return note_text(book, "%s/%s = %s%s", integer_text(numerator, top),
                     integer_text(denominator, bottom), decimal, ends(denominator) ? "" : "...");
}

struct span note_rounding(struct notebook *book, enum rounding rounding, int digits)
{
    static const char *const WORDS[] = {
        [ROUNDING_HALF_UP] = "half away from zero",
        [ROUNDING_HALF_EVEN] = "half to even",
        [ROUNDING_DOWN] = "towards zero",
    };

    return note_text(book, "rounded once, %s, to %d decimal%s", WORDS[rounding], digits,
                     digits == 1 ? "" : "s");
}

void explanation_check(struct explanation *explanation, const struct explained_check *check)
{
    assert(explanation->check_count < EXPLAINED_CHECKS_MAX);
    explanation->checks[explanation->check_count++] = *check;
}

void explanation_step(struct explanation *explanation, const struct explained_step *step)
{
    assert(explanation->step_count < EXPLAINED_STEPS_MAX);
    explanation->steps[explanation->step_count++] = *step;
}

void explanation_note(struct explanation *explanation, struct span note)
{
    if (explanation->note_count < EXPLAINED_NOTES_MAX)
        explanation->notes[explanation->note_count++] = note;
}

void explanation_source(struct explanation *explanation, enum input input, const void *record)
{
    if (record == NULL)
        return;
    for (size_t i = 0; i < explanation->source_count; i++)
        if (explanation->sources[i].record == record)
            return;
    if (explanation->source_count < EXPLAINED_SOURCES_MAX)
        explanation->sources[explanation->source_count++] =
            (struct explained_source){input, record};
}

void explanation_bar(struct explanation *explanation, const struct explained_bar *bar)
{
    if (explanation->bar_count < EXPLAINED_BARS_MAX)
        explanation->bars[explanation->bar_count++] = *bar;
    else
        explanation->bars_left_out++;
}
