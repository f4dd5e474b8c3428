/*
 * Owns the telling of compensation decisions (policy.md, "Fault compensation"). Decides nothing.
 */
#include "policy/compensation.h"
#include "policy/explain_seconds.h"

struct finding {
    const char *number;
    enum compensation_reason reason;
    const char *rule;
    bool holds;
    struct span saw;
    struct span needed;
};

struct walk {
    struct notebook *book;
    const struct settlement *settlement;
    const struct explained_claim *it;
    struct explanation *out;
    bool decided;
    size_t resource_count; /* of the account's rows that the claim names */
    size_t basis_count;    /* of these, the ones that bear a part of the fault */
};

static void tell(struct walk *walk, const struct finding *finding)
{
    struct explained_check check = {.number = finding->number,
                                    .code = compensation_reason(finding->reason)->code,
                                    .rule = finding->rule,
                                    .outcome = CHECK_NOT_REACHED};

    if (!walk->decided) {
        check.saw = finding->saw;
        check.outcome = finding->holds ? CHECK_PASSED : CHECK_DECIDED;
        if (!finding->holds) {
            walk->decided = true;
            walk->out->reason = compensation_reason(finding->reason);
            walk->out->needed = finding->needed;
        }
    }
    explanation_check(walk->out, &check);
}

static void tell_incident(struct walk *walk)
{
    const struct claim_case *claim = walk->it->claim;
    const struct incident *incident = claim->incident;
    const bool rejected = incident == NULL && claim->incident_rejected;
    const struct span id = claim->claim->incident_id;
    struct finding bad = {.number = "0",
                          .reason = COMPENSATION_INCIDENT_REJECTED,
                          .rule = "no rejected row stands where the incident should",
                          .holds = !rejected};
    struct finding unknown = {.number = "1",
                              .reason = COMPENSATION_UNKNOWN_INCIDENT,
                              .rule = "the incident is in the incidents export",
                              .holds = incident != NULL};

    bad.saw = note_text(walk->book, "incident %.*s: %s", SPAN_ARGUMENTS(id),
                        incident != NULL ? "an accepted row"
                        : rejected       ? "no accepted row, but a rejected one bears this id"
                                         : "no accepted row, and no rejected one either");
    bad.needed = note_text(walk->book, "The incident's row must be mended in the incidents export; "
                                       "the claim waits, and is judged again in the next period.");
    unknown.saw = note_text(walk->book, "incident %.*s %s", SPAN_ARGUMENTS(id),
                            incident != NULL ? "is there" : "is not there");
    unknown.needed = note_text(walk->book,
                               "An accepted row of incident %.*s in the incidents "
                               "export.",
                               SPAN_ARGUMENTS(id));
    tell(walk, &bad);
    tell(walk, &unknown);
}

/* The reasons of the excluded causes stand in the order of the causes. */
static enum compensation_reason cause_reason(int32_t cause)
{
    return (enum compensation_reason)((int)COMPENSATION_FORCE_MAJEURE + cause -
                                      (int)CAUSE_FORCE_MAJEURE);
}

static void tell_cause(struct walk *walk)
{
    const struct incident *incident = walk->it->claim->incident;
    struct finding cause = {.number = "2",
                            .reason = COMPENSATION_FORCE_MAJEURE,
                            .rule = "the incident's cause is not excluded"};
    struct finding sla = {.number = "2b",
                          .reason = COMPENSATION_NOT_UNDER_SLA,
                          .rule = "the incident is under the service level agreement"};

    if (incident != NULL) {
        cause.holds = !walk->it->entry->terms->cause_excluded[incident->cause];
        if (incident->cause != CAUSE_PLATFORM)
            cause.reason = cause_reason(incident->cause);
        cause.saw =
            note_text(walk->book, "cause %s, scenario %s", enum_cause.names[incident->cause],
                      enum_scenario.names[incident->scenario]);
        cause.needed = note_text(walk->book, "A fault caused by the provider's platform.");
        sla.holds = incident->sla_covered;
        sla.saw = note_text(walk->book, "sla_covered %s", incident->sla_covered ? "true" : "false");
        sla.needed = note_text(walk->book, "An incident that meets the agreement's conditions.");
    }
    tell(walk, &cause);
    tell(walk, &sla);
}

static void tell_rectified(struct walk *walk, const struct incident *incident)
{
    const int64_t period_end =
        period_start(walk->settlement->period + 1, walk->book->utc_offset_seconds);
    const struct span rectified = note_instant(walk->book, incident->rectified_at);
    const struct span ends = note_instant(walk->book, period_end);
    struct finding open = {.number = "4",
                           .reason = COMPENSATION_FAULT_NOT_RECTIFIED,
                           .rule = "the fault was over by the end of the period"};

    open.holds = incident->rectified_at != INSTANT_NONE && incident->rectified_at < period_end;
    open.saw = note_text(walk->book, "rectified_at %.*s; the period ends at %.*s",
                         SPAN_ARGUMENTS(rectified), SPAN_ARGUMENTS(ends));
    open.needed = note_text(walk->book,
                            "A rectified_at before %.*s; the claim waits, and is judged again in "
                            "the next period.",
                            SPAN_ARGUMENTS(ends));
    tell(walk, &open);
}

static void tell_window(struct walk *walk, const struct incident *incident)
{
    const int64_t submitted_at = walk->it->claim->claim->submitted_at;
    const struct terms *terms = walk->it->entry->terms;
    const int days = terms == NULL ? 0 : terms->claim_window_days;
    const struct span submitted = note_instant(walk->book, submitted_at);
    struct finding late = {.number = "5",
                           .reason = COMPENSATION_CLAIM_TOO_LATE,
                           .rule = "the claim comes within the days after the end of the fault"};

    if (incident->rectified_at != INSTANT_NONE) {
        const int64_t last = incident->rectified_at + (int64_t)days * SECONDS_PER_DAY;
        const struct span until = note_instant(walk->book, last);
        const struct span over = note_duration(walk->book, submitted_at - last);

        late.holds = submitted_at <= last;
        late.saw = note_text(walk->book,
                             "submitted_at %.*s; the last instant is %.*s (%d x 24 "
                             "hours after the end)",
                             SPAN_ARGUMENTS(submitted), SPAN_ARGUMENTS(until), days);
        late.needed = note_text(walk->book,
                                "A claim no later than %.*s; this one came %.*s after "
                                "it.",
                                SPAN_ARGUMENTS(until), SPAN_ARGUMENTS(over));
    }
    tell(walk, &late);
}

static void tell_application(struct walk *walk)
{
    static const struct incident nothing = {.rectified_at = INSTANT_NONE};
    const struct claim *claim = walk->it->claim->claim;
    const struct incident *incident =
        walk->it->claim->incident == NULL ? &nothing : walk->it->claim->incident;
    const struct span submitted = note_instant(walk->book, claim->submitted_at);
    const struct span started = note_instant(walk->book, incident->started_at);
    struct finding early = {.number = "3",
                            .reason = COMPENSATION_BEFORE_FAULT,
                            .rule = "the claim is not older than the fault",
                            .holds = claim->submitted_at >= incident->started_at};
    struct finding bad = {.number = "5b",
                          .reason = COMPENSATION_BASIS_REJECTED,
                          .rule = "no order or usage row of the resource is bad",
                          .holds = !walk->it->claim->basis_rejected};

    early.saw = note_text(walk->book, "submitted_at %.*s, started_at %.*s",
                          SPAN_ARGUMENTS(submitted), SPAN_ARGUMENTS(started));
    early.needed = note_text(walk->book, "A claim at or after the fault's start, %.*s.",
                             SPAN_ARGUMENTS(started));
    tell(walk, &early);
    tell_rectified(walk, incident);
    tell_window(walk, incident);
    bad.saw = note_text(walk->book, "rejected rows of account %.*s%s%.*s: %s",
                        SPAN_ARGUMENTS(claim->account_id),
                        claim->resource_id.size > 0 ? " and resource " : ", any resource",
                        SPAN_ARGUMENTS(claim->resource_id), bad.holds ? "none" : "at least one");
    bad.needed = note_text(walk->book, "The rejected rows must be mended in the orders or usage "
                                       "export; the claim waits, and is judged again in the next "
                                       "period.");
    tell(walk, &bad);
}

/* ---- the account's bases ---- */

/* What the explanation needs of an order or usage day that the claim names. */
struct candidate {
    const struct order *order;
    const struct usage *usage;
    struct span resource_id, service, region;
    int64_t from, to;
};

static struct candidate order_candidate(const struct order_state *state)
{
    const struct order *order = state->order;

    return (struct candidate){order,
                              NULL,
                              order->resource_id,
                              order->service,
                              order->region,
                              order->starts_at,
                              order_service_end(state)};
}

static struct candidate usage_candidate(const struct usage *usage, int utc_offset_seconds)
{
    const int64_t day = civil_day_start(usage->usage_date, utc_offset_seconds);

    return (struct candidate){NULL,          usage, usage->resource_id,   usage->service,
                              usage->region, day,   day + SECONDS_PER_DAY};
}

/* Why the incident does not hit it, or NULL. */
static const char *miss(const struct incident *incident, const struct candidate *it)
{
    if (it->order != NULL && it->order->billing_mode != BILLING_PREPAID)
        return "is not prepaid, and so no basis";
    if (!span_equal(incident->service, it->service))
        return "is of another service than the incident";
    if (incident->region.size > 0 && !span_equal(incident->region, it->region))
        return "is of another region than the incident";
    if (incident->resource_id.size > 0 && !span_equal(incident->resource_id, it->resource_id))
        return "is not the incident's resource";
    if (it->from >= incident->rectified_at || it->to <= incident->started_at || it->from >= it->to)
        return "was not in service during the fault";
    if (incident->started_at >= incident->rectified_at)
        return "bears no second: the fault has none";
    return NULL;
}

static void look_at(struct walk *walk, const struct candidate *it)
{
    const struct incident *incident = walk->it->claim->incident;
    const struct span wanted = walk->it->claim->claim->resource_id;
    const char *why = NULL;

    if (wanted.size > 0 && !span_equal(wanted, it->resource_id))
        return;
    walk->resource_count++;
    why = miss(incident, it);
    if (why == NULL) {
        walk->basis_count++;
        return;
    }
    if (walk->it->entry->basis == NULL && walk->out->note_count < EXPLAINED_NOTES_MAX / 4) {
        const struct span from = note_instant(walk->book, it->from);
        const struct span to = note_instant(walk->book, it->to);

        explanation_note(
            walk->out,
            note_text(walk->book,
                      "%s %.*s of resource %.*s (%.*s, %.*s, in service %.*s to %.*s) %s.",
                      it->order != NULL ? "Order" : "Usage of",
                      SPAN_ARGUMENTS(it->order != NULL ? it->order->order_id : it->resource_id),
                      SPAN_ARGUMENTS(it->resource_id), SPAN_ARGUMENTS(it->service),
                      SPAN_ARGUMENTS(it->region), SPAN_ARGUMENTS(from), SPAN_ARGUMENTS(to), why));
        if (it->order != NULL)
            explanation_source(walk->out, INPUT_ORDERS, it->order);
        else
            explanation_source(walk->out, INPUT_USAGE, it->usage);
    }
}

static void tell_scope(struct walk *walk)
{
    const struct account_case *account = walk->it->account;
    const struct incident *incident = walk->it->claim->incident;
    struct finding unknown = {.number = "6",
                              .reason = COMPENSATION_UNKNOWN_RESOURCE,
                              .rule = "the account has an order or usage of the resource"};
    struct finding missed = {.number = "7",
                             .reason = COMPENSATION_NOT_AFFECTED,
                             .rule = "the incident hit the resource while it was in service"};

    if (incident != NULL && !walk->decided) {
        for (size_t i = 0; i < account->order_count; i++) {
            const struct candidate it = order_candidate(account->orders[i]);

            look_at(walk, &it);
        }
        for (size_t i = 0; i < account->usage_count; i++) {
            const struct candidate it =
                usage_candidate(account->usages[i], walk->book->utc_offset_seconds);

            look_at(walk, &it);
        }
        unknown.holds = walk->resource_count > 0;
        unknown.saw = note_text(walk->book, "%zu order and usage rows that the claim names",
                                walk->resource_count);
        unknown.needed = note_text(
            walk->book, "An accepted order or usage row of the account%s.",
            walk->it->claim->claim->resource_id.size > 0 ? " with the claim's resource_id" : "");
        missed.holds = walk->basis_count > 0;
        missed.saw = note_text(
            walk->book, "incident: service %.*s, region %.*s, resource %.*s; %zu of %zu rows hit",
            SPAN_ARGUMENTS(incident->service),
            SPAN_ARGUMENTS(incident->region.size > 0 ? incident->region : span_of("(all)")),
            SPAN_ARGUMENTS(incident->resource_id.size > 0 ? incident->resource_id
                                                          : span_of("(all)")),
            walk->basis_count, walk->resource_count);
        missed.needed = note_text(walk->book, "A prepaid order or a day of usage of the same "
                                              "service, region and resource as the incident, in "
                                              "service during the fault.");
    }
    tell(walk, &unknown);
    tell(walk, &missed);
}

/* A claim that came too late for any second: the first basis that it hit stands for all. */
static void tell_nothing_left(struct walk *walk)
{
    const struct account_case *account = walk->it->account;
    const struct incident *incident = walk->it->claim->incident;
    const struct span wanted = walk->it->claim->claim->resource_id;
    const struct claim_walk told = {walk->book, walk->it, walk->out};
    bool shown = false;

    for (size_t i = 0; i < account->order_count + account->usage_count; i++) {
        const struct candidate it = i < account->order_count
                                        ? order_candidate(account->orders[i])
                                        : usage_candidate(account->usages[i - account->order_count],
                                                          walk->book->utc_offset_seconds);

        if ((wanted.size > 0 && !span_equal(wanted, it.resource_id)) || miss(incident, &it) != NULL)
            continue;
        if (it.order != NULL)
            explanation_source(walk->out, INPUT_ORDERS, it.order);
        else
            explanation_source(walk->out, INPUT_USAGE, it.usage);
        if (shown)
            continue;
        shown = true;
        explain_nothing_left(&told, it.resource_id,
                             it.order != NULL ? it.order->order_id : it.resource_id, it.from,
                             it.to);
        explain_rivals(&told, it.resource_id);
    }
}

/* ---- arithmetic ---- */

static void tell_amount(struct walk *walk)
{
    const struct compensation_entry *entry = walk->it->entry;
    const struct basis *basis = entry->basis;
    const int digits = currency_digits(basis->currency);
    const int times = entry->terms->times[entry->incident->scenario];
    const struct span cost = note_decimal(walk->book, basis->cost, digits);
    struct decimal whole = entry->amount;
    struct explained_step daily = {.name = "daily_cost"};
    struct explained_step amount = {.name = "amount"};

    daily.formula = note_text(walk->book, "%.*s x 86400 / %lld (cost per day, for information)",
                              SPAN_ARGUMENTS(cost), (long long)basis->basis_seconds);
    daily.exact = note_fraction(walk->book, basis->cost, SECONDS_PER_DAY, 1, basis->basis_seconds);
    daily.rounding = note_rounding(walk->book, entry->terms->rounding, 8);
    daily.result = note_decimal(walk->book, entry->daily_cost, 8);
    explanation_step(walk->out, &daily);

    if (!decimal_add(entry->amount, entry->capped, &whole))
        whole = entry->amount;
    amount.formula =
        note_text(walk->book, "%.*s x %d times x %lld s / %lld s", SPAN_ARGUMENTS(cost), times,
                  (long long)entry->fault_seconds, (long long)basis->basis_seconds);
    amount.exact =
        note_fraction(walk->book, basis->cost, times, entry->fault_seconds, basis->basis_seconds);
    amount.rounding = note_rounding(walk->book, entry->terms->rounding, digits);
    amount.result = note_money(walk->book, basis->currency, whole);
    explanation_step(walk->out, &amount);
    if (!decimal_is_zero(entry->capped)) {
        const struct span capped = note_decimal(walk->book, entry->capped, digits);
        const struct span uncut = note_decimal(walk->book, whole, digits);
        struct explained_step cut = {.name = "amount after cap"};

        cut.formula =
            note_text(walk->book,
                      "%.*s - %.*s withheld: an order's compensation is at most its "
                      "actual payment, %.*s",
                      SPAN_ARGUMENTS(uncut), SPAN_ARGUMENTS(capped), SPAN_ARGUMENTS(cost));
        cut.result = note_money(walk->book, basis->currency, entry->amount);
        explanation_step(walk->out, &cut);
    }
}

static void tell_compensated(struct walk *walk, bool *seconds_agree)
{
    const struct compensation_entry *entry = walk->it->entry;
    const struct basis *basis = entry->basis;
    const struct span money = note_money(walk->book, basis->currency, entry->amount);
    const struct claim_walk told = {walk->book, walk->it, walk->out};

    *seconds_agree = explain_seconds(&told) == entry->fault_seconds || walk->book->failed;
    explain_rivals(&told, basis->resource_id);
    walk->out->reason = compensation_reason(
        decimal_is_zero(entry->capped) ? COMPENSATION_PLATFORM_FAULT : COMPENSATION_CAPPED);
    walk->out->headline = note_text(
        walk->book, "%.*s compensated for %lld seconds of resource %.*s, borne by %s %.*s: %s.",
        SPAN_ARGUMENTS(money), (long long)entry->fault_seconds, SPAN_ARGUMENTS(basis->resource_id),
        basis->kind == BASIS_ORDER ? "order" : "the usage of", SPAN_ARGUMENTS(basis->basis_id),
        walk->out->reason->text);
    tell_amount(walk);
    if (basis->order != NULL && basis->ends_at != basis->order->expires_at) {
        const struct span end = note_instant(walk->book, basis->ends_at);

        explanation_note(walk->out,
                         note_text(walk->book,
                                   "The order served until %.*s only (released or refunded).",
                                   SPAN_ARGUMENTS(end)));
    }
}

static void tell_once(struct walk *walk, bool *seconds_agree)
{
    const struct compensation_entry *entry = walk->it->entry;
    struct finding once = {.number = "8",
                           .reason = COMPENSATION_ALREADY_COMPENSATED,
                           .rule = "a second of the fault is left that was not compensated yet",
                           .holds = entry->basis != NULL};

    once.saw = entry->basis != NULL
                   ? note_text(walk->book, "%lld seconds left on this basis",
                               (long long)entry->fault_seconds)
                   : note_text(walk->book, "none left on any basis that the incident hit");
    once.needed = note_text(walk->book, "A second of the fault that no earlier claim, and no claim "
                                        "that goes first in this period, has taken.");
    tell(walk, &once);
    if (!walk->decided)
        tell_compensated(walk, seconds_agree);
}

void explain_compensation(struct notebook *book, const struct settlement *settlement,
                          const struct explained_claim *claim, struct explanation *explanation,
                          bool *seconds_agree)
{
    const struct compensation_entry *entry = claim->entry;
    struct walk walk = {.book = book, .settlement = settlement, .it = claim, .out = explanation};

    *explanation = (struct explanation){
        .ledger = "compensations",
        .id = entry->claim->claim_id,
        .account_id = entry->claim->account_id,
        .decision = entry->decision,
        .policy_version = entry->terms == NULL ? "" : entry->terms->name,
    };
    *seconds_agree = true;
    explanation_source(explanation, INPUT_CLAIMS, entry->claim);
    explanation_source(explanation, INPUT_INCIDENTS, entry->incident);
    if (entry->basis != NULL && entry->basis->kind == BASIS_ORDER)
        explanation_source(explanation, INPUT_ORDERS, entry->basis->order);
    if (entry->basis != NULL && entry->basis->kind == BASIS_USAGE)
        explanation_source(explanation, INPUT_USAGE, entry->basis->usage);
    tell_incident(&walk);
    tell_cause(&walk);
    tell_application(&walk);
    tell_scope(&walk);
    tell_once(&walk, seconds_agree);
    if (walk.decided) {
        explanation->headline =
            note_text(book, "%s: %s.", entry->decision == DECISION_DEFERRED ? "Deferred" : "Denied",
                      explanation->reason->text);
        if (explanation->reason == compensation_reason(COMPENSATION_ALREADY_COMPENSATED))
            tell_nothing_left(&walk);
    }
    explanation->clause = clause_find(explanation->reason->clause);
}
