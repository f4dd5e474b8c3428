/*
 * Eight bytes of a text at once: whether any of them is a certain byte. For texts of which almost
 * none need a second look.
 */
#ifndef POLICY_TEXT_WORDS_H
#define POLICY_TEXT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { TEXT_WORD_BYTES = 8 };

#define TEXT_WORD_OF(byte) (UINT64_C(0x0101010101010101) * (uint64_t)(byte))
#define TEXT_WORD_TOPS TEXT_WORD_OF(0x80)

static inline bool text_is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* In the machine's order. */
static inline uint64_t text_word(const char *at)
{
    uint64_t word = 0;

    memcpy(&word, at, sizeof(word));
    return word;
}

/* Four bytes, in the machine's order. */
static inline uint32_t text_half_word(const char *at)
{
    uint32_t half = 0;

    memcpy(&half, at, sizeof(half));
    return half;
}

static inline uint64_t text_byte(char byte)
{
    return (unsigned char)byte;
}

/* Four bytes, the first one lowest whatever the machine's order. */
static inline uint64_t text_half_word_ordered(const char *at)
{
    return text_byte(at[0]) | text_byte(at[1]) << 8 | text_byte(at[2]) << 16 |
           text_byte(at[3]) << 24;
}

/*
 * One to eight bytes, the first one lowest whatever the machine's order, and 0 behind them, without
 * a copy of unknown size: some are loaded twice, each time to the same place.
 */
static inline uint64_t text_short_word(const char *at, size_t size)
{
    const size_t middle = size / 2;
    const size_t last = size - 1;

    if (size >= 4)
        return text_half_word_ordered(at) | text_half_word_ordered(at + size - 4) << 8 * (size - 4);
    return text_byte(at[0]) | text_byte(at[middle]) << 8 * middle | text_byte(at[last]) << 8 * last;
}

/* Not 0 where two texts differ in the words at the one place or the other. */
static inline uint64_t text_words_differ(const char *a, const char *b, size_t one, size_t other)
{
    return (text_word(a + one) ^ text_word(b + one)) |
           (text_word(a + other) ^ text_word(b + other));
}

/* Whether two texts of one size are the same; ids, of 4 to 32 bytes, are compared without a call.
 */
static inline bool text_same(const char *a, const char *b, size_t size)
{
    if (size < 4 || size > 4 * TEXT_WORD_BYTES)
        return memcmp(a, b, size) == 0;
    if (size < TEXT_WORD_BYTES)
        return text_half_word(a) == text_half_word(b) &&
               text_half_word(a + size - 4) == text_half_word(b + size - 4);
    if (size <= 2 * TEXT_WORD_BYTES)
        return text_words_differ(a, b, 0, size - TEXT_WORD_BYTES) == 0;
    return (text_words_differ(a, b, 0, TEXT_WORD_BYTES) |
            text_words_differ(a, b, size - 2 * TEXT_WORD_BYTES, size - TEXT_WORD_BYTES)) == 0;
}

/* Not 0 where a byte is `byte`. */
static inline uint64_t text_word_has(uint64_t word, unsigned char byte)
{
    const uint64_t difference = word ^ TEXT_WORD_OF(byte);

    return (difference - TEXT_WORD_OF(1)) & ~difference & TEXT_WORD_TOPS;
}

/* Whether a text has a byte that CSV quotes: a comma, a quote or a line end. Few have. */
static inline bool text_has_csv_mark(const char *at, size_t size)
{
    const char *end = at + size;

    for (; end - at >= TEXT_WORD_BYTES; at += TEXT_WORD_BYTES) {
        const uint64_t word = text_word(at);

        /* All of them are below '-'; blanks and a few others are as well. */
        if (((word - TEXT_WORD_OF('-')) & ~word & TEXT_WORD_TOPS) == 0)
            continue;
        if ((text_word_has(word, ',') | text_word_has(word, '"') | text_word_has(word, '\n') |
             text_word_has(word, '\r')) != 0)
            return true;
    }
    for (; at < end; at++)
        if (*at == ',' || *at == '"' || *at == '\n' || *at == '\r')
            return true;
    return false;
}

/* Where the one byte or the other stands first in the text; `end` where neither does. */
static inline const char *text_find_either(const char *at, const char *end, char one, char other)
{
    for (; end - at >= TEXT_WORD_BYTES; at += TEXT_WORD_BYTES) {
        const uint64_t word = text_word(at);
        const uint64_t found =
            text_word_has(word, (unsigned char)one) | text_word_has(word, (unsigned char)other);

        if (found == 0)
            continue;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        /* The lowest hit is one, whatever carries made of those above it. */
        return at + __builtin_ctzll(found) / 8;
#else
        break;
#endif
    }
    while (at < end && *at != one && *at != other)
        at++;
    return at;
}

/* Where the byte stands first in the text; `end` where it does not. For texts that are short. */
static inline const char *text_find(const char *at, const char *end, char byte)
{
    return text_find_either(at, end, byte, byte);
}

/* Not 0 where a byte is a control character below 0x20. */
static inline uint64_t text_word_control(uint64_t word)
{
    return (word - TEXT_WORD_OF(0x20)) & ~word & TEXT_WORD_TOPS;
}

/* Not 0 where a byte is a control character below 0x20, or beyond ASCII. */
static inline uint64_t text_word_odd(uint64_t word)
{
    return ((word - TEXT_WORD_OF(0x20)) | word) & TEXT_WORD_TOPS;
}

#endif
