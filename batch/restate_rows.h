/*
 * The rows of one published ledger, account by account: what the bridge of a restatement is
 * computed from (batch/restate.h). Memory holds the rows of one account.
 *
 * Order of calls: restate_side_open(), then restate_side_take() for every account in byte order of
 * the ids, restate_side_close(). A ledger that does not read is ERROR_INPUT, memory ERROR_IO.
 */
#ifndef BATCH_RESTATE_ROWS_H
#define BATCH_RESTATE_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/arena.h"
#include "policy/error.h"
#include "readers/ledger_rows.h"
#include "writers/table.h"

enum {
    RESTATE_KEYS_MAX = 4, /* the event's id, then, of a compensation, resource, basis, basis id */
    RESTATE_INPUTS_MAX = 16, /* columns */
    RESTATE_NO_COLUMN = -1,
};

/* What a ledger's columns mean to a restatement; each by name, NULL behind the last or for none. */
struct restate_spec {
    const struct ledger *ledger;
    const char *keys[RESTATE_KEYS_MAX + 1];
    const char *decision;
    const char *reason;
    const char *amount;
    const char *inputs[RESTATE_INPUTS_MAX + 1]; /* copied from an export, whatever was decided */
};

/* The same by the columns' indexes in the ledger's table. */
struct restate_columns {
    const struct restate_spec *spec;
    int keys[RESTATE_KEYS_MAX];
    int key_count;
    int account;
    int decision;
    int reason;
    int amount;
    int currency;
    int inputs[RESTATE_INPUTS_MAX];
    int input_count;
};

void restate_columns_bind(struct restate_columns *columns, const struct restate_spec *spec);

/* A row's values by the columns of the ledger's table, as written; data is NULL where the file has
 * no such column. */
struct restate_row {
    const struct span *fields;
};

/* The rows of an account by their keys. `struct restate_rows rows = {0};` is empty and ready. */
struct restate_rows {
    struct restate_row *items;
    size_t count;
    size_t capacity;
};

void restate_rows_release(struct restate_rows *rows);

/* Byte order of the keys of two rows of a ledger. */
int restate_compare_keys(const struct restate_columns *columns, struct restate_row a,
                         struct restate_row b);

/* Whether the rows say the same in the column: instants by value, whatever their offset. A column
 * that one of the files does not have is no difference. */
bool restate_same(const struct restate_columns *columns, int column, struct restate_row a,
                  struct restate_row b);

/* Whether one of the rows is of the event with that id. */
bool restate_rows_have_event(const struct restate_columns *columns, const struct restate_rows *rows,
                             struct span event_id);

/* An open ledger file. */
struct restate_side {
    const struct restate_columns *columns;
    struct ledger_rows *file;
    size_t places[LEDGER_COLUMNS_MAX];
    char name[64]; /* in messages */
    bool has_row;
    struct csv_row row; /* the next to take */
};

/* Opens FOLDER/NAME.csv and reads up to its first row. Close it in either case. */
int restate_side_open(struct restate_side *side, const struct restate_columns *columns,
                      const char *folder, struct error *err) __attribute__((warn_unused_result));
void restate_side_close(struct restate_side *side);

/* The account of the next row; false at the end. Dies with the next call that takes rows. */
bool restate_side_account(const struct restate_side *side, struct span *account_id);

/* Puts the account's rows, if any are next, into `rows`, sorted, their text into the arena. */
int restate_side_take(struct restate_side *side, struct span account_id, struct arena *arena,
                      struct restate_rows *rows, struct error *err)
    __attribute__((warn_unused_result));

#endif
