/*
 * Owns the naming of what no rule has matched: every entry and line that is left gets a category,
 * together with what it belongs to.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/matcher.h"

/* ---- lines that name an entry which is not matched ---- */

struct shape {
    bool other_account;
    bool other_currency;
    bool tied;
    const struct match_rule *rule; /* of the tie */
};

/* How the lines of a component differ from its entries. */
static struct shape shape_of(const struct matcher *it, const struct component *component)
{
    struct shape shape = {0};

    for (size_t i = 0; i < component->owed_count; i++) {
        const struct owed *owed = node_owed(it, component->members[i]);

        for (size_t j = component->owed_count; j < component->count; j++) {
            const struct billing_line *line = node_line(it, component->members[j]);

            shape.other_account |= !span_equal(owed->account_id, line->account_id);
            shape.other_currency |= owed->currency != line->currency;
        }
    }
    for (size_t i = 0; i < component->count; i++)
        if (it->nodes[component->members[i]].rule != NULL) {
            shape.tied = true;
            shape.rule = it->nodes[component->members[i]].rule;
        }
    return shape;
}

/*
 * One entry, credited in full more than once: the earliest of the lines is its credit, in the order
 * of billing_line_compare, the others are credited twice.
 */
static int take_repeated(struct matcher *it, const struct component *component,
                         const struct match_rule *rule)
{
    uint32_t pair[2] = {component->members[0], component->members[1]};

    if (matcher_accept(it, rule, pair, 2) != 0)
        return -1;
    for (size_t i = 2; i < component->count; i++)
        if (matcher_take(it, MATCH_TWICE, rule, &component->members[i], 1) != 0)
            return -1;
    return 0;
}

/* One entry, and at least two lines, all with its very amount. */
static bool is_repeated(const struct matcher *it, const struct component *component)
{
    if (component->owed_count != 1 || component->count < 3)
        return false;
    for (size_t i = 1; i < component->count; i++)
        if (decimal_compare(node_owed(it, component->members[0])->amount,
                            node_line(it, component->members[i])->credited) != 0)
            return false;
    return true;
}

static int name_component(struct matcher *it, const struct component *component,
                          const void *context)
{
    struct shape shape = shape_of(it, component);
    enum match_category category = MATCH_AMOUNT_DIFFERS;

    (void)context;
    if (shape.other_account)
        category = MATCH_WRONG_ACCOUNT;
    else if (shape.other_currency)
        category = MATCH_CURRENCY;
    else if (is_repeated(it, component))
        return take_repeated(it, component, shape.rule);
    else if (component->owed_count > 1 && shape.tied)
        category = MATCH_AMBIGUOUS;
    return matcher_take(it, category, shape.rule, component->members, component->count);
}

static int name_linked(struct matcher *it)
{
    matcher_clear_edges(it);
    for (size_t i = 0; i < it->link_count; i++) {
        uint32_t line = line_node(it, it->links[i].line);

        if (!it->nodes[it->links[i].owed].matched && !it->nodes[line].matched &&
            matcher_add_edge(it, it->links[i].owed, line) != 0)
            return -1;
    }
    return matcher_each_component(it, name_component, NULL);
}

/* ---- ties of rules that go by details ---- */

/* Lines that are the same credit, given again: all alike but for what tells copies apart. */
static bool lines_are_copies(const struct matcher *it, const struct component *component)
{
    const struct billing_line *first = node_line(it, component->members[component->owed_count]);

    for (size_t i = component->owed_count + 1; i < component->count; i++) {
        const struct billing_line *line = node_line(it, component->members[i]);

        if (line->period != first->period || line->charged_at != first->charged_at ||
            !span_equal(line->resource_id, first->resource_id) ||
            !span_equal(line->description, first->description))
            return false;
    }
    return true;
}

static int name_tie(struct matcher *it, const struct component *component, const void *context)
{
    struct shape shape = shape_of(it, component);

    (void)context;
    if (is_repeated(it, component) && lines_are_copies(it, component))
        return take_repeated(it, component, shape.rule);
    return matcher_take(it, MATCH_AMBIGUOUS, shape.rule, component->members, component->count);
}

/* Entries and lines of one account and currency that a rule could not tell apart. */
static int name_ties(struct matcher *it)
{
    const struct reconcile_input *input = it->input;
    size_t from = 0;

    matcher_clear_edges(it);
    for (uint32_t node = 0; node < input->owed_count; node++) {
        if (it->nodes[node].matched || it->nodes[node].rule == NULL)
            continue;
        while (from < input->line_count &&
               span_compare(input->lines[from].account_id, node_owed(it, node)->account_id) < 0)
            from++;
        for (size_t i = from; i < input->line_count && span_equal(input->lines[i].account_id,
                                                                  node_owed(it, node)->account_id);
             i++) {
            uint32_t line = line_node(it, (uint32_t)i);

            if (!it->nodes[line].matched && it->nodes[line].rule == it->nodes[node].rule &&
                nodes_agree(it, node, line) &&
                rule_tolerates(it->nodes[node].rule, node_owed(it, node)->amount,
                               node_line(it, line)->credited) &&
                matcher_add_edge(it, node, line) != 0)
                return -1;
        }
    }
    return matcher_each_component(it, name_tie, NULL);
}

/* ---- lines that are left alone ---- */

/* Lines of one account, currency, resource and first reference, which may cancel each other. */
static int compare_alike(const struct billing_line *a, const struct billing_line *b)
{
    int order = span_compare(a->account_id, b->account_id);

    if (order == 0)
        order = a->currency < b->currency ? -1 : a->currency > b->currency;
    if (order == 0)
        order = span_compare(a->resource_id, b->resource_id);
    if (order == 0)
        order = (a->reference_count > 0) - (b->reference_count > 0);
    if (order == 0 && a->reference_count > 0)
        order = span_compare(a->references[0].text, b->references[0].text);
    return order;
}

struct alone {
    const struct billing_line *line;
    uint32_t node;
};

static int compare_alone(const void *left, const void *right)
{
    const struct alone *a = left;
    const struct alone *b = right;
    int order = compare_alike(a->line, b->line);

    if (order != 0)
        return order;
    return a->node < b->node ? -1 : a->node > b->node;
}

/* Whether a line that stands alone gives a second time what has been credited. */
static bool is_second_credit(const struct matcher *it, uint32_t node)
{
    const struct billing_line *line = node_line(it, node);
    uint32_t index = node - (uint32_t)it->input->owed_count;
    size_t low = 0;
    size_t high = it->link_count;

    if (line->credited_before != PERIOD_NONE)
        return true;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (it->links[middle].line < index)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < it->link_count && it->links[low].line == index; low++)
        if (it->links[low].strength > LINK_ORDER ||
            decimal_compare(node_owed(it, it->links[low].owed)->amount, line->credited) == 0)
            return true;
    return false;
}

static int name_alone(struct matcher *it, const struct alone *alone)
{
    if (is_second_credit(it, alone->node))
        return matcher_take(it, MATCH_TWICE, NULL, &alone->node, 1);
    if (alone->line->kind != BILLING_CREDIT || alone->line->named_only) {
        node_line(it, alone->node)->passed_over = true;
        it->result->passed_over++;
        return 0;
    }
    return matcher_take(it, MATCH_UNEXPECTED, NULL, &alone->node, 1);
}

/* Lines that are alike: reversed where they add up to zero, otherwise named one by one. */
static int name_alike(struct matcher *it, const struct alone *lines, size_t count)
{
    struct decimal sum = DECIMAL_ZERO;
    bool telling = lines[0].line->resource_id.size > 0 || lines[0].line->reference_count > 0;

    for (size_t i = 0; i < count; i++) {
        it->members[i] = lines[i].node;
        if (!decimal_add(sum, lines[i].line->credited, &sum))
            return error_set(it->err, ERROR_INPUT, "a sum of billed amounts does not fit");
    }
    if (count > 1 && telling && decimal_is_zero(sum))
        return matcher_take(it, MATCH_REVERSED, NULL, it->members, count);
    for (size_t i = 0; i < count; i++)
        if (name_alone(it, &lines[i]) != 0)
            return -1;
    return 0;
}

static int name_lines(struct matcher *it)
{
    struct alone *lines = calloc(it->input->line_count + 1, sizeof(*lines));
    size_t count = 0;
    int status = 0;

    if (lines == NULL)
        return matcher_out_of_memory(it);
    for (uint32_t i = 0; i < it->input->line_count; i++)
        if (!it->nodes[line_node(it, i)].matched)
            lines[count++] = (struct alone){&it->input->lines[i], line_node(it, i)};
    qsort(lines, count, sizeof(*lines), compare_alone);
    for (size_t first = 0, end; first < count && status == 0; first = end) {
        for (end = first + 1; end < count && compare_alike(lines[first].line, lines[end].line) == 0;
             end++)
            continue;
        status = name_alike(it, &lines[first], end - first);
    }
    free(lines);
    return status;
}

int breaks_name(struct matcher *it)
{
    if (name_linked(it) != 0 || name_ties(it) != 0)
        return -1;
    for (uint32_t node = 0; node < it->input->owed_count; node++)
        if (!it->nodes[node].matched && matcher_take(it, MATCH_MISSING, NULL, &node, 1) != 0)
            return -1;
    return name_lines(it);
}
