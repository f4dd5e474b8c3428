/*
 * How the rows of one file become records: which field is which column, fixed once the header is
 * read, and what a row's fields make of it. A layout is read by any number of threads.
 */
#ifndef READERS_LAYOUT_H
#define READERS_LAYOUT_H

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/error.h"
#include "readers/csv.h"
#include "readers/fields.h"
#include "readers/input.h"
#include "readers/table.h"

/* Room for any record. */
struct any_record {
    alignas(max_align_t) char bytes[TABLE_RECORD_BYTES_MAX];
};

struct layout {
    const struct table *table;
    const struct read_options *options;
    size_t field_count;
    struct bound_column bound[TABLE_COLUMNS_MAX]; /* the columns that the file has */
    int bound_count;
    struct any_record empty;
};

/*
 * Binds the header of the file `name`: ERROR_INPUT, "name:line: cause", for a column that is
 * missing or appears twice. Table and options are set before.
 */
int layout_bind(struct layout *layout, const struct csv_row *header, const char *name,
                struct error *err) __attribute__((warn_unused_result));

/* How many fields of a row can be of use. */
size_t layout_fields_of_use(const struct layout *layout);

/*
 * Parses a row into the record. The first column that fails decides; the others are read
 * nonetheless, since a rejected row is looked up by what of it is readable.
 */
void layout_parse(const struct layout *layout, const struct csv_row *row, void *record,
                  struct verdict *verdict);

#endif
