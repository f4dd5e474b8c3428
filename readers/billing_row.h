/*
 * How the rows of one billing file become lines: which field is which, fixed once the header is
 * read, and what a row's fields make of it.
 */
#ifndef READERS_BILLING_ROW_H
#define READERS_BILLING_ROW_H

#include <jansson.h>

#include "readers/billing.h"
#include "readers/csv.h"

enum { FIELD_ABSENT = -1 };

struct billing_layout {
    const struct profile *profile;
    int utc_offset_seconds; /* of the policy */
    size_t field_count;
    int64_t fields[PROFILE_FIELD_COUNT];       /* the place of each, or FIELD_ABSENT */
    struct span headings[PROFILE_FIELD_COUNT]; /* of the profile: what rejects name */
    int64_t references[PROFILE_REFERENCES_MAX];
    int64_t parts[PROFILE_PARTS_MAX];
};

/* A row as read. Text is borrowed from the row and from `objects`. */
struct billing_row {
    struct billing_line line;
    struct reference references[LINE_REFERENCES_MAX];
    json_t *objects[PROFILE_REFERENCES_MAX];
    int object_count;
    const char *reason; /* of the reject; NULL: the row is good */
    struct span column;
};

/* ERROR_INPUT for a column that is missing or appears twice. The profile and offset are set. */
int billing_layout_bind(struct billing_layout *layout, const struct csv_row *header,
                        const char *name, struct error *err) __attribute__((warn_unused_result));

/* Fills *row, which is to be released. */
void billing_row_parse(const struct billing_layout *layout, const struct csv_row *fields,
                       struct billing_row *row);
void billing_row_release(struct billing_row *row);

#endif
