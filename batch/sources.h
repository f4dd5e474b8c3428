/*
 * What the due events of a month name: accounts, orders, the bases of claims.
 */
#ifndef BATCH_SOURCES_H
#define BATCH_SOURCES_H

#include <stdbool.h>

#include "batch/month.h"

/*
 * Notes what every due event names: gives each the number of its account, and fills the month's
 * sets of accounts and of wanted names. 0, or -1 with err filled.
 */
int sources_want(struct month *month, struct error *err) __attribute__((warn_unused_result));

/* Whether a claim needs the row. */
bool sources_need_order(const struct month *month, const struct order *order);
bool sources_need_usage(const struct month *month, const struct usage *usage);

/* Whether a due event names what the rejected row bears; kind as in batch/sources_files.h. */
bool sources_name_rejected(const struct month *month, int kind, const struct name *name);

/* Gives every kept order its state and finds it by its id: 0, or -1 with err filled. */
int sources_index_orders(struct month *month, struct error *err)
    __attribute__((warn_unused_result));

#endif
