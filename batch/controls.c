/*
 * Owns the control figures and what must hold between them.
 */
#include "batch/controls.h"

#include <inttypes.h>
#include <stdlib.h>

static const char *const programme_ledgers[PROGRAMME_COUNT] = {
    [PROGRAMME_REFUND] = "refunds",
    [PROGRAMME_COMPENSATION] = "compensations",
    [PROGRAMME_REWARD] = "rewards",
};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

static int add(struct controls *controls, const struct control *control, struct error *err)
{
    if (controls->count == controls->capacity) {
        size_t capacity = controls->capacity * 2 + 64;
        struct control *items = realloc(controls->items, capacity * sizeof(*items));

        if (items == NULL)
            return out_of_memory(err);
        controls->items = items;
        controls->capacity = capacity;
    }
    controls->items[controls->count++] = *control;
    return 0;
}

static int add_count(struct controls *controls, const char *scope, const char *name, int64_t count,
                     struct error *err)
{
    struct control control = {
        .scope = scope, .name = name, .currency = CURRENCY_NONE, .has_count = true, .count = count};

    return add(controls, &control, err);
}

static int add_amount(struct controls *controls, const char *scope, const char *name, int currency,
                      bool has_count, int64_t count, struct decimal amount, struct error *err)
{
    struct control control = {.scope = scope,
                              .name = name,
                              .currency = currency,
                              .has_count = has_count,
                              .count = count,
                              .has_amount = true,
                              .amount = amount};

    return add(controls, &control, err);
}

static int add_identity(struct controls *controls, const char *name, const char *left_text,
                        const char *right_text, int currency, struct decimal left,
                        struct decimal right, struct error *err)
{
    if (controls->identity_count == controls->identity_capacity) {
        size_t capacity = controls->identity_capacity * 2 + 64;
        struct control_identity *identities =
            realloc(controls->identities, capacity * sizeof(*identities));

        if (identities == NULL)
            return out_of_memory(err);
        controls->identities = identities;
        controls->identity_capacity = capacity;
    }
    controls->identities[controls->identity_count++] =
        (struct control_identity){name, left_text, right_text, currency, left, right};
    return 0;
}

static int add_count_identity(struct controls *controls, const char *name, const char *left_text,
                              const char *right_text, int64_t left, int64_t right,
                              struct error *err)
{
    return add_identity(controls, name, left_text, right_text, CURRENCY_NONE,
                        decimal_from_integer(left), decimal_from_integer(right), err);
}

/* read = accepted + rejected + duplicate, for every file and so for every input. */
static int gather_input(struct controls *controls, const struct month *month, enum input input,
                        struct error *err)
{
    const struct intake *intake = &month->intakes[input];
    const char *scope = input_name(input);
    struct file_figures sum = {0};

    for (size_t i = 0; i < intake->file_count; i++) {
        const struct file_figures *file = &intake->figures[i];

        if (file->read != file->accepted + file->rejected + file->duplicate)
            return error_set(err, ERROR_CONTROL,
                             "%s: rows read %" PRIu64 ", but accepted %" PRIu64
                             " + rejected %" PRIu64 " + duplicate %" PRIu64,
                             intake->files[i].name, file->read, file->accepted, file->rejected,
                             file->duplicate);
        sum.read += file->read;
        sum.accepted += file->accepted;
        sum.rejected += file->rejected;
        sum.duplicate += file->duplicate;
    }
    if (add_count(controls, scope, "read", (int64_t)sum.read, err) != 0 ||
        add_count(controls, scope, "accepted", (int64_t)sum.accepted, err) != 0 ||
        add_count(controls, scope, "rejected", (int64_t)sum.rejected, err) != 0 ||
        add_count(controls, scope, "duplicate", (int64_t)sum.duplicate, err) != 0)
        return -1;
    for (int currency = 0; input == INPUT_ORDERS && currency < CURRENCY_COUNT; currency++)
        if (!decimal_is_zero(month->order_payments[currency]) &&
            add_amount(controls, scope, "accepted_payments", currency, false, 0,
                       month->order_payments[currency], err) != 0)
            return -1;
    return add_count_identity(controls, scope, "rows read", "accepted + rejected + duplicate",
                              (int64_t)sum.read,
                              (int64_t)(sum.accepted + sum.rejected + sum.duplicate), err);
}

static int gather_events(struct controls *controls, const struct month *month, enum event_kind kind,
                         struct error *err)
{
    const struct event_figures *figures = &month->figures[kind];
    const char *scope = input_name(event_inputs[kind]);
    const struct {
        const char *name;
        int64_t count;
    } rows[] = {
        {"carried_in", figures->carried_in},
        {"replaced", figures->replaced},
        {"already_decided", figures->already_decided},
        {"held", figures->held},
        {"late", figures->late},
        {"pending", figures->pending},
        {"deferred", figures->deferred},
        {"decided", figures->decided},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (add_count(controls, scope, rows[i].name, rows[i].count, err) != 0)
            return -1;
    return add_count_identity(controls, scope, "events accepted + carried in",
                              "decided + deferred + pending + held + already decided + replaced",
                              figures->accepted + figures->carried_in,
                              figures->decided + figures->deferred + figures->pending +
                                  figures->held + figures->already_decided + figures->replaced,
                              err);
}

static int gather_tickets(struct controls *controls, const struct month *month,
                          const struct ledger_totals *totals, struct error *err)
{
    const int64_t of_period = month->ticket_figures.of_period;
    const int64_t left_out = month->ticket_figures.left_out;

    if (add_count(controls, "tickets", "of_the_period", of_period, err) != 0 ||
        add_count(controls, "tickets", "left_out", left_out, err) != 0 ||
        add_count(controls, "tickets", "in_scope", totals->tickets[1], err) != 0 ||
        add_count(controls, "tickets", "out_of_scope", totals->tickets[0], err) != 0)
        return -1;
    if (add_count_identity(controls, "tickets", "tickets accepted", "of the period + left out",
                           month->ticket_figures.accepted, of_period + left_out, err) != 0)
        return -1;
    return add_count_identity(controls, "tickets", "tickets of the period", "rows of tickets.csv",
                              of_period, totals->tickets[0] + totals->tickets[1], err);
}

/* Rows and amounts of one ledger by decision, and its approved total in each currency. */
static int gather_ledger(struct controls *controls, const struct publication *publication,
                         enum programme programme, struct error *err)
{
    const struct decision_total(*of)[CURRENCY_COUNT + 1] = publication->totals.of[programme];
    const char *scope = programme_ledgers[programme];
    int64_t approved = 0;
    int64_t rows = 0;

    for (int decision = 1; decision < DECISION_END; decision++)
        for (int currency = 0; currency <= CURRENCY_COUNT; currency++) {
            rows += of[decision][currency].count;
            if (decision_approves((enum decision)decision))
                approved += of[decision][currency].count;
        }
    if (add_count(controls, scope, "rows", rows, err) != 0 ||
        add_count(controls, scope, "decided", approved + of[DECISION_DENIED][CURRENCY_COUNT].count,
                  err) != 0 ||
        add_count(controls, scope, "approved", approved, err) != 0 ||
        add_count(controls, scope, "denied", of[DECISION_DENIED][CURRENCY_COUNT].count, err) != 0 ||
        add_count(controls, scope, "deferred", of[DECISION_DEFERRED][CURRENCY_COUNT].count, err) !=
            0)
        return -1;
    return 0;
}

/* ledger total = account total = journal total, in every currency. */
static int gather_currency(struct controls *controls, const struct publication *publication,
                           enum programme programme, int currency, struct error *err)
{
    const struct ledger_totals *totals = &publication->totals;
    const struct decision_total *accounts = &totals->accounts[programme][currency];
    const struct journal_total *journal = &publication->journal_totals.of[programme][currency];
    const char *scope = programme_ledgers[programme];
    struct decision_total ledger = {0};

    for (int decision = 1; decision < DECISION_END; decision++) {
        const struct decision_total *one = &totals->of[programme][decision][currency];

        ledger.count += one->count;
        if (!decimal_add(ledger.amount, one->amount, &ledger.amount))
            return error_set(err, ERROR_CONTROL, "a total does not fit 128 bits");
    }
    if (ledger.count == 0 && accounts->count == 0 && journal->count == 0)
        return 0;
    if (add_amount(controls, scope, "total", currency, true, ledger.count, ledger.amount, err) !=
            0 ||
        add_identity(controls, scope, "total of the ledger", "total of accounts.csv", currency,
                     ledger.amount, accounts->amount, err) != 0 ||
        add_count_identity(controls, scope, "approved rows of the ledger", "counts of accounts.csv",
                           ledger.count, accounts->count, err) != 0)
        return -1;
    if (publication->staging == NULL)
        return 0;
    if (add_identity(controls, scope, "total of the ledger", "total of journal.journal", currency,
                     ledger.amount, journal->amount, err) != 0)
        return -1;
    return add_count_identity(controls, scope, "approved rows of the ledger",
                              "transactions of journal.journal", ledger.count,
                              (int64_t)journal->count, err);
}

static int gather_accounts(struct controls *controls, const struct publication *publication,
                           struct error *err)
{
    if (add_count(controls, "accounts.csv", "rows", publication->totals.account_rows, err) != 0)
        return -1;
    for (int currency = 0; currency < CURRENCY_COUNT; currency++) {
        struct decision_total accounts = {0};
        struct journal_total journal = {0};

        for (int programme = 0; programme < PROGRAMME_COUNT; programme++) {
            const struct decision_total *one = &publication->totals.accounts[programme][currency];
            const struct journal_total *posted =
                &publication->journal_totals.of[programme][currency];

            accounts.count += one->count;
            journal.count += posted->count;
            if (!decimal_add(accounts.amount, one->amount, &accounts.amount) ||
                !decimal_add(journal.amount, posted->amount, &journal.amount))
                return error_set(err, ERROR_CONTROL, "a total does not fit 128 bits");
        }
        if (accounts.count > 0 && add_amount(controls, "accounts.csv", "total", currency, true,
                                             accounts.count, accounts.amount, err) != 0)
            return -1;
        if (journal.count > 0 && add_amount(controls, "journal.journal", "total", currency, true,
                                            (int64_t)journal.count, journal.amount, err) != 0)
            return -1;
    }
    return 0;
}

static int gather_rejects(struct controls *controls, const struct month *month, struct error *err)
{
    int64_t rejected = 0;

    for (int input = 0; input < INPUT_COUNT; input++)
        for (size_t i = 0; i < month->intakes[input].file_count; i++)
            rejected += (int64_t)month->intakes[input].figures[i].rejected;
    if (add_count(controls, "rejects.csv", "rows", (int64_t)month->rejects.count, err) != 0)
        return -1;
    return add_count_identity(controls, "rejects.csv", "rows rejected, all inputs",
                              "rows of rejects.csv", rejected, (int64_t)month->rejects.count, err);
}

int controls_gather(struct controls *controls, const struct month *month,
                    const struct publication *publication, struct error *err)
{
    *controls = (struct controls){0};
    for (int input = 0; input < INPUT_COUNT; input++)
        if (gather_input(controls, month, (enum input)input, err) != 0)
            return -1;
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        if (gather_events(controls, month, (enum event_kind)kind, err) != 0)
            return -1;
    if (gather_tickets(controls, month, &publication->totals, err) != 0)
        return -1;
    for (int programme = 0; programme < PROGRAMME_COUNT; programme++) {
        if (gather_ledger(controls, publication, (enum programme)programme, err) != 0)
            return -1;
        for (int currency = 0; currency < CURRENCY_COUNT; currency++)
            if (gather_currency(controls, publication, (enum programme)programme, currency, err) !=
                0)
                return -1;
    }
    if (gather_accounts(controls, publication, err) != 0)
        return -1;
    return gather_rejects(controls, month, err);
}

int controls_check(const struct controls *controls, struct error *err)
{
    for (size_t i = 0; i < controls->identity_count; i++) {
        const struct control_identity *identity = &controls->identities[i];
        char left[DECIMAL_TEXT_MAX];
        char right[DECIMAL_TEXT_MAX];

        if (decimal_compare(identity->left, identity->right) == 0)
            continue;
        (void)decimal_format(identity->left, 0, left);
        (void)decimal_format(identity->right, 0, right);
        return error_set(
            err, ERROR_CONTROL, "control total does not hold: %s: %s = %s, but %s = %s%s%s",
            identity->name, identity->left_text, left, identity->right_text, right,
            identity->currency == CURRENCY_NONE ? "" : " ",
            identity->currency == CURRENCY_NONE ? "" : currency_code(identity->currency));
    }
    return 0;
}

void controls_release(struct controls *controls)
{
    free(controls->items);
    free(controls->identities);
    *controls = (struct controls){0};
}
