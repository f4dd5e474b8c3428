/*
 * Owns the memory and the file that streams share.
 */
#include "batch/spill.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch/scratch.h"

enum {
    TAIL_BYTES_MIN = 256,
    CHUNKS_AT_ONCE = 16, /* that are written to the file together */
};

struct spill {
    int folder_fd;
    size_t chunk_bytes;
    size_t chunks_max; /* in memory */

    pthread_mutex_t mutex; /* of what follows */
    size_t chunks;         /* in memory */
    int fd;                /* -1: nothing spilled */
    uint64_t file_chunks;  /* those that are not written yet included: the last ones */
    char *unwritten;
    size_t unwritten_count;
};

/* At the start of every chunk, so that a stream need not list its own. */
struct chunk_head {
    spill_place before; /* the chunk before this; 0: there is none */
    char *kept_before;  /* the last before this that is in memory; NULL: there is none */
};

/* Of a stream's bytes, in a chunk. */
static size_t bytes_of_chunk(const struct spill *spill)
{
    return spill->chunk_bytes - sizeof(struct chunk_head);
}

/* The chunk in memory; NULL: it is in the file. */
static char *bytes_at(spill_place place)
{
    return place % 2 == 0 ? (char *)(uintptr_t)place : NULL;
}

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

struct spill *spill_open(int folder_fd, size_t chunk_bytes, size_t memory_bytes, struct error *err)
{
    struct spill *spill = calloc(1, sizeof(*spill));

    assert(chunk_bytes >= TAIL_BYTES_MIN);
    if (spill == NULL) {
        (void)out_of_memory(err);
        return NULL;
    }
    *spill = (struct spill){.folder_fd = folder_fd,
                            .chunk_bytes = chunk_bytes,
                            .chunks_max = memory_bytes / chunk_bytes,
                            .mutex = PTHREAD_MUTEX_INITIALIZER,
                            .fd = -1};
    return spill;
}

void spill_close(struct spill *spill)
{
    if (spill == NULL)
        return;
    if (spill->fd >= 0)
        (void)close(spill->fd);
    free(spill->unwritten);
    free(spill);
}

void spill_stream_release(struct spill *spill, struct spill_stream *stream)
{
    size_t in_memory = 0;
    char *chunk = stream->kept;

    while (chunk != NULL) {
        struct chunk_head head;

        memcpy(&head, chunk, sizeof(head));
        free(chunk);
        chunk = head.kept_before;
        in_memory++;
    }
    (void)pthread_mutex_lock(&spill->mutex);
    spill->chunks -= in_memory;
    (void)pthread_mutex_unlock(&spill->mutex);
    free(stream->tail);
    *stream = (struct spill_stream){0};
}

size_t spill_bytes_left(struct spill *spill)
{
    size_t chunks = 0;

    (void)pthread_mutex_lock(&spill->mutex);
    chunks = spill->chunks_max - spill->chunks;
    (void)pthread_mutex_unlock(&spill->mutex);
    return chunks * spill->chunk_bytes;
}

/* ---- full chunks ---- */

static int open_file(struct spill *spill, struct error *err)
{
    if (spill->unwritten == NULL)
        spill->unwritten = malloc(CHUNKS_AT_ONCE * spill->chunk_bytes);
    if (spill->unwritten == NULL)
        return out_of_memory(err);
    if (spill->fd < 0)
        spill->fd = scratch_open(spill->folder_fd, err);
    return spill->fd < 0 ? -1 : 0;
}

/* With the mutex held. */
static int put_into_file(struct spill *spill, const char *bytes, spill_place *place,
                         struct error *err)
{
    const size_t size = spill->chunk_bytes;

    if (open_file(spill, err) != 0)
        return -1;
    memcpy(spill->unwritten + spill->unwritten_count * size, bytes, size);
    spill->unwritten_count++;
    *place = 1 + 2 * spill->file_chunks++;
    if (spill->unwritten_count < CHUNKS_AT_ONCE)
        return 0;
    spill->unwritten_count = 0;
    return scratch_write(spill->fd, spill->unwritten, CHUNKS_AT_ONCE * size,
                         (spill->file_chunks - CHUNKS_AT_ONCE) * size, err);
}

/* A place for one more chunk: in the file, if memory has none. */
static int put_chunk(struct spill *spill, char *bytes, spill_place *place, struct error *err)
{
    int status = 0;

    (void)pthread_mutex_lock(&spill->mutex);
    if (spill->chunks < spill->chunks_max) {
        spill->chunks++;
        *place = (uintptr_t)bytes;
    } else {
        status = put_into_file(spill, bytes, place, err);
    }
    (void)pthread_mutex_unlock(&spill->mutex);
    return status;
}

/* Of a chunk that is in the file, or on its way there. */
static int get_from_file(struct spill *spill, spill_place place, struct chunk_head *head,
                         char *bytes, struct error *err)
{
    const size_t size = spill->chunk_bytes;
    const struct iovec parts[] = {{head, sizeof(*head)}, {bytes, bytes_of_chunk(spill)}};
    const uint64_t number = place / 2;
    uint64_t written = 0;

    (void)pthread_mutex_lock(&spill->mutex);
    written = spill->file_chunks - spill->unwritten_count;
    if (number >= written) {
        const char *chunk = spill->unwritten + (number - written) * size;

        memcpy(head, chunk, sizeof(*head));
        memcpy(bytes, chunk + sizeof(*head), bytes_of_chunk(spill));
    }
    (void)pthread_mutex_unlock(&spill->mutex);
    return number >= written
               ? 0
               : scratch_read_parts(spill->fd, parts, sizeof(parts) / sizeof(parts[0]),
                                    number * size, err);
}

/* The tail is full: it becomes a chunk, in memory or in the file. */
static int end_chunk(struct spill *spill, struct spill_stream *stream, struct error *err)
{
    const struct chunk_head head = {stream->last, stream->kept};
    spill_place chunk = 0;

    memcpy(stream->tail, &head, sizeof(head));
    if (put_chunk(spill, stream->tail, &chunk, err) != 0)
        return -1;
    stream->last = chunk;
    stream->chunk_count++;
    stream->tail_size = 0;
    if (bytes_at(chunk) != NULL) {
        stream->kept = stream->tail;
        stream->tail = NULL;
        stream->tail_capacity = 0;
    }
    return 0;
}

/* To room for so many bytes. */
static int grow_tail(const struct spill *spill, struct spill_stream *stream, size_t wanted,
                     struct error *err)
{
    size_t capacity = stream->tail_capacity == 0 ? TAIL_BYTES_MIN : stream->tail_capacity;
    char *tail = NULL;

    while (capacity < sizeof(struct chunk_head) + wanted)
        capacity *= 2;
    if (capacity > spill->chunk_bytes)
        capacity = spill->chunk_bytes;
    tail = realloc(stream->tail, capacity);
    if (tail == NULL)
        return out_of_memory(err);
    stream->tail = tail;
    stream->tail_capacity = capacity;
    return 0;
}

int spill_stream_append(struct spill *spill, struct spill_stream *stream, const char *bytes,
                        size_t size, struct error *err)
{
    while (size > 0) {
        size_t part = bytes_of_chunk(spill) - stream->tail_size;

        if (part == 0) {
            if (end_chunk(spill, stream, err) != 0)
                return -1;
            continue;
        }
        if (part > size)
            part = size;
        if (sizeof(struct chunk_head) + stream->tail_size + part > stream->tail_capacity &&
            grow_tail(spill, stream, stream->tail_size + part, err) != 0)
            return -1;
        memcpy(stream->tail + sizeof(struct chunk_head) + stream->tail_size, bytes, part);
        stream->tail_size += part;
        stream->bytes += part;
        bytes += part;
        size -= part;
    }
    return 0;
}

int spill_stream_read(struct spill *spill, const struct spill_stream *stream, char *bytes,
                      struct error *err)
{
    const size_t size = bytes_of_chunk(spill);
    spill_place place = stream->last;

    for (size_t number = stream->chunk_count; number-- > 0;) {
        const char *chunk = bytes_at(place);
        char *to = bytes + number * size;
        struct chunk_head head;

        if (chunk == NULL) {
            if (get_from_file(spill, place, &head, to, err) != 0)
                return -1;
        } else {
            memcpy(&head, chunk, sizeof(head));
            memcpy(to, chunk + sizeof(head), size);
        }
        place = head.before;
    }
    if (stream->tail_size > 0)
        memcpy(bytes + stream->chunk_count * size, stream->tail + sizeof(struct chunk_head),
               stream->tail_size);
    return 0;
}
