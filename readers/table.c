/*
 * Owns what can be done with a record through its table: fingerprint, compare, clear, copy.
 * Must not know any particular input.
 */
#include "readers/table.h"

#include <assert.h>
#include <string.h>

#include "policy/civil.h"
#include "policy/currency.h"
#include "policy/decimal.h"
#include "policy/hash.h"

/* Any, but never another one: fingerprints are stable over runs. */
#define KEY_SEED UINT64_C(0) /* as names have it */
#define CONTENT_SEED UINT64_C(0x636f6e74656e7473)

int table_column(const struct table *table, const char *name)
{
    int i = 0;

    while (i < table->column_count && strcmp(table->columns[i].name, name) != 0)
        i++;
    assert(i < table->column_count);
    return i;
}

static inline const void *member_of(const struct column *column, const void *record)
{
    return (const char *)record + column->offset;
}

static inline uint64_t hash_member(uint64_t hash, const struct column *column, const void *record)
{
    const void *member = member_of(column, record);

    switch (column->type) {
    case COLUMN_TEXT:
    case COLUMN_LONG_TEXT:
        return hash_span(hash, *(const struct span *)member);
    case COLUMN_AMOUNT: {
        uint128 units = (uint128)((const struct decimal *)member)->units;

        return hash_mix(hash ^ (uint64_t)(units >> 64), (uint64_t)units);
    }
    case COLUMN_INSTANT:
    case COLUMN_DATE:
        return hash_mix(hash, (uint64_t) * (const int64_t *)member);
    case COLUMN_COUNT:
    case COLUMN_ENUM:
    case COLUMN_CURRENCY:
        return hash_mix(hash, (uint32_t) * (const int32_t *)member);
    case COLUMN_BOOLEAN:
        return hash_mix(hash, *(const bool *)member);
    }
    return hash;
}

static inline int compare_numbers(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_members(const struct column *column, const void *a, const void *b)
{
    a = member_of(column, a);
    b = member_of(column, b);
    switch (column->type) {
    case COLUMN_TEXT:
    case COLUMN_LONG_TEXT:
        return span_compare(*(const struct span *)a, *(const struct span *)b);
    case COLUMN_AMOUNT:
        return decimal_compare(*(const struct decimal *)a, *(const struct decimal *)b);
    case COLUMN_INSTANT:
    case COLUMN_DATE:
        return compare_numbers(*(const int64_t *)a, *(const int64_t *)b);
    case COLUMN_COUNT:
    case COLUMN_ENUM:
    case COLUMN_CURRENCY:
        return compare_numbers(*(const int32_t *)a, *(const int32_t *)b);
    case COLUMN_BOOLEAN:
        return compare_numbers(*(const bool *)a, *(const bool *)b);
    }
    return 0;
}

uint64_t table_key_fingerprint(const struct table *table, const void *record)
{
    uint64_t hash = KEY_SEED;
    int i;

    for (i = 0; i < table->key_column_count; i++)
        hash = hash_member(hash, &table->columns[table->key_columns[i]], record);
    return hash;
}

uint64_t table_content_fingerprint(const struct table *table, const void *record)
{
    uint64_t hash = CONTENT_SEED;
    int i;

    for (i = 0; i < table->column_count; i++)
        hash = hash_member(hash, &table->columns[i], record);
    return hash;
}

int table_compare_keys(const struct table *table, const void *a, const void *b)
{
    int order = 0;
    int i;

    for (i = 0; order == 0 && i < table->key_column_count; i++)
        order = compare_members(&table->columns[table->key_columns[i]], a, b);
    return order;
}

bool table_keys_equal(const struct table *table, const void *a, const void *b)
{
    return table_compare_keys(table, a, b) == 0;
}

bool table_records_equal(const struct table *table, const void *a, const void *b)
{
    int i;

    for (i = 0; i < table->column_count; i++) {
        if (compare_members(&table->columns[i], a, b) != 0)
            return false;
    }
    return true;
}

void table_clear(const struct table *table, void *record)
{
    int i;

    memset(record, 0, table->record_size);
    for (i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        void *member = (char *)record + column->offset;

        switch (column->type) {
        case COLUMN_TEXT:
        case COLUMN_LONG_TEXT:
            *(struct span *)member = (struct span){"", 0};
            break;
        case COLUMN_INSTANT:
        case COLUMN_DATE:
            *(int64_t *)member = INSTANT_NONE;
            break;
        case COLUMN_CURRENCY:
            *(int32_t *)member = CURRENCY_NONE;
            break;
        case COLUMN_BOOLEAN:
            *(bool *)member = column->empty_is_true;
            break;
        case COLUMN_AMOUNT:
        case COLUMN_COUNT:
        case COLUMN_ENUM:
            break;
        }
    }
}

static inline bool is_text(const struct column *column)
{
    return column->type == COLUMN_TEXT || column->type == COLUMN_LONG_TEXT;
}

/* All texts of a record lie together, so that only one of them could waste the end of a block. */
void *table_copy(const struct table *table, const void *record, struct arena *arena)
{
    void *copy = arena_alloc(arena, table->record_size);
    int i;

    if (copy == NULL)
        return NULL;
    memcpy(copy, record, table->record_size);
    for (i = 0; i < table->column_count; i++) {
        struct span *text = (struct span *)((char *)copy + table->columns[i].offset);

        if (is_text(&table->columns[i]) && arena_copy(arena, *text, text) != 0)
            return NULL;
    }
    return copy;
}
