/*
 * Owns the way of earlier periods' lines to the parts that they concern. Knows no rule.
 */
#include <stdlib.h>

#include "batch/history_rows.h"
#include "batch/packed_row.h"
#include "batch/parting.h"
#include "batch/sources_files.h"
#include "batch/state_files.h"
#include "readers/state.h"

enum { PARTS_OF_ORDER_MAX = 16 };

static const struct span none = {"", 0};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

/* ---- where the kept orders are ---- */

static int add_orders_of(struct routes *orders, struct route_batch *batch,
                         const struct part_bytes *bytes, unsigned part, struct error *err)
{
    const struct table *table = table_of(INPUT_ORDERS);
    struct arena arena = {0};
    struct part_item item;
    size_t at = 0;
    int status = 0;

    while (status == 0 && part_bytes_next(bytes, &at, &item)) {
        struct row_position position;
        void *record = NULL;

        if (item.kind != (int)INPUT_ORDERS)
            continue;
        if (packed_row_get(table, item.bytes.data, item.bytes.data + item.bytes.size, &arena,
                           &record, &position) == NULL)
            status = out_of_memory(err);
        else
            status = routes_add(orders, batch,
                                name_fingerprint(((const struct order *)record)->order_id, none),
                                part, err);
    }
    arena_release(&arena);
    return status;
}

static int find_orders(struct parting *parting, struct routes *orders, struct error *err)
{
    struct part_bytes bytes = {0};
    struct route_batch batch = {0};
    size_t count = 0;
    int status = 0;

    for (int thread = 0; thread < parting->parts.writer_count; thread++)
        count += parting->orders_shares[thread].kept;
    if (routes_open(orders, count, err) != 0)
        return -1;
    for (unsigned part = 0; part < parting->parts.count && status == 0; part++) {
        status = parts_load(&parting->parts, part, &bytes, err);
        if (status == 0)
            status = add_orders_of(orders, &batch, &bytes, part, err);
    }
    if (status == 0)
        status = routes_end(orders, &batch, err);
    part_bytes_release(&bytes);
    return status;
}

/* ---- lines ---- */

struct sending {
    struct parting *parting;
    const struct routes *orders; /* the kept ones */
    int file;
};

static int send_line(const struct sending *sending, unsigned part, const struct state_row *row,
                     struct error *err)
{
    return parts_add_line(&sending->parting->parts, 0, part, sending->file, row->line, err);
}

static int send_by_order(void *context, const struct state_row *row, struct error *err)
{
    const struct sending *sending = context;
    const uint64_t name = name_fingerprint(row->fields[0], none);
    unsigned parts[PARTS_OF_ORDER_MAX];
    const int count = routes_find(sending->orders, name, parts, PARTS_OF_ORDER_MAX);

    if (count > PARTS_OF_ORDER_MAX) {
        for (unsigned part = 0; part < sending->parting->parts.count; part++)
            if (send_line(sending, part, row, err) != 0)
                return -1;
        return 0;
    }
    for (int i = 0; i < count; i++)
        if (send_line(sending, parts[i], row, err) != 0)
            return -1;
    return 0;
}

/* What open incidents may still cost hangs on what any account was compensated. */
static int send_by_account(void *context, const struct state_row *row, struct error *err)
{
    const struct sending *sending = context;
    const struct parting *parting = sending->parting;
    unsigned part = 0;

    if (parting->whole->open_incidents == NULL &&
        routes_find(&parting->routes[ROUTE_GROUP_ACCOUNTS],
                    route_name(ROUTE_ACCOUNT, name_fingerprint(row->fields[0], none)), &part,
                    1) == 0)
        return 0;
    return send_line(sending, parts_of(&parting->parts, row->fields[0]), row, err);
}

/* Room to note what the parts' events name. */
static int prepare_notes(struct parting *parting, struct error *err)
{
    struct month *whole = parting->whole;

    parting->incidents_named =
        calloc(whole->incidents.count + 1, sizeof(*parting->incidents_named));
    if (parting->incidents_named == NULL)
        return out_of_memory(err);
    for (int kind = 0; kind < REJECTED_KIND_COUNT; kind++) {
        parting->rejected_named[kind] =
            calloc(rejected_names(whole, kind)->count + 1, sizeof(*parting->rejected_named[kind]));
        if (parting->rejected_named[kind] == NULL)
            return out_of_memory(err);
    }
    return 0;
}

/* Nothing is sent any more behind the history. */
static void release_routes(struct parting *parting)
{
    for (int group = 0; group < ROUTE_GROUP_COUNT; group++)
        routes_release(&parting->routes[group]);
}

int parting_history(struct parting *parting, const struct history *history, struct error *err)
{
    struct routes orders = {0};
    struct sending sending = {parting, &orders, 0};
    int status = 0;

    if (prepare_notes(parting, err) != 0)
        return -1;
    if (history->folder_fd < 0) {
        release_routes(parting);
        return 0;
    }
    status = find_orders(parting, &orders, err);
    for (int file = 0; file < HISTORY_FILE_COUNT && status == 0; file++) {
        sending.file = file;
        status =
            state_read(history->folder_fd, history_layouts[file],
                       history_by_order(file) ? send_by_order : send_by_account, &sending, err);
    }
    routes_release(&orders);
    release_routes(parting);
    return status;
}

/* ---- opening and releasing, for all of the parting ---- */

enum { CHUNK_BYTES_MIN = 4 * 1024, CHUNK_BYTES_MAX = 16 * 1024 };
enum { EVENTS_MIN = 512, EVENTS_MAX = 2048, PART_SHARE = 8 * 1024 };
enum { PARTS_LEAST = 64 };

static size_t within(size_t number, size_t least, size_t most)
{
    return number < least ? least : number > most ? most : number;
}

/* Every part has a chunk to fill, by each thread: the fewer, the less memory there is. */
static unsigned parts_most(size_t memory_bytes, size_t threads)
{
    return (unsigned)within(memory_bytes / CHUNK_BYTES_MIN / threads, PARTS_LEAST, PARTS_MAX);
}

/* Chunks that are filled take half of the memory, or all of it where that is little. */
static size_t chunk_bytes(size_t memory_bytes, size_t chunks)
{
    return within(memory_bytes / 2 / chunks, CHUNK_BYTES_MIN, CHUNK_BYTES_MAX);
}

static size_t what_is_left(size_t memory_bytes, size_t taken)
{
    return memory_bytes > taken ? memory_bytes - taken : 0;
}

/* Some two thousand fit a core's cache with what they name; of little memory, fewer. */
static size_t events_per_part(size_t memory_bytes)
{
    return within(memory_bytes / PART_SHARE, EVENTS_MIN, EVENTS_MAX);
}

int parting_open(struct parting *parting, struct month *month, size_t memory_bytes,
                 struct error *err)
{
    const size_t threads = (size_t)month->intake_options.threads;
    const unsigned parts = parts_most(memory_bytes, threads);
    const size_t chunk = chunk_bytes(memory_bytes, parts * threads);

    *parting = (struct parting){
        .whole = month, .events_per_part = events_per_part(memory_bytes), .parts_most = parts};
    parting->spill = spill_open(month->intake_options.spill_folder_fd, chunk,
                                what_is_left(memory_bytes, parts * threads * chunk), err);
    return parting->spill == NULL ? -1 : 0;
}

void parting_release(struct parting *parting)
{
    parts_release(&parting->parts);
    release_routes(parting);
    free(parting->orders_shares);
    free(parting->incidents_named);
    for (int kind = 0; kind < REJECTED_KIND_COUNT; kind++)
        free(parting->rejected_named[kind]);
    if (parting->spill != NULL)
        spill_close(parting->spill);
    *parting = (struct parting){0};
}
