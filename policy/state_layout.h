/*
 * A state file: one table of the carry-forward, as sorted lines of text (docs/formats.md). What
 * its reader (readers/state.h) and its writer (writers/state.h) must agree on.
 *
 * A line is its fields, parted by tabs, ended by LF. No field is empty or holds a control
 * character, so that nothing is quoted and the byte order of lines is the order of their fields.
 * The leading fields are the key: it ascends strictly, over UTF-8 bytes.
 */
#ifndef POLICY_STATE_LAYOUT_H
#define POLICY_STATE_LAYOUT_H

#include <stdint.h>

#include "policy/span.h"

enum {
    STATE_FIELDS_MAX = 4,
    STATE_LINE_MAX = 2048, /* bytes of a line, its end included: three ids and a number fit */
};

#define CARRY_FORWARD_FOLDER "carry-forward"
#define STATE_FILE_SUFFIX ".tsv.gz"

struct state_layout {
    const char *name; /* "refunded-orders": the file's stem */
    const char *fields[STATE_FIELDS_MAX];
    int field_count;
    int key_count; /* the leading fields that are the key */
};

/* One line. Text is borrowed from whoever made the row. */
struct state_row {
    struct span line; /* without its end */
    struct span fields[STATE_FIELDS_MAX];
    uint64_t number; /* of the line in its file, the header being 1; 0: not read from a file */
};

/* The first `count` fields of the row, with the tabs between them. */
static inline struct span state_row_front(const struct state_row *row, int count)
{
    const struct span *last = &row->fields[count - 1];

    return (struct span){row->line.data, (size_t)(last->data + last->size - row->line.data)};
}

#endif
