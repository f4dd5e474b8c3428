/*
 * Parses cells: text in, the members of the record or the reason to reject out.
 *
 * Where several reasons apply, the one earliest in REJECT_REASONS is given (inputs.md, "Bad rows").
 */
#ifndef READERS_FIELDS_H
#define READERS_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/reject.h"
#include "policy/span.h"
#include "readers/csv.h"
#include "readers/table.h"

enum { TERM_COUNT_MIN = 1, TERM_COUNT_MAX = 999 };

/* A column, and the field of a file's rows that holds it. */
struct bound_column {
    const struct column *column;
    size_t field;
    int number; /* of the column in its table */
};

/* What a row came to. */
struct verdict {
    enum reject_reason reason;
    int column;        /* -1: none */
    uint32_t readable; /* as in readers/input.h */
};

/*
 * Parses the columns' cells into the record, which was cleared; instants without an offset are in
 * the policy time zone. Members of type span borrow their cells. A member whose cell is empty or
 * fails stays as an absent value leaves it; an empty cell is REJECT_MISSING_VALUE where the column
 * is required. The first column that fails is the verdict's, whose `readable` loses the bits of all
 * that fail.
 */
void fields_parse(const struct bound_column *columns, int count, const struct csv_row *row,
                  int utc_offset_seconds, void *record, struct verdict *verdict);

/* Whether the text is well-formed UTF-8 without C0 controls and DEL, but for those allowed. */
bool text_is_good(struct span text, bool tab_and_line_ends_allowed);

#endif
