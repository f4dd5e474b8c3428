/*
 * The parts of the Summary sheet.
 */
#ifndef WRITERS_WORKBOOK_SUMMARY_H
#define WRITERS_WORKBOOK_SUMMARY_H

#include "writers/workbook_statistics.h"

enum { SUMMARY_COLUMNS = 9, CHART_ROWS = 18 };

struct summary {
    struct book *book;
    const struct statistics *statistics;
    struct sheet *sheet;
    uint32_t row; /* the next free one */
    bool split;   /* other books hold a part: formulas see this one only */
    int currency; /* of the charts; CURRENCY_NONE: nothing was approved */
    struct error *err;
};

/* Each writes its section and moves on. 0, or -1 with err filled. */
int summary_section(struct summary *summary, const char *title, const char *note)
    __attribute__((warn_unused_result));
int summary_heads(struct summary *summary, const char *const *headings, int count, int first_right)
    __attribute__((warn_unused_result));
int summary_decisions(struct summary *summary) __attribute__((warn_unused_result));
int summary_amounts(struct summary *summary) __attribute__((warn_unused_result));
int summary_largest(struct summary *summary) __attribute__((warn_unused_result));
int summary_services(struct summary *summary) __attribute__((warn_unused_result));
int summary_days(struct summary *summary) __attribute__((warn_unused_result));
int summary_reasons(struct summary *summary) __attribute__((warn_unused_result));

/* A formula over the programme's ledger where this book holds all of it; otherwise a value. */
int summary_ledger_cell(struct summary *summary, int column, enum programme programme,
                        const char *sum, const struct criterion *criteria, size_t count,
                        struct decimal result, int digits, enum style style)
    __attribute__((warn_unused_result));

/* A chart of columns B, C ... of the rows, with the names of column A, placed beside them. */
struct chart_view {
    const char *title;
    const char *description; /* for those who can't see it */
    uint32_t first_row, last_row;
    int series; /* 1 to 3 */
    bool bars;  /* lying */
    uint32_t at_row;
    const char *number_format;
};

int summary_chart(struct summary *summary, const struct chart_view *view)
    __attribute__((warn_unused_result));

#endif
