/*
 * Writes a ZIP file (APPNOTE.TXT 6.3, zip64 included) of entries whose data come as they are to
 * stand in it: stored, or deflated already. The libraries at hand look at every byte of such data
 * once or twice more. No time stands in it but the one given, so that the same entries give the
 * same bytes.
 *
 * Order of calls: open, then for each entry begin, write or leave ..., end; then close. Every call
 * returns 0, or -1 with `failure` set; after a failure all others fail too. release at any time.
 */
#ifndef WRITERS_ZIP_FILE_H
#define WRITERS_ZIP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ZIP_NAME_MAX = 1024 };

struct zip_entry {
    const char *name; /* UTF-8, with '/' between folders */
    bool deflated;
    bool large;          /* its sizes may not fit 32 bits */
    unsigned made_by;    /* version made by (4.4.2) */
    unsigned flags;      /* general purpose bits (4.4.4) */
    uint32_t dos_date;   /* date above time, as 4.4.6 has them */
    uint32_t attributes; /* external (4.4.15) */
};

struct zip_file {
    int fd;         /* the caller's: written from its start, and not closed */
    int failure;    /* errno of the first failure; 0: none */
    uint64_t at;    /* where the file ends so far */
    uint64_t begun; /* up to where the system writes it to disk already */

    char *directory; /* owned: the central directory so far */
    size_t directory_size;
    size_t directory_room;
    uint64_t count;

    struct zip_entry entry; /* at hand */
    uint64_t entry_at;
    uint64_t data_at;
};

void zip_file_open(struct zip_file *zip, int fd);

/* The name must stay until the entry ends; at most ZIP_NAME_MAX bytes, which is asserted. */
int zip_file_begin(struct zip_file *zip, const struct zip_entry *entry)
    __attribute__((warn_unused_result));
int zip_file_write(struct zip_file *zip, const void *bytes, size_t size)
    __attribute__((warn_unused_result));

/* Leaves the next bytes to the caller, who writes them to `fd` from where `at` was. */
void zip_file_leave(struct zip_file *zip, uint64_t size);

/* Bytes and CRC-32 of the content, before it was deflated. EFBIG where it was `large` after all. */
int zip_file_end(struct zip_file *zip, uint64_t bytes, uint32_t crc32)
    __attribute__((warn_unused_result));

/* The central directory, and the end of the file. */
int zip_file_close(struct zip_file *zip) __attribute__((warn_unused_result));

/* Frees what was held. Legal twice. */
void zip_file_release(struct zip_file *zip);

#endif
