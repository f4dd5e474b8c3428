/*
 * Owns the adjustments file: the breaks that somebody answers for, by whom, when and why.
 * Must not know how breaks come about.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "batch/reconcile_job.h"
#include "readers/fields.h"
#include "readers/published.h"

static const char *const COLUMNS[] = {"period", "break_id", "amount", "who", "when", "why"};

enum adjustment_column {
    ADJUSTMENT_PERIOD,
    ADJUSTMENT_BREAK,
    ADJUSTMENT_AMOUNT,
    ADJUSTMENT_WHO,
    ADJUSTMENT_WHEN,
    ADJUSTMENT_WHY,
    ADJUSTMENT_COLUMNS
};

static int bad(struct reconcile_job *job, uint64_t line, int column, const char *cause)
{
    return error_set(job->err, ERROR_INPUT, "%s:%" PRIu64 ": %s: %s", job->adjustments.name, line,
                     COLUMNS[column], cause);
}

static int check_texts(struct reconcile_job *job, const struct span *values, uint64_t line)
{
    for (int i = 0; i < ADJUSTMENT_COLUMNS; i++) {
        if (values[i].size == 0)
            return bad(job, line, i, "is empty");
        if (values[i].size > LONG_TEXT_BYTES_MAX || !text_is_good(values[i], i == ADJUSTMENT_WHY))
            return bad(job, line, i, "is longer than 1,024 bytes, or holds a control character");
    }
    return 0;
}

static struct adjustment *add(struct adjustments *adjustments)
{
    if (adjustments->count == adjustments->capacity) {
        size_t capacity = adjustments->capacity == 0 ? 64 : 2 * adjustments->capacity;
        struct adjustment *items = realloc(adjustments->items, capacity * sizeof(*items));

        if (items == NULL)
            return NULL;
        adjustments->items = items;
        adjustments->capacity = capacity;
    }
    return &adjustments->items[adjustments->count];
}

static int take_row(void *context, const struct span *values, uint64_t line, struct error *err)
{
    struct reconcile_job *job = context;
    struct adjustments *adjustments = &job->adjustments;
    struct adjustment *item = add(adjustments);
    int32_t period;

    (void)err;
    if (item == NULL)
        return reconcile_out_of_memory(job);
    *item = (struct adjustment){.line = line};
    if (check_texts(job, values, line) != 0)
        return -1;
    if (!period_parse(values[ADJUSTMENT_PERIOD], &period))
        return bad(job, line, ADJUSTMENT_PERIOD, "is not a month like 2026-10");
    if (decimal_parse(values[ADJUSTMENT_AMOUNT], &item->amount) != DECIMAL_OK)
        return bad(job, line, ADJUSTMENT_AMOUNT, "is not a decimal");
    if (date_parse(values[ADJUSTMENT_WHEN], &item->when) != INSTANT_OK)
        return bad(job, line, ADJUSTMENT_WHEN, "is not a date like 2026-10-31");
    if (period != job->period) {
        adjustments->of_other_periods++;
        return 0;
    }
    for (size_t i = 0; i < adjustments->count; i++)
        if (span_equal(adjustments->items[i].break_id, values[ADJUSTMENT_BREAK]))
            return bad(job, line, ADJUSTMENT_BREAK, "is written off by an earlier line already");
    if (arena_copy(&adjustments->text, values[ADJUSTMENT_BREAK], &item->break_id) != 0 ||
        arena_copy(&adjustments->text, values[ADJUSTMENT_WHO], &item->who) != 0 ||
        arena_copy(&adjustments->text, values[ADJUSTMENT_WHY], &item->why) != 0)
        return reconcile_out_of_memory(job);
    adjustments->count++;
    return 0;
}

int reconcile_read_adjustments(struct reconcile_job *job)
{
    const char *path = job->options->adjustments;
    const char *slash = path == NULL ? NULL : strrchr(path, '/');
    struct published_table table = {path, NULL, COLUMNS, ADJUSTMENT_COLUMNS, false};

    job->adjustments.name = "";
    if (path == NULL)
        return 0;
    job->adjustments.name = table.name = slash == NULL ? path : slash + 1;
    return published_read(&table, take_row, job, job->adjustments.sha256, job->err);
}

int reconcile_find_adjustment(struct reconcile_job *job, const char *break_id,
                              struct decimal difference, int currency,
                              const struct adjustment **found)
{
    *found = NULL;
    for (size_t i = 0; i < job->adjustments.count; i++) {
        struct adjustment *item = &job->adjustments.items[i];
        char given[DECIMAL_TEXT_MAX];
        char text[DECIMAL_TEXT_MAX];

        if (!span_is(item->break_id, break_id))
            continue;
        item->used = true;
        *found = item;
        if (decimal_compare(item->amount, difference) == 0)
            return 0;
        (void)decimal_format(item->amount, currency_digits(currency), given);
        (void)decimal_format(difference, currency_digits(currency), text);
        return error_set(job->err, ERROR_INPUT,
                         "%s:%" PRIu64 ": amount: %s is not the break's difference, which is %s",
                         job->adjustments.name, item->line, given, text);
    }
    return 0;
}

int reconcile_check_adjustments(struct reconcile_job *job)
{
    for (size_t i = 0; i < job->adjustments.count; i++)
        if (!job->adjustments.items[i].used)
            return bad(job, job->adjustments.items[i].line, ADJUSTMENT_BREAK,
                       "there is no open break with this id");
    return 0;
}
