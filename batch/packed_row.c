/*
 * Owns the layout of a packed row: file + 1 and line of its position, then the columns in the
 * table's order. Must not know any particular input.
 *
 * Numbers are LEB128, 7 bits a byte, the lowest first; signed ones are folded first, so that small
 * ones of either sign are short.
 */
#include "batch/packed_row.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "policy/decimal.h"

enum {
    NUMBER_BYTES_MAX = 10,      /* 64 bits, 7 a byte */
    LONG_NUMBER_BYTES_MAX = 19, /* 128 bits */
    /* A decimal's mark and its long number are the longest a column can take beside its text. */
    MEMBER_BYTES_MAX = 1 + LONG_NUMBER_BYTES_MAX,
    MORE = 0x80, /* in a byte: the number goes on */
    /* An amount as a number of cents, doubled; nearly all are. Or this odd mark, then its units. */
    EXACT_UNITS = 1,
};

#define CENT_UNITS (DECIMAL_ONE_UNITS / 100)

/* 0, -1, 1, -2 ... to 0, 1, 2, 3 ... */
static inline uint64_t fold(int64_t value)
{
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static inline int64_t unfold(uint64_t folded)
{
    return (int64_t)(folded >> 1 ^ ((folded & 1) != 0 ? UINT64_MAX : 0));
}

static inline char *put_number(char *at, uint64_t value)
{
    for (; value >= MORE; value >>= 7)
        *at++ = (char)(value | MORE);
    *at++ = (char)value;
    return at;
}

static inline const char *get_number(const char *at, const char *end, uint64_t *value)
{
    unsigned byte;

    *value = 0;
    for (int shift = 0;; shift += 7) {
        assert(at < end && shift < NUMBER_BYTES_MAX * 7);
        byte = (unsigned char)*at++;
        *value |= (uint64_t)(byte & (MORE - 1)) << shift;
        if (byte < MORE)
            return at;
    }
}

static char *put_units(char *at, int128 units)
{
    uint128 value = (uint128)units << 1 ^ (units < 0 ? ~(uint128)0 : 0);

    *at++ = EXACT_UNITS;
    for (; value >= MORE; value >>= 7)
        *at++ = (char)((unsigned)value | MORE);
    *at++ = (char)value;
    return at;
}

static const char *get_units(const char *at, const char *end, int128 *units)
{
    uint128 value = 0;
    unsigned byte = MORE;

    for (int shift = 0; byte >= MORE; shift += 7) {
        assert(at < end && shift < LONG_NUMBER_BYTES_MAX * 7);
        byte = (unsigned char)*at++;
        value |= (uint128)(byte & (MORE - 1)) << shift;
    }
    *units = (int128)(value >> 1 ^ ((value & 1) != 0 ? ~(uint128)0 : 0));
    return at;
}

static inline char *put_amount(char *at, struct decimal amount)
{
    int64_t units = (int64_t)amount.units;

    if (units != amount.units || units % CENT_UNITS != 0)
        return put_units(at, amount.units);
    return put_number(at, fold(units / CENT_UNITS) << 1);
}

static inline const char *get_amount(const char *at, const char *end, struct decimal *amount)
{
    uint64_t value = 0;

    at = get_number(at, end, &value);
    if (value == EXACT_UNITS)
        return get_units(at, end, &amount->units);
    amount->units = (int128)unfold(value >> 1) * CENT_UNITS;
    return at;
}

static inline char *put_text(char *at, struct span text)
{
    at = put_number(at, text.size);
    if (text.size > 0)
        memcpy(at, text.data, text.size);
    return at + text.size;
}

static inline const char *get_text(const char *at, const char *end, struct span *text)
{
    uint64_t size = 0;

    at = get_number(at, end, &size);
    assert(size <= (size_t)(end - at));
    *text = (struct span){size == 0 ? "" : at, (size_t)size};
    return at + size;
}

static inline char *put_member(char *at, enum column_type type, const void *member)
{
    switch (type) {
    case COLUMN_TEXT:
    case COLUMN_LONG_TEXT:
        return put_text(at, *(const struct span *)member);
    case COLUMN_AMOUNT:
        return put_amount(at, *(const struct decimal *)member);
    case COLUMN_INSTANT:
    case COLUMN_DATE:
        /* INSTANT_NONE folds to the highest number: one more makes it the shortest. */
        return put_number(at, fold(*(const int64_t *)member) + 1);
    case COLUMN_COUNT:
    case COLUMN_ENUM:
    case COLUMN_CURRENCY:
        return put_number(at, fold(*(const int32_t *)member));
    case COLUMN_BOOLEAN:
        return put_number(at, *(const bool *)member);
    }
    return at;
}

static inline const char *get_member(const char *at, const char *end, enum column_type type,
                                     void *member)
{
    uint64_t value = 0;

    switch (type) {
    case COLUMN_TEXT:
    case COLUMN_LONG_TEXT:
        return get_text(at, end, member);
    case COLUMN_AMOUNT:
        return get_amount(at, end, member);
    case COLUMN_INSTANT:
    case COLUMN_DATE:
        at = get_number(at, end, &value);
        *(int64_t *)member = unfold(value - 1);
        return at;
    case COLUMN_COUNT:
    case COLUMN_ENUM:
    case COLUMN_CURRENCY:
        at = get_number(at, end, &value);
        *(int32_t *)member = (int32_t)unfold(value);
        return at;
    case COLUMN_BOOLEAN:
        at = get_number(at, end, &value);
        *(bool *)member = value != 0;
        return at;
    }
    return at;
}

size_t packed_row_bound(const struct table *table, const void *record)
{
    size_t bytes = 2 * NUMBER_BYTES_MAX + (size_t)table->column_count * MEMBER_BYTES_MAX;

    for (int i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];

        if (column->type == COLUMN_TEXT || column->type == COLUMN_LONG_TEXT)
            bytes += ((const struct span *)((const char *)record + column->offset))->size;
    }
    return bytes;
}

size_t packed_row_put(const struct table *table, const void *record, struct row_position position,
                      char *bytes)
{
    char *at = put_number(bytes, (uint32_t)(position.file + 1)); /* a carried row's becomes 0 */

    at = put_number(at, position.line);
    for (int i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];

        at = put_member(at, column->type, (const char *)record + column->offset);
    }
    return (size_t)(at - bytes);
}

const char *packed_row_get(const struct table *table, const char *bytes, const char *end,
                           struct arena *arena, void **record, struct row_position *position)
{
    char *unpacked = arena_alloc(arena, table->record_size);
    uint64_t file = 0;

    if (unpacked == NULL)
        return NULL;
    memset(unpacked, 0, table->record_size);
    bytes = get_number(bytes, end, &file);
    bytes = get_number(bytes, end, &position->line);
    position->file = (uint32_t)file - 1;
    for (int i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];

        bytes = get_member(bytes, end, column->type, unpacked + column->offset);
    }
    *record = unpacked;
    return bytes;
}
