/*
 * Publishing: a folder of the books is written under a hidden name and appears in one rename.
 *
 * While a run works, all of it is in .2026-10.staging-PID/ (mode 0700):
 *
 *     2026-10/                the folder to publish, with the modes that the umask leaves
 *     recompense-2026-10.zip  its archive, if any
 *     anything else           scratch: spill files, the workbook's parts; never published
 *
 * Order of calls: staging_begin, writing, then staging_publish or staging_discard.
 *
 * What staging_publish does, and why it may be killed anywhere:
 *
 *  1. All files and folders are flushed. The new manifest.json is copied beside the folder.
 *  2. The hidden folder becomes .2026-10.publishing-N (N = 0: a first publication; otherwise the
 *     number that the old folder is to bear). From here its name tells the next run what to do.
 *  First publication:
 *  3. The archive is moved out.
 *  4. The folder is moved out, never over something. THIS IS PUBLISHING.
 *  Replacing:
 *  3. The old archive is moved to recompense-2026-10.superseded-N.zip.
 *  4. Old and new folder change places. THIS IS PUBLISHING.
 *  5. The new archive is moved out, then the old folder to 2026-10.superseded-N.
 *  Last: the hidden folder is removed. The books' own entries are flushed between the steps, so
 *  that a power cut keeps their order.
 *
 * The next run (books_open for writing, which holds the lock, so that no one is at work) removes a
 * staging folder. At a publishing folder it asks whether step 4 has happened: for a first
 * publication, whether 2026-10/ stands in the books; for a replacement, whether its manifest.json
 * is the copy of step 1 (a manifest holds the SHA-256 of everything, so equal manifests are equal
 * folders, and then it does not matter which is which).
 *
 *  - Not yet: step 3 is undone. The archive that came out is taken back when it is missing in the
 *    hidden folder (2026-10 had none before: staging_begin refuses to start beside an archive
 *    without its folder); the old archive gets its name back. The hidden folder is removed.
 *  - It has: the rest is done.
 *
 * Each step of that is again a rename or a removal of what was not published, and asks first
 * whether it is done already, so that it may be killed as well. The copied manifest goes last.
 *
 * So 2026-10/ is at every instant complete: absent, old, or new. An archive never stands beside a
 * folder that it does not hold; it may be missing, or stand without its folder, from a kill between
 * two renames until the next run.
 *
 * Where the file system can't exchange names, step 4 is two renames (old to superseded-N, new to
 * its place), and a kill between them leaves the period absent until the next run, which puts the
 * old one back.
 */
#ifndef BATCH_STAGING_H
#define BATCH_STAGING_H

#include <stdbool.h>

#include "batch/books.h"

enum { STAGING_PATH_MAX = 4096 };

struct staging {
    const struct books *books;
    char name[FOLDER_NAME_MAX];    /* "2026-10": what is to appear */
    char archive[FOLDER_NAME_MAX]; /* "recompense-2026-10.zip": in hidden_fd */
    char hidden[FOLDER_NAME_MAX];  /* ".2026-10.staging-4711" */
    int hidden_fd;                 /* for the archive and for scratch; -1: not begun, or ended */
    int folder_fd;                 /* for what is published */
    char hidden_path[STAGING_PATH_MAX]; /* the same for libraries that want paths */
    char folder_path[STAGING_PATH_MAX];
};

/*
 * Makes the hidden folders for `name`, which starts with a period ("2026-10", or
 * "2026-10.reconciliation"). The books are open for writing and outlive the staging. ERROR_CLOSED
 * where an archive of that name stands without its folder.
 */
int staging_begin(struct staging *staging, const struct books *books, const char *name,
                  struct error *err) __attribute__((warn_unused_result));

/*
 * Publishes and releases. The folder must hold a manifest.json. With `replace`, what stands under
 * the name becomes superseded-N; without, a name that is taken is ERROR_CLOSED. A failure before
 * publishing leaves the books as they were; one after it (the remaining tidying) is told, and
 * mended by the next run. The list of periods in `books` is not brought up to date.
 */
int staging_publish(struct staging *staging, bool replace, struct error *err)
    __attribute__((warn_unused_result));

/* Removes all that was staged, and releases. Legal in any state; failures are left to the next
 * run. */
void staging_discard(struct staging *staging);

/*
 * For books_open: finishes or undoes what killed runs have left, and counts them. The lock is held.
 */
int staging_recover(int books_fd, size_t *leftovers, struct error *err)
    __attribute__((warn_unused_result));

#endif
