/*
 * Owns the order of periods. Knows nothing of what is in them.
 */
#include "batch/previous.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "batch/file_digest.h"
#include "batch/folder.h"
#include "readers/manifest.h"

static int out_of_order(struct error *err, const struct books *books, int32_t period,
                        const char *cause)
{
    char asked[FOLDER_NAME_MAX];
    char last[FOLDER_NAME_MAX];

    books_period_name(period, asked);
    books_period_name(books_last(books), last);
    return error_set(err, ERROR_CLOSED, "%s cannot be closed: %s (the last closed period is %s)",
                     asked, cause, last);
}

/* Which of the three it is, by the periods alone. */
static int choose_closing(struct previous *previous, const struct books *books,
                          const struct options *options, struct error *err)
{
    const int32_t period = options->period;
    const int32_t last = books_last(books);

    previous->closing = CLOSING_NEW;
    if (last == PERIOD_NONE || period == last + 1) {
        if (options->restate)
            return error_set(err, ERROR_CLOSED, "nothing to restate: the period is not closed");
        return 0;
    }
    if (period > last)
        return out_of_order(err, books, period, "the periods before it are not closed yet");
    if (!books_closed(books, period))
        return out_of_order(err, books, period, "later periods are closed already");
    if (options->restate && period != last)
        return out_of_order(err, books, period, "only the last closed period can be restated");
    previous->closing = options->restate ? CLOSING_RESTATE : CLOSING_REPEAT;
    return 0;
}

static int read_manifest(const struct books *books, int32_t period, int *folder_fd,
                         struct arena *arena, struct manifest *manifest,
                         char sha256[OUTPUT_SHA256_TEXT_MAX], struct error *err)
{
    char name[FOLDER_NAME_MAX];
    char label[FOLDER_NAME_MAX + 32];
    struct error cause = {0};

    books_period_name(period, name);
    (void)snprintf(label, sizeof(label), "%s/%s", name, MANIFEST_FILE);
    *folder_fd = books_open_period(books, period, err);
    if (*folder_fd < 0)
        return -1;
    if (manifest_read(*folder_fd, label, arena, manifest, sha256, &cause) == 0) {
        if (manifest->period == period)
            return 0;
        (void)error_set(&cause, ERROR_INPUT, "%s: is another period's", label);
    }
    if (cause.kind == ERROR_IO)
        return error_set(err, ERROR_IO, "%s", cause.detail);
    return error_set(err, ERROR_CLOSED, "the books are damaged: %.900s", cause.detail);
}

/* Every file that the manifest names is what the manifest says. */
static int check_files(int folder_fd, const char *period, const struct manifest *manifest,
                       struct error *err)
{
    for (size_t i = 0; i < manifest->output_count; i++) {
        const struct output_summary *output = &manifest->outputs[i];
        struct file_digest digest;
        struct error cause = {0};

        if (file_digest_read(folder_fd, output->name, &digest, &cause) != 0)
            return error_set(err, ERROR_CLOSED, "the previous period is damaged: %s/%.900s", period,
                             cause.detail);
        if (digest.bytes != output->bytes || strcmp(digest.sha256, output->sha256) != 0)
            return error_set(err, ERROR_CLOSED,
                             "the previous period is damaged: %s/%s is not what its manifest says",
                             period, output->name);
    }
    return 0;
}

static int open_previous(struct previous *previous, const struct books *books, int32_t period,
                         struct error *err)
{
    char name[FOLDER_NAME_MAX];
    struct manifest manifest;
    int folder_fd = -1;
    int status = -1;

    books_period_name(period, name);
    if (read_manifest(books, period, &folder_fd, &previous->arena, &manifest, previous->sha256,
                      err) != 0 ||
        check_files(folder_fd, name, &manifest, err) != 0)
        goto done;
    previous->history.folder_fd = folder_open(folder_fd, "carry-forward", err);
    if (previous->history.folder_fd < 0)
        goto done;
    if (snprintf(previous->path, sizeof(previous->path), "%s/%s/carry-forward", books->path,
                 name) >= (int)sizeof(previous->path)) {
        (void)error_set(err, ERROR_IO, "%.900s: the path is too long", books->path);
        goto done;
    }
    previous->history.path = previous->path;
    previous->period = period;
    previous->opening = manifest.opening_from;
    status = 0;
done:
    if (folder_fd >= 0)
        (void)close(folder_fd);
    return status;
}

static int read_published(struct previous *previous, const struct books *books, int32_t period,
                          struct error *err)
{
    char sha256[OUTPUT_SHA256_TEXT_MAX];
    int folder_fd = -1;
    int status = read_manifest(books, period, &folder_fd, &previous->arena, &previous->published,
                               sha256, err);

    if (folder_fd >= 0)
        (void)close(folder_fd);
    previous->has_published = status == 0;
    if (status == 0)
        previous->opening = previous->published.opening_from;
    return status;
}

/* Later periods remember the opening; another value later is a mistake. */
static int check_opening(struct previous *previous, const struct options *options,
                         struct error *err)
{
    const bool remembered = previous->opening != PERIOD_NONE;
    char text[PERIOD_TEXT_MAX];

    if (!remembered)
        previous->opening =
            options->opening_from == PERIOD_NONE ? options->period : options->opening_from;
    (void)period_format(previous->opening, text);
    if (previous->opening > options->period)
        return error_set(err, ERROR_USAGE, "--opening-from %s is after the period", text);
    if (options->opening_from != PERIOD_NONE && options->opening_from != previous->opening)
        return error_set(err, ERROR_USAGE,
                         "--opening-from: these books have answered since %s, and cannot change",
                         text);
    return 0;
}

int previous_open(struct previous *previous, const struct books *books,
                  const struct options *options, struct error *err)
{
    *previous = (struct previous){
        .opening = PERIOD_NONE, .period = PERIOD_NONE, .history = {.folder_fd = -1}};
    if (choose_closing(previous, books, options, err) != 0)
        return -1;
    if (books_closed(books, options->period - 1) &&
        open_previous(previous, books, options->period - 1, err) != 0)
        return -1;
    if (previous->period == PERIOD_NONE && books->period_count > 0 &&
        options->period != books_first(books))
        return out_of_order(err, books, options->period, "the period before it is missing");
    if (previous->closing != CLOSING_NEW &&
        read_published(previous, books, options->period, err) != 0)
        return -1;
    return check_opening(previous, options, err);
}

void previous_release(struct previous *previous)
{
    if (previous->history.folder_fd >= 0)
        (void)close(previous->history.folder_fd);
    arena_release(&previous->arena);
    *previous = (struct previous){.history = {.folder_fd = -1}};
}
