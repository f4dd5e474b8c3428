/*
 * What is in a row of a ledger sheet: cells, formulas and words, before anything is told to a
 * library.
 */
#ifndef WRITERS_WORKBOOK_ROW_H
#define WRITERS_WORKBOOK_ROW_H

#include "writers/workbook_ledger.h"

enum { ROW_FORMULAS = 128, ROW_FORMULA_BYTES = 248 };

/* A formula that many rows have, but for the number of their row. */
struct row_formula {
    uint64_t key; /* 0: none */
    char text[ROW_FORMULA_BYTES];
};

/* Which formula it is, and below it in the key what its text depends on besides. */
enum row_formula_kind {
    FORMULA_DUE = 1,
    FORMULA_FEE,
    FORMULA_FEE_RATE,
    FORMULA_CASH,
    FORMULA_REFUND,
    FORMULA_COUPON,
    FORMULA_TIMES,
    FORMULA_AMOUNT,
    FORMULA_TOTAL,
};

/* The key of a formula: three small numbers that tell texts of one kind apart. */
static inline uint64_t row_formula_key(enum row_formula_kind kind, int one, int two, int three)
{
    return (uint64_t)kind << 48 | (uint64_t)one << 32 | (uint64_t)two << 16 | (uint64_t)three;
}

/* Filled anew for each row; borrows from the entry. A cleared one is ready. */
struct row {
    struct sheet_cell cells[WORKBOOK_COLUMNS_MAX];
    bool filled[WORKBOOK_COLUMNS_MAX];
    struct decimal amounts[WORKBOOK_COLUMNS_MAX]; /* exact, of amount columns, marked or not */
    int count;
    uint32_t marked;   /* numbers beyond 15 digits, kept as text */
    uint32_t withheld; /* formulas that would not be exact, kept as values */
    char text[ROW_TEXT_BYTES_MAX];
    size_t text_size;
    struct row_formula formulas[ROW_FORMULAS]; /* kept from row to row */
};

/* Cells of the ledger's own columns. */
void row_fill(const struct ledger_sheets *ledger, const void *entry, struct row *row);

/* "%s..." kept in the row; asserts that there is room. */
const char *row_text(struct row *row, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * The workbook's own cells, and formulas in place of results: 0, or -1 with err filled
 * (ERROR_CONTROL) where a formula does not come to the entry's amount.
 */
int refund_row(const struct ledger_sheets *ledger, const struct refund_entry *entry,
               struct row *row, struct error *err) __attribute__((warn_unused_result));
int compensation_row(const struct ledger_sheets *ledger, const struct compensation_entry *entry,
                     struct row *row, struct error *err) __attribute__((warn_unused_result));
int reward_row(const struct ledger_sheets *ledger, const struct reward_entry *entry,
               struct row *row, struct error *err) __attribute__((warn_unused_result));

/* The difference as a formula. */
void restatement_row_formulas(const struct ledger_sheets *ledger,
                              const struct restatement_row *entry, struct row *row);

/* workbook_row.c, for workbook_row_other.c. */
struct sheet_cell *row_cell(const struct ledger_sheets *ledger, struct row *row,
                            const char *column);
/* The column's cell in the row at hand, for a formula. */
const char *row_cell_name(const struct ledger_sheets *ledger, const char *column);
/* The formula of that key, which a row before had: NULL where none had. */
const char *row_known_formula(const struct row *row, uint64_t key);
/* The same; where none had, it is made of the format, and kept. */
const char *row_formula(struct row *row, uint64_t key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Keeps it for rows to come, where there is room; what to use instead of `text`, which may be NULL.
 */
const char *row_keep_formula(struct row *row, uint64_t key, const char *text);
void row_set_cell(const struct ledger_sheets *ledger, struct row *row, int column,
                  const struct cell *cell);
void row_set_words(const struct ledger_sheets *ledger, struct row *row, const char *column,
                   const char *words);
/* Puts a formula in place of a number; a marked number stays as it is, and is counted. */
void row_set_formula(const struct ledger_sheets *ledger, struct row *row, const char *column,
                     const char *formula);
bool row_is_number(const struct ledger_sheets *ledger, const struct row *row, const char *column);
int row_mismatch(const struct ledger_sheets *ledger, struct span id, const char *column,
                 struct error *err);
/* The value behind minor units. */
struct decimal row_minor_value(int128 minor, int digits);
/* "/100", or nothing. */
const char *row_scale(struct row *row, int digits);

/*
 * Links, as far as the sheet has room for them (workbook_links.c): from the account's id to its row
 * on Accounts, from the reason to the Policy sheet, from Accounts to the account's first rows.
 */
void row_link(const struct ledger_sheets *ledger, struct row *row, const char *column,
              const struct sheet *to, uint32_t at);
void row_link_reason(const struct ledger_sheets *ledger, struct row *row, int programme,
                     int reason);
/* `firsts`: the account's first rows, as far as they are linked. */
void account_row(const struct ledger_sheets *ledger, const struct account_total *total,
                 const struct account_rows *firsts, struct row *row);

/* workbook_words.c: why the row says what it says, NUL-terminated. */
void refund_words(const struct refund_entry *entry, char *text, size_t size);
void compensation_words(const struct compensation_entry *entry, char *text, size_t size);
void reward_words(const struct reward_entry *entry, char *text, size_t size);

/* workbook_names.c: names of the Policy sheet's cells. `version` is an index into the policy. */
enum { POLICY_NAME_MAX = 64 };
size_t policy_version_of(const struct policy *policy, const struct terms *terms);
void policy_fee_name(enum product_category category, int usage_year, size_t version,
                     char name[POLICY_NAME_MAX]);
void policy_times_name(int scenario, size_t version, char name[POLICY_NAME_MAX]);
void policy_reward_name(int tier, size_t version, char name[POLICY_NAME_MAX]);
/* Decimals that all fee rates are written in: at least 4, so that a rate can be changed by 0.01 %.
 */
int policy_rate_digits(const struct policy *policy);

#endif
