/*
 * Size and checksums of a file in the books.
 */
#ifndef BATCH_FILE_DIGEST_H
#define BATCH_FILE_DIGEST_H

#include <stdint.h>

#include "policy/error.h"
#include "policy/output_summary.h"

struct file_digest {
    uint64_t bytes;
    uint32_t crc32;
    char sha256[OUTPUT_SHA256_TEXT_MAX]; /* lower-case hex */
};

/*
 * Reads the file `name` of the folder; a name may lead into one sub-folder. No link is followed.
 * ERROR_IO, "NAME: cannot ...", when it is missing or does not read.
 */
int file_digest_read(int folder_fd, const char *name, struct file_digest *digest, struct error *err)
    __attribute__((warn_unused_result));

/* The same of the file that the summary names: fills its bytes and checksums. */
int file_digest_sum_up(int folder_fd, struct output_summary *summary, struct error *err)
    __attribute__((warn_unused_result));

#endif
