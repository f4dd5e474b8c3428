/*
 * One part of the month in memory, as a month of its own that can be settled (batch/settle.h): its
 * accounts' events, exactly the rows that they need, and what earlier periods left about them.
 */
#ifndef BATCH_PART_MONTH_H
#define BATCH_PART_MONTH_H

#include "batch/parting.h"

struct part_month {
    struct month month; /* incidents, exports and rejected names are borrowed from the whole's */
    unsigned number;
    struct part_bytes bytes; /* what the texts of its records point into */
    struct arena records;
};

/*
 * Puts the part together: 0, or -1 with err filled. Several threads may do so at a time. What its
 * events name of rejected rows and of incidents is noted in the parting. Release it in either
 * case, which keeps the memory for the next part; part_month_free gives it back.
 */
int part_month_load(struct part_month *part, struct parting *parting, unsigned number,
                    struct error *err) __attribute__((warn_unused_result));
void part_month_release(struct part_month *part);
void part_month_free(struct part_month *part);

#endif
