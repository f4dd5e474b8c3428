/*
 * Owns how cells look: fonts, colours, number formats, borders. One accent colour on white; inputs
 * are blue on pale yellow, as auditors expect; totals have a line above and two below.
 * Must not know what cells hold.
 */
#include "writers/workbook_style.h"

#include <stdbool.h>
#include <stdio.h>

enum {
    INK = 0x262626,
    GREY = 0x6B6B6B,
    HAIRLINE = 0xD9D9D9,
    WHITE = 0xFFFFFF,
    INPUT_BLUE = 0x1F3FBF,
    INPUT_FILL = 0xFFFBE6,
    GOOD_INK = 0x1E6B34,
    GOOD_FILL = 0xE6F3E9,
    BAD_INK = 0x9C1C1C,
    BAD_FILL = 0xFBE5E5,
    DEFERRED_FILL = 0xFFF4DC,
    LATE_INK = 0x7A4B00,
    UNSET = -1,
};

struct style_spec {
    enum style style;
    int size;
    bool bold;
    bool wrap;
    int ink;
    int fill; /* or UNSET */
    bool indent;
    int align;  /* LXW_ALIGN_* */
    int bottom; /* LXW_BORDER_* */
    int top;
    const char *number_format; /* or NULL */
};

#define LEFT LXW_ALIGN_LEFT
#define RIGHT LXW_ALIGN_RIGHT
#define HAIR LXW_BORDER_THIN
#define PLAIN LXW_BORDER_NONE
#define INSTANT_FORMAT "yyyy\\-mm\\-dd\\ hh:mm:ss"

static const struct style_spec SPECS[] = {
    {STYLE_TITLE, 16, true, false, COLOUR_ACCENT, UNSET, false, LEFT, PLAIN, PLAIN, NULL},
    {STYLE_SUBTITLE, 9, false, false, GREY, UNSET, false, LEFT, PLAIN, PLAIN, NULL},
    {STYLE_SECTION, 11, true, false, COLOUR_ACCENT, UNSET, false, LEFT, PLAIN, PLAIN, NULL},
    {STYLE_NOTE, 9, false, true, GREY, UNSET, false, LEFT, PLAIN, PLAIN, NULL},
    {STYLE_LABEL, 9, true, false, INK, UNSET, true, LEFT, HAIR, PLAIN, NULL},
    {STYLE_VALUE, 9, false, false, INK, UNSET, true, LEFT, HAIR, PLAIN, NULL},
    {STYLE_PLAIN, 9, false, false, INK, UNSET, false, LEFT, PLAIN, PLAIN, NULL},
    {STYLE_WORDS, 9, false, true, INK, UNSET, false, LEFT, PLAIN, PLAIN, NULL},
    {STYLE_HASH, 8, false, false, GREY, UNSET, true, LEFT, HAIR, PLAIN, NULL},
    {STYLE_HEAD, 9, true, true, WHITE, COLOUR_ACCENT, true, LEFT, PLAIN, PLAIN, NULL},
    {STYLE_HEAD_RIGHT, 9, true, true, WHITE, COLOUR_ACCENT, true, RIGHT, PLAIN, PLAIN, NULL},
    {STYLE_TEXT, 9, false, false, INK, UNSET, true, LEFT, HAIR, PLAIN, NULL},
    {STYLE_LINK, 9, false, false, COLOUR_ACCENT, UNSET, true, LEFT, HAIR, PLAIN, NULL},
    {STYLE_INTEGER, 9, false, false, INK, UNSET, true, RIGHT, HAIR, PLAIN, "#,##0"},
    {STYLE_INSTANT, 9, false, false, INK, UNSET, true, LEFT, HAIR, PLAIN, INSTANT_FORMAT},
    {STYLE_DATE, 9, false, false, INK, UNSET, true, LEFT, HAIR, PLAIN, "yyyy\\-mm\\-dd"},
    {STYLE_MARKED, 9, false, false, LATE_INK, UNSET, true, RIGHT, HAIR, PLAIN, NULL},
    {STYLE_STATUS, 9, true, false, INK, UNSET, true, LEFT, HAIR, PLAIN, NULL},
    {STYLE_SIGNATURE, 9, false, false, INK, UNSET, true, LEFT, LXW_BORDER_THIN, PLAIN, NULL},
    {STYLE_INPUT_TEXT, 9, false, false, INPUT_BLUE, INPUT_FILL, true, RIGHT, HAIR, PLAIN, NULL},
    {STYLE_INPUT_INTEGER, 9, false, false, INPUT_BLUE, INPUT_FILL, true, RIGHT, HAIR, PLAIN,
     "#,##0"},
    {STYLE_TOTAL_LABEL, 9, true, false, INK, UNSET, true, LEFT, LXW_BORDER_DOUBLE, HAIR, NULL},
    {STYLE_TOTAL_INTEGER, 9, true, false, INK, UNSET, true, RIGHT, LXW_BORDER_DOUBLE, HAIR,
     "#,##0"},
};

static void style_apply(lxw_format *format, const struct style_spec *spec)
{
    format_set_font_name(format, "Arial");
    format_set_font_size(format, spec->size);
    format_set_font_color(format, (lxw_color_t)spec->ink);
    format_set_align(format, (uint8_t)spec->align);
    format_set_align(format, LXW_ALIGN_VERTICAL_TOP);
    if (spec->bold)
        format_set_bold(format);
    if (spec->align == LEFT && spec->indent)
        format_set_indent(format, 1);
    if (spec->wrap)
        format_set_text_wrap(format);
    if (spec->fill != UNSET) {
        format_set_pattern(format, LXW_PATTERN_SOLID);
        format_set_bg_color(format, (lxw_color_t)spec->fill);
    }
    if (spec->bottom != PLAIN) {
        format_set_bottom(format, (uint8_t)spec->bottom);
        format_set_bottom_color(format, spec->bottom == LXW_BORDER_DOUBLE ? (lxw_color_t)INK
                                                                          : (lxw_color_t)HAIRLINE);
    }
    if (spec->top != PLAIN) {
        format_set_top(format, (uint8_t)spec->top);
        format_set_top_color(format, (lxw_color_t)INK);
    }
    if (spec->number_format != NULL)
        format_set_num_format(format, spec->number_format);
}

static const char ZEROS[] = "0000000000";

/* "#,##0", "#,##0.00": amounts are never negative. */
static void amount_format(int digits, char format[32])
{
    snprintf(format, 32, "#,##0%s%.*s", digits == 0 ? "" : ".", digits, ZEROS);
}

/* "0 %", "0.0 %" */
static void rate_format(int digits, char format[32])
{
    snprintf(format, 32, "0%s%.*s\\ %%", digits == 0 ? "" : ".", digits, ZEROS);
}

enum style style_rate(enum style base, struct decimal rate)
{
    int digits = 2;

    while (digits < DECIMAL_DIGITS && !decimal_fits_digits(rate, digits))
        digits++;
    return (enum style)((int)base + digits - 2);
}

/* One style of each number of decimals. */
static void family_apply(lxw_format *const formats[STYLE_COUNT], const struct style_spec *spec,
                         int count, void (*number_format)(int digits, char format[32]))
{
    for (int digits = 0; digits < count; digits++) {
        lxw_format *format = formats[(int)spec->style + digits];
        char text[32];

        number_format(digits, text);
        style_apply(format, spec);
        format_set_num_format(format, text);
    }
}

static void families_apply(lxw_format *const formats[STYLE_COUNT])
{
    static const struct style_spec plain = {
        STYLE_AMOUNT, 9, false, false, INK, UNSET, false, RIGHT, HAIR, PLAIN, NULL,
    };
    static const struct style_spec input = {
        STYLE_INPUT_AMOUNT,
        9,
        false,
        false,
        INPUT_BLUE,
        INPUT_FILL,
        false,
        RIGHT,
        HAIR,
        PLAIN,
        NULL,
    };
    static const struct style_spec total = {
        STYLE_TOTAL_AMOUNT, 9, true, false, INK, UNSET, false, RIGHT, LXW_BORDER_DOUBLE, HAIR, NULL,
    };
    struct style_spec rate = plain, input_rate = input;

    rate.style = STYLE_RATE;
    input_rate.style = STYLE_INPUT_RATE;
    family_apply(formats, &plain, AMOUNT_STYLES, amount_format);
    family_apply(formats, &input, AMOUNT_STYLES, amount_format);
    family_apply(formats, &total, AMOUNT_STYLES, amount_format);
    family_apply(formats, &rate, RATE_STYLES, rate_format);
    family_apply(formats, &input_rate, RATE_STYLES, rate_format);
}

static void conditional_apply(lxw_format *const formats[STYLE_COUNT])
{
    static const enum style rows[] = {STYLE_IF_ROW, STYLE_IF_DENIED, STYLE_IF_DEFERRED,
                                      STYLE_IF_LATE};

    /* A line under the row, in each: LibreOffice applies only the first that holds. */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        format_set_bottom(formats[rows[i]], LXW_BORDER_THIN);
        format_set_bottom_color(formats[rows[i]], HAIRLINE);
    }
    format_set_font_color(formats[STYLE_IF_DENIED], GREY);
    format_set_bg_color(formats[STYLE_IF_DEFERRED], DEFERRED_FILL);
    format_set_font_color(formats[STYLE_IF_LATE], LATE_INK);
    format_set_font_color(formats[STYLE_IF_GOOD], GOOD_INK);
    format_set_bg_color(formats[STYLE_IF_GOOD], GOOD_FILL);
    format_set_font_color(formats[STYLE_IF_BAD], BAD_INK);
    format_set_bg_color(formats[STYLE_IF_BAD], BAD_FILL);
}

int styles_add(lxw_workbook *xlsx, lxw_format *formats[STYLE_COUNT], struct error *err)
{
    formats[STYLE_NONE] = NULL;
    for (int i = STYLE_NONE + 1; i < STYLE_COUNT; i++) {
        formats[i] = workbook_add_format(xlsx);
        if (formats[i] == NULL)
            return error_set(err, ERROR_IO, "out of memory for the workbook");
    }
    for (size_t i = 0; i < sizeof(SPECS) / sizeof(SPECS[0]); i++)
        style_apply(formats[SPECS[i].style], &SPECS[i]);
    families_apply(formats);
    conditional_apply(formats);
    return 0;
}
