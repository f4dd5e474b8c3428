/*
 * Blocks of records, worked on by the calling thread and others, each of which cuts its own in
 * turn.
 */
#ifndef READERS_PIPELINE_H
#define READERS_PIPELINE_H

#include "policy/error.h"
#include "readers/records.h"

/*
 * Works on one block, as worker number 0 to thread_count - 1; a worker has one block at a time, and
 * its blocks come in the order of the file. 0, or -1 with err filled.
 */
typedef int (*block_work)(void *context, int worker, const struct block *block, struct error *err);

/* Told of every block, in order and by one thread at a time, before it is worked on. */
typedef int (*block_notice)(void *context, const struct block *block, struct error *err);

/*
 * Cuts all that is left of the source and has it worked on: 0, or -1 with err filled. Of several
 * failures the one of the earliest block is told, as if a single thread had met it; a failure of
 * the source itself comes behind those of the blocks before it. When the call returns no thread is
 * at work.
 */
int pipeline_run(struct cutter *cutter, int thread_count, block_work work, block_notice notice,
                 void *context, struct error *err) __attribute__((warn_unused_result));

#endif
