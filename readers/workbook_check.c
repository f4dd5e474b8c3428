/*
 * Owns reading a workbook back: the parts of the ZIP, and the cells of each sheet.
 * Must not know how a workbook is written; only what it must hold.
 */
#include "readers/workbook_check.h"

#include <errno.h>
#include <fcntl.h>
#include <isa-l/crc.h>
#include <minizip/unzip.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "readers/crew.h"
#include "readers/inflating.h"
#include "readers/sheet_pieces.h"

enum {
    PART_NAME_MAX = 256,
    READ_BYTES = 1 << 17,
    END_RECORD_BYTES = 22,
    PARTS_MAX = 4096,
    CHECK_THREADS_MAX = 16,
};

/* A sheet that is read in pieces, and where it is in the directory. */
struct parted_sheet {
    size_t part;
    int number;
    unz64_file_pos at;
    uint32_t crc32; /* that it should have */
    size_t count;
    struct sheet_piece pieces[SHEET_SEAMS_MAX + 1];
};

/* What a thread reads at a time. */
struct item {
    size_t part; /* its number in the directory */
    unz64_file_pos at;
    struct sheet_piece *piece; /* NULL: all of the part */
};

/* What the threads have in common. */
struct checks {
    const char *path;
    const struct workbook_tally *tally;
    bool parted; /* large sheets are read in pieces */
    struct item *items;
    size_t item_count;
    size_t item_capacity;
    atomic_size_t next; /* that nobody has taken */
    struct parted_sheet **sheets;
    size_t sheet_count;
    bool *seen; /* of the tally's sheets */
    pthread_mutex_t mutex;
    size_t failed; /* the first part that failed; PARTS_MAX: none has */
    struct error failure;
};

/* What one of them reads with. */
struct check {
    struct checks *all;
    const char *path;
    const struct workbook_tally *tally;
    unzFile zip;
    int fd; /* of the same, for what the library does not look at */
    struct inflating inflating;
    unsigned char inflated[SHEET_PIECE_ROOM];
    struct error *err;
};

static int differs(const struct check *check, const char *sheet, const char *what, uint64_t is,
                   uint64_t should)
{
    return error_set(check->err, ERROR_CONTROL,
                     "%s: sheet \"%s\" reads back with %llu %s, not %llu", check->path, sheet,
                     (unsigned long long)is, what, (unsigned long long)should);
}

static int compare(const struct check *check, const struct sheet_tally *should,
                   const struct sheet_tally *is)
{
    if (is->rows != should->rows)
        return differs(check, should->name, "rows", is->rows, should->rows);
    if (is->cells != should->cells)
        return differs(check, should->name, "cells", is->cells, should->cells);
    if (is->formulas != should->formulas)
        return differs(check, should->name, "formulas", is->formulas, should->formulas);
    if (is->text_bytes != should->text_bytes)
        return differs(check, should->name, "bytes of text", is->text_bytes, should->text_bytes);
    for (int i = 0; i < WORKBOOK_COLUMNS_MAX; i++) {
        if (is->columns[i].numbers != should->columns[i].numbers)
            return differs(check, should->name, "numbers in a column", is->columns[i].numbers,
                           should->columns[i].numbers);
        if (is->columns[i].units != should->columns[i].units)
            return error_set(check->err, ERROR_CONTROL,
                             "%s: sheet \"%s\": the sum of column %d reads back differently",
                             check->path, should->name, i + 1);
    }
    return 0;
}

/* The number of the sheet that the part holds, from 0; -1: another part. */
static int sheet_number(const char *name)
{
    static const char prefix[] = "xl/worksheets/sheet";
    char *end;
    unsigned long number;

    if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
        return -1;
    number = strtoul(name + sizeof(prefix) - 1, &end, 10);
    return strcmp(end, ".xml") == 0 && number > 0 && number < 100000 ? (int)number - 1 : -1;
}

/*
 * Inflates the current part to its end, scanning it where it is a sheet. Minizip compares the
 * CRC-32 only when it got all the bytes, and says nothing when the data end early.
 */
static int read_part(const struct check *check, const char *name, uint64_t bytes,
                     struct sheet_scan *scan)
{
    static const char broken[] = "%s: %s does not read back: it is damaged";
    char *buffer = malloc(READ_BYTES);
    int size = -1, status = -1;

    if (buffer == NULL)
        return error_set(check->err, ERROR_IO, "out of memory reading %s", check->path);
    if (unzOpenCurrentFile(check->zip) != UNZ_OK) {
        error_set(check->err, ERROR_CONTROL, broken, check->path, name);
        goto done;
    }
    do {
        size = unzReadCurrentFile(check->zip, buffer, READ_BYTES);
        bytes -= size > 0 ? (uint64_t)size : 0;
        if (size > 0 && scan != NULL && !sheet_scan_feed(scan, buffer, (size_t)size)) {
            error_set(check->err, ERROR_CONTROL, "%s: %s holds what was not written", check->path,
                      name);
            goto close;
        }
    } while (size > 0);
    status = 0;
close:
    if ((unzCloseCurrentFile(check->zip) != UNZ_OK || size < 0 || bytes != 0) && status == 0)
        status = error_set(check->err, ERROR_CONTROL, broken, check->path, name);
done:
    free(buffer);
    return status;
}

/*
 * Whether the part's own header, which ends where its data begin, names it as the directory does:
 * minizip does not look. Behind the name may stand the ZIP64 sizes (APPNOTE 4.5.3).
 */
static bool is_named(const struct check *check, const char *name, uint64_t data)
{
    static const size_t extras[] = {0, 20};
    const size_t size = strlen(name);
    char text[PART_NAME_MAX];

    for (size_t i = 0; i < sizeof(extras) / sizeof(extras[0]); i++)
        if (data >= extras[i] + size &&
            pread(check->fd, text, size, (off_t)(data - extras[i] - size)) == (ssize_t)size &&
            memcmp(text, name, size) == 0)
            return true;
    return false;
}

/* Inflates the part whose data are at the offset: 1 or 0 as below, -1: not what was written. */
static int inflate_part(struct check *check, uint64_t offset, const unz_file_info64 *info,
                        struct sheet_scan *scan)
{
    struct inflating *inflating = &check->inflating;
    uint64_t bytes = 0;
    uint32_t crc = 0;
    ssize_t made = 0;

    inflating_start(inflating, check->fd, offset, info->compressed_size);
    while ((made = inflating_next(inflating, check->inflated, sizeof(check->inflated))) > 0) {
        crc = crc32_gzip_refl(crc, check->inflated, (uint64_t)made);
        bytes += (uint64_t)made;
        if (scan != NULL && !sheet_scan_feed(scan, (const char *)check->inflated, (size_t)made))
            return -1;
    }
    return made == 0 && inflating_complete(inflating) && bytes == info->uncompressed_size &&
           crc == (uint32_t)info->crc;
}

/*
 * The same as read_part, faster, by ISA-L. 1: read; 0: it does not read so, and zlib is to say why;
 * -1 with err filled.
 */
static int read_part_fast(struct check *check, const char *name, const unz_file_info64 *info,
                          struct sheet_scan *scan)
{
    uint64_t data = 0;
    int method = 0;
    int level = 0;
    int status = 0;

    if (unzOpenCurrentFile2(check->zip, &method, &level, 1) != UNZ_OK)
        return 0;
    data = unzGetCurrentFileZStreamPos64(check->zip);
    if (method == Z_DEFLATED && !is_named(check, name, data)) {
        status = error_set(check->err, ERROR_CONTROL, "%s: %s: its header is damaged", check->path,
                           name);
    } else if (method == Z_DEFLATED) {
        status = inflate_part(check, data, info, scan);
        if (status < 0)
            (void)error_set(check->err, ERROR_CONTROL, "%s: %s holds what was not written",
                            check->path, name);
    }
    (void)unzCloseCurrentFile(check->zip);
    return status;
}

static int compare_sheet(const struct check *check, const char *name, size_t number,
                         const struct sheet_tally *tally, bool ended)
{
    if (compare(check, check->tally->sheets[number], tally) != 0)
        return -1;
    if (!ended)
        return error_set(check->err, ERROR_CONTROL, "%s: %s ends too early", check->path, name);
    return 0;
}

static int read_sheet(struct check *check, const char *name, const unz_file_info64 *info,
                      size_t number, struct sheet_scan *scan)
{
    int status = read_part_fast(check, name, info, scan);

    if (status == 0) {
        *scan = (struct sheet_scan){0};
        status = read_part(check, name, info->uncompressed_size, scan);
    }
    if (status < 0)
        return -1;
    return compare_sheet(check, name, number, &scan->tally, sheet_scan_ended(scan));
}

static int directory_damaged(const struct check *check)
{
    return error_set(check->err, ERROR_CONTROL, "%s: its directory is damaged", check->path);
}

/* The current part as a whole. */
static int check_part(struct check *check)
{
    char name[PART_NAME_MAX];
    unz_file_info64 info;
    struct sheet_scan *scan;
    int number, status;

    if (unzGetCurrentFileInfo64(check->zip, &info, name, sizeof(name), NULL, 0, NULL, 0) != UNZ_OK)
        return directory_damaged(check);
    number = sheet_number(name);
    if (number < 0) {
        status = read_part_fast(check, name, &info, NULL);
        return status == 0  ? read_part(check, name, info.uncompressed_size, NULL)
               : status > 0 ? 0
                            : -1;
    }
    scan = calloc(1, sizeof(*scan));
    if (scan == NULL)
        return error_set(check->err, ERROR_IO, "out of memory reading %s", check->path);
    status = read_sheet(check, name, &info, (size_t)number, scan);
    free(scan);
    return status;
}

static void note_failure(struct checks *all, size_t part, const struct error *failure)
{
    (void)pthread_mutex_lock(&all->mutex);
    if (part < all->failed) {
        all->failed = part;
        all->failure = *failure;
    }
    (void)pthread_mutex_unlock(&all->mutex);
}

static void check_close(struct check *check)
{
    if (check == NULL)
        return;
    if (check->zip != NULL)
        (void)unzClose(check->zip);
    if (check->fd >= 0)
        (void)close(check->fd);
    free(check);
}

/* One more reader of the file. NULL with err filled, and the failure noted. */
static struct check *check_open(struct checks *all, struct error *err)
{
    struct check *check = calloc(1, sizeof(*check));

    if (check == NULL) {
        (void)error_set(err, ERROR_IO, "out of memory reading %s", all->path);
        note_failure(all, 0, err);
        return NULL;
    }
    check->all = all;
    check->path = all->path;
    check->tally = all->tally;
    check->err = err;
    check->zip = unzOpen64(all->path);
    check->fd = open(all->path, O_RDONLY | O_CLOEXEC);
    if (check->zip == NULL || check->fd < 0) {
        (void)error_set(err, ERROR_CONTROL, "%s: it is missing, or no ZIP file", all->path);
        note_failure(all, 0, err);
        check_close(check);
        return NULL;
    }
    return check;
}

/* ---- what there is to read ---- */

static int add_item(struct check *check, const struct item *item)
{
    struct checks *all = check->all;

    if (all->item_count == all->item_capacity) {
        const size_t capacity = 2 * all->item_capacity + 64;
        struct item *items = realloc(all->items, capacity * sizeof(*items));

        if (items == NULL)
            return error_set(check->err, ERROR_IO, "out of memory reading %s", all->path);
        all->items = items;
        all->item_capacity = capacity;
    }
    all->items[all->item_count++] = *item;
    return 0;
}

/* Cuts the sheet, whose data are at the offset, at its seams; false where they are none of its. */
static bool cut_sheet(struct parted_sheet *sheet, const struct sheet_tally *tally, uint64_t data,
                      const unz_file_info64 *info)
{
    struct sheet_seam from = {0};

    sheet->count = tally->seam_count + 1;
    for (size_t i = 0; i < sheet->count; i++) {
        const struct sheet_seam to =
            i + 1 < sheet->count
                ? tally->seams[i]
                : (struct sheet_seam){info->compressed_size, info->uncompressed_size};

        if (to.stored <= from.stored || to.bytes <= from.bytes)
            return false;
        sheet->pieces[i] = (struct sheet_piece){.offset = data + from.stored,
                                                .stored = to.stored - from.stored,
                                                .bytes = to.bytes - from.bytes,
                                                .is_first = i == 0,
                                                .is_last = i + 1 == sheet->count};
        from = to;
    }
    return true;
}

/* The sheet's pieces: 1; 0: it is to be read as a whole; -1 with err filled. */
static int add_pieces(struct check *check, const struct item *part, int number, const char *name,
                      const unz_file_info64 *info)
{
    struct checks *all = check->all;
    const struct sheet_tally *tally = check->tally->sheets[number];
    struct parted_sheet *sheet = NULL;
    uint64_t data = 0;
    int method = 0;
    int level = 0;

    if (!all->parted || tally->seam_count == 0 ||
        unzOpenCurrentFile2(check->zip, &method, &level, 1) != UNZ_OK)
        return 0;
    data = unzGetCurrentFileZStreamPos64(check->zip);
    (void)unzCloseCurrentFile(check->zip);
    if (method != Z_DEFLATED || !is_named(check, name, data))
        return 0;
    sheet = calloc(1, sizeof(*sheet));
    if (sheet == NULL)
        return 0;
    sheet->part = part->part;
    sheet->number = number;
    sheet->at = part->at;
    sheet->crc32 = (uint32_t)info->crc;
    if (!cut_sheet(sheet, tally, data, info)) {
        free(sheet);
        return 0;
    }
    all->sheets[all->sheet_count++] = sheet;
    for (size_t i = 0; i < sheet->count; i++) {
        const struct item piece = {part->part, part->at, &sheet->pieces[i]};

        if (add_item(check, &piece) != 0)
            return -1;
    }
    return 1;
}

static int list_part(struct check *check, size_t part)
{
    struct checks *all = check->all;
    struct item item = {.part = part};
    char name[PART_NAME_MAX];
    unz_file_info64 info;
    int number = -1;
    int status = 0;

    if (part == PARTS_MAX || unzGetFilePos64(check->zip, &item.at) != UNZ_OK ||
        unzGetCurrentFileInfo64(check->zip, &info, name, sizeof(name), NULL, 0, NULL, 0) != UNZ_OK)
        return directory_damaged(check);
    number = sheet_number(name);
    if (number >= 0) {
        if ((size_t)number >= check->tally->sheet_count || all->seen[number])
            return error_set(check->err, ERROR_CONTROL, "%s: %s was not written", check->path,
                             name);
        all->seen[number] = true;
        status = add_pieces(check, &item, number, name, &info);
    }
    return status == 0 ? add_item(check, &item) : status < 0 ? -1 : 0;
}

static int list_parts(struct check *check, size_t *part)
{
    int at = unzGoToFirstFile(check->zip);

    for (; at == UNZ_OK; at = unzGoToNextFile(check->zip), ++*part)
        if (list_part(check, *part) != 0)
            return -1;
    return at == UNZ_END_OF_LIST_OF_FILE ? 0 : directory_damaged(check);
}

/* ---- reading it ---- */

static int read_item(struct check *check, const struct item *item)
{
    *check->err = (struct error){0};
    if (item->piece != NULL) {
        sheet_piece_read(item->piece, &check->inflating, check->fd, check->inflated);
        return 0; /* what is wrong with it is found when they are joined */
    }
    if (unzGoToFilePos64(check->zip, &item->at) != UNZ_OK)
        return directory_damaged(check);
    return check_part(check);
}

static void read_some(void *context, int thread)
{
    struct checks *all = context;
    struct error err = {0};
    struct check *check = check_open(all, &err);
    size_t next = 0;

    (void)thread;
    while (check != NULL && (next = atomic_fetch_add(&all->next, 1)) < all->item_count)
        if (read_item(check, &all->items[next]) != 0) {
            note_failure(all, all->items[next].part, &err);
            break;
        }
    check_close(check);
}

/* Where the pieces don't come to the sheet, it is read once more as a whole, to be told why. */
static int join_sheet(struct check *check, struct parted_sheet *sheet)
{
    char name[PART_NAME_MAX];
    uint32_t crc32 = 0;
    bool ended = false;

    (void)snprintf(name, sizeof(name), "xl/worksheets/sheet%d.xml", sheet->number + 1);
    if (sheet_pieces_join(sheet->pieces, sheet->count, &crc32, &ended) && crc32 == sheet->crc32)
        return compare_sheet(check, name, (size_t)sheet->number, &sheet->pieces[0].scan.tally,
                             ended);
    if (unzGoToFilePos64(check->zip, &sheet->at) != UNZ_OK)
        return directory_damaged(check);
    return check_part(check);
}

static void check_all(struct checks *all, int threads)
{
    struct error err = {0};
    struct check *check = check_open(all, &err);
    size_t part = 0;

    if (check == NULL)
        return;
    if (list_parts(check, &part) != 0)
        note_failure(all, part < PARTS_MAX ? part : PARTS_MAX - 1, &err);
    /* What comes before a part that is not as it should be may fail first. */
    crew_run(threads < CHECK_THREADS_MAX ? threads : CHECK_THREADS_MAX, read_some, all);
    for (size_t i = 0; i < all->sheet_count && all->sheets[i]->part < all->failed; i++)
        if (join_sheet(check, all->sheets[i]) != 0)
            note_failure(all, all->sheets[i]->part, &err);
    check_close(check);
}

static int tell_result(const struct checks *all, struct error *err)
{
    if (all->failed < PARTS_MAX)
        return error_set(err, all->failure.kind, "%s", all->failure.detail);
    for (size_t i = 0; i < all->tally->sheet_count; i++)
        if (!all->seen[i])
            return error_set(err, ERROR_CONTROL, "%s: sheet \"%s\" is missing", all->path,
                             all->tally->sheets[i]->name);
    return 0;
}

static void checks_release(struct checks *all)
{
    for (size_t i = 0; i < all->sheet_count; i++) {
        for (size_t piece = 0; piece < all->sheets[i]->count; piece++)
            sheet_piece_release(&all->sheets[i]->pieces[piece]);
        free(all->sheets[i]);
    }
    free(all->sheets);
    free(all->items);
    free(all->seen);
}

/* Minizip finds a directory anywhere near the end; ours ends the file, without a comment. */
static int check_end(const char *path, struct error *err)
{
    static const unsigned char signature[] = {'P', 'K', 5, 6};
    unsigned char end[END_RECORD_BYTES];
    FILE *file = fopen(path, "rbe");
    bool whole;

    if (file == NULL)
        return error_set_errno(err, errno, "%s", path);
    whole = fseek(file, -(long)sizeof(end), SEEK_END) == 0 &&
            fread(end, 1, sizeof(end), file) == sizeof(end) &&
            memcmp(end, signature, sizeof(signature)) == 0 && end[20] == 0 && end[21] == 0;
    (void)fclose(file);
    if (!whole)
        return error_set(err, ERROR_CONTROL, "%s: its end is missing", path);
    return 0;
}

int workbook_check(const char *path, const struct workbook_tally *tally, int threads,
                   struct error *err)
{
    struct checks all = {.path = path, .tally = tally, .parted = threads > 1, .failed = PARTS_MAX};
    int status = -1;

    if (check_end(path, err) != 0)
        return -1;
    all.seen = calloc(tally->sheet_count + 1, sizeof(*all.seen));
    all.sheets = calloc(tally->sheet_count + 1, sizeof(*all.sheets));
    if (all.seen == NULL || all.sheets == NULL) {
        status = error_set(err, ERROR_IO, "out of memory reading %s", path);
    } else {
        (void)pthread_mutex_init(&all.mutex, NULL);
        check_all(&all, threads);
        status = tell_result(&all, err);
        (void)pthread_mutex_destroy(&all.mutex);
    }
    checks_release(&all);
    return status;
}
