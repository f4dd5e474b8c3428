/*
 * Owns the threads that settle, and the order in which parts are handed on. Knows no rule and no
 * output.
 */
#include "batch/settle_parts.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "batch/part_month.h"
#include "batch/part_sources.h"
#include "batch/settle.h"
#include "policy/apart.h"
#include "readers/crew.h"

enum {
    ROW_BYTES = 1024, /* what a row of a ledger takes, with its journal entry, roughly */
};

static const struct span none = {"", 0};

/* What is done for one part after the other. */
enum turn {
    TURN_PLAN, /* where its rows stand in the workbook */
    TURN_HAND_ON,
    TURN_COUNT,
};

/* What the threads have in common. */
struct hall {
    const struct settle_parts *job;
    atomic_uint next;
    pthread_mutex_t mutex;
    pthread_cond_t turned;
    unsigned turns[TURN_COUNT]; /* the part whose turn it is */
    bool failed;
    struct error failure;
};

/* A part that is being settled, or waits for its turn. */
struct seat {
    struct settler *settler;
    bool holds_turns; /* all of its part's, until the part is done */
    struct part_month part;
    struct part_sources sources;
    struct publication_part publication;
    int status; /* of the settling; err tells of what failed */
    struct error err;
};

/* A thread. While a part of its own waits for a turn it settles the next one, in another seat. */
struct settler {
    alignas(APART_BYTES) struct hall *hall;
    struct seat seats[PARTS_HELD_MAX];
    struct seat *waiting; /* settled, and not handed on; NULL: none */
    struct carry carry;
    struct exposure exposure;
    struct line_sort *by_order[HISTORY_FILE_COUNT];
};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

int by_order_open(struct line_sort *by_order[HISTORY_FILE_COUNT], int spill_folder_fd,
                  size_t memory_bytes, struct error *err)
{
    for (int file = 0; file < HISTORY_FILE_COUNT; file++) {
        if (!history_by_order(file))
            continue;
        by_order[file] = line_sort_open(spill_folder_fd, memory_bytes, true, err);
        if (by_order[file] == NULL)
            return -1;
    }
    return 0;
}

void by_order_close(struct line_sort *by_order[HISTORY_FILE_COUNT])
{
    for (int file = 0; file < HISTORY_FILE_COUNT; file++) {
        line_sort_close(by_order[file]);
        by_order[file] = NULL;
    }
}

/* ---- turns ---- */

/* False when a part before has failed. */
static bool wait_for_turn(struct hall *hall, enum turn turn, unsigned number)
{
    bool go_on = false;

    (void)pthread_mutex_lock(&hall->mutex);
    while (hall->turns[turn] != number && !hall->failed)
        (void)pthread_cond_wait(&hall->turned, &hall->mutex);
    go_on = !hall->failed;
    (void)pthread_mutex_unlock(&hall->mutex);
    return go_on;
}

static void end_turn(struct hall *hall, enum turn turn)
{
    (void)pthread_mutex_lock(&hall->mutex);
    hall->turns[turn]++;
    (void)pthread_cond_broadcast(&hall->turned);
    (void)pthread_mutex_unlock(&hall->mutex);
}

/* ---- handing on ---- */

static int hand_on_text(struct seat *seat, struct error *err)
{
    const struct settle_parts *job = seat->settler->hall->job;

    if (job->publication != NULL &&
        publication_append(job->publication, &seat->publication, err) != 0)
        return -1;
    if (job->sources != NULL && sources_files_append(job->sources, &seat->sources, err) != 0)
        return -1;
    part_sources_clear(&seat->sources);
    return 0;
}

static void add_figures(struct month *whole, const struct month *part)
{
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        whole->figures[kind].pending += part->figures[kind].pending;
        whole->figures[kind].deferred += part->figures[kind].deferred;
        whole->figures[kind].decided += part->figures[kind].decided;
    }
}

static int hand_on(struct seat *seat)
{
    struct settler *settler = seat->settler;
    const struct settle_parts *job = settler->hall->job;

    add_figures(job->parting->whole, &seat->part.month);
    if (hand_on_text(seat, &seat->err) != 0)
        return -1;
    if (job->exposure != NULL && exposure_merge(job->exposure, &settler->exposure, &seat->err) != 0)
        return -1;
    return 0;
}

/* The first failure is told, and ends the work of all. */
static void fail(struct hall *hall, const struct error *failure)
{
    (void)pthread_mutex_lock(&hall->mutex);
    if (!hall->failed)
        hall->failure = *failure;
    hall->failed = true;
    (void)pthread_cond_broadcast(&hall->turned);
    (void)pthread_mutex_unlock(&hall->mutex);
}

/*
 * Plans the part's rows in their turn; *held where that goes on until the part is handed on. A part
 * that has failed waits for its other turn to say so. False when a part before has failed.
 */
static bool plan_in_turn(struct seat *seat, bool *held)
{
    struct hall *hall = seat->settler->hall;
    struct publication_part *part = &seat->publication;

    *held = seat->holds_turns;
    if (*held)
        return true;
    if (!wait_for_turn(hall, TURN_PLAN, seat->part.number))
        return false;
    if (seat->status == 0 && hall->job->publication != NULL) {
        *held = !publication_part_fits(part);
        if (!*held)
            seat->status = publication_part_plan(part, &seat->err);
    }
    if (!*held)
        end_turn(hall, TURN_PLAN);
    if (seat->status == 0 && !*held)
        seat->status = publication_part_make(part, &seat->err);
    return true;
}

/* A part that fails says so in its turn, so that the first one's error is told. */
static bool hand_on_in_turn(struct seat *seat, bool held)
{
    struct hall *hall = seat->settler->hall;

    if (!wait_for_turn(hall, TURN_HAND_ON, seat->part.number))
        return false;
    if (seat->status == 0)
        seat->status = hand_on(seat);
    if (seat->status != 0) {
        fail(hall, &seat->err);
        return false;
    }
    end_turn(hall, TURN_HAND_ON);
    if (held)
        end_turn(hall, TURN_PLAN);
    if (publication_part_compress(&seat->publication, &seat->err) != 0) {
        fail(hall, &seat->err);
        return false;
    }
    return true;
}

/* Leaves the seat, all of its part handed on. False when this part or one before has failed. */
static bool leave(struct seat *seat)
{
    bool held = false;
    const bool go_on = plan_in_turn(seat, &held) && hand_on_in_turn(seat, held);

    seat->holds_turns = false;
    publication_part_clear(&seat->publication);
    part_month_release(&seat->part);
    return go_on;
}

/* Hands on what the thread has let wait. False when that or a part before has failed. */
static bool leave_waiting(struct settler *settler)
{
    struct seat *waiting = settler->waiting;

    settler->waiting = NULL;
    return waiting == NULL || leave(waiting);
}

/* ---- what the settling of a part hands on ---- */

/* For a part that comes to more than is kept in memory. False when a part before has failed. */
static bool hold_turns(struct seat *seat)
{
    if (!leave_waiting(seat->settler))
        return false;
    for (int turn = 0; turn < TURN_COUNT && !seat->holds_turns; turn++)
        if (!wait_for_turn(seat->settler->hall, (enum turn)turn, seat->part.number))
            return false;
    seat->holds_turns = true;
    return true;
}

/* What the part has come to so far. */
static int hand_on_early(void *context, struct error *err)
{
    struct seat *seat = context;
    const struct settle_parts *job = seat->settler->hall->job;

    if (!hold_turns(seat) ||
        (job->publication != NULL && publication_part_arrange(&seat->publication, err) != 0))
        return -1;
    return hand_on_text(seat, err);
}

static int hand_on_if_much(struct seat *seat, struct error *err)
{
    if (seat->publication.rows <= seat->settler->hall->job->text_bytes / ROW_BYTES)
        return 0;
    return hand_on_early(seat, err);
}

static int take_refund(void *context, const struct refund_entry *entry, struct error *err)
{
    struct seat *seat = context;
    const struct settle_parts *job = seat->settler->hall->job;

    if (job->publication != NULL && (publication_part_refund(&seat->publication, entry, err) != 0 ||
                                     hand_on_if_much(seat, err) != 0))
        return -1;
    return job->carry == NULL ? 0 : carry_refund(&seat->settler->carry, entry, err);
}

static int take_compensation(void *context, const struct compensation_entry *entry,
                             struct error *err)
{
    struct seat *seat = context;
    const struct settle_parts *job = seat->settler->hall->job;

    if (job->publication != NULL &&
        (publication_part_compensation(&seat->publication, entry, err) != 0 ||
         hand_on_if_much(seat, err) != 0))
        return -1;
    return job->carry == NULL ? 0 : carry_compensation(&seat->settler->carry, entry, err);
}

static int take_reward(void *context, const struct reward_entry *entry, struct error *err)
{
    struct seat *seat = context;
    const struct settle_parts *job = seat->settler->hall->job;

    if (job->publication != NULL && (publication_part_reward(&seat->publication, entry, err) != 0 ||
                                     hand_on_if_much(seat, err) != 0))
        return -1;
    return job->carry == NULL ? 0 : carry_reward(&seat->settler->carry, entry, err);
}

static int take_ticket(void *context, const struct ticket_entry *entry, struct error *err)
{
    struct seat *seat = context;

    if (seat->settler->hall->job->publication == NULL)
        return 0;
    return publication_part_ticket(&seat->publication, entry, err) != 0
               ? -1
               : hand_on_if_much(seat, err);
}

/* Accounts that are there for their exposure alone leave nothing new. */
static bool leaves_nothing(const struct seat *seat, struct span account_id)
{
    const struct month *month = &seat->part.month;
    uint32_t account = 0;

    if (seat->settler->hall->job->carry == NULL)
        return true;
    return month->open_incidents != NULL &&
           name_set_find(&month->accounts, account_id, none, &account) &&
           account >= month->due_account_count;
}

static int take_seconds(void *context, struct span account_id, struct span resource_id,
                        struct interval interval, struct error *err)
{
    struct seat *seat = context;

    if (seat->settler->hall->job->exposure != NULL &&
        exposure_seconds(&seat->settler->exposure, resource_id, interval, err) != 0)
        return -1;
    if (leaves_nothing(seat, account_id))
        return 0;
    return carry_seconds(&seat->settler->carry, account_id, resource_id, interval, err);
}

static int take_account(void *context, const struct account_case *account, struct error *err)
{
    struct seat *seat = context;
    const struct settle_parts *job = seat->settler->hall->job;

    if (job->publication != NULL && publication_part_account(&seat->publication, account, err) != 0)
        return -1;
    if (job->exposure != NULL &&
        exposure_account(&seat->settler->exposure, &seat->part.month, account, err) != 0)
        return -1;
    if (leaves_nothing(seat, account->account_id))
        return 0;
    return carry_account(&seat->settler->carry, account, err);
}

/* ---- one part ---- */

static int settle_part(struct seat *seat, unsigned number)
{
    const struct settle_parts *job = seat->settler->hall->job;
    const struct settle_sink sink = {seat,        take_refund,  take_compensation, take_reward,
                                     take_ticket, take_seconds, take_account};
    const struct part_sources_taker taker = {hand_on_early, seat, job->text_bytes};

    if (part_month_load(&seat->part, job->parting, number, &seat->err) != 0)
        return -1;
    /* Before the decisions: they change what is known of orders. */
    if (job->sources != NULL &&
        part_sources_render(&seat->sources, &seat->part, seat->settler->by_order, &taker,
                            &seat->err) != 0)
        return -1;
    if (settle_month(&seat->part.month, &sink, &seat->err) != 0)
        return -1;
    return job->publication == NULL ? 0 : publication_part_arrange(&seat->publication, &seat->err);
}

/* Whether the part could be handed on without waiting, so far. */
static bool is_next(struct hall *hall, unsigned number)
{
    bool next = false;

    (void)pthread_mutex_lock(&hall->mutex);
    next = hall->turns[TURN_PLAN] == number && hall->turns[TURN_HAND_ON] == number;
    (void)pthread_mutex_unlock(&hall->mutex);
    return next;
}

static void settle_some(void *context, int thread)
{
    struct settler *settler = (struct settler *)context + thread;
    struct hall *hall = settler->hall;
    const unsigned count = hall->job->parting->parts.count;
    unsigned number = 0;
    bool go_on = true;

    while (go_on && (number = atomic_fetch_add(&hall->next, 1)) < count) {
        struct seat *seat = &settler->seats[settler->waiting == &settler->seats[0]];

        seat->status = settle_part(seat, number);
        go_on = leave_waiting(settler);
        if (go_on && hall->job->parts_waiting && !is_next(hall, number))
            settler->waiting = seat;
        else if (go_on)
            go_on = leave(seat);
    }
    if (go_on)
        (void)leave_waiting(settler);
}

/* ---- the threads ---- */

static int seats_of(const struct settle_parts *job)
{
    return job->parts_waiting ? PARTS_HELD_MAX : 1;
}

static int open_settler(struct settler *settler, struct hall *hall, struct error *err)
{
    const struct settle_parts *job = hall->job;

    settler->hall = hall;
    for (int i = 0; i < PARTS_HELD_MAX; i++)
        settler->seats[i].settler = settler;
    for (int i = 0; job->publication != NULL && i < seats_of(job); i++)
        if (publication_part_open(&settler->seats[i].publication, job->publication, err) != 0)
            return -1;
    if (job->carry != NULL && carry_open(&settler->carry, job->parting->whole, job->spill_folder_fd,
                                         job->sort_bytes, err) != 0)
        return -1;
    if (job->exposure != NULL && exposure_share(&settler->exposure, job->exposure, err) != 0)
        return -1;
    if (job->sources == NULL)
        return 0;
    return by_order_open(settler->by_order, job->spill_folder_fd, job->sort_bytes / STATE_COUNT,
                         err);
}

/* Joins what the threads have collected beside the parts. */
static int absorb(struct settler *settler, struct error *err)
{
    const struct settle_parts *job = settler->hall->job;

    if (job->carry != NULL && carry_absorb(job->carry, &settler->carry, err) != 0)
        return -1;
    for (int file = 0; job->sources != NULL && file < HISTORY_FILE_COUNT; file++)
        if (history_by_order(file) &&
            line_sort_absorb(job->by_order[file], settler->by_order[file], err) != 0)
            return -1;
    return 0;
}

static void close_settler(struct settler *settler)
{
    for (int i = 0; i < PARTS_HELD_MAX; i++) {
        part_month_free(&settler->seats[i].part);
        part_sources_release(&settler->seats[i].sources);
        publication_part_release(&settler->seats[i].publication);
    }
    carry_release(&settler->carry);
    exposure_part_release(&settler->exposure);
    by_order_close(settler->by_order);
}

int settle_parts(const struct settle_parts *job, struct error *err)
{
    struct hall hall = {
        .job = job, .mutex = PTHREAD_MUTEX_INITIALIZER, .turned = PTHREAD_COND_INITIALIZER};
    struct settler *settlers = apart_clear((size_t)job->threads, sizeof(*settlers));
    int status = 0;

    if (settlers == NULL)
        return out_of_memory(err);
    for (int i = 0; i < job->threads && status == 0; i++)
        status = open_settler(&settlers[i], &hall, err);
    if (status == 0) {
        crew_run(job->threads, settle_some, settlers);
        if (hall.failed)
            status = error_set(err, hall.failure.kind, "%s", hall.failure.detail);
    }
    for (int i = 0; i < job->threads && status == 0; i++)
        status = absorb(&settlers[i], err);
    for (int i = 0; i < job->threads; i++)
        close_settler(&settlers[i]);
    free(settlers);
    return status;
}
