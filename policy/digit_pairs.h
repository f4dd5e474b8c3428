/*
 * Numbers of two digits as text: a copy, where dividing by ten costs two multiplications.
 */
#ifndef POLICY_DIGIT_PAIRS_H
#define POLICY_DIGIT_PAIRS_H

#include <stdint.h>
#include <string.h>

/* "00" to "99". */
extern const char digit_pairs[];

/* 0 to 99. Returns what is behind the two digits. */
static inline char *digit_pair_put(char *at, uint64_t value)
{
    memcpy(at, digit_pairs + 2 * value, 2);
    return at + 2;
}

#endif
