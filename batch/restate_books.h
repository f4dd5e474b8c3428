/*
 * A period's old and new ledgers side by side, account by account (batch/restate.h).
 *
 * Order of calls: restate_books_open(), restate_books_next() until it gives 0,
 * restate_books_check(), restate_books_close(). Old ledgers that do not read, or are not what their
 * manifest says, are ERROR_CLOSED: they were damaged after they had been published.
 */
#ifndef BATCH_RESTATE_BOOKS_H
#define BATCH_RESTATE_BOOKS_H

#include "batch/restate_rows.h"
#include "policy/manifest.h"

enum {
    RESTATE_ACCOUNTS = 0, /* the totals; the others are the ledgers that explain them */
    RESTATE_LEDGER_COUNT = 5,
};

/* One ledger of both books. */
struct restate_ledger {
    struct restate_columns columns;
    struct restate_side old_side;
    struct restate_side new_side;
    struct restate_rows old_rows; /* of the account at hand */
    struct restate_rows new_rows;
};

struct restate_books {
    struct restate_ledger ledgers[RESTATE_LEDGER_COUNT]; /* in byte order of their names */
    struct arena text;                                   /* of the account at hand */
    struct span account_id;                              /* the same */
};

/* Opens the ledgers of both folders. Close the books in either case. */
int restate_books_open(struct restate_books *books, const char *old_folder, const char *new_folder,
                       struct error *err) __attribute__((warn_unused_result));
void restate_books_close(struct restate_books *books);

/* Loads the next account that either book has: 1, 0 when there is none, or -1 with err filled. */
int restate_books_next(struct restate_books *books, struct error *err)
    __attribute__((warn_unused_result));

/*
 * Behind the last account: whether all was read as written. ERROR_CONTROL for a new ledger that was
 * not.
 */
int restate_books_check(struct restate_books *books, const struct manifest *old,
                        const struct output_summary *outputs, size_t output_count,
                        struct error *err) __attribute__((warn_unused_result));

#endif
