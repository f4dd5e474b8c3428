/*
 * The carried rows: held and deferred events, and the incidents of such claims, as tables in the
 * layout of the exports (inputs.md), so that the next period reads them with the same readers.
 *
 * Unlike in the ledgers, text is never guarded against being taken for a formula: what is written
 * reads back to the byte. The names have the folder in front ("carry-forward/claims").
 */
#ifndef WRITERS_CARRIED_H
#define WRITERS_CARRIED_H

#include "writers/table.h"

/* Entries are the structs of policy/records.h. */
extern const struct ledger ledger_carried_requests;  /* struct refund_request */
extern const struct ledger ledger_carried_claims;    /* struct claim */
extern const struct ledger ledger_carried_filings;   /* struct filing */
extern const struct ledger ledger_carried_incidents; /* struct incident */

#endif
