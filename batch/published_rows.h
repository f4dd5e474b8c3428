/*
 * Rows of a closed period's ledgers of decisions, picked out and kept.
 */
#ifndef BATCH_PUBLISHED_ROWS_H
#define BATCH_PUBLISHED_ROWS_H

#include <stdint.h>

#include "batch/closed_period.h"
#include "writers/table.h"

enum published_ledger {
    PUBLISHED_REFUNDS,
    PUBLISHED_COMPENSATIONS,
    PUBLISHED_REWARDS,
    PUBLISHED_COUNT,
};

extern const struct ledger *const published_ledgers[PUBLISHED_COUNT];

struct published_row {
    enum published_ledger ledger;
    uint64_t line;             /* in its file */
    const struct span *fields; /* of the ledger's columns, in its order, unguarded */
};

/* `struct published_rows rows = {0};` is empty and ready. */
struct published_rows {
    struct published_row *items; /* ledger by ledger, in the order of the files */
    size_t count;
    size_t capacity;
    struct arena text;
};

void published_rows_release(struct published_rows *rows);

/* The value of the ledger's column of that name, which must be one of its columns. */
struct span published_value(const struct published_row *row, const char *column);

/*
 * Reads one ledger and keeps the rows that `wanted` says yes to. 0, or -1 with err filled.
 */
int published_rows_read(struct published_rows *rows, const struct closed_period *period,
                        enum published_ledger ledger,
                        bool (*wanted)(void *context, const struct published_row *row),
                        void *context, struct error *err) __attribute__((warn_unused_result));

#endif
