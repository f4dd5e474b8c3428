/*
 * What the workbook's own files share. Two layers, kept apart:
 *
 *   what is in a row        struct sheet_cell, struct row: kinds, values, formulas, styles
 *   how it is written       workbook_sheet.c: by the library, or streamed (sheet_stream.h)
 */
#ifndef WRITERS_WORKBOOK_PARTS_H
#define WRITERS_WORKBOOK_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xlsxwriter.h>

#include "writers/sheet_stream.h"
#include "writers/workbook.h"
#include "writers/workbook_style.h"

enum {
    SHEET_ROWS_MAX = 1048576,
    BOOK_ROWS_DEFAULT = 2000000,
    CELL_CHARACTERS_MAX = 32767, /* UTF-16 units of a cell's text */
    CELL_TEXT_BYTES_MAX = 3 * CELL_CHARACTERS_MAX + 1,
    FORMULA_BYTES_MAX = 1024,
    ROW_TEXT_BYTES_MAX = 16384,  /* formulas and words of one row */
    LINKS_PER_SHEET_MAX = 40000, /* Excel: 65,530 */
    BOOK_PATH_MAX = 4096,
    BOOK_PROGRAMMES = 3,
    BOOK_REASONS_MAX = 64,
    CELL_NAME_MAX = 48, /* "'Compensations (12)'!AB1048576" and a NUL */
};

/* What marks a number that is kept as text, or out of formulas (see the cover). */
#define MARK "\xE2\x80\xA0"

enum sheet_cell_kind {
    SHEET_BLANK, /* formatted only */
    SHEET_NUMBER,
    SHEET_TEXT,
    SHEET_FORMULA,      /* with its result in `number` */
    SHEET_TEXT_FORMULA, /* with its result in `text`, our own words only */
};

/* Borrowed text: of the entry, of the row, or static. */
struct sheet_cell {
    enum sheet_cell_kind kind;
    enum style style;
    struct decimal number; /* fits workbook_number_fits */
    struct span text;      /* any bytes: made safe when it is written */
    const char *formula;   /* without the "=" */
    const char *link;      /* "internal:'Refunds'!A4" or NULL; SHEET_TEXT only */
};

struct audit_workbook;

struct sheet {
    lxw_worksheet *worksheet;
    struct sheet_stream *stream; /* where its cells go instead; NULL: to the library */
    struct book *book;
    struct sheet_tally *tally;
    char *text;        /* scratch: CELL_TEXT_BYTES_MAX for the cell at hand */
    uint32_t last_row; /* that holds a cell */
    uint32_t links;
    bool landscape;
    uint16_t print_scale; /* percent; 0: as wide as the page */
    const char *source;   /* the input that it was made from, for the footer; "" for none */
};

/* A ledger's sheets in one book: workbook_ledger.h. */
struct ledger_sheets;

enum ledger_kind {
    LEDGER_ACCOUNTS,
    LEDGER_REFUNDS,
    LEDGER_COMPENSATIONS,
    LEDGER_REWARDS,
    LEDGER_TICKETS,
    LEDGER_LATE,
    LEDGER_REJECTS,
    LEDGER_RESTATEMENT,
    LEDGER_KINDS,
};

/* Where an account's first rows are, for the links between ledgers and accounts. */
struct account_rows {
    const struct sheet *sheet[LEDGER_LATE]; /* NULL: no row */
    uint32_t row[LEDGER_LATE];
};

/* One file. */
struct book {
    struct audit_workbook *owner;
    lxw_workbook *xlsx;
    lxw_format *formats[STYLE_COUNT];
    int format_numbers[STYLE_IF_ROW]; /* in the package */
    struct workbook_tally tally;
    struct sheet **sheets; /* in the order of the tally's */
    size_t sheet_count;
    size_t sheet_capacity;
    struct sheet *cover;
    struct sheet *summary; /* first book only, as the next */
    struct sheet *controls;
    struct sheet *policy;
    struct ledger_sheets
        *ledgers[LEDGER_KINDS]; /* rejects: first book only; restatement: where there is one */
    uint64_t rows;
    int number;                                              /* from 1 */
    bool created;                                            /* the library's file is ours */
    bool complete;                                           /* the book is made, and whole */
    uint32_t reason_rows[BOOK_PROGRAMMES][BOOK_REASONS_MAX]; /* on the Policy sheet */
    char name[OUTPUT_NAME_MAX];
    char path[BOOK_PATH_MAX];
    char skeleton[BOOK_PATH_MAX]; /* the library's file, without the streamed sheets' cells */
    char first_account[256 + 1];
    char last_account[256 + 1];
};

struct statistics;
struct row;

struct audit_workbook {
    struct workbook_facts facts;
    int rate_digits; /* of the policy: see policy_rate_digits */
    char folder[BOOK_PATH_MAX];
    char scratch[BOOK_PATH_MAX];
    struct stream_scratch sheets; /* the cells of streamed sheets */
    struct book **books;
    size_t book_count;
    char account_id[256]; /* the current account */
    size_t account_id_size;
    bool any_account;
    struct account_rows account; /* its rows */
    struct statistics *statistics;
    struct row *row;                /* scratch: what is in the row at hand */
    char text[CELL_TEXT_BYTES_MAX]; /* scratch of its sheets */
};

static inline struct book *current_book(const struct audit_workbook *workbook)
{
    return workbook->books[workbook->book_count - 1];
}

/* workbook_text.c */

/*
 * Makes any bytes safe for a cell: invalid UTF-8 becomes U+FFFD; control characters, U+FFFE and
 * U+FFFF, and text that reads like an escape are escaped as _xHHHH_. What is longer than a cell is
 * cut and marked. NUL-terminates and returns the length; `cut` may be NULL.
 */
size_t cell_text(struct span text, char safe[CELL_TEXT_BYTES_MAX], bool *cut);

/*
 * Whether the text is safe as it is, and every reader takes it for what it is: no control
 * characters, nothing that reads like an escape, no "&". True of almost all.
 */
bool cell_text_is_plain(struct span text);

/* workbook_number.c */

/* Whether a cell's binary number keeps the value exactly: no more than 15 significant digits. */
bool workbook_number_fits(struct decimal value);
/* The binary number nearest to a value that fits. The only double of the program. */
double workbook_number(struct decimal value);
/* The date number of an instant, in the policy time zone, to 0.1 ms or better; always fits. */
struct decimal workbook_date(int64_t instant, int utc_offset_seconds);
struct decimal workbook_day(int64_t days);

/* workbook_sheet.c */

struct sheet *sheet_add(struct book *book, const char *name, struct error *err)
    __attribute__((warn_unused_result));
/* The same; its cells are streamed (writers/sheet_stream.h): for sheets of any length. */
struct sheet *sheet_add_streamed(struct book *book, const char *name, struct error *err)
    __attribute__((warn_unused_result));
/* Numbers the formats of the book in the package. */
void sheet_number_formats(struct book *book);
/*
 * Cells of a row from left to right, rows from top to bottom. Links are counted where the library
 * writes them, up to the sheet's most; rows that are streamed have had theirs counted before.
 */
int sheet_put(struct sheet *sheet, uint32_t row, int column, const struct sheet_cell *cell,
              struct error *err) __attribute__((warn_unused_result));
int sheet_text(struct sheet *sheet, uint32_t row, int column, const char *text, enum style style,
               struct error *err) __attribute__((warn_unused_result));
int sheet_number(struct sheet *sheet, uint32_t row, int column, struct decimal number,
                 enum style style, struct error *err) __attribute__((warn_unused_result));
int sheet_formula(struct sheet *sheet, uint32_t row, int column, const char *formula,
                  struct decimal result, enum style style, struct error *err)
    __attribute__((warn_unused_result));
int sheet_blank(struct sheet *sheet, uint32_t row, int column, enum style style, struct error *err)
    __attribute__((warn_unused_result));
int sheet_link(struct sheet *sheet, uint32_t row, int column, const char *text, const char *link,
               enum style style, struct error *err) __attribute__((warn_unused_result));
/* Before the row's first cell. */
int sheet_row_height(struct sheet *sheet, uint32_t row, double points, struct error *err)
    __attribute__((warn_unused_result));
int sheet_column_width(struct sheet *sheet, int column, int characters, struct error *err)
    __attribute__((warn_unused_result));
/* 0, or -1 with err filled from the library's error. */
int sheet_check(const struct sheet *sheet, lxw_error status, struct error *err)
    __attribute__((warn_unused_result));

/* "$A$7" or "A7" (from row and column 0), and the same with the sheet in front. */
void cell_name(uint32_t row, int column, bool absolute, char name[CELL_NAME_MAX]);
void sheet_cell_name(const struct sheet *sheet, uint32_t row, int column, char name[CELL_NAME_MAX]);
/* "AB" */
void column_name(int column, char name[4]);

/* workbook_page.c */

/* Paper, margins, fit to width and footer of a sheet that is complete. */
int page_set_up(struct sheet *sheet, const struct workbook_closing *closing, struct error *err)
    __attribute__((warn_unused_result));

/* The sheets. Each writes the whole of its sheet. */
int policy_sheet_write(struct book *book, struct error *err) __attribute__((warn_unused_result));
int cover_sheet_write(struct book *book, const struct workbook_closing *closing, struct error *err)
    __attribute__((warn_unused_result));
int summary_sheet_write(struct book *book, const struct workbook_closing *closing,
                        struct error *err) __attribute__((warn_unused_result));
int controls_sheet_write(struct book *book, const struct workbook_closing *closing,
                         struct error *err) __attribute__((warn_unused_result));

#endif
