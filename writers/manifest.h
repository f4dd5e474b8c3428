/*
 * Writes a period's manifest.json: indented JSON, members and lists in a fixed order, amounts as
 * text in plain digits, one LF at the end. Tells no time of its making.
 */
#ifndef WRITERS_MANIFEST_H
#define WRITERS_MANIFEST_H

#include "policy/error.h"
#include "policy/manifest.h"

/*
 * Creates MANIFEST_FILE in the folder, flushes it to disk and fills the summary; the lists are
 * written in the order given. 0, or -1 with err filled (ERROR_IO) and no file left.
 */
int manifest_write(int folder_fd, const struct manifest *manifest, struct output_summary *summary,
                   struct error *err) __attribute__((warn_unused_result));

#endif
