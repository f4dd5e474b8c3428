/*
 * Owns the cutting of a stream into parts, their compression side by side, and their joining.
 * Must not know where the bytes come from or go to.
 */
#include "writers/deflate.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    PART_BYTES = 1024 * 1024,
    DICTIONARY_BYTES = 32 * 1024,
    COMPRESSED_MAX = PART_BYTES + PART_BYTES / 8, /* what does not compress grows by far less */
};

enum {
    LEVEL = 4, /* on ledgers, nearly the size of 6 in half of its time */
    RAW_WINDOW_BITS = -15,
    MEMORY_LEVEL = 8,
};

struct compressor {
    z_stream stream;
    bool opened;
};

static bool compressor_open(struct compressor *compressor)
{
    compressor->opened = deflateInit2(&compressor->stream, LEVEL, Z_DEFLATED, RAW_WINDOW_BITS,
                                      MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK;
    return compressor->opened;
}

static void compressor_close(struct compressor *compressor)
{
    if (compressor->opened)
        deflateEnd(&compressor->stream);
}

/* How many bytes it came to; 0 where it failed. */
static size_t compressor_run(struct compressor *compressor, char *dictionary,
                             size_t dictionary_size, char *bytes, size_t size, bool last,
                             char *compressed)
{
    z_stream *stream = &compressor->stream;
    int result;

    if (deflateReset(stream) != Z_OK)
        return 0;
    if (dictionary_size > 0 &&
        deflateSetDictionary(stream, (Bytef *)dictionary, (uInt)dictionary_size) != Z_OK)
        return 0;
    stream->next_in = (Bytef *)bytes;
    stream->avail_in = (uInt)size;
    stream->next_out = (Bytef *)compressed;
    stream->avail_out = COMPRESSED_MAX;
    result = deflate(stream, last ? Z_FINISH : Z_SYNC_FLUSH);
    if (result != (last ? Z_STREAM_END : Z_OK) || stream->avail_out == 0)
        return 0;
    return COMPRESSED_MAX - stream->avail_out;
}

struct part {
    struct compressor compressor;
    pthread_t thread;
    bool started;

    char *bytes; /* the dictionary's room, then the part's */
    size_t dictionary_size;
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
    part->bytes = malloc(DICTIONARY_BYTES + PART_BYTES);
    part->compressed = malloc(COMPRESSED_MAX);
    return compressor_open(&part->compressor) && part->bytes != NULL && part->compressed != NULL;
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

        compressor_close(&part->compressor);
        free(part->bytes);
        free(part->compressed);
    }
    free(deflater);
}

static void *part_compress(void *context)
{
    struct part *part = context;
    char *bytes = part->bytes + DICTIONARY_BYTES;

    part->compressed_size =
        compressor_run(&part->compressor, bytes - part->dictionary_size, part->dictionary_size,
                       bytes, part->size, part->last, part->compressed);
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

/* The end of the part before becomes the dictionary. */
static void set_dictionary(struct part *part, const struct part *before)
{
    part->dictionary_size = 0;
    if (before == NULL)
        return;
    part->dictionary_size = before->size < DICTIONARY_BYTES ? before->size : DICTIONARY_BYTES;
    memmove(part->bytes + DICTIONARY_BYTES - part->dictionary_size,
            before->bytes + DICTIONARY_BYTES + before->size - part->dictionary_size,
            part->dictionary_size);
}

int deflater_run(struct deflater *deflater, const struct deflate_stream *stream)
{
    const struct part *before = NULL;
    bool last = false;

    while (!last) {
        int count = 0;

        while (count < deflater->part_count && !last) {
            struct part *part = &deflater->parts[count];
            long size;

            set_dictionary(part, before);
            size = stream->read(stream->context, part->bytes + DICTIONARY_BYTES, PART_BYTES);
            if (size < 0)
                return -1;
            part->size = (size_t)size;
            part->last = last = size < PART_BYTES;
            before = part;
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
