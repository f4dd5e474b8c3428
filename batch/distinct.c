/*
 * Owns the estimate. Knows nothing of names.
 */
#include "batch/distinct.h"

#include "policy/hash.h"

enum {
    REGISTER_BITS = 12,
    RANK_MAX = 64 - REGISTER_BITS,
    FEW = 16 * DISTINCT_REGISTERS, /* among so few an estimate saves nothing */
};

_Static_assert(1 << REGISTER_BITS == DISTINCT_REGISTERS, "a register for each value of the bits");

/* Fingerprints are used for other divisions too: mixed once more, they are alike in none. */
#define DISTINCT_SEED UINT64_C(0x64697374696e6374)

/* 0.7213, the constant of the estimate for many registers, in thousandths (figure 3 there). */
#define BIAS_THOUSANDTHS UINT64_C(721)

void distinct_add(struct distinct *distinct, uint64_t fingerprint)
{
    const uint64_t hash = hash_mix(fingerprint, DISTINCT_SEED);
    const uint64_t rest = hash << REGISTER_BITS;
    const int rank = rest == 0 ? RANK_MAX + 1 : __builtin_clzll(rest) + 1;
    unsigned char *seen = &distinct->ranks[hash >> RANK_MAX];

    if (rank > *seen)
        *seen = (unsigned char)rank;
    distinct->added++;
}

void distinct_merge(struct distinct *distinct, const struct distinct *from)
{
    for (int i = 0; i < DISTINCT_REGISTERS; i++)
        if (from->ranks[i] > distinct->ranks[i])
            distinct->ranks[i] = from->ranks[i];
    distinct->added += from->added;
}

size_t distinct_at_most(const struct distinct *distinct)
{
    uint64_t sum = 0; /* of 2^-rank, x 2^40: what lies below is lost among billions alone */
    uint64_t estimate = 0;

    if (distinct->added <= FEW)
        return distinct->added;
    for (int i = 0; i < DISTINCT_REGISTERS; i++)
        sum += (UINT64_C(1) << 40) >> distinct->ranks[i];
    /* 0.7213 m^2 / sum, and an eighth more: seven times the standard error. */
    estimate = (uint64_t)((uint128)BIAS_THOUSANDTHS * DISTINCT_REGISTERS * DISTINCT_REGISTERS *
                          (UINT64_C(1) << 40) / 1000 / (sum + 1));
    estimate += estimate / 8;
    return estimate < distinct->added ? (size_t)estimate : distinct->added;
}
