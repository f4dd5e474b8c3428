/*
 * Owns the reading of a package's parts: by ISA-L, and by zlib where it is to be told what is
 * wrong. Must not know what parts there should be, or what they should hold.
 */
#include "readers/package_reader.h"

#include <fcntl.h>
#include <isa-l/crc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "readers/inflating.h"

enum { PARTS_MAX = 4096 };

struct package_reader {
    const char *path;
    unzFile zip;
    int fd; /* of the same, for what the library does not look at */
    struct inflating inflating;
    unsigned char room[SHEET_PIECE_ROOM];
};

struct package_reader *package_reader_open(const char *path, struct error *err)
{
    struct package_reader *reader = malloc(sizeof(*reader));

    if (reader == NULL) {
        (void)error_set(err, ERROR_IO, "out of memory reading %s", path);
        return NULL;
    }
    reader->path = path;
    reader->zip = unzOpen64(path);
    reader->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (reader->zip == NULL || reader->fd < 0) {
        (void)error_set(err, ERROR_CONTROL, "%s: it is missing, or no ZIP file", path);
        package_reader_close(reader);
        return NULL;
    }
    return reader;
}

void package_reader_close(struct package_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->zip != NULL)
        (void)unzClose(reader->zip);
    if (reader->fd >= 0)
        (void)close(reader->fd);
    free(reader);
}

/* ---- the directory ---- */

static int directory_damaged(const struct package_reader *reader, struct error *err)
{
    return error_set(err, ERROR_CONTROL, "%s: its directory is damaged", reader->path);
}

static int part_at(const struct package_reader *reader, struct package_part *part,
                   struct error *err)
{
    unz_file_info64 info;

    if (part->number == PARTS_MAX || unzGetFilePos64(reader->zip, &part->place) != UNZ_OK ||
        unzGetCurrentFileInfo64(reader->zip, &info, part->name, sizeof(part->name), NULL, 0, NULL,
                                0) != UNZ_OK)
        return directory_damaged(reader, err);
    part->bytes = info.uncompressed_size;
    part->stored = info.compressed_size;
    part->crc32 = (uint32_t)info.crc;
    return 0;
}

int package_reader_list(struct package_reader *reader,
                        int (*take)(void *context, const struct package_part *part,
                                    struct error *err),
                        void *context, size_t *number, struct error *err)
{
    struct package_part part = {.number = 0};
    int at = unzGoToFirstFile(reader->zip);

    for (*number = 0; at == UNZ_OK; at = unzGoToNextFile(reader->zip)) {
        if (part_at(reader, &part, err) != 0 || take(context, &part, err) != 0)
            return -1;
        *number = ++part.number;
    }
    return at == UNZ_END_OF_LIST_OF_FILE ? 0 : directory_damaged(reader, err);
}

/* ---- a part ---- */

/*
 * Inflates the current part to its end. Minizip compares the CRC-32 only when it got all the bytes,
 * and says nothing when the data end early.
 */
static int read_by_zlib(struct package_reader *reader, const struct package_part *part,
                        struct sheet_scan *scan, struct error *err)
{
    static const char broken[] = "%s: %s does not read back: it is damaged";
    uint64_t left = part->bytes;
    int size = -1, status = -1;

    if (unzOpenCurrentFile(reader->zip) != UNZ_OK)
        return error_set(err, ERROR_CONTROL, broken, reader->path, part->name);
    do {
        size = unzReadCurrentFile(reader->zip, reader->room, sizeof(reader->room));
        left -= size > 0 ? (uint64_t)size : 0;
        if (size > 0 && scan != NULL &&
            !sheet_scan_feed(scan, (const char *)reader->room, (size_t)size)) {
            error_set(err, ERROR_CONTROL, "%s: %s holds what was not written", reader->path,
                      part->name);
            goto close;
        }
    } while (size > 0);
    status = 0;
close:
    if ((unzCloseCurrentFile(reader->zip) != UNZ_OK || size < 0 || left != 0) && status == 0)
        status = error_set(err, ERROR_CONTROL, broken, reader->path, part->name);
    return status;
}

/* Where the current part's data are in the file; false where they are not deflated. */
static bool find_data(const struct package_reader *reader, uint64_t *data)
{
    int method = 0;
    int level = 0;

    if (unzOpenCurrentFile2(reader->zip, &method, &level, 1) != UNZ_OK)
        return false;
    *data = unzGetCurrentFileZStreamPos64(reader->zip);
    (void)unzCloseCurrentFile(reader->zip);
    return method == Z_DEFLATED;
}

/*
 * Whether the part's own header, which ends where its data begin, names it as the directory does:
 * minizip does not look. Behind the name may stand the ZIP64 sizes (APPNOTE 4.5.3).
 */
static bool is_named(const struct package_reader *reader, const char *name, uint64_t data)
{
    static const size_t extras[] = {0, 20};
    const size_t size = strlen(name);
    char text[PART_NAME_MAX];

    for (size_t i = 0; i < sizeof(extras) / sizeof(extras[0]); i++)
        if (data >= extras[i] + size &&
            pread(reader->fd, text, size, (off_t)(data - extras[i] - size)) == (ssize_t)size &&
            memcmp(text, name, size) == 0)
            return true;
    return false;
}

/* Inflates the part whose data are at the offset: 1 or 0 as below, -1: not what was written. */
static int inflate_part(struct package_reader *reader, const struct package_part *part,
                        uint64_t data, struct sheet_scan *scan)
{
    struct inflating *inflating = &reader->inflating;
    uint64_t bytes = 0;
    uint32_t crc = 0;
    ssize_t made = 0;

    inflating_start(inflating, reader->fd, data, part->stored);
    while ((made = inflating_next(inflating, reader->room, sizeof(reader->room))) > 0) {
        crc = crc32_gzip_refl(crc, reader->room, (uint64_t)made);
        bytes += (uint64_t)made;
        if (scan != NULL && !sheet_scan_feed(scan, (const char *)reader->room, (size_t)made))
            return -1;
    }
    return made == 0 && inflating_complete(inflating) && bytes == part->bytes && crc == part->crc32;
}

/*
 * The same as read_by_zlib, faster. 1: read; 0: it does not read so, and zlib is to say why; -1
 * with err filled.
 */
static int read_by_isal(struct package_reader *reader, const struct package_part *part,
                        struct sheet_scan *scan, struct error *err)
{
    uint64_t data = 0;
    int status = 0;

    if (!find_data(reader, &data))
        return 0;
    if (!is_named(reader, part->name, data))
        return error_set(err, ERROR_CONTROL, "%s: %s: its header is damaged", reader->path,
                         part->name);
    status = inflate_part(reader, part, data, scan);
    if (status < 0)
        (void)error_set(err, ERROR_CONTROL, "%s: %s holds what was not written", reader->path,
                        part->name);
    return status;
}

int package_reader_read(struct package_reader *reader, const struct package_part *part,
                        struct sheet_scan *scan, struct error *err)
{
    int status = 0;

    if (unzGoToFilePos64(reader->zip, &part->place) != UNZ_OK)
        return directory_damaged(reader, err);
    status = read_by_isal(reader, part, scan, err);
    if (status != 0)
        return status > 0 ? 0 : -1;
    if (scan != NULL)
        *scan = (struct sheet_scan){0};
    return read_by_zlib(reader, part, scan, err);
}

bool package_reader_data(struct package_reader *reader, const struct package_part *part,
                         uint64_t *data)
{
    return unzGoToFilePos64(reader->zip, &part->place) == UNZ_OK && find_data(reader, data) &&
           is_named(reader, part->name, *data);
}

void package_reader_piece(struct package_reader *reader, struct sheet_piece *piece)
{
    sheet_piece_read(piece, &reader->inflating, reader->fd, reader->room);
}
