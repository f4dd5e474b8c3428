/*
 * Owns the order of work: open the books, read, settle, prove, publish. Every step is elsewhere.
 */
#include "batch/run.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "batch/backing.h"
#include "batch/books.h"
#include "batch/carry.h"
#include "batch/closing.h"
#include "batch/controls.h"
#include "batch/month.h"
#include "batch/parting.h"
#include "batch/previous.h"
#include "batch/progress.h"
#include "batch/publication.h"
#include "batch/settle_parts.h"
#include "batch/sources_files.h"
#include "batch/version.h"
#include "readers/job_config.h"
#include "readers/policy_file.h"

/* What each may take of the memory, as one part in so many, before it spills. */
enum {
    FINGERPRINT_SHARE = 16, /* the search for repeated keys */
    FINGERPRINT_MORE = 8,   /* besides, of what exceeds little memory */
    PACKED_SHARE = 10,      /* the rows that are kept, packed */
    PACKED_MORE = 4,        /* likewise */
    SORT_SHARE = 64,        /* what is carried forward, all threads together */
    TEXT_SHARE = 8,         /* what parts come to, as text, all threads together */
    BLOCK_SHARE = 4,        /* of what exceeds the least memory: large blocks of anything else */
    SLACK_SHARE = 32,       /* what nothing is planned to take */
};

enum {
    TEXT_MOST = 8 * 1024 * 1024,     /* of text, by a thread: more is no quicker */
    BLOCKS_LEAST = 10 * 1024 * 1024, /* of blocks, in any case */
    BACKED_LEAST = 4 * 1024 * 1024,  /* in memory of the file that backs more, in any case */
    SHEETS_BYTES = 40 * 1024 * 1024, /* of the workbook, by a thread that makes rows of its own */
    OTHERS_BYTES = 16 * 1024 * 1024, /* buffers and tables that no share is for */
    SLACK_LEAST = 20 * 1024 * 1024,  /* besides its share */
    LITTLE_MEMORY = 256 * 1024 * 1024,
    KEPT_FREED = 128 * 1024,
};

/* What a part comes to, to the bytes of its packed rows, roughly. */
enum { UNPACKED_TIMES = 8 };

struct run {
    const struct options *options;
    struct report *report;
    struct error *err;
    struct progress *progress;

    struct policy policy;
    struct policy_source policy_source;
    struct job_config config;
    struct books books;
    struct previous previous;
    struct staging staging;
    int scratch_fd; /* for spill files: the staging's, or, on a dry run, of the temporary folder */
    struct backing *backing;
    struct read_options read_options;
    struct month month;
    struct parting parting;
    struct exposure exposure;
    struct publication publication;
    struct carry carry;
    struct sources_files sources_files;
    struct controls controls;
    struct line_sort *by_order[HISTORY_FILE_COUNT]; /* lines of sources, by order */
    uint64_t clock; /* when the stage at hand began, for --verbose */

    bool config_loaded;
    bool staged;
    bool writing; /* files are written; otherwise (dry run) only counted */
};

/* ---- before anything is read ---- */

/* The allocator keeps some of what is freed for the next time: of little memory, too much. */
static void keep_little_freed(uint64_t memory_bytes)
{
#ifdef M_TRIM_THRESHOLD
    if (memory_bytes < LITTLE_MEMORY)
        (void)mallopt(M_TRIM_THRESHOLD, KEPT_FREED);
#else
    (void)memory_bytes;
#endif
}

/* What is freed between what is kept goes back only when asked for. */
static void give_freed_back(const struct run *run)
{
#ifdef __GLIBC__
    if (run->options->memory_bytes < LITTLE_MEMORY)
        (void)malloc_trim(0);
#else
    (void)run;
#endif
}

static int load_terms(struct run *run)
{
    if (policy_file_load(run->options->policy_file, &run->policy, &run->policy_source, run->err) !=
            0 ||
        job_config_load(run->options->config_file, &run->config, run->err) != 0)
        return -1;
    run->config_loaded = true;
    return 0;
}

static int open_books(struct run *run)
{
    const struct options *options = run->options;
    char name[FOLDER_NAME_MAX];

    if (books_open(&run->books, options->books,
                   options->dry_run ? BOOKS_READ_IF_THERE : BOOKS_WRITE, run->err) != 0 ||
        previous_open(&run->previous, &run->books, options, run->err) != 0)
        return -1;
    run->writing = !options->dry_run;
    if (!run->writing) {
        run->scratch_fd = open(P_tmpdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return run->scratch_fd < 0 ? error_set(run->err, ERROR_IO, "%s: cannot open", P_tmpdir) : 0;
    }
    books_period_name(options->period, name);
    if (run->previous.closing == CLOSING_REPEAT) {
        /* Its own name is taken: work under another one, which is never published. */
        (void)strncat(name, ".repeat", sizeof(name) - strlen(name) - 1);
    }
    if (staging_begin(&run->staging, &run->books, name, run->err) != 0)
        return -1;
    run->staged = true;
    run->scratch_fd = run->staging.hidden_fd;
    return 0;
}

/* One part in so many of what exceeds little memory. */
static uint64_t share_of_more(const struct run *run, int share)
{
    const uint64_t memory = run->options->memory_bytes;

    return memory > LITTLE_MEMORY ? (memory - LITTLE_MEMORY) / (uint64_t)share : 0;
}

/* Of what was promised: between two looks at it, more comes in. */
static size_t process_bytes(const struct run *run)
{
    const uint64_t memory = run->options->memory_bytes;

    return (size_t)(memory - memory / SLACK_SHARE - SLACK_LEAST);
}

/* Large blocks that stay in memory, while reading. */
static size_t block_bytes(const struct run *run)
{
    const uint64_t more =
        run->options->memory_bytes - MEMORY_BYTES_MIN - share_of_more(run, PACKED_MORE);

    return (size_t)(BLOCKS_LEAST + more / BLOCK_SHARE);
}

/* Whatever there is too much of goes to a file, wherever it is not spilled already. */
static int back_memory(struct run *run)
{
    run->backing =
        backing_open(run->scratch_fd, block_bytes(run), BACKED_LEAST, process_bytes(run), run->err);
    return run->backing == NULL ? -1 : 0;
}

static int list_exports(struct run *run)
{
    struct exports *exports = &run->month.exports;
    uint64_t bytes = 0;

    if (exports_list(exports, run->options->exports, run->err) != 0)
        return -1;
    if (exports->count[INPUT_ORDERS] == 0)
        return error_set(run->err, ERROR_INPUT, "%s: there is no orders file",
                         run->options->exports);
    for (int input = 0; input < INPUT_COUNT; input++)
        if (exports->count[input] == 0)
            report_note(run->report, "no %s file: taken as empty", input_name((enum input)input));
    for (size_t i = 0; i < exports->stray_count; i++)
        report_warning(run->report, "%s: belongs to no input, not read", exports->strays[i]);
    for (size_t i = 0; i < exports->file_count; i++) {
        struct stat status;

        if (stat(exports->files[i].path, &status) == 0 && status.st_size > 0)
            bytes += (uint64_t)status.st_size;
    }
    progress_stage(run->progress, "reading", bytes);
    return 0;
}

static void set_read_options(struct run *run)
{
    const struct terms *terms = policy_terms_at(&run->policy, run->month.begins_at);
    int64_t cutoff = INSTANT_NONE;

    if (terms != NULL)
        cutoff = period_start(run->options->period - terms->retention_months,
                              run->policy.utc_offset_seconds);
    run->read_options = (struct read_options){
        .utc_offset_seconds = run->policy.utc_offset_seconds,
        .delimiter = run->config.delimiter,
        .too_old_before = cutoff,
        .aliases = run->config.aliases,
        .alias_count = run->config.alias_count,
        .progress = progress_add,
        .progress_context = run->progress,
    };
    run->month.intake_options = (struct intake_options){
        .read = &run->read_options,
        .threads = options_threads(run->options),
        .spill_folder_fd = run->scratch_fd,
        .fingerprint_bytes = (size_t)(run->options->memory_bytes / FINGERPRINT_SHARE +
                                      share_of_more(run, FINGERPRINT_MORE)),
    };
}

static int prepare(struct run *run)
{
    const struct options *options = run->options;

    if (load_terms(run) != 0 || open_books(run) != 0 || back_memory(run) != 0)
        return -1;
    month_init(&run->month, &run->policy, options->period, run->previous.opening);
    if (policy_terms_at(&run->policy, run->month.begins_at) == NULL)
        return error_set(run->err, ERROR_INPUT,
                         "no version of the policy is in force at the period's start");
    set_read_options(run);
    return list_exports(run);
}

/* ---- reading ---- */

static int check_reject_limit(struct run *run)
{
    uint64_t read = 0;
    uint64_t rejected = 0;

    for (int input = 0; input < INPUT_COUNT; input++)
        for (size_t i = 0; i < run->month.intakes[input].file_count; i++) {
            read += run->month.intakes[input].figures[i].read;
            rejected += run->month.intakes[input].figures[i].rejected;
        }
    if (reject_limit_exceeded(&run->options->max_rejects, rejected, read))
        return error_set(run->err, ERROR_INPUT,
                         "%llu of %llu rows are bad, more than --max-rejects allows",
                         (unsigned long long)rejected, (unsigned long long)read);
    return 0;
}

/* The workbook is not made again for a period that is closed already. */
static bool with_workbook(const struct run *run)
{
    return !run->options->no_workbook && run->previous.closing != CLOSING_REPEAT;
}

static size_t sort_bytes(const struct run *run)
{
    return (size_t)(run->options->memory_bytes / SORT_SHARE);
}

/* Of what parts come to, for each thread. */
static size_t text_bytes(const struct run *run)
{
    const uint64_t share =
        run->options->memory_bytes / TEXT_SHARE / (uint64_t)options_threads(run->options);

    return (size_t)(share < TEXT_MOST ? share : TEXT_MOST);
}

static size_t packed_bytes(const struct run *run)
{
    return (size_t)(run->options->memory_bytes / PACKED_SHARE + share_of_more(run, PACKED_MORE));
}

/* What the threads hold of the workbook's sheets, where each makes rows for `parts` at a time. */
static uint64_t sheets_bytes(const struct options *options, int parts)
{
    return (uint64_t)options_threads(options) * (uint64_t)parts * SHEETS_BYTES;
}

/* Whether they may: what is held of sheets must not be most of the memory. */
static bool can_hold_sheets(const struct options *options, int parts)
{
    return options->memory_bytes >= LITTLE_MEMORY &&
           sheets_bytes(options, parts) <= options->memory_bytes / 3 * 2;
}

/* Whether a thread may hold a part that waits for its turn, and settle another. */
static bool can_let_parts_wait(const struct run *run)
{
    return run->options->memory_bytes >= LITTLE_MEMORY &&
           (!with_workbook(run) || can_hold_sheets(run->options, PARTS_HELD_MAX));
}

/*
 * Once all is read: where the largest part fits into what is left, or into what blocks had while
 * reading, its blocks stay in memory. Where it does not, the file has the better use of it: there,
 * what is not visited gives way.
 */
static void share_what_is_left(struct run *run)
{
    const size_t threads = (size_t)options_threads(run->options);
    const int parts = can_let_parts_wait(run) ? PARTS_HELD_MAX : 1;
    const size_t taken = OTHERS_BYTES + sort_bytes(run) + text_bytes(run) * threads +
                         packed_bytes(run) - spill_bytes_left(run->parting.spill) +
                         (with_workbook(run) ? (size_t)sheets_bytes(run->options, parts) : 0);
    size_t left = process_bytes(run) > taken ? process_bytes(run) - taken : 0;

    if (left < block_bytes(run))
        left = block_bytes(run);
    if (parts_bytes_most(&run->parting.parts) > left / UNPACKED_TIMES)
        left = BLOCKS_LEAST;
    backing_keep(run->backing, left);
}

static int read_month(struct run *run)
{
    const struct history *history = &run->previous.history;

    if (carry_open(&run->carry, &run->month, run->scratch_fd, sort_bytes(run), run->err) != 0 ||
        parting_open(&run->parting, &run->month, packed_bytes(run), run->err) != 0 ||
        parting_events(&run->parting, history, &run->carry, run->err) != 0)
        return -1;
    give_freed_back(run);
    report_stage(run->report, "events", &run->clock);
    if (with_workbook(run) && exposure_begin(&run->exposure, &run->month, run->err) != 0)
        return -1;
    if (parting_sources(&run->parting, run->err) != 0 || check_reject_limit(run) != 0)
        return -1;
    give_freed_back(run);
    report_stage(run->report, "orders, usage, accounts", &run->clock);
    if (parting_history(&run->parting, history, run->err) != 0)
        return -1;
    share_what_is_left(run);
    report_stage(run->report, "history", &run->clock);
    return 0;
}

/* ---- settling ---- */

static int take_rejects(struct run *run)
{
    struct reject_log *rejects = &run->month.rejects;

    reject_log_sort(rejects);
    for (size_t i = 0; i < rejects->count; i++) {
        const struct reject *reject = &rejects->items[i];
        struct reject_entry entry = {reject, run->month.exports.files[reject->position.file].name};

        if (publication_reject(&run->publication, &entry, run->err) != 0)
            return -1;
    }
    return 0;
}

static int open_publication(struct run *run)
{
    const struct workbook_facts workbook = {
        .period = run->options->period,
        .company = run->config.company,
        .program_version = RECOMPENSE_VERSION,
        .policy = &run->policy,
        .policy_file = run->policy_source.name,
        .policy_sha256 = run->policy_source.sha256,
        .book_rows_max = run->config.workbook_rows_max,
    };

    if (publication_open(&run->publication, run->writing ? &run->staging : NULL, &run->policy,
                         run->options->period, &run->config.chart,
                         with_workbook(run) ? &workbook : NULL, run->err) != 0)
        return -1;
    run->publication.side_by_side = can_hold_sheets(run->options, 1);
    return 0;
}

/* All parts, and the sources that are published with them. */
static int settle_all(struct run *run)
{
    const int threads = options_threads(run->options);
    const struct settle_parts job = {.parting = &run->parting,
                                     .publication = &run->publication,
                                     .carry = &run->carry,
                                     .exposure = with_workbook(run) ? &run->exposure : NULL,
                                     .sources = run->writing ? &run->sources_files : NULL,
                                     .by_order = run->by_order,
                                     .threads = threads,
                                     .parts_waiting = can_let_parts_wait(run),
                                     .spill_folder_fd = run->scratch_fd,
                                     .sort_bytes = sort_bytes(run) / (size_t)threads,
                                     .text_bytes = text_bytes(run)};

    if (run->writing &&
        (sources_files_open(&run->sources_files, run->staging.folder_fd, run->err) != 0 ||
         by_order_open(run->by_order, run->scratch_fd, sort_bytes(run) / STATE_COUNT, run->err) !=
             0))
        return -1;
    return settle_parts(&job, run->err);
}

/* An hour of waiting that more memory would save should not be a riddle. */
static void tell_of_backing(struct run *run)
{
    const uint64_t bytes = backing_bytes_most(run->backing);
    char text[REPORT_NUMBER_TEXT_MAX];

    if (bytes > 0)
        report_note(run->report,
                    "%s did not fit the memory and were kept on disk; "
                    "a larger --memory makes the run faster",
                    report_bytes(bytes, text));
}

static int settle(struct run *run)
{
    progress_stage(run->progress, "settling", 0);
    if (open_publication(run) != 0 || settle_all(run) != 0 || take_rejects(run) != 0)
        return -1;
    report_stage(run->report, "settling, ledgers", &run->clock);
    tell_of_backing(run);
    if (controls_gather(&run->controls, &run->month, &run->publication, run->err) != 0)
        return -1;
    return controls_check(&run->controls, run->err);
}

/* ---- summary ---- */

static void show_total(struct run *run, const char *label, enum programme programme)
{
    const struct ledger_totals *totals = &run->publication.totals;

    for (int currency = 0; currency < CURRENCY_COUNT; currency++) {
        const struct decision_total *total = &totals->accounts[programme][currency];
        char amount[DECIMAL_TEXT_MAX];
        char count[REPORT_NUMBER_TEXT_MAX];

        if (total->count == 0)
            continue;
        (void)decimal_format(total->amount, currency_digits(currency), amount);
        report_value(run->report, label, "%s  %s %s",
                     report_number((unsigned long long)total->count, count),
                     currency_code(currency), amount);
    }
}

static void show_summary(struct run *run)
{
    char name[FOLDER_NAME_MAX];
    char count[REPORT_NUMBER_TEXT_MAX];

    books_period_name(run->options->period, name);
    progress_hide(run->progress);
    report_heading(run->report, "%s%s", name,
                   run->options->dry_run ? " (dry run: nothing published)" : "");
    show_total(run, "refunds", PROGRAMME_REFUND);
    show_total(run, "compensations", PROGRAMME_COMPENSATION);
    show_total(run, "rewards", PROGRAMME_REWARD);
    report_value(run->report, "rows rejected", "%s",
                 report_number((unsigned long long)run->month.rejects.count, count));
    if (!run->options->dry_run)
        report_value(run->report, "books", "%s/%s", run->books.path, name);
}

static void release(struct run *run)
{
    publication_discard(&run->publication);
    sources_files_discard(&run->sources_files);
    by_order_close(run->by_order);
    parting_release(&run->parting);
    exposure_release(&run->exposure);
    carry_release(&run->carry);
    controls_release(&run->controls);
    month_release(&run->month);
    if (run->staged)
        staging_discard(&run->staging);
    else if (run->scratch_fd >= 0)
        (void)close(run->scratch_fd);
    previous_release(&run->previous);
    books_close(&run->books);
    if (run->config_loaded)
        job_config_release(&run->config);
    run->report->progress = NULL;
    progress_close(run->progress);
    backing_close(run->backing);
}

int run_period(const struct options *options, struct report *report, bool *wants_look,
               struct error *err)
{
    struct run *run = calloc(1, sizeof(*run));
    int status = -1;

    if (run == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    run->options = options;
    run->report = report;
    run->err = err;
    keep_little_freed(options->memory_bytes);
    run->scratch_fd = -1;
    run->books = (struct books){.fd = -1, .lock_fd = -1};
    run->previous.history.folder_fd = -1;
    run->clock = progress_clock();
    run->progress = progress_open(options->progress, options->quiet);
    report->progress = run->progress;

    if (prepare(run) == 0 && read_month(run) == 0 && settle(run) == 0) {
        const struct closing_facts facts = {
            .options = options,
            .policy = &run->policy,
            .policy_source = &run->policy_source,
            .config = &run->config,
            .previous = &run->previous,
            .month = &run->month,
            .controls = &run->controls,
            .exposure = &run->exposure,
            .sources = {&run->sources_files, &run->parting, run->by_order},
            .threads = options_threads(options),
            .report = report,
            .clock = &run->clock,
        };

        if (options->dry_run)
            status = 0;
        else
            status = closing_publish(&facts, &run->staging, &run->publication, &run->carry, err);
        if (status == 0) {
            *wants_look = run->month.rejects.count > 0 && run->previous.closing != CLOSING_REPEAT;
            show_summary(run);
        }
    }
    release(run);
    free(run);
    return status;
}
