/*
 * Owns the scanning of worksheet XML: rows, cells, numbers, formulas, text.
 * Must not know ZIP files.
 */
#include "readers/sheet_scan.h"

#include <string.h>

#include "policy/span.h"
#include "policy/text_words.h"

enum {
    EXPONENT_MAX = 400,
    ROW_DIGITS_MAX = 7,
    STYLE_DIGITS_MAX = 5,
    WHOLE_CELL_BYTES = 96, /* more than a cell takes without its formula and its text */
};

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

static inline void count_cell(struct sheet_scan *scan)
{
    scan->tally.cells++;
    scan->tally.rows += !scan->row_counted;
    scan->row_counted = true;
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
    scan->is_string = type != NULL && end - type >= 4 && memcmp(type, "str\"", 4) == 0;
    count_cell(scan);
    return true;
}

static bool end_number(struct sheet_scan *scan)
{
    struct column_tally *column = &scan->tally.columns[scan->column];
    int128 units;

    scan->in_number = false;
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
        if (TAG_IS(tag, "f")) {
            scan->tally.formulas++;
            scan->is_string = false;
        }
        return true;
    case 't':
        if (TAG_IS(tag, "t"))
            scan->in_text = !empty;
        return true;
    case 'v':
        if (TAG_IS(tag, "v")) {
            scan->in_text = scan->is_string && !empty;
            scan->in_number = !scan->is_text && !empty;
            scan->value_size = 0;
        }
        return true;
    case '/':
        if (span_is(tag, "/v") && scan->in_number)
            return end_number(scan);
        if (span_is(tag, "/t") || span_is(tag, "/v"))
            scan->in_text = false;
        scan->ended = span_is(tag, "/worksheet");
        return true;
    default:
        return true;
    }
}

/* ---- cells as a streamed sheet has them, at one go ---- */

/* Steps over the text where it stands at the front. */
static inline bool takes(const char **at, const char *text, size_t size)
{
    if (memcmp(*at, text, size) != 0)
        return false;
    *at += size;
    return true;
}

#define TAKES(at, literal) takes(at, literal, sizeof(literal) - 1)

/* `[-]digits[.digits]`, of so few digits that none need be rounded off. */
static inline bool takes_number(const char **from, int128 *units)
{
    const char *at = *from;
    const bool negative = *at == '-';
    const char *first = at += negative;
    uint64_t mantissa = 0;
    ptrdiff_t whole = 0, decimals = 0;

    for (; text_is_digit(*at) && at - first < WORKBOOK_DIGITS; at++)
        mantissa = mantissa * 10 + (uint64_t)(*at - '0');
    whole = at - first;
    if (whole > 0 && *at == '.') {
        first = ++at;
        for (; text_is_digit(*at) && at - first < DECIMAL_DIGITS; at++)
            mantissa = mantissa * 10 + (uint64_t)(*at - '0');
        decimals = at - first;
    }
    *from = at;
    *units = (int128)mantissa * decimal_powers[DECIMAL_DIGITS - decimals];
    if (negative)
        *units = -*units;
    return whole > 0 && whole + decimals <= WORKBOOK_DIGITS;
}

/* A cell that is here as a whole. */
struct whole_cell {
    int column;
    bool is_string;
    bool is_formula;
    size_t text_bytes;
    int128 units; /* of one that is no string */
};

/* `c r="AB12" s="3" t="str">`, of which style and type may be missing. */
static inline bool takes_cell_tag(const char **at, struct whole_cell *cell)
{
    if (!TAKES(at, "c r=\"") || **at < 'A' || **at > 'Z')
        return false;
    cell->column = *(*at)++ - 'A';
    if (**at >= 'A' && **at <= 'Z')
        cell->column = (cell->column + 1) * 26 + (*(*at)++ - 'A');
    for (int i = 0; i < ROW_DIGITS_MAX && text_is_digit(**at); i++)
        ++*at;
    if (TAKES(at, "\" s=\""))
        for (int i = 0; i < STYLE_DIGITS_MAX && text_is_digit(**at); i++)
            ++*at;
    cell->is_string = !TAKES(at, "\">");
    return cell->column < WORKBOOK_COLUMNS_MAX && (!cell->is_string || TAKES(at, "\" t=\"str\">"));
}

/* `<f>A1+B1</f>`, where it is there. */
static inline bool takes_formula(const char **at, const char *end, struct whole_cell *cell)
{
    cell->is_formula = TAKES(at, "<f>");
    if (!cell->is_formula)
        return true;
    *at = text_find(*at, end, '<');
    return end - *at >= WHOLE_CELL_BYTES && TAKES(at, "</f>");
}

/* `<v>text</v></c>` or `<v>1.5</v></c>`. Entities are left to who knows them. */
static inline bool takes_value(const char **at, const char *end, struct whole_cell *cell)
{
    const char *text = NULL;

    if (!TAKES(at, "<v>"))
        return false;
    text = *at;
    if (!cell->is_string)
        return takes_number(at, &cell->units) && TAKES(at, "</v></c>");
    *at = text_find_either(text, end, '<', '&');
    cell->text_bytes = cell->is_formula ? 0 : (size_t)(*at - text);
    return end - *at >= WHOLE_CELL_BYTES && TAKES(at, "</v></c>");
}

/*
 * What end_tag and feed_content make of a cell, for one that is here as a whole and as a streamed
 * sheet has it (writers/sheet_stream.h). Behind the cell; NULL: it is another, and nothing is done.
 */
static const char *feed_whole_cell(struct sheet_scan *scan, const char *at, const char *end)
{
    struct whole_cell cell;

    if (end - at < WHOLE_CELL_BYTES || !takes_cell_tag(&at, &cell) ||
        !takes_formula(&at, end, &cell) || !takes_value(&at, end, &cell))
        return NULL;
    count_cell(scan);
    scan->tally.formulas += cell.is_formula;
    if (cell.is_string) {
        scan->tally.text_bytes += cell.text_bytes;
    } else {
        scan->tally.columns[cell.column].numbers++;
        scan->tally.columns[cell.column].units += cell.units;
    }
    scan->in_tag = scan->ended = false;
    return at;
}

/* Up to the end of the tag, or of the bytes. A tag that is here as a whole stays where it is. */
static const char *feed_tag(struct sheet_scan *scan, const char *at, const char *end, bool *good)
{
    const char *stop = scan->tag_size == 0 ? feed_whole_cell(scan, at, end) : NULL;
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

    if (scan->in_number) {
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
