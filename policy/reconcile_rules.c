/*
 * Owns the matching rules. Must not know what becomes of what they leave.
 *
 * A rule works in stages, from the closest likeness to the loosest. In each stage the candidate
 * pairs make components; what stands alone with its one candidate is a match, and larger
 * components are ties, which no looser stage of the same rule may break.
 */
#include <stdlib.h>

#include "policy/matcher.h"

/* ---- ties ---- */

static void mark_tie(struct matcher *it, const struct component *component,
                     const struct match_rule *rule)
{
    for (size_t i = 0; i < component->count; i++) {
        struct node *node = &it->nodes[component->members[i]];

        node->tied = true;
        node->rule = node->rule == NULL ? rule : node->rule;
    }
}

static int take_pair(struct matcher *it, const struct component *component, const void *context)
{
    const struct match_rule *rule = context;

    if (component->count == 2)
        return matcher_accept(it, rule, component->members, component->count);
    mark_tie(it, component, rule);
    return 0;
}

static void clear_ties(struct matcher *it)
{
    for (uint32_t i = 0; i < it->node_count; i++)
        it->nodes[i].tied = false;
}

static bool is_free(const struct matcher *it, uint32_t node)
{
    return !it->nodes[node].matched && !it->nodes[node].tied;
}

/* ---- likeness ---- */

enum likeness { LIKENESS_SAME, LIKENESS_COMPATIBLE };

/* Same: both name the same resource. Compatible: one of them names none. */
static bool resources_are(enum likeness likeness, const struct owed *owed,
                          const struct billing_line *line)
{
    if (likeness == LIKENESS_SAME)
        return span_equal(owed->resource_id, line->resource_id);
    return owed->resource_id.size == 0 || line->resource_id.size == 0;
}

/* What one stage asks of a pair. */
struct stage {
    const struct match_rule *rule;
    enum link_strength strength;
    bool exact;
    bool same_resource; /* otherwise any, or compatible ones (RULE_DETAILS) */
};

static bool amounts_agree(const struct stage *stage, const struct owed *owed,
                          const struct billing_line *line)
{
    if (stage->exact)
        return decimal_compare(owed->amount, line->credited) == 0;
    return rule_tolerates(stage->rule, owed->amount, line->credited);
}

static bool has_tolerance(const struct match_rule *rule)
{
    return !decimal_is_zero(rule->tolerance) || !decimal_is_zero(rule->tolerance_share);
}

/* ---- reference ---- */

static int reference_stage(struct matcher *it, const struct stage *stage)
{
    matcher_clear_edges(it);
    for (size_t i = 0; i < it->link_count; i++) {
        const struct link *link = &it->links[i];
        uint32_t line = line_node(it, link->line);

        if (link->strength != stage->strength || !is_free(it, link->owed) || !is_free(it, line) ||
            !nodes_agree(it, link->owed, line) ||
            !amounts_agree(stage, node_owed(it, link->owed), node_line(it, line)))
            continue;
        if (stage->same_resource &&
            !resources_are(LIKENESS_SAME, node_owed(it, link->owed), node_line(it, line)))
            continue;
        if (matcher_add_edge(it, link->owed, line) != 0)
            return -1;
    }
    return matcher_each_component(it, take_pair, stage->rule);
}

static int apply_reference(struct matcher *it, const struct match_rule *rule)
{
    clear_ties(it);
    for (enum link_strength strength = LINK_ENTRY; strength > LINK_NONE; strength--)
        for (int exact = 1; exact >= (has_tolerance(rule) ? 0 : 1); exact--)
            for (int same = 1; same >= 0; same--) {
                const struct stage stage = {rule, strength, exact == 1, same == 1};

                if (reference_stage(it, &stage) != 0)
                    return -1;
            }
    return 0;
}

/* ---- reference_sum ---- */

static int take_sum(struct matcher *it, const struct component *component, const void *context)
{
    const struct match_rule *rule = context;
    struct decimal expected;
    struct decimal credited;

    if (matcher_sums(it, component->members, component->count, &expected, &credited) != 0)
        return -1;
    if (!rule_tolerates(rule, expected, credited))
        return 0;
    return matcher_accept(it, rule, component->members, component->count);
}

static int apply_reference_sum(struct matcher *it, const struct match_rule *rule)
{
    for (enum link_strength strength = LINK_ENTRY; strength > LINK_NONE; strength--) {
        matcher_clear_edges(it);
        for (size_t i = 0; i < it->link_count; i++) {
            const struct link *link = &it->links[i];
            uint32_t line = line_node(it, link->line);

            if (link->strength < strength || it->nodes[link->owed].matched ||
                it->nodes[line].matched || !nodes_agree(it, link->owed, line))
                continue;
            if (matcher_add_edge(it, link->owed, line) != 0)
                return -1;
        }
        if (matcher_each_component(it, take_sum, rule) != 0)
            return -1;
    }
    return 0;
}

/* ---- details ---- */

/* Whether the line may stand here: not matched, naming nothing of ours, to be explained by us. */
static bool is_nameless(const struct matcher *it, uint32_t line)
{
    return !it->nodes[line].matched && !it->nodes[line].linked &&
           node_line(it, line)->kind == BILLING_CREDIT && !node_line(it, line)->named_only;
}

/* An entry that some line names that is still unmatched belongs to that line. */
static void find_linked_owed(struct matcher *it)
{
    for (size_t i = 0; i < it->input->owed_count; i++)
        it->nodes[i].linked = false;
    for (size_t i = 0; i < it->link_count; i++)
        if (!it->nodes[line_node(it, it->links[i].line)].matched)
            it->nodes[it->links[i].owed].linked = true;
}

/* From so many days before the event to so many behind the end of the period that decided it. */
static bool in_window(const struct matcher *it, const struct match_rule *rule,
                      const struct owed *owed, const struct billing_line *line)
{
    int64_t margin = (int64_t)rule->window_days * SECONDS_PER_DAY;
    int offset = it->input->utc_offset_seconds;
    int64_t from =
        owed->event_at == INSTANT_NONE ? period_start(owed->period, offset) : owed->event_at;
    int64_t to = period_start(owed->period + 1, offset);
    int64_t at = line->charged_at;

    if (at == INSTANT_NONE)
        at = period_start(line->period, offset) + 15 * SECONDS_PER_DAY;
    /* Charges are told by the day. */
    return at >= from - SECONDS_PER_DAY - margin && at < to + margin;
}

/* Lines of an account and currency by amount, so that candidates are found by searching. */
struct details {
    uint32_t *lines;
    size_t count;
    const struct matcher *it;
};

static int compare_place(const struct billing_line *line, struct span account, int32_t currency)
{
    int order = span_compare(line->account_id, account);

    if (order != 0)
        return order;
    return line->currency < currency ? -1 : line->currency > currency;
}

/* The lines are sorted by account and currency already: the first of a place. */
static size_t first_line_of(const struct matcher *it, struct span account, int32_t currency)
{
    size_t low = 0;
    size_t high = it->input->line_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_place(&it->input->lines[middle], account, currency) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int add_candidates(struct matcher *it, const struct stage *stage, uint32_t node)
{
    const struct owed *owed = node_owed(it, node);
    size_t at = first_line_of(it, owed->account_id, owed->currency);
    enum likeness likeness = stage->same_resource ? LIKENESS_SAME : LIKENESS_COMPATIBLE;

    for (; at < it->input->line_count; at++) {
        uint32_t line = line_node(it, (uint32_t)at);
        const struct billing_line *billed = node_line(it, line);

        if (compare_place(billed, owed->account_id, owed->currency) != 0)
            break;
        if (!is_nameless(it, line) || it->nodes[line].tied || !amounts_agree(stage, owed, billed) ||
            !resources_are(likeness, owed, billed) || !in_window(it, stage->rule, owed, billed))
            continue;
        if (matcher_add_edge(it, node, line) != 0)
            return -1;
    }
    return 0;
}

static int details_stage(struct matcher *it, const struct stage *stage)
{
    matcher_clear_edges(it);
    for (uint32_t node = 0; node < it->input->owed_count; node++)
        if (is_free(it, node) && !it->nodes[node].linked && add_candidates(it, stage, node) != 0)
            return -1;
    return matcher_each_component(it, take_pair, stage->rule);
}

static int apply_details(struct matcher *it, const struct match_rule *rule)
{
    clear_ties(it);
    find_linked_owed(it);
    for (int exact = 1; exact >= (has_tolerance(rule) ? 0 : 1); exact--)
        for (int same = 1; same >= 0; same--) {
            const struct stage stage = {rule, LINK_NONE, exact == 1, same == 1};

            if (details_stage(it, &stage) != 0)
                return -1;
        }
    return 0;
}

/* ---- total ---- */

static int take_total(struct matcher *it, const struct match_rule *rule, uint32_t *members,
                      size_t first_owed, size_t owed_end)
{
    const struct owed *first = node_owed(it, (uint32_t)first_owed);

    for (size_t at = first_owed; at < owed_end; at++) {
        int32_t currency = node_owed(it, (uint32_t)at)->currency;
        struct component component = {.members = members};
        bool seen = false;

        for (size_t i = first_owed; i < at && !seen; i++)
            seen = node_owed(it, (uint32_t)i)->currency == currency;
        if (seen)
            continue;
        for (uint32_t i = (uint32_t)at; i < owed_end; i++)
            if (node_owed(it, i)->currency == currency && !it->nodes[i].matched &&
                !it->nodes[i].linked)
                members[component.count++] = i;
        component.owed_count = component.count;
        for (size_t i = first_line_of(it, first->account_id, currency);
             i < it->input->line_count &&
             compare_place(&it->input->lines[i], first->account_id, currency) == 0;
             i++)
            if (is_nameless(it, line_node(it, (uint32_t)i)))
                members[component.count++] = line_node(it, (uint32_t)i);
        if (component.owed_count > 0 && component.count > component.owed_count &&
            take_sum(it, &component, rule) != 0)
            return -1;
    }
    return 0;
}

static int apply_total(struct matcher *it, const struct match_rule *rule)
{
    size_t end = 0;

    find_linked_owed(it);
    for (size_t first = 0; first < it->input->owed_count; first = end) {
        for (end = first;
             end < it->input->owed_count &&
             span_equal(it->input->owed[end].account_id, it->input->owed[first].account_id);
             end++)
            continue;
        if (take_total(it, rule, it->members, first, end) != 0)
            return -1;
    }
    return 0;
}

int rules_apply(struct matcher *it)
{
    for (size_t i = 0; i < it->input->rule_count; i++) {
        const struct match_rule *rule = &it->input->rules[i];
        int status = 0;

        switch (rule->kind) {
        case RULE_REFERENCE:
            status = apply_reference(it, rule);
            break;
        case RULE_REFERENCE_SUM:
            status = apply_reference_sum(it, rule);
            break;
        case RULE_DETAILS:
            status = apply_details(it, rule);
            break;
        case RULE_TOTAL:
            status = apply_total(it, rule);
            break;
        case RULE_KIND_COUNT:
            break;
        }
        if (status != 0)
            return -1;
    }
    return 0;
}
