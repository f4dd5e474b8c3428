/*
 * Writes a state file of the carry-forward (policy/state_layout.h): sorted lines, gzip.
 *
 * Order of calls: open, row ..., then commit or discard. Errors are those of writers/output.h.
 */
#ifndef WRITERS_STATE_H
#define WRITERS_STATE_H

#include "policy/state_layout.h"
#include "writers/output.h"

struct state_writer;

/*
 * Creates carry-forward/NAME.tsv.gz in the folder, which stays the caller's and must stay open,
 * and writes the header. The layout is borrowed. NULL, with err filled, on failure.
 */
struct state_writer *state_writer_open(int folder_fd, const struct state_layout *layout,
                                       struct error *err) __attribute__((warn_unused_result));

/* Appends the row's line; its key is above that of the row before. 0, or -1 with err filled. */
int state_writer_row(struct state_writer *writer, const struct state_row *row, struct error *err)
    __attribute__((warn_unused_result));

/* As output_commit and output_discard; the summary has the number of rows. Both free the writer. */
int state_writer_commit(struct state_writer *writer, struct output_summary *summary,
                        struct error *err) __attribute__((warn_unused_result));
void state_writer_discard(struct state_writer *writer);

#endif
