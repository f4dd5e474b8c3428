/*
 * The package of a workbook: what the library made, with the cells of the streamed sheets put where
 * the library left none. The library's file has the sheets with everything but their cells; it is
 * copied part by part, and only the parts of streamed sheets are made anew.
 */
#ifndef WRITERS_WORKBOOK_PACKAGE_H
#define WRITERS_WORKBOOK_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/error.h"
#include "policy/workbook_tally.h"
#include "writers/sheet_stream.h"

struct streamed_sheet {
    size_t number;                     /* of the sheet in the package, from 1 */
    const struct sheet_stream *stream; /* finished */
    struct sheet_tally *tally;         /* gets the seams of what is made of it */
};

/*
 * Makes the file `path`, which must not be there yet, of the library's file `skeleton`. The streams
 * are of the scratch file; `beside`: a thread helps with copying them. 0, or -1 with err filled
 * (ERROR_IO; what was made is removed).
 */
int workbook_package_make(const char *path, const char *name, const char *skeleton,
                          const struct stream_scratch *scratch, const struct streamed_sheet *sheets,
                          size_t sheet_count, bool beside, struct error *err)
    __attribute__((warn_unused_result));

#endif
