/*
 * Finds the keys that occur more than once among any number of rows, in a fixed amount of memory:
 * every row leaves two 64-bit fingerprints, of its key and of its content. They are divided by key
 * into partitions; what exceeds the memory goes to a file without a name in the staging folder.
 *
 * Fingerprints only point at suspects. Rows that differ are compared by their bytes on a second
 * read (batch/intake.h); rows that agree in all 128 bits are taken for equal.
 */
#ifndef BATCH_FINGERPRINTS_H
#define BATCH_FINGERPRINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/error.h"

struct fingerprints;

/* A key fingerprint that more than one row has. */
struct suspect {
    uint64_t key;
    bool differs; /* not all of its rows have the same content */
    bool seen;    /* for the second read's use */
};

struct suspects {
    struct suspect *items; /* by key */
    size_t count;
};

/* spill_folder_fd: where to keep what exceeds memory_bytes. NULL when memory is out. */
struct fingerprints *fingerprints_new(int spill_folder_fd, size_t memory_bytes);
void fingerprints_free(struct fingerprints *fingerprints);

/* Notes one row: 0, or -1 with err filled. */
int fingerprints_add(struct fingerprints *fingerprints, uint64_t key, uint64_t content,
                     struct error *err) __attribute__((warn_unused_result));

/* Fills suspects (to be released with suspects_release) and empties the store. */
int fingerprints_suspects(struct fingerprints *fingerprints, struct suspects *suspects,
                          struct error *err) __attribute__((warn_unused_result));

/* The suspect with that key, or NULL. */
struct suspect *suspects_find(const struct suspects *suspects, uint64_t key);
void suspects_release(struct suspects *suspects);

#endif
