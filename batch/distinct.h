/*
 * How many different names there are among those seen, estimated in 4 KiB: HyperLogLog (Flajolet,
 * Fusy, Gandouet and Meunier, 2007) over 64-bit fingerprints that are mixed as batch/names.h has
 * them, 1.6 % standard error. For sizing memory, and nothing else.
 */
#ifndef BATCH_DISTINCT_H
#define BATCH_DISTINCT_H

#include <stddef.h>
#include <stdint.h>

enum { DISTINCT_REGISTERS = 4096 };

/* `struct distinct distinct = {0};` is empty and ready. */
struct distinct {
    unsigned char ranks[DISTINCT_REGISTERS];
    size_t added; /* repeats included */
};

void distinct_add(struct distinct *distinct, uint64_t fingerprint);

/* As if all that `from` has seen had been added. */
void distinct_merge(struct distinct *distinct, const struct distinct *from);

/* Very probably no fewer than there are, seldom a fifth more, and never more than were added. */
size_t distinct_at_most(const struct distinct *distinct);

#endif
