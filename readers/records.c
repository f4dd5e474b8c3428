/*
 * Owns where records end and which physical line they start on.
 * Must not know delimiters, fields or columns.
 */
#include "readers/records.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "readers/csv.h"
#include "readers/marks.h"

enum { BYTE_ORDER_MARK_SIZE = 3 };

static const char BYTE_ORDER_MARK[BYTE_ORDER_MARK_SIZE] = {'\xEF', '\xBB', '\xBF'};

struct cutter {
    struct source *source;
    const char *name;
    size_t chunk_bytes;
    uint64_t line;  /* that the next block starts on */
    uint64_t taken; /* bytes of content read, the carried ones included */
    bool started;   /* the place of a byte order mark is passed */
    bool ended;     /* the source is at its end */
    bool given_up;  /* the last block is out */
    char *carry;    /* the start of a record, taken with the last block */
    size_t carry_size;
    size_t carry_room;
};

/* How far a block under construction has been searched. */
struct search {
    size_t at;      /* bytes before it are searched */
    size_t cut;     /* behind the last complete record found; 0: none */
    bool in_quotes; /* at `at` */
};

void block_release(struct block *block)
{
    free(block->data);
    *block = (struct block){0};
}

static int make_room(char **data, size_t *room, size_t size, const char *name, struct error *err)
{
    char *larger;

    if (size <= *room)
        return 0;
    if (size < *room + *room / 2)
        size = *room + *room / 2;
    larger = realloc(*data, size);
    if (larger == NULL)
        return error_set(err, ERROR_IO, "%s: out of memory", name);
    *data = larger;
    *room = size;
    return 0;
}

int cutter_open(struct cutter **out, struct source *source, const char *name, size_t chunk_bytes,
                struct error *err)
{
    struct cutter *cutter = calloc(1, sizeof(*cutter));

    assert(chunk_bytes > 0);
    if (cutter == NULL)
        return error_set(err, ERROR_IO, "%s: out of memory", name);
    cutter->source = source;
    cutter->name = name;
    cutter->chunk_bytes = chunk_bytes;
    cutter->line = 1;
    *out = cutter;
    return 0;
}

void cutter_close(struct cutter *cutter)
{
    if (cutter == NULL)
        return;
    free(cutter->carry);
    free(cutter);
}

uint64_t line_ends(const char *data, size_t size)
{
    const char *end = data + size;
    uint64_t count = marks_count_byte(data, size, '\n');

    while (data < end && (data = memchr(data, '\r', (size_t)(end - data))) != NULL) {
        data++;
        count += data == end || *data != '\n';
    }
    return count;
}

/* Behind the last line end in the text; 0 when there is none. */
static size_t behind_last_line_end(const char *data, size_t size)
{
    const char *newline = memrchr(data, '\n', size);
    size_t behind = newline == NULL ? 0 : (size_t)(newline - data) + 1;
    const char *cr = memrchr(data + behind, '\r', size - behind);

    return cr == NULL ? behind : (size_t)(cr - data) + 1;
}

/*
 * Searches on to `size`. A CR that is the last byte so far may be half a line end, so that it is
 * left for the next time unless the file ends there.
 */
static void search_on(struct search *search, const char *data, size_t size, bool ended)
{
    if (!ended && size > 0 && data[size - 1] == '\r')
        size--;
    while (search->at < size) {
        const char *start = data + search->at;
        const char *quote = memchr(start, '"', size - search->at);
        const char *end = quote != NULL ? quote : data + size;

        if (!search->in_quotes) {
            size_t behind = behind_last_line_end(start, (size_t)(end - start));

            if (behind > 0)
                search->cut = search->at + behind;
        }
        search->at = (size_t)(end - data);
        if (quote != NULL) {
            search->at++;
            search->in_quotes = !search->in_quotes;
        }
    }
}

static int read_more(struct cutter *cutter, struct block *block, struct error *err)
{
    ssize_t got;

    if (make_room(&block->data, &block->room, block->size + cutter->chunk_bytes + BLOCK_SLACK + 1,
                  cutter->name, err) != 0)
        return -1;
    got = source_read(cutter->source, block->data + block->size, cutter->chunk_bytes, cutter->line,
                      err);
    if (got < 0)
        return -1;
    block->size += (size_t)got;
    cutter->taken += (uint64_t)got;
    cutter->ended = got == 0;
    if (!cutter->started && (block->size >= BYTE_ORDER_MARK_SIZE || cutter->ended)) {
        cutter->started = true;
        if (block->size >= BYTE_ORDER_MARK_SIZE &&
            memcmp(block->data, BYTE_ORDER_MARK, BYTE_ORDER_MARK_SIZE) == 0) {
            block->size -= BYTE_ORDER_MARK_SIZE;
            block->offset += BYTE_ORDER_MARK_SIZE;
            memmove(block->data, block->data + BYTE_ORDER_MARK_SIZE, block->size);
        }
    }
    return 0;
}

/* Keeps what is behind the last complete record for the next block. */
static int keep_rest(struct cutter *cutter, struct block *block, size_t cut, struct error *err)
{
    size_t rest = block->size - cut;

    if (make_room(&cutter->carry, &cutter->carry_room, rest, cutter->name, err) != 0)
        return -1;
    if (rest > 0)
        memcpy(cutter->carry, block->data + cut, rest);
    cutter->carry_size = rest;
    block->size = cut;
    return 0;
}

/* Whether what has no end so far is longer than a record. A CR behind it may yet be its end. */
static bool is_long(const struct block *block, const struct search *search)
{
    return block->size > RECORD_BYTES_MAX &&
           (search->in_quotes || block->data[block->size - 1] != '\r');
}

int cutter_next(struct cutter *cutter, struct block *block, struct error *err)
{
    struct search search = {0};

    if (cutter->given_up)
        return 0;
    if (make_room(&block->data, &block->room, cutter->carry_size + BLOCK_SLACK + 1, cutter->name,
                  err) != 0)
        return -1;
    if (cutter->carry_size > 0)
        memcpy(block->data, cutter->carry, cutter->carry_size);
    block->size = cutter->carry_size;
    cutter->carry_size = 0;
    block->first_line = cutter->line;
    block->offset = cutter->taken - block->size;

    for (;;) {
        if (cutter->started)
            search_on(&search, block->data, block->size, cutter->ended);
        if (search.cut > 0) {
            if (keep_rest(cutter, block, search.cut, err) != 0)
                return -1;
            break;
        }
        if (cutter->ended ||
            (is_long(block, &search) && !is_blank((struct span){block->data, block->size}))) {
            cutter->given_up = true;
            if (block->size == 0)
                return 0;
            block->data[block->size++] = '\n';
            break;
        }
        /*
         * A blank line is no record, however long it is: it is held at a length that would be
         * refused if something else came behind it.
         */
        if (is_long(block, &search))
            block->size = search.at = RECORD_BYTES_MAX + 1;
        if (read_more(cutter, block, err) != 0)
            return -1;
    }
    memset(block->data + block->size, 0, BLOCK_SLACK);
    cutter->line += line_ends(block->data, block->size);
    return 1;
}
