/*
 * Owns the unpacking of an archive; minizip reads it. Knows nothing of what the files hold.
 */
#include "readers/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unzip.h>

#include "policy/output_summary.h"

enum { CHUNK_BYTES = 1 << 18, PATH_BYTES = 4096 };

struct unpacking {
    const char *path;
    unzFile zip;
    int target_fd;
    char *chunk;
    struct error *err;
};

static int damaged(const struct unpacking *it, const char *cause)
{
    return error_set(it->err, ERROR_INPUT, "%s: %s", it->path, cause);
}

/* A name, or one folder and a name; no dot in front of either. */
static bool leads_inside(const char *name)
{
    int slashes = 0;

    for (const char *at = name; *at != '\0'; at++) {
        const bool starts = at == name || at[-1] == '/';

        if ((starts && (*at == '.' || *at == '/')) || *at == '\\')
            return false;
        slashes += *at == '/';
    }
    return slashes <= 1 && name[0] != '\0' && name[strlen(name) - 1] != '/';
}

static int copy_bytes(struct unpacking *it, int fd, const char *name)
{
    int got = 0;

    while ((got = unzReadCurrentFile(it->zip, it->chunk, CHUNK_BYTES)) > 0) {
        const char *at = it->chunk;

        while (got > 0) {
            ssize_t written = write(fd, at, (size_t)got);

            if (written < 0 && errno == EINTR)
                continue;
            if (written <= 0)
                return error_set_errno(it->err, written < 0 ? errno : EIO, "%s: cannot write",
                                       name);
            at += written;
            got -= (int)written;
        }
    }
    return got < 0 ? damaged(it, "an entry does not inflate") : 0;
}

static int unpack_entry(struct unpacking *it, const char *name)
{
    char folder[OUTPUT_NAME_MAX];
    const char *slash = strchr(name, '/');
    int fd = -1;
    int status = -1;

    if (slash != NULL) {
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash - name), name);
        if (mkdirat(it->target_fd, folder, 0700) != 0 && errno != EEXIST)
            return error_set_errno(it->err, errno, "%s: cannot create", folder);
    }
    fd = openat(it->target_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set_errno(it->err, errno, "%s: cannot create", name);
    if (unzOpenCurrentFile(it->zip) != UNZ_OK)
        status = damaged(it, "an entry cannot be opened");
    else
        status = copy_bytes(it, fd, name);
    if (unzCloseCurrentFile(it->zip) != UNZ_OK && status == 0)
        status = damaged(it, "an entry's CRC is wrong");
    if (close(fd) != 0 && status == 0)
        status = error_set_errno(it->err, errno, "%s: cannot write", name);
    return status;
}

static int take_entry(struct unpacking *it, bool (*wanted)(const char *name),
                      char folder[UNPACK_FOLDER_MAX])
{
    char name[OUTPUT_NAME_MAX + UNPACK_FOLDER_MAX];
    unz_file_info64 info;
    const char *slash = NULL;

    if (unzGetCurrentFileInfo64(it->zip, &info, name, sizeof(name), NULL, 0, NULL, 0) != UNZ_OK ||
        info.size_filename >= sizeof(name))
        return damaged(it, "its directory is damaged");
    slash = strchr(name, '/');
    if (slash == NULL || slash == name || slash - name >= UNPACK_FOLDER_MAX ||
        !leads_inside(slash + 1))
        return damaged(it, "is no archive of a period");
    if (folder[0] == '\0')
        snprintf(folder, UNPACK_FOLDER_MAX, "%.*s", (int)(slash - name), name);
    else if (strncmp(folder, name, (size_t)(slash - name)) != 0)
        return damaged(it, "is no archive of one period");
    return wanted(slash + 1) ? unpack_entry(it, slash + 1) : 0;
}

int archive_unpack(const char *path, const char *target, bool (*wanted)(const char *name),
                   char folder[UNPACK_FOLDER_MAX], struct error *err)
{
    struct unpacking it = {.path = path, .err = err};
    int status = -1;
    int next = UNZ_OK;

    folder[0] = '\0';
    it.target_fd = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (it.target_fd < 0)
        return error_set_errno(err, errno, "%s: cannot open", target);
    it.chunk = malloc(CHUNK_BYTES);
    it.zip = unzOpen64(path);
    if (it.chunk == NULL) {
        error_set(err, ERROR_IO, "out of memory");
        goto done;
    }
    if (it.zip == NULL) {
        damaged(&it, "is missing, or no ZIP archive");
        goto done;
    }
    for (next = unzGoToFirstFile(it.zip); next == UNZ_OK; next = unzGoToNextFile(it.zip))
        if (take_entry(&it, wanted, folder) != 0)
            goto done;
    status = next == UNZ_END_OF_LIST_OF_FILE ? 0 : damaged(&it, "its directory is damaged");
done:
    if (it.zip != NULL)
        unzClose(it.zip);
    free(it.chunk);
    close(it.target_fd);
    return status;
}
