/*
 * Owns what an entry comes to: its row, its facts for the Summary, and its line among late items.
 * Must not know where rows stand, or in what order they are made.
 */
#include "writers/workbook_entry.h"

enum ledger_kind entry_ledger(enum workbook_entry_kind kind)
{
    static const enum ledger_kind ledgers[] = {
        [WORKBOOK_REFUND] = LEDGER_REFUNDS,   [WORKBOOK_COMPENSATION] = LEDGER_COMPENSATIONS,
        [WORKBOOK_REWARD] = LEDGER_REWARDS,   [WORKBOOK_TICKET] = LEDGER_TICKETS,
        [WORKBOOK_ACCOUNT] = LEDGER_ACCOUNTS,
    };

    return ledgers[kind];
}

struct span workbook_entry_account(const struct workbook_entry *entry)
{
    switch (entry->kind) {
    case WORKBOOK_REFUND:
        return ((const struct refund_entry *)entry->entry)->request->account_id;
    case WORKBOOK_COMPENSATION:
        return ((const struct compensation_entry *)entry->entry)->claim->account_id;
    case WORKBOOK_REWARD:
        return ((const struct reward_entry *)entry->entry)->filing->account_id;
    case WORKBOOK_TICKET:
        return ((const struct ticket_entry *)entry->entry)->ticket->account_id;
    case WORKBOOK_ACCOUNT:
    case WORKBOOK_ENTRY_KINDS:
        break;
    }
    return ((const struct account_total *)entry->entry)->account_id;
}

/* ---- what is decided ---- */

static struct decided refund_decided(const struct refund_entry *entry)
{
    const bool approved = decision_approves(entry->decision);

    return (struct decided){
        .programme = PROGRAMME_REFUNDS,
        .decision = entry->decision,
        .reason = (int)entry->reason,
        .id = entry->request->request_id,
        .origin_period = entry->origin_period,
        .currency = approved ? entry->order->currency : CURRENCY_NONE,
        .amount = entry->refund,
        .event_at = entry->request->requested_at,
        .service = entry->order != NULL ? entry->order->service : (struct span){"", 0},
    };
}

static struct decided compensation_decided(const struct compensation_entry *entry)
{
    const bool approved = decision_approves(entry->decision);

    return (struct decided){
        .programme = PROGRAMME_COMPENSATIONS,
        .decision = entry->decision,
        .reason = (int)entry->reason,
        .id = entry->claim->claim_id,
        .origin_period = entry->origin_period,
        .currency = approved ? entry->basis->currency : CURRENCY_NONE,
        .amount = entry->amount,
        .event_at = entry->claim->submitted_at,
        .service = entry->basis != NULL ? entry->basis->service : (struct span){"", 0},
    };
}

static struct decided reward_decided(const struct reward_entry *entry)
{
    const bool approved = decision_approves(entry->decision);

    return (struct decided){
        .programme = PROGRAMME_REWARDS,
        .decision = entry->decision,
        .reason = (int)entry->reason,
        .id = entry->filing->filing_id,
        .origin_period = entry->origin_period,
        .currency = approved ? entry->terms->reward_currency : CURRENCY_NONE,
        .amount = entry->amount,
        .event_at = entry->filing->approved_at,
        .service = {"", 0},
    };
}

bool entry_decided(const struct workbook_entry *entry, struct decided *decided)
{
    switch (entry->kind) {
    case WORKBOOK_REFUND:
        *decided = refund_decided(entry->entry);
        return true;
    case WORKBOOK_COMPENSATION:
        *decided = compensation_decided(entry->entry);
        return true;
    case WORKBOOK_REWARD:
        *decided = reward_decided(entry->entry);
        return true;
    case WORKBOOK_ACCOUNT:
        decided->currency = ((const struct account_total *)entry->entry)->currency;
        return false;
    case WORKBOOK_TICKET:
    case WORKBOOK_ENTRY_KINDS:
        break;
    }
    decided->currency = CURRENCY_NONE;
    return false;
}

/* ---- late items ---- */

/* The line of an entry that is late; `decided` is the entry's. */
static struct late_entry late_of(const struct workbook_entry *entry, const struct decided *decided)
{
    static const char *const programmes[PROGRAMME_COUNT] = {
        [PROGRAMME_REFUNDS] = "refund",
        [PROGRAMME_COMPENSATIONS] = "compensation",
        [PROGRAMME_REWARDS] = "reward",
    };

    return (struct late_entry){
        .programme = programmes[decided->programme],
        .id = decided->id,
        .account_id = workbook_entry_account(entry),
        .origin_period = decided->origin_period,
        .event_at = decided->event_at,
        .decision = decided->decision,
        .reason = programme_reason(decided->programme, decided->reason)->code,
        .currency = decided->currency,
        .amount = decided->amount,
    };
}

/* ---- rows ---- */

int entry_put(struct entry_maker *maker, enum ledger_kind kind, struct sheet *planned, uint32_t at,
              int currency, struct error *err)
{
    struct ledger_sheets *ledger = maker->book->ledgers[kind];

    maker->marked += maker->row->marked;
    maker->withheld += maker->row->withheld;
    return ledger_put_row(ledger, maker->sheets == NULL ? planned : &maker->sheets[kind], at,
                          maker->row, currency,
                          maker->sums == NULL ? &ledger->sums : &maker->sums[kind], err);
}

void entry_maker_count(struct entry_maker *maker, struct statistics *statistics)
{
    statistics->marked += maker->marked;
    statistics->withheld += maker->withheld;
    maker->marked = maker->withheld = 0;
}

/* The cells that are the workbook's own. */
static int fill_own(const struct ledger_sheets *ledger, const struct workbook_entry *entry,
                    const struct entry_plan *plan, struct row *row, struct error *err)
{
    switch (entry->kind) {
    case WORKBOOK_REFUND:
        return refund_row(ledger, entry->entry, row, err);
    case WORKBOOK_COMPENSATION:
        return compensation_row(ledger, entry->entry, row, err);
    case WORKBOOK_REWARD:
        return reward_row(ledger, entry->entry, row, err);
    case WORKBOOK_ACCOUNT:
        account_row(ledger, entry->entry, &plan->firsts, row);
        break;
    case WORKBOOK_TICKET:
    case WORKBOOK_ENTRY_KINDS:
        break;
    }
    return 0;
}

static int make_late(struct entry_maker *maker, const struct workbook_entry *entry,
                     const struct decided *decided, const struct entry_plan *plan,
                     struct error *err)
{
    const struct late_entry late = late_of(entry, decided);

    row_fill(maker->book->ledgers[LEDGER_LATE], &late, maker->row);
    return entry_put(maker, LEDGER_LATE, plan->late, plan->late_at, late.currency, err);
}

int entry_make(struct entry_maker *maker, const struct workbook_entry *entry,
               const struct entry_plan *plan, struct error *err)
{
    const enum ledger_kind kind = entry_ledger(entry->kind);
    const struct ledger_sheets *ledger = maker->book->ledgers[kind];
    struct decided decided;

    (void)entry_decided(entry, &decided);
    row_fill(ledger, entry->entry, maker->row);
    if (fill_own(ledger, entry, plan, maker->row, err) != 0)
        return -1;
    if (plan->account != NULL)
        row_link(ledger, maker->row, "account_id", plan->account, plan->account_at);
    if (plan->links_reason)
        row_link_reason(ledger, maker->row, (int)decided.programme, decided.reason);
    if (entry_put(maker, kind, plan->sheet, plan->at, decided.currency, err) != 0)
        return -1;
    return plan->late == NULL ? 0 : make_late(maker, entry, &decided, plan, err);
}
