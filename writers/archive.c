/*
 * Owns the archive file: its entries' order and attributes, what is stored and what is deflated,
 * and the proof that an entry is the file that was committed.
 * Must not know what the files hold.
 */
#include "writers/archive.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <isa-l/crc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "writers/deflate.h"
#include "writers/file_copier.h"
#include "writers/zip_file.h"

enum {
    ENTRY_NAME_MAX = OUTPUT_NAME_MAX + 32,
    FILE_MODE = 0644,
    UNIX_REGULAR = 0100644,
    MADE_BY_UNIX_45 = 3 << 8 | 45, /* APPNOTE 4.4.2: Unix attributes; zip64 is of version 4.5 */
    FLAG_UTF8 = 1 << 11,           /* APPNOTE 4.4.4: the name is UTF-8 */
    DOS_DATE = (0 << 9 | 1 << 5 | 1) << 16, /* 1980-01-01 00:00:00, the first there is */
};

/* Beyond this, an entry's size in the archive may not fit 32 bits, whatever deflating does. */
#define ZIP64_FROM UINT64_C(0xF0000000)

struct archive_writer {
    int folder_fd;
    int fd;
    struct zip_file zip;
    struct deflater *deflater;
    struct file_copier *copier; /* of what is stored */
    char name[ENTRY_NAME_MAX];
    char last_entry[ENTRY_NAME_MAX];
};

/* The file that is being deflated. */
struct source {
    struct archive_writer *writer;
    const struct output_summary *file;
    int fd;
    uint32_t crc32;
    uint64_t bytes;
    struct error *err;
};

static int fail(struct archive_writer *writer, const char *what, struct error *err)
{
    return error_set_errno(err, writer->zip.failure != 0 ? writer->zip.failure : EIO,
                           "%s: cannot %s", writer->name, what);
}

struct archive_writer *archive_writer_open(int folder_fd, const char *name, int threads,
                                           struct error *err)
{
    struct archive_writer *writer = calloc(1, sizeof(*writer));

    assert(strlen(name) < sizeof(writer->name));
    if (writer == NULL) {
        error_set_errno(err, ENOMEM, "%s: cannot create", name);
        return NULL;
    }
    writer->folder_fd = folder_fd;
    memcpy(writer->name, name, strlen(name) + 1);
    do
        writer->fd =
            openat(folder_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    while (writer->fd < 0 && errno == EINTR);
    if (writer->fd < 0) {
        writer->zip.failure = errno;
        fail(writer, "create", err);
        free(writer);
        return NULL;
    }
    writer->deflater = deflater_open(threads);
    writer->copier = file_copier_open(writer->fd, writer->name, threads > 1);
    zip_file_open(&writer->zip, writer->fd);
    if (writer->deflater == NULL || writer->copier == NULL) {
        writer->zip.failure = ENOMEM;
        fail(writer, "create", err);
        archive_writer_discard(writer);
        return NULL;
    }
    return writer;
}

static long source_read(void *context, char *buffer, size_t size)
{
    struct source *source = context;
    size_t filled = 0;

    while (filled < size) {
        ssize_t got = read(source->fd, buffer + filled, size - filled);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(source->err, errno, "%s: cannot read", source->file->name);
        if (got == 0)
            break;
        filled += (size_t)got;
    }
    source->crc32 = crc32_gzip_refl(source->crc32, (const unsigned char *)buffer, filled);
    source->bytes += filled;
    return (long)filled;
}

static int check_zip(struct archive_writer *writer, int result, struct error *err)
{
    return result == 0 ? 0 : fail(writer, "write", err);
}

static int entry_write(void *context, const char *bytes, size_t size)
{
    struct source *source = context;

    return check_zip(source->writer, zip_file_write(&source->writer->zip, bytes, size),
                     source->err);
}

static int deflate_file(struct archive_writer *writer, int period_fd,
                        const struct output_summary *file, struct error *err)
{
    struct source source = {.writer = writer, .file = file, .err = err};
    const struct deflate_stream stream = {&source, source_read, entry_write};
    int result;

    do
        source.fd = openat(period_fd, file->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    while (source.fd < 0 && errno == EINTR);
    if (source.fd < 0)
        return error_set_errno(err, errno, "%s: cannot read", file->name);
    result = deflater_run(writer->deflater, &stream);
    close(source.fd);
    if (result == -2)
        error_set_errno(err, ENOMEM, "%s: cannot compress", file->name);
    if (result != 0)
        return -1;
    if (source.bytes != file->bytes || source.crc32 != file->crc32)
        return error_set(err, ERROR_CONTROL, "%s: does not read back as it was written",
                         file->name);
    return 0;
}

/* As many bytes of the archive as the file has are left to be filled. */
static int store_file(struct archive_writer *writer, int period_fd,
                      const struct output_summary *file, struct error *err)
{
    const uint64_t at = writer->zip.at;

    zip_file_leave(&writer->zip, file->bytes);
    return file_copier_add_file(writer->copier, period_fd, file, at, err);
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text);
    size_t end_size = strlen(end);

    return size >= end_size && memcmp(text + size - end_size, end, end_size) == 0;
}

int archive_writer_add(struct archive_writer *writer, int period_fd, const char *folder,
                       const struct output_summary *file, struct error *err)
{
    const bool stored = ends_with(file->name, ".xlsx") || ends_with(file->name, ".gz");
    char entry[ENTRY_NAME_MAX];
    const int length = snprintf(entry, sizeof(entry), "%s/%s", folder, file->name);
    const struct zip_entry header = {
        .name = entry,
        .deflated = !stored,
        .large = file->bytes >= ZIP64_FROM,
        .made_by = MADE_BY_UNIX_45,
        .flags = FLAG_UTF8,
        .dos_date = DOS_DATE,
        .attributes = (uint32_t)UNIX_REGULAR << 16,
    };

    assert(length > 0 && (size_t)length < sizeof(entry));
    assert(strcmp(writer->last_entry, entry) < 0);
    memcpy(writer->last_entry, entry, sizeof(entry));
    if (check_zip(writer, zip_file_begin(&writer->zip, &header), err) != 0 ||
        (stored ? store_file : deflate_file)(writer, period_fd, file, err) != 0)
        return -1;
    return check_zip(writer, zip_file_end(&writer->zip, file->bytes, file->crc32), err);
}

int archive_writer_end(struct archive_writer *writer, struct error *err)
{
    return check_zip(writer, zip_file_close(&writer->zip), err);
}

int archive_writer_finish(struct archive_writer *writer, struct error *err)
{
    return file_copier_finish(writer->copier, err);
}

static void release(struct archive_writer *writer)
{
    file_copier_close(writer->copier);
    if (writer->fd >= 0)
        close(writer->fd);
    zip_file_release(&writer->zip);
    deflater_close(writer->deflater);
    free(writer);
}

int archive_writer_commit(struct archive_writer *writer, struct error *err)
{
    int closed;

    while (fsync(writer->fd) != 0) {
        if (errno != EINTR) {
            writer->zip.failure = errno;
            fail(writer, "flush to disk", err);
            goto failed;
        }
    }
    closed = close(writer->fd);
    writer->fd = -1;
    if (closed != 0 && errno != EINTR) {
        writer->zip.failure = errno;
        fail(writer, "close", err);
        goto failed;
    }
    release(writer);
    return 0;
failed:
    archive_writer_discard(writer);
    return -1;
}

void archive_writer_discard(struct archive_writer *writer)
{
    if (writer == NULL)
        return;
    unlinkat(writer->folder_fd, writer->name, 0);
    release(writer);
}
