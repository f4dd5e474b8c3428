/*
 * Owns the telling of reward decisions (policy.md, "ICP licence reward"). Decides nothing.
 */
#include "policy/explain.h"

struct walk {
    struct notebook *book;
    const struct explained_reward *it;
    struct explanation *out;
    bool decided;
};

static void tell(struct walk *walk, const char *number, enum reward_reason reason, const char *rule,
                 bool holds, struct span saw, struct span needed)
{
    struct explained_check check = {.number = number,
                                    .code = reward_reason(reason)->code,
                                    .rule = rule,
                                    .outcome = CHECK_NOT_REACHED};

    if (!walk->decided) {
        check.saw = saw;
        check.outcome = holds ? CHECK_PASSED : CHECK_DECIDED;
        if (!holds) {
            walk->decided = true;
            walk->out->reason = reward_reason(reason);
            walk->out->needed = needed;
        }
    }
    explanation_check(walk->out, &check);
}

static void tell_sources(struct walk *walk)
{
    const struct filing_case *filing = walk->it->filing;
    const struct account *account = walk->it->account->account;
    const struct span approved = note_instant(walk->book, filing->filing->approved_at);

    tell(walk, "0", REWARD_NOT_COMPLETED, "the filing is approved",
         filing->filing->approved_at != INSTANT_NONE,
         note_text(walk->book, "approved_at %.*s", SPAN_ARGUMENTS(approved)),
         note_text(walk->book, "An approval: a later export brings the filing again."));
    tell(walk, "1", REWARD_SOURCE_REJECTED, "no row of the order or the account is bad",
         !filing->source_rejected,
         note_text(walk->book, "rejected rows of the order, its resource or the account: %s",
                   filing->source_rejected ? "at least one stands in for what is missing" : "none"),
         note_text(walk->book, "The rejected rows must be mended in the exports; the filing waits, "
                               "and is judged again in the next period."));
    tell(walk, "2", REWARD_UNKNOWN_ACCOUNT, "the account is in the accounts export",
         account != NULL,
         note_text(walk->book, "account %.*s %s", SPAN_ARGUMENTS(filing->filing->account_id),
                   account != NULL ? "is there" : "is not there"),
         note_text(walk->book, "An accepted row of the account in the accounts export."));
}

static void tell_filing(struct walk *walk)
{
    const struct filing *filing = walk->it->filing->filing;

    tell(walk, "3", REWARD_NOT_FIRST_FILING, "it is the customer's first filing",
         filing->first_filing,
         note_text(walk->book, "first_filing %s", filing->first_filing ? "true" : "false"),
         note_text(walk->book, "A first filing: later ones earn nothing."));
    tell(walk, "4", REWARD_NOT_A_WEBSITE, "the host is used for a website", filing->for_website,
         note_text(walk->book, "for_website %s", filing->for_website ? "true" : "false"),
         note_text(walk->book, "A filing for a website."));
}

static bool is_subscription(const struct walk *walk, const struct order *order)
{
    return order != NULL && span_equal(order->account_id, walk->it->filing->filing->account_id) &&
           order->billing_mode == BILLING_PREPAID &&
           (order->term_unit == TERM_MONTH || order->term_unit == TERM_YEAR) &&
           terms_host_service(walk->it->entry.terms, order->service);
}

static void tell_host(struct walk *walk, const struct order *order)
{
    struct span saw = {"", 0};

    if (walk->decided)
        saw = (struct span){"", 0};
    else if (order == NULL)
        saw = note_text(walk->book, "order %.*s has no accepted row",
                        SPAN_ARGUMENTS(walk->it->filing->filing->order_id));
    else
        saw = note_text(walk->book, "order %.*s of account %.*s: %s, %d %s, service %.*s",
                        SPAN_ARGUMENTS(order->order_id), SPAN_ARGUMENTS(order->account_id),
                        enum_billing_mode.names[order->billing_mode], (int)order->term_count,
                        enum_term_unit.names[order->term_unit], SPAN_ARGUMENTS(order->service));
    tell(walk, "5", REWARD_NO_SUBSCRIBED_HOST,
         "the order is the account's monthly or yearly subscription of a host",
         !walk->decided && is_subscription(walk, order), saw,
         note_text(walk->book, "An accepted prepaid order of this account, with a term in months "
                               "or years, for one of the host services of the policy file."));
}

static void tell_service(struct walk *walk, const struct order *order)
{
    const struct account_case *account = walk->it->account;
    const int64_t approved_at = walk->it->filing->filing->approved_at;
    const struct order_state *serving = NULL;
    int64_t latest = INSTANT_NONE;
    struct span saw = {"", 0};

    for (size_t i = 0; i < account->order_count && order != NULL && !walk->decided; i++) {
        const struct order_state *state = account->orders[i];

        if (state->order->billing_mode != BILLING_PREPAID ||
            !span_equal(state->order->resource_id, order->resource_id))
            continue;
        if (order_service_end(state) > latest)
            latest = order_service_end(state);
        if (state->order->starts_at <= approved_at && approved_at < order_service_end(state))
            serving = state;
    }
    if (serving != NULL) {
        const struct span from = note_instant(walk->book, serving->order->starts_at);
        const struct span to = note_instant(walk->book, order_service_end(serving));

        saw = note_text(walk->book, "order %.*s serves from %.*s to %.*s",
                        SPAN_ARGUMENTS(serving->order->order_id), SPAN_ARGUMENTS(from),
                        SPAN_ARGUMENTS(to));
        explanation_source(walk->out, INPUT_ORDERS, serving->order);
    } else if (order != NULL && !walk->decided) {
        const struct span to = note_instant(walk->book, latest);

        saw = note_text(walk->book,
                        "no order of resource %.*s serves at approved_at; the last "
                        "service ends at %.*s",
                        SPAN_ARGUMENTS(order->resource_id), SPAN_ARGUMENTS(to));
    }
    tell(walk, "6", REWARD_SERVICE_ENDED, "the host was in service when the filing was approved",
         serving != NULL, saw,
         note_text(walk->book, "An order of the same resource in service at the approval: not "
                               "expired, released or refunded."));
}

static void tell_account(struct walk *walk)
{
    const struct filing *filing = walk->it->filing->filing;
    const struct account *account = walk->it->account->account;
    const struct terms *terms = walk->it->entry.terms;
    struct span over = {"", 0};
    struct span total = {"", 0};
    struct span lay = {"", 0};
    bool enough = false;
    bool in_time = false;

    if (!walk->decided) {
        over = note_money(walk->book, terms->reward_currency, terms->recharge_over);
        total = note_decimal(walk->book, account->recharge_total, 0);
        enough = decimal_compare(account->recharge_total, terms->recharge_over) > 0;
        in_time = filing->submitted_at != INSTANT_NONE &&
                  filing->submitted_at - filing->started_at <
                      (int64_t)terms->abandoned_days * SECONDS_PER_DAY;
        lay = filing->submitted_at == INSTANT_NONE
                  ? span_of("never submitted")
                  : note_duration(walk->book, filing->submitted_at - filing->started_at);
    }
    tell(walk, "7", REWARD_RECHARGE_TOO_LOW, "the accumulated recharge exceeds the threshold",
         enough,
         note_text(walk->book, "recharge_total %.*s, threshold %.*s", SPAN_ARGUMENTS(total),
                   SPAN_ARGUMENTS(over)),
         note_text(walk->book, "A recharge_total above %.*s.", SPAN_ARGUMENTS(over)));
    tell(walk, "8", REWARD_ABANDONED, "the customer did not let the filing lie", in_time,
         note_text(walk->book, "from start to submission: %.*s; less than %d x 24 hours is asked",
                   SPAN_ARGUMENTS(lay), terms == NULL ? 0 : terms->abandoned_days),
         note_text(walk->book, "A submission less than %d days after the start.",
                   terms == NULL ? 0 : terms->abandoned_days));
    tell(walk, "9", REWARD_ALREADY_REWARDED, "the account has never had the reward",
         !walk->it->rewarded_before,
         walk->it->rewarded_by.size > 0
             ? note_text(walk->book, "filing %.*s, decided before in this period, had it",
                         SPAN_ARGUMENTS(walk->it->rewarded_by))
             : note_text(walk->book, "%s",
                         walk->it->rewarded_before ? "an earlier period granted it"
                                                   : "never granted"),
         note_text(walk->book, "An account without the reward: it is given once, ever."));
}

static void tell_grant(struct walk *walk)
{
    const struct reward_entry *entry = &walk->it->entry;
    const struct terms *terms = entry->terms;
    const struct span money = note_money(walk->book, terms->reward_currency, entry->amount);
    const struct span by = note_instant(walk->book, entry->recharge_by);
    const struct span until = note_instant(walk->book, entry->valid_until);
    const char *tier = enum_tier.names[entry->account->tier];
    struct explained_step amount = {.name = "amount", .result = money};
    struct explained_step recharge = {.name = "recharge_by", .result = by};
    struct explained_step valid = {.name = "valid_until", .result = until};

    amount.formula = note_text(walk->book, "the reward of tier %s", tier);
    recharge.formula =
        note_text(walk->book, "approved_at + %d x 24 hours", terms->recharge_within_days);
    valid.formula = note_text(walk->book, "approved_at + %d calendar year%s", terms->valid_years,
                              terms->valid_years == 1 ? "" : "s");
    explanation_step(walk->out, &amount);
    explanation_step(walk->out, &recharge);
    explanation_step(walk->out, &valid);
    walk->out->headline =
        note_text(walk->book, "%.*s granted: %s.", SPAN_ARGUMENTS(money), walk->out->reason->text);
}

void explain_reward(struct notebook *book, const struct settlement *settlement,
                    const struct explained_reward *reward, struct explanation *explanation)
{
    const struct filing *filing = reward->filing->filing;
    const struct order *order = reward->filing->order == NULL ? NULL : reward->filing->order->order;
    struct walk walk = {.book = book, .it = reward, .out = explanation};

    (void)settlement;
    *explanation = (struct explanation){
        .ledger = "rewards",
        .id = filing->filing_id,
        .account_id = filing->account_id,
        .decision = reward->entry.decision,
        .policy_version = reward->entry.terms == NULL ? "" : reward->entry.terms->name,
    };
    explanation_source(explanation, INPUT_FILINGS, filing);
    explanation_source(explanation, INPUT_ACCOUNTS, reward->account->account);
    explanation_source(explanation, INPUT_ORDERS, order);
    tell_sources(&walk);
    tell_filing(&walk);
    tell_host(&walk, order);
    tell_service(&walk, order);
    tell_account(&walk);
    if (walk.decided) {
        explanation->headline = note_text(book, "%s: %s.",
                                          explanation->decision == DECISION_DEFERRED  ? "Deferred"
                                          : explanation->decision == DECISION_PENDING ? "Pending"
                                                                                      : "Denied",
                                          explanation->reason->text);
    } else {
        explanation->reason = reward_reason(REWARD_ELIGIBLE);
        if (explanation->decision == DECISION_GRANTED)
            tell_grant(&walk);
    }
    explanation->clause = clause_find(explanation->reason->clause);
}
