/*
 * Finds the keys that occur more than once among any number of rows, in a fixed amount of memory:
 * every row leaves 48 bits of its key's fingerprint, and where it stands, in eight bytes. They are
 * divided by key into partitions; what exceeds the memory goes to a file without a name in the
 * staging folder.
 *
 * Fingerprints only point at suspects: rows whose keys differ may have one in common, so whoever
 * relies on a repetition compares the rows themselves (batch/intake.h).
 *
 * Several threads fill a store each, and search all stores together.
 */
#ifndef BATCH_FINGERPRINTS_H
#define BATCH_FINGERPRINTS_H

#include <stddef.h>
#include <stdint.h>

#include "policy/error.h"
#include "policy/reject.h"

struct fingerprints;

enum { FINGERPRINT_BITS = 48 }; /* that are kept, the upper ones */

static inline uint64_t fingerprint_kept(uint64_t key)
{
    return key >> (64 - FINGERPRINT_BITS) << (64 - FINGERPRINT_BITS);
}

/* spill_folder_fd: where to keep what exceeds memory_bytes. NULL when memory is out. */
struct fingerprints *fingerprints_new(int spill_folder_fd, size_t memory_bytes);
void fingerprints_free(struct fingerprints *fingerprints);

/*
 * Notes one row: 0, or -1 with err filled. Cheapest for rows that come in order of file and line.
 */
int fingerprints_add(struct fingerprints *fingerprints, uint64_t key, struct row_position position,
                     struct error *err) __attribute__((warn_unused_result));

/* A row whose key's fingerprint, as far as it is kept, another row has as well. */
struct repeat {
    uint64_t key; /* fingerprint_kept */
    struct row_position position;
};

struct repeats {
    struct repeat *items; /* by position */
    size_t count;
    size_t capacity;
};

/* A search of some stores, partition by partition, which empties them. */
struct repeat_search;

/* NULL when memory is out. The stores stay the caller's, and must stay. */
struct repeat_search *repeat_search_new(struct fingerprints **stores, int store_count);
void repeat_search_free(struct repeat_search *search);

/*
 * Empties the partitions without a repeated key, most of them as a rule, by several threads: 0, or
 * -1 with err filled. The search need not be sifted.
 */
int repeat_search_sift(struct repeat_search *search, int threads, struct error *err)
    __attribute__((warn_unused_result));

/*
 * Fills repeats with the rows of the next repeated keys, all rows of a key at once, and stops
 * behind the partition in which they come to rows_max or more: 1, 0 when there are no more, or -1
 * with err filled. The caller frees repeats->items in the end.
 */
int repeat_search_next(struct repeat_search *search, size_t rows_max, struct repeats *repeats,
                       struct error *err) __attribute__((warn_unused_result));

#endif
