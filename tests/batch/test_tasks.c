/* Tasks done side by side: each once, and which failure is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <stdbool.h>

#include "batch/tasks.h"

enum { TASKS = 50, THREADS_MAX = 5 };

struct work {
    atomic_int done;
    bool fails;
};

static int run(void *context, struct error *err)
{
    struct work *work = context;

    atomic_fetch_add(&work->done, 1);
    return work->fails ? error_set(err, ERROR_IO, "task failed") : 0;
}

static void prepare(struct task *tasks, struct work *works)
{
    for (int i = 0; i < TASKS; i++) {
        atomic_init(&works[i].done, 0);
        works[i].fails = false;
        tasks[i].run = run;
        tasks[i].context = &works[i];
    }
}

static void every_task_is_done_once(void **state)
{
    static struct task tasks[TASKS];
    struct work works[TASKS];
    struct error err = {0};

    (void)state;
    for (int threads = 1; threads <= THREADS_MAX; threads++) {
        prepare(tasks, works);
        assert_int_equal(tasks_run(tasks, TASKS, threads, &err), 0);
        for (int i = 0; i < TASKS; i++)
            assert_int_equal(atomic_load(&works[i].done), 1);
        assert_int_equal(err.kind, ERROR_NONE);
    }
    assert_int_equal(tasks_run(tasks, 0, 2, &err), 0);
}

static void a_failure_is_told_and_ends_it(void **state)
{
    static struct task tasks[TASKS];
    struct work works[TASKS];

    (void)state;
    for (int threads = 1; threads <= THREADS_MAX; threads++) {
        struct error err = {0};

        prepare(tasks, works);
        works[20].fails = true;
        assert_int_equal(tasks_run(tasks, TASKS, threads, &err), -1);
        assert_int_equal(err.kind, ERROR_IO);
        assert_string_equal(err.detail, "task failed");
        for (int i = 0; i <= 20; i++)
            assert_int_equal(atomic_load(&works[i].done), 1);
        if (threads == 1)
            for (int i = 21; i < TASKS; i++)
                assert_int_equal(atomic_load(&works[i].done), 0);
    }
}

static int fail_with(void *context, struct error *err)
{
    return error_set(err, ERROR_CONTROL, "%s", (const char *)context);
}

/* Of those that failed, the first in the list is told, and the list can be run again. */
static void the_first_of_several_is_told(void **state)
{
    char first[] = "first";
    char second[] = "second";
    struct task tasks[] = {{.run = fail_with, .context = first},
                           {.run = fail_with, .context = second}};

    (void)state;
    for (int round = 0; round < 100; round++) {
        struct error err = {0};

        assert_int_equal(tasks_run(tasks, 2, 2, &err), -1);
        assert_int_equal(err.kind, ERROR_CONTROL);
        assert_string_equal(err.detail, tasks[0].status != 0 ? first : second);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_is_done_once),
        cmocka_unit_test(a_failure_is_told_and_ends_it),
        cmocka_unit_test(the_first_of_several_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
