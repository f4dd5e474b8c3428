/*
 * Reads a finished workbook back and proves that it holds what was handed to its writer: every
 * part inflates to its length and CRC-32, and every sheet has the rows, cells, formulas, text bytes
 * and exact column sums of the tally, and is whole. Streaming: memory is a few hundred kilobytes a
 * thread. Parts are read side by side by as many threads as told, without changing the result.
 */
#ifndef READERS_WORKBOOK_CHECK_H
#define READERS_WORKBOOK_CHECK_H

#include "policy/error.h"
#include "policy/workbook_tally.h"

/*
 * 0 when the file at `path` agrees; -1 with err filled: ERROR_CONTROL, naming the sheet and what
 * differs, or ERROR_IO when it can't be read.
 */
int workbook_check(const char *path, const struct workbook_tally *tally, int threads,
                   struct error *err) __attribute__((warn_unused_result));

#endif
