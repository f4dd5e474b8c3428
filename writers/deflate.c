/*
 * Owns the cutting of a stream into parts, their compression side by side, and their joining.
 * Must not know where the bytes come from or go to.
 */
#include "writers/deflate.h"

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "writers/deflate_block.h"

enum { PART_BYTES = DEFLATE_BLOCK_BYTES_MAX };

struct part {
    struct deflate_block *compressor;

    char *bytes;
    size_t size;
    bool last;

    char *compressed;
    size_t compressed_size; /* 0: failed */
};

struct deflater {
    int part_count; /* that are in the works at a time, one by each thread */
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

/* One stream's run, shared by the threads that work at it. */
struct run {
    const struct deflate_stream *stream;
    pthread_mutex_t mutex; /* guards what follows, and the stream's calls */
    pthread_cond_t turn;   /* `written` or `status` has changed */
    uint64_t read;         /* parts read */
    uint64_t written;      /* parts written */
    bool ended;            /* the last part is read */
    int status;
};

struct worker {
    struct run *run;
    struct part *part;
};

/* Reads the next part, under the mutex; false when there is none for this thread to do. */
static bool read_part(struct run *run, struct part *part, uint64_t *number)
{
    long size;

    if (run->ended || run->status != 0)
        return false;
    size = run->stream->read(run->stream->context, part->bytes, PART_BYTES);
    if (size < 0) {
        run->status = -1;
        pthread_cond_broadcast(&run->turn);
        return false;
    }
    part->size = (size_t)size;
    part->last = run->ended = size < PART_BYTES;
    *number = run->read++;
    return true;
}

/* Writes the part when those before it are written, under the mutex. */
static void write_part(struct run *run, const struct part *part, uint64_t number)
{
    while (run->status == 0 && run->written != number)
        pthread_cond_wait(&run->turn, &run->mutex);
    if (run->status != 0)
        return;
    if (part->compressed_size == 0)
        run->status = -2;
    else if (run->stream->write(run->stream->context, part->compressed, part->compressed_size) != 0)
        run->status = -1;
    run->written++;
    pthread_cond_broadcast(&run->turn);
}

/* Reads, compresses and writes the next part; false when there is none. */
static bool do_part(struct run *run, struct part *part)
{
    uint64_t number = 0;
    bool any = false;

    pthread_mutex_lock(&run->mutex);
    any = read_part(run, part, &number);
    pthread_mutex_unlock(&run->mutex);
    if (!any)
        return false;
    part->compressed_size =
        deflate_block_run(part->compressor, part->bytes, part->size, part->last, part->compressed);
    pthread_mutex_lock(&run->mutex);
    write_part(run, part, number);
    pthread_mutex_unlock(&run->mutex);
    return true;
}

static void *work(void *context)
{
    const struct worker *worker = context;

    while (do_part(worker->run, worker->part))
        ;
    return NULL;
}

int deflater_run(struct deflater *deflater, const struct deflate_stream *stream)
{
    struct run run = {
        .stream = stream,
        .mutex = PTHREAD_MUTEX_INITIALIZER,
        .turn = PTHREAD_COND_INITIALIZER,
    };
    struct worker workers[DEFLATE_THREADS_MAX];
    pthread_t threads[DEFLATE_THREADS_MAX];
    int started = 1;

    /* A stream that is over with its first part is worth no thread. */
    if (!do_part(&run, &deflater->parts[0]) || run.ended || run.status != 0)
        return run.status;
    for (int i = 0; i < deflater->part_count; i++)
        workers[i] = (struct worker){&run, &deflater->parts[i]};
    while (started < deflater->part_count &&
           pthread_create(&threads[started], NULL, work, &workers[started]) == 0)
        started++;
    (void)work(&workers[0]);
    for (int i = 1; i < started; i++)
        pthread_join(threads[i], NULL);
    return run.status;
}
