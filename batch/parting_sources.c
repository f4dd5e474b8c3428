/*
 * Owns the streaming past of orders, usage and accounts: what of them goes to which part, and the
 * names that their rejected rows bear. Knows no rule.
 */
#include <stdlib.h>

#include "batch/open_incidents.h"
#include "batch/parting.h"
#include "policy/apart.h"

enum { PARTS_OF_ORDER_MAX = 16 };

static const struct span none = {"", 0};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

static bool routed(const struct parting *parting, enum route_role role, uint64_t fingerprint)
{
    unsigned part = 0;

    return routes_find(&parting->routes[route_group(role)], route_name(role, fingerprint), &part,
                       1) > 0;
}

/* Have the memory brought near, in two steps, that `routed` will read. */
static void approach_route(const struct parting *parting, enum route_role role,
                           uint64_t fingerprint)
{
    routes_prefetch_front(&parting->routes[route_group(role)], route_name(role, fingerprint));
}

static void near_route(const struct parting *parting, enum route_role role, uint64_t fingerprint)
{
    routes_prefetch_slots(&parting->routes[route_group(role)], route_name(role, fingerprint));
}

/* `account` is the fingerprint of account_id. */
static bool basis_routed_by(const struct parting *parting, enum route_role account_role,
                            uint64_t account, struct span account_id, struct span resource_id)
{
    return routed(parting, ROUTE_BASES_OF, account) &&
           (routed(parting, account_role, account) ||
            routed(parting, ROUTE_RESOURCE, name_fingerprint(account_id, resource_id)));
}

static bool basis_routed(const struct parting *parting, enum route_role account_role,
                         struct span account_id, struct span resource_id)
{
    return basis_routed_by(parting, account_role, name_fingerprint(account_id, none), account_id,
                           resource_id);
}

/* Whether an open incident hits the basis, where that is asked for. */
static bool exposed_order(const struct month *month, const struct order *order)
{
    struct basis_place place;

    return month->open_incidents != NULL && basis_place_of_order(order, &place) &&
           open_incidents_hit(month->open_incidents, &place, NULL, NULL);
}

static bool exposed_usage(const struct month *month, const struct usage *usage)
{
    struct basis_place place;

    if (month->open_incidents == NULL)
        return false;
    basis_place_of_usage(usage, month->policy->utc_offset_seconds, &place);
    return open_incidents_hit(month->open_incidents, &place, NULL, NULL);
}

/* ---- orders ---- */

/* Of an order: the key is its name's, the other the account's. */
static void prepare_order(void *context, const void *record, struct row_keys *keys)
{
    const struct order *order = record;

    (void)context;
    keys->other = name_fingerprint(order->account_id, none);
}

/* The parts that need the order, the account's own first or not at all; how many. */
static int parts_of_order(const struct parting *parting, const struct order *order,
                          const struct row_keys *keys, unsigned parts[PARTS_MAX])
{
    const uint64_t name = route_name(ROUTE_ORDER, keys->key);
    unsigned named[PARTS_OF_ORDER_MAX];
    const int named_count =
        routes_find(&parting->routes[ROUTE_GROUP_ORDERS], name, named, PARTS_OF_ORDER_MAX);
    int count = 0;

    if (named_count > PARTS_OF_ORDER_MAX) { /* a crowd names it: all parts have it */
        for (unsigned part = 0; part < parting->parts.count; part++)
            parts[count++] = part;
        return count;
    }
    if (basis_routed_by(parting, ROUTE_ORDERS_OF, keys->other, order->account_id,
                        order->resource_id) ||
        exposed_order(parting->whole, order))
        parts[count++] = parts_of(&parting->parts, order->account_id);
    for (int i = 0; i < named_count; i++)
        if (count == 0 || named[i] != parts[0])
            parts[count++] = named[i];
    return count;
}

static void approach_order(void *context, const struct row_keys *keys)
{
    approach_route(context, ROUTE_ORDER, keys->key);
    approach_route(context, ROUTE_BASES_OF, keys->other);
}

static void near_order(void *context, const struct row_keys *keys)
{
    near_route(context, ROUTE_ORDER, keys->key);
    near_route(context, ROUTE_BASES_OF, keys->other);
}

static int take_order(void *context, int thread, const void *record, const struct row_keys *keys,
                      struct row_position position, struct error *err)
{
    struct parting *parting = context;
    unsigned parts[PARTS_MAX];
    const int count = parts_of_order(parting, record, keys, parts);

    for (int i = 0; i < count; i++)
        if (parts_add_row(&parting->parts, thread, parts[i], table_of(INPUT_ORDERS), record,
                          position, err) != 0)
            return -1;
    parting->orders_shares[thread].kept += (size_t)count;
    return 0;
}

static int drop_order(void *context, const void *record, struct row_position position,
                      struct error *err)
{
    struct parting *parting = context;
    struct row_keys keys = {.key = table_key_fingerprint(table_of(INPUT_ORDERS), record)};
    unsigned parts[PARTS_MAX];

    prepare_order(context, record, &keys);
    if (parts_of_order(parting, record, &keys, parts) == 0)
        return 0;
    return parts_drop(&parting->parts, position, err);
}

static int count_order(void *context, int thread, const void *record, int sign, struct error *err)
{
    struct parting *parting = context;
    const struct order *order = record;
    struct decimal *total = &parting->orders_shares[thread].payments[order->currency];
    struct decimal payment = order_actual_payment(order);

    if (!(sign > 0 ? decimal_add(*total, payment, total)
                   : decimal_subtract(*total, payment, total)))
        return error_set(err, ERROR_CONTROL, "the sum of order payments does not fit 128 bits");
    return 0;
}

/* ---- usage and accounts ---- */

static bool usage_needed(const struct parting *parting, const struct usage *usage)
{
    return basis_routed(parting, ROUTE_CLAIM_ACCOUNT, usage->account_id, usage->resource_id) ||
           exposed_usage(parting->whole, usage);
}

static int take_usage(void *context, int thread, const void *record, const struct row_keys *keys,
                      struct row_position position, struct error *err)
{
    struct parting *parting = context;
    const struct usage *usage = record;

    (void)keys;
    if (!usage_needed(parting, usage))
        return 0;
    return parts_add_row(&parting->parts, thread, parts_of(&parting->parts, usage->account_id),
                         table_of(INPUT_USAGE), record, position, err);
}

static int drop_usage(void *context, const void *record, struct row_position position,
                      struct error *err)
{
    struct parting *parting = context;

    return usage_needed(parting, record) ? parts_drop(&parting->parts, position, err) : 0;
}

static bool account_needed(const struct parting *parting, struct span account_id)
{
    return routed(parting, ROUTE_ACCOUNT, name_fingerprint(account_id, none));
}

static void approach_account(void *context, const struct row_keys *keys)
{
    approach_route(context, ROUTE_ACCOUNT, keys->key);
}

static void near_account(void *context, const struct row_keys *keys)
{
    near_route(context, ROUTE_ACCOUNT, keys->key);
}

static int take_account(void *context, int thread, const void *record, const struct row_keys *keys,
                        struct row_position position, struct error *err)
{
    struct parting *parting = context;
    const struct account *account = record;

    if (!routed(parting, ROUTE_ACCOUNT, keys->key))
        return 0;
    return parts_add_row(&parting->parts, thread, parts_of(&parting->parts, account->account_id),
                         table_of(INPUT_ACCOUNTS), record, position, err);
}

static int drop_account(void *context, const void *record, struct row_position position,
                        struct error *err)
{
    struct parting *parting = context;

    if (!account_needed(parting, ((const struct account *)record)->account_id))
        return 0;
    return parts_drop(&parting->parts, position, err);
}

/* ---- rejected rows ---- */

/* Whether the row's value of the column is readable. */
static bool has(const struct table *table, uint32_t readable, const char *column)
{
    return (readable >> table_column(table, column) & 1) != 0;
}

static int add_rejected(struct name_set *set, struct span first, struct span second,
                        struct error *err)
{
    return name_set_add(set, first, second, true, NULL) != 0 ? out_of_memory(err) : 0;
}

/* A rejected row of a basis, as far as it says whose. */
static int note_rejected_basis(struct parting *parting, bool has_account, bool has_resource,
                               struct span account_id, struct span resource_id, struct error *err)
{
    struct month *month = parting->whole;

    if (!has_account)
        return 0;
    if (routed(parting, ROUTE_CLAIM_ACCOUNT, name_fingerprint(account_id, none)) &&
        add_rejected(&month->rejected_basis_accounts, account_id, none, err) != 0)
        return -1;
    if (has_resource && basis_routed(parting, ROUTE_CLAIM_ACCOUNT, account_id, resource_id) &&
        add_rejected(&month->rejected_bases, account_id, resource_id, err) != 0)
        return -1;
    return 0;
}

static int note_rejected_order(void *context, const void *record, uint32_t readable,
                               struct error *err)
{
    struct parting *parting = context;
    struct month *month = parting->whole;
    const struct table *table = table_of(INPUT_ORDERS);
    const struct order *order = record;
    const bool has_account = has(table, readable, "account_id");
    const bool has_resource = has(table, readable, "resource_id");

    if (has(table, readable, "order_id") &&
        routed(parting, ROUTE_ORDER, name_fingerprint(order->order_id, none)) &&
        add_rejected(&month->rejected_orders, order->order_id, none, err) != 0)
        return -1;
    if (has_account && has_resource &&
        routed(parting, ROUTE_FILING_ACCOUNT, name_fingerprint(order->account_id, none)) &&
        add_rejected(&month->rejected_order_resources, order->account_id, order->resource_id,
                     err) != 0)
        return -1;
    return note_rejected_basis(parting, has_account, has_resource, order->account_id,
                               order->resource_id, err);
}

static int note_rejected_usage(void *context, const void *record, uint32_t readable,
                               struct error *err)
{
    const struct table *table = table_of(INPUT_USAGE);
    const struct usage *usage = record;

    return note_rejected_basis(context, has(table, readable, "account_id"),
                               has(table, readable, "resource_id"), usage->account_id,
                               usage->resource_id, err);
}

static int note_rejected_account(void *context, const void *record, uint32_t readable,
                                 struct error *err)
{
    struct parting *parting = context;
    const struct account *account = record;

    if (!has(table_of(INPUT_ACCOUNTS), readable, "account_id") ||
        !account_needed(parting, account->account_id))
        return 0;
    return add_rejected(&parting->whole->rejected_accounts, account->account_id, none, err);
}

/* ---- all of it ---- */

static int read_source(struct parting *parting, enum input input, const struct intake_hooks *hooks,
                       struct error *err)
{
    struct month *month = parting->whole;
    const struct exports *exports = &month->exports;

    return intake_read(&month->intakes[input], table_of(input),
                       &exports->files[exports->first[input]], exports->count[input],
                       &month->intake_options, hooks, &month->rejects, err);
}

static int read_orders(struct parting *parting, const struct intake_hooks *hooks, struct error *err)
{
    struct month *month = parting->whole;
    const int threads = month->intake_options.threads;

    parting->orders_shares = apart_clear((size_t)threads, sizeof(*parting->orders_shares));
    if (parting->orders_shares == NULL)
        return out_of_memory(err);
    if (read_source(parting, INPUT_ORDERS, hooks, err) != 0)
        return -1;
    for (int thread = 0; thread < threads; thread++)
        for (int currency = 0; currency < CURRENCY_COUNT; currency++) {
            struct decimal *total = &month->order_payments[currency];

            if (!decimal_add(*total, parting->orders_shares[thread].payments[currency], total))
                return error_set(err, ERROR_CONTROL,
                                 "the sum of order payments does not fit 128 bits");
        }
    return 0;
}

int parting_sources(struct parting *parting, struct error *err)
{
    const struct intake_hooks accounts = {.context = parting,
                                          .approach = approach_account,
                                          .near = near_account,
                                          .take = take_account,
                                          .dropped = drop_account,
                                          .rejected = note_rejected_account};
    const struct intake_hooks orders = {.context = parting,
                                        .prepare = prepare_order,
                                        .approach = approach_order,
                                        .near = near_order,
                                        .take = take_order,
                                        .dropped = drop_order,
                                        .rejected = note_rejected_order,
                                        .counted = count_order};
    const struct intake_hooks usage = {.context = parting,
                                       .take = take_usage,
                                       .dropped = drop_usage,
                                       .rejected = note_rejected_usage};

    if (read_source(parting, INPUT_ACCOUNTS, &accounts, err) != 0 ||
        read_orders(parting, &orders, err) != 0 ||
        read_source(parting, INPUT_USAGE, &usage, err) != 0)
        return -1;
    parts_end_drops(&parting->parts);
    return 0;
}
