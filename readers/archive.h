/*
 * Reads a period's ZIP archive back and compares it with what was published.
 */
#ifndef READERS_ARCHIVE_H
#define READERS_ARCHIVE_H

#include <stddef.h>

#include "policy/error.h"
#include "policy/output_summary.h"

/* What shows that an entry is the published file. */
enum archive_proof {
    ARCHIVE_BY_CRC32,  /* of a file that this run has written: chance alone could have changed it */
    ARCHIVE_BY_SHA256, /* of a file that anyone may have touched since */
};

/* What is stored in the archive is still being written: by `wait`, which is called at most once. */
struct archive_late {
    void *context;
    int (*wait)(void *context, struct error *err); /* until it is: 0, or -1 with err filled */
};

/*
 * Checks that the archive `name` in the folder holds exactly these files as FOLDER/NAME, in this
 * order, and that each inflates to the size of its summary and to its checksum of that kind; the
 * archive's own CRC-32 must be right in any case. Several threads (at least 1) each inflate some;
 * with `late`, which may be NULL, what is stored is read after it, and what is deflated before.
 * 0, or -1 with err filled: ERROR_CONTROL, "NAME: cause", where the archive is missing, damaged or
 * different; ERROR_IO where reading or memory fails.
 */
int archive_check(int folder_fd, const char *name, const char *folder,
                  const struct output_summary *files, size_t file_count, enum archive_proof proof,
                  const struct archive_late *late, int threads, struct error *err)
    __attribute__((warn_unused_result));

#endif
