/*
 * Owns the publishing protocol and its recovery (staging.h argues why it may be killed anywhere).
 * Must not know what is published, but that it has a manifest.json.
 */
#include "batch/staging.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/manifest.h"

#define STAGING_MARK ".staging-"
#define PUBLISHING_MARK ".publishing-"

enum { SUPERSEDED_MAX = 9999, COPY_BYTES = 1 << 16, PERIOD_TEXT_BYTES = PERIOD_TEXT_MAX - 1 };

/* One publication, as the steps and the recovery see it. */
struct publishing {
    int books_fd;
    int hidden_fd;
    const char *name;
    unsigned number; /* that the replaced folder is to bear; 0: a first publication */
    char archive[FOLDER_NAME_MAX];
    char old_name[FOLDER_NAME_MAX];
    char old_archive[FOLDER_NAME_MAX];
};

static void hidden_name(char hidden[FOLDER_NAME_MAX], const char *name, const char *mark,
                        unsigned long number)
{
    int length = snprintf(hidden, FOLDER_NAME_MAX, ".%s%s%lu", name, mark, number);

    assert(length > 0 && length < FOLDER_NAME_MAX);
}

/* ".NAME<mark>DIGITS" into name and number; false when it is anything else. */
static bool parse_hidden_name(const char *hidden, const char *mark, char name[FOLDER_NAME_MAX],
                              unsigned *number)
{
    const char *found = strstr(hidden, mark);
    const char *digits = found == NULL ? NULL : found + strlen(mark);
    size_t size;
    int32_t period;

    if (hidden[0] != '.' || found == NULL || digits[0] == '\0' || strlen(digits) > 9 ||
        digits[strspn(digits, "0123456789")] != '\0')
        return false;
    size = (size_t)(found - hidden) - 1;
    if (size < PERIOD_TEXT_BYTES ||
        !period_parse((struct span){hidden + 1, PERIOD_TEXT_BYTES}, &period))
        return false;
    if (size > PERIOD_TEXT_BYTES && hidden[1 + PERIOD_TEXT_BYTES] != '.')
        return false;
    memcpy(name, hidden + 1, size);
    name[size] = '\0';
    *number = (unsigned)strtoul(digits, NULL, 10);
    return true;
}

static void publishing_init(struct publishing *it, int books_fd, int hidden_fd, const char *name,
                            unsigned number)
{
    it->books_fd = books_fd;
    it->hidden_fd = hidden_fd;
    it->name = name;
    it->number = number;
    books_archive_name(name, it->archive);
    books_superseded_name(name, number, it->old_name);
    books_archive_name(it->old_name, it->old_archive);
}

/* Whether something stands under the name. */
static int is_there(int fd, const char *name, bool *there, struct error *err)
{
    enum folder_entry entry;

    if (folder_entry(fd, name, &entry, err) != 0)
        return -1;
    *there = entry != ENTRY_NONE;
    return 0;
}

/* Moves what is there; a new name that is taken is an error, as it is free by the protocol. */
static int move(int from_fd, const char *from, int to_fd, const char *to, struct error *err)
{
    bool taken;

    if (folder_move(from_fd, from, to_fd, to, &taken, err) != 0)
        return -1;
    if (taken)
        return error_set(err, ERROR_IO, "%s: in the way of the books; move it away", to);
    return 0;
}

/* Moves `from` where it is there, and not already under its new name. */
static int move_if_there(int from_fd, const char *from, int to_fd, const char *to,
                         struct error *err)
{
    bool there;

    if (is_there(from_fd, from, &there, err) != 0)
        return -1;
    return there ? move(from_fd, from, to_fd, to, err) : 0;
}

/* Reads a whole file; *bytes is the caller's to free. */
static int read_whole(int fd, char **bytes, size_t *size, struct error *err)
{
    struct stat info;
    char *buffer;
    size_t have = 0;

    if (fstat(fd, &info) != 0)
        return error_set_errno(err, errno, MANIFEST_FILE);
    buffer = malloc((size_t)info.st_size + 1);
    if (buffer == NULL)
        return error_set_errno(err, ENOMEM, MANIFEST_FILE);
    while (have < (size_t)info.st_size) {
        ssize_t got = read(fd, buffer + have, (size_t)info.st_size - have);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            error_set_errno(err, got < 0 ? errno : EIO, MANIFEST_FILE);
            free(buffer);
            return -1;
        }
        have += (size_t)got;
    }
    *bytes = buffer;
    *size = have;
    return 0;
}

/* The manifest.json in the folder. */
static int read_manifest(int fd, char **bytes, size_t *size, struct error *err)
{
    int status;
    int file = folder_open_file(fd, MANIFEST_FILE, err);

    if (file < 0)
        return -1;
    status = read_whole(file, bytes, size, err);
    close(file);
    return status;
}

static int write_whole(int fd, const char *bytes, size_t size, struct error *err)
{
    while (size > 0) {
        ssize_t put = write(fd, bytes, size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return error_set_errno(err, errno, "copying " MANIFEST_FILE);
        bytes += put;
        size -= (size_t)put;
    }
    return 0;
}

/* Step 1, second half: the copy by which the recovery knows the new folder. */
static int copy_manifest(const struct staging *staging, struct error *err)
{
    char *bytes;
    size_t size;
    int status = -1;
    int copy;

    if (read_manifest(staging->folder_fd, &bytes, &size, err) != 0)
        return -1;
    /* Scratch of that name may be in the way. */
    if (folder_remove(staging->hidden_fd, MANIFEST_FILE, err) != 0)
        goto done;
    copy = openat(staging->hidden_fd, MANIFEST_FILE,
                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (copy < 0) {
        error_set_errno(err, errno, "copying " MANIFEST_FILE);
        goto done;
    }
    status = write_whole(copy, bytes, size, err);
    if (status == 0 && fsync(copy) != 0)
        status = error_set_errno(err, errno, "copying " MANIFEST_FILE);
    if (close(copy) != 0 && status == 0)
        status = error_set_errno(err, errno, "copying " MANIFEST_FILE);

done:
    free(bytes);
    return status;
}

/*
 * Removes the hidden folder: archive and scratch, then the folder, then the copied manifest. A
 * recovery relies on that order: without the folder nothing is left to move or to undo.
 */
static int remove_hidden(int books_fd, int hidden_fd, const char *hidden, const char *name,
                         struct error *err)
{
    char **names;
    size_t count;
    int status = 0;

    if (folder_names(hidden_fd, &names, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count && status == 0; i++)
        if (strcmp(names[i], MANIFEST_FILE) != 0 && strcmp(names[i], name) != 0)
            status = folder_remove(hidden_fd, names[i], err);
    folder_names_release(names, count);
    if (status != 0 || folder_sync_entries(hidden_fd, err) != 0 ||
        folder_remove(hidden_fd, name, err) != 0 || folder_sync_entries(hidden_fd, err) != 0)
        return -1;
    return folder_remove(books_fd, hidden, err);
}

/* Whether the folder inside fd has a manifest.json, byte for byte the copied one. */
static int has_copied_manifest(const struct publishing *it, bool *same, struct error *err)
{
    char *bytes = NULL;
    char *copy = NULL;
    size_t size;
    size_t copy_size;
    bool there = false;
    int status = -1;
    int folder = folder_open(it->books_fd, it->name, err);

    *same = false;
    if (folder < 0)
        return -1;
    if (is_there(folder, MANIFEST_FILE, &there, err) != 0)
        goto done;
    /* A replaced folder that was damaged may have no manifest; the new one always has. */
    if (!there) {
        status = 0;
        goto done;
    }
    if (read_manifest(folder, &bytes, &size, err) != 0 ||
        read_manifest(it->hidden_fd, &copy, &copy_size, err) != 0)
        goto done;
    *same = size == copy_size && memcmp(bytes, copy, size) == 0;
    status = 0;

done:
    free(bytes);
    free(copy);
    close(folder);
    return status;
}

/* Whether step 4 has happened. */
static int is_published(const struct publishing *it, bool *published, struct error *err)
{
    bool there;

    if (is_there(it->books_fd, it->name, &there, err) != 0)
        return -1;
    *published = there;
    return there && it->number > 0 ? has_copied_manifest(it, published, err) : 0;
}

/* Step 3: the archive that is to move before the folder does. */
static int move_archive(const struct publishing *it, struct error *err)
{
    if (it->number == 0)
        return move_if_there(it->hidden_fd, it->archive, it->books_fd, it->archive, err);
    return move_if_there(it->books_fd, it->archive, it->books_fd, it->old_archive, err);
}

/* Step 4: publishing. */
static int move_folder(const struct publishing *it, struct error *err)
{
    bool taken = false;
    bool done = false;

    if (it->number == 0) {
        if (folder_move(it->hidden_fd, it->name, it->books_fd, it->name, &taken, err) != 0)
            return -1;
        return taken ? error_set(err, ERROR_CLOSED, "%s: is in the books already", it->name) : 0;
    }
    if (folder_exchange(it->hidden_fd, it->name, it->books_fd, it->name, &done, err) != 0)
        return -1;
    if (done)
        return 0;
    if (move(it->books_fd, it->name, it->books_fd, it->old_name, err) != 0)
        return -1;
    return move(it->hidden_fd, it->name, it->books_fd, it->name, err);
}

/* Step 5, and its repetition: what a replacement still has to move. */
static int finish(const struct publishing *it, struct error *err)
{
    if (it->number == 0)
        return 0;
    if (move_if_there(it->hidden_fd, it->archive, it->books_fd, it->archive, err) != 0)
        return -1;
    return move_if_there(it->hidden_fd, it->name, it->books_fd, it->old_name, err);
}

/* Takes step 3 back, and the first half of a step 4 in two renames. */
static int undo(const struct publishing *it, struct error *err)
{
    bool there;

    if (it->number > 0) {
        if (is_there(it->books_fd, it->name, &there, err) != 0)
            return -1;
        if (!there && move_if_there(it->books_fd, it->old_name, it->books_fd, it->name, err) != 0)
            return -1;
        return move_if_there(it->books_fd, it->old_archive, it->books_fd, it->archive, err);
    }
    if (is_there(it->hidden_fd, it->archive, &there, err) != 0)
        return -1;
    if (there)
        return 0;
    return move_if_there(it->books_fd, it->archive, it->hidden_fd, it->archive, err);
}

/* Finishes or undoes a publication that was cut short, and removes its hidden folder. */
static int recover(int books_fd, const char *hidden, const char *name, unsigned number,
                   struct error *err)
{
    struct publishing it;
    bool published;
    bool folder_left;
    int status = -1;
    int hidden_fd = folder_open(books_fd, hidden, err);

    if (hidden_fd < 0)
        return -1;
    publishing_init(&it, books_fd, hidden_fd, name, number);

    /* Without a folder inside, it is published, or undone and half removed (remove_hidden). */
    if (is_there(hidden_fd, name, &folder_left, err) != 0)
        goto done;
    published = true;
    if (folder_left && is_published(&it, &published, err) != 0)
        goto done;
    if ((published ? finish(&it, err) : undo(&it, err)) != 0)
        goto done;
    if (folder_sync_entries(books_fd, err) != 0)
        goto done;
    status = remove_hidden(books_fd, hidden_fd, hidden, name, err);

done:
    close(hidden_fd);
    return status;
}

int staging_recover(int books_fd, size_t *leftovers, struct error *err)
{
    char **names;
    size_t count;
    int status = 0;

    *leftovers = 0;
    if (folder_names(books_fd, &names, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count && status == 0; i++) {
        char name[FOLDER_NAME_MAX];
        unsigned number;

        if (parse_hidden_name(names[i], PUBLISHING_MARK, name, &number))
            status = recover(books_fd, names[i], name, number, err);
        else if (parse_hidden_name(names[i], STAGING_MARK, name, &number))
            status = folder_remove(books_fd, names[i], err);
        else
            continue;
        (*leftovers)++;
    }
    folder_names_release(names, count);
    if (status == 0 && *leftovers > 0)
        status = folder_sync_entries(books_fd, err);
    return status;
}

/* The first number that neither a superseded folder nor an archive bears. */
static int next_superseded(int books_fd, const char *name, unsigned *number, struct error *err)
{
    for (unsigned n = 1; n <= SUPERSEDED_MAX; n++) {
        struct publishing it;
        bool folder;
        bool archive;

        publishing_init(&it, books_fd, -1, name, n);
        if (is_there(books_fd, it.old_name, &folder, err) != 0 ||
            is_there(books_fd, it.old_archive, &archive, err) != 0)
            return -1;
        if (!folder && !archive) {
            *number = n;
            return 0;
        }
    }
    return error_set(err, ERROR_IO, "%s: superseded more than %d times", name, SUPERSEDED_MAX);
}

static int staging_paths(struct staging *staging, struct error *err)
{
    int hidden = snprintf(staging->hidden_path, sizeof(staging->hidden_path), "%s/%s",
                          staging->books->path, staging->hidden);
    int folder = snprintf(staging->folder_path, sizeof(staging->folder_path), "%s/%s/%s",
                          staging->books->path, staging->hidden, staging->name);

    if (hidden < 0 || folder < 0 || folder >= (int)sizeof(staging->folder_path))
        return error_set(err, ERROR_USAGE, "%s: the path is too long", staging->books->path);
    return 0;
}

/* An archive without its folder is none of ours: refuse it before a month's work, not after. */
static int refuse_stray_archive(const struct staging *staging, struct error *err)
{
    bool folder;
    bool archive;

    if (is_there(staging->books->fd, staging->name, &folder, err) != 0 ||
        is_there(staging->books->fd, staging->archive, &archive, err) != 0)
        return -1;
    if (archive && !folder)
        return error_set(err, ERROR_CLOSED,
                         "%s: stands in the books without its folder %s; move one of them",
                         staging->archive, staging->name);
    return 0;
}

int staging_begin(struct staging *staging, const struct books *books, const char *name,
                  struct error *err)
{
    assert(books->lock_fd >= 0);
    *staging = (struct staging){.books = books, .hidden_fd = -1, .folder_fd = -1};
    assert(strlen(name) < FOLDER_NAME_MAX / 2);
    memcpy(staging->name, name, strlen(name) + 1);
    books_archive_name(name, staging->archive);
    hidden_name(staging->hidden, name, STAGING_MARK, (unsigned long)getpid());

    if (staging_paths(staging, err) != 0 || refuse_stray_archive(staging, err) != 0)
        return -1;
    if (mkdirat(books->fd, staging->hidden, 0700) != 0)
        return error_set_errno(err, errno, "%s", staging->hidden_path);
    staging->hidden_fd = folder_open(books->fd, staging->hidden, err);
    if (staging->hidden_fd < 0)
        goto fail;
    if (mkdirat(staging->hidden_fd, name, 0777) != 0) {
        error_set_errno(err, errno, "%s", staging->folder_path);
        goto fail;
    }
    staging->folder_fd = folder_open(staging->hidden_fd, name, err);
    if (staging->folder_fd < 0)
        goto fail;
    return 0;

fail:
    staging_discard(staging);
    return -1;
}

static void staging_release(struct staging *staging)
{
    if (staging->folder_fd >= 0)
        close(staging->folder_fd);
    if (staging->hidden_fd >= 0)
        close(staging->hidden_fd);
    staging->folder_fd = -1;
    staging->hidden_fd = -1;
}

void staging_discard(struct staging *staging)
{
    struct error ignored = {0};

    if (staging->books == NULL)
        return;
    if (staging->hidden_fd < 0 || remove_hidden(staging->books->fd, staging->hidden_fd,
                                                staging->hidden, staging->name, &ignored) != 0) {
        /* The next run removes it. */
    }
    staging_release(staging);
    staging->books = NULL;
}

/* Step 1, but for the copied manifest. */
static int sync_staged(const struct staging *staging, struct error *err)
{
    bool archive;

    if (folder_sync(staging->folder_fd, err) != 0 ||
        is_there(staging->hidden_fd, staging->archive, &archive, err) != 0)
        return -1;
    return archive ? folder_sync_file(staging->hidden_fd, staging->archive, err) : 0;
}

/* Steps 1 and 2: everything on disk, the hidden folder under the name that tells what it is. */
static int prepare(struct staging *staging, bool replace, unsigned *number, struct error *err)
{
    char publishing[FOLDER_NAME_MAX];
    bool there;

    *number = 0;
    if (is_there(staging->books->fd, staging->name, &there, err) != 0)
        return -1;
    if (there && !replace)
        return error_set(err, ERROR_CLOSED, "%s: is in the books already", staging->name);
    if (there && next_superseded(staging->books->fd, staging->name, number, err) != 0)
        return -1;
    if (sync_staged(staging, err) != 0 || copy_manifest(staging, err) != 0 ||
        folder_sync_entries(staging->hidden_fd, err) != 0)
        return -1;
    hidden_name(publishing, staging->name, PUBLISHING_MARK, *number);
    if (move(staging->books->fd, staging->hidden, staging->books->fd, publishing, err) != 0)
        return -1;
    memcpy(staging->hidden, publishing, sizeof(publishing));
    return folder_sync_entries(staging->books->fd, err);
}

int staging_publish(struct staging *staging, bool replace, struct error *err)
{
    int books_fd = staging->books->fd;
    struct publishing it;
    unsigned number;
    int status = -1;

    if (prepare(staging, replace, &number, err) != 0) {
        staging_discard(staging);
        return -1;
    }
    publishing_init(&it, books_fd, staging->hidden_fd, staging->name, number);
    if (move_archive(&it, err) == 0 && folder_sync_entries(books_fd, err) == 0 &&
        move_folder(&it, err) == 0 && folder_sync_entries(books_fd, err) == 0 &&
        finish(&it, err) == 0 && folder_sync_entries(books_fd, err) == 0)
        status = remove_hidden(books_fd, staging->hidden_fd, staging->hidden, staging->name, err);
    if (status != 0) {
        struct error ignored = {0};

        /* What the next run would do; where that fails too, it is left to the next run. */
        if (recover(books_fd, staging->hidden, staging->name, number, &ignored) != 0) {
        }
    }
    staging_release(staging);
    staging->books = NULL;
    return status;
}
