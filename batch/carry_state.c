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

/* ---- keys ---- */

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

static struct span request_order(const void *what)
{
    return ((const struct refund_request *)what)->order_id;
}

static struct span request_account(const void *what)
{
    return event_account(EVENT_REQUEST, what);
}

static struct span filing_account(const void *what)
{
    return event_account(EVENT_FILING, what);
}

static struct span seconds_account(const void *what)
{
    return ((const struct carried_seconds *)what)->account_id;
}

static struct span state_order(const void *what)
{
    return ((const struct order_state *)what)->order->order_id;
}

static int32_t request_year(const struct carry_writing *writing, const void *what)
{
    return civil_year_of(event_time(EVENT_REQUEST, what),
                         writing->month->policy->utc_offset_seconds);
}

static int compare_years(const void *context, const void *a, const void *b)
{
    const struct carry_writing *writing = context;

    return request_year(writing, a) - request_year(writing, b);
}

static int compare_seconds(const void *context, const void *left, const void *right)
{
    const struct carried_seconds *a = left;
    const struct carried_seconds *b = right;
    int order = span_compare(a->resource_id, b->resource_id);

    (void)context;
    if (order != 0)
        return order;
    return a->interval.from < b->interval.from ? -1 : a->interval.from > b->interval.from;
}

/* ---- lines of the state files ---- */

static void put_request_id(const struct carry_writing *writing, const struct carry_item *item,
                           struct state_line *line)
{
    state_line_text(line, request_id(item->what));
    state_line_period(line, writing->month->period);
}

static void put_claim_id(const struct carry_writing *writing, const struct carry_item *item,
                         struct state_line *line)
{
    state_line_text(line, claim_id(item->what));
    state_line_period(line, writing->month->period);
}

static void put_filing_id(const struct carry_writing *writing, const struct carry_item *item,
                          struct state_line *line)
{
    state_line_text(line, filing_id(item->what));
    state_line_period(line, writing->month->period);
}

static void put_refunded_order(const struct carry_writing *writing, const struct carry_item *item,
                               struct state_line *line)
{
    (void)writing;
    state_line_text(line, request_order(item->what));
    state_line_instant(line, event_time(EVENT_REQUEST, item->what));
}

static void put_full_refunds(const struct carry_writing *writing, const struct carry_item *item,
                             struct state_line *line)
{
    state_line_text(line, request_account(item->what));
    state_line_number(line, request_year(writing, item->what), STATE_YEAR_DIGITS);
    state_line_number(line, (int32_t)item->number, 1);
}

static void put_seconds(const struct carry_writing *writing, const struct carry_item *item,
                        struct state_line *line)
{
    const struct carried_seconds *seconds = item->what;

    (void)writing;
    state_line_text(line, seconds->account_id);
    state_line_text(line, seconds->resource_id);
    state_line_instant(line, seconds->interval.from);
    state_line_instant(line, seconds->interval.to);
}

static void put_compensated_order(const struct carry_writing *writing,
                                  const struct carry_item *item, struct state_line *line)
{
    const struct order_state *state = item->what;
    const int32_t currency = state->order->currency;

    (void)writing;
    state_line_text(line, state->order->order_id);
    state_line_text(line, span_of(currency_code(currency)));
    state_line_amount(line, state->compensated, currency);
}

static void put_rewarded_account(const struct carry_writing *writing, const struct carry_item *item,
                                 struct state_line *line)
{
    state_line_text(line, filing_account(item->what));
    state_line_period(line, writing->month->period);
}

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
int32_t carry_full_refund_year(const struct month *month, const struct carry_list *waiting)
{
    const struct policy *policy = month->policy;
    int retention_months = 0;
    int64_t from = 0;

    for (size_t i = 0; i < policy->version_count; i++)
        if (policy->versions[i].retention_months > retention_months)
            retention_months = policy->versions[i].retention_months;
    from = period_start(month->period + 1 - retention_months, policy->utc_offset_seconds);
    for (size_t i = 0; i < waiting->count; i++) {
        const int64_t requested_at = event_time(EVENT_REQUEST, waiting->items[i].what);

        if (requested_at < from)
            from = requested_at;
    }
    return civil_year_of(from, policy->utc_offset_seconds);
}

/* ---- merging ---- */

struct state_file {
    const struct state_layout *layout;
    struct span (*key)(const void *what); /* as in batch/carry_list.h, of what is new */
    int (*rest)(const void *context, const void *a, const void *b);
    int replaced_by; /* an old line goes when a new one has the same fields up to this one */
    void (*put)(const struct carry_writing *writing, const struct carry_item *item,
                struct state_line *line);
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
    [STATE_REFUNDED_ORDERS] = {.layout = &state_refunded_orders,
                               .key = request_order,
                               .replaced_by = 1,
                               .put = put_refunded_order},
    [STATE_DECIDED_REQUESTS] = {.layout = &state_decided[EVENT_REQUEST],
                                .key = request_id,
                                .replaced_by = 1,
                                .put = put_request_id,
                                .drop = decided_is_bad,
                                .cause = "period is bad"},
    [STATE_COMPENSATED_SECONDS] = {.layout = &state_compensated_seconds,
                                   .key = seconds_account,
                                   .rest = compare_seconds,
                                   .replaced_by = 1,
                                   .put = put_seconds},
    [STATE_DECIDED_CLAIMS] = {.layout = &state_decided[EVENT_CLAIM],
                              .key = claim_id,
                              .replaced_by = 1,
                              .put = put_claim_id,
                              .drop = decided_is_bad,
                              .cause = "period is bad"},
    [STATE_COMPENSATED_ORDERS] = {.layout = &state_compensated_orders,
                                  .key = state_order,
                                  .replaced_by = 2,
                                  .put = put_compensated_order},
    [STATE_FULL_REFUNDS] = {.layout = &state_full_refunds,
                            .key = request_account,
                            .rest = compare_years,
                            .replaced_by = 2,
                            .put = put_full_refunds,
                            .drop = full_refunds_are_bad,
                            .cause = "year or count is bad"},
    [STATE_DECIDED_FILINGS] = {.layout = &state_decided[EVENT_FILING],
                               .key = filing_id,
                               .replaced_by = 1,
                               .put = put_filing_id,
                               .drop = decided_is_bad,
                               .cause = "period is bad"},
    [STATE_REWARDED_ACCOUNTS] = {.layout = &state_rewarded_accounts,
                                 .key = filing_account,
                                 .replaced_by = 1,
                                 .put = put_rewarded_account},
};

static struct carry_list *list_of(struct carry *carry, enum carry_state state)
{
    switch (state) {
    case STATE_REFUNDED_ORDERS:
        return &carry->refunded_orders;
    case STATE_DECIDED_REQUESTS:
        return &carry->decided[EVENT_REQUEST];
    case STATE_COMPENSATED_SECONDS:
        return &carry->compensated_seconds;
    case STATE_DECIDED_CLAIMS:
        return &carry->decided[EVENT_CLAIM];
    case STATE_COMPENSATED_ORDERS:
        return &carry->compensated_orders;
    case STATE_FULL_REFUNDS:
        return &carry->full_refunds;
    case STATE_DECIDED_FILINGS:
        return &carry->decided[EVENT_FILING];
    case STATE_REWARDED_ACCOUNTS:
    case STATE_COUNT:
        break;
    }
    return &carry->rewarded_accounts;
}

struct merging {
    const struct carry_writing *writing;
    const struct state_file *file;
    const struct carry_list *list;
    struct state_writer *writer;
    struct error *err;
    size_t next;                /* item of the list behind the line at hand */
    struct state_line lines[2]; /* the new line at hand, and the one written before it */
    bool at_hand;
    bool written;
    int hand; /* which of the lines is at hand */
};

static void take_next(struct merging *merging)
{
    struct state_line *line = &merging->lines[merging->hand];

    merging->at_hand = merging->next < merging->list->count;
    if (!merging->at_hand)
        return;
    state_line_start(line);
    merging->file->put(merging->writing, &merging->list->items[merging->next++], line);
    assert(line->field_count == merging->file->layout->field_count);
}

static int write_new(struct merging *merging)
{
    if (state_writer_row(merging->writer, &merging->lines[merging->hand].row, merging->err) != 0)
        return -1;
    merging->hand = !merging->hand;
    merging->written = true;
    take_next(merging);
    return 0;
}

/* Rows with the same front are neighbours: it is enough to look at the new ones next to the old. */
static bool is_replaced(const struct merging *merging, const struct state_row *old)
{
    const int count = merging->file->replaced_by;
    const struct span front = state_row_front(old, count);
    const struct state_line *at_hand = &merging->lines[merging->hand];
    const struct state_line *written = &merging->lines[!merging->hand];

    return (merging->at_hand && span_equal(state_row_front(&at_hand->row, count), front)) ||
           (merging->written && span_equal(state_row_front(&written->row, count), front));
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

    take_next(merging);
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
    const struct carry_order order = {file->key, file->rest, writing};
    struct carry_list *list = list_of(carry, state);
    struct merging merging = {.writing = writing, .file = file, .list = list, .err = err};

    carry_list_sort(list, &order);
    merging.writer = state_writer_open(writing->folder_fd, file->layout, err);
    if (merging.writer == NULL)
        return -1;
    if (merge(&merging) != 0) {
        state_writer_discard(merging.writer);
        return -1;
    }
    return state_writer_commit(merging.writer, summary, err);
}
