/*
 * What the sheets of a reconciliation's workbook share. For writers/workbook_reconcile*.c only.
 */
#ifndef WRITERS_WORKBOOK_RECONCILE_PARTS_H
#define WRITERS_WORKBOOK_RECONCILE_PARTS_H

#include "writers/workbook_parts.h"
#include "writers/workbook_reconcile.h"

/* A list of rows, continued in numbered sheets past the rows that a sheet has. */
struct list_sheet {
    const struct ledger *table;
    struct sheet *sheet;
    uint32_t head; /* the row of the headings */
    uint32_t row;  /* the next one */
    int number;    /* of the sheet at hand, from 1 */
};

struct reconcile_workbook {
    struct reconcile_workbook_facts facts;
    struct audit_workbook *owner; /* scratch that the sheets write through */
    struct book *book;
    struct sheet *summary;
    struct list_sheet breaks;
    struct list_sheet matches;
    struct list_sheet purchases; /* without a sheet where orders were not compared */
};

/* workbook_reconcile_list.c */
int list_open(struct reconcile_workbook *it, struct list_sheet *list, const struct ledger *table,
              struct sheet *sheet, uint32_t head, struct error *err)
    __attribute__((warn_unused_result));
int list_row(struct reconcile_workbook *it, struct list_sheet *list, const void *entry,
             struct error *err) __attribute__((warn_unused_result));
/* The filter over all that the sheet has. */
int list_finish(struct list_sheet *list, struct error *err) __attribute__((warn_unused_result));

/* workbook_reconcile_statement.c: whole sheets, or the head of one; *row is the next free row. */
int statement_sheet_write(struct reconcile_workbook *it, struct error *err)
    __attribute__((warn_unused_result));
int ages_write(struct reconcile_workbook *it, struct sheet *sheet, uint32_t *row, struct error *err)
    __attribute__((warn_unused_result));
int rules_sheet_write(struct reconcile_workbook *it, struct sheet *sheet, struct error *err)
    __attribute__((warn_unused_result));

#endif
