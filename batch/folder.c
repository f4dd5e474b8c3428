/*
 * Owns the system calls on folders, by descriptor and without following links.
 * Must not know what the folders are for.
 */
#include "batch/folder.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int folder_entry(int fd, const char *name, enum folder_entry *entry, struct error *err)
{
    struct stat info;

    if (fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT)
            return error_set_errno(err, errno, "%s", name);
        *entry = ENTRY_NONE;
        return 0;
    }
    *entry = S_ISREG(info.st_mode)   ? ENTRY_FILE
             : S_ISDIR(info.st_mode) ? ENTRY_FOLDER
                                     : ENTRY_OTHER;
    return 0;
}

int folder_open(int fd, const char *name, struct error *err)
{
    int opened = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (opened >= 0)
        return opened;
    /* Both are what open says of a link, by kernel and flags. */
    if (errno == ELOOP || errno == ENOTDIR)
        return error_set(err, ERROR_IO, "%s: is no folder (links are not followed)", name);
    return error_set_errno(err, errno, "%s", name);
}

int folder_open_file(int fd, const char *name, struct error *err)
{
    struct stat info;
    /* O_NONBLOCK: a named pipe put in the file's place must not hang the run. */
    int opened = openat(fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (opened < 0) {
        if (errno == ELOOP)
            return error_set(err, ERROR_IO, "%s: is a symbolic link", name);
        return error_set_errno(err, errno, "%s", name);
    }
    if (fstat(opened, &info) != 0) {
        error_set_errno(err, errno, "%s", name);
        goto fail;
    }
    if (!S_ISREG(info.st_mode)) {
        error_set(err, ERROR_IO, "%s: is no file", name);
        goto fail;
    }
    return opened;

fail:
    close(opened);
    return -1;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_self_or_parent(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Appends a copy of the name, growing the list by doubling. */
static int names_add(char ***names, size_t *count, size_t *room, const char *name,
                     struct error *err)
{
    if (*count == *room) {
        size_t wanted = *room == 0 ? 32 : *room * 2;
        char **grown =
            wanted > FOLDER_ENTRIES_MAX ? NULL : reallocarray(*names, wanted, sizeof(**names));

        if (grown == NULL)
            return error_set(err, ERROR_IO, "%s: too many names in one folder", name);
        *names = grown;
        *room = wanted;
    }
    (*names)[*count] = strdup(name);
    if ((*names)[*count] == NULL)
        return error_set_errno(err, errno, "%s", name);
    (*count)++;
    return 0;
}

int folder_names(int fd, char ***names, size_t *count, struct error *err)
{
    char **found = NULL;
    size_t found_count = 0;
    size_t room = 0;
    int status = -1;
    struct dirent *entry;
    DIR *dir = NULL;
    /* A second opening: a duplicate would share the position with the caller's descriptor. */
    int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (own < 0 || (dir = fdopendir(own)) == NULL) {
        error_set_errno(err, errno, "reading a folder");
        if (own >= 0)
            close(own);
        return -1;
    }
    for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0) {
        if (!is_self_or_parent(entry->d_name) &&
            names_add(&found, &found_count, &room, entry->d_name, err) != 0)
            goto done;
    }
    if (errno != 0) {
        error_set_errno(err, errno, "reading a folder");
        goto done;
    }
    if (found_count > 1)
        qsort(found, found_count, sizeof(*found), compare_names);
    *names = found;
    *count = found_count;
    found = NULL;
    status = 0;

done:
    if (status != 0)
        folder_names_release(found, found_count);
    closedir(dir);
    return status;
}

void folder_names_release(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

int folder_sync_entries(int fd, struct error *err)
{
    /* EINVAL: the file system knows no flushing of folders. */
    if (fsync(fd) != 0 && errno != EINVAL)
        return error_set_errno(err, errno, "flushing a folder to disk");
    return 0;
}

int folder_sync_file(int fd, const char *name, struct error *err)
{
    int status = 0;
    int file = folder_open_file(fd, name, err);

    if (file < 0)
        return -1;
    while (status == 0 && fsync(file) != 0)
        if (errno != EINTR)
            status = error_set_errno(err, errno, "%s", name);
    close(file);
    return status;
}

static int sync_within(int fd, int depth, struct error *err);

static int sync_entry(int fd, const char *name, int depth, struct error *err)
{
    enum folder_entry entry;
    int inner;
    int status;

    if (folder_entry(fd, name, &entry, err) != 0)
        return -1;
    switch (entry) {
    case ENTRY_FILE:
        return folder_sync_file(fd, name, err);
    case ENTRY_FOLDER:
        inner = folder_open(fd, name, err);
        if (inner < 0)
            return -1;
        status = sync_within(inner, depth + 1, err);
        close(inner);
        return status;
    case ENTRY_NONE:
    case ENTRY_OTHER:
        break;
    }
    return error_set(err, ERROR_IO, "%s: neither file nor folder", name);
}

static int sync_within(int fd, int depth, struct error *err)
{
    char **names;
    size_t count;
    int status = 0;

    if (depth > FOLDER_DEPTH_MAX)
        return error_set(err, ERROR_IO, "folders nested deeper than %d", FOLDER_DEPTH_MAX);
    if (folder_names(fd, &names, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count && status == 0; i++)
        status = sync_entry(fd, names[i], depth, err);
    folder_names_release(names, count);
    return status == 0 ? folder_sync_entries(fd, err) : -1;
}

int folder_sync(int fd, struct error *err)
{
    return sync_within(fd, 0, err);
}

static int remove_entry(int fd, const char *name, int depth, struct error *err);

static int remove_within(int fd, int depth, struct error *err)
{
    char **names;
    size_t count;
    int status = 0;

    if (depth > FOLDER_DEPTH_MAX)
        return error_set(err, ERROR_IO, "folders nested deeper than %d", FOLDER_DEPTH_MAX);
    if (folder_names(fd, &names, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count && status == 0; i++)
        status = remove_entry(fd, names[i], depth, err);
    folder_names_release(names, count);
    return status;
}

static int remove_entry(int fd, const char *name, int depth, struct error *err)
{
    enum folder_entry entry;
    int inner;
    int status;

    if (folder_entry(fd, name, &entry, err) != 0)
        return -1;
    if (entry == ENTRY_NONE)
        return 0;
    if (entry != ENTRY_FOLDER)
        return unlinkat(fd, name, 0) == 0 ? 0 : error_set_errno(err, errno, "%s", name);

    inner = folder_open(fd, name, err);
    if (inner < 0)
        return -1;
    status = remove_within(inner, depth + 1, err);
    close(inner);
    if (status == 0 && unlinkat(fd, name, AT_REMOVEDIR) != 0)
        status = error_set_errno(err, errno, "%s", name);
    return status;
}

int folder_remove(int fd, const char *name, struct error *err)
{
    assert(!is_self_or_parent(name) && name[0] != '\0' && strchr(name, '/') == NULL);
    return remove_entry(fd, name, 0, err);
}

/* Whether the kernel or the file system has no renameat2 with these flags. */
static bool is_unsupported(int error_number)
{
    return error_number == EINVAL || error_number == ENOSYS || error_number == EOPNOTSUPP;
}

int folder_move(int from_fd, const char *from, int to_fd, const char *to, bool *taken,
                struct error *err)
{
    enum folder_entry entry;

    *taken = false;
    if (renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno == EEXIST) {
        *taken = true;
        return 0;
    }
    if (!is_unsupported(errno))
        return error_set_errno(err, errno, "%s: renaming to %s", from, to);

    if (folder_entry(to_fd, to, &entry, err) != 0)
        return -1;
    if (entry != ENTRY_NONE) {
        *taken = true;
        return 0;
    }
    if (renameat(from_fd, from, to_fd, to) != 0)
        return error_set_errno(err, errno, "%s: renaming to %s", from, to);
    return 0;
}

int folder_exchange(int a_fd, const char *a, int b_fd, const char *b, bool *done, struct error *err)
{
    *done = renameat2(a_fd, a, b_fd, b, RENAME_EXCHANGE) == 0;
    if (*done || is_unsupported(errno))
        return 0;
    return error_set_errno(err, errno, "%s: exchanging with %s", a, b);
}
