/*
 * Owns the threads that parse, and the turns in which they cut the blocks that they work on: as
 * many threads as there are cores have them busy without one waiting for another, and what a core
 * has just read is in its cache when it parses it. Must not know what is done with a block.
 */
#include "readers/pipeline.h"

#include <pthread.h>
#include <stdbool.h>

#include "readers/crew.h"

struct pipeline {
    struct cutter *cutter;
    block_work work;
    block_notice notice;
    void *context;
    pthread_mutex_t cutting; /* guards the cutter and what follows */
    uint64_t next_number;    /* of the next block, in the order of the file */
    bool ended;              /* nothing more is to be cut */
    bool failed;
    uint64_t failed_number; /* of the earliest block that failed, or that could not be cut */
    struct error error;
};

/* Ends it all, for the cause of the earliest block that has one. With the mutex held. */
static void fail(struct pipeline *pipeline, uint64_t number, const struct error *err)
{
    pipeline->ended = true;
    if (pipeline->failed && pipeline->failed_number < number)
        return;
    pipeline->failed = true;
    pipeline->failed_number = number;
    pipeline->error = *err;
}

/* Cuts the next block, in turn with the other threads; false when there is nothing left to do. */
static bool cut_next(struct pipeline *pipeline, struct block *block, uint64_t *number)
{
    struct error err = {0};
    int got = 0;

    (void)pthread_mutex_lock(&pipeline->cutting);
    if (!pipeline->ended) {
        *number = pipeline->next_number++;
        got = cutter_next(pipeline->cutter, block, &err);
        if (got > 0 && pipeline->notice(pipeline->context, block, &err) != 0)
            got = -1;
        if (got < 0)
            fail(pipeline, *number, &err);
        else
            pipeline->ended = got == 0;
    }
    (void)pthread_mutex_unlock(&pipeline->cutting);
    return got > 0;
}

/* Blocks behind a failed one are left; those before it are all worked on. */
static void work_on(void *context, int worker)
{
    struct pipeline *pipeline = context;
    struct block block = {0};
    uint64_t number = 0;

    while (cut_next(pipeline, &block, &number)) {
        struct error err = {0};

        if (pipeline->work(pipeline->context, worker, &block, &err) != 0) {
            (void)pthread_mutex_lock(&pipeline->cutting);
            fail(pipeline, number, &err);
            (void)pthread_mutex_unlock(&pipeline->cutting);
        }
    }
    block_release(&block);
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
    };

    crew_run(thread_count, work_on, &pipeline);
    (void)pthread_mutex_destroy(&pipeline.cutting);
    if (!pipeline.failed)
        return 0;
    *err = pipeline.error;
    return -1;
}
