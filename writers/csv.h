/*
 * Writes a ledger as a CSV file, as outputs.md spells it: UTF-8, LF, quotes only where a value
 * needs them, export text guarded against being taken for a formula.
 *
 * Order of calls: open, row ..., then commit or discard. Rows are written in the order given; the
 * order that outputs.md names is the caller's. Errors are those of writers/output.h.
 */
#ifndef WRITERS_CSV_H
#define WRITERS_CSV_H

#include "writers/output.h"
#include "writers/table.h"

struct csv_writer;

/*
 * Creates NAME.csv in the folder and writes the header. The folder stays the caller's and must
 * stay open. NULL, with err filled, on failure.
 */
struct csv_writer *csv_writer_open(int folder_fd, const struct ledger *ledger,
                                   int utc_offset_seconds, struct error *err)
    __attribute__((warn_unused_result));

/*
 * A writer whose rows, without a header, are kept in memory until they are appended to another of
 * the same ledger: so that several threads may write parts of a file. Discard it in the end. NULL,
 * with err filled, when memory is out.
 */
struct csv_writer *csv_writer_open_part(const struct ledger *ledger, int utc_offset_seconds,
                                        struct error *err) __attribute__((warn_unused_result));

/* Appends the part's rows to the file, and empties the part. 0, or -1 with err filled. */
int csv_writer_append(struct csv_writer *writer, struct csv_writer *part, struct error *err)
    __attribute__((warn_unused_result));

/* One row; entry is of the ledger's kind. 0, or -1 with err filled. */
int csv_writer_row(struct csv_writer *writer, const void *entry, struct error *err)
    __attribute__((warn_unused_result));

/* As output_commit and output_discard; the summary has the number of rows. Both free the writer. */
int csv_writer_commit(struct csv_writer *writer, struct output_summary *summary, struct error *err)
    __attribute__((warn_unused_result));
void csv_writer_discard(struct csv_writer *writer);

#endif
