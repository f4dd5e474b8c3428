#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "policy/clause.h"
#include "policy/ledger.h"
#include "policy/reason.h"
#include "policy/records.h"

/* The orders of policy.md's three tables: which reason wins is never an accident. */
static const char *const REFUND_ORDER[] = {
    "source_rejected", "unknown_order",          "account_mismatch", "before_purchase",
    "pay_per_use",     "labelled_nonrefundable", "already_refunded", "grace_or_retention",
    "not_covered",     "within_five_days",       "after_five_days",  "full_refund_quota_used",
};
static const char *const COMPENSATION_ORDER[] = {
    "source_rejected",
    "unknown_incident",
    "force_majeure",
    "unexpected_event",
    "service_maintenance",
    "carrier_fault",
    "internet_backbone",
    "attack_or_virus",
    "user_environment",
    "credential_loss",
    "user_negligence",
    "terms_violation",
    "unforeseeable",
    "not_under_sla",
    "before_fault",
    "fault_not_rectified",
    "claim_too_late",
    "source_rejected",
    "unknown_resource",
    "not_affected",
    "already_compensated",
    "platform_fault",
    "capped",
};
static const char *const REWARD_ORDER[] = {
    "not_completed", "source_rejected",    "unknown_account", "not_first_filing",
    "not_a_website", "no_subscribed_host", "service_ended",   "recharge_too_low",
    "abandoned",     "already_rewarded",   "eligible",
};

static void check(const struct reason *reason, const char *code)
{
    assert_string_equal(reason->code, code);
    assert_non_null(clause_find(reason->clause));
    assert_true(strlen(reason->text) > 10);
}

static void test_codes_stand_in_the_order_of_the_checks(void **state)
{
    (void)state;
    assert_int_equal(REFUND_REASON_COUNT, sizeof(REFUND_ORDER) / sizeof(REFUND_ORDER[0]));
    for (int i = 0; i < REFUND_REASON_COUNT; i++)
        check(refund_reason((enum refund_reason)i), REFUND_ORDER[i]);

    assert_int_equal(COMPENSATION_REASON_COUNT,
                     sizeof(COMPENSATION_ORDER) / sizeof(COMPENSATION_ORDER[0]));
    for (int i = 0; i < COMPENSATION_REASON_COUNT; i++)
        check(compensation_reason((enum compensation_reason)i), COMPENSATION_ORDER[i]);

    assert_int_equal(REWARD_REASON_COUNT, sizeof(REWARD_ORDER) / sizeof(REWARD_ORDER[0]));
    for (int i = 0; i < REWARD_REASON_COUNT; i++)
        check(reward_reason((enum reward_reason)i), REWARD_ORDER[i]);
}

static void test_every_excluded_cause_has_its_reason(void **state)
{
    (void)state;
    for (int cause = CAUSE_PLATFORM + 1; cause < CAUSE_END; cause++) {
        const struct reason *reason = compensation_reason(
            (enum compensation_reason)(COMPENSATION_FORCE_MAJEURE + cause - CAUSE_FORCE_MAJEURE));

        assert_string_equal(reason->code, enum_cause.names[cause]);
        assert_string_equal(reason->clause, "compensation.exclusions");
    }
}

static void test_decisions(void **state)
{
    (void)state;
    assert_string_equal(decision_name(DECISION_NONE), "");
    assert_string_equal(decision_name(DECISION_FULL), "full");
    assert_string_equal(decision_name(DECISION_PARTIAL), "partial");
    assert_string_equal(decision_name(DECISION_COMPENSATED), "compensated");
    assert_string_equal(decision_name(DECISION_GRANTED), "granted");
    assert_string_equal(decision_name(DECISION_DENIED), "denied");
    assert_string_equal(decision_name(DECISION_DEFERRED), "deferred");
    assert_string_equal(decision_name(DECISION_PENDING), "pending");
    assert_true(decision_approves(DECISION_FULL) && decision_approves(DECISION_GRANTED));
    assert_false(decision_approves(DECISION_NONE) || decision_approves(DECISION_DENIED) ||
                 decision_approves(DECISION_DEFERRED) || decision_approves(DECISION_PENDING));
}

static void test_clauses(void **state)
{
    (void)state;
    assert_null(clause_find("refund"));
    assert_null(clause_find(""));
    for (size_t i = 0; i < clause_count; i++) {
        const struct clause *clause = &clauses[i];

        assert_ptr_equal(clause_find(clause->id), clause);
        assert_true(clause->title[0] != '\0');
        /* A clause is the policy's, or an interpretation, or both. */
        assert_true(clause->words[0] != '\0' || clause->interpretation[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes_stand_in_the_order_of_the_checks),
        cmocka_unit_test(test_every_excluded_cause_has_its_reason),
        cmocka_unit_test(test_decisions),
        cmocka_unit_test(test_clauses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
