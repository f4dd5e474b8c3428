/*
 * Cuts a source into blocks of complete records.
 *
 * A record ends with LF, CRLF or a lone CR outside quotes; inside quotes these are text, but still
 * count as lines. A block is self-contained: its bytes, and the line that its first record starts
 * on. So blocks can be tokenized in any order, by any thread, each into its own memory.
 *
 * Quotes are told apart by their number alone, which holds in every file that is well formed; in
 * another one the tokenizer (readers/csv.h) meets the offending quote in the record that it spoils.
 */
#ifndef READERS_RECORDS_H
#define READERS_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include "policy/error.h"
#include "readers/source.h"

enum {
    RECORD_BYTES_MAX = 1 << 20, /* a record as written, without its line end */
    BLOCK_SLACK = 64,           /* zero bytes behind a block, so that it can be read in strides */
};

/* Owns its memory, which is reused from call to call; {0} is ready to use. */
struct block {
    char *data;
    size_t size; /* ends with a line end: the file's own, or an LF where the file has none */
    size_t room;
    uint64_t first_line;
    uint64_t offset; /* of its first byte in the file's content */
};

void block_release(struct block *block);

struct cutter;

/*
 * Reads from `source`, `chunk_bytes` at a time; a byte order mark at its start is dropped. Source
 * and name must outlive the cutter.
 */
int cutter_open(struct cutter **out, struct source *source, const char *name, size_t chunk_bytes,
                struct error *err) __attribute__((warn_unused_result));

/*
 * Fills the block: 1, 0 at the end of the file, or -1 with err filled. A record that is too long or
 * whose last quote is open makes a block of its own, the last one, which the tokenizer refuses.
 */
int cutter_next(struct cutter *cutter, struct block *block, struct error *err)
    __attribute__((warn_unused_result));

void cutter_close(struct cutter *cutter);

/* The line ends in a text: LF, CRLF and lone CR. */
uint64_t line_ends(const char *data, size_t size);

#endif
