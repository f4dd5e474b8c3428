/*
 * The division of a run's month into parts (batch/parts.h): reads the events, then the rows that
 * they need, then what earlier periods left, and sends each to the part where it is needed.
 *
 * The whole month keeps what is the same for all parts: the incidents, the names that rejected rows
 * bear, the figures. What is kept of the streamed inputs is decided twice: roughly while they
 * stream by, by fingerprints in a few bytes a name (batch/routes.h), and exactly where the part is
 * put together (batch/part_month.h).
 *
 * Order of calls: parting_open, parting_events, parting_sources, parting_history, then the parts
 * are settled (batch/settle_parts.h), then parting_release.
 */
#ifndef BATCH_PARTING_H
#define BATCH_PARTING_H

#include <stdatomic.h>

#include "batch/carry.h"
#include "batch/history.h"
#include "batch/month.h"
#include "batch/parts.h"
#include "batch/routes.h"
#include "batch/spill.h"
#include "policy/apart.h"

/* What a name is wanted for: a route is found by the name's fingerprint and this. */
enum route_role {
    ROUTE_ORDER,         /* an order, by id, to the part of whoever names it */
    ROUTE_ACCOUNT,       /* an account that has due events */
    ROUTE_BASES_OF,      /* an account some of whose orders or usage may be wanted: others aside */
    ROUTE_ORDERS_OF,     /* all orders of an account */
    ROUTE_CLAIM_ACCOUNT, /* all bases of an account */
    ROUTE_FILING_ACCOUNT,
    ROUTE_RESOURCE, /* the bases of an account's resource */
};

/* Those that are looked up together share a map; the fewer names, the nearer its memory. */
enum route_group { ROUTE_GROUP_ORDERS, ROUTE_GROUP_ACCOUNTS, ROUTE_GROUP_BASES, ROUTE_GROUP_COUNT };

static inline enum route_group route_group(enum route_role role)
{
    return role == ROUTE_ORDER     ? ROUTE_GROUP_ORDERS
           : role == ROUTE_ACCOUNT ? ROUTE_GROUP_ACCOUNTS
                                   : ROUTE_GROUP_BASES;
}

/* What one reading thread knows of the orders. */
struct orders_share {
    alignas(APART_BYTES) size_t kept;        /* rows that went to parts */
    struct decimal payments[CURRENCY_COUNT]; /* cash and flexi coupon of accepted orders */
};

struct parting {
    struct month *whole; /* borrowed */
    struct spill *spill;
    size_t events_per_part; /* wished for */
    unsigned parts_most;
    struct parts parts;
    struct routes routes[ROUTE_GROUP_COUNT]; /* what the due events name, by route_group */
    struct orders_share *orders_shares;      /* by reading thread */

    /* Noted while parts are put together: what of the whole their events name. */
    atomic_uchar *rejected_named[REJECTED_KIND_COUNT]; /* by number of the rejected name */
    atomic_uchar *incidents_named;                     /* by number of the incident */
};

/*
 * memory_bytes: for what is kept packed; more is spilled. The month is prepared and borrowed. 0,
 * or -1 with err filled; release in either case.
 */
int parting_open(struct parting *parting, struct month *month, size_t memory_bytes,
                 struct error *err) __attribute__((warn_unused_result));
void parting_release(struct parting *parting);

/*
 * Reads refund requests, incidents, claims, filings and tickets, and divides the month. Held
 * events go to the carry. ERROR_INPUT also when due claims come without any incidents file, or due
 * filings without any accounts file.
 */
int parting_events(struct parting *parting, const struct history *history, struct carry *carry,
                   struct error *err) __attribute__((warn_unused_result));

/* Reads accounts, orders and usage. */
int parting_sources(struct parting *parting, struct error *err) __attribute__((warn_unused_result));

/* Reads what earlier periods left of the month's accounts and orders; the last of the reading. */
int parting_history(struct parting *parting, const struct history *history, struct error *err)
    __attribute__((warn_unused_result));

static inline uint64_t route_name(enum route_role role, uint64_t fingerprint)
{
    return fingerprint ^ ((uint64_t)role + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

#endif
