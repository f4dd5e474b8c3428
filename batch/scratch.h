/*
 * Scratch files: without a name, in the staging folder, gone when they are closed.
 *
 * Errors are ERROR_IO. Reading and writing go to an offset and leave no position behind, so that
 * several threads may use one file.
 */
#ifndef BATCH_SCRATCH_H
#define BATCH_SCRATCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "policy/error.h"

/* A new file; the caller closes it. -1, with err filled, on failure. */
int scratch_open(int folder_fd, struct error *err) __attribute__((warn_unused_result));

/* All of the bytes: 0, or -1 with err filled. */
int scratch_write(int fd, const char *bytes, size_t size, uint64_t offset, struct error *err)
    __attribute__((warn_unused_result));
int scratch_write_parts(int fd, const struct iovec *parts, int count, uint64_t offset,
                        struct error *err) __attribute__((warn_unused_result));
int scratch_read(int fd, char *bytes, size_t size, uint64_t offset, struct error *err)
    __attribute__((warn_unused_result));
int scratch_read_parts(int fd, const struct iovec *parts, int count, uint64_t offset,
                       struct error *err) __attribute__((warn_unused_result));

#endif
