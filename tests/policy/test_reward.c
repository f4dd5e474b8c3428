/*
 * The reward rules as examples: an account with its orders and filings, and the ledger rows.
 *
 *   account TIER RECHARGE           leave it out: the account is unknown
 *   rewarded                        by an earlier period
 *   order ID RESOURCE SERVICE TERM from INSTANT to INSTANT
 *       [released INSTANT] [refunded INSTANT] [refund INSTANT] [mode MODE] [of ACCOUNT]
 *       ("refund": its approved refund)
 *   filing ID ORDER started INSTANT [submitted INSTANT] [approved INSTANT]
 *       [not-first] [no-website] [source-rejected]
 *   policy NAME from INSTANT CHANGE…
 *   period YYYY-MM                  2026-10 unless told
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/reason.h"
#include "policy/reward.h"
#include "tests/policy/example.h"

enum { EXAMPLE_ROWS_MAX = 16 };

struct example {
    const char *what;
    const char *given;
    const char *rows;
};

struct stage {
    struct policy *policy;
    struct settlement settlement;
    struct account owner;
    struct order orders[EXAMPLE_ROWS_MAX];
    struct order_state states[EXAMPLE_ROWS_MAX];
    size_t order_count; /* of any account */
    struct order_state *list[EXAMPLE_ROWS_MAX];
    struct filing filings[EXAMPLE_ROWS_MAX];
    struct filing_case cases[EXAMPLE_ROWS_MAX];
    struct account_case account;
    struct example_text rows;
};

static void read_order(struct stage *stage, const struct example_line *line)
{
    size_t number = stage->order_count++;
    struct order *order = &stage->orders[number];
    const char *owner = example_after(line, "of");
    const char *mode = example_after(line, "mode");
    char *unit = NULL;

    *order = (struct order){
        .order_id = span_of(line->words[1]),
        .account_id = span_of(owner == NULL ? "a" : owner),
        .resource_id = span_of(line->words[2]),
        .service = span_of(line->words[3]),
        .starts_at = example_instant(example_after(line, "from")),
        .expires_at = example_instant(example_after(line, "to")),
        .released_at = example_instant(example_after(line, "released")),
        .refunded_at = example_instant(example_after(line, "refunded")),
        .billing_mode = mode == NULL ? BILLING_PREPAID : example_name(&enum_billing_mode, mode),
        .term_count = (int32_t)strtol(line->words[4], &unit, 10),
    };
    order->term_unit = example_name(&enum_term_unit, unit + 1);
    stage->states[number] =
        (struct order_state){order, example_instant(example_after(line, "refund")), DECIMAL_ZERO};
    if (owner == NULL)
        stage->list[stage->account.order_count++] = &stage->states[number];
}

static void read_filing(struct stage *stage, const struct example_line *line)
{
    size_t number = stage->account.filing_count++;
    struct filing_case *filing = &stage->cases[number];

    stage->filings[number] = (struct filing){
        .filing_id = span_of(line->words[1]),
        .account_id = span_of("a"),
        .order_id = span_of(line->words[2]),
        .started_at = example_instant(example_after(line, "started")),
        .submitted_at = example_instant(example_after(line, "submitted")),
        .approved_at = example_instant(example_after(line, "approved")),
        .first_filing = !example_has(line, "not-first"),
        .for_website = !example_has(line, "no-website"),
    };
    *filing = (struct filing_case){.filing = &stage->filings[number],
                                   .source_rejected = example_has(line, "source-rejected")};
    for (size_t i = 0; i < stage->order_count; i++)
        if (span_is(stage->orders[i].order_id, line->words[2]))
            filing->order = &stage->states[i];
}

static void read_line(struct stage *stage, const struct example_line *line)
{
    if (example_is(line, 0, "account")) {
        stage->owner = (struct account){.account_id = span_of("a"),
                                        .tier = example_name(&enum_tier, line->words[1]),
                                        .recharge_total = example_amount(line->words[2])};
        stage->account.account = &stage->owner;
    } else if (example_is(line, 0, "rewarded")) {
        stage->account.rewarded = true;
    } else if (example_is(line, 0, "order")) {
        read_order(stage, line);
    } else if (example_is(line, 0, "filing")) {
        read_filing(stage, line);
    } else if (example_is(line, 0, "policy")) {
        example_add_version(stage->policy, line);
    } else if (example_is(line, 0, "period")) {
        stage->settlement.period = example_period(line->words[1]);
    } else {
        fail_msg("what is \"%s\"?", line->words[0]);
    }
}

static int write_row(void *context, const struct reward_entry *entry)
{
    struct stage *stage = context;
    struct example_text *out = &stage->rows;
    const struct reason *reason = reward_reason(entry->reason);

    assert_ptr_equal(entry->account, stage->account.account);
    example_write(out, "%.*s %s %s %s", (int)entry->filing->filing_id.size,
                  entry->filing->filing_id.data, decision_name(entry->decision), reason->code,
                  reason->clause);
    if (entry->decision == DECISION_GRANTED) {
        example_write(out, " ");
        example_write_amount(out, entry->amount, 2);
        example_write(out, " by ");
        example_write_instant(out, entry->recharge_by);
        example_write(out, " until ");
        example_write_instant(out, entry->valid_until);
    } else {
        assert_true(decimal_is_zero(entry->amount));
    }
    if (entry->decision == DECISION_PENDING)
        assert_null(entry->terms);
    else if (strcmp(entry->terms->name, "standard") != 0)
        example_write(out, " of %s", entry->terms->name);
    if (entry->origin_period != PERIOD_NONE) {
        char period[PERIOD_TEXT_MAX] = "";

        period_format(entry->origin_period, period);
        example_write(out, " late %s", period);
    }
    example_write(out, "\n");
    return 0;
}

static void check_example(const struct example *example)
{
    struct stage *stage = calloc(1, sizeof(*stage));
    char *text = example_copy(example->given);
    char *rest = text;
    const struct reward_sink sink = {stage, write_row};
    struct example_line line;

    assert_non_null(stage);
    stage->policy = example_policy();
    stage->policy->versions[stage->policy->version_count++] = example_published_terms();
    stage->settlement = (struct settlement){stage->policy, example_period("2026-10")};
    stage->account = (struct account_case){
        .account_id = span_of("a"), .orders = stage->list, .filings = stage->cases};
    while (example_next(&rest, &line))
        read_line(stage, &line);
    assert_int_equal(reward_settle(&stage->settlement, &stage->account, &sink), 0);
    if (strcmp(stage->rows.text, example->rows) != 0)
        print_error("%s\n%s\n", example->what, example->given);
    assert_string_equal(stage->rows.text, example->rows);
    free(stage->policy);
    free(stage);
    free(text);
}

#define CHECK(examples)                                                                            \
    do {                                                                                           \
        (void)state;                                                                               \
        for (size_t i = 0; i < sizeof(examples) / sizeof(*(examples)); i++)                        \
            check_example(&(examples)[i]);                                                         \
    } while (0)

/* clang-format off */

#define COMMON "account common 200.01\n"
#define HOST "order o1 vm-1 ecs 1-month from 2026-10-01 to 2026-11-01\n"
#define FILING "filing f1 o1 started 2026-10-02 submitted 2026-10-05 approved 2026-10-10T10:30\n"
#define GRANTED "f1 granted eligible reward.conditions 100.00 by 2026-10-17T10:30 until 2027-10-10T10:30\n"

static void test_why_a_filing_is_denied_or_waits(void **state)
{
    static const struct example EXAMPLES[] = {
        {"granted", COMMON HOST FILING, GRANTED},
        {"0: not approved yet",
         COMMON HOST "filing f1 o1 started 2026-10-02 submitted 2026-10-05\n",
         "f1 pending not_completed reward.conditions\n"},
        {"1: a bad row bears the order or the account",
         COMMON HOST "filing f1 o1 started 2026-10-02 submitted 2026-10-05 approved 2026-10-10 source-rejected\n",
         "f1 deferred source_rejected reward.conditions\n"},
        {"2: no such account", HOST FILING,
         "f1 denied unknown_account reward.conditions\n"},
        {"3: not the first",
         COMMON HOST "filing f1 o1 started 2026-10-02 submitted 2026-10-05 approved 2026-10-10 not-first\n",
         "f1 denied not_first_filing reward.conditions\n"},
        {"4: not for a website",
         COMMON HOST "filing f1 o1 started 2026-10-02 submitted 2026-10-05 approved 2026-10-10 no-website\n",
         "f1 denied not_a_website reward.conditions\n"},
        {"5: no such order", COMMON FILING,
         "f1 denied no_subscribed_host reward.conditions\n"},
        {"5: another account's",
         COMMON "order o1 vm-1 ecs 1-month from 2026-10-01 to 2026-11-01 of b\n" FILING,
         "f1 denied no_subscribed_host reward.conditions\n"},
        {"5: a package",
         COMMON "order o1 vm-1 ecs 1-month from 2026-10-01 to 2026-11-01 mode package\n" FILING,
         "f1 denied no_subscribed_host reward.conditions\n"},
        {"5: a term in days", COMMON "order o1 vm-1 ecs 31-day from 2026-10-01 to 2026-11-01\n" FILING,
         "f1 denied no_subscribed_host reward.conditions\n"},
        {"5: a term in hours", COMMON "order o1 vm-1 ecs 744-hour from 2026-10-01 to 2026-11-01\n" FILING,
         "f1 denied no_subscribed_host reward.conditions\n"},
        {"5: a term in years", COMMON "order o1 vm-1 ecs 1-year from 2026-10-01 to 2027-10-01\n" FILING,
         GRANTED},
        {"5: no host", COMMON "order o1 vm-1 obs 1-month from 2026-10-01 to 2026-11-01\n" FILING,
         "f1 denied no_subscribed_host reward.conditions\n"},
        {"5: bare metal is one", COMMON "order o1 vm-1 bms 1-month from 2026-10-01 to 2026-11-01\n" FILING,
         GRANTED},
        {"6: expired at that second",
         COMMON "order o1 vm-1 ecs 1-month from 2026-09-10T10:30 to 2026-10-10T10:30\n" FILING,
         "f1 denied service_ended reward.conditions\n"},
        {"6: a second longer",
         COMMON "order o1 vm-1 ecs 1-month from 2026-09-10T10:30 to 2026-10-10T10:30:01\n" FILING,
         GRANTED},
        {"6: not begun", COMMON "order o1 vm-1 ecs 1-month from 2026-10-10T10:30:01 to 2026-11-11\n" FILING,
         "f1 denied service_ended reward.conditions\n"},
        {"6: begun at that second",
         COMMON "order o1 vm-1 ecs 1-month from 2026-10-10T10:30 to 2026-11-11\n" FILING,
         GRANTED},
        {"6: released", COMMON "order o1 vm-1 ecs 1-month from 2026-10-01 to 2026-11-01 released 2026-10-10T10:30\n" FILING,
         "f1 denied service_ended reward.conditions\n"},
        {"6: refunded by the export", COMMON "order o1 vm-1 ecs 1-month from 2026-10-01 to 2026-11-01 refunded 2026-10-10\n" FILING,
         "f1 denied service_ended reward.conditions\n"},
        {"6: refunded by then", COMMON "order o1 vm-1 ecs 1-month from 2026-10-01 to 2026-11-01 refund 2026-10-10T10:30\n" FILING,
         "f1 denied service_ended reward.conditions\n"},
        {"6: refunded later", COMMON "order o1 vm-1 ecs 1-month from 2026-10-01 to 2026-11-01 refund 2026-10-10T10:30:01\n" FILING,
         GRANTED},
        {"6: expired, and renewed by another order of the resource",
         COMMON "order o1 vm-1 ecs 1-month from 2026-09-01 to 2026-10-01\n"
         "order o2 vm-1 ecs 1-day from 2026-10-10 to 2026-10-11\n" FILING,
         GRANTED},
        {"6: the renewal of another resource, or a package, is none",
         COMMON "order o1 vm-1 ecs 1-month from 2026-09-01 to 2026-10-01\n"
         "order o2 vm-2 ecs 1-month from 2026-10-01 to 2026-11-01\n"
         "order o3 vm-1 ecs 1-month from 2026-10-01 to 2026-11-01 mode package\n" FILING,
         "f1 denied service_ended reward.conditions\n"},
        {"7: exactly 200 does not exceed 200", "account common 200\n" HOST FILING,
         "f1 denied recharge_too_low reward.conditions\n"},
        {"8: ten days to the second",
         COMMON HOST "filing f1 o1 started 2026-10-02 submitted 2026-10-12 approved 2026-10-13\n",
         "f1 denied abandoned reward.conditions\n"},
        {"8: a second less",
         COMMON HOST "filing f1 o1 started 2026-10-02T00:00:01 submitted 2026-10-12 approved 2026-10-13\n",
         "f1 granted eligible reward.conditions 100.00 by 2026-10-20 until 2027-10-13\n"},
        {"8: approved, and never submitted",
         COMMON HOST "filing f1 o1 started 2026-10-02 approved 2026-10-10\n",
         "f1 denied abandoned reward.conditions\n"},
        {"9: an earlier period granted one", COMMON "rewarded\n" HOST FILING,
         "f1 denied already_rewarded reward.conditions\n"},
    };
    CHECK(EXAMPLES);
}

/* One filing that fails every check it can; each line mends the one that spoke. */
static void test_the_first_check_that_fails_speaks(void **state)
{
    static const struct example EXAMPLES[] = {
        {"0", "rewarded\nfiling f1 o1 started 2026-10-02 not-first no-website source-rejected\n",
         "f1 pending not_completed reward.conditions\n"},
        {"1", "rewarded\nfiling f1 o1 started 2026-10-02 approved 2026-10-10 not-first no-website source-rejected\n",
         "f1 deferred source_rejected reward.conditions\n"},
        {"2", "rewarded\nfiling f1 o1 started 2026-10-02 approved 2026-10-10 not-first no-website\n",
         "f1 denied unknown_account reward.conditions\n"},
        {"3", "rewarded\naccount vip 1\nfiling f1 o1 started 2026-10-02 approved 2026-10-10 not-first no-website\n",
         "f1 denied not_first_filing reward.conditions\n"},
        {"4", "rewarded\naccount vip 1\nfiling f1 o1 started 2026-10-02 approved 2026-10-10 no-website\n",
         "f1 denied not_a_website reward.conditions\n"},
        {"5", "rewarded\naccount vip 1\nfiling f1 o1 started 2026-10-02 approved 2026-10-10\n",
         "f1 denied no_subscribed_host reward.conditions\n"},
        {"6", "rewarded\naccount vip 1\norder o1 vm-1 ecs 1-month from 2026-09-01 to 2026-10-01\n"
              "filing f1 o1 started 2026-10-02 approved 2026-10-10\n",
         "f1 denied service_ended reward.conditions\n"},
        {"7", "rewarded\naccount vip 1\n" HOST "filing f1 o1 started 2026-10-02 approved 2026-10-10\n",
         "f1 denied recharge_too_low reward.conditions\n"},
        {"8", "rewarded\naccount vip 1000\n" HOST "filing f1 o1 started 2026-10-02 approved 2026-10-10\n",
         "f1 denied abandoned reward.conditions\n"},
        {"9", "rewarded\naccount vip 1000\n" HOST "filing f1 o1 started 2026-10-02 submitted 2026-10-03 approved 2026-10-10\n",
         "f1 denied already_rewarded reward.conditions\n"},
    };
    CHECK(EXAMPLES);
}

static void test_amounts_and_dates(void **state)
{
    static const struct example EXAMPLES[] = {
        {"vip", "account vip 201\n" HOST FILING,
         "f1 granted eligible reward.conditions 200.00 by 2026-10-17T10:30 until 2027-10-10T10:30\n"},
        {"once per account: the first that qualifies, by approval; pending ones stand where they are",
         COMMON HOST
         "filing f0 o1 started 2026-10-02\n"
         "filing f3 o1 started 2026-10-02 submitted 2026-10-03 approved 2026-10-04 not-first\n"
         "filing f2 o1 started 2026-10-02 submitted 2026-10-03 approved 2026-10-05\n"
         "filing f1 o1 started 2026-10-02 submitted 2026-10-03 approved 2026-10-06\n",
         "f0 pending not_completed reward.conditions\n"
         "f3 denied not_first_filing reward.conditions\n"
         "f2 granted eligible reward.conditions 100.00 by 2026-10-12 until 2027-10-05\n"
         "f1 denied already_rewarded reward.conditions\n"},
        {"approved on 29 February: valid until the 28th",
         "period 2028-03\n" COMMON
         "order o1 vm-1 ecs 1-year from 2027-10-01 to 2028-10-01\n"
         "filing f1 o1 started 2028-02-20 submitted 2028-02-21 approved 2028-02-29T12:00\n",
         "f1 granted eligible reward.conditions 100.00 by 2028-03-07T12:00 until 2029-02-28T12:00 late 2028-02\n"},
        {"the version in force at the approval",
         "policy better from 2026-10-10T10:30 amount_vip=300\naccount vip 201\n" HOST FILING,
         "f1 granted eligible reward.conditions 300.00 by 2026-10-17T10:30 until 2027-10-10T10:30 of better\n"},
    };
    CHECK(EXAMPLES);
}

/* clang-format on */

static int refuse(void *context, const struct reward_entry *entry)
{
    (void)entry;
    ++*(int *)context;
    return -1;
}

static void test_the_sink_can_stop(void **state)
{
    struct policy *policy = example_policy();
    const struct settlement settlement = {policy, example_period("2026-10")};
    struct filing filing = {.approved_at = INSTANT_NONE};
    struct filing_case cases[] = {{.filing = &filing}, {.filing = &filing}};
    const struct account_case account = {.filings = cases, .filing_count = 2};
    int entries = 0;
    const struct reward_sink sink = {&entries, refuse};

    (void)state;
    assert_int_equal(reward_settle(&settlement, &account, &sink), -1);
    assert_int_equal(entries, 1);
    free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_why_a_filing_is_denied_or_waits),
        cmocka_unit_test(test_the_first_check_that_fails_speaks),
        cmocka_unit_test(test_amounts_and_dates),
        cmocka_unit_test(test_the_sink_can_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
