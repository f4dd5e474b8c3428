/*
 * Owns the copying of whole files and the thread that does it.
 * Must not know what the files are, nor what they are copied into.
 */
#include "writers/file_copier.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <isa-l/crc.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "writers/writeback.h"

enum { COPY_BYTES = 256 * 1024 };

struct copy {
    struct output_summary file;
    int folder_fd;
    uint64_t at;
    struct copy *next;
};

struct file_copier {
    int to_fd;
    const char *name;
    bool beside;
    bool running; /* the thread */
    pthread_t thread;
    char buffer[COPY_BYTES]; /* of the thread, if there is one */

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    struct copy *first; /* not yet begun */
    struct copy **last;
    bool ended; /* nothing more will be added */
    struct error failure;
};

struct file_copier *file_copier_open(int to_fd, const char *name, bool beside)
{
    struct file_copier *copier = calloc(1, sizeof(*copier));

    if (copier == NULL)
        return NULL;
    copier->to_fd = to_fd;
    copier->name = name;
    copier->beside = beside;
    copier->last = &copier->first;
    (void)pthread_mutex_init(&copier->mutex, NULL);
    (void)pthread_cond_init(&copier->changed, NULL);
    return copier;
}

static int write_all(struct file_copier *copier, const char *bytes, size_t size, uint64_t at,
                     struct error *err)
{
    while (size > 0) {
        ssize_t written = pwrite(copier->to_fd, bytes, size, (off_t)at);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return error_set_errno(err, written < 0 ? errno : EIO, "%s: cannot write",
                                   copier->name);
        bytes += written;
        size -= (size_t)written;
        at += (uint64_t)written;
    }
    return 0;
}

static int copy_bytes(struct file_copier *copier, const struct copy *copy, int fd,
                      struct error *err)
{
    const struct output_summary *file = &copy->file;
    uint64_t begun = copy->at;
    uint64_t done = 0;
    uint32_t crc32 = 0;

    for (;;) {
        ssize_t got = read(fd, copier->buffer, COPY_BYTES);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(err, errno, "%s: cannot read", file->name);
        if (got == 0 || (uint64_t)got > file->bytes - done)
            break;
        crc32 = crc32_gzip_refl(crc32, (const unsigned char *)copier->buffer, (uint64_t)got);
        if (write_all(copier, copier->buffer, (size_t)got, copy->at + done, err) != 0)
            return -1;
        done += (uint64_t)got;
        writeback_begin(copier->to_fd, &begun, copy->at + done);
        if (done == file->bytes && crc32 == file->crc32)
            return 0;
    }
    if (file->bytes == 0 && crc32 == file->crc32)
        return 0;
    return error_set(err, ERROR_CONTROL, "%s: does not read back as it was written", file->name);
}

static int make_copy(struct file_copier *copier, const struct copy *copy, struct error *err)
{
    int fd;
    int result;

    do
        fd = openat(copy->folder_fd, copy->file.name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return error_set_errno(err, errno, "%s: cannot read", copy->file.name);
    result = copy_bytes(copier, copy, fd, err);
    close(fd);
    return result;
}

/* The next copy to make, taken out; NULL when there will be none. */
static struct copy *take_next(struct file_copier *copier)
{
    struct copy *copy = NULL;

    (void)pthread_mutex_lock(&copier->mutex);
    while (copier->first == NULL && !copier->ended)
        (void)pthread_cond_wait(&copier->changed, &copier->mutex);
    copy = copier->first;
    if (copy != NULL) {
        copier->first = copy->next;
        if (copier->first == NULL)
            copier->last = &copier->first;
    }
    (void)pthread_mutex_unlock(&copier->mutex);
    return copy;
}

/* Forgets what is not yet begun; with the mutex held. */
static void drop_copies(struct file_copier *copier)
{
    while (copier->first != NULL) {
        struct copy *copy = copier->first;

        copier->first = copy->next;
        free(copy);
    }
    copier->last = &copier->first;
}

static void *make_copies(void *context)
{
    struct file_copier *copier = context;
    struct copy *copy = NULL;

    while ((copy = take_next(copier)) != NULL) {
        struct error err = {0};

        if (make_copy(copier, copy, &err) != 0) {
            (void)pthread_mutex_lock(&copier->mutex);
            copier->failure = err;
            copier->ended = true;
            drop_copies(copier);
            (void)pthread_mutex_unlock(&copier->mutex);
        }
        free(copy);
    }
    return NULL;
}

static int tell_failure(const struct file_copier *copier, struct error *err)
{
    if (copier->failure.kind == ERROR_NONE)
        return 0;
    return error_set(err, copier->failure.kind, "%s", copier->failure.detail);
}

static int enqueue(struct file_copier *copier, const struct copy *wanted, struct error *err)
{
    struct copy *copy = malloc(sizeof(*copy));
    int status;

    if (copy == NULL)
        return error_set_errno(err, ENOMEM, "%s: cannot read", wanted->file.name);
    *copy = *wanted;
    (void)pthread_mutex_lock(&copier->mutex);
    status = tell_failure(copier, err);
    if (status == 0) {
        *copier->last = copy;
        copier->last = &copy->next;
        (void)pthread_cond_signal(&copier->changed);
    } else {
        free(copy);
    }
    (void)pthread_mutex_unlock(&copier->mutex);
    return status;
}

int file_copier_add(struct file_copier *copier, int folder_fd, const struct output_summary *file,
                    uint64_t at, struct error *err)
{
    const struct copy copy = {.file = *file, .folder_fd = folder_fd, .at = at};

    /* A thread that can't be had is done without. */
    if (copier->beside && !copier->running) {
        copier->running = pthread_create(&copier->thread, NULL, make_copies, copier) == 0;
        copier->beside = copier->running;
    }
    return copier->running ? enqueue(copier, &copy, err) : make_copy(copier, &copy, err);
}

static void end(struct file_copier *copier)
{
    if (!copier->running)
        return;
    (void)pthread_mutex_lock(&copier->mutex);
    copier->ended = true;
    (void)pthread_cond_signal(&copier->changed);
    (void)pthread_mutex_unlock(&copier->mutex);
    (void)pthread_join(copier->thread, NULL);
    copier->running = false;
}

int file_copier_finish(struct file_copier *copier, struct error *err)
{
    end(copier);
    copier->beside = false;
    return tell_failure(copier, err);
}

void file_copier_close(struct file_copier *copier)
{
    if (copier == NULL)
        return;
    (void)pthread_mutex_lock(&copier->mutex);
    drop_copies(copier);
    (void)pthread_mutex_unlock(&copier->mutex);
    end(copier);
    (void)pthread_mutex_destroy(&copier->mutex);
    (void)pthread_cond_destroy(&copier->changed);
    free(copier);
}
