/*
 * Owns the comparison of an archive with the summaries of its files: a strict reading of the ZIP
 * format (APPNOTE.TXT 6.3), without gaps, comments or encryption, zip64 included. The libraries at
 * hand either read no zip64 or pass over bytes that belong to nothing.
 * Must not know how the archive was made.
 */
#include "readers/archive.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "readers/archive_content.h"
#include "readers/crew.h"

enum {
    ENTRY_NAME_MAX = OUTPUT_NAME_MAX + 32,
    CHECK_THREADS_MAX = 16,
    /* Sizes and signatures of APPNOTE 4.3.7, 4.3.12, 4.3.14 to 4.3.16. */
    LOCAL_SIZE = 30,
    CENTRAL_SIZE = 46,
    END64_SIZE = 56,
    LOCATOR_SIZE = 20,
    END_SIZE = 22,
    LOCAL_SIGNATURE = 0x04034B50,
    CENTRAL_SIGNATURE = 0x02014B50,
    END64_SIGNATURE = 0x06064B50,
    LOCATOR_SIGNATURE = 0x07064B50,
    END_SIGNATURE = 0x06054B50,
    ZIP64_EXTRA = 1,
    EXTRA_MAX = 64,
    METHOD_STORED = 0,
    METHOD_DEFLATED = 8,
};

struct archive {
    const char *name;
    int fd;
    uint64_t size;
    struct error *err;
};

/* Where the central directory lies, and how many entries it has. */
struct directory {
    uint64_t at;
    uint64_t end;
    uint64_t count;
};

/* What the central directory says of an entry. */
struct entry {
    char name[ENTRY_NAME_MAX];
    unsigned method;
    uint32_t crc32;
    uint64_t compressed;
    uint64_t bytes;
    uint64_t at; /* of its local header */
};

static int differs(struct archive *archive, const char *entry, const char *cause)
{
    return error_set(archive->err, ERROR_CONTROL, "%s: %s: %s", archive->name, entry, cause);
}

static int directory_damaged(struct archive *archive)
{
    return error_set(archive->err, ERROR_CONTROL,
                     "%s: is no ZIP archive, or its directory is damaged", archive->name);
}

static uint64_t number(const unsigned char *bytes, int size)
{
    uint64_t value = 0;

    while (size-- > 0)
        value = value << 8 | bytes[size];
    return value;
}

/* Reads exactly these bytes; a place beyond the end is a damaged directory. */
static int read_at(struct archive *archive, uint64_t at, void *bytes, size_t size)
{
    size_t filled = 0;

    if (at > archive->size || size > archive->size - at)
        return directory_damaged(archive);
    while (filled < size) {
        ssize_t got =
            pread(archive->fd, (char *)bytes + filled, size - filled, (off_t)(at + filled));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error_set_errno(archive->err, got < 0 ? errno : EIO, "%s: cannot read",
                                   archive->name);
        filled += (size_t)got;
    }
    return 0;
}

/* The zip64 record stands between the directory and its locator, which end_at follows. */
static int find_directory64(struct archive *archive, uint64_t end_at, struct directory *directory)
{
    unsigned char locator[LOCATOR_SIZE];
    unsigned char end64[END64_SIZE];

    if (end_at < LOCATOR_SIZE + END64_SIZE)
        return directory_damaged(archive);
    if (read_at(archive, end_at - LOCATOR_SIZE, locator, LOCATOR_SIZE) != 0 ||
        read_at(archive, end_at - LOCATOR_SIZE - END64_SIZE, end64, END64_SIZE) != 0)
        return -1;
    if (number(locator, 4) != LOCATOR_SIGNATURE || number(end64, 4) != END64_SIGNATURE ||
        number(locator + 8, 8) != end_at - LOCATOR_SIZE - END64_SIZE)
        return directory_damaged(archive);
    directory->count = number(end64 + 32, 8);
    directory->at = number(end64 + 48, 8);
    directory->end = directory->at + number(end64 + 40, 8);
    return directory->end == end_at - LOCATOR_SIZE - END64_SIZE ? 0 : directory_damaged(archive);
}

static int find_directory(struct archive *archive, struct directory *directory)
{
    unsigned char end[END_SIZE];
    uint64_t end_at = archive->size - END_SIZE;

    if (archive->size < END_SIZE)
        return directory_damaged(archive);
    if (read_at(archive, end_at, end, END_SIZE) != 0)
        return -1;
    if (number(end, 4) != END_SIGNATURE || number(end + 4, 4) != 0 || number(end + 20, 2) != 0)
        return directory_damaged(archive);
    directory->count = number(end + 10, 2);
    directory->at = number(end + 16, 4);
    directory->end = directory->at + number(end + 12, 4);
    if (directory->at == UINT32_MAX || directory->count == UINT16_MAX)
        return find_directory64(archive, end_at, directory);
    return directory->end == end_at ? 0 : directory_damaged(archive);
}

/* Takes from the zip64 extra field what did not fit 32 bits, in the order of APPNOTE 4.5.3. */
static bool apply_extra(const unsigned char *extra, size_t size, struct entry *entry)
{
    uint64_t *const values[] = {&entry->bytes, &entry->compressed, &entry->at};
    size_t used = 4;

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (*values[i] != UINT32_MAX)
            continue;
        if (size < used + 8 || number(extra, 2) != ZIP64_EXTRA)
            return false;
        *values[i] = number(extra + used, 8);
        used += 8;
    }
    return size == 0 || (size == used && number(extra + 2, 2) == size - 4);
}

/* Reads one entry of the directory and moves *at behind it. */
static int read_central(struct archive *archive, uint64_t *at, struct entry *entry)
{
    unsigned char fixed[CENTRAL_SIZE];
    unsigned char extra[EXTRA_MAX];
    size_t name_size;
    size_t extra_size;

    if (read_at(archive, *at, fixed, CENTRAL_SIZE) != 0)
        return -1;
    name_size = (size_t)number(fixed + 28, 2);
    extra_size = (size_t)number(fixed + 30, 2);
    if (number(fixed, 4) != CENTRAL_SIGNATURE || name_size >= ENTRY_NAME_MAX ||
        extra_size > EXTRA_MAX || number(fixed + 32, 2) != 0)
        return directory_damaged(archive);
    *entry = (struct entry){
        .method = (unsigned)number(fixed + 10, 2),
        .crc32 = (uint32_t)number(fixed + 16, 4),
        .compressed = number(fixed + 20, 4),
        .bytes = number(fixed + 24, 4),
        .at = number(fixed + 42, 4),
    };
    if (read_at(archive, *at + CENTRAL_SIZE, entry->name, name_size) != 0 ||
        read_at(archive, *at + CENTRAL_SIZE + name_size, extra, extra_size) != 0)
        return -1;
    *at += CENTRAL_SIZE + name_size + extra_size;
    return apply_extra(extra, extra_size, entry) ? 0 : directory_damaged(archive);
}

/* The local header repeats the name; the data follows it, from *data on. */
static int read_local(struct archive *archive, const struct entry *entry, uint64_t *data)
{
    unsigned char fixed[LOCAL_SIZE];
    char name[ENTRY_NAME_MAX];
    size_t name_size = strlen(entry->name);

    if (read_at(archive, entry->at, fixed, LOCAL_SIZE) != 0)
        return -1;
    if (number(fixed, 4) != LOCAL_SIGNATURE || number(fixed + 26, 2) != name_size ||
        number(fixed + 8, 2) != entry->method || number(fixed + 14, 4) != entry->crc32)
        return differs(archive, entry->name, "its headers are damaged");
    if (read_at(archive, entry->at + LOCAL_SIZE, name, name_size) != 0)
        return -1;
    if (memcmp(name, entry->name, name_size) != 0)
        return differs(archive, entry->name, "its headers are damaged");
    *data = entry->at + LOCAL_SIZE + name_size + number(fixed + 28, 2);
    return 0;
}

/* Checks the headers of the entry that lies at *at, and moves *at behind it. */
static int check_headers(struct archive *archive, const struct entry *entry, const char *folder,
                         const struct output_summary *file, uint64_t *at, uint64_t *data)
{
    char expected[ENTRY_NAME_MAX];
    int length = snprintf(expected, sizeof(expected), "%s/%s", folder, file->name);

    assert(length > 0 && (size_t)length < sizeof(expected));
    if (strcmp(entry->name, expected) != 0)
        return differs(archive, expected, "is not where it should be");
    if (entry->bytes != file->bytes)
        return differs(archive, expected, "differs in size from the published file");
    if (entry->at != *at || (entry->method != METHOD_STORED && entry->method != METHOD_DEFLATED))
        return differs(archive, expected, "its headers are damaged");
    if (read_local(archive, entry, data) != 0)
        return -1;
    if (*data > archive->size || entry->compressed > archive->size - *data)
        return directory_damaged(archive);
    *at = *data + entry->compressed;
    return 0;
}

static int check_directory(struct archive *archive, const char *folder,
                           const struct output_summary *files, size_t file_count,
                           enum archive_proof proof, struct entry *entries,
                           struct archive_content *contents)
{
    struct directory directory = {0};
    uint64_t central_at;
    uint64_t local_at = 0;

    if (find_directory(archive, &directory) != 0)
        return -1;
    if (directory.count != file_count)
        return differs(archive, folder, "holds more or fewer files than were published");
    central_at = directory.at;
    for (size_t i = 0; i < file_count; i++) {
        uint64_t data = 0;

        if (read_central(archive, &central_at, &entries[i]) != 0 ||
            check_headers(archive, &entries[i], folder, &files[i], &local_at, &data) != 0)
            return -1;
        if (proof == ARCHIVE_BY_CRC32 && entries[i].crc32 != files[i].crc32)
            return differs(archive, entries[i].name, "differs from the published file");
        contents[i] = (struct archive_content){
            .archive = archive->name,
            .entry = entries[i].name,
            .at = data,
            .compressed = entries[i].compressed,
            .bytes = entries[i].bytes,
            .crc32 = entries[i].crc32,
            .deflated = entries[i].method == METHOD_DEFLATED,
            .sha256 = proof == ARCHIVE_BY_SHA256 ? files[i].sha256 : NULL,
        };
    }
    if (local_at != directory.at || central_at != directory.end)
        return directory_damaged(archive);
    return 0;
}

/* ---- contents, by several threads ---- */

struct checks {
    const struct archive *archive;
    const struct archive_content *contents;
    size_t count;
    const struct archive_late *late; /* NULL: everything is there */
    pthread_mutex_t waiting;         /* held while it is waited for, guards what follows */
    bool waited;
    bool missing;          /* what is stored will not be there */
    pthread_mutex_t mutex; /* guards what follows */
    size_t *order;         /* the largest first, so that no thread is left with it alone */
    size_t next;           /* in that order, that no thread has taken */
    size_t failed;         /* the first entry that did: the same for any number of threads */
    struct error failure;
};

static void note_failure(struct checks *checks, size_t number, const struct error *failure)
{
    pthread_mutex_lock(&checks->mutex);
    if (number < checks->failed) {
        checks->failed = number;
        checks->failure = *failure;
    }
    pthread_mutex_unlock(&checks->mutex);
}

/* The next entry to check; those behind one that has failed are left. */
static bool take_entry(struct checks *checks, size_t *number)
{
    bool taken = false;

    pthread_mutex_lock(&checks->mutex);
    while (!taken && checks->next < checks->count) {
        *number = checks->order[checks->next++];
        taken = *number < checks->failed;
    }
    pthread_mutex_unlock(&checks->mutex);
    return taken;
}

/* Whether what is stored is there, once this returns; the first one to ask sees to it. */
static bool wait_for_stored(struct checks *checks)
{
    struct error err = {0};
    bool missing;

    pthread_mutex_lock(&checks->waiting);
    if (checks->late != NULL && !checks->waited) {
        checks->missing = checks->late->wait(checks->late->context, &err) != 0;
        if (checks->missing)
            note_failure(checks, 0, &err);
    }
    checks->waited = true;
    missing = checks->missing;
    pthread_mutex_unlock(&checks->waiting);
    return !missing;
}

static void check_entry(struct checks *checks, struct content_reader *reader, size_t number)
{
    const struct archive_content *content = &checks->contents[number];
    struct error err = {0};

    if (!content->deflated && !wait_for_stored(checks))
        return;
    if (content_check(reader, content, &err) != 0)
        note_failure(checks, number, &err);
}

static void check_some(void *context, int thread)
{
    struct checks *checks = context;
    struct content_reader *reader = content_reader_open(checks->archive->fd);
    struct error err = {0};
    size_t number = 0;

    (void)thread;
    if (reader == NULL) {
        error_set_errno(&err, ENOMEM, "%s: cannot read", checks->archive->name);
        note_failure(checks, 0, &err);
        return;
    }
    while (take_entry(checks, &number))
        check_entry(checks, reader, number);
    content_reader_close(reader);
}

/* What is deflated first, since it is there; then the larger; of equals the earlier. */
static int compare_sizes(const void *left, const void *right, void *context)
{
    const struct archive_content *contents = context;
    const size_t a = *(const size_t *)left;
    const size_t b = *(const size_t *)right;

    if (contents[a].deflated != contents[b].deflated)
        return contents[a].deflated ? -1 : 1;
    if (contents[a].bytes != contents[b].bytes)
        return contents[a].bytes > contents[b].bytes ? -1 : 1;
    return a < b ? -1 : a > b;
}

static int check_contents(const struct archive *archive, const struct archive_content *contents,
                          size_t count, const struct archive_late *late, int threads)
{
    struct checks checks = {
        .archive = archive,
        .contents = contents,
        .count = count,
        .waiting = PTHREAD_MUTEX_INITIALIZER,
        .late = late,
        .mutex = PTHREAD_MUTEX_INITIALIZER,
        .failed = count,
    };

    checks.order = malloc((count + 1) * sizeof(*checks.order));
    if (checks.order == NULL)
        return error_set_errno(archive->err, ENOMEM, "%s: cannot read", archive->name);
    for (size_t i = 0; i < count; i++)
        checks.order[i] = i;
    qsort_r(checks.order, count, sizeof(*checks.order), compare_sizes, (void *)contents);

    crew_run(threads < CHECK_THREADS_MAX ? threads : CHECK_THREADS_MAX, check_some, &checks);
    free(checks.order);
    if (checks.failure.kind == ERROR_NONE)
        return 0;
    return error_set(archive->err, checks.failure.kind, "%s", checks.failure.detail);
}

int archive_check(int folder_fd, const char *name, const char *folder,
                  const struct output_summary *files, size_t file_count, enum archive_proof proof,
                  const struct archive_late *late, int threads, struct error *err)
{
    struct archive archive = {.name = name, .err = err};
    struct entry *entries = calloc(file_count + 1, sizeof(*entries));
    struct archive_content *contents = calloc(file_count + 1, sizeof(*contents));
    struct stat status;
    int result = -1;

    assert(threads >= 1);
    archive.fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (archive.fd < 0 && errno == ENOENT) {
        error_set(err, ERROR_CONTROL, "%s: is missing", name);
    } else if (archive.fd < 0 || fstat(archive.fd, &status) != 0) {
        error_set_errno(err, errno, "%s: cannot read", name);
    } else if (entries == NULL || contents == NULL) {
        error_set_errno(err, ENOMEM, "%s: cannot read", name);
    } else {
        archive.size = (uint64_t)status.st_size;
        if (check_directory(&archive, folder, files, file_count, proof, entries, contents) == 0)
            result = check_contents(&archive, contents, file_count, late, threads);
    }
    if (archive.fd >= 0)
        close(archive.fd);
    free(contents);
    free(entries);
    return result;
}
