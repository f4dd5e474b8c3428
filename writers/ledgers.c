/*
 * Owns the layouts of the smaller ledgers (outputs.md): what each column shows, and when it is
 * empty. Refunds and compensations have files of their own.
 * Must not know how a cell is written.
 */
#include "writers/cells.h"

static void get_reward_filing_id(const void *row, struct cell *cell)
{
    const struct reward_entry *entry = row;

    cell_set_text(cell, entry->filing->filing_id);
}

static void get_reward_account_id(const void *row, struct cell *cell)
{
    const struct reward_entry *entry = row;

    cell_set_text(cell, entry->filing->account_id);
}

static void get_reward_order_id(const void *row, struct cell *cell)
{
    const struct reward_entry *entry = row;

    cell_set_text(cell, entry->filing->order_id);
}

static void get_reward_tier(const void *row, struct cell *cell)
{
    const struct reward_entry *entry = row;

    if (entry->account != NULL)
        cell_set_code(cell, enum_tier.names[entry->account->tier]);
    else
        cell_set_empty(cell);
}

static void get_reward_decision(const void *row, struct cell *cell)
{
    const struct reward_entry *entry = row;

    cell_set_code(cell, decision_name(entry->decision));
}

static void get_reward_reason(const void *row, struct cell *cell)
{
    const struct reward_entry *entry = row;

    cell_set_code(cell, reward_reason(entry->reason)->code);
}

static void get_reward_clause(const void *row, struct cell *cell)
{
    const struct reward_entry *entry = row;

    cell_set_code(cell, reward_reason(entry->reason)->clause);
}

static void get_reward_currency(const void *row, struct cell *cell)
{
    const struct reward_entry *entry = row;

    if (entry->decision == DECISION_GRANTED)
        cell_set_currency(cell, entry->terms->reward_currency);
    else
        cell_set_empty(cell);
}

static void get_reward_amount(const void *row, struct cell *cell)
{
    const struct reward_entry *entry = row;

    if (entry->decision == DECISION_GRANTED)
        cell_set_amount(cell, entry->amount, entry->terms->reward_currency);
    else
        cell_set_empty(cell);
}

static void get_reward_approved_at(const void *row, struct cell *cell)
{
    const struct reward_entry *entry = row;

    cell_set_instant(cell, entry->filing->approved_at);
}

static void get_reward_recharge_by(const void *row, struct cell *cell)
{
    const struct reward_entry *entry = row;

    if (entry->decision == DECISION_GRANTED)
        cell_set_instant(cell, entry->recharge_by);
    else
        cell_set_empty(cell);
}

static void get_reward_valid_until(const void *row, struct cell *cell)
{
    const struct reward_entry *entry = row;

    if (entry->decision == DECISION_GRANTED)
        cell_set_instant(cell, entry->valid_until);
    else
        cell_set_empty(cell);
}

static void get_reward_policy_version(const void *row, struct cell *cell)
{
    const struct reward_entry *entry = row;

    if (entry->terms != NULL && entry->decision != DECISION_PENDING)
        cell_set_code(cell, entry->terms->name);
    else
        cell_set_empty(cell);
}

static void get_reward_origin_period(const void *row, struct cell *cell)
{
    const struct reward_entry *entry = row;

    cell_set_period(cell, entry->origin_period);
}

static const struct ledger_column REWARDS_COLUMNS[] = {
    {"filing_id", "Filing", 18, CELL_TEXT, get_reward_filing_id},
    {"account_id", "Account", 18, CELL_TEXT, get_reward_account_id},
    {"order_id", "Order", 18, CELL_TEXT, get_reward_order_id},
    {"tier", "Tier", 9, CELL_CODE, get_reward_tier},
    {"decision", "Decision", 12, CELL_CODE, get_reward_decision},
    {"reason", "Reason", 24, CELL_CODE, get_reward_reason},
    {"clause", "Clause", 18, CELL_CODE, get_reward_clause},
    {"currency", "Currency", 9, CELL_CODE, get_reward_currency},
    {"amount", "Amount", 16, CELL_AMOUNT, get_reward_amount},
    {"approved_at", "Approved", 19, CELL_INSTANT, get_reward_approved_at},
    {"recharge_by", "Recharge by", 19, CELL_INSTANT, get_reward_recharge_by},
    {"valid_until", "Valid until", 19, CELL_INSTANT, get_reward_valid_until},
    {"policy_version", "Policy version", 14, CELL_CODE, get_reward_policy_version},
    {"origin_period", "Origin period", 10, CELL_PERIOD, get_reward_origin_period},
};

const struct ledger ledger_rewards = {
    .name = "rewards",
    .title = "Rewards",
    .columns = REWARDS_COLUMNS,
    .column_count = COLUMN_COUNT(REWARDS_COLUMNS),
};

static void get_ticket_ticket_id(const void *row, struct cell *cell)
{
    const struct ticket_entry *entry = row;

    cell_set_text(cell, entry->ticket->ticket_id);
}

static void get_ticket_account_id(const void *row, struct cell *cell)
{
    const struct ticket_entry *entry = row;

    cell_set_text(cell, entry->ticket->account_id);
}

static void get_ticket_category(const void *row, struct cell *cell)
{
    const struct ticket_entry *entry = row;

    cell_set_code(cell, enum_ticket_category.names[entry->ticket->category]);
}

static void get_ticket_scope(const void *row, struct cell *cell)
{
    const struct ticket_entry *entry = row;

    cell_set_code(cell, entry->in_scope ? "in_scope" : "out_of_scope");
}

static void get_ticket_opened_at(const void *row, struct cell *cell)
{
    const struct ticket_entry *entry = row;

    cell_set_instant(cell, entry->ticket->opened_at);
}

static const struct ledger_column TICKETS_COLUMNS[] = {
    {"ticket_id", "Ticket", 18, CELL_TEXT, get_ticket_ticket_id},
    {"account_id", "Account", 18, CELL_TEXT, get_ticket_account_id},
    {"category", "Category", 24, CELL_CODE, get_ticket_category},
    {"scope", "Scope", 13, CELL_CODE, get_ticket_scope},
    {"opened_at", "Opened", 19, CELL_INSTANT, get_ticket_opened_at},
};

const struct ledger ledger_tickets = {
    .name = "tickets",
    .title = "Tickets",
    .columns = TICKETS_COLUMNS,
    .column_count = COLUMN_COUNT(TICKETS_COLUMNS),
};

static void get_account_account_id(const void *row, struct cell *cell)
{
    const struct account_total *entry = row;

    cell_set_text(cell, entry->account_id);
}

static void get_account_name(const void *row, struct cell *cell)
{
    const struct account_total *entry = row;

    cell_set_text(cell, entry->name);
}

static void get_account_currency(const void *row, struct cell *cell)
{
    const struct account_total *entry = row;

    cell_set_currency(cell, entry->currency);
}

static void get_account_refunds(const void *row, struct cell *cell)
{
    const struct account_total *entry = row;

    cell_set_integer(cell, entry->refunds);
}

static void get_account_refund_total(const void *row, struct cell *cell)
{
    const struct account_total *entry = row;

    cell_set_amount(cell, entry->refund_total, entry->currency);
}

static void get_account_refund_cash_total(const void *row, struct cell *cell)
{
    const struct account_total *entry = row;

    cell_set_amount(cell, entry->refund_cash_total, entry->currency);
}

static void get_account_refund_flexi_coupon_total(const void *row, struct cell *cell)
{
    const struct account_total *entry = row;

    cell_set_amount(cell, entry->refund_flexi_coupon_total, entry->currency);
}

static void get_account_compensations(const void *row, struct cell *cell)
{
    const struct account_total *entry = row;

    cell_set_integer(cell, entry->compensations);
}

static void get_account_compensation_total(const void *row, struct cell *cell)
{
    const struct account_total *entry = row;

    cell_set_amount(cell, entry->compensation_total, entry->currency);
}

static void get_account_rewards(const void *row, struct cell *cell)
{
    const struct account_total *entry = row;

    cell_set_integer(cell, entry->rewards);
}

static void get_account_reward_total(const void *row, struct cell *cell)
{
    const struct account_total *entry = row;

    cell_set_amount(cell, entry->reward_total, entry->currency);
}

static void get_account_total(const void *row, struct cell *cell)
{
    const struct account_total *entry = row;

    cell_set_amount(cell, entry->total, entry->currency);
}

static const struct ledger_column ACCOUNTS_COLUMNS[] = {
    {"account_id", "Account", 18, CELL_TEXT, get_account_account_id},
    {"name", "Name", 24, CELL_TEXT, get_account_name},
    {"currency", "Currency", 9, CELL_CODE, get_account_currency},
    {"refunds", "Refunds", 9, CELL_INTEGER, get_account_refunds},
    {"refund_total", "Refunded", 16, CELL_AMOUNT, get_account_refund_total},
    {"refund_cash_total", "Refunded in cash", 16, CELL_AMOUNT, get_account_refund_cash_total},
    {"refund_flexi_coupon_total", "Refunded in flexi coupon", 16, CELL_AMOUNT,
     get_account_refund_flexi_coupon_total},
    {"compensations", "Compensations", 9, CELL_INTEGER, get_account_compensations},
    {"compensation_total", "Compensated", 16, CELL_AMOUNT, get_account_compensation_total},
    {"rewards", "Rewards", 9, CELL_INTEGER, get_account_rewards},
    {"reward_total", "Rewarded", 16, CELL_AMOUNT, get_account_reward_total},
    {"total", "Total", 16, CELL_AMOUNT, get_account_total},
};

const struct ledger ledger_accounts = {
    .name = "accounts",
    .title = "Accounts",
    .columns = ACCOUNTS_COLUMNS,
    .column_count = COLUMN_COUNT(ACCOUNTS_COLUMNS),
};

static void get_reject_input(const void *row, struct cell *cell)
{
    const struct reject_entry *entry = row;

    cell_set_code(cell, input_name(entry->reject->input));
}

static void get_reject_file(const void *row, struct cell *cell)
{
    const struct reject_entry *entry = row;

    cell_set_raw(cell, span_of(entry->file));
}

static void get_reject_line(const void *row, struct cell *cell)
{
    const struct reject_entry *entry = row;

    cell_set_integer(cell, (int64_t)entry->reject->position.line);
}

static void get_reject_column(const void *row, struct cell *cell)
{
    const struct reject_entry *entry = row;

    cell_set_code(cell, entry->reject->column);
}

static void get_reject_reason(const void *row, struct cell *cell)
{
    const struct reject_entry *entry = row;

    cell_set_code(cell, reject_reason_code(entry->reject->reason));
}

static void get_reject_record(const void *row, struct cell *cell)
{
    const struct reject_entry *entry = row;

    cell_set_raw(cell, entry->reject->record);
}

static const struct ledger_column REJECTS_COLUMNS[] = {
    {"input", "Input", 16, CELL_CODE, get_reject_input},
    {"file", "File", 24, CELL_RAW, get_reject_file},
    {"line", "Line", 10, CELL_INTEGER, get_reject_line},
    {"column", "Column", 18, CELL_CODE, get_reject_column},
    {"reason", "Reason", 18, CELL_CODE, get_reject_reason},
    {"record", "Record", 80, CELL_RAW, get_reject_record},
};

const struct ledger ledger_rejects = {
    .name = "rejects",
    .title = "Rejects",
    .columns = REJECTS_COLUMNS,
    .column_count = COLUMN_COUNT(REJECTS_COLUMNS),
};

static void get_control_scope(const void *row, struct cell *cell)
{
    const struct control *entry = row;

    cell_set_raw(cell, span_of(entry->scope));
}

static void get_control_name(const void *row, struct cell *cell)
{
    const struct control *entry = row;

    cell_set_code(cell, entry->name);
}

static void get_control_currency(const void *row, struct cell *cell)
{
    const struct control *entry = row;

    cell_set_currency(cell, entry->currency);
}

static void get_control_count(const void *row, struct cell *cell)
{
    const struct control *entry = row;

    if (entry->has_count)
        cell_set_integer(cell, entry->count);
    else
        cell_set_empty(cell);
}

static void get_control_amount(const void *row, struct cell *cell)
{
    const struct control *entry = row;

    if (entry->has_amount)
        cell_set_amount(cell, entry->amount, entry->currency);
    else
        cell_set_empty(cell);
}

static const struct ledger_column CONTROLS_COLUMNS[] = {
    {"scope", "Scope", 24, CELL_RAW, get_control_scope},
    {"name", "Name", 24, CELL_CODE, get_control_name},
    {"currency", "Currency", 9, CELL_CODE, get_control_currency},
    {"count", "Count", 14, CELL_INTEGER, get_control_count},
    {"amount", "Amount", 18, CELL_AMOUNT, get_control_amount},
};

const struct ledger ledger_controls = {
    .name = "controls",
    .title = "Controls",
    .columns = CONTROLS_COLUMNS,
    .column_count = COLUMN_COUNT(CONTROLS_COLUMNS),
};
