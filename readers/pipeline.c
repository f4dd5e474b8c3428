/*
 * Owns the threads that parse, and the turns in which they cut the blocks that they work on: as
 * many threads as there are cores have them busy, and what a core has just read is in its cache
 * when it parses it. A thread that finds another one cutting works on a block that was cut ahead
 * instead of waiting. Must not know what is done with a block.
 */
#include "readers/pipeline.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "readers/crew.h"

/* Blocks cut ahead at most: a thread that cuts several in a row keeps the others in work. */
enum { BLOCKS_OF_A_THREAD = 2 };

/* A block, and its number in the order of the file. */
struct numbered_block {
    struct block block;
    uint64_t number;
};

struct pipeline {
    struct cutter *cutter;
    block_work work;
    block_notice notice;
    void *context;
    pthread_mutex_t cutting; /* guards the cutter and the number of its next block */
    uint64_t next_number;
    pthread_mutex_t handing;    /* guards what follows; taken behind `cutting`, never before it */
    struct numbered_block *cut; /* a ring of blocks to be worked on, and of memory for others */
    size_t cut_room;
    size_t first;
    size_t cut_count;
    bool ended; /* nothing more is to be cut */
    bool failed;
    uint64_t failed_number; /* of the earliest block that failed, or that could not be cut */
    struct error error;
};

/*
 * Has nothing more cut, for the cause of the earliest block that has one. What is cut already is
 * worked on: it may be earlier still.
 */
static void fail(struct pipeline *pipeline, uint64_t number, const struct error *err)
{
    (void)pthread_mutex_lock(&pipeline->handing);
    pipeline->ended = true;
    if (!pipeline->failed || number < pipeline->failed_number) {
        pipeline->failed = true;
        pipeline->failed_number = number;
        pipeline->error = *err;
    }
    (void)pthread_mutex_unlock(&pipeline->handing);
}

/* The place of the next block to be cut; NULL when enough are, or nothing is left. */
static struct numbered_block *next_place(struct pipeline *pipeline)
{
    struct numbered_block *place = NULL;

    (void)pthread_mutex_lock(&pipeline->handing);
    if (!pipeline->ended && pipeline->cut_count < pipeline->cut_room)
        place = &pipeline->cut[(pipeline->first + pipeline->cut_count) % pipeline->cut_room];
    (void)pthread_mutex_unlock(&pipeline->handing);
    return place;
}

/* Cuts blocks until enough lie ready. With `cutting` held. */
static void cut_some(struct pipeline *pipeline)
{
    struct numbered_block *place = NULL;

    while ((place = next_place(pipeline)) != NULL) {
        struct error err = {0};
        int got = cutter_next(pipeline->cutter, &place->block, &err);

        place->number = pipeline->next_number++;
        if (got > 0 && pipeline->notice(pipeline->context, &place->block, &err) != 0)
            got = -1;
        if (got < 0) {
            fail(pipeline, place->number, &err);
            break;
        }
        (void)pthread_mutex_lock(&pipeline->handing);
        if (got > 0)
            pipeline->cut_count++;
        else
            pipeline->ended = true;
        (void)pthread_mutex_unlock(&pipeline->handing);
    }
}

enum ready { NOTHING_LEFT, NONE_READY, ONE_READY };

/* Takes the first of the blocks that lie ready, and leaves the memory of the one before. */
static enum ready take_ready(struct pipeline *pipeline, struct numbered_block *taken)
{
    struct numbered_block *first = NULL;
    enum ready ready = NONE_READY;

    (void)pthread_mutex_lock(&pipeline->handing);
    first = &pipeline->cut[pipeline->first];
    if (pipeline->cut_count == 0) {
        ready = pipeline->ended ? NOTHING_LEFT : NONE_READY;
    } else {
        struct numbered_block before = *taken;

        ready = ONE_READY;
        *taken = *first;
        *first = before;
        pipeline->first = (pipeline->first + 1) % pipeline->cut_room;
        pipeline->cut_count--;
    }
    (void)pthread_mutex_unlock(&pipeline->handing);
    return ready;
}

/* The next block to work on; false when there is nothing left to do. */
static bool take_next(struct pipeline *pipeline, struct numbered_block *taken)
{
    enum ready ready = NONE_READY;

    while (ready == NONE_READY) {
        if (pthread_mutex_trylock(&pipeline->cutting) != 0) {
            ready = take_ready(pipeline, taken);
            if (ready != NONE_READY)
                break;
            (void)pthread_mutex_lock(&pipeline->cutting);
        }
        cut_some(pipeline);
        (void)pthread_mutex_unlock(&pipeline->cutting);
        ready = take_ready(pipeline, taken);
    }
    return ready == ONE_READY;
}

static void work_on(void *context, int worker)
{
    struct pipeline *pipeline = context;
    struct numbered_block taken = {0};

    while (take_next(pipeline, &taken)) {
        struct error err = {0};

        if (pipeline->work(pipeline->context, worker, &taken.block, &err) != 0)
            fail(pipeline, taken.number, &err);
    }
    block_release(&taken.block);
}

int pipeline_run(struct cutter *cutter, int thread_count, block_work work, block_notice notice,
                 void *context, struct error *err)
{
    struct pipeline pipeline = {
        .cutter = cutter,
        .work = work,
        .notice = notice,
        .context = context,
        .cutting = PTHREAD_MUTEX_INITIALIZER,
        .handing = PTHREAD_MUTEX_INITIALIZER,
        .cut_room = (size_t)thread_count * BLOCKS_OF_A_THREAD,
    };

    pipeline.cut = calloc(pipeline.cut_room, sizeof(*pipeline.cut));
    if (pipeline.cut == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    crew_run(thread_count, work_on, &pipeline);
    for (size_t i = 0; i < pipeline.cut_room; i++)
        block_release(&pipeline.cut[i].block);
    free(pipeline.cut);
    (void)pthread_mutex_destroy(&pipeline.cutting);
    (void)pthread_mutex_destroy(&pipeline.handing);
    if (!pipeline.failed)
        return 0;
    *err = pipeline.error;
    return -1;
}
