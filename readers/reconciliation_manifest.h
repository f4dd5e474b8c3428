/*
 * Reads back of a reconciliation's manifest.json what the next one must know: that it is whole, and
 * of which books.
 */
#ifndef READERS_RECONCILIATION_MANIFEST_H
#define READERS_RECONCILIATION_MANIFEST_H

#include "policy/error.h"
#include "policy/reconciliation_manifest.h"
#include "readers/source.h"

struct reconciliation_facts {
    char sha256[SHA256_TEXT_MAX];       /* of the manifest itself */
    char books_sha256[SHA256_TEXT_MAX]; /* of the manifest of the period's books */
    struct output_summary outputs[RECONCILIATION_OUTPUTS_MAX]; /* names and SHA-256 only */
    size_t output_count;
};

/*
 * ERROR_CLOSED where the manifest is missing or makes no sense: the books were damaged or edited
 * after they were published. `label` stands for it in messages.
 */
int reconciliation_manifest_read(const char *path, const char *label,
                                 struct reconciliation_facts *facts, struct error *err)
    __attribute__((warn_unused_result));

/* The SHA-256 of the output of that name, or NULL. */
const char *reconciliation_output_sha256(const struct reconciliation_facts *facts,
                                         const char *name);

#endif
