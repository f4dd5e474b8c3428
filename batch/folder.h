/*
 * Folders by descriptor: no path is walked twice and no symbolic link is ever followed, so that
 * nothing put into the books between two calls can lead a write or a removal elsewhere.
 *
 * Every name is one component, relative to the folder behind the descriptor. All failures are
 * ERROR_IO and name the file.
 */
#ifndef BATCH_FOLDER_H
#define BATCH_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/error.h"

enum {
    FOLDER_NAME_MAX = 256,
    FOLDER_DEPTH_MAX = 16,        /* folders within folders; deeper is an error */
    FOLDER_ENTRIES_MAX = 1000000, /* names in one folder; more is an error */
};

enum folder_entry { ENTRY_NONE, ENTRY_FILE, ENTRY_FOLDER, ENTRY_OTHER /* links, devices ... */ };

/* What stands under the name, the link itself where it is one: 0, or -1 with err filled. */
int folder_entry(int fd, const char *name, enum folder_entry *entry, struct error *err)
    __attribute__((warn_unused_result));

/* Opens a folder inside; the caller closes it. -1 with err filled, also where it is a link. */
int folder_open(int fd, const char *name, struct error *err) __attribute__((warn_unused_result));

/* Opens a regular file inside for reading; the caller closes it. -1 with err filled. */
int folder_open_file(int fd, const char *name, struct error *err)
    __attribute__((warn_unused_result));

/*
 * All names inside but "." and "..", in byte order; released with folder_names_release. The
 * descriptor keeps its position.
 */
int folder_names(int fd, char ***names, size_t *count, struct error *err)
    __attribute__((warn_unused_result));
void folder_names_release(char **names, size_t count);

/* Flushes every file and folder inside to disk, the folder itself last. Refuses anything else. */
int folder_sync(int fd, struct error *err) __attribute__((warn_unused_result));

/* Flushes one file of the folder. */
int folder_sync_file(int fd, const char *name, struct error *err)
    __attribute__((warn_unused_result));

/* Flushes the folder's own entries. */
int folder_sync_entries(int fd, struct error *err) __attribute__((warn_unused_result));

/* Removes what stands under the name, folders with all they hold. Absent is done. */
int folder_remove(int fd, const char *name, struct error *err) __attribute__((warn_unused_result));

/*
 * Renames in one step, never over something: *taken says that the new name was taken, and nothing
 * happened. Where the file system has no such rename the name is looked at first, which is as good
 * for the holder of the lock.
 */
int folder_move(int from_fd, const char *from, int to_fd, const char *to, bool *taken,
                struct error *err) __attribute__((warn_unused_result));

/* Swaps two names in one step: *done is false where the file system can't, and nothing happened. */
int folder_exchange(int a_fd, const char *a, int b_fd, const char *b, bool *done, struct error *err)
    __attribute__((warn_unused_result));

#endif
