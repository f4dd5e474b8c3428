/*
 * A closed period as it was published, open for reading: from the books, or from its archive alone.
 * The ledgers and sources are compared with the manifest before anything is read of them.
 */
#ifndef BATCH_CLOSED_PERIOD_H
#define BATCH_CLOSED_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#include "batch/books.h"
#include "policy/arena.h"
#include "policy/manifest.h"
#include "policy/terms.h"

enum { CLOSED_PATH_MAX = 4096 };

struct closed_period {
    int32_t period;
    char name[FOLDER_NAME_MAX]; /* "2026-10" */
    char path[CLOSED_PATH_MAX]; /* of its folder */
    int fd;                     /* of the same folder */
    int sources_fd;
    bool temporary; /* the folder is an archive's, unpacked: removed at the end */
    struct arena arena;
    struct manifest manifest;
    char manifest_sha256[OUTPUT_SHA256_TEXT_MAX];
    struct policy *policy;
};

/*
 * 0, or -1 with err filled: ERROR_CONTROL where a file is not what the manifest says, ERROR_INPUT
 * where the manifest or an archive is bad, ERROR_USAGE where the period was published without its
 * sources. To be closed after success only.
 */
int closed_period_open(struct closed_period *it, const struct books *books, int32_t period,
                       struct error *err) __attribute__((warn_unused_result));
int closed_period_open_archive(struct closed_period *it, const char *archive, struct error *err)
    __attribute__((warn_unused_result));
/* The books' period (PERIOD_NONE: the last), or, where `archive` is not NULL, that archive's. */
int closed_period_choose(struct closed_period *it, const char *books, const char *archive,
                         int32_t period, struct error *err) __attribute__((warn_unused_result));
void closed_period_close(struct closed_period *it);

/* The path of one of its files. */
int closed_period_file(const struct closed_period *it, const char *name, char path[CLOSED_PATH_MAX],
                       struct error *err) __attribute__((warn_unused_result));

#endif
