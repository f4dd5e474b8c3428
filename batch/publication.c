/*
 * Owns the routing of entries into the run's files, and the totals. Knows no rule.
 */
#include "batch/publication.h"

static const struct ledger *const tables[LEDGER_COUNT] = {
    [LEDGER_REFUNDS] = &ledger_refunds,   [LEDGER_COMPENSATIONS] = &ledger_compensations,
    [LEDGER_REWARDS] = &ledger_rewards,   [LEDGER_TICKETS] = &ledger_tickets,
    [LEDGER_ACCOUNTS] = &ledger_accounts, [LEDGER_REJECTS] = &ledger_rejects,
};

int publication_open(struct publication *publication, const struct staging *staging,
                     const struct policy *policy, int32_t period, const struct chart *chart,
                     const struct workbook_facts *workbook, struct error *err)
{
    *publication = (struct publication){.staging = staging};
    if (staging == NULL)
        return 0;
    for (int i = 0; i < LEDGER_COUNT; i++) {
        publication->ledgers[i] =
            csv_writer_open(staging->folder_fd, tables[i], policy->utc_offset_seconds, err);
        if (publication->ledgers[i] == NULL)
            return -1;
    }
    publication->journal =
        journal_writer_open(staging->folder_fd, chart, period, &publication->journal_totals, err);
    if (publication->journal == NULL)
        return -1;
    if (workbook != NULL) {
        publication->workbook =
            audit_workbook_open(staging->folder_path, staging->hidden_path, workbook, err);
        if (publication->workbook == NULL)
            return -1;
    }
    return 0;
}

static int add(struct decimal *total, struct decimal amount, struct error *err)
{
    if (!decimal_add(*total, amount, total))
        return error_set(err, ERROR_CONTROL, "a total does not fit 128 bits");
    return 0;
}

static int count_decision(struct publication *publication, enum programme programme,
                          enum decision decision, int currency, struct decimal amount,
                          struct error *err)
{
    int column = decision_approves(decision) ? currency : CURRENCY_COUNT;
    struct decision_total *total = &publication->totals.of[programme][decision][column];

    total->count++;
    return add(&total->amount, amount, err);
}

/* The account's total in the currency, cleared when it is the first amount in it. */
static struct account_total *account_in(struct publication *publication, int currency)
{
    struct account_total *total = &publication->account[currency];

    if (!publication->account_has[currency]) {
        *total = (struct account_total){.currency = currency};
        publication->account_has[currency] = true;
    }
    return total;
}

static int write_row(struct publication *publication, enum publication_ledger ledger,
                     const void *entry, struct error *err)
{
    if (publication->staging == NULL)
        return 0;
    return csv_writer_row(publication->ledgers[ledger], entry, err);
}

int publication_refund(struct publication *publication, const struct refund_entry *entry,
                       struct error *err)
{
    const bool approved = decision_approves(entry->decision);
    const int currency = approved ? entry->order->currency : CURRENCY_NONE;

    if (count_decision(publication, PROGRAMME_REFUND, entry->decision, currency, entry->refund,
                       err) != 0 ||
        write_row(publication, LEDGER_REFUNDS, entry, err) != 0)
        return -1;
    if (publication->journal != NULL &&
        journal_writer_refund(publication->journal, entry, err) != 0)
        return -1;
    if (publication->workbook != NULL &&
        audit_workbook_refund(publication->workbook, entry, err) != 0)
        return -1;
    if (approved) {
        struct account_total *total = account_in(publication, currency);

        total->refunds++;
        if (add(&total->refund_total, entry->refund, err) != 0 ||
            add(&total->refund_cash_total, entry->refund_cash, err) != 0 ||
            add(&total->refund_flexi_coupon_total, entry->refund_flexi_coupon, err) != 0 ||
            add(&total->total, entry->refund, err) != 0)
            return -1;
    }
    return 0;
}

int publication_compensation(struct publication *publication,
                             const struct compensation_entry *entry, struct error *err)
{
    const bool approved = decision_approves(entry->decision);
    const int currency = approved ? entry->basis->currency : CURRENCY_NONE;

    if (count_decision(publication, PROGRAMME_COMPENSATION, entry->decision, currency,
                       entry->amount, err) != 0 ||
        write_row(publication, LEDGER_COMPENSATIONS, entry, err) != 0)
        return -1;
    if (publication->journal != NULL &&
        journal_writer_compensation(publication->journal, entry, err) != 0)
        return -1;
    if (publication->workbook != NULL &&
        audit_workbook_compensation(publication->workbook, entry, err) != 0)
        return -1;
    if (approved) {
        struct account_total *total = account_in(publication, currency);

        total->compensations++;
        if (add(&total->compensation_total, entry->amount, err) != 0 ||
            add(&total->total, entry->amount, err) != 0)
            return -1;
    }
    return 0;
}

int publication_reward(struct publication *publication, const struct reward_entry *entry,
                       struct error *err)
{
    const bool approved = decision_approves(entry->decision);
    const int currency = approved ? entry->terms->reward_currency : CURRENCY_NONE;

    if (count_decision(publication, PROGRAMME_REWARD, entry->decision, currency, entry->amount,
                       err) != 0 ||
        write_row(publication, LEDGER_REWARDS, entry, err) != 0)
        return -1;
    if (publication->journal != NULL &&
        journal_writer_reward(publication->journal, entry, err) != 0)
        return -1;
    if (publication->workbook != NULL &&
        audit_workbook_reward(publication->workbook, entry, err) != 0)
        return -1;
    if (approved) {
        struct account_total *total = account_in(publication, currency);

        total->rewards++;
        if (add(&total->reward_total, entry->amount, err) != 0 ||
            add(&total->total, entry->amount, err) != 0)
            return -1;
    }
    return 0;
}

int publication_ticket(struct publication *publication, const struct ticket_entry *entry,
                       struct error *err)
{
    publication->totals.tickets[entry->in_scope]++;
    if (write_row(publication, LEDGER_TICKETS, entry, err) != 0)
        return -1;
    if (publication->workbook == NULL)
        return 0;
    return audit_workbook_ticket(publication->workbook, entry, err);
}

/* Adds the row to the sums that the ledgers' own totals must agree with. */
static int count_account(struct publication *publication, const struct account_total *row,
                         struct error *err)
{
    struct decision_total *refunds = &publication->totals.accounts[PROGRAMME_REFUND][row->currency];
    struct decision_total *compensations =
        &publication->totals.accounts[PROGRAMME_COMPENSATION][row->currency];
    struct decision_total *rewards = &publication->totals.accounts[PROGRAMME_REWARD][row->currency];

    publication->totals.account_rows++;
    refunds->count += row->refunds;
    compensations->count += row->compensations;
    rewards->count += row->rewards;
    if (add(&refunds->amount, row->refund_total, err) != 0 ||
        add(&compensations->amount, row->compensation_total, err) != 0 ||
        add(&rewards->amount, row->reward_total, err) != 0)
        return -1;
    return 0;
}

int publication_account(struct publication *publication, const struct account_case *account,
                        struct error *err)
{
    for (int currency = 0; currency < CURRENCY_COUNT; currency++) {
        struct account_total *row = &publication->account[currency];

        if (!publication->account_has[currency])
            continue;
        publication->account_has[currency] = false;
        row->account_id = account->account_id;
        if (account->account != NULL)
            row->name = account->account->name;
        if (count_account(publication, row, err) != 0 ||
            write_row(publication, LEDGER_ACCOUNTS, row, err) != 0)
            return -1;
        if (publication->workbook != NULL &&
            audit_workbook_account(publication->workbook, row, err) != 0)
            return -1;
    }
    return 0;
}

int publication_reject(struct publication *publication, const struct reject_entry *entry,
                       struct error *err)
{
    if (write_row(publication, LEDGER_REJECTS, entry, err) != 0)
        return -1;
    if (publication->workbook == NULL)
        return 0;
    return audit_workbook_reject(publication->workbook, entry, err);
}

int publication_commit(struct publication *publication, struct output_summary *summaries,
                       size_t *count, struct error *err)
{
    struct journal_writer *journal = publication->journal;

    *count = 0;
    if (publication->staging == NULL)
        return 0;
    for (int i = 0; i < LEDGER_COUNT; i++) {
        struct csv_writer *ledger = publication->ledgers[i];

        publication->ledgers[i] = NULL;
        if (csv_writer_commit(ledger, &summaries[(*count)++], err) != 0)
            return -1;
    }
    publication->journal = NULL;
    return journal_writer_commit(journal, &summaries[(*count)++], err);
}

void publication_discard(struct publication *publication)
{
    for (int i = 0; i < LEDGER_COUNT; i++)
        if (publication->ledgers[i] != NULL)
            csv_writer_discard(publication->ledgers[i]);
    if (publication->journal != NULL)
        journal_writer_discard(publication->journal);
    audit_workbook_discard(publication->workbook);
    *publication = (struct publication){0};
}
