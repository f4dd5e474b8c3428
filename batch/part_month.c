/*
 * Owns the unpacking of a part. Knows no rule.
 */
#include "batch/part_month.h"

#include <assert.h>

#include "batch/history_rows.h"
#include "batch/open_incidents.h"
#include "batch/packed_row.h"
#include "batch/sources.h"
#include "batch/sources_files.h"
#include "policy/block.h"
#include "policy/exposure.h"
#include "policy/key_sort.h"
#include "readers/state.h"

/* A part of as many bytes is not kept in the spilled rows' memory besides its own. */
enum { LARGE_BYTES = 4 * 1024 * 1024 };

static const struct span none = {"", 0};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

/* ---- what parts have in common ---- */

static void borrow(struct month *month, const struct month *whole)
{
    month_init(month, whole->policy, whole->period, whole->opening);
    month->exports = whole->exports;
    month->intakes[INPUT_INCIDENTS] = whole->intakes[INPUT_INCIDENTS];
    month->incidents = whole->incidents;
    month->open_incidents = whole->open_incidents;
    for (int kind = 0; kind < REJECTED_KIND_COUNT; kind++)
        *rejected_names(month, kind) = *rejected_names((struct month *)(uintptr_t)whole, kind);
}

static void give_back(struct month *month)
{
    month->exports = (struct exports){0};
    month->intakes[INPUT_INCIDENTS] = (struct intake){0};
    month->incidents = (struct name_set){0};
    for (int kind = 0; kind < REJECTED_KIND_COUNT; kind++)
        *rejected_names(month, kind) = (struct name_set){0};
}

void part_month_release(struct part_month *part)
{
    give_back(&part->month);
    month_release(&part->month);
    arena_release(&part->records);
}

void part_month_free(struct part_month *part)
{
    part_bytes_release(&part->bytes);
}

/* ---- rows ---- */

static int add_row(struct intake *intake, void *record, struct row_position position,
                   struct error *err)
{
    if (intake->row_count == intake->row_capacity) {
        size_t capacity = intake->row_capacity * 2 + 256;
        struct kept_row *rows = block_resize(intake->rows, capacity, sizeof(*rows));

        if (rows == NULL)
            return out_of_memory(err);
        intake->rows = rows;
        intake->row_capacity = capacity;
    }
    intake->rows[intake->row_count++] = (struct kept_row){record, position};
    return 0;
}

static int add_event(struct event_list *list, enum event_kind kind, const void *record,
                     struct row_position position, struct error *err)
{
    const struct event event = {record, position, event_time(kind, record), 0};

    return event_list_add(list, event, err);
}

static int add_record(struct month *month, enum input input, void *record,
                      struct row_position position, struct error *err)
{
    const struct ticket *ticket = record;

    switch (input) {
    case INPUT_REFUND_REQUESTS:
        return add_event(&month->due[EVENT_REQUEST], EVENT_REQUEST, record, position, err);
    case INPUT_CLAIMS:
        return add_event(&month->due[EVENT_CLAIM], EVENT_CLAIM, record, position, err);
    case INPUT_FILINGS:
        return add_event(&month->due[EVENT_FILING], EVENT_FILING, record, position, err);
    case INPUT_TICKETS:
        return event_list_add(&month->tickets,
                              (struct event){record, position, ticket->opened_at, 0}, err);
    case INPUT_ACCOUNTS:
    case INPUT_ORDERS:
    case INPUT_USAGE:
    case INPUT_INCIDENTS:
    case INPUT_COUNT:
        break;
    }
    return add_row(&month->intakes[input], record, position, err);
}

static int unpack_rows(struct part_month *part, const struct parting *parting, struct error *err)
{
    struct part_item item;
    size_t at = 0;

    while (part_bytes_next(&part->bytes, &at, &item)) {
        const struct table *table = NULL;
        struct row_position position;
        void *record = NULL;

        if (item.kind >= PART_LINE)
            continue;
        table = table_of((enum input)item.kind);
        if (packed_row_get(table, item.bytes.data, item.bytes.data + item.bytes.size,
                           &part->records, &record, &position) == NULL)
            return out_of_memory(err);
        if (positions_has(&parting->parts.dropped, position))
            continue;
        if (add_record(&part->month, table->input, record, position, err) != 0)
            return -1;
    }
    return 0;
}

static int sort_rows_of(struct intake *intake, struct error *err)
{
    const size_t count = intake->row_count;
    struct sort_key *keys = block_alloc(count, sizeof(*keys));
    struct kept_row *sorted = block_alloc(count, sizeof(*sorted));

    assert(count < UINT32_MAX);
    for (size_t i = 0; keys != NULL && i < count; i++)
        keys[i] = (struct sort_key){row_position_number(intake->rows[i].position), (uint32_t)i};
    if (keys == NULL || sorted == NULL || key_sort(keys, count, NULL, NULL) != 0) {
        block_free(keys);
        block_free(sorted);
        return out_of_memory(err);
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = intake->rows[keys[i].number];
    block_free(keys);
    block_free(intake->rows);
    intake->rows = sorted;
    intake->row_capacity = count;
    return 0;
}

/* Rows come in the order of the threads that read them. */
static int sort_rows(struct month *month, struct error *err)
{
    static const enum input INPUTS[] = {INPUT_ACCOUNTS, INPUT_ORDERS, INPUT_USAGE};

    for (size_t i = 0; i < sizeof(INPUTS) / sizeof(*INPUTS); i++) {
        struct intake *intake = &month->intakes[INPUTS[i]];

        if (intake->row_count > 1 && sort_rows_of(intake, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- the accounts that open incidents hit ---- */

static int add_exposed(struct part_month *part, const struct parting *parting, struct span account,
                       const struct basis_place *place, struct error *err)
{
    struct month *month = &part->month;

    if (!parts_is_of(&parting->parts, part->number, account) ||
        !open_incidents_hit(month->open_incidents, place, NULL, NULL))
        return 0;
    return name_set_add(&month->accounts, account, none, false, NULL) != 0 ? out_of_memory(err) : 0;
}

static int add_exposed_accounts(struct part_month *part, const struct parting *parting,
                                struct error *err)
{
    const struct month *month = &part->month;
    const struct intake *orders = &month->intakes[INPUT_ORDERS];
    const struct intake *usages = &month->intakes[INPUT_USAGE];
    struct basis_place place;

    if (month->open_incidents == NULL)
        return 0;
    for (size_t i = 0; i < orders->row_count; i++) {
        const struct order *order = orders->rows[i].record;

        if (basis_place_of_order(order, &place) &&
            add_exposed(part, parting, order->account_id, &place, err) != 0)
            return -1;
    }
    for (size_t i = 0; i < usages->row_count; i++) {
        const struct usage *usage = usages->rows[i].record;

        basis_place_of_usage(usage, month->policy->utc_offset_seconds, &place);
        if (add_exposed(part, parting, usage->account_id, &place, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- history ---- */

static int take_lines(struct part_month *part, struct error *err)
{
    struct part_item item;
    size_t at = 0;

    while (part_bytes_next(&part->bytes, &at, &item)) {
        const int file = item.kind - PART_LINE;
        struct state_row row = {.line = item.bytes};

        if (file < 0)
            continue;
        if (!state_split(history_layouts[file], &row))
            return state_damaged(history_layouts[file], 0, "the fields are bad", err);
        if (history_take(file, &part->month, &row, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- what of the whole its events name ---- */

static void note_named(const struct month *month, struct parting *parting)
{
    for (int kind = 0; kind < REJECTED_KIND_COUNT; kind++) {
        const struct name_set *names = rejected_names(parting->whole, kind);

        for (size_t i = 0; i < names->count; i++)
            if (sources_name_rejected(month, kind, &names->names[i]))
                atomic_store_explicit(&parting->rejected_named[kind][i], 1, memory_order_relaxed);
    }
    for (size_t i = 0; i < month->due[EVENT_CLAIM].count; i++) {
        const struct claim *claim = month->due[EVENT_CLAIM].items[i].record;
        uint32_t number = 0;

        if (name_set_find(&month->incidents, claim->incident_id, none, &number))
            atomic_store_explicit(&parting->incidents_named[number], 1, memory_order_relaxed);
    }
}

int part_month_load(struct part_month *part, struct parting *parting, unsigned number,
                    struct error *err)
{
    part->number = number;
    borrow(&part->month, parting->whole);
    if (parts_load(&parting->parts, number, &part->bytes, err) != 0)
        return -1;
    if (part->bytes.size >= LARGE_BYTES)
        parts_give_back(&parting->parts, number);
    if (unpack_rows(part, parting, err) != 0 || sort_rows(&part->month, err) != 0)
        return -1;
    if (sources_want(&part->month, err) != 0 || add_exposed_accounts(part, parting, err) != 0 ||
        sources_index_orders(&part->month, err) != 0 || take_lines(part, err) != 0)
        return -1;
    note_named(&part->month, parting);
    return 0;
}
