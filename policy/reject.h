/*
 * A rejected input row: a value that is counted and published, never an error.
 */
#ifndef POLICY_REJECT_H
#define POLICY_REJECT_H

#include <stdint.h>

#include "policy/records.h"
#include "policy/span.h"

/* X(symbol, code), in the order in which one column's reasons win (inputs.md, "Bad rows"). */
#define REJECT_REASONS(X)                                                                          \
    X(REJECT_WRONG_FIELD_COUNT, "wrong_field_count")                                               \
    X(REJECT_MISSING_VALUE, "missing_value")                                                       \
    X(REJECT_TOO_LONG, "too_long")                                                                 \
    X(REJECT_BAD_TEXT, "bad_text")                                                                 \
    X(REJECT_BAD_NUMBER, "bad_number")                                                             \
    X(REJECT_OUT_OF_RANGE, "out_of_range")                                                         \
    X(REJECT_TOO_PRECISE, "too_precise")                                                           \
    X(REJECT_NEGATIVE, "negative")                                                                 \
    X(REJECT_BAD_TIMESTAMP, "bad_timestamp")                                                       \
    X(REJECT_BAD_BOOLEAN, "bad_boolean")                                                           \
    X(REJECT_UNKNOWN_VALUE, "unknown_value")                                                       \
    X(REJECT_ENDS_BEFORE_START, "ends_before_start")                                               \
    X(REJECT_TOO_OLD, "too_old")                                                                   \
    X(REJECT_DUPLICATE_KEY, "duplicate_key")

enum reject_reason { REJECT_NONE, REJECT_REASONS(ENUM_SYMBOL) REJECT_REASON_END };

/* "" for REJECT_NONE. */
const char *reject_reason_code(enum reject_reason reason);

/* Where a row stands: which of the run's files, and the physical line it starts on, from 1. */
struct row_position {
    uint64_t line;
    uint32_t file;
};

/* Less than 0, 0 or more: by file, then line. */
static inline int row_position_compare(struct row_position a, struct row_position b)
{
    if (a.file != b.file)
        return a.file < b.file ? -1 : 1;
    return a.line < b.line ? -1 : a.line > b.line;
}

enum { ROW_LINE_BITS = 44 };

/*
 * A number in order as the positions are, files first: files up to 2^20, lines up to 2^44. A row
 * of no file (UINT32_MAX) is behind all that have one.
 */
static inline uint64_t row_position_number(struct row_position position)
{
    return (uint64_t)position.file << ROW_LINE_BITS | position.line;
}

struct reject {
    struct row_position position;
    enum input input;
    enum reject_reason reason;
    const char *column; /* "" for wrong_field_count; static text */
    struct span record; /* the raw record without its line end */
};

#endif
