/*
 * The manifest of a reconciliation: from what it was made, by what rules, and what it came to. A
 * value, written by writers/reconciliation_manifest.h and read back, as far as the next
 * reconciliation needs it, by readers/reconciliation_manifest.h.
 */
#ifndef POLICY_RECONCILIATION_MANIFEST_H
#define POLICY_RECONCILIATION_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "policy/output_summary.h"
#include "policy/span.h"

enum { RECONCILIATION_FORMAT = 1, RECONCILIATION_OUTPUTS_MAX = 16 };

/* A file that it was made from. Only billing files have rows. */
struct reconciliation_input {
    const char *input; /* "billing", "orders", "adjustments" */
    struct span file;  /* base name */
    uint64_t bytes;
    const char *sha256;
    uint64_t read;
    uint64_t accepted;
    uint64_t rejected;
};

struct reconciliation_total {
    int32_t currency;
    const char *category; /* code */
    uint64_t matches;
    struct span difference; /* plain digits */
};

/* What the billing exports come to, by kind and currency: every accepted row is in one. */
struct reconciliation_billing {
    const char *kind;
    int32_t currency;
    uint64_t rows;
    struct span billed; /* plain digits, exactly, negative in the customer's favour */
};

struct reconciliation_manifest {
    int32_t period;
    struct span version;         /* of the program */
    struct span books_sha256;    /* of the period's manifest */
    int32_t previous_period;     /* PERIOD_NONE: the first reconciliation */
    struct span previous_sha256; /* of its manifest */
    struct span profile;         /* its name */
    struct span profile_sha256;
    struct span configuration_sha256; /* empty: none */
    const struct reconciliation_input *inputs;
    size_t input_count;
    const struct reconciliation_billing *billing;
    size_t billing_count;
    const struct reconciliation_total *totals;
    size_t total_count;
    struct output_summary outputs[RECONCILIATION_OUTPUTS_MAX];
    size_t output_count;
};

#endif
