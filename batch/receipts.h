/*
 * The command `recompense receipt`: receipts of approved refunds (writers/receipt.h), of some
 * requests as one workbook, or of a whole period as workbooks of a hundred accounts in a ZIP.
 */
#ifndef BATCH_RECEIPTS_H
#define BATCH_RECEIPTS_H

#include "batch/options.h"
#include "batch/report.h"

/*
 * 0, with *wants_look where a request has no approved refund; -1 with err filled, also
 * ERROR_CONTROL where a refund, made again from the sources, is not the published one: it gets no
 * receipt.
 */
int receipts_make(const struct options *options, struct report *report, bool *wants_look,
                  struct error *err) __attribute__((warn_unused_result));

#endif
