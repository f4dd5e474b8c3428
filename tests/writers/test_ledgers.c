/* The ledgers' rows: an entry in, the row out. */
#include "tests/writers/sample.h"

#include "writers/csv.h"

/* Compares NAME.csv of one entry with the header and the row. */
static void check_row(const struct ledger *ledger, const void *entry, const char *header,
                      const char *row)
{
    struct sandbox sandbox;
    struct error err = {0};
    struct output_summary summary;
    char name[64];
    char wanted[2048];
    char *text;
    size_t size;
    struct csv_writer *writer;

    sandbox_open(&sandbox);
    writer = csv_writer_open(sandbox.fd, ledger, BEIJING, &err);
    assert_non_null(writer);
    assert_int_equal(csv_writer_row(writer, entry, &err), 0);
    assert_int_equal(csv_writer_commit(writer, &summary, &err), 0);
    snprintf(name, sizeof(name), "%s.csv", ledger->name);
    snprintf(wanted, sizeof(wanted), "%s\n%s\n", header, row);
    text = sandbox_read(&sandbox, name, &size);
    assert_string_equal(text, wanted);
    free(text);
    sandbox_close(&sandbox, (const char *[]){name, NULL});
}

static void check_refund(const struct refund_entry *entry, const char *row)
{
    check_row(&ledger_refunds, entry,
              "request_id,account_id,order_id,resource_id,service,currency,purchased_at,starts_at,"
              "expires_at,requested_at,decision,reason,clause,product_category,usage_year,used,"
              "subscribed,usage_unit,actual_payment,fee_rate,amount_due,handling_fee,refund,"
              "refund_cash,refund_flexi_coupon,refund_cash_coupon,full_refund_number,"
              "policy_version,origin_period",
              row);
}

#define ORDER_CELLS                                                                                \
    "ecs-1,ecs,CNY,2026-09-20T10:00:00+08:00,2026-09-20T10:05:00+08:00,2026-10-20T23:59:59+08:00,"

static void a_partial_refund(void **state)
{
    struct sample s;

    (void)state;
    sample_make(&s);
    check_refund(&s.refund,
                 "rr-1,acct-1,CS1," ORDER_CELLS "2026-10-03T19:22:33+08:00,partial,after_five_days,"
                 "refund.partial,monthly,1,13,31,day,100.00,0.1,41.94,10.00,48.06,38.45,9.61,0.00,,"
                 "standard,");
}

static void a_full_refund(void **state)
{
    struct sample s;

    (void)state;
    sample_make(&s);
    s.refund.decision = DECISION_FULL;
    s.refund.reason = REFUND_WITHIN_FIVE_DAYS;
    s.refund.usage_year = 0;
    s.refund.used = s.refund.subscribed = 0;
    s.refund.fee_rate = s.refund.amount_due = s.refund.handling_fee = DECIMAL_ZERO;
    s.refund.refund = amount("100");
    s.refund.refund_cash = amount("80");
    s.refund.refund_flexi_coupon = amount("20");
    s.refund.refund_cash_coupon = amount("7.5");
    s.refund.full_refund_number = 10;
    check_refund(&s.refund,
                 "rr-1,acct-1,CS1," ORDER_CELLS
                 "2026-10-03T19:22:33+08:00,full,within_five_days,refund.full,monthly,,,,,100.00,,"
                 "0.00,0.00,100.00,80.00,20.00,7.50,10,standard,");
    s.order.currency = currency_find(span_of("JPY"));
    s.refund.refund_cash_coupon = DECIMAL_ZERO;
    s.refund.origin_period = 2026 * 12 + 8;
    check_refund(&s.refund,
                 "rr-1,acct-1,CS1,ecs-1,ecs,JPY,2026-09-20T10:00:00+08:00,"
                 "2026-09-20T10:05:00+08:00,2026-10-20T23:59:59+08:00,2026-10-03T19:22:33+08:00,"
                 "full,within_five_days,refund.full,monthly,,,,,100,,0,0,100,80,20,0,10,standard,"
                 "2026-09");
}

/* The figures are there, and not shown: only the decision tells. */
static void a_denied_or_deferred_refund(void **state)
{
    struct sample s;

    (void)state;
    sample_make(&s);
    s.refund.decision = DECISION_DENIED;
    s.refund.reason = REFUND_LABELLED_NONREFUNDABLE;
    check_refund(&s.refund,
                 "rr-1,acct-1,CS1," ORDER_CELLS
                 "2026-10-03T19:22:33+08:00,denied,labelled_nonrefundable,refund.conditions,"
                 "monthly,,,,,,,,,,,,,,standard,");
    s.order.billing_mode = BILLING_PAY_PER_USE;
    s.order.expires_at = INSTANT_NONE;
    s.refund.category = CATEGORY_NONE;
    s.refund.reason = REFUND_PAY_PER_USE;
    check_refund(&s.refund,
                 "rr-1,acct-1,CS1,ecs-1,ecs,CNY,2026-09-20T10:00:00+08:00,"
                 "2026-09-20T10:05:00+08:00,,2026-10-03T19:22:33+08:00,denied,pay_per_use,"
                 "refund.conditions,,,,,,,,,,,,,,,standard,");
    s.refund.order = NULL;
    s.refund.decision = DECISION_DEFERRED;
    s.refund.reason = REFUND_SOURCE_REJECTED;
    check_refund(&s.refund, "rr-1,acct-1,CS1,,,,,,,2026-10-03T19:22:33+08:00,deferred,"
                            "source_rejected,refund.conditions,,,,,,,,,,,,,,,standard,");
}

static void check_compensation(const struct compensation_entry *entry, const char *row)
{
    check_row(&ledger_compensations, entry,
              "claim_id,account_id,incident_id,resource_id,basis,basis_id,basis_starts_at,service,"
              "region,scenario,cause,currency,submitted_at,started_at,rectified_at,decision,reason,"
              "clause,fault_from,fault_to,fault_seconds,cost,basis_seconds,daily_cost,times,amount,"
              "capped,policy_version,origin_period",
              row);
}

static void a_compensation_from_an_order(void **state)
{
    struct sample s;

    (void)state;
    sample_make(&s);
    s.claim.resource_id = (struct span){0}; /* all of the account's: the row names the basis's */
    check_compensation(
        &s.compensation,
        "cl-1,acct-1,inc-1,ecs-1,order,CS1,2026-09-20T10:05:00+08:00,ecs,cn-north-4,unavailable,"
        "platform,CNY,2026-10-02T09:00:00+08:00,2026-10-01T00:00:00+08:00,"
        "2026-10-01T02:00:00+08:00,compensated,platform_fault,compensation.amount,"
        "2026-10-01T00:00:00+08:00,2026-10-01T02:00:00+08:00,7200,100.00,2642099,3.27012727,100,"
        "27.25,0.00,standard,");
}

static void a_compensation_from_a_usage_day(void **state)
{
    struct sample s;

    (void)state;
    sample_make(&s);
    s.basis.kind = BASIS_USAGE;
    s.basis.order = NULL;
    s.basis.usage = &s.usage;
    s.basis.basis_id = span_of("2026-10-01");
    s.basis.starts_at = at("2026-10-01 00:00:00");
    s.basis.basis_seconds = SECONDS_PER_DAY;
    s.basis.cost = amount("3.4567890000");
    s.compensation.daily_cost = amount("3.456789");
    s.compensation.reason = COMPENSATION_CAPPED;
    s.compensation.capped = amount("1.5");
    s.compensation.origin_period = 2026 * 12 + 7;
    check_compensation(
        &s.compensation,
        "cl-1,acct-1,inc-1,ecs-1,usage,2026-10-01,2026-10-01T00:00:00+08:00,ecs,cn-north-4,"
        "unavailable,platform,CNY,2026-10-02T09:00:00+08:00,2026-10-01T00:00:00+08:00,"
        "2026-10-01T02:00:00+08:00,compensated,capped,compensation.amount,"
        "2026-10-01T00:00:00+08:00,2026-10-01T02:00:00+08:00,7200,3.456789,86400,3.45678900,100,"
        "27.25,1.50,standard,2026-08");
}

static void a_denied_or_deferred_claim(void **state)
{
    struct sample s;

    (void)state;
    sample_make(&s);
    s.compensation.basis = NULL;
    s.compensation.decision = DECISION_DEFERRED;
    s.compensation.reason = COMPENSATION_FAULT_NOT_RECTIFIED;
    s.incident.rectified_at = INSTANT_NONE;
    s.incident.region = (struct span){0};
    check_compensation(&s.compensation,
                       "cl-1,acct-1,inc-1,ecs-1,,,,ecs,,unavailable,platform,,"
                       "2026-10-02T09:00:00+08:00,2026-10-01T00:00:00+08:00,,deferred,"
                       "fault_not_rectified,compensation.application,,,,,,,,,,standard,");
    s.compensation.incident = NULL;
    s.compensation.terms = NULL;
    s.compensation.decision = DECISION_DENIED;
    s.compensation.reason = COMPENSATION_UNKNOWN_INCIDENT;
    s.claim.resource_id = (struct span){0};
    check_compensation(&s.compensation,
                       "cl-1,acct-1,inc-1,,,,,,,,,,2026-10-02T09:00:00+08:00,,,denied,"
                       "unknown_incident,compensation.application,,,,,,,,,,,");
}

static void check_reward(const struct reward_entry *entry, const char *row)
{
    check_row(&ledger_rewards, entry,
              "filing_id,account_id,order_id,tier,decision,reason,clause,currency,amount,"
              "approved_at,recharge_by,valid_until,policy_version,origin_period",
              row);
}

static void rewards(void **state)
{
    struct sample s;

    (void)state;
    sample_make(&s);
    check_reward(&s.reward, "icp-1,acct-1,CS1,vip,granted,eligible,reward.conditions,CNY,200.00,"
                            "2026-10-05T12:00:00+08:00,2026-10-12T12:00:00+08:00,"
                            "2027-10-05T12:00:00+08:00,standard,");
    s.reward.decision = DECISION_DENIED;
    s.reward.reason = REWARD_ABANDONED;
    s.reward.origin_period = 2026 * 12;
    check_reward(&s.reward, "icp-1,acct-1,CS1,vip,denied,abandoned,reward.conditions,,,"
                            "2026-10-05T12:00:00+08:00,,,standard,2026-01");
    s.reward.decision = DECISION_PENDING;
    s.reward.reason = REWARD_NOT_COMPLETED;
    s.reward.origin_period = PERIOD_NONE;
    s.reward.account = NULL;
    s.reward.order = NULL;
    s.filing.approved_at = INSTANT_NONE;
    check_reward(&s.reward, "icp-1,acct-1,CS1,,pending,not_completed,reward.conditions,,,,,,,");
}

static void tickets(void **state)
{
    static const char HEADER[] = "ticket_id,account_id,category,scope,opened_at";
    struct sample s;
    struct ticket_entry entry = {&s.ticket, true};

    (void)state;
    sample_make(&s);
    check_row(&ledger_tickets, &entry, HEADER,
              "t-1,acct-1,system_fault,in_scope,2026-10-06T08:00:00+08:00");
    s.ticket.category = TICKET_CODE_DEVELOPMENT;
    entry.in_scope = false;
    check_row(&ledger_tickets, &entry, HEADER,
              "t-1,acct-1,code_development,out_of_scope,2026-10-06T08:00:00+08:00");
}

static void account_totals(void **state)
{
    static const char HEADER[] =
        "account_id,name,currency,refunds,refund_total,refund_cash_total,"
        "refund_flexi_coupon_total,compensations,compensation_total,rewards,reward_total,total";
    struct account_total total = {
        .account_id = span_of("acct-1"),
        .name = span_of("=Acme, \"Ltd\""),
        .currency = currency_find(span_of("KWD")),
        .refunds = 2,
        .compensations = 3,
        .refund_total = amount("1.5"),
        .refund_cash_total = amount("1"),
        .refund_flexi_coupon_total = amount("0.5"),
        .compensation_total = amount("2.125"),
        .total = amount("3.625"),
    };

    (void)state;
    check_row(&ledger_accounts, &total, HEADER,
              "acct-1,\"'=Acme, \"\"Ltd\"\"\",KWD,2,1.500,1.000,0.500,3,2.125,0,0.000,3.625");
    total.name = (struct span){0};
    check_row(&ledger_accounts, &total, HEADER,
              "acct-1,,KWD,2,1.500,1.000,0.500,3,2.125,0,0.000,3.625");
}

static void rejects(void **state)
{
    static const char HEADER[] = "input,file,line,column,reason,record";
    struct reject reject = {
        .position = {.line = 1042},
        .input = INPUT_ORDERS,
        .reason = REJECT_BAD_NUMBER,
        .column = "cash_paid",
        .record = span_of("CS1,\"12,5O\",\xFF"),
    };
    struct reject_entry entry = {&reject, "orders-1.csv.gz"};

    (void)state;
    check_row(&ledger_rejects, &entry, HEADER,
              "orders,orders-1.csv.gz,1042,cash_paid,bad_number,"
              "\"CS1,\"\"12,5O\"\",\xEF\xBF\xBD\"");
    reject.column = "";
    reject.reason = REJECT_WRONG_FIELD_COUNT;
    reject.record = span_of("-x");
    entry.file = "orders-\xE9.csv";
    check_row(&ledger_rejects, &entry, HEADER,
              "orders,orders-\xEF\xBF\xBD.csv,1042,,wrong_field_count,'-x");
}

static void controls(void **state)
{
    static const char HEADER[] = "scope,name,currency,count,amount";
    struct control control = {
        .scope = "refunds",
        .name = "approved",
        .currency = currency_find(span_of("CNY")),
        .has_count = true,
        .has_amount = true,
        .count = 3,
        .amount = amount("12.5"),
    };

    (void)state;
    check_row(&ledger_controls, &control, HEADER, "refunds,approved,CNY,3,12.50");
    control.currency = CURRENCY_NONE;
    control.has_amount = false;
    check_row(&ledger_controls, &control, HEADER, "refunds,approved,,3,");
}

static void every_column_has_a_heading_and_a_width(void **state)
{
    static const struct ledger *const LEDGERS[] = {
        &ledger_refunds,  &ledger_compensations, &ledger_rewards,  &ledger_tickets,
        &ledger_accounts, &ledger_rejects,       &ledger_controls,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(LEDGERS) / sizeof(LEDGERS[0]); i++) {
        assert_true(LEDGERS[i]->column_count <= LEDGER_COLUMNS_MAX);
        for (int j = 0; j < LEDGERS[i]->column_count; j++) {
            const struct ledger_column *column = &LEDGERS[i]->columns[j];

            assert_true(column->heading[0] != '\0' && column->width > 0);
            assert_true(column->kind != CELL_EMPTY && column->get != NULL);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_partial_refund),
        cmocka_unit_test(a_full_refund),
        cmocka_unit_test(a_denied_or_deferred_refund),
        cmocka_unit_test(a_compensation_from_an_order),
        cmocka_unit_test(a_compensation_from_a_usage_day),
        cmocka_unit_test(a_denied_or_deferred_claim),
        cmocka_unit_test(rewards),
        cmocka_unit_test(tickets),
        cmocka_unit_test(account_totals),
        cmocka_unit_test(rejects),
        cmocka_unit_test(controls),
        cmocka_unit_test(every_column_has_a_heading_and_a_width),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
