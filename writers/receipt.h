/*
 * Refund receipts as a workbook: a sheet of one A4 page for each, ready to print. The same receipts
 * give the same bytes.
 *
 * Order of calls: receipt_book_open, receipt_book_add ..., then close or discard.
 */
#ifndef WRITERS_RECEIPT_H
#define WRITERS_RECEIPT_H

#include "policy/error.h"
#include "policy/ledger.h"

enum { RECEIPTS_PER_BOOK_MAX = 10000 };

/* What every receipt of a period says. Borrowed until the book is closed. */
struct receipt_facts {
    const char *company; /* who pays; "": not named */
    const char *period;
    const char *manifest_sha256;
    int32_t period_number;
    int utc_offset_seconds;
};

struct receipt_book;

/* Creates the file at `path` anew: NULL, with err filled, where something stands there. */
struct receipt_book *receipt_book_open(const char *path, const struct receipt_facts *facts,
                                       struct error *err) __attribute__((warn_unused_result));

/* A receipt of an approved refund. `account` may be NULL: not in the export. */
int receipt_book_add(struct receipt_book *book, const struct refund_entry *entry,
                     const struct account *account, uint64_t ledger_line, struct error *err)
    __attribute__((warn_unused_result));

int receipt_book_close(struct receipt_book *book, struct error *err)
    __attribute__((warn_unused_result));
/* Removes the file. NULL is allowed. */
void receipt_book_discard(struct receipt_book *book);

#endif
