/*
 * A ledger's sheets: header, rows, and totals; continued on "Refunds (2)" where one is full.
 */
#ifndef WRITERS_WORKBOOK_LEDGER_H
#define WRITERS_WORKBOOK_LEDGER_H

#include "writers/workbook_parts.h"

enum {
    TOTAL_COLUMNS_MAX = 12,
    SHEET_PARTS_MAX = 64,
    LARGEST_KEPT = 1000, /* amounts that a link is still worth once the first ones are given */
};

/* Columns that only the workbook has. */
enum extra {
    EXTRA_NONE,
    EXTRA_WHY,
    EXTRA_CASH_PAID,
    EXTRA_TO_REFUNDS,
    EXTRA_TO_COMPENSATIONS,
    EXTRA_TO_REWARDS,
};

struct view_column {
    const struct ledger_column *source; /* NULL: an extra */
    enum extra extra;
    const char *name; /* of the ledger's column, or of the extra: "why" */
    const char *heading;
    int width;
    enum cell_kind kind;
};

/* A row of the sheet of late items, of any programme. */
struct late_entry {
    const char *programme;
    struct span id;
    struct span account_id;
    int32_t origin_period;
    int64_t event_at;
    enum decision decision;
    const char *reason;
    int currency; /* CURRENCY_NONE: no amount */
    struct decimal amount;
};

extern const struct ledger ledger_late;

/* How a ledger is shown. */
struct ledger_view {
    const struct ledger *ledger;
    const char *const *order; /* names, NULL-terminated; the ledger's others follow */
    int printed;              /* how many columns a printed page shows */
    int frozen;               /* how many stay when scrolling */
    const char *subtitle;
    const char *source; /* the inputs, for the footer */
};

const struct ledger_view *ledger_view_of(enum ledger_kind kind);
/* Lays the columns out; returns how many. */
int ledger_view_columns(const struct ledger_view *view,
                        struct view_column columns[WORKBOOK_COLUMNS_MAX]);

struct column_total {
    struct decimal sum;    /* of the cells that are numbers, over all parts */
    struct decimal before; /* of that, on earlier parts: brought forward */
    struct decimal marked; /* of the cells that are text */
};

/* What rows come to: those of a ledger, or some that are to be added to them. */
struct ledger_sums {
    struct column_total *totals;     /* [total_count][CURRENCY_COUNT] of the ledger */
    bool currencies[CURRENCY_COUNT]; /* that have any */
};

/* Of the column that is the index-th to be added up. */
static inline struct column_total *ledger_sum_at(const struct ledger_sums *sums, int index,
                                                 int currency)
{
    return &sums->totals[(size_t)index * CURRENCY_COUNT + (size_t)currency];
}

struct ledger_part {
    struct sheet *sheet;
    uint32_t header_row;
    uint32_t first_row; /* of the entries; from 0, as all rows */
    uint32_t next_row;
};

struct ledger_sheets {
    struct book *book;
    enum ledger_kind kind;
    const struct ledger_view *view;
    struct view_column columns[WORKBOOK_COLUMNS_MAX];
    int column_count;
    char cells[WORKBOOK_COLUMNS_MAX][4]; /* in the row at hand: "N" STREAM_ROW */

    struct ledger_part parts[SHEET_PARTS_MAX];
    size_t part_count;
    uint32_t rows_max; /* entries of a part */
    uint64_t rows;
    uint64_t cut_texts;

    int total_columns[TOTAL_COLUMNS_MAX]; /* columns that are added up */
    int total_count;
    struct ledger_sums sums;
    bool currencies[CURRENCY_COUNT];       /* of rows with amounts */
    uint32_t brought_rows[CURRENCY_COUNT]; /* on the last part; 0: nothing brought forward */
    uint32_t total_rows[CURRENCY_COUNT];   /* on the part finished last */

    int128 largest[LARGEST_KEPT]; /* a heap, the smallest first */
    size_t largest_count;
};

struct ledger_sheets *ledger_sheets_add(struct book *book, enum ledger_kind kind, struct error *err)
    __attribute__((warn_unused_result));
void ledger_sheets_free(struct ledger_sheets *ledger);

/* The column's place, or -1. */
int ledger_column_of(const struct ledger_sheets *ledger, const char *name);

/* No row is expected soon: its sheet gives memory back. */
int ledger_rest(const struct ledger_sheets *ledger, struct error *err)
    __attribute__((warn_unused_result));

/* Takes the next row, with amounts in the currency: starts a new part when the last one is full. */
int ledger_take_row(struct ledger_sheets *ledger, int currency, struct sheet **sheet, uint32_t *row,
                    struct error *err) __attribute__((warn_unused_result));

/* Where the next row will be, without taking it: false where it would start a part. */
bool ledger_peek_row(const struct ledger_sheets *ledger, const struct sheet **sheet, uint32_t *row);

/* Whether so many rows would certainly start no part, whatever their currencies. */
bool ledger_has_room(const struct ledger_sheets *ledger, size_t rows);

/* Writes a row that was taken, and adds it up in `sums`: the ledger's, or others of its. */
int ledger_put_row(const struct ledger_sheets *ledger, struct sheet *sheet, uint32_t at,
                   const struct row *row, int currency, struct ledger_sums *sums, struct error *err)
    __attribute__((warn_unused_result));

/* Empty sums for the ledger's rows: 0, or -1 with err filled. Free their totals. */
int ledger_sums_open(const struct ledger_sheets *ledger, struct ledger_sums *sums,
                     struct error *err) __attribute__((warn_unused_result));

/* Adds sums to the ledger's, and empties them. */
int ledger_add_sums(struct ledger_sheets *ledger, struct ledger_sums *sums, struct error *err)
    __attribute__((warn_unused_result));

/*
 * Totals, autofilter, conditional formats of the last part: 0, or -1 with err filled. Where another
 * part follows (only ledger_take_row knows), the totals are carried forward.
 */
int ledger_finish(struct ledger_sheets *ledger, bool carried, struct error *err)
    __attribute__((warn_unused_result));

/* The column's sums in the currency; the column is one that is added up. */
const struct column_total *ledger_total(const struct ledger_sheets *ledger, const char *name,
                                        int currency);

/*
 * A formula over the column's entries on all parts: "SUMIFS" over rows whose columns have the
 * values (each a criterion in Excel's spelling, quoted or a cell), or COUNTIFS without `sum`.
 * false when it does not fit.
 */
struct criterion {
    const char *column;
    const char *value;
};
bool ledger_formula(const struct ledger_sheets *ledger, const char *sum,
                    const struct criterion *criteria, size_t count, char *text, size_t size)
    __attribute__((warn_unused_result));

/*
 * Whether a spreadsheet's sum of that many amounts, rounded to minor units, is exact: its binary
 * errors stay far below half of one.
 */
bool ledger_sum_is_exact(struct decimal sum, int digits, uint64_t rows);

/* Whether a row with this amount is still given so many links on the sheet. */
bool ledger_link_worthy(struct ledger_sheets *ledger, const struct sheet *sheet,
                        struct decimal amount, uint32_t links);

/* Whether a row's reason is. */
bool ledger_links_reason(const struct sheet *sheet);

#endif
