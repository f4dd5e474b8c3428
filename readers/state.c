/*
 * Owns the way from a state file's stored bytes to its rows.
 * Must not know what any field means.
 */
#include "readers/state.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
    NAME_MAX_BYTES = 64,
    STORED_BYTES = 64 * 1024,
    TEXT_BYTES = 256 * 1024,
    GZIP_WINDOW_BITS = 31, /* gzip only, window as the header says */
};

_Static_assert(TEXT_BYTES > 2 * STATE_LINE_MAX, "the text has room for a line in two parts");

struct reading {
    const struct state_layout *layout;
    int (*row)(void *context, const struct state_row *row, struct error *err);
    void *context;
    struct error *err;

    int fd;
    bool ended;     /* the stored bytes are all read */
    bool in_member; /* inside a gzip member */
    bool inflating; /* the inflater holds memory */
    z_stream inflater;
    uint64_t line; /* the one at hand, from 1 */
    size_t text_size;
    size_t key_size; /* of the row before; 0: there was none */
    unsigned char stored[STORED_BYTES];
    char text[TEXT_BYTES]; /* inflated, not yet cut into lines */
    char key[STATE_LINE_MAX];
};

int state_damaged(const struct state_layout *layout, uint64_t line, const char *cause,
                  struct error *err)
{
    return error_set(err, ERROR_CLOSED,
                     "the previous period's carry-forward is damaged: %s%s:%" PRIu64 ": %s",
                     layout->name, STATE_FILE_SUFFIX, line, cause);
}

static int damaged(const struct reading *reading, const char *cause)
{
    return state_damaged(reading->layout, reading->line, cause, reading->err);
}

/* O_NONBLOCK, so that a FIFO is refused at once and not waited for. */
static int open_file(struct reading *reading, int folder_fd)
{
    const char *stem = reading->layout->name;
    char name[NAME_MAX_BYTES];
    struct stat status;
    int length = snprintf(name, sizeof(name), "%s%s", stem, STATE_FILE_SUFFIX);

    assert(length > 0 && (size_t)length < sizeof(name));
    reading->fd =
        openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (reading->fd < 0 && (errno == ENOENT || errno == ELOOP))
        return error_set(reading->err, ERROR_CLOSED,
                         "the previous period's carry-forward is damaged: %s is %s", name,
                         errno == ENOENT ? "missing" : "a link");
    if (reading->fd < 0)
        return error_set_errno(reading->err, errno, "%s: can't be opened", name);
    if (fstat(reading->fd, &status) != 0)
        return error_set_errno(reading->err, errno, "%s: can't be read", name);
    if (!S_ISREG(status.st_mode))
        return error_set(reading->err, ERROR_CLOSED,
                         "the previous period's carry-forward is damaged: %s is no regular file",
                         name);
    if (inflateInit2(&reading->inflater, GZIP_WINDOW_BITS) != Z_OK)
        return error_set(reading->err, ERROR_IO, "out of memory");
    reading->inflating = true;
    reading->in_member = true;
    return 0;
}

/* Takes more stored bytes, when those in hand are used up. */
static int refill(struct reading *reading)
{
    ssize_t got = 0;

    if (reading->inflater.avail_in > 0 || reading->ended)
        return 0;
    do
        got = read(reading->fd, reading->stored, sizeof(reading->stored));
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return error_set_errno(reading->err, errno, "%s%s: can't be read", reading->layout->name,
                               STATE_FILE_SUFFIX);
    reading->ended = got == 0;
    reading->inflater.next_in = reading->stored;
    reading->inflater.avail_in = (uInt)got;
    return 0;
}

/* Inflates more text behind what is left of it: 1, 0 at the verified end, -1 with err filled. */
static int fill_text(struct reading *reading)
{
    z_stream *inflater = &reading->inflater;
    const size_t before = reading->text_size;

    while (reading->text_size == before) {
        int status = Z_OK;

        if (refill(reading) != 0)
            return -1;
        if (!reading->in_member) {
            if (reading->ended)
                return 0;
            if (inflateReset(inflater) != Z_OK)
                return error_set(reading->err, ERROR_IO, "zlib failed");
            reading->in_member = true;
        }
        inflater->next_out = (unsigned char *)reading->text + reading->text_size;
        inflater->avail_out = (uInt)(sizeof(reading->text) - reading->text_size);
        status = inflate(inflater, Z_NO_FLUSH);
        reading->text_size = sizeof(reading->text) - inflater->avail_out;
        if (status == Z_STREAM_END)
            reading->in_member = false;
        else if (status == Z_MEM_ERROR)
            return error_set(reading->err, ERROR_IO, "out of memory");
        else if (status != Z_OK && status != Z_BUF_ERROR)
            return damaged(reading, "the gzip data are bad");
        else if (reading->ended && reading->text_size == before)
            return damaged(reading, "the gzip data are truncated");
    }
    return 1;
}

static bool is_header(const struct state_layout *layout, struct span line)
{
    size_t at = 0;

    for (int i = 0; i < layout->field_count; i++) {
        struct span field = span_of(layout->fields[i]);

        if (i > 0 && (at == line.size || line.data[at++] != '\t'))
            return false;
        if (line.size - at < field.size || memcmp(line.data + at, field.data, field.size) != 0)
            return false;
        at += field.size;
    }
    return at == line.size;
}

bool state_split(const struct state_layout *layout, struct state_row *row)
{
    const char *at = row->line.data;
    const char *end = at + row->line.size;

    for (int i = 0; i < layout->field_count; i++) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        const bool last = i + 1 == layout->field_count;

        if (last != (tab == NULL))
            return false;
        if (last)
            tab = end;
        if (tab == at)
            return false;
        row->fields[i] = (struct span){at, (size_t)(tab - at)};
        at = tab + 1;
    }
    return true;
}

static int take_line(struct reading *reading, struct span line)
{
    const struct state_layout *layout = reading->layout;
    struct state_row row = {.line = line, .number = ++reading->line};
    struct span key = {NULL, 0};

    if (line.size >= STATE_LINE_MAX)
        return damaged(reading, "the line is too long");
    if (reading->line == 1)
        return is_header(layout, line) ? 0 : damaged(reading, "the header is another");
    if (!state_split(layout, &row))
        return damaged(reading, "the fields are not those of the header");
    key = state_row_front(&row, layout->key_count);
    if (span_compare((struct span){reading->key, reading->key_size}, key) >= 0)
        return damaged(reading, "the rows are out of order");
    memcpy(reading->key, key.data, key.size);
    reading->key_size = key.size;
    return reading->row(reading->context, &row, reading->err);
}

/* Takes the whole lines of the text and moves what is left to its front. */
static int take_lines(struct reading *reading)
{
    size_t at = 0;

    for (;;) {
        const char *from = reading->text + at;
        const char *end = memchr(from, '\n', reading->text_size - at);

        if (end == NULL)
            break;
        if (take_line(reading, (struct span){from, (size_t)(end - from)}) != 0)
            return -1;
        at += (size_t)(end - from) + 1;
    }
    reading->text_size -= at;
    memmove(reading->text, reading->text + at, reading->text_size);
    if (reading->text_size >= STATE_LINE_MAX) {
        reading->line++;
        return damaged(reading, "the line is too long");
    }
    return 0;
}

static int read_all(struct reading *reading)
{
    int more = 0;

    while ((more = fill_text(reading)) > 0)
        if (take_lines(reading) != 0)
            return -1;
    if (more < 0)
        return -1;
    if (reading->text_size > 0 || reading->line == 0) {
        reading->line++;
        return damaged(reading, "the line has no end");
    }
    return 0;
}

int state_read(int folder_fd, const struct state_layout *layout,
               int (*row)(void *context, const struct state_row *row, struct error *err),
               void *context, struct error *err)
{
    struct reading *reading = calloc(1, sizeof(*reading));
    int result = -1;

    if (reading == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    reading->fd = -1;
    reading->layout = layout;
    reading->row = row;
    reading->context = context;
    reading->err = err;
    if (open_file(reading, folder_fd) == 0)
        result = read_all(reading);
    if (reading->inflating)
        inflateEnd(&reading->inflater);
    if (reading->fd >= 0)
        close(reading->fd);
    free(reading);
    return result;
}
