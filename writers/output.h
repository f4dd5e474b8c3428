/*
 * A file being written: buffered, hashed and counted as its bytes go out.
 *
 * Order of calls: open, write ..., then commit or discard. The file is created anew (O_EXCL,
 * O_NOFOLLOW), mode 0644 less the umask; nothing else may be writing it. The first failed write
 * sticks: all later ones fail with it, and commit reports it.
 *
 * Errors are ERROR_IO, "NAME: cannot ...: CAUSE".
 */
#ifndef WRITERS_OUTPUT_H
#define WRITERS_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "policy/error.h"
#include "policy/output_summary.h"
#include "policy/span.h"

enum { OUTPUT_RESERVE_MAX = 64 * 1024 };

struct output;

/*
 * Creates `name` in the folder behind folder_fd, which stays the caller's and must stay open. The
 * name may have one folder in front ("carry-forward/decided.csv.gz"), created when it is missing
 * and flushed to disk at commit; the entries of folder_fd itself are the caller's to flush. NULL,
 * with err filled, on failure.
 */
struct output *output_open(int folder_fd, const char *name, struct error *err)
    __attribute__((warn_unused_result));

/*
 * The same, compressing what is written to gzip members of a fixed size with headers that tell no
 * time and no name. The summary is of the compressed file.
 */
struct output *output_open_gzip(int folder_fd, const char *name, struct error *err)
    __attribute__((warn_unused_result));

/*
 * Collects what is written in memory, which grows; no file. Discard it in the end, never commit it.
 * NULL, with err filled, when memory is out.
 */
struct output *output_open_memory(struct error *err) __attribute__((warn_unused_result));

/* What was collected, until the next call; and nothing, the memory being kept for what comes. */
struct span output_memory(const struct output *output);
void output_memory_clear(struct output *output);

/* Appends bytes: 0, or -1 with err filled. */
int output_write(struct output *output, const void *bytes, size_t size, struct error *err)
    __attribute__((warn_unused_result));

/*
 * Room for at least `size` more bytes (at most OUTPUT_RESERVE_MAX) to be filled in place, then
 * taken with output_advance; NULL, with err filled, on failure. For formatting rows without
 * copying.
 */
char *output_reserve(struct output *output, size_t size, struct error *err)
    __attribute__((warn_unused_result));
void output_advance(struct output *output, size_t size);

/*
 * Flushes to disk, closes, fills the summary (rows = 0), frees: 0, or -1 with err filled (removed
 * and freed as well).
 */
int output_commit(struct output *output, struct output_summary *summary, struct error *err)
    __attribute__((warn_unused_result));

/* Closes, removes the file, frees. NULL is allowed. */
void output_discard(struct output *output);

#endif
