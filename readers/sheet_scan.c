/*
 * Owns the scanning of worksheet XML: rows, cells, numbers, formulas, text.
 * Must not know ZIP files.
 */
#include "readers/sheet_scan.h"

#include <string.h>

enum { EXPONENT_MAX = 400 };

/* Room for another digit, far beyond any cell of ours. */
#define VALUE_END ((int128)1 << 120)

struct number_parts {
    uint64_t mantissa;
    int digits;   /* significant ones, in the mantissa */
    int exponent; /* of ten */
    bool negative;
};

/* [-]digits[.digits][E[+-]digits] */
static bool parse_parts(const char *text, size_t size, struct number_parts *parts)
{
    size_t at = 0;
    bool point = false, any = false;
    int exponent = 0, sign = 1;

    *parts = (struct number_parts){0};
    if (at < size && text[at] == '-') {
        parts->negative = true;
        at++;
    }
    for (; at < size && (text[at] == '.' || (text[at] >= '0' && text[at] <= '9')); at++) {
        if (text[at] == '.') {
            if (point)
                return false;
            point = true;
            continue;
        }
        any = true;
        if (parts->digits == 18)
            return false;
        parts->mantissa = parts->mantissa * 10 + (uint64_t)(text[at] - '0');
        parts->digits += parts->mantissa != 0;
        parts->exponent -= point;
    }
    if (at < size && (text[at] == 'E' || text[at] == 'e')) {
        at++;
        if (at < size && (text[at] == '-' || text[at] == '+'))
            sign = text[at++] == '-' ? -1 : 1;
        if (at == size)
            return false;
        for (; at < size && text[at] >= '0' && text[at] <= '9' && exponent < EXPONENT_MAX; at++)
            exponent = exponent * 10 + (text[at] - '0');
        parts->exponent += sign * exponent;
    }
    return any && at == size;
}

bool sheet_scan_number(const char *text, size_t size, int128 *units)
{
    struct number_parts parts;
    int128 value;

    if (!parse_parts(text, size, &parts))
        return false;
    /* What a binary number shows beyond 15 digits is not ours. */
    for (bool half = false; parts.digits > WORKBOOK_DIGITS; parts.digits--, parts.exponent++) {
        half = parts.mantissa % 10 >= 5;
        parts.mantissa /= 10;
        if (parts.digits == WORKBOOK_DIGITS + 1)
            parts.mantissa += half;
    }
    value = (int128)parts.mantissa;
    for (parts.exponent += DECIMAL_DIGITS; value != 0 && parts.exponent != 0;) {
        if (parts.exponent > 0) {
            if (value >= VALUE_END)
                return false;
            value *= 10;
            parts.exponent--;
        } else {
            if (value % 10 != 0)
                return false;
            value /= 10;
            parts.exponent++;
        }
    }
    *units = parts.negative ? -value : value;
    return true;
}

/* The attribute's value in the tag; NULL when it is missing. */
static const char *attribute(const struct sheet_scan *scan, const char *name)
{
    size_t size = strlen(name);

    for (const char *at = scan->tag; (at = strchr(at, ' ')) != NULL;) {
        at++;
        if (strncmp(at, name, size) == 0 && at[size] == '=' && at[size + 1] == '"')
            return at + size + 2;
    }
    return NULL;
}

static bool begin_cell(struct sheet_scan *scan)
{
    const char *reference = attribute(scan, "r");
    const char *type = attribute(scan, "t");
    int column = 0;

    if (reference == NULL)
        return false;
    for (; *reference >= 'A' && *reference <= 'Z' && column <= WORKBOOK_COLUMNS_MAX; reference++)
        column = column * 26 + (*reference - 'A' + 1);
    if (column < 1 || column > WORKBOOK_COLUMNS_MAX)
        return false;
    scan->column = column - 1;
    scan->is_text = type != NULL && strncmp(type, "n\"", 2) != 0;
    scan->tally.cells++;
    if (!scan->row_counted) {
        scan->row_counted = true;
        scan->tally.rows++;
    }
    return true;
}

static bool end_number(struct sheet_scan *scan)
{
    struct column_tally *column = &scan->tally.columns[scan->column];
    int128 units;

    scan->in_number = false;
    if (scan->is_text)
        return true;
    if (!sheet_scan_number(scan->value, scan->value_size, &units))
        return false;
    column->numbers++;
    column->units += units;
    return true;
}

static bool tag_is(const struct sheet_scan *scan, const char *name)
{
    size_t size = strlen(name);

    return strncmp(scan->tag, name, size) == 0 &&
           (scan->tag[size] == '\0' || scan->tag[size] == ' ' || scan->tag[size] == '/');
}

static bool end_tag(struct sheet_scan *scan)
{
    bool empty = scan->tag_size > 0 && scan->tag[scan->tag_size - 1] == '/';

    scan->in_tag = false;
    if (tag_is(scan, "c"))
        return begin_cell(scan);
    if (tag_is(scan, "row"))
        scan->row_counted = false;
    else if (tag_is(scan, "f"))
        scan->tally.formulas++;
    else if (tag_is(scan, "t"))
        scan->in_text = !empty;
    else if (strcmp(scan->tag, "/t") == 0)
        scan->in_text = false;
    else if (tag_is(scan, "v")) {
        scan->in_number = !empty;
        scan->value_size = 0;
    } else if (strcmp(scan->tag, "/v") == 0 && scan->in_number)
        return end_number(scan);
    return true;
}

static bool feed_byte(struct sheet_scan *scan, char byte)
{
    if (scan->in_tag) {
        if (byte == '>') {
            scan->tag[scan->tag_size] = '\0';
            return end_tag(scan);
        }
        /* Long tags (links, header) are none of ours; their beginning is enough. */
        if (scan->tag_size < SCAN_TAG_MAX - 1)
            scan->tag[scan->tag_size++] = byte;
        return true;
    }
    if (byte == '<') {
        scan->in_tag = true;
        scan->tag_size = 0;
        return true;
    }
    if (scan->in_number && !scan->is_text) {
        if (scan->value_size == SCAN_VALUE_MAX)
            return false;
        scan->value[scan->value_size++] = byte;
    } else if (scan->in_text) {
        /* An entity is one byte of text. */
        if (byte == '&')
            scan->in_entity = true;
        if (!scan->in_entity || byte == ';') {
            scan->tally.text_bytes++;
            scan->in_entity = false;
        }
    }
    return true;
}

bool sheet_scan_feed(struct sheet_scan *scan, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!feed_byte(scan, bytes[i]))
            return false;
    return true;
}
