/*
 * Owns the comparison of an archive with the summaries of its files.
 * Must not know how the archive was made.
 */
#include "readers/archive.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <minizip/unzip.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ENTRY_NAME_MAX = OUTPUT_NAME_MAX + 32,
    CHUNK_BYTES = 256 * 1024,
};

struct archive {
    const char *name;
    int fd;
    int failure; /* errno of the first failed call on fd; 0: none */
    unzFile zip;
    EVP_MD_CTX *sha256;
    char *chunk;
    struct error *err;
};

static int differs(struct archive *archive, const char *entry, const char *cause)
{
    if (archive->failure != 0)
        return error_set_errno(archive->err, archive->failure, "%s: cannot read", archive->name);
    return error_set(archive->err, ERROR_CONTROL, "%s: %s: %s", archive->name, entry, cause);
}

/*
 * minizip's calls for input, on the descriptor that archive_check opened.
 */
static voidpf file_open(voidpf opaque, const void *name, int mode)
{
    (void)name;
    (void)mode;
    return opaque;
}

static uLong file_read(voidpf opaque, voidpf stream, void *buffer, uLong size)
{
    struct archive *archive = stream;
    char *bytes = buffer;
    uLong filled = 0;

    (void)opaque;
    while (filled < size) {
        ssize_t got = read(archive->fd, bytes + filled, size - filled);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && archive->failure == 0)
            archive->failure = errno;
        if (got <= 0)
            break;
        filled += (uLong)got;
    }
    return filled;
}

static uLong file_write(voidpf opaque, voidpf stream, const void *buffer, uLong size)
{
    (void)opaque;
    (void)stream;
    (void)buffer;
    (void)size;
    return 0;
}

static ZPOS64_T file_tell(voidpf opaque, voidpf stream)
{
    const struct archive *archive = stream;

    (void)opaque;
    return (ZPOS64_T)lseek(archive->fd, 0, SEEK_CUR);
}

static long file_seek(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
    static const int WHENCE[] = {
        [ZLIB_FILEFUNC_SEEK_SET] = SEEK_SET,
        [ZLIB_FILEFUNC_SEEK_CUR] = SEEK_CUR,
        [ZLIB_FILEFUNC_SEEK_END] = SEEK_END,
    };
    const struct archive *archive = stream;

    (void)opaque;
    return lseek(archive->fd, (off_t)offset, WHENCE[origin]) < 0 ? -1 : 0;
}

static int file_close(voidpf opaque, voidpf stream)
{
    (void)opaque;
    (void)stream;
    return 0;
}

static int file_error(voidpf opaque, voidpf stream)
{
    const struct archive *archive = stream;

    (void)opaque;
    return archive->failure;
}

static int compare_sha256(struct archive *archive, const char *entry, const char *expected)
{
    static const char HEX[] = "0123456789abcdef";
    char text[OUTPUT_SHA256_TEXT_MAX];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    if (EVP_DigestFinal_ex(archive->sha256, digest, &size) != 1)
        return error_set_errno(archive->err, ENOMEM, "%s: cannot hash", archive->name);
    assert(2 * size + 1 == sizeof(text));
    for (unsigned i = 0; i < size; i++) {
        text[2 * i] = HEX[digest[i] >> 4];
        text[2 * i + 1] = HEX[digest[i] & 0xF];
    }
    text[2 * size] = '\0';
    if (strcmp(text, expected) != 0)
        return differs(archive, entry, "differs from the published file");
    return 0;
}

/* Inflates the current entry to its end; its CRC-32 is compared when it is closed. */
static int check_bytes(struct archive *archive, const char *entry,
                       const struct output_summary *file)
{
    uint64_t bytes = 0;
    int got;

    if (EVP_DigestInit_ex(archive->sha256, EVP_sha256(), NULL) != 1)
        return error_set_errno(archive->err, ENOMEM, "%s: cannot hash", archive->name);
    if (unzOpenCurrentFile(archive->zip) != UNZ_OK)
        return differs(archive, entry, "its headers are damaged");
    while ((got = unzReadCurrentFile(archive->zip, archive->chunk, CHUNK_BYTES)) > 0) {
        bytes += (unsigned)got;
        if (bytes > file->bytes)
            break;
        if (EVP_DigestUpdate(archive->sha256, archive->chunk, (size_t)got) != 1) {
            unzCloseCurrentFile(archive->zip);
            return error_set_errno(archive->err, ENOMEM, "%s: cannot hash", archive->name);
        }
    }
    if (unzCloseCurrentFile(archive->zip) != UNZ_OK || got < 0)
        return differs(archive, entry, "is damaged");
    if (bytes != file->bytes)
        return differs(archive, entry, "differs in size from the published file");
    return compare_sha256(archive, entry, file->sha256);
}

static int check_entry(struct archive *archive, const char *folder,
                       const struct output_summary *file)
{
    char expected[ENTRY_NAME_MAX];
    char found[ENTRY_NAME_MAX] = "";
    unz_file_info64 info;
    int length = snprintf(expected, sizeof(expected), "%s/%s", folder, file->name);

    assert(length > 0 && (size_t)length < sizeof(expected));
    if (unzGetCurrentFileInfo64(archive->zip, &info, found, sizeof(found) - 1, NULL, 0, NULL, 0) !=
        UNZ_OK)
        return differs(archive, expected, "is missing or its entry is damaged");
    if (info.size_filename != (uLong)length || memcmp(found, expected, (size_t)length) != 0)
        return differs(archive, expected, "is not where it should be");
    if (info.uncompressed_size != file->bytes)
        return differs(archive, expected, "differs in size from the published file");
    return check_bytes(archive, expected, file);
}

static int check_entries(struct archive *archive, const char *folder,
                         const struct output_summary *files, size_t file_count)
{
    unz_global_info64 info;
    int result;

    if (unzGetGlobalInfo64(archive->zip, &info) != UNZ_OK || info.number_entry != file_count)
        return differs(archive, folder, "holds more or fewer files than were published");
    result = unzGoToFirstFile(archive->zip);
    for (size_t i = 0; i < file_count; i++) {
        if (result != UNZ_OK)
            return differs(archive, files[i].name, "is missing or its entry is damaged");
        if (check_entry(archive, folder, &files[i]) != 0)
            return -1;
        result = unzGoToNextFile(archive->zip);
    }
    if (file_count > 0 && result != UNZ_END_OF_LIST_OF_FILE)
        return differs(archive, folder, "holds more files than were published");
    return 0;
}

int archive_check(int folder_fd, const char *name, const char *folder,
                  const struct output_summary *files, size_t file_count, struct error *err)
{
    struct archive archive = {.name = name, .err = err};
    zlib_filefunc64_def calls = {file_open, file_read,  file_write, file_tell,
                                 file_seek, file_close, file_error, &archive};
    int result = -1;

    archive.fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (archive.fd < 0 && errno == ENOENT)
        return error_set(err, ERROR_CONTROL, "%s: is missing", name);
    if (archive.fd < 0)
        return error_set_errno(err, errno, "%s: cannot read", name);

    archive.sha256 = EVP_MD_CTX_new();
    archive.chunk = malloc(CHUNK_BYTES);
    if (archive.sha256 == NULL || archive.chunk == NULL) {
        error_set_errno(err, ENOMEM, "%s: cannot read", name);
        goto done;
    }
    archive.zip = unzOpen2_64(name, &calls);
    if (archive.zip == NULL) {
        differs(&archive, folder, "is no ZIP archive, or its directory is damaged");
        goto done;
    }
    result = check_entries(&archive, folder, files, file_count);
    unzClose(archive.zip);
done:
    free(archive.chunk);
    EVP_MD_CTX_free(archive.sha256);
    close(archive.fd);
    return result;
}
