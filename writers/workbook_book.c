/*
 * Owns a file of the workbook: creating it where nothing stands, its properties, its sheets' order,
 * and its bytes on disk.
 * Must not know what is on a sheet.
 */
#include "writers/workbook_book.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "writers/workbook_ledger.h"
#include "writers/workbook_package.h"

static int name_book(struct book *book, struct error *err)
{
    char period[PERIOD_TEXT_MAX];

    period_format(book->owner->facts.period, period);
    if (book->number == 1)
        snprintf(book->name, sizeof(book->name), "recompense-%s.xlsx", period);
    else
        snprintf(book->name, sizeof(book->name), "recompense-%s-%d.xlsx", period, book->number);
    if (snprintf(book->path, sizeof(book->path), "%s/%s", book->owner->folder, book->name) >=
            (int)sizeof(book->path) ||
        snprintf(book->skeleton, sizeof(book->skeleton), "%s/book-%d.xlsx", book->owner->scratch,
                 book->number) >= (int)sizeof(book->skeleton))
        return error_set(err, ERROR_IO, "%s: the path is too long", book->owner->folder);
    return 0;
}

/* The library opens the file by name: it must be ours, and new. */
static int create_file(struct book *book, struct error *err)
{
    int fd = open(book->skeleton, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return error_set_errno(err, errno, "%s", book->skeleton);
    if (close(fd) != 0)
        return error_set_errno(err, errno, "%s", book->skeleton);
    book->created = true;
    return 0;
}

/* Created and modified: the end of the period, so that two runs give the same bytes. */
static int set_properties(struct book *book, struct error *err)
{
    const struct workbook_facts *facts = &book->owner->facts;
    char period[PERIOD_TEXT_MAX], title[96], company[256], author[96];
    lxw_doc_properties properties = {
        .title = title,
        .author = author,
        .company = company,
        .subject = "Refunds, fault compensation, rewards and support of the period",
        .category = "Finance",
        .keywords = "refunds, compensation, rewards, audit",
        .created = (time_t)period_start(facts->period + 1, facts->policy->utc_offset_seconds),
    };

    period_format(facts->period, period);
    snprintf(title, sizeof(title), "Books of %s", period);
    snprintf(author, sizeof(author), "recompense %s", facts->program_version);
    snprintf(company, sizeof(company), "%s", facts->company);
    if (workbook_set_properties(book->xlsx, &properties) != LXW_NO_ERROR)
        return error_set(err, ERROR_IO, "%s: its properties are refused", book->name);
    return 0;
}

static int add_sheets(struct book *book, struct error *err)
{
    book->cover = sheet_add(book, "Cover", err);
    if (book->cover == NULL)
        return -1;
    if (book->number == 1) {
        book->summary = sheet_add(book, "Summary", err);
        if (book->summary == NULL)
            return -1;
        book->controls = sheet_add(book, "Controls", err);
        if (book->controls == NULL)
            return -1;
    }
    book->policy = sheet_add(book, "Policy", err);
    if (book->policy == NULL || policy_sheet_write(book, err) != 0)
        return -1;
    for (int kind = 0; kind < LEDGER_KINDS; kind++) {
        if (kind == LEDGER_RESTATEMENT || (kind == LEDGER_REJECTS && book->number > 1))
            continue;
        book->ledgers[kind] = ledger_sheets_add(book, (enum ledger_kind)kind, err);
        if (book->ledgers[kind] == NULL)
            return -1;
    }
    worksheet_activate(book->cover->worksheet);
    return 0;
}

struct book *book_open(struct audit_workbook *workbook, int number, struct error *err)
{
    struct book *book = calloc(1, sizeof(*book));
    lxw_workbook_options options = {
        .constant_memory = LXW_TRUE,
        .tmpdir = workbook->scratch,
        .use_zip64 = LXW_FALSE,
    };

    if (book == NULL) {
        error_set(err, ERROR_IO, "out of memory for the workbook");
        return NULL;
    }
    book->owner = workbook;
    book->number = number;
    if (name_book(book, err) != 0 || create_file(book, err) != 0)
        goto failed;
    book->xlsx = workbook_new_opt(book->skeleton, &options);
    if (book->xlsx == NULL) {
        error_set(err, ERROR_IO, "out of memory for the workbook");
        goto failed;
    }
    if (styles_add(book->xlsx, book->formats, err) != 0 || set_properties(book, err) != 0)
        goto failed;
    sheet_number_formats(book);
    if (add_sheets(book, err) != 0)
        goto failed;
    return book;
failed:
    book_free(book);
    return NULL;
}

int book_rest(const struct book *book, struct error *err)
{
    for (int kind = 0; kind < LEDGER_KINDS; kind++)
        if (book->ledgers[kind] != NULL && ledger_rest(book->ledgers[kind], err) != 0)
            return -1;
    return 0;
}

int book_finish(struct book *book, const struct workbook_closing *closing, struct error *err)
{
    for (int kind = 0; kind < LEDGER_KINDS; kind++)
        if (book->ledgers[kind] != NULL && ledger_finish(book->ledgers[kind], false, err) != 0)
            return -1;
    if (cover_sheet_write(book, closing, err) != 0)
        return -1;
    if (book->number == 1 && (summary_sheet_write(book, closing, err) != 0 ||
                              controls_sheet_write(book, closing, err) != 0))
        return -1;
    for (size_t i = 0; i < book->tally.sheet_count; i++) {
        struct sheet *sheet = book->sheets[i];

        if (page_set_up(sheet, closing, err) != 0 ||
            (sheet->stream != NULL && sheet_stream_finish(sheet->stream, err) != 0))
            return -1;
    }
    return 0;
}

/* Makes the package: the library's file with the streams' cells. */
static int make_package(const struct book *book, bool beside, struct error *err)
{
    struct streamed_sheet *sheets = calloc(book->sheet_count + 1, sizeof(*sheets));
    size_t count = 0;
    int status = 0;

    if (sheets == NULL)
        return error_set(err, ERROR_IO, "out of memory for the workbook");
    for (size_t i = 0; i < book->sheet_count; i++) {
        struct sheet_stream *stream = book->sheets[i]->stream;

        if (stream != NULL)
            sheets[count++] = (struct streamed_sheet){i + 1, stream, book->tally.sheets[i]};
    }
    status = workbook_package_make(book->path, book->name, book->skeleton, &book->owner->sheets,
                                   sheets, count, beside, err);
    free(sheets);
    return status;
}

int book_close(struct book *book, bool beside, struct output_summary *summary, struct error *err)
{
    lxw_error status = workbook_close(book->xlsx);

    book->xlsx = NULL;
    if (status != LXW_NO_ERROR)
        return error_set(err, ERROR_IO, "%s: %s", book->name, lxw_strerror(status));
    if (make_package(book, beside, err) != 0)
        return -1;
    memset(summary, 0, sizeof(*summary));
    snprintf(summary->name, sizeof(summary->name), "%s", book->name);
    summary->rows = book->rows;
    book->complete = true;
    return 0;
}

void book_free(struct book *book)
{
    if (book == NULL)
        return;
    if (book->xlsx != NULL)
        lxw_workbook_free(book->xlsx);
    for (int kind = 0; kind < LEDGER_KINDS; kind++)
        ledger_sheets_free(book->ledgers[kind]);
    for (size_t i = 0; i < book->tally.sheet_count; i++)
        free(book->tally.sheets[i]);
    free(book->tally.sheets);
    for (size_t i = 0; i < book->sheet_count; i++) {
        sheet_stream_close(book->sheets[i]->stream);
        free(book->sheets[i]);
    }
    free(book->sheets);
    if (book->created)
        (void)unlink(book->skeleton);
    free(book);
}
