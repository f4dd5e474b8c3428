/*
 * Owns the packed form of a row. Knows no input: tables say what a record holds.
 *
 * A row is the file (+ 1, so that carried rows have 0), the line, and the members in the order of
 * the columns. Numbers are LEB128 varints, those that may be negative zigzag.
 */
#include "batch/packed_row.h"

#include <assert.h>
#include <string.h>

#include "policy/decimal.h"

enum {
    VARINT_64_MAX = 10,
    VARINT_128_MAX = 19,
    CENT_UNITS = 100 * 1000 * 1000, /* amounts mostly are whole hundredths */
};

size_t packed_row_bound(const struct table *table, const void *record)
{
    size_t bound = (size_t)2 * VARINT_64_MAX;

    for (int i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];

        bound += VARINT_128_MAX;
        if (column->type == COLUMN_TEXT || column->type == COLUMN_LONG_TEXT)
            bound += ((const struct span *)((const char *)record + column->offset))->size;
    }
    return bound;
}

static inline char *put_number(char *at, uint64_t number)
{
    for (; number > 0x7f; number >>= 7)
        *at++ = (char)(0x80 | (number & 0x7f));
    *at++ = (char)number;
    return at;
}

static inline const char *get_number(const char *at, uint64_t *number)
{
    uint64_t value = (unsigned char)*at & 0x7f;

    for (unsigned shift = 7; ((unsigned char)*at++ & 0x80) != 0; shift += 7)
        value |= (uint64_t)((unsigned char)*at & 0x7f) << shift;
    *number = value;
    return at;
}

static char *put_wide(char *at, uint128 number)
{
    for (; number > 0x7f; number >>= 7)
        *at++ = (char)(0x80 | (number & 0x7f));
    *at++ = (char)number;
    return at;
}

static const char *get_wide(const char *at, uint128 *number)
{
    uint128 value = (unsigned char)*at & 0x7f;

    for (unsigned shift = 7; ((unsigned char)*at++ & 0x80) != 0; shift += 7)
        value |= (uint128)((unsigned char)*at & 0x7f) << shift;
    *number = value;
    return at;
}

/* The two low bits say how the rest is meant: 0 hundredths, 1 units, 3 units below zero. */
static char *put_amount(char *at, struct decimal amount)
{
    uint128 units = 0;

    if (amount.units >= 0 && amount.units <= INT64_MAX / 4) {
        const uint64_t small = (uint64_t)amount.units;
        const uint64_t cents = small / CENT_UNITS;

        return put_number(at, cents * CENT_UNITS == small ? cents << 2 : small << 2 | 1);
    }
    units = amount.units < 0 ? -(uint128)amount.units : (uint128)amount.units;
    assert(units >> 125 == 0);
    return put_wide(at, units << 2 | (amount.units < 0 ? 3U : 1U));
}

static const char *get_amount(const char *at, struct decimal *amount)
{
    uint128 number = 0;

    at = get_wide(at, &number);
    switch (number & 3) {
    case 0:
        amount->units = (int128)(number >> 2) * CENT_UNITS;
        break;
    case 1:
        amount->units = (int128)(number >> 2);
        break;
    default:
        amount->units = -(int128)(number >> 2);
        break;
    }
    return at;
}

/* Absent is 0; others are one more than their zigzag. */
static inline char *put_instant(char *at, int64_t instant)
{
    if (instant == INSTANT_NONE)
        return put_number(at, 0);
    return put_number(at, ((uint64_t)instant << 1 ^ (uint64_t)(instant >> 63)) + 1);
}

static inline const char *get_instant(const char *at, int64_t *instant)
{
    uint64_t number = 0;

    at = get_number(at, &number);
    if (number == 0)
        *instant = INSTANT_NONE;
    else
        *instant = (int64_t)((number - 1) >> 1 ^ -((number - 1) & 1));
    return at;
}

static inline char *put_text(char *at, struct span text)
{
    at = put_number(at, text.size);
    if (text.size > 0)
        memcpy(at, text.data, text.size);
    return at + text.size;
}

static inline const char *get_text(const char *at, struct span *text)
{
    uint64_t size = 0;

    at = get_number(at, &size);
    *text = size == 0 ? (struct span){"", 0} : (struct span){at, (size_t)size};
    return at + size;
}

size_t packed_row_put(const struct table *table, const void *record, struct row_position position,
                      char *bytes)
{
    char *at = put_number(bytes, position.file == UINT32_MAX ? 0 : (uint64_t)position.file + 1);

    at = put_number(at, position.line);
    for (int i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        const void *member = (const char *)record + column->offset;

        switch (column->type) {
        case COLUMN_TEXT:
        case COLUMN_LONG_TEXT:
            at = put_text(at, *(const struct span *)member);
            break;
        case COLUMN_AMOUNT:
            at = put_amount(at, *(const struct decimal *)member);
            break;
        case COLUMN_INSTANT:
        case COLUMN_DATE:
            at = put_instant(at, *(const int64_t *)member);
            break;
        case COLUMN_BOOLEAN:
            *at++ = (char)*(const bool *)member;
            break;
        case COLUMN_COUNT:
        case COLUMN_ENUM:
        case COLUMN_CURRENCY:
            at = put_instant(at, *(const int32_t *)member);
            break;
        }
    }
    return (size_t)(at - bytes);
}

static const char *get_member(const struct column *column, const char *at, void *member)
{
    int64_t number = 0;

    switch (column->type) {
    case COLUMN_TEXT:
    case COLUMN_LONG_TEXT:
        return get_text(at, member);
    case COLUMN_AMOUNT:
        return get_amount(at, member);
    case COLUMN_INSTANT:
    case COLUMN_DATE:
        return get_instant(at, member);
    case COLUMN_BOOLEAN:
        *(bool *)member = *at != 0;
        return at + 1;
    case COLUMN_COUNT:
    case COLUMN_ENUM:
    case COLUMN_CURRENCY:
        break;
    }
    at = get_instant(at, &number);
    *(int32_t *)member = (int32_t)number;
    return at;
}

const char *packed_row_get(const struct table *table, const char *bytes, const char *end,
                           struct arena *arena, void **record, struct row_position *position)
{
    uint64_t file = 0;
    const char *at = get_number(bytes, &file);

    *record = arena_alloc(arena, table->record_size);
    if (*record == NULL)
        return NULL;
    memset(*record, 0, table->record_size);
    at = get_number(at, &position->line);
    position->file = file == 0 ? UINT32_MAX : (uint32_t)(file - 1);
    for (int i = 0; i < table->column_count; i++)
        at = get_member(&table->columns[i], at, (char *)*record + table->columns[i].offset);
    assert(at <= end);
    (void)end;
    return at;
}
