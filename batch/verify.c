/*
 * Owns the walk over published books: files, archives and the chain of manifests.
 * Must not know what ledgers mean (batch/verify_totals.c does).
 */
#include "batch/verify.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch/books.h"
#include "batch/file_digest.h"
#include "batch/progress.h"
#include "batch/verify_totals.h"
#include "policy/arena.h"
#include "policy/manifest.h"
#include "readers/archive.h"
#include "readers/manifest.h"

enum { PATH_BYTES = 4096, CAUSE_BYTES = 512 };

struct walk {
    const struct books *books;
    struct report *report;
    struct progress *progress;
    struct error *err;
    int threads;
    uint64_t differences; /* in all */
    uint64_t files;
    int32_t period;             /* the one at hand */
    char name[FOLDER_NAME_MAX]; /* its folder */

    /* Of the period before, for the chain; PERIOD_NONE: its manifest did not read. */
    int32_t previous;
    char previous_sha256[OUTPUT_SHA256_TEXT_MAX];
};

/* --- telling ---------------------------------------------------------------------------------- */

/* One line on standard output: what differs, and how. */
static void tell(struct walk *walk, const char *file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void tell(struct walk *walk, const char *file, const char *format, ...)
{
    char cause[CAUSE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(cause, sizeof(cause), format, arguments);
    va_end(arguments);
    progress_hide(walk->progress);
    if (file == NULL)
        printf("%s: %s\n", walk->name, cause);
    else
        printf("%s/%s: %s\n", walk->name, file, cause);
    fflush(stdout);
    walk->differences++;
}

static void tell_total(void *context, const char *file, const char *cause)
{
    tell(context, file, "%s", cause);
}

/*
 * A file that is refused for what it holds is a difference and told; a failure to read is none:
 * -1. The error is taken back where it is told.
 */
static int tell_refusal(struct walk *walk, struct error *err)
{
    if (err->kind != ERROR_INPUT && err->kind != ERROR_CONTROL)
        return -1;
    progress_hide(walk->progress);
    printf("%s\n", err->detail);
    fflush(stdout);
    walk->differences++;
    *err = (struct error){0};
    return 0;
}

/* --- files ------------------------------------------------------------------------------------ */

static const struct output_summary *output_of(const struct manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->output_count; i++)
        if (strcmp(manifest->outputs[i].name, name) == 0)
            return &manifest->outputs[i];
    return NULL;
}

/* Tells what stands in the folder and in no manifest; `prefix` is "" or "carry-forward/". */
static int tell_strangers(struct walk *walk, int fd, const char *prefix,
                          const struct manifest *manifest)
{
    char **names;
    size_t count;
    int status = 0;

    if (folder_names(fd, &names, &count, walk->err) != 0)
        return -1;
    for (size_t i = 0; i < count && status == 0; i++) {
        char path[PATH_BYTES];
        enum folder_entry entry;

        snprintf(path, sizeof(path), "%s%s", prefix, names[i]);
        status = folder_entry(fd, names[i], &entry, walk->err);
        if (status == 0 && entry == ENTRY_FOLDER && prefix[0] == '\0') {
            int inner = folder_open(fd, names[i], walk->err);

            snprintf(path, sizeof(path), "%s/", names[i]);
            status = inner < 0 ? -1 : tell_strangers(walk, inner, path, manifest);
            if (inner >= 0)
                close(inner);
        } else if (status == 0 && strcmp(path, MANIFEST_FILE) != 0 &&
                   output_of(manifest, path) == NULL) {
            tell(walk, path, "is not in the manifest");
        }
    }
    folder_names_release(names, count);
    return status;
}

/* What stands under "NAME" or "FOLDER/NAME". */
static int entry_inside(struct walk *walk, int fd, const char *path, enum folder_entry *entry)
{
    const char *slash = strchr(path, '/');
    char folder[FOLDER_NAME_MAX];
    int inner;
    int status;

    if (slash == NULL)
        return folder_entry(fd, path, entry, walk->err);
    assert((size_t)(slash - path) < sizeof(folder));
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = '\0';
    if (folder_entry(fd, folder, entry, walk->err) != 0)
        return -1;
    if (*entry != ENTRY_FOLDER) {
        *entry = *entry == ENTRY_NONE ? ENTRY_NONE : ENTRY_OTHER;
        return 0;
    }
    inner = folder_open(fd, folder, walk->err);
    if (inner < 0)
        return -1;
    status = folder_entry(inner, slash + 1, entry, walk->err);
    close(inner);
    return status;
}

static int check_file(struct walk *walk, int fd, const struct output_summary *output)
{
    struct file_digest digest;
    enum folder_entry entry;

    if (entry_inside(walk, fd, output->name, &entry) != 0)
        return -1;
    if (entry == ENTRY_NONE) {
        tell(walk, output->name, "is missing");
        return 0;
    }
    if (entry != ENTRY_FILE) {
        tell(walk, output->name, "is no file");
        return 0;
    }
    if (file_digest_read(fd, output->name, &digest, walk->err) != 0)
        return -1;
    walk->files++;
    progress_add(walk->progress, digest.bytes);
    if (digest.bytes != output->bytes)
        tell(walk, output->name, "has %" PRIu64 " bytes, the manifest says %" PRIu64, digest.bytes,
             output->bytes);
    else if (strcmp(digest.sha256, output->sha256) != 0)
        tell(walk, output->name, "has SHA-256 %s, the manifest says %s", digest.sha256,
             output->sha256);
    return 0;
}

static int check_files(struct walk *walk, int fd, const struct manifest *manifest)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < manifest->output_count; i++)
        bytes += manifest->outputs[i].bytes;
    progress_stage(walk->progress, "verifying", bytes);
    for (size_t i = 0; i < manifest->output_count; i++)
        if (check_file(walk, fd, &manifest->outputs[i]) != 0)
            return -1;
    return tell_strangers(walk, fd, "", manifest);
}

/* --- archive ---------------------------------------------------------------------------------- */

static int compare_outputs(const void *a, const void *b)
{
    return strcmp(((const struct output_summary *)a)->name,
                  ((const struct output_summary *)b)->name);
}

/* Whether the run was asked for an archive; a manifest that does not tell was. */
static bool wants_archive(const struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->option_count; i++)
        if (span_is(manifest->options[i].name, "archive"))
            return !span_is(manifest->options[i].value, "false");
    return true;
}

/* The archive holds the manifest's files and the manifest, in byte order of their names. */
static int check_archive_entries(struct walk *walk, int fd, const char *archive,
                                 const struct manifest *manifest)
{
    struct output_summary *files = calloc(manifest->output_count + 1, sizeof(*files));
    struct output_summary *last;
    struct file_digest digest;
    int status = -1;

    if (files == NULL)
        return error_set(walk->err, ERROR_IO, "out of memory");
    memcpy(files, manifest->outputs, manifest->output_count * sizeof(*files));
    if (file_digest_read(fd, MANIFEST_FILE, &digest, walk->err) != 0)
        goto done;
    last = &files[manifest->output_count];
    memcpy(last->name, MANIFEST_FILE, sizeof(MANIFEST_FILE));
    last->bytes = digest.bytes;
    memcpy(last->sha256, digest.sha256, sizeof(last->sha256));
    qsort(files, manifest->output_count + 1, sizeof(*files), compare_outputs);
    status = archive_check(walk->books->fd, archive, walk->name, files, manifest->output_count + 1,
                           ARCHIVE_BY_SHA256, NULL, walk->threads, walk->err);
    if (status != 0)
        status = tell_refusal(walk, walk->err);

done:
    free(files);
    return status;
}

static int check_archive(struct walk *walk, int fd, const struct manifest *manifest)
{
    char archive[FOLDER_NAME_MAX];
    enum folder_entry entry;

    books_archive_name(walk->name, archive);
    if (folder_entry(walk->books->fd, archive, &entry, walk->err) != 0)
        return -1;
    if (entry == ENTRY_NONE) {
        if (wants_archive(manifest))
            tell(walk, NULL, "its archive %s is missing", archive);
        return 0;
    }
    if (entry != ENTRY_FILE || !wants_archive(manifest)) {
        tell(walk, NULL, "its archive %s %s", archive,
             entry != ENTRY_FILE ? "is no file" : "is not of this period's run");
        return 0;
    }
    progress_stage(walk->progress, "verifying the archive", 0);
    return check_archive_entries(walk, fd, archive, manifest);
}

/* --- chain ------------------------------------------------------------------------------------ */

static void period_text(int32_t period, char text[FOLDER_NAME_MAX])
{
    books_period_name(period, text);
}

/* The manifest names its period and the one before, which stands there as it was. */
static void check_chain(struct walk *walk, const struct manifest *manifest)
{
    char named[FOLDER_NAME_MAX];
    bool is_first = walk->period == books_first(walk->books);

    if (manifest->period != walk->period) {
        period_text(manifest->period, named);
        tell(walk, MANIFEST_FILE, "is the manifest of %s", named);
    }
    if (manifest->previous_period == PERIOD_NONE) {
        if (!is_first)
            tell(walk, MANIFEST_FILE, "names no previous period, but there is one");
        return;
    }
    period_text(manifest->previous_period, named);
    if (manifest->previous_period != walk->period - 1)
        tell(walk, MANIFEST_FILE, "names %s as the period before", named);
    else if (!books_closed(walk->books, manifest->previous_period))
        tell(walk, MANIFEST_FILE, "names %s as the period before, which is missing", named);
    else if (walk->previous == manifest->previous_period &&
             !span_is(manifest->previous_sha256, walk->previous_sha256))
        tell(walk, MANIFEST_FILE, "names the manifest of %s by SHA-256 %.*s, but that has %s",
             named, (int)manifest->previous_sha256.size, manifest->previous_sha256.data,
             walk->previous_sha256);
}

/* A month without books between two with. */
static void check_gap(struct walk *walk, int32_t before)
{
    for (int32_t missing = before + 1; missing < walk->period; missing++) {
        char name[FOLDER_NAME_MAX];
        char text[FOLDER_NAME_MAX];

        /* A long gap is told by its ends. */
        if (missing == before + 2 && walk->period - missing > 12)
            missing = walk->period - 1;
        period_text(missing, text);
        memcpy(name, walk->name, sizeof(name));
        memcpy(walk->name, text, sizeof(text));
        tell(walk, NULL, "is missing between other periods");
        memcpy(walk->name, name, sizeof(name));
    }
}

/* --- periods ---------------------------------------------------------------------------------- */

static int check_totals(struct walk *walk, const struct manifest *manifest)
{
    char path[PATH_BYTES];

    if (snprintf(path, sizeof(path), "%s/%s", walk->books->path, walk->name) >= (int)sizeof(path))
        return error_set(walk->err, ERROR_USAGE, "%s: the path is too long", walk->books->path);
    progress_stage(walk->progress, "adding up", 0);
    if (verify_totals(path, manifest, tell_total, walk, walk->err) != 0)
        return tell_refusal(walk, walk->err);
    return 0;
}

/* Reads the manifest: 1 when it is good, 0 when it is not, which is told; -1 with err filled. */
static int read_manifest(struct walk *walk, int fd, struct arena *arena, struct manifest *manifest,
                         char sha256[OUTPUT_SHA256_TEXT_MAX])
{
    char label[FOLDER_NAME_MAX * 2];

    snprintf(label, sizeof(label), "%s/%s", walk->name, MANIFEST_FILE);
    if (manifest_read(fd, label, arena, manifest, sha256, walk->err) == 0)
        return 1;
    return tell_refusal(walk, walk->err);
}

static int check_period(struct walk *walk, int32_t period)
{
    struct arena arena = {0};
    struct manifest manifest;
    char sha256[OUTPUT_SHA256_TEXT_MAX];
    uint64_t before = walk->differences;
    int status;
    int fd;

    walk->period = period;
    books_period_name(period, walk->name);
    fd = books_open_period(walk->books, period, walk->err);
    if (fd < 0)
        return -1;
    status = read_manifest(walk, fd, &arena, &manifest, sha256);
    if (status <= 0) {
        walk->previous = PERIOD_NONE;
        goto done;
    }
    check_chain(walk, &manifest);
    memcpy(walk->previous_sha256, sha256, sizeof(sha256));
    walk->previous = period;
    status = check_files(walk, fd, &manifest);
    if (status == 0 && walk->differences == before)
        status = check_totals(walk, &manifest);
    if (status == 0)
        status = check_archive(walk, fd, &manifest);
    if (status == 0)
        report_detail(walk->report, "%s: %s", walk->name,
                      walk->differences == before ? "as published" : "differs");

done:
    arena_release(&arena);
    close(fd);
    return status;
}

/* Takes the SHA-256 of a manifest for the chain, where only the period after it is looked at. */
static int take_previous(struct walk *walk, int32_t period)
{
    struct file_digest digest;
    enum folder_entry entry;
    int fd = books_open_period(walk->books, period, walk->err);
    int status = -1;

    if (fd < 0)
        return -1;
    if (folder_entry(fd, MANIFEST_FILE, &entry, walk->err) != 0)
        goto done;
    if (entry == ENTRY_FILE) {
        if (file_digest_read(fd, MANIFEST_FILE, &digest, walk->err) != 0)
            goto done;
        memcpy(walk->previous_sha256, digest.sha256, sizeof(digest.sha256));
        walk->previous = period;
    }
    status = 0;

done:
    close(fd);
    return status;
}

static int check_one(struct walk *walk, int32_t period)
{
    books_period_name(period, walk->name);
    if (!books_closed(walk->books, period))
        return error_set(walk->err, ERROR_USAGE, "%s: %s is not published here", walk->books->path,
                         walk->name);
    if (books_closed(walk->books, period - 1) && take_previous(walk, period - 1) != 0)
        return -1;
    return check_period(walk, period);
}

static int check_all(struct walk *walk)
{
    for (size_t i = 0; i < walk->books->period_count; i++) {
        walk->period = walk->books->periods[i];
        books_period_name(walk->period, walk->name);
        if (i > 0)
            check_gap(walk, walk->books->periods[i - 1]);
        if (check_period(walk, walk->books->periods[i]) != 0)
            return -1;
    }
    return 0;
}

static void show_summary(const struct walk *walk, size_t periods)
{
    char count[REPORT_NUMBER_TEXT_MAX];
    char files[REPORT_NUMBER_TEXT_MAX];

    if (walk->differences > 0)
        report_note(walk->report, "%s difference%s", report_number(walk->differences, count),
                    walk->differences == 1 ? "" : "s");
    else
        report_note(walk->report, "%s period%s, %s files: all as published",
                    report_number(periods, count), periods == 1 ? "" : "s",
                    report_number(walk->files, files));
}

int verify_books(const struct options *options, struct report *report, bool *differs,
                 struct error *err)
{
    struct books books;
    struct walk walk = {.books = &books,
                        .report = report,
                        .threads = options_threads(options),
                        .err = err,
                        .previous = PERIOD_NONE};
    int status;

    if (books_open(&books, options->books, BOOKS_READ, err) != 0)
        return -1;
    walk.progress = progress_open(options->progress, options->quiet);
    report->progress = walk.progress;
    status = options->period == PERIOD_NONE ? check_all(&walk) : check_one(&walk, options->period);
    if (status == 0) {
        *differs = walk.differences > 0;
        show_summary(&walk, options->period == PERIOD_NONE ? books.period_count : 1);
        if (fflush(stdout) != 0 || ferror(stdout))
            status = error_set(err, ERROR_IO, "standard output: cannot write");
    }
    report->progress = NULL;
    progress_close(walk.progress);
    books_close(&books);
    return status;
}
