/*
 * Owns the reward rules. Knows nothing of where filings come from or where entries go.
 */
#include "policy/reward.h"

#include <assert.h>

#include "policy/text_index.h"

static bool subscribed_host(const struct filing_case *filing, const struct terms *terms)
{
    const struct order *order = filing->order == NULL ? NULL : filing->order->order;

    return order != NULL && span_equal(order->account_id, filing->filing->account_id) &&
           order->billing_mode == BILLING_PREPAID &&
           (order->term_unit == TERM_MONTH || order->term_unit == TERM_YEAR) &&
           terms_host_service(terms, order->service);
}

/* The account's orders by resource, so that many filings don't each look at all of them. */
static int index_services(struct text_index *services, const struct account_case *account)
{
    if (text_index_open(services, account->order_count) != 0)
        return -1;
    for (size_t i = 0; i < account->order_count; i++)
        text_index_add(services, account->orders[i]->order->resource_id, (uint32_t)i);
    return 0;
}

/* Whether a prepaid order of the account and resource serves at the instant. */
static bool in_service(const struct account_case *account, const struct text_index *services,
                       struct span resource_id, int64_t instant)
{
    struct text_search search = text_index_search(services, resource_id);
    uint32_t number = 0;

    while (text_search_next(&search, &number)) {
        const struct order_state *state = account->orders[number];

        if (state->order->billing_mode == BILLING_PREPAID && state->order->starts_at <= instant &&
            instant < order_service_end(state) &&
            span_equal(state->order->resource_id, resource_id))
            return true;
    }
    return false;
}

static bool abandoned(const struct filing *filing, const struct terms *terms)
{
    return filing->submitted_at == INSTANT_NONE ||
           filing->submitted_at - filing->started_at >=
               (int64_t)terms->abandoned_days * SECONDS_PER_DAY;
}

static enum reward_reason judge(const struct account_case *account,
                                const struct text_index *services, const struct filing_case *filing,
                                const struct terms *terms, bool rewarded)
{
    const struct filing *facts = filing->filing;

    if (filing->source_rejected)
        return REWARD_SOURCE_REJECTED;
    if (account->account == NULL)
        return REWARD_UNKNOWN_ACCOUNT;
    if (!facts->first_filing)
        return REWARD_NOT_FIRST_FILING;
    if (!facts->for_website)
        return REWARD_NOT_A_WEBSITE;
    if (!subscribed_host(filing, terms))
        return REWARD_NO_SUBSCRIBED_HOST;
    if (!in_service(account, services, filing->order->order->resource_id, facts->approved_at))
        return REWARD_SERVICE_ENDED;
    if (decimal_compare(account->account->recharge_total, terms->recharge_over) <= 0)
        return REWARD_RECHARGE_TOO_LOW;
    if (abandoned(facts, terms))
        return REWARD_ABANDONED;
    return rewarded ? REWARD_ALREADY_REWARDED : REWARD_ELIGIBLE;
}

static void grant(struct reward_entry *entry, int utc_offset_seconds)
{
    const struct terms *terms = entry->terms;
    const int64_t approved_at = entry->filing->approved_at;

    entry->decision = DECISION_GRANTED;
    entry->amount = terms->reward_amount[entry->account->tier];
    entry->recharge_by = approved_at + (int64_t)terms->recharge_within_days * SECONDS_PER_DAY;
    entry->valid_until = civil_add_years(approved_at, terms->valid_years, utc_offset_seconds);
}

int reward_settle(const struct settlement *settlement, const struct account_case *account,
                  const struct reward_sink *sink)
{
    struct text_index services = {0};
    bool rewarded = account->rewarded;
    int status = -1;

    if (account->filing_count > 0 && index_services(&services, account) != 0)
        return -1;
    for (size_t i = 0; i < account->filing_count; i++) {
        const struct filing_case *filing = &account->filings[i];
        const int64_t approved_at = filing->filing->approved_at;
        struct reward_entry entry = {
            .filing = filing->filing,
            .account = account->account,
            .order = filing->order == NULL ? NULL : filing->order->order,
            .decision = DECISION_PENDING,
            .reason = REWARD_NOT_COMPLETED,
            .origin_period = PERIOD_NONE,
        };

        if (approved_at != INSTANT_NONE) {
            entry.terms = policy_terms_at(settlement->policy, approved_at);
            entry.origin_period = settlement_origin(settlement, approved_at);
            assert(entry.terms != NULL);
            entry.reason = judge(account, &services, filing, entry.terms, rewarded);
            entry.decision =
                entry.reason == REWARD_SOURCE_REJECTED ? DECISION_DEFERRED : DECISION_DENIED;
        }
        if (entry.reason == REWARD_ELIGIBLE) {
            grant(&entry, settlement->policy->utc_offset_seconds);
            rewarded = true;
        }
        if (sink->entry(sink->context, &entry) != 0)
            goto done;
    }
    status = 0;
done:
    text_index_release(&services);
    return status;
}
