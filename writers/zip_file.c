/*
 * Owns what minizip does with a file. Knows nothing of what is in it.
 */
#include "writers/zip_file.h"

#include <errno.h>
#include <unistd.h>

static voidpf file_open(voidpf opaque, const void *name, int mode)
{
    (void)name;
    (void)mode;
    return opaque;
}

static uLong file_read(voidpf opaque, voidpf stream, void *buffer, uLong size)
{
    struct zip_file *file = stream;
    ssize_t got;

    (void)opaque;
    do
        got = read(file->fd, buffer, size);
    while (got < 0 && errno == EINTR);
    return got < 0 ? 0 : (uLong)got;
}

/* Keeps the failure and tells minizip of none, for it leaks an entry that can't be begun. */
static uLong file_write(voidpf opaque, voidpf stream, const void *buffer, uLong size)
{
    struct zip_file *file = stream;
    const char *bytes = buffer;
    uLong left = size;

    (void)opaque;
    while (left > 0 && file->failure == 0) {
        ssize_t written = write(file->fd, bytes, left);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            file->failure = written < 0 ? errno : EIO;
            break;
        }
        bytes += written;
        left -= (uLong)written;
    }
    return size;
}

static ZPOS64_T file_tell(voidpf opaque, voidpf stream)
{
    struct zip_file *file = stream;

    (void)opaque;
    return (ZPOS64_T)lseek(file->fd, 0, SEEK_CUR);
}

static long file_seek(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
    static const int WHENCE[] = {
        [ZLIB_FILEFUNC_SEEK_SET] = SEEK_SET,
        [ZLIB_FILEFUNC_SEEK_CUR] = SEEK_CUR,
        [ZLIB_FILEFUNC_SEEK_END] = SEEK_END,
    };
    struct zip_file *file = stream;

    (void)opaque;
    return lseek(file->fd, (off_t)offset, WHENCE[origin]) < 0 ? -1 : 0;
}

/* The descriptor outlives minizip, for it is flushed to disk afterwards. */
static int file_close(voidpf opaque, voidpf stream)
{
    (void)opaque;
    (void)stream;
    return 0;
}

static int file_error(voidpf opaque, voidpf stream)
{
    (void)opaque;
    (void)stream;
    return 0;
}

zlib_filefunc64_def zip_file_calls(struct zip_file *file)
{
    return (zlib_filefunc64_def){file_open, file_read,  file_write, file_tell,
                                 file_seek, file_close, file_error, file};
}
