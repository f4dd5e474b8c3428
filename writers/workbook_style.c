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
    int fill;   /* or UNSET */
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
    {STYLE_TITLE, 16, true, false, COLOUR_ACCENT, UNSET, LEFT, PLAIN, PLAIN, NULL},
    {STYLE_SUBTITLE, 9, false, false, GREY, UNSET, LEFT, PLAIN, PLAIN, NULL},
    {STYLE_SECTION, 11, true, false, COLOUR_ACCENT, UNSET, LEFT, PLAIN, PLAIN, NULL},
    {STYLE_NOTE, 9, false, true, GREY, UNSET, LEFT, PLAIN, PLAIN, NULL},
    {STYLE_LABEL, 9, true, false, INK, UNSET, LEFT, HAIR, PLAIN, NULL},
    {STYLE_VALUE, 9, false, false, INK, UNSET, LEFT, HAIR, PLAIN, NULL},
    {STYLE_PLAIN, 9, false, false, INK, UNSET, LEFT, PLAIN, PLAIN, NULL},
    {STYLE_WORDS, 9, false, true, INK, UNSET, LEFT, PLAIN, PLAIN, NULL},
    {STYLE_HASH, 8, false, false, GREY, UNSET, LEFT, HAIR, PLAIN, NULL},
    {STYLE_HEAD, 9, true, true, WHITE, COLOUR_ACCENT, LEFT, PLAIN, PLAIN, NULL},
    {STYLE_HEAD_RIGHT, 9, true, true, WHITE, COLOUR_ACCENT, RIGHT, PLAIN, PLAIN, NULL},
    {STYLE_TEXT, 9, false, false, INK, UNSET, LEFT, HAIR, PLAIN, NULL},
    {STYLE_LINK, 9, false, false, COLOUR_ACCENT, UNSET, LEFT, HAIR, PLAIN, NULL},
    {STYLE_INTEGER, 9, false, false, INK, UNSET, RIGHT, HAIR, PLAIN, "#,##0"},
    {STYLE_RATE, 9, false, false, INK, UNSET, RIGHT, HAIR, PLAIN, "0.##########\\ %"},
    {STYLE_INSTANT, 9, false, false, INK, UNSET, LEFT, HAIR, PLAIN, INSTANT_FORMAT},
    {STYLE_DATE, 9, false, false, INK, UNSET, LEFT, HAIR, PLAIN, "yyyy\\-mm\\-dd"},
    {STYLE_MARKED, 9, false, false, LATE_INK, UNSET, RIGHT, HAIR, PLAIN, NULL},
    {STYLE_STATUS, 9, true, false, INK, UNSET, LEFT, HAIR, PLAIN, NULL},
    {STYLE_SIGNATURE, 9, false, false, INK, UNSET, LEFT, LXW_BORDER_THIN, PLAIN, NULL},
    {STYLE_INPUT_TEXT, 9, false, false, INPUT_BLUE, INPUT_FILL, RIGHT, HAIR, PLAIN, NULL},
    {STYLE_INPUT_INTEGER, 9, false, false, INPUT_BLUE, INPUT_FILL, RIGHT, HAIR, PLAIN, "#,##0"},
    {STYLE_INPUT_RATE, 9, false, false, INPUT_BLUE, INPUT_FILL, RIGHT, HAIR, PLAIN,
     "0.##########\\ %"},
    {STYLE_TOTAL_LABEL, 9, true, false, INK, UNSET, LEFT, LXW_BORDER_DOUBLE, HAIR, NULL},
    {STYLE_TOTAL_INTEGER, 9, true, false, INK, UNSET, RIGHT, LXW_BORDER_DOUBLE, HAIR, "#,##0"},
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

/* "#,##0", "#,##0.00": amounts are never negative. */
static void amount_format(int digits, char format[32])
{
    snprintf(format, 32, "#,##0%s%.*s", digits == 0 ? "" : ".", digits, "0000000000");
}

static void conditional_apply(lxw_format *const formats[STYLE_COUNT])
{
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
    static const struct style_spec amount = {
        STYLE_AMOUNT, 9, false, false, INK, UNSET, RIGHT, HAIR, PLAIN, NULL,
    };
    static const struct style_spec input = {
        STYLE_INPUT_AMOUNT, 9, false, false, INPUT_BLUE, INPUT_FILL, RIGHT, HAIR, PLAIN, NULL,
    };
    static const struct style_spec total = {
        STYLE_TOTAL_AMOUNT, 9, true, false, INK, UNSET, RIGHT, LXW_BORDER_DOUBLE, HAIR, NULL,
    };

    formats[STYLE_NONE] = NULL;
    for (int i = STYLE_NONE + 1; i < STYLE_COUNT; i++) {
        formats[i] = workbook_add_format(xlsx);
        if (formats[i] == NULL)
            return error_set(err, ERROR_IO, "out of memory for the workbook");
    }
    for (size_t i = 0; i < sizeof(SPECS) / sizeof(SPECS[0]); i++)
        style_apply(formats[SPECS[i].style], &SPECS[i]);
    for (int digits = 0; digits < AMOUNT_STYLES; digits++) {
        const struct style_spec *specs[] = {&amount, &input, &total};
        char number_format[32];

        amount_format(digits, number_format);
        for (size_t i = 0; i < 3; i++) {
            lxw_format *format = formats[style_amount(specs[i]->style, digits)];

            style_apply(format, specs[i]);
            format_set_num_format(format, number_format);
        }
    }
    conditional_apply(formats);
    return 0;
}
