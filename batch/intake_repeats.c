/*
 * Owns the comparison of rows that seem to share a key. Memory holds a bounded number of them at a
 * time; an export that repeats itself as a whole is read again once for each such part.
 */
#include "batch/intake_repeats.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_AT_A_TIME = 1 << 17 };

/* A row as the second read finds it. */
struct rival {
    void *record;
    struct span raw;
    struct row_position position;
};

struct second_read {
    struct intake *intake;
    const struct read_options *options;
    const struct intake_hooks *hooks;
    struct reject_log *rejects;
    struct repeats repeats;
    size_t next; /* the repeat that the next row read again must be */
    struct arena arena;
    struct rival *rivals; /* as many as repeats */
    size_t rival_count;
    uint64_t *lines;
    bool any_dropped;
};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

static const struct input_file *file_of(const struct intake *intake, struct row_position position)
{
    size_t index = position.file - intake->files[0].number;

    assert(index < intake->file_count);
    return &intake->files[index];
}

static struct file_figures *figures_of(const struct intake *intake, struct row_position position)
{
    return &intake->figures[file_of(intake, position) - intake->files];
}

static int changed(const struct input_file *file, struct error *err)
{
    return error_set(err, ERROR_INPUT, "%s: changed while it was being read", file->name);
}

static int take_again(void *context, const void *record, struct row_position position,
                      struct span raw, struct error *err)
{
    struct second_read *again = context;
    const struct table *table = again->intake->table;
    const struct repeat *expected = &again->repeats.items[again->next];
    struct rival *rival = &again->rivals[again->rival_count];

    if (again->next >= again->repeats.count || expected->position.file != position.file ||
        expected->position.line != position.line ||
        expected->key != fingerprint_kept(table_key_fingerprint(table, record)))
        return changed(file_of(again->intake, position), err);
    again->next++;
    rival->position = position;
    rival->record = table_copy(table, record, &again->arena);
    if (rival->record == NULL || arena_copy(&again->arena, raw, &rival->raw) != 0)
        return out_of_memory(err);
    again->rival_count++;
    return 0;
}

static int refuse_again(void *context, const struct reject *reject, const void *record,
                        uint32_t readable, struct error *err)
{
    struct second_read *again = context;

    (void)record;
    (void)readable;
    return changed(file_of(again->intake, reject->position), err);
}

/* Reads the repeats again, file by file; they are in order of file and line. */
static int read_again(struct second_read *again, struct error *err)
{
    const struct repeats *repeats = &again->repeats;
    struct row_sink sink = {.context = again, .accept = take_again, .reject = refuse_again};

    again->next = 0;
    again->rival_count = 0;
    for (size_t first = 0, end = 0; first < repeats->count; first = end) {
        const struct input_file *file = file_of(again->intake, repeats->items[first].position);

        for (end = first; end < repeats->count && repeats->items[end].position.file == file->number;
             end++)
            again->lines[end - first] = repeats->items[end].position.line;
        if (input_read_lines(file, again->lines, end - first, again->options, &sink, err) != 0)
            return -1;
        if (again->next != end)
            return changed(file, err);
    }
    return 0;
}

static int compare_rivals(const void *left, const void *right, void *table)
{
    const struct rival *a = left;
    const struct rival *b = right;
    int order = table_compare_keys(table, a->record, b->record);

    return order != 0 ? order : row_position_compare(a->position, b->position);
}

static int find_row(const void *key, const void *element)
{
    return row_position_compare(*(const struct row_position *)key,
                                ((const struct kept_row *)element)->position);
}

/* The row does not stand: it leaves the figures and, if it was kept, the rows. */
static int drop(struct second_read *again, const struct rival *rival, struct error *err)
{
    struct intake *intake = again->intake;
    const struct intake_hooks *hooks = again->hooks;
    struct kept_row *row = NULL;

    if (intake->row_count > 0)
        row = bsearch(&rival->position, intake->rows, intake->row_count, sizeof(*intake->rows),
                      find_row);
    if (row != NULL)
        row->record = NULL;
    again->any_dropped = again->any_dropped || row != NULL;
    figures_of(intake, rival->position)->accepted--;
    if (hooks->dropped != NULL &&
        hooks->dropped(hooks->context, rival->record, rival->position, err) != 0)
        return -1;
    return hooks->counted == NULL ? 0 : hooks->counted(hooks->context, 0, rival->record, -1, err);
}

static int reject_rival(struct second_read *again, const struct rival *rival, struct error *err)
{
    const struct table *table = again->intake->table;
    const struct intake_hooks *hooks = again->hooks;
    struct reject reject = {
        .position = rival->position,
        .input = table->input,
        .reason = REJECT_DUPLICATE_KEY,
        .column = table->columns[table->key_columns[0]].name,
        .record = rival->raw,
    };

    if (drop(again, rival, err) != 0 || reject_log_add(again->rejects, &reject, err) != 0)
        return -1;
    figures_of(again->intake, rival->position)->rejected++;
    if (hooks->rejected == NULL)
        return 0;
    return hooks->rejected(hooks->context, rival->record, UINT32_MAX, err);
}

/* Judges the rows of one key: all equal, or none stands. */
static int judge_key(struct second_read *again, size_t first, size_t end, struct error *err)
{
    const struct rival *rivals = again->rivals;
    bool differs = false;

    for (size_t i = first + 1; i < end && !differs; i++)
        differs =
            !table_records_equal(again->intake->table, rivals[first].record, rivals[i].record);
    for (size_t i = differs ? first : first + 1; i < end; i++) {
        if (differs) {
            if (reject_rival(again, &rivals[i], err) != 0)
                return -1;
            continue;
        }
        figures_of(again->intake, rivals[i].position)->duplicate++;
        if (drop(again, &rivals[i], err) != 0)
            return -1;
    }
    return 0;
}

static int judge(struct second_read *again, struct error *err)
{
    const struct table *table = again->intake->table;
    const size_t count = again->rival_count;

    qsort_r(again->rivals, count, sizeof(*again->rivals), compare_rivals, (void *)(uintptr_t)table);
    for (size_t first = 0, end = 0; first < count; first = end) {
        for (end = first + 1; end < count && table_keys_equal(table, again->rivals[first].record,
                                                              again->rivals[end].record);
             end++)
            ;
        if (judge_key(again, first, end, err) != 0)
            return -1;
    }
    return 0;
}

static void remove_dropped(struct intake *intake)
{
    size_t kept = 0;

    for (size_t i = 0; i < intake->row_count; i++)
        if (intake->rows[i].record != NULL)
            intake->rows[kept++] = intake->rows[i];
    intake->row_count = kept;
}

/* One part of the repeats: rows read again, compared, forgotten. */
static int settle_part(struct second_read *again, struct error *err)
{
    int status = -1;

    again->rivals = calloc(again->repeats.count, sizeof(*again->rivals));
    again->lines = calloc(again->repeats.count, sizeof(*again->lines));
    if (again->rivals == NULL || again->lines == NULL)
        (void)out_of_memory(err);
    else if (read_again(again, err) == 0)
        status = judge(again, err);
    free(again->rivals);
    free(again->lines);
    arena_release(&again->arena);
    return status;
}

int intake_settle_repeats(struct intake *intake, struct fingerprints **stores, int store_count,
                          const struct read_options *options, const struct intake_hooks *hooks,
                          struct reject_log *rejects, struct error *err)
{
    struct second_read again = {
        .intake = intake, .options = options, .hooks = hooks, .rejects = rejects};
    struct repeat_search *search = repeat_search_new(stores, store_count);
    int more = 0;

    if (search == NULL)
        return out_of_memory(err);
    more = repeat_search_sift(search, store_count, err); /* there is a store for each thread */
    if (more == 0)
        while ((more = repeat_search_next(search, ROWS_AT_A_TIME, &again.repeats, err)) > 0)
            if (settle_part(&again, err) != 0) {
                more = -1;
                break;
            }
    repeat_search_free(search);
    free(again.repeats.items);
    if (again.any_dropped)
        remove_dropped(intake);
    return more;
}
