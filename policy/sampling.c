/*
 * Owns the choice of monetary units. Knows nothing of ledgers.
 */
#include "policy/sampling.h"

#include <assert.h>

uint64_t sampling_next(struct sampling_generator *generator)
{
    uint64_t z = generator->state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

uint128 sampling_below(struct sampling_generator *generator, uint128 bound)
{
    const uint128 rest = -bound % bound; /* 2^128 modulo bound: draws below it are drawn again */
    uint128 drawn = 0;

    assert(bound > 0);
    do {
        drawn = (uint128)sampling_next(generator) << 64;
        drawn |= sampling_next(generator);
    } while (drawn < rest);
    return drawn % bound;
}

void sampling_begin(struct sampling *sampling, int128 total, int64_t n, uint64_t seed)
{
    struct sampling_generator generator = {seed};

    assert(total > 0 && total < SAMPLING_TOTAL_MAX && n > 0 && n <= SAMPLING_ITEMS_MAX);
    *sampling = (struct sampling){.total = total, .n = n};
    sampling->start = (int128)sampling_below(&generator, (uint128)total);
}

int64_t sampling_item(struct sampling *sampling, int128 units)
{
    int64_t hits = 0;

    assert(units >= 0);
    sampling->passed += units;
    while (sampling->chosen < sampling->n &&
           (sampling->start + sampling->chosen * sampling->total) / sampling->n <
               sampling->passed) {
        sampling->chosen++;
        hits++;
    }
    return hits;
}
