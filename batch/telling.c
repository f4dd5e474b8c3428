/*
 * Owns the comparison of a published row with the same decision made again, and the gathering of
 * what is told about it. Knows no rule.
 */
#include "batch/telling.h"

#include <stdlib.h>

#include "batch/source_row.h"
#include "readers/ledger_rows.h"
#include "writers/cell_plain.h"

enum { DIFFERENCES_MAX = 48, FIELDS_MAX = EXPLAINED_SOURCES_MAX * TABLE_COLUMNS_MAX };

struct telling {
    const struct closed_period *period;
    const struct telling_sink *sink;
    struct evidence evidence;
    const struct published_row **rows; /* by account, ledger, line */
    size_t row_count;
    size_t told;
    size_t *differences;

    /* Of the decision at hand. */
    struct arena text;
    struct notebook book;
    struct explanation *explanation;
    struct span differing[DIFFERENCES_MAX];
    size_t differing_count;
    struct told_field fields[FIELDS_MAX];
    struct told_source sources[EXPLAINED_SOURCES_MAX];
};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

static struct span account_of(const struct published_row *row)
{
    return published_value(row, "account_id");
}

static int compare_rows(const void *left, const void *right)
{
    const struct published_row *a = *(const struct published_row *const *)left;
    const struct published_row *b = *(const struct published_row *const *)right;
    int order = span_compare(account_of(a), account_of(b));

    if (order == 0)
        order = (int)a->ledger - (int)b->ledger;
    if (order == 0)
        order = a->line < b->line ? -1 : a->line > b->line;
    return order;
}

/* ---- comparing ---- */

static void differ(struct telling *it, struct span what)
{
    if (it->differing_count < DIFFERENCES_MAX)
        it->differing[it->differing_count++] = what;
}

static struct span value_of(const struct telling *it, const struct ledger *ledger, int column,
                            const void *entry, char room[CELL_PLAIN_MAX])
{
    struct cell cell = {.kind = CELL_EMPTY};

    ledger->columns[column].get(entry, &cell);
    return cell_plain(&cell, it->book.utc_offset_seconds, room);
}

static void compare(struct telling *it, const struct published_row *row, const void *entry)
{
    const struct ledger *ledger = published_ledgers[row->ledger];

    for (int i = 0; i < ledger->column_count; i++) {
        char room[CELL_PLAIN_MAX];
        const struct span again = value_of(it, ledger, i, entry, room);

        if (!span_equal(again, row->fields[i]))
            differ(it,
                   note_text(&it->book, "%s: the ledger has \"%.*s\", made again it is \"%.*s\"",
                             ledger->columns[i].name, SPAN_ARGUMENTS(row->fields[i]),
                             SPAN_ARGUMENTS(again)));
    }
}

/* Whether the entry is the row's: equal in the columns that name a row. */
static bool is_of(const struct telling *it, const struct published_row *row, const void *entry)
{
    static const char *const KEYS[PUBLISHED_COUNT][5] = {
        [PUBLISHED_REFUNDS] = {"request_id"},
        [PUBLISHED_COMPENSATIONS] = {"claim_id", "resource_id", "basis_starts_at", "basis_id"},
        [PUBLISHED_REWARDS] = {"filing_id"},
    };
    const struct ledger *ledger = published_ledgers[row->ledger];

    for (const char *const *key = KEYS[row->ledger]; *key != NULL; key++)
        for (int i = 0; i < ledger->column_count; i++) {
            char room[CELL_PLAIN_MAX];

            if (strcmp(ledger->columns[i].name, *key) == 0 &&
                !span_equal(value_of(it, ledger, i, entry, room), row->fields[i]))
                return false;
        }
    return true;
}

/* ---- what is told with it ---- */

static size_t put_fields(struct telling *it, struct told_field *fields, enum input input,
                         const void *record)
{
    const struct table *table = table_of(input);
    char room[SOURCE_ROW_BYTES_MAX];

    for (int i = 0; i < table->column_count; i++) {
        const char *end =
            source_put_value(room, table, &table->columns[i], record, it->book.utc_offset_seconds);

        fields[i].name = span_of(table->columns[i].name);
        fields[i].value = note_text(&it->book, "%.*s", (int)(end - room), room);
    }
    return (size_t)table->column_count;
}

static void put_sources(struct telling *it)
{
    size_t used = 0;

    for (size_t i = 0; i < it->explanation->source_count; i++) {
        const struct explained_source *source = &it->explanation->sources[i];
        const struct evidence_place *place = evidence_place(&it->evidence, source->record);
        struct told_source *told = &it->sources[i];

        *told = (struct told_source){
            .input = input_name(source->input),
            .fields = &it->fields[used],
            .field_count = put_fields(it, &it->fields[used], source->input, source->record)};
        used += told->field_count;
        if (place != NULL) {
            told->file = place->file;
            told->line = place->line;
        }
    }
}

static bool holds(struct span text, struct span part)
{
    return part.size > 0 && memmem(text.data, text.size, part.data, part.size) != NULL;
}

/* The rejected rows that bear what a deferred decision waits for. */
static int note_rejects(struct telling *it, struct span wanted, struct error *err)
{
    struct ledger_rows *file = NULL;
    struct csv_row row;
    char path[CLOSED_PATH_MAX];
    int more = -1;

    if (closed_period_file(it->period, "rejects.csv", path, err) != 0 ||
        ledger_rows_open(&file, path, "rejects.csv", err) != 0)
        return -1;
    while ((more = ledger_rows_next(file, &row, err)) == 1)
        if (row.field_count == 6 && holds(row.fields[5], wanted))
            explanation_note(
                it->explanation,
                note_text(&it->book, "Rejected: %.*s, line %.*s, column %.*s, %.*s: %.*s",
                          SPAN_ARGUMENTS(ledger_text(row.fields[1])), SPAN_ARGUMENTS(row.fields[2]),
                          SPAN_ARGUMENTS(row.fields[3]), SPAN_ARGUMENTS(row.fields[4]),
                          SPAN_ARGUMENTS(ledger_text(row.fields[5]))));
    ledger_rows_close(file);
    return more;
}

static struct span awaited(const struct published_row *row)
{
    const char *column = row->ledger == PUBLISHED_COMPENSATIONS ? "incident_id" : "order_id";

    return published_value(row, column);
}

static int hand_on(struct telling *it, const struct published_row *row,
                   const struct judged_account *judged, const void *entry,
                   const struct reason *reason, bool seconds_agree, struct error *err)
{
    struct explanation *explanation = it->explanation;
    struct told_decision decision = {
        .period = it->period->name,
        .manifest_sha256 = it->period->manifest_sha256,
        .explanation = explanation,
        .ledger = published_ledgers[row->ledger],
        .row = row->fields,
        .row_line = row->line,
        .sources = it->sources,
        .differences = it->differing,
        .utc_offset_seconds = it->book.utc_offset_seconds,
    };

    compare(it, row, entry);
    if (explanation->reason != reason)
        differ(it, note_text(&it->book, "the checks told here come to %s, the decision to %s",
                             explanation->reason->code, reason->code));
    if (!seconds_agree)
        differ(it, note_text(&it->book, "the seconds told here are not those of the decision"));
    if (strcmp(reason->code, "source_rejected") == 0 &&
        (note_rejects(it, awaited(row), err) != 0 ||
         (row->ledger == PUBLISHED_COMPENSATIONS &&
          note_rejects(it, published_value(row, "resource_id"), err) != 0)))
        return -1;
    put_sources(it);
    if (it->book.failed)
        return out_of_memory(err);
    decision.source_count = explanation->source_count;
    decision.difference_count = it->differing_count;
    *it->differences += it->differing_count > 0;
    it->told++;
    return it->sink->decision(it->sink->context, &decision, row, judged, entry, err);
}

static int tell_refund(struct telling *it, const struct published_row *row,
                       const struct judged_account *judged, struct error *err)
{
    const struct settlement settlement = {it->period->policy, it->period->period};

    for (size_t i = 0; i < judged->refund_count; i++) {
        const struct explained_refund *refund = &judged->refunds[i];

        if (!is_of(it, row, &refund->entry))
            continue;
        explain_refund(&it->book, &settlement, refund, it->explanation);
        return hand_on(it, row, judged, &refund->entry, refund_reason(refund->entry.reason), true,
                       err);
    }
    return 0;
}

static const struct claim_case *case_of(const struct account_case *account,
                                        const struct claim *claim)
{
    for (size_t i = 0; i < account->claim_count; i++)
        if (account->claims[i].claim == claim)
            return &account->claims[i];
    return NULL;
}

static int tell_compensation(struct telling *it, const struct published_row *row,
                             const struct judged_account *judged, struct error *err)
{
    const struct settlement settlement = {it->period->policy, it->period->period};

    for (size_t i = 0; i < judged->compensation_count; i++) {
        const struct compensation_entry *entry = &judged->compensations[i];
        const struct explained_claim claim = {judged->account,
                                              case_of(judged->account, entry->claim), entry,
                                              judged->compensations, judged->compensation_count};
        bool seconds_agree = true;

        if (!is_of(it, row, entry))
            continue;
        explain_compensation(&it->book, &settlement, &claim, it->explanation, &seconds_agree);
        return hand_on(it, row, judged, entry, compensation_reason(entry->reason), seconds_agree,
                       err);
    }
    return 0;
}

static int tell_reward(struct telling *it, const struct published_row *row,
                       const struct judged_account *judged, struct error *err)
{
    const struct settlement settlement = {it->period->policy, it->period->period};

    for (size_t i = 0; i < judged->reward_count; i++) {
        const struct explained_reward *reward = &judged->rewards[i];

        if (!is_of(it, row, &reward->entry))
            continue;
        explain_reward(&it->book, &settlement, reward, it->explanation);
        return hand_on(it, row, judged, &reward->entry, reward_reason(reward->entry.reason), true,
                       err);
    }
    return 0;
}

static int tell_row(struct telling *it, const struct published_row *row,
                    const struct judged_account *judged, struct error *err)
{
    int status = -1;

    it->differing_count = 0;
    arena_init(&it->text);
    it->book = (struct notebook){&it->text, it->period->policy->utc_offset_seconds, false};
    switch (row->ledger) {
    case PUBLISHED_REFUNDS:
        status = tell_refund(it, row, judged, err);
        break;
    case PUBLISHED_COMPENSATIONS:
        status = tell_compensation(it, row, judged, err);
        break;
    case PUBLISHED_REWARDS:
        status = tell_reward(it, row, judged, err);
        break;
    case PUBLISHED_COUNT:
        break;
    }
    arena_release(&it->text);
    return status;
}

static int take_account(void *context, const struct judged_account *judged, struct error *err)
{
    struct telling *it = context;
    const struct span account_id = judged->account->account_id;
    size_t low = 0;
    size_t high = it->row_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (span_compare(account_of(it->rows[middle]), account_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < it->row_count && span_equal(account_of(it->rows[low]), account_id); low++)
        if (tell_row(it, it->rows[low], judged, err) != 0)
            return -1;
    return 0;
}

static int gather(struct telling *it, const struct published_rows *rows, struct error *err)
{
    it->explanation = malloc(sizeof(*it->explanation));
    it->rows = malloc((rows->count + 1) * sizeof(*it->rows));
    if (it->explanation == NULL || it->rows == NULL)
        return out_of_memory(err);
    for (size_t i = 0; i < rows->count; i++) {
        it->rows[it->row_count++] = &rows->items[i];
        if (evidence_want(&it->evidence, account_of(&rows->items[i]), err) != 0)
            return -1;
    }
    if (it->row_count > 1)
        qsort(it->rows, it->row_count, sizeof(const struct published_row *), compare_rows);
    return 0;
}

int telling_run(const struct closed_period *period, const struct published_rows *rows,
                const struct telling_sink *sink, size_t *differences, struct error *err)
{
    struct telling *it = calloc(1, sizeof(*it));
    int status = -1;

    if (it == NULL)
        return out_of_memory(err);
    it->period = period;
    it->sink = sink;
    it->differences = differences;
    evidence_init(&it->evidence, period);
    if (gather(it, rows, err) != 0 || evidence_read(&it->evidence, err) != 0 ||
        evidence_judge(&it->evidence, take_account, it, err) != 0)
        goto done;
    status = it->told == rows->count
                 ? 0
                 : error_set(err, ERROR_CONTROL,
                             "%s: %zu of %zu rows of the ledgers cannot be made again: the sources "
                             "do not hold what they were decided from",
                             period->name, rows->count - it->told, rows->count);
done:
    evidence_release(&it->evidence);
    free(it->rows);
    free(it->explanation);
    free(it);
    return status;
}
