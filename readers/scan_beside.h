/*
 * Scans a sheet on a thread of its own, beside the one that inflates it: for sheets so large that
 * everything else would wait for them.
 *
 * Order of calls: start; then for each piece, room and hand_on; end, whatever happened before.
 */
#ifndef READERS_SCAN_BESIDE_H
#define READERS_SCAN_BESIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "readers/sheet_scan.h"

enum { SCAN_PIECE_BYTES = 1 << 18 };

struct scan_beside;

/* The scan is borrowed until the end. NULL where there is no memory or no thread to be had. */
struct scan_beside *scan_beside_start(struct sheet_scan *scan) __attribute__((warn_unused_result));

/* Room for a piece, SCAN_PIECE_BYTES: the last one again, if that was not handed on. */
unsigned char *scan_beside_room(struct scan_beside *beside);
void scan_beside_hand_on(struct scan_beside *beside, size_t size);

/* Waits until all pieces are scanned, and frees: false where one of them can't be ours. */
bool scan_beside_end(struct scan_beside *beside);

#endif
