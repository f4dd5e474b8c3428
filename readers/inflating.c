/*
 * Owns the way from a file's deflated bytes to inflated ones.
 * Must not know what they are, nor where they come from in an archive.
 */
#include "readers/inflating.h"

#include <errno.h>
#include <unistd.h>

void inflating_start(struct inflating *inflating, int fd, uint64_t offset, uint64_t size)
{
    inflating->fd = fd;
    inflating->at = offset;
    inflating->left = size;
    inflating->more = false;
    isal_inflate_init(&inflating->state);
}

/* Reads some of what is left: 0, or -1 with errno set. */
static int refill(struct inflating *inflating)
{
    size_t size = sizeof(inflating->stored);
    ssize_t got = 0;

    if (size > inflating->left)
        size = (size_t)inflating->left;
    do
        got = pread(inflating->fd, inflating->stored, size, (off_t)inflating->at);
    while (got < 0 && errno == EINTR);
    if (got == 0)
        errno = EIO; /* the file ends before */
    if (got <= 0)
        return -1;
    inflating->at += (uint64_t)got;
    inflating->left -= (uint64_t)got;
    inflating->state.next_in = inflating->stored;
    inflating->state.avail_in = (uint32_t)got;
    return 0;
}

ssize_t inflating_next(struct inflating *inflating, unsigned char *room, size_t size)
{
    struct inflate_state *state = &inflating->state;

    state->next_out = room;
    state->avail_out = (uint32_t)size;
    while (state->avail_out > 0 && state->block_state != ISAL_BLOCK_FINISH) {
        if (state->avail_in == 0 && !inflating->more) {
            if (inflating->left == 0)
                break;
            if (refill(inflating) != 0)
                return INFLATING_UNREADABLE;
        }
        if (isal_inflate(state) != ISAL_DECOMP_OK)
            return INFLATING_DAMAGED;
        inflating->more = state->avail_out == 0;
        if (!inflating->more && state->avail_in > 0 && state->block_state != ISAL_BLOCK_FINISH)
            return INFLATING_DAMAGED; /* it goes on to the end of one or the other */
    }
    return (ssize_t)(size - state->avail_out);
}

static bool is_used_up(const struct inflating *inflating)
{
    const struct inflate_state *state = &inflating->state;

    /* What the library has taken in and not used is counted in bits. */
    return state->read_in_length < 8 && state->avail_in == 0 && inflating->left == 0;
}

bool inflating_complete(const struct inflating *inflating)
{
    return inflating->state.block_state == ISAL_BLOCK_FINISH && is_used_up(inflating);
}

bool inflating_flushed(const struct inflating *inflating)
{
    const struct inflate_state *state = &inflating->state;

    /* It looked for another block, and found nothing. */
    return (state->block_state == ISAL_BLOCK_NEW_HDR || state->block_state == ISAL_BLOCK_HDR) &&
           state->tmp_in_size == 0 && is_used_up(inflating);
}
