/*
 * Unpacks a period's ZIP archive into a folder.
 */
#ifndef READERS_UNPACK_H
#define READERS_UNPACK_H

#include <stdbool.h>

#include "policy/error.h"

enum { UNPACK_FOLDER_MAX = 64 };

/*
 * Unpacks the archive at `path`, whose entries all lie in one folder ("2026-10/"), into the empty
 * folder `target`, without that folder; only those that `wanted` says yes to (by their name behind
 * it). The folder's name goes into `folder`. Names that lead elsewhere are refused; lengths and
 * CRCs are checked, SHA-256 are the caller's to compare. 0, or -1 with err filled: ERROR_INPUT for
 * an archive that is damaged or none of ours, ERROR_IO.
 */
int archive_unpack(const char *path, const char *target, bool (*wanted)(const char *name),
                   char folder[UNPACK_FOLDER_MAX], struct error *err)
    __attribute__((warn_unused_result));

#endif
