/*
 * The clauses of the policy: what a ledger's `clause` column refers to. The words are the
 * published policy's own; where it is silent, the interpretation that the program follows.
 */
#ifndef POLICY_CLAUSE_H
#define POLICY_CLAUSE_H

#include <stddef.h>

struct clause {
    const char *id; /* "refund.full" */
    const char *title;
    const char *words;          /* quoted, paragraphs parted by '\n'; "": the policy is silent */
    const char *interpretation; /* paragraphs parted by '\n'; "": the policy's words suffice */
};

/* All clauses, in the order in which they are told. */
extern const struct clause clauses[];
extern const size_t clause_count;

/* The clause with that id, or NULL. */
const struct clause *clause_find(const char *id);

#endif
