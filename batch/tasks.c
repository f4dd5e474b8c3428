/*
 * Owns who does which task. Knows nothing of what they are.
 */
#include "batch/tasks.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "readers/crew.h"

struct doing {
    struct task *tasks;
    int count;
    atomic_int next; /* that nobody has taken */
    atomic_bool failed;
};

static void do_some(void *context, int thread)
{
    struct doing *doing = context;
    int next = 0;

    (void)thread;
    while (!atomic_load(&doing->failed) &&
           (next = atomic_fetch_add(&doing->next, 1)) < doing->count) {
        struct task *task = &doing->tasks[next];

        task->status = task->run(task->context, &task->err);
        if (task->status != 0)
            atomic_store(&doing->failed, true);
    }
}

int tasks_run(struct task *tasks, int count, int threads, struct error *err)
{
    struct doing doing = {.tasks = tasks, .count = count};

    for (int i = 0; i < count; i++) {
        tasks[i].status = 0;
        tasks[i].err = (struct error){0};
    }
    crew_run(threads < count ? threads : count, do_some, &doing);
    for (int i = 0; i < count; i++)
        if (tasks[i].status != 0) {
            *err = tasks[i].err;
            return -1;
        }
    return 0;
}
