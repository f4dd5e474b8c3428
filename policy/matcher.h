/*
 * What the rules (policy/reconcile_rules.c) and the naming of what they leave
 * (policy/reconcile_breaks.c) share: entries and lines as nodes, and how they hang together.
 */
#ifndef POLICY_MATCHER_H
#define POLICY_MATCHER_H

#include "policy/reconcile.h"

/* A line names an entry: how closely. A line keeps its closest names only. */
enum link_strength { LINK_NONE, LINK_ORDER, LINK_ID, LINK_ENTRY };

struct link {
    uint32_t owed;
    uint32_t line;
    enum link_strength strength;
};

struct node {
    bool matched; /* its match is taken */
    bool linked;  /* line: names an entry; entry: is named by a line that is not matched yet */
    bool tied;    /* a rule found several candidates */
    const struct match_rule *rule; /* that found the tie */
};

/* An edge of the stage at hand; entries are nodes 0 to owed_count - 1, lines come behind. */
struct edge {
    uint32_t owed;
    uint32_t line;
};

struct matcher {
    const struct reconcile_input *input;
    struct reconciliation *result;
    struct error *err;
    struct node *nodes;
    uint32_t node_count;
    struct link *links; /* by line, then entry */
    size_t link_count;
    size_t link_capacity;
    struct edge *edges;
    size_t edge_count;
    size_t edge_capacity;
    uint32_t *parents; /* of the components of the edges */
    uint32_t *members; /* scratch: nodes of edges, by component */
};

/* The nodes of one component: entries first, each in ascending order. */
struct component {
    const uint32_t *members;
    size_t count;
    size_t owed_count;
};

static inline struct owed *node_owed(const struct matcher *it, uint32_t node)
{
    return &it->input->owed[node];
}

static inline struct billing_line *node_line(const struct matcher *it, uint32_t node)
{
    return &it->input->lines[node - it->input->owed_count];
}

static inline uint32_t line_node(const struct matcher *it, uint32_t line)
{
    return (uint32_t)it->input->owed_count + line;
}

/* Finds all links: 0, or -1 with err filled. */
int matcher_link(struct matcher *it) __attribute__((warn_unused_result));

int matcher_out_of_memory(struct matcher *it);

/* A stage: edges are cleared and added, then each component of them is handed to `take`. */
void matcher_clear_edges(struct matcher *it);
int matcher_add_edge(struct matcher *it, uint32_t owed, uint32_t line)
    __attribute__((warn_unused_result));
int matcher_each_component(struct matcher *it,
                           int (*take)(struct matcher *it, const struct component *component,
                                       const void *context),
                           const void *context) __attribute__((warn_unused_result));

/* Adds a match of those nodes and marks them. Entries come before lines. */
int matcher_take(struct matcher *it, enum match_category category, const struct match_rule *rule,
                 const uint32_t *members, size_t count) __attribute__((warn_unused_result));

/* The category of a match that a rule has found: by difference and periods. */
int matcher_accept(struct matcher *it, const struct match_rule *rule, const uint32_t *members,
                   size_t count) __attribute__((warn_unused_result));

/* Sums of a component. */
int matcher_sums(struct matcher *it, const uint32_t *members, size_t count,
                 struct decimal *expected, struct decimal *credited)
    __attribute__((warn_unused_result));

/* Whether what was credited is what was expected, as far as the rule tolerates. */
bool rule_tolerates(const struct match_rule *rule, struct decimal expected,
                    struct decimal credited);

/* Whether entry and line are of one account and currency. */
bool nodes_agree(const struct matcher *it, uint32_t owed, uint32_t line);

/* policy/reconcile_rules.c */
int rules_apply(struct matcher *it) __attribute__((warn_unused_result));

/* policy/reconcile_breaks.c: names everything that the rules have left. */
int breaks_name(struct matcher *it) __attribute__((warn_unused_result));

#endif
