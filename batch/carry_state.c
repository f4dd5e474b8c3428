/*
 * Owns the state files: what goes into each, in which order, and what of the earlier periods
 * stays. Knows no decision.
 */
#include "batch/carry_state.h"

#include <assert.h>

#include "batch/state_files.h"
#include "policy/civil.h"
#include "policy/currency.h"
#include "readers/state.h"
#include "writers/state.h"

/* ---- what of the earlier periods can no longer matter ---- */

/*
 * An id is dropped retention_months after the period that decided it (policy.md, "Too old"): the
 * next period begins more than that behind the event, so its row is too old there. The event was
 * never of a later period than the one that decided it.
 */
static bool decided_is_bad(const struct carry_writing *writing, const struct state_row *row,
                           bool *drop)
{
    const struct terms *terms = policy_terms_at(writing->month->policy, writing->month->begins_at);
    int32_t period = 0;

    if (!period_parse(row->fields[1], &period))
        return true;
    *drop = terms != NULL && period + terms->retention_months <= writing->month->period;
    return false;
}

static bool full_refunds_are_bad(const struct carry_writing *writing, const struct state_row *row,
                                 bool *drop)
{
    int32_t year = 0;

    if (!state_parse_year(row->fields[1], &year))
        return true;
    *drop = year < writing->full_refund_year;
    return false;
}

/*
 * Full refunds count within their calendar year alone, and no request that a later period may
 * judge is of an earlier year than this: one of an export is too old before the next period's
 * start less the retention (the longest of any version, since another may be in force then); a
 * carried one is exempt, so its own year counts.
 */
int32_t carry_full_refund_year(const struct month *month, int64_t waiting_from)
{
    const struct policy *policy = month->policy;
    int retention_months = 0;
    int64_t from = 0;

    for (size_t i = 0; i < policy->version_count; i++)
        if (policy->versions[i].retention_months > retention_months)
            retention_months = policy->versions[i].retention_months;
    from = period_start(month->period + 1 - retention_months, policy->utc_offset_seconds);
    if (waiting_from < from)
        from = waiting_from;
    return civil_year_of(from, policy->utc_offset_seconds);
}

/* ---- merging ---- */

struct state_file {
    const struct state_layout *layout;
    int replaced_by; /* an old line goes when a new one has the same fields up to this one */
    /* Of new lines that differ in the last field alone, a number, the highest stays. */
    bool highest;
    /* Whether the line is damaged; if not, whether to drop it. NULL: every line is kept. */
    bool (*drop)(const struct carry_writing *writing, const struct state_row *row, bool *drop);
    const char *cause; /* what is wrong with a damaged line */
};

/*
 * Refunded orders, compensated seconds and amounts, and rewards are never dropped: a refund ends
 * the order's service, and an incident has no maximum length, so a claim of any later period may
 * ask for seconds behind a refund, or for seconds that were paid. What an order has had counts
 * against a cap of any later version; the reward is given once ever.
 */
static const struct state_file state_files[STATE_COUNT] = {
    [STATE_REFUNDED_ORDERS] = {.layout = &state_refunded_orders, .replaced_by = 1},
    [STATE_DECIDED_REQUESTS] = {.layout = &state_decided[EVENT_REQUEST],
                                .replaced_by = 1,
                                .drop = decided_is_bad,
                                .cause = "period is bad"},
    [STATE_COMPENSATED_SECONDS] = {.layout = &state_compensated_seconds, .replaced_by = 1},
    [STATE_DECIDED_CLAIMS] = {.layout = &state_decided[EVENT_CLAIM],
                              .replaced_by = 1,
                              .drop = decided_is_bad,
                              .cause = "period is bad"},
    [STATE_COMPENSATED_ORDERS] = {.layout = &state_compensated_orders, .replaced_by = 2},
    [STATE_FULL_REFUNDS] = {.layout = &state_full_refunds,
                            .replaced_by = 2,
                            .highest = true,
                            .drop = full_refunds_are_bad,
                            .cause = "year or count is bad"},
    [STATE_DECIDED_FILINGS] = {.layout = &state_decided[EVENT_FILING],
                               .replaced_by = 1,
                               .drop = decided_is_bad,
                               .cause = "period is bad"},
    [STATE_REWARDED_ACCOUNTS] = {.layout = &state_rewarded_accounts, .replaced_by = 1},
};

/* A new line, as it came from the sorter. */
struct new_line {
    char text[STATE_LINE_MAX];
    struct state_row row;
};

struct merging {
    const struct carry_writing *writing;
    const struct state_file *file;
    struct line_sort *sorter;
    struct state_writer *writer;
    struct error *err;
    struct new_line lines[3]; /* at hand, written before it, and read behind it */
    int hand;
    int last;  /* written */
    int ahead; /* -1: the sorter has no more */
    bool at_hand;
    bool written;
};

/* Reads the line behind those that are known into lines[into]. */
static int read_ahead(struct merging *merging, int into)
{
    struct new_line *line = &merging->lines[into];
    struct span text = {"", 0};
    const int more = line_sort_next(merging->sorter, &text, merging->err);
    bool good = false;

    merging->ahead = more > 0 ? into : -1;
    if (more <= 0)
        return more;
    assert(text.size < sizeof(line->text));
    memcpy(line->text, text.data, text.size);
    line->row = (struct state_row){.line = {line->text, text.size}};
    good = state_split(merging->file->layout, &line->row);
    assert(good);
    (void)good;
    return 0;
}

static bool same_front(const struct merging *merging, const struct new_line *a,
                       const struct new_line *b)
{
    const int count = merging->file->replaced_by;

    return span_equal(state_row_front(&a->row, count), state_row_front(&b->row, count));
}

/* Numbers are spelled without zeros in front. */
static bool is_higher(const struct merging *merging, const struct new_line *a,
                      const struct new_line *b)
{
    const int last = merging->file->layout->field_count - 1;
    const struct span left = a->row.fields[last];
    const struct span right = b->row.fields[last];

    return left.size != right.size ? left.size > right.size : span_compare(left, right) > 0;
}

/* The slot that holds neither of both. */
static int other_slot(int a, int b)
{
    return 3 - a - b;
}

/* Makes the line that was read ahead the one at hand. `written`: the slot of the last one. */
static int take_next(struct merging *merging, int written)
{
    merging->at_hand = merging->ahead >= 0;
    if (!merging->at_hand)
        return 0;
    merging->hand = merging->ahead;
    if (read_ahead(merging, other_slot(merging->hand, written)) != 0)
        return -1;
    while (merging->file->highest && merging->ahead >= 0 &&
           same_front(merging, &merging->lines[merging->hand], &merging->lines[merging->ahead])) {
        if (is_higher(merging, &merging->lines[merging->ahead], &merging->lines[merging->hand]))
            merging->hand = merging->ahead;
        if (read_ahead(merging, other_slot(merging->hand, written)) != 0)
            return -1;
    }
    return 0;
}

static int write_new(struct merging *merging)
{
    const int written = merging->hand;

    if (state_writer_row(merging->writer, &merging->lines[written].row, merging->err) != 0)
        return -1;
    merging->written = true;
    merging->last = written;
    return take_next(merging, written);
}

/* Rows with the same front are neighbours: it is enough to look at the new ones next to the old. */
static bool is_replaced(const struct merging *merging, const struct state_row *old)
{
    const int count = merging->file->replaced_by;
    const struct span front = state_row_front(old, count);
    const struct state_row *at_hand = &merging->lines[merging->hand].row;
    const struct state_row *written = &merging->lines[merging->last].row;

    return (merging->at_hand && span_equal(state_row_front(at_hand, count), front)) ||
           (merging->written && span_equal(state_row_front(written, count), front));
}

static int merge_old(void *context, const struct state_row *old, struct error *err)
{
    struct merging *merging = context;
    const struct state_file *file = merging->file;
    const int key_count = file->layout->key_count;
    const struct span key = state_row_front(old, key_count);
    bool drop = false;

    if (file->drop != NULL && file->drop(merging->writing, old, &drop))
        return state_damaged(file->layout, old->number, file->cause, err);
    while (merging->at_hand &&
           span_compare(state_row_front(&merging->lines[merging->hand].row, key_count), key) < 0)
        if (write_new(merging) != 0)
            return -1;
    if (drop || is_replaced(merging, old))
        return 0;
    return state_writer_row(merging->writer, old, err);
}

static int merge(struct merging *merging)
{
    const struct carry_writing *writing = merging->writing;

    merging->last = 2;
    if (read_ahead(merging, 0) != 0 || take_next(merging, merging->last) != 0)
        return -1;
    if (writing->history->folder_fd >= 0 &&
        state_read(writing->history->folder_fd, merging->file->layout, merge_old, merging,
                   merging->err) != 0)
        return -1;
    while (merging->at_hand)
        if (write_new(merging) != 0)
            return -1;
    return 0;
}

int carry_state_write(const struct carry_writing *writing, struct carry *carry,
                      enum carry_state state, struct output_summary *summary, struct error *err)
{
    const struct state_file *file = &state_files[state];
    struct merging merging = {
        .writing = writing, .file = file, .sorter = carry->states[state], .err = err};

    if (line_sort_finish(merging.sorter, err) != 0)
        return -1;
    merging.writer = state_writer_open(writing->folder_fd, file->layout, err);
    if (merging.writer == NULL)
        return -1;
    if (merge(&merging) != 0) {
        state_writer_discard(merging.writer);
        return -1;
    }
    return state_writer_commit(merging.writer, summary, err);
}
