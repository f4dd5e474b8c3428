/*
 * The state files of the carry-forward, one by one: what is new of each, merged into what the
 * period before left (docs/formats.md).
 */
#ifndef BATCH_CARRY_STATE_H
#define BATCH_CARRY_STATE_H

#include "batch/carry.h"

/* What the writing of all files has in common. */
struct carry_writing {
    const struct month *month;
    const struct history *history;
    int folder_fd;            /* of the period */
    int32_t full_refund_year; /* the first whose full refunds can still matter */
};

/*
 * The first calendar year that a refund request may be of that a later period judges;
 * `waiting_from` is the earliest instant of those that are carried.
 */
int32_t carry_full_refund_year(const struct month *month, int64_t waiting_from);

/*
 * Sorts the file's lines of the carry and writes the file: 0, or -1 with err filled. Several
 * threads may write different files at a time.
 */
int carry_state_write(const struct carry_writing *writing, struct carry *carry,
                      enum carry_state state, struct output_summary *summary, struct error *err)
    __attribute__((warn_unused_result));

#endif
