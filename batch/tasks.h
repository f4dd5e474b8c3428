/*
 * Tasks that have nothing to do with each other, done side by side.
 */
#ifndef BATCH_TASKS_H
#define BATCH_TASKS_H

#include "policy/error.h"

struct task {
    int (*run)(void *context, struct error *err); /* 0, or -1 with err filled */
    void *context;

    int status; /* tasks_run's */
    struct error err;
};

/*
 * Has the tasks done by up to `threads` threads, the first ones first: 0, or -1 with err filled by
 * the first task in the list that failed. After a failure no other is begun; when the call returns
 * none is being done.
 */
int tasks_run(struct task *tasks, int count, int threads, struct error *err)
    __attribute__((warn_unused_result));

#endif
