/*
 * Has the system begin to write a file to disk while it is still being made, so that flushing it in
 * the end waits for little. A hint: it fails silently, and proves nothing.
 */
#ifndef WRITERS_WRITEBACK_H
#define WRITERS_WRITEBACK_H

#include <fcntl.h>
#include <stdint.h>

enum { WRITEBACK_BYTES = 8 * 1024 * 1024 };

/* `end` bytes of the file are written, of which *begun were told before; a few more tell nothing.
 */
static inline void writeback_begin(int fd, uint64_t *begun, uint64_t end)
{
    if (end - *begun < WRITEBACK_BYTES)
        return;
#ifdef SYNC_FILE_RANGE_WRITE
    (void)sync_file_range(fd, (off_t)*begun, (off_t)(end - *begun), SYNC_FILE_RANGE_WRITE);
#endif
    *begun = end;
}

#endif
