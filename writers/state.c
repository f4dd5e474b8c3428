/*
 * Owns the spelling of a state file: its name, its header, the ends of its lines.
 * Must not know what any field means.
 */
#include "writers/state.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct state_writer {
    struct output *output;
    const struct state_layout *layout;
    uint64_t rows;
    size_t key_size; /* of the row before; 0: there was none */
    char key[STATE_LINE_MAX];
};

static int put_header(struct state_writer *writer, struct error *err)
{
    const struct state_layout *layout = writer->layout;

    for (int i = 0; i < layout->field_count; i++) {
        struct span name = span_of(layout->fields[i]);

        if (output_write(writer->output, name.data, name.size, err) != 0 ||
            output_write(writer->output, i + 1 < layout->field_count ? "\t" : "\n", 1, err) != 0)
            return -1;
    }
    return 0;
}

struct state_writer *state_writer_open(int folder_fd, const struct state_layout *layout,
                                       struct error *err)
{
    struct state_writer *writer = calloc(1, sizeof(*writer));
    char name[OUTPUT_NAME_MAX];
    int length =
        snprintf(name, sizeof(name), CARRY_FORWARD_FOLDER "/%s" STATE_FILE_SUFFIX, layout->name);

    assert(length > 0 && (size_t)length < sizeof(name));
    if (writer == NULL) {
        error_set_errno(err, ENOMEM, "%s: cannot create", name);
        return NULL;
    }
    writer->layout = layout;
    writer->output = output_open_gzip(folder_fd, name, err);
    if (writer->output == NULL || put_header(writer, err) != 0) {
        state_writer_discard(writer);
        return NULL;
    }
    return writer;
}

int state_writer_row(struct state_writer *writer, const struct state_row *row, struct error *err)
{
    const struct span key = state_row_front(row, writer->layout->key_count);
    char *room = NULL;

    assert(row->line.size < STATE_LINE_MAX);
    assert(span_compare((struct span){writer->key, writer->key_size}, key) < 0);
    memcpy(writer->key, key.data, key.size);
    writer->key_size = key.size;
    room = output_reserve(writer->output, STATE_LINE_MAX, err);
    if (room == NULL)
        return -1;
    memcpy(room, row->line.data, row->line.size);
    room[row->line.size] = '\n';
    output_advance(writer->output, row->line.size + 1);
    writer->rows++;
    return 0;
}

int state_writer_commit(struct state_writer *writer, struct output_summary *summary,
                        struct error *err)
{
    const uint64_t rows = writer->rows;
    int result = output_commit(writer->output, summary, err);

    free(writer);
    if (result == 0)
        summary->rows = rows;
    return result;
}

void state_writer_discard(struct state_writer *writer)
{
    if (writer == NULL)
        return;
    output_discard(writer->output);
    free(writer);
}
