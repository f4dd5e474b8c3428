/*
 * Owns the folder of the carry-forward: which files it has, and who writes them when.
 * Must not know what stands in a state file.
 */
#include "batch/carry.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#include "batch/carry_state.h"
#include "writers/carried.h"
#include "writers/csv.h"

static struct span request_id(const void *what)
{
    return event_id(EVENT_REQUEST, what);
}

static struct span claim_id(const void *what)
{
    return event_id(EVENT_CLAIM, what);
}

static struct span filing_id(const void *what)
{
    return event_id(EVENT_FILING, what);
}

static struct span incident_id(const void *what)
{
    return ((const struct incident *)what)->incident_id;
}

/* ---- rows that wait ---- */

/* A table of them, from its list. */
struct table_writing {
    const struct ledger *ledger;
    struct span (*key)(const void *what);
    struct carry_list *list;
};

static int write_rows(const struct carry_writing *writing, const struct table_writing *table,
                      struct output_summary *summary, struct error *err)
{
    const struct carry_order order = {table->key, NULL, NULL};
    struct csv_writer *writer = csv_writer_open(writing->folder_fd, table->ledger,
                                                writing->month->policy->utc_offset_seconds, err);

    if (writer == NULL)
        return -1;
    carry_list_sort(table->list, &order);
    for (size_t i = 0; i < table->list->count; i++)
        if (csv_writer_row(writer, table->list->items[i].what, err) != 0) {
            csv_writer_discard(writer);
            return -1;
        }
    return csv_writer_commit(writer, summary, err);
}

/* Held events are carried like the deferred ones. */
static int join_held(struct carry *carry, const struct month *month, struct error *err)
{
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        const struct event_list *held = &month->held[kind];

        for (size_t i = 0; i < held->count; i++)
            if (carry_list_add(&carry->deferred[kind], held->items[i].record, 0, err) != 0)
                return -1;
    }
    return 0;
}

/* The incidents of the claims that wait, as far as they are known. */
static int find_incidents(const struct month *month, const struct carry_list *claims,
                          struct carry_list *incidents, struct error *err)
{
    const struct kept_row *rows = month->intakes[INPUT_INCIDENTS].rows;

    for (size_t i = 0; i < claims->count; i++) {
        const struct claim *claim = claims->items[i].what;
        uint32_t number = 0;

        if (name_set_find(&month->incidents, claim->incident_id, (struct span){"", 0}, &number) &&
            carry_list_add(incidents, rows[number].record, 0, err) != 0)
            return -1;
    }
    return 0;
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

static int write_waiting(const struct carry_writing *writing, struct carry *carry,
                         struct output_summary *summaries, struct error *err)
{
    struct carry_list *waiting = carry->deferred;
    struct carry_list incidents = {0};
    const struct table_writing requests = {&ledger_carried_requests, request_id,
                                           &waiting[EVENT_REQUEST]};
    const struct table_writing claims = {&ledger_carried_claims, claim_id, &waiting[EVENT_CLAIM]};
    const struct table_writing filings = {&ledger_carried_filings, filing_id,
                                          &waiting[EVENT_FILING]};
    const struct table_writing faults = {&ledger_carried_incidents, incident_id, &incidents};
    int result = -1;

    if (write_rows(writing, &requests, &summaries[FILE_REQUESTS], err) == 0 &&
        write_rows(writing, &claims, &summaries[FILE_CLAIMS], err) == 0 &&
        write_rows(writing, &filings, &summaries[FILE_FILINGS], err) == 0 &&
        find_incidents(writing->month, &waiting[EVENT_CLAIM], &incidents, err) == 0)
        result = write_rows(writing, &faults, &summaries[FILE_INCIDENTS], err);
    carry_list_release(&incidents);
    return result;
}

/* The state files are taken one by one, by as many threads as there are. */
struct state_work {
    const struct carry_writing *writing;
    struct carry *carry;
    struct output_summary *summaries;
    struct error errors[STATE_COUNT];
    atomic_int next;
};

static void *write_states(void *context)
{
    struct state_work *work = context;
    int next = 0;

    while ((next = atomic_fetch_add(&work->next, 1)) < STATE_COUNT) {
        struct error *err = &work->errors[next];

        if (carry_state_write(work->writing, work->carry, (enum carry_state)next,
                              &work->summaries[file_of_state[next]], err) != 0)
            assert(err->kind != ERROR_NONE);
    }
    return NULL;
}

/*
 * What the last period left is streamed and written anew: with years of it, the longest part. A
 * thread that can't be had is done without.
 */
static int write_all_states(struct state_work *work, int thread_count, struct error *err)
{
    pthread_t threads[STATE_COUNT];
    int started = 0;

    while (started + 1 < thread_count && started < STATE_COUNT &&
           pthread_create(&threads[started], NULL, write_states, work) == 0)
        started++;
    (void)write_states(work);
    while (started > 0)
        (void)pthread_join(threads[--started], NULL);
    for (int i = 0; i < STATE_COUNT; i++)
        if (work->errors[i].kind != ERROR_NONE)
            return error_set(err, work->errors[i].kind, "%s", work->errors[i].detail);
    return 0;
}

int carry_write(struct carry *carry, const struct month *month, const struct history *history,
                int folder_fd, struct output_summary summaries[CARRY_FILE_COUNT], struct error *err)
{
    struct carry_writing writing = {.month = month, .history = history, .folder_fd = folder_fd};
    struct state_work work = {.writing = &writing, .carry = carry, .summaries = summaries};

    if (join_held(carry, month, err) != 0)
        return -1;
    writing.full_refund_year = carry_full_refund_year(month, &carry->deferred[EVENT_REQUEST]);
    if (write_waiting(&writing, carry, summaries, err) != 0)
        return -1;
    return write_all_states(&work, carry->threads, err);
}
