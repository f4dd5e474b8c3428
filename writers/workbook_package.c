/*
 * Owns the joining of the library's package and our sheets: ZIP entries, and where in a sheet's XML
 * its rows and links belong.
 * Must not know what is in a row.
 */
#include "writers/workbook_package.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <isa-l/crc.h>
#include <minizip/unzip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "writers/deflate_block.h"
#include "writers/file_copier.h"
#include "writers/zip_file.h"

enum {
    PART_NAME_MAX = 256,
    COPY_BYTES = 256 * 1024,
    MADE_BY = 20,
    FILE_MODE = 0666,
    SEAM_PARTS_MIN = 16, /* of a stream, from seam to seam */
};

/* Beyond this, an entry's size in the package may not fit 32 bits. */
#define ZIP64_FROM UINT64_C(0xF0000000)

struct package {
    const char *name; /* for messages */
    const char *skeleton;
    const struct stream_scratch *scratch;
    const struct streamed_sheet *sheets;
    size_t sheet_count;
    int fd;
    struct zip_file zip;
    unzFile from;
    struct file_copier *copier; /* of what the streams have stored */
    struct deflate_block *compressor;
    char *compressed;
    char *copy;
    struct error *err;
};

static int fail(const struct package *package)
{
    return error_set_errno(package->err, package->zip.failure != 0 ? package->zip.failure : EIO,
                           "%s: cannot write", package->name);
}

static int damaged(const struct package *package)
{
    return error_set(package->err, ERROR_IO, "%s: the library's part of it is damaged",
                     package->name);
}

static int check_zip(const struct package *package, int result)
{
    return result == 0 ? 0 : fail(package);
}

/* ---- a part that stays as it is ---- */

static int open_entry(struct package *package, const char *name, const unz_file_info64 *info,
                      bool large)
{
    const struct zip_entry entry = {.name = name,
                                    .deflated = true,
                                    .large = large,
                                    .made_by = MADE_BY,
                                    .dos_date = (uint32_t)info->dosDate,
                                    .attributes = (uint32_t)info->external_fa};

    return check_zip(package, zip_file_begin(&package->zip, &entry));
}

static int copy_part(struct package *package, const char *name, const unz_file_info64 *info)
{
    int method = 0;
    int level = 0;
    int got = 0;

    if (unzOpenCurrentFile2(package->from, &method, &level, 1) != UNZ_OK || method != Z_DEFLATED)
        return damaged(package);
    if (open_entry(package, name, info, false) != 0)
        return -1;
    while ((got = unzReadCurrentFile(package->from, package->copy, COPY_BYTES)) > 0)
        if (check_zip(package, zip_file_write(&package->zip, package->copy, (size_t)got)) != 0)
            return -1;
    if (got < 0 || unzCloseCurrentFile(package->from) != UNZ_OK)
        return damaged(package);
    return check_zip(package,
                     zip_file_end(&package->zip, info->uncompressed_size, (uint32_t)info->crc));
}

/* ---- a sheet ---- */

/* What the entry has come to. */
struct content {
    uint64_t data; /* where its data begin */
    uint64_t bytes;
    uint32_t crc32;
};

static int put_text(struct package *package, struct content *content, struct span text, bool last)
{
    const size_t size =
        deflate_block_run(package->compressor, text.data, text.size, last, package->compressed);

    if (size == 0)
        return error_set(package->err, ERROR_IO, "%s: out of memory", package->name);
    content->crc32 = crc32_gzip_refl(content->crc32, (const unsigned char *)text.data, text.size);
    content->bytes += text.size;
    return check_zip(package, zip_file_write(&package->zip, package->compressed, size));
}

static int put_stored(struct package *package, const struct stream_part *part)
{
    const uint64_t to = package->zip.at;

    zip_file_leave(&package->zip, part->size);
    return file_copier_add(package->copier, package->scratch->fd, part->offset, part->size, to,
                           package->err);
}

/* Each part of a stream was deflated by itself: any of them begins with a seam. */
static void note_seam(const struct package *package, const struct content *content, uint64_t bytes,
                      struct sheet_tally *tally)
{
    if (tally->seam_count < SHEET_SEAMS_MAX)
        tally->seams[tally->seam_count++] =
            (struct sheet_seam){package->zip.at - content->data, content->bytes + bytes};
}

/* `tally` gets the stream's seams; NULL: none are asked for. */
static int put_stream(struct package *package, struct content *content,
                      const struct stream_text *text, struct sheet_tally *tally)
{
    const size_t shares = text->part_count / (SHEET_SEAMS_MAX + 1) + 1;
    const size_t step = shares < SEAM_PARTS_MIN ? SEAM_PARTS_MIN : shares;
    uint64_t bytes = 0;

    for (size_t i = 0; i < text->part_count; i++) {
        if (tally != NULL && i > 0 && i % step == 0)
            note_seam(package, content, bytes, tally);
        if (put_stored(package, &text->parts[i]) != 0)
            return -1;
        bytes += text->parts[i].bytes;
    }
    content->crc32 = (uint32_t)crc32_combine64(content->crc32, text->crc32, (z_off64_t)text->bytes);
    content->bytes += text->bytes;
    return 0;
}

/* The text up to `what`, which is taken off the front of *rest; false when it is not there. */
static bool cut_before(struct span *rest, const char *what, struct span *before)
{
    const char *found = memmem(rest->data, rest->size, what, strlen(what));

    if (found == NULL)
        return false;
    *before = (struct span){rest->data, (size_t)(found - rest->data)};
    *rest = (struct span){found, rest->size - before->size};
    return true;
}

static struct span skip(struct span text, size_t size)
{
    return (struct span){text.data + size, text.size - size};
}

/*
 * The library's XML: ... <dimension ref="A1"/> ... <sheetData/> (or with an end tag) ...
 * <pageMargins ...; links stand before the page (ECMA-376 part 1, 18.3.1.99).
 */
struct pieces {
    struct span head;   /* up to the dimension */
    struct span middle; /* behind it, up to the rows */
    struct span below;  /* behind the rows, up to the links */
    struct span page;
};

/* Takes the element, which has no content, off the front of *rest. */
static bool skip_element(struct span *rest, const char *empty, const char *end)
{
    const char *found = NULL;

    if (rest->size >= strlen(empty) && memcmp(rest->data, empty, strlen(empty)) == 0) {
        *rest = skip(*rest, strlen(empty));
        return true;
    }
    found = memmem(rest->data, rest->size, end, strlen(end));
    if (found == NULL)
        return false;
    *rest = skip(*rest, (size_t)(found - rest->data) + strlen(end));
    return true;
}

static bool cut(struct span xml, struct pieces *pieces)
{
    struct span rest = xml;

    if (!cut_before(&rest, "<dimension ref=\"", &pieces->head) ||
        !skip_element(&rest, "<dimension/>", "/>") ||
        !cut_before(&rest, "<sheetData", &pieces->middle) ||
        !skip_element(&rest, "<sheetData/>", "<sheetData></sheetData>"))
        return false;
    if (!cut_before(&rest, "<printOptions", &pieces->below) &&
        !cut_before(&rest, "<pageMargins", &pieces->below))
        return false;
    pieces->page = rest;
    return true;
}

static int put_sheet(struct package *package, const struct pieces *pieces,
                     const struct streamed_sheet *sheet, struct content *content)
{
    const struct sheet_stream *stream = sheet->stream;
    char reference[STREAM_DIMENSION_MAX];
    char dimension[STREAM_DIMENSION_MAX + 32];

    content->data = package->zip.at;
    sheet_stream_dimension(stream, reference);
    (void)snprintf(dimension, sizeof(dimension), "<dimension ref=\"%s\"/>", reference);
    if (put_text(package, content, pieces->head, false) != 0 ||
        put_text(package, content, span_of(dimension), false) != 0 ||
        put_text(package, content, pieces->middle, false) != 0 ||
        put_text(package, content, span_of("<sheetData>"), false) != 0 ||
        put_stream(package, content, sheet_stream_rows(stream), sheet->tally) != 0 ||
        put_text(package, content, span_of("</sheetData>"), false) != 0 ||
        put_text(package, content, pieces->below, false) != 0 ||
        put_stream(package, content, sheet_stream_links(stream), NULL) != 0)
        return -1;
    return put_text(package, content, pieces->page, true);
}

/* The library's XML of the sheet; the caller frees it. NULL with err filled. */
static char *read_xml(struct package *package, const unz_file_info64 *info)
{
    const size_t size = (size_t)info->uncompressed_size;
    char *xml = NULL;

    if (info->uncompressed_size > DEFLATE_BLOCK_BYTES_MAX) {
        (void)damaged(package);
        return NULL;
    }
    xml = malloc(size + 1);
    if (xml == NULL) {
        (void)error_set(package->err, ERROR_IO, "%s: out of memory", package->name);
        return NULL;
    }
    if (unzOpenCurrentFile(package->from) != UNZ_OK ||
        unzReadCurrentFile(package->from, xml, (unsigned)size + 1) != (int)size ||
        unzCloseCurrentFile(package->from) != UNZ_OK) {
        (void)damaged(package);
        free(xml);
        return NULL;
    }
    return xml;
}

static int make_sheet(struct package *package, const char *name, const unz_file_info64 *info,
                      const struct streamed_sheet *sheet)
{
    const uint64_t bytes = sheet_stream_rows(sheet->stream)->bytes +
                           sheet_stream_links(sheet->stream)->bytes + info->uncompressed_size;
    struct content content = {0};
    struct pieces pieces;
    char *xml = read_xml(package, info);
    int status = -1;

    if (xml == NULL)
        return -1;
    if (!cut((struct span){xml, (size_t)info->uncompressed_size}, &pieces))
        (void)damaged(package);
    else if (open_entry(package, name, info, bytes >= ZIP64_FROM) == 0 &&
             put_sheet(package, &pieces, sheet, &content) == 0)
        status = check_zip(package, zip_file_end(&package->zip, content.bytes, content.crc32));
    free(xml);
    return status;
}

/* ---- the package ---- */

static const struct streamed_sheet *sheet_of(const struct package *package, const char *name)
{
    for (size_t i = 0; i < package->sheet_count; i++) {
        char part[PART_NAME_MAX];

        (void)snprintf(part, sizeof(part), "xl/worksheets/sheet%zu.xml", package->sheets[i].number);
        if (strcmp(name, part) == 0)
            return &package->sheets[i];
    }
    return NULL;
}

static int make_parts(struct package *package)
{
    size_t made = 0;
    int at = unzGoToFirstFile(package->from);

    for (; at == UNZ_OK; at = unzGoToNextFile(package->from)) {
        const struct streamed_sheet *sheet = NULL;
        unz_file_info64 info;
        char name[PART_NAME_MAX];

        if (unzGetCurrentFileInfo64(package->from, &info, name, sizeof(name), NULL, 0, NULL, 0) !=
            UNZ_OK)
            return damaged(package);
        sheet = sheet_of(package, name);
        made += sheet != NULL;
        if ((sheet == NULL ? copy_part(package, name, &info)
                           : make_sheet(package, name, &info, sheet)) != 0)
            return -1;
    }
    return at == UNZ_END_OF_LIST_OF_FILE && made == package->sheet_count ? 0 : damaged(package);
}

static int make(struct package *package, bool beside)
{
    package->compressor = deflate_block_open(DEFLATE_BY_ISAL);
    package->compressed = malloc(DEFLATE_BLOCK_ROOM);
    package->copy = malloc(COPY_BYTES);
    package->copier = file_copier_open(package->fd, package->name, beside);
    if (package->compressor == NULL || package->compressed == NULL || package->copy == NULL ||
        package->copier == NULL)
        return error_set(package->err, ERROR_IO, "%s: out of memory", package->name);
    package->from = unzOpen64(package->skeleton);
    if (package->from == NULL)
        return damaged(package);
    zip_file_open(&package->zip, package->fd);
    if (make_parts(package) != 0 || file_copier_finish(package->copier, package->err) != 0)
        return -1;
    return check_zip(package, zip_file_close(&package->zip));
}

int workbook_package_make(const char *path, const char *name, const char *skeleton,
                          const struct stream_scratch *scratch, const struct streamed_sheet *sheets,
                          size_t sheet_count, bool beside, struct error *err)
{
    struct package package = {.name = name,
                              .skeleton = skeleton,
                              .scratch = scratch,
                              .sheets = sheets,
                              .sheet_count = sheet_count,
                              .err = err};
    int status = -1;

    package.fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    if (package.fd < 0)
        return error_set_errno(err, errno, "%s", path);
    status = make(&package, beside);
    if (package.from != NULL)
        (void)unzClose(package.from);
    file_copier_close(package.copier);
    zip_file_release(&package.zip);
    deflate_block_close(package.compressor);
    free(package.compressed);
    free(package.copy);
    if (close(package.fd) != 0 && errno != EINTR && status == 0)
        status = error_set_errno(err, errno, "%s: cannot close", name);
    if (status != 0)
        (void)unlink(path);
    return status;
}
