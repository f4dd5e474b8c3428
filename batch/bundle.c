/*
 * Owns what a bundle holds. Knows no rule.
 */
#include "batch/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "batch/evidence.h"
#include "batch/history_rows.h"
#include "batch/source_row.h"
#include "batch/sources_files.h"
#include "batch/state_files.h"
#include "batch/version.h"
#include "writers/carried.h"
#include "writers/csv.h"
#include "writers/manifest.h"
#include "writers/state.h"

enum { CARRIED_COUNT = 12, FOLDER_MODE = 0755 };

struct bundling {
    struct evidence evidence;
    const struct closed_period *period;
    struct span account_id;
    int out_fd;
    int books_fd; /* of the period before; -1: the period is the first */
    struct output_summary carried[CARRIED_COUNT];
    size_t carried_count;
    struct error *err;
};

static bool is_carried(const struct bundling *it, const void *record)
{
    const struct evidence_place *place = evidence_place(&it->evidence, record);

    return place != NULL && place->file.size == 0;
}

/* ---- exports ---- */

/*
 * Of a rejected row only its names matter: a row that has them, and lacks the rest, is rejected
 * as well, and names the same.
 */
struct stand_in {
    enum input input;
    const char *kind; /* of rejected_names */
    int first;        /* the column that has the first name */
    int second;       /* -1: none */
};

static const struct stand_in STAND_INS[] = {
    {INPUT_ACCOUNTS, "accounts", 0, -1},
    {INPUT_USAGE, "basis_accounts", 0, -1},
    {INPUT_USAGE, "bases", 0, 1},
    {INPUT_INCIDENTS, "incidents", 0, -1},
    {INPUT_ORDERS, "order_resources", 1, 2},
    {INPUT_ORDERS, "orders", 0, -1},
};

static int put_stand_in(const struct stand_in *stand_in, const struct name *name,
                        struct output *output, struct error *err)
{
    const struct table *table = table_of(stand_in->input);
    char *room = output_reserve(output, SOURCE_ROW_BYTES_MAX, err);
    char *at = room;

    if (room == NULL)
        return -1;
    for (int i = 0; i < table->column_count; i++) {
        if (i > 0)
            *at++ = ',';
        if (i == stand_in->first)
            at = source_put_text(at, name->first);
        else if (i == stand_in->second)
            at = source_put_text(at, name->second);
    }
    *at++ = '\n';
    output_advance(output, (size_t)(at - room));
    return 0;
}

/* Whether a name that a rejected row bears has to do with the account. */
static bool concerns(const struct bundling *it, const struct stand_in *stand_in,
                     const struct name *name)
{
    const struct month *month = &it->evidence.month;

    if (strcmp(stand_in->kind, "orders") == 0)
        return name_set_has(&it->evidence.orders_named, name->first, (struct span){"", 0});
    if (strcmp(stand_in->kind, "incidents") != 0)
        return span_equal(name->first, it->account_id);
    for (size_t i = 0; i < month->due[EVENT_CLAIM].count; i++)
        if (span_equal(((const struct claim *)month->due[EVENT_CLAIM].items[i].record)->incident_id,
                       name->first))
            return true;
    return false;
}

static int put_stand_ins(struct bundling *it, enum input input, struct output *output)
{
    for (int kind = 0; kind < REJECTED_KIND_COUNT; kind++) {
        const struct stand_in *stand_in = &STAND_INS[kind];
        const struct name_set *names = rejected_names(&it->evidence.month, kind);

        if (stand_in->input != input)
            continue;
        for (size_t i = 0; i < names->count; i++)
            if (concerns(it, stand_in, &names->names[i]) &&
                put_stand_in(stand_in, &names->names[i], output, it->err) != 0)
                return -1;
    }
    return 0;
}

static int write_input(struct bundling *it, enum input input)
{
    const struct table *table = table_of(input);
    const struct intake *intake = &it->evidence.month.intakes[input];
    struct output_summary summary;
    struct output *output = NULL;
    char name[OUTPUT_NAME_MAX];
    char *room = NULL;

    snprintf(name, sizeof(name), "exports/%s.csv", input_name(input));
    output = output_open(it->out_fd, name, it->err);
    if (output == NULL)
        return -1;
    room = output_reserve(output, SOURCE_ROW_BYTES_MAX, it->err);
    if (room == NULL)
        goto failed;
    output_advance(output, (size_t)(source_put_header(room, table, false) - room));
    for (size_t i = 0; i < intake->row_count; i++) {
        const void *record = intake->rows[i].record;

        if (is_carried(it, record))
            continue;
        room = output_reserve(output, SOURCE_ROW_BYTES_MAX, it->err);
        if (room == NULL)
            goto failed;
        output_advance(output, (size_t)(source_put_row(room, table, record, NULL, 0,
                                                       it->period->policy->utc_offset_seconds) -
                                        room));
    }
    if (put_stand_ins(it, input, output) != 0)
        goto failed;
    return output_commit(output, &summary, it->err);
failed:
    output_discard(output);
    return -1;
}

static int copy_policy(struct bundling *it)
{
    char buffer[65536];
    struct output_summary summary;
    struct output *output = output_open(it->out_fd, SOURCES_POLICY_FILE, it->err);
    int fd = output == NULL
                 ? -1
                 : folder_open_file(it->period->sources_fd, SOURCES_POLICY_FILE, it->err);
    ssize_t got = fd < 0 ? -1 : 1;

    while (got > 0) {
        got = read(fd, buffer, sizeof(buffer));
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got < 0)
            error_set_errno(it->err, errno, "%s: cannot read", SOURCES_POLICY_FILE);
        else if (got > 0 && output_write(output, buffer, (size_t)got, it->err) != 0)
            got = -1;
    }
    if (fd >= 0)
        close(fd);
    if (got == 0)
        return output_commit(output, &summary, it->err);
    output_discard(output);
    return -1;
}

/* ---- the period before ---- */

static int take_summary(struct bundling *it, const struct output_summary *summary)
{
    it->carried[it->carried_count++] = *summary;
    return 0;
}

static int write_carried_rows(struct bundling *it, const struct ledger *ledger, enum input input)
{
    const struct intake *intake = &it->evidence.month.intakes[input];
    struct output_summary summary;
    struct csv_writer *writer =
        csv_writer_open(it->books_fd, ledger, it->period->policy->utc_offset_seconds, it->err);

    if (writer == NULL)
        return -1;
    for (size_t i = 0; i < intake->row_count; i++)
        if (is_carried(it, intake->rows[i].record) &&
            csv_writer_row(writer, intake->rows[i].record, it->err) != 0) {
            csv_writer_discard(writer);
            return -1;
        }
    if (csv_writer_commit(writer, &summary, it->err) != 0)
        return -1;
    return take_summary(it, &summary);
}

static int put_state_row(void *context, const struct state_row *row, struct error *err)
{
    return state_writer_row(context, row, err);
}

/* `file`: of history_rows; -1: a file with its header alone. */
static int write_state(struct bundling *it, const struct state_layout *layout, int file)
{
    struct output_summary summary;
    struct state_writer *writer = state_writer_open(it->books_fd, layout, it->err);

    if (writer == NULL)
        return -1;
    if (file >= 0 && history_rows(&it->evidence.month, file, put_state_row, writer, it->err) != 0) {
        state_writer_discard(writer);
        return -1;
    }
    if (state_writer_commit(writer, &summary, it->err) != 0)
        return -1;
    return take_summary(it, &summary);
}

static int compare_summaries(const void *left, const void *right)
{
    return strcmp(((const struct output_summary *)left)->name,
                  ((const struct output_summary *)right)->name);
}

static int write_manifest_before(struct bundling *it)
{
    const struct manifest *published = &it->period->manifest;
    const struct manifest manifest = {
        .period = it->period->period - 1,
        .program = span_of("recompense"),
        .version = span_of(RECOMPENSE_VERSION),
        .opening_from = published->opening_from,
        .utc_offset_seconds = published->utc_offset_seconds,
        .policy_file = published->policy_file,
        .policy_sha256 = published->policy_sha256,
        .policy_versions = published->policy_versions,
        .policy_version_count = published->policy_version_count,
        .previous_period = PERIOD_NONE,
        .outputs = it->carried,
        .output_count = it->carried_count,
    };
    struct output_summary summary;

    qsort(it->carried, it->carried_count, sizeof(*it->carried), compare_summaries);
    return manifest_write(it->books_fd, &manifest, &summary, it->err);
}

static int make_folder(int fd, const char *name, struct error *err)
{
    int inner = -1;

    if (mkdirat(fd, name, FOLDER_MODE) != 0) {
        error_set_errno(err, errno, "%s: cannot create", name);
        return -1;
    }
    inner = folder_open(fd, name, err);
    return inner;
}

static int write_books(struct bundling *it)
{
    char name[FOLDER_NAME_MAX];
    int books = -1;

    if (it->period->manifest.previous_period == PERIOD_NONE)
        return 0;
    books = make_folder(it->out_fd, "books", it->err);
    if (books < 0)
        return -1;
    books_period_name(it->period->period - 1, name);
    it->books_fd = make_folder(books, name, it->err);
    close(books);
    if (it->books_fd < 0 ||
        write_carried_rows(it, &ledger_carried_requests, INPUT_REFUND_REQUESTS) != 0 ||
        write_carried_rows(it, &ledger_carried_claims, INPUT_CLAIMS) != 0 ||
        write_carried_rows(it, &ledger_carried_filings, INPUT_FILINGS) != 0 ||
        write_carried_rows(it, &ledger_carried_incidents, INPUT_INCIDENTS) != 0)
        return -1;
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        if (write_state(it, &state_decided[kind], -1) != 0)
            return -1;
    for (int file = 0; file < HISTORY_FILE_COUNT; file++)
        if (write_state(it, history_layouts[file], file) != 0)
            return -1;
    return write_manifest_before(it);
}

/* ---- all of it ---- */

static int write_readme(struct bundling *it)
{
    char opening[PERIOD_TEXT_MAX];
    char text[2048];
    struct output_summary summary;
    struct output *output = output_open(it->out_fd, "README.txt", it->err);
    int size = 0;

    if (output == NULL)
        return -1;
    (void)period_format(it->period->manifest.opening_from, opening);
    size = snprintf(
        text, sizeof(text),
        "What one account's decisions of %s hang on, taken from published books.\n"
        "manifest.json of the books: SHA-256 %s\n\n"
        "To make the decisions again, in this folder:\n\n"
        "    recompense run --period %s --exports exports --books books \\\n"
        "        --policy policy.conf%s%s\n\n"
        "The account's rows in books/%s are then those of the published ledgers.\n"
        "Rows that were rejected are stood in for by rows with the same names and nothing else.\n",
        it->period->name, it->period->manifest_sha256, it->period->name,
        it->books_fd < 0 ? " --opening-from " : "", it->books_fd < 0 ? opening : "",
        it->period->name);
    if (output_write(output, text, (size_t)size, it->err) != 0) {
        output_discard(output);
        return -1;
    }
    return output_commit(output, &summary, it->err);
}

static int write_all(struct bundling *it)
{
    for (int input = 0; input < INPUT_COUNT; input++)
        if (input != INPUT_TICKETS && write_input(it, (enum input)input) != 0)
            return -1;
    if (copy_policy(it) != 0 || write_books(it) != 0)
        return -1;
    return write_readme(it);
}

int bundle_write(const struct closed_period *period, const char *account_id, const char *out,
                 struct error *err)
{
    struct bundling it = {.period = period,
                          .account_id = span_of(account_id),
                          .out_fd = -1,
                          .books_fd = -1,
                          .err = err};
    int status = -1;

    evidence_init(&it.evidence, period);
    if (evidence_want(&it.evidence, it.account_id, err) != 0 ||
        evidence_read(&it.evidence, err) != 0)
        goto done;
    if (it.evidence.month.accounts.count == 0) {
        error_set(err, ERROR_USAGE, "--bundle: %s decided nothing about account \"%s\"",
                  period->name, account_id);
        goto done;
    }
    if (mkdir(out, FOLDER_MODE) != 0) {
        error_set_errno(err, errno, "%s: cannot create", out);
        goto done;
    }
    it.out_fd = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (it.out_fd < 0)
        error_set_errno(err, errno, "%s: cannot open", out);
    else
        status = write_all(&it);
done:
    if (it.out_fd >= 0)
        close(it.out_fd);
    if (it.books_fd >= 0)
        close(it.books_fd);
    evidence_release(&it.evidence);
    return status;
}
