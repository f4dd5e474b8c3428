/*
 * Owns what the value of each column type may look like.
 * Must not know which columns there are.
 */
#include "readers/fields.h"

#include <stdint.h>

#include "policy/civil.h"
#include "policy/currency.h"
#include "policy/decimal.h"
#include "policy/text_words.h"

/* Whether eight bytes are all in ASCII and neither control characters nor DEL. */
static inline bool eight_are_printable(const char *text)
{
    const uint64_t word = text_word(text);

    return (text_word_odd(word) | text_word_has(word, 0x7F)) == 0;
}

/* How many bytes the sequence behind `lead` has in all, and the bounds of its second byte. */
struct sequence {
    unsigned char size; /* 0: no such lead byte */
    unsigned char second_min;
    unsigned char second_max;
};

/* The Unicode Standard, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF. */
static struct sequence sequence_of(unsigned char lead)
{
    if (lead >= 0xC2 && lead <= 0xDF)
        return (struct sequence){2, 0x80, 0xBF};
    if (lead == 0xE0)
        return (struct sequence){3, 0xA0, 0xBF};
    if (lead == 0xED)
        return (struct sequence){3, 0x80, 0x9F};
    if (lead >= 0xE1 && lead <= 0xEF)
        return (struct sequence){3, 0x80, 0xBF};
    if (lead == 0xF0)
        return (struct sequence){4, 0x90, 0xBF};
    if (lead >= 0xF1 && lead <= 0xF3)
        return (struct sequence){4, 0x80, 0xBF};
    if (lead == 0xF4)
        return (struct sequence){4, 0x80, 0x8F};
    return (struct sequence){0, 0, 0};
}

/* The size of the well-formed sequence at `at`; 0 when it is none. */
static size_t sequence_size(const unsigned char *at, size_t left)
{
    struct sequence sequence = sequence_of(at[0]);
    size_t i;

    if (sequence.size == 0 || sequence.size > left)
        return 0;
    if (at[1] < sequence.second_min || at[1] > sequence.second_max)
        return 0;
    for (i = 2; i < sequence.size; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    }
    return sequence.size;
}

bool text_is_good(struct span text, bool tab_and_line_ends_allowed)
{
    size_t at = 0;

    while (at < text.size) {
        unsigned char byte = (unsigned char)text.data[at];

        if (text.size - at >= TEXT_WORD_BYTES && eight_are_printable(text.data + at)) {
            at += TEXT_WORD_BYTES;
        } else if (byte >= 0x80) {
            size_t size = sequence_size((const unsigned char *)text.data + at, text.size - at);

            if (size == 0)
                return false;
            at += size;
        } else {
            if (byte == 0x7F)
                return false;
            if (byte < ' ' &&
                !(tab_and_line_ends_allowed && (byte == '\t' || byte == '\r' || byte == '\n')))
                return false;
            at++;
        }
    }
    return true;
}

static inline enum reject_reason parse_text(struct span cell, bool plain, bool is_long,
                                            struct span *out)
{
    if (cell.size > (is_long ? LONG_TEXT_BYTES_MAX : TEXT_BYTES_MAX))
        return REJECT_TOO_LONG;
    if (!plain && !text_is_good(cell, is_long))
        return REJECT_BAD_TEXT;
    *out = cell;
    return REJECT_NONE;
}

/* In place: a copy of what has just been written in halves is waited for. */
static inline enum reject_reason parse_amount(struct span cell, struct decimal *out)
{
    switch (decimal_parse(cell, out)) {
    case DECIMAL_OK:
        break;
    case DECIMAL_BAD_NUMBER:
        return REJECT_BAD_NUMBER;
    case DECIMAL_OUT_OF_RANGE:
        return REJECT_OUT_OF_RANGE;
    case DECIMAL_TOO_PRECISE:
        return REJECT_TOO_PRECISE;
    }
    if (out->units >= 0)
        return REJECT_NONE;
    *out = DECIMAL_ZERO;
    return REJECT_NEGATIVE;
}

/* -?[0-9]+, of which no more digits are in range than a decimal may have. */
static enum reject_reason parse_count(struct span cell, int32_t *out)
{
    bool negative = cell.data[0] == '-';
    size_t digits = cell.size - negative;
    int64_t value = 0;
    size_t i;

    if (digits == 0)
        return REJECT_BAD_NUMBER;
    for (i = negative; i < cell.size; i++) {
        unsigned digit = (unsigned char)cell.data[i] - (unsigned)'0';

        if (digit > 9)
            return REJECT_BAD_NUMBER;
        if (digits <= DECIMAL_INTEGER_DIGITS)
            value = value * 10 + digit;
    }
    if (digits > DECIMAL_INTEGER_DIGITS || negative || value < TERM_COUNT_MIN ||
        value > TERM_COUNT_MAX)
        return REJECT_OUT_OF_RANGE;
    *out = (int32_t)value;
    return REJECT_NONE;
}

static enum reject_reason instant_reason(enum instant_status status)
{
    switch (status) {
    case INSTANT_OK:
        break;
    case INSTANT_OUT_OF_RANGE:
        return REJECT_OUT_OF_RANGE;
    case INSTANT_BAD:
        return REJECT_BAD_TIMESTAMP;
    }
    return REJECT_NONE;
}

/* Whether the cell is the word of `size` lower-case letters, in either case. */
static inline bool is_word(struct span cell, const char *word, size_t size)
{
    if (cell.size != size)
        return false;
    for (size_t i = 0; i < size; i++) /* this bit makes letters of those letters alone */
        if ((cell.data[i] | ('a' ^ 'A')) != word[i])
            return false;
    return true;
}

static inline enum reject_reason parse_boolean(struct span cell, bool *out)
{
    if (is_word(cell, "true", 4) || is_word(cell, "yes", 3) || span_is(cell, "1"))
        *out = true;
    else if (is_word(cell, "false", 5) || is_word(cell, "no", 2) || span_is(cell, "0"))
        *out = false;
    else
        return REJECT_BAD_BOOLEAN;
    return REJECT_NONE;
}

static enum reject_reason parse_name(const struct enumeration *values, struct span cell,
                                     int32_t *out)
{
    int value = enumeration_find(values, cell);

    if (value == 0)
        return REJECT_UNKNOWN_VALUE;
    *out = value;
    return REJECT_NONE;
}

static enum reject_reason parse_currency(struct span cell, int32_t *out)
{
    int currency = currency_find(cell);

    if (currency == CURRENCY_NONE)
        return REJECT_UNKNOWN_VALUE;
    *out = currency;
    return REJECT_NONE;
}

static inline enum reject_reason parse(const struct column *column, struct span cell, bool plain,
                                       int utc_offset_seconds, struct written_date *last_date,
                                       void *record)
{
    void *member = (char *)record + column->offset;

    switch (column->type) {
    case COLUMN_TEXT:
        return parse_text(cell, plain, false, member);
    case COLUMN_LONG_TEXT:
        return parse_text(cell, plain, true, member);
    case COLUMN_AMOUNT:
        return parse_amount(cell, member);
    case COLUMN_COUNT:
        return parse_count(cell, member);
    case COLUMN_INSTANT:
        return instant_reason(instant_parse_after(cell, utc_offset_seconds, last_date, member));
    case COLUMN_DATE:
        return instant_reason(date_parse(cell, member));
    case COLUMN_BOOLEAN:
        return parse_boolean(cell, member);
    case COLUMN_ENUM:
        return parse_name(column->values, cell, member);
    case COLUMN_CURRENCY:
        return parse_currency(cell, member);
    }
    return REJECT_NONE;
}

void fields_parse(const struct bound_column *columns, int count, const struct csv_row *row,
                  int utc_offset_seconds, void *record, struct verdict *verdict)
{
    const struct span *fields = row->fields;
    const bool plain = row->plain;
    struct written_date last_date = {"1970-01-01", 0};

    for (int i = 0; i < count; i++) {
        const struct column *column = columns[i].column;
        const struct span cell = fields[columns[i].field];
        enum reject_reason reason;

        if (cell.size > 0)
            reason = parse(column, cell, plain, utc_offset_seconds, &last_date, record);
        else
            reason = column->required ? REJECT_MISSING_VALUE : REJECT_NONE;
        if (reason == REJECT_NONE)
            continue;
        verdict->readable &= ~(UINT32_C(1) << columns[i].number);
        if (verdict->reason == REJECT_NONE) {
            verdict->reason = reason;
            verdict->column = columns[i].number;
        }
    }
}
