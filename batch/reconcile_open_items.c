/*
 * Owns the way back from open-items.csv to the entries and lines that were left open.
 * Must not know why they were.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "batch/reconcile_job.h"

static const char *const OPEN_COLUMNS[] = {
    "side",        "item_id",    "open_since", "ledger",          "entry",
    "entry_id",    "order_id",   "account_id", "sub_account_id",  "resource_id",
    "service",     "currency",   "amount",     "period",          "origin_period",
    "occurred_at", "invoice_id", "kind",       "charge_category", "references",
    "description"};

enum open_column {
    OPEN_SIDE,
    OPEN_ITEM,
    OPEN_SINCE,
    OPEN_LEDGER,
    OPEN_ENTRY,
    OPEN_ENTRY_ID,
    OPEN_ORDER,
    OPEN_ACCOUNT,
    OPEN_SUB_ACCOUNT,
    OPEN_RESOURCE,
    OPEN_SERVICE,
    OPEN_CURRENCY,
    OPEN_AMOUNT,
    OPEN_PERIOD,
    OPEN_ORIGIN,
    OPEN_OCCURRED,
    OPEN_INVOICE,
    OPEN_KIND,
    OPEN_CATEGORY,
    OPEN_REFERENCES,
    OPEN_DESCRIPTION,
    OPEN_COLUMN_COUNT,
};

/* What entries and lines have in common. */
struct open_common {
    int32_t since;
    int32_t currency;
    int32_t period;
    int32_t origin;
    int64_t occurred_at;
    struct billed amount;
};

static bool parse_common(const struct span *values, struct open_common *common)
{
    *common = (struct open_common){.occurred_at = INSTANT_NONE, .origin = PERIOD_NONE};
    common->currency = currency_find(values[OPEN_CURRENCY]);
    if (values[OPEN_ORIGIN].size > 0 && !period_parse(values[OPEN_ORIGIN], &common->origin))
        return false;
    if (values[OPEN_OCCURRED].size > 0 &&
        instant_parse(values[OPEN_OCCURRED], 0, &common->occurred_at) != INSTANT_OK)
        return false;
    return common->currency != CURRENCY_NONE && period_parse(values[OPEN_SINCE], &common->since) &&
           period_parse(values[OPEN_PERIOD], &common->period) &&
           billed_parse(values[OPEN_AMOUNT], &common->amount) == REJECT_NONE;
}

static const char *ledger_name(struct span name)
{
    static const char *const NAMES[] = {"refunds", "compensations", "rewards"};

    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        if (span_is(name, NAMES[i]))
            return NAMES[i];
    return NULL;
}

static int carry_entry(struct reconcile_job *job, const struct span *values,
                       const struct open_common *common)
{
    struct owed *owed = entries_add(&job->entries);
    struct arena *arena = &job->entries.arena;

    if (owed == NULL)
        return reconcile_out_of_memory(job);
    owed->ledger = ledger_name(values[OPEN_LEDGER]);
    owed->id_kind = reconcile_id_kind(values[OPEN_LEDGER]);
    owed->currency = common->currency;
    owed->period = common->period;
    owed->origin_period = common->origin;
    owed->event_at = common->occurred_at;
    owed->amount = billed_to_decimal(common->amount);
    owed->open_since = common->since;
    if (arena_copy(arena, values[OPEN_ENTRY], &owed->entry) != 0 ||
        arena_copy(arena, values[OPEN_ENTRY_ID], &owed->id) != 0 ||
        arena_copy(arena, values[OPEN_ORDER], &owed->order_id) != 0 ||
        arena_copy(arena, values[OPEN_ACCOUNT], &owed->account_id) != 0 ||
        arena_copy(arena, values[OPEN_RESOURCE], &owed->resource_id) != 0 ||
        arena_copy(arena, values[OPEN_SERVICE], &owed->service) != 0)
        return reconcile_out_of_memory(job);
    owed_set_id(owed);
    return owed->ledger == NULL ? 1 : 0;
}

static int hex_digit(char byte)
{
    static const char DIGITS[] = "0123456789ABCDEF";
    const char *found = byte == '\0' ? NULL : strchr(DIGITS, byte);

    return found == NULL ? -1 : (int)(found - DIGITS);
}

/* Decodes %XX into text, which has room; false where the encoding is bad. */
static bool decode(struct span encoded, char *text, size_t *size)
{
    *size = 0;
    for (size_t i = 0; i < encoded.size; i++) {
        if (encoded.data[i] != '%') {
            text[(*size)++] = encoded.data[i];
            continue;
        }
        if (encoded.size - i < 3 || hex_digit(encoded.data[i + 1]) < 0 ||
            hex_digit(encoded.data[i + 2]) < 0)
            return false;
        text[(*size)++] =
            (char)(hex_digit(encoded.data[i + 1]) * 16 + hex_digit(encoded.data[i + 2]));
        i += 2;
    }
    return true;
}

/* "order:O-1 request:R-1" into references, their text into `text`. */
static bool parse_references(struct span encoded, struct reference *references, int *count,
                             char *text)
{
    *count = 0;
    while (encoded.size > 0) {
        const char *space = memchr(encoded.data, ' ', encoded.size);
        size_t size = space == NULL ? encoded.size : (size_t)(space - encoded.data);
        const char *colon = memchr(encoded.data, ':', size);
        struct reference *reference = &references[*count];
        size_t used;

        if (colon == NULL || *count == LINE_REFERENCES_MAX)
            return false;
        reference->kind = enumeration_find(
            &enum_reference_kind, (struct span){encoded.data, (size_t)(colon - encoded.data)});
        if (reference->kind == REFERENCE_NONE ||
            !decode((struct span){colon + 1, size - (size_t)(colon + 1 - encoded.data)}, text,
                    &used))
            return false;
        reference->text = (struct span){text, used};
        text += used;
        (*count)++;
        size += space != NULL;
        encoded.data += size;
        encoded.size -= size;
    }
    return true;
}

static int carry_line(struct reconcile_job *job, const struct span *values,
                      const struct open_common *common)
{
    struct reference references[LINE_REFERENCES_MAX];
    struct billing_line line = {
        .account_id = values[OPEN_ACCOUNT],
        .sub_account_id = values[OPEN_SUB_ACCOUNT],
        .resource_id = values[OPEN_RESOURCE],
        .service = values[OPEN_SERVICE],
        .category = values[OPEN_CATEGORY],
        .invoice_id = values[OPEN_INVOICE],
        .description = values[OPEN_DESCRIPTION],
        .references = references,
        .kind = enumeration_find(&enum_billing_kind, values[OPEN_KIND]),
        .currency = common->currency,
        .period = common->period,
        .charged_at = common->occurred_at,
        .billed = billed_negate(common->amount),
        .credited = billed_to_decimal(common->amount),
        .open_since = common->since,
        .credited_before = PERIOD_NONE,
    };
    char *text = malloc(values[OPEN_REFERENCES].size + 1);
    int status = 1;

    if (text == NULL)
        return reconcile_out_of_memory(job);
    if (line.kind != BILLING_NONE && values[OPEN_ITEM].size < sizeof(line.id) &&
        parse_references(values[OPEN_REFERENCES], references, &line.reference_count, text)) {
        memcpy(line.id, values[OPEN_ITEM].data, values[OPEN_ITEM].size);
        status = line_list_add(&job->lines, &line) == NULL ? reconcile_out_of_memory(job) : 0;
    }
    free(text);
    return status;
}

static int take_open_item(void *context, const struct span *values, uint64_t line,
                          struct error *err)
{
    struct reconcile_job *job = context;
    struct open_common common;
    int status = 1;

    if (parse_common(values, &common))
        status = span_is(values[OPEN_SIDE], "ledger") ? carry_entry(job, values, &common)
                                                      : carry_line(job, values, &common);
    if (status > 0)
        return error_set(err, ERROR_CLOSED, "open-items.csv:%" PRIu64 ": the row makes no sense",
                         line);
    return status;
}

int reconcile_take_open_items(struct reconcile_job *job)
{
    return reconcile_read_table(job, job->earlier.last, "open-items.csv", OPEN_COLUMNS,
                                OPEN_COLUMN_COUNT, take_open_item, job);
}
