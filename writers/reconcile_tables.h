/*
 * The tables of a reconciliation, as CSV and sheets are made from them (writers/table.h).
 */
#ifndef WRITERS_RECONCILE_TABLES_H
#define WRITERS_RECONCILE_TABLES_H

#include "policy/reconcile_rows.h"
#include "writers/table.h"

extern const struct ledger table_reconciliation;  /* struct reconciled_row */
extern const struct ledger table_breaks;          /* struct reconciled_row */
extern const struct ledger table_open_items;      /* struct open_item */
extern const struct ledger table_purchases;       /* struct purchase_check */
extern const struct ledger table_billing_rejects; /* struct billing_reject_row */

#endif
