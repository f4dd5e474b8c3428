/*
 * Owns the folder of the sources: its files, and what of them is the whole month's.
 * Must not know what of a part is published, and no rule.
 */
#include "batch/sources_files.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "batch/part_sources.h"
#include "batch/parting.h"
#include "batch/source_row.h"
#include "policy/standard.h"
#include "readers/config.h"

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

/* ---- names that rejected rows bear ---- */

const char *const rejected_names_kinds[REJECTED_KIND_COUNT] = {
    [REJECTED_ACCOUNTS] = "accounts",
    [REJECTED_BASIS_ACCOUNTS] = "basis_accounts",
    [REJECTED_BASES] = "bases",
    [REJECTED_INCIDENTS] = "incidents",
    [REJECTED_ORDER_RESOURCES] = "order_resources",
    [REJECTED_ORDERS] = "orders",
};

struct name_set *rejected_names(struct month *month, int kind)
{
    struct name_set *const sets[REJECTED_KIND_COUNT] = {
        [REJECTED_ACCOUNTS] = &month->rejected_accounts,
        [REJECTED_BASIS_ACCOUNTS] = &month->rejected_basis_accounts,
        [REJECTED_BASES] = &month->rejected_bases,
        [REJECTED_INCIDENTS] = &month->rejected_incidents,
        [REJECTED_ORDER_RESOURCES] = &month->rejected_order_resources,
        [REJECTED_ORDERS] = &month->rejected_orders,
    };

    return sets[kind];
}

/* ---- files ---- */

static struct output *open_file(int folder_fd, const char *stem, const char *suffix,
                                struct error *err)
{
    char name[OUTPUT_NAME_MAX];
    int length = snprintf(name, sizeof(name), SOURCES_FOLDER "/%s%s", stem, suffix);

    assert(length > 0 && (size_t)length < sizeof(name));
    return output_open_gzip(folder_fd, name, err);
}

static int commit(struct output *output, uint64_t rows, struct output_summary *summary,
                  struct error *err)
{
    if (output_commit(output, summary, err) != 0)
        return -1;
    summary->rows = rows;
    return 0;
}

/* With its header. */
static struct output *open_input(int folder_fd, enum input input, struct error *err)
{
    struct output *output = open_file(folder_fd, input_name(input), ".csv.gz", err);
    char *room = NULL;

    if (output == NULL)
        return NULL;
    room = output_reserve(output, SOURCE_ROW_BYTES_MAX, err);
    if (room == NULL) {
        output_discard(output);
        return NULL;
    }
    output_advance(output, (size_t)(source_put_header(room, table_of(input), true) - room));
    return output;
}

static int put_fields(struct output *output, const struct state_layout *layout, struct error *err)
{
    for (int i = 0; i < layout->field_count; i++) {
        const struct span name = span_of(layout->fields[i]);
        const bool last = i + 1 == layout->field_count;

        if (output_write(output, name.data, name.size, err) != 0 ||
            output_write(output, last ? "\n" : "\t", 1, err) != 0)
            return -1;
    }
    return 0;
}

static struct output *open_state(int folder_fd, int file, struct error *err)
{
    const struct state_layout *layout = history_layouts[file];
    struct output *output = open_file(folder_fd, layout->name, STATE_FILE_SUFFIX, err);

    if (output != NULL && put_fields(output, layout, err) != 0) {
        output_discard(output);
        return NULL;
    }
    return output;
}

/* Those that parts are appended to. */
static bool by_part(enum input input)
{
    return input != INPUT_INCIDENTS && input != INPUT_TICKETS;
}

int sources_files_open(struct sources_files *files, int folder_fd, struct error *err)
{
    *files = (struct sources_files){.folder_fd = folder_fd};
    for (int input = 0; input < INPUT_COUNT; input++) {
        if (!by_part((enum input)input))
            continue;
        files->inputs[input] = open_input(folder_fd, (enum input)input, err);
        if (files->inputs[input] == NULL)
            return -1;
    }
    for (int file = 0; file < HISTORY_FILE_COUNT; file++) {
        if (history_by_order(file))
            continue;
        files->states[file] = open_state(folder_fd, file, err);
        if (files->states[file] == NULL)
            return -1;
    }
    return 0;
}

void sources_files_discard(struct sources_files *files)
{
    for (int input = 0; input < INPUT_COUNT; input++)
        output_discard(files->inputs[input]);
    for (int file = 0; file < HISTORY_FILE_COUNT; file++)
        output_discard(files->states[file]);
    *files = (struct sources_files){0};
}

static int append(struct output *output, const struct source_text *text, uint64_t *rows,
                  struct error *err)
{
    *rows += text->rows;
    return text->size == 0 ? 0 : output_write(output, text->bytes, text->size, err);
}

int sources_files_append(struct sources_files *files, const struct part_sources *sources,
                         struct error *err)
{
    for (int input = 0; input < INPUT_COUNT; input++)
        if (files->inputs[input] != NULL && append(files->inputs[input], &sources->inputs[input],
                                                   &files->input_rows[input], err) != 0)
            return -1;
    for (int file = 0; file < HISTORY_FILE_COUNT; file++)
        if (files->states[file] != NULL &&
            append(files->states[file], &sources->states[file], &files->state_rows[file], err) != 0)
            return -1;
    return 0;
}

/* ---- incidents ---- */

/* Those that a claim judged now names. */
static int put_incidents(struct output *output, const struct parting *parting, uint64_t *rows,
                         struct error *err)
{
    const struct month *month = parting->whole;
    const struct intake *intake = &month->intakes[INPUT_INCIDENTS];

    for (size_t i = 0; i < intake->row_count; i++) {
        const struct row_position position = intake->rows[i].position;
        const char *file =
            position.file == UINT32_MAX ? "" : month->exports.files[position.file].name;
        char *room = NULL;

        if (atomic_load_explicit(&parting->incidents_named[i], memory_order_relaxed) == 0)
            continue;
        room = output_reserve(output, SOURCE_ROW_BYTES_MAX, err);
        if (room == NULL)
            return -1;
        output_advance(output, (size_t)(source_put_row(room, table_of(INPUT_INCIDENTS),
                                                       intake->rows[i].record, file, position.line,
                                                       month->policy->utc_offset_seconds) -
                                        room));
        (*rows)++;
    }
    return 0;
}

static int write_incidents(int folder_fd, const struct parting *parting,
                           struct output_summary *summary, struct error *err)
{
    struct output *output = open_input(folder_fd, INPUT_INCIDENTS, err);
    uint64_t rows = 0;

    if (output == NULL)
        return -1;
    if (put_incidents(output, parting, &rows, err) != 0) {
        output_discard(output);
        return -1;
    }
    return commit(output, rows, summary, err);
}

/* ---- rejected names ---- */

static int compare_names(const void *left, const void *right)
{
    const struct name *a = left;
    const struct name *b = right;
    int order = span_compare(a->first, b->first);

    return order != 0 ? order : span_compare(a->second, b->second);
}

static int put_name(struct output *output, const char *kind, const struct name *name,
                    struct error *err)
{
    char *room = output_reserve(output, SOURCE_ROW_BYTES_MAX, err);
    char *at = room;

    if (room == NULL)
        return -1;
    at = source_put_text(at, span_of(kind));
    *at++ = ',';
    at = source_put_text(at, name->first);
    *at++ = ',';
    at = source_put_text(at, name->second);
    *at++ = '\n';
    output_advance(output, (size_t)(at - room));
    return 0;
}

/* Those of a kind that the month's events name, sorted. */
static int put_names(const struct parting *parting, int kind, struct output *output, uint64_t *rows,
                     struct error *err)
{
    const struct name_set *names = rejected_names(parting->whole, kind);
    struct name *sorted = malloc((names->count + 1) * sizeof(*sorted));
    size_t count = 0;
    int status = 0;

    if (sorted == NULL)
        return out_of_memory(err);
    for (size_t i = 0; i < names->count; i++)
        if (atomic_load_explicit(&parting->rejected_named[kind][i], memory_order_relaxed) != 0)
            sorted[count++] = names->names[i];
    if (count > 1)
        qsort(sorted, count, sizeof(*sorted), compare_names);
    for (size_t i = 0; i < count && status == 0; i++)
        status = put_name(output, rejected_names_kinds[kind], &sorted[i], err);
    *rows += count;
    free(sorted);
    return status;
}

static int write_rejected(int folder_fd, const struct parting *parting,
                          struct output_summary *summary, struct error *err)
{
    static const char HEADER[] = "kind,first,second\n";
    struct output *output = open_file(folder_fd, SOURCES_REJECTED_FILE, "", err);
    uint64_t rows = 0;

    if (output == NULL)
        return -1;
    if (output_write(output, HEADER, sizeof(HEADER) - 1, err) != 0)
        goto failed;
    for (int kind = 0; kind < REJECTED_KIND_COUNT; kind++)
        if (put_names(parting, kind, output, &rows, err) != 0)
            goto failed;
    return commit(output, rows, summary, err);
failed:
    output_discard(output);
    return -1;
}

/* ---- what was known before, of orders ---- */

static int put_lines(struct output *output, struct line_sort *lines, uint64_t *rows,
                     struct error *err)
{
    struct span line = {"", 0};
    int more = 0;

    if (line_sort_finish(lines, err) != 0)
        return -1;
    while ((more = line_sort_next(lines, &line, err)) > 0) {
        if (output_write(output, line.data, line.size, err) != 0 ||
            output_write(output, "\n", 1, err) != 0)
            return -1;
        (*rows)++;
    }
    return more;
}

static int write_by_order(int folder_fd, int file, struct line_sort *lines,
                          struct output_summary *summary, struct error *err)
{
    struct output *output = open_state(folder_fd, file, err);
    uint64_t rows = 0;

    if (output == NULL)
        return -1;
    if (put_lines(output, lines, &rows, err) != 0) {
        output_discard(output);
        return -1;
    }
    return commit(output, rows, summary, err);
}

/* ---- policy ---- */

static int write_policy(int folder_fd, const char *path, const struct policy_source *policy,
                        struct output_summary *summary, struct error *err)
{
    struct span text = {policy_standard_text, policy_standard_size};
    struct output *output = NULL;
    char *bytes = NULL;
    int status = -1;

    if (path != NULL) {
        if (config_read(path, &bytes, &text.size, err) != 0)
            return -1;
        text.data = bytes;
    }
    output = output_open(folder_fd, SOURCES_FOLDER "/" SOURCES_POLICY_FILE, err);
    if (output == NULL)
        goto done;
    if (output_write(output, text.data, text.size, err) != 0) {
        output_discard(output);
        goto done;
    }
    status = commit(output, 0, summary, err);
    if (status == 0 && strcmp(summary->sha256, policy->sha256) != 0)
        status = error_set(err, ERROR_USAGE, "%s: was changed while the run read it",
                           path == NULL ? POLICY_STANDARD_NAME : path);
done:
    free(bytes);
    return status;
}

/* ---- all of them ---- */

static int commit_parts(struct sources_files *files, struct output_summary *summaries, int *count,
                        struct error *err)
{
    for (int input = 0; input < INPUT_COUNT; input++) {
        struct output *output = files->inputs[input];

        files->inputs[input] = NULL;
        if (output != NULL &&
            commit(output, files->input_rows[input], &summaries[(*count)++], err) != 0)
            return -1;
    }
    for (int file = 0; file < HISTORY_FILE_COUNT; file++) {
        struct output *output = files->states[file];

        files->states[file] = NULL;
        if (output != NULL &&
            commit(output, files->state_rows[file], &summaries[(*count)++], err) != 0)
            return -1;
    }
    return 0;
}

int sources_files_commit(struct sources_files *files, const struct parting *parting,
                         struct line_sort *by_order[HISTORY_FILE_COUNT], const char *policy_path,
                         const struct policy_source *policy,
                         struct output_summary summaries[SOURCES_FILE_COUNT], struct error *err)
{
    const int folder_fd = files->folder_fd;
    int count = 0;

    if (commit_parts(files, summaries, &count, err) != 0)
        return -1;
    for (int file = 0; file < HISTORY_FILE_COUNT; file++)
        if (history_by_order(file) &&
            write_by_order(folder_fd, file, by_order[file], &summaries[count++], err) != 0)
            return -1;
    if (write_incidents(folder_fd, parting, &summaries[count++], err) != 0 ||
        write_rejected(folder_fd, parting, &summaries[count++], err) != 0 ||
        write_policy(folder_fd, policy_path, policy, &summaries[count++], err) != 0)
        return -1;
    assert(count == SOURCES_FILE_COUNT);
    return 0;
}
