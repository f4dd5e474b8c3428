/*
 * The cells of a large sheet as XML (ECMA-376 part 1, 18.3.1), made without the library and kept
 * compressed in a scratch file until they are put into the library's package
 * (writers/workbook_package.h). Memory does not grow with the rows, nor with streams at rest.
 *
 * Order of calls: open, row heights before their rows, cells of a row from left to right and rows
 * from top to bottom, finish; then read by the package; close. 0, or -1 with err filled (ERROR_IO).
 *
 * One thread at a time uses the streams of a scratch file. Yet rows can be made side by side: in a
 * loose stream each, on any thread, which are then appended in order. What an append fills is
 * compressed by any thread, before the loose stream gets another row, and before the finish (struct
 * stream_blocks). The bytes are the same as of rows put one by one.
 */
#ifndef WRITERS_SHEET_STREAM_H
#define WRITERS_SHEET_STREAM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/decimal.h"
#include "policy/error.h"
#include "policy/span.h"

/*
 * What streams share: a file, as a descriptor without a name, how much is in it, and what
 * compresses rows that are put one by one.
 */
struct stream_scratch {
    int fd; /* -1: none */
    uint64_t bytes;
    pthread_mutex_t mutex;            /* of `bytes`, and of the streams' parts */
    struct deflate_block *compressor; /* NULL: none was needed yet; `compressed` likewise */
    char *compressed;
};

/* Makes the file in the folder at `path`. Close it with stream_scratch_close. */
int stream_scratch_open(struct stream_scratch *scratch, const char *path, struct error *err)
    __attribute__((warn_unused_result));
void stream_scratch_close(struct stream_scratch *scratch);

/* Text on its way into the scratch file: parts of one raw deflate stream, and what they hold. */
struct stream_part {
    uint64_t offset;
    size_t size;
    size_t bytes; /* of text */
    uint32_t crc32;
};

struct stream_text {
    char *buffer;
    size_t room;
    size_t used;
    struct stream_part *parts;
    size_t part_count;
    size_t part_capacity;
    uint64_t bytes; /* of the text in the parts */
    uint32_t crc32; /* of it, once the stream is finished */
};

struct sheet_stream;

/* The scratch file is borrowed. NULL, with err filled, when memory is out. */
struct sheet_stream *sheet_stream_open(struct stream_scratch *scratch, struct error *err)
    __attribute__((warn_unused_result));
/* A loose one: rows to be appended to a stream. Its memory grows with them. */
struct sheet_stream *sheet_stream_open_loose(struct error *err) __attribute__((warn_unused_result));
/* NULL is allowed. */
void sheet_stream_close(struct sheet_stream *stream);

/* The height of a row that has no cell yet, in points. */
int sheet_stream_row_height(struct sheet_stream *stream, uint32_t row, int points,
                            struct error *err) __attribute__((warn_unused_result));

/*
 * One cell; row and column from 0, `style` the number of its format in the package. Texts are safe
 * for XML but for the characters that it escapes (workbook_text.c); formulas are without "=", and
 * may say STREAM_ROW where the number of the cell's own row is meant: "N" STREAM_ROW.
 */
#define STREAM_ROW "\x01"

int sheet_stream_blank(struct sheet_stream *stream, uint32_t row, int column, int style,
                       struct error *err) __attribute__((warn_unused_result));
int sheet_stream_number(struct sheet_stream *stream, uint32_t row, int column, int style,
                        struct decimal number, struct error *err)
    __attribute__((warn_unused_result));
int sheet_stream_text(struct sheet_stream *stream, uint32_t row, int column, int style,
                      struct span text, struct error *err) __attribute__((warn_unused_result));
/* One without blanks at its ends, lines, and what reads like an escape. */
int sheet_stream_string(struct sheet_stream *stream, uint32_t row, int column, int style,
                        struct span text, struct error *err) __attribute__((warn_unused_result));
int sheet_stream_formula(struct sheet_stream *stream, uint32_t row, int column, int style,
                         const char *formula, struct decimal result, struct error *err)
    __attribute__((warn_unused_result));
int sheet_stream_text_formula(struct sheet_stream *stream, uint32_t row, int column, int style,
                              const char *formula, struct span result, struct error *err)
    __attribute__((warn_unused_result));

/* A link within the workbook at a cell: "'Refunds'!A4", and the text of the cell. */
int sheet_stream_link(struct sheet_stream *stream, uint32_t row, int column, const char *location,
                      struct span text, struct error *err) __attribute__((warn_unused_result));

/* Blocks that appends have filled: one thread's. `struct stream_blocks blocks = {0};` is empty. */
struct stream_block;
struct stream_blocks {
    struct stream_block *items; /* with buffers beyond `count`, to be used again */
    size_t count;
    size_t made;
    struct deflate_block *compressor;
    char *compressed;
};

/* Compresses them into their streams' scratch file. */
int stream_blocks_write(struct stream_blocks *blocks, struct error *err)
    __attribute__((warn_unused_result));
void stream_blocks_release(struct stream_blocks *blocks);

/*
 * Moves the rows and links of a loose stream behind the stream's; full blocks go to `blocks`, and
 * may be where they are in the loose stream until they are written.
 */
int sheet_stream_append(struct sheet_stream *stream, struct sheet_stream *loose,
                        struct stream_blocks *blocks, struct error *err)
    __attribute__((warn_unused_result));

/*
 * Puts what there is into the scratch file and gives all memory back, where no row is expected
 * soon. More rows may come all the same.
 */
int sheet_stream_rest(struct sheet_stream *stream, struct error *err)
    __attribute__((warn_unused_result));

/* Ends the last row and the links. */
int sheet_stream_finish(struct sheet_stream *stream, struct error *err)
    __attribute__((warn_unused_result));

/* What goes into <sheetData>, and the <hyperlinks> element, empty without links. */
const struct stream_text *sheet_stream_rows(const struct sheet_stream *stream);
const struct stream_text *sheet_stream_links(const struct sheet_stream *stream);

/* "A1:AE19776", of the cells there are; NUL-terminated. */
enum { STREAM_DIMENSION_MAX = 32 };
void sheet_stream_dimension(const struct sheet_stream *stream, char text[STREAM_DIMENSION_MAX]);

#endif
