/*
 * A large sheet read in pieces, each by any thread: a piece is entered where its deflate stream was
 * flushed, and scanned from the first row that begins in it. What stands before that row belongs to
 * the row that the piece in front ends with.
 */
#ifndef READERS_SHEET_PIECES_H
#define READERS_SHEET_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "readers/inflating.h"
#include "readers/sheet_scan.h"

enum { SHEET_PIECE_ROOM = 256 * 1024 };

/* Begins with where it is; the rest is cleared. */
struct sheet_piece {
    uint64_t offset; /* of its data in the file */
    uint64_t stored; /* bytes of them */
    uint64_t bytes;  /* of text that they should come to */
    bool is_first;
    bool is_last;

    bool good; /* it was read, as it should be */
    bool in_rows;
    uint32_t crc32;
    char *head; /* what stands before its first row; of the first piece nothing */
    size_t head_size;
    size_t head_room;
    struct sheet_scan scan;
};

/* Reads it, with a room of SHEET_PIECE_ROOM; whether all went well is in `good`. */
void sheet_piece_read(struct sheet_piece *piece, struct inflating *inflating, int fd,
                      unsigned char *room);
void sheet_piece_release(struct sheet_piece *piece);

/*
 * What a sheet's pieces come to, which are all read, in order: false where one is not good or they
 * don't fit together. The first one's scan is then that of the sheet, but for `ended`.
 */
bool sheet_pieces_join(struct sheet_piece *pieces, size_t count, uint32_t *crc32, bool *ended)
    __attribute__((warn_unused_result));

#endif
