/*
 * The books folder: what is closed in it, and who may write to it.
 *
 *     2026-10/                              a closed period
 *     recompense-2026-10.zip                its archive
 *     2026-10.superseded-1/                 what a restatement replaced, with its archive
 *     recompense-2026-10.superseded-1.zip
 *     2026-10.reconciliation/               left alone here
 *     .lock                                 flock'ed by the run that writes; never removed
 *     .2026-10.staging-4711/                a run at work, or killed at it (batch/staging.h)
 *     .2026-10.publishing-0/                a run between two renames, or killed there
 *
 * The folder may be reached over links, but may not be one itself, nor may anything in it.
 *
 * Readers take no lock: what is published does not change, and a verification must not keep the
 * monthly run out. They never write, so that a read-only folder serves them.
 */
#ifndef BATCH_BOOKS_H
#define BATCH_BOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch/folder.h"
#include "policy/civil.h"
#include "policy/error.h"

enum { BOOKS_PERIODS_MAX = 12000 };

enum books_use {
    BOOKS_READ,          /* must be there */
    BOOKS_READ_IF_THERE, /* absent books are empty ones (a dry run of the first period) */
    BOOKS_WRITE,         /* created when absent; locked; leftovers of killed runs cleaned up */
};

struct books {
    int fd;           /* the folder; -1: absent, with BOOKS_READ_IF_THERE */
    int lock_fd;      /* -1: not locked */
    char *path;       /* owned; as given, without slashes at its end */
    int32_t *periods; /* owned; the closed ones, ascending; gaps are the caller's to judge */
    size_t period_count;
    size_t leftovers; /* of killed runs, cleaned up by this opening */
};

/*
 * Opens the books: 0, or -1 with err filled: ERROR_USAGE where the path is absent or no folder,
 * ERROR_BUSY where another run holds them, ERROR_IO otherwise (a period that is a link, too).
 * After a failure nothing is held.
 */
int books_open(struct books *books, const char *path, enum books_use use, struct error *err)
    __attribute__((warn_unused_result));

/* Unlocks and releases. Legal after a failed opening, and twice. */
void books_close(struct books *books);

bool books_closed(const struct books *books, int32_t period);

/* The first or the last closed period, or PERIOD_NONE. */
int32_t books_first(const struct books *books);
int32_t books_last(const struct books *books);

/* Opens a closed period's folder; the caller closes it. -1 with err filled. */
int books_open_period(const struct books *books, int32_t period, struct error *err)
    __attribute__((warn_unused_result));

/* Opens its archive: 0 with *fd the caller's to close, or -1 inside *fd where there is none. */
int books_open_archive(const struct books *books, int32_t period, int *fd, struct error *err)
    __attribute__((warn_unused_result));

/* Names in the books: "2026-10", "2026-10.superseded-2" and so on. NUL-terminated. */
void books_period_name(int32_t period, char name[FOLDER_NAME_MAX]);
void books_archive_name(const char *folder, char name[FOLDER_NAME_MAX]);
void books_superseded_name(const char *folder, unsigned number, char name[FOLDER_NAME_MAX]);

#endif
