/*
 * Owns the opening of a published period. Knows nothing of what its files hold.
 */
#include "batch/closed_period.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch/file_digest.h"
#include "batch/sources_files.h"
#include "readers/manifest.h"
#include "readers/policy_file.h"
#include "readers/unpack.h"

static const char *const NEEDED[] = {"refunds.csv", "compensations.csv", "rewards.csv",
                                     "accounts.csv", "rejects.csv"};

static bool is_needed(const char *name)
{
    if (strncmp(name, SOURCES_FOLDER "/", sizeof(SOURCES_FOLDER)) == 0 ||
        strcmp(name, MANIFEST_FILE) == 0)
        return true;
    for (size_t i = 0; i < sizeof(NEEDED) / sizeof(NEEDED[0]); i++)
        if (strcmp(name, NEEDED[i]) == 0)
            return true;
    return false;
}

/* Every file that will be read is the one that was published. */
static int check_files(const struct closed_period *it, struct error *err)
{
    size_t sources = 0;

    for (size_t i = 0; i < it->manifest.output_count; i++) {
        const struct output_summary *output = &it->manifest.outputs[i];
        struct file_digest digest;

        if (!is_needed(output->name))
            continue;
        sources += strncmp(output->name, SOURCES_FOLDER "/", sizeof(SOURCES_FOLDER)) == 0;
        if (file_digest_read(it->fd, output->name, &digest, err) != 0)
            return -1;
        if (digest.bytes != output->bytes || strcmp(digest.sha256, output->sha256) != 0)
            return error_set(err, ERROR_CONTROL,
                             "%s/%s: is not the file that was published, by the manifest's SHA-256",
                             it->name, output->name);
    }
    if (sources < SOURCES_FILE_COUNT)
        return error_set(err, ERROR_USAGE,
                         "%s: was published without its sources (by an older version): its "
                         "decisions cannot be made again",
                         it->name);
    return 0;
}

static int load(struct closed_period *it, struct error *err)
{
    char label[FOLDER_NAME_MAX + sizeof(MANIFEST_FILE) + 1];
    char path[CLOSED_PATH_MAX];
    struct policy_source source;

    snprintf(label, sizeof(label), "%s/%s", it->name, MANIFEST_FILE);
    if (manifest_read(it->fd, label, &it->arena, &it->manifest, it->manifest_sha256, err) != 0 ||
        check_files(it, err) != 0)
        return -1;
    it->period = it->manifest.period;
    it->sources_fd = folder_open(it->fd, SOURCES_FOLDER, err);
    it->policy = malloc(sizeof(*it->policy));
    if (it->policy == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    if (it->sources_fd < 0 ||
        closed_period_file(it, SOURCES_FOLDER "/" SOURCES_POLICY_FILE, path, err) != 0)
        return -1;
    return policy_file_load(path, it->policy, &source, err);
}

int closed_period_open(struct closed_period *it, const struct books *books, int32_t period,
                       struct error *err)
{
    *it = (struct closed_period){.period = period, .fd = -1, .sources_fd = -1};
    books_period_name(period, it->name);
    if (snprintf(it->path, sizeof(it->path), "%s/%s", books->path, it->name) >=
        (int)sizeof(it->path))
        return error_set(err, ERROR_USAGE, "%s: the path is too long", books->path);
    it->fd = books_open_period(books, period, err);
    if (it->fd < 0 || load(it, err) != 0) {
        closed_period_close(it);
        return -1;
    }
    return 0;
}

int closed_period_open_archive(struct closed_period *it, const char *archive, struct error *err)
{
    const char *folder = getenv("TMPDIR");
    char name[UNPACK_FOLDER_MAX];
    int32_t period = PERIOD_NONE;

    *it = (struct closed_period){.fd = -1, .sources_fd = -1};
    if (snprintf(it->path, sizeof(it->path), "%s/recompense-XXXXXX",
                 folder == NULL || folder[0] == '\0' ? P_tmpdir : folder) >= (int)sizeof(it->path))
        return error_set(err, ERROR_USAGE, "TMPDIR: is too long");
    if (mkdtemp(it->path) == NULL)
        return error_set_errno(err, errno, "%s: cannot create", it->path);
    it->temporary = true;
    if (archive_unpack(archive, it->path, is_needed, name, err) != 0)
        goto failed;
    if (!period_parse(span_of(name), &period)) {
        error_set(err, ERROR_INPUT, "%s: is no archive of a period", archive);
        goto failed;
    }
    snprintf(it->name, sizeof(it->name), "%s", name);
    it->fd = open(it->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (it->fd < 0) {
        error_set_errno(err, errno, "%s: cannot open", it->path);
        goto failed;
    }
    if (load(it, err) != 0)
        goto failed;
    if (it->period != period) {
        error_set(err, ERROR_INPUT, "%s: its manifest is of another period", archive);
        goto failed;
    }
    return 0;
failed:
    closed_period_close(it);
    return -1;
}

int closed_period_choose(struct closed_period *it, const char *path, const char *archive,
                         int32_t period, struct error *err)
{
    struct books books = {.fd = -1, .lock_fd = -1};
    int status = -1;

    if (archive != NULL) {
        if (closed_period_open_archive(it, archive, err) != 0)
            return -1;
        if (period == PERIOD_NONE || period == it->period)
            return 0;
        error_set(err, ERROR_USAGE, "%s: holds %s", archive, it->name);
        closed_period_close(it);
        return -1;
    }
    if (books_open(&books, path, BOOKS_READ, err) != 0)
        return -1;
    if (period == PERIOD_NONE)
        period = books_last(&books);
    if (period == PERIOD_NONE || !books_closed(&books, period))
        error_set(err, ERROR_USAGE, "%s: the period is not closed", books.path);
    else
        status = closed_period_open(it, &books, period, err);
    books_close(&books);
    return status;
}

static void remove_temporary(const char *path)
{
    const char *base = strrchr(path, '/') + 1;
    struct error ignored = {0};
    char parent[CLOSED_PATH_MAX];
    int fd = -1;

    snprintf(parent, sizeof(parent), "%.*s", (int)(base - path), path);
    fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && folder_remove(fd, base, &ignored) != 0)
        ignored.kind = ERROR_NONE; /* the system clears its temporary folder itself */
    if (fd >= 0)
        close(fd);
}

void closed_period_close(struct closed_period *it)
{
    if (it->fd >= 0)
        close(it->fd);
    if (it->sources_fd >= 0)
        close(it->sources_fd);
    if (it->temporary)
        remove_temporary(it->path);
    arena_release(&it->arena);
    free(it->policy);
    *it = (struct closed_period){.fd = -1, .sources_fd = -1};
}

int closed_period_file(const struct closed_period *it, const char *name, char path[CLOSED_PATH_MAX],
                       struct error *err)
{
    if (snprintf(path, CLOSED_PATH_MAX, "%s/%s", it->path, name) >= CLOSED_PATH_MAX)
        return error_set(err, ERROR_USAGE, "%s: the path is too long", it->path);
    return 0;
}
