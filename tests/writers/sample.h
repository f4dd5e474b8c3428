/*
 * What the writers' tests share: a folder of their own, its files as text, and one entry of each
 * kind, from which a test departs.
 */
#ifndef TESTS_WRITERS_SAMPLE_H
#define TESTS_WRITERS_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/ledger.h"

enum { BEIJING = 8 * SECONDS_PER_HOUR };

struct sandbox {
    char path[64];
    int fd;
};

static inline void sandbox_open(struct sandbox *sandbox)
{
    snprintf(sandbox->path, sizeof(sandbox->path), "/tmp/recompense-test-XXXXXX");
    assert_non_null(mkdtemp(sandbox->path));
    sandbox->fd = open(sandbox->path, O_RDONLY | O_DIRECTORY);
    assert_true(sandbox->fd >= 0);
}

/* Removes the named files (NULL ends the list), which must be all there is. */
static inline void sandbox_close(struct sandbox *sandbox, const char *const *files)
{
    for (; *files != NULL; files++)
        assert_int_equal(unlinkat(sandbox->fd, *files, 0), 0);
    assert_int_equal(close(sandbox->fd), 0);
    assert_int_equal(rmdir(sandbox->path), 0);
}

/* The file's bytes and a NUL, to be freed. */
static inline char *sandbox_read(const struct sandbox *sandbox, const char *name, size_t *size)
{
    int fd = openat(sandbox->fd, name, O_RDONLY);
    struct stat status;
    char *bytes;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &status), 0);
    *size = (size_t)status.st_size;
    bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_true(read(fd, bytes, *size) == status.st_size);
    bytes[*size] = '\0';
    close(fd);
    return bytes;
}

static inline void sandbox_write(const struct sandbox *sandbox, const char *name, const void *bytes,
                                 size_t size)
{
    int fd = openat(sandbox->fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_true(write(fd, bytes, size) == (ssize_t)size);
    close(fd);
}

static inline int64_t at(const char *instant)
{
    int64_t seconds;

    assert_int_equal(instant_parse(span_of(instant), BEIJING, &seconds), INSTANT_OK);
    return seconds;
}

static inline struct decimal amount(const char *text)
{
    struct decimal value;

    assert_int_equal(decimal_parse(span_of(text), &value), DECIMAL_OK);
    return value;
}

struct sample {
    struct terms terms;
    struct order order;
    struct refund_request request;
    struct incident incident;
    struct claim claim;
    struct usage usage;
    struct basis basis;
    struct account account;
    struct filing filing;
    struct ticket ticket;
    struct refund_entry refund;             /* partial */
    struct compensation_entry compensation; /* compensated, from an order */
    struct reward_entry reward;             /* granted */
};

static inline void sample_records(struct sample *s)
{
    int32_t cny = currency_find(span_of("CNY"));

    s->terms.usage_unit = USAGE_DAY;
    s->terms.times[SCENARIO_UNAVAILABLE] = 100;
    s->terms.reward_currency = cny;
    snprintf(s->terms.name, sizeof(s->terms.name), "standard");
    s->order = (struct order){
        .order_id = span_of("CS1"),
        .account_id = span_of("acct-1"),
        .resource_id = span_of("ecs-1"),
        .service = span_of("ecs"),
        .region = span_of("cn-north-4"),
        .cash_paid = amount("80"),
        .flexi_coupon_paid = amount("20"),
        .purchased_at = at("2026-09-20 10:00:00"),
        .starts_at = at("2026-09-20 10:05:00"),
        .expires_at = at("2026-10-20 23:59:59"),
        .released_at = INSTANT_NONE,
        .refunded_at = INSTANT_NONE,
        .currency = cny,
        .billing_mode = BILLING_PREPAID,
    };
    s->request = (struct refund_request){span_of("rr-1"), span_of("acct-1"), span_of("CS1"),
                                         at("2026-10-03T11:22:33Z")};
    s->incident = (struct incident){
        .incident_id = span_of("inc-1"),
        .service = span_of("ecs"),
        .region = span_of("cn-north-4"),
        .started_at = at("2026-10-01 00:00:00"),
        .rectified_at = at("2026-10-01 02:00:00"),
        .scenario = SCENARIO_UNAVAILABLE,
        .cause = CAUSE_PLATFORM,
    };
    s->claim = (struct claim){span_of("cl-1"), span_of("acct-1"), span_of("inc-1"),
                              span_of("ecs-1"), at("2026-10-02 09:00:00")};
    s->account = (struct account){.account_id = span_of("acct-1"), .tier = TIER_VIP};
    s->filing = (struct filing){
        .filing_id = span_of("icp-1"),
        .account_id = span_of("acct-1"),
        .order_id = span_of("CS1"),
        .approved_at = at("2026-10-05 12:00:00"),
    };
    s->ticket = (struct ticket){span_of("t-1"), span_of("acct-1"), at("2026-10-06 08:00:00"),
                                TICKET_SYSTEM_FAULT};
    s->basis = (struct basis){
        .kind = BASIS_ORDER,
        .order = &s->order,
        .resource_id = s->order.resource_id,
        .service = s->order.service,
        .region = s->order.region,
        .basis_id = s->order.order_id,
        .cost = amount("100"),
        .basis_seconds = 2642099,
        .starts_at = s->order.starts_at,
        .ends_at = s->order.expires_at,
        .currency = cny,
    };
}

static inline void sample_make(struct sample *s)
{
    memset(s, 0, sizeof(*s));
    sample_records(s);
    s->refund = (struct refund_entry){
        .request = &s->request,
        .order = &s->order,
        .terms = &s->terms,
        .decision = DECISION_PARTIAL,
        .reason = REFUND_AFTER_FIVE_DAYS,
        .category = CATEGORY_MONTHLY,
        .origin_period = PERIOD_NONE,
        .usage_year = 1,
        .used = 13,
        .subscribed = 31,
        .actual_payment = amount("100"),
        .fee_rate = amount("0.1"),
        .amount_due = amount("41.94"),
        .handling_fee = amount("10"),
        .refund = amount("48.06"),
        .refund_cash = amount("38.45"),
        .refund_flexi_coupon = amount("9.61"),
    };
    s->compensation = (struct compensation_entry){
        .claim = &s->claim,
        .incident = &s->incident,
        .terms = &s->terms,
        .decision = DECISION_COMPENSATED,
        .reason = COMPENSATION_PLATFORM_FAULT,
        .origin_period = PERIOD_NONE,
        .basis = &s->basis,
        .fault_from = s->incident.started_at,
        .fault_to = s->incident.rectified_at,
        .fault_seconds = 7200,
        .daily_cost = amount("3.27012727"),
        .amount = amount("27.25"),
    };
    s->reward = (struct reward_entry){
        .filing = &s->filing,
        .account = &s->account,
        .order = &s->order,
        .terms = &s->terms,
        .decision = DECISION_GRANTED,
        .reason = REWARD_ELIGIBLE,
        .origin_period = PERIOD_NONE,
        .amount = amount("200"),
        .recharge_by = at("2026-10-12 12:00:00"),
        .valid_until = at("2027-10-05 12:00:00"),
    };
}

#endif
