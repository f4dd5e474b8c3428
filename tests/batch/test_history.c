/* What a run takes from the carry-forward of the period before. */
#include "tests/batch/carried_folder.h"

#include "batch/state_files.h"
#include "policy/block.h"

static struct policy policy = {
    .utc_offset_seconds = 8 * 3600,
    .version_count = 1,
    .versions = {{.name = "standard", .retention_months = 48}},
};

static struct carried_folder folder;
static struct history history;
static struct month month;
static const struct span none = {"", 0};

static int set_up(void **state)
{
    int32_t period = 0;

    (void)state;
    assert_true(period_parse(span_of("2026-10"), &period));
    carried_folder_open(&folder);
    carried_folder_put_empty(&folder);
    history = carried_folder_history(&folder);
    month_init(&month, &policy, period, period - 12);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    month_release(&month);
    carried_folder_close(&folder);
    return 0;
}

/* ---- the month's accounts and orders ---- */

static void add_account(const char *account_id)
{
    assert_int_equal(name_set_add(&month.accounts, span_of(account_id), none, false, NULL), 0);
}

static struct order orders[4];

static void add_order(const char *order_id, const char *currency)
{
    uint32_t number = (uint32_t)month.orders.count;

    assert_true(number < 4);
    if (month.order_states == NULL)
        month.order_states = block_clear(4, sizeof(*month.order_states));
    orders[number].order_id = span_of(order_id);
    orders[number].currency = currency_find(span_of(currency));
    month.order_states[number] = (struct order_state){&orders[number], INSTANT_NONE, DECIMAL_ZERO};
    assert_int_equal(name_set_add(&month.orders, span_of(order_id), none, false, NULL), 0);
}

static void load(void)
{
    struct error err = {0};

    if (history_load(&history, &month, &err) != 0)
        fail_msg("%s", err.detail);
}

static void expect_damage(const char *part)
{
    struct error err = {0};

    assert_int_equal(history_load(&history, &month, &err), -1);
    assert_int_equal(err.kind, ERROR_CLOSED);
    if (strstr(err.detail, part) == NULL)
        fail_msg("\"%s\" lacks \"%s\"", err.detail, part);
}

static void without_history_nothing_is_known(void **state)
{
    const struct history no_history = {.folder_fd = -1};
    struct error err = {0};

    (void)state;
    add_account("a");
    assert_int_equal(history_load(&no_history, &month, &err), 0);
    assert_int_equal(history_decided_ids(&no_history, EVENT_CLAIM, NULL, NULL, &err), 0);
    assert_int_equal(history_carried_rows(&no_history, NULL, INPUT_CLAIMS, NULL, &err), 0);
    assert_int_equal(month.span_count, 0);
    assert_null(month.rewarded);
}

static void orders_get_their_refund_and_their_compensation(void **state)
{
    (void)state;
    add_order("o-2", "CNY");
    add_order("o-3", "CNY");
    add_order("o-4", "JPY");
    carried_folder_put(&folder, "refunded-orders.tsv.gz",
                       "order_id\trequested_at\no-1\t2026-09-01T00:00:00Z\n"
                       "o-2\t1969-12-31T16:00:00Z\n");
    carried_folder_put(&folder, "compensated-orders.tsv.gz",
                       "order_id\tcurrency\tamount\no-1\tCNY\t1.00\no-3\tCNY\t12.30\n"
                       "o-3\tJPY\t99\no-4\tCNY\t5.00\n");
    load();
    assert_int_equal(month.order_states[0].refund_requested_at, -28800);
    assert_true(decimal_is_zero(month.order_states[0].compensated));
    assert_true(month.order_states[1].refund_requested_at == INSTANT_NONE);
    assert_true(month.order_states[1].compensated.units == (int128)123000000000);
    assert_true(decimal_is_zero(month.order_states[2].compensated));
}

static void accounts_get_their_history(void **state)
{
    (void)state;
    add_account("b");
    add_account("a b");
    add_account("zz");
    carried_folder_put(&folder, "full-refunds.tsv.gz",
                       "account_id\tyear\tcount\na\t2026\t3\nb\t2025\t10\nb\t2026\t2\n");
    carried_folder_put(&folder, "compensated-seconds.tsv.gz",
                       "account_id\tresource_id\tfrom\tto\n"
                       "a\tr\t2026-09-01T00:00:00Z\t2026-09-01T00:00:01Z\n"
                       "a b\tr 1\t2026-09-01T00:00:00Z\t2026-09-01T00:00:10Z\n"
                       "a b\tr 1\t2026-09-02T00:00:00Z\t2026-09-02T00:00:10Z\n"
                       "a b\tr 2\t2026-09-01T00:00:00Z\t2026-09-01T00:00:10Z\n"
                       "b\tr 2\t2026-09-01T00:00:00Z\t2026-09-01T00:00:20Z\n");
    carried_folder_put(&folder, "rewarded-accounts.tsv.gz",
                       "account_id\tperiod\na\t2026-01\nb\t2026-02\n");
    load();

    assert_int_equal(month.full_refund_count, 2);
    assert_int_equal(month.full_refunds[0].account, 0);
    assert_int_equal(month.full_refunds[0].count.year, 2025);
    assert_int_equal(month.full_refunds[0].count.count, 10);
    assert_int_equal(month.full_refunds[1].count.year, 2026);

    assert_int_equal(month.span_count, 4);
    assert_int_equal(month.spans[1].account, 1);
    assert_true(span_is(month.spans[1].span.resource_id, "r 1"));
    assert_int_equal(month.spans[1].span.to - month.spans[1].span.from, 10);
    assert_true(span_is(month.spans[2].span.resource_id, "r 2"));
    assert_int_equal(month.spans[3].account, 0);

    assert_true(month.rewarded[0]);
    assert_false(month.rewarded[1]);
    assert_false(month.rewarded[2]);
}

/* Settling knows the tickets' accounts too, by numbers behind those of the events. */
static void tickets_accounts_find_room(void **state)
{
    struct event ticket = {0};
    struct error err = {0};

    (void)state;
    add_account("a");
    for (int i = 0; i < 100; i++)
        assert_int_equal(event_list_add(&month.tickets, ticket, &err), 0);
    carried_folder_put(&folder, "rewarded-accounts.tsv.gz", "account_id\tperiod\na\t2026-01\n");
    load();
    for (int i = 1; i <= 100; i++)
        assert_false(month.rewarded[i]);
}

static void damaged_values_are_told(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        const char *told;
    } cases[] = {
        {"refunded-orders.tsv.gz", "order_id\trequested_at\no\t2026-10-03T11:22:33+08:00\n",
         "refunded-orders.tsv.gz:2: requested_at is bad"},
        {"refunded-orders.tsv.gz", "order_id\trequested_at\no\t2026-13-03T11:22:33Z\n", ":2: "},
        {"compensated-orders.tsv.gz", "order_id\tcurrency\tamount\no\tCNY\t-1\n",
         "compensated-orders.tsv.gz:2: amount is bad"},
        {"compensated-orders.tsv.gz", "order_id\tcurrency\tamount\no\tCNY\t1.\n", ":2: "},
        {"compensated-orders.tsv.gz", "order_id\tcurrency\tamount\no\tCNY\t.1\n", ":2: "},
        {"compensated-orders.tsv.gz", "order_id\tcurrency\tamount\no\tCNY\t1.00000000001\n",
         ":2: "},
        {"compensated-orders.tsv.gz",
         "order_id\tcurrency\tamount\no\tCNY\t99999999999999999999999999999999\n", ":2: "},
        {"full-refunds.tsv.gz", "account_id\tyear\tcount\na\t26\t1\n",
         "full-refunds.tsv.gz:2: year or count is bad"},
        {"full-refunds.tsv.gz", "account_id\tyear\tcount\na\t2026\t-1\n", ":2: "},
        {"full-refunds.tsv.gz", "account_id\tyear\tcount\na\t2026\t1234567890\n", ":2: "},
        {"compensated-seconds.tsv.gz",
         "account_id\tresource_id\tfrom\tto\na\tr\t2026-09-01T00:00:00Z\t2026-09-01T00:00:00Z\n",
         "compensated-seconds.tsv.gz:2: from or to is bad"},
    };

    (void)state;
    add_account("a");
    add_order("o", "CNY");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        carried_folder_put_empty(&folder);
        carried_folder_put(&folder, cases[i].name, cases[i].text);
        expect_damage(cases[i].told);
    }
}

static void amounts_may_be_larger_than_inputs(void **state)
{
    (void)state;
    add_order("o", "CNY");
    carried_folder_put(&folder, "compensated-orders.tsv.gz",
                       "order_id\tcurrency\tamount\no\tCNY\t1234567890123456789012.34\n");
    load();
    assert_true(month.order_states[0].compensated.units ==
                ((int128)1234567890123456789 * 1000 + 12) * DECIMAL_ONE_UNITS + 3400000000);
}

/* ---- ids and rows ---- */

static int note_id(void *context, struct span id, struct error *err)
{
    char *seen = context;

    (void)err;
    (void)snprintf(seen + strlen(seen), 64, "%.*s;", (int)id.size, id.data);
    return 0;
}

static void decided_ids_are_told_by_kind(void **state)
{
    char seen[256] = "";
    struct error err = {0};

    (void)state;
    carried_folder_put(&folder, "decided-claims.tsv.gz",
                       "claim_id\tperiod\nc 1\t2026-08\nc-2\t2026-09\n");
    carried_folder_put(&folder, "decided-filings.tsv.gz", "filing_id\tperiod\nf\t2026-08\n");
    assert_int_equal(history_decided_ids(&history, EVENT_CLAIM, note_id, seen, &err), 0);
    assert_int_equal(history_decided_ids(&history, EVENT_REQUEST, note_id, seen, &err), 0);
    assert_int_equal(history_decided_ids(&history, EVENT_FILING, note_id, seen, &err), 0);
    assert_string_equal(seen, "c 1;c-2;f;");
}

static int accept(void *context, const void *record, struct row_position position, struct span raw,
                  struct error *err)
{
    (void)position;
    (void)raw;
    return note_id(context, event_id(EVENT_REQUEST, record), err);
}

static int refuse(void *context, const struct reject *reject, const void *record, uint32_t readable,
                  struct error *err)
{
    (void)context;
    (void)reject;
    (void)record;
    (void)readable;
    return error_set(err, ERROR_CLOSED, "a bad row");
}

static enum error_kind read_carried(enum input input, char *seen)
{
    const struct read_options options = {
        .utc_offset_seconds = 8 * 3600, .delimiter = ',', .too_old_before = INSTANT_NONE};
    const struct row_sink sink = {.context = seen, .accept = accept, .reject = refuse};
    struct error err = {0};

    if (history_carried_rows(&history, &options, input, &sink, &err) != 0)
        assert_int_not_equal(err.kind, ERROR_NONE);
    return err.kind;
}

static void carried_rows_are_read(void **state)
{
    char seen[256] = "";

    (void)state;
    carried_folder_put(&folder, "refund_requests.csv",
                       "request_id,account_id,order_id,requested_at\n"
                       "'r,a,o,2026-10-01T00:00:00+08:00\n\"r,2\",a,o,2026-10-01 00:00:00\n");
    assert_int_equal(read_carried(INPUT_REFUND_REQUESTS, seen), ERROR_NONE);
    assert_string_equal(seen, "'r;r,2;");
    assert_int_equal(read_carried(INPUT_INCIDENTS, seen), ERROR_NONE);
    assert_int_equal(read_carried(INPUT_ORDERS, seen), ERROR_NONE);
    assert_string_equal(seen, "'r;r,2;");
}

static void damaged_carried_rows_close_the_books(void **state)
{
    char seen[256] = "";

    (void)state;
    carried_folder_put(&folder, "refund_requests.csv", "request_id,account_id\n");
    assert_int_equal(read_carried(INPUT_REFUND_REQUESTS, seen), ERROR_CLOSED);
    carried_folder_put(&folder, "refund_requests.csv",
                       "request_id,account_id,order_id,requested_at\nr,a,o,\n");
    assert_int_equal(read_carried(INPUT_REFUND_REQUESTS, seen), ERROR_CLOSED);
    assert_int_equal(unlinkat(folder.carried_fd, "claims.csv", 0), 0);
    assert_int_equal(read_carried(INPUT_CLAIMS, seen), ERROR_CLOSED);
}

static void a_missing_file_closes_the_books(void **state)
{
    static const char *const files[] = {"refunded-orders.tsv.gz", "compensated-orders.tsv.gz",
                                        "full-refunds.tsv.gz", "compensated-seconds.tsv.gz",
                                        "rewarded-accounts.tsv.gz"};
    struct error err = {0};
    char seen[8] = "";

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        carried_folder_put_empty(&folder);
        assert_int_equal(unlinkat(folder.carried_fd, files[i], 0), 0);
        expect_damage(files[i]);
    }
    assert_int_equal(unlinkat(folder.carried_fd, "decided-claims.tsv.gz", 0), 0);
    assert_int_equal(history_decided_ids(&history, EVENT_CLAIM, note_id, seen, &err), -1);
    assert_int_equal(err.kind, ERROR_CLOSED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(without_history_nothing_is_known),
        TEST(orders_get_their_refund_and_their_compensation),
        TEST(accounts_get_their_history),
        TEST(tickets_accounts_find_room),
        TEST(damaged_values_are_told),
        TEST(amounts_may_be_larger_than_inputs),
        TEST(decided_ids_are_told_by_kind),
        TEST(carried_rows_are_read),
        TEST(damaged_carried_rows_close_the_books),
        TEST(a_missing_file_closes_the_books),
    };
#undef TEST

    return cmocka_run_group_tests_name("batch/history", tests, NULL, NULL);
}
