/*
 * Owns the looks and the words of a receipt. Knows no rule: amounts are the entry's.
 */
#include "writers/receipt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "policy/clause.h"
#include "writers/cell_plain.h"
#include "writers/workbook_parts.h"

enum {
    COLOUR_ACCENT_TEXT = 0x1F4E79,
    COLOUR_LINE = 0xBFBFBF,
    COLOUR_FAINT = 0x595959,
    LINE_BYTES = 2048,
    LINE_CHARACTERS = 60,
    ROW_POINTS = 17,
    A4 = 9,
};

enum look {
    LOOK_TITLE,
    LOOK_COMPANY,
    LOOK_SECTION,
    LOOK_LABEL,
    LOOK_VALUE,
    LOOK_TOTAL_LABEL,
    LOOK_FAINT,
    LOOK_SIGNATURE,
    LOOK_AMOUNT, /* by decimals, 0 to 10 */
    LOOK_TOTAL = LOOK_AMOUNT + DECIMAL_DIGITS + 1,
    LOOK_COUNT = LOOK_TOTAL + DECIMAL_DIGITS + 1,
};

struct receipt_book {
    char *path;
    const struct receipt_facts *facts;
    lxw_workbook *xlsx;
    lxw_format *looks[LOOK_COUNT];
    int count;
};

/* One sheet being filled, row by row. */
struct page {
    struct receipt_book *book;
    lxw_worksheet *sheet;
    lxw_row_t row;
    const struct refund_entry *entry;
    lxw_error worst;
};

static void note(struct page *page, lxw_error error)
{
    if (page->worst == LXW_NO_ERROR)
        page->worst = error;
}

/* ---- looks ---- */

static lxw_format *amount_format(lxw_workbook *xlsx, int digits, bool total)
{
    char format[32] = "#,##0";
    lxw_format *look = workbook_add_format(xlsx);

    if (digits > 0)
        snprintf(format, sizeof(format), "#,##0.%.*s", digits, "0000000000");
    format_set_num_format(look, format);
    format_set_align(look, LXW_ALIGN_RIGHT);
    format_set_align(look, total ? LXW_ALIGN_VERTICAL_CENTER : LXW_ALIGN_VERTICAL_TOP);
    if (total) {
        format_set_bold(look);
        format_set_font_size(look, 12);
        format_set_top(look, LXW_BORDER_THIN);
        format_set_bottom(look, LXW_BORDER_DOUBLE);
    }
    return look;
}

static void make_looks(struct receipt_book *book)
{
    lxw_workbook *xlsx = book->xlsx;
    lxw_format **looks = book->looks;

    for (int i = 0; i < LOOK_AMOUNT; i++) {
        looks[i] = workbook_add_format(xlsx);
        format_set_align(looks[i], LXW_ALIGN_VERTICAL_TOP);
    }
    format_set_font_size(looks[LOOK_TITLE], 20);
    format_set_bold(looks[LOOK_TITLE]);
    format_set_font_color(looks[LOOK_TITLE], COLOUR_ACCENT_TEXT);
    format_set_font_size(looks[LOOK_COMPANY], 12);
    format_set_font_color(looks[LOOK_COMPANY], COLOUR_FAINT);
    format_set_bold(looks[LOOK_SECTION]);
    format_set_font_color(looks[LOOK_SECTION], COLOUR_ACCENT_TEXT);
    format_set_bottom(looks[LOOK_SECTION], LXW_BORDER_THIN);
    format_set_bottom_color(looks[LOOK_SECTION], COLOUR_LINE);
    format_set_font_color(looks[LOOK_LABEL], COLOUR_FAINT);
    format_set_text_wrap(looks[LOOK_LABEL]);
    format_set_text_wrap(looks[LOOK_VALUE]);
    format_set_bold(looks[LOOK_TOTAL_LABEL]);
    format_set_align(looks[LOOK_TOTAL_LABEL], LXW_ALIGN_VERTICAL_CENTER);
    format_set_font_size(looks[LOOK_TOTAL_LABEL], 12);
    format_set_top(looks[LOOK_TOTAL_LABEL], LXW_BORDER_THIN);
    format_set_bottom(looks[LOOK_TOTAL_LABEL], LXW_BORDER_DOUBLE);
    format_set_font_size(looks[LOOK_FAINT], 9);
    format_set_font_color(looks[LOOK_FAINT], COLOUR_FAINT);
    format_set_text_wrap(looks[LOOK_FAINT]);
    format_set_top(looks[LOOK_SIGNATURE], LXW_BORDER_THIN);
    format_set_font_size(looks[LOOK_SIGNATURE], 9);
    format_set_font_color(looks[LOOK_SIGNATURE], COLOUR_FAINT);
    for (int digits = 0; digits <= DECIMAL_DIGITS; digits++) {
        looks[LOOK_AMOUNT + digits] = amount_format(xlsx, digits, false);
        looks[LOOK_TOTAL + digits] = amount_format(xlsx, digits, true);
    }
}

/* ---- lines of a page ---- */

/* Text as a cell takes it: control characters as Excel spells them, cut to the cell's limit. */
static void put_text(struct page *page, lxw_col_t column, struct span text, enum look look)
{
    char *safe = malloc(CELL_TEXT_BYTES_MAX);

    if (safe == NULL) {
        note(page, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return;
    }
    (void)cell_text(text, safe, NULL);
    note(page,
         worksheet_write_string(page->sheet, page->row, column, safe, page->book->looks[look]));
    free(safe);
}

static void put_merged(struct page *page, struct span text, enum look look, int points)
{
    note(page, worksheet_merge_range(page->sheet, page->row, 0, page->row, 2, "",
                                     page->book->looks[look]));
    put_text(page, 0, text, look);
    if (points > 0)
        note(page, worksheet_set_row(page->sheet, page->row, points, NULL));
    page->row++;
}

static void put_section(struct page *page, const char *title)
{
    page->row++;
    put_text(page, 0, span_of(title), LOOK_SECTION);
    put_text(page, 1, (struct span){"", 0}, LOOK_SECTION);
    put_text(page, 2, (struct span){"", 0}, LOOK_SECTION);
    page->row++;
}

static void put_line(struct page *page, const char *label, struct span value)
{
    put_text(page, 0, span_of(label), LOOK_LABEL);
    note(page, worksheet_merge_range(page->sheet, page->row, 1, page->row, 2, "",
                                     page->book->looks[LOOK_VALUE]));
    put_text(page, 1, value, LOOK_VALUE);
    /* Merged cells do not grow by themselves. */
    if (value.size > LINE_CHARACTERS)
        note(page, worksheet_set_row(page->sheet, page->row,
                                     ROW_POINTS * (int)(value.size / LINE_CHARACTERS + 1), NULL));
    page->row++;
}

static void put_instant(struct page *page, const char *label, int64_t instant)
{
    char text[INSTANT_TEXT_MAX];
    char words[INSTANT_TEXT_MAX + 16];

    if (instant == INSTANT_NONE)
        return;
    (void)instant_format(instant, page->book->facts->utc_offset_seconds, text);
    snprintf(words, sizeof(words), "%.10s %.8s (GMT%s)", text, text + 11, text + 19);
    put_line(page, label, span_of(words));
}

/* An amount that a cell's number can't hold exactly is text. */
static void put_amount(struct page *page, const char *label, const char *remark,
                       struct decimal amount, bool total)
{
    const int digits = currency_digits(page->entry->order->currency);
    const enum look look = (enum look)((total ? LOOK_TOTAL : LOOK_AMOUNT) + digits);

    put_text(page, 0, span_of(label), total ? LOOK_TOTAL_LABEL : LOOK_LABEL);
    put_text(page, 1, span_of(remark), total ? LOOK_TOTAL_LABEL : LOOK_VALUE);
    if (workbook_number_fits(amount)) {
        note(page, worksheet_write_number(page->sheet, page->row, 2, workbook_number(amount),
                                          page->book->looks[look]));
    } else {
        char text[DECIMAL_TEXT_MAX];

        (void)decimal_format(amount, digits, text);
        note(page,
             worksheet_write_string(page->sheet, page->row, 2, text, page->book->looks[look]));
    }
    if (total)
        note(page, worksheet_set_row(page->sheet, page->row, 24, NULL));
    page->row++;
}

/* ---- parts of a page ---- */

static void put_head(struct page *page, const struct account *account)
{
    const struct receipt_facts *facts = page->book->facts;
    const struct refund_entry *entry = page->entry;

    if (facts->company[0] != '\0')
        put_merged(page, span_of(facts->company), LOOK_COMPANY, 18);
    put_merged(page, span_of("Refund receipt"), LOOK_TITLE, 32);
    put_section(page, "Receipt");
    put_line(page, "Receipt for request", entry->request->request_id);
    put_instant(page, "Requested", entry->request->requested_at);
    put_line(page, "Decided in period", span_of(facts->period));
    put_section(page, "Customer");
    put_line(page, "Account", entry->request->account_id);
    put_line(page, "Name",
             account == NULL           ? span_of("(not in the accounts export)")
             : account->name.size == 0 ? span_of("(none given)")
                                       : account->name);
}

static void put_order(struct page *page)
{
    const struct order *order = page->entry->order;
    char term[64];

    snprintf(term, sizeof(term), "%d %s%s", (int)order->term_count,
             enum_term_unit.names[order->term_unit], order->term_count == 1 ? "" : "s");
    put_section(page, "Order");
    put_line(page, "Order", order->order_id);
    put_line(page, "Resource", order->resource_id);
    put_line(page, "Service, region", order->service);
    page->row--;
    {
        char text[LINE_BYTES];

        snprintf(text, sizeof(text), "%.*s, %.*s", (int)order->service.size, order->service.data,
                 (int)order->region.size, order->region.data);
        put_text(page, 1, span_of(text), LOOK_VALUE);
    }
    page->row++;
    put_line(page, "Term", span_of(term));
    put_instant(page, "Purchased", order->purchased_at);
    put_instant(page, "Service from", order->starts_at);
    put_instant(page, "Service to", order->expires_at);
}

static void put_amounts(struct page *page)
{
    const struct refund_entry *entry = page->entry;
    const char *currency = currency_code(entry->order->currency);
    const bool in_part = entry->decision == DECISION_PARTIAL;
    char used[96];
    char fee[96];
    char percent[DECIMAL_TEXT_MAX];
    char refund[32];

    snprintf(used, sizeof(used), "%lld of %lld %ss used", (long long)entry->used,
             (long long)entry->subscribed, usage_unit_name(entry->terms->usage_unit));
    (void)decimal_format((struct decimal){entry->fee_rate.units * 100}, 0, percent);
    snprintf(fee, sizeof(fee), "%s %% of the payment (%s, usage year %d)", percent,
             product_category_name(entry->category), entry->usage_year);
    snprintf(refund, sizeof(refund), "%s", currency);
    put_section(page, "Refund");
    put_amount(page, "Actual payment", "cash and flexi-purchase coupons", entry->actual_payment,
               false);
    put_amount(page, "Less amount due", in_part ? used : "none", entry->amount_due, false);
    put_amount(page, "Less handling fee", in_part ? fee : "none", entry->handling_fee, false);
    put_amount(page, "Refund", refund, entry->refund, true);
    page->row++;
    put_amount(page, "Paid back in cash", currency, entry->refund_cash, false);
    put_amount(page, "Paid back as flexi coupon", currency, entry->refund_flexi_coupon, false);
    if (!decimal_is_zero(entry->refund_cash_coupon))
        put_amount(page, "Cash coupon restored", currency, entry->refund_cash_coupon, false);
}

static void put_grounds(struct page *page, uint64_t ledger_line)
{
    const struct refund_entry *entry = page->entry;
    const struct receipt_facts *facts = page->book->facts;
    const struct reason *reason = refund_reason(entry->reason);
    const struct clause *clause = clause_find(reason->clause);
    char text[LINE_BYTES];

    put_section(page, "Why");
    put_line(page, "Reason", span_of(reason->text));
    snprintf(text, sizeof(text), "%s: %s; version \"%s\"", reason->clause,
             clause == NULL ? "" : clause->title, entry->terms->name);
    put_line(page, "Policy clause", span_of(text));
    page->row++;
    snprintf(text, sizeof(text),
             "Books %s, refunds.csv, line %llu. SHA-256 of the books' manifest: %s.", facts->period,
             (unsigned long long)ledger_line, facts->manifest_sha256);
    put_merged(page, span_of(text), LOOK_FAINT, 26);
    put_merged(page,
               span_of("After a refund is complete, the refunded cloud resources and any data they "
                       "contain will be permanently deleted."),
               LOOK_FAINT, 26);
    page->row += 2;
    put_text(page, 0, span_of("Date"), LOOK_SIGNATURE);
    put_text(page, 1, (struct span){"", 0}, LOOK_FAINT);
    put_text(page, 2, span_of("For the provider"), LOOK_SIGNATURE);
}

static void set_page(struct page *page)
{
    lxw_worksheet *sheet = page->sheet;
    char footer[LXW_HEADER_FOOTER_MAX];

    worksheet_set_paper(sheet, A4);
    worksheet_set_default_row(sheet, ROW_POINTS, LXW_FALSE);
    worksheet_set_portrait(sheet);
    worksheet_set_margins(sheet, 0.8, 0.8, 0.8, 0.8);
    worksheet_center_horizontally(sheet);
    worksheet_fit_to_pages(sheet, 1, 1);
    worksheet_gridlines(sheet, LXW_HIDE_ALL_GRIDLINES);
    snprintf(footer, sizeof(footer), "&L&8Refund receipt, period %s&R&8manifest %.16s...",
             page->book->facts->period, page->book->facts->manifest_sha256);
    note(page, worksheet_set_footer(sheet, footer));
    note(page, worksheet_set_column(sheet, 0, 0, 25, NULL));
    note(page, worksheet_set_column(sheet, 1, 1, 42, NULL));
    note(page, worksheet_set_column(sheet, 2, 2, 20, NULL));
}

/* ---- the book ---- */

struct receipt_book *receipt_book_open(const char *path, const struct receipt_facts *facts,
                                       struct error *err)
{
    struct receipt_book *book = calloc(1, sizeof(*book));
    lxw_doc_properties properties = {
        .title = "Refund receipts",
        .author = "recompense",
        .created = (time_t)period_start(facts->period_number + 1, facts->utc_offset_seconds),
    };
    int fd = -1;

    if (book == NULL || (book->path = strdup(path)) == NULL) {
        free(book);
        error_set(err, ERROR_IO, "out of memory");
        return NULL;
    }
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) {
        error_set_errno(err, errno, "%s: cannot create", path);
        free(book->path);
        free(book);
        return NULL;
    }
    close(fd);
    book->facts = facts;
    book->xlsx = workbook_new(path);
    if (book->xlsx == NULL || workbook_set_properties(book->xlsx, &properties) != LXW_NO_ERROR) {
        error_set(err, ERROR_IO, "%s: cannot create", path);
        receipt_book_discard(book);
        return NULL;
    }
    make_looks(book);
    return book;
}

int receipt_book_add(struct receipt_book *book, const struct refund_entry *entry,
                     const struct account *account, uint64_t ledger_line, struct error *err)
{
    struct page page = {.book = book, .entry = entry};
    char name[LXW_SHEETNAME_MAX];

    snprintf(name, sizeof(name), "Receipt %d", ++book->count);
    page.sheet = workbook_add_worksheet(book->xlsx, name);
    if (page.sheet == NULL)
        return error_set(err, ERROR_IO, "%s: cannot add a sheet", book->path);
    set_page(&page);
    put_head(&page, account);
    put_order(&page);
    put_amounts(&page);
    put_grounds(&page, ledger_line);
    if (page.worst != LXW_NO_ERROR)
        return error_set(err, ERROR_IO, "%s: %s", book->path, lxw_strerror(page.worst));
    return 0;
}

int receipt_book_close(struct receipt_book *book, struct error *err)
{
    const lxw_error error = workbook_close(book->xlsx);
    int status = 0;

    book->xlsx = NULL;
    if (error != LXW_NO_ERROR) {
        status = error_set(err, ERROR_IO, "%s: %s", book->path, lxw_strerror(error));
        (void)unlink(book->path);
    }
    free(book->path);
    free(book);
    return status;
}

void receipt_book_discard(struct receipt_book *book)
{
    if (book == NULL)
        return;
    if (book->xlsx != NULL)
        lxw_workbook_free(book->xlsx);
    (void)unlink(book->path);
    free(book->path);
    free(book);
}
