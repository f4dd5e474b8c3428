/*
 * Owns the spelling of a ledger as CSV: quotes, the guard against formulas, numbers and instants.
 * Must not know any ledger's columns.
 */
#include "writers/csv.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/civil.h"
#include "policy/text_words.h"

enum {
    NUMBER_BYTES_MAX = 64, /* any cell that is not text */
    TEXT_FACTOR = 3,       /* a byte may become U+FFFD; a quote only becomes two */
    TEXT_EXTRA = 4,        /* two quotes, the guard, the comma */
    ROW_RESERVE = OUTPUT_RESERVE_MAX,
    PART_BYTES = 8 * 1024, /* of a text too long for the reserve */
    SEQUENCE_BYTES_MAX = 4,
};

_Static_assert(TEXT_EXTRA + TEXT_FACTOR * PART_BYTES <= ROW_RESERVE, "a part fits the reserve");

struct csv_writer {
    struct output *output;
    const struct ledger *ledger;
    int utc_offset_seconds;
    uint64_t rows;
};

/* The room of a row that is being filled. */
struct row {
    struct csv_writer *writer;
    char *start; /* of what is not yet taken by the output */
    char *at;
    char *end;
};

/* Takes what the row holds so far and makes fresh room. */
static int row_renew(struct row *row, struct error *err)
{
    output_advance(row->writer->output, (size_t)(row->at - row->start));
    row->start = output_reserve(row->writer->output, ROW_RESERVE, err);
    if (row->start == NULL)
        return -1;
    row->at = row->start;
    row->end = row->start + ROW_RESERVE;
    return 0;
}

static inline bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* Whether a spreadsheet could take text that begins with this byte for a formula. */
static inline bool is_guarded(char first)
{
    switch (first) {
    case '=':
    case '+':
    case '-':
    case '@':
    case '\t':
    case '\r':
    case '\'':
        return true;
    default:
        return false;
    }
}

/* Quotes where the value, as written, needs them; a guarded one does not begin with a blank. */
static bool needs_quotes(struct span text, bool guarded)
{
    return (!guarded && is_blank(text.data[0])) || is_blank(text.data[text.size - 1]) ||
           text_has_csv_mark(text.data, text.size);
}

/* The text, with its quotes doubled when it stands in quotes. */
static char *put_plain(char *at, struct span text, bool quoted)
{
    size_t i;

    if (!quoted) {
        memcpy(at, text.data, text.size);
        return at + text.size;
    }
    for (i = 0; i < text.size; i++) {
        if (text.data[i] == '"')
            *at++ = '"';
        *at++ = text.data[i];
    }
    return at;
}

/* Text of any bytes: what is no UTF-8 becomes U+FFFD, byte by byte. */
static char *put_raw(char *at, struct span text, bool quoted)
{
    while (text.size > 0) {
        size_t good = text_well_formed(text);

        at = put_plain(at, (struct span){text.data, good}, quoted);
        text.data += good;
        text.size -= good;
        if (text.size > 0) {
            memcpy(at, TEXT_REPLACEMENT, sizeof(TEXT_REPLACEMENT) - 1);
            at += sizeof(TEXT_REPLACEMENT) - 1;
            text.data++;
            text.size--;
        }
    }
    return at;
}

/* Where to cut a long text: not within a well-formed sequence. */
static size_t part_size(struct span text)
{
    size_t size = PART_BYTES;
    int back;

    if (text.size <= PART_BYTES)
        return text.size;
    for (back = 0; back < SEQUENCE_BYTES_MAX; back++, size--) {
        if (((unsigned char)text.data[size] & 0xC0) != 0x80)
            return size;
    }
    /* No lead byte is near enough for a sequence to cross the cut. */
    return PART_BYTES;
}

static int put_text(struct row *row, const struct cell *cell, struct error *err)
{
    struct span text = cell->text;
    bool guarded = cell->kind != CELL_CODE && is_guarded(text.data[0]);
    bool quoted = needs_quotes(text, guarded);

    if ((size_t)(row->end - row->at) < TEXT_EXTRA + TEXT_FACTOR * text.size &&
        row_renew(row, err) != 0)
        return -1;
    if (quoted)
        *row->at++ = '"';
    if (guarded)
        *row->at++ = '\'';
    while (text.size > 0) {
        size_t size = part_size(text);
        struct span part = {text.data, size};

        row->at = cell->kind == CELL_RAW ? put_raw(row->at, part, quoted)
                                         : put_plain(row->at, part, quoted);
        text.data += size;
        text.size -= size;
        if (text.size > 0 && row_renew(row, err) != 0)
            return -1;
    }
    if (quoted)
        *row->at++ = '"';
    return 0;
}

static char *put_integer(char *at, int64_t value)
{
    char digits[20];
    int count = 0;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

    if (value < 0)
        *at++ = '-';
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

static int put_cell(struct row *row, const struct cell *cell, struct error *err)
{
    if (row->end - row->at < NUMBER_BYTES_MAX && row_renew(row, err) != 0)
        return -1;
    switch (cell->kind) {
    case CELL_EMPTY:
        return 0;
    case CELL_TEXT:
    case CELL_RAW:
    case CELL_CODE:
        return put_text(row, cell, err);
    case CELL_INSTANT:
        row->at += instant_format(cell->integer, row->writer->utc_offset_seconds, row->at);
        return 0;
    case CELL_DATE:
        row->at += date_format(cell->integer, row->at);
        return 0;
    case CELL_PERIOD:
        row->at += period_format((int32_t)cell->integer, row->at);
        return 0;
    case CELL_INTEGER:
        row->at = put_integer(row->at, cell->integer);
        return 0;
    case CELL_AMOUNT:
        row->at += decimal_format(cell->decimal, cell->digits, row->at);
        return 0;
    case CELL_RATE:
        row->at += decimal_format(cell->decimal, 0, row->at);
        return 0;
    }
    assert(!"cell kind");
    return -1;
}

int csv_writer_row(struct csv_writer *writer, const void *entry, struct error *err)
{
    const struct ledger *ledger = writer->ledger;
    struct row row = {.writer = writer};
    int i;

    if (row_renew(&row, err) != 0)
        return -1;
    for (i = 0; i < ledger->column_count; i++) {
        struct cell cell;

        ledger->columns[i].get(entry, &cell);
        if (put_cell(&row, &cell, err) != 0)
            return -1;
        *row.at++ = i + 1 < ledger->column_count ? ',' : '\n';
    }
    output_advance(writer->output, (size_t)(row.at - row.start));
    writer->rows++;
    return 0;
}

static int put_header(struct csv_writer *writer, struct error *err)
{
    const struct ledger *ledger = writer->ledger;
    int i;

    for (i = 0; i < ledger->column_count; i++) {
        struct span name = span_of(ledger->columns[i].name);

        if (output_write(writer->output, name.data, name.size, err) != 0 ||
            output_write(writer->output, i + 1 < ledger->column_count ? "," : "\n", 1, err) != 0)
            return -1;
    }
    return 0;
}

struct csv_writer *csv_writer_open(int folder_fd, const struct ledger *ledger,
                                   int utc_offset_seconds, struct error *err)
{
    struct csv_writer *writer = calloc(1, sizeof(*writer));
    char name[OUTPUT_NAME_MAX];
    int length = snprintf(name, sizeof(name), "%s.csv", ledger->name);

    assert(length > 0 && (size_t)length < sizeof(name));
    if (writer == NULL) {
        error_set_errno(err, ENOMEM, "%s: cannot create", name);
        return NULL;
    }
    writer->ledger = ledger;
    writer->utc_offset_seconds = utc_offset_seconds;
    writer->output = output_open(folder_fd, name, err);
    if (writer->output == NULL || put_header(writer, err) != 0) {
        csv_writer_discard(writer);
        return NULL;
    }
    return writer;
}

struct csv_writer *csv_writer_open_part(const struct ledger *ledger, int utc_offset_seconds,
                                        struct error *err)
{
    struct csv_writer *part = calloc(1, sizeof(*part));

    if (part == NULL) {
        error_set_errno(err, ENOMEM, "%s: cannot make room", ledger->name);
        return NULL;
    }
    part->ledger = ledger;
    part->utc_offset_seconds = utc_offset_seconds;
    part->output = output_open_memory(err);
    if (part->output == NULL) {
        free(part);
        return NULL;
    }
    return part;
}

int csv_writer_append(struct csv_writer *writer, struct csv_writer *part, struct error *err)
{
    const struct span text = output_memory(part->output);

    assert(writer->ledger == part->ledger);
    if (text.size > 0 && output_write(writer->output, text.data, text.size, err) != 0)
        return -1;
    writer->rows += part->rows;
    part->rows = 0;
    output_memory_clear(part->output);
    return 0;
}

int csv_writer_commit(struct csv_writer *writer, struct output_summary *summary, struct error *err)
{
    uint64_t rows = writer->rows;
    int result = output_commit(writer->output, summary, err);

    free(writer);
    if (result == 0)
        summary->rows = rows;
    return result;
}

void csv_writer_discard(struct csv_writer *writer)
{
    if (writer == NULL)
        return;
    output_discard(writer->output);
    free(writer);
}
