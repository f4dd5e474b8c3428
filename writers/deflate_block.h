/*
 * Deflates one block of a raw deflate stream (RFC 1951), on its own: it ends on a byte boundary and
 * looks at nothing before it, so that blocks made side by side join into one stream in their order.
 * The result depends on the bytes alone. Done by ISA-L at its level 0; by zlib, at its level 1,
 * where ISA-L fails or DEFLATE_BY_ZLIB is asked for (the reference that tests compare with).
 *
 * A compressor is one thread's at a time.
 */
#ifndef WRITERS_DEFLATE_BLOCK_H
#define WRITERS_DEFLATE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

/* Room for a block of so many bytes, compressed: what does not compress is stored, in pieces. */
#define DEFLATE_ROOM_OF(size) ((size) + (size) / 64 + 1024)

enum {
    DEFLATE_BLOCK_BYTES_MAX = 1024 * 1024,
    DEFLATE_BLOCK_ROOM = DEFLATE_ROOM_OF(DEFLATE_BLOCK_BYTES_MAX),
};

enum deflate_by { DEFLATE_BY_ISAL, DEFLATE_BY_ZLIB };

struct deflate_block;

/* NULL when memory is out. Takes some 100 KiB. */
struct deflate_block *deflate_block_open(enum deflate_by by) __attribute__((warn_unused_result));

/*
 * Compresses `size` bytes (at most DEFLATE_BLOCK_BYTES_MAX, 0 allowed) into `compressed`, which has
 * DEFLATE_ROOM_OF(size) bytes; `last` ends the stream. How many bytes it came to, at least 1; 0
 * when it failed.
 */
size_t deflate_block_run(struct deflate_block *block, const char *bytes, size_t size, bool last,
                         char *compressed) __attribute__((warn_unused_result));

/* NULL is allowed. */
void deflate_block_close(struct deflate_block *block);

#endif
