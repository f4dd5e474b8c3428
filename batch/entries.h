/*
 * The approved entries of a published period, read back from its ledgers: what the customer is to
 * be credited.
 */
#ifndef BATCH_ENTRIES_H
#define BATCH_ENTRIES_H

#include <stddef.h>
#include <stdint.h>

#include "batch/books.h"
#include "policy/arena.h"
#include "policy/billing.h"
#include "policy/error.h"
#include "policy/manifest.h"

struct entries {
    struct owed *items; /* by ledger, then as in the ledgers */
    size_t count;
    size_t capacity;
    uint64_t zeros; /* approved amounts of zero: nothing is to be credited, they are not kept */
    struct arena arena;
    struct manifest manifest; /* of the period */
    char manifest_sha256[OUTPUT_SHA256_TEXT_MAX];
};

/*
 * Reads the period, which is closed: 0, or -1 with err filled. ERROR_USAGE: it is not published;
 * ERROR_CLOSED: a ledger is not what its manifest says. Release it in either case.
 */
int entries_read(struct entries *entries, const struct books *books, int32_t period,
                 struct error *err) __attribute__((warn_unused_result));
void entries_release(struct entries *entries);

/* Room for one more, cleared; NULL when memory is out. */
struct owed *entries_add(struct entries *entries) __attribute__((warn_unused_result));

#endif
