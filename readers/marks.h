/*
 * Finds, in one pass over a block, every byte that gives CSV its shape (delimiter, quote, CR, LF),
 * and which stretches hold anything else that needs a closer look.
 */
#ifndef READERS_MARKS_H
#define READERS_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MARKS_STRIDE = 64 }; /* bytes looked at together; BLOCK_SLACK is no less */

/* {0} is ready to use; memory is kept from block to block. */
struct marks {
    uint32_t *at; /* offsets of the delimiters, quotes, CRs and LFs, ascending */
    size_t count;
    size_t room;
    bool *odd; /* by stride: holds a control character but CR and LF, DEL, or a byte beyond ASCII */
    size_t odd_room;
    bool blanks_beside; /* a space or tab may stand beside a mark, or where the text starts */
    bool narrow;        /* to be set beforehand: the search that every machine has is to be used */
};

/*
 * Fills the marks of `size` bytes (below 2^32 - 2^16); the MARKS_STRIDE bytes behind them must be
 * readable. 0, or -1 when memory is out.
 */
int marks_find(struct marks *marks, const char *data, size_t size, char delimiter)
    __attribute__((warn_unused_result));

void marks_release(struct marks *marks);

/* How often the byte stands in the text; and likewise, as every machine can count. */
size_t marks_count_byte(const char *data, size_t size, char byte);
size_t marks_narrow_count_byte(const char *data, size_t size, char byte);

/* Whether no stride that the bytes from start to end lie in is odd. */
static inline bool marks_plain(const struct marks *marks, size_t start, size_t end)
{
    bool odd = false;
    size_t i;

    for (i = start / MARKS_STRIDE; i <= end / MARKS_STRIDE; i++)
        odd |= marks->odd[i];
    return !odd;
}

#endif
