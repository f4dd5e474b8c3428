/*
 * Owns the mapped file, and what happens when the disk fails under it. Knows nothing of what is in
 * the blocks.
 */
#include "batch/backing.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "batch/residence.h"
#include "batch/scratch.h"
#include "policy/block.h"

#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1 << 15) /* newer than some systems' headers */
#endif

enum {
    ADDRESS_BITS_MAX = 40, /* of the mapping: a terabyte */
    ADDRESS_BITS_MIN = 30,
};

struct backing {
    struct block_backing blocks;
    int folder_fd;
    size_t resident_bytes;
    size_t process_bytes;
    size_t page_bytes;

    pthread_mutex_t mutex; /* of what follows */
    int fd;                /* -1: there is no file yet */
    bool refused;          /* none is to be had: it is not asked for again */
    int faults_fd;         /* -1: not to be had */
    char *memory;          /* all of the mapping; most of it behind the file's end */
    size_t memory_size;    /* bytes of addresses */
    size_t used;           /* bytes given out, freed ones among them */
    size_t bytes_left;     /* of blocks that were not freed */
    uint64_t bytes_most;
    struct residence *residence; /* from when there is a file */
};

static size_t whole_pages(const struct backing *backing, size_t bytes)
{
    return (bytes + backing->page_bytes - 1) / backing->page_bytes * backing->page_bytes;
}

/* ---- when the disk fails ---- */

static const struct backing *mapped; /* for the signal's handler */
static struct sigaction before;

static void tell(const char *text)
{
    (void)!write(STDERR_FILENO, text, strlen(text));
}

/* A page that can't be read or written. Nothing is published yet; the next run clears the staging.
 */
static void page_failed(int number, siginfo_t *info, void *context)
{
    const struct backing *backing = mapped;
    const char *at = info->si_addr;

    (void)context;
    if (backing != NULL && at >= backing->memory && at < backing->memory + backing->memory_size) {
        tell("a spill file in the staging folder cannot be read or written\n");
        _exit(error_exit_status(ERROR_IO));
    }
    (void)sigaction(number, &before, NULL); /* not ours: it comes again, to whom it was for */
}

static void handle_failing_pages(const struct backing *backing)
{
    struct sigaction action = {.sa_sigaction = page_failed, .sa_flags = SA_SIGINFO};

    mapped = backing;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGBUS, &action, &before);
}

/* ---- the file ---- */

/*
 * A fault is to bring in one page, not all that lie around it: blocks are visited in no order, and
 * what comes in for nothing is let go of for nothing. That is what Linux does where someone could
 * ask to be told of writes to protected pages (since 6.7; before, more comes in). Nobody asks, and
 * no page is protected. Where it is not allowed, the program is slower and its bound less sharp.
 */
static void take_single_pages(struct backing *backing)
{
    struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_WP_ASYNC};
    struct uffdio_register range = {
        .range = {(uintptr_t)backing->memory, backing->memory_size},
        .mode = UFFDIO_REGISTER_MODE_WP,
    };

    (void)madvise(backing->memory, backing->memory_size, MADV_NOHUGEPAGE);
    (void)madvise(backing->memory, backing->memory_size, MADV_RANDOM);
    backing->faults_fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
    if (backing->faults_fd >= 0 && ioctl(backing->faults_fd, UFFDIO_API, &api) == 0)
        (void)ioctl(backing->faults_fd, UFFDIO_REGISTER, &range);
}

/* As many addresses as the process may have. */
static int map_file(struct backing *backing)
{
    for (int bits = ADDRESS_BITS_MAX; bits >= ADDRESS_BITS_MIN; bits--) {
        void *memory =
            mmap(NULL, (size_t)1 << bits, PROT_READ | PROT_WRITE, MAP_SHARED, backing->fd, 0);

        if (memory == MAP_FAILED)
            continue;
        backing->memory = memory;
        backing->memory_size = (size_t)1 << bits;
        take_single_pages(backing);
        return 0;
    }
    return -1;
}

static int make_file(struct backing *backing)
{
    struct error err = {0};

    backing->fd = scratch_open(backing->folder_fd, &err);
    if (backing->fd < 0 || map_file(backing) != 0)
        return -1;
    handle_failing_pages(backing);
    backing->residence =
        residence_watch(backing->memory, backing->resident_bytes, backing->process_bytes);
    return backing->residence == NULL ? -1 : 0;
}

/* Room for `size` bytes more; false where the disk has none. */
static bool reserve(const struct backing *backing, size_t size)
{
    int status = 0;

    do
        status = posix_fallocate(backing->fd, (off_t)backing->used, (off_t)size);
    while (status == EINTR);
    return status == 0;
}

static void *take(void *context, size_t bytes)
{
    struct backing *backing = context;
    const size_t size = whole_pages(backing, bytes);
    char *memory = NULL;

    (void)pthread_mutex_lock(&backing->mutex);
    if (backing->fd < 0 && !backing->refused)
        backing->refused = make_file(backing) != 0;
    if (!backing->refused && size <= backing->memory_size - backing->used &&
        reserve(backing, size)) {
        memory = backing->memory + backing->used;
        backing->used += size;
        residence_use(backing->residence, backing->used);
        backing->bytes_left += size;
        if (backing->bytes_left > backing->bytes_most)
            backing->bytes_most = backing->bytes_left;
    }
    (void)pthread_mutex_unlock(&backing->mutex);
    return memory;
}

/* Where the file system can't give room back before the file's end, it does so then. */
static void give(void *context, void *memory, size_t bytes)
{
    struct backing *backing = context;
    const size_t size = whole_pages(backing, bytes);
    const size_t offset = (size_t)((char *)memory - backing->memory);

    (void)madvise(memory, size, MADV_DONTNEED);
    (void)fallocate(backing->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
                    (off_t)size);
    (void)pthread_mutex_lock(&backing->mutex);
    assert(backing->bytes_left >= size);
    backing->bytes_left -= size;
    if (backing->bytes_left == 0 && ftruncate(backing->fd, 0) == 0) {
        backing->used = 0;
        residence_use(backing->residence, 0);
    }
    (void)pthread_mutex_unlock(&backing->mutex);
}

/* ---- open and close ---- */

struct backing *backing_open(int folder_fd, size_t kept_bytes, size_t resident_bytes,
                             size_t process_bytes, struct error *err)
{
    struct backing *backing = calloc(1, sizeof(*backing));

    if (backing == NULL) {
        (void)error_set(err, ERROR_IO, "out of memory");
        return NULL;
    }
    *backing = (struct backing){.blocks = {kept_bytes, backing, take, give},
                                .folder_fd = folder_fd,
                                .resident_bytes = resident_bytes,
                                .process_bytes = process_bytes,
                                .page_bytes = (size_t)sysconf(_SC_PAGESIZE),
                                .mutex = PTHREAD_MUTEX_INITIALIZER,
                                .fd = -1,
                                .faults_fd = -1};
    block_back(&backing->blocks);
    return backing;
}

void backing_keep(struct backing *backing, size_t kept_bytes)
{
    backing->blocks.kept_bytes = kept_bytes;
}

void backing_close(struct backing *backing)
{
    if (backing == NULL)
        return;
    assert(backing->bytes_left == 0);
    block_back(NULL);
    residence_unwatch(backing->residence);
    if (mapped == backing) {
        mapped = NULL;
        (void)sigaction(SIGBUS, &before, NULL);
    }
    if (backing->faults_fd >= 0)
        (void)close(backing->faults_fd);
    if (backing->memory != NULL)
        (void)munmap(backing->memory, backing->memory_size);
    if (backing->fd >= 0)
        (void)close(backing->fd);
    free(backing);
}

uint64_t backing_bytes_most(struct backing *backing)
{
    uint64_t most = 0;

    (void)pthread_mutex_lock(&backing->mutex);
    most = backing->bytes_most;
    (void)pthread_mutex_unlock(&backing->mutex);
    return most;
}
