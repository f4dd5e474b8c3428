/*
 * Owns the spelling of cells in XML, and their way into the scratch file.
 * Must not know what cells are for, or what a package is.
 */
#include "writers/sheet_stream.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <isa-l/crc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "policy/text_words.h"
#include "writers/deflate_block.h"

enum {
    BLOCK_BYTES = 256 * 1024, /* compressed at a time */
    CELL_EXTRA = 256,         /* what stands around a cell's text */
    ESCAPED_MAX = 6,          /* bytes of "&quot;" */
    LETTERS_MAX = 3,
    COLUMNS_MAX = 702, /* up to "ZZ" */
    NO_ROW = -1,
};

struct sheet_stream {
    struct stream_scratch *scratch;
    struct deflate_block *compressor;
    char *compressed;
    struct stream_text rows;
    struct stream_text links;
    int64_t row; /* at hand; NO_ROW: none */
    int64_t last_row;
    int last_column;
    int64_t height_row; /* whose height is known before its first cell */
    int height;
    char row_text[12]; /* the row's number, as it is written */
    size_t row_text_size;
};

/* ---- the scratch file ---- */

int stream_scratch_open(struct stream_scratch *scratch, const char *path, struct error *err)
{
    char name[4096];

    *scratch = (struct stream_scratch){.fd = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    if (scratch->fd >= 0)
        return 0;
    if (snprintf(name, sizeof(name), "%s/.sheets-%ld", path, (long)getpid()) >= (int)sizeof(name))
        return error_set(err, ERROR_IO, "%.900s: the path is too long", path);
    scratch->fd = open(name, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC, 0600);
    if (scratch->fd < 0)
        return error_set_errno(err, errno, "cannot create a file for the workbook's sheets");
    (void)unlink(name);
    return 0;
}

void stream_scratch_close(struct stream_scratch *scratch)
{
    if (scratch->fd >= 0)
        (void)close(scratch->fd);
    scratch->fd = -1;
}

static int scratch_put(struct stream_scratch *scratch, const char *bytes, size_t size,
                       struct error *err)
{
    while (size > 0) {
        ssize_t written = pwrite(scratch->fd, bytes, size, (off_t)scratch->bytes);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return error_set_errno(err, errno, "cannot write the workbook's sheets");
        bytes += written;
        size -= (size_t)written;
        scratch->bytes += (uint64_t)written;
    }
    return 0;
}

/* ---- text ---- */

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory for the workbook");
}

static int add_part(struct stream_text *text, struct stream_part part, struct error *err)
{
    if (text->part_count == text->part_capacity) {
        size_t capacity = text->part_capacity * 2 + 16;
        struct stream_part *parts = realloc(text->parts, capacity * sizeof(*parts));

        if (parts == NULL)
            return out_of_memory(err);
        text->parts = parts;
        text->part_capacity = capacity;
    }
    text->parts[text->part_count++] = part;
    return 0;
}

/* Compresses what is in the buffer into the scratch file. */
static int flush(struct sheet_stream *stream, struct stream_text *text, size_t size,
                 struct error *err)
{
    struct stream_part part = {.offset = stream->scratch->bytes};

    if (size == 0)
        return 0;
    part.size =
        deflate_block_run(stream->compressor, text->buffer, size, false, stream->compressed);
    if (part.size == 0)
        return out_of_memory(err);
    if (scratch_put(stream->scratch, stream->compressed, part.size, err) != 0 ||
        add_part(text, part, err) != 0)
        return -1;
    text->crc32 = crc32_gzip_refl(text->crc32, (const unsigned char *)text->buffer, size);
    text->bytes += size;
    text->used -= size;
    memmove(text->buffer, text->buffer + size, text->used);
    return 0;
}

/* Room for `size` more bytes; NULL with err filled. The buffer holds a block, and the largest cell
 * behind it. */
static char *room(struct sheet_stream *stream, struct stream_text *text, size_t size,
                  struct error *err)
{
    while (text->used >= BLOCK_BYTES)
        if (flush(stream, text, BLOCK_BYTES, err) != 0)
            return NULL;
    assert(size <= DEFLATE_BLOCK_BYTES_MAX - BLOCK_BYTES);
    (void)size;
    return text->buffer + text->used;
}

static void taken(struct stream_text *text, const char *end)
{
    text->used = (size_t)(end - text->buffer);
    assert(text->used <= DEFLATE_BLOCK_BYTES_MAX);
}

static char *put(char *at, const char *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return at + size;
}

#define PUT(at, literal) put(at, literal, sizeof(literal) - 1)

static char *put_integer(char *at, uint64_t number)
{
    char digits[20];
    size_t count = sizeof(digits);

    do
        digits[--count] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    return put(at, digits + count, sizeof(digits) - count);
}

/* Whether any of eight bytes is one that put_escaped looks at. */
static inline bool word_escapes(uint64_t word)
{
    return (text_word_has(word, '&') | text_word_has(word, '<') | text_word_has(word, '>') |
            text_word_has(word, '"') | text_word_has(word, '\n')) != 0;
}

/* Escapes &, < and >, and in an attribute quotes too. Room for ESCAPED_MAX for each byte. */
static char *put_escaped(char *at, struct span text, bool attribute)
{
    for (size_t i = 0; i < text.size;) {
        char byte;

        if (text.size - i >= TEXT_WORD_BYTES && !word_escapes(text_word(text.data + i))) {
            at = put(at, text.data + i, TEXT_WORD_BYTES);
            i += TEXT_WORD_BYTES;
            continue;
        }
        byte = text.data[i++];
        switch (byte) {
        case '&':
            at = PUT(at, "&amp;");
            break;
        case '<':
            at = PUT(at, "&lt;");
            break;
        case '>':
            at = PUT(at, "&gt;");
            break;
        case '"':
            at = attribute ? PUT(at, "&quot;") : PUT(at, "\"");
            break;
        case '\n':
            at = attribute ? PUT(at, "&#xA;") : PUT(at, "\n");
            break;
        default:
            *at++ = byte;
            break;
        }
    }
    return at;
}

/* ---- the stream ---- */

struct sheet_stream *sheet_stream_open(struct stream_scratch *scratch, struct error *err)
{
    struct sheet_stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL) {
        (void)out_of_memory(err);
        return NULL;
    }
    stream->scratch = scratch;
    stream->row = stream->last_row = stream->height_row = NO_ROW;
    stream->last_column = 0;
    stream->compressor = deflate_block_open(DEFLATE_BY_ISAL);
    stream->compressed = malloc(DEFLATE_BLOCK_ROOM);
    stream->rows.buffer = malloc(DEFLATE_BLOCK_BYTES_MAX);
    stream->links.buffer = malloc(DEFLATE_BLOCK_BYTES_MAX);
    if (stream->compressor == NULL || stream->compressed == NULL || stream->rows.buffer == NULL ||
        stream->links.buffer == NULL) {
        sheet_stream_close(stream);
        (void)out_of_memory(err);
        return NULL;
    }
    return stream;
}

void sheet_stream_close(struct sheet_stream *stream)
{
    if (stream == NULL)
        return;
    deflate_block_close(stream->compressor);
    free(stream->compressed);
    free(stream->rows.buffer);
    free(stream->rows.parts);
    free(stream->links.buffer);
    free(stream->links.parts);
    free(stream);
}

int sheet_stream_row_height(struct sheet_stream *stream, uint32_t row, int points,
                            struct error *err)
{
    (void)err;
    assert((int64_t)row > stream->row);
    stream->height_row = row;
    stream->height = points;
    return 0;
}

static char *begin_row(struct sheet_stream *stream, uint32_t row, char *at)
{
    if (stream->row != NO_ROW)
        at = PUT(at, "</row>");
    stream->row = row;
    stream->last_row = row;
    stream->row_text_size =
        (size_t)(put_integer(stream->row_text, (uint64_t)row + 1) - stream->row_text);
    at = PUT(at, "<row r=\"");
    at = put(at, stream->row_text, stream->row_text_size);
    if (stream->height_row == (int64_t)row) {
        at = PUT(at, "\" ht=\"");
        at = put_integer(at, (uint64_t)stream->height);
        at = PUT(at, "\" customHeight=\"1");
    }
    return PUT(at, "\">");
}

static char *put_letters(char *at, int column)
{
    if (column >= 26)
        *at++ = (char)('A' + column / 26 - 1);
    *at++ = (char)('A' + column % 26);
    return at;
}

/* `<c r="B5" s="2"`, in its row; NULL with err filled. `size` is of what follows. */
static char *begin_cell(struct sheet_stream *stream, uint32_t row, int column, int style,
                        size_t size, struct error *err)
{
    char *at = room(stream, &stream->rows, CELL_EXTRA + size, err);

    assert(column >= 0 && column < COLUMNS_MAX && (int64_t)row >= stream->row);
    if (at == NULL)
        return NULL;
    if (stream->row != (int64_t)row)
        at = begin_row(stream, row, at);
    if (column > stream->last_column)
        stream->last_column = column;
    at = PUT(at, "<c r=\"");
    at = put_letters(at, column);
    at = put(at, stream->row_text, stream->row_text_size);
    if (style == 0)
        return PUT(at, "\"");
    at = PUT(at, "\" s=\"");
    at = put_integer(at, (uint64_t)style);
    return PUT(at, "\"");
}

int sheet_stream_blank(struct sheet_stream *stream, uint32_t row, int column, int style,
                       struct error *err)
{
    char *at = begin_cell(stream, row, column, style, 0, err);

    if (at == NULL)
        return -1;
    taken(&stream->rows, PUT(at, "/>"));
    return 0;
}

static char *put_value(char *at, struct decimal number)
{
    at = PUT(at, "<v>");
    at += decimal_format(number, 0, at);
    return PUT(at, "</v></c>");
}

int sheet_stream_number(struct sheet_stream *stream, uint32_t row, int column, int style,
                        struct decimal number, struct error *err)
{
    char *at = begin_cell(stream, row, column, style, 0, err);

    if (at == NULL)
        return -1;
    at = PUT(at, ">");
    taken(&stream->rows, put_value(at, number));
    return 0;
}

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

int sheet_stream_text(struct sheet_stream *stream, uint32_t row, int column, int style,
                      struct span text, struct error *err)
{
    char *at = begin_cell(stream, row, column, style, ESCAPED_MAX * text.size, err);

    if (at == NULL)
        return -1;
    if (text.size > 0 && (is_space(text.data[0]) || is_space(text.data[text.size - 1])))
        at = PUT(at, " t=\"inlineStr\"><is><t xml:space=\"preserve\">");
    else
        at = PUT(at, " t=\"inlineStr\"><is><t>");
    at = put_escaped(at, text, false);
    taken(&stream->rows, PUT(at, "</t></is></c>"));
    return 0;
}

static char *put_formula(char *at, const char *formula)
{
    at = PUT(at, "<f>");
    at = put_escaped(at, span_of(formula), false);
    return PUT(at, "</f>");
}

int sheet_stream_formula(struct sheet_stream *stream, uint32_t row, int column, int style,
                         const char *formula, struct decimal result, struct error *err)
{
    char *at = begin_cell(stream, row, column, style, ESCAPED_MAX * strlen(formula), err);

    if (at == NULL)
        return -1;
    at = put_formula(PUT(at, ">"), formula);
    taken(&stream->rows, put_value(at, result));
    return 0;
}

int sheet_stream_text_formula(struct sheet_stream *stream, uint32_t row, int column, int style,
                              const char *formula, struct span result, struct error *err)
{
    char *at =
        begin_cell(stream, row, column, style, ESCAPED_MAX * (strlen(formula) + result.size), err);

    if (at == NULL)
        return -1;
    at = put_formula(PUT(at, " t=\"str\">"), formula);
    at = PUT(at, "<v>");
    at = put_escaped(at, result, false);
    taken(&stream->rows, PUT(at, "</v></c>"));
    return 0;
}

int sheet_stream_link(struct sheet_stream *stream, uint32_t row, int column, const char *location,
                      struct span text, struct error *err)
{
    struct stream_text *links = &stream->links;
    char *at = room(stream, links, CELL_EXTRA + ESCAPED_MAX * (strlen(location) + text.size), err);

    if (at == NULL)
        return -1;
    if (links->used == 0 && links->bytes == 0)
        at = PUT(at, "<hyperlinks>");
    at = PUT(at, "<hyperlink ref=\"");
    at = put_letters(at, column);
    at = put_integer(at, (uint64_t)row + 1);
    at = PUT(at, "\" location=\"");
    at = put_escaped(at, span_of(location), true);
    at = PUT(at, "\" display=\"");
    at = put_escaped(at, text, true);
    taken(links, PUT(at, "\"/>"));
    return 0;
}

static int flush_all(struct sheet_stream *stream, struct stream_text *text, struct error *err)
{
    while (text->used > 0)
        if (flush(stream, text, text->used < BLOCK_BYTES ? text->used : BLOCK_BYTES, err) != 0)
            return -1;
    free(text->buffer);
    text->buffer = NULL;
    return 0;
}

int sheet_stream_finish(struct sheet_stream *stream, struct error *err)
{
    char *at = room(stream, &stream->rows, CELL_EXTRA, err);
    char *links_at = room(stream, &stream->links, CELL_EXTRA, err);

    if (at == NULL || links_at == NULL)
        return -1;
    if (stream->row != NO_ROW)
        taken(&stream->rows, PUT(at, "</row>"));
    if (stream->links.used > 0 || stream->links.bytes > 0)
        taken(&stream->links, PUT(links_at, "</hyperlinks>"));
    if (flush_all(stream, &stream->rows, err) != 0 || flush_all(stream, &stream->links, err) != 0)
        return -1;
    deflate_block_close(stream->compressor);
    stream->compressor = NULL;
    free(stream->compressed);
    stream->compressed = NULL;
    return 0;
}

const struct stream_text *sheet_stream_rows(const struct sheet_stream *stream)
{
    return &stream->rows;
}

const struct stream_text *sheet_stream_links(const struct sheet_stream *stream)
{
    return &stream->links;
}

void sheet_stream_dimension(const struct sheet_stream *stream, char text[STREAM_DIMENSION_MAX])
{
    char *at = PUT(text, "A1:");

    at = put_letters(at, stream->last_column);
    at = put_integer(at, (uint64_t)(stream->last_row < 0 ? 0 : stream->last_row) + 1);
    *at = '\0';
}
