/*
 * An input's layout as a table: name, type and place in the record of every column. One engine
 * (readers/input.h) binds headers, parses cells and makes rejects for all of them; a new column is
 * one line in readers/tables.c.
 */
#ifndef READERS_TABLE_H
#define READERS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/arena.h"
#include "policy/records.h"
#include "policy/reject.h"

enum {
    TABLE_COLUMNS_MAX = 32,
    TEXT_BYTES_MAX = 256,
    LONG_TEXT_BYTES_MAX = 1024,
    TABLE_RECORD_BYTES_MAX = 512, /* the largest struct of policy/records.h, with room */
};

/* The type of a column, and of the member of the record that it fills. */
enum column_type {
    COLUMN_TEXT,      /* struct span, at most TEXT_BYTES_MAX bytes */
    COLUMN_LONG_TEXT, /* struct span, at most LONG_TEXT_BYTES_MAX bytes; tab, CR and LF allowed */
    COLUMN_AMOUNT,    /* struct decimal, >= 0 */
    COLUMN_COUNT,     /* int32_t, 1 to 999 */
    COLUMN_INSTANT,   /* int64_t, UTC seconds */
    COLUMN_DATE,      /* int64_t, days since 1970-01-01 */
    COLUMN_BOOLEAN,   /* bool */
    COLUMN_ENUM,      /* int32_t, of `values` */
    COLUMN_CURRENCY,  /* int32_t, policy/currency.h */
};

struct column {
    const char *name;
    enum column_type type;
    bool required;      /* a row must have a value */
    bool optional;      /* the column itself may be missing from a file */
    bool empty_is_true; /* COLUMN_BOOLEAN: what an absent value means; otherwise false */
    size_t offset;      /* of the member in the record */
    const struct enumeration *values; /* COLUMN_ENUM */
};

struct table {
    enum input input;
    size_t record_size;
    const struct column *columns; /* in the order of inputs.md: the order of checks */
    int column_count;
    int key_columns[3]; /* the columns that make the key, by index */
    int key_column_count;
    int event_time_column; /* the instant that `too_old` judges, by index; -1: no event */
    /*
     * The checks between columns, in the order of inputs.md: REJECT_NONE, or the reason and the
     * index of the column to name. NULL: there are none.
     */
    enum reject_reason (*check)(const void *record, int utc_offset_seconds, int *column);
};

/* The layout of an input. */
const struct table *table_of(enum input input);

/* The index of the column with that name; the name must be one of the table's. */
int table_column(const struct table *table, const char *name);

/*
 * 64-bit fingerprints of a record's key columns, and of all its columns, over the values as read:
 * equal values have equal fingerprints, however they were spelled. Not keyed, stable over runs. A
 * key of one text has hash_span(0, text), which is its fingerprint as a name too (batch/names.h).
 */
uint64_t table_key_fingerprint(const struct table *table, const void *record);
uint64_t table_content_fingerprint(const struct table *table, const void *record);

/* Whether two records have the same key, or the same values in every column. */
bool table_keys_equal(const struct table *table, const void *a, const void *b);
bool table_records_equal(const struct table *table, const void *a, const void *b);
/* Byte order of the keys, column by column. */
int table_compare_keys(const struct table *table, const void *a, const void *b);

/* A record with nothing in it: every member as an absent value leaves it. */
void table_clear(const struct table *table, void *record);

/* Copies record and its text into the arena: NULL when memory is out. */
void *table_copy(const struct table *table, const void *record, struct arena *arena)
    __attribute__((warn_unused_result));

#endif
