/*
 * The period's sources, published with it: the rows that its decisions hang on, what earlier
 * periods had decided about them, and the policy. So that every decision of a closed period can be
 * explained, and made again, from the period's folder (or its archive) alone.
 *
 * They are (docs/formats.md, "The sources"): the rows in the layout of the exports with two columns
 * more, the file and line that each was read from; the names that rejected rows bear; the part of
 * the previous period's carry-forward that concerns the period; the policy file, byte by byte.
 *
 * Order of calls: sources_files_open, sources_files_append for every part in their order, then
 * sources_files_commit; sources_files_discard after a failure. 0, or -1 with err filled: ERROR_IO;
 * ERROR_USAGE where the policy file is no longer the one that was loaded.
 */
#ifndef BATCH_SOURCES_FILES_H
#define BATCH_SOURCES_FILES_H

#include "batch/history_rows.h"
#include "batch/line_sort.h"
#include "batch/month.h"
#include "policy/output_summary.h"
#include "readers/policy_file.h"
#include "writers/output.h"

#define SOURCES_FOLDER "sources"
#define SOURCES_POLICY_FILE "policy.conf"
#define SOURCES_REJECTED_FILE "rejected_names.csv.gz"

enum { SOURCES_FILE_COUNT = 14 };

/* The sets of names that rejected rows bear, and what a row of rejected_names calls each. */
extern const char *const rejected_names_kinds[REJECTED_KIND_COUNT];
struct name_set *rejected_names(struct month *month, int kind);

struct parting;
struct part_sources;

struct sources_files {
    int folder_fd;
    struct output *inputs[INPUT_COUNT];        /* of all but incidents and tickets */
    struct output *states[HISTORY_FILE_COUNT]; /* of those by account */
    uint64_t input_rows[INPUT_COUNT];
    uint64_t state_rows[HISTORY_FILE_COUNT];
};

int sources_files_open(struct sources_files *files, int folder_fd, struct error *err)
    __attribute__((warn_unused_result));
int sources_files_append(struct sources_files *files, const struct part_sources *sources,
                         struct error *err) __attribute__((warn_unused_result));

/*
 * Writes what is the whole month's: the incidents that its claims name, the names that rejected
 * rows bear, as far as its events name them, by_order's lines, which end with this, and the policy.
 * policy_path: NULL for the policy that is built in.
 */
int sources_files_commit(struct sources_files *files, const struct parting *parting,
                         struct line_sort *by_order[HISTORY_FILE_COUNT], const char *policy_path,
                         const struct policy_source *policy,
                         struct output_summary summaries[SOURCES_FILE_COUNT], struct error *err)
    __attribute__((warn_unused_result));
void sources_files_discard(struct sources_files *files);

#endif
