/*
 * Owns the making of a reconciliation's workbook: the file and its sheets in their order.
 * Must not know what stands on them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "writers/reconcile_tables.h"
#include "writers/workbook_book.h"
#include "writers/workbook_reconcile_parts.h"

enum { PAPER_A4_SIZE = 9, FOOTER_BYTES = 256, HASH_SHOWN = 12 };

/* ---- the file ---- */

/* The library opens the file by name: it must be ours, and new. */
static int create_file(struct book *book, const char *folder, int32_t period, struct error *err)
{
    char text[PERIOD_TEXT_MAX];
    int fd;

    (void)period_format(period, text);
    (void)snprintf(book->name, sizeof(book->name), "reconciliation-%s.xlsx", text);
    if (snprintf(book->path, sizeof(book->path), "%s/%s", folder, book->name) >=
            (int)sizeof(book->path) ||
        snprintf(book->skeleton, sizeof(book->skeleton), "%s/reconciliation.xlsx",
                 book->owner->scratch) >= (int)sizeof(book->skeleton))
        return error_set(err, ERROR_IO, "%s: the path is too long", folder);
    fd = open(book->skeleton, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 || close(fd) != 0)
        return error_set_errno(err, errno, "%s", book->skeleton);
    book->created = true;
    return 0;
}

/* Created: the end of the period, so that the same reconciliation gives the same bytes. */
static int set_properties(const struct reconcile_workbook *it, struct error *err)
{
    char period[PERIOD_TEXT_MAX], title[96], author[96], company[256];
    lxw_doc_properties properties = {
        .title = title,
        .author = author,
        .company = company,
        .subject = "What was owed against what was billed",
        .category = "Finance",
        .created = (time_t)period_start(it->facts.period + 1, it->facts.utc_offset_seconds),
    };

    (void)period_format(it->facts.period, period);
    (void)snprintf(title, sizeof(title), "Reconciliation of %s", period);
    (void)snprintf(author, sizeof(author), "recompense %s", it->facts.program_version);
    (void)snprintf(company, sizeof(company), "%s", it->facts.company);
    if (workbook_set_properties(it->book->xlsx, &properties) != LXW_NO_ERROR)
        return error_set(err, ERROR_IO, "%s: its properties are refused", it->book->name);
    return 0;
}

static int add_sheets(struct reconcile_workbook *it, struct error *err)
{
    struct sheet *breaks;
    struct sheet *matches;
    struct sheet *purchases = NULL;
    struct sheet *rules;
    uint32_t head = 0;

    it->summary = sheet_add(it->book, "Summary", err);
    breaks = it->summary == NULL ? NULL : sheet_add(it->book, "Breaks", err);
    matches = breaks == NULL ? NULL : sheet_add(it->book, "Matches", err);
    if (matches != NULL && it->facts.orders_compared) {
        purchases = sheet_add(it->book, "Purchases", err);
        if (purchases == NULL)
            return -1;
    }
    rules = matches == NULL ? NULL : sheet_add(it->book, "Rules", err);
    if (rules == NULL || statement_sheet_write(it, err) != 0 ||
        ages_write(it, breaks, &head, err) != 0 ||
        list_open(it, &it->breaks, &table_breaks, breaks, head, err) != 0 ||
        list_open(it, &it->matches, &table_reconciliation, matches, 0, err) != 0 ||
        rules_sheet_write(it, rules, err) != 0)
        return -1;
    worksheet_activate(it->summary->worksheet);
    return purchases == NULL ? 0
                             : list_open(it, &it->purchases, &table_purchases, purchases, 0, err);
}

struct reconcile_workbook *reconcile_workbook_open(const char *folder, const char *scratch,
                                                   const struct reconcile_workbook_facts *facts,
                                                   struct error *err)
{
    struct reconcile_workbook *it = calloc(1, sizeof(*it));
    lxw_workbook_options options = {.constant_memory = LXW_TRUE, .use_zip64 = LXW_FALSE};

    if (it != NULL) {
        it->facts = *facts;
        it->owner = calloc(1, sizeof(*it->owner));
        it->book = calloc(1, sizeof(*it->book));
    }
    if (it == NULL || it->owner == NULL || it->book == NULL) {
        error_set(err, ERROR_IO, "out of memory for the workbook");
        goto failed;
    }
    it->book->owner = it->owner;
    it->book->number = 1;
    it->owner->sheets.fd = -1;
    (void)snprintf(it->owner->scratch, sizeof(it->owner->scratch), "%s", scratch);
    options.tmpdir = it->owner->scratch;
    if (create_file(it->book, folder, facts->period, err) != 0)
        goto failed;
    it->book->xlsx = workbook_new_opt(it->book->skeleton, &options);
    if (it->book->xlsx == NULL) {
        error_set(err, ERROR_IO, "out of memory for the workbook");
        goto failed;
    }
    if (styles_add(it->book->xlsx, it->book->formats, err) != 0 || set_properties(it, err) != 0 ||
        add_sheets(it, err) != 0)
        goto failed;
    return it;

failed:
    reconcile_workbook_discard(it);
    return NULL;
}

/* ---- rows ---- */

int reconcile_workbook_break(struct reconcile_workbook *book, const struct reconciled_row *row,
                             struct error *err)
{
    return list_row(book, &book->breaks, row, err);
}

int reconcile_workbook_match(struct reconcile_workbook *book, const struct reconciled_row *row,
                             struct error *err)
{
    return list_row(book, &book->matches, row, err);
}

int reconcile_workbook_purchase(struct reconcile_workbook *book, const struct purchase_check *check,
                                struct error *err)
{
    return list_row(book, &book->purchases, check, err);
}

/* ---- the end ---- */

static int set_up_pages(struct reconcile_workbook *it, struct error *err)
{
    char period[PERIOD_TEXT_MAX];
    char footer[FOOTER_BYTES];

    (void)period_format(it->facts.period, period);
    (void)snprintf(footer, sizeof(footer),
                   "&L&\"Arial,Regular\"&7Reconciliation of %s, books %.*s"
                   "&C&\"Arial,Regular\"&7&A&R&\"Arial,Regular\"&7Page &P of &N",
                   period, HASH_SHOWN, it->facts.books_sha256);
    for (size_t i = 0; i < it->book->sheet_count; i++) {
        struct sheet *sheet = it->book->sheets[i];

        worksheet_set_paper(sheet->worksheet, PAPER_A4_SIZE);
        worksheet_set_margins(sheet->worksheet, 0.5, 0.5, 0.6, 0.7);
        if (sheet->landscape)
            worksheet_set_landscape(sheet->worksheet);
        worksheet_fit_to_pages(sheet->worksheet, 1, 0);
        if (sheet_check(sheet, worksheet_set_footer(sheet->worksheet, footer), err) != 0)
            return -1;
    }
    return 0;
}

int reconcile_workbook_close(struct reconcile_workbook *book, struct output_summary *summary,
                             struct workbook_tally *tally, struct error *err)
{
    int status = -1;

    if (list_finish(&book->breaks, err) == 0 && list_finish(&book->matches, err) == 0 &&
        list_finish(&book->purchases, err) == 0 && set_up_pages(book, err) == 0 &&
        book_close(book->book, false, summary, err) == 0) {
        *tally = book->book->tally;
        book->book->tally = (struct workbook_tally){0};
        status = 0;
    }
    reconcile_workbook_discard(book);
    return status;
}

void reconcile_workbook_discard(struct reconcile_workbook *book)
{
    if (book == NULL)
        return;
    book_free(book->book);
    free(book->owner);
    free(book);
}

void reconcile_workbook_tally_release(struct workbook_tally *tally)
{
    for (size_t i = 0; i < tally->sheet_count; i++)
        free(tally->sheets[i]);
    free(tally->sheets);
    *tally = (struct workbook_tally){0};
}
