/*
 * Owns how sheets print: A4, margins, fit to width, header and footer.
 */
#include <stdio.h>
#include <string.h>

#include "writers/workbook_parts.h"

enum { FOOTER_BYTES_MAX = 256, PAPER_A4 = 9, HASH_DIGITS_SHOWN = 12 };

/* The inputs' files that the sheet was made from: "refund_requests.csv 9f8e..., 2 more". */
static void source_text(const struct sheet *sheet, const struct workbook_closing *closing,
                        char *text, size_t size)
{
    size_t found = 0;
    const struct workbook_input *first = NULL;

    for (size_t i = 0; i < closing->input_count; i++)
        if (strcmp(closing->inputs[i].input, sheet->source) == 0) {
            first = first == NULL ? &closing->inputs[i] : first;
            found++;
        }
    if (first == NULL)
        snprintf(text, size, "%s", "");
    else if (found == 1)
        snprintf(text, size, " \xC2\xB7 %s %.*s", sheet->source, HASH_DIGITS_SHOWN, first->sha256);
    else
        snprintf(text, size, " \xC2\xB7 %s %.*s and %zu more", sheet->source, HASH_DIGITS_SHOWN,
                 first->sha256, found - 1);
}

static int footer_set(struct sheet *sheet, const struct workbook_closing *closing,
                      struct error *err)
{
    const struct workbook_facts *facts = &sheet->book->owner->facts;
    char period[PERIOD_TEXT_MAX], source[128], footer[FOOTER_BYTES_MAX];

    period_format(facts->period, period);
    source_text(sheet, closing, source, sizeof(source));
    snprintf(footer, sizeof(footer),
             "&L&\"Arial,Regular\"&7Period %s \xC2\xB7 policy %.*s%s"
             "&C&\"Arial,Regular\"&7&A&R&\"Arial,Regular\"&7Page &P of &N",
             period, HASH_DIGITS_SHOWN, facts->policy_sha256, source);
    return sheet_check(sheet, worksheet_set_footer(sheet->worksheet, footer), err);
}

int page_set_up(struct sheet *sheet, const struct workbook_closing *closing, struct error *err)
{
    lxw_worksheet *worksheet = sheet->worksheet;

    worksheet_set_paper(worksheet, PAPER_A4);
    if (sheet->landscape)
        worksheet_set_landscape(worksheet);
    worksheet_set_margins(worksheet, 0.5, 0.5, 0.6, 0.7);
    if (sheet->print_scale == 0)
        worksheet_fit_to_pages(worksheet, 1, 0);
    else
        worksheet_set_print_scale(worksheet, sheet->print_scale);
    return footer_set(sheet, closing, err);
}
