/*
 * Owns reading a workbook back: the parts of the ZIP, and the cells of each sheet.
 * Must not know how a workbook is written; only what it must hold.
 */
#include "readers/workbook_check.h"

#include <errno.h>
#include <minizip/unzip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readers/sheet_scan.h"

enum { PART_NAME_MAX = 256, READ_BYTES = 1 << 16, END_RECORD_BYTES = 22 };

struct check {
    const char *path;
    const struct workbook_tally *tally;
    unzFile zip;
    bool *seen; /* of the sheets */
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

static int check_part(struct check *check)
{
    char name[PART_NAME_MAX];
    unz_file_info64 info;
    struct sheet_scan *scan;
    int number, status;

    if (unzGetCurrentFileInfo64(check->zip, &info, name, sizeof(name), NULL, 0, NULL, 0) != UNZ_OK)
        return error_set(check->err, ERROR_CONTROL, "%s: its directory is damaged", check->path);
    number = sheet_number(name);
    if (number < 0)
        return read_part(check, name, info.uncompressed_size, NULL);
    if ((size_t)number >= check->tally->sheet_count || check->seen[number])
        return error_set(check->err, ERROR_CONTROL, "%s: %s was not written", check->path, name);
    check->seen[number] = true;
    scan = calloc(1, sizeof(*scan));
    if (scan == NULL)
        return error_set(check->err, ERROR_IO, "out of memory reading %s", check->path);
    status = read_part(check, name, info.uncompressed_size, scan);
    if (status == 0)
        status = compare(check, check->tally->sheets[number], &scan->tally);
    free(scan);
    return status;
}

static int check_parts(struct check *check)
{
    int at = unzGoToFirstFile(check->zip);

    for (; at == UNZ_OK; at = unzGoToNextFile(check->zip))
        if (check_part(check) != 0)
            return -1;
    if (at != UNZ_END_OF_LIST_OF_FILE)
        return error_set(check->err, ERROR_CONTROL, "%s: its directory is damaged", check->path);
    for (size_t i = 0; i < check->tally->sheet_count; i++)
        if (!check->seen[i])
            return error_set(check->err, ERROR_CONTROL, "%s: sheet \"%s\" is missing", check->path,
                             check->tally->sheets[i]->name);
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

int workbook_check(const char *path, const struct workbook_tally *tally, struct error *err)
{
    struct check check = {.path = path, .tally = tally, .err = err};
    int status;

    if (check_end(path, err) != 0)
        return -1;
    check.zip = unzOpen64(path);
    if (check.zip == NULL)
        return error_set(err, ERROR_CONTROL, "%s: it is missing, or no ZIP file", path);
    check.seen = calloc(tally->sheet_count + 1, sizeof(*check.seen));
    if (check.seen == NULL)
        status = error_set(err, ERROR_IO, "out of memory reading %s", path);
    else
        status = check_parts(&check);
    free(check.seen);
    (void)unzClose(check.zip);
    return status;
}
