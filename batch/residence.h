/*
 * What is in memory of a file that is mapped, kept within bounds: beyond them the mapping lets go
 * of its pages, which stay in the file and come back when touched. Two look after that: a thread,
 * every half millisecond; and, since that thread may have to wait for a processor while others
 * touch page after page, whatever thread is running, at ticks of the processor time that the
 * process takes (ITIMER_PROF and its signal are for that, as long as one is watched).
 *
 * At most one is watched at a time.
 */
#ifndef BATCH_RESIDENCE_H
#define BATCH_RESIDENCE_H

#include <stddef.h>

struct residence;

/*
 * Of what is mapped at `memory`: resident_bytes may be in memory, or more as long as all that the
 * process has there is no more than process_bytes. What other files it has mapped by now is not
 * counted. Nobody looks before residence_use. NULL where no thread is to be had.
 */
struct residence *residence_watch(void *memory, size_t resident_bytes, size_t process_bytes)
    __attribute__((warn_unused_result));
/* From here on the first `bytes` of the mapping are in use; 0: nobody needs to look. */
void residence_use(struct residence *residence, size_t bytes);
/* NULL is allowed. */
void residence_unwatch(struct residence *residence);

#endif
