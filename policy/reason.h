/*
 * Why a ledger row says what it says: one table a programme, in the order in which the checks are
 * made (policy.md), each with its code, its clause and the words for people.
 */
#ifndef POLICY_REASON_H
#define POLICY_REASON_H

/* X(symbol, code, clause, text) */
#define REFUND_REASONS(X)                                                                          \
    X(REFUND_SOURCE_REJECTED, "source_rejected", "refund.conditions",                              \
      "the row of the order in the orders export is bad; judged again when it is mended")          \
    X(REFUND_UNKNOWN_ORDER, "unknown_order", "refund.conditions",                                  \
      "no order with this id is in the orders export")                                             \
    X(REFUND_ACCOUNT_MISMATCH, "account_mismatch", "refund.conditions",                            \
      "the order belongs to another account")                                                      \
    X(REFUND_BEFORE_PURCHASE, "before_purchase", "refund.conditions",                              \
      "the request is older than the purchase")                                                    \
    X(REFUND_PAY_PER_USE, "pay_per_use", "refund.conditions",                                      \
      "pay-per-use resources and packages are not refundable")                                     \
    X(REFUND_LABELLED_NONREFUNDABLE, "labelled_nonrefundable", "refund.conditions",                \
      "the resource is labelled as non-refundable")                                                \
    X(REFUND_ALREADY_REFUNDED, "already_refunded", "refund.conditions",                            \
      "the order had been refunded before the request")                                            \
    X(REFUND_GRACE_OR_RETENTION, "grace_or_retention", "refund.conditions",                        \
      "the order had expired: its resource is in the grace or retention period")                   \
    X(REFUND_NOT_COVERED, "not_covered", "refund.conditions",                                      \
      "the case is not covered by a refund scenario")                                              \
    X(REFUND_WITHIN_FIVE_DAYS, "within_five_days", "refund.full",                                  \
      "requested within five days of the purchase: refunded in full")                              \
    X(REFUND_AFTER_FIVE_DAYS, "after_five_days", "refund.partial",                                 \
      "requested more than five days after the purchase: refunded less usage and handling fee")    \
    X(REFUND_FULL_REFUND_QUOTA_USED, "full_refund_quota_used", "refund.partial",                   \
      "within five days, but the year's full refunds are used up: refunded less usage and fee")

#define COMPENSATION_REASONS(X)                                                                    \
    X(COMPENSATION_INCIDENT_REJECTED, "source_rejected", "compensation.application",               \
      "the row of the incident in the incidents export is bad; judged again when it is mended")    \
    X(COMPENSATION_UNKNOWN_INCIDENT, "unknown_incident", "compensation.application",               \
      "no incident with this id is in the incidents export")                                       \
    X(COMPENSATION_FORCE_MAJEURE, "force_majeure", "compensation.exclusions",                      \
      "excluded: force majeure, a natural disaster")                                               \
    X(COMPENSATION_UNEXPECTED_EVENT, "unexpected_event", "compensation.exclusions",                \
      "excluded: an unexpected event such as war, power failure or strike")                        \
    X(COMPENSATION_SERVICE_MAINTENANCE, "service_maintenance", "compensation.exclusions",          \
      "excluded: announced service maintenance")                                                   \
    X(COMPENSATION_CARRIER_FAULT, "carrier_fault", "compensation.exclusions",                      \
      "excluded: packet loss or delay caused by a carrier")                                        \
    X(COMPENSATION_INTERNET_BACKBONE, "internet_backbone", "compensation.exclusions",              \
      "excluded: a fault in the Internet backbone")                                                \
    X(COMPENSATION_ATTACK_OR_VIRUS, "attack_or_virus", "compensation.exclusions",                  \
      "excluded: the application was attacked or infected")                                        \
    X(COMPENSATION_USER_ENVIRONMENT, "user_environment", "compensation.exclusions",                \
      "excluded: the user's network or devices")                                                   \
    X(COMPENSATION_CREDENTIAL_LOSS, "credential_loss", "compensation.exclusions",                  \
      "excluded: data, codes or passwords lost or disclosed by the user")                          \
    X(COMPENSATION_USER_NEGLIGENCE, "user_negligence", "compensation.exclusions",                  \
      "excluded: the user's negligence or an operation that the user authorized")                  \
    X(COMPENSATION_TERMS_VIOLATION, "terms_violation", "compensation.exclusions",                  \
      "excluded: the user violated the terms or the law")                                          \
    X(COMPENSATION_UNFORESEEABLE, "unforeseeable", "compensation.exclusions",                      \
      "excluded: an unforeseeable event not caused by the provider")                               \
    X(COMPENSATION_NOT_UNDER_SLA, "not_under_sla", "compensation.application",                     \
      "the incident does not meet the service level agreement's conditions")                       \
    X(COMPENSATION_BEFORE_FAULT, "before_fault", "compensation.application",                       \
      "the claim is older than the fault")                                                         \
    X(COMPENSATION_FAULT_NOT_RECTIFIED, "fault_not_rectified", "compensation.application",         \
      "the fault was not rectified by the end of the period; judged again in the next")            \
    X(COMPENSATION_CLAIM_TOO_LATE, "claim_too_late", "compensation.application",                   \
      "submitted more than seven days after the end of the fault")                                 \
    X(COMPENSATION_BASIS_REJECTED, "source_rejected", "compensation.application",                  \
      "a row of the resource in the orders or usage export is bad; judged again when it is "       \
      "mended")                                                                                    \
    X(COMPENSATION_UNKNOWN_RESOURCE, "unknown_resource", "compensation.application",               \
      "the account has no order or usage of such a resource")                                      \
    X(COMPENSATION_NOT_AFFECTED, "not_affected", "compensation.scope",                             \
      "the incident did not hit the resource while it was in service")                             \
    X(COMPENSATION_ALREADY_COMPENSATED, "already_compensated", "compensation.once",                \
      "every second of the fault had been compensated before")                                     \
    X(COMPENSATION_PLATFORM_FAULT, "platform_fault", "compensation.amount",                        \
      "compensated: cost of the fault duration times the scenario's multiple")                     \
    X(COMPENSATION_CAPPED, "capped", "compensation.amount",                                        \
      "compensated up to the order's actual payment; the rest is withheld")

#define REWARD_REASONS(X)                                                                          \
    X(REWARD_NOT_COMPLETED, "not_completed", "reward.conditions",                                  \
      "the filing is not approved yet")                                                            \
    X(REWARD_SOURCE_REJECTED, "source_rejected", "reward.conditions",                              \
      "the row of the order or of the account is bad; judged again when it is mended")             \
    X(REWARD_UNKNOWN_ACCOUNT, "unknown_account", "reward.conditions",                              \
      "the account is not in the accounts export")                                                 \
    X(REWARD_NOT_FIRST_FILING, "not_first_filing", "reward.conditions",                            \
      "it is not the customer's first filing")                                                     \
    X(REWARD_NOT_A_WEBSITE, "not_a_website", "reward.conditions",                                  \
      "the host is not used for a website")                                                        \
    X(REWARD_NO_SUBSCRIBED_HOST, "no_subscribed_host", "reward.conditions",                        \
      "the order is no monthly or yearly host subscription of the account")                        \
    X(REWARD_SERVICE_ENDED, "service_ended", "reward.conditions",                                  \
      "the host was not in service when the filing was approved")                                  \
    X(REWARD_RECHARGE_TOO_LOW, "recharge_too_low", "reward.conditions",                            \
      "the accumulated recharge amount does not exceed the threshold")                             \
    X(REWARD_ABANDONED, "abandoned", "reward.conditions",                                          \
      "the customer let the filing lie for too long before submitting it")                         \
    X(REWARD_ALREADY_REWARDED, "already_rewarded", "reward.conditions",                            \
      "the account has had the reward")                                                            \
    X(REWARD_ELIGIBLE, "eligible", "reward.conditions",                                            \
      "all conditions are met: the reward is granted")

#define REASON_SYMBOL(symbol, code, clause, text) symbol,

enum refund_reason { REFUND_REASONS(REASON_SYMBOL) REFUND_REASON_COUNT };
enum compensation_reason { COMPENSATION_REASONS(REASON_SYMBOL) COMPENSATION_REASON_COUNT };
enum reward_reason { REWARD_REASONS(REASON_SYMBOL) REWARD_REASON_COUNT };

struct reason {
    const char *code;   /* in the ledgers */
    const char *clause; /* of the policy */
    const char *text;   /* for people */
};

const struct reason *refund_reason(enum refund_reason reason);
const struct reason *compensation_reason(enum compensation_reason reason);
const struct reason *reward_reason(enum reward_reason reason);

#endif
