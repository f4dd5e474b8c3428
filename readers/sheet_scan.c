/*
 * Owns the scanning of worksheet XML: rows, cells, numbers, formulas, text.
 * Must not know ZIP files.
 */
#include "readers/sheet_scan.h"

#include <string.h>

#include "policy/span.h"
#include "policy/text_words.h"

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

/* The attribute's value in the tag; NULL when it is missing. Names have one letter. */
static const char *attribute(struct span tag, char name)
{
    const char *const end = tag.data + tag.size;

    for (const char *at = tag.data; end - at >= 4; at++)
        if (at[0] == ' ' && at[1] == name && at[2] == '=' && at[3] == '"')
            return at + 4;
    return NULL;
}

static bool begin_cell(struct sheet_scan *scan, struct span tag)
{
    const char *const end = tag.data + tag.size;
    const char *reference = attribute(tag, 'r');
    const char *type = attribute(tag, 't');
    int column = 0;

    if (reference == NULL)
        return false;
    for (; reference < end && *reference >= 'A' && *reference <= 'Z' &&
           column <= WORKBOOK_COLUMNS_MAX;
         reference++)
        column = column * 26 + (*reference - 'A' + 1);
    if (column < 1 || column > WORKBOOK_COLUMNS_MAX)
        return false;
    scan->column = column - 1;
    scan->is_text = type != NULL && !(end - type >= 2 && memcmp(type, "n\"", 2) == 0);
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

static bool tag_is(struct span tag, const char *name, size_t size)
{
    return tag.size >= size && memcmp(tag.data, name, size) == 0 &&
           (tag.size == size || tag.data[size] == ' ' || tag.data[size] == '/');
}

#define TAG_IS(tag, name) tag_is(tag, name, sizeof(name) - 1)

/* The first letter tells most tags apart. */
static bool end_tag(struct sheet_scan *scan, struct span tag)
{
    const bool empty = tag.size > 0 && tag.data[tag.size - 1] == '/';

    scan->in_tag = false;
    scan->ended = false;
    switch (tag.size > 0 ? tag.data[0] : '\0') {
    case 'c':
        return TAG_IS(tag, "c") ? begin_cell(scan, tag) : true;
    case 'r':
        if (TAG_IS(tag, "row"))
            scan->row_counted = false;
        return true;
    case 'f':
        scan->tally.formulas += TAG_IS(tag, "f");
        return true;
    case 't':
        if (TAG_IS(tag, "t"))
            scan->in_text = !empty;
        return true;
    case 'v':
        if (TAG_IS(tag, "v")) {
            scan->in_number = !empty;
            scan->value_size = 0;
        }
        return true;
    case '/':
        if (span_is(tag, "/t"))
            scan->in_text = false;
        else if (span_is(tag, "/v") && scan->in_number)
            return end_number(scan);
        scan->ended = span_is(tag, "/worksheet");
        return true;
    default:
        return true;
    }
}

/*
 * The tags that most of a cell consists of: end_tag by few comparisons, for one that is here as a
 * whole and without attributes. Where it ends; NULL: another tag.
 */
static inline const char *feed_short_tag(struct sheet_scan *scan, const char *at, const char *end)
{
    if (end - at < 4)
        return NULL;
    if (memcmp(at, "/c>", 3) == 0 || memcmp(at, "is>", 3) == 0) {
        at += 3;
    } else if (memcmp(at, "/is>", 4) == 0) {
        at += 4;
    } else if (memcmp(at, "t>", 2) == 0) {
        scan->in_text = true;
        at += 2;
    } else if (memcmp(at, "/t>", 3) == 0) {
        scan->in_text = false;
        at += 3;
    } else {
        return NULL;
    }
    scan->in_tag = scan->ended = false;
    return at;
}

/* Up to the end of the tag, or of the bytes. A tag that is here as a whole stays where it is. */
static const char *feed_tag(struct sheet_scan *scan, const char *at, const char *end, bool *good)
{
    const char *stop = scan->tag_size == 0 ? feed_short_tag(scan, at, end) : NULL;
    size_t size = 0;

    if (stop != NULL)
        return stop;
    stop = text_find(at, end, '>');
    size = (size_t)(stop - at);
    if (scan->tag_size == 0 && stop < end) {
        *good = end_tag(scan, (struct span){at, size});
        return stop + 1;
    }
    /* Long tags (links, header) are none of ours; their beginning is enough. */
    if (size > SCAN_TAG_MAX - scan->tag_size)
        size = SCAN_TAG_MAX - scan->tag_size;
    memcpy(scan->tag + scan->tag_size, at, size);
    scan->tag_size += size;
    if (stop == end)
        return end;
    *good = end_tag(scan, (struct span){scan->tag, scan->tag_size});
    return stop + 1;
}

static void feed_text(struct sheet_scan *scan, const char *at, const char *end)
{
    if (!scan->in_entity && memchr(at, '&', (size_t)(end - at)) == NULL) {
        scan->tally.text_bytes += (uint64_t)(end - at);
        return;
    }
    for (; at < end; at++) {
        /* An entity is one byte of text. */
        if (*at == '&')
            scan->in_entity = true;
        if (!scan->in_entity || *at == ';') {
            scan->tally.text_bytes++;
            scan->in_entity = false;
        }
    }
}

/* Up to the next tag, or the end of the bytes. */
static const char *feed_content(struct sheet_scan *scan, const char *at, const char *end,
                                bool *good)
{
    const char *const stop = text_find(at, end, '<');
    const size_t size = (size_t)(stop - at);

    if (scan->in_number && !scan->is_text) {
        *good = size <= SCAN_VALUE_MAX - scan->value_size;
        if (!*good)
            return end;
        memcpy(scan->value + scan->value_size, at, size);
        scan->value_size += size;
    } else if (scan->in_text) {
        feed_text(scan, at, stop);
    }
    if (stop == end)
        return end;
    scan->in_tag = true;
    scan->tag_size = 0;
    return stop + 1;
}

bool sheet_scan_feed(struct sheet_scan *scan, const char *bytes, size_t size)
{
    const char *end = bytes + size;
    bool good = true;

    for (const char *at = bytes; at < end && good;)
        at = scan->in_tag ? feed_tag(scan, at, end, &good) : feed_content(scan, at, end, &good);
    return good;
}

bool sheet_scan_ended(const struct sheet_scan *scan)
{
    return !scan->in_tag && scan->ended;
}
