/*
 * The run's rejected rows, kept until rejects.csv is written.
 */
#ifndef BATCH_REJECTS_H
#define BATCH_REJECTS_H

#include <stddef.h>

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/reject.h"

/* `struct reject_log log = {0};` is empty and ready. */
struct reject_log {
    struct reject *items;
    size_t count;
    size_t capacity;
    struct arena text;
};

void reject_log_release(struct reject_log *log);

/* Keeps the reject, its record copied: 0, or -1 with err filled. */
int reject_log_add(struct reject_log *log, const struct reject *reject, struct error *err)
    __attribute__((warn_unused_result));

/*
 * Sorts by file number and line. Files are numbered in byte order of input and name, so this is
 * the order of rejects.csv.
 */
void reject_log_sort(struct reject_log *log);

#endif
