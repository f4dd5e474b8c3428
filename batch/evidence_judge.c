/*
 * Owns the second making of the decisions: what each hung on, kept until its account is done.
 * Knows no rule.
 */
#include "batch/evidence.h"

#include <stdlib.h>

#include "batch/settle.h"

struct list {
    void *items;
    size_t count;
    size_t capacity;
};

struct judging {
    struct evidence *evidence;
    int (*account)(void *context, const struct judged_account *account, struct error *err);
    void *context;
    struct list refunds;       /* struct explained_refund */
    struct list compensations; /* struct compensation_entry */
    struct list bases;         /* struct basis, of the same numbers */
    struct list rewards;       /* struct explained_reward */
    struct arena text;
};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

/* Room for one item more, cleared, or NULL. */
static void *add(struct list *list, size_t bytes)
{
    void *item = NULL;

    if (list->count == list->capacity) {
        size_t capacity = list->capacity * 2 + 16;
        void *items = realloc(list->items, capacity * bytes);

        if (items == NULL)
            return NULL;
        list->items = items;
        list->capacity = capacity;
    }
    item = (char *)list->items + list->count++ * bytes;
    memset(item, 0, bytes);
    return item;
}

static int keep_refund(void *context, const struct refund_entry *entry, struct error *err)
{
    struct judging *judging = context;
    struct explained_refund *refund = add(&judging->refunds, sizeof(*refund));

    if (refund == NULL)
        return out_of_memory(err);
    refund->entry = *entry;
    return 0;
}

static int keep_compensation(void *context, const struct compensation_entry *entry,
                             struct error *err)
{
    struct judging *judging = context;
    struct compensation_entry *kept = add(&judging->compensations, sizeof(*kept));
    struct basis *basis = add(&judging->bases, sizeof(*basis));

    if (kept == NULL || basis == NULL)
        return out_of_memory(err);
    *kept = *entry;
    if (entry->basis == NULL)
        return 0;
    *basis = *entry->basis;
    if (arena_copy(&judging->text, entry->basis->basis_id, &basis->basis_id) != 0)
        return out_of_memory(err);
    return 0;
}

static int keep_reward(void *context, const struct reward_entry *entry, struct error *err)
{
    struct judging *judging = context;
    struct explained_reward *reward = add(&judging->rewards, sizeof(*reward));

    if (reward == NULL)
        return out_of_memory(err);
    reward->entry = *entry;
    return 0;
}

static int keep_ticket(void *context, const struct ticket_entry *entry, struct error *err)
{
    (void)context;
    (void)entry;
    (void)err;
    return 0;
}

static int keep_seconds(void *context, struct span account_id, struct span resource_id,
                        struct interval interval, struct error *err)
{
    (void)context;
    (void)account_id;
    (void)resource_id;
    (void)interval;
    (void)err;
    return 0;
}

/* ---- what was known just before ---- */

static bool names_order(const struct explained_refund *refund, const struct order *order)
{
    return refund->entry.order == order && decision_approves(refund->entry.decision);
}

/* The order's refund before this request: of this period if one came first, else of any before. */
static void find_earlier_refund(const struct judging *judging, size_t number,
                                struct explained_refund *refund)
{
    const struct explained_refund *all = judging->refunds.items;
    const struct order_state *state = refund->request->order;

    refund->refunded_at_before = INSTANT_NONE;
    if (state == NULL)
        return;
    for (size_t i = 0; i < judging->refunds.count; i++) {
        if (!names_order(&all[i], state->order))
            continue;
        if (i < number) {
            refund->refunded_at_before = all[i].entry.request->requested_at;
            refund->refunded_by = all[i].entry.request->request_id;
        }
        return; /* refunded in this period: not in any before */
    }
    refund->refunded_at_before = state->refund_requested_at;
}

static void count_full_refunds(const struct judging *judging, const struct account_case *account,
                               size_t number, struct explained_refund *refund)
{
    const struct explained_refund *all = judging->refunds.items;
    const int offset = judging->evidence->month.policy->utc_offset_seconds;
    const int32_t year = civil_year_of(refund->entry.request->requested_at, offset);

    for (size_t i = 0; i < account->full_refund_count; i++)
        if (account->full_refunds[i].year == year)
            refund->full_refunds_before += account->full_refunds[i].count;
    for (size_t i = 0; i < number; i++)
        if (all[i].entry.decision == DECISION_FULL &&
            civil_year_of(all[i].entry.request->requested_at, offset) == year)
            refund->full_refunds_before++;
}

static void complete_refunds(const struct judging *judging, const struct account_case *account)
{
    struct explained_refund *all = judging->refunds.items;

    for (size_t i = 0; i < judging->refunds.count; i++) {
        for (size_t j = 0; j < account->request_count; j++)
            if (account->requests[j].request == all[i].entry.request)
                all[i].request = &account->requests[j];
        find_earlier_refund(judging, i, &all[i]);
        count_full_refunds(judging, account, i, &all[i]);
    }
}

static void complete_compensations(const struct judging *judging)
{
    struct compensation_entry *all = judging->compensations.items;
    const struct basis *bases = judging->bases.items;

    for (size_t i = 0; i < judging->compensations.count; i++)
        if (all[i].basis != NULL)
            all[i].basis = &bases[i];
}

static bool decided_before(const struct filing *a, const struct filing *b)
{
    if (a->approved_at != b->approved_at)
        return a->approved_at < b->approved_at;
    return span_compare(a->filing_id, b->filing_id) < 0;
}

static void complete_rewards(const struct judging *judging, const struct account_case *account)
{
    struct explained_reward *all = judging->rewards.items;

    for (size_t i = 0; i < judging->rewards.count; i++) {
        struct explained_reward *reward = &all[i];

        reward->account = account;
        reward->rewarded_before = account->rewarded;
        for (size_t j = 0; j < account->filing_count; j++)
            if (account->filings[j].filing == reward->entry.filing)
                reward->filing = &account->filings[j];
        for (size_t j = 0; j < judging->rewards.count; j++)
            if (all[j].entry.decision == DECISION_GRANTED &&
                decided_before(all[j].entry.filing, reward->entry.filing)) {
                reward->rewarded_before = true;
                reward->rewarded_by = all[j].entry.filing->filing_id;
            }
    }
}

static int end_account(void *context, const struct account_case *account, struct error *err)
{
    struct judging *judging = context;
    const struct judged_account judged = {
        .account = account,
        .refunds = judging->refunds.items,
        .refund_count = judging->refunds.count,
        .compensations = judging->compensations.items,
        .compensation_count = judging->compensations.count,
        .rewards = judging->rewards.items,
        .reward_count = judging->rewards.count,
    };
    int status = 0;

    complete_refunds(judging, account);
    complete_compensations(judging);
    complete_rewards(judging, account);
    status = judging->account(judging->context, &judged, err);
    judging->refunds.count = 0;
    judging->compensations.count = 0;
    judging->bases.count = 0;
    judging->rewards.count = 0;
    return status;
}

int evidence_judge(struct evidence *evidence,
                   int (*account)(void *context, const struct judged_account *account,
                                  struct error *err),
                   void *context, struct error *err)
{
    struct judging judging = {.evidence = evidence, .account = account, .context = context};
    const struct settle_sink sink = {&judging,    keep_refund,  keep_compensation, keep_reward,
                                     keep_ticket, keep_seconds, end_account};
    int status = settle_month(&evidence->month, &sink, err);

    free(judging.refunds.items);
    free(judging.compensations.items);
    free(judging.bases.items);
    free(judging.rewards.items);
    arena_release(&judging.text);
    return status;
}
