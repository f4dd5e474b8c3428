/*
 * The refund rules as examples: what an account asks for, and the ledger row that it gets.
 *
 *   order ID TERM CURRENCY CASH+FLEXI+COUPON bought INSTANT from INSTANT to INSTANT
 *       [released INSTANT] [refunded INSTANT] [mode MODE] [of ACCOUNT] [nonrefundable]
 *   request ID ORDER at INSTANT     (of account "a"; add "rejected" where a bad row bears the
 * order) earlier YEAR COUNT              full refunds that earlier periods gave earlier ORDER at
 * INSTANT        a refund that an earlier period gave policy NAME from INSTANT CHANGE… period
 * YYYY-MM                  2026-10 unless told
 *
 * Instants are of the policy time zone. "to" is the first second that is no longer paid for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/reason.h"
#include "policy/refund.h"
#include "tests/policy/example.h"

enum { EXAMPLE_ROWS_MAX = 32 };

struct example {
    const char *what;
    const char *given;
    const char *rows;
};

struct stage {
    struct policy *policy;
    struct settlement settlement;
    struct order orders[EXAMPLE_ROWS_MAX];
    struct order_state states[EXAMPLE_ROWS_MAX];
    size_t order_count;
    struct refund_request requests[EXAMPLE_ROWS_MAX];
    struct refund_case cases[EXAMPLE_ROWS_MAX];
    struct full_refund_count full_refunds[EXAMPLE_ROWS_MAX];
    struct account_case account;
    struct example_text rows;
};

static struct order_state *find_order(struct stage *stage, const char *order_id)
{
    for (size_t i = 0; i < stage->order_count; i++)
        if (span_is(stage->orders[i].order_id, order_id))
            return &stage->states[i];
    return NULL;
}

/* "13-month": so many of that unit; "-" none. */
static void read_term(struct order *order, const char *word)
{
    char *unit = NULL;

    if (strcmp(word, "-") == 0)
        return;
    order->term_count = (int32_t)strtol(word, &unit, 10);
    order->term_unit = example_name(&enum_term_unit, unit + 1);
}

/* "60+40+5": cash, flexi coupon, cash coupon. */
static void read_payment(struct order *order, char *word)
{
    char *flexi = strchr(word, '+');
    char *coupon = flexi == NULL ? NULL : strchr(flexi + 1, '+');

    assert_non_null(coupon);
    *flexi++ = '\0';
    *coupon++ = '\0';
    order->cash_paid = example_amount(word);
    order->flexi_coupon_paid = example_amount(flexi);
    order->cash_coupon_paid = example_amount(coupon);
}

static void read_order(struct stage *stage, const struct example_line *line)
{
    struct order *order = &stage->orders[stage->order_count];
    const char *owner = example_after(line, "of");
    const char *mode = example_after(line, "mode");

    *order = (struct order){
        .order_id = span_of(line->words[1]),
        .account_id = span_of(owner == NULL ? "a" : owner),
        .resource_id = span_of("vm-1"),
        .service = span_of("ecs"),
        .region = span_of("cn-north-1"),
        .billing_mode = mode == NULL ? BILLING_PREPAID : example_name(&enum_billing_mode, mode),
        .currency = example_currency(line->words[3]),
        .purchased_at = example_instant(example_after(line, "bought")),
        .starts_at = example_instant(example_after(line, "from")),
        .expires_at = example_instant(example_after(line, "to")),
        .released_at = example_instant(example_after(line, "released")),
        .refunded_at = example_instant(example_after(line, "refunded")),
        .refundable = !example_has(line, "nonrefundable"),
    };
    read_term(order, line->words[2]);
    read_payment(order, line->words[4]);
    stage->states[stage->order_count++] = (struct order_state){order, INSTANT_NONE, DECIMAL_ZERO};
}

static void read_request(struct stage *stage, const struct example_line *line)
{
    size_t number = stage->account.request_count++;
    struct order_state *order = find_order(stage, line->words[2]);

    stage->requests[number] = (struct refund_request){
        .request_id = span_of(line->words[1]),
        .account_id = stage->account.account_id,
        .order_id = span_of(line->words[2]),
        .requested_at = example_instant(example_after(line, "at")),
    };
    stage->cases[number] =
        (struct refund_case){&stage->requests[number], order, example_has(line, "rejected")};
}

static void read_earlier(struct stage *stage, const struct example_line *line)
{
    if (example_is(line, 2, "at"))
        find_order(stage, line->words[1])->refund_requested_at = example_instant(line->words[3]);
    else
        stage->full_refunds[stage->account.full_refund_count++] = (struct full_refund_count){
            (int32_t)strtol(line->words[1], NULL, 10), (int32_t)strtol(line->words[2], NULL, 10)};
}

static void read_line(struct stage *stage, const struct example_line *line)
{
    if (example_is(line, 0, "order"))
        read_order(stage, line);
    else if (example_is(line, 0, "request"))
        read_request(stage, line);
    else if (example_is(line, 0, "earlier"))
        read_earlier(stage, line);
    else if (example_is(line, 0, "policy"))
        example_add_version(stage->policy, line);
    else if (example_is(line, 0, "period"))
        stage->settlement.period = example_period(line->words[1]);
    else
        fail_msg("what is \"%s\"?", line->words[0]);
}

static void write_named(struct example_text *out, const char *name, struct decimal amount,
                        int digits)
{
    example_write(out, " %s ", name);
    example_write_amount(out, amount, digits);
}

static void write_approved(struct example_text *out, const struct refund_entry *entry)
{
    int digits = currency_digits(entry->order->currency);

    if (entry->decision == DECISION_PARTIAL) {
        example_write(out, " year %d used %lld/%lld %s", entry->usage_year, (long long)entry->used,
                      (long long)entry->subscribed, usage_unit_name(entry->terms->usage_unit));
        write_named(out, "rate", entry->fee_rate, 0);
    }
    write_named(out, "paid", entry->actual_payment, digits);
    write_named(out, "due", entry->amount_due, digits);
    write_named(out, "fee", entry->handling_fee, digits);
    write_named(out, "refund", entry->refund, digits);
    write_named(out, "cash", entry->refund_cash, digits);
    write_named(out, "flexi", entry->refund_flexi_coupon, digits);
    if (!decimal_is_zero(entry->refund_cash_coupon))
        write_named(out, "coupon", entry->refund_cash_coupon, digits);
    if (entry->full_refund_number != 0)
        example_write(out, " number %d", entry->full_refund_number);
}

/* refund + fee + due = actual payment, cash + flexi coupon = refund, in every approved row. */
static void check_footing(const struct refund_entry *entry)
{
    struct decimal sum = DECIMAL_ZERO;

    assert_true(decimal_add(entry->refund, entry->handling_fee, &sum));
    assert_true(decimal_add(sum, entry->amount_due, &sum));
    assert_int_equal(decimal_compare(sum, entry->actual_payment), 0);
    assert_true(decimal_add(entry->refund_cash, entry->refund_flexi_coupon, &sum));
    assert_int_equal(decimal_compare(sum, entry->refund), 0);
    assert_true(entry->refund.units >= 0 && entry->refund_cash.units >= 0 &&
                entry->refund_flexi_coupon.units >= 0);
}

/* What a denied or deferred row must leave empty. */
static void check_blank(const struct refund_entry *entry)
{
    assert_int_equal(entry->usage_year, 0);
    assert_true(entry->used == 0 && entry->subscribed == 0);
    assert_true(decimal_is_zero(entry->actual_payment) && decimal_is_zero(entry->refund) &&
                decimal_is_zero(entry->refund_cash) && decimal_is_zero(entry->refund_cash_coupon));
    assert_int_equal(entry->full_refund_number, 0);
}

static int write_row(void *context, const struct refund_entry *entry)
{
    struct stage *stage = context;
    struct example_text *out = &stage->rows;
    const struct reason *reason = refund_reason(entry->reason);

    example_write(out, "%.*s %s %s %s", (int)entry->request->request_id.size,
                  entry->request->request_id.data, decision_name(entry->decision), reason->code,
                  reason->clause);
    if (entry->order == NULL)
        example_write(out, " no order");
    else
        example_write(out, " %s",
                      entry->category == CATEGORY_NONE ? "no category"
                                                       : product_category_name(entry->category));
    if (decision_approves(entry->decision)) {
        check_footing(entry);
        write_approved(out, entry);
    } else {
        check_blank(entry);
    }
    if (strcmp(entry->terms->name, "standard") != 0)
        example_write(out, " by %s", entry->terms->name);
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
    const struct refund_sink sink = {stage, write_row};
    struct example_line line;

    assert_non_null(stage);
    stage->policy = example_policy();
    stage->policy->versions[stage->policy->version_count++] = example_published_terms();
    stage->settlement = (struct settlement){stage->policy, example_period("2026-10")};
    stage->account = (struct account_case){
        .account_id = span_of("a"), .requests = stage->cases, .full_refunds = stage->full_refunds};
    while (example_next(&rest, &line))
        read_line(stage, &line);
    assert_int_equal(refund_settle(&stage->settlement, &stage->account, &sink), 0);
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

static void test_why_a_request_is_denied(void **state)
{
    static const struct example EXAMPLES[] = {
        {"0: a bad row bears the order",
         "request q1 o9 at 2026-10-03 rejected\n",
         "q1 deferred source_rejected refund.conditions no order\n"},
        {"1: nobody knows the order",
         "request q1 o9 at 2026-10-03\n",
         "q1 denied unknown_order refund.conditions no order\n"},
        {"2: it is another account's; nothing of it is told",
         "order o1 1-month CNY 100+0+0 bought 2026-10-01 from 2026-10-01 to 2026-11-01 of b\n"
         "request q1 o1 at 2026-10-03\n",
         "q1 denied account_mismatch refund.conditions no order\n"},
        {"3: a second before the purchase",
         "order o1 1-month CNY 100+0+0 bought 2026-10-03T10:00 from 2026-10-03T10:00 to 2026-11-03T10:00\n"
         "request q1 o1 at 2026-10-03T09:59:59\n",
         "q1 denied before_purchase refund.conditions monthly\n"},
        {"3: at the second of the purchase",
         "order o1 1-month CNY 100+0+0 bought 2026-10-03T10:00 from 2026-10-03T10:00 to 2026-11-03T10:00\n"
         "request q1 o1 at 2026-10-03T10:00\n",
         "q1 full within_five_days refund.full monthly paid 100.00 due 0.00 fee 0.00 refund 100.00 cash 100.00 flexi 0.00 number 1\n"},
        {"4: pay per use, which has no term and no end",
         "order o1 - CNY 100+0+0 bought 2026-10-01 from 2026-10-01 mode pay_per_use\n"
         "request q1 o1 at 2026-10-03\n",
         "q1 denied pay_per_use refund.conditions no category\n"},
        {"4: a package, whose term is told",
         "order o1 12-month CNY 100+0+0 bought 2026-10-01 from 2026-10-01 to 2027-10-01 mode package\n"
         "request q1 o1 at 2026-10-03\n",
         "q1 denied pay_per_use refund.conditions 1-year\n"},
        {"5: labelled",
         "order o1 1-month CNY 100+0+0 bought 2026-10-01 from 2026-10-01 to 2026-11-01 nonrefundable\n"
         "request q1 o1 at 2026-10-03\n",
         "q1 denied labelled_nonrefundable refund.conditions monthly\n"},
        {"6: by an earlier period, even at a later instant",
         "order o1 1-month CNY 100+0+0 bought 2026-10-01 from 2026-10-01 to 2026-11-01\n"
         "earlier o1 at 2026-10-04\n"
         "request q1 o1 at 2026-10-03\n",
         "q1 denied already_refunded refund.conditions monthly\n"},
        {"6: by the export, a second before",
         "order o1 1-month CNY 100+0+0 bought 2026-10-01 from 2026-10-01 to 2026-11-01 refunded 2026-10-02T23:59:59\n"
         "request q1 o1 at 2026-10-03\n",
         "q1 denied already_refunded refund.conditions monthly\n"},
        {"6: the export's refund at the same second is this request's own",
         "order o1 1-month CNY 100+0+0 bought 2026-10-01 from 2026-10-01 to 2026-11-01 refunded 2026-10-03\n"
         "request q1 o1 at 2026-10-03\n",
         "q1 full within_five_days refund.full monthly paid 100.00 due 0.00 fee 0.00 refund 100.00 cash 100.00 flexi 0.00 number 1\n"},
        {"6: a second request, at the same second, by its id",
         "order o1 1-month CNY 100+0+0 bought 2026-10-01 from 2026-10-01 to 2026-11-01\n"
         "request q1 o1 at 2026-10-03\n"
         "request q2 o1 at 2026-10-03\n",
         "q1 full within_five_days refund.full monthly paid 100.00 due 0.00 fee 0.00 refund 100.00 cash 100.00 flexi 0.00 number 1\n"
         "q2 denied already_refunded refund.conditions monthly\n"},
        {"6: a denied request takes nothing from the next",
         "order o1 1-month CNY 100+0+0 bought 2026-10-02 from 2026-10-02 to 2026-11-02\n"
         "request q1 o1 at 2026-10-01\n"
         "request q2 o1 at 2026-10-03\n",
         "q1 denied before_purchase refund.conditions monthly\n"
         "q2 full within_five_days refund.full monthly paid 100.00 due 0.00 fee 0.00 refund 100.00 cash 100.00 flexi 0.00 number 1\n"},
        {"7: the second of expiry is the first of grace",
         "order o1 1-day CNY 100+0+0 bought 2026-10-01 from 2026-10-01 to 2026-10-02\n"
         "order o2 1-day CNY 100+0+0 bought 2026-10-01 from 2026-10-01 to 2026-10-02\n"
         "request q1 o1 at 2026-10-01T23:59:59\n"
         "request q2 o2 at 2026-10-02\n",
         "q1 full within_five_days refund.full monthly paid 100.00 due 0.00 fee 0.00 refund 100.00 cash 100.00 flexi 0.00 number 1\n"
         "q2 denied grace_or_retention refund.conditions monthly\n"},
        {"8: released at the same second",
         "order o1 1-month CNY 100+0+0 bought 2026-10-01 from 2026-10-01 to 2026-11-01 released 2026-10-03\n"
         "request q1 o1 at 2026-10-03\n",
         "q1 denied not_covered refund.conditions monthly\n"},
        {"8: released a second later",
         "order o1 1-month CNY 100+0+0 bought 2026-10-01 from 2026-10-01 to 2026-11-01 released 2026-10-03T00:00:01\n"
         "request q1 o1 at 2026-10-03\n",
         "q1 full within_five_days refund.full monthly paid 100.00 due 0.00 fee 0.00 refund 100.00 cash 100.00 flexi 0.00 number 1\n"},
        {"8: no row of fees for 13 months, unless within five days",
         "order o1 13-month CNY 100+0+0 bought 2026-10-01 from 2026-10-01 to 2027-11-01\n"
         "order o2 13-month CNY 100+0+0 bought 2026-10-01 from 2026-10-01 to 2027-11-01\n"
         "request q1 o1 at 2026-10-06\n"
         "request q2 o2 at 2026-10-06T00:00:01\n",
         "q1 full within_five_days refund.full no category paid 100.00 due 0.00 fee 0.00 refund 100.00 cash 100.00 flexi 0.00 number 1\n"
         "q2 denied not_covered refund.conditions no category\n"},
        {"8: nor when the quota is used",
         "order o1 13-month CNY 100+0+0 bought 2026-10-01 from 2026-10-01 to 2027-11-01\n"
         "earlier 2026 10\n"
         "request q1 o1 at 2026-10-02\n",
         "q1 denied not_covered refund.conditions no category\n"},
    };
    CHECK(EXAMPLES);
}

/* One order that fails every check it can; each line mends the one that spoke. */
static void test_the_first_check_that_fails_speaks(void **state)
{
    static const struct example EXAMPLES[] = {
        {"2", "order o1 13-month CNY 9+0+0 bought 2026-10-05 from 2026-09-01 to 2026-10-01 of b mode package nonrefundable refunded 2026-09-09 released 2026-09-09\n"
              "request q1 o1 at 2026-10-04\n",
         "q1 denied account_mismatch refund.conditions no order\n"},
        {"3", "order o1 13-month CNY 9+0+0 bought 2026-10-05 from 2026-09-01 to 2026-10-01 mode package nonrefundable refunded 2026-09-09 released 2026-09-09\n"
              "request q1 o1 at 2026-10-04\n",
         "q1 denied before_purchase refund.conditions no category\n"},
        {"4", "order o1 13-month CNY 9+0+0 bought 2026-09-01 from 2026-09-01 to 2026-10-01 mode package nonrefundable refunded 2026-09-09 released 2026-09-09\n"
              "request q1 o1 at 2026-10-04\n",
         "q1 denied pay_per_use refund.conditions no category\n"},
        {"5", "order o1 13-month CNY 9+0+0 bought 2026-09-01 from 2026-09-01 to 2026-10-01 nonrefundable refunded 2026-09-09 released 2026-09-09\n"
              "request q1 o1 at 2026-10-04\n",
         "q1 denied labelled_nonrefundable refund.conditions no category\n"},
        {"6", "order o1 13-month CNY 9+0+0 bought 2026-09-01 from 2026-09-01 to 2026-10-01 refunded 2026-09-09 released 2026-09-09\n"
              "request q1 o1 at 2026-10-04\n",
         "q1 denied already_refunded refund.conditions no category\n"},
        {"7", "order o1 13-month CNY 9+0+0 bought 2026-09-01 from 2026-09-01 to 2026-10-01 released 2026-09-09\n"
              "request q1 o1 at 2026-10-04\n",
         "q1 denied grace_or_retention refund.conditions no category\n"},
        {"8", "order o1 13-month CNY 9+0+0 bought 2026-09-01 from 2026-09-01 to 2027-10-01 released 2026-09-09\n"
              "request q1 o1 at 2026-10-04\n",
         "q1 denied not_covered refund.conditions no category\n"},
        {"8, no longer for the release", "order o1 13-month CNY 9+0+0 bought 2026-09-01 from 2026-09-01 to 2027-10-01\n"
              "request q1 o1 at 2026-10-04\n",
         "q1 denied not_covered refund.conditions no category\n"},
    };
    CHECK(EXAMPLES);
}

static void test_five_days_and_the_quota(void **state)
{
    static const struct example EXAMPLES[] = {
        {"exactly five days, from purchase and not from start",
         "order o1 1-month CNY 310+0+0 bought 2026-10-01T10:30 from 2026-10-02 to 2026-11-02\n"
         "request q1 o1 at 2026-10-06T10:30\n",
         "q1 full within_five_days refund.full monthly paid 310.00 due 0.00 fee 0.00 refund 310.00 cash 310.00 flexi 0.00 number 1\n"},
        {"one second more: 345600 + 37801 seconds of 31 days",
         "order o1 1-month CNY 310+0+0 bought 2026-10-01T10:30 from 2026-10-02 to 2026-11-02\n"
         "request q1 o1 at 2026-10-06T10:30:01\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 383401/2678400 second rate 0.1 paid 310.00 due 44.38 fee 31.00 refund 234.62 cash 234.62 flexi 0.00\n"},
        {"a service that starts later: nothing is used yet",
         "order o1 1-month CNY 310+0+0 bought 2026-10-01 from 2026-10-20 to 2026-11-20\n"
         "request q1 o1 at 2026-10-10\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 0/2678400 second rate 0.1 paid 310.00 due 0.00 fee 31.00 refund 279.00 cash 279.00 flexi 0.00\n"},
        {"the tenth of the year, and the eleventh",
         "order o1 1-month CNY 310+0+0 bought 2026-10-01 from 2026-10-01 to 2026-11-01\n"
         "order o2 1-month CNY 310+0+0 bought 2026-10-01 from 2026-10-01 to 2026-11-01\n"
         "order o3 1-month CNY 310+0+0 bought 2026-09-01 from 2026-10-01 to 2026-11-01\n"
         "earlier 2025 10\n"
         "earlier 2026 9\n"
         "request q1 o1 at 2026-10-02\n"
         "request q2 o2 at 2026-10-02\n"
         "request q3 o3 at 2026-10-02\n",
         "q1 full within_five_days refund.full monthly paid 310.00 due 0.00 fee 0.00 refund 310.00 cash 310.00 flexi 0.00 number 10\n"
         "q2 partial full_refund_quota_used refund.partial monthly year 1 used 86400/2678400 second rate 0.1 paid 310.00 due 10.00 fee 31.00 refund 269.00 cash 269.00 flexi 0.00\n"
         "q3 partial after_five_days refund.partial monthly year 1 used 86400/2678400 second rate 0.1 paid 310.00 due 10.00 fee 31.00 refund 269.00 cash 269.00 flexi 0.00\n"},
        {"a partial refund and a denial use up nothing",
         "order o1 1-month CNY 310+0+0 bought 2026-09-01 from 2026-10-01 to 2026-11-01\n"
         "order o2 1-month CNY 310+0+0 bought 2026-10-01 from 2026-10-01 to 2026-11-01\n"
         "earlier 2026 9\n"
         "request q1 o1 at 2026-10-02\n"
         "request q2 o1 at 2026-10-02\n"
         "request q3 o2 at 2026-10-02\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 86400/2678400 second rate 0.1 paid 310.00 due 10.00 fee 31.00 refund 269.00 cash 269.00 flexi 0.00\n"
         "q2 denied already_refunded refund.conditions monthly\n"
         "q3 full within_five_days refund.full monthly paid 310.00 due 0.00 fee 0.00 refund 310.00 cash 310.00 flexi 0.00 number 10\n"},
        {"a new calendar year, counted in the policy time zone; a late one counts for its own year",
         "period 2027-01\n"
         "order o1 1-month CNY 310+0+0 bought 2026-12-31 from 2026-12-31 to 2027-01-31\n"
         "order o2 1-month CNY 310+0+0 bought 2026-12-31 from 2026-12-31 to 2027-01-31\n"
         "order o3 1-month CNY 310+0+0 bought 2026-12-31 from 2026-12-31 to 2027-01-31\n"
         "earlier 2026 9\n"
         "request q1 o1 at 2026-12-31T23:59:58\n"
         "request q2 o2 at 2026-12-31T23:59:59\n"
         "request q3 o3 at 2027-01-01\n",
         "q1 full within_five_days refund.full monthly paid 310.00 due 0.00 fee 0.00 refund 310.00 cash 310.00 flexi 0.00 number 10 late 2026-12\n"
         "q2 partial full_refund_quota_used refund.partial monthly year 1 used 86399/2678400 second rate 0.1 paid 310.00 due 10.00 fee 31.00 refund 269.00 cash 269.00 flexi 0.00 late 2026-12\n"
         "q3 full within_five_days refund.full monthly paid 310.00 due 0.00 fee 0.00 refund 310.00 cash 310.00 flexi 0.00 number 1\n"},
        {"cash coupons are no payment; they come back only where the policy says so, and in full",
         "order o1 1-month CNY 60+40+5 bought 2026-10-01 from 2026-10-01 to 2026-11-01\n"
         "order o2 1-month CNY 60+40+5 bought 2026-10-01 from 2026-10-01 to 2026-11-01\n"
         "order o3 1-month CNY 60+40+5 bought 2026-10-01 from 2026-10-01 to 2026-11-01\n"
         "policy generous from 2026-10-03 restore_cash_coupons=true\n"
         "request q1 o1 at 2026-10-02T23:59:59\n"
         "request q2 o2 at 2026-10-03\n"
         "request q3 o3 at 2026-10-11\n",
         "q1 full within_five_days refund.full monthly paid 100.00 due 0.00 fee 0.00 refund 100.00 cash 60.00 flexi 40.00 number 1\n"
         "q2 full within_five_days refund.full monthly paid 100.00 due 0.00 fee 0.00 refund 100.00 cash 60.00 flexi 40.00 coupon 5.00 number 2 by generous\n"
         "q3 partial after_five_days refund.partial monthly year 1 used 864000/2678400 second rate 0.1 paid 100.00 due 32.26 fee 10.00 refund 57.74 cash 34.64 flexi 23.10 by generous\n"},
        {"the version in force at the request judges it, and the quota runs on",
         "order o1 1-month CNY 310+0+0 bought 2026-10-01 from 2026-10-01 to 2026-11-01\n"
         "order o2 1-month CNY 310+0+0 bought 2026-10-01 from 2026-10-01 to 2026-11-01\n"
         "policy harder from 2026-10-03 full_refund_days=2 full_refunds_per_year=1\n"
         "request q1 o1 at 2026-10-02\n"
         "request q2 o2 at 2026-10-03\n",
         "q1 full within_five_days refund.full monthly paid 310.00 due 0.00 fee 0.00 refund 310.00 cash 310.00 flexi 0.00 number 1\n"
         "q2 partial full_refund_quota_used refund.partial monthly year 1 used 172800/2678400 second rate 0.1 paid 310.00 due 20.00 fee 31.00 refund 259.00 cash 259.00 flexi 0.00 by harder\n"},
    };
    CHECK(EXAMPLES);
}

/* Terms start at their purchase, long before; the whole of each is 1000 × its years. */
static void test_the_table_of_fees(void **state)
{
    static const struct example EXAMPLES[] = {
        {"monthly, year 1: half of 30 days",
         "order o1 1-month CNY 1000+0+0 bought 2026-09-10 from 2026-09-10 to 2026-10-10\n"
         "request q1 o1 at 2026-09-25\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 1296000/2592000 second rate 0.1 paid 1000.00 due 500.00 fee 100.00 refund 400.00 cash 400.00 flexi 0.00 late 2026-09\n"},
        {"1-year, year 1: 73 of 365 days",
         "order o1 1-year CNY 1000+0+0 bought 2026-08-01 from 2026-08-01 to 2027-08-01\n"
         "request q1 o1 at 2026-10-13\n",
         "q1 partial after_five_days refund.partial 1-year year 1 used 6307200/31536000 second rate 0.1 paid 1000.00 due 200.00 fee 100.00 refund 700.00 cash 700.00 flexi 0.00\n"},
        {"1-year, year 2: a term said as 12 months that runs longer",
         "order o1 12-month CNY 1000+0+0 bought 2025-10-01 from 2025-10-01 to 2026-12-01\n"
         "request q1 o1 at 2026-10-02\n",
         "q1 denied not_covered refund.conditions 1-year\n"},
        {"2-year, year 1: 73 of 730 days",
         "order o1 24-month CNY 2000+0+0 bought 2026-08-01 from 2026-08-01 to 2028-07-31\n"
         "request q1 o1 at 2026-10-13\n",
         "q1 partial after_five_days refund.partial 2-year year 1 used 6307200/63072000 second rate 0.15 paid 2000.00 due 200.00 fee 300.00 refund 1500.00 cash 1500.00 flexi 0.00\n"},
        {"2-year, year 2: 365 + 73 of 730 days",
         "order o1 2-year CNY 2000+0+0 bought 2025-08-01 from 2025-08-01 to 2027-08-01\n"
         "request q1 o1 at 2026-10-13\n",
         "q1 partial after_five_days refund.partial 2-year year 2 used 37843200/63072000 second rate 0.1 paid 2000.00 due 1200.00 fee 200.00 refund 600.00 cash 600.00 flexi 0.00\n"},
        {"2-year, year 3",
         "order o1 2-year CNY 2000+0+0 bought 2024-08-01 from 2024-08-01 to 2027-08-01\n"
         "request q1 o1 at 2026-10-13\n",
         "q1 denied not_covered refund.conditions 2-year\n"},
        {"3-year, year 1: 73 of 1095 days",
         "order o1 3-year CNY 3000+0+0 bought 2025-08-01 from 2025-08-01 to 2028-07-31\n"
         "request q1 o1 at 2025-10-13\n",
         "q1 partial after_five_days refund.partial 3-year year 1 used 6307200/94608000 second rate 0.15 paid 3000.00 due 200.00 fee 450.00 refund 2350.00 cash 2350.00 flexi 0.00 late 2025-10\n"},
        {"3-year, year 2: 438 of 1095 days",
         "order o1 36-month CNY 3000+0+0 bought 2025-08-01 from 2025-08-01 to 2028-07-31\n"
         "request q1 o1 at 2026-10-13\n",
         "q1 partial after_five_days refund.partial 3-year year 2 used 37843200/94608000 second rate 0.1 paid 3000.00 due 1200.00 fee 300.00 refund 1500.00 cash 1500.00 flexi 0.00\n"},
        {"3-year, year 3: 803 of 1095 days",
         "order o1 3-year CNY 3000+0+0 bought 2024-08-01 from 2024-08-01 to 2027-08-01\n"
         "request q1 o1 at 2026-10-13\n",
         "q1 partial after_five_days refund.partial 3-year year 3 used 69379200/94608000 second rate 0.05 paid 3000.00 due 2200.00 fee 150.00 refund 650.00 cash 650.00 flexi 0.00\n"},
        {"3-year, in a fourth year",
         "order o1 3-year CNY 3000+0+0 bought 2023-08-01 from 2023-08-01 to 2027-08-01\n"
         "request q1 o1 at 2026-10-13\n",
         "q1 denied not_covered refund.conditions 3-year\n"},
    };
    CHECK(EXAMPLES);
}

static void test_the_product_category(void **state)
{
    static const struct {
        const char *term;
        enum product_category category;
    } CASES[] = {
        {"1-hour", CATEGORY_MONTHLY},  {"24-hour", CATEGORY_MONTHLY}, {"999-hour", CATEGORY_MONTHLY},
        {"1-day", CATEGORY_MONTHLY},   {"364-day", CATEGORY_MONTHLY}, {"365-day", CATEGORY_NONE},
        {"730-day", CATEGORY_NONE},    {"1-month", CATEGORY_MONTHLY}, {"11-month", CATEGORY_MONTHLY},
        {"12-month", CATEGORY_1_YEAR}, {"13-month", CATEGORY_NONE},   {"18-month", CATEGORY_NONE},
        {"24-month", CATEGORY_2_YEAR}, {"36-month", CATEGORY_3_YEAR}, {"48-month", CATEGORY_NONE},
        {"1-year", CATEGORY_1_YEAR},   {"2-year", CATEGORY_2_YEAR},   {"3-year", CATEGORY_3_YEAR},
        {"4-year", CATEGORY_NONE},     {"999-year", CATEGORY_NONE},   {"-", CATEGORY_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        struct order order = {0};

        read_term(&order, CASES[i].term);
        assert_int_equal(refund_category(&order), CASES[i].category);
    }
    /* Packages may name a unit and no count, or a count and no unit. */
    for (int unit = TERM_UNIT_NONE; unit < TERM_UNIT_END; unit++)
        assert_int_equal(refund_category(&(struct order){.term_unit = unit}), CATEGORY_NONE);
    assert_int_equal(refund_category(&(struct order){.term_count = 12}), CATEGORY_NONE);
}

static void test_short_terms_are_monthly(void **state)
{
    static const struct example EXAMPLES[] = {
        {"24 hours bought well ahead: 6 of 24 hours used",
         "order o1 24-hour CNY 24+0+0 bought 2026-10-01 from 2026-10-10 to 2026-10-11\n"
         "request q1 o1 at 2026-10-10T06:00\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 21600/86400 second rate 0.1 paid 24.00 due 6.00 fee 2.40 refund 15.60 cash 15.60 flexi 0.00\n"},
        {"365 days are no year",
         "order o1 365-day CNY 365+0+0 bought 2026-09-01 from 2026-09-01 to 2027-09-01\n"
         "request q1 o1 at 2026-10-10\n",
         "q1 denied not_covered refund.conditions no category\n"},
        {"48 months are four years",
         "order o1 48-month CNY 4000+0+0 bought 2026-09-01 from 2026-09-01 to 2030-09-01\n"
         "request q1 o1 at 2026-10-10\n",
         "q1 denied not_covered refund.conditions no category\n"},
    };
    CHECK(EXAMPLES);
}

static void test_the_usage_year(void **state)
{
    static const struct {
        const char *starts_at;
        const char *requested_at;
        int year;
    } CASES[] = {
        {"2025-10-01T10:30", "2024-01-01", 1}, /* before the start */
        {"2025-10-01T10:30", "2026-10-01T10:30", 1},
        {"2025-10-01T10:30", "2026-10-01T10:30:01", 2},
        {"2025-10-01T10:30", "2027-10-01T10:30", 2},
        {"2025-10-01T10:30", "2027-10-01T10:30:01", 3},
        {"2025-10-01T10:30", "2028-10-01T10:30", 3},
        {"2025-10-01T10:30", "2028-10-01T10:30:01", USAGE_YEARS + 1},
        {"2025-10-01T10:30", "2099-10-01", USAGE_YEARS + 1},
        {"2024-02-29T12:00", "2025-02-28T12:00", 1}, /* 29 February + 1 year = 28 February */
        {"2024-02-29T12:00", "2025-02-28T12:00:01", 2},
        {"2024-02-29T12:00", "2026-02-28T12:00", 2},
        {"2024-02-29T12:00", "2026-02-28T12:00:01", 3},
        {"2024-02-29T12:00", "2027-02-28T12:00", 3},
        {"2024-02-29T12:00", "2027-02-28T12:00:01", USAGE_YEARS + 1},
        {"2025-02-28T12:00", "2028-02-28T12:00", 3}, /* a 28th stays one */
        {"2023-03-01", "2024-02-29T23:59:59", 1},
        {"2023-03-01", "2024-03-01", 1},
        {"2023-03-01", "2024-03-01T00:00:01", 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++)
        assert_int_equal(refund_usage_year(example_instant(CASES[i].starts_at),
                                           example_instant(CASES[i].requested_at), EXAMPLE_OFFSET),
                         CASES[i].year);
}

static void test_the_limits_of_usage_years_in_the_ledger(void **state)
{
    static const struct example EXAMPLES[] = {
        {"the year's last second is the first of the second year's fee",
         "order o1 2-year CNY 731+0+0 bought 2025-10-13 from 2025-10-13 to 2027-10-14\n"
         "order o2 2-year CNY 731+0+0 bought 2025-10-13 from 2025-10-13 to 2027-10-14\n"
         "request q1 o1 at 2026-10-13\n"
         "request q2 o2 at 2026-10-13T00:00:01\n",
         "q1 partial after_five_days refund.partial 2-year year 1 used 31536000/63158400 second rate 0.15 paid 731.00 due 365.00 fee 109.65 refund 256.35 cash 256.35 flexi 0.00\n"
         "q2 partial after_five_days refund.partial 2-year year 2 used 31536001/63158400 second rate 0.1 paid 731.00 due 365.00 fee 73.10 refund 292.90 cash 292.90 flexi 0.00\n"},
        {"a service from 29 February",
         "period 2025-02\n"
         "order o1 2-year CNY 731+0+0 bought 2024-02-29 from 2024-02-29 to 2026-03-01\n"
         "order o2 2-year CNY 731+0+0 bought 2024-02-29 from 2024-02-29 to 2026-03-01\n"
         "request q1 o1 at 2025-02-28\n"
         "request q2 o2 at 2025-02-28T00:00:01\n",
         "q1 partial after_five_days refund.partial 2-year year 1 used 31536000/63158400 second rate 0.15 paid 731.00 due 365.00 fee 109.65 refund 256.35 cash 256.35 flexi 0.00\n"
         "q2 partial after_five_days refund.partial 2-year year 2 used 31536001/63158400 second rate 0.1 paid 731.00 due 365.00 fee 73.10 refund 292.90 cash 292.90 flexi 0.00\n"},
    };
    CHECK(EXAMPLES);
}

static void test_units_of_usage(void **state)
{
    static const struct example EXAMPLES[] = {
        {"hour, the policy's example: 344 of 758",
         "period 2024-01\n"
         "policy hourly from 2024-01-01 usage_unit=hour\n"
         "order o1 1-month CNY 758+0+0 bought 2024-01-01T10:30 from 2024-01-01T10:30 to 2024-02-01T23:59:59\n"
         "request q1 o1 at 2024-01-15T18:40\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 344/758 hour rate 0.1 paid 758.00 due 344.00 fee 75.80 refund 338.20 cash 338.20 flexi 0.00 by hourly\n"},
        {"hour: an expiry on the hour is not rounded up, a start within it counts from the hour",
         "policy hourly from 2024-01-01 usage_unit=hour\n"
         "order o1 1-day CNY 24+0+0 bought 2026-10-01 from 2026-10-10T00:59:59 to 2026-10-11\n"
         "order o2 1-day CNY 25+0+0 bought 2026-10-01 from 2026-10-10T00:59:59 to 2026-10-11T00:00:01\n"
         "order o3 1-day CNY 25+0+0 bought 2026-10-01 from 2026-10-10T00:59:59 to 2026-10-11T00:00:01\n"
         "request q1 o1 at 2026-10-10T01:00\n"
         "request q2 o2 at 2026-10-10T01:00\n"
         "request q3 o3 at 2026-10-11\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 1/24 hour rate 0.1 paid 24.00 due 1.00 fee 2.40 refund 20.60 cash 20.60 flexi 0.00 by hourly\n"
         "q2 partial after_five_days refund.partial monthly year 1 used 1/25 hour rate 0.1 paid 25.00 due 1.00 fee 2.50 refund 21.50 cash 21.50 flexi 0.00 by hourly\n"
         "q3 partial after_five_days refund.partial monthly year 1 used 24/25 hour rate 0.1 paid 25.00 due 24.00 fee 1.00 refund 0.00 cash 0.00 flexi 0.00 by hourly\n"},
        {"hour: before the start nothing is used",
         "policy hourly from 2024-01-01 usage_unit=hour\n"
         "order o1 1-day CNY 24+0+0 bought 2026-10-01 from 2026-10-20 to 2026-10-21\n"
         "request q1 o1 at 2026-10-10T01:00\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 0/24 hour rate 0.1 paid 24.00 due 0.00 fee 2.40 refund 21.60 cash 21.60 flexi 0.00 by hourly\n"},
        {"day, the policy's example: 7 of 31",
         "period 2026-06\n"
         "policy daily from 2026-01-01 usage_unit=day\n"
         "order o1 1-month CNY 31+0+0 bought 2026-06-14T12:00 from 2026-06-14T12:00 to 2026-07-14T12:00\n"
         "request q1 o1 at 2026-06-21T23:59:59\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 7/31 day rate 0.1 paid 31.00 due 7.00 fee 3.10 refund 20.90 cash 20.90 flexi 0.00 by daily\n"},
        {"day: midnight of the policy time zone begins the next; the last day counts",
         "policy daily from 2026-01-01 usage_unit=day\n"
         "order o1 1-month CNY 320+0+0 bought 2026-10-01T23:59:59 from 2026-10-01T23:59:59 to 2026-11-01\n"
         "order o2 1-month CNY 320+0+0 bought 2026-10-01T23:59:59 from 2026-10-01T23:59:59 to 2026-11-01\n"
         "request q1 o1 at 2026-10-09T23:59:59\n"
         "request q2 o2 at 2026-10-10\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 8/32 day rate 0.1 paid 320.00 due 80.00 fee 32.00 refund 208.00 cash 208.00 flexi 0.00 by daily\n"
         "q2 partial after_five_days refund.partial monthly year 1 used 9/32 day rate 0.1 paid 320.00 due 90.00 fee 32.00 refund 198.00 cash 198.00 flexi 0.00 by daily\n"},
        {"second: exact",
         "order o1 1-day CNY 86400+0+0 bought 2026-10-01 from 2026-10-10 to 2026-10-11\n"
         "request q1 o1 at 2026-10-10T01:00:01\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 3601/86400 second rate 0.1 paid 86400.00 due 3601.00 fee 8640.00 refund 74159.00 cash 74159.00 flexi 0.00\n"},
    };
    CHECK(EXAMPLES);
}

/* The amount due is 1.00 x seconds / 200: a half of the minor unit where that is odd. */
static void test_rounding(void **state)
{
    static const struct example EXAMPLES[] = {
        {"half away from zero: 0.005 and 0.015",
         "order o1 1-hour CNY 1+0+0 bought 2026-10-01 from 2026-10-10 to 2026-10-10T00:03:20\n"
         "order o2 1-hour CNY 1+0+0 bought 2026-10-01 from 2026-10-10 to 2026-10-10T00:03:20\n"
         "request q1 o1 at 2026-10-10T00:00:01\n"
         "request q2 o2 at 2026-10-10T00:00:03\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 1/200 second rate 0.1 paid 1.00 due 0.01 fee 0.10 refund 0.89 cash 0.89 flexi 0.00\n"
         "q2 partial after_five_days refund.partial monthly year 1 used 3/200 second rate 0.1 paid 1.00 due 0.02 fee 0.10 refund 0.88 cash 0.88 flexi 0.00\n"},
        {"half to even",
         "policy even from 2026-01-01 rounding=half_even\n"
         "order o1 1-hour CNY 1+0+0 bought 2026-10-01 from 2026-10-10 to 2026-10-10T00:03:20\n"
         "order o2 1-hour CNY 1+0+0 bought 2026-10-01 from 2026-10-10 to 2026-10-10T00:03:20\n"
         "request q1 o1 at 2026-10-10T00:00:01\n"
         "request q2 o2 at 2026-10-10T00:00:03\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 1/200 second rate 0.1 paid 1.00 due 0.00 fee 0.10 refund 0.90 cash 0.90 flexi 0.00 by even\n"
         "q2 partial after_five_days refund.partial monthly year 1 used 3/200 second rate 0.1 paid 1.00 due 0.02 fee 0.10 refund 0.88 cash 0.88 flexi 0.00 by even\n"},
        {"down: usage, fee and cash alike",
         "policy down from 2026-01-01 rounding=down\n"
         "order o1 1-hour CNY 0.99+0.10+0 bought 2026-10-01 from 2026-10-10 to 2026-10-10T00:03:20\n"
         "request q1 o1 at 2026-10-10T00:00:03\n",
         /* due 0.01635, fee 0.109, refund 1.09 - 0.01 - 0.10 = 0.98, cash 0.98 x 0.99 / 1.09 = 0.8900… */
         "q1 partial after_five_days refund.partial monthly year 1 used 3/200 second rate 0.1 paid 1.09 due 0.01 fee 0.10 refund 0.98 cash 0.89 flexi 0.09 by down\n"},
        {"yen have no minor unit: due 33.5 of 67, fee 6.7",
         "order o1 1-hour JPY 60+7+0 bought 2026-10-01 from 2026-10-10 to 2026-10-10T00:03:20\n"
         "request q1 o1 at 2026-10-10T00:01:40\n",
         /* cash 26 x 60 / 67 = 23.28… */
         "q1 partial after_five_days refund.partial monthly year 1 used 100/200 second rate 0.1 paid 67 due 34 fee 7 refund 26 cash 23 flexi 3\n"},
        {"dinars have three decimals: due 0.0005, fee 0.0100",
         "order o1 1-hour KWD 0.100+0+0 bought 2026-10-01 from 2026-10-10 to 2026-10-10T00:03:20\n"
         "request q1 o1 at 2026-10-10T00:00:01\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 1/200 second rate 0.1 paid 0.100 due 0.001 fee 0.010 refund 0.089 cash 0.089 flexi 0.000\n"},
        {"the largest payment there is, to the last digit",
         "order o1 2-hour CNY 999999999999999.99+999999999999999.99+0 bought 2026-10-01 from 2026-10-10 to 2026-10-10T02:00\n"
         "request q1 o1 at 2026-10-10T01:00\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 3600/7200 second rate 0.1 paid 1999999999999999.98 due 999999999999999.99 fee 200000000000000.00 refund 799999999999999.99 cash 400000000000000.00 flexi 399999999999999.99\n"},
    };
    CHECK(EXAMPLES);
}

static void test_who_gives_way(void **state)
{
    static const struct example EXAMPLES[] = {
        {"the fee, near the end of the term: 95 of 100 seconds, fee 10 of which 5 are left",
         "order o1 1-hour CNY 100+0+0 bought 2026-10-01 from 2026-10-10 to 2026-10-10T00:01:40\n"
         "request q1 o1 at 2026-10-10T00:01:35\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 95/100 second rate 0.1 paid 100.00 due 95.00 fee 5.00 refund 0.00 cash 0.00 flexi 0.00\n"},
        {"exactly as much as is left",
         "order o1 1-hour CNY 100+0+0 bought 2026-10-01 from 2026-10-10 to 2026-10-10T00:01:40\n"
         "request q1 o1 at 2026-10-10T00:01:30\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 90/100 second rate 0.1 paid 100.00 due 90.00 fee 10.00 refund 0.00 cash 0.00 flexi 0.00\n"},
        {"none where the days are whole: 12 to 12 of the next day are two of them",
         "policy daily from 2026-01-01 usage_unit=day\n"
         "order o1 1-day CNY 10+0+0 bought 2026-10-01 from 2026-10-10T12:00 to 2026-10-11T12:00\n"
         "request q1 o1 at 2026-10-11T11:00\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 1/2 day rate 0.1 paid 10.00 due 5.00 fee 1.00 refund 4.00 cash 4.00 flexi 0.00 by daily\n"},
        {"a fee of the whole payment",
         "policy dear from 2026-01-01 year_1_fee=1\n"
         "order o1 1-hour CNY 100+0+0 bought 2026-10-01 from 2026-10-10 to 2026-10-10T00:01:40\n"
         "request q1 o1 at 2026-10-10T00:00:20\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 20/100 second rate 1 paid 100.00 due 20.00 fee 80.00 refund 0.00 cash 0.00 flexi 0.00 by dear\n"},
        {"nothing was paid, in full",
         "order o1 1-month CNY 0+0+50 bought 2026-10-01 from 2026-10-01 to 2026-11-01\n"
         "request q1 o1 at 2026-10-02\n",
         "q1 full within_five_days refund.full monthly paid 0.00 due 0.00 fee 0.00 refund 0.00 cash 0.00 flexi 0.00 number 1\n"},
        {"nothing was paid, in part",
         "order o1 1-month CNY 0+0+50 bought 2026-10-01 from 2026-10-01 to 2026-11-01\n"
         "request q1 o1 at 2026-10-11\n",
         "q1 partial after_five_days refund.partial monthly year 1 used 864000/2678400 second rate 0.1 paid 0.00 due 0.00 fee 0.00 refund 0.00 cash 0.00 flexi 0.00\n"},
        {"back the way it was paid: all by coupon",
         "order o1 1-month CNY 0+100+0 bought 2026-10-01 from 2026-10-01 to 2026-11-01\n"
         "request q1 o1 at 2026-10-02\n",
         "q1 full within_five_days refund.full monthly paid 100.00 due 0.00 fee 0.00 refund 100.00 cash 0.00 flexi 100.00 number 1\n"},
        {"back the way it was paid: a third, the odd cent to the coupon",
         "order o1 1-hour CNY 1+2+0 bought 2026-10-01 from 2026-10-10 to 2026-10-10T00:05\n"
         "request q1 o1 at 2026-10-10T00:01:10\n",
         /* refund 3.00 - 0.70 - 0.30 = 2.00, cash 0.6666… */
         "q1 partial after_five_days refund.partial monthly year 1 used 70/300 second rate 0.1 paid 3.00 due 0.70 fee 0.30 refund 2.00 cash 0.67 flexi 1.33\n"},
    };
    CHECK(EXAMPLES);
}

/* clang-format on */

static int stop(void *context, const struct refund_entry *entry)
{
    (void)entry;
    return ++*(int *)context == 2 ? -1 : 0;
}

static void test_the_sink_can_stop(void **state)
{
    struct policy *policy = example_policy();
    struct refund_request request = {.request_id = span_of("q1"), .account_id = span_of("a")};
    struct refund_case cases[] = {
        {.request = &request}, {.request = &request}, {.request = &request}};
    const struct account_case account = {.requests = cases, .request_count = 3};
    const struct settlement settlement = {policy, example_period("2026-10")};
    int entries = 0;
    const struct refund_sink sink = {&entries, stop};

    (void)state;
    policy->versions[policy->version_count++] = example_published_terms();
    assert_int_equal(refund_settle(&settlement, &account, &sink), -1);
    assert_int_equal(entries, 2);
    free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_why_a_request_is_denied),
        cmocka_unit_test(test_the_first_check_that_fails_speaks),
        cmocka_unit_test(test_five_days_and_the_quota),
        cmocka_unit_test(test_the_table_of_fees),
        cmocka_unit_test(test_the_product_category),
        cmocka_unit_test(test_short_terms_are_monthly),
        cmocka_unit_test(test_the_usage_year),
        cmocka_unit_test(test_the_limits_of_usage_years_in_the_ledger),
        cmocka_unit_test(test_units_of_usage),
        cmocka_unit_test(test_rounding),
        cmocka_unit_test(test_who_gives_way),
        cmocka_unit_test(test_the_sink_can_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
