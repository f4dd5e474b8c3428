/*
 * Sorts any number of lines in a bounded amount of memory: by their bytes as unsigned numbers, a
 * line before all that it is the front of. What exceeds the memory is sorted in runs, which are
 * spilled and merged.
 *
 * Order of calls: open, add ..., absorb ..., finish, next ... until the end, close. A sorter is one
 * thread's at a time. The result depends on the lines alone. Lines may hold any byte. Errors are
 * ERROR_IO.
 */
#ifndef BATCH_LINE_SORT_H
#define BATCH_LINE_SORT_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/error.h"
#include "policy/span.h"

enum { LINE_SORT_BYTES_MAX = 8 * 1024 }; /* of one line */

struct line_sort;

/*
 * The folder is for spill files and must stay. Memory grows as lines come, up to memory_bytes, or a
 * few hundred KiB if that is less. unique: of equal lines one is handed out. NULL, with err filled,
 * when memory is out.
 */
struct line_sort *line_sort_open(int spill_folder_fd, size_t memory_bytes, bool unique,
                                 struct error *err) __attribute__((warn_unused_result));
/* NULL is allowed. */
void line_sort_close(struct line_sort *sorter);

/* 0, or -1 with err filled. */
int line_sort_add(struct line_sort *sorter, const char *line, size_t size, struct error *err)
    __attribute__((warn_unused_result));

/* Moves all lines of the other sorter to this one; both are still being filled. */
int line_sort_absorb(struct line_sort *sorter, struct line_sort *from, struct error *err)
    __attribute__((warn_unused_result));

/* Ends the adding. */
int line_sort_finish(struct line_sort *sorter, struct error *err)
    __attribute__((warn_unused_result));

/* The next line, which stays until the next call: 1; 0 at the end; -1 with err filled. */
int line_sort_next(struct line_sort *sorter, struct span *line, struct error *err)
    __attribute__((warn_unused_result));

#endif
