/*
 * What was handed to a workbook, sheet by sheet, so that the finished file can be proved to hold
 * it (readers/workbook_check.h): the library that makes the file does not tell when the disk is
 * full. A value: filled by the writer, compared by the reader.
 */
#ifndef POLICY_WORKBOOK_TALLY_H
#define POLICY_WORKBOOK_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "policy/decimal.h"

enum {
    WORKBOOK_COLUMNS_MAX = 72,
    WORKBOOK_SHEET_NAME_MAX = 32, /* Excel's 31 characters, of one byte each here, and a NUL */
    WORKBOOK_DIGITS = 15, /* significant decimal digits that a number of a cell keeps exactly */
    SHEET_SEAMS_MAX = 31,
};

/* The numbers of a column, those of formulas included (their result is stored beside them). */
struct column_tally {
    uint64_t numbers;
    int128 units; /* their exact sum, x 10^10 */
};

/* Where a sheet's deflated data can be entered: behind a full flush. */
struct sheet_seam {
    uint64_t stored; /* bytes of data before it */
    uint64_t bytes;  /* of text */
};

struct sheet_tally {
    char name[WORKBOOK_SHEET_NAME_MAX];
    uint64_t rows;       /* that hold a cell */
    uint64_t cells;      /* all of them, empty formatted ones too */
    uint64_t formulas;   /* of those */
    uint64_t text_bytes; /* of all text cells, as stored: escaped for the format, not for XML */
    struct column_tally columns[WORKBOOK_COLUMNS_MAX];
    struct sheet_seam seams[SHEET_SEAMS_MAX]; /* in order; among the rows, and not each of them */
    size_t seam_count;
};

/* Adds what another one has counted; name and seams stay. */
static inline void sheet_tally_add(struct sheet_tally *tally, const struct sheet_tally *added)
{
    tally->rows += added->rows;
    tally->cells += added->cells;
    tally->formulas += added->formulas;
    tally->text_bytes += added->text_bytes;
    for (int i = 0; i < WORKBOOK_COLUMNS_MAX; i++) {
        tally->columns[i].numbers += added->columns[i].numbers;
        tally->columns[i].units += added->columns[i].units;
    }
}

struct workbook_tally {
    struct sheet_tally **sheets; /* in the order of the book; owned by whoever filled the tally */
    size_t sheet_count;
};

#endif
