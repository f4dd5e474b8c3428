/*
 * 64-bit fingerprints of bytes: fast, well mixed on structured ids, the same on every run and
 * machine of one byte order. Not for use against an adversary; whoever relies on equality of
 * fingerprints compares the bytes as well.
 */
#ifndef POLICY_HASH_H
#define POLICY_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "policy/decimal.h"
#include "policy/span.h"
#include "policy/text_words.h"

/* Folds the 128-bit product of both, so that every bit of either reaches every bit of the result.
 */
static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
    uint128 product =
        (uint128)(a ^ UINT64_C(0x9e3779b97f4a7c15)) * (b ^ UINT64_C(0xd1b54a32d192ed03));

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The fingerprint of the bytes, chained onto `seed`: the fingerprint of what came before. */
static inline uint64_t hash_bytes(uint64_t seed, const char *bytes, size_t size)
{
    uint64_t hash = hash_mix(seed, size);

    while (size > 16) {
        hash = hash_mix(hash ^ text_word(bytes), text_word(bytes + 8));
        bytes += 16;
        size -= 16;
    }
    if (size >= 8)
        return hash_mix(hash ^ text_word(bytes), text_word(bytes + size - 8));
    return hash_mix(hash, size == 0 ? 0 : text_short_word(bytes, size));
}

static inline uint64_t hash_span(uint64_t seed, struct span text)
{
    return hash_bytes(seed, text.data, text.size);
}

#endif
