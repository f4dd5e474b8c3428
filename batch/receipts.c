/*
 * Owns which receipts are made, and into which files they go.
 */
#include "batch/receipts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "batch/file_digest.h"
#include "batch/telling.h"
#include "readers/job_config.h"
#include "writers/archive.h"
#include "writers/receipt.h"

enum { ACCOUNTS_PER_BOOK = 100, PATH_BYTES = 4096 };

static const struct span none = {"", 0};

struct making {
    const struct options *options;
    struct report *report;
    struct name_set ids;
    bool *met; /* by the ids' numbers */
    struct receipt_facts facts;
    const char *out;
    char folder[PATH_BYTES / 2]; /* --all: where workbooks wait for the archive */
    struct receipt_book *book;
    int books;
    size_t accounts; /* in the book */
    struct span account;
    struct arena text;
    size_t receipts;
};

/* ---- which ---- */

static bool is_wanted(void *context, const struct published_row *row)
{
    struct making *it = context;
    const struct span decision = published_value(row, "decision");
    uint32_t number = 0;

    if (!span_is(decision, decision_name(DECISION_FULL)) &&
        !span_is(decision, decision_name(DECISION_PARTIAL)))
        return false;
    if (it->options->all)
        return true;
    if (!name_set_find(&it->ids, published_value(row, "request_id"), none, &number))
        return false;
    it->met[number] = true;
    return true;
}

/* ---- into which file ---- */

static void book_path(const struct making *it, int number, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s/receipts-%s-%04d.xlsx", it->folder, it->facts.period, number);
}

/* A workbook for the account: the one at hand, or, with --all, a new one past its accounts. */
static int choose_book(struct making *it, struct span account_id, struct error *err)
{
    const bool same = it->receipts > 0 && span_equal(account_id, it->account);
    char path[PATH_BYTES];

    if (!same) {
        arena_release(&it->text);
        if (arena_copy(&it->text, account_id, &it->account) != 0)
            return error_set(err, ERROR_IO, "out of memory");
    }
    if (it->options->all && it->book != NULL && !same && it->accounts == ACCOUNTS_PER_BOOK) {
        struct receipt_book *full = it->book;

        it->book = NULL;
        it->accounts = 0;
        if (receipt_book_close(full, err) != 0)
            return -1;
    }
    it->accounts += !same;
    if (it->book != NULL)
        return 0;
    if (it->options->all)
        book_path(it, ++it->books, path);
    it->book = receipt_book_open(it->options->all ? path : it->out, &it->facts, err);
    return it->book == NULL ? -1 : 0;
}

static int take(void *context, const struct told_decision *decision,
                const struct published_row *row, const struct judged_account *judged,
                const void *entry, struct error *err)
{
    struct making *it = context;
    const struct refund_entry *refund = entry;

    if (decision->difference_count > 0)
        return error_set(err, ERROR_CONTROL,
                         "%s/refunds.csv:%llu: made again from the sources, the refund is not the "
                         "published one",
                         decision->period, (unsigned long long)row->line);
    if (choose_book(it, refund->request->account_id, err) != 0 ||
        receipt_book_add(it->book, refund, judged->account->account, row->line, err) != 0)
        return -1;
    it->receipts++;
    return 0;
}

/* ---- the archive of --all ---- */

static int pack_books(const struct making *it, int folder_fd, struct archive_writer *archive,
                      struct error *err)
{
    char folder[FOLDER_NAME_MAX];

    snprintf(folder, sizeof(folder), "receipts-%s", it->facts.period);
    for (int number = 1; number <= it->books; number++) {
        struct output_summary summary = {0};
        char path[PATH_BYTES];

        book_path(it, number, path);
        snprintf(summary.name, sizeof(summary.name), "%s", strrchr(path, '/') + 1);
        if (file_digest_sum_up(folder_fd, &summary, err) != 0 ||
            archive_writer_add(archive, folder_fd, folder, &summary, err) != 0)
            return -1;
    }
    return 0;
}

static int open_folder_of(const char *path, const char **base, struct error *err)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_BYTES];
    int fd = -1;

    *base = slash == NULL ? path : slash + 1;
    snprintf(folder, sizeof(folder), "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1,
             slash == NULL ? "." : path);
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        error_set_errno(err, errno, "%s: cannot open", folder);
    return fd;
}

static int pack(const struct making *it, struct error *err)
{
    const char *name = NULL;
    struct archive_writer *archive = NULL;
    int target = open_folder_of(it->out, &name, err);
    int source = target < 0 ? -1 : open(it->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int status = -1;

    if (source >= 0)
        archive = archive_writer_open(target, name, 1, err);
    else if (target >= 0)
        error_set_errno(err, errno, "%s: cannot open", it->folder);
    if (archive != NULL) {
        if (pack_books(it, source, archive, err) == 0 && archive_writer_end(archive, err) == 0 &&
            archive_writer_finish(archive, err) == 0)
            status = archive_writer_commit(archive, err);
        else
            archive_writer_discard(archive);
    }
    if (source >= 0)
        close(source);
    if (target >= 0)
        close(target);
    return status;
}

static void remove_folder(const struct making *it)
{
    for (int number = 1; number <= it->books; number++) {
        char path[PATH_BYTES];

        book_path(it, number, path);
        (void)unlink(path);
    }
    (void)rmdir(it->folder);
}

/* ---- all of it ---- */

static int tell_unmet(struct making *it, bool *wants_look)
{
    for (size_t i = 0; i < it->ids.count; i++)
        if (!it->met[i]) {
            const struct span id = it->ids.names[i].first;

            *wants_look = true;
            report_warning(it->report, "\"%.*s\": %s has no approved refund of this request",
                           (int)id.size, id.data, it->facts.period);
        }
    return 0;
}

static int make(struct making *it, const struct closed_period *period, struct error *err)
{
    const struct telling_sink sink = {it, take};
    struct published_rows rows = {0};
    size_t differences = 0;
    int status = published_rows_read(&rows, period, PUBLISHED_REFUNDS, is_wanted, it, err);

    if (status == 0 && rows.count > 0)
        status = telling_run(period, &rows, &sink, &differences, err);
    published_rows_release(&rows);
    if (it->book != NULL && status == 0)
        status = receipt_book_close(it->book, err);
    else
        receipt_book_discard(it->book);
    it->book = NULL;
    return status;
}

static int make_all(struct making *it, const struct closed_period *period, struct error *err)
{
    const char *temporary = getenv("TMPDIR");
    int status = -1;

    snprintf(it->folder, sizeof(it->folder), "%s/recompense-XXXXXX",
             temporary == NULL || temporary[0] == '\0' ? P_tmpdir : temporary);
    if (mkdtemp(it->folder) == NULL)
        return error_set_errno(err, errno, "%s: cannot create", it->folder);
    if (make(it, period, err) == 0)
        status = pack(it, err);
    remove_folder(it);
    return status;
}

static int check_options(const struct options *options, struct error *err)
{
    if ((options->books == NULL) == (options->archive == NULL))
        return error_set(err, ERROR_USAGE,
                         "recompense receipt: needs --books DIR or --archive FILE");
    if (options->all == (options->argument_count > 0))
        return error_set(err, ERROR_USAGE, "recompense receipt: needs REQUEST-ID... or --all");
    return 0;
}

static int note_ids(struct making *it, struct error *err)
{
    it->met = calloc(it->options->argument_count + 1, sizeof(*it->met));
    if (it->met == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    for (size_t i = 0; i < it->options->argument_count; i++)
        if (name_set_add(&it->ids, span_of(it->options->arguments[i]), none, false, NULL) != 0)
            return error_set(err, ERROR_IO, "out of memory");
    return 0;
}

int receipts_make(const struct options *options, struct report *report, bool *wants_look,
                  struct error *err)
{
    struct making it = {.options = options, .report = report};
    struct job_config *config = NULL;
    struct closed_period period;
    char name[64];
    int status = -1;

    if (check_options(options, err) != 0)
        return -1;
    config = malloc(sizeof(*config));
    if (config == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    if (job_config_load(options->config_file, config, err) != 0) {
        free(config);
        return -1;
    }
    if (note_ids(&it, err) == 0 && closed_period_choose(&period, options->books, options->archive,
                                                        options->period, err) == 0) {
        snprintf(name, sizeof(name), options->all ? "receipts-%s.zip" : "receipt-%s.xlsx",
                 period.name);
        it.out = options->out == NULL ? name : options->out;
        it.facts = (struct receipt_facts){config->company, period.name, period.manifest_sha256,
                                          period.period, period.policy->utc_offset_seconds};
        status = options->all ? make_all(&it, &period, err) : make(&it, &period, err);
        if (status == 0) {
            (void)tell_unmet(&it, wants_look);
            report_note(report, "%zu receipts: %s", it.receipts, it.out);
        }
        closed_period_close(&period);
    }
    job_config_release(config);
    free(config);
    name_set_release(&it.ids);
    free(it.met);
    arena_release(&it.text);
    return status;
}
