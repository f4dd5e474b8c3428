/*
 * One file of the workbook: its sheets in the order of the book, and its making.
 */
#ifndef WRITERS_WORKBOOK_BOOK_H
#define WRITERS_WORKBOOK_BOOK_H

#include "writers/workbook_parts.h"

/* Number 1 has all sheets; later ones a cover, the policy and the ledgers. */
struct book *book_open(struct audit_workbook *workbook, int number, struct error *err)
    __attribute__((warn_unused_result));
/* Gives back what memory the rows took, when the next book starts. */
int book_rest(const struct book *book, struct error *err) __attribute__((warn_unused_result));
/* Ends the ledgers and writes the sheets that are known last. */
int book_finish(struct book *book, const struct workbook_closing *closing, struct error *err)
    __attribute__((warn_unused_result));
/*
 * Makes the file, of which the summary has name and rows alone. `beside`: with a thread of its own
 * for the streams.
 */
int book_close(struct book *book, bool beside, struct output_summary *summary, struct error *err)
    __attribute__((warn_unused_result));
/* A file that is not made yet leaves nothing. NULL is allowed. */
void book_free(struct book *book);

#endif
