/*
 * The manifest of a period: from what it was made, by what rules, and what it came to. A value,
 * written by writers/manifest.h and read back by readers/manifest.h.
 *
 * Text and arrays are borrowed: from the run, or from the arena that it was read into. Text is
 * UTF-8; a file name that is not is written with one U+FFFD for each invalid byte.
 */
#ifndef POLICY_MANIFEST_H
#define POLICY_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/civil.h"
#include "policy/currency.h"
#include "policy/decimal.h"
#include "policy/output_summary.h"
#include "policy/records.h"
#include "policy/span.h"

enum {
    MANIFEST_FORMAT = 1, /* changes when a reader of today could misread it */
    SHA256_HEX_SIZE = 64,
};

#define MANIFEST_FILE "manifest.json"

/* An option that the outputs depend on, as it would be given: {"workbook", "false"}. */
struct manifest_option {
    struct span name;
    struct span value;
};

struct manifest_version {
    struct span name;
    int64_t effective_from;
};

/* Rows: read = accepted + rejected + duplicate. */
struct manifest_input {
    enum input input;
    struct span file;   /* base name */
    uint64_t bytes;     /* as stored */
    struct span sha256; /* of the bytes as stored, 64 digits of lower-case hex, as all below */
    uint64_t read;
    uint64_t accepted;
    uint64_t rejected;
    uint64_t duplicate;
};

/* Of one ledger and decision, in one currency if the decision gives money. */
struct manifest_total {
    struct span ledger;   /* "refunds" ... */
    struct span decision; /* as the ledger spells it: "partial", "in_scope" ... */
    uint64_t count;
    int32_t currency; /* CURRENCY_NONE: no amount */
    struct decimal amount;
};

struct manifest {
    int32_t period;
    struct span program;    /* "recompense" */
    struct span version;    /* of the program */
    int32_t opening_from;   /* the first period that these books answer for */
    int utc_offset_seconds; /* the policy time zone */

    const struct manifest_option *options;
    size_t option_count;

    struct span policy_file;   /* base name; empty: the policy that is built in */
    struct span policy_sha256; /* of the file, or of the built-in text */
    const struct manifest_version *policy_versions;
    size_t policy_version_count;

    struct span configuration_sha256; /* empty: no configuration file */

    int32_t previous_period;     /* PERIOD_NONE: the first period of the books */
    struct span previous_sha256; /* of its manifest */

    const struct manifest_input *inputs;
    size_t input_count;
    const struct output_summary *outputs; /* all but the manifest itself; no crc32 when read back */
    size_t output_count;
    const struct manifest_total *totals;
    size_t total_count;
};

#endif
