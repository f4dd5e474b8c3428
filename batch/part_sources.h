/*
 * What of a part is published as the period's sources (batch/sources_files.h), as text: account by
 * account, the rows that its events hang on, in order of file and line. An order of somebody else
 * that an event names stands with the account whose event names it: so a row may occur with several
 * accounts, whatever the parts are.
 */
#ifndef BATCH_PART_SOURCES_H
#define BATCH_PART_SOURCES_H

#include "batch/history_rows.h"
#include "batch/line_sort.h"
#include "batch/part_month.h"

struct source_text {
    char *bytes;
    size_t size;
    size_t capacity;
    uint64_t rows;
};

/* `struct part_sources sources = {0};` is empty; rendering again uses its memory. */
struct part_sources {
    struct source_text inputs[INPUT_COUNT];        /* of all but incidents and tickets */
    struct source_text states[HISTORY_FILE_COUNT]; /* of those by account */
};

/* What takes the text of a part that is too large to be kept as a whole, more than once. */
struct part_sources_taker {
    int (*take)(void *context, struct error *err); /* has to clear the sources */
    void *context;
    size_t bytes_max; /* of one file, before the text is taken */
};

/*
 * Renders the part, which was put together and not settled yet: settling changes what is known of
 * its orders. Lines of history that are about orders are added to by_order's sorter of their file.
 * The sources hold what the taker has not been given. 0, or -1 with err filled.
 */
int part_sources_render(struct part_sources *sources, const struct part_month *part,
                        struct line_sort *by_order[HISTORY_FILE_COUNT],
                        const struct part_sources_taker *taker, struct error *err)
    __attribute__((warn_unused_result));
/* Forgets the text. */
void part_sources_clear(struct part_sources *sources);
void part_sources_release(struct part_sources *sources);

#endif
