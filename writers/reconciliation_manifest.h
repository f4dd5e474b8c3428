/*
 * Writes a reconciliation's manifest.json: indented JSON, members and lists in a fixed order,
 * amounts as text in plain digits. Tells no time of its making.
 */
#ifndef WRITERS_RECONCILIATION_MANIFEST_H
#define WRITERS_RECONCILIATION_MANIFEST_H

#include "policy/error.h"
#include "policy/reconciliation_manifest.h"

/*
 * Creates manifest.json in the folder, flushes it to disk and fills the summary. 0, or -1 with err
 * filled (ERROR_IO) and no file left.
 */
int reconciliation_manifest_write(int folder_fd, const struct reconciliation_manifest *manifest,
                                  struct output_summary *summary, struct error *err)
    __attribute__((warn_unused_result));

#endif
