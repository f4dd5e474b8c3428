/*
 * Owns the sums behind the Summary sheet.
 * Must not know sheets.
 */
#include "writers/workbook_statistics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/hash.h"

static const struct {
    const char *title;
    enum ledger_kind ledger;
} PROGRAMMES[PROGRAMME_COUNT] = {
    [PROGRAMME_REFUNDS] = {"Refunds", LEDGER_REFUNDS},
    [PROGRAMME_COMPENSATIONS] = {"Compensations", LEDGER_COMPENSATIONS},
    [PROGRAMME_REWARDS] = {"Rewards", LEDGER_REWARDS},
};

const char *programme_title(enum programme programme)
{
    return PROGRAMMES[programme].title;
}

enum ledger_kind programme_ledger(enum programme programme)
{
    return PROGRAMMES[programme].ledger;
}

const struct reason *programme_reason(enum programme programme, int reason)
{
    switch (programme) {
    case PROGRAMME_REFUNDS:
        return reason < REFUND_REASON_COUNT ? refund_reason((enum refund_reason)reason) : NULL;
    case PROGRAMME_COMPENSATIONS:
        return reason < COMPENSATION_REASON_COUNT
                   ? compensation_reason((enum compensation_reason)reason)
                   : NULL;
    case PROGRAMME_REWARDS:
        return reason < REWARD_REASON_COUNT ? reward_reason((enum reward_reason)reason) : NULL;
    case PROGRAMME_COUNT:
        break;
    }
    return NULL;
}

static int out_of_range(struct error *err)
{
    return error_set(err, ERROR_CONTROL, "workbook: a total is out of range");
}

/* The service's sums in the currency, or NULL when the table is full. */
static struct service_total *service_of(struct statistics *statistics, struct span service,
                                        int currency)
{
    uint64_t fingerprint = hash_span((uint64_t)currency, service);
    struct service_total *total;

    for (size_t i = 0; i < statistics->service_count; i++) {
        total = &statistics->services[i];
        if (total->fingerprint == fingerprint && total->currency == currency &&
            span_is(service, total->service))
            return total;
    }
    if (statistics->service_count == SERVICES_MAX || service.size >= sizeof(total->service))
        return NULL;
    total = &statistics->services[statistics->service_count++];
    memset(total, 0, sizeof(*total));
    memcpy(total->service, service.data, service.size);
    total->fingerprint = fingerprint;
    total->currency = currency;
    return total;
}

/* The day of the month of an event of the period; 0 for an earlier one. */
static int day_of(int64_t event_at, const struct workbook_facts *facts)
{
    int utc_offset = facts->policy->utc_offset_seconds;

    if (period_of(event_at, utc_offset) != facts->period)
        return 0;
    return civil_from_days(civil_day_of(event_at, utc_offset)).day;
}

static int add_amount(struct statistics *statistics, const struct decided *row,
                      struct approved *approved, const struct workbook_facts *facts,
                      struct error *err)
{
    struct decimal *day =
        &statistics->by_day[row->programme][row->currency][day_of(row->event_at, facts)];

    approved->rows++;
    if (!decimal_add(approved->amount, row->amount, &approved->amount) ||
        !decimal_add(*day, row->amount, day))
        return out_of_range(err);
    if (row->service.size > 0) {
        struct service_total *service = service_of(statistics, row->service, row->currency);
        struct decimal *sum = service != NULL ? &service->amount[row->programme]
                                              : &statistics->other_services[row->currency];

        if (!decimal_add(*sum, row->amount, sum))
            return out_of_range(err);
    }
    return 0;
}

int statistics_add(struct statistics *statistics, const struct decided *row, bool first_book,
                   const struct workbook_facts *facts, struct error *err)
{
    struct share *share = &statistics->shares[first_book ? 0 : 1];

    share->decisions[row->programme][row->decision]++;
    share->reasons[row->programme][row->reason]++;
    share->late[row->programme] += row->origin_period != PERIOD_NONE;
    if (row->currency == CURRENCY_NONE)
        return 0;
    return add_amount(statistics, row, &share->approved[row->programme][row->currency], facts, err);
}

bool statistics_is_large(const struct statistics *statistics, const struct account_total *total)
{
    const struct largest_accounts *largest = statistics->largest[total->currency];

    return largest == NULL || largest->count < LARGEST_ACCOUNTS ||
           decimal_compare(largest->items[LARGEST_ACCOUNTS - 1].total, total->total) < 0;
}

/* Keeps the ten largest of a currency, the first of equals first. */
static int keep_largest(struct statistics *statistics, const struct account_total *total,
                        const char *link, struct error *err)
{
    struct largest_accounts **largest = &statistics->largest[total->currency];
    struct large_account *items;
    size_t at;

    if (*largest == NULL) {
        *largest = calloc(1, sizeof(**largest));
        if (*largest == NULL)
            return error_set(err, ERROR_IO, "out of memory for the workbook");
    }
    items = (*largest)->items;
    at = (*largest)->count;
    while (at > 0 && decimal_compare(items[at - 1].total, total->total) < 0)
        at--;
    if (at == LARGEST_ACCOUNTS)
        return 0;
    if ((*largest)->count < LARGEST_ACCOUNTS)
        (*largest)->count++;
    memmove(&items[at + 1], &items[at], ((*largest)->count - 1 - at) * sizeof(*items));
    snprintf(items[at].account_id, sizeof(items[at].account_id), "%.*s",
             (int)total->account_id.size, total->account_id.data);
    snprintf(items[at].name, sizeof(items[at].name), "%.*s", (int)total->name.size,
             total->name.size == 0 ? "" : total->name.data);
    snprintf(items[at].link, sizeof(items[at].link), "%s", link);
    items[at].approved_rows = total->refunds + total->compensations + total->rewards;
    items[at].total = total->total;
    return 0;
}

int statistics_add_account(struct statistics *statistics, const struct account_total *total,
                           bool first_book, const char *link, struct error *err)
{
    struct share *share = &statistics->shares[first_book ? 0 : 1];
    const struct decimal *amounts[PROGRAMME_COUNT] = {
        &total->refund_total, &total->compensation_total, &total->reward_total};

    for (int i = 0; i < PROGRAMME_COUNT; i++) {
        struct decimal *sum = &share->accounts[i][total->currency];

        if (!decimal_add(*sum, *amounts[i], sum))
            return out_of_range(err);
    }
    return keep_largest(statistics, total, link, err);
}

int statistics_main_currency(const struct statistics *statistics)
{
    uint64_t most = 0;
    int main_currency = CURRENCY_NONE;

    for (int currency = 0; currency < CURRENCY_COUNT; currency++) {
        uint64_t rows = 0;

        for (int i = 0; i < 2 * PROGRAMME_COUNT; i++)
            rows += statistics->shares[i % 2].approved[i / 2][currency].rows;
        if (rows > most) {
            most = rows;
            main_currency = currency;
        }
    }
    return main_currency;
}

void statistics_free(struct statistics *statistics)
{
    if (statistics == NULL)
        return;
    for (int i = 0; i < CURRENCY_COUNT; i++)
        free(statistics->largest[i]);
    free(statistics);
}
