/*
 * Memory beyond what was promised: a file without a name, mapped, which takes the large blocks of
 * policy/block.h while it is open. What of it is resident is bounded (batch/residence.h): beyond
 * the bounds the mapping lets go of its pages, which stay in the file and come back when touched.
 *
 * The file's room is reserved before it is used, so that a full disk shows when a block is asked
 * for: that block comes from the allocator then. Where the disk fails to read or to write a page
 * all the same, nothing can be returned to anyone: one line says so, and the program ends with the
 * status of ERROR_IO.
 *
 * At most one is open at a time.
 */
#ifndef BATCH_BACKING_H
#define BATCH_BACKING_H

#include <stddef.h>
#include <stdint.h>

#include "policy/error.h"

struct backing;

/*
 * The folder is for the file, which is made when it is first needed, and must stay. kept_bytes: of
 * large blocks that the allocator gives before; resident_bytes: of the file, in memory, or more as
 * long as all that the process has there is no more than process_bytes. NULL, with err filled
 * (ERROR_IO), on failure.
 */
struct backing *backing_open(int folder_fd, size_t kept_bytes, size_t resident_bytes,
                             size_t process_bytes, struct error *err)
    __attribute__((warn_unused_result));
/* From here on kept_bytes of large blocks. While no other thread allocates. */
void backing_keep(struct backing *backing, size_t kept_bytes);
/* After the last of its blocks was freed. NULL is allowed. */
void backing_close(struct backing *backing);

/* The bytes that were in the file at most, so far. */
uint64_t backing_bytes_most(struct backing *backing);

#endif
