/*
 * Monetary-unit sampling (docs/explaining.md, "The sample"): systematic selection of n monetary
 * units out of T, with one random start. Whole numbers only; every unit has the chance n / T, to
 * the last digit.
 */
#ifndef POLICY_SAMPLING_H
#define POLICY_SAMPLING_H

#include <stddef.h>
#include <stdint.h>

#include "policy/decimal.h"

/* Sums of minor units stay below this: n x T fits 128 bits. */
#define SAMPLING_TOTAL_MAX ((int128)1 << 96)

enum { SAMPLING_ITEMS_MAX = 1000000 };

/* The seeded generator: SplitMix64 (Steele, Lea, Flood 2014). */
struct sampling_generator {
    uint64_t state;
};

uint64_t sampling_next(struct sampling_generator *generator);

/* A number of 0 to bound - 1, each as likely as the other; bound > 0. */
uint128 sampling_below(struct sampling_generator *generator, uint128 bound);

struct sampling {
    int128 total; /* T, minor units; > 0 */
    int64_t n;
    int128 start;   /* r, 0 to T - 1 */
    int128 passed;  /* units of the items so far */
    int64_t chosen; /* units selected so far */
};

/* r is drawn from the seed. total > 0 and below SAMPLING_TOTAL_MAX, 0 < n <= SAMPLING_ITEMS_MAX. */
void sampling_begin(struct sampling *sampling, int128 total, int64_t n, uint64_t seed);

/*
 * The next item of the population, in its order, of so many units (>= 0): how many of the selected
 * units lie in it. Unit number u (from 0) is selected when floor((r + k x T) / n) = u for a k of 0
 * to n - 1.
 */
int64_t sampling_item(struct sampling *sampling, int128 units);

#endif
