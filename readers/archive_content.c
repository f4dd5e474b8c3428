/*
 * Owns the inflating of an archive's entries and what they come to.
 * Must not know how an archive's directory is laid out.
 */
#include "readers/archive_content.h"

#include <assert.h>
#include <errno.h>
#include <isa-l/crc.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "readers/inflating.h"

enum { CHUNK_BYTES = 256 * 1024 };

struct content_reader {
    int fd;
    EVP_MD_CTX *sha256;
    z_stream zlib;
    bool zlib_open;
    struct inflating fast;
    unsigned char chunk[CHUNK_BYTES];
    unsigned char inflated[CHUNK_BYTES];
};

/* What an entry has come to so far. */
struct progress {
    struct content_reader *reader;
    const struct archive_content *content;
    uint64_t bytes;
    uint32_t crc32;
    bool ended; /* deflated data have had their last block */
    struct error *err;
};

/* Takes the chunk's first bytes: 0, -1 with err filled, or 1 for data that are damaged. */
typedef int take_function(struct progress *progress, size_t size);

struct content_reader *content_reader_open(int fd)
{
    struct content_reader *reader = calloc(1, sizeof(*reader));

    if (reader == NULL)
        return NULL;
    reader->fd = fd;
    reader->sha256 = EVP_MD_CTX_new();
    reader->zlib_open = inflateInit2(&reader->zlib, -MAX_WBITS) == Z_OK;
    if (reader->sha256 != NULL && reader->zlib_open)
        return reader;
    content_reader_close(reader);
    return NULL;
}

void content_reader_close(struct content_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->zlib_open)
        inflateEnd(&reader->zlib);
    EVP_MD_CTX_free(reader->sha256);
    free(reader);
}

static int differs(const struct archive_content *content, const char *cause, struct error *err)
{
    return error_set(err, ERROR_CONTROL, "%s: %s: %s", content->archive, content->entry, cause);
}

static int cannot_read(const struct archive_content *content, int error_number, struct error *err)
{
    return error_set_errno(err, error_number, "%s: cannot read", content->archive);
}

static int read_chunk(struct progress *progress, uint64_t at, size_t size)
{
    struct content_reader *reader = progress->reader;
    size_t filled = 0;

    while (filled < size) {
        ssize_t got =
            pread(reader->fd, reader->chunk + filled, size - filled, (off_t)(at + filled));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return cannot_read(progress->content, got < 0 ? errno : EIO, progress->err);
        filled += (size_t)got;
    }
    return 0;
}

static int take(struct progress *progress, const unsigned char *bytes, size_t size)
{
    progress->bytes += size;
    if (progress->bytes > progress->content->bytes)
        return 1;
    progress->crc32 = crc32_gzip_refl(progress->crc32, bytes, size);
    if (progress->content->sha256 != NULL &&
        EVP_DigestUpdate(progress->reader->sha256, bytes, size) != 1)
        return cannot_read(progress->content, ENOMEM, progress->err);
    return 0;
}

static int take_stored(struct progress *progress, size_t size)
{
    return take(progress, progress->reader->chunk, size);
}

static int inflate_zlib(struct progress *progress, size_t size)
{
    struct content_reader *reader = progress->reader;
    z_stream *zlib = &reader->zlib;

    zlib->next_in = reader->chunk;
    zlib->avail_in = (uInt)size;
    do {
        int result;
        int taken = 0;

        zlib->next_out = reader->inflated;
        zlib->avail_out = CHUNK_BYTES;
        result = inflate(zlib, Z_NO_FLUSH);
        if (result == Z_MEM_ERROR)
            return cannot_read(progress->content, ENOMEM, progress->err);
        progress->ended = result == Z_STREAM_END;
        if ((result != Z_OK && result != Z_BUF_ERROR && !progress->ended) ||
            (progress->ended && zlib->avail_in > 0))
            return 1;
        taken = take(progress, reader->inflated, CHUNK_BYTES - zlib->avail_out);
        if (taken != 0)
            return taken;
    } while (zlib->avail_out == 0 && !progress->ended);
    return 0;
}

/* All of the entry's data, chunk by chunk: 0, -1 or 1 likewise. */
static int read_chunks(struct progress *progress, take_function *take_some)
{
    uint64_t at = progress->content->at;
    uint64_t left = progress->content->compressed;

    while (left > 0) {
        size_t size = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
        int result;

        if (progress->ended)
            return 1;
        if (read_chunk(progress, at, size) != 0)
            return -1;
        result = take_some(progress, size);
        if (result != 0)
            return result;
        at += size;
        left -= size;
    }
    return 0;
}

static int read_stored(struct progress *progress)
{
    return read_chunks(progress, take_stored);
}

static int read_by_zlib(struct progress *progress)
{
    if (inflateReset(&progress->reader->zlib) != Z_OK)
        return cannot_read(progress->content, ENOMEM, progress->err);
    return read_chunks(progress, inflate_zlib);
}

static int read_fast(struct progress *progress)
{
    struct content_reader *reader = progress->reader;
    ssize_t made = 0;

    inflating_start(&reader->fast, reader->fd, progress->content->at,
                    progress->content->compressed);
    while ((made = inflating_next(&reader->fast, reader->inflated, CHUNK_BYTES)) > 0) {
        int result = take(progress, reader->inflated, (size_t)made);

        if (result != 0)
            return result;
    }
    if (made == INFLATING_UNREADABLE)
        return cannot_read(progress->content, errno, progress->err);
    progress->ended = inflating_complete(&reader->fast);
    return made == INFLATING_DAMAGED ? 1 : 0;
}

/* Reads the whole entry: 0 when it is what the archive says, 1 when not, -1 with err filled. */
static int read_entry(struct content_reader *reader, const struct archive_content *content,
                      int (*read_all)(struct progress *progress), struct error *err)
{
    struct progress progress = {.reader = reader, .content = content, .err = err};
    int result = 0;

    if (EVP_DigestInit_ex(reader->sha256, EVP_sha256(), NULL) != 1)
        return cannot_read(content, ENOMEM, err);
    result = read_all(&progress);
    if (result != 0)
        return result;
    return content->deflated == progress.ended && progress.bytes == content->bytes &&
                   progress.crc32 == content->crc32
               ? 0
               : 1;
}

static int compare_sha256(struct content_reader *reader, const struct archive_content *content,
                          struct error *err)
{
    char text[OUTPUT_SHA256_TEXT_MAX];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    if (EVP_DigestFinal_ex(reader->sha256, digest, &size) != 1)
        return cannot_read(content, ENOMEM, err);
    assert(size == SHA256_BYTES);
    sha256_text(digest, text);
    return strcmp(text, content->sha256) == 0
               ? 0
               : differs(content, "differs from the published file", err);
}

int content_check(struct content_reader *reader, const struct archive_content *content,
                  struct error *err)
{
    int result = read_entry(reader, content, content->deflated ? read_fast : read_stored, err);

    if (result > 0 && content->deflated)
        result = read_entry(reader, content, read_by_zlib, err);
    if (result > 0)
        return differs(content, "is damaged", err);
    if (result < 0)
        return -1;
    return content->sha256 == NULL ? 0 : compare_sha256(reader, content, err);
}
