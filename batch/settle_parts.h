/*
 * Settles the month part by part, on several threads, and hands on what the parts come to in their
 * order: so that the books never depend on the threads or on the parts.
 */
#ifndef BATCH_SETTLE_PARTS_H
#define BATCH_SETTLE_PARTS_H

#include "batch/carry.h"
#include "batch/exposure.h"
#include "batch/parting.h"
#include "batch/publication.h"
#include "batch/sources_files.h"

/* By a thread: one that it settles, and one that waits for its turn. */
enum { PARTS_HELD_MAX = 2 };

struct settle_parts {
    struct parting *parting;
    struct publication *publication; /* NULL: the decisions go nowhere */
    struct carry *carry;             /* NULL: nothing is carried */
    struct exposure *exposure;       /* NULL: not asked for */
    struct sources_files *sources;   /* NULL: not written */
    /* With sources: where lines of history about orders go, by file; others' are NULL. */
    struct line_sort **by_order; /* HISTORY_FILE_COUNT */
    int threads;
    bool parts_waiting; /* a thread may go on with the next part while one waits for its turn */
    int spill_folder_fd;
    size_t sort_bytes; /* memory for what each thread collects for the carry */
    size_t text_bytes; /* what a part comes to is handed on before its end where it is more */
};

/*
 * Settles all parts; figures and order states are brought up to date in the whole month. 0, or -1
 * with err filled: that of the first part that failed.
 */
int settle_parts(const struct settle_parts *job, struct error *err)
    __attribute__((warn_unused_result));

/* Opens the sorters that `by_order` needs, and closes them. */
int by_order_open(struct line_sort *by_order[HISTORY_FILE_COUNT], int spill_folder_fd,
                  size_t memory_bytes, struct error *err) __attribute__((warn_unused_result));
void by_order_close(struct line_sort *by_order[HISTORY_FILE_COUNT]);

#endif
