/*
 * Makes a month's worth of entries out of a seed, and writes the workbook and the CSV ledgers from
 * them: what the tests of the workbook compare. For test_workbook.c alone.
 */
#ifndef TESTS_WRITERS_WORKBOOK_SAMPLE_H
#define TESTS_WRITERS_WORKBOOK_SAMPLE_H

#include <assert.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch/file_digest.h"
#include "batch/folder.h"
#include "policy/refund.h"
#include "writers/csv.h"
#include "writers/workbook.h"

struct sample {
    uint64_t seed;
    int accounts;
    int requests_max; /* of an account */
    const char *currencies[3];
    int currency_count;
    enum rounding rounding;
    enum usage_unit usage_unit;
    bool hostile; /* texts, and amounts of many digits */
    bool late;
    bool wrong_refund; /* an amount that does not follow from its row */
    int rejects;
    bool restatement;
    uint32_t sheet_rows_max;
    uint64_t book_rows_max;
    bool csv;      /* writes the CSV ledgers too */
    bool sections; /* makes rows in sections, by turns in one of two */
};

enum { OFFSET = 8 * 3600, ORDERS_MAX = 64, TEXTS = 16 };

static const char *const HOSTILE[TEXTS] = {
    "=1+1",
    "+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "'quoted",
    "_x0041_",
    "_x005F_x0041_",
    "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xE2\x80\xAE right to left",
    "\xF0\x9F\x98\x80 emoji \xF0\x9F\x87\xA8\xF0\x9F\x87\xB3",
    "  spaces at both ends  ",
    "\xEF\xBF\xBE\xEF\xBF\xBF not characters",
    "a,b;\"c\"\td",
    "line\r\nbreak\rand\nmore",
    "<tag>&amp;&#10;</tag>",
    "1e5",
    "00123",
    "2026-10-03",
};

struct maker {
    const struct sample *sample;
    uint64_t state;
    struct policy *policy;
    struct audit_workbook *book;
    struct workbook_section *sections[2];
    uint64_t shown;
    uint64_t in_sections;
    struct csv_writer *csv[6];
    struct account_total totals[3];
    struct error *err;
    char account_id[300];
    int compensations;
    int sequence;
};

enum { CSV_REFUNDS, CSV_COMPENSATIONS, CSV_REWARDS, CSV_TICKETS, CSV_ACCOUNTS, CSV_REJECTS };

/* An entry, in a section of its own where it may; what a section fills is compressed a round later.
 */
static int show(struct maker *maker, enum workbook_entry_kind kind, const void *entry)
{
    const struct workbook_entry shown = {kind, entry};
    struct workbook_section *section = maker->sections[maker->shown++ % 2];

    if (section == NULL || !workbook_section_fits(section, 1))
        return audit_workbook_entry(maker->book, &shown, maker->err);
    maker->in_sections++;
    return workbook_section_compress(section, maker->err) != 0 ||
                   workbook_section_plan(section, &shown, 1, maker->err) != 0 ||
                   workbook_section_make(section, &shown, maker->err) != 0 ||
                   workbook_section_append(section, maker->err) != 0
               ? -1
               : 0;
}

static uint64_t draw(struct maker *maker, uint64_t below)
{
    maker->state ^= maker->state << 13;
    maker->state ^= maker->state >> 7;
    maker->state ^= maker->state << 17;
    return below == 0 ? 0 : maker->state % below;
}

static struct decimal minor(uint64_t value, int digits)
{
    struct decimal result = {(int128)value};

    for (int i = digits; i < DECIMAL_DIGITS; i++)
        result.units *= 10;
    return result;
}

static struct decimal rate(int percent)
{
    return (struct decimal){(int128)percent * DECIMAL_ONE_UNITS / 100};
}

static void make_policy(struct policy *policy, const struct sample *sample)
{
    static const int fees[CATEGORY_COUNT][USAGE_YEARS] = {
        {0, 0, 0}, {10, 0, 0}, {10, 0, 0}, {15, 10, 0}, {15, 10, 5}};
    struct terms *terms = &policy->versions[0];

    policy->utc_offset_seconds = OFFSET;
    policy->version_count = 1;
    snprintf(terms->name, sizeof(terms->name), "standard");
    terms->rounding = sample->rounding;
    terms->usage_unit = sample->usage_unit;
    terms->retention_months = 48;
    terms->full_refund_days = 5;
    terms->full_refunds_per_year = 10;
    for (int i = 0; i < CATEGORY_COUNT; i++)
        for (int year = 0; year < USAGE_YEARS; year++)
            terms->fees[i][year] = (struct fee){rate(fees[i][year]), fees[i][year] != 0};
    terms->times[SCENARIO_UNAVAILABLE] = terms->times[SCENARIO_WEBSITE_INACCESSIBLE] = 100;
    terms->times[SCENARIO_PROVISIONING_FAILURE] = 2;
    terms->times[SCENARIO_CONFIGURATION_FAILURE] = terms->times[SCENARIO_BILLING_ERROR] = 2;
    for (int i = CAUSE_PLATFORM + 1; i < CAUSE_END; i++)
        terms->cause_excluded[i] = true;
    terms->claim_window_days = 7;
    terms->reward_amount[TIER_COMMON] = decimal_from_integer(100);
    terms->reward_amount[TIER_VIP] = decimal_from_integer(200);
    terms->reward_currency = currency_find(span_of("CNY"));
    terms->recharge_over = decimal_from_integer(200);
    terms->abandoned_days = 10;
    terms->recharge_within_days = 7;
    terms->valid_years = 1;
    for (int i = TICKET_PRODUCT_CONSULTATION; i <= TICKET_CONSOLE_FAULT; i++)
        terms->ticket_in_scope[i] = true;
}

static int to_csv(struct maker *maker, int which, const void *entry)
{
    return maker->sample->csv ? csv_writer_row(maker->csv[which], entry, maker->err) : 0;
}

static struct account_total *total_of(struct maker *maker, int currency)
{
    for (int i = 0; i < 3; i++) {
        struct account_total *total = &maker->totals[i];

        if (total->account_id.size == 0) {
            total->account_id = span_of(maker->account_id);
            total->currency = currency;
        }
        if (total->currency == currency)
            return total;
    }
    assert(!"at most three currencies");
    return NULL;
}

static void add(struct decimal *sum, struct decimal amount)
{
    sum->units += amount.units;
}

static int on_refund(void *context, const struct refund_entry *entry)
{
    struct maker *maker = context;
    struct refund_entry wrong = *entry;

    if (maker->sample->wrong_refund && entry->decision == DECISION_PARTIAL) {
        wrong.amount_due.units += DECIMAL_ONE_UNITS;
        wrong.refund.units -= DECIMAL_ONE_UNITS;
        entry = &wrong;
    }
    if (decision_approves(entry->decision)) {
        struct account_total *total = total_of(maker, entry->order->currency);

        total->refunds++;
        add(&total->refund_total, entry->refund);
        add(&total->refund_cash_total, entry->refund_cash);
        add(&total->refund_flexi_coupon_total, entry->refund_flexi_coupon);
        add(&total->total, entry->refund);
    }
    return show(maker, WORKBOOK_REFUND, entry) != 0 || to_csv(maker, CSV_REFUNDS, entry) != 0 ? -1
                                                                                              : 0;
}

static const char *text_for(struct maker *maker, const char *prefix, char *text, size_t size)
{
    maker->sequence++;
    if (maker->sample->hostile && draw(maker, 3) == 0)
        snprintf(text, size, "%s%s-%d", HOSTILE[draw(maker, 11)], prefix, maker->sequence);
    else
        snprintf(text, size, "%s-%06d", prefix, maker->sequence);
    return text;
}

static uint64_t draw_minor(struct maker *maker)
{
    static const uint64_t sizes[] = {100, 1000, 20000, 500000, 30000000, 2000000000};
    uint64_t size = sizes[draw(maker, 6)];

    if (maker->sample->hostile && draw(maker, 40) == 0)
        return draw(maker, UINT64_C(10000000000000000));
    return draw(maker, size);
}

/* A prepaid order, and a request somewhere in the month, sometimes not refundable. */
static void make_order(struct maker *maker, struct order_state *state, struct order *storage,
                       int64_t requested_at, char texts[3][320])
{
    static const int units[] = {TERM_YEAR, TERM_MONTH, TERM_DAY, TERM_HOUR};
    static const char *const services[] = {"ecs", "bms", "obs", "rds", "elb", "hecs"};
    struct order *order = storage;
    int unit = units[draw(maker, 4)];
    int64_t length, age;

    order->order_id = span_of(text_for(maker, "O", texts[0], 320));
    order->account_id = span_of(maker->account_id);
    order->resource_id = span_of(text_for(maker, "R", texts[1], 320));
    order->service = span_of(services[draw(maker, 6)]);
    order->region = span_of("cn-north-4");
    order->currency = currency_find(
        span_of(maker->sample->currencies[draw(maker, (uint64_t)maker->sample->currency_count)]));
    order->cash_paid = minor(draw_minor(maker), currency_digits(order->currency));
    if (draw(maker, 3) == 0)
        order->flexi_coupon_paid = minor(draw_minor(maker), currency_digits(order->currency));
    order->billing_mode = draw(maker, 15) == 0 ? BILLING_PAY_PER_USE : BILLING_PREPAID;
    order->term_unit = unit;
    order->term_count = (int32_t)(unit == TERM_YEAR ? 1 + draw(maker, 3) : 1 + draw(maker, 11));
    length = order->term_count * (int64_t)(unit == TERM_YEAR    ? 365 * 86400
                                           : unit == TERM_MONTH ? 31 * 86400
                                           : unit == TERM_DAY   ? 86400
                                                                : 3600);
    age = draw(maker, 4) == 0 ? (int64_t)draw(maker, 6 * 86400)
                              : (int64_t)draw(maker, (uint64_t)length + (uint64_t)length / 8);
    order->purchased_at = order->starts_at = requested_at - age;
    order->expires_at = order->starts_at + length;
    order->released_at = order->refunded_at = INSTANT_NONE;
    order->refundable = draw(maker, 25) != 0;
    state->order = order;
    state->refund_requested_at = INSTANT_NONE;
}

static int make_refunds(struct maker *maker, const struct settlement *settlement)
{
    static struct order_state states[ORDERS_MAX];
    static struct order orders[ORDERS_MAX];
    static struct refund_request requests[ORDERS_MAX];
    static struct refund_case cases[ORDERS_MAX];
    static char texts[ORDERS_MAX][3][320];
    int count = (int)draw(maker, (uint64_t)maker->sample->requests_max + 1);
    int64_t at = period_start(settlement->period, OFFSET);
    struct account_case account = {.account_id = span_of(maker->account_id),
                                   .requests = cases,
                                   .request_count = (size_t)count};
    struct refund_sink sink = {maker, on_refund};

    memset(states, 0, sizeof(states));
    memset(orders, 0, sizeof(orders));
    memset(cases, 0, sizeof(cases));
    if (maker->sample->late && draw(maker, 10) == 0)
        at -= 86400 * 3;
    for (int i = 0; i < count; i++) {
        at += (int64_t)draw(maker, (uint64_t)(28 * 86400 / count));
        requests[i] = (struct refund_request){span_of(text_for(maker, "Q", texts[i][2], 320)),
                                              span_of(maker->account_id), span_of("O-missing"), at};
        cases[i].request = &requests[i];
        if (draw(maker, 20) == 0)
            continue;
        make_order(maker, &states[i], &orders[i], at, texts[i]);
        requests[i].order_id = orders[i].order_id;
        cases[i].order = &states[i];
    }
    return refund_settle(settlement, &account, &sink);
}

static int make_compensation(struct maker *maker, const struct settlement *settlement)
{
    const struct terms *terms = &settlement->policy->versions[0];
    int64_t start = period_start(settlement->period, OFFSET) + (int64_t)draw(maker, 20 * 86400);
    char claim_id[320], resource_id[320];
    bool usage = draw(maker, 2) == 0;
    int currency = currency_find(
        span_of(maker->sample->currencies[draw(maker, (uint64_t)maker->sample->currency_count)]));
    int digits = currency_digits(currency);
    struct claim claim = {span_of(text_for(maker, "C", claim_id, 320)), span_of(maker->account_id),
                          span_of("I-1"), span_of(text_for(maker, "R", resource_id, 320)),
                          start + 86400};
    struct incident incident = {.incident_id = span_of("I-1"),
                                .service = span_of("ecs"),
                                .started_at = start,
                                .rectified_at = start + 3600,
                                .scenario = 1 + (int)draw(maker, SCENARIO_END - 1),
                                .cause = CAUSE_PLATFORM};
    struct basis basis = {.kind = usage ? BASIS_USAGE : BASIS_ORDER,
                          .resource_id = claim.resource_id,
                          .service = span_of("ecs"),
                          .region = span_of("cn-north-4"),
                          .basis_id = usage ? span_of("2026-10-03") : span_of("O-9"),
                          .basis_seconds = usage ? 86400 : 86400 * (30 + (int64_t)draw(maker, 900)),
                          .starts_at = start - 1000,
                          .currency = currency};
    struct compensation_entry entry = {.claim = &claim,
                                       .incident = &incident,
                                       .terms = terms,
                                       .decision = DECISION_COMPENSATED,
                                       .reason = COMPENSATION_PLATFORM_FAULT,
                                       .origin_period = PERIOD_NONE,
                                       .basis = &basis,
                                       .fault_from = start};
    struct account_total *total;
    bool fits;

    basis.cost = usage ? minor(draw(maker, 100000000), (int)draw(maker, 9) + 2)
                       : minor(draw(maker, 50000000), digits);
    entry.fault_seconds = 1 + (int64_t)draw(maker, 20000);
    entry.fault_to = start + entry.fault_seconds;
    fits =
        decimal_multiply2_divide(basis.cost, terms->times[incident.scenario], entry.fault_seconds,
                                 basis.basis_seconds, digits, terms->rounding, &entry.amount) &&
        decimal_multiply_divide(basis.cost, 86400, basis.basis_seconds, 8, terms->rounding,
                                &entry.daily_cost);
    assert(fits);
    if (draw(maker, 4) == 0) {
        entry.decision = DECISION_DENIED;
        entry.reason = COMPENSATION_CLAIM_TOO_LATE;
        entry.basis = NULL;
        entry.fault_from = entry.fault_to = INSTANT_NONE;
        entry.amount = entry.daily_cost = DECIMAL_ZERO;
        entry.fault_seconds = 0;
    } else {
        total = total_of(maker, currency);
        total->compensations++;
        add(&total->compensation_total, entry.amount);
        add(&total->total, entry.amount);
    }
    return show(maker, WORKBOOK_COMPENSATION, &entry) != 0 ||
                   to_csv(maker, CSV_COMPENSATIONS, &entry) != 0
               ? -1
               : 0;
}

static int make_reward(struct maker *maker, const struct settlement *settlement)
{
    const struct terms *terms = &settlement->policy->versions[0];
    int64_t at = period_start(settlement->period, OFFSET) + (int64_t)draw(maker, 20 * 86400);
    char filing_id[320];
    struct account account = {.account_id = span_of(maker->account_id),
                              .tier = draw(maker, 2) == 0 ? TIER_COMMON : TIER_VIP};
    struct filing filing = {.filing_id = span_of(text_for(maker, "F", filing_id, 320)),
                            .account_id = span_of(maker->account_id),
                            .order_id = span_of("O-1"),
                            .approved_at = at};
    struct reward_entry entry = {.filing = &filing,
                                 .account = &account,
                                 .terms = terms,
                                 .decision = DECISION_GRANTED,
                                 .reason = REWARD_ELIGIBLE,
                                 .origin_period = PERIOD_NONE};
    struct account_total *total;

    if (draw(maker, 3) == 0 || strcmp(maker->sample->currencies[0], "CNY") != 0) {
        entry.decision = DECISION_DENIED;
        entry.reason = REWARD_RECHARGE_TOO_LOW;
        entry.recharge_by = entry.valid_until = INSTANT_NONE;
    } else {
        entry.amount = terms->reward_amount[account.tier];
        entry.recharge_by = at + 7 * 86400;
        entry.valid_until = civil_add_years(at, 1, OFFSET);
        total = total_of(maker, terms->reward_currency);
        total->rewards++;
        add(&total->reward_total, entry.amount);
        add(&total->total, entry.amount);
    }
    return show(maker, WORKBOOK_REWARD, &entry) != 0 || to_csv(maker, CSV_REWARDS, &entry) != 0 ? -1
                                                                                                : 0;
}

static int make_ticket(struct maker *maker, const struct settlement *settlement)
{
    char ticket_id[320];
    struct ticket ticket = {.ticket_id = span_of(text_for(maker, "T", ticket_id, 320)),
                            .account_id = span_of(maker->account_id),
                            .opened_at = period_start(settlement->period, OFFSET) +
                                         (int64_t)draw(maker, 28 * 86400),
                            .category = 1 + (int)draw(maker, TICKET_CATEGORY_END - 1)};
    struct ticket_entry entry = {&ticket,
                                 settlement->policy->versions[0].ticket_in_scope[ticket.category]};

    return show(maker, WORKBOOK_TICKET, &entry) != 0 || to_csv(maker, CSV_TICKETS, &entry) != 0 ? -1
                                                                                                : 0;
}

static int make_account(struct maker *maker, const struct settlement *settlement, int number)
{
    char name[320];

    memset(maker->totals, 0, sizeof(maker->totals));
    snprintf(maker->account_id, sizeof(maker->account_id), "A%07d%s", number,
             maker->sample->hostile ? HOSTILE[number % 11] : "");
    if (make_refunds(maker, settlement) != 0)
        return -1;
    if (draw(maker, 3) == 0 && make_compensation(maker, settlement) != 0)
        return -1;
    if (draw(maker, 6) == 0 && make_reward(maker, settlement) != 0)
        return -1;
    if (draw(maker, 4) == 0 && make_ticket(maker, settlement) != 0)
        return -1;
    snprintf(name, sizeof(name), "%s",
             maker->sample->hostile ? HOSTILE[number % TEXTS] : "Customer");
    for (int i = 0; i < 3 && maker->totals[i].account_id.size > 0; i++) {
        maker->totals[i].name = span_of(name);
        if (show(maker, WORKBOOK_ACCOUNT, &maker->totals[i]) != 0 ||
            to_csv(maker, CSV_ACCOUNTS, &maker->totals[i]) != 0)
            return -1;
    }
    return 0;
}

static int make_rejects(struct maker *maker)
{
    char *record = malloc(100000);
    int status = 0;

    assert(record != NULL);
    memset(record, 'x', 100000);
    for (int i = 0; status == 0 && i < maker->sample->rejects; i++) {
        struct reject reject = {.position = {.line = (uint64_t)i + 2},
                                .input = INPUT_ORDERS,
                                .reason = REJECT_BAD_NUMBER,
                                .column = "cash_paid"};
        struct reject_entry entry = {&reject, "orders.csv"};
        const char *text = HOSTILE[i % TEXTS];

        reject.record = span_of(text);
        if (i == 1)
            reject.record = (struct span){"broken \xC3\x28 \xFF\x00 bytes \x01", 19};
        if (i == 2)
            reject.record = (struct span){record, 100000};
        if (i == 3)
            reject.record = (struct span){record, 32767};
        status = audit_workbook_reject(maker->book, &entry, maker->err);
        if (status == 0)
            status = to_csv(maker, CSV_REJECTS, &entry);
    }
    free(record);
    return status;
}

static int make_restatement(struct maker *maker)
{
    int currency = currency_find(span_of(maker->sample->currencies[0]));
    struct restatement_row row = {
        .ledger = "refunds",
        .account_id = span_of("A1"),
        .event_id = span_of("Q1"),
        .currency = currency,
        .change = (enum restatement_change)1,
        .before = {span_of("partial"), span_of("after_five_days"), true, minor(1010, 2)},
        .after = {span_of("denied"), span_of("pay_per_use"), false, DECIMAL_ZERO},
        .difference = {-minor(1010, 2).units},
        .cause = (enum restatement_cause)1,
    };

    if (!maker->sample->restatement)
        return 0;
    if (audit_workbook_restatement(maker->book, &row, maker->err) != 0)
        return -1;
    row.after = row.before;
    row.after.amount = minor(990, 2);
    row.difference.units = -minor(20, 2).units;
    return audit_workbook_restatement(maker->book, &row, maker->err);
}

static int open_csv(struct maker *maker, const char *folder)
{
    const struct ledger *ledgers[] = {&ledger_refunds, &ledger_compensations, &ledger_rewards,
                                      &ledger_tickets, &ledger_accounts,      &ledger_rejects};
    int fd = open(folder, O_RDONLY | O_DIRECTORY);

    assert(fd >= 0);
    for (int i = 0; i < 6; i++) {
        maker->csv[i] = csv_writer_open(fd, ledgers[i], OFFSET, maker->err);
        if (maker->csv[i] == NULL)
            return -1;
    }
    return fd;
}

static int close_csv(struct maker *maker, int fd)
{
    struct output_summary summary;

    for (int i = 0; i < 6; i++)
        if (csv_writer_commit(maker->csv[i], &summary, maker->err) != 0)
            return -1;
    return close(fd);
}

static void make_closing(struct workbook_closing *closing)
{
    static const struct workbook_input inputs[] = {
        {"accounts", "accounts.csv",
         "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8", 5000, 5000, 0, 0},
        {"orders", "orders-1.csv.gz",
         "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b", 100000, 99990, 7, 3},
        {"orders", "orders-2.csv.gz",
         "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35", 100000, 100000, 0, 0},
        {"refund_requests", "refund_requests.csv",
         "4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce", 12000, 12000, 0, 0},
    };
    static const struct control controls[] = {
        {"orders", "read", CURRENCY_NONE, true, false, 200000, {0}},
        {"orders", "accepted", CURRENCY_NONE, true, false, 199990, {0}},
        {"orders", "rejected", CURRENCY_NONE, true, false, 7, {0}},
        {"orders", "duplicate", CURRENCY_NONE, true, false, 3, {0}},
        {"orders", "accepted_payments", 31, false, true, 0, {INT64_C(1234567890000000000)}},
    };
    static const struct control_identity identities[] = {
        {"orders",
         "rows read",
         "accepted + rejected + duplicate",
         CURRENCY_NONE,
         {INT64_C(2000000000000000)},
         {INT64_C(2000000000000000)}},
        {"refunds.csv = accounts.csv",
         "refunds approved",
         "accounts' refunds",
         31,
         {INT64_C(1234567890000000000)},
         {INT64_C(1234567890000000000)}},
    };

    static struct exposure_row exposure[] = {
        {.incidents = 2,
         .gross = {INT64_C(30000000000)},
         .already = {INT64_C(10000000000)},
         .exposure = {INT64_C(20000000000)}},
    };

    exposure[0].currency = currency_find(span_of("CNY"));
    *closing = (struct workbook_closing){.inputs = inputs,
                                         .input_count = 4,
                                         .controls = controls,
                                         .control_count = 5,
                                         .identities = identities,
                                         .identity_count = 2,
                                         .exposure = exposure,
                                         .exposure_count = 1};
}

static int sum_up_books(const char *folder, struct workbook_result *result, struct error *err)
{
    const int fd = folder_open(AT_FDCWD, folder, err);
    int status = fd < 0 ? -1 : 0;

    for (size_t i = 0; status == 0 && i < result->count; i++)
        status = file_digest_sum_up(fd, &result->summaries[i], err);
    if (fd >= 0)
        close(fd);
    return status;
}

/* Writes into the folder, with temporary files there. */
static int sample_write(const struct sample *sample, const char *folder,
                        struct workbook_result *result, struct error *err)
{
    struct policy *policy = calloc(1, sizeof(*policy));
    struct maker maker = {
        .sample = sample, .state = sample->seed * 2 + 1, .err = err, .policy = policy};
    struct settlement settlement = {policy, 2026 * 12 + 9};
    struct workbook_facts facts = {
        .period = settlement.period,
        .company = "Example Cloud Ltd & Co.",
        .program_version = "0.1.0",
        .policy = policy,
        .policy_file = "standard.conf",
        .policy_sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        .sheet_rows_max = sample->sheet_rows_max,
        .book_rows_max = sample->book_rows_max,
    };
    struct workbook_closing closing;
    int status = -1, fd = -1;

    assert(policy != NULL);
    make_policy(policy, sample);
    make_closing(&closing);
    maker.book = audit_workbook_open(folder, folder, &facts, err);
    if (maker.book == NULL)
        goto done;
    for (int i = 0; sample->sections && i < 2; i++)
        if ((maker.sections[i] = workbook_section_open(maker.book, err)) == NULL)
            goto done;
    if (sample->csv && (fd = open_csv(&maker, folder)) < 0)
        goto done;
    for (int i = 0; i < sample->accounts; i++)
        if (make_account(&maker, &settlement, i) != 0)
            goto done;
    for (int i = 0; i < 2 && maker.sections[i] != NULL; i++)
        if (workbook_section_compress(maker.sections[i], err) != 0)
            goto done;
    assert(!sample->sections || maker.in_sections > maker.shown / 2);
    if (make_rejects(&maker) != 0 || make_restatement(&maker) != 0 ||
        (sample->csv && close_csv(&maker, fd) != 0))
        goto done;
    status = audit_workbook_close(maker.book, &closing, result, err);
    maker.book = NULL;
    if (status == 0)
        status = sum_up_books(folder, result, err);
done:
    for (int i = 0; i < 2; i++)
        workbook_section_close(maker.sections[i]);
    audit_workbook_discard(maker.book);
    free(policy);
    return status;
}

#endif
