/*
 * Owns the frame of a reconciliation: order, links between lines and entries, components, matches.
 * The rules are in reconcile_rules.c, what they leave is named in reconcile_breaks.c.
 */
#include "policy/reconcile.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "policy/matcher.h"

struct category_facts {
    const char *code;
    bool is_break;
    const char *text;
};

#define CATEGORY_FACTS(symbol, code, is_break, text) [symbol] = {code, is_break, text},

static const struct category_facts CATEGORIES[] = {MATCH_CATEGORIES(CATEGORY_FACTS)};

const char *match_category_code(enum match_category category)
{
    return CATEGORIES[category].code;
}

const char *match_category_text(enum match_category category)
{
    return CATEGORIES[category].text;
}

bool match_category_is_break(enum match_category category)
{
    return CATEGORIES[category].is_break;
}

bool match_category_is_open(enum match_category category)
{
    return CATEGORIES[category].is_break && category != MATCH_TIMING;
}

/* ---- order ---- */

int owed_compare(const struct owed *a, const struct owed *b)
{
    int order = span_compare(a->account_id, b->account_id);

    if (order == 0)
        order = strcmp(a->ledger, b->ledger);
    return order == 0 ? span_compare(a->entry, b->entry) : order;
}

static int compare_owed(const void *a, const void *b)
{
    return owed_compare(a, b);
}

/* Equal lines are told apart by their ids, which number them. */
static int compare_lines(const void *a, const void *b)
{
    int order = billing_line_compare(a, b);

    return order == 0
               ? strcmp(((const struct billing_line *)a)->id, ((const struct billing_line *)b)->id)
               : order;
}

/* ---- links ---- */

/* An id of an entry, to be looked up. */
struct token {
    struct span text;
    uint32_t owed;
    int32_t kind;
};

static int compare_token_text(const struct token *token, struct span text)
{
    return span_compare(token->text, text);
}

static int compare_tokens(const void *left, const void *right)
{
    const struct token *a = left;
    const struct token *b = right;
    int order = span_compare(a->text, b->text);

    if (order != 0)
        return order;
    return a->owed < b->owed ? -1 : a->owed > b->owed;
}

static enum link_strength strength_of(int32_t kind)
{
    if (kind == REFERENCE_ENTRY)
        return LINK_ENTRY;
    return kind == REFERENCE_ORDER ? LINK_ORDER : LINK_ID;
}

int matcher_out_of_memory(struct matcher *it)
{
    return error_set(it->err, ERROR_IO, "out of memory");
}

static int add_link(struct matcher *it, struct link link)
{
    if (it->link_count == it->link_capacity) {
        size_t capacity = it->link_capacity == 0 ? 1024 : 2 * it->link_capacity;
        struct link *links = realloc(it->links, capacity * sizeof(*links));

        if (links == NULL)
            return matcher_out_of_memory(it);
        it->links = links;
        it->link_capacity = capacity;
    }
    it->links[it->link_count++] = link;
    return 0;
}

static size_t first_token(const struct token *tokens, size_t count, struct span text)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_token_text(&tokens[middle], text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Links a line by one of its references, when that is as close as what it has, or closer. */
static int link_reference(struct matcher *it, const struct token *tokens, size_t token_count,
                          uint32_t line, const struct reference *reference, size_t first_link)
{
    size_t at = first_token(tokens, token_count, reference->text);

    for (; at < token_count && span_equal(tokens[at].text, reference->text); at++) {
        struct link link = {tokens[at].owed, line, strength_of(tokens[at].kind)};
        bool known = false;

        if (reference->kind != REFERENCE_ANY && reference->kind != tokens[at].kind)
            continue;
        if (it->link_count > first_link && it->links[first_link].strength > link.strength)
            continue;
        if (it->link_count > first_link && it->links[first_link].strength < link.strength)
            it->link_count = first_link;
        for (size_t i = first_link; i < it->link_count && !known; i++)
            known = it->links[i].owed == link.owed;
        if (!known && add_link(it, link) != 0)
            return -1;
    }
    return 0;
}

int matcher_link(struct matcher *it)
{
    const struct reconcile_input *input = it->input;
    struct token *tokens = calloc(3 * input->owed_count + 1, sizeof(*tokens));
    size_t count = 0;
    int status = 0;

    if (tokens == NULL)
        return matcher_out_of_memory(it);
    for (uint32_t i = 0; i < input->owed_count; i++) {
        const struct owed *owed = &input->owed[i];

        tokens[count++] = (struct token){owed->entry, i, REFERENCE_ENTRY};
        tokens[count++] = (struct token){owed->id, i, owed->id_kind};
        if (owed->order_id.size > 0)
            tokens[count++] = (struct token){owed->order_id, i, REFERENCE_ORDER};
    }
    qsort(tokens, count, sizeof(*tokens), compare_tokens);
    for (uint32_t line = 0; line < input->line_count && status == 0; line++) {
        const struct billing_line *billed = &input->lines[line];
        size_t first = it->link_count;

        for (int i = 0; i < billed->reference_count && status == 0; i++)
            status = link_reference(it, tokens, count, line, &billed->references[i], first);
        if (it->link_count > first)
            it->nodes[line_node(it, line)].linked = true;
        for (size_t i = first; i < it->link_count; i++)
            it->nodes[it->links[i].owed].linked = true;
    }
    free(tokens);
    return status;
}

/* ---- components ---- */

void matcher_clear_edges(struct matcher *it)
{
    it->edge_count = 0;
}

int matcher_add_edge(struct matcher *it, uint32_t owed, uint32_t line)
{
    if (it->edge_count == it->edge_capacity) {
        size_t capacity = it->edge_capacity == 0 ? 1024 : 2 * it->edge_capacity;
        struct edge *edges = realloc(it->edges, capacity * sizeof(*edges));

        if (edges == NULL)
            return matcher_out_of_memory(it);
        it->edges = edges;
        it->edge_capacity = capacity;
    }
    it->edges[it->edge_count++] = (struct edge){owed, line};
    return 0;
}

static uint32_t root_of(uint32_t *parents, uint32_t node)
{
    while (parents[node] != node) {
        parents[node] = parents[parents[node]];
        node = parents[node];
    }
    return node;
}

/* The smaller root stays: so a root is the first entry of its component. */
static void join(uint32_t *parents, uint32_t a, uint32_t b)
{
    a = root_of(parents, a);
    b = root_of(parents, b);
    if (a < b)
        parents[b] = a;
    else
        parents[a] = b;
}

struct member {
    uint32_t root;
    uint32_t node;
};

static int compare_members(const void *left, const void *right)
{
    const struct member *a = left;
    const struct member *b = right;

    if (a->root != b->root)
        return a->root < b->root ? -1 : 1;
    return a->node < b->node ? -1 : a->node > b->node;
}

/* The nodes of the edges with their roots, each once; returns how many. */
static size_t gather_members(struct matcher *it, struct member *members)
{
    size_t count = 0;
    size_t kept = 0;

    for (size_t i = 0; i < it->edge_count; i++) {
        it->parents[it->edges[i].owed] = it->edges[i].owed;
        it->parents[it->edges[i].line] = it->edges[i].line;
    }
    for (size_t i = 0; i < it->edge_count; i++)
        join(it->parents, it->edges[i].owed, it->edges[i].line);
    for (size_t i = 0; i < it->edge_count; i++) {
        uint32_t root = root_of(it->parents, it->edges[i].owed);

        members[count++] = (struct member){root, it->edges[i].owed};
        members[count++] = (struct member){root, it->edges[i].line};
    }
    qsort(members, count, sizeof(*members), compare_members);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || members[i].node != members[i - 1].node)
            members[kept++] = members[i];
    return kept;
}

int matcher_each_component(struct matcher *it,
                           int (*take)(struct matcher *it, const struct component *component,
                                       const void *context),
                           const void *context)
{
    struct member *members = calloc(2 * it->edge_count + 1, sizeof(*members));
    size_t count;
    int status = 0;

    if (members == NULL)
        return matcher_out_of_memory(it);
    count = gather_members(it, members);
    for (size_t i = 0; i < count; i++)
        it->members[i] = members[i].node;
    for (size_t first = 0, end; first < count && status == 0; first = end) {
        struct component component = {.members = &it->members[first]};

        for (end = first; end < count && members[end].root == members[first].root; end++)
            component.owed_count += members[end].node < it->input->owed_count;
        component.count = end - first;
        status = take(it, &component, context);
    }
    free(members);
    return status;
}

/* ---- matches ---- */

int matcher_sums(struct matcher *it, const uint32_t *members, size_t count,
                 struct decimal *expected, struct decimal *credited)
{
    *expected = *credited = DECIMAL_ZERO;
    for (size_t i = 0; i < count; i++) {
        bool is_owed = members[i] < it->input->owed_count;
        struct decimal *sum = is_owed ? expected : credited;

        if (!decimal_add(*sum,
                         is_owed ? node_owed(it, members[i])->amount
                                 : node_line(it, members[i])->credited,
                         sum))
            return error_set(it->err, ERROR_INPUT, "a sum of billed amounts does not fit");
    }
    return 0;
}

int matcher_take(struct matcher *it, enum match_category category, const struct match_rule *rule,
                 const uint32_t *members, size_t count)
{
    struct reconciliation *result = it->result;
    struct match match = {.category = category,
                          .rule = rule,
                          .first_owed = result->owed_count,
                          .first_line = result->line_count};

    if (result->match_count == result->match_capacity) {
        size_t capacity = result->match_capacity == 0 ? 1024 : 2 * result->match_capacity;
        struct match *matches = realloc(result->matches, capacity * sizeof(*matches));

        if (matches == NULL)
            return matcher_out_of_memory(it);
        result->matches = matches;
        result->match_capacity = capacity;
    }
    if (matcher_sums(it, members, count, &match.expected, &match.credited) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        assert(!it->nodes[members[i]].matched);
        it->nodes[members[i]].matched = true;
        if (members[i] < it->input->owed_count)
            result->owed[result->owed_count++] = node_owed(it, members[i]);
        else
            result->lines[result->line_count++] = node_line(it, members[i]);
    }
    match.owed_count = result->owed_count - match.first_owed;
    match.line_count = result->line_count - match.first_line;
    result->matches[result->match_count++] = match;
    return 0;
}

static bool other_period(const struct matcher *it, const uint32_t *members, size_t count)
{
    for (size_t i = 0; i < count && members[i] < it->input->owed_count; i++)
        for (size_t j = i + 1; j < count; j++)
            if (members[j] >= it->input->owed_count &&
                node_line(it, members[j])->period != node_owed(it, members[i])->period)
                return true;
    return false;
}

int matcher_accept(struct matcher *it, const struct match_rule *rule, const uint32_t *members,
                   size_t count)
{
    enum match_category category = MATCHED;
    struct decimal expected;
    struct decimal credited;

    if (matcher_sums(it, members, count, &expected, &credited) != 0)
        return -1;
    if (other_period(it, members, count))
        category = MATCH_TIMING;
    else if (decimal_compare(expected, credited) != 0)
        category = MATCH_WITHIN_TOLERANCE;
    return matcher_take(it, category, rule, members, count);
}

bool rule_tolerates(const struct match_rule *rule, struct decimal expected, struct decimal credited)
{
    struct decimal difference;
    struct decimal share;
    struct decimal size = {expected.units < 0 ? -expected.units : expected.units};

    if (!decimal_subtract(credited, expected, &difference))
        return false;
    if (difference.units < 0)
        difference.units = -difference.units;
    if (decimal_compare(difference, rule->tolerance) <= 0)
        return true;
    return decimal_multiply_divide(size, rule->tolerance_share.units, DECIMAL_ONE_UNITS,
                                   DECIMAL_DIGITS, ROUNDING_DOWN, &share) &&
           decimal_compare(difference, share) <= 0;
}

bool nodes_agree(const struct matcher *it, uint32_t owed, uint32_t line)
{
    const struct owed *entry = node_owed(it, owed);
    const struct billing_line *billed = node_line(it, line);

    return entry->currency == billed->currency && span_equal(entry->account_id, billed->account_id);
}

bool match_has_difference(const struct reconciliation *result, const struct match *match)
{
    int32_t currency = match->owed_count > 0 ? result->owed[match->first_owed]->currency
                                             : result->lines[match->first_line]->currency;

    for (size_t i = 0; i < match->owed_count; i++)
        if (result->owed[match->first_owed + i]->currency != currency)
            return false;
    for (size_t i = 0; i < match->line_count; i++)
        if (result->lines[match->first_line + i]->currency != currency)
            return false;
    return true;
}

/* ---- the whole ---- */

struct match_order {
    struct match match;
    const struct owed *owed;
    const struct billing_line *line;
};

static int compare_matches(const void *left, const void *right)
{
    const struct match_order *a = left;
    const struct match_order *b = right;
    struct span account_a = a->owed != NULL ? a->owed->account_id : a->line->account_id;
    struct span account_b = b->owed != NULL ? b->owed->account_id : b->line->account_id;
    int order = span_compare(account_a, account_b);

    if (order != 0)
        return order;
    if ((a->owed == NULL) != (b->owed == NULL))
        return a->owed == NULL ? 1 : -1;
    /* Both are in sorted arrays: the order of the addresses is that of the content. */
    if (a->owed != NULL)
        return a->owed < b->owed ? -1 : a->owed > b->owed;
    return a->line < b->line ? -1 : a->line > b->line;
}

static int sort_matches(struct matcher *it)
{
    struct reconciliation *result = it->result;
    struct match_order *order = calloc(result->match_count + 1, sizeof(*order));

    if (order == NULL)
        return matcher_out_of_memory(it);
    for (size_t i = 0; i < result->match_count; i++) {
        const struct match *match = &result->matches[i];

        order[i].match = *match;
        order[i].owed = match->owed_count > 0 ? result->owed[match->first_owed] : NULL;
        order[i].line = match->line_count > 0 ? result->lines[match->first_line] : NULL;
    }
    qsort(order, result->match_count, sizeof(*order), compare_matches);
    for (size_t i = 0; i < result->match_count; i++)
        result->matches[i] = order[i].match;
    free(order);
    return 0;
}

static int allocate(struct matcher *it)
{
    size_t owed = it->input->owed_count;
    size_t lines = it->input->line_count;

    if (owed + lines >= UINT32_MAX / 2)
        return error_set(it->err, ERROR_INPUT, "more than 2,147,483,647 entries and lines");
    it->node_count = (uint32_t)(owed + lines);
    it->nodes = calloc(owed + lines + 1, sizeof(*it->nodes));
    it->parents = calloc(owed + lines + 1, sizeof(*it->parents));
    it->members = calloc(owed + lines + 1, sizeof(*it->members));
    it->result->owed = calloc(owed + 1, sizeof(const struct owed *));
    it->result->lines = calloc(lines + 1, sizeof(const struct billing_line *));
    if (it->nodes == NULL || it->parents == NULL || it->members == NULL ||
        it->result->owed == NULL || it->result->lines == NULL)
        return matcher_out_of_memory(it);
    return 0;
}

int reconcile(const struct reconcile_input *input, struct reconciliation *result, struct error *err)
{
    struct matcher matcher = {.input = input, .result = result, .err = err};
    int status = -1;

    *result = (struct reconciliation){0};
    if (input->owed_count > 0)
        qsort(input->owed, input->owed_count, sizeof(*input->owed), compare_owed);
    if (input->line_count > 0)
        qsort(input->lines, input->line_count, sizeof(*input->lines), compare_lines);
    if (allocate(&matcher) == 0 && matcher_link(&matcher) == 0 && rules_apply(&matcher) == 0 &&
        breaks_name(&matcher) == 0)
        status = sort_matches(&matcher);
    free(matcher.nodes);
    free(matcher.parents);
    free(matcher.members);
    free(matcher.links);
    free(matcher.edges);
    return status;
}

void reconciliation_release(struct reconciliation *result)
{
    free(result->matches);
    free((void *)(uintptr_t)result->owed);
    free((void *)(uintptr_t)result->lines);
    *result = (struct reconciliation){0};
}
