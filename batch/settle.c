/*
 * Owns the gathering of accounts and the order of deciding. Knows no rule and no output.
 */
#include "batch/settle.h"

#include "policy/block.h"
#include "policy/compensation.h"
#include "policy/key_sort.h"
#include "policy/refund.h"
#include "policy/reward.h"

static const struct span none = {"", 0};

/* Items of some list by account: those of account a are items[start[a]] to items[start[a + 1]]. */
struct by_account {
    uint32_t *start;
    uint32_t *items;
};

/* Scratch for one account's case, as large as the largest account so far needed. */
struct room {
    void *items;
    size_t bytes;
};

struct settling {
    struct month *month;
    const struct settle_sink *sink;
    struct error *err;
    struct settlement settlement;

    uint32_t *accounts; /* their numbers in byte order of their ids */
    size_t account_count;
    const struct account **records; /* by account number */
    struct by_account events[EVENT_KIND_COUNT];
    struct by_account orders;
    struct by_account usages;
    struct by_account tickets;
    struct by_account spans;
    struct by_account full_refunds;

    struct account_case account; /* the one at hand */
    struct reward_entry *rewards;
    size_t reward_count;
    struct room rooms[10];
};

enum room_use {
    ROOM_REQUESTS,
    ROOM_CLAIMS,
    ROOM_FILINGS,
    ROOM_ORDERS,
    ROOM_USAGES,
    ROOM_SPANS,
    ROOM_FULL_REFUNDS,
    ROOM_REWARDS,
    ROOM_TICKETS,
    ROOM_KEYS,
};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

/* ---- dividing lists by account ---- */

/* The account number of item i of a list, or false when no account of the run has it. */
typedef bool (*account_of)(const struct month *month, size_t i, uint32_t *account);

static bool request_account(const struct month *month, size_t i, uint32_t *account)
{
    *account = month->due[EVENT_REQUEST].items[i].account;
    return true;
}

static bool claim_account(const struct month *month, size_t i, uint32_t *account)
{
    *account = month->due[EVENT_CLAIM].items[i].account;
    return true;
}

static bool filing_account(const struct month *month, size_t i, uint32_t *account)
{
    *account = month->due[EVENT_FILING].items[i].account;
    return true;
}

static bool order_account(const struct month *month, size_t i, uint32_t *account)
{
    return name_set_find(&month->accounts, month->order_states[i].order->account_id, none, account);
}

static bool usage_account(const struct month *month, size_t i, uint32_t *account)
{
    const struct usage *usage = month->intakes[INPUT_USAGE].rows[i].record;

    return name_set_find(&month->accounts, usage->account_id, none, account);
}

static bool ticket_account(const struct month *month, size_t i, uint32_t *account)
{
    const struct ticket *ticket = month->tickets.items[i].record;

    return name_set_find(&month->accounts, ticket->account_id, none, account);
}

static bool span_account(const struct month *month, size_t i, uint32_t *account)
{
    *account = month->spans[i].account;
    return true;
}

static bool full_refund_account(const struct month *month, size_t i, uint32_t *account)
{
    *account = month->full_refunds[i].account;
    return true;
}

static int divide(const struct settling *work, size_t count, account_of find,
                  struct by_account *divided)
{
    const size_t account_count = work->account_count;
    uint32_t *owners = block_alloc(count + 1, sizeof(*owners));

    divided->start = block_clear(account_count + 2, sizeof(*divided->start));
    divided->items = block_alloc(count + 1, sizeof(*divided->items));
    if (owners == NULL || divided->start == NULL || divided->items == NULL) {
        block_free(owners);
        return out_of_memory(work->err);
    }
    for (size_t i = 0; i < count; i++) {
        if (!find(work->month, i, &owners[i]))
            owners[i] = UINT32_MAX;
        else
            divided->start[owners[i] + 2]++;
    }
    for (size_t i = 2; i < account_count + 2; i++)
        divided->start[i] += divided->start[i - 1];
    for (size_t i = 0; i < count; i++)
        if (owners[i] != UINT32_MAX)
            divided->items[divided->start[owners[i] + 1]++] = (uint32_t)i;
    block_free(owners);
    return 0;
}

static size_t count_of(const struct by_account *divided, uint32_t account)
{
    return divided->start[account + 1] - divided->start[account];
}

static const uint32_t *items_of(const struct by_account *divided, uint32_t account)
{
    return &divided->items[divided->start[account]];
}

static int order_accounts(struct settling *work)
{
    struct month *month = work->month;

    for (size_t i = 0; i < month->tickets.count; i++) {
        const struct ticket *ticket = month->tickets.items[i].record;

        if (name_set_add(&month->accounts, ticket->account_id, none, false, NULL) != 0)
            return out_of_memory(work->err);
    }
    work->account_count = month->accounts.count;
    work->accounts = block_alloc(work->account_count + 1, sizeof(*work->accounts));
    work->records = block_clear(work->account_count + 1, sizeof(*work->records));
    if (work->accounts == NULL || work->records == NULL)
        return out_of_memory(work->err);
    if (name_set_order(&month->accounts, work->accounts) != 0)
        return out_of_memory(work->err);
    for (size_t i = 0; i < month->intakes[INPUT_ACCOUNTS].row_count; i++) {
        const struct account *account = month->intakes[INPUT_ACCOUNTS].rows[i].record;
        uint32_t number = 0;

        if (name_set_find(&month->accounts, account->account_id, none, &number))
            work->records[number] = account;
    }
    return 0;
}

static int divide_all(struct settling *work)
{
    const struct month *month = work->month;

    if (divide(work, month->due[EVENT_REQUEST].count, request_account,
               &work->events[EVENT_REQUEST]) != 0 ||
        divide(work, month->due[EVENT_CLAIM].count, claim_account, &work->events[EVENT_CLAIM]) !=
            0 ||
        divide(work, month->due[EVENT_FILING].count, filing_account, &work->events[EVENT_FILING]) !=
            0 ||
        divide(work, month->intakes[INPUT_ORDERS].row_count, order_account, &work->orders) != 0 ||
        divide(work, month->intakes[INPUT_USAGE].row_count, usage_account, &work->usages) != 0 ||
        divide(work, month->tickets.count, ticket_account, &work->tickets) != 0 ||
        divide(work, month->span_count, span_account, &work->spans) != 0 ||
        divide(work, month->full_refund_count, full_refund_account, &work->full_refunds) != 0)
        return -1;
    return 0;
}

/* ---- one account's case ---- */

static void *make_room(struct settling *work, enum room_use use, size_t count, size_t item_bytes)
{
    struct room *room = &work->rooms[use];
    size_t bytes = (count + 1) * item_bytes;

    if (bytes > room->bytes) {
        block_free(room->items);
        *room = (struct room){0};
        bytes += bytes / 2;
        room->items = block_alloc(bytes, 1);
        if (room->items == NULL) {
            (void)out_of_memory(work->err);
            return NULL;
        }
        room->bytes = bytes;
    }
    return room->items;
}

static int require_terms(struct settling *work, int64_t instant, const char *what, struct span id)
{
    if (policy_terms_at(work->month->policy, instant) != NULL)
        return 0;
    return error_set(work->err, ERROR_INPUT,
                     "no version of the policy covers the instant of %s \"%.*s\"", what,
                     (int)id.size, id.data);
}

/* Events of a kind, by number. */
struct event_view {
    const struct event *items;
    enum event_kind kind;
};

static int compare_ids(const void *context, uint32_t left, uint32_t right)
{
    const struct event_view *view = context;

    return span_compare(event_id(view->kind, view->items[left].record),
                        event_id(view->kind, view->items[right].record));
}

/* The account's events of the kind, by time and id; NULL, with err filled, when memory is out. */
static const struct sort_key *order_events(struct settling *work, enum event_kind kind,
                                           uint32_t number)
{
    const struct by_account *divided = &work->events[kind];
    const size_t count = count_of(divided, number);
    const struct event_view view = {work->month->due[kind].items, kind};
    struct sort_key *keys = make_room(work, ROOM_KEYS, count, sizeof(*keys));

    if (keys == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const uint32_t event = items_of(divided, number)[i];

        keys[i] = (struct sort_key){key_of_number(view.items[event].time), event};
    }
    if (key_sort(keys, count, compare_ids, &view) == 0)
        return keys;
    (void)out_of_memory(work->err);
    return NULL;
}

static struct order_state *find_order(const struct month *month, struct span order_id)
{
    uint32_t number = 0;

    return name_set_find(&month->orders, order_id, none, &number) ? &month->order_states[number]
                                                                  : NULL;
}

static int gather_requests(struct settling *work, uint32_t number)
{
    const struct month *month = work->month;
    const size_t count = count_of(&work->events[EVENT_REQUEST], number);
    const struct sort_key *order_of = order_events(work, EVENT_REQUEST, number);
    struct refund_case *cases = make_room(work, ROOM_REQUESTS, count, sizeof(*cases));

    if (order_of == NULL || cases == NULL)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct refund_request *request =
            month->due[EVENT_REQUEST].items[order_of[i].number].record;
        struct order_state *order = find_order(month, request->order_id);

        if (require_terms(work, request->requested_at, "refund request", request->request_id) != 0)
            return -1;
        cases[i] = (struct refund_case){
            .request = request,
            .order = order,
            .order_rejected =
                order == NULL && name_set_has(&month->rejected_orders, request->order_id, none),
        };
    }
    work->account.requests = cases;
    work->account.request_count = count;
    return 0;
}

static bool basis_rejected(const struct month *month, const struct claim *claim)
{
    if (claim->resource_id.size > 0)
        return name_set_has(&month->rejected_bases, claim->account_id, claim->resource_id);
    return name_set_has(&month->rejected_basis_accounts, claim->account_id, none);
}

static int gather_claims(struct settling *work, uint32_t number)
{
    const struct month *month = work->month;
    const struct by_account *divided = &work->events[EVENT_CLAIM];
    const size_t count = count_of(divided, number);
    struct claim_case *cases = make_room(work, ROOM_CLAIMS, count, sizeof(*cases));

    if (cases == NULL)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct claim *claim =
            month->due[EVENT_CLAIM].items[items_of(divided, number)[i]].record;
        struct claim_case *one = &cases[i];
        uint32_t incident = 0;

        *one = (struct claim_case){.claim = claim, .basis_rejected = basis_rejected(month, claim)};
        if (name_set_find(&month->incidents, claim->incident_id, none, &incident)) {
            one->incident = month->intakes[INPUT_INCIDENTS].rows[incident].record;
            if (require_terms(work, one->incident->started_at, "incident",
                              one->incident->incident_id) != 0)
                return -1;
        } else {
            one->incident_rejected =
                name_set_has(&month->rejected_incidents, claim->incident_id, none);
        }
    }
    work->account.claims = cases;
    work->account.claim_count = count;
    return 0;
}

/* policy.md, reward check 1. */
static bool filing_source_rejected(const struct settling *work, const struct filing *filing,
                                   const struct order_state *order)
{
    const struct month *month = work->month;

    if (order == NULL && name_set_has(&month->rejected_orders, filing->order_id, none))
        return true;
    if (work->account.account == NULL &&
        name_set_has(&month->rejected_accounts, filing->account_id, none))
        return true;
    return order != NULL && name_set_has(&month->rejected_order_resources, filing->account_id,
                                         order->order->resource_id);
}

static int gather_filings(struct settling *work, uint32_t number)
{
    const struct month *month = work->month;
    const size_t count = count_of(&work->events[EVENT_FILING], number);
    const struct sort_key *order_of = order_events(work, EVENT_FILING, number);
    struct filing_case *cases = make_room(work, ROOM_FILINGS, count, sizeof(*cases));

    if (order_of == NULL || cases == NULL)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct filing *filing = month->due[EVENT_FILING].items[order_of[i].number].record;
        const struct order_state *order = find_order(month, filing->order_id);

        if (filing->approved_at != INSTANT_NONE &&
            require_terms(work, filing->approved_at, "filing", filing->filing_id) != 0)
            return -1;
        cases[i] = (struct filing_case){filing, order, filing_source_rejected(work, filing, order)};
    }
    work->account.filings = cases;
    work->account.filing_count = count;
    return 0;
}

static int gather_rows(struct settling *work, uint32_t number)
{
    const struct month *month = work->month;
    struct account_case *account = &work->account;

    account->order_count = count_of(&work->orders, number);
    account->usage_count = count_of(&work->usages, number);
    account->orders = make_room(work, ROOM_ORDERS, account->order_count, sizeof(*account->orders));
    account->usages = make_room(work, ROOM_USAGES, account->usage_count, sizeof(*account->usages));
    if (account->orders == NULL || account->usages == NULL)
        return -1;
    for (size_t i = 0; i < account->order_count; i++)
        account->orders[i] = &month->order_states[items_of(&work->orders, number)[i]];
    for (size_t i = 0; i < account->usage_count; i++)
        account->usages[i] =
            month->intakes[INPUT_USAGE].rows[items_of(&work->usages, number)[i]].record;
    return 0;
}

static int gather_history(struct settling *work, uint32_t number)
{
    const struct month *month = work->month;
    struct account_case *account = &work->account;
    struct compensated_span *spans = NULL;
    struct full_refund_count *counts = NULL;

    account->compensated_count = count_of(&work->spans, number);
    account->full_refund_count = count_of(&work->full_refunds, number);
    account->rewarded = month->rewarded != NULL && month->rewarded[number];
    spans = make_room(work, ROOM_SPANS, account->compensated_count, sizeof(*spans));
    counts = make_room(work, ROOM_FULL_REFUNDS, account->full_refund_count, sizeof(*counts));
    if (spans == NULL || counts == NULL)
        return -1;
    for (size_t i = 0; i < account->compensated_count; i++)
        spans[i] = month->spans[items_of(&work->spans, number)[i]].span;
    for (size_t i = 0; i < account->full_refund_count; i++)
        counts[i] = month->full_refunds[items_of(&work->full_refunds, number)[i]].count;
    account->compensated = spans;
    account->full_refunds = counts;
    return 0;
}

static int gather(struct settling *work, uint32_t number)
{
    work->account = (struct account_case){
        .account_id = work->month->accounts.names[number].first,
        .account = work->records[number],
    };
    if (gather_requests(work, number) != 0 || gather_claims(work, number) != 0 ||
        gather_filings(work, number) != 0 || gather_rows(work, number) != 0 ||
        gather_history(work, number) != 0)
        return -1;
    return 0;
}

/* ---- deciding ---- */

static int hand_on_refund(void *context, const struct refund_entry *entry)
{
    struct settling *work = context;
    struct event_figures *figures = &work->month->figures[EVENT_REQUEST];

    if (entry->decision == DECISION_DEFERRED)
        figures->deferred++;
    else
        figures->decided++;
    return work->sink->refund(work->sink->context, entry, work->err);
}

/* One claim may have many rows; its first one counts it. */
struct claim_counter {
    struct settling *work;
    const struct claim *last;
};

static int hand_on_compensation(void *context, const struct compensation_entry *entry)
{
    struct claim_counter *counter = context;
    struct settling *work = counter->work;
    struct event_figures *figures = &work->month->figures[EVENT_CLAIM];

    if (entry->claim != counter->last) {
        counter->last = entry->claim;
        if (entry->decision == DECISION_DEFERRED)
            figures->deferred++;
        else
            figures->decided++;
    }
    return work->sink->compensation(work->sink->context, entry, work->err);
}

static int hand_on_seconds(void *context, struct span resource_id, struct interval interval)
{
    struct settling *work = context;

    return work->sink->seconds(work->sink->context, work->account.account_id, resource_id, interval,
                               work->err);
}

static int keep_reward(void *context, const struct reward_entry *entry)
{
    struct settling *work = context;
    struct event_figures *figures = &work->month->figures[EVENT_FILING];

    if (entry->decision == DECISION_DEFERRED)
        figures->deferred++;
    else if (entry->decision == DECISION_PENDING)
        figures->pending++;
    else
        figures->decided++;
    work->rewards[work->reward_count++] = *entry;
    return 0;
}

/* Items whose ids differ, in byte order of those; NULL, with err filled, when memory is out. */
static const struct sort_key *order_by_id(struct settling *work, size_t count, key_text_of id_of,
                                          const void *items)
{
    struct sort_key *keys = make_room(work, ROOM_KEYS, count, sizeof(*keys));

    if (keys == NULL)
        return NULL;
    if (key_sort_texts(keys, count, id_of, items) == 0)
        return keys;
    (void)out_of_memory(work->err);
    return NULL;
}

static struct span reward_id(const void *rewards, uint32_t number)
{
    return ((const struct reward_entry *)rewards)[number].filing->filing_id;
}

/* Rewards are decided by time and listed by id. */
static int settle_rewards(struct settling *work)
{
    const struct reward_sink sink = {work, keep_reward};
    const struct sort_key *order_of = NULL;

    work->reward_count = 0;
    work->rewards =
        make_room(work, ROOM_REWARDS, work->account.filing_count, sizeof(*work->rewards));
    if (work->rewards == NULL || reward_settle(&work->settlement, &work->account, &sink) != 0)
        return -1;
    order_of = order_by_id(work, work->reward_count, reward_id, work->rewards);
    if (order_of == NULL)
        return -1;
    for (size_t i = 0; i < work->reward_count; i++)
        if (work->sink->reward(work->sink->context, &work->rewards[order_of[i].number],
                               work->err) != 0)
            return -1;
    return 0;
}

static struct span ticket_id(const void *tickets, uint32_t number)
{
    return ((const struct ticket_entry *)tickets)[number].ticket->ticket_id;
}

static int settle_tickets(struct settling *work, uint32_t number)
{
    const struct month *month = work->month;
    const size_t count = count_of(&work->tickets, number);
    struct ticket_entry *entries = make_room(work, ROOM_TICKETS, count, sizeof(*entries));
    const struct sort_key *order_of = NULL;

    if (entries == NULL)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct ticket *ticket =
            month->tickets.items[items_of(&work->tickets, number)[i]].record;
        const struct terms *terms = policy_terms_at(month->policy, ticket->opened_at);

        if (require_terms(work, ticket->opened_at, "ticket", ticket->ticket_id) != 0)
            return -1;
        entries[i] = (struct ticket_entry){ticket, terms->ticket_in_scope[ticket->category]};
    }
    order_of = order_by_id(work, count, ticket_id, entries);
    if (order_of == NULL)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (work->sink->ticket(work->sink->context, &entries[order_of[i].number], work->err) != 0)
            return -1;
    return 0;
}

static int settle_account(struct settling *work, uint32_t number)
{
    struct claim_counter counter = {work, NULL};
    const struct refund_sink refunds = {work, hand_on_refund};
    const struct compensation_sink compensations = {&counter, hand_on_compensation};
    const struct compensated_sink seconds = {work, hand_on_seconds};

    if (gather(work, number) != 0 ||
        refund_settle(&work->settlement, &work->account, &refunds) != 0 ||
        compensation_settle(&work->settlement, &work->account, &compensations, &seconds) != 0 ||
        settle_rewards(work) != 0 || settle_tickets(work, number) != 0 ||
        work->sink->account(work->sink->context, &work->account, work->err) != 0)
        return out_of_memory(work->err); /* unless the sink has said why */
    return 0;
}

static void settling_release(struct settling *work)
{
    struct by_account *divided[] = {&work->events[EVENT_REQUEST],
                                    &work->events[EVENT_CLAIM],
                                    &work->events[EVENT_FILING],
                                    &work->orders,
                                    &work->usages,
                                    &work->tickets,
                                    &work->spans,
                                    &work->full_refunds};

    for (size_t i = 0; i < sizeof(divided) / sizeof(*divided); i++) {
        block_free(divided[i]->start);
        block_free(divided[i]->items);
    }
    for (size_t i = 0; i < sizeof(work->rooms) / sizeof(*work->rooms); i++)
        block_free(work->rooms[i].items);
    block_free(work->accounts);
    block_free(work->records);
}

int settle_month(struct month *month, const struct settle_sink *sink, struct error *err)
{
    struct settling work = {
        .month = month,
        .sink = sink,
        .err = err,
        .settlement = {month->policy, month->period},
    };
    int status = -1;

    if (order_accounts(&work) != 0 || divide_all(&work) != 0)
        goto done;
    for (size_t i = 0; i < work.account_count; i++)
        if (settle_account(&work, work.accounts[i]) != 0)
            goto done;
    status = 0;
done:
    settling_release(&work);
    return status;
}
