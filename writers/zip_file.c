/*
 * Owns the layout of a ZIP file. Must not know what its entries hold, nor how they were deflated.
 * Section numbers are APPNOTE.TXT's.
 */
#include "writers/zip_file.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "writers/writeback.h"

enum {
    LOCAL_SIGNATURE = 0x04034B50,     /* 4.3.7 */
    CENTRAL_SIGNATURE = 0x02014B50,   /* 4.3.12 */
    END64_SIGNATURE = 0x06064B50,     /* 4.3.14 */
    LOCATOR64_SIGNATURE = 0x07064B50, /* 4.3.15 */
    END_SIGNATURE = 0x06054B50,       /* 4.3.16 */
    LOCAL_CRC_AT = 14,
    LOCAL_SIZE = 30,
    CENTRAL_SIZE = 46,
    END64_SIZE = 56,
    END_ALL_SIZE = END64_SIZE + 20 + 22,
    ZIP64_EXTRA = 1, /* 4.5.3 */
    ZIP64_EXTRA_MAX = 4 + 3 * 8,
    VERSION_DEFLATE = 20,
    VERSION_ZIP64 = 45,
    METHOD_STORED = 0,
    METHOD_DEFLATED = 8,
};

/* Little-endian, whatever the machine. */
static char *put(char *at, uint64_t value, int size)
{
    for (; size > 0; size--, value >>= 8)
        *at++ = (char)(value & 0xFF);
    return at;
}

/* As it stands in a field of 32 bits: all of them where the value is in the zip64 extra field. */
static uint64_t low_32(uint64_t value)
{
    return value < UINT32_MAX ? value : UINT32_MAX;
}

static int fail(struct zip_file *zip, int error_number)
{
    if (zip->failure == 0)
        zip->failure = error_number;
    return -1;
}

static int write_at(struct zip_file *zip, const char *bytes, size_t size, uint64_t at)
{
    if (zip->failure != 0)
        return -1;
    while (size > 0) {
        ssize_t written = pwrite(zip->fd, bytes, size, (off_t)at);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return fail(zip, written < 0 ? errno : EIO);
        bytes += written;
        size -= (size_t)written;
        at += (uint64_t)written;
    }
    return 0;
}

void zip_file_open(struct zip_file *zip, int fd)
{
    *zip = (struct zip_file){.fd = fd};
}

void zip_file_release(struct zip_file *zip)
{
    free(zip->directory);
    zip->directory = NULL;
}

int zip_file_write(struct zip_file *zip, const void *bytes, size_t size)
{
    if (write_at(zip, bytes, size, zip->at) != 0)
        return -1;
    zip->at += size;
    writeback_begin(zip->fd, &zip->begun, zip->at);
    return 0;
}

void zip_file_leave(struct zip_file *zip, uint64_t size)
{
    zip->at += size;
}

static unsigned version_needed(const struct zip_entry *entry)
{
    return entry->large ? VERSION_ZIP64 : VERSION_DEFLATE;
}

/* What both headers have in common, from the flags up to the date. */
static char *put_common(char *at, const struct zip_entry *entry)
{
    at = put(at, entry->flags, 2);
    at = put(at, entry->deflated ? METHOD_DEFLATED : METHOD_STORED, 2);
    return put(at, entry->dos_date, 4);
}

int zip_file_begin(struct zip_file *zip, const struct zip_entry *entry)
{
    const size_t name_size = strlen(entry->name);
    char header[LOCAL_SIZE + ZIP_NAME_MAX + ZIP64_EXTRA_MAX];
    char *at = header;

    assert(name_size <= ZIP_NAME_MAX);
    zip->entry = *entry;
    zip->entry_at = zip->at;
    at = put(at, LOCAL_SIGNATURE, 4);
    at = put(at, version_needed(entry), 2);
    at = put_common(at, entry);
    at = put(at, 0, 4 + 8); /* CRC and sizes come at the end of the entry */
    at = put(at, name_size, 2);
    at = put(at, entry->large ? 4 + 2 * 8 : 0, 2);
    memcpy(at, entry->name, name_size);
    at += name_size;
    if (entry->large) {
        at = put(at, ZIP64_EXTRA, 2);
        at = put(at, 2 * 8, 2);
        at = put(at, 0, 8);
        at = put(at, 0, 8);
    }
    if (zip_file_write(zip, header, (size_t)(at - header)) != 0)
        return -1;
    zip->data_at = zip->at;
    return 0;
}

static int make_directory_room(struct zip_file *zip, size_t size)
{
    if (zip->directory_room - zip->directory_size < size) {
        const size_t room = zip->directory_room * 2 + size;
        char *larger = realloc(zip->directory, room);

        if (larger == NULL)
            return fail(zip, ENOMEM);
        zip->directory = larger;
        zip->directory_room = room;
    }
    return 0;
}

/* The zip64 extra field: what does not fit its own, in this order (4.5.3). */
static char *put_extra(char *at, const uint64_t values[], int count)
{
    char *const start = at;

    at = put(at, ZIP64_EXTRA, 2);
    at = put(at, 0, 2);
    for (int i = 0; i < count; i++)
        if (values[i] >= UINT32_MAX)
            at = put(at, values[i], 8);
    if (at - start == 4)
        return start;
    (void)put(start + 2, (uint64_t)(at - start) - 4, 2);
    return at;
}

static int add_to_directory(struct zip_file *zip, uint64_t bytes, uint64_t compressed,
                            uint32_t crc32)
{
    const struct zip_entry *entry = &zip->entry;
    const size_t name_size = strlen(entry->name);
    const uint64_t values[] = {bytes, compressed, zip->entry_at};
    char extra[ZIP64_EXTRA_MAX];
    const size_t extra_size = (size_t)(put_extra(extra, values, 3) - extra);
    char *at;

    if (make_directory_room(zip, CENTRAL_SIZE + name_size + extra_size) != 0)
        return -1;
    at = zip->directory + zip->directory_size;
    at = put(at, CENTRAL_SIGNATURE, 4);
    at = put(at, entry->made_by, 2);
    at = put(at, extra_size > 0 ? VERSION_ZIP64 : version_needed(entry), 2);
    at = put_common(at, entry);
    at = put(at, crc32, 4);
    at = put(at, low_32(compressed), 4);
    at = put(at, low_32(bytes), 4);
    at = put(at, name_size, 2);
    at = put(at, extra_size, 2);
    at = put(at, 0, 2 + 2 + 2); /* no comment, the first disk, no internal attributes */
    at = put(at, entry->attributes, 4);
    at = put(at, low_32(zip->entry_at), 4);
    memcpy(at, entry->name, name_size);
    memcpy(at + name_size, extra, extra_size);
    zip->directory_size += CENTRAL_SIZE + name_size + extra_size;
    zip->count++;
    return 0;
}

int zip_file_end(struct zip_file *zip, uint64_t bytes, uint32_t crc32)
{
    const struct zip_entry *entry = &zip->entry;
    const uint64_t compressed = zip->at - zip->data_at;
    char sizes[16];
    char *at = put(sizes, crc32, 4);

    if (!entry->large && (bytes >= UINT32_MAX || compressed >= UINT32_MAX))
        return fail(zip, EFBIG);
    at = put(at, entry->large ? UINT32_MAX : compressed, 4);
    at = put(at, entry->large ? UINT32_MAX : bytes, 4);
    if (write_at(zip, sizes, (size_t)(at - sizes), zip->entry_at + LOCAL_CRC_AT) != 0)
        return -1;
    if (entry->large) {
        at = put(sizes, bytes, 8);
        at = put(at, compressed, 8);
        if (write_at(zip, sizes, sizeof(sizes), zip->data_at - sizeof(sizes)) != 0)
            return -1;
    }
    return add_to_directory(zip, bytes, compressed, crc32);
}

int zip_file_close(struct zip_file *zip)
{
    const uint64_t directory_at = zip->at;
    const uint64_t size = zip->directory_size;
    char end[END_ALL_SIZE];
    char *at = end;

    if (zip_file_write(zip, zip->directory, zip->directory_size) != 0)
        return -1;
    if (zip->count >= UINT16_MAX || size >= UINT32_MAX || directory_at >= UINT32_MAX) {
        at = put(at, END64_SIGNATURE, 4);
        at = put(at, END64_SIZE - 12, 8);
        at = put(at, VERSION_ZIP64, 2);
        at = put(at, VERSION_ZIP64, 2);
        at = put(at, 0, 4 + 4);
        at = put(at, zip->count, 8);
        at = put(at, zip->count, 8);
        at = put(at, size, 8);
        at = put(at, directory_at, 8);
        at = put(at, LOCATOR64_SIGNATURE, 4);
        at = put(at, 0, 4);
        at = put(at, directory_at + size, 8);
        at = put(at, 1, 4);
    }
    at = put(at, END_SIGNATURE, 4);
    at = put(at, 0, 2 + 2);
    at = put(at, zip->count < UINT16_MAX ? zip->count : UINT16_MAX, 2);
    at = put(at, zip->count < UINT16_MAX ? zip->count : UINT16_MAX, 2);
    at = put(at, low_32(size), 4);
    at = put(at, low_32(directory_at), 4);
    at = put(at, 0, 2);
    return zip_file_write(zip, end, (size_t)(at - end));
}
