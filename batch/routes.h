/*
 * Which parts want a name: an approximate map from a name's 64-bit fingerprint to one or more parts
 * (0 to ROUTES_PARTS_MAX - 1), in four bytes an entry, at most two thirds full. It may say yes for
 * a name that was never added, some three times in a million, and never no for one that was.
 *
 * Looking up is safe from several threads once nothing is added any more.
 */
#ifndef BATCH_ROUTES_H
#define BATCH_ROUTES_H

#include <stddef.h>
#include <stdint.h>

#include "policy/error.h"

enum { ROUTES_PARTS_MAX = 4096 };

/* `struct routes routes = {0};` is empty and has no name. */
struct routes {
    uint32_t *slots; /* 0: free; otherwise a tag of 20 bits, and the part */
    uint64_t slot_mask;
    size_t count;
    size_t count_max;
};

/*
 * Makes room for as many entries: names times the parts that want each. It can't grow. 0, or -1
 * with err filled.
 */
int routes_open(struct routes *routes, size_t entries_max, struct error *err)
    __attribute__((warn_unused_result));
void routes_release(struct routes *routes);

/* Adding again what is there changes nothing. */
void routes_add(struct routes *routes, uint64_t fingerprint, unsigned part);

/*
 * The parts that want the name, each once, in no order: how many, of which the first `max` are in
 * parts; more than max tells that there are more.
 */
int routes_find(const struct routes *routes, uint64_t fingerprint, unsigned *parts, int max);

#endif
