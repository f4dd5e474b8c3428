/*
 * Owns the spelling of an input's row as it was understood. Knows no file.
 */
#include "batch/source_row.h"

#include <assert.h>

#include "policy/civil.h"
#include "policy/currency.h"
#include "policy/text_words.h"

enum { FILE_NAME_BYTES_MAX = 4096 };

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static bool needs_quotes(struct span text)
{
    if (text.size == 0)
        return false;
    if (is_blank(text.data[0]) || is_blank(text.data[text.size - 1]))
        return true;
    return text_has_csv_mark(text.data, text.size);
}

static char *put(char *at, struct span text)
{
    if (text.size > 0)
        memcpy(at, text.data, text.size);
    return at + text.size;
}

char *source_put_text(char *at, struct span text)
{
    if (!needs_quotes(text))
        return put(at, text);
    *at++ = '"';
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"')
            *at++ = '"';
        *at++ = text.data[i];
    }
    *at++ = '"';
    return at;
}

static char *put_number(char *at, uint64_t number)
{
    char digits[20];
    size_t count = sizeof(digits);

    do
        digits[--count] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    return put(at, (struct span){digits + count, sizeof(digits) - count});
}

/* The decimals that the row's currency has; 0 where the input names none. */
static int amount_digits(const struct table *table, const void *record)
{
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].type == COLUMN_CURRENCY)
            return currency_digits(
                *(const int32_t *)(const void *)((const char *)record + table->columns[i].offset));
    return 0;
}

static char *put_instant(char *at, int64_t instant, int utc_offset_seconds)
{
    return instant == INSTANT_NONE ? at : at + instant_format(instant, utc_offset_seconds, at);
}

char *source_put_value(char *at, const struct table *table, const struct column *column,
                       const void *record, int utc_offset_seconds)
{
    const void *member = (const char *)record + column->offset;
    const int32_t *number = member;
    const int64_t *time = member;

    switch (column->type) {
    case COLUMN_TEXT:
    case COLUMN_LONG_TEXT:
        return put(at, *(const struct span *)member);
    case COLUMN_AMOUNT:
        return at +
               decimal_format(*(const struct decimal *)member, amount_digits(table, record), at);
    case COLUMN_COUNT:
        return *number == 0 ? at : put_number(at, (uint64_t)*number);
    case COLUMN_INSTANT:
        return put_instant(at, *time, utc_offset_seconds);
    case COLUMN_DATE:
        return at + date_format(*time, at);
    case COLUMN_BOOLEAN:
        return put(at, span_of(*(const bool *)member ? "true" : "false"));
    case COLUMN_ENUM:
        return put(at, span_of(column->values->names[*number]));
    case COLUMN_CURRENCY:
        return put(at, (struct span){currency_code(*number), 3});
    }
    assert(!"a column type without a case");
    return at;
}

char *source_put_header(char *at, const struct table *table, bool places)
{
    for (int i = 0; i < table->column_count; i++) {
        if (i > 0)
            *at++ = ',';
        at = put(at, span_of(table->columns[i].name));
    }
    if (places)
        at = put(at, span_of(",file,line"));
    *at++ = '\n';
    return at;
}

char *source_put_row(char *at, const struct table *table, const void *record, const char *file,
                     uint64_t line, int utc_offset_seconds)
{
    for (int i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];

        if (i > 0)
            *at++ = ',';
        if (column->type == COLUMN_TEXT || column->type == COLUMN_LONG_TEXT)
            at = source_put_text(
                at, *(const struct span *)(const void *)((const char *)record + column->offset));
        else
            at = source_put_value(at, table, column, record, utc_offset_seconds);
    }
    if (file != NULL) {
        struct span name = span_of(file);

        if (name.size > FILE_NAME_BYTES_MAX)
            name.size = FILE_NAME_BYTES_MAX;
        *at++ = ',';
        at = source_put_text(at, name);
        *at++ = ',';
        if (name.size > 0)
            at = put_number(at, line);
    }
    *at++ = '\n';
    return at;
}
