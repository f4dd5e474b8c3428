/*
 * Reads an input: its files, one after another, as one stream of rows.
 *
 * The bytes are taken from plain or gzip files (told by content), cut into records, tokenized by
 * libcsv, and parsed under the input's table. Every record is handed on exactly once, as accepted
 * or as rejected; blank lines are none. A bad file is an error (ERROR_INPUT, "file:line: cause"),
 * and nothing read from it may be used: a damaged gzip shows only at its end.
 *
 * Knows nothing of what rows are for.
 */
#ifndef READERS_INPUT_H
#define READERS_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/error.h"
#include "policy/reject.h"
#include "readers/records.h"
#include "readers/source.h"
#include "readers/table.h"

enum { HEADER_ALIASES_MAX = 256 };

/* One file of an input. The first four members are the caller's, the rest is filled by reading. */
struct input_file {
    const char *path; /* to open */
    const char *name; /* base name: in messages, rejects.csv and the manifest */
    enum input input;
    uint32_t number; /* becomes row_position.file */

    bool gzip;
    uint64_t bytes;               /* as stored */
    char sha256[SHA256_TEXT_MAX]; /* of the bytes as stored, lower-case hex */
    uint64_t rows_read;           /* = rows_accepted + rows_rejected */
    uint64_t rows_accepted;       /* before duplicates are known */
    uint64_t rows_rejected;
    struct block_mark *marks; /* owned (input_file_release): where to find lines again */
    size_t mark_count;
};

/* A place in a file where a record starts. */
struct block_mark {
    uint64_t offset; /* in the content */
    uint64_t line;
};

/*
 * Another name for a column: what the file's header says instead. A column with aliases is found
 * under any of them, and no longer under its own name, which may then head another column.
 */
struct header_alias {
    enum input input;
    const char *column; /* the name in inputs.md */
    const char *header; /* the name in the file */
};

struct read_options {
    int utc_offset_seconds; /* of the policy time zone */
    char delimiter;         /* normally ',' */
    int64_t too_old_before; /* events before this instant are rejected; INSTANT_NONE: none is */
    const struct header_alias *aliases;
    size_t alias_count;
    size_t chunk_bytes; /* bytes taken at a time; 0: the default. Results never depend on it */
    /* Told now and then how many stored bytes have been read since the last call; may be NULL. */
    void (*progress)(void *context, uint64_t bytes);
    void *progress_context;
};

/*
 * Where rows go. Records, raw records and text die when the call returns. A call returns 0, or -1
 * with err filled, which ends the reading. `readable` has bit i set where column i of the table
 * passed its own checks, whether or not the row was rejected for another: its member of the record
 * then holds the value. It is 0 for a wrong field count.
 */
enum { ROWS_AHEAD = 16 }; /* a power of two */

struct row_sink {
    void *context;
    /*
     * Told of a record that will be handed to accept at most ROWS_AHEAD rows later, so that memory
     * which it will need can be brought near; by the same thread, in the same order, with the same
     * address. Not told of every one. May be NULL.
     */
    void (*approach)(void *context, const void *record);
    int (*accept)(void *context, const void *record, struct row_position position, struct span raw,
                  struct error *err);
    int (*reject)(void *context, const struct reject *reject, const void *record, uint32_t readable,
                  struct error *err);
};

/*
 * Reads the files (all of one input), in order: 0, or -1 with err filled. With more than one
 * thread, sinks[0] to sinks[thread_count - 1] are each called by one thread at a time, the rows of
 * a sink in the order of the files; with one, sinks[0] by the caller's. Which sink a row goes to is
 * left open; errors are those that one thread would have met first.
 */
int input_read(struct input_file *files, size_t file_count, const struct read_options *options,
               const struct row_sink *sinks, int thread_count, struct error *err)
    __attribute__((warn_unused_result));

/*
 * Reads the rows that start on the given lines (ascending) of a file that was read before, and
 * hands those that are accepted to the sink, in order. Of a plain file only the parts that hold
 * them are read. The caller sees to it that they are the rows that it met before: the file may have
 * changed.
 */
int input_read_lines(const struct input_file *file, const uint64_t *lines, size_t line_count,
                     const struct read_options *options, const struct row_sink *sink,
                     struct error *err) __attribute__((warn_unused_result));

/* Frees what reading has put into the file. */
void input_file_release(struct input_file *file);

/*
 * The files of an exports folder. Listed once, in byte order of their names within each input.
 */
struct exports {
    struct input_file *files; /* owned; those of one input are adjacent */
    size_t file_count;
    size_t first[INPUT_COUNT];
    size_t count[INPUT_COUNT]; /* 0: the input is absent */
    char **strays;             /* owned; names that belong to no input (nor billing), sorted */
    size_t stray_count;
};

/*
 * Lists the folder. ERROR_INPUT when it can't be read. Sub-folders and dot files are strays no
 * more than the `billing` files are: they are passed over.
 */
int exports_list(struct exports *exports, const char *folder, struct error *err)
    __attribute__((warn_unused_result));
void exports_release(struct exports *exports);

#endif
