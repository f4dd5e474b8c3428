/*
 * Owns the hashing of files that are there.
 */
#include "batch/file_digest.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <isa-l/crc.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch/folder.h"

enum { BUFFER_BYTES = 1 << 18 };

static int open_inside(int folder_fd, const char *name, struct error *err)
{
    const char *slash = strchr(name, '/');
    char folder[FOLDER_NAME_MAX];
    int inner_fd = -1;
    int fd = -1;

    if (slash == NULL)
        return folder_open_file(folder_fd, name, err);
    if ((size_t)(slash - name) >= sizeof(folder))
        return error_set(err, ERROR_IO, "%.200s: the name is too long", name);
    memcpy(folder, name, (size_t)(slash - name));
    folder[slash - name] = '\0';
    inner_fd = folder_open(folder_fd, folder, err);
    if (inner_fd < 0)
        return -1;
    fd = folder_open_file(inner_fd, slash + 1, err);
    (void)close(inner_fd);
    return fd;
}

static int digest_all(int fd, const char *name, EVP_MD_CTX *context, unsigned char *buffer,
                      struct file_digest *digest, struct error *err)
{
    for (;;) {
        ssize_t got = read(fd, buffer, BUFFER_BYTES);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(err, errno, "%s: cannot read", name);
        if (got == 0)
            return 0;
        if (EVP_DigestUpdate(context, buffer, (size_t)got) != 1)
            return error_set(err, ERROR_IO, "%s: cannot hash", name);
        digest->crc32 = crc32_gzip_refl(digest->crc32, buffer, (uint64_t)got);
        digest->bytes += (uint64_t)got;
    }
}

int file_digest_read(int folder_fd, const char *name, struct file_digest *digest, struct error *err)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned sum_bytes = 0;
    struct file_digest result = {0};
    EVP_MD_CTX *context = NULL;
    unsigned char *buffer = NULL;
    int status = -1;
    int fd = open_inside(folder_fd, name, err);

    if (fd < 0)
        return -1;
    context = EVP_MD_CTX_new();
    buffer = malloc(BUFFER_BYTES);
    if (context == NULL || buffer == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        (void)error_set(err, ERROR_IO, "out of memory");
        goto done;
    }
    if (digest_all(fd, name, context, buffer, &result, err) != 0)
        goto done;
    if (EVP_DigestFinal_ex(context, sum, &sum_bytes) != 1) {
        (void)error_set(err, ERROR_IO, "%s: cannot hash", name);
        goto done;
    }
    assert(sum_bytes == SHA256_BYTES);
    sha256_text(sum, result.sha256);
    *digest = result;
    status = 0;
done:
    EVP_MD_CTX_free(context);
    free(buffer);
    (void)close(fd);
    return status;
}

int file_digest_sum_up(int folder_fd, struct output_summary *summary, struct error *err)
{
    struct file_digest digest;

    if (file_digest_read(folder_fd, summary->name, &digest, err) != 0)
        return -1;
    summary->bytes = digest.bytes;
    summary->crc32 = digest.crc32;
    memcpy(summary->sha256, digest.sha256, sizeof(summary->sha256));
    return 0;
}
