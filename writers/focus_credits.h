/*
 * Writes approved entries as rows of a FOCUS 1.2 dataset, for the billing system to load.
 *
 * By the specification: a credit has ChargeCategory Credit and a negative BilledCost, which
 * ListCost, ContractedCost and EffectiveCost match, as it is unrelated to other charges;
 * ChargeClass is Correction only where an earlier billing period, invoiced already, is corrected,
 * and null otherwise; instants are UTC, ends exclusive; null is an empty value; columns of our own
 * begin with x_. Ids are written to the byte, without a guard against formulas: a program reads
 * this.
 */
#ifndef WRITERS_FOCUS_CREDITS_H
#define WRITERS_FOCUS_CREDITS_H

#include <stdio.h>

#include "policy/billing.h"
#include "policy/error.h"

struct focus_facts {
    int32_t period;         /* the billing period */
    int utc_offset_seconds; /* of the policy, in which months and days begin */
    const char *provider;   /* ProviderName, PublisherName, InvoiceIssuerName; not empty */
};

/* ERROR_IO, "standard output: ..." for a failed write. */
int focus_credits_header(FILE *out, struct error *err) __attribute__((warn_unused_result));
int focus_credits_row(FILE *out, const struct focus_facts *facts, const struct owed *owed,
                      struct error *err) __attribute__((warn_unused_result));

#endif
