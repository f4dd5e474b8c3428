/* What a period leaves for the next: merged, replaced, dropped, and the same in any order. */
#include "tests/batch/carried_folder.h"

#include "batch/carry.h"
#include "policy/block.h"

enum { ZONE = 8 * 3600, HOUR = 3600 };

static struct policy policy = {
    .utc_offset_seconds = ZONE,
    .version_count = 1,
    .versions = {{.name = "standard", .retention_months = 48}},
};

static struct carried_folder before;
static struct carried_folder after;
static struct history history;
static struct month month;
static struct carry carry;
static struct output_summary summaries[CARRY_FILE_COUNT];
static int threads = 1;

enum { MEMORY = 4 << 20 };

static void open_carry(size_t memory_bytes)
{
    struct error err = {0};

    assert_int_equal(carry_open(&carry, &month, after.fd, memory_bytes, &err), 0);
}

static void begin_month(void)
{
    int32_t period = 0;

    assert_true(period_parse(span_of("2026-10"), &period));
    month_init(&month, &policy, period, period - 60);
    open_carry(MEMORY);
}

static int set_up(void **state)
{
    (void)state;
    policy.versions[0].retention_months = 48;
    policy.version_count = 1;
    carried_folder_open(&before);
    carried_folder_open(&after);
    carried_folder_put_empty(&before);
    history = carried_folder_history(&before);
    begin_month();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    carry_release(&carry);
    month_release(&month);
    carried_folder_close(&before);
    carried_folder_close(&after);
    return 0;
}

static void close_month(void)
{
    struct error err = {0};

    if (carry_write(&carry, &history, after.fd, threads, summaries, &err) != 0)
        fail_msg("%s", err.detail);
}

static int64_t at(const char *text)
{
    int64_t instant = 0;

    assert_int_equal(instant_parse(span_of(text), ZONE, &instant), INSTANT_OK);
    return instant;
}

/* ---- what the settling hands on ---- */

static struct refund_request request(const char *id, const char *account, const char *order,
                                     const char *requested_at)
{
    return (struct refund_request){span_of(id), span_of(account), span_of(order), at(requested_at)};
}

static void refund(const struct refund_request *what, enum decision decision, int number)
{
    const struct refund_entry entry = {
        .request = what, .decision = decision, .full_refund_number = number};
    struct error err = {0};

    assert_int_equal(carry_refund(&carry, &entry, &err), 0);
}

static void compensate(const struct claim *claim, enum decision decision)
{
    const struct compensation_entry entry = {.claim = claim, .decision = decision};
    struct error err = {0};

    assert_int_equal(carry_compensation(&carry, &entry, &err), 0);
}

static void reward(const struct filing *filing, enum decision decision)
{
    const struct reward_entry entry = {.filing = filing, .decision = decision};
    struct error err = {0};

    assert_int_equal(carry_reward(&carry, &entry, &err), 0);
}

static void seconds(const char *account, const char *resource, const char *from, int64_t length)
{
    const struct interval interval = {at(from), at(from) + length};
    struct error err = {0};

    assert_int_equal(carry_seconds(&carry, span_of(account), span_of(resource), interval, &err), 0);
}

/* ---- tests ---- */

static void a_first_period_writes_every_file(void **state)
{
    const struct history no_history = {.folder_fd = -1};

    (void)state;
    history = no_history;
    close_month();
    for (int i = 0; i < CARRY_FILE_COUNT; i++) {
        char name[OUTPUT_NAME_MAX];

        (void)snprintf(name, sizeof(name), "carry-forward/%s", carried_folder_files()[i]);
        assert_string_equal(summaries[i].name, name);
        assert_int_equal(summaries[i].rows, 0);
        assert_true(i == 0 || strcmp(summaries[i - 1].name, summaries[i].name) < 0);
    }
    carried_folder_expect(&after, "claims.csv",
                          "claim_id,account_id,incident_id,resource_id,submitted_at\n");
    carried_folder_expect(&after, "compensated-seconds.tsv.gz",
                          "account_id\tresource_id\tfrom\tto\n");
}

static void decided_ids_are_merged(void **state)
{
    const struct refund_request requests[] = {
        request("r-5", "a", "o-1", "2026-10-02 00:00:00"),
        request("r-1", "a", "o-2", "2026-10-03 00:00:00"),
        request("r-10", "a", "o-3", "2026-10-04 00:00:00"),
        request("r-3", "a", "o-4", "2026-10-05 00:00:00"),
    };

    (void)state;
    carried_folder_put(&before, "decided-refund_requests.tsv.gz",
                       "request_id\tperiod\nr-0\t2026-09\nr-2\t2026-08\nr-9\t2026-09\n");
    refund(&requests[0], DECISION_DENIED, 0);
    refund(&requests[1], DECISION_PARTIAL, 0);
    refund(&requests[2], DECISION_FULL, 7);
    refund(&requests[3], DECISION_DEFERRED, 0);
    close_month();
    carried_folder_expect(&after, "decided-refund_requests.tsv.gz",
                          "request_id\tperiod\nr-0\t2026-09\nr-1\t2026-10\nr-10\t2026-10\n"
                          "r-2\t2026-08\nr-5\t2026-10\nr-9\t2026-09\n");
    carried_folder_expect(&after, "refunded-orders.tsv.gz",
                          "order_id\trequested_at\n"
                          "o-2\t2026-10-02T16:00:00Z\no-3\t2026-10-03T16:00:00Z\n");
    carried_folder_expect(&after, "full-refunds.tsv.gz", "account_id\tyear\tcount\na\t2026\t7\n");
    carried_folder_expect(&after, "refund_requests.csv",
                          "request_id,account_id,order_id,requested_at\n"
                          "r-3,a,o-4,2026-10-05T00:00:00+08:00\n");
    assert_int_equal(summaries[5].rows, 6);
}

/* Decided in P, an id is known up to the run of P + retention_months, and no longer. */
static void ids_are_dropped_to_the_month(void **state)
{
    (void)state;
    policy.versions[0].retention_months = 2;
    carried_folder_put(&before, "decided-claims.tsv.gz",
                       "claim_id\tperiod\nc-1\t2026-07\nc-2\t2026-08\nc-3\t2026-09\n");
    carried_folder_put(&before, "decided-filings.tsv.gz", "filing_id\tperiod\nf\t2026-09\n");
    close_month();
    carried_folder_expect(&after, "decided-claims.tsv.gz", "claim_id\tperiod\nc-3\t2026-09\n");
    carried_folder_expect(&after, "decided-filings.tsv.gz", "filing_id\tperiod\nf\t2026-09\n");
}

/* The retention is that of the version in force at the period's start. */
static void the_version_in_force_drops(void **state)
{
    (void)state;
    policy.version_count = 2;
    policy.versions[1] = (struct terms){
        .name = "later", .effective_from = at("2026-10-01 00:00:00"), .retention_months = 1};
    carried_folder_put(&before, "decided-claims.tsv.gz",
                       "claim_id\tperiod\nc-1\t2026-08\nc-2\t2026-09\n");
    close_month();
    carried_folder_expect(&after, "decided-claims.tsv.gz", "claim_id\tperiod\n");
}

static void a_claim_of_many_rows_is_decided_once(void **state)
{
    const struct claim claims[] = {{.claim_id = span_of("c-1")}, {.claim_id = span_of("c-2")}};

    (void)state;
    compensate(&claims[1], DECISION_COMPENSATED);
    compensate(&claims[0], DECISION_COMPENSATED);
    compensate(&claims[0], DECISION_COMPENSATED);
    compensate(&claims[1], DECISION_COMPENSATED);
    close_month();
    carried_folder_expect(&after, "decided-claims.tsv.gz",
                          "claim_id\tperiod\nc-1\t2026-10\nc-2\t2026-10\n");
}

static void full_refunds_are_counted_on(void **state)
{
    const struct refund_request requests[] = {
        request("r-1", "b", "o-1", "2025-12-31 23:59:59"),
        request("r-2", "b", "o-2", "2026-01-01 00:00:00"),
        request("r-3", "b", "o-3", "2026-10-04 00:00:00"),
    };

    (void)state;
    carried_folder_put(&before, "full-refunds.tsv.gz",
                       "account_id\tyear\tcount\na\t2026\t1\nb\t2024\t9\nb\t2025\t3\n"
                       "b\t2026\t4\nb c\t2026\t1\n");
    refund(&requests[2], DECISION_FULL, 6);
    refund(&requests[1], DECISION_FULL, 5);
    refund(&requests[0], DECISION_FULL, 4);
    close_month();
    carried_folder_expect(&after, "full-refunds.tsv.gz",
                          "account_id\tyear\tcount\na\t2026\t1\nb\t2024\t9\nb\t2025\t4\n"
                          "b\t2026\t6\nb c\t2026\t1\n");
}

/* November 2026 less 10 months is January 2026; less 11, December 2025. */
static void counts_of_years_out_of_reach_are_dropped(void **state)
{
    static const char *const text = "account_id\tyear\tcount\na\t2024\t1\na\t2025\t1\na\t2026\t1\n";

    (void)state;
    carried_folder_put(&before, "full-refunds.tsv.gz", text);
    policy.versions[0].retention_months = 10;
    close_month();
    carried_folder_expect(&after, "full-refunds.tsv.gz", "account_id\tyear\tcount\na\t2026\t1\n");
}

static void counts_of_years_in_reach_are_kept(void **state)
{
    (void)state;
    carried_folder_put(&before, "full-refunds.tsv.gz",
                       "account_id\tyear\tcount\na\t2024\t1\na\t2025\t1\n");
    policy.versions[0].retention_months = 11;
    close_month();
    carried_folder_expect(&after, "full-refunds.tsv.gz", "account_id\tyear\tcount\na\t2025\t1\n");
}

static void a_carried_request_keeps_its_year(void **state)
{
    const struct refund_request old = request("r-1", "b", "o-1", "2024-12-31 23:59:59");

    (void)state;
    carried_folder_put(&before, "full-refunds.tsv.gz",
                       "account_id\tyear\tcount\na\t2023\t1\na\t2024\t1\n");
    policy.versions[0].retention_months = 1;
    refund(&old, DECISION_DEFERRED, 0);
    close_month();
    carried_folder_expect(&after, "full-refunds.tsv.gz", "account_id\tyear\tcount\na\t2024\t1\n");
}

/* An account that is settled hands on all its seconds: its old rows go, and no other's. */
static void seconds_of_a_settled_account_are_replaced(void **state)
{
    (void)state;
    carried_folder_put(&before, "compensated-seconds.tsv.gz",
                       "account_id\tresource_id\tfrom\tto\n"
                       "a\tr\t2026-09-01T00:00:00Z\t2026-09-01T01:00:00Z\n"
                       "b\ta\t2026-09-01T00:00:00Z\t2026-09-01T01:00:00Z\n"
                       "b\tr\t2026-09-01T00:00:00Z\t2026-09-01T01:00:00Z\n"
                       "b\tz\t2026-09-01T00:00:00Z\t2026-09-01T01:00:00Z\n"
                       "b c\tr\t2026-09-01T00:00:00Z\t2026-09-01T01:00:00Z\n"
                       "bc\tr\t2026-09-01T00:00:00Z\t2026-09-01T01:00:00Z\n");
    seconds("b", "r", "2026-09-01T05:00:00Z", HOUR);
    seconds("b", "r", "2026-09-01T00:00:00Z", 2 * HOUR);
    close_month();
    carried_folder_expect(&after, "compensated-seconds.tsv.gz",
                          "account_id\tresource_id\tfrom\tto\n"
                          "a\tr\t2026-09-01T00:00:00Z\t2026-09-01T01:00:00Z\n"
                          "b\tr\t2026-09-01T00:00:00Z\t2026-09-01T02:00:00Z\n"
                          "b\tr\t2026-09-01T05:00:00Z\t2026-09-01T06:00:00Z\n"
                          "b c\tr\t2026-09-01T00:00:00Z\t2026-09-01T01:00:00Z\n"
                          "bc\tr\t2026-09-01T00:00:00Z\t2026-09-01T01:00:00Z\n");
}

static void amounts_of_settled_orders_are_replaced(void **state)
{
    const int32_t cny = currency_find(span_of("CNY"));
    struct order orders[] = {{.order_id = span_of("o-2"), .currency = cny},
                             {.order_id = span_of("o-3"), .currency = cny}};
    struct order_state states[] = {{&orders[0], INSTANT_NONE, decimal_from_integer(20)},
                                   {&orders[1], INSTANT_NONE, DECIMAL_ZERO}};
    struct order_state *pointers[] = {&states[0], &states[1]};
    const struct account_case account = {.orders = pointers, .order_count = 2};
    struct error err = {0};

    (void)state;
    carried_folder_put(&before, "compensated-orders.tsv.gz",
                       "order_id\tcurrency\tamount\no-1\tCNY\t1.00\no-2\tCNY\t12.30\n"
                       "o-2\tJPY\t5\no-3\tCNY\t3.00\n");
    assert_int_equal(carry_account(&carry, &account, &err), 0);
    close_month();
    carried_folder_expect(&after, "compensated-orders.tsv.gz",
                          "order_id\tcurrency\tamount\no-1\tCNY\t1.00\no-2\tCNY\t20.00\n"
                          "o-2\tJPY\t5\no-3\tCNY\t3.00\n");
}

static void filings_are_rewarded_deferred_or_left(void **state)
{
    struct filing filings[4] = {0};
    static const char *const ids[] = {"f-1", "f-2", "f-3", "f-4"};
    static const char *const accounts[] = {"a", "b", "c", "d"};

    (void)state;
    for (int i = 0; i < 4; i++) {
        filings[i].filing_id = span_of(ids[i]);
        filings[i].account_id = span_of(accounts[i]);
        filings[i].order_id = span_of("o");
        filings[i].started_at = filings[i].submitted_at = filings[i].approved_at =
            at("2026-10-02 00:00:00");
    }
    filings[1].submitted_at = INSTANT_NONE;
    filings[1].for_website = true;
    filings[3].approved_at = INSTANT_NONE;
    carried_folder_put(&before, "rewarded-accounts.tsv.gz", "account_id\tperiod\nab\t1999-01\n");
    reward(&filings[0], DECISION_GRANTED);
    reward(&filings[1], DECISION_DEFERRED);
    reward(&filings[2], DECISION_DENIED);
    reward(&filings[3], DECISION_PENDING);
    close_month();
    carried_folder_expect(&after, "rewarded-accounts.tsv.gz",
                          "account_id\tperiod\na\t2026-10\nab\t1999-01\n");
    carried_folder_expect(&after, "decided-filings.tsv.gz",
                          "filing_id\tperiod\nf-1\t2026-10\nf-3\t2026-10\n");
    carried_folder_expect(&after, "filings.csv",
                          "filing_id,account_id,order_id,first_filing,for_website,started_at,"
                          "submitted_at,approved_at\n"
                          "f-2,b,o,false,true,2026-10-02T00:00:00+08:00,,"
                          "2026-10-02T00:00:00+08:00\n");
}

/* Known incidents go along, once each; one that nobody knows can't. */
static void held_and_deferred_claims_take_their_incidents(void **state)
{
    struct claim claims[] = {
        {span_of("c-3"), span_of("a"), span_of("i-1"), {"", 0}, at("2026-11-01 00:00:00")},
        {span_of("c-1"), span_of("a"), span_of("i-1"), span_of("r"), at("2026-10-03 00:00:00")},
        {span_of("c-2"), span_of("a"), span_of("i-9"), span_of("r"), at("2026-10-03 00:00:00")},
        {span_of("c-4"), span_of("a"), span_of("i-2"), span_of("r"), at("2026-10-03 00:00:00")},
    };
    const char *const incident_ids[] = {"i-2", "i-1"};
    const struct event held = {&claims[0], {.file = 0}, claims[0].submitted_at, 0};
    struct error err = {0};

    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct incident incident = {.incident_id = span_of(incident_ids[i]),
                                          .service = span_of("ecs"),
                                          .title = span_of("=\"down\"\n"),
                                          .started_at = at("2026-10-01 00:00:00"),
                                          .rectified_at = INSTANT_NONE,
                                          .scenario = SCENARIO_UNAVAILABLE,
                                          .cause = CAUSE_PLATFORM};

        month.intakes[INPUT_INCIDENTS].table = table_of(INPUT_INCIDENTS);
        assert_int_equal(intake_keep(&month.intakes[INPUT_INCIDENTS], &incident,
                                     (struct row_position){.file = 0}, &err),
                         0);
        assert_int_equal(
            name_set_add(&month.incidents, incident.incident_id, (struct span){"", 0}, false, NULL),
            0);
    }
    assert_int_equal(carry_held(&carry, EVENT_CLAIM, held.record, &err), 0);
    compensate(&claims[1], DECISION_DEFERRED);
    compensate(&claims[2], DECISION_DEFERRED);
    compensate(&claims[3], DECISION_DENIED);
    close_month();
    carried_folder_expect(&after, "claims.csv",
                          "claim_id,account_id,incident_id,resource_id,submitted_at\n"
                          "c-1,a,i-1,r,2026-10-03T00:00:00+08:00\n"
                          "c-2,a,i-9,r,2026-10-03T00:00:00+08:00\n"
                          "c-3,a,i-1,,2026-11-01T00:00:00+08:00\n");
    carried_folder_expect(&after, "incidents.csv",
                          "incident_id,scenario,cause,service,region,resource_id,started_at,"
                          "rectified_at,sla_covered,title\n"
                          "i-1,unavailable,platform,ecs,,,2026-10-01T00:00:00+08:00,,false,"
                          "\"=\"\"down\"\"\n\"\n");
    carried_folder_expect(&after, "decided-claims.tsv.gz", "claim_id\tperiod\nc-4\t2026-10\n");
}

enum { MANY = 3000 };

static uint32_t shuffle_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* The same month collected in another order, written by more threads. */
static void bytes_do_not_depend_on_the_order(void **state)
{
    static struct refund_request requests[MANY];
    static char ids[MANY][24];
    static size_t order[MANY];
    struct output_summary first[CARRY_FILE_COUNT];
    uint32_t seed = 42;

    (void)state;
    carried_folder_put(&before, "decided-refund_requests.tsv.gz",
                       "request_id\tperiod\nRR-2026-10-00000500x\t2026-09\nZ\t2026-09\n");
    for (size_t i = 0; i < MANY; i++) {
        (void)snprintf(ids[i], sizeof(ids[i]), "RR-2026-10-%08zu", i * 7 % MANY);
        requests[i] = (struct refund_request){span_of(ids[i]), span_of(ids[i % 50]),
                                              span_of(ids[i]), month.begins_at + (int64_t)i};
        order[i] = i;
    }
    for (int round = 0; round < 5; round++) {
        for (size_t i = 0; i < MANY; i++) {
            const struct refund_request *what = &requests[order[i]];
            const int number = 1 + (int)(order[i] / 50);

            refund(what, order[i] % 3 == 0 ? DECISION_DEFERRED : DECISION_FULL, number);
            seconds(ids[order[i] % 50], ids[order[i]], "2026-09-01T00:00:00Z", 1);
        }
        threads = round == 0 ? 1 : round;
        close_month();
        threads = 1;
        if (round == 0)
            memcpy(first, summaries, sizeof(first));
        assert_memory_equal(first, summaries, sizeof(first));
        assert_int_equal(summaries[5].rows, MANY - MANY / 3 + 2);
        assert_int_equal(summaries[2].rows, MANY);
        carry_release(&carry);
        carried_folder_close(&after);
        carried_folder_open(&after);
        open_carry(round % 2 == 0 ? 0 : MEMORY); /* with spilled runs, and without */
        for (size_t i = MANY - 1; i > 0; i--) {
            size_t other = shuffle_random(&seed) % (i + 1);
            size_t swapped = order[i];

            order[i] = order[other];
            order[other] = swapped;
        }
    }
}

static void what_is_written_loads_again(void **state)
{
    const struct refund_request requests[] = {request("r", "a", "o-1", "2026-10-02 00:00:00")};
    static struct order order;
    struct error err = {0};

    (void)state;
    refund(&requests[0], DECISION_FULL, 10);
    seconds("a", "r", "2026-09-30T16:00:00Z", HOUR);
    close_month();
    history = carried_folder_history(&after);
    order = (struct order){.order_id = span_of("o-1")};
    month.order_states = block_clear(1, sizeof(*month.order_states));
    month.order_states[0] = (struct order_state){&order, INSTANT_NONE, DECIMAL_ZERO};
    assert_int_equal(name_set_add(&month.orders, order.order_id, (struct span){"", 0}, false, NULL),
                     0);
    assert_int_equal(name_set_add(&month.accounts, span_of("a"), (struct span){"", 0}, false, NULL),
                     0);
    assert_int_equal(history_load(&history, &month, &err), 0);
    assert_int_equal(month.order_states[0].refund_requested_at, requests[0].requested_at);
    assert_int_equal(month.full_refunds[0].count.count, 10);
    assert_int_equal(month.spans[0].span.from, at("2026-10-01 00:00:00"));
    assert_int_equal(month.spans[0].span.to, at("2026-10-01 01:00:00"));
}

static void damage_stops_the_writing(void **state)
{
    struct error err = {0};

    (void)state;
    carried_folder_put(&before, "decided-claims.tsv.gz", "claim_id\tperiod\nc-1\t2026-13\n");
    assert_int_equal(carry_write(&carry, &history, after.fd, 1, summaries, &err), -1);
    assert_int_equal(err.kind, ERROR_CLOSED);
    assert_non_null(strstr(err.detail, "decided-claims.tsv.gz:2: period is bad"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_first_period_writes_every_file),
        TEST(decided_ids_are_merged),
        TEST(ids_are_dropped_to_the_month),
        TEST(the_version_in_force_drops),
        TEST(a_claim_of_many_rows_is_decided_once),
        TEST(full_refunds_are_counted_on),
        TEST(counts_of_years_out_of_reach_are_dropped),
        TEST(counts_of_years_in_reach_are_kept),
        TEST(a_carried_request_keeps_its_year),
        TEST(seconds_of_a_settled_account_are_replaced),
        TEST(amounts_of_settled_orders_are_replaced),
        TEST(filings_are_rewarded_deferred_or_left),
        TEST(held_and_deferred_claims_take_their_incidents),
        TEST(bytes_do_not_depend_on_the_order),
        TEST(what_is_written_loads_again),
        TEST(damage_stops_the_writing),
    };
#undef TEST

    return cmocka_run_group_tests_name("batch/carry", tests, NULL, NULL);
}
