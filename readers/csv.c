/*
 * Owns the fields of records: the marks of a block (delimiters, quotes, line ends), the fast way
 * from marks to fields, and libcsv for what is not simple.
 * Must not know columns or types.
 */
#include "readers/csv.h"

#include <assert.h>
#include <csv.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "readers/marks.h"

enum {
    LIBCSV_GROWTH_BYTES = 64 * 1024,
    FIELDS_MIN = 64,
};

struct tokenizer {
    const char *name;
    char delimiter;
    bool forced; /* everything goes to libcsv */
    size_t keep;

    const char *data; /* of the block */
    size_t size;
    size_t at; /* where the next record starts */
    uint64_t line;
    struct marks marks;
    const uint32_t *mark; /* the next one */

    struct span *fields;
    size_t field_room;

    struct csv_parser parser;
    char *text; /* the values of a record that went through libcsv */
    size_t text_size;
    size_t text_room;
    size_t field_count;
    size_t row_count;
};

int tokenizer_open(struct tokenizer **out, char delimiter, const char *name, struct error *err)
{
    struct tokenizer *tokenizer;

    assert(delimiter != '"' && delimiter != '\r' && delimiter != '\n');
    tokenizer = calloc(1, sizeof(*tokenizer));
    if (tokenizer == NULL || csv_init(&tokenizer->parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        free(tokenizer);
        return error_set(err, ERROR_IO, "%s: out of memory", name);
    }
    csv_set_delim(&tokenizer->parser, (unsigned char)delimiter);
    csv_set_blk_size(&tokenizer->parser, LIBCSV_GROWTH_BYTES);
    tokenizer->name = name;
    tokenizer->delimiter = delimiter;
    tokenizer->keep = SIZE_MAX;
    *out = tokenizer;
    return 0;
}

void tokenizer_close(struct tokenizer *tokenizer)
{
    if (tokenizer == NULL)
        return;
    csv_free(&tokenizer->parser);
    marks_release(&tokenizer->marks);
    free(tokenizer->fields);
    free(tokenizer->text);
    free(tokenizer);
}

void tokenizer_keep(struct tokenizer *tokenizer, size_t fields_max)
{
    assert(fields_max > 0);
    tokenizer->keep = fields_max;
}

void tokenizer_force_libcsv(struct tokenizer *tokenizer)
{
    tokenizer->forced = true;
}

/* Room for all the fields that the block's records can have, or that are kept of them. */
static int make_field_room(struct tokenizer *tokenizer, struct error *err)
{
    size_t wanted = tokenizer->marks.count + 1;
    struct span *larger;

    if (wanted > tokenizer->keep)
        wanted = tokenizer->keep;
    if (wanted < FIELDS_MIN)
        wanted = FIELDS_MIN;
    if (wanted <= tokenizer->field_room)
        return 0;
    larger = realloc(tokenizer->fields, wanted * sizeof(*larger));
    if (larger == NULL)
        return error_set(err, ERROR_IO, "%s: out of memory", tokenizer->name);
    tokenizer->fields = larger;
    tokenizer->field_room = wanted;
    return 0;
}

int tokenizer_load(struct tokenizer *tokenizer, const struct block *block, struct error *err)
{
    assert(block->size > 0);
    tokenizer->data = block->data;
    tokenizer->size = block->size;
    tokenizer->at = 0;
    tokenizer->line = block->first_line;
    if (marks_find(&tokenizer->marks, block->data, block->size, tokenizer->delimiter) != 0)
        return error_set(err, ERROR_IO, "%s: out of memory", tokenizer->name);
    tokenizer->mark = tokenizer->marks.at;
    return make_field_room(tokenizer, err);
}

static int make_text_room(struct tokenizer *tokenizer, size_t size, struct error *err)
{
    char *larger;

    if (size <= tokenizer->text_room)
        return 0;
    if (size < LIBCSV_GROWTH_BYTES)
        size = LIBCSV_GROWTH_BYTES;
    larger = realloc(tokenizer->text, size);
    if (larger == NULL)
        return error_set(err, ERROR_IO, "%s: out of memory", tokenizer->name);
    tokenizer->text = larger;
    tokenizer->text_room = size;
    return 0;
}

/* libcsv's callbacks can't fail and needn't: text and fields have room for any record. */
static void take_field(void *value, size_t size, void *context)
{
    struct tokenizer *tokenizer = context;

    if (tokenizer->field_count < tokenizer->keep) {
        char *copy = tokenizer->text + tokenizer->text_size;

        assert(tokenizer->field_count < tokenizer->field_room);
        assert(size <= tokenizer->text_room - tokenizer->text_size);
        if (size > 0)
            memcpy(copy, value, size);
        tokenizer->text_size += size;
        tokenizer->fields[tokenizer->field_count] = (struct span){copy, size};
    }
    tokenizer->field_count++;
}

static void take_row(int terminator, void *context)
{
    struct tokenizer *tokenizer = context;

    (void)terminator;
    tokenizer->row_count++;
}

/* Where the last quoted value of a record whose quotes don't pair up starts. */
static size_t open_quote(struct span record)
{
    size_t opened = 0;
    size_t i;
    bool inside = false;

    for (i = 0; i < record.size; i++) {
        if (record.data[i] != '"')
            continue;
        if (!inside && (i == 0 || record.data[i - 1] != '"'))
            opened = i;
        inside = !inside;
    }
    return opened;
}

static int refuse_at(const struct tokenizer *tokenizer, struct span record, size_t at,
                     const char *cause, struct error *err)
{
    return error_set(err, ERROR_INPUT, "%s:%" PRIu64 ": %s", tokenizer->name,
                     tokenizer->line + line_ends(record.data, at), cause);
}

/* What libcsv stopped at. */
static int refuse_text(struct tokenizer *tokenizer, struct span record, size_t at,
                       struct error *err)
{
    int status = csv_error(&tokenizer->parser);

    if (status != CSV_EPARSE)
        return error_set(err, ERROR_IO, "%s: libcsv: %s", tokenizer->name, csv_strerror(status));
    if (record.data[at] == '"')
        return refuse_at(tokenizer, record, at, "a quote stands where none may", err);
    return refuse_at(tokenizer, record, at, "text stands behind a closing quote", err);
}

/*
 * Feeds one record to libcsv. Of one that is too long only so much that the cause to tell does not
 * depend on how it was read. After an error csv_fini would hand out the broken record.
 */
static int parse(struct tokenizer *tokenizer, struct span record, struct error *err)
{
    bool too_long = record.size > RECORD_BYTES_MAX;
    size_t parsed;

    if (too_long)
        record.size = RECORD_BYTES_MAX + 1;
    if (make_text_room(tokenizer, record.size, err) != 0)
        return -1;
    tokenizer->text_size = 0;
    tokenizer->field_count = 0;
    tokenizer->row_count = 0;
    parsed =
        csv_parse(&tokenizer->parser, record.data, record.size, take_field, take_row, tokenizer);
    if (parsed != record.size)
        return refuse_text(tokenizer, record, parsed, err);
    if (too_long)
        return refuse_at(tokenizer, record, 0,
                         "the record is longer than 1 MiB (is a quote never closed?)", err);
    if (csv_fini(&tokenizer->parser, take_field, take_row, tokenizer) != 0)
        return refuse_at(tokenizer, record, open_quote(record), "a quote is never closed", err);
    assert(tokenizer->row_count == 1);
    return 0;
}

/* Puts the tokenizer behind the line end that `mark` points at. */
static inline void step_behind(struct tokenizer *tokenizer, const uint32_t *mark)
{
    size_t at = *mark++;

    if (tokenizer->data[at] == '\r' && at + 1 < tokenizer->size &&
        tokenizer->data[at + 1] == '\n') {
        at++;
        mark++;
    }
    tokenizer->at = at + 1;
    tokenizer->mark = mark;
}

/* Any record, by way of libcsv. */
static int split_any(struct tokenizer *tokenizer, struct csv_row *row, struct error *err)
{
    const uint32_t *mark = tokenizer->mark;
    const uint32_t *last = tokenizer->marks.at + tokenizer->marks.count - 1;
    const char *start = tokenizer->data + tokenizer->at;
    bool in_quotes = false;

    /* The block's last byte is a line end; a record that runs up to it may have an open quote. */
    for (; mark < last; mark++) {
        char byte = tokenizer->data[*mark];

        if (byte == '"')
            in_quotes = !in_quotes;
        else if (byte != tokenizer->delimiter && !in_quotes)
            break;
    }
    row->raw = (struct span){start, (size_t)(tokenizer->data + *mark - start)};
    if (!is_blank(row->raw) && parse(tokenizer, row->raw, err) != 0)
        return -1;
    row->fields = tokenizer->fields;
    row->field_count = tokenizer->field_count;
    row->plain = false;
    row->in_block = false;
    step_behind(tokenizer, mark);
    tokenizer->line += line_ends(start, (size_t)(tokenizer->data + tokenizer->at - start));
    return 0;
}

static inline bool is_space(char byte)
{
    return byte == ' ' || byte == '\t';
}

static inline struct span trimmed(const char *start, const char *end)
{
    /* Most are; both are bytes of this field, or its end where it is empty. */
    if ((unsigned char)*start > ' ' && (unsigned char)end[-(end > start)] > ' ')
        return (struct span){start, (size_t)(end - start)};
    while (start < end && is_space(*start))
        start++;
    while (end > start && is_space(end[-1]))
        end--;
    return (struct span){start, (size_t)(end - start)};
}

/*
 * A record without a quote, in place; false, with nothing changed, when it has one or is too long.
 * Its last mark is its line end.
 */
static bool split_simple(struct tokenizer *tokenizer, struct csv_row *row)
{
    const char *data = tokenizer->data;
    const char *start = data + tokenizer->at;
    const uint32_t *mark = tokenizer->mark;
    struct span *fields = tokenizer->fields;
    size_t keep = tokenizer->keep;
    bool blanks_beside = tokenizer->marks.blanks_beside;
    size_t count = 0;

    for (;;) {
        const char *end = data + *mark;
        char byte = *end;

        if (count < keep) {
            fields[count] =
                blanks_beside ? trimmed(start, end) : (struct span){start, (size_t)(end - start)};
        }
        count++;
        if (byte != tokenizer->delimiter) {
            if (byte == '"')
                return false;
            break;
        }
        start = end + 1;
        mark++;
    }
    row->raw = (struct span){data + tokenizer->at, *mark - tokenizer->at};
    if (row->raw.size > RECORD_BYTES_MAX)
        return false;
    row->fields = fields;
    row->field_count = count;
    row->in_block = true;
    row->plain = marks_plain(&tokenizer->marks, tokenizer->at, *mark);
    step_behind(tokenizer, mark);
    tokenizer->line++;
    return true;
}

int tokenizer_next(struct tokenizer *tokenizer, struct csv_row *row, struct error *err)
{
    do {
        if (tokenizer->at == tokenizer->size)
            return 0;
        row->line = tokenizer->line;
        if (tokenizer->forced || !split_simple(tokenizer, row)) {
            if (split_any(tokenizer, row, err) != 0)
                return -1;
        }
    } while (is_blank(row->raw));
    return 1;
}
