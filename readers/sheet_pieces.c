/*
 * Owns the reading of a piece, and the joining of pieces.
 * Must not know where in a package a sheet is, or what it should hold.
 */
#include "readers/sheet_pieces.h"

#include <isa-l/crc.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* No row of ours is as long. */
enum { HEAD_BYTES_MAX = 16 << 20 };

static const char row_tag[] = "<row ";

static bool add_to_head(struct sheet_piece *piece, const char *bytes, size_t size)
{
    if (size == 0)
        return true;
    if (size > piece->head_room - piece->head_size) {
        const size_t room = 2 * (piece->head_size + size);
        char *head = room > HEAD_BYTES_MAX ? NULL : realloc(piece->head, room);

        if (head == NULL)
            return false;
        piece->head = head;
        piece->head_room = room;
    }
    memcpy(piece->head + piece->head_size, bytes, size);
    piece->head_size += size;
    return true;
}

static const char *find_row(const char *bytes, size_t size)
{
    return memmem(bytes, size, row_tag, sizeof(row_tag) - 1);
}

/* The row's tag may have begun in what was fed before: it is looked for in both together. */
static bool feed_head_on(struct sheet_piece *piece, const char *bytes, size_t size)
{
    const size_t before = piece->head_size;
    const size_t from = before < sizeof(row_tag) ? 0 : before - sizeof(row_tag);
    const char *row = NULL;

    if (!add_to_head(piece, bytes, size))
        return false;
    row = find_row(piece->head + from, piece->head_size - from);
    if (row == NULL)
        return true;
    size = piece->head_size;
    piece->head_size = (size_t)(row - piece->head);
    piece->in_rows = true;
    return sheet_scan_feed(&piece->scan, row, size - piece->head_size);
}

/* Looks for the first row: what is before it is kept, which is little, the rest is scanned. */
static bool feed_head(struct sheet_piece *piece, const char *bytes, size_t size)
{
    const char *row = piece->head_size == 0 ? find_row(bytes, size) : NULL;

    if (row == NULL)
        return feed_head_on(piece, bytes, size);
    piece->in_rows = true;
    return add_to_head(piece, bytes, (size_t)(row - bytes)) &&
           sheet_scan_feed(&piece->scan, row, size - (size_t)(row - bytes));
}

static bool feed(struct sheet_piece *piece, const char *bytes, size_t size)
{
    return piece->in_rows ? sheet_scan_feed(&piece->scan, bytes, size)
                          : feed_head(piece, bytes, size);
}

void sheet_piece_read(struct sheet_piece *piece, struct inflating *inflating, int fd,
                      unsigned char *room)
{
    uint64_t bytes = 0;
    ssize_t made = 0;

    piece->in_rows = piece->is_first;
    inflating_start(inflating, fd, piece->offset, piece->stored);
    while ((made = inflating_next(inflating, room, SHEET_PIECE_ROOM)) > 0) {
        piece->crc32 = crc32_gzip_refl(piece->crc32, room, (uint64_t)made);
        bytes += (uint64_t)made;
        if (!feed(piece, (const char *)room, (size_t)made))
            return;
    }
    piece->good = made == 0 && bytes == piece->bytes &&
                  (piece->is_last ? inflating_complete(inflating) : inflating_flushed(inflating));
}

void sheet_piece_release(struct sheet_piece *piece)
{
    free(piece->head);
    piece->head = NULL;
}

bool sheet_pieces_join(struct sheet_piece *pieces, size_t count, uint32_t *crc32, bool *ended)
{
    struct sheet_scan *scan = &pieces[0].scan; /* of the row that is not ended yet */
    struct sheet_tally *tally = &pieces[0].scan.tally;

    *crc32 = 0;
    for (size_t i = 0; i < count; i++) {
        struct sheet_piece *piece = &pieces[i];

        if (!piece->good ||
            (piece->head_size > 0 && !sheet_scan_feed(scan, piece->head, piece->head_size)))
            return false;
        *crc32 = (uint32_t)crc32_combine64(*crc32, piece->crc32, (z_off64_t)piece->bytes);
        if (piece->in_rows && scan != &pieces[0].scan)
            sheet_tally_add(tally, &scan->tally);
        if (piece->in_rows)
            scan = &piece->scan;
    }
    if (scan != &pieces[0].scan)
        sheet_tally_add(tally, &scan->tally);
    *ended = sheet_scan_ended(scan);
    return true;
}
