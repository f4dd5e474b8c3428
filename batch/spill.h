/*
 * Streams of bytes that are written now and read later, as many as wished, in a fixed amount of
 * memory: what exceeds it goes to a file without a name.
 *
 * Streams may be written by several threads at once, each by one; and, once nothing is written any
 * more, read by several. Errors are ERROR_IO.
 */
#ifndef BATCH_SPILL_H
#define BATCH_SPILL_H

#include <stddef.h>
#include <stdint.h>

#include "policy/error.h"

struct spill;

/*
 * The folder is for the file, and must stay. memory_bytes is for full chunks; every stream takes up
 * to chunk_bytes more, however long it is. NULL, with err filled, on failure.
 */
struct spill *spill_open(int folder_fd, size_t chunk_bytes, size_t memory_bytes, struct error *err)
    __attribute__((warn_unused_result));
/* After its streams. NULL is allowed. */
void spill_close(struct spill *spill);

/* Where a full chunk is: its address, which is even; or 1 + twice its number in the file. */
typedef uint64_t spill_place;

/* `struct spill_stream stream = {0};` is empty and ready. */
struct spill_stream {
    size_t chunk_count; /* full ones */
    spill_place last;   /* of them */
    char *kept;         /* the last one that is in memory; NULL: none is */
    char *tail;         /* the next one: room for what ties it to those before, and bytes */
    size_t tail_size;   /* of the bytes */
    size_t tail_capacity;
    uint64_t bytes;
};

void spill_stream_release(struct spill *spill, struct spill_stream *stream);

int spill_stream_append(struct spill *spill, struct spill_stream *stream, const char *bytes,
                        size_t size, struct error *err) __attribute__((warn_unused_result));

static inline uint64_t spill_stream_bytes(const struct spill_stream *stream)
{
    return stream->bytes;
}

/* Of memory_bytes, what no chunk takes. */
size_t spill_bytes_left(struct spill *spill);

/* Reads the whole stream into `bytes`, which has room for it. */
int spill_stream_read(struct spill *spill, const struct spill_stream *stream, char *bytes,
                      struct error *err) __attribute__((warn_unused_result));

#endif
