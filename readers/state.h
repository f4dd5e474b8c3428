/*
 * Reads a state file of the carry-forward (policy/state_layout.h) as a stream of rows, in memory
 * that does not grow with the file.
 *
 * The file was written by this program and is read strictly: whole gzip members up to the end, the
 * very header, as many fields as it has, none empty, keys that ascend. Anything else is
 * ERROR_CLOSED: the books were damaged or edited after they were published. What the fields hold
 * is the caller's to judge. A damaged gzip may show only at the end: nothing read may be used
 * before state_read has returned 0.
 */
#ifndef READERS_STATE_H
#define READERS_STATE_H

#include <stdbool.h>

#include "policy/error.h"
#include "policy/state_layout.h"

/*
 * Calls `row` with every row of the layout's file in the folder. Rows die when the call returns; a
 * call returns 0, or -1 with err filled, which ends the reading. 0, or -1 with err filled: also
 * ERROR_CLOSED where there is no such file, ERROR_IO where reading or memory fails.
 */
int state_read(int folder_fd, const struct state_layout *layout,
               int (*row)(void *context, const struct state_row *row, struct error *err),
               void *context, struct error *err) __attribute__((warn_unused_result));

/*
 * Splits row->line into its fields; whether it has just those of the layout, none of them empty.
 */
bool state_split(const struct state_layout *layout, struct state_row *row)
    __attribute__((warn_unused_result));

/* ERROR_CLOSED about one line: its cause, "the period is bad". Returns -1. */
int state_damaged(const struct state_layout *layout, uint64_t line, const char *cause,
                  struct error *err);

#endif
