/*
 * Owns the folder of the carry-forward: which files it has, and who writes them when.
 * Must not know what stands in a state file.
 */
#include "batch/carry.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "batch/carry_state.h"
#include "batch/packed_row.h"
#include "batch/tasks.h"
#include "writers/carried.h"
#include "writers/csv.h"

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

/* ---- rows that wait ---- */

/* A table of them, from its sorter. */
struct waiting {
    const struct carry_writing *writing;
    enum event_kind kind;
    struct line_sort *lines;
    struct csv_writer *writer;
    bool *incidents; /* by number: claims that wait name it */
};

static void note_incident(const struct waiting *waiting, const struct claim *claim)
{
    uint32_t number = 0;

    if (name_set_find(&waiting->writing->month->incidents, claim->incident_id, (struct span){"", 0},
                      &number))
        waiting->incidents[number] = true;
}

/* One line of the sorter: the id, NUL, the packed record. */
static int write_row(const struct waiting *waiting, struct span line, struct error *err)
{
    const struct table *table = table_of(event_inputs[waiting->kind]);
    const char *packed = (const char *)memchr(line.data, '\0', line.size) + 1;
    struct arena arena = {0};
    struct row_position position;
    void *record = NULL;
    int status = 0;

    if (packed_row_get(table, packed, line.data + line.size, &arena, &record, &position) == NULL)
        status = out_of_memory(err);
    else
        status = csv_writer_row(waiting->writer, record, err);
    if (status == 0 && waiting->kind == EVENT_CLAIM)
        note_incident(waiting, record);
    arena_release(&arena);
    return status;
}

static int write_lines(const struct waiting *waiting, struct error *err)
{
    struct span line = {"", 0};
    int more = 0;

    if (line_sort_finish(waiting->lines, err) != 0)
        return -1;
    while ((more = line_sort_next(waiting->lines, &line, err)) > 0)
        if (write_row(waiting, line, err) != 0)
            return -1;
    return more;
}

static int write_rows(const struct carry_writing *writing, struct carry *carry,
                      enum event_kind kind, bool *incidents, struct output_summary *summary,
                      struct error *err)
{
    static const struct ledger *const ledgers[EVENT_KIND_COUNT] = {
        [EVENT_REQUEST] = &ledger_carried_requests,
        [EVENT_CLAIM] = &ledger_carried_claims,
        [EVENT_FILING] = &ledger_carried_filings,
    };
    struct waiting waiting = {writing, kind, carry->waiting[kind], NULL, incidents};

    waiting.writer = csv_writer_open(writing->folder_fd, ledgers[kind],
                                     writing->month->policy->utc_offset_seconds, err);
    if (waiting.writer == NULL)
        return -1;
    if (write_lines(&waiting, err) != 0) {
        csv_writer_discard(waiting.writer);
        return -1;
    }
    return csv_writer_commit(waiting.writer, summary, err);
}

/* ---- the incidents of the claims that wait, as far as they are known ---- */

static int compare_incidents(const void *left, const void *right)
{
    return span_compare((*(const struct incident *const *)left)->incident_id,
                        (*(const struct incident *const *)right)->incident_id);
}

static int write_sorted(struct csv_writer *writer, const struct month *month, const bool *incidents,
                        struct error *err)
{
    const struct intake *intake = &month->intakes[INPUT_INCIDENTS];
    const struct incident **sorted = malloc((month->incidents.count + 1) * sizeof(*sorted));
    size_t count = 0;
    int status = 0;

    if (sorted == NULL)
        return out_of_memory(err);
    for (size_t i = 0; i < month->incidents.count; i++)
        if (incidents[i])
            sorted[count++] = intake->rows[i].record;
    if (count > 1)
        qsort(sorted, count, sizeof(const struct incident *), compare_incidents);
    for (size_t i = 0; i < count && status == 0; i++)
        status = csv_writer_row(writer, sorted[i], err);
    free(sorted);
    return status;
}

static int write_incidents(const struct carry_writing *writing, const bool *incidents,
                           struct output_summary *summary, struct error *err)
{
    struct csv_writer *writer = csv_writer_open(writing->folder_fd, &ledger_carried_incidents,
                                                writing->month->policy->utc_offset_seconds, err);

    if (writer == NULL)
        return -1;
    if (write_sorted(writer, writing->month, incidents, err) != 0) {
        csv_writer_discard(writer);
        return -1;
    }
    return csv_writer_commit(writer, summary, err);
}

/* ---- all files ---- */

/* In byte order of their names. */
enum carry_file {
    FILE_CLAIMS,
    FILE_COMPENSATED_ORDERS,
    FILE_COMPENSATED_SECONDS,
    FILE_DECIDED_CLAIMS,
    FILE_DECIDED_FILINGS,
    FILE_DECIDED_REQUESTS,
    FILE_FILINGS,
    FILE_FULL_REFUNDS,
    FILE_INCIDENTS,
    FILE_REQUESTS,
    FILE_REFUNDED_ORDERS,
    FILE_REWARDED_ACCOUNTS,
    FILE_COUNT,
};

_Static_assert((int)FILE_COUNT == (int)CARRY_FILE_COUNT, "every file has its summary");

static const enum carry_file file_of_state[STATE_COUNT] = {
    [STATE_REFUNDED_ORDERS] = FILE_REFUNDED_ORDERS,
    [STATE_DECIDED_REQUESTS] = FILE_DECIDED_REQUESTS,
    [STATE_COMPENSATED_SECONDS] = FILE_COMPENSATED_SECONDS,
    [STATE_DECIDED_CLAIMS] = FILE_DECIDED_CLAIMS,
    [STATE_COMPENSATED_ORDERS] = FILE_COMPENSATED_ORDERS,
    [STATE_FULL_REFUNDS] = FILE_FULL_REFUNDS,
    [STATE_DECIDED_FILINGS] = FILE_DECIDED_FILINGS,
    [STATE_REWARDED_ACCOUNTS] = FILE_REWARDED_ACCOUNTS,
};

/* All files, each by a task of its own; those of rows that wait by one. */
struct files {
    const struct carry_writing *writing;
    struct carry *carry;
    struct output_summary *summaries;
};

static int write_waiting(void *context, struct error *err)
{
    const struct files *files = context;
    const struct carry_writing *writing = files->writing;
    struct output_summary *summaries = files->summaries;
    bool *incidents = calloc(writing->month->incidents.count + 1, sizeof(*incidents));
    int status = -1;

    if (incidents == NULL)
        return out_of_memory(err);
    if (write_rows(writing, files->carry, EVENT_REQUEST, NULL, &summaries[FILE_REQUESTS], err) ==
            0 &&
        write_rows(writing, files->carry, EVENT_CLAIM, incidents, &summaries[FILE_CLAIMS], err) ==
            0 &&
        write_rows(writing, files->carry, EVENT_FILING, NULL, &summaries[FILE_FILINGS], err) == 0)
        status = write_incidents(writing, incidents, &summaries[FILE_INCIDENTS], err);
    free(incidents);
    return status;
}

struct state_file {
    const struct files *files;
    enum carry_state state;
};

static int write_state(void *context, struct error *err)
{
    const struct state_file *file = context;
    const struct files *files = file->files;

    return carry_state_write(files->writing, files->carry, file->state,
                             &files->summaries[file_of_state[file->state]], err);
}

/*
 * What the last period left is streamed and written anew: with years of it, the longest part.
 */
int carry_write(struct carry *carry, const struct history *history, int folder_fd, int threads,
                struct output_summary summaries[CARRY_FILE_COUNT], struct error *err)
{
    struct carry_writing writing = {
        .month = carry->month, .history = history, .folder_fd = folder_fd};
    struct files files = {&writing, carry, summaries};
    struct state_file states[STATE_COUNT];
    struct task tasks[STATE_COUNT + 1] = {
        [STATE_COUNT] = {.run = write_waiting, .context = &files}};

    writing.full_refund_year = carry_full_refund_year(carry->month, carry->waiting_from);
    for (int i = 0; i < STATE_COUNT; i++) {
        states[i] = (struct state_file){&files, (enum carry_state)i};
        tasks[i].run = write_state;
        tasks[i].context = &states[i];
    }
    return tasks_run(tasks, STATE_COUNT + 1, threads, err);
}
