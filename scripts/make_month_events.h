/*
 * What happened in the generated months: refund requests, incidents, claims, usage, filings and
 * tickets, each a pure function of (world, month, number).
 *
 * An export of a month repeats a few events of the month before, adds those that came too late for
 * it, and already has some of the month after; event_shown() decides which.
 */
#ifndef MAKE_MONTH_EVENTS_H
#define MAKE_MONTH_EVENTS_H

#include "make_month_orders.h"

/* Whether the export of `period` shows the event `number` of `month`, which happened at `at`. */
bool event_shown(const struct world *world, enum domain domain, int period, int month,
                 uint64_t number, int64_t at);

/* Rows of `month` when an export shows two months and `total` rows together. */
uint64_t rows_of_month(uint64_t total, int month);

/* Each of these writes the cells of one row and returns their end; *at is when it happened. */
char *put_request(char *to, const struct world *world, int month, uint64_t number, int64_t *at);
char *put_usage(char *to, const struct world *world, int month, uint64_t number);
char *put_ticket(char *to, const struct world *world, int month, uint64_t number, int64_t *at);

/* approved_at stays empty while it is after `exported_at`. *submitted may be TIME_NONE. */
char *put_filing(char *to, const struct world *world, int month, uint64_t number,
                 int64_t exported_at, int64_t *submitted, int64_t *approved);

struct incident {
    int64_t started_at, rectified_at;
    struct resource resource; /* the service and region; id 0 when all resources are hit */
    uint64_t word;
    uint8_t scenario, cause;
    bool everywhere, sla_covered;
};

/* The incidents of four months round the period, held in memory. */
struct incidents;
/* NULL when memory is short. */
struct incidents *incidents_new(const struct world *world, int period) WARN_UNUSED;
void incidents_free(struct incidents *incidents);
char *put_incident(char *to, const struct incidents *incidents, int month, uint64_t number,
                   int64_t exported_at);
/* `month` is the period, the one before it or the one after. */
char *put_claim(char *to, const struct world *world, const struct incidents *incidents, int month,
                uint64_t number, int64_t *at);

#endif
