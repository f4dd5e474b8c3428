/*
 * Owns what is an entry in each ledger. Must not know what entries are held against.
 */
#include "batch/entries.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/currency.h"
#include "readers/manifest.h"
#include "readers/published.h"

enum { COLUMNS_MAX = 16, PATH_BYTES = 4096, KEY_BYTES = 2048 };

/* The columns that all ledgers give, in this order; "" where a ledger has none. */
enum column {
    COLUMN_ID,
    COLUMN_ACCOUNT,
    COLUMN_DECISION,
    COLUMN_REASON,
    COLUMN_CURRENCY,
    COLUMN_MONEY,
    COLUMN_EVENT_AT,
    COLUMN_ORIGIN,
    COLUMN_COMMON, /* how many that are */
};

struct ledger_facts {
    const char *name; /* "refunds" */
    const char *entry_prefix;
    enum reference_kind id_kind;
    const char *columns[COLUMNS_MAX]; /* the common ones, then the ledger's own */
    int column_count;
    int (*own)(const struct span *own, struct owed *owed, char key[KEY_BYTES]);
};

struct reading {
    struct entries *entries;
    const struct ledger_facts *ledger;
    const char *file;
    int32_t period;
};

/* ---- what each ledger has of its own ---- */

/* order_id, resource_id, service */
static int refund_columns(const struct span *own, struct owed *owed, char key[KEY_BYTES])
{
    owed->order_id = own[0];
    owed->resource_id = own[1];
    owed->service = own[2];
    return snprintf(key, KEY_BYTES, "%.*s", (int)owed->id.size, owed->id.data);
}

/* incident_id, resource_id, service, basis, basis_id, basis_starts_at */
static int compensation_columns(const struct span *own, struct owed *owed, char key[KEY_BYTES])
{
    owed->incident_id = own[0];
    owed->resource_id = own[1];
    owed->service = own[2];
    if (span_is(own[3], "order"))
        owed->order_id = own[4];
    return snprintf(key, KEY_BYTES, "%.*s/%.*s/%.*s/%.*s", (int)owed->id.size, owed->id.data,
                    (int)own[1].size, own[1].data, (int)own[4].size, own[4].data, (int)own[5].size,
                    own[5].data);
}

/* order_id */
static int reward_columns(const struct span *own, struct owed *owed, char key[KEY_BYTES])
{
    owed->order_id = own[0];
    return snprintf(key, KEY_BYTES, "%.*s", (int)owed->id.size, owed->id.data);
}

static const struct ledger_facts LEDGERS[] = {
    {"refunds",
     "refund:",
     REFERENCE_REQUEST,
     {"request_id", "account_id", "decision", "reason", "currency", "refund", "requested_at",
      "origin_period", "order_id", "resource_id", "service"},
     11,
     refund_columns},
    {"compensations",
     "compensation:",
     REFERENCE_CLAIM,
     {"claim_id", "account_id", "decision", "reason", "currency", "amount", "submitted_at",
      "origin_period", "incident_id", "resource_id", "service", "basis", "basis_id",
      "basis_starts_at"},
     14,
     compensation_columns},
    {"rewards",
     "reward:",
     REFERENCE_FILING,
     {"filing_id", "account_id", "decision", "reason", "currency", "amount", "approved_at",
      "origin_period", "order_id"},
     9,
     reward_columns},
};

/* ---- rows ---- */

struct owed *entries_add(struct entries *entries)
{
    struct owed *owed;

    if (entries->count == entries->capacity) {
        size_t capacity = entries->capacity == 0 ? 1024 : 2 * entries->capacity;
        struct owed *items = realloc(entries->items, capacity * sizeof(*items));

        if (items == NULL)
            return NULL;
        entries->items = items;
        entries->capacity = capacity;
    }
    owed = &entries->items[entries->count++];
    *owed = (struct owed){
        .open_since = PERIOD_NONE, .origin_period = PERIOD_NONE, .event_at = INSTANT_NONE};
    return owed;
}

static bool approves(struct span decision)
{
    return span_is(decision, "full") || span_is(decision, "partial") ||
           span_is(decision, "compensated") || span_is(decision, "granted");
}

static bool parse_row(const struct reading *reading, const struct span *values, struct owed *owed)
{
    owed->ledger = reading->ledger->name;
    owed->id_kind = (int32_t)reading->ledger->id_kind;
    owed->id = values[COLUMN_ID];
    owed->account_id = values[COLUMN_ACCOUNT];
    owed->reason = values[COLUMN_REASON];
    owed->period = reading->period;
    owed->currency = currency_find(values[COLUMN_CURRENCY]);
    if (values[COLUMN_ORIGIN].size > 0 &&
        !period_parse(values[COLUMN_ORIGIN], &owed->origin_period))
        return false;
    return owed->currency != CURRENCY_NONE && owed->id.size > 0 &&
           decimal_parse(values[COLUMN_MONEY], &owed->amount) == DECIMAL_OK &&
           instant_parse(values[COLUMN_EVENT_AT], 0, &owed->event_at) == INSTANT_OK;
}

/* Copies what the entry has borrowed from the row. */
static int keep(struct entries *entries, struct owed *owed, const char *key, struct error *err)
{
    struct span *const texts[] = {&owed->id,       &owed->account_id,  &owed->resource_id,
                                  &owed->order_id, &owed->incident_id, &owed->service,
                                  &owed->reason};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (arena_copy(&entries->arena, *texts[i], texts[i]) != 0)
            return error_set(err, ERROR_IO, "out of memory");
    if (arena_copy(&entries->arena, span_of(key), &owed->entry) != 0)
        return error_set(err, ERROR_IO, "out of memory");
    owed_set_id(owed);
    return 0;
}

static int take_row(void *context, const struct span *values, uint64_t line, struct error *err)
{
    const struct reading *reading = context;
    struct owed owed = {.origin_period = PERIOD_NONE, .open_since = PERIOD_NONE};
    char key[KEY_BYTES + 64]; /* the prefix, and what own() writes */
    struct owed *kept;
    size_t prefix = strlen(reading->ledger->entry_prefix);
    int length;

    if (!approves(values[COLUMN_DECISION]))
        return 0;
    if (!parse_row(reading, values, &owed))
        return error_set(err, ERROR_CLOSED, "%s:%" PRIu64 ": the row makes no sense", reading->file,
                         line);
    if (decimal_is_zero(owed.amount)) {
        reading->entries->zeros++;
        return 0;
    }
    memcpy(key, reading->ledger->entry_prefix, prefix);
    length = reading->ledger->own(&values[COLUMN_COMMON], &owed, key + prefix);
    if (length < 0 || (size_t)length + prefix >= KEY_BYTES)
        return error_set(err, ERROR_CLOSED, "%s:%" PRIu64 ": the ids are too long", reading->file,
                         line);
    if (keep(reading->entries, &owed, key, err) != 0)
        return -1;
    kept = entries_add(reading->entries);
    if (kept == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    *kept = owed;
    return 0;
}

/* ---- files ---- */

static const struct output_summary *output_of(const struct manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->output_count; i++)
        if (strcmp(manifest->outputs[i].name, name) == 0)
            return &manifest->outputs[i];
    return NULL;
}

static int read_ledger(struct entries *entries, const struct books *books, const char *folder,
                       int32_t period, const struct ledger_facts *ledger, struct error *err)
{
    char name[PATH_BYTES / 2];
    char path[PATH_BYTES * 2];
    char file[64];
    char sha256[SHA256_TEXT_MAX];
    const struct output_summary *output;
    struct reading reading = {entries, ledger, name, period};
    const struct published_table table = {path, name, ledger->columns, ledger->column_count, true};

    (void)snprintf(file, sizeof(file), "%s.csv", ledger->name);
    (void)snprintf(name, sizeof(name), "%s/%s", folder, file);
    if (snprintf(path, sizeof(path), "%s/%s", books->path, name) >= (int)sizeof(path))
        return error_set(err, ERROR_USAGE, "%s: the path is too long", books->path);
    output = output_of(&entries->manifest, file);
    if (output == NULL)
        return error_set(err, ERROR_CLOSED, "%s: is not in the manifest", name);
    if (published_read(&table, take_row, &reading, sha256, err) != 0)
        return -1;
    if (strcmp(output->sha256, sha256) != 0)
        return error_set(err, ERROR_CLOSED, "%s: is not as it was published", name);
    return 0;
}

int entries_read(struct entries *entries, const struct books *books, int32_t period,
                 struct error *err)
{
    char folder[FOLDER_NAME_MAX];
    char label[FOLDER_NAME_MAX * 2];
    int fd;
    int status;

    books_period_name(period, folder);
    if (!books_closed(books, period))
        return error_set(err, ERROR_USAGE, "%s: %s is not published here", books->path, folder);
    (void)snprintf(label, sizeof(label), "%s/%s", folder, MANIFEST_FILE);
    fd = books_open_period(books, period, err);
    if (fd < 0)
        return -1;
    status = manifest_read(fd, label, &entries->arena, &entries->manifest, entries->manifest_sha256,
                           err);
    (void)close(fd);
    for (size_t i = 0; i < sizeof(LEDGERS) / sizeof(LEDGERS[0]) && status == 0; i++)
        status = read_ledger(entries, books, folder, period, &LEDGERS[i], err);
    return status;
}

void entries_release(struct entries *entries)
{
    free(entries->items);
    arena_release(&entries->arena);
    *entries = (struct entries){0};
}
