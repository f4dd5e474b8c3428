/*
 * Owns the bytes of one published file on their way to disk: buffer, compression, hashes, flush.
 * Must not know what is written.
 */
#include "writers/output.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <isa-l/crc.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "writers/deflate_block.h"
#include "writers/writeback.h"

enum {
    BLOCK_BYTES = 256 * 1024, /* written, or compressed to one gzip member, at a time */
    BUFFER_BYTES = BLOCK_BYTES + OUTPUT_RESERVE_MAX,
    GZIP_HEAD_BYTES = 10,
    GZIP_TAIL_BYTES = 8,
    FILE_MODE = 0644,
    FOLDER_MODE = 0755,
};

_Static_assert((int)BLOCK_BYTES <= (int)DEFLATE_BLOCK_BYTES_MAX, "a member is one block");

/* What becomes of the bytes. */
enum form { STORED, GZIP, IN_MEMORY };

struct output {
    int fd;
    int folder_fd;  /* of the folder that the file lies in */
    bool in_folder; /* the name has a folder in front: folder_fd is ours */
    bool created;
    int failure; /* errno of the first failure; 0: none */
    char name[OUTPUT_NAME_MAX];
    const char *base_name; /* within the folder */

    char *buffer;
    size_t used;
    size_t capacity; /* of the buffer; grows in memory alone */
    enum form form;

    struct deflate_block *compressor; /* gzip */
    char *compressed;                 /* a whole member */

    EVP_MD_CTX *sha256;
    uint32_t crc32;
    uint64_t bytes; /* handed to the system */
    uint64_t begun; /* of them the system has begun to write to disk */
};

/* The message for the failure that stuck; the first error set is kept. */
static int fail(struct output *output, int error_number, const char *what, struct error *err)
{
    if (output->failure == 0)
        output->failure = error_number;
    return error_set_errno(err, output->failure, "%s: cannot %s", output->name, what);
}

static void release(struct output *output)
{
    if (output->fd >= 0)
        close(output->fd);
    if (output->in_folder && output->folder_fd >= 0)
        close(output->folder_fd);
    deflate_block_close(output->compressor);
    EVP_MD_CTX_free(output->sha256);
    free(output->compressed);
    free(output->buffer);
    free(output);
}

static int allocate(struct output *output, struct error *err)
{
    output->capacity = BUFFER_BYTES;
    output->buffer = malloc(output->capacity);
    output->sha256 = EVP_MD_CTX_new();
    if (output->buffer == NULL || output->sha256 == NULL ||
        EVP_DigestInit_ex(output->sha256, EVP_sha256(), NULL) != 1)
        return fail(output, ENOMEM, "create", err);
    if (output->form != GZIP)
        return 0;
    output->compressor = deflate_block_open(DEFLATE_BY_ISAL);
    output->compressed = malloc(GZIP_HEAD_BYTES + DEFLATE_ROOM_OF(BLOCK_BYTES) + GZIP_TAIL_BYTES);
    if (output->compressor == NULL || output->compressed == NULL)
        return fail(output, ENOMEM, "create", err);
    return 0;
}

/* Opens the folder that the name has in front, if any. */
static int open_folder(struct output *output, int folder_fd, struct error *err)
{
    char folder[OUTPUT_NAME_MAX];
    const char *slash = strchr(output->name, '/');
    size_t size;

    output->folder_fd = folder_fd;
    output->base_name = output->name;
    if (slash == NULL)
        return 0;

    size = (size_t)(slash - output->name);
    memcpy(folder, output->name, size);
    folder[size] = '\0';
    output->base_name = slash + 1;
    assert(size > 0 && strchr(output->base_name, '/') == NULL);
    if (mkdirat(folder_fd, folder, FOLDER_MODE) != 0 && errno != EEXIST)
        return fail(output, errno, "create the folder", err);
    output->in_folder = true;
    output->folder_fd = openat(folder_fd, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (output->folder_fd < 0)
        return fail(output, errno, "open the folder", err);
    return 0;
}

static struct output *open_any(int folder_fd, const char *name, enum form form, struct error *err)
{
    struct output *output = calloc(1, sizeof(*output));
    size_t size = strlen(name);

    assert(size > 0 && size < OUTPUT_NAME_MAX);
    if (output == NULL) {
        error_set_errno(err, ENOMEM, "%s: cannot create", name);
        return NULL;
    }
    output->fd = -1;
    output->folder_fd = -1;
    output->form = form;
    memcpy(output->name, name, size + 1);
    if (allocate(output, err) != 0 || open_folder(output, folder_fd, err) != 0) {
        release(output);
        return NULL;
    }

    do
        output->fd = openat(output->folder_fd, output->base_name,
                            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    while (output->fd < 0 && errno == EINTR);
    if (output->fd < 0) {
        fail(output, errno, "create", err);
        release(output);
        return NULL;
    }
    output->created = true;
    return output;
}

struct output *output_open(int folder_fd, const char *name, struct error *err)
{
    return open_any(folder_fd, name, STORED, err);
}

struct output *output_open_gzip(int folder_fd, const char *name, struct error *err)
{
    return open_any(folder_fd, name, GZIP, err);
}

struct output *output_open_memory(struct error *err)
{
    struct output *output = calloc(1, sizeof(*output));

    if (output == NULL) {
        error_set_errno(err, ENOMEM, "cannot make room");
        return NULL;
    }
    output->fd = -1;
    output->folder_fd = -1;
    output->form = IN_MEMORY;
    memcpy(output->name, "memory", sizeof("memory"));
    return output;
}

struct span output_memory(const struct output *output)
{
    assert(output->form == IN_MEMORY);
    return (struct span){output->buffer, output->used};
}

void output_memory_clear(struct output *output)
{
    assert(output->form == IN_MEMORY);
    output->used = 0;
}

/* Hashes the bytes and hands all of them to the system. */
static int put(struct output *output, const char *bytes, size_t size, struct error *err)
{
    if (EVP_DigestUpdate(output->sha256, bytes, size) != 1)
        return fail(output, ENOMEM, "write", err);
    output->crc32 = crc32_gzip_refl(output->crc32, (const unsigned char *)bytes, size);
    output->bytes += size;
    while (size > 0) {
        ssize_t written = write(output->fd, bytes, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return fail(output, written < 0 ? errno : EIO, "write", err);
        bytes += written;
        size -= (size_t)written;
    }
    writeback_begin(output->fd, &output->begun, output->bytes);
    return 0;
}

static char *put_little_endian(char *at, uint32_t number)
{
    for (int i = 0; i < 4; i++, number >>= 8)
        *at++ = (char)(number & 0xff);
    return at;
}

/* One member (RFC 1952) that tells no time, no name and no system; 0 where it failed. */
static size_t make_member(struct output *output, const char *bytes, size_t size)
{
    static const char HEAD[GZIP_HEAD_BYTES] = "\x1f\x8b\x08\0\0\0\0\0\0\xff";
    char *at = output->compressed;
    size_t compressed = 0;

    memcpy(at, HEAD, GZIP_HEAD_BYTES);
    at += GZIP_HEAD_BYTES;
    compressed = deflate_block_run(output->compressor, bytes, size, true, at);
    if (compressed == 0)
        return 0;
    at += compressed;
    at = put_little_endian(at, crc32_gzip_refl(0, (const unsigned char *)bytes, size));
    at = put_little_endian(at, (uint32_t)size);
    return (size_t)(at - output->compressed);
}

/* Hands on one block, stored or compressed. */
static int put_block(struct output *output, const char *bytes, size_t size, struct error *err)
{
    size_t member = 0;

    if (output->failure != 0)
        return fail(output, output->failure, "write", err);
    if (output->form == STORED)
        return put(output, bytes, size, err);
    member = make_member(output, bytes, size);
    if (member == 0)
        return fail(output, ENOMEM, "compress", err);
    return put(output, output->compressed, member, err);
}

static int grow(struct output *output, size_t wanted, struct error *err)
{
    size_t capacity = output->capacity + output->capacity / 2 + wanted;
    char *buffer = realloc(output->buffer, capacity);

    if (buffer == NULL)
        return fail(output, ENOMEM, "make room", err);
    output->buffer = buffer;
    output->capacity = capacity;
    return 0;
}

/* Hands on the whole blocks in the buffer, so that blocks never depend on how it was filled. */
static int flush_blocks(struct output *output, struct error *err)
{
    if (output->used < BLOCK_BYTES)
        return 0;
    if (put_block(output, output->buffer, BLOCK_BYTES, err) != 0)
        return -1;
    output->used -= BLOCK_BYTES;
    memmove(output->buffer, output->buffer + BLOCK_BYTES, output->used);
    return 0;
}

/* Room for more: `wanted` in memory, some on the way to disk. */
static int make_room(struct output *output, size_t wanted, struct error *err)
{
    return output->form == IN_MEMORY ? grow(output, wanted, err) : flush_blocks(output, err);
}

/* In memory: all of it goes to the buffer. */
static int write_in_memory(struct output *output, const char *bytes, size_t size, struct error *err)
{
    if (output->capacity - output->used < size && grow(output, size, err) != 0)
        return -1;
    memcpy(output->buffer + output->used, bytes, size);
    output->used += size;
    return 0;
}

int output_write(struct output *output, const void *bytes, size_t size, struct error *err)
{
    const char *from = bytes;

    if (output->failure != 0)
        return fail(output, output->failure, "write", err);
    if (output->form == IN_MEMORY && size > 0)
        return write_in_memory(output, from, size, err);
    while (size > 0) {
        size_t part = BLOCK_BYTES;

        if (output->used >= BLOCK_BYTES) {
            if (flush_blocks(output, err) != 0)
                return -1;
            continue;
        }
        if (output->used == 0 && size >= BLOCK_BYTES) { /* from where it is */
            if (put_block(output, from, BLOCK_BYTES, err) != 0)
                return -1;
        } else {
            part = BLOCK_BYTES - output->used;
            if (part > size)
                part = size;
            memcpy(output->buffer + output->used, from, part);
            output->used += part;
        }
        from += part;
        size -= part;
    }
    return 0;
}

char *output_reserve(struct output *output, size_t size, struct error *err)
{
    assert(size <= OUTPUT_RESERVE_MAX);
    if (output->failure != 0) {
        fail(output, output->failure, "write", err);
        return NULL;
    }
    if (output->capacity - output->used < size && make_room(output, size, err) != 0)
        return NULL;
    return output->buffer + output->used;
}

void output_advance(struct output *output, size_t size)
{
    assert(size <= output->capacity - output->used);
    output->used += size;
}

static int sync_fd(int fd)
{
    int result;

    do
        result = fsync(fd);
    while (result != 0 && errno == EINTR);
    return result;
}

/* What is still in the buffer; an empty gzip file has one empty member. */
static int finish(struct output *output, struct error *err)
{
    if (flush_blocks(output, err) != 0)
        return -1;
    if (output->used > 0 || output->bytes == 0) {
        if (put_block(output, output->buffer, output->used, err) != 0)
            return -1;
    }
    output->used = 0;
    if (output->failure != 0)
        return fail(output, output->failure, "write", err);
    if (sync_fd(output->fd) != 0)
        return fail(output, errno, "flush to disk", err);
    if (output->in_folder && sync_fd(output->folder_fd) != 0)
        return fail(output, errno, "flush the folder to disk", err);
    return 0;
}

static int fill_summary(struct output *output, struct output_summary *summary, struct error *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    if (EVP_DigestFinal_ex(output->sha256, digest, &size) != 1)
        return fail(output, ENOMEM, "hash", err);
    assert(size == SHA256_BYTES);
    *summary = (struct output_summary){.bytes = output->bytes, .crc32 = output->crc32};
    memcpy(summary->name, output->name, sizeof(summary->name));
    sha256_text(digest, summary->sha256);
    return 0;
}

int output_commit(struct output *output, struct output_summary *summary, struct error *err)
{
    struct output_summary filled;
    int closed;

    if (finish(output, err) != 0 || fill_summary(output, &filled, err) != 0) {
        output_discard(output);
        return -1;
    }
    closed = close(output->fd);
    output->fd = -1;
    if (closed != 0 && errno != EINTR) {
        fail(output, errno, "close", err);
        output_discard(output);
        return -1;
    }
    *summary = filled;
    release(output);
    return 0;
}

void output_discard(struct output *output)
{
    if (output == NULL)
        return;
    if (output->created)
        unlinkat(output->folder_fd, output->base_name, 0);
    release(output);
}
