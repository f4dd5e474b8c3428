/*
 * Deflates a stream in parts that are compressed independently (writers/deflate_block.h), on as
 * many threads as wished, and joined. The result depends on the bytes alone, never on the number of
 * threads.
 *
 * Order of calls: open, then for each stream read ... until the end, close.
 */
#ifndef WRITERS_DEFLATE_H
#define WRITERS_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>

enum { DEFLATE_THREADS_MAX = 64 };

struct deflater;

/* NULL when memory is out. threads >= 1; more than DEFLATE_THREADS_MAX are no use. */
struct deflater *deflater_open(int threads) __attribute__((warn_unused_result));

/*
 * Deflates one whole stream. `read` fills the buffer with up to `size` bytes and returns how many;
 * fewer only at the end, and -1 on failure. `write` takes the next compressed bytes: 0, or -1. Any
 * thread may call them, one call at a time. 0; -1 when one of them failed; -2 when memory is out.
 */
struct deflate_stream {
    void *context;
    long (*read)(void *context, char *buffer, size_t size);
    int (*write)(void *context, const char *bytes, size_t size);
};

int deflater_run(struct deflater *deflater, const struct deflate_stream *stream)
    __attribute__((warn_unused_result));

/* NULL is allowed. */
void deflater_close(struct deflater *deflater);

#endif
