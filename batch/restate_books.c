/*
 * Owns the meaning of the ledgers' columns to a restatement, and the merging by accounts.
 * Must not know how rows are compared.
 */
#include "batch/restate_books.h"

/* In byte order of the names; the accounts' totals are computed, not explained. */
static const struct restate_spec SPECS[RESTATE_LEDGER_COUNT] = {
    [RESTATE_ACCOUNTS] = {.ledger = &ledger_accounts, .keys = {"currency"}, .amount = "total"},
    {.ledger = &ledger_compensations,
     .keys = {"claim_id", "resource_id", "basis", "basis_id"},
     .decision = "decision",
     .reason = "reason",
     .amount = "amount",
     .inputs = {"incident_id", "basis_starts_at", "service", "region", "scenario", "cause",
                "currency", "submitted_at", "started_at", "rectified_at", "cost", "basis_seconds"}},
    {.ledger = &ledger_refunds,
     .keys = {"request_id"},
     .decision = "decision",
     .reason = "reason",
     .amount = "refund",
     .inputs = {"order_id", "resource_id", "service", "currency", "purchased_at", "starts_at",
                "expires_at", "requested_at", "product_category"}},
    {.ledger = &ledger_rewards,
     .keys = {"filing_id"},
     .decision = "decision",
     .reason = "reason",
     .amount = "amount",
     .inputs = {"order_id", "tier", "approved_at"}},
    {.ledger = &ledger_tickets,
     .keys = {"ticket_id"},
     .decision = "scope",
     .inputs = {"category", "opened_at"}},
};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

/* The published ledgers are our own: one that does not read was damaged. */
static int damaged(struct error *err, const struct error *cause)
{
    if (cause->kind != ERROR_INPUT)
        return error_set(err, cause->kind, "%s", cause->detail);
    return error_set(err, ERROR_CLOSED,
                     "the published period is damaged, restore it from its archive: %.900s",
                     cause->detail);
}

int restate_books_open(struct restate_books *books, const char *old_folder, const char *new_folder,
                       struct error *err)
{
    struct error cause = {0};

    *books = (struct restate_books){0};
    for (int i = 0; i < RESTATE_LEDGER_COUNT; i++) {
        struct restate_ledger *it = &books->ledgers[i];

        restate_columns_bind(&it->columns, &SPECS[i]);
        if (restate_side_open(&it->old_side, &it->columns, old_folder, &cause) != 0)
            return damaged(err, &cause);
        if (restate_side_open(&it->new_side, &it->columns, new_folder, err) != 0)
            return -1;
    }
    return 0;
}

void restate_books_close(struct restate_books *books)
{
    for (int i = 0; i < RESTATE_LEDGER_COUNT; i++) {
        restate_side_close(&books->ledgers[i].old_side);
        restate_side_close(&books->ledgers[i].new_side);
        restate_rows_release(&books->ledgers[i].old_rows);
        restate_rows_release(&books->ledgers[i].new_rows);
    }
    arena_release(&books->text);
}

static void consider(const struct restate_side *side, bool *some, struct span *least)
{
    struct span account_id = {"", 0};

    if (!restate_side_account(side, &account_id))
        return;
    if (!*some || span_compare(account_id, *least) < 0)
        *least = account_id;
    *some = true;
}

int restate_books_next(struct restate_books *books, struct error *err)
{
    struct span least = {"", 0};
    struct error cause = {0};
    bool some = false;

    for (int i = 0; i < RESTATE_LEDGER_COUNT; i++) {
        consider(&books->ledgers[i].old_side, &some, &least);
        consider(&books->ledgers[i].new_side, &some, &least);
    }
    if (!some)
        return 0;
    arena_release(&books->text);
    if (arena_copy(&books->text, least, &books->account_id) != 0)
        return out_of_memory(err);
    for (int i = 0; i < RESTATE_LEDGER_COUNT; i++) {
        struct restate_ledger *it = &books->ledgers[i];

        if (restate_side_take(&it->old_side, books->account_id, &books->text, &it->old_rows,
                              &cause) != 0)
            return damaged(err, &cause);
        if (restate_side_take(&it->new_side, books->account_id, &books->text, &it->new_rows, err) !=
            0)
            return -1;
    }
    return 1;
}

static int check_digest(struct restate_side *side, const struct output_summary *outputs,
                        size_t count, enum error_kind kind, struct error *err)
{
    char sha256[SHA256_TEXT_MAX];

    if (ledger_rows_sha256(side->file, sha256, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (strcmp(outputs[i].name, side->name) == 0 && strcmp(outputs[i].sha256, sha256) == 0)
            return 0;
    if (kind == ERROR_CONTROL)
        return error_set(err, kind, "%s: does not read back as written", side->name);
    return error_set(err, kind,
                     "the published period is damaged, restore it from its archive: %s is not what "
                     "its manifest says",
                     side->name);
}

int restate_books_check(struct restate_books *books, const struct manifest *old,
                        const struct output_summary *outputs, size_t output_count,
                        struct error *err)
{
    for (int i = 0; i < RESTATE_LEDGER_COUNT; i++)
        if (check_digest(&books->ledgers[i].old_side, old->outputs, old->output_count, ERROR_CLOSED,
                         err) != 0 ||
            check_digest(&books->ledgers[i].new_side, outputs, output_count, ERROR_CONTROL, err) !=
                0)
            return -1;
    return 0;
}
