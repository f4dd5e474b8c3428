/*
 * The period's sources, published with it: the rows that its decisions hang on, what earlier
 * periods had decided about them, and the policy. So that every decision of a closed period can be
 * explained, and made again, from the period's folder (or its archive) alone.
 *
 * They are (docs/formats.md, "The sources"): the rows in the layout of the exports with two columns
 * more, the file and line that each was read from; the names that rejected rows bear; the part of
 * the previous period's carry-forward that concerns the period; the policy file, byte by byte.
 */
#ifndef BATCH_SOURCES_FILES_H
#define BATCH_SOURCES_FILES_H

#include "batch/month.h"
#include "policy/output_summary.h"
#include "readers/policy_file.h"

#define SOURCES_FOLDER "sources"
#define SOURCES_POLICY_FILE "policy.conf"
#define SOURCES_REJECTED_FILE "rejected_names.csv.gz"

enum { SOURCES_FILE_COUNT = 14 };

/* The sets of names that rejected rows bear, and what a row of rejected_names calls each. */
enum { REJECTED_NAMES_COUNT = 6 };

extern const char *const rejected_names_kinds[REJECTED_NAMES_COUNT];
struct name_set *rejected_names(struct month *month, int kind);

/*
 * Writes the folder into the one behind folder_fd. The month is read, with its history, and not
 * settled yet: settling changes what is known of its orders. policy_path: NULL for the policy that
 * is built in. Files are written by several threads, as the intake's options say; the bytes never
 * depend on them. 0, or -1 with err filled: ERROR_IO; ERROR_USAGE where the policy file is no
 * longer the one that was loaded.
 */
int sources_files_write(struct month *month, const char *policy_path,
                        const struct policy_source *policy, int folder_fd,
                        struct output_summary summaries[SOURCES_FILE_COUNT], struct error *err)
    __attribute__((warn_unused_result));

#endif
