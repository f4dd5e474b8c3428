/*
 * Owns the proof that a workbook holds what it should: which parts there are, who reads them, and
 * what the cells of each sheet come to.
 * Must not know how a workbook is written; only what it must hold.
 */
#include "readers/workbook_check.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readers/crew.h"
#include "readers/package_reader.h"

enum { END_RECORD_BYTES = 22, CHECK_THREADS_MAX = 16 };

/* No part has that number. */
#define NO_PART SIZE_MAX

/* A sheet that is read in pieces. */
struct parted_sheet {
    struct package_part part;
    size_t number; /* of the sheet */
    size_t count;
    struct sheet_piece pieces[SHEET_SEAMS_MAX + 1];
};

/* What a thread reads at a time. */
struct item {
    struct package_part part;
    struct sheet_piece *piece; /* NULL: all of the part */
};

struct check {
    const char *path;
    const struct workbook_tally *tally;
    struct package_reader *reader; /* of the thread that begins and ends */
    bool parted;                   /* large sheets are read in pieces */
    bool *seen;                    /* of the tally's sheets */
    struct item *items;
    size_t item_count;
    size_t item_capacity;
    atomic_size_t next; /* item that nobody has taken */
    struct parted_sheet **sheets;
    size_t sheet_count;

    pthread_mutex_t mutex; /* guards what follows */
    size_t failed;         /* the first part that failed; NO_PART: none has */
    struct error failure;
};

static int out_of_memory(const struct check *check, struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory reading %s", check->path);
}

static void note_failure(struct check *check, size_t part, const struct error *failure)
{
    (void)pthread_mutex_lock(&check->mutex);
    if (part < check->failed) {
        check->failed = part;
        check->failure = *failure;
    }
    (void)pthread_mutex_unlock(&check->mutex);
}

/* ---- what a sheet holds ---- */

static int differs(const struct check *check, const char *sheet, const char *what, uint64_t is,
                   uint64_t should, struct error *err)
{
    return error_set(err, ERROR_CONTROL, "%s: sheet \"%s\" reads back with %llu %s, not %llu",
                     check->path, sheet, (unsigned long long)is, what, (unsigned long long)should);
}

static int compare(const struct check *check, const struct sheet_tally *should,
                   const struct sheet_tally *is, struct error *err)
{
    const char *name = should->name;

    if (is->rows != should->rows)
        return differs(check, name, "rows", is->rows, should->rows, err);
    if (is->cells != should->cells)
        return differs(check, name, "cells", is->cells, should->cells, err);
    if (is->formulas != should->formulas)
        return differs(check, name, "formulas", is->formulas, should->formulas, err);
    if (is->text_bytes != should->text_bytes)
        return differs(check, name, "bytes of text", is->text_bytes, should->text_bytes, err);
    for (int i = 0; i < WORKBOOK_COLUMNS_MAX; i++) {
        if (is->columns[i].numbers != should->columns[i].numbers)
            return differs(check, name, "numbers in a column", is->columns[i].numbers,
                           should->columns[i].numbers, err);
        if (is->columns[i].units != should->columns[i].units)
            return error_set(err, ERROR_CONTROL,
                             "%s: sheet \"%s\": the sum of column %d reads back differently",
                             check->path, name, i + 1);
    }
    return 0;
}

/* `part` is the sheet's; `ended`: it ends as a sheet does. */
static int compare_sheet(const struct check *check, const struct package_part *part, size_t number,
                         const struct sheet_tally *tally, bool ended, struct error *err)
{
    if (compare(check, check->tally->sheets[number], tally, err) != 0)
        return -1;
    if (!ended)
        return error_set(err, ERROR_CONTROL, "%s: %s ends too early", check->path, part->name);
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

/* All of the part. */
static int check_part(const struct check *check, struct package_reader *reader,
                      const struct package_part *part, struct error *err)
{
    const int number = sheet_number(part->name);
    struct sheet_scan *scan = NULL;
    int status = -1;

    if (number < 0)
        return package_reader_read(reader, part, NULL, err);
    scan = calloc(1, sizeof(*scan));
    if (scan == NULL)
        return out_of_memory(check, err);
    if (package_reader_read(reader, part, scan, err) == 0)
        status =
            compare_sheet(check, part, (size_t)number, &scan->tally, sheet_scan_ended(scan), err);
    free(scan);
    return status;
}

/* ---- what there is to read ---- */

static int add_item(struct check *check, const struct package_part *part, struct sheet_piece *piece,
                    struct error *err)
{
    if (check->item_count == check->item_capacity) {
        const size_t capacity = 2 * check->item_capacity + 64;
        struct item *items = realloc(check->items, capacity * sizeof(*items));

        if (items == NULL)
            return out_of_memory(check, err);
        check->items = items;
        check->item_capacity = capacity;
    }
    check->items[check->item_count++] = (struct item){*part, piece};
    return 0;
}

/* Cuts the sheet, whose data are at the offset, at its seams; false where they are none of its. */
static bool cut_sheet(struct parted_sheet *sheet, const struct sheet_tally *tally, uint64_t data)
{
    struct sheet_seam from = {0};

    sheet->count = tally->seam_count + 1;
    for (size_t i = 0; i < sheet->count; i++) {
        const bool is_last = i == tally->seam_count;
        const struct sheet_seam to =
            is_last ? (struct sheet_seam){sheet->part.stored, sheet->part.bytes} : tally->seams[i];

        if (to.stored <= from.stored || to.bytes <= from.bytes)
            return false;
        sheet->pieces[i] = (struct sheet_piece){.offset = data + from.stored,
                                                .stored = to.stored - from.stored,
                                                .bytes = to.bytes - from.bytes,
                                                .is_first = i == 0,
                                                .is_last = is_last};
        from = to;
    }
    return true;
}

/* The sheet in pieces; NULL: it is to be read as a whole. */
static struct parted_sheet *part_sheet(const struct check *check, const struct package_part *part,
                                       size_t number)
{
    const struct sheet_tally *tally = check->tally->sheets[number];
    struct parted_sheet *sheet = NULL;
    uint64_t data = 0;

    if (!check->parted || tally->seam_count == 0 ||
        !package_reader_data(check->reader, part, &data))
        return NULL;
    sheet = calloc(1, sizeof(*sheet));
    if (sheet == NULL)
        return NULL;
    sheet->part = *part;
    sheet->number = number;
    if (cut_sheet(sheet, tally, data))
        return sheet;
    free(sheet);
    return NULL;
}

static int add_part(void *context, const struct package_part *part, struct error *err)
{
    struct check *check = context;
    const int number = sheet_number(part->name);
    struct parted_sheet *sheet = NULL;

    if (number < 0)
        return add_item(check, part, NULL, err);
    if ((size_t)number >= check->tally->sheet_count || check->seen[number])
        return error_set(err, ERROR_CONTROL, "%s: %s was not written", check->path, part->name);
    check->seen[number] = true;
    sheet = part_sheet(check, part, (size_t)number);
    if (sheet == NULL)
        return add_item(check, part, NULL, err);
    check->sheets[check->sheet_count++] = sheet;
    for (size_t i = 0; i < sheet->count; i++)
        if (add_item(check, part, &sheet->pieces[i], err) != 0)
            return -1;
    return 0;
}

/* ---- reading it ---- */

static void read_some(void *context, int thread)
{
    struct check *check = context;
    struct error err = {0};
    struct package_reader *reader = package_reader_open(check->path, &err);
    size_t next = 0;

    (void)thread;
    if (reader == NULL)
        note_failure(check, 0, &err);
    while (reader != NULL && (next = atomic_fetch_add(&check->next, 1)) < check->item_count) {
        const struct item *item = &check->items[next];

        if (item->piece != NULL) {
            package_reader_piece(reader, item->piece);
        } else if (check_part(check, reader, &item->part, &err) != 0) {
            note_failure(check, item->part.number, &err);
            break;
        }
    }
    package_reader_close(reader);
}

/* Where the pieces don't come to the sheet, it is read once more as a whole, to be told why. */
static int join_sheet(const struct check *check, struct parted_sheet *sheet, struct error *err)
{
    uint32_t crc32 = 0;
    bool ended = false;

    if (sheet_pieces_join(sheet->pieces, sheet->count, &crc32, &ended) &&
        crc32 == sheet->part.crc32)
        return compare_sheet(check, &sheet->part, sheet->number, &sheet->pieces[0].scan.tally,
                             ended, err);
    return check_part(check, check->reader, &sheet->part, err);
}

static void check_all(struct check *check, int threads)
{
    struct error err = {0};
    size_t number = 0;

    if (package_reader_list(check->reader, add_part, check, &number, &err) != 0)
        note_failure(check, number, &err);
    /* A part in front of one that should not be there may fail, and is then what is told. */
    crew_run(threads < CHECK_THREADS_MAX ? threads : CHECK_THREADS_MAX, read_some, check);
    for (size_t i = 0; i < check->sheet_count; i++) {
        struct parted_sheet *sheet = check->sheets[i];

        if (sheet->part.number < check->failed && join_sheet(check, sheet, &err) != 0)
            note_failure(check, sheet->part.number, &err);
    }
}

static int tell_result(const struct check *check, struct error *err)
{
    if (check->failed != NO_PART)
        return error_set(err, check->failure.kind, "%s", check->failure.detail);
    for (size_t i = 0; i < check->tally->sheet_count; i++)
        if (!check->seen[i])
            return error_set(err, ERROR_CONTROL, "%s: sheet \"%s\" is missing", check->path,
                             check->tally->sheets[i]->name);
    return 0;
}

static void release(struct check *check)
{
    package_reader_close(check->reader);
    for (size_t i = 0; i < check->sheet_count; i++) {
        for (size_t piece = 0; piece < check->sheets[i]->count; piece++)
            sheet_piece_release(&check->sheets[i]->pieces[piece]);
        free(check->sheets[i]);
    }
    free(check->sheets);
    free(check->items);
    free(check->seen);
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
    struct check check = {.path = path, .tally = tally, .parted = threads > 1, .failed = NO_PART};
    int status = -1;

    if (check_end(path, err) != 0)
        return -1;
    check.reader = package_reader_open(path, err);
    if (check.reader == NULL)
        return -1;
    check.seen = calloc(tally->sheet_count + 1, sizeof(*check.seen));
    check.sheets = calloc(tally->sheet_count + 1, sizeof(*check.sheets));
    if (check.seen == NULL || check.sheets == NULL) {
        status = out_of_memory(&check, err);
    } else {
        (void)pthread_mutex_init(&check.mutex, NULL);
        check_all(&check, threads);
        status = tell_result(&check, err);
        (void)pthread_mutex_destroy(&check.mutex);
    }
    release(&check);
    return status;
}
