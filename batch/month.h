/*
 * One month in memory: its events, the rows that they need, and what earlier months left. Filled
 * in the order events, sources, history (batch/events.h, sources.h, history.h), then settled
 * account by account (batch/settle.h).
 */
#ifndef BATCH_MONTH_H
#define BATCH_MONTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch/intake.h"
#include "batch/names.h"
#include "batch/rejects.h"
#include "policy/account_case.h"
#include "policy/error.h"
#include "policy/terms.h"
#include "readers/input.h"

/* The kinds of events that are decided once. */
enum event_kind { EVENT_REQUEST, EVENT_CLAIM, EVENT_FILING, EVENT_KIND_COUNT };

extern const enum input event_inputs[EVENT_KIND_COUNT];

/*
 * What became of a kind's events:
 * accepted + carried_in = decided + deferred + pending + held + already_decided + replaced.
 */
struct event_figures {
    int64_t accepted;
    int64_t carried_in;
    int64_t replaced;        /* carried, and in the new export as well */
    int64_t already_decided; /* by an earlier period, or before these books were opened */
    int64_t held;            /* of a later period */
    int64_t late;            /* of an earlier period, among those judged now */
    int64_t pending;
    int64_t deferred;
    int64_t decided;
};

/* What became of the tickets. */
struct ticket_figures {
    int64_t accepted;
    int64_t of_period;
    int64_t left_out; /* of other periods */
};

/* An event that is judged now. */
struct event {
    const void *record;
    struct row_position position; /* file UINT32_MAX: carried */
    int64_t time;                 /* INSTANT_NONE: a pending filing */
    uint32_t account;             /* of a due event: its number in month.accounts */
};

struct event_list {
    struct event *items;
    size_t count;
    size_t capacity;
};

/* What the history knows of the run's accounts (batch/history.h). */
struct history_span {
    uint32_t account; /* number in month.accounts */
    struct compensated_span span;
};

struct history_full_refunds {
    uint32_t account;
    struct full_refund_count count;
};

/* The names that rejected rows bear, by kind. */
enum rejected_kind {
    REJECTED_ACCOUNTS,
    REJECTED_BASIS_ACCOUNTS,
    REJECTED_BASES,
    REJECTED_INCIDENTS,
    REJECTED_ORDER_RESOURCES,
    REJECTED_ORDERS,
    REJECTED_KIND_COUNT,
};

struct open_incidents;

struct month {
    const struct policy *policy;
    int32_t period;
    int32_t opening; /* the first period that these books answer for */
    int64_t begins_at;
    int64_t ends_at;
    int64_t opens_at; /* events before are decided elsewhere */

    struct exports exports;
    struct intake_options intake_options;
    struct intake intakes[INPUT_COUNT];
    struct reject_log rejects;

    struct event_list due[EVENT_KIND_COUNT];
    struct event_figures figures[EVENT_KIND_COUNT];
    struct event_list tickets; /* of the period */
    struct ticket_figures ticket_figures;

    struct name_set incidents; /* by id; numbers are those of intakes[INPUT_INCIDENTS].rows */
    struct name_set accounts;  /* of the due events; an account's number is its number here */
    size_t due_account_count;  /* accounts behind these are there for other reasons */

    /* What the due events name. */
    struct name_filter wanted_orders;
    struct name_filter wanted_resources;       /* (account, resource) of claims */
    struct name_filter wanted_claim_accounts;  /* of account-wide claims */
    struct name_filter wanted_filing_accounts; /* of filings */
    /* Whose orders and usage lines are wanted as well (batch/exposure.h); NULL: none. */
    const struct open_incidents *open_incidents;

    /* What rejected rows name. */
    struct name_set rejected_orders;
    struct name_set rejected_order_resources; /* (account, resource) of orders */
    struct name_set rejected_bases;           /* (account, resource) of orders and usage */
    struct name_set rejected_basis_accounts;  /* accounts of orders and usage */
    struct name_set rejected_incidents;
    struct name_set rejected_accounts;

    struct name_set orders;                        /* by id; numbers are those of order_states */
    struct order_state *order_states;              /* of the kept orders */
    struct decimal order_payments[CURRENCY_COUNT]; /* cash and flexi coupon of accepted orders */

    /* History, by account once history_load is done. */
    struct history_span *spans;
    size_t span_count;
    size_t span_capacity;
    struct history_full_refunds *full_refunds;
    size_t full_refund_count;
    size_t full_refund_capacity;
    bool *rewarded; /* by account number; NULL: none was */
    struct arena history_text;
};

/* Prepares an empty month for the period; the policy is borrowed. Release it in any state. */
void month_init(struct month *month, const struct policy *policy, int32_t period, int32_t opening);
void month_release(struct month *month);

/* The account, time and id of an event of the kind, by its record. */
struct span event_account(enum event_kind kind, const void *record);
struct span event_id(enum event_kind kind, const void *record);
int64_t event_time(enum event_kind kind, const void *record);

int event_list_add(struct event_list *list, struct event event, struct error *err)
    __attribute__((warn_unused_result));

#endif
