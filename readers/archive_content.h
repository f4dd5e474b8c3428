/*
 * The content of a ZIP entry, read back: that it inflates to what the archive says of it (length,
 * CRC-32), and to a SHA-256 where one is asked for. Entries are independent, so that several
 * threads can each check some.
 */
#ifndef READERS_ARCHIVE_CONTENT_H
#define READERS_ARCHIVE_CONTENT_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/error.h"
#include "policy/output_summary.h"

/* Where an entry's data lies, and what they must come to. */
struct archive_content {
    const char *archive; /* names, for messages */
    const char *entry;
    uint64_t at; /* in the file */
    uint64_t compressed;
    uint64_t bytes;
    uint32_t crc32;
    bool deflated;
    const char *sha256; /* lower-case hex; NULL: the CRC-32 tells enough */
};

struct content_reader;

/* Of one thread. Takes some 700 KiB; NULL when memory is out. `fd` stays the caller's. */
struct content_reader *content_reader_open(int fd) __attribute__((warn_unused_result));

/* NULL is allowed. */
void content_reader_close(struct content_reader *reader);

/*
 * Inflated by ISA-L, and where it objects or the result is not what it must be, once more by zlib,
 * whose word stands. 0, or -1 with err filled: ERROR_CONTROL, or ERROR_IO where reading or memory
 * fails.
 */
int content_check(struct content_reader *reader, const struct archive_content *content,
                  struct error *err) __attribute__((warn_unused_result));

#endif
