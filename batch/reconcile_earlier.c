/*
 * Owns what a reconciliation takes over from earlier ones: whether it is its turn, the billing rows
 * that they have had, the entries that they saw credited, and what they left open.
 * Must not know how things are matched.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch/file_digest.h"
#include "batch/reconcile_job.h"
#include "policy/manifest.h"
#include "readers/published.h"
#include "readers/reconciliation_manifest.h"

enum { PATH_BYTES = 8192, NAME_BYTES = 512, CHARGE_TEXT_MAX = 1024 };

/* ---- names ---- */

static void folder_of(int32_t period, char name[FOLDER_NAME_MAX])
{
    char text[PERIOD_TEXT_MAX];

    (void)period_format(period, text);
    (void)snprintf(name, FOLDER_NAME_MAX, "%s%s", text, RECONCILIATION_SUFFIX);
}

/* "BOOKS/2026-10.reconciliation/FILE" and the same without the books, for messages. */
static int path_of(struct reconcile_job *job, int32_t period, const char *file,
                   char path[PATH_BYTES], char label[NAME_BYTES])
{
    char folder[FOLDER_NAME_MAX];

    folder_of(period, folder);
    (void)snprintf(label, NAME_BYTES, "%.200s/%s", folder, file);
    if (snprintf(path, PATH_BYTES, "%s/%s", job->books.path, label) >= PATH_BYTES)
        return error_set(job->err, ERROR_USAGE, "%s: the path is too long", job->books.path);
    return 0;
}

/* ---- whose turn it is ---- */

/* The period of "2026-10.reconciliation"; false for any other name. */
static bool parse_folder(const char *name, int32_t *period)
{
    const size_t size = PERIOD_TEXT_MAX - 1;

    return strlen(name) > size && strcmp(name + size, RECONCILIATION_SUFFIX) == 0 &&
           period_parse((struct span){name, size}, period);
}

static int note_period(struct reconcile_job *job, int32_t period)
{
    struct earlier *earlier = &job->earlier;
    char text[PERIOD_TEXT_MAX];

    if (period == job->period) {
        earlier->repeat = !job->options->restate;
        earlier->replace = job->options->restate;
    } else if (period > job->period && job->options->restate) {
        (void)period_format(period, text);
        return error_set(job->err, ERROR_CLOSED,
                         "%s is reconciled already: only the last reconciliation can be redone",
                         text);
    } else if (period < job->period) {
        earlier->first = earlier->first == PERIOD_NONE ? period : earlier->first;
        earlier->last = period;
    }
    return 0;
}

/* The books of the last reconciliation must still be those that it was made of. */
static int check_last(struct reconcile_job *job)
{
    struct earlier *earlier = &job->earlier;
    struct reconciliation_facts facts;
    struct file_digest digest;
    char path[PATH_BYTES];
    char label[NAME_BYTES];
    char text[PERIOD_TEXT_MAX];
    int fd;
    int status;

    (void)period_format(earlier->last, text);
    if (path_of(job, earlier->last, MANIFEST_FILE, path, label) != 0 ||
        reconciliation_manifest_read(path, label, &facts, job->err) != 0)
        return -1;
    memcpy(earlier->last_sha256, facts.sha256, sizeof(earlier->last_sha256));
    fd = books_open_period(&job->books, earlier->last, job->err);
    if (fd < 0)
        return -1;
    status = file_digest_read(fd, MANIFEST_FILE, &digest, job->err);
    (void)close(fd);
    if (status == 0 && strcmp(digest.sha256, facts.books_sha256) != 0)
        status =
            error_set(job->err, ERROR_CLOSED,
                      "%s was restated after it was reconciled: reconcile it again first", text);
    return status;
}

int reconcile_find_earlier(struct reconcile_job *job)
{
    struct earlier *earlier = &job->earlier;
    char **names;
    size_t count;
    int status = 0;

    earlier->first = earlier->last = PERIOD_NONE;
    if (folder_names(job->books.fd, &names, &count, job->err) != 0)
        return -1;
    for (size_t i = 0; i < count && status == 0; i++) {
        int32_t period;

        if (parse_folder(names[i], &period))
            status = note_period(job, period);
    }
    folder_names_release(names, count);
    if (status != 0 || earlier->last == PERIOD_NONE)
        return status;
    if (earlier->last != job->period - 1) {
        char text[PERIOD_TEXT_MAX];

        (void)period_format(earlier->last + 1, text);
        return error_set(job->err, ERROR_CLOSED, "%s is not reconciled yet", text);
    }
    return check_last(job);
}

/* ---- ids of lines ---- */

static int compare_lines(const void *a, const void *b)
{
    return billing_line_compare(a, b);
}

/* Equal lines are numbered: whichever comes first. */
static void number_lines(struct line_list *lines)
{
    unsigned ordinal = 1;

    if (lines->count > 1)
        qsort(lines->items, lines->count, sizeof(*lines->items), compare_lines);
    for (size_t i = 0; i < lines->count; i++) {
        bool again = i > 0 && billing_line_compare(&lines->items[i - 1], &lines->items[i]) == 0;

        ordinal = again ? ordinal + 1 : 1;
        billing_line_set_id(&lines->items[i], ordinal);
    }
}

/* ---- what the earlier reconciliations have had ---- */

/* An entry that was credited, under one of the ids by which a line of now names it. */
struct hit {
    int32_t kind;
    uint32_t name; /* in history.named */
    int32_t period;
    struct decimal amount;
};

struct history {
    struct reconcile_job *job;
    struct name_set ids;   /* of the lines; numbers are the lines' */
    struct name_set named; /* what the lines name */
    bool *had;             /* by line */
    struct hit *hits;
    size_t hit_count;
    size_t hit_capacity;
    int32_t period; /* of the reconciliation at hand */
};

static const struct span NOTHING = {"", 0};

/* The lines from `fresh` on are carried: by now the earlier reconciliations have had them. */
static int index_lines(struct history *history, size_t fresh)
{
    const struct line_list *lines = &history->job->lines;

    for (size_t i = 0; i < lines->count; i++) {
        const struct billing_line *line = &lines->items[i];

        if (i < fresh && name_set_add(&history->ids, span_of(line->id), NOTHING, true, NULL) != 0)
            return -1;
        for (int j = 0; j < line->reference_count; j++)
            if (name_set_add(&history->named, line->references[j].text, NOTHING, true, NULL) != 0)
                return -1;
    }
    return 0;
}

static int add_hit(struct history *history, int32_t kind, struct span text, struct decimal amount)
{
    uint32_t name;

    if (text.size == 0 || !name_set_find(&history->named, text, NOTHING, &name))
        return 0;
    if (history->hit_count == history->hit_capacity) {
        size_t capacity = history->hit_capacity == 0 ? 64 : 2 * history->hit_capacity;
        struct hit *hits = realloc(history->hits, capacity * sizeof(*hits));

        if (hits == NULL)
            return reconcile_out_of_memory(history->job);
        history->hits = hits;
        history->hit_capacity = capacity;
    }
    history->hits[history->hit_count++] = (struct hit){kind, name, history->period, amount};
    return 0;
}

static bool was_credited(struct span category)
{
    return span_is(category, match_category_code(MATCHED)) ||
           span_is(category, match_category_code(MATCH_WITHIN_TOLERANCE)) ||
           span_is(category, match_category_code(MATCH_TIMING));
}

int32_t reconcile_id_kind(struct span ledger)
{
    if (span_is(ledger, "refunds"))
        return REFERENCE_REQUEST;
    return span_is(ledger, "compensations") ? REFERENCE_CLAIM : REFERENCE_FILING;
}

static const char *const HISTORY_COLUMNS[] = {"billing_id", "category", "ledger",  "entry",
                                              "entry_id",   "order_id", "expected"};

static int take_history(void *context, const struct span *values, uint64_t line, struct error *err)
{
    struct history *history = context;
    struct decimal amount = DECIMAL_ZERO;
    uint32_t number;

    (void)line;
    (void)err;
    if (values[0].size > 0 && name_set_find(&history->ids, values[0], NOTHING, &number))
        history->had[number] = true;
    if (values[2].size == 0 || !was_credited(values[1]))
        return 0;
    (void)!decimal_parse(values[6], &amount);
    if (add_hit(history, REFERENCE_ENTRY, values[3], amount) != 0 ||
        add_hit(history, reconcile_id_kind(values[2]), values[4], amount) != 0)
        return -1;
    return add_hit(history, REFERENCE_ORDER, values[5], amount);
}

int reconcile_read_table(struct reconcile_job *job, int32_t period, const char *file,
                         const char *const *columns, int column_count,
                         int (*row)(void *context, const struct span *values, uint64_t line,
                                    struct error *err),
                         void *context)
{
    struct reconciliation_facts facts;
    char path[PATH_BYTES];
    char label[NAME_BYTES];
    char sha256[SHA256_TEXT_MAX];
    const char *expected;
    const struct published_table table = {path, label, columns, column_count, true};

    if (path_of(job, period, MANIFEST_FILE, path, label) != 0 ||
        reconciliation_manifest_read(path, label, &facts, job->err) != 0 ||
        path_of(job, period, file, path, label) != 0 ||
        published_read(&table, row, context, sha256, job->err) != 0)
        return -1;
    expected = reconciliation_output_sha256(&facts, file);
    if (expected == NULL || strcmp(expected, sha256) != 0)
        return error_set(job->err, ERROR_CLOSED, "%s: is not as it was published", label);
    return 0;
}

/* Lines that name an entry which an earlier reconciliation saw credited. */
static void mark_credited(struct history *history)
{
    struct line_list *lines = &history->job->lines;

    for (size_t i = 0; i < lines->count; i++) {
        struct billing_line *line = &lines->items[i];

        for (int j = 0; j < line->reference_count; j++) {
            uint32_t name = 0;
            bool known = name_set_find(&history->named, line->references[j].text, NOTHING, &name);

            for (size_t k = 0; known && k < history->hit_count; k++) {
                const struct hit *hit = &history->hits[k];
                int32_t kind = line->references[j].kind;

                if (hit->name == name && (kind == REFERENCE_ANY || kind == hit->kind) &&
                    (hit->kind != REFERENCE_ORDER ||
                     decimal_compare(hit->amount, line->credited) == 0))
                    line->credited_before = hit->period;
            }
        }
    }
}

/* Takes out the lines that an earlier reconciliation has had. */
static int drop_lines(struct history *history)
{
    struct reconcile_job *job = history->job;
    struct line_list *lines = &job->lines;
    size_t kept = 0;

    for (size_t i = 0; i < lines->count; i++) {
        struct billing_line *line = &lines->items[i];

        if (!history->had[i]) {
            lines->items[kept++] = *line;
            continue;
        }
        job->dropped_rows++;
        if (line->kind == BILLING_CREDIT &&
            !billed_add(&job->dropped[line->currency], billed_negate(line->billed)))
            return error_set(job->err, ERROR_INPUT, "a sum of billed amounts does not fit");
    }
    lines->count = kept;
    return 0;
}

static int take_histories(struct reconcile_job *job, size_t fresh)
{
    struct history history = {.job = job};
    int status = -1;

    history.had = calloc(job->lines.count + 1, sizeof(*history.had));
    if (history.had == NULL || index_lines(&history, fresh) != 0) {
        reconcile_out_of_memory(job);
        goto done;
    }
    for (int32_t period = job->earlier.first; period <= job->earlier.last; period++) {
        history.period = period;
        if (reconcile_read_table(job, period, "reconciliation.csv", HISTORY_COLUMNS,
                                 sizeof(HISTORY_COLUMNS) / sizeof(HISTORY_COLUMNS[0]), take_history,
                                 &history) != 0)
            goto done;
    }
    mark_credited(&history);
    status = drop_lines(&history);

done:
    name_set_release(&history.ids);
    name_set_release(&history.named);
    free(history.had);
    free(history.hits);
    return status;
}

/* ---- months ---- */

/*
 * A row of another month belongs to that month's reconciliation, unless it names what is open here,
 * or comes late to a month that has been reconciled.
 */
static void mark_months(struct reconcile_job *job)
{
    for (size_t i = 0; i < job->lines.count; i++) {
        struct billing_line *line = &job->lines.items[i];

        line->named_only = line->period > job->period ||
                           (line->period < job->period && (job->earlier.first == PERIOD_NONE ||
                                                           line->period < job->earlier.first));
    }
}

int reconcile_take_earlier(struct reconcile_job *job)
{
    size_t fresh = job->lines.count;

    number_lines(&job->lines);
    mark_months(job);
    if (job->earlier.last == PERIOD_NONE)
        return 0;
    if (reconcile_take_open_items(job) != 0)
        return -1;
    return take_histories(job, fresh);
}
