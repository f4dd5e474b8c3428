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
#include <zlib.h>

#include "policy/text_words.h"
#include "writers/deflate_block.h"

enum {
    BLOCK_BYTES = 256 * 1024, /* compressed at a time */
    LOOSE_BYTES = 64 * 1024,  /* a loose stream's first room */
    CELL_EXTRA = 256,         /* what stands around a cell's text */
    ESCAPED_MAX = 6,          /* bytes of "&quot;" */
    FORMULA_BYTE_MAX = 7,     /* or of a row's number */
    ROW_TEXT_ROOM = 16,       /* copied as a whole */
    COLUMNS_MAX = 702,        /* up to "ZZ" */
    NO_ROW = -1,
};

struct sheet_stream {
    struct stream_scratch *scratch; /* NULL: it is loose */
    struct stream_text rows;
    struct stream_text links;
    int64_t row; /* at hand; NO_ROW: none */
    int64_t last_row;
    int last_column;
    int64_t height_row; /* whose height is known before its first cell */
    int height;
    char row_text[ROW_TEXT_ROOM]; /* the row's number, as it is written */
    size_t row_text_size;
};

/* ---- the scratch file ---- */

int stream_scratch_open(struct stream_scratch *scratch, const char *path, struct error *err)
{
    char name[4096];

    *scratch = (struct stream_scratch){.fd = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600),
                                       .mutex = PTHREAD_MUTEX_INITIALIZER};
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
    deflate_block_close(scratch->compressor);
    scratch->compressor = NULL;
    free(scratch->compressed);
    scratch->compressed = NULL;
}

/* Puts the bytes anywhere in the file, and says where. Threads may call it side by side. */
static int scratch_put(struct stream_scratch *scratch, const char *bytes, size_t size,
                       uint64_t *offset, struct error *err)
{
    uint64_t at = 0;

    (void)pthread_mutex_lock(&scratch->mutex);
    *offset = at = scratch->bytes;
    scratch->bytes += size;
    (void)pthread_mutex_unlock(&scratch->mutex);
    while (size > 0) {
        ssize_t written = pwrite(scratch->fd, bytes, size, (off_t)at);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return error_set_errno(err, errno, "cannot write the workbook's sheets");
        bytes += written;
        size -= (size_t)written;
        at += (uint64_t)written;
    }
    return 0;
}

/* ---- text ---- */

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory for the workbook");
}

/* Room for one more part, which is filled later; its number. */
static int add_part(struct stream_scratch *scratch, struct stream_text *text, size_t *number,
                    struct error *err)
{
    int status = 0;

    (void)pthread_mutex_lock(&scratch->mutex);
    if (text->part_count == text->part_capacity) {
        size_t capacity = text->part_capacity * 2 + 16;
        struct stream_part *parts = realloc(text->parts, capacity * sizeof(*parts));

        if (parts == NULL) {
            status = out_of_memory(err);
        } else {
            text->parts = parts;
            text->part_capacity = capacity;
        }
    }
    if (status == 0)
        *number = text->part_count++;
    (void)pthread_mutex_unlock(&scratch->mutex);
    return status;
}

/* Compresses text; where it goes in the scratch file is not known yet. 0, or -1 with err filled. */
static int deflate_part(struct span bytes, struct deflate_block *compressor, char *compressed,
                        struct stream_part *part, struct error *err)
{
    *part = (struct stream_part){
        .bytes = bytes.size,
        .size = deflate_block_run(compressor, bytes.data, bytes.size, false, compressed),
        .crc32 = crc32_gzip_refl(0, (const unsigned char *)bytes.data, bytes.size),
    };
    return part->size == 0 ? out_of_memory(err) : 0;
}

static void set_part(struct stream_scratch *scratch, struct stream_text *text, size_t number,
                     const struct stream_part *part)
{
    (void)pthread_mutex_lock(&scratch->mutex);
    text->parts[number] = *part;
    (void)pthread_mutex_unlock(&scratch->mutex);
}

static int make_compressor(struct deflate_block **compressor, char **compressed, struct error *err)
{
    if (*compressor == NULL)
        *compressor = deflate_block_open(DEFLATE_BY_ISAL);
    if (*compressed == NULL)
        *compressed = malloc(DEFLATE_BLOCK_ROOM);
    return *compressor == NULL || *compressed == NULL ? out_of_memory(err) : 0;
}

/* Compresses what is in the buffer into the scratch file. */
static int flush(struct sheet_stream *stream, struct stream_text *text, size_t size,
                 struct error *err)
{
    struct stream_scratch *scratch = stream->scratch;
    struct stream_part part;
    size_t number = 0;

    if (size == 0)
        return 0;
    if (make_compressor(&scratch->compressor, &scratch->compressed, err) != 0 ||
        add_part(scratch, text, &number, err) != 0 ||
        deflate_part((struct span){text->buffer, size}, scratch->compressor, scratch->compressed,
                     &part, err) != 0 ||
        scratch_put(scratch, scratch->compressed, part.size, &part.offset, err) != 0)
        return -1;
    set_part(scratch, text, number, &part);
    text->bytes += size;
    text->used -= size;
    memmove(text->buffer, text->buffer + size, text->used);
    return 0;
}

static int grow(struct stream_text *text, size_t size, struct error *err)
{
    size_t room = text->room == 0 ? LOOSE_BYTES : text->room;
    char *buffer = NULL;

    while (room - text->used < size)
        room *= 2;
    if (room == text->room)
        return 0;
    buffer = realloc(text->buffer, room);
    if (buffer == NULL)
        return out_of_memory(err);
    text->buffer = buffer;
    text->room = room;
    return 0;
}

static int make_buffer(struct stream_text *text, struct error *err)
{
    if (text->buffer == NULL)
        text->buffer = malloc(text->room);
    return text->buffer == NULL ? out_of_memory(err) : 0;
}

/*
 * Room for `size` more bytes; NULL with err filled. The buffer holds a block, and the largest cell
 * behind it; that of a loose stream grows.
 */
static char *room(struct sheet_stream *stream, struct stream_text *text, size_t size,
                  struct error *err)
{
    if (stream->scratch == NULL) {
        if (grow(text, size, err) != 0)
            return NULL;
        return text->buffer + text->used;
    }
    if (make_buffer(text, err) != 0)
        return NULL;
    while (text->used >= BLOCK_BYTES)
        if (flush(stream, text, BLOCK_BYTES, err) != 0)
            return NULL;
    assert(size <= text->room - BLOCK_BYTES);
    return text->buffer + text->used;
}

static void taken(struct stream_text *text, const char *end)
{
    text->used = (size_t)(end - text->buffer);
    assert(text->used <= text->room);
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

static inline bool escapes(char byte, bool attribute)
{
    return byte == '&' || byte == '<' || byte == '>' ||
           (attribute && (byte == '"' || byte == '\n'));
}

/* Whether any of eight bytes does. */
static inline bool word_escapes(uint64_t word, bool attribute)
{
    /* The second bit is all that '<' and '>' differ in. */
    const uint64_t found = text_word_has(word, '&') | text_word_has(word | TEXT_WORD_OF(2), '>');

    return (found | (attribute ? text_word_has(word, '"') | text_word_has(word, '\n') : 0)) != 0;
}

static char *put_escape(char *at, char byte)
{
    switch (byte) {
    case '&':
        return PUT(at, "&amp;");
    case '<':
        return PUT(at, "&lt;");
    case '>':
        return PUT(at, "&gt;");
    case '"':
        return PUT(at, "&quot;");
    default:
        return PUT(at, "&#xA;");
    }
}

/* Escapes &, < and >, and in an attribute quotes and lines. Room for ESCAPED_MAX for each byte. */
static inline char *put_escaped(char *at, struct span text, bool attribute)
{
    const char *const end = text.data + text.size;

    for (const char *from = text.data; from < end;) {
        const size_t left = (size_t)(end - from);
        const uint64_t word = left >= TEXT_WORD_BYTES ? text_word(from) : 0;

        if (left >= TEXT_WORD_BYTES && !word_escapes(word, attribute)) {
            memcpy(at, &word, sizeof(word));
            at += TEXT_WORD_BYTES;
            from += TEXT_WORD_BYTES;
        } else if (escapes(*from, attribute)) {
            at = put_escape(at, *from++);
        } else {
            *at++ = *from++;
        }
    }
    return at;
}

/* ---- the stream ---- */

struct sheet_stream *sheet_stream_open_loose(struct error *err)
{
    struct sheet_stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL) {
        (void)out_of_memory(err);
        return NULL;
    }
    stream->row = stream->last_row = stream->height_row = NO_ROW;
    return stream;
}

struct sheet_stream *sheet_stream_open(struct stream_scratch *scratch, struct error *err)
{
    struct sheet_stream *stream = sheet_stream_open_loose(err);

    if (stream == NULL)
        return NULL;
    stream->scratch = scratch;
    stream->rows.room = stream->links.room = DEFLATE_BLOCK_BYTES_MAX;
    return stream;
}

void sheet_stream_close(struct sheet_stream *stream)
{
    if (stream == NULL)
        return;
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
    memcpy(at, stream->row_text, ROW_TEXT_ROOM);
    at += stream->row_text_size;
    if (style == 0)
        return PUT(at, "\"");
    at = PUT(at, "\" s=\"");
    if (style >= 100)
        at = put_integer(at, (uint64_t)style / 10);
    else if (style >= 10)
        *at++ = (char)('0' + style / 10);
    *at++ = (char)('0' + style % 10);
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

/* A cell of text between what begins it, from its type on, and what ends it. */
static inline int put_text(struct sheet_stream *stream, uint32_t row, int column, int style,
                           struct span text, const char *begin, const char *end, struct error *err)
{
    char *at = begin_cell(stream, row, column, style, ESCAPED_MAX * text.size, err);

    if (at == NULL)
        return -1;
    at = put(at, begin, strlen(begin));
    at = put_escaped(at, text, false);
    taken(&stream->rows, put(at, end, strlen(end)));
    return 0;
}

int sheet_stream_text(struct sheet_stream *stream, uint32_t row, int column, int style,
                      struct span text, struct error *err)
{
    return put_text(stream, row, column, style, text,
                    " t=\"inlineStr\"><is><t xml:space=\"preserve\">", "</t></is></c>", err);
}

int sheet_stream_string(struct sheet_stream *stream, uint32_t row, int column, int style,
                        struct span text, struct error *err)
{
    return put_text(stream, row, column, style, text, " t=\"str\"><v>", "</v></c>", err);
}

static char *put_formula(const struct sheet_stream *stream, char *at, const char *formula)
{
    at = PUT(at, "<f>");
    for (; *formula != '\0'; formula++) {
        if (*formula == *STREAM_ROW) {
            memcpy(at, stream->row_text, ROW_TEXT_ROOM);
            at += stream->row_text_size;
        } else if (escapes(*formula, false)) {
            at = put_escape(at, *formula);
        } else {
            *at++ = *formula;
        }
    }
    return PUT(at, "</f>");
}

int sheet_stream_formula(struct sheet_stream *stream, uint32_t row, int column, int style,
                         const char *formula, struct decimal result, struct error *err)
{
    char *at = begin_cell(stream, row, column, style, FORMULA_BYTE_MAX * strlen(formula), err);

    if (at == NULL)
        return -1;
    at = put_formula(stream, PUT(at, ">"), formula);
    taken(&stream->rows, put_value(at, result));
    return 0;
}

int sheet_stream_text_formula(struct sheet_stream *stream, uint32_t row, int column, int style,
                              const char *formula, struct span result, struct error *err)
{
    char *at = begin_cell(stream, row, column, style,
                          FORMULA_BYTE_MAX * strlen(formula) + ESCAPED_MAX * result.size, err);

    if (at == NULL)
        return -1;
    at = put_formula(stream, PUT(at, " t=\"str\">"), formula);
    at = PUT(at, "<v>");
    at = put_escaped(at, result, false);
    taken(&stream->rows, PUT(at, "</v></c>"));
    return 0;
}

static char *begin_links(const struct stream_text *links, char *at)
{
    return links->used == 0 && links->bytes == 0 ? PUT(at, "<hyperlinks>") : at;
}

int sheet_stream_link(struct sheet_stream *stream, uint32_t row, int column, const char *location,
                      struct span text, struct error *err)
{
    struct stream_text *links = &stream->links;
    char *at = room(stream, links, CELL_EXTRA + ESCAPED_MAX * (strlen(location) + text.size), err);

    if (at == NULL)
        return -1;
    if (stream->scratch != NULL)
        at = begin_links(links, at);
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

/* ---- appending ---- */

struct stream_block {
    const char *bytes; /* of a loose stream, or in the buffer */
    char *buffer;      /* as large as a stream's; NULL: none was needed yet */
    struct stream_scratch *scratch;
    struct stream_text *text;
    size_t number;           /* of its part */
    struct stream_part part; /* once it is compressed */
};

/* One more block of the text, whose bytes are set by who asks. NULL with err filled. */
static struct stream_block *add_block(struct sheet_stream *stream, struct stream_text *text,
                                      struct stream_blocks *blocks, struct error *err)
{
    struct stream_block *block = NULL;

    if (blocks->count == blocks->made) {
        struct stream_block *items =
            realloc(blocks->items, (blocks->made + 1) * sizeof(*blocks->items));

        if (items == NULL) {
            (void)out_of_memory(err);
            return NULL;
        }
        blocks->items = items;
        items[blocks->made++] = (struct stream_block){.buffer = NULL};
    }
    block = &blocks->items[blocks->count];
    if (add_part(stream->scratch, text, &block->number, err) != 0)
        return NULL;
    blocks->count++;
    block->scratch = stream->scratch;
    block->text = text;
    text->bytes += BLOCK_BYTES;
    return block;
}

/* Exchanges the buffer, which holds a block and perhaps more, for an empty one. */
static int take_block(struct sheet_stream *stream, struct stream_text *text,
                      struct stream_blocks *blocks, struct error *err)
{
    struct stream_block *block = add_block(stream, text, blocks, err);
    char *full = text->buffer;

    if (block == NULL)
        return -1;
    if (block->buffer == NULL)
        block->buffer = malloc(DEFLATE_BLOCK_BYTES_MAX);
    if (block->buffer == NULL)
        return out_of_memory(err);
    text->buffer = block->buffer;
    block->buffer = full;
    block->bytes = full;
    text->used -= BLOCK_BYTES;
    memcpy(text->buffer, full + BLOCK_BYTES, text->used);
    return 0;
}

/* What fills the block at hand is copied, whole blocks stay where they are, and the rest is copied.
 */
static int append_text(struct sheet_stream *stream, struct stream_text *text, struct span added,
                       struct stream_blocks *blocks, struct error *err)
{
    if (make_buffer(text, err) != 0)
        return -1;
    while (added.size > 0) {
        size_t size = BLOCK_BYTES;

        while (text->used >= BLOCK_BYTES)
            if (take_block(stream, text, blocks, err) != 0)
                return -1;
        if (text->used == 0 && added.size >= BLOCK_BYTES) {
            struct stream_block *block = add_block(stream, text, blocks, err);

            if (block == NULL)
                return -1;
            block->bytes = added.data;
        } else {
            size = BLOCK_BYTES - text->used;
            if (size > added.size)
                size = added.size;
            memcpy(text->buffer + text->used, added.data, size);
            text->used += size;
        }
        added = (struct span){added.data + size, added.size - size};
    }
    return 0;
}

static int append_rows(struct sheet_stream *stream, struct sheet_stream *loose,
                       struct stream_blocks *blocks, struct error *err)
{
    const struct span rows = {loose->rows.buffer, loose->rows.used};

    if (loose->row == NO_ROW)
        return 0;
    assert(loose->last_row > stream->row);
    if ((stream->row != NO_ROW &&
         append_text(stream, &stream->rows, span_of("</row>"), blocks, err) != 0) ||
        append_text(stream, &stream->rows, rows, blocks, err) != 0)
        return -1;
    stream->row = stream->last_row = loose->row;
    if (loose->last_column > stream->last_column)
        stream->last_column = loose->last_column;
    memcpy(stream->row_text, loose->row_text, sizeof(stream->row_text));
    stream->row_text_size = loose->row_text_size;
    loose->row = loose->last_row = NO_ROW;
    loose->rows.used = 0;
    return 0;
}

static int append_links(struct sheet_stream *stream, struct sheet_stream *loose,
                        struct stream_blocks *blocks, struct error *err)
{
    struct stream_text *links = &stream->links;
    const struct span added = {loose->links.buffer, loose->links.used};

    if (added.size == 0)
        return 0;
    if (make_buffer(links, err) != 0)
        return -1;
    taken(links, begin_links(links, links->buffer + links->used));
    loose->links.used = 0;
    return append_text(stream, links, added, blocks, err);
}

int sheet_stream_append(struct sheet_stream *stream, struct sheet_stream *loose,
                        struct stream_blocks *blocks, struct error *err)
{
    assert(stream->scratch != NULL && loose->scratch == NULL);
    return append_rows(stream, loose, blocks, err) != 0 ||
                   append_links(stream, loose, blocks, err) != 0
               ? -1
               : 0;
}

/*
 * Compresses blocks from the first one on, as far as there is room, and writes them at once: to the
 * system, a few large pieces are half the work of many small ones. How many; 0 with err filled.
 */
static size_t write_some(struct stream_blocks *blocks, size_t first, struct error *err)
{
    struct stream_scratch *scratch = blocks->items[first].scratch;
    uint64_t offset = 0;
    size_t used = 0;
    size_t end = first;

    while (end < blocks->count && blocks->items[end].scratch == scratch &&
           used + DEFLATE_ROOM_OF(BLOCK_BYTES) <= DEFLATE_BLOCK_ROOM) {
        struct stream_block *block = &blocks->items[end];

        if (deflate_part((struct span){block->bytes, BLOCK_BYTES}, blocks->compressor,
                         blocks->compressed + used, &block->part, err) != 0)
            return 0;
        used += block->part.size;
        end++;
    }
    if (scratch_put(scratch, blocks->compressed, used, &offset, err) != 0)
        return 0;
    for (size_t i = first; i < end; i++) {
        struct stream_block *block = &blocks->items[i];

        block->part.offset = offset;
        offset += block->part.size;
        set_part(scratch, block->text, block->number, &block->part);
    }
    return end - first;
}

int stream_blocks_write(struct stream_blocks *blocks, struct error *err)
{
    size_t written = 0;

    if (blocks->count == 0)
        return 0;
    if (make_compressor(&blocks->compressor, &blocks->compressed, err) != 0)
        return -1;
    while (written < blocks->count) {
        const size_t more = write_some(blocks, written, err);

        if (more == 0)
            return -1;
        written += more;
    }
    blocks->count = 0;
    return 0;
}

void stream_blocks_release(struct stream_blocks *blocks)
{
    for (size_t i = 0; i < blocks->made; i++)
        free(blocks->items[i].buffer);
    free(blocks->items);
    deflate_block_close(blocks->compressor);
    free(blocks->compressed);
    *blocks = (struct stream_blocks){0};
}

/* ---- the end ---- */

static uint32_t crc32_of_parts(const struct stream_text *text)
{
    uLong crc = 0;

    for (size_t i = 0; i < text->part_count; i++)
        crc = crc32_combine(crc, text->parts[i].crc32, (z_off_t)text->parts[i].bytes);
    return (uint32_t)crc;
}

/* Nothing of the text stays in memory. */
static int flush_all(struct sheet_stream *stream, struct stream_text *text, struct error *err)
{
    while (text->used > 0)
        if (flush(stream, text, text->used < BLOCK_BYTES ? text->used : BLOCK_BYTES, err) != 0)
            return -1;
    free(text->buffer);
    text->buffer = NULL;
    return 0;
}

int sheet_stream_rest(struct sheet_stream *stream, struct error *err)
{
    return flush_all(stream, &stream->rows, err) != 0 || flush_all(stream, &stream->links, err) != 0
               ? -1
               : 0;
}

static int put_end(struct sheet_stream *stream, struct stream_text *text, const char *end,
                   struct error *err)
{
    char *at = room(stream, text, CELL_EXTRA, err);

    if (at == NULL)
        return -1;
    taken(text, put(at, end, strlen(end)));
    return 0;
}

int sheet_stream_finish(struct sheet_stream *stream, struct error *err)
{
    const bool any_links = stream->links.used > 0 || stream->links.bytes > 0;

    if (stream->row != NO_ROW && put_end(stream, &stream->rows, "</row>", err) != 0)
        return -1;
    if (any_links && put_end(stream, &stream->links, "</hyperlinks>", err) != 0)
        return -1;
    if (sheet_stream_rest(stream, err) != 0)
        return -1;
    stream->rows.crc32 = crc32_of_parts(&stream->rows);
    stream->links.crc32 = crc32_of_parts(&stream->links);
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
