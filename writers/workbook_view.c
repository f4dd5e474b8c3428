/*
 * Owns how ledgers are laid out for people: the columns that a reader wants first, the ones that a
 * page shows, and the columns that only the workbook has. A column that is not named here follows
 * in the ledger's own order.
 */
#include <assert.h>
#include <string.h>

#include "writers/workbook_ledger.h"

static const struct view_column EXTRAS[] = {
    {NULL, EXTRA_WHY, "why", "Why", 52, CELL_CODE},
    {NULL, EXTRA_CASH_PAID, "cash_paid", "Paid in cash", 14, CELL_AMOUNT},
    {NULL, EXTRA_TO_REFUNDS, "to_refunds", "First refund", 18, CELL_CODE},
    {NULL, EXTRA_TO_COMPENSATIONS, "to_compensations", "First compensation", 22, CELL_CODE},
    {NULL, EXTRA_TO_REWARDS, "to_rewards", "First reward", 18, CELL_CODE},
};

/* Widths where the ledger's are for a screen without words beside it. */
static const struct {
    const char *name;
    int width;
} WIDTHS[] = {
    {"request_id", 16},     {"claim_id", 16},      {"filing_id", 16},    {"account_id", 16},
    {"actual_payment", 13}, {"amount_due", 13},    {"handling_fee", 13}, {"refund", 13},
    {"amount", 13},         {"fault_seconds", 12}, {"currency", 9},      {"decision", 12},
    {"service", 10},        {"requested_at", 18},  {"submitted_at", 18}, {"approved_at", 18},
    {"compensations", 15},  {"resource_id", 16},   {"order_id", 16},
};

static const char *const ACCOUNTS_ORDER[] = {
    "account_id",         "name",    "currency",     "refunds", "refund_total", "compensations",
    "compensation_total", "rewards", "reward_total", "total",   "to_refunds",   "to_compensations",
    "to_rewards",         NULL,
};
static const char *const REFUNDS_ORDER[] = {
    "request_id",
    "account_id",
    "service",
    "currency",
    "requested_at",
    "decision",
    "why",
    "actual_payment",
    "amount_due",
    "handling_fee",
    "refund",
    "refund_cash",
    "refund_flexi_coupon",
    "refund_cash_coupon",
    "cash_paid",
    "reason",
    "clause",
    "used",
    "subscribed",
    "usage_unit",
    "fee_rate",
    "product_category",
    "usage_year",
    "full_refund_number",
    "order_id",
    "resource_id",
    NULL,
};
static const char *const COMPENSATIONS_ORDER[] = {
    "claim_id",     "account_id", "resource_id", "service",       "currency",
    "submitted_at", "decision",   "why",         "amount",        "reason",
    "clause",       "cost",       "times",       "fault_seconds", "basis_seconds",
    "capped",       "daily_cost", "fault_from",  "fault_to",      NULL,
};
static const char *const REWARDS_ORDER[] = {
    "filing_id", "account_id", "order_id", "tier",   "currency", "approved_at",
    "decision",  "why",        "amount",   "reason", "clause",   NULL,
};
static const char *const RESTATEMENT_ORDER[] = {
    "ledger",       "account_id", "event_id",   "currency",   "change", "old_decision",
    "new_decision", "old_amount", "new_amount", "difference", "cause",  NULL,
};
static const char *const NO_ORDER[] = {NULL};

static const char LEDGER_NOTE[] =
    "Amounts and fees are formulas over the row and the Policy sheet; columns to the right of the "
    "printed ones show where they come from.";

static const struct ledger_view VIEWS[LEDGER_KINDS] = {
    [LEDGER_ACCOUNTS] = {&ledger_accounts, ACCOUNTS_ORDER, 10, 1,
                         "Approved amounts of each account, one line a currency.", "accounts"},
    [LEDGER_REFUNDS] = {&ledger_refunds, REFUNDS_ORDER, 11, 2, LEDGER_NOTE, "refund_requests"},
    [LEDGER_COMPENSATIONS] = {&ledger_compensations, COMPENSATIONS_ORDER, 9, 2, LEDGER_NOTE,
                              "claims"},
    [LEDGER_REWARDS] = {&ledger_rewards, REWARDS_ORDER, 9, 2,
                        "Rewards for the first ICP filing of an account.", "filings"},
    [LEDGER_TICKETS] = {&ledger_tickets, NO_ORDER, 5, 2,
                        "Service tickets of the period, and whether support covers them.",
                        "tickets"},
    [LEDGER_LATE] = {&ledger_late, NO_ORDER, 9, 2,
                     "Prior-period items: events of earlier months that were decided in this one.",
                     ""},
    [LEDGER_RESTATEMENT] = {&ledger_restatement, RESTATEMENT_ORDER, 11, 2,
                            "The bridge from the books that these replace: what appeared, vanished "
                            "or changed, and why.",
                            ""},
    [LEDGER_REJECTS] = {&ledger_rejects, NO_ORDER, 6, 0,
                        "Input rows that could not be used, as they stand in the exports.", ""},
};

const struct ledger_view *ledger_view_of(enum ledger_kind kind)
{
    assert(kind >= 0 && kind < LEDGER_KINDS);
    return &VIEWS[kind];
}

static const struct ledger_column *find_source(const struct ledger *ledger, const char *name)
{
    for (int i = 0; i < ledger->column_count; i++)
        if (strcmp(ledger->columns[i].name, name) == 0)
            return &ledger->columns[i];
    return NULL;
}

static struct view_column column_of_source(const struct ledger_column *source)
{
    struct view_column column = {source,          EXTRA_NONE,    source->name,
                                 source->heading, source->width, source->kind};

    for (size_t i = 0; i < sizeof(WIDTHS) / sizeof(WIDTHS[0]); i++)
        if (strcmp(WIDTHS[i].name, source->name) == 0)
            column.width = WIDTHS[i].width;
    return column;
}

static bool is_ordered(const struct ledger_view *view, const char *name)
{
    for (const char *const *at = view->order; *at != NULL; at++)
        if (strcmp(*at, name) == 0)
            return true;
    return false;
}

int ledger_view_columns(const struct ledger_view *view,
                        struct view_column columns[WORKBOOK_COLUMNS_MAX])
{
    int count = 0;

    for (const char *const *at = view->order; *at != NULL; at++) {
        const struct ledger_column *source = find_source(view->ledger, *at);

        assert(count < WORKBOOK_COLUMNS_MAX);
        if (source != NULL) {
            columns[count++] = column_of_source(source);
            continue;
        }
        for (size_t i = 0; i < sizeof(EXTRAS) / sizeof(EXTRAS[0]); i++)
            if (strcmp(EXTRAS[i].name, *at) == 0)
                columns[count++] = EXTRAS[i];
    }
    for (int i = 0; i < view->ledger->column_count; i++) {
        const struct ledger_column *source = &view->ledger->columns[i];

        if (is_ordered(view, source->name))
            continue;
        assert(count < WORKBOOK_COLUMNS_MAX);
        columns[count++] = column_of_source(source);
    }
    return count;
}
