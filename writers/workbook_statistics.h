/*
 * What the Summary and Controls sheets say about the ledgers, gathered row by row.
 */
#ifndef WRITERS_WORKBOOK_STATISTICS_H
#define WRITERS_WORKBOOK_STATISTICS_H

#include "writers/workbook_row.h"

enum programme {
    PROGRAMME_REFUNDS,
    PROGRAMME_COMPENSATIONS,
    PROGRAMME_REWARDS,
    PROGRAMME_COUNT,
};

enum {
    REASONS_MAX = BOOK_REASONS_MAX,
    DAYS_MAX = 32,      /* 1 to 31; 0: late items, of earlier months */
    SERVICES_MAX = 128, /* service and currency; what comes later is counted as "other" */
    SERVICE_SHOWN_MAX = 10,
    LARGEST_ACCOUNTS = 10,
};

struct approved {
    uint64_t rows;
    struct decimal amount;
};

/* Of the first book, or of all others. */
struct share {
    uint64_t decisions[PROGRAMME_COUNT][DECISION_END];
    uint64_t late[PROGRAMME_COUNT];
    uint64_t reasons[PROGRAMME_COUNT][REASONS_MAX];
    struct approved approved[PROGRAMME_COUNT][CURRENCY_COUNT];
    struct decimal accounts[PROGRAMME_COUNT][CURRENCY_COUNT]; /* by the Accounts sheet */
    uint64_t tickets[2];                                      /* out of scope, in scope */
};

struct service_total {
    char service[256 + 1];
    uint64_t fingerprint;
    int currency;
    struct decimal amount[PROGRAMME_COUNT]; /* refunds and compensations */
};

struct large_account {
    char account_id[256 + 1];
    char name[1024 + 1];
    int64_t approved_rows;
    struct decimal total;
    char link[CELL_NAME_MAX + 16]; /* to its row on Accounts, in the first book; "" otherwise */
};

struct largest_accounts {
    size_t count;
    struct large_account items[LARGEST_ACCOUNTS]; /* the largest first */
};

struct statistics {
    struct share shares[2];
    struct decimal by_day[PROGRAMME_COUNT][CURRENCY_COUNT][DAYS_MAX];
    struct service_total services[SERVICES_MAX];
    size_t service_count;
    struct decimal other_services[CURRENCY_COUNT];
    struct largest_accounts *largest[CURRENCY_COUNT]; /* NULL: none */
    uint64_t marked;
    uint64_t withheld;
    uint64_t rejects;
};

/* One decided row: 0, or -1 with err filled where a sum is out of range. */
struct decided {
    enum programme programme;
    enum decision decision;
    int reason;
    struct span id;        /* of the request, claim or filing */
    int32_t origin_period; /* of a late one; otherwise PERIOD_NONE */
    int currency;          /* with an approval; otherwise CURRENCY_NONE */
    struct decimal amount;
    int64_t event_at;
    struct span service; /* empty for rewards */
};

int statistics_add(struct statistics *statistics, const struct decided *row, bool first_book,
                   const struct workbook_facts *facts, struct error *err)
    __attribute__((warn_unused_result));
int statistics_add_account(struct statistics *statistics, const struct account_total *total,
                           bool first_book, const char *link, struct error *err)
    __attribute__((warn_unused_result));
/* Whether the total would be kept among the largest accounts. */
bool statistics_is_large(const struct statistics *statistics, const struct account_total *total);
void statistics_free(struct statistics *statistics);

/* The currency with the most approved rows, or CURRENCY_NONE. */
int statistics_main_currency(const struct statistics *statistics);

/* The code, clause and text of a programme's reason; NULL past the last. */
const struct reason *programme_reason(enum programme programme, int reason);
const char *programme_title(enum programme programme);
enum ledger_kind programme_ledger(enum programme programme);

#endif
