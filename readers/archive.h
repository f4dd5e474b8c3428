/*
 * Reads a period's ZIP archive back and compares it with what was published.
 */
#ifndef READERS_ARCHIVE_H
#define READERS_ARCHIVE_H

#include <stddef.h>

#include "policy/error.h"
#include "policy/output_summary.h"

/*
 * Checks that the archive `name` in the folder holds exactly these files as FOLDER/NAME, in this
 * order, and that each inflates to the size and SHA-256 of its summary (its crc32 is not looked at,
 * the archive's own is). Several threads (at least 1) each inflate some. 0, or -1 with err filled:
 * ERROR_CONTROL, "NAME: cause", where the archive is missing, damaged or different; ERROR_IO where
 * reading or memory fails.
 */
int archive_check(int folder_fd, const char *name, const char *folder,
                  const struct output_summary *files, size_t file_count, int threads,
                  struct error *err) __attribute__((warn_unused_result));

#endif
