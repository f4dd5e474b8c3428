/*
 * The rows that the month's events need: orders, usage and accounts stream past once, and of them
 * only what a due event names is kept (inputs.md, "Keys", last paragraph; architecture: events
 * first, orders once).
 */
#ifndef BATCH_SOURCES_H
#define BATCH_SOURCES_H

#include "batch/month.h"

/* Reads accounts, orders and usage: 0, or -1 with err filled. */
int sources_read(struct month *month, struct error *err) __attribute__((warn_unused_result));

#endif
