/*
 * Owns the making of files without a name, and whole reads and writes.
 */
#include "batch/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

/* Where the file system has no files without a name, one is made and its name removed. */
static int open_named(int folder_fd)
{
    static atomic_uint number;
    char name[64];
    int fd = -1;

    (void)snprintf(name, sizeof(name), ".spill-%ld-%u", (long)getpid(),
                   atomic_fetch_add(&number, 1));
    fd = openat(folder_fd, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        (void)unlinkat(folder_fd, name, 0);
    return fd;
}

int scratch_open(int folder_fd, struct error *err)
{
    int fd = openat(folder_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0)
        fd = open_named(folder_fd);
    if (fd < 0)
        (void)error_set_errno(err, errno, "cannot create a spill file in the staging folder");
    return fd;
}

int scratch_write(int fd, const char *bytes, size_t size, uint64_t offset, struct error *err)
{
    while (size > 0) {
        ssize_t written = pwrite(fd, bytes, size, (off_t)offset);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return error_set_errno(err, errno, "cannot write a spill file");
        bytes += written;
        size -= (size_t)written;
        offset += (uint64_t)written;
    }
    return 0;
}

int scratch_read(int fd, char *bytes, size_t size, uint64_t offset, struct error *err)
{
    while (size > 0) {
        ssize_t got = pread(fd, bytes, size, (off_t)offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(err, errno, "cannot read a spill file");
        if (got == 0)
            return error_set(err, ERROR_IO, "a spill file is shorter than what was written");
        bytes += got;
        size -= (size_t)got;
        offset += (uint64_t)got;
    }
    return 0;
}

/* ---- parts ---- */

/* In one call, and what that left, whatever stopped it, part by part. */
static int move_parts(bool write, int fd, const struct iovec *parts, int count, uint64_t offset,
                      struct error *err)
{
    ssize_t moved = 0;
    size_t done = 0; /* of the part at hand, and of those behind it */

    do
        moved = write ? pwritev(fd, parts, count, (off_t)offset)
                      : preadv(fd, parts, count, (off_t)offset);
    while (moved < 0 && errno == EINTR);
    done = moved < 0 ? 0 : (size_t)moved;
    for (int i = 0; i < count; i++) {
        const size_t taken = done < parts[i].iov_len ? done : parts[i].iov_len;
        const size_t left = parts[i].iov_len - taken;
        char *at = (char *)parts[i].iov_base + taken;

        if ((write ? scratch_write(fd, at, left, offset + taken, err)
                   : scratch_read(fd, at, left, offset + taken, err)) != 0)
            return -1;
        done -= taken;
        offset += parts[i].iov_len;
    }
    return 0;
}

int scratch_write_parts(int fd, const struct iovec *parts, int count, uint64_t offset,
                        struct error *err)
{
    return move_parts(true, fd, parts, count, offset, err);
}

int scratch_read_parts(int fd, const struct iovec *parts, int count, uint64_t offset,
                       struct error *err)
{
    return move_parts(false, fd, parts, count, offset, err);
}
