/*
 * Owns the threads of a crew. Knows nothing of the work.
 */
#include "readers/crew.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct member {
    void (*work)(void *context, int number);
    void *context;
    int number;
    pthread_t thread;
    bool started;
};

static void *work_on(void *context)
{
    const struct member *member = context;

    member->work(member->context, member->number);
    return NULL;
}

void crew_run(int count, void (*work)(void *context, int number), void *context)
{
    struct member *others = count > 1 ? calloc((size_t)count - 1, sizeof(*others)) : NULL;

    for (int i = 0; others != NULL && i < count - 1; i++) {
        others[i] = (struct member){.work = work, .context = context, .number = i + 1};
        others[i].started = pthread_create(&others[i].thread, NULL, work_on, &others[i]) == 0;
    }
    work(context, 0);
    for (int i = 0; others != NULL && i < count - 1; i++)
        if (others[i].started)
            (void)pthread_join(others[i].thread, NULL);
    free(others);
}
