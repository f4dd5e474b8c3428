/*
 * Owns the cutting of a stream into parts, their compression side by side, and their joining.
 * Must not know where the bytes come from or go to.
 */
#include "writers/deflate.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "writers/deflate_block.h"

enum { PART_BYTES = DEFLATE_BLOCK_BYTES_MAX };

struct part {
    struct deflate_block *compressor;
    pthread_t thread;
    bool started;

    char *bytes;
    size_t size;
    bool last;

    char *compressed;
    size_t compressed_size; /* 0: failed */
};

struct deflater {
    int part_count; /* that are compressed at a time */
    struct part parts[DEFLATE_THREADS_MAX];
};

static bool part_open(struct part *part)
{
    part->compressor = deflate_block_open(DEFLATE_BY_ISAL);
    part->bytes = malloc(PART_BYTES);
    part->compressed = malloc(DEFLATE_BLOCK_ROOM);
    return part->compressor != NULL && part->bytes != NULL && part->compressed != NULL;
}

struct deflater *deflater_open(int threads)
{
    struct deflater *deflater = calloc(1, sizeof(*deflater));

    assert(threads >= 1);
    if (deflater == NULL)
        return NULL;
    for (int i = 0; i < threads && i < DEFLATE_THREADS_MAX; i++) {
        deflater->part_count++;
        if (!part_open(&deflater->parts[i])) {
            deflater_close(deflater);
            return NULL;
        }
    }
    return deflater;
}

void deflater_close(struct deflater *deflater)
{
    if (deflater == NULL)
        return;
    for (int i = 0; i < deflater->part_count; i++) {
        struct part *part = &deflater->parts[i];

        deflate_block_close(part->compressor);
        free(part->bytes);
        free(part->compressed);
    }
    free(deflater);
}

static void *part_compress(void *context)
{
    struct part *part = context;

    part->compressed_size =
        deflate_block_run(part->compressor, part->bytes, part->size, part->last, part->compressed);
    return NULL;
}

/* The first part on this thread, each other on one of its own, or on this one if there is none. */
static bool compress_all(struct part *parts, int count)
{
    bool good = true;

    for (int i = 1; i < count; i++)
        parts[i].started = pthread_create(&parts[i].thread, NULL, part_compress, &parts[i]) == 0;
    for (int i = 0; i < count; i++) {
        if (i == 0 || !parts[i].started)
            part_compress(&parts[i]);
    }
    for (int i = 1; i < count; i++) {
        if (parts[i].started)
            pthread_join(parts[i].thread, NULL);
        parts[i].started = false;
    }
    for (int i = 0; i < count; i++)
        good = good && parts[i].compressed_size > 0;
    return good;
}

int deflater_run(struct deflater *deflater, const struct deflate_stream *stream)
{
    bool last = false;

    while (!last) {
        int count = 0;

        while (count < deflater->part_count && !last) {
            struct part *part = &deflater->parts[count];
            long size;

            size = stream->read(stream->context, part->bytes, PART_BYTES);
            if (size < 0)
                return -1;
            part->size = (size_t)size;
            part->last = last = size < PART_BYTES;
            count++;
        }
        if (!compress_all(deflater->parts, count))
            return -2;
        for (int i = 0; i < count; i++) {
            const struct part *part = &deflater->parts[i];

            if (stream->write(stream->context, part->compressed, part->compressed_size) != 0)
                return -1;
        }
    }
    return 0;
}
