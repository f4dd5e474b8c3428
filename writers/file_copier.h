/*
 * Copies published files, as they are, to places in another file: in the order they were asked for,
 * by a thread of its own where that is wished and can be had. The bytes read must have the size and
 * CRC-32 of the file's summary.
 *
 * Order of calls: open, add ..., finish; close at any time.
 */
#ifndef WRITERS_FILE_COPIER_H
#define WRITERS_FILE_COPIER_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/error.h"
#include "policy/output_summary.h"

struct file_copier;

/*
 * `to_fd` stays the caller's and must stay open, `name` is its name for messages and must stay.
 * `beside`: by a thread of its own. NULL when memory is out.
 */
struct file_copier *file_copier_open(int to_fd, const char *name, bool beside)
    __attribute__((warn_unused_result));

/*
 * Has the file of that summary, in the folder, copied to offset `at`. The folder must stay
 * open until it is done. 0, or -1 with err filled: ERROR_CONTROL where it is not what its summary
 * says, ERROR_IO where reading or writing fails. What fails in the thread is told by a later call.
 */
int file_copier_add(struct file_copier *copier, int folder_fd, const struct output_summary *file,
                    uint64_t at, struct error *err) __attribute__((warn_unused_result));

/* Waits until all is copied. Nothing can be added then. 0, or -1 with err filled. */
int file_copier_finish(struct file_copier *copier, struct error *err)
    __attribute__((warn_unused_result));

/* Stops what is going on. NULL is allowed. */
void file_copier_close(struct file_copier *copier);

#endif
