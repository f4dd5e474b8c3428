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
#include "readers/scan_beside.h"

enum {
    PART_NAME_MAX = 256,
    READ_BYTES = 1 << 17,
    BESIDE_FROM_BYTES = 16 << 20, /* of a sheet that a second thread scans */
    END_RECORD_BYTES = 22,
    PARTS_MAX = 4096,
    CHECK_THREADS_MAX = 16,
};

/* What the threads have in common. */
struct checks {
    const char *path;
    const struct workbook_tally *tally;
    int threads;
    atomic_bool taken[PARTS_MAX]; /* the part is some thread's */
    atomic_bool *seen;            /* of the sheets */
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
    unsigned char inflated[SCAN_PIECE_BYTES];
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

/* Has what was inflated scanned, by this thread or beside it. False: it is not what was written. */
static bool scan_inflated(struct check *check, struct sheet_scan *scan, struct scan_beside *beside,
                          size_t size)
{
    if (beside == NULL)
        return scan == NULL || sheet_scan_feed(scan, (const char *)check->inflated, size);
    scan_beside_hand_on(beside, size);
    return true;
}

/* Inflates the part whose data are at the offset: 1 or 0 as below, -1: not what was written. */
static int inflate_part(struct check *check, uint64_t offset, const unz_file_info64 *info,
                        struct sheet_scan *scan)
{
    struct inflating *inflating = &check->inflating;
    struct scan_beside *beside = NULL;
    uint64_t bytes = 0;
    uint32_t crc = 0;
    ssize_t made = 0;
    bool good = true;

    if (scan != NULL && check->all->threads > 1 && info->uncompressed_size >= BESIDE_FROM_BYTES)
        beside = scan_beside_start(scan);
    inflating_start(inflating, check->fd, offset, info->compressed_size);
    while (good) {
        unsigned char *room = beside == NULL ? check->inflated : scan_beside_room(beside);

        made = inflating_next(inflating, room, SCAN_PIECE_BYTES);
        if (made <= 0)
            break;
        crc = crc32_gzip_refl(crc, room, (uint64_t)made);
        bytes += (uint64_t)made;
        good = scan_inflated(check, scan, beside, (size_t)made);
    }
    if (beside != NULL && !scan_beside_end(beside))
        good = false;
    if (!good)
        return -1;
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
    if (compare(check, check->tally->sheets[number], &scan->tally) != 0)
        return -1;
    if (!sheet_scan_ended(scan))
        return error_set(check->err, ERROR_CONTROL, "%s: %s ends too early", check->path, name);
    return 0;
}

static int check_part(struct check *check)
{
    char name[PART_NAME_MAX];
    unz_file_info64 info;
    struct sheet_scan *scan;
    int number, status;

    if (unzGetCurrentFileInfo64(check->zip, &info, name, sizeof(name), NULL, 0, NULL, 0) != UNZ_OK)
        return error_set(check->err, ERROR_CONTROL, "%s: its directory is damaged", check->path);
    number = sheet_number(name);
    if (number < 0) {
        status = read_part_fast(check, name, &info, NULL);
        return status == 0  ? read_part(check, name, info.uncompressed_size, NULL)
               : status > 0 ? 0
                            : -1;
    }
    if ((size_t)number >= check->tally->sheet_count ||
        atomic_exchange(&check->all->seen[number], true))
        return error_set(check->err, ERROR_CONTROL, "%s: %s was not written", check->path, name);
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

/* Reads the parts that no other thread has taken. */
static void read_parts(struct check *check)
{
    struct checks *all = check->all;
    size_t part = 0;
    int at = unzGoToFirstFile(check->zip);

    for (; at == UNZ_OK && part < PARTS_MAX; at = unzGoToNextFile(check->zip), part++) {
        if (atomic_exchange(&all->taken[part], true))
            continue;
        *check->err = (struct error){0};
        if (check_part(check) != 0) {
            note_failure(all, part, check->err);
            return;
        }
    }
    if (at == UNZ_END_OF_LIST_OF_FILE)
        return;
    (void)error_set(check->err, ERROR_CONTROL, "%s: its directory is damaged", check->path);
    note_failure(all, part < PARTS_MAX ? part : PARTS_MAX - 1, check->err);
}

static void read_some(void *context, int thread)
{
    struct checks *all = context;
    struct check *check = calloc(1, sizeof(*check));
    struct error err = {0};

    (void)thread;
    if (check == NULL) {
        (void)error_set(&err, ERROR_IO, "out of memory reading %s", all->path);
        note_failure(all, 0, &err);
        return;
    }
    check->all = all;
    check->path = all->path;
    check->tally = all->tally;
    check->err = &err;
    check->zip = unzOpen64(all->path);
    check->fd = open(all->path, O_RDONLY | O_CLOEXEC);
    if (check->zip == NULL || check->fd < 0) {
        (void)error_set(&err, ERROR_CONTROL, "%s: it is missing, or no ZIP file", all->path);
        note_failure(all, 0, &err);
    } else {
        read_parts(check);
    }
    if (check->zip != NULL)
        (void)unzClose(check->zip);
    if (check->fd >= 0)
        (void)close(check->fd);
    free(check);
}

static int check_all(struct checks *all, int threads, struct error *err)
{
    crew_run(threads < CHECK_THREADS_MAX ? threads : CHECK_THREADS_MAX, read_some, all);
    if (all->failed < PARTS_MAX)
        return error_set(err, all->failure.kind, "%s", all->failure.detail);
    for (size_t i = 0; i < all->tally->sheet_count; i++)
        if (!atomic_load(&all->seen[i]))
            return error_set(err, ERROR_CONTROL, "%s: sheet \"%s\" is missing", all->path,
                             all->tally->sheets[i]->name);
    return 0;
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
    struct checks *all = NULL;
    int status = -1;

    if (check_end(path, err) != 0)
        return -1;
    all = calloc(1, sizeof(*all));
    if (all != NULL)
        all->seen = calloc(tally->sheet_count + 1, sizeof(*all->seen));
    if (all == NULL || all->seen == NULL) {
        status = error_set(err, ERROR_IO, "out of memory reading %s", path);
    } else {
        all->path = path;
        all->tally = tally;
        all->threads = threads;
        all->failed = PARTS_MAX;
        (void)pthread_mutex_init(&all->mutex, NULL);
        status = check_all(all, threads, err);
        (void)pthread_mutex_destroy(&all->mutex);
    }
    if (all != NULL)
        free(all->seen);
    free(all);
    return status;
}
