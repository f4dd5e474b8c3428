/*
 * Owns an open export file: its stored bytes, their digest, and the state of inflating them. ISA-L
 * inflates as long as it has nothing to object to; then zlib does, from the start, and what it says
 * counts.
 * Must not know lines, records or columns.
 */
#include "readers/source.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <isa-l/igzip_lib.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
    GZIP_MAGIC_SIZE = 2,
    GZIP_FLAGS = 3, /* where they stand in a member */
    GZIP_FLAG_NAME = 0x08,
    GZIP_WINDOW_BITS = 31, /* gzip only, window as the header says */
    STORED_BYTES_MAX = 1 << 30,
};

static const unsigned char GZIP_MAGIC[GZIP_MAGIC_SIZE] = {0x1F, 0x8B};

enum source_state {
    SOURCE_PLAIN,
    SOURCE_MEMBER,  /* inside a gzip member */
    SOURCE_BETWEEN, /* behind a verified member */
    SOURCE_PADDING, /* in the zeros behind the last member */
};

struct source {
    int fd;
    const char *name;
    EVP_MD_CTX *digest;
    uint64_t bytes;
    bool ended; /* the stored bytes are all read */
    bool gzip;
    bool inflating; /* the inflater holds memory */
    enum source_state state;
    z_stream inflater;
    struct inflate_state *fast; /* NULL: zlib inflates */
    bool fast_begun;            /* the member's header is one that it may read */
    uint64_t given;             /* bytes that inflating has handed out */
    size_t chunk_bytes;
    unsigned char *stored; /* room for stored_size_max bytes */
    size_t stored_size_max;
    size_t stored_at; /* bytes before it are used up */
    size_t stored_size;
};

/* The one way in for stored bytes: how many, 0 at the end, -1 with err filled. */
static ssize_t take(struct source *source, void *buffer, size_t size, struct error *err)
{
    ssize_t got;

    if (source->ended)
        return 0;
    do {
        got = read(source->fd, buffer, size);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return error_set(err, ERROR_INPUT, "%s: can't be read: %s", source->name, strerror(errno));
    if (got == 0)
        source->ended = true;
    if (got > 0 && EVP_DigestUpdate(source->digest, buffer, (size_t)got) != 1)
        return error_set(err, ERROR_IO, "%s: SHA-256 failed", source->name);
    source->bytes += (uint64_t)got;
    return got;
}

/* Takes more stored bytes behind those in hand. */
static int refill(struct source *source, struct error *err)
{
    size_t room;
    ssize_t got;

    if (source->stored_at == source->stored_size)
        source->stored_at = source->stored_size = 0;
    room = source->stored_size_max - source->stored_size;
    if (room > source->chunk_bytes)
        room = source->chunk_bytes;
    assert(room > 0);
    got = take(source, source->stored + source->stored_size, room, err);
    if (got < 0)
        return -1;
    source->stored_size += (size_t)got;
    return 0;
}

/* O_NONBLOCK, so that a FIFO is refused at once and not waited for. */
static int open_regular(const char *path, const char *name, struct error *err)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return error_set(err, ERROR_INPUT, "%s: can't be opened: %s", name, strerror(errno));
    if (fstat(fd, &status) != 0) {
        error_set(err, ERROR_INPUT, "%s: can't be read: %s", name, strerror(errno));
        close(fd);
        return -1;
    }
    if (!S_ISREG(status.st_mode)) {
        error_set(err, ERROR_INPUT, "%s: is not a regular file", name);
        close(fd);
        return -1;
    }
    return fd;
}

static void begin_fast(struct source *source)
{
    isal_inflate_init(source->fast);
    source->fast->crc_flag = ISAL_GZIP;
    source->fast_begun = false;
}

/*
 * Whether the header of the member at hand is one of the usual: no flag but that of a name. ISA-L
 * takes flags that RFC 1952 (2.3.1.2) has a reader refuse, and whether it objects to others depends
 * on where its input is cut: zlib reads such members. 1, 0, or -1 with err filled.
 */
static int header_is_usual(struct source *source, struct error *err)
{
    source->stored_size -= source->stored_at;
    memmove(source->stored, source->stored + source->stored_at, source->stored_size);
    source->stored_at = 0;
    while (source->stored_size <= GZIP_FLAGS && !source->ended)
        if (refill(source, err) != 0)
            return -1;
    return source->stored_size > GZIP_FLAGS && (source->stored[GZIP_FLAGS] & ~GZIP_FLAG_NAME) == 0;
}

/* Plain or gzip: by the first bytes. */
static int detect(struct source *source, struct error *err)
{
    int status;

    while (source->stored_size < GZIP_MAGIC_SIZE && !source->ended) {
        if (refill(source, err) != 0)
            return -1;
    }
    if (source->stored_size < GZIP_MAGIC_SIZE ||
        memcmp(source->stored, GZIP_MAGIC, GZIP_MAGIC_SIZE) != 0)
        return 0;
    status = inflateInit2(&source->inflater, GZIP_WINDOW_BITS);
    if (status != Z_OK)
        return error_set(err, ERROR_IO, "%s: zlib: %s", source->name, zError(status));
    source->inflating = true;
    source->gzip = true;
    source->state = SOURCE_MEMBER;
    source->fast = malloc(sizeof(*source->fast));
    if (source->fast == NULL)
        return error_set(err, ERROR_IO, "%s: out of memory", source->name);
    begin_fast(source);
    return 0;
}

int source_open(struct source **out, const char *path, const char *name, size_t chunk_bytes,
                struct error *err)
{
    struct source *source = calloc(1, sizeof(*source));

    assert(chunk_bytes > 0);
    if (source == NULL)
        return error_set(err, ERROR_IO, "%s: out of memory", name);
    source->fd = -1;
    source->name = name;
    source->chunk_bytes = chunk_bytes < STORED_BYTES_MAX ? chunk_bytes : STORED_BYTES_MAX;
    source->stored_size_max = source->chunk_bytes + GZIP_FLAGS + 1;
    source->stored = malloc(source->stored_size_max);
    source->digest = EVP_MD_CTX_new();
    if (source->stored == NULL || source->digest == NULL ||
        EVP_DigestInit_ex(source->digest, EVP_sha256(), NULL) != 1) {
        error_set(err, ERROR_IO, "%s: out of memory", name);
        goto fail;
    }
    source->fd = open_regular(path, name, err);
    if (source->fd < 0 || detect(source, err) != 0)
        goto fail;
    *out = source;
    return 0;

fail:
    source_close(source);
    return -1;
}

static ssize_t read_plain(struct source *source, char *buffer, size_t size, struct error *err)
{
    size_t in_hand = source->stored_size - source->stored_at;

    if (in_hand == 0)
        return take(source, buffer, size < source->chunk_bytes ? size : source->chunk_bytes, err);
    if (in_hand > size)
        in_hand = size;
    memcpy(buffer, source->stored + source->stored_at, in_hand);
    source->stored_at += in_hand;
    return (ssize_t)in_hand;
}

/* As inflate_some, by ISA-L; -1, without err, where it objects. */
static ssize_t inflate_fast(struct source *source, char *buffer, size_t size, struct error *err)
{
    struct inflate_state *fast = source->fast;
    const uint32_t room = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;

    if (!source->fast_begun && header_is_usual(source, err) <= 0)
        return -1;
    source->fast_begun = true;
    fast->next_in = source->stored + source->stored_at;
    fast->avail_in = (uint32_t)(source->stored_size - source->stored_at);
    fast->next_out = (uint8_t *)buffer;
    fast->avail_out = room;
    if (isal_inflate(fast) != ISAL_DECOMP_OK)
        return -1;
    source->stored_at = source->stored_size - fast->avail_in;
    if (fast->block_state == ISAL_BLOCK_FINISH)
        source->state = SOURCE_BETWEEN;
    return (ssize_t)(room - fast->avail_out);
}

/* Inflates what is in hand into the buffer: how many bytes it gave, or -1 with err filled. */
static ssize_t inflate_some(struct source *source, char *buffer, size_t size, uint64_t line,
                            struct error *err)
{
    z_stream *inflater = &source->inflater;
    uInt room = size < UINT_MAX ? (uInt)size : UINT_MAX;
    int status;

    inflater->next_in = source->stored + source->stored_at;
    inflater->avail_in = (uInt)(source->stored_size - source->stored_at);
    inflater->next_out = (unsigned char *)buffer;
    inflater->avail_out = room;
    status = inflate(inflater, Z_NO_FLUSH);
    source->stored_at = source->stored_size - inflater->avail_in;
    if (status == Z_STREAM_END)
        source->state = SOURCE_BETWEEN;
    else if (status == Z_MEM_ERROR)
        return error_set(err, ERROR_IO, "%s: out of memory", source->name);
    else if (status != Z_OK && status != Z_BUF_ERROR && inflater->avail_out == room)
        return error_set(err, ERROR_INPUT, "%s:%" PRIu64 ": the gzip data are damaged (%s)",
                         source->name, line, inflater->msg != NULL ? inflater->msg : "no reason");
    return (ssize_t)(room - inflater->avail_out);
}

/* Steps over the bytes in hand behind a member: padding, or the start of the next one. */
static int leave_member(struct source *source, uint64_t line, struct error *err)
{
    for (; source->stored_at < source->stored_size; source->stored_at++) {
        unsigned char byte = source->stored[source->stored_at];

        if (source->state == SOURCE_BETWEEN && byte == GZIP_MAGIC[0]) {
            if (source->fast != NULL)
                begin_fast(source);
            else if (inflateReset(&source->inflater) != Z_OK)
                return error_set(err, ERROR_IO, "%s: zlib failed", source->name);
            source->state = SOURCE_MEMBER;
            return 0;
        }
        if (byte != 0)
            return error_set(err, ERROR_INPUT,
                             "%s:%" PRIu64 ": something other than zero padding stands behind the "
                             "gzip data",
                             source->name, line);
        source->state = SOURCE_PADDING;
    }
    return 0;
}

static ssize_t inflate_next(struct source *source, char *buffer, size_t size, uint64_t line,
                            struct error *err)
{
    for (;;) {
        if (source->stored_at == source->stored_size && refill(source, err) != 0)
            return -1;
        if (source->state == SOURCE_MEMBER) {
            ssize_t got = source->fast != NULL ? inflate_fast(source, buffer, size, err)
                                               : inflate_some(source, buffer, size, line, err);

            if (got != 0)
                return got;
            if (source->state == SOURCE_MEMBER && source->ended && source->fast != NULL)
                return -1;
            if (source->state == SOURCE_MEMBER && source->ended)
                return error_set(err, ERROR_INPUT, "%s:%" PRIu64 ": the gzip data are truncated",
                                 source->name, line);
        } else {
            if (source->stored_at == source->stored_size && source->ended)
                return 0;
            if (leave_member(source, line, err) != 0)
                return -1;
        }
    }
}

/* ISA-L objected: zlib begins anew, and passes over what was handed out. */
static int fall_back(struct source *source, char *buffer, size_t size, uint64_t line,
                     struct error *err)
{
    uint64_t left = source->given;

    free(source->fast);
    source->fast = NULL;
    if (lseek(source->fd, 0, SEEK_SET) != 0 ||
        EVP_DigestInit_ex(source->digest, EVP_sha256(), NULL) != 1)
        return error_set(err, ERROR_IO, "%s: can't be read again", source->name);
    source->bytes = 0;
    source->ended = false;
    source->state = SOURCE_MEMBER;
    source->stored_at = source->stored_size = 0;
    while (left > 0) {
        const ssize_t got =
            inflate_next(source, buffer, left < size ? (size_t)left : size, line, err);

        if (got < 0)
            return -1;
        if (got == 0)
            return error_set(err, ERROR_INPUT, "%s: changed while it was being read", source->name);
        left -= (uint64_t)got;
    }
    return 0;
}

static ssize_t read_gzip(struct source *source, char *buffer, size_t size, uint64_t line,
                         struct error *err)
{
    ssize_t got = inflate_next(source, buffer, size, line, err);

    if (got < 0 && source->fast != NULL && err->kind == ERROR_NONE) {
        if (fall_back(source, buffer, size, line, err) != 0)
            return -1;
        got = inflate_next(source, buffer, size, line, err);
    }
    if (got > 0)
        source->given += (uint64_t)got;
    return got;
}

ssize_t source_read(struct source *source, char *buffer, size_t size, uint64_t line,
                    struct error *err)
{
    assert(size > 0);
    if (source->state == SOURCE_PLAIN)
        return read_plain(source, buffer, size, err);
    return read_gzip(source, buffer, size, line, err);
}

bool source_is_gzip(const struct source *source)
{
    return source->gzip;
}

uint64_t source_bytes(const struct source *source)
{
    return source->bytes;
}

int source_sha256(struct source *source, char text[SHA256_TEXT_MAX], struct error *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    assert(source->ended);
    if (EVP_DigestFinal_ex(source->digest, digest, &size) != 1 || size != SHA256_BYTES)
        return error_set(err, ERROR_IO, "%s: SHA-256 failed", source->name);
    sha256_text(digest, text);
    return 0;
}

void source_close(struct source *source)
{
    if (source == NULL)
        return;
    if (source->inflating)
        inflateEnd(&source->inflater);
    free(source->fast);
    if (source->fd >= 0)
        close(source->fd);
    EVP_MD_CTX_free(source->digest);
    free(source->stored);
    free(source);
}
