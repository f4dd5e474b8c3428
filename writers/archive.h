/*
 * Writes the ZIP archive of a period: its files, as they were committed, under one folder. The same
 * files give the same archive: entries in byte order, one fixed date, mode 0644, names in UTF-8,
 * zip64 only where a size needs it. What is compressed already (.xlsx, .gz) is stored.
 *
 * Order of calls: open, add ..., end, finish, commit; or discard at any time. Errors are ERROR_IO,
 * "NAME: cannot ...: CAUSE", and ERROR_CONTROL for a file that is not what its summary says.
 */
#ifndef WRITERS_ARCHIVE_H
#define WRITERS_ARCHIVE_H

#include "policy/error.h"
#include "policy/output_summary.h"

struct archive_writer;

/*
 * Creates `name` anew in the folder, which stays the caller's, must stay open, and is the caller's
 * to flush. NULL, with err filled, on failure.
 */
struct archive_writer *archive_writer_open(int folder_fd, const char *name, int threads,
                                           struct error *err) __attribute__((warn_unused_result));

/*
 * Adds the file of that summary, read from the period's folder, as FOLDER/NAME. Names come in byte
 * order, each once. The bytes read must have the summary's size and CRC-32. 0, or -1 with err
 * filled; the archive can then only be discarded. What is stored is copied beside, or in the end:
 * `finish` may be what tells that it went wrong.
 */
int archive_writer_add(struct archive_writer *writer, int period_fd, const char *folder,
                       const struct output_summary *file, struct error *err)
    __attribute__((warn_unused_result));

/*
 * Nothing more is added: 0, or -1 with err filled. The directory and what was deflated can be read
 * back then, while what is stored may still be copied.
 */
int archive_writer_end(struct archive_writer *writer, struct error *err)
    __attribute__((warn_unused_result));

/* Completes the file, all of which can be read back then: 0, or -1 with err filled. */
int archive_writer_finish(struct archive_writer *writer, struct error *err)
    __attribute__((warn_unused_result));

/* Flushes to disk, closes, frees: 0, or -1 with err filled (removed and freed as well). */
int archive_writer_commit(struct archive_writer *writer, struct error *err)
    __attribute__((warn_unused_result));

/* Closes, removes the file, frees. NULL is allowed. */
void archive_writer_discard(struct archive_writer *writer);

#endif
