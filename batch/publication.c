/*
 * Owns the routing of entries into the run's files, and the totals. Knows no rule.
 */
#include "batch/publication.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "policy/civil.h"

static const struct ledger *const tables[LEDGER_COUNT] = {
    [LEDGER_REFUNDS] = &ledger_refunds,   [LEDGER_COMPENSATIONS] = &ledger_compensations,
    [LEDGER_REWARDS] = &ledger_rewards,   [LEDGER_TICKETS] = &ledger_tickets,
    [LEDGER_ACCOUNTS] = &ledger_accounts, [LEDGER_REJECTS] = &ledger_rejects,
};

int publication_open(struct publication *publication, const struct staging *staging,
                     const struct policy *policy, int32_t period, const struct chart *chart,
                     const struct workbook_facts *workbook, struct error *err)
{
    *publication = (struct publication){
        .staging = staging, .policy = policy, .chart = chart, .period = period};
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

static int count_decision(struct publication_part *part, enum programme programme,
                          enum decision decision, int currency, struct decimal amount,
                          struct error *err)
{
    int column = decision_approves(decision) ? currency : CURRENCY_COUNT;
    struct decision_total *total = &part->totals.of[programme][decision][column];

    total->count++;
    return add(&total->amount, amount, err);
}

/* The account's total in the currency, cleared when it is the first amount in it. */
static struct account_total *account_in(struct publication_part *part, int currency)
{
    struct account_total *total = &part->account[currency];
    uint64_t *word = &part->account_has[currency / 64];
    const uint64_t bit = UINT64_C(1) << currency % 64;

    if ((*word & bit) == 0) {
        *total = (struct account_total){.currency = currency};
        *word |= bit;
    }
    return total;
}

/* Keeps a copy of the entry for the workbook, where there is one. */
static int keep(struct publication_part *part, enum publication_ledger ledger, const void *entry,
                size_t size, struct error *err)
{
    struct kept_entries *kept = &part->entries[ledger];

    if (part->publication->workbook == NULL)
        return 0;
    if (kept->count == kept->capacity) {
        size_t capacity = kept->capacity * 2 + 256;
        char *bytes = realloc(kept->bytes, capacity * size);

        if (bytes == NULL)
            return error_set(err, ERROR_IO, "out of memory");
        kept->bytes = bytes;
        kept->capacity = capacity;
    }
    memcpy(kept->bytes + kept->count++ * size, entry, size);
    return 0;
}

/* A basis dies with the call that hands its entry on, and so does the date that it is called by. */
struct kept_compensation {
    struct compensation_entry entry;
    struct basis basis;
    char date[DATE_TEXT_MAX];
};

static int keep_compensation(struct publication_part *part, const struct compensation_entry *entry,
                             struct error *err)
{
    struct kept_compensation kept = {.entry = *entry};

    if (entry->basis != NULL)
        kept.basis = *entry->basis;
    if (entry->basis != NULL && entry->basis->kind == BASIS_USAGE) {
        assert(kept.basis.basis_id.size <= sizeof(kept.date));
        memcpy(kept.date, kept.basis.basis_id.data, kept.basis.basis_id.size);
    }
    return keep(part, LEDGER_COMPENSATIONS, &kept, sizeof(kept), err);
}

static int write_row(struct publication_part *part, enum publication_ledger ledger,
                     const void *entry, struct error *err)
{
    part->rows++;
    if (part->ledgers[ledger] == NULL)
        return 0;
    return csv_writer_row(part->ledgers[ledger], entry, err);
}

int publication_part_refund(struct publication_part *part, const struct refund_entry *entry,
                            struct error *err)
{
    const bool approved = decision_approves(entry->decision);
    const int currency = approved ? entry->order->currency : CURRENCY_NONE;

    if (count_decision(part, PROGRAMME_REFUND, entry->decision, currency, entry->refund, err) !=
            0 ||
        write_row(part, LEDGER_REFUNDS, entry, err) != 0)
        return -1;
    if (part->journal != NULL && journal_writer_refund(part->journal, entry, err) != 0)
        return -1;
    if (keep(part, LEDGER_REFUNDS, entry, sizeof(*entry), err) != 0)
        return -1;
    if (approved) {
        struct account_total *total = account_in(part, currency);

        total->refunds++;
        if (add(&total->refund_total, entry->refund, err) != 0 ||
            add(&total->refund_cash_total, entry->refund_cash, err) != 0 ||
            add(&total->refund_flexi_coupon_total, entry->refund_flexi_coupon, err) != 0 ||
            add(&total->total, entry->refund, err) != 0)
            return -1;
    }
    return 0;
}

int publication_part_compensation(struct publication_part *part,
                                  const struct compensation_entry *entry, struct error *err)
{
    const bool approved = decision_approves(entry->decision);
    const int currency = approved ? entry->basis->currency : CURRENCY_NONE;

    if (count_decision(part, PROGRAMME_COMPENSATION, entry->decision, currency, entry->amount,
                       err) != 0 ||
        write_row(part, LEDGER_COMPENSATIONS, entry, err) != 0)
        return -1;
    if (part->journal != NULL && journal_writer_compensation(part->journal, entry, err) != 0)
        return -1;
    if (keep_compensation(part, entry, err) != 0)
        return -1;
    if (approved) {
        struct account_total *total = account_in(part, currency);

        total->compensations++;
        if (add(&total->compensation_total, entry->amount, err) != 0 ||
            add(&total->total, entry->amount, err) != 0)
            return -1;
    }
    return 0;
}

int publication_part_reward(struct publication_part *part, const struct reward_entry *entry,
                            struct error *err)
{
    const bool approved = decision_approves(entry->decision);
    const int currency = approved ? entry->terms->reward_currency : CURRENCY_NONE;

    if (count_decision(part, PROGRAMME_REWARD, entry->decision, currency, entry->amount, err) !=
            0 ||
        write_row(part, LEDGER_REWARDS, entry, err) != 0)
        return -1;
    if (part->journal != NULL && journal_writer_reward(part->journal, entry, err) != 0)
        return -1;
    if (keep(part, LEDGER_REWARDS, entry, sizeof(*entry), err) != 0)
        return -1;
    if (approved) {
        struct account_total *total = account_in(part, currency);

        total->rewards++;
        if (add(&total->reward_total, entry->amount, err) != 0 ||
            add(&total->total, entry->amount, err) != 0)
            return -1;
    }
    return 0;
}

int publication_part_ticket(struct publication_part *part, const struct ticket_entry *entry,
                            struct error *err)
{
    part->totals.tickets[entry->in_scope]++;
    if (write_row(part, LEDGER_TICKETS, entry, err) != 0)
        return -1;
    return keep(part, LEDGER_TICKETS, entry, sizeof(*entry), err);
}

/* Adds the row to the sums that the ledgers' own totals must agree with. */
static int count_account(struct publication_part *part, const struct account_total *row,
                         struct error *err)
{
    struct decision_total *refunds = &part->totals.accounts[PROGRAMME_REFUND][row->currency];
    struct decision_total *compensations =
        &part->totals.accounts[PROGRAMME_COMPENSATION][row->currency];
    struct decision_total *rewards = &part->totals.accounts[PROGRAMME_REWARD][row->currency];

    part->totals.account_rows++;
    refunds->count += row->refunds;
    compensations->count += row->compensations;
    rewards->count += row->rewards;
    if (add(&refunds->amount, row->refund_total, err) != 0 ||
        add(&compensations->amount, row->compensation_total, err) != 0 ||
        add(&rewards->amount, row->reward_total, err) != 0)
        return -1;
    return 0;
}

/* The lowest of the currencies that the account has amounts in, which forgets it; -1: none. */
static int next_currency(struct publication_part *part)
{
    for (int i = 0; i < CURRENCY_WORDS; i++) {
        const uint64_t word = part->account_has[i];

        part->account_has[i] &= word - 1;
        if (word != 0)
            return i * 64 + __builtin_ctzll(word);
    }
    return CURRENCY_NONE;
}

int publication_part_account(struct publication_part *part, const struct account_case *account,
                             struct error *err)
{
    for (int currency; (currency = next_currency(part)) != CURRENCY_NONE;) {
        struct account_total *row = &part->account[currency];

        row->account_id = account->account_id;
        if (account->account != NULL)
            row->name = account->account->name;
        if (count_account(part, row, err) != 0 || write_row(part, LEDGER_ACCOUNTS, row, err) != 0)
            return -1;
        if (keep(part, LEDGER_ACCOUNTS, row, sizeof(*row), err) != 0)
            return -1;
    }
    return 0;
}

/* ---- parts ---- */

int publication_part_open(struct publication_part *part, const struct publication *publication,
                          struct error *err)
{
    *part = (struct publication_part){.publication = publication};
    if (publication->staging == NULL)
        return 0;
    for (int i = 0; i < LEDGER_COUNT; i++) {
        if (i == LEDGER_REJECTS)
            continue;
        part->ledgers[i] =
            csv_writer_open_part(tables[i], publication->policy->utc_offset_seconds, err);
        if (part->ledgers[i] == NULL)
            return -1;
    }
    part->journal = journal_writer_open_part(publication->chart, publication->period,
                                             &part->journal_totals, err);
    if (part->journal == NULL)
        return -1;
    if (publication->workbook != NULL && publication->side_by_side) {
        part->section = workbook_section_open(publication->workbook, err);
        if (part->section == NULL)
            return -1;
    }
    return 0;
}

void publication_part_clear(struct publication_part *part)
{
    for (int i = 0; i < LEDGER_COUNT; i++)
        part->entries[i].count = 0;
    part->totals = (struct ledger_totals){0};
    part->rows = 0;
    part->shown_count = 0;
    part->planned = false;
}

void publication_part_release(struct publication_part *part)
{
    for (int i = 0; i < LEDGER_COUNT; i++) {
        csv_writer_discard(part->ledgers[i]);
        free(part->entries[i].bytes);
    }
    journal_writer_discard(part->journal);
    workbook_section_close(part->section);
    free(part->shown);
    *part = (struct publication_part){0};
}

static int add_decisions(struct decision_total *total, const struct decision_total *added,
                         struct error *err)
{
    total->count += added->count;
    return add(&total->amount, added->amount, err);
}

static int add_totals(struct ledger_totals *totals, const struct ledger_totals *added,
                      struct error *err)
{
    for (int programme = 0; programme < PROGRAMME_COUNT; programme++) {
        for (int decision = 0; decision < DECISION_END; decision++)
            for (int currency = 0; currency <= CURRENCY_COUNT; currency++)
                if (added->of[programme][decision][currency].count > 0 &&
                    add_decisions(&totals->of[programme][decision][currency],
                                  &added->of[programme][decision][currency], err) != 0)
                    return -1;
        for (int currency = 0; currency < CURRENCY_COUNT; currency++)
            if (added->accounts[programme][currency].count > 0 &&
                add_decisions(&totals->accounts[programme][currency],
                              &added->accounts[programme][currency], err) != 0)
                return -1;
    }
    totals->account_rows += added->account_rows;
    totals->tickets[0] += added->tickets[0];
    totals->tickets[1] += added->tickets[1];
    return 0;
}

/* An entry as the workbook takes it; what it points at is the part's. */
static struct workbook_entry shown_entry(enum publication_ledger ledger, struct kept_entries *kept,
                                         size_t number)
{
    struct kept_compensation *compensation = NULL;

    switch (ledger) {
    case LEDGER_REFUNDS:
        return (struct workbook_entry){WORKBOOK_REFUND,
                                       (struct refund_entry *)kept->bytes + number};
    case LEDGER_COMPENSATIONS:
        compensation = (struct kept_compensation *)kept->bytes + number;
        if (compensation->entry.basis != NULL)
            compensation->entry.basis = &compensation->basis;
        if (compensation->basis.kind == BASIS_USAGE)
            compensation->basis.basis_id.data = compensation->date;
        return (struct workbook_entry){WORKBOOK_COMPENSATION, &compensation->entry};
    case LEDGER_REWARDS:
        return (struct workbook_entry){WORKBOOK_REWARD,
                                       (struct reward_entry *)kept->bytes + number};
    case LEDGER_TICKETS:
        return (struct workbook_entry){WORKBOOK_TICKET,
                                       (struct ticket_entry *)kept->bytes + number};
    case LEDGER_ACCOUNTS:
    case LEDGER_REJECTS:
    case LEDGER_COUNT:
        break;
    }
    return (struct workbook_entry){WORKBOOK_ACCOUNT, (struct account_total *)kept->bytes + number};
}

static struct span account_of(enum publication_ledger ledger, struct kept_entries *kept,
                              size_t number)
{
    const struct workbook_entry entry = shown_entry(ledger, kept, number);

    return workbook_entry_account(&entry);
}

/* The account that comes first among the entries that are not arranged yet. */
static bool next_account(struct publication_part *part, const size_t shown[LEDGER_COUNT],
                         struct span *account)
{
    bool any = false;

    for (int ledger = 0; ledger < LEDGER_REJECTS; ledger++) {
        struct kept_entries *kept = &part->entries[ledger];
        struct span one = {"", 0};

        if (shown[ledger] == kept->count)
            continue;
        one = account_of((enum publication_ledger)ledger, kept, shown[ledger]);
        if (!any || span_compare(one, *account) < 0)
            *account = one;
        any = true;
    }
    return any;
}

static int make_shown_room(struct publication_part *part, struct error *err)
{
    size_t count = 0;
    struct workbook_entry *shown = NULL;

    for (int ledger = 0; ledger < LEDGER_REJECTS; ledger++)
        count += part->entries[ledger].count;
    if (count <= part->shown_capacity)
        return 0;
    shown = realloc(part->shown, count * sizeof(*shown));
    if (shown == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    part->shown = shown;
    part->shown_capacity = count;
    return 0;
}

/* Account by account, as the settling handed them on: an account's rows end with its totals. */
int publication_part_arrange(struct publication_part *part, struct error *err)
{
    size_t shown[LEDGER_COUNT] = {0};
    struct span account = {"", 0};

    if (part->publication->workbook == NULL)
        return 0;
    if (make_shown_room(part, err) != 0)
        return -1;
    part->shown_count = 0;
    while (next_account(part, shown, &account))
        for (int ledger = 0; ledger < LEDGER_REJECTS; ledger++) {
            struct kept_entries *kept = &part->entries[ledger];
            size_t *number = &shown[ledger];

            for (; *number < kept->count &&
                   span_equal(account_of((enum publication_ledger)ledger, kept, *number), account);
                 (*number)++)
                part->shown[part->shown_count++] =
                    shown_entry((enum publication_ledger)ledger, kept, *number);
        }
    return 0;
}

bool publication_part_fits(const struct publication_part *part)
{
    if (part->publication->workbook == NULL)
        return true;
    return part->section != NULL && workbook_section_fits(part->section, part->shown_count);
}

int publication_part_plan(struct publication_part *part, struct error *err)
{
    part->planned = part->section != NULL;
    return part->planned ? workbook_section_plan(part->section, part->shown, part->shown_count, err)
                         : 0;
}

int publication_part_make(struct publication_part *part, struct error *err)
{
    return part->planned ? workbook_section_make(part->section, part->shown, err) : 0;
}

int publication_part_compress(struct publication_part *part, struct error *err)
{
    return part->section == NULL ? 0 : workbook_section_compress(part->section, err);
}

static int append_shown(const struct publication_part *part, struct audit_workbook *workbook,
                        struct error *err)
{
    if (part->planned)
        return workbook_section_append(part->section, err);
    for (size_t i = 0; i < part->shown_count; i++)
        if (audit_workbook_entry(workbook, &part->shown[i], err) != 0)
            return -1;
    return 0;
}

int publication_append(struct publication *publication, struct publication_part *part,
                       struct error *err)
{
    if (add_totals(&publication->totals, &part->totals, err) != 0)
        return -1;
    for (int i = 0; i < LEDGER_COUNT; i++)
        if (part->ledgers[i] != NULL &&
            csv_writer_append(publication->ledgers[i], part->ledgers[i], err) != 0)
            return -1;
    if (part->journal != NULL &&
        journal_writer_append(publication->journal, part->journal, err) != 0)
        return -1;
    if (publication->workbook != NULL && append_shown(part, publication->workbook, err) != 0)
        return -1;
    publication_part_clear(part);
    return 0;
}

int publication_reject(struct publication *publication, const struct reject_entry *entry,
                       struct error *err)
{
    if (publication->staging != NULL &&
        csv_writer_row(publication->ledgers[LEDGER_REJECTS], entry, err) != 0)
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
