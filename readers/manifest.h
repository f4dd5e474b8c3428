/*
 * Reads a period's manifest.json back: for `verify`, and for the chain from period to period.
 */
#ifndef READERS_MANIFEST_H
#define READERS_MANIFEST_H

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/manifest.h"

enum { MANIFEST_BYTES_MAX = 64 * 1024 * 1024 };

/*
 * Reads MANIFEST_FILE from the folder into *manifest, whose text and lists are copied into the
 * arena, and the SHA-256 of its bytes into sha256. Unknown members are passed over; all that
 * struct manifest has must be there and make sense, and output names lead nowhere else.
 *
 * `label` stands for the file in messages ("2026-10/manifest.json"). 0, or -1 with err filled:
 * ERROR_INPUT, "LABEL:LINE: cause" or "LABEL: member: cause", for a manifest that is missing or
 * bad; ERROR_IO where reading or memory fails. *manifest is written on success only.
 */
int manifest_read(int folder_fd, const char *label, struct arena *arena, struct manifest *manifest,
                  char sha256[OUTPUT_SHA256_TEXT_MAX], struct error *err)
    __attribute__((warn_unused_result));

#endif
