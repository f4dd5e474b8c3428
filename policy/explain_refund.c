/*
 * Owns the telling of refund decisions (policy.md, "Refunds"). Decides nothing.
 */
#include "policy/explain.h"

#include "policy/refund.h"

/* One check at work: its line in policy.md's table, whether it holds, what it saw, what it wants.
 */
struct finding {
    const char *number;
    enum refund_reason reason;
    const char *rule;
    bool holds;
    struct span saw;
    struct span needed;
};

struct walk {
    struct notebook *book;
    const struct settlement *settlement;
    const struct explained_refund *refund;
    struct explanation *out;
    bool decided;
    int usage_year;
    bool within_days;
    bool in_full;
};

static void tell(struct walk *walk, const struct finding *finding)
{
    struct explained_check check = {.number = finding->number,
                                    .code = refund_reason(finding->reason)->code,
                                    .rule = finding->rule,
                                    .outcome = CHECK_NOT_REACHED};

    if (!walk->decided) {
        check.saw = finding->saw;
        check.outcome = finding->holds ? CHECK_PASSED : CHECK_DECIDED;
        if (!finding->holds) {
            walk->decided = true;
            walk->out->reason = refund_reason(finding->reason);
            walk->out->needed = finding->needed;
        }
    }
    explanation_check(walk->out, &check);
}

static const struct order *own_order(const struct explained_refund *refund)
{
    return refund->request->order == NULL ? NULL : refund->request->order->order;
}

static void tell_order(struct walk *walk)
{
    const struct explained_refund *refund = walk->refund;
    const struct refund_request *request = refund->request->request;
    const struct order *order = own_order(refund);
    const bool rejected = order == NULL && refund->request->order_rejected;
    struct finding bad = {.number = "0",
                          .reason = REFUND_SOURCE_REJECTED,
                          .rule = "no rejected row stands where the order should",
                          .holds = !rejected};
    struct finding unknown = {.number = "1",
                              .reason = REFUND_UNKNOWN_ORDER,
                              .rule = "the order is in the orders export",
                              .holds = order != NULL};
    struct finding other = {.number = "2",
                            .reason = REFUND_ACCOUNT_MISMATCH,
                            .rule = "the order belongs to the account that asks"};

    bad.saw = note_text(walk->book, "order %.*s: %s", SPAN_ARGUMENTS(request->order_id),
                        order != NULL ? "an accepted row"
                        : rejected    ? "no accepted row, but a rejected one bears this id"
                                      : "no accepted row, and no rejected one either");
    bad.needed =
        note_text(walk->book, "The order's row must be mended in the orders export; the request "
                              "waits, and is judged again in the next period.");
    unknown.saw = note_text(walk->book, "order %.*s %s", SPAN_ARGUMENTS(request->order_id),
                            order != NULL ? "is there" : "is not there");
    unknown.needed = note_text(walk->book, "An accepted row of order %.*s in the orders export.",
                               SPAN_ARGUMENTS(request->order_id));
    tell(walk, &bad);
    tell(walk, &unknown);
    if (order != NULL) {
        other.holds = span_equal(order->account_id, request->account_id);
        other.saw =
            note_text(walk->book, "the order's account is %.*s, the request's %.*s",
                      SPAN_ARGUMENTS(order->account_id), SPAN_ARGUMENTS(request->account_id));
        other.needed = note_text(walk->book, "A request by the order's own account, %.*s.",
                                 SPAN_ARGUMENTS(order->account_id));
    }
    tell(walk, &other);
}

static void tell_product(struct walk *walk)
{
    const int64_t requested_at = walk->refund->request->request->requested_at;
    const struct order *order = own_order(walk->refund);
    struct finding early = {.number = "3",
                            .reason = REFUND_BEFORE_PURCHASE,
                            .rule = "the request is not older than the purchase"};
    struct finding mode = {.number = "4",
                           .reason = REFUND_PAY_PER_USE,
                           .rule = "the order is prepaid, not pay-per-use, no package"};
    struct finding label = {.number = "5",
                            .reason = REFUND_LABELLED_NONREFUNDABLE,
                            .rule = "the order is not labelled as non-refundable"};

    if (order != NULL) {
        const struct span requested = note_instant(walk->book, requested_at);
        const struct span purchased = note_instant(walk->book, order->purchased_at);

        early.holds = requested_at >= order->purchased_at;
        early.saw = note_text(walk->book, "requested at %.*s, purchased at %.*s",
                              SPAN_ARGUMENTS(requested), SPAN_ARGUMENTS(purchased));
        early.needed = note_text(walk->book, "A request at or after the purchase, %.*s.",
                                 SPAN_ARGUMENTS(purchased));
        mode.holds = order->billing_mode == BILLING_PREPAID;
        mode.saw =
            note_text(walk->book, "billing_mode %s", enum_billing_mode.names[order->billing_mode]);
        mode.needed = note_text(walk->book, "A prepaid order: the policy refunds no other.");
        label.holds = order->refundable;
        label.saw = note_text(walk->book, "refundable %s", order->refundable ? "true" : "false");
        label.needed =
            note_text(walk->book, "An order without that label: neither time nor usage matters.");
    }
    tell(walk, &early);
    tell(walk, &mode);
    tell(walk, &label);
}

static void tell_refunded(struct walk *walk, const struct order *order, struct finding *finding)
{
    const struct explained_refund *refund = walk->refund;
    const int64_t requested_at = refund->request->request->requested_at;
    const bool by_export = order->refunded_at != INSTANT_NONE && order->refunded_at < requested_at;
    const bool by_books = refund->refunded_at_before != INSTANT_NONE;
    const struct span refunded = note_instant(walk->book, order->refunded_at);
    const struct span before = note_instant(walk->book, refund->refunded_at_before);

    finding->holds = !by_books && !by_export;
    if (by_books && refund->refunded_by.size > 0)
        finding->saw = note_text(walk->book, "request %.*s of %.*s, decided before, refunded it",
                                 SPAN_ARGUMENTS(refund->refunded_by), SPAN_ARGUMENTS(before));
    else if (by_books)
        finding->saw = note_text(walk->book, "an earlier period refunded it, by a request of %.*s",
                                 SPAN_ARGUMENTS(before));
    else
        finding->saw = note_text(walk->book,
                                 "no refund in these books; refunded_at in the "
                                 "export: %.*s",
                                 SPAN_ARGUMENTS(refunded));
    finding->needed = note_text(walk->book, "An order that had not been refunded: one is refunded "
                                            "once.");
}

static void tell_time(struct walk *walk)
{
    const int64_t requested_at = walk->refund->request->request->requested_at;
    const struct order *order = own_order(walk->refund);
    struct finding refunded = {.number = "6",
                               .reason = REFUND_ALREADY_REFUNDED,
                               .rule = "the order has not been refunded before"};
    struct finding grace = {.number = "7",
                            .reason = REFUND_GRACE_OR_RETENTION,
                            .rule = "the request is before the order's expiry"};
    struct finding released = {.number = "8",
                               .reason = REFUND_NOT_COVERED,
                               .rule = "the resource was not released before the request"};

    if (order != NULL) {
        const struct span expires = note_instant(walk->book, order->expires_at);
        const struct span released_at = note_instant(walk->book, order->released_at);

        tell_refunded(walk, order, &refunded);
        grace.holds = order->expires_at == INSTANT_NONE || requested_at < order->expires_at;
        grace.saw = note_text(walk->book, "expires_at %.*s", SPAN_ARGUMENTS(expires));
        if (!grace.holds) {
            const struct span late = note_duration(walk->book, requested_at - order->expires_at);

            grace.needed =
                note_text(walk->book, "A request before %.*s; this one came %.*s after it.",
                          SPAN_ARGUMENTS(expires), SPAN_ARGUMENTS(late));
        }
        released.holds = order->released_at == INSTANT_NONE || order->released_at > requested_at;
        released.saw = note_text(walk->book, "released_at %.*s", SPAN_ARGUMENTS(released_at));
        released.needed = note_text(walk->book, "A request before the release at %.*s.",
                                    SPAN_ARGUMENTS(released_at));
    }
    tell(walk, &refunded);
    tell(walk, &grace);
    tell(walk, &released);
}

/* What the five days and the year's number of full refunds say. */
static void tell_scenario(struct walk *walk)
{
    const struct explained_refund *refund = walk->refund;
    const struct terms *terms = refund->entry.terms;
    const int64_t requested_at = refund->request->request->requested_at;
    const struct order *order = own_order(refund);
    struct explained_check days = {.number = "full",
                                   .code = "within_five_days",
                                   .rule = "the request comes within the days of a full refund",
                                   .outcome = CHECK_NOT_REACHED};
    struct explained_check quota = {.number = "full",
                                    .code = "full_refund_quota_used",
                                    .rule = "the account has full refunds left in the year",
                                    .outcome = CHECK_NOT_REACHED};

    if (order != NULL && !walk->decided) {
        const int64_t age = requested_at - order->purchased_at;
        const struct span after = note_duration(walk->book, age);

        walk->within_days = age <= (int64_t)terms->full_refund_days * SECONDS_PER_DAY;
        walk->in_full =
            walk->within_days && refund->full_refunds_before < terms->full_refunds_per_year;
        days.saw = note_text(walk->book, "%.*s after the purchase; %d x 24 hours still count",
                             SPAN_ARGUMENTS(after), terms->full_refund_days);
        days.outcome = walk->within_days ? CHECK_PASSED : CHECK_DECIDED;
        if (walk->within_days) {
            quota.saw = note_text(walk->book, "%d of %d used in %d before this request",
                                  refund->full_refunds_before, terms->full_refunds_per_year,
                                  civil_year_of(requested_at, walk->book->utc_offset_seconds));
            quota.outcome = walk->in_full ? CHECK_PASSED : CHECK_DECIDED;
        }
    }
    explanation_check(walk->out, &days);
    explanation_check(walk->out, &quota);
}

/* The fee table, where the refund is not in full. */
static void tell_cover(struct walk *walk)
{
    const struct order *order = own_order(walk->refund);
    const struct terms *terms = walk->refund->entry.terms;
    struct finding cover = {.number = "8",
                            .reason = REFUND_NOT_COVERED,
                            .rule = "when not in full: the fee table covers term and usage year",
                            .holds = true};

    if (order != NULL && !walk->decided) {
        const enum product_category category = refund_category(order);
        const struct span term =
            note_text(walk->book, "a term of %d %s%s", (int)order->term_count,
                      enum_term_unit.names[order->term_unit], order->term_count == 1 ? "" : "s");
        const bool in_table = category != CATEGORY_NONE && walk->usage_year <= USAGE_YEARS;

        cover.saw =
            note_text(walk->book, "%.*s is category %s; usage year %d%s", SPAN_ARGUMENTS(term),
                      category == CATEGORY_NONE ? "(none)" : product_category_name(category),
                      walk->usage_year, walk->usage_year > USAGE_YEARS ? " or later" : "");
        if (!walk->in_full) {
            cover.holds = in_table && terms->fees[category][walk->usage_year - 1].covered;
            cover.needed = note_text(walk->book,
                                     "A term and usage year that the fee table has a rate for, or "
                                     "a request within %d days of the purchase.",
                                     terms->full_refund_days);
        }
    }
    tell(walk, &cover);
}

/* ---- arithmetic ---- */

static void step(struct walk *walk, const char *name, struct span formula, struct span exact,
                 bool rounded, struct decimal result)
{
    const struct refund_entry *entry = &walk->refund->entry;
    const int digits = currency_digits(entry->order->currency);
    struct explained_step line = {.name = name,
                                  .formula = formula,
                                  .exact = exact,
                                  .result = note_money(walk->book, entry->order->currency, result)};

    if (rounded)
        line.rounding = note_rounding(walk->book, entry->terms->rounding, digits);
    explanation_step(walk->out, &line);
}

static void tell_partial(struct walk *walk)
{
    const struct refund_entry *entry = &walk->refund->entry;
    const struct terms *terms = entry->terms;
    const int digits = currency_digits(entry->order->currency);
    const struct span payment = note_decimal(walk->book, entry->actual_payment, digits);
    const struct span due = note_decimal(walk->book, entry->amount_due, digits);
    const struct span fee = note_decimal(walk->book, entry->handling_fee, digits);
    const struct span rate = note_decimal(walk->book, entry->fee_rate, 0);
    const char *unit = usage_unit_name(terms->usage_unit);
    struct decimal uncut = DECIMAL_ZERO;

    step(walk, "amount_due",
         note_text(walk->book, "%.*s x %lld / %lld (used / subscribed, in %ss)",
                   SPAN_ARGUMENTS(payment), (long long)entry->used, (long long)entry->subscribed,
                   unit),
         note_fraction(walk->book, entry->actual_payment, entry->used, 1, entry->subscribed), true,
         entry->amount_due);
    if (entry->used > entry->subscribed)
        explanation_note(walk->out, note_text(walk->book, "The amount due is at most the actual "
                                                          "payment."));
    step(walk, "handling_fee",
         note_text(walk->book, "%.*s x %.*s (%s, usage year %d)", SPAN_ARGUMENTS(payment),
                   SPAN_ARGUMENTS(rate), product_category_name(entry->category), entry->usage_year),
         note_fraction(walk->book, entry->actual_payment, (int64_t)entry->fee_rate.units, 1,
                       DECIMAL_ONE_UNITS),
         true, entry->handling_fee);
    if (decimal_multiply_divide(entry->actual_payment, entry->fee_rate.units, DECIMAL_ONE_UNITS,
                                digits, terms->rounding, &uncut) &&
        decimal_compare(entry->handling_fee, uncut) < 0)
        explanation_note(walk->out, note_text(walk->book,
                                              "The handling fee gives way: it is at most what the "
                                              "amount due leaves, so that no refund is negative."));
    step(walk, "refund",
         note_text(walk->book, "%.*s - %.*s - %.*s", SPAN_ARGUMENTS(payment), SPAN_ARGUMENTS(due),
                   SPAN_ARGUMENTS(fee)),
         (struct span){"", 0}, false, entry->refund);
}

static void tell_amounts(struct walk *walk)
{
    const struct refund_entry *entry = &walk->refund->entry;
    const struct order *order = entry->order;
    const int digits = currency_digits(order->currency);
    const struct span cash = note_decimal(walk->book, order->cash_paid, digits);
    const struct span flexi = note_decimal(walk->book, order->flexi_coupon_paid, digits);
    const struct span payment = note_decimal(walk->book, entry->actual_payment, digits);
    const struct span refund = note_decimal(walk->book, entry->refund, digits);
    const struct span in_cash = note_decimal(walk->book, entry->refund_cash, digits);

    step(walk, "actual_payment",
         note_text(walk->book, "%.*s cash + %.*s flexi coupon", SPAN_ARGUMENTS(cash),
                   SPAN_ARGUMENTS(flexi)),
         (struct span){"", 0}, false, entry->actual_payment);
    if (entry->decision == DECISION_FULL)
        step(walk, "refund",
             note_text(walk->book, "the actual payment, %.*s", SPAN_ARGUMENTS(payment)),
             (struct span){"", 0}, false, entry->refund);
    else
        tell_partial(walk);
    if (!decimal_is_zero(entry->actual_payment))
        step(walk, "refund_cash",
             note_text(walk->book, "%.*s x %.*s / %.*s (the way it was paid)",
                       SPAN_ARGUMENTS(refund), SPAN_ARGUMENTS(cash), SPAN_ARGUMENTS(payment)),
             (struct span){"", 0}, true, entry->refund_cash);
    step(walk, "refund_flexi_coupon",
         note_text(walk->book, "%.*s - %.*s", SPAN_ARGUMENTS(refund), SPAN_ARGUMENTS(in_cash)),
         (struct span){"", 0}, false, entry->refund_flexi_coupon);
    if (!decimal_is_zero(entry->refund_cash_coupon))
        step(walk, "refund_cash_coupon",
             note_text(walk->book, "the cash coupon, restored as the policy file says"),
             (struct span){"", 0}, false, entry->refund_cash_coupon);
}

/* What a full refund would have taken, where it is a partial one. */
static void tell_needed_for_full(struct walk *walk)
{
    const struct refund_entry *entry = &walk->refund->entry;
    const int64_t last =
        entry->order->purchased_at + (int64_t)entry->terms->full_refund_days * SECONDS_PER_DAY;
    const struct span until = note_instant(walk->book, last);
    const struct span late = note_duration(walk->book, entry->request->requested_at - last);

    if (walk->within_days)
        walk->out->needed =
            note_text(walk->book,
                      "For a full refund: fewer than %d full refunds of the account before this "
                      "one in the calendar year.",
                      entry->terms->full_refunds_per_year);
    else
        walk->out->needed =
            note_text(walk->book,
                      "For a full refund: a request no later than %.*s; this one came %.*s after "
                      "it.",
                      SPAN_ARGUMENTS(until), SPAN_ARGUMENTS(late));
}

static void tell_outcome(struct walk *walk)
{
    const struct refund_entry *entry = &walk->refund->entry;

    if (walk->decided) {
        walk->out->headline = note_text(
            walk->book, "%s: %s.", entry->decision == DECISION_DEFERRED ? "Deferred" : "Denied",
            walk->out->reason->text);
        return;
    }
    walk->out->reason = refund_reason(walk->in_full       ? REFUND_WITHIN_FIVE_DAYS
                                      : walk->within_days ? REFUND_FULL_REFUND_QUOTA_USED
                                                          : REFUND_AFTER_FIVE_DAYS);
    if (!decision_approves(entry->decision))
        return; /* the walk differs from the decision; the caller tells */
    {
        const struct span refund = note_money(walk->book, entry->order->currency, entry->refund);

        walk->out->headline = note_text(walk->book, "%.*s refunded: %s.", SPAN_ARGUMENTS(refund),
                                        walk->out->reason->text);
    }
    tell_amounts(walk);
    if (entry->decision == DECISION_FULL)
        explanation_note(
            walk->out, note_text(walk->book, "It is full refund no. %d of at most %d in the year.",
                                 entry->full_refund_number, entry->terms->full_refunds_per_year));
    else
        tell_needed_for_full(walk);
}

void explain_refund(struct notebook *book, const struct settlement *settlement,
                    const struct explained_refund *refund, struct explanation *explanation)
{
    const struct refund_request *request = refund->request->request;
    const struct order *order = own_order(refund);
    struct walk walk = {
        .book = book, .settlement = settlement, .refund = refund, .out = explanation};

    *explanation = (struct explanation){.ledger = "refunds",
                                        .id = request->request_id,
                                        .account_id = request->account_id,
                                        .decision = refund->entry.decision,
                                        .policy_version = refund->entry.terms->name};
    if (order != NULL)
        walk.usage_year =
            refund_usage_year(order->starts_at, request->requested_at, book->utc_offset_seconds);
    explanation_source(explanation, INPUT_REFUND_REQUESTS, request);
    explanation_source(explanation, INPUT_ORDERS, order);
    tell_order(&walk);
    tell_product(&walk);
    tell_time(&walk);
    tell_scenario(&walk);
    tell_cover(&walk);
    tell_outcome(&walk);
    explanation->clause = clause_find(explanation->reason->clause);
}
