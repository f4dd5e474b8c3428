/*
 * Owns the taking in of one input. Knows nothing of what its rows are for.
 */
#include "batch/intake.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "batch/fingerprints.h"

struct pass {
    struct intake *intake;
    const struct intake_hooks *hooks;
    struct reject_log *rejects;
    struct fingerprints *fingerprints;
};

/* A row of a key that occurs with different contents, as the second read finds it. */
struct rival {
    void *record;
    struct span raw;
    struct row_position position;
};

struct second_pass {
    struct intake *intake;
    const struct intake_hooks *hooks;
    struct suspects suspects;
    struct arena arena;
    struct rival *rivals;
    size_t rival_count;
    size_t rival_capacity;
    struct row_position *dropped; /* rows that don't count after all */
    size_t dropped_count;
    size_t dropped_capacity;
};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

static struct file_figures *figures_of(const struct intake *intake, struct row_position position)
{
    size_t index = position.file - intake->files[0].number;

    assert(index < intake->file_count);
    return &intake->figures[index];
}

int intake_keep(struct intake *intake, const void *record, struct row_position position,
                struct error *err)
{
    void *copy = NULL;

    if (intake->row_count == intake->row_capacity) {
        size_t capacity = intake->row_capacity + intake->row_capacity / 2 + 256;
        struct kept_row *rows = realloc(intake->rows, capacity * sizeof(*rows));

        if (rows == NULL)
            return out_of_memory(err);
        intake->rows = rows;
        intake->row_capacity = capacity;
    }
    copy = table_copy(intake->table, record, &intake->arena);
    if (copy == NULL)
        return out_of_memory(err);
    intake->rows[intake->row_count++] = (struct kept_row){copy, position};
    return 0;
}

static int first_accept(void *context, const void *record, struct row_position position,
                        struct span raw, struct error *err)
{
    struct pass *pass = context;
    const struct intake_hooks *hooks = pass->hooks;
    const struct table *table = pass->intake->table;

    (void)raw;
    if (fingerprints_add(pass->fingerprints, table_key_fingerprint(table, record),
                         table_content_fingerprint(table, record), err) != 0)
        return -1;
    if (hooks->counted != NULL && hooks->counted(hooks->context, record, 1, err) != 0)
        return -1;
    if (hooks->keep != NULL && !hooks->keep(hooks->context, record))
        return 0;
    return intake_keep(pass->intake, record, position, err);
}

static int first_reject(void *context, const struct reject *reject, const void *record,
                        uint32_t readable, struct error *err)
{
    struct pass *pass = context;

    if (reject_log_add(pass->rejects, reject, err) != 0)
        return -1;
    if (pass->hooks->rejected == NULL)
        return 0;
    return pass->hooks->rejected(pass->hooks->context, record, readable, err);
}

static int drop(struct second_pass *pass, const void *record, struct row_position position,
                struct error *err)
{
    const struct intake_hooks *hooks = pass->hooks;

    if (pass->dropped_count == pass->dropped_capacity) {
        size_t capacity = pass->dropped_capacity * 2 + 64;
        struct row_position *dropped = realloc(pass->dropped, capacity * sizeof(*dropped));

        if (dropped == NULL)
            return out_of_memory(err);
        pass->dropped = dropped;
        pass->dropped_capacity = capacity;
    }
    pass->dropped[pass->dropped_count++] = position;
    figures_of(pass->intake, position)->accepted--;
    return hooks->counted == NULL ? 0 : hooks->counted(hooks->context, record, -1, err);
}

static int drop_duplicate(struct second_pass *pass, const void *record,
                          struct row_position position, struct error *err)
{
    figures_of(pass->intake, position)->duplicate++;
    return drop(pass, record, position, err);
}

static int keep_rival(struct second_pass *pass, const void *record, struct row_position position,
                      struct span raw, struct error *err)
{
    struct rival rival = {.position = position};

    if (pass->rival_count == pass->rival_capacity) {
        size_t capacity = pass->rival_capacity * 2 + 64;
        struct rival *rivals = realloc(pass->rivals, capacity * sizeof(*rivals));

        if (rivals == NULL)
            return out_of_memory(err);
        pass->rivals = rivals;
        pass->rival_capacity = capacity;
    }
    rival.record = table_copy(pass->intake->table, record, &pass->arena);
    if (rival.record == NULL || arena_copy(&pass->arena, raw, &rival.raw) != 0)
        return out_of_memory(err);
    pass->rivals[pass->rival_count++] = rival;
    return 0;
}

static int second_accept(void *context, const void *record, struct row_position position,
                         struct span raw, struct error *err)
{
    struct second_pass *pass = context;
    struct suspect *suspect =
        suspects_find(&pass->suspects, table_key_fingerprint(pass->intake->table, record));

    if (suspect == NULL)
        return 0;
    if (suspect->differs)
        return keep_rival(pass, record, position, raw, err);
    if (suspect->seen)
        return drop_duplicate(pass, record, position, err);
    suspect->seen = true; /* the first one stands */
    return 0;
}

static int second_reject(void *context, const struct reject *reject, const void *record,
                         uint32_t readable, struct error *err)
{
    (void)context;
    (void)reject;
    (void)record;
    (void)readable;
    (void)err;
    return 0; /* noted at the first read */
}

static int compare_positions(const void *left, const void *right)
{
    const struct row_position *a = left;
    const struct row_position *b = right;

    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

static int compare_rivals(const void *left, const void *right, void *table)
{
    const struct rival *a = left;
    const struct rival *b = right;
    int order = table_compare_keys(table, a->record, b->record);

    return order != 0 ? order : compare_positions(&a->position, &b->position);
}

/* None of the rows of the key stands. */
static int reject_rivals(struct second_pass *pass, struct reject_log *rejects, size_t first,
                         size_t end, struct error *err)
{
    const struct intake *intake = pass->intake;
    const struct intake_hooks *hooks = pass->hooks;

    for (size_t i = first; i < end; i++) {
        const struct rival *rival = &pass->rivals[i];
        struct reject reject = {
            .position = rival->position,
            .input = intake->table->input,
            .reason = REJECT_DUPLICATE_KEY,
            .column = intake->table->columns[intake->table->key_columns[0]].name,
            .record = rival->raw,
        };

        if (drop(pass, rival->record, rival->position, err) != 0 ||
            reject_log_add(rejects, &reject, err) != 0)
            return -1;
        figures_of(intake, rival->position)->rejected++;
        if (hooks->rejected != NULL &&
            hooks->rejected(hooks->context, rival->record, UINT32_MAX, err) != 0)
            return -1;
    }
    return 0;
}

/* Judges the rows of each suspected key by their bytes. */
static int judge_rivals(struct second_pass *pass, struct reject_log *rejects, struct error *err)
{
    const struct table *table = pass->intake->table;

    if (pass->rival_count > 0)
        qsort_r(pass->rivals, pass->rival_count, sizeof(*pass->rivals), compare_rivals,
                (void *)(uintptr_t)table);
    for (size_t first = 0, end = 0; first < pass->rival_count; first = end) {
        const struct rival *rivals = pass->rivals;
        bool differs = false;

        for (end = first + 1; end < pass->rival_count &&
                              table_keys_equal(table, rivals[first].record, rivals[end].record);
             end++)
            differs =
                differs || !table_records_equal(table, rivals[first].record, rivals[end].record);
        if (differs) {
            if (reject_rivals(pass, rejects, first, end, err) != 0)
                return -1;
            continue;
        }
        for (size_t i = first + 1; i < end; i++)
            if (drop_duplicate(pass, rivals[i].record, rivals[i].position, err) != 0)
                return -1;
    }
    return 0;
}

static void remove_dropped(struct second_pass *pass)
{
    struct intake *intake = pass->intake;
    size_t kept = 0;

    if (pass->dropped_count == 0)
        return;
    qsort(pass->dropped, pass->dropped_count, sizeof(*pass->dropped), compare_positions);
    for (size_t i = 0; i < intake->row_count; i++)
        if (bsearch(&intake->rows[i].position, pass->dropped, pass->dropped_count,
                    sizeof(*pass->dropped), compare_positions) == NULL)
            intake->rows[kept++] = intake->rows[i];
    intake->row_count = kept;
}

/* Reads the files again into a copy of their entries, and refuses files that have changed. */
static int read_again(struct second_pass *pass, const struct read_options *options,
                      struct error *err)
{
    const struct intake *intake = pass->intake;
    struct row_sink sink = {pass, second_accept, second_reject};
    struct read_options silent = *options;
    struct input_file *files = malloc(intake->file_count * sizeof(*files));
    int status = -1;

    if (files == NULL)
        return out_of_memory(err);
    memcpy(files, intake->files, intake->file_count * sizeof(*files));
    silent.progress = NULL;
    if (input_read(files, intake->file_count, &silent, &sink, err) != 0)
        goto done;
    for (size_t i = 0; i < intake->file_count; i++)
        if (strcmp(files[i].sha256, intake->files[i].sha256) != 0) {
            (void)error_set(err, ERROR_INPUT, "%s: changed while it was being read",
                            files[i].name);
            goto done;
        }
    status = 0;
done:
    free(files);
    return status;
}

static int settle_repeated_keys(struct intake *intake, struct fingerprints *fingerprints,
                                const struct intake_options *options,
                                const struct intake_hooks *hooks, struct reject_log *rejects,
                                struct error *err)
{
    struct second_pass pass = {.intake = intake, .hooks = hooks};
    int status = -1;

    if (fingerprints_suspects(fingerprints, &pass.suspects, err) != 0)
        return -1;
    if (pass.suspects.count > 0) {
        if (read_again(&pass, options->read, err) != 0 || judge_rivals(&pass, rejects, err) != 0)
            goto done;
        remove_dropped(&pass);
    }
    status = 0;
done:
    suspects_release(&pass.suspects);
    arena_release(&pass.arena);
    free(pass.rivals);
    free(pass.dropped);
    return status;
}

int intake_read(struct intake *intake, const struct table *table, struct input_file *files,
                size_t file_count, const struct intake_options *options,
                const struct intake_hooks *hooks, struct reject_log *rejects, struct error *err)
{
    struct pass pass = {intake, hooks, rejects, NULL};
    struct row_sink sink = {&pass, first_accept, first_reject};
    int status = -1;

    *intake = (struct intake){.table = table, .files = files, .file_count = file_count};
    if (file_count == 0)
        return 0;
    intake->figures = calloc(file_count, sizeof(*intake->figures));
    pass.fingerprints = fingerprints_new(options->spill_folder_fd, options->fingerprint_bytes);
    if (intake->figures == NULL || pass.fingerprints == NULL) {
        (void)out_of_memory(err);
        goto done;
    }
    if (input_read(files, file_count, options->read, &sink, err) != 0)
        goto done;
    for (size_t i = 0; i < file_count; i++)
        intake->figures[i] = (struct file_figures){files[i].rows_read, files[i].rows_accepted,
                                                   files[i].rows_rejected, 0};
    status = settle_repeated_keys(intake, pass.fingerprints, options, hooks, rejects, err);
done:
    fingerprints_free(pass.fingerprints);
    return status;
}

void intake_release(struct intake *intake)
{
    free(intake->figures);
    free(intake->rows);
    arena_release(&intake->arena);
    *intake = (struct intake){0};
}
