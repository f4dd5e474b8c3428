/*
 * Owns the copying of stretches of files, and the thread that does it.
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
#include <zlib.h>

#include "writers/writeback.h"

enum {
    COPY_BYTES = 512 * 1024,         /* read and written at a time */
    STRETCH_BYTES = 4 * 1024 * 1024, /* that a thread copies at a time */
};

/* A file that is copied as a whole. */
struct whole_file {
    struct output_summary summary;
    int fd;
    size_t stretch_count;
    uint32_t *crc32; /* of each stretch */
    struct whole_file *next;
};

struct stretch {
    int from_fd;
    uint64_t from;
    uint64_t size;
    uint64_t to;
    const char *name; /* of what is read, for messages */
    uint32_t *crc32;  /* where it goes; NULL: nobody asks */
    struct stretch *next;
};

struct file_copier {
    int to_fd;
    const char *name;
    bool beside;
    bool running; /* the thread */
    pthread_t thread;
    struct whole_file *files;

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    struct stretch *first; /* not yet begun */
    struct stretch **last;
    bool ended;     /* nothing more will be added */
    uint64_t begun; /* up to where the system has been told to write to disk */
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

/* ---- copying ---- */

static int not_as_written(const char *name, struct error *err)
{
    return error_set(err, ERROR_CONTROL, "%s: does not read back as it was written", name);
}

static int write_all(const struct file_copier *copier, const char *bytes, size_t size, uint64_t at,
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

/* Stretches are done about in their order: what is not there yet is left to the end. */
static void begin_writeback(struct file_copier *copier, uint64_t end)
{
    uint64_t begun = 0;

    (void)pthread_mutex_lock(&copier->mutex);
    begun = copier->begun;
    if (end > begun && end - begun >= WRITEBACK_BYTES)
        copier->begun = end;
    (void)pthread_mutex_unlock(&copier->mutex);
    if (end > begun)
        writeback_begin(copier->to_fd, &begun, end);
}

/* Reads all of the bytes: 0, or -1 with err filled. */
static int read_all(const struct stretch *stretch, uint64_t from, char *bytes, size_t size,
                    struct error *err)
{
    while (size > 0) {
        const ssize_t got = pread(stretch->from_fd, bytes, size, (off_t)from);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(err, errno, "%s: cannot read", stretch->name);
        if (got == 0)
            return not_as_written(stretch->name, err);
        bytes += got;
        from += (uint64_t)got;
        size -= (size_t)got;
    }
    return 0;
}

/* Written at multiples of what is written at a time, which the system does with less. */
static int copy_stretch(struct file_copier *copier, const struct stretch *stretch, char *buffer,
                        struct error *err)
{
    uint64_t done = 0;
    uint32_t crc32 = 0;

    while (done < stretch->size) {
        const uint64_t left = stretch->size - done;
        const uint64_t room = COPY_BYTES - (stretch->to + done) % COPY_BYTES;
        const size_t size = (size_t)(left < room ? left : room);

        if (read_all(stretch, stretch->from + done, buffer, size, err) != 0)
            return -1;
        if (stretch->crc32 != NULL)
            crc32 = crc32_gzip_refl(crc32, (const unsigned char *)buffer, size);
        if (write_all(copier, buffer, size, stretch->to + done, err) != 0)
            return -1;
        done += size;
    }
    begin_writeback(copier, stretch->to + stretch->size);
    if (stretch->crc32 != NULL)
        *stretch->crc32 = crc32;
    return 0;
}

/* Whether the next stretch goes right behind, and is to be written with those taken already. */
static bool goes_with(const struct stretch *last, const struct stretch *next, uint64_t taken)
{
    return next != NULL && last->crc32 == NULL && next->crc32 == NULL &&
           next->to == last->to + last->size && taken + next->size <= COPY_BYTES;
}

/* Small stretches, one behind the other: read one by one, written at once. */
static int copy_some(struct file_copier *copier, const struct stretch *first, char *buffer,
                     struct error *err)
{
    uint64_t size = 0;

    if (first->next == NULL)
        return copy_stretch(copier, first, buffer, err);
    for (const struct stretch *stretch = first; stretch != NULL; stretch = stretch->next) {
        if (read_all(stretch, stretch->from, buffer + size, (size_t)stretch->size, err) != 0)
            return -1;
        size += stretch->size;
    }
    if (write_all(copier, buffer, (size_t)size, first->to, err) != 0)
        return -1;
    begin_writeback(copier, first->to + size);
    return 0;
}

static void free_stretches(struct stretch *first)
{
    while (first != NULL) {
        struct stretch *next = first->next;

        free(first);
        first = next;
    }
}

/* Forgets what is not yet begun; with the mutex held. */
static void drop_stretches(struct file_copier *copier)
{
    free_stretches(copier->first);
    copier->first = NULL;
    copier->last = &copier->first;
}

static void fail(struct file_copier *copier, const struct error *err)
{
    (void)pthread_mutex_lock(&copier->mutex);
    if (copier->failure.kind == ERROR_NONE)
        copier->failure = *err;
    copier->ended = true;
    drop_stretches(copier);
    (void)pthread_mutex_unlock(&copier->mutex);
}

/* The next stretch, or several that go together, taken out; NULL when there will be none. */
static struct stretch *take_next(struct file_copier *copier)
{
    struct stretch *first = NULL;

    (void)pthread_mutex_lock(&copier->mutex);
    while (copier->first == NULL && !copier->ended)
        (void)pthread_cond_wait(&copier->changed, &copier->mutex);
    first = copier->first;
    if (first != NULL) {
        struct stretch *last = first;
        uint64_t taken = first->size;

        for (; goes_with(last, last->next, taken); last = last->next)
            taken += last->next->size;
        copier->first = last->next;
        if (copier->first == NULL)
            copier->last = &copier->first;
        last->next = NULL;
    }
    (void)pthread_mutex_unlock(&copier->mutex);
    return first;
}

/* Copies until there is nothing more to come. */
static void *copy_all(void *context)
{
    struct file_copier *copier = context;
    char *buffer = malloc(COPY_BYTES);
    struct stretch *stretch = NULL;
    struct error err = {0};

    if (buffer == NULL) {
        error_set_errno(&err, ENOMEM, "%s: cannot write", copier->name);
        fail(copier, &err);
    }
    while ((stretch = take_next(copier)) != NULL) {
        if (copy_some(copier, stretch, buffer, &err) != 0)
            fail(copier, &err);
        free_stretches(stretch);
    }
    free(buffer);
    return NULL;
}

/* ---- what is to be copied ---- */

static int tell_failure(struct file_copier *copier, struct error *err)
{
    if (copier->failure.kind == ERROR_NONE)
        return 0;
    return error_set(err, copier->failure.kind, "%s", copier->failure.detail);
}

static int add(struct file_copier *copier, const struct stretch *wanted, struct error *err)
{
    struct stretch *stretch = malloc(sizeof(*stretch));
    int status;

    if (stretch == NULL)
        return error_set_errno(err, ENOMEM, "%s: cannot write", copier->name);
    *stretch = *wanted;
    /* A thread that can't be had is done without. */
    if (copier->beside && !copier->running) {
        copier->running = pthread_create(&copier->thread, NULL, copy_all, copier) == 0;
        copier->beside = copier->running;
    }
    (void)pthread_mutex_lock(&copier->mutex);
    status = tell_failure(copier, err);
    if (status == 0) {
        *copier->last = stretch;
        copier->last = &stretch->next;
        (void)pthread_cond_signal(&copier->changed);
    }
    (void)pthread_mutex_unlock(&copier->mutex);
    if (status != 0)
        free(stretch);
    return status;
}

int file_copier_add(struct file_copier *copier, int from_fd, uint64_t from, uint64_t size,
                    uint64_t to, struct error *err)
{
    const struct stretch stretch = {
        .from_fd = from_fd, .from = from, .size = size, .to = to, .name = copier->name};

    return add(copier, &stretch, err);
}

static size_t stretches_of(uint64_t bytes)
{
    return (size_t)((bytes + STRETCH_BYTES - 1) / STRETCH_BYTES);
}

/* Opens the file, which the copier keeps until it is closed. NULL with err filled. */
static struct whole_file *open_file(struct file_copier *copier, int folder_fd,
                                    const struct output_summary *summary, struct error *err)
{
    struct whole_file *file = calloc(1, sizeof(*file));
    const size_t count = stretches_of(summary->bytes);
    uint32_t *crc32 = calloc(count + 1, sizeof(*crc32));

    if (file == NULL || crc32 == NULL) {
        error_set_errno(err, ENOMEM, "%s: cannot read", summary->name);
        free(file);
        free(crc32);
        return NULL;
    }
    *file = (struct whole_file){
        .summary = *summary, .stretch_count = count, .crc32 = crc32, .next = copier->files};
    do
        file->fd = openat(folder_fd, summary->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    while (file->fd < 0 && errno == EINTR);
    if (file->fd < 0) {
        error_set_errno(err, errno, "%s: cannot read", summary->name);
        free(crc32);
        free(file);
        return NULL;
    }
    copier->files = file;
    return file;
}

int file_copier_add_file(struct file_copier *copier, int folder_fd,
                         const struct output_summary *summary, uint64_t to, struct error *err)
{
    struct whole_file *file = open_file(copier, folder_fd, summary, err);

    if (file == NULL)
        return -1;
    if (lseek(file->fd, 0, SEEK_END) != (off_t)summary->bytes)
        return not_as_written(summary->name, err);
    for (size_t i = 0; i < file->stretch_count; i++) {
        const uint64_t from = (uint64_t)i * STRETCH_BYTES;
        const uint64_t left = summary->bytes - from;
        const struct stretch stretch = {
            .from_fd = file->fd,
            .from = from,
            .size = left < STRETCH_BYTES ? left : STRETCH_BYTES,
            .to = to + from,
            .name = file->summary.name,
            .crc32 = &file->crc32[i],
        };

        if (add(copier, &stretch, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- the end ---- */

/* Lets the thread come to its end. */
static void end(struct file_copier *copier)
{
    (void)pthread_mutex_lock(&copier->mutex);
    copier->ended = true;
    (void)pthread_cond_signal(&copier->changed);
    (void)pthread_mutex_unlock(&copier->mutex);
}

static void join(struct file_copier *copier)
{
    if (copier->running)
        (void)pthread_join(copier->thread, NULL);
    copier->running = false;
}

static int check_file(const struct whole_file *file, struct error *err)
{
    uint64_t left = file->summary.bytes;
    uint32_t crc32 = 0;

    for (size_t i = 0; i < file->stretch_count; i++) {
        const uint64_t size = left < STRETCH_BYTES ? left : STRETCH_BYTES;

        crc32 = (uint32_t)crc32_combine64(crc32, file->crc32[i], (z_off64_t)size);
        left -= size;
    }
    return crc32 == file->summary.crc32 ? 0 : not_as_written(file->summary.name, err);
}

int file_copier_finish(struct file_copier *copier, struct error *err)
{
    end(copier);
    (void)copy_all(copier);
    join(copier);
    copier->beside = false;
    if (tell_failure(copier, err) != 0)
        return -1;
    for (const struct whole_file *file = copier->files; file != NULL; file = file->next)
        if (check_file(file, err) != 0)
            return -1;
    return 0;
}

void file_copier_close(struct file_copier *copier)
{
    if (copier == NULL)
        return;
    (void)pthread_mutex_lock(&copier->mutex);
    drop_stretches(copier);
    (void)pthread_mutex_unlock(&copier->mutex);
    end(copier);
    join(copier);
    while (copier->files != NULL) {
        struct whole_file *file = copier->files;

        copier->files = file->next;
        (void)close(file->fd);
        free(file->crc32);
        free(file);
    }
    (void)pthread_mutex_destroy(&copier->mutex);
    (void)pthread_cond_destroy(&copier->changed);
    free(copier);
}
