/*
 * Fault compensation (policy.md, "Fault compensation"): decides an account's claims, after its
 * refunds.
 *
 * Cost: with b bases and c claims of the account, sorting takes (b + c) log (b + c); a claim on one
 * resource then takes log b and the bases that the fault overlaps; a claim on all resources takes
 * that for each of the account's resources that is of the incident's service, the first time that
 * the incident is claimed so, and nothing again. Seconds already compensated cost log n in their
 * number.
 */
#ifndef POLICY_COMPENSATION_H
#define POLICY_COMPENSATION_H

#include "policy/account_case.h"
#include "policy/interval.h"

/*
 * Told once per resource that has compensated seconds, in byte order of the resources, every
 * interval in order: those of earlier periods and those of this one. 0, or -1 to stop.
 */
struct compensated_sink {
    void *context;
    int (*seconds)(void *context, struct span resource_id, struct interval interval);
};

/*
 * Decides the account's claims and hands the entries on in the ledger's order: claim_id,
 * resource_id, basis_starts_at, basis_id. Notes in each order_state what was compensated.
 * 0; -1 when a sink said so or memory is out.
 * The incident of every claim must have terms at its started_at.
 */
int compensation_settle(const struct settlement *settlement, const struct account_case *account,
                        const struct compensation_sink *sink,
                        const struct compensated_sink *compensated)
    __attribute__((warn_unused_result));

/*
 * The simplest case, which needs no account: what a claim of the incident comes to where the order
 * is all that its resource has. Fills the entry, but for its claim and origin, and the basis that
 * it points at, as compensation_settle would; notes the amount in the order's state, and the
 * seconds in `compensated`, those of the resource so far: NULL where the incident bears on none of
 * them. `terms` are those in force at the incident's start. 1; 0 where nothing is owed; -1 when
 * memory is out.
 */
int compensation_of_lone_order(const struct incident *incident, const struct terms *terms,
                               struct order_state *order, struct interval_set *compensated,
                               struct compensation_entry *entry, struct basis *basis)
    __attribute__((warn_unused_result));

#endif
