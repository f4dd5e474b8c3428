/*
 * Owns the books folder: its lock and its list of closed periods.
 * Must not know what is in a period.
 */
#include "batch/books.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "batch/staging.h"

#define LOCK_NAME ".lock"

/* The path without slashes at its end: "books/" would follow a link that "books" is. */
static char *trimmed_path(const char *path)
{
    size_t size = strlen(path);

    while (size > 1 && path[size - 1] == '/')
        size--;
    return strndup(path, size);
}

static int open_folder(struct books *books, enum books_use use, struct error *err)
{
    if (use == BOOKS_WRITE && mkdir(books->path, 0777) != 0 && errno != EEXIST)
        return error_set_errno(err, errno, "%s: making the books folder", books->path);
    books->fd = open(books->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (books->fd >= 0)
        return 0;
    switch (errno) {
    case ENOENT:
        if (use == BOOKS_READ_IF_THERE)
            return 0;
        return error_set(err, ERROR_USAGE, "%s: there are no books here", books->path);
    case ELOOP:
    case ENOTDIR:
        return error_set(err, ERROR_USAGE, "%s: is no folder (links are not followed)",
                         books->path);
    default:
        return error_set_errno(err, errno, "%s", books->path);
    }
}

static int lock(struct books *books, struct error *err)
{
    struct stat info;

    books->lock_fd =
        openat(books->fd, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0666);
    if (books->lock_fd < 0)
        return error_set_errno(err, errno, "%s/" LOCK_NAME, books->path);
    if (fstat(books->lock_fd, &info) != 0)
        return error_set_errno(err, errno, "%s/" LOCK_NAME, books->path);
    if (!S_ISREG(info.st_mode))
        return error_set(err, ERROR_IO, "%s/" LOCK_NAME ": is no file", books->path);
    while (flock(books->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR)
            continue;
        if (errno == EWOULDBLOCK)
            return error_set(err, ERROR_BUSY, "%s: another run holds the books", books->path);
        return error_set_errno(err, errno, "%s/" LOCK_NAME, books->path);
    }
    return 0;
}

/* Takes the name into the list where it is a period's. Names come in order, so periods do. */
static int list_name(struct books *books, const char *name, struct error *err)
{
    enum folder_entry entry;
    int32_t period;

    if (!period_parse(span_of(name), &period))
        return 0;
    if (folder_entry(books->fd, name, &entry, err) != 0)
        return -1;
    if (entry != ENTRY_FOLDER)
        return error_set(err, ERROR_IO, "%s/%s: is no folder (links are not followed)", books->path,
                         name);
    if (books->period_count == BOOKS_PERIODS_MAX)
        return error_set(err, ERROR_IO, "%s: more than %d periods", books->path, BOOKS_PERIODS_MAX);
    books->periods[books->period_count++] = period;
    return 0;
}

static int list_periods(struct books *books, struct error *err)
{
    char **names;
    size_t count;
    int status = 0;

    if (folder_names(books->fd, &names, &count, err) != 0)
        return -1;
    books->periods = calloc(count + 1, sizeof(*books->periods));
    if (books->periods == NULL)
        status = error_set_errno(err, errno, "%s", books->path);
    for (size_t i = 0; i < count && status == 0; i++)
        status = list_name(books, names[i], err);
    folder_names_release(names, count);
    return status;
}

int books_open(struct books *books, const char *path, enum books_use use, struct error *err)
{
    *books = (struct books){.fd = -1, .lock_fd = -1};
    books->path = trimmed_path(path);
    if (books->path == NULL)
        return error_set_errno(err, errno, "%s", path);
    if (open_folder(books, use, err) != 0)
        goto fail;
    if (books->fd < 0)
        return 0;
    if (use == BOOKS_WRITE &&
        (lock(books, err) != 0 || staging_recover(books->fd, &books->leftovers, err) != 0))
        goto fail;
    if (list_periods(books, err) != 0)
        goto fail;
    return 0;

fail:
    books_close(books);
    return -1;
}

void books_close(struct books *books)
{
    free(books->path);
    free(books->periods);
    if (books->lock_fd >= 0)
        close(books->lock_fd);
    if (books->fd >= 0)
        close(books->fd);
    *books = (struct books){.fd = -1, .lock_fd = -1};
}

bool books_closed(const struct books *books, int32_t period)
{
    for (size_t i = 0; i < books->period_count; i++)
        if (books->periods[i] == period)
            return true;
    return false;
}

int32_t books_first(const struct books *books)
{
    return books->period_count == 0 ? PERIOD_NONE : books->periods[0];
}

int32_t books_last(const struct books *books)
{
    return books->period_count == 0 ? PERIOD_NONE : books->periods[books->period_count - 1];
}

int books_open_period(const struct books *books, int32_t period, struct error *err)
{
    char name[FOLDER_NAME_MAX];

    books_period_name(period, name);
    return folder_open(books->fd, name, err);
}

int books_open_archive(const struct books *books, int32_t period, int *fd, struct error *err)
{
    char folder[FOLDER_NAME_MAX];
    char name[FOLDER_NAME_MAX];
    enum folder_entry entry;

    *fd = -1;
    books_period_name(period, folder);
    books_archive_name(folder, name);
    if (folder_entry(books->fd, name, &entry, err) != 0)
        return -1;
    if (entry == ENTRY_NONE)
        return 0;
    *fd = folder_open_file(books->fd, name, err);
    return *fd < 0 ? -1 : 0;
}

void books_period_name(int32_t period, char name[FOLDER_NAME_MAX])
{
    char text[PERIOD_TEXT_MAX];
    size_t size = period_format(period, text);

    memcpy(name, text, size + 1);
}

void books_archive_name(const char *folder, char name[FOLDER_NAME_MAX])
{
    int length = snprintf(name, FOLDER_NAME_MAX, "recompense-%s.zip", folder);

    assert(length > 0 && length < FOLDER_NAME_MAX);
}

void books_superseded_name(const char *folder, unsigned number, char name[FOLDER_NAME_MAX])
{
    int length = snprintf(name, FOLDER_NAME_MAX, "%s.superseded-%u", folder, number);

    assert(length > 0 && length < FOLDER_NAME_MAX);
}
