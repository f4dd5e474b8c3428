/*
 * Copies stretches of files, as they are, to places in another file: by a thread of its own where
 * that is wished and can be had, and in the end by the caller's as well.
 *
 * Order of calls: open, add ..., finish; close at any time. Errors are ERROR_IO where reading or
 * writing fails, and ERROR_CONTROL for a file that is not what its summary says; what fails in the
 * thread is told by a later call.
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

/* Has `size` bytes of the open file copied, which must stay open and as it is: 0, or -1. */
int file_copier_add(struct file_copier *copier, int from_fd, uint64_t from, uint64_t size,
                    uint64_t to, struct error *err) __attribute__((warn_unused_result));

/* Has the file of that summary, in the folder, copied: 0, or -1. */
int file_copier_add_file(struct file_copier *copier, int folder_fd,
                         const struct output_summary *file, uint64_t to, struct error *err)
    __attribute__((warn_unused_result));

/*
 * Sees to it that all is copied, and that the files had the size and CRC-32 of their summaries: 0,
 * or -1. Nothing can be added then.
 */
int file_copier_finish(struct file_copier *copier, struct error *err)
    __attribute__((warn_unused_result));

/* Stops what is going on. NULL is allowed. */
void file_copier_close(struct file_copier *copier);

#endif
