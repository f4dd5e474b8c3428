/*
 * Owns the threads that parse, and the queue between them and the one that reads.
 * Must not know what is done with a block.
 */
#include "readers/pipeline.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS_PER_WORKER = 3 };

struct job {
    struct block block;
    uint64_t number; /* of the block, in the order of the file */
    struct job *next;
};

struct pipeline {
    pthread_mutex_t mutex;
    pthread_cond_t ready_or_ended;
    pthread_cond_t spare_or_failed;
    struct job *ready; /* the oldest first */
    struct job **ready_end;
    struct job *spare;
    bool ended;
    bool failed;
    uint64_t failed_number; /* of the earliest block that failed */
    struct error error;
    block_work work;
    void *context;
};

struct worker {
    struct pipeline *pipeline;
    pthread_t thread;
    int number;
};

/* The oldest block that is ready, or NULL when all is done. Blocks behind a failed one are left. */
static struct job *take_ready(struct pipeline *pipeline)
{
    struct job *job = NULL;

    (void)pthread_mutex_lock(&pipeline->mutex);
    while (pipeline->ready == NULL && !pipeline->ended)
        (void)pthread_cond_wait(&pipeline->ready_or_ended, &pipeline->mutex);
    job = pipeline->ready;
    if (job != NULL) {
        pipeline->ready = job->next;
        if (pipeline->ready == NULL)
            pipeline->ready_end = &pipeline->ready;
    }
    (void)pthread_mutex_unlock(&pipeline->mutex);
    return job;
}

static void give_back(struct pipeline *pipeline, struct job *job, const struct error *err)
{
    (void)pthread_mutex_lock(&pipeline->mutex);
    if (err != NULL && (!pipeline->failed || job->number < pipeline->failed_number)) {
        pipeline->failed = true;
        pipeline->failed_number = job->number;
        pipeline->error = *err;
    }
    job->next = pipeline->spare;
    pipeline->spare = job;
    (void)pthread_cond_signal(&pipeline->spare_or_failed);
    (void)pthread_mutex_unlock(&pipeline->mutex);
}

static void *work_on(void *context)
{
    const struct worker *worker = context;
    struct pipeline *pipeline = worker->pipeline;
    struct job *job = NULL;

    while ((job = take_ready(pipeline)) != NULL) {
        struct error err = {0};
        int status = pipeline->work(pipeline->context, worker->number, &job->block, &err);

        give_back(pipeline, job, status == 0 ? NULL : &err);
    }
    return NULL;
}

/* A job to fill, or NULL when a block has failed. */
static struct job *take_spare(struct pipeline *pipeline)
{
    struct job *job = NULL;

    (void)pthread_mutex_lock(&pipeline->mutex);
    while (pipeline->spare == NULL && !pipeline->failed)
        (void)pthread_cond_wait(&pipeline->spare_or_failed, &pipeline->mutex);
    if (!pipeline->failed) {
        job = pipeline->spare;
        pipeline->spare = job->next;
    }
    (void)pthread_mutex_unlock(&pipeline->mutex);
    return job;
}

static void put_ready(struct pipeline *pipeline, struct job *job)
{
    job->next = NULL;
    (void)pthread_mutex_lock(&pipeline->mutex);
    *pipeline->ready_end = job;
    pipeline->ready_end = &job->next;
    (void)pthread_cond_signal(&pipeline->ready_or_ended);
    (void)pthread_mutex_unlock(&pipeline->mutex);
}

/* Cuts until the end, or until something fails: 0, or -1 when the source itself did. */
static int feed(struct pipeline *pipeline, struct cutter *cutter, block_notice notice,
                struct error *err)
{
    uint64_t number = 0;
    struct job *job = NULL;

    while ((job = take_spare(pipeline)) != NULL) {
        int got = cutter_next(cutter, &job->block, err);

        if (got > 0 && notice != NULL && notice(pipeline->context, &job->block, err) != 0)
            got = -1;
        job->number = number++;
        if (got <= 0) {
            give_back(pipeline, job, NULL);
            return got;
        }
        put_ready(pipeline, job);
    }
    return 0;
}

static void end(struct pipeline *pipeline)
{
    (void)pthread_mutex_lock(&pipeline->mutex);
    pipeline->ended = true;
    (void)pthread_cond_broadcast(&pipeline->ready_or_ended);
    (void)pthread_mutex_unlock(&pipeline->mutex);
}

int pipeline_run(struct cutter *cutter, int thread_count, block_work work, block_notice notice,
                 void *context, struct error *err)
{
    struct pipeline pipeline = {.work = work, .context = context};
    const size_t job_count = (size_t)thread_count * BLOCKS_PER_WORKER;
    struct job *jobs = calloc(job_count, sizeof(*jobs));
    struct worker *workers = calloc((size_t)thread_count, sizeof(*workers));
    struct error source_error = {0};
    int started = 0;
    int fed = 0;
    int status = -1;

    if (jobs == NULL || workers == NULL) {
        (void)error_set(err, ERROR_IO, "out of memory");
        goto done;
    }
    (void)pthread_mutex_init(&pipeline.mutex, NULL);
    (void)pthread_cond_init(&pipeline.ready_or_ended, NULL);
    (void)pthread_cond_init(&pipeline.spare_or_failed, NULL);
    pipeline.ready_end = &pipeline.ready;
    for (size_t i = 0; i < job_count; i++) {
        jobs[i].next = pipeline.spare;
        pipeline.spare = &jobs[i];
    }
    for (; started < thread_count; started++) {
        workers[started] = (struct worker){.pipeline = &pipeline, .number = started};
        if (pthread_create(&workers[started].thread, NULL, work_on, &workers[started]) != 0)
            break;
    }
    if (started == thread_count)
        fed = feed(&pipeline, cutter, notice, &source_error);
    end(&pipeline);
    for (int i = 0; i < started; i++)
        (void)pthread_join(workers[i].thread, NULL);
    if (started < thread_count)
        (void)error_set(err, ERROR_IO, "cannot start a thread");
    else if (pipeline.failed)
        *err = pipeline.error;
    else if (fed != 0)
        *err = source_error;
    else
        status = 0;
    (void)pthread_cond_destroy(&pipeline.spare_or_failed);
    (void)pthread_cond_destroy(&pipeline.ready_or_ended);
    (void)pthread_mutex_destroy(&pipeline.mutex);
done:
    for (size_t i = 0; jobs != NULL && i < job_count; i++)
        block_release(&jobs[i].block);
    free(jobs);
    free(workers);
    return status;
}
