/*
 * Which parts of the work want a name: a map from the name's 64-bit fingerprint to one or more
 * part numbers, in four bytes for each; with the room between them, and a bit map in front that
 * turns most strangers away from a cache line that is near, 6.7 to 13.3 bytes.
 *
 * It may send a name where it isn't wanted, never keep one from where it is: 20 bits of the
 * fingerprint are kept beside the place. A name that was never added finds a part in less than two
 * of 1,000,000 searches even when the map is full; whoever must be sure compares the name. One that
 * was added may, as seldom, find a part more than its own.
 *
 * Fixed in size: what is kept of a fingerprint can't place it in a larger map. What exceeds it goes
 * to another map of the same size, and every search to both, so that it should seldom be exceeded.
 * Order of calls: routes_open, then routes_add and routes_end by any number of threads, then
 * prefetch and find by any number, routes_release.
 */
#ifndef BATCH_ROUTES_H
#define BATCH_ROUTES_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/error.h"

enum { ROUTE_PARTS = 4096, ROUTE_BATCH = 64, ROUTE_BATCH_MOST = 4 * ROUTE_BATCH };

/* What is to be added. */
struct route {
    uint64_t fingerprint;
    unsigned part;
};

/*
 * What one thread has to add to one map: collected, so that the map is locked seldom, and the
 * memory that is needed comes near together. A thread that finds it locked collects some more
 * before it waits. `struct route_batch batch = {0};` is empty.
 */
struct route_batch {
    struct route routes[ROUTE_BATCH_MOST];
    size_t count;
};

struct routes {
    uint64_t *front;  /* owned: a word for eight slots, with two bits set for each of their names */
    uint32_t *slots;  /* owned */
    size_t slot_mask; /* their number, a power of two, less one */
    int index_bits;
    size_t count; /* of slots in use */
    size_t names_max;
    struct routes *more; /* owned: what did not fit; NULL: nothing */
    pthread_mutex_t mutex;
};

/* Bytes of memory that routes_open takes for so many names. Up to 2^43 names. */
size_t routes_bytes(size_t names);

/*
 * Opens an empty map for names_max names, one that goes to several parts counted once for each. 0,
 * or -1 with err filled (ERROR_IO: memory is out); nothing is held then.
 */
int routes_open(struct routes *routes, size_t names_max, struct error *err)
    __attribute__((warn_unused_result));

/* Legal after a failed opening, and twice. */
void routes_release(struct routes *routes);

/*
 * The name is wanted in that part (below ROUTE_PARTS). The same again changes nothing. Takes time
 * by the number of parts that the name goes to already: they lie in a row. The batch is the
 * calling thread's for this map. 0, or -1 with err filled (ERROR_IO: memory is out).
 */
int routes_add(struct routes *routes, struct route_batch *batch, uint64_t fingerprint,
               unsigned part, struct error *err) __attribute__((warn_unused_result));

/* All of the batch is added: 0, or -1 likewise. Legal twice. */
int routes_end(struct routes *routes, struct route_batch *batch, struct error *err)
    __attribute__((warn_unused_result));

/*
 * Two steps, some hundred ns apart and before the search: have the memory brought near that it
 * reads of any name, and then, where the name may be in the map, the rest.
 */
void routes_prefetch_front(const struct routes *routes, uint64_t fingerprint);
void routes_prefetch_slots(const struct routes *routes, uint64_t fingerprint);

/*
 * Fills parts with those that the name goes to, each once, in no useful but always the same order;
 * returns how many (0: none). Where they are more than max: max + 1, with the first max filled.
 */
int routes_find(const struct routes *routes, uint64_t fingerprint, unsigned parts[], int max)
    __attribute__((warn_unused_result));

#endif
