/*
 * Raw deflate data (RFC 1951) that lie somewhere in a file, inflated piece by piece by ISA-L.
 */
#ifndef READERS_INFLATING_H
#define READERS_INFLATING_H

#include <isa-l/igzip_lib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { INFLATING_READ_BYTES = 128 * 1024 };

/* What inflating_next gives where it can't go on. */
enum {
    INFLATING_DAMAGED = -1,
    INFLATING_UNREADABLE = -2, /* errno says why */
};

struct inflating {
    int fd;
    uint64_t at; /* of what is to be read next */
    uint64_t left;
    bool more; /* the state may have more to give without reading */
    struct inflate_state state;
    unsigned char stored[INFLATING_READ_BYTES];
};

/* `size` bytes from the offset on; the file stays the caller's. */
void inflating_start(struct inflating *inflating, int fd, uint64_t offset, uint64_t size);

/* Inflates up to `size` bytes into room: how many, 0 at the end, or one of the above. */
ssize_t inflating_next(struct inflating *inflating, unsigned char *room, size_t size);

/* Whether the last block has come, and nothing is left behind it. */
bool inflating_complete(const struct inflating *inflating);

/* Whether all is taken in, up to the end of a block that is not the last. */
bool inflating_flushed(const struct inflating *inflating);

#endif
