/*
 * Scans the XML of a worksheet as it comes, in pieces of any size, into a tally.
 */
#ifndef READERS_SHEET_SCAN_H
#define READERS_SHEET_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/workbook_tally.h"

enum { SCAN_TAG_MAX = 512, SCAN_VALUE_MAX = 64 };

/* A cleared one is ready. */
struct sheet_scan {
    struct sheet_tally tally; /* so far; without a name */
    char tag[SCAN_TAG_MAX];   /* one that came in pieces, so far, from behind its "<" */
    size_t tag_size;
    char value[SCAN_VALUE_MAX]; /* of the number at hand */
    size_t value_size;
    int column; /* of the cell at hand */
    bool row_counted;
    bool is_text;   /* the cell's type is a string, an error or a boolean: no number */
    bool is_string; /* its value is its text, unless a formula's result */
    bool in_tag, in_number, in_text, in_entity;
    bool ended; /* the last tag was the worksheet's end */
};

/* false when the bytes can't be what a workbook of ours holds. */
bool sheet_scan_feed(struct sheet_scan *scan, const char *bytes, size_t size)
    __attribute__((warn_unused_result));

/* Whether what was fed ends with the end of the worksheet. */
bool sheet_scan_ended(const struct sheet_scan *scan);

/*
 * The decimal of at most 15 significant digits and 10 decimals that stands behind a number of a
 * cell, x 10^10: false where there is none.
 */
bool sheet_scan_number(const char *text, size_t size, int128 *units)
    __attribute__((warn_unused_result));

#endif
