/*
 * Owns the choice of what is published of a part's rows. Knows no rule.
 */
#include "batch/part_sources.h"

#include <assert.h>

#include "batch/source_row.h"
#include "batch/sources.h"
#include "policy/block.h"
#include "policy/key_sort.h"
#include "readers/state.h"

static const struct span none = {"", 0};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

/* A row that is published with an account. */
struct entry {
    uint32_t rank; /* of the account among the part's, in byte order */
    struct row_position position;
    const void *record;
};

struct rendering {
    struct part_sources *sources;
    const struct part_month *part;
    const struct part_sources_taker *taker;
    uint32_t *ranks;   /* by number of the account */
    bool *order_named; /* by number of the order: an event of its own account names it */
    bool *order_published;
    struct name_filter filing_resources; /* (account, resource) of orders that filings name */
    struct entry *entries;
    size_t entry_count;
    size_t entry_capacity;
    struct error *err;
};

/* ---- text ---- */

void part_sources_clear(struct part_sources *sources)
{
    for (int i = 0; i < INPUT_COUNT; i++)
        sources->inputs[i].size = sources->inputs[i].rows = 0;
    for (int i = 0; i < HISTORY_FILE_COUNT; i++)
        sources->states[i].size = sources->states[i].rows = 0;
}

static char *make_room(struct rendering *work, struct source_text *text, size_t size)
{
    const struct part_sources_taker *taker = work->taker;

    if (text->size > 0 && text->size + size > taker->bytes_max &&
        taker->take(taker->context, work->err) != 0)
        return NULL;
    if (text->size + size > text->capacity) {
        size_t capacity = text->capacity + text->capacity / 2 + size + 64 * 1024;
        char *bytes = block_resize(text->bytes, capacity, 1);

        if (bytes == NULL) {
            (void)out_of_memory(work->err);
            return NULL;
        }
        text->bytes = bytes;
        text->capacity = capacity;
    }
    return text->bytes + text->size;
}

void part_sources_release(struct part_sources *sources)
{
    for (int i = 0; i < INPUT_COUNT; i++)
        block_free(sources->inputs[i].bytes);
    for (int i = 0; i < HISTORY_FILE_COUNT; i++)
        block_free(sources->states[i].bytes);
    *sources = (struct part_sources){0};
}

/* ---- the rows of one input ---- */

static int add_entry(struct rendering *work, uint32_t account, struct row_position position,
                     const void *record)
{
    if (work->entry_count == work->entry_capacity) {
        size_t capacity = work->entry_capacity * 2 + 1024;
        struct entry *entries = block_resize(work->entries, capacity, sizeof(*entries));

        if (entries == NULL)
            return out_of_memory(work->err);
        work->entries = entries;
        work->entry_capacity = capacity;
    }
    work->entries[work->entry_count++] = (struct entry){work->ranks[account], position, record};
    return 0;
}

/* Carried rows have no position of their own: their keys tell them apart. */
static bool is_same_row(const struct entry *a, const struct entry *b, const struct table *table)
{
    return a->rank == b->rank && a->position.file == b->position.file &&
           a->position.line == b->position.line &&
           table_compare_keys(table, a->record, b->record) == 0;
}

static int put_entry(struct rendering *work, const struct table *table, const struct entry *entry)
{
    const struct month *month = &work->part->month;
    struct source_text *text = &work->sources->inputs[table->input];
    const uint32_t file = entry->position.file;
    char *room = make_room(work, text, SOURCE_ROW_BYTES_MAX);

    if (room == NULL)
        return -1;
    text->size = (size_t)(source_put_row(room, table, entry->record,
                                         file == UINT32_MAX ? "" : month->exports.files[file].name,
                                         entry->position.line, month->policy->utc_offset_seconds) -
                          text->bytes);
    text->rows++;
    return 0;
}

/* Entries of one position. */
struct entry_view {
    const struct table *table;
    const struct entry *entries;
};

static int compare_carried(const void *context, uint32_t left, uint32_t right)
{
    const struct entry_view *view = context;

    return table_compare_keys(view->table, view->entries[left].record, view->entries[right].record);
}

static int sort_by_position(const struct rendering *work, const struct table *table,
                            struct sort_key *keys)
{
    const struct entry_view view = {table, work->entries};

    for (size_t i = 0; i < work->entry_count; i++)
        keys[i] = (struct sort_key){row_position_number(work->entries[i].position), (uint32_t)i};
    return key_sort(keys, work->entry_count, compare_carried, &view);
}

/* By account, position and key. 0, or -1 when memory is out. */
static int sort_entries(struct rendering *work, const struct table *table)
{
    const size_t account_count = work->part->month.accounts.count;
    uint32_t *end = block_clear(account_count + 1, sizeof(*end)); /* of the account's, by rank */
    struct entry *sorted = block_alloc(work->entry_count + 1, sizeof(*sorted));
    struct sort_key *keys = block_alloc(work->entry_count + 1, sizeof(*keys));

    assert(work->entry_count < UINT32_MAX);
    if (end == NULL || sorted == NULL || keys == NULL || sort_by_position(work, table, keys) != 0) {
        block_free(end);
        block_free(sorted);
        block_free(keys);
        return -1;
    }
    for (size_t i = 0; i < work->entry_count; i++)
        end[work->entries[i].rank + 1]++;
    for (size_t rank = 0; rank < account_count; rank++)
        end[rank + 1] += end[rank];
    for (size_t i = 0; i < work->entry_count; i++) {
        const struct entry *entry = &work->entries[keys[i].number];

        sorted[end[entry->rank]++] = *entry;
    }
    block_free(end);
    block_free(keys);
    block_free(work->entries);
    work->entries = sorted;
    work->entry_capacity = work->entry_count + 1;
    return 0;
}

static int put_entries(struct rendering *work, enum input input)
{
    const struct table *table = table_of(input);

    if (sort_entries(work, table) != 0)
        return out_of_memory(work->err);
    for (size_t i = 0; i < work->entry_count; i++) {
        if (i > 0 && is_same_row(&work->entries[i - 1], &work->entries[i], table))
            continue; /* an order of somebody else, named twice */
        if (put_entry(work, table, &work->entries[i]) != 0)
            return -1;
    }
    work->entry_count = 0;
    return 0;
}

static bool find_account(const struct rendering *work, struct span account_id, uint32_t *account)
{
    const struct month *month = &work->part->month;

    return name_set_find(&month->accounts, account_id, none, account) &&
           *account < month->due_account_count;
}

/* ---- events, accounts, usage ---- */

static int put_events(struct rendering *work, enum event_kind kind)
{
    const struct event_list *due = &work->part->month.due[kind];

    for (size_t i = 0; i < due->count; i++)
        if (add_entry(work, due->items[i].account, due->items[i].position, due->items[i].record) !=
            0)
            return -1;
    return put_entries(work, event_inputs[kind]);
}

static int put_accounts(struct rendering *work)
{
    const struct intake *intake = &work->part->month.intakes[INPUT_ACCOUNTS];

    for (size_t i = 0; i < intake->row_count; i++) {
        const struct account *record = intake->rows[i].record;
        uint32_t account = 0;

        if (find_account(work, record->account_id, &account) &&
            add_entry(work, account, intake->rows[i].position, record) != 0)
            return -1;
    }
    return put_entries(work, INPUT_ACCOUNTS);
}

static int put_usages(struct rendering *work)
{
    const struct month *month = &work->part->month;
    const struct intake *intake = &month->intakes[INPUT_USAGE];

    for (size_t i = 0; i < intake->row_count; i++) {
        const struct usage *usage = intake->rows[i].record;
        uint32_t account = 0;

        if (sources_need_usage(month, usage) && find_account(work, usage->account_id, &account) &&
            add_entry(work, account, intake->rows[i].position, usage) != 0)
            return -1;
    }
    return put_entries(work, INPUT_USAGE);
}

/* ---- orders ---- */

/* The order that an event names by its id: its own account's, or one of somebody else. */
static int name_order(struct rendering *work, struct span order_id, uint32_t account)
{
    const struct month *month = &work->part->month;
    const struct intake *intake = &month->intakes[INPUT_ORDERS];
    const struct order *order = NULL;
    uint32_t number = 0;

    if (!name_set_find(&month->orders, order_id, none, &number))
        return 0;
    order = intake->rows[number].record;
    if (span_equal(order->account_id, month->accounts.names[account].first)) {
        work->order_named[number] = true;
        return 0;
    }
    work->order_published[number] = true;
    return add_entry(work, account, intake->rows[number].position, order);
}

/* A filing asks whether the resource of the order that it names was served. */
static int name_filing(struct rendering *work, const struct filing *filing, uint32_t account)
{
    const struct month *month = &work->part->month;
    const struct order *order = NULL;
    uint32_t number = 0;

    if (filing->approved_at == INSTANT_NONE)
        return 0;
    if (name_order(work, filing->order_id, account) != 0)
        return -1;
    if (!name_set_find(&month->orders, filing->order_id, none, &number))
        return 0;
    order = month->intakes[INPUT_ORDERS].rows[number].record;
    if (!span_equal(order->account_id, filing->account_id))
        return 0;
    if (name_filter_add(&work->filing_resources,
                        name_fingerprint(order->account_id, order->resource_id)) != 0)
        return out_of_memory(work->err);
    return 0;
}

static bool filing_needs(const struct rendering *work, const struct order *order)
{
    return work->filing_resources.count > 0 &&
           name_filter_may_have(&work->filing_resources,
                                name_fingerprint(order->account_id, order->resource_id));
}

static int name_orders(struct rendering *work)
{
    const struct month *month = &work->part->month;
    const struct event_list *requests = &month->due[EVENT_REQUEST];
    const struct event_list *filings = &month->due[EVENT_FILING];

    for (size_t i = 0; i < requests->count; i++) {
        const struct refund_request *request = requests->items[i].record;

        if (name_order(work, request->order_id, requests->items[i].account) != 0)
            return -1;
    }
    for (size_t i = 0; i < filings->count; i++)
        if (name_filing(work, filings->items[i].record, filings->items[i].account) != 0)
            return -1;
    return 0;
}

static int put_orders(struct rendering *work)
{
    const struct month *month = &work->part->month;
    const struct intake *intake = &month->intakes[INPUT_ORDERS];

    if (name_orders(work) != 0)
        return -1;
    for (size_t i = 0; i < intake->row_count; i++) {
        const struct order *order = intake->rows[i].record;
        uint32_t account = 0;

        if ((!work->order_named[i] && !sources_need_order(month, order) &&
             !filing_needs(work, order)) ||
            !find_account(work, order->account_id, &account))
            continue;
        work->order_published[i] = true;
        if (add_entry(work, account, intake->rows[i].position, order) != 0)
            return -1;
    }
    return put_entries(work, INPUT_ORDERS);
}

/* ---- history ---- */

static int put_line(struct rendering *work, int file, struct span line)
{
    struct source_text *text = &work->sources->states[file];
    char *room = make_room(work, text, line.size + 1);

    if (room == NULL)
        return -1;
    memcpy(room, line.data, line.size);
    room[line.size] = '\n';
    text->size += line.size + 1;
    text->rows++;
    return 0;
}

static int put_history(struct rendering *work, struct line_sort *by_order[HISTORY_FILE_COUNT])
{
    const struct part_month *part = work->part;
    struct part_item item;
    size_t at = 0;

    while (part_bytes_next(&part->bytes, &at, &item)) {
        const int file = item.kind - PART_LINE;
        struct state_row row = {.line = item.bytes};
        uint32_t number = 0;

        if (file < 0)
            continue;
        if (!state_split(history_layouts[file], &row))
            return state_damaged(history_layouts[file], 0, "the fields are bad", work->err);
        if (history_by_order(file)) {
            if (name_set_find(&part->month.orders, row.fields[0], none, &number) &&
                work->order_published[number] &&
                line_sort_add(by_order[file], row.line.data, row.line.size, work->err) != 0)
                return -1;
        } else if (find_account(work, row.fields[0], &number) &&
                   put_line(work, file, row.line) != 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- all of it ---- */

static int rank_accounts(struct rendering *work)
{
    const struct name_set *accounts = &work->part->month.accounts;
    uint32_t *order = block_alloc(accounts->count + 1, sizeof(*order));

    work->ranks = block_alloc(accounts->count + 1, sizeof(*work->ranks));
    if (order == NULL || work->ranks == NULL || name_set_order(accounts, order) != 0) {
        block_free(order);
        return out_of_memory(work->err);
    }
    for (size_t i = 0; i < accounts->count; i++)
        work->ranks[order[i]] = (uint32_t)i;
    block_free(order);
    return 0;
}

int part_sources_render(struct part_sources *sources, const struct part_month *part,
                        struct line_sort *by_order[HISTORY_FILE_COUNT],
                        const struct part_sources_taker *taker, struct error *err)
{
    const size_t orders = part->month.intakes[INPUT_ORDERS].row_count;
    struct rendering work = {.sources = sources, .part = part, .taker = taker, .err = err};
    int status = -1;

    part_sources_clear(sources);
    work.order_named = block_clear(orders + 1, sizeof(*work.order_named));
    work.order_published = block_clear(orders + 1, sizeof(*work.order_published));
    if (work.order_named == NULL || work.order_published == NULL)
        (void)out_of_memory(err);
    else if (rank_accounts(&work) == 0 && put_events(&work, EVENT_REQUEST) == 0 &&
             put_events(&work, EVENT_CLAIM) == 0 && put_events(&work, EVENT_FILING) == 0 &&
             put_accounts(&work) == 0 && put_usages(&work) == 0 && put_orders(&work) == 0)
        status = put_history(&work, by_order);
    block_free(work.ranks);
    block_free(work.order_named);
    block_free(work.order_published);
    block_free(work.entries);
    name_filter_release(&work.filing_resources);
    return status;
}
