/*
 * Owns the Cover sheet: what this is, from what it was made, how to read it, and who signs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "writers/workbook_parts.h"

struct page {
    struct sheet *sheet;
    const struct workbook_facts *facts;
    uint32_t row;
    struct error *err;
};

static int put_section(struct page *page, const char *title)
{
    page->row++;
    return sheet_text(page->sheet, page->row++, 0, title, STYLE_SECTION, page->err);
}

static int put_fact(struct page *page, const char *label, const char *value, enum style style)
{
    if (sheet_text(page->sheet, page->row, 0, label, STYLE_LABEL, page->err) != 0)
        return -1;
    return sheet_text(page->sheet, page->row++, 1, value, style, page->err);
}

static int put_title(struct page *page)
{
    const struct workbook_facts *facts = page->facts;
    char period[PERIOD_TEXT_MAX], title[64];

    period_format(facts->period, period);
    snprintf(title, sizeof(title), "Books of %s", period);
    if (facts->company[0] != '\0' &&
        sheet_text(page->sheet, page->row++, 0, facts->company, STYLE_SECTION, page->err) != 0)
        return -1;
    if (sheet_row_height(page->sheet, page->row, 24, page->err) != 0)
        return -1;
    if (sheet_text(page->sheet, page->row++, 0, title, STYLE_TITLE, page->err) != 0)
        return -1;
    return sheet_text(page->sheet, page->row++, 0,
                      "Refunds, fault compensation, rewards and support scope, decided under the "
                      "provider's after-sales policy",
                      STYLE_SUBTITLE, page->err);
}

static int put_facts(struct page *page)
{
    const struct workbook_facts *facts = page->facts;
    const int utc_offset = facts->policy->utc_offset_seconds;
    char first[INSTANT_TEXT_MAX], end[INSTANT_TEXT_MAX], period[96], program[96], versions[16];
    const char *file = facts->policy_file[0] == '\0' ? "built in" : facts->policy_file;

    instant_format(period_start(facts->period, utc_offset), utc_offset, first);
    instant_format(period_start(facts->period + 1, utc_offset), utc_offset, end);
    snprintf(period, sizeof(period), "%s to before %s", first, end);
    snprintf(program, sizeof(program), "recompense %s", facts->program_version);
    snprintf(versions, sizeof(versions), "%zu", facts->policy->version_count);
    if (put_section(page, "What this is") != 0 ||
        put_fact(page, "Period", period, STYLE_VALUE) != 0 ||
        put_fact(page, "Program", program, STYLE_VALUE) != 0 ||
        put_fact(page, "Policy file", file, STYLE_VALUE) != 0 ||
        put_fact(page, "Policy SHA-256", facts->policy_sha256, STYLE_HASH) != 0)
        return -1;
    for (size_t i = 0; i < facts->policy->version_count; i++) {
        char text[INSTANT_TEXT_MAX + TERMS_NAME_BYTES_MAX + 16], from[INSTANT_TEXT_MAX];

        instant_format(facts->policy->versions[i].effective_from, utc_offset, from);
        snprintf(text, sizeof(text), "%s, in force from %s", facts->policy->versions[i].name, from);
        if (put_fact(page, i == 0 ? "Policy versions" : "", text, STYLE_VALUE) != 0)
            return -1;
    }
    return 0;
}

static int put_books(struct page *page, const struct audit_workbook *workbook)
{
    if (workbook->book_count == 1)
        return 0;
    if (put_section(page, "Workbooks of this period, by account") != 0)
        return -1;
    for (size_t i = 0; i < workbook->book_count; i++) {
        const struct book *book = workbook->books[i];
        char range[600];

        snprintf(range, sizeof(range), "%s to %s", book->first_account, book->last_account);
        if (put_fact(page, book->name, range, STYLE_VALUE) != 0)
            return -1;
    }
    return 0;
}

static int put_reading(struct page *page)
{
    static const char *const lines[] = {
        "Summary is the lead schedule: what was decided, tied to the ledgers by formulas. Controls "
        "proves it: both sides of every identity, and the difference.",
        "Policy holds the terms as inputs (blue). Fees, amounts due, refunds and compensations in "
        "the ledgers are formulas over their row and those cells.",
        "Rounding is done with whole minor units inside the formulas, so that recalculating gives "
        "exactly the published amount, ties included.",
        MARK " marks a number of more than 15 digits: it is text, and in no formula. Controls "
             "counts them, and the amounts that are values instead of formulas.",
        "Links lead from an account to its first row in each ledger and back, and from a reason to "
        "its meaning on Policy; a large sheet links its largest amounts only.",
        "Grey rows are denied, tinted ones deferred or pending, brown ones belong to an earlier "
        "month. Dates and times are those of the policy's time zone.",
        "The same rows are in the CSV ledgers beside this workbook; their SHA-256 are in "
        "manifest.json.",
    };

    if (put_section(page, "How to read it") != 0)
        return -1;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (sheet_text(page->sheet, page->row++, 0, lines[i], STYLE_PLAIN, page->err) != 0)
            return -1;
    return 0;
}

static int put_input(struct page *page, const struct workbook_input *input)
{
    const uint64_t counts[] = {input->read, input->accepted, input->rejected, input->duplicate};

    if (sheet_text(page->sheet, page->row, 0, input->input, STYLE_TEXT, page->err) != 0 ||
        sheet_text(page->sheet, page->row, 1, input->file, STYLE_TEXT, page->err) != 0)
        return -1;
    for (int i = 0; i < 4; i++)
        if (sheet_number(page->sheet, page->row, 2 + i, decimal_from_integer((int64_t)counts[i]),
                         STYLE_INTEGER, page->err) != 0)
            return -1;
    return sheet_text(page->sheet, page->row++, 6, input->sha256, STYLE_HASH, page->err);
}

static int put_inputs(struct page *page, const struct workbook_closing *closing)
{
    static const char *const headings[] = {"Input",    "File",      "Read",   "Accepted",
                                           "Rejected", "Duplicate", "SHA-256"};

    if (put_section(page, "Inputs") != 0)
        return -1;
    for (int i = 0; i < 7; i++)
        if (sheet_text(page->sheet, page->row, i, headings[i],
                       i >= 2 && i <= 5 ? STYLE_HEAD_RIGHT : STYLE_HEAD, page->err) != 0)
            return -1;
    page->row++;
    for (size_t i = 0; i < closing->input_count; i++)
        if (put_input(page, &closing->inputs[i]) != 0)
            return -1;
    return 0;
}

static int put_signatures(struct page *page)
{
    static const char *const headings[] = {"", "Name", "Date", "", "", "", "Signature"};
    static const char *const signers[] = {"Prepared by", "Reviewed by"};

    if (put_section(page, "Sign-off") != 0)
        return -1;
    for (int i = 0; i < 7; i++)
        if (sheet_text(page->sheet, page->row, i, headings[i], STYLE_HEAD, page->err) != 0)
            return -1;
    page->row++;
    for (int i = 0; i < 2; i++) {
        if (sheet_row_height(page->sheet, page->row, 26, page->err) != 0 ||
            sheet_text(page->sheet, page->row, 0, signers[i], STYLE_LABEL, page->err) != 0)
            return -1;
        for (int column = 1; column < 7; column++)
            if (sheet_blank(page->sheet, page->row, column, STYLE_SIGNATURE, page->err) != 0)
                return -1;
        page->row++;
    }
    return 0;
}

int cover_sheet_write(struct book *book, const struct workbook_closing *closing, struct error *err)
{
    static const int widths[] = {19, 36, 11, 11, 11, 11, 56};
    struct page page = {.sheet = book->cover, .facts = &book->owner->facts, .err = err};

    page.sheet->landscape = true;
    for (int i = 0; i < 7; i++)
        if (sheet_column_width(page.sheet, i, widths[i], err) != 0)
            return -1;
    if (put_title(&page) != 0 || put_facts(&page) != 0 || put_books(&page, book->owner) != 0 ||
        put_inputs(&page, closing) != 0 || put_signatures(&page) != 0 || put_reading(&page) != 0)
        return -1;
    return 0;
}
