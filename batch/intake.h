/*
 * Takes an input in: reads its files once, notes every reject, keeps the rows that someone needs,
 * and settles the question of repeated keys (inputs.md, "Keys").
 *
 * All rows leave fingerprints of their keys; only where some key seems to occur twice are the rows
 * in question read again, and compared. So what is kept in memory is what `keep` says and what is
 * rejected.
 */
#ifndef BATCH_INTAKE_H
#define BATCH_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch/rejects.h"
#include "policy/arena.h"
#include "policy/error.h"
#include "readers/input.h"
#include "readers/table.h"

/* A row that is kept: of the run's files, or carried from the period before (file = UINT32_MAX). */
struct kept_row {
    void *record; /* the input's struct of policy/records.h, in the intake's arena */
    struct row_position position;
};

/* Figures of one file, for the manifest and the controls: read = accepted + rejected + duplicate.
 */
struct file_figures {
    uint64_t read;
    uint64_t accepted;
    uint64_t rejected;
    uint64_t duplicate;
};

/* Fingerprints of a row, made once. */
struct row_keys {
    uint64_t key;   /* table_key_fingerprint */
    uint64_t other; /* whatever `prepare` makes of the row; 0 without one */
};

struct intake_hooks {
    void *context; /* of them all; each may be NULL */
    /* Fills keys->other. By several threads at once. */
    void (*prepare)(void *context, const void *record, struct row_keys *keys);
    /* Whether the row is needed; NULL: all are. Called by several threads at once. */
    bool (*keep)(void *context, const void *record);
    /* A record that is about to be taken or kept, some rows ahead: see readers/input.h. */
    void (*approach)(void *context, const struct row_keys *keys);
    /* The same once more, half the rows later, of most that were approached. */
    void (*near)(void *context, const struct row_keys *keys);
    /*
     * Takes every accepted row, instead of `keep` and of keeping rows in the intake. By several
     * threads at once, each with its own number; a thread's rows come in order of file and line.
     */
    int (*take)(void *context, int thread, const void *record, const struct row_keys *keys,
                struct row_position position, struct error *err);
    /* A row that was accepted, and taken, and turned out not to count. By one thread at a time. */
    int (*dropped)(void *context, const void *record, struct row_position position,
                   struct error *err);
    /*
     * A rejected row: `readable` as in readers/input.h. For rows of a repeated key with different
     * content as well, after they had been counted as accepted. By one thread at a time.
     */
    int (*rejected)(void *context, const void *record, uint32_t readable, struct error *err);
    /*
     * An accepted row (sign 1), or one that turned out not to count (sign -1). By several threads
     * at once, each with its own number, 0 to intake_options.threads - 1.
     */
    int (*counted)(void *context, int thread, const void *record, int sign, struct error *err);
};

struct intake {
    const struct table *table;
    struct input_file *files; /* the exports' */
    size_t file_count;
    struct file_figures *figures; /* of each file */
    struct kept_row *rows;        /* in order of file and line */
    size_t row_count;
    size_t row_capacity;
    struct arena *arenas; /* one a thread */
    int arena_count;
};

struct intake_options {
    const struct read_options *read;
    int threads; /* at least 1 */
    int spill_folder_fd;
    size_t fingerprint_bytes; /* memory for the search for repeated keys */
};

/* Reads the files into an empty intake: 0, or -1 with err filled. Release it in either case. */
int intake_read(struct intake *intake, const struct table *table, struct input_file *files,
                size_t file_count, const struct intake_options *options,
                const struct intake_hooks *hooks, struct reject_log *rejects, struct error *err)
    __attribute__((warn_unused_result));
void intake_release(struct intake *intake);

/* Adds a copy of the record to the rows: 0, or -1 with err filled. */
int intake_keep(struct intake *intake, const void *record, struct row_position position,
                struct error *err) __attribute__((warn_unused_result));

#endif
