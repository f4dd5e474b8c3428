/*
 * Reads the parts of a package (ECMA-376 part 2), which is a ZIP file: what stands in its
 * directory, and each part to its end, proved by its length and CRC-32. Several readers may read
 * the same file, each on a thread of its own.
 *
 * Errors are ERROR_CONTROL, "PATH: what is damaged", or ERROR_IO.
 */
#ifndef READERS_PACKAGE_READER_H
#define READERS_PACKAGE_READER_H

#include <minizip/unzip.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/error.h"
#include "readers/sheet_pieces.h"
#include "readers/sheet_scan.h"

enum { PART_NAME_MAX = 256 };

/* A part, as the directory has it; good for any reader of the file. */
struct package_part {
    size_t number; /* in the directory, from 0 */
    unz64_file_pos place;
    char name[PART_NAME_MAX];
    uint64_t bytes;
    uint64_t stored; /* bytes in the file */
    uint32_t crc32;
};

struct package_reader;

/* The path is borrowed. NULL with err filled. */
struct package_reader *package_reader_open(const char *path, struct error *err)
    __attribute__((warn_unused_result));
/* NULL is allowed. */
void package_reader_close(struct package_reader *reader);

/*
 * Hands on each part of the directory, until one is refused (-1, with err filled). *number is how
 * far it came. 0, or -1 with err filled.
 */
int package_reader_list(struct package_reader *reader,
                        int (*take)(void *context, const struct package_part *part,
                                    struct error *err),
                        void *context, size_t *number, struct error *err)
    __attribute__((warn_unused_result));

/*
 * Reads the part to its end; where it is a sheet, into the cleared scan, NULL otherwise. 0, or -1
 * with err filled.
 */
int package_reader_read(struct package_reader *reader, const struct package_part *part,
                        struct sheet_scan *scan, struct error *err)
    __attribute__((warn_unused_result));

/* Where the part's data begin in the file; false where they are not deflated, or not its own. */
bool package_reader_data(struct package_reader *reader, const struct package_part *part,
                         uint64_t *data);
/* Reads a piece of such data. What is wrong with it shows when pieces are joined. */
void package_reader_piece(struct package_reader *reader, struct sheet_piece *piece);

#endif
