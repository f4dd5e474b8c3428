/*
 * How cells look: a closed set of styles, one table (workbook_style.c).
 */
#ifndef WRITERS_WORKBOOK_STYLE_H
#define WRITERS_WORKBOOK_STYLE_H

#include <xlsxwriter.h>

#include "policy/decimal.h"
#include "policy/error.h"

enum {
    AMOUNT_STYLES = 11, /* 0 to 10 decimals */
    RATE_STYLES = 9,    /* 0 to 8 decimals of a percentage */
};

enum style {
    STYLE_NONE,
    STYLE_TITLE,
    STYLE_SUBTITLE,
    STYLE_SECTION,
    STYLE_NOTE,
    STYLE_LABEL,
    STYLE_VALUE,
    STYLE_PLAIN,
    STYLE_WORDS,
    STYLE_HASH,
    STYLE_HEAD,
    STYLE_HEAD_RIGHT,
    STYLE_TEXT,
    STYLE_LINK,
    STYLE_INTEGER,
    STYLE_INSTANT,
    STYLE_DATE,
    STYLE_MARKED,
    STYLE_STATUS,
    STYLE_SIGNATURE,
    STYLE_INPUT_TEXT,
    STYLE_INPUT_INTEGER,
    STYLE_TOTAL_LABEL,
    STYLE_TOTAL_INTEGER,
    STYLE_AMOUNT,
    STYLE_INPUT_AMOUNT = STYLE_AMOUNT + AMOUNT_STYLES,
    STYLE_TOTAL_AMOUNT = STYLE_INPUT_AMOUNT + AMOUNT_STYLES,
    STYLE_RATE = STYLE_TOTAL_AMOUNT + AMOUNT_STYLES,
    STYLE_INPUT_RATE = STYLE_RATE + RATE_STYLES,
    /* Of conditional formats. */
    STYLE_IF_ROW = STYLE_INPUT_RATE + RATE_STYLES,
    STYLE_IF_DENIED,
    STYLE_IF_DEFERRED,
    STYLE_IF_LATE,
    STYLE_IF_GOOD,
    STYLE_IF_BAD,
    STYLE_COUNT,
};

enum { COLOUR_ACCENT = 0x1F4E79, COLOUR_SECOND = 0x8FA9C2, COLOUR_THIRD = 0xC9C9C9 };

/* "Amount with that many decimals". */
static inline enum style style_amount(enum style base, int digits)
{
    return (enum style)((int)base + digits);
}

/* The style for a fee rate: as many decimals of its percentage as it has. */
enum style style_rate(enum style base, struct decimal rate);

/* Makes all formats of the book: 0, or -1 with err filled. */
int styles_add(lxw_workbook *xlsx, lxw_format *formats[STYLE_COUNT], struct error *err)
    __attribute__((warn_unused_result));

#endif
