/*
 * Owns the taking in of one input, by one thread or several. Knows nothing of what its rows are
 * for. The question of repeated keys is batch/intake_repeats.c's.
 */
#include "batch/intake.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "batch/fingerprints.h"
#include "batch/intake_repeats.h"
#include "policy/apart.h"
#include "policy/block.h"

enum { ROWS_NEAR = ROWS_AHEAD / 2 };

/* What was made of a record when it came near. */
struct row_ahead {
    const void *record;
    struct row_keys keys;
};

/* What one reading thread collects. */
struct taker {
    alignas(APART_BYTES) struct intake *intake;
    const struct intake_hooks *hooks;
    struct reject_log *rejects;
    pthread_mutex_t *rejects_mutex;
    struct fingerprints *fingerprints;
    struct kept_row *rows; /* in order of file and line */
    size_t row_count;
    size_t row_capacity;
    size_t merged; /* rows of it that are in the intake */
    int number;
    struct row_ahead ahead[ROWS_AHEAD]; /* a ring: those not taken yet, from the first one on */
    size_t first_ahead;
    size_t ahead_count;
};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

static int add_row(const struct table *table, struct arena *arena, struct kept_row **rows,
                   size_t *count, size_t *capacity, const void *record,
                   struct row_position position, struct error *err)
{
    void *copy = NULL;

    if (*count == *capacity) {
        size_t more = *capacity + *capacity / 2 + 256;
        struct kept_row *larger = block_resize(*rows, more, sizeof(*larger));

        if (larger == NULL)
            return out_of_memory(err);
        *rows = larger;
        *capacity = more;
    }
    copy = table_copy(table, record, arena);
    if (copy == NULL)
        return out_of_memory(err);
    (*rows)[(*count)++] = (struct kept_row){copy, position};
    return 0;
}

static int prepare_arenas(struct intake *intake, int count, struct error *err)
{
    intake->arenas = calloc((size_t)count, sizeof(*intake->arenas));
    if (intake->arenas == NULL)
        return out_of_memory(err);
    intake->arena_count = count;
    return 0;
}

int intake_keep(struct intake *intake, const void *record, struct row_position position,
                struct error *err)
{
    if (intake->arenas == NULL && prepare_arenas(intake, 1, err) != 0)
        return -1;
    return add_row(intake->table, &intake->arenas[0], &intake->rows, &intake->row_count,
                   &intake->row_capacity, record, position, err);
}

static struct row_keys keys_of(const struct taker *taker, const void *record)
{
    const struct intake_hooks *hooks = taker->hooks;
    struct row_keys keys = {.key = table_key_fingerprint(taker->intake->table, record)};

    if (hooks->prepare != NULL)
        hooks->prepare(hooks->context, record, &keys);
    return keys;
}

static void approach(void *context, const void *record)
{
    struct taker *taker = context;
    struct row_ahead *ahead =
        &taker->ahead[(taker->first_ahead + taker->ahead_count++) % ROWS_AHEAD];

    assert(taker->ahead_count <= ROWS_AHEAD);
    *ahead = (struct row_ahead){record, keys_of(taker, record)};
    taker->hooks->approach(taker->hooks->context, &ahead->keys);
}

/* Tells of the record that is half the rows ahead. */
static void tell_near(const struct taker *taker)
{
    const struct intake_hooks *hooks = taker->hooks;

    if (taker->ahead_count > ROWS_NEAR && hooks->near != NULL)
        hooks->near(hooks->context,
                    &taker->ahead[(taker->first_ahead + ROWS_NEAR) % ROWS_AHEAD].keys);
}

/* The row's keys: from when it came near, if it was told of then. */
static struct row_keys take_keys(struct taker *taker, const void *record)
{
    const struct row_ahead *ahead = &taker->ahead[taker->first_ahead];

    if (taker->ahead_count == 0 || ahead->record != record)
        return keys_of(taker, record);
    tell_near(taker);
    taker->first_ahead = (taker->first_ahead + 1) % ROWS_AHEAD;
    taker->ahead_count--;
    return ahead->keys;
}

static int take(void *context, const void *record, struct row_position position, struct span raw,
                struct error *err)
{
    struct taker *taker = context;
    const struct intake_hooks *hooks = taker->hooks;
    const struct table *table = taker->intake->table;
    const struct row_keys keys = take_keys(taker, record);

    (void)raw;
    if (fingerprints_add(taker->fingerprints, keys.key, position, err) != 0)
        return -1;
    if (hooks->counted != NULL &&
        hooks->counted(hooks->context, taker->number, record, 1, err) != 0)
        return -1;
    if (hooks->take != NULL)
        return hooks->take(hooks->context, taker->number, record, &keys, position, err);
    if (hooks->keep != NULL && !hooks->keep(hooks->context, record))
        return 0;
    return add_row(table, &taker->intake->arenas[taker->number], &taker->rows, &taker->row_count,
                   &taker->row_capacity, record, position, err);
}

static int note_reject(void *context, const struct reject *reject, const void *record,
                       uint32_t readable, struct error *err)
{
    struct taker *taker = context;
    const struct intake_hooks *hooks = taker->hooks;
    int status = 0;

    (void)pthread_mutex_lock(taker->rejects_mutex);
    status = reject_log_add(taker->rejects, reject, err);
    if (status == 0 && hooks->rejected != NULL)
        status = hooks->rejected(hooks->context, record, readable, err);
    (void)pthread_mutex_unlock(taker->rejects_mutex);
    return status;
}

/* Joins the threads' rows, each in order, to one list in order. */
static int merge_rows(struct intake *intake, struct taker *takers, int count, struct error *err)
{
    size_t total = 0;

    if (count == 1) {
        intake->rows = takers[0].rows;
        intake->row_count = takers[0].row_count;
        intake->row_capacity = takers[0].row_capacity;
        takers[0].rows = NULL;
        return 0;
    }
    for (int i = 0; i < count; i++)
        total += takers[i].row_count;
    intake->rows = block_alloc(total + 1, sizeof(*intake->rows));
    if (intake->rows == NULL)
        return out_of_memory(err);
    intake->row_capacity = total + 1;
    while (intake->row_count < total) {
        struct taker *first = NULL;

        for (int i = 0; i < count; i++)
            if (takers[i].merged < takers[i].row_count &&
                (first == NULL || row_position_compare(takers[i].rows[takers[i].merged].position,
                                                       first->rows[first->merged].position) < 0))
                first = &takers[i];
        intake->rows[intake->row_count++] = first->rows[first->merged++];
    }
    return 0;
}

static int read_files(struct intake *intake, struct taker *takers,
                      const struct intake_options *options, struct error *err)
{
    struct row_sink *sinks = calloc((size_t)options->threads, sizeof(*sinks));
    int status = -1;

    if (sinks == NULL)
        return out_of_memory(err);
    for (int i = 0; i < options->threads; i++)
        sinks[i] =
            (struct row_sink){.context = &takers[i],
                              .approach = takers[i].hooks->approach != NULL ? approach : NULL,
                              .accept = take,
                              .reject = note_reject};
    status =
        input_read(intake->files, intake->file_count, options->read, sinks, options->threads, err);
    free(sinks);
    for (size_t i = 0; status == 0 && i < intake->file_count; i++) {
        const struct input_file *file = &intake->files[i];

        intake->figures[i] =
            (struct file_figures){file->rows_read, file->rows_accepted, file->rows_rejected, 0};
    }
    return status;
}

static int settle_repeats(struct intake *intake, struct taker *takers,
                          const struct intake_options *options, const struct intake_hooks *hooks,
                          struct reject_log *rejects, struct error *err)
{
    struct fingerprints **stores = calloc((size_t)options->threads, sizeof(*stores));
    int status = -1;

    if (stores == NULL)
        return out_of_memory(err);
    for (int i = 0; i < options->threads; i++)
        stores[i] = takers[i].fingerprints;
    status =
        intake_settle_repeats(intake, stores, options->threads, options->read, hooks, rejects, err);
    free(stores);
    return status;
}

int intake_read(struct intake *intake, const struct table *table, struct input_file *files,
                size_t file_count, const struct intake_options *options,
                const struct intake_hooks *hooks, struct reject_log *rejects, struct error *err)
{
    const int threads = options->threads;
    pthread_mutex_t rejects_mutex = PTHREAD_MUTEX_INITIALIZER;
    struct taker *takers = NULL;
    int status = -1;

    *intake = (struct intake){.table = table, .files = files, .file_count = file_count};
    if (file_count == 0)
        return 0;
    takers = apart_clear((size_t)threads, sizeof(*takers));
    intake->figures = calloc(file_count, sizeof(*intake->figures));
    if (takers == NULL || intake->figures == NULL) {
        (void)out_of_memory(err);
        goto done;
    }
    if (prepare_arenas(intake, threads, err) != 0)
        goto done;
    for (int i = 0; i < threads; i++) {
        takers[i] = (struct taker){.intake = intake,
                                   .hooks = hooks,
                                   .rejects = rejects,
                                   .rejects_mutex = &rejects_mutex,
                                   .number = i};
        takers[i].fingerprints = fingerprints_new(options->spill_folder_fd,
                                                  options->fingerprint_bytes / (size_t)threads);
        if (takers[i].fingerprints == NULL) {
            (void)out_of_memory(err);
            goto done;
        }
    }
    if (read_files(intake, takers, options, err) != 0 ||
        merge_rows(intake, takers, threads, err) != 0)
        goto done;
    status = settle_repeats(intake, takers, options, hooks, rejects, err);
done:
    for (int i = 0; takers != NULL && i < threads; i++) {
        fingerprints_free(takers[i].fingerprints);
        block_free(takers[i].rows);
    }
    free(takers);
    return status;
}

void intake_release(struct intake *intake)
{
    free(intake->figures);
    block_free(intake->rows);
    for (int i = 0; i < intake->arena_count; i++)
        arena_release(&intake->arenas[i]);
    free(intake->arenas);
    *intake = (struct intake){0};
}
