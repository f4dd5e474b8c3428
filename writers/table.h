/*
 * A ledger's layout as a table: name, heading, width and getter of every column. CSV files and
 * workbook sheets are made from the same tables (writers/ledgers.c), so that a new column is one
 * line and the two can't differ.
 */
#ifndef WRITERS_TABLE_H
#define WRITERS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/control.h"
#include "policy/decimal.h"
#include "policy/ledger.h"
#include "policy/reject.h"
#include "policy/span.h"

enum cell_kind {
    CELL_EMPTY,
    CELL_TEXT,    /* text: comes from an export, so it is guarded against formulas; UTF-8 */
    CELL_RAW,     /* the same, of any bytes: see text_well_formed */
    CELL_CODE,    /* text: our own words, never touched */
    CELL_INSTANT, /* integer: UTC seconds */
    CELL_DATE,    /* integer: days since 1970-01-01 */
    CELL_PERIOD,  /* integer: a period (policy/civil.h) */
    CELL_INTEGER, /* integer */
    CELL_AMOUNT,  /* decimal, with at least `digits` decimals, no more of them zeros */
    CELL_RATE,    /* decimal, in the shortest plain form */
};

/* Only the members that belong to the kind hold anything. Text is borrowed from the entry. */
struct cell {
    enum cell_kind kind;
    int digits; /* CELL_AMOUNT: the currency's minor units, or more where more are shown */
    struct span text;
    int64_t integer;
    struct decimal decimal;
};

struct ledger_column {
    const char *name;    /* in CSV files: outputs.md's, binding */
    const char *heading; /* in workbooks, for people */
    int width;           /* in workbooks, in characters */
    enum cell_kind kind; /* of its non-empty cells (a column has one kind) */
    void (*get)(const void *entry, struct cell *cell); /* sets the kind and what belongs to it */
};

struct ledger {
    const char *name;  /* "refunds": the CSV file's stem */
    const char *title; /* "Refunds": the sheet's name */
    const struct ledger_column *columns;
    int column_count;
};

/* Entries are the structs of policy/ledger.h, policy/control.h and below, one kind a ledger. */
extern const struct ledger ledger_refunds;       /* struct refund_entry */
extern const struct ledger ledger_compensations; /* struct compensation_entry */
extern const struct ledger ledger_rewards;       /* struct reward_entry */
extern const struct ledger ledger_tickets;       /* struct ticket_entry */
extern const struct ledger ledger_accounts;      /* struct account_total */
extern const struct ledger ledger_rejects;       /* struct reject_entry */
extern const struct ledger ledger_controls;      /* struct control */
extern const struct ledger ledger_restatement;   /* struct restatement_row */
extern const struct ledger ledger_exposure;      /* struct exposure_row */

/* A row of rejects.csv. */
struct reject_entry {
    const struct reject *reject;
    const char *file; /* base name */
};

enum { LEDGER_COLUMNS_MAX = 40 };

/*
 * How many bytes at the front are well-formed UTF-8 (RFC 3629). Where that is not all, the next
 * byte is invalid and stands in outputs as one U+FFFD, TEXT_REPLACEMENT; what follows it is looked
 * at afresh. So a broken sequence of three bytes gives up to three of them.
 */
size_t text_well_formed(struct span text);

#define TEXT_REPLACEMENT "\xEF\xBF\xBD"

#endif
