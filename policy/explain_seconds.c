/*
 * Owns the seconds of a claim: what of the fault a basis bears, what had been compensated of it,
 * what counts; worked out anew from the account's case and the period's entries. Decides nothing.
 */
#include "policy/explain_seconds.h"

#include "policy/interval.h"

static struct interval fault_of(const struct compensation_entry *entry)
{
    const struct incident *incident = entry->incident;
    const struct basis *basis = entry->basis;

    return (struct interval){
        incident->started_at > basis->starts_at ? incident->started_at : basis->starts_at,
        incident->rectified_at < basis->ends_at ? incident->rectified_at : basis->ends_at};
}

/* Whether the row a has its share of the seconds before the row b. */
static bool shares_before(const struct compensation_entry *a, const struct compensation_entry *b)
{
    const int a_times = a->terms->times[a->incident->scenario];
    const int b_times = b->terms->times[b->incident->scenario];
    int order = 0;

    if (a_times != b_times)
        return a_times > b_times;
    if (a->claim->submitted_at != b->claim->submitted_at)
        return a->claim->submitted_at < b->claim->submitted_at;
    order = span_compare(a->claim->claim_id, b->claim->claim_id);
    if (order != 0)
        return order < 0;
    return a < b; /* of one claim, in the ledger's order: by basis */
}

struct bars {
    const struct claim_walk *walk;
    enum bar_kind kind;
    int64_t from; /* what lies outside is left out */
    int64_t to;
    int64_t reached; /* BAR_COUNTED: up to here it is known what had been compensated */
    int64_t seconds; /* counted */
};

static void add_bar(struct bars *bars, int64_t from, int64_t to)
{
    const struct explained_bar bar = {.kind = bars->kind, .from = from, .to = to};

    explanation_bar(bars->walk->out, &bar);
}

static int add_already(void *context, struct interval interval)
{
    struct bars *bars = context;
    const int64_t from = interval.from > bars->from ? interval.from : bars->from;
    const int64_t to = interval.to < bars->to ? interval.to : bars->to;

    if (from >= to)
        return 0;
    if (bars->kind == BAR_ALREADY) {
        add_bar(bars, from, to);
        return 0;
    }
    if (bars->reached < from) {
        add_bar(bars, bars->reached, from);
        bars->seconds += from - bars->reached;
    }
    bars->reached = to;
    return 0;
}

/* Everything of the resource that was compensated before the entry (NULL: at all). */
static int gather_already(const struct claim_walk *walk, struct span resource_id,
                          const struct compensation_entry *entry, struct interval_set *already)
{
    const struct account_case *account = walk->it->account;

    for (size_t i = 0; i < account->compensated_count; i++)
        if (span_equal(account->compensated[i].resource_id, resource_id) &&
            interval_set_add(already, account->compensated[i].from, account->compensated[i].to) !=
                0)
            return -1;
    for (size_t i = 0; i < walk->it->entry_count; i++) {
        const struct compensation_entry *other = &walk->it->entries[i];
        struct interval fault = {0, 0};

        if (other->basis == NULL || !span_equal(other->basis->resource_id, resource_id) ||
            (entry != NULL && !shares_before(other, entry)))
            continue;
        fault = fault_of(other);
        if (interval_set_add(already, fault.from, fault.to) != 0)
            return -1;
    }
    return 0;
}

static void add_outline(const struct claim_walk *walk, enum bar_kind kind, int64_t from, int64_t to,
                        struct span label)
{
    const struct explained_bar bar = {kind, from, to, label};

    explanation_bar(walk->out, &bar);
}

/* The timeline of a compensated row; the seconds that it comes to. */
int64_t explain_seconds(const struct claim_walk *walk)
{
    const struct compensation_entry *entry = walk->it->entry;
    const struct basis *basis = entry->basis;
    const struct interval fault = fault_of(entry);
    struct interval_set already = {0};
    struct bars bars = {walk, BAR_ALREADY, fault.from, fault.to, fault.from, 0};

    add_outline(walk, BAR_INCIDENT, entry->incident->started_at, entry->incident->rectified_at,
                entry->incident->incident_id);
    add_outline(walk, BAR_BASIS, basis->starts_at, basis->ends_at, basis->basis_id);
    if (gather_already(walk, basis->resource_id, entry, &already) != 0) {
        walk->book->failed = true;
    } else {
        (void)interval_set_visit(&already, add_already, &bars);
        bars.kind = BAR_COUNTED;
        (void)interval_set_visit(&already, add_already, &bars);
        if (bars.reached < fault.to) {
            add_bar(&bars, bars.reached, fault.to);
            bars.seconds += fault.to - bars.reached;
        }
    }
    interval_set_release(&already);
    return bars.seconds;
}

void explain_nothing_left(const struct claim_walk *walk, struct span resource_id, struct span label,
                          int64_t from, int64_t to)
{
    const struct incident *incident = walk->it->claim->incident;
    struct interval_set already = {0};
    struct bars bars = {
        walk,
        BAR_ALREADY,
        from > incident->started_at ? from : incident->started_at,
        to < incident->rectified_at ? to : incident->rectified_at,
        0,
        0,
    };

    add_outline(walk, BAR_INCIDENT, incident->started_at, incident->rectified_at,
                incident->incident_id);
    add_outline(walk, BAR_BASIS, from, to, label);
    if (gather_already(walk, resource_id, NULL, &already) != 0)
        walk->book->failed = true;
    else
        (void)interval_set_visit(&already, add_already, &bars);
    interval_set_release(&already);
}

/* Which other claims of the period went first, as far as they took seconds of the resource. */
void explain_rivals(const struct claim_walk *walk, struct span resource_id)
{
    const struct compensation_entry *entry = walk->it->entry;

    for (size_t i = 0; i < walk->it->entry_count; i++) {
        const struct compensation_entry *other = &walk->it->entries[i];

        if (other->basis == NULL || other->claim == entry->claim ||
            !span_equal(other->basis->resource_id, resource_id) ||
            (entry->basis != NULL && !shares_before(other, entry)) ||
            other->incident->started_at >= entry->incident->rectified_at ||
            other->incident->rectified_at <= entry->incident->started_at)
            continue;
        {
            const struct span submitted = note_instant(walk->book, other->claim->submitted_at);

            explanation_note(walk->out,
                             note_text(walk->book,
                                       "Claim %.*s (%d times, submitted at %.*s) had its share of "
                                       "this resource's seconds first.",
                                       SPAN_ARGUMENTS(other->claim->claim_id),
                                       other->terms->times[other->incident->scenario],
                                       SPAN_ARGUMENTS(submitted)));
        }
    }
}
