/*
 * The month divided into parts by account: consecutive ranges of account ids, so that what a part
 * comes to can be appended to what the parts before it came to. Rows and lines of history are kept
 * packed until their part is settled (batch/part_month.h), and what does not fit the memory is
 * spilled (batch/spill.h).
 *
 * How many parts there are, and where they part, shows in nothing that is published.
 *
 * Order of calls: parts_open, parts_add_row and parts_add_line by several writers at once, each
 * with its own number, parts_drop by one at a time; then parts_end, then parts_load.
 */
#ifndef BATCH_PARTS_H
#define BATCH_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "batch/positions.h"
#include "batch/spill.h"
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/span.h"
#include "readers/table.h"

enum { PARTS_MAX = 2048 };

/* Account ids, evenly taken from any number of them. `struct account_sample sample = {0};` */
struct account_sample {
    struct span *items;
    size_t count;
    uint64_t seen;
    uint64_t stride; /* each one so many is taken; 0: each */
    struct arena text;
};

int account_sample_add(struct account_sample *sample, struct span account_id, struct error *err)
    __attribute__((warn_unused_result));
/* Adds what another one has taken; both are as evenly taken as before. */
int account_sample_merge(struct account_sample *sample, struct account_sample *from,
                         struct error *err) __attribute__((warn_unused_result));
void account_sample_release(struct account_sample *sample);

struct parts {
    unsigned count;
    struct span *firsts; /* of part p > 0: the first id that is its */
    uint64_t *keys; /* of the same: its bytes behind what all of them begin with, as a number */
    size_t common;  /* bytes that all of them begin with */
    struct arena text;
    struct spill *spill;
    struct spill_stream *streams; /* of every writer, each part's */
    int writer_count;
    struct positions dropped;
};

/*
 * Divides by the sample, which is sorted, into at most `wanted` parts (1 to PARTS_MAX). The spill
 * is borrowed. 0, or -1 with err filled; release in either case.
 */
int parts_open(struct parts *parts, struct account_sample *sample, unsigned wanted,
               struct spill *spill, int writer_count, struct error *err)
    __attribute__((warn_unused_result));
void parts_release(struct parts *parts);

unsigned parts_of(const struct parts *parts, struct span account_id);
/* Whether that is the part, which takes less to find out. */
bool parts_is_of(const struct parts *parts, unsigned part, struct span account_id);

/* Adds a row, or a line of a state file of history. 0, or -1 with err filled. */
int parts_add_row(struct parts *parts, int writer, unsigned part, const struct table *table,
                  const void *record, struct row_position position, struct error *err)
    __attribute__((warn_unused_result));
/* The same, of a row that is packed already (batch/packed_row.h), with its position. */
int parts_add_packed(struct parts *parts, int writer, unsigned part, const struct table *table,
                     struct span packed, struct error *err) __attribute__((warn_unused_result));
int parts_add_line(struct parts *parts, int writer, unsigned part, int file, struct span line,
                   struct error *err) __attribute__((warn_unused_result));

/* A row that was added, wherever, does not count after all. */
int parts_drop(struct parts *parts, struct row_position position, struct error *err)
    __attribute__((warn_unused_result));
void parts_end_drops(struct parts *parts);

/* One thing of a part: a row of an input, packed, or a line of history. */
enum { PART_LINE = 64 };

struct part_item {
    int kind; /* enum input; PART_LINE + file */
    struct span bytes;
};

/* All of a part, in memory. `struct part_bytes bytes = {0};`; loading again uses its memory. */
struct part_bytes {
    char *bytes;
    size_t size;
    size_t capacity;
};

/* Several threads may load parts at a time, once nothing is added any more. */
int parts_load(struct parts *parts, unsigned part, struct part_bytes *bytes, struct error *err)
    __attribute__((warn_unused_result));
void part_bytes_release(struct part_bytes *bytes);
/* The part is not loaded any more: what memory its rows are kept in is free. */
void parts_give_back(struct parts *parts, unsigned part);
/* Of the part of which most was added. */
uint64_t parts_bytes_most(const struct parts *parts);

/* The item at *at, which is moved behind it; false at the end. */
bool part_bytes_next(const struct part_bytes *bytes, size_t *at, struct part_item *item);

#endif
