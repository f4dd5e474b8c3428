/* Owns the thread that watches, the timer, and the signal's handler. */
#include "batch/residence.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum {
    LOOK_NANOSECONDS = 500 * 1000, /* between two looks of the thread that watches */
    TICK_MICROSECONDS = 1000,      /* of processor time; the system's tick, where that is longer */
};

struct residence {
    char *memory;
    size_t resident_bytes;
    size_t process_bytes;
    size_t page_bytes;
    int statm_fd;           /* /proc's figures of this process; -1: not to be had */
    size_t others_resident; /* bytes of other files that are mapped, such as the program's */
    _Atomic size_t used;

    pthread_t watcher;
    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t changed;
    bool ending;
};

/* ---- looking: by the watcher and by the signal's handler, so without locks or stdio ---- */

/* Bytes of the process that are in memory, and those of mapped files among them. */
struct resident {
    size_t all;
    size_t files;
};

/* The number behind the blanks at *at, which moves behind it; 0 where there is none. */
static size_t next_number(const char **at)
{
    size_t number = 0;

    while (**at == ' ')
        ++*at;
    while (**at >= '0' && **at <= '9')
        number = number * 10 + (size_t)(*(*at)++ - '0');
    return number;
}

/* All that can be where nobody says: a process that runs has something there. */
static struct resident look(const struct residence *residence)
{
    static const struct resident unknown = {SIZE_MAX, SIZE_MAX};
    char text[128];
    const char *at = text;
    const ssize_t size =
        residence->statm_fd < 0 ? -1 : pread(residence->statm_fd, text, sizeof(text) - 1, 0);
    struct resident now = {0, 0};

    if (size <= 0)
        return unknown;
    text[size] = '\0';
    (void)next_number(&at); /* the size of all addresses */
    now.all = next_number(&at) * residence->page_bytes;
    now.files = next_number(&at) * residence->page_bytes;
    return now.all == 0 ? unknown : now;
}

static void let_go_beyond_bounds(const struct residence *residence)
{
    const struct resident now = look(residence);

    if (now.files > residence->others_resident + residence->resident_bytes &&
        now.all > residence->process_bytes)
        (void)madvise(residence->memory, residence->used, MADV_DONTNEED);
}

/* ---- by the thread that runs ---- */

static struct residence *_Atomic watched; /* for the signal's handler */
static _Atomic int handlers;              /* that may be using it */
static struct sigaction before;

static void look_in_time(int number)
{
    const int saved = errno;
    const struct residence *residence = NULL;

    (void)number;
    handlers++;
    residence = watched;
    if (residence != NULL && residence->used > 0)
        let_go_beyond_bounds(residence);
    handlers--;
    errno = saved;
}

static void start_ticking(struct residence *residence)
{
    const struct itimerval each = {{0, TICK_MICROSECONDS}, {0, TICK_MICROSECONDS}};
    struct sigaction action = {.sa_handler = look_in_time, .sa_flags = SA_RESTART};

    watched = residence;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGPROF, &action, &before);
    (void)setitimer(ITIMER_PROF, &each, NULL);
}

static void stop_ticking(void)
{
    const struct itimerval none = {{0, 0}, {0, 0}};
    const struct sigaction ignore = {.sa_handler = SIG_IGN};

    (void)setitimer(ITIMER_PROF, &none, NULL);
    (void)sigaction(SIGPROF, &ignore, NULL); /* one that is pending would end the program */
    (void)sigaction(SIGPROF, &before, NULL);
    watched = NULL;
    while (handlers > 0)
        (void)sched_yield();
}

/* ---- by the thread that watches ---- */

static void *watch(void *context)
{
    struct residence *residence = context;
    const struct timespec pause = {.tv_nsec = LOOK_NANOSECONDS};

    (void)pthread_mutex_lock(&residence->mutex);
    while (!residence->ending) {
        if (residence->used == 0) {
            (void)pthread_cond_wait(&residence->changed, &residence->mutex);
            continue;
        }
        (void)pthread_mutex_unlock(&residence->mutex);
        let_go_beyond_bounds(residence);
        (void)nanosleep(&pause, NULL);
        (void)pthread_mutex_lock(&residence->mutex);
    }
    (void)pthread_mutex_unlock(&residence->mutex);
    return NULL;
}

/* Signals are for the threads that work. */
static int start_watcher(struct residence *residence)
{
    sigset_t all;
    sigset_t old;
    int status = 0;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    status = pthread_create(&residence->watcher, NULL, watch, residence);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return status;
}

/* ---- both ---- */

struct residence *residence_watch(void *memory, size_t resident_bytes, size_t process_bytes)
{
    struct residence *residence = calloc(1, sizeof(*residence));

    assert(watched == NULL);
    if (residence == NULL)
        return NULL;
    *residence = (struct residence){.memory = memory,
                                    .resident_bytes = resident_bytes,
                                    .process_bytes = process_bytes,
                                    .page_bytes = (size_t)sysconf(_SC_PAGESIZE),
                                    .statm_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC),
                                    .mutex = PTHREAD_MUTEX_INITIALIZER,
                                    .changed = PTHREAD_COND_INITIALIZER};
    residence->others_resident = look(residence).files;
    if (start_watcher(residence) != 0) {
        if (residence->statm_fd >= 0)
            (void)close(residence->statm_fd);
        free(residence);
        return NULL;
    }
    start_ticking(residence);
    return residence;
}

void residence_use(struct residence *residence, size_t bytes)
{
    (void)pthread_mutex_lock(&residence->mutex);
    residence->used = bytes;
    (void)pthread_cond_signal(&residence->changed);
    (void)pthread_mutex_unlock(&residence->mutex);
}

void residence_unwatch(struct residence *residence)
{
    if (residence == NULL)
        return;
    stop_ticking();
    (void)pthread_mutex_lock(&residence->mutex);
    residence->ending = true;
    (void)pthread_cond_signal(&residence->changed);
    (void)pthread_mutex_unlock(&residence->mutex);
    (void)pthread_join(residence->watcher, NULL);
    if (residence->statm_fd >= 0)
        (void)close(residence->statm_fd);
    free(residence);
}
