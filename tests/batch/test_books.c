/*
 * The books folder and the publishing protocol, and what is left of it when it is killed before
 * any call that changes the disk (tests/batch/kill_at.c, preloaded into this program's own second
 * self: "test_books publish BOOKS NAME TAG").
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "batch/books.h"
#include "batch/staging.h"

enum { OCTOBER = 2026 * 12 + 9, PATH_BYTES = 512, TEXT_BYTES = 4096, KILLED = 1000 };

static char self[PATH_BYTES];
static char kill_at[PATH_BYTES];
static char root[PATH_BYTES];
static char books_path[PATH_BYTES];

/* --- small helpers ---------------------------------------------------------------------------- */

static void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void shell(const char *format, ...)
{
    char command[TEXT_BYTES];
    va_list arguments;

    va_start(arguments, format);
    assert_true(vsnprintf(command, sizeof(command), format, arguments) < (int)sizeof(command));
    va_end(arguments);
    if (system(command) != 0)
        fail_msg("%s", command);
}

static int set_up(void **state)
{
    const char *temporary = getenv("TMPDIR");

    /* In memory where there is room for it: it is flushed a lot. */
    if (temporary == NULL)
        temporary = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

    (void)state;
    snprintf(root, sizeof(root), "%s/recompense-books-XXXXXX", temporary);
    if (mkdtemp(root) == NULL)
        return -1;
    assert_true(snprintf(books_path, sizeof(books_path), "%.400s/books", root) > 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    shell("chmod -R u+w '%s'; rm -rf '%s'", root, root);
    return 0;
}

static void put_file(int folder, const char *name, const char *text)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(close(fd), 0);
}

static char listed[TEXT_BYTES];
static size_t listed_size;

static int list_entry(const char *path, const struct stat *info, int type, struct FTW *place)
{
    const char *name = path + strlen(books_path) + 1;
    char text[256];
    ssize_t size = 0;
    int fd;

    (void)info;
    if (place->level == 0 || strcmp(name, ".lock") == 0)
        return 0;
    if (type == FTW_F) {
        fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        size = read(fd, text, sizeof(text));
        assert_true(size >= 0);
        close(fd);
    }
    listed_size +=
        (size_t)snprintf(listed + listed_size, sizeof(listed) - listed_size,
                         type == FTW_F ? "./%s: %.*s\n" : "./%s/\n", name, (int)size, text);
    assert_true(listed_size < sizeof(listed));
    return 0;
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Everything in the books but .lock, a line each, in byte order: its name, and a file's text. */
static const char *listing(void)
{
    static char text[TEXT_BYTES];
    char *lines[64];
    size_t count = 0;
    char *out = text;
    char *rest;

    listed_size = 0;
    listed[0] = '\0';
    text[0] = '\0';
    assert_int_equal(nftw(books_path, list_entry, 16, FTW_PHYS), 0);
    for (char *row = strtok_r(listed, "\n", &rest); row != NULL;
         row = strtok_r(NULL, "\n", &rest)) {
        assert_true(count < sizeof(lines) / sizeof(lines[0]));
        lines[count++] = row;
    }
    qsort(lines, count, sizeof(lines[0]), compare_lines);
    for (size_t i = 0; i < count; i++)
        out += snprintf(out, TEXT_BYTES - (size_t)(out - text), "%s\n", lines[i]);
    return text;
}

#define PUBLISHED(tag)                                                                             \
    "./2026-10/\n./2026-10/carry-forward/\n./2026-10/carry-forward/ids: " tag "\n"                 \
    "./2026-10/manifest.json: {" tag "}\n./2026-10/refunds.csv: " tag "\n"
#define ARCHIVE(tag) "./recompense-2026-10.zip: zip " tag "\n"
#define SUPERSEDED(tag, n)                                                                         \
    "./2026-10.superseded-" n "/\n./2026-10.superseded-" n "/carry-forward/\n"                     \
    "./2026-10.superseded-" n "/carry-forward/ids: " tag "\n"                                      \
    "./2026-10.superseded-" n "/manifest.json: {" tag "}\n"                                        \
    "./2026-10.superseded-" n "/refunds.csv: " tag "\n"
#define SUPERSEDED_ARCHIVE(tag, n) "./recompense-2026-10.superseded-" n ".zip: zip " tag "\n"

/* Writes a small period, the tag in every file; "zip" in the tag's front: with an archive. */
static int publish(const char *path, const char *name, const char *tag, struct error *err)
{
    struct books books;
    struct staging staging;
    char text[64];
    int inner;
    int status;

    if (books_open(&books, path, BOOKS_WRITE, err) != 0)
        return -1;
    if (staging_begin(&staging, &books, name, err) != 0) {
        books_close(&books);
        return -1;
    }
    put_file(staging.folder_fd, "refunds.csv", tag);
    snprintf(text, sizeof(text), "{%s}", tag);
    put_file(staging.folder_fd, "manifest.json", text);
    assert_int_equal(mkdirat(staging.folder_fd, "carry-forward", 0777), 0);
    inner = openat(staging.folder_fd, "carry-forward", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    put_file(inner, "ids", tag);
    close(inner);
    put_file(staging.hidden_fd, "scratch", "spilled");
    if (strstr(tag, "bare") == NULL) {
        snprintf(text, sizeof(text), "zip %s", tag);
        put_file(staging.hidden_fd, staging.archive, text);
    }
    status = staging_publish(&staging, true, err);
    books_close(&books);
    return status;
}

static void must_publish(const char *tag)
{
    struct error err = {0};

    if (publish(books_path, "2026-10", tag, &err) != 0)
        fail_msg("%s", err.detail);
}

static void open_and_close(enum books_use use)
{
    struct books books;
    struct error err = {0};

    if (books_open(&books, books_path, use, &err) != 0)
        fail_msg("%s", err.detail);
    books_close(&books);
}

/* --- opening ---------------------------------------------------------------------------------- */

static void lists_closed_periods_and_nothing_else(void **state)
{
    struct books books;
    struct error err = {0};
    int fd;

    (void)state;
    shell("mkdir '%s' && cd '%s' && mkdir 2026-09 2026-10 2025-12 2026-10.superseded-1 "
          "2026-10.reconciliation notes 2026-13 .2026-11.other && touch README 2026-11.txt "
          "recompense-2026-10.zip",
          books_path, books_path);
    assert_int_equal(books_open(&books, books_path, BOOKS_READ, &err), 0);
    assert_int_equal(books.period_count, 3);
    assert_int_equal(books_first(&books), 2025 * 12 + 11);
    assert_int_equal(books_last(&books), OCTOBER);
    assert_true(books_closed(&books, OCTOBER - 1));
    assert_false(books_closed(&books, OCTOBER + 1));
    fd = books_open_period(&books, OCTOBER, &err);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(books_open_archive(&books, OCTOBER, &fd, &err), 0);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(books_open_archive(&books, OCTOBER - 1, &fd, &err), 0);
    assert_int_equal(fd, -1);
    books_close(&books);
    books_close(&books);

    /* Opened for writing, it keeps all of that. */
    open_and_close(BOOKS_WRITE);
    shell(
        "cd '%s' && ls -d 2026-10.reconciliation 2026-10.superseded-1 notes README .2026-11.other "
        "recompense-2026-10.zip >/dev/null",
        books_path);
}

static void absent_books(void **state)
{
    struct books books;
    struct error err = {0};

    (void)state;
    assert_int_equal(books_open(&books, books_path, BOOKS_READ, &err), -1);
    assert_int_equal(err.kind, ERROR_USAGE);
    err = (struct error){0};
    assert_int_equal(books_open(&books, books_path, BOOKS_READ_IF_THERE, &err), 0);
    assert_int_equal(books.fd, -1);
    assert_int_equal(books_last(&books), PERIOD_NONE);
    books_close(&books);
    assert_int_equal(access(books_path, F_OK), -1);
    open_and_close(BOOKS_WRITE);
    open_and_close(BOOKS_READ);
}

static void refuses(const char *path, enum books_use use, enum error_kind kind)
{
    struct books books;
    struct error err = {0};

    if (books_open(&books, path, use, &err) == 0)
        fail_msg("%s: opened", path);
    assert_int_equal(err.kind, kind);
    books_close(&books);
}

static void links_are_refused(void **state)
{
    char link[PATH_BYTES];

    (void)state;
    shell("cd '%s' && mkdir books && ln -s books link && touch file", root);
    for (int use = BOOKS_READ; use <= BOOKS_WRITE; use++) {
        snprintf(link, sizeof(link), "%.400s/link", root);
        refuses(link, (enum books_use)use, ERROR_USAGE);
        snprintf(link, sizeof(link), "%.400s/link//", root);
        refuses(link, (enum books_use)use, ERROR_USAGE);
        snprintf(link, sizeof(link), "%.400s/file", root);
        refuses(link, (enum books_use)use, ERROR_USAGE);
    }
    shell("cd '%s' && mkdir else && ln -s ../else 2026-10", books_path);
    refuses(books_path, BOOKS_READ, ERROR_IO);
    shell("cd '%s' && rm 2026-10 && ln -s ../file .lock", books_path);
    refuses(books_path, BOOKS_WRITE, ERROR_IO);
    open_and_close(BOOKS_READ);
}

static void one_writer_at_a_time(void **state)
{
    struct books books;
    struct error err = {0};

    (void)state;
    assert_int_equal(books_open(&books, books_path, BOOKS_WRITE, &err), 0);
    refuses(books_path, BOOKS_WRITE, ERROR_BUSY);
    open_and_close(BOOKS_READ); /* readers don't mind */
    books_close(&books);
    open_and_close(BOOKS_WRITE);
}

static void a_read_only_folder_can_be_read(void **state)
{
    (void)state;
    must_publish("one");
    shell("chmod a-w '%s'", books_path);
    open_and_close(BOOKS_READ);
}

/* --- publishing ------------------------------------------------------------------------------- */

static void a_period_appears_whole(void **state)
{
    (void)state;
    must_publish("one");
    assert_string_equal(listing(), PUBLISHED("one") ARCHIVE("one"));
}

static void modes_are_what_the_umask_leaves(void **state)
{
    struct stat info;
    char path[PATH_BYTES];
    mode_t before = umask(027);

    (void)state;
    must_publish("one");
    umask(077);
    {
        struct error err = {0};
        assert_int_equal(publish(books_path, "2026-11", "two", &err), 0);
    }
    umask(before);
    snprintf(path, sizeof(path), "%.400s/2026-10", books_path);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0750);
    snprintf(path, sizeof(path), "%.400s/2026-11", books_path);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    snprintf(path, sizeof(path), "%.400s/2026-11/refunds.csv", books_path);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
}

static void what_is_replaced_is_kept(void **state)
{
    (void)state;
    must_publish("one");
    must_publish("two");
    assert_string_equal(listing(), SUPERSEDED("one", "1") PUBLISHED("two")
                                       SUPERSEDED_ARCHIVE("one", "1") ARCHIVE("two"));
    must_publish("bare");
    must_publish("four");
    assert_string_equal(listing(),
                        SUPERSEDED("one", "1") SUPERSEDED("two", "2") SUPERSEDED("bare", "3")
                            PUBLISHED("four") SUPERSEDED_ARCHIVE("one", "1")
                                SUPERSEDED_ARCHIVE("two", "2") ARCHIVE("four"));
}

static void without_replace_a_taken_name_stays(void **state)
{
    struct books books;
    struct staging staging;
    struct error err = {0};

    (void)state;
    must_publish("one");
    assert_int_equal(books_open(&books, books_path, BOOKS_WRITE, &err), 0);
    assert_int_equal(staging_begin(&staging, &books, "2026-10", &err), 0);
    put_file(staging.folder_fd, "manifest.json", "{}");
    assert_int_equal(staging_publish(&staging, false, &err), -1);
    assert_int_equal(err.kind, ERROR_CLOSED);
    staging_discard(&staging);
    books_close(&books);
    assert_string_equal(listing(), PUBLISHED("one") ARCHIVE("one"));
}

static void discarding_leaves_nothing(void **state)
{
    struct books books;
    struct staging staging;
    struct error err = {0};

    (void)state;
    assert_int_equal(books_open(&books, books_path, BOOKS_WRITE, &err), 0);
    assert_int_equal(staging_begin(&staging, &books, "2026-10", &err), 0);
    put_file(staging.folder_fd, "refunds.csv", "x");
    put_file(staging.hidden_fd, "scratch", "x");
    staging_discard(&staging);
    staging_discard(&staging);
    books_close(&books);
    assert_string_equal(listing(), "");
}

static void a_strange_archive_is_left_alone(void **state)
{
    struct books books;
    struct staging staging;
    struct error err = {0};

    (void)state;
    shell("mkdir '%s' && printf mine > '%s/recompense-2026-10.zip'", books_path, books_path);
    assert_int_equal(books_open(&books, books_path, BOOKS_WRITE, &err), 0);
    assert_int_equal(staging_begin(&staging, &books, "2026-10", &err), -1);
    assert_int_equal(err.kind, ERROR_CLOSED);
    staging_discard(&staging);
    books_close(&books);
    assert_string_equal(listing(), "./recompense-2026-10.zip: mine\n");
}

static void a_link_in_the_staging_is_not_published(void **state)
{
    struct books books;
    struct staging staging;
    struct error err = {0};

    (void)state;
    assert_int_equal(books_open(&books, books_path, BOOKS_WRITE, &err), 0);
    assert_int_equal(staging_begin(&staging, &books, "2026-10", &err), 0);
    put_file(staging.folder_fd, "manifest.json", "{}");
    assert_int_equal(symlinkat("/etc/passwd", staging.folder_fd, "refunds.csv"), 0);
    assert_int_equal(staging_publish(&staging, false, &err), -1);
    assert_int_equal(err.kind, ERROR_IO);
    books_close(&books);
    assert_string_equal(listing(), "");
}

static void leftovers_are_removed_without_following_links(void **state)
{
    struct books books;
    struct error err = {0};

    (void)state;
    shell("cd '%s' && mkdir -p else books/.2026-10.staging-77/2026-10/deep && touch else/kept && "
          "ln -s ../../else books/.2026-10.staging-77/away && "
          "touch books/.2026-10.staging-77/2026-10/deep/x",
          root);
    assert_int_equal(books_open(&books, books_path, BOOKS_WRITE, &err), 0);
    assert_int_equal(books.leftovers, 1);
    books_close(&books);
    assert_string_equal(listing(), "");
    shell("test -e '%s/else/kept'", root);
}

/* --- killed anywhere -------------------------------------------------------------------------- */

/*
 * Publishes in a second process with the environment given: its exit status, or KILLED.
 */
static int publish_elsewhere(const char *tag, const char *number, const char *fail_call)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        setenv("LD_PRELOAD", kill_at, 1);
        setenv("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0", 1);
        setenv("KILL_AT", number, 1);
        if (fail_call != NULL)
            setenv("FAIL_CALL", fail_call, 1);
        execl(self, self, "publish", books_path, "2026-10", tag, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
        return KILLED;
    return WEXITSTATUS(status);
}

/* A reader's view: the hidden is hidden. */
static const char *visible(const char *text)
{
    static char shown[TEXT_BYTES];
    char *out = shown;

    while (*text != '\0') {
        size_t size = strcspn(text, "\n") + 1;

        if (strncmp(text, "./.", 3) != 0) {
            memcpy(out, text, size);
            out += size;
        }
        text += size;
    }
    *out = '\0';
    return shown;
}

static bool shows(const char *text, const char *folder)
{
    return strstr(text, folder) != NULL;
}

struct sweep {
    const char *before;    /* the tag that is published first; NULL: none */
    const char *tag;       /* the tag that is published under fire */
    const char *fail_call; /* for the fall-backs */
    const char *old_books; /* the listing before, and the one after */
    const char *new_books;
    const char *old_folder; /* what the visible listing may hold at any time */
    const char *new_folder;
    bool may_be_absent; /* the folder, for an instant */
};

static void prepare(const struct sweep *sweep)
{
    struct error err = {0};
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_int_equal(folder_remove(fd, "books", &err), 0);
    assert_int_equal(mkdirat(fd, "books", 0777), 0);
    close(fd);
    if (sweep->before != NULL)
        must_publish(sweep->before);
}

/* Kills before every call there is, and again before every call of the recovery. */
static void sweep_all_points(const struct sweep *sweep)
{
    int points = 0;
    int status = KILLED;

    for (int point = 1; status == KILLED; point++) {
        char number[16];
        const char *shown;
        bool recovered = false;
        int again;

        prepare(sweep);
        snprintf(number, sizeof(number), "%d", point);
        status = publish_elsewhere(sweep->tag, number, sweep->fail_call);
        assert_true(status == KILLED || status == 0);

        shown = visible(listing());
        if (!shows(shown, sweep->old_folder) && !shows(shown, sweep->new_folder) &&
            !(sweep->may_be_absent && strstr(shown, "./2026-10/\n") == NULL))
            fail_msg("killed at %d, the books show:\n%s", point, listing());

        /*
         * The next run is killed as well, later each time, until it comes through; where there is
         * nothing but to remove, at every fourth point only.
         */
        again = strstr(listing(), ".publishing-") != NULL || point % 4 == 0 ? 1 : 1000;
        for (; status == KILLED && !recovered; again++) {
            snprintf(number, sizeof(number), "%d", again);
            setenv("ONLY_OPEN", "1", 1);
            recovered = publish_elsewhere(sweep->tag, number, sweep->fail_call) == 0;
            unsetenv("ONLY_OPEN");
            points++;
        }
        if (strcmp(listing(), sweep->old_books) != 0 && strcmp(listing(), sweep->new_books) != 0)
            fail_msg("killed at %d, the next run leaves:\n%s", point, listing());
        points++;
    }
    print_message("%s over %s%s: %d kills\n", sweep->tag,
                  sweep->before == NULL ? "nothing" : sweep->before,
                  sweep->fail_call == NULL ? "" : ", without renameat2", points);
}

#define NO_RENAMEAT2 "renameat2:22"

static void killed_at_a_first_publication(void **state)
{
    struct sweep sweep = {
        .tag = "one",
        .old_books = "",
        .new_books = PUBLISHED("one") ARCHIVE("one"),
        .old_folder = PUBLISHED("one") ARCHIVE("one"), /* it is there with its archive, */
        .may_be_absent = true,                         /* or not at all */
        .new_folder = PUBLISHED("one") ARCHIVE("one"),
    };

    (void)state;
    sweep_all_points(&sweep);
    sweep.fail_call = NO_RENAMEAT2;
    sweep_all_points(&sweep);
}

static void killed_at_a_restatement(void **state)
{
    struct sweep sweep = {
        .before = "one",
        .tag = "two",
        .old_books = PUBLISHED("one") ARCHIVE("one"),
        .new_books =
            SUPERSEDED("one", "1") PUBLISHED("two") SUPERSEDED_ARCHIVE("one", "1") ARCHIVE("two"),
        .old_folder = PUBLISHED("one"),
        .new_folder = PUBLISHED("two"),
    };

    (void)state;
    sweep_all_points(&sweep);
    sweep.fail_call = NO_RENAMEAT2;
    sweep.may_be_absent = true;
    sweep_all_points(&sweep);
}

static void killed_at_a_restatement_between_with_and_without_archive(void **state)
{
    struct sweep loses = {
        .before = "one",
        .tag = "bare",
        .old_books = PUBLISHED("one") ARCHIVE("one"),
        .new_books = SUPERSEDED("one", "1") PUBLISHED("bare") SUPERSEDED_ARCHIVE("one", "1"),
        .old_folder = PUBLISHED("one"),
        .new_folder = PUBLISHED("bare"),
    };
    struct sweep gains = {
        .before = "bare",
        .tag = "two",
        .old_books = PUBLISHED("bare"),
        .new_books = SUPERSEDED("bare", "1") PUBLISHED("two") ARCHIVE("two"),
        .old_folder = PUBLISHED("bare"),
        .new_folder = PUBLISHED("two"),
    };

    (void)state;
    sweep_all_points(&loses);
    sweep_all_points(&gains);
}

/* A call that fails, instead of a kill: an error, and the books as they were or as they shall be.
 */
static void failing_anywhere(void **state)
{
    const struct sweep sweep = {.before = "one"};
    int status = 1;

    (void)state;
    for (int point = 1; status != 0; point++) {
        char fail_at[32];

        prepare(&sweep);
        snprintf(fail_at, sizeof(fail_at), "%d:28", point); /* ENOSPC */
        setenv("FAIL_AT", fail_at, 1);
        status = publish_elsewhere("two", "0", NULL);
        unsetenv("FAIL_AT");
        assert_true(status == 0 || status == 6 || status == 255 /* a failed test file */);
        open_and_close(BOOKS_WRITE);
        if (strcmp(listing(), PUBLISHED("one") ARCHIVE("one")) != 0 &&
            strcmp(listing(), SUPERSEDED("one", "1") PUBLISHED("two") SUPERSEDED_ARCHIVE("one", "1")
                                  ARCHIVE("two")) != 0)
            fail_msg("call %d fails, the books show:\n%s", point, listing());
        assert_true(point < 1000);
    }
}

/* --- the second self -------------------------------------------------------------------------- */

static int act(char **argv)
{
    struct books books;
    struct error err = {0};

    if (getenv("ONLY_OPEN") == NULL)
        return publish(argv[2], argv[3], argv[4], &err) == 0 ? 0 : error_exit_status(err.kind);
    if (books_open(&books, argv[2], BOOKS_WRITE, &err) != 0)
        return error_exit_status(err.kind);
    books_close(&books);
    return 0;
}

/* The library stands beside this program, under build/. */
static int find_ourselves(void)
{
    ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash;

    if (size <= 0)
        return -1;
    self[size] = '\0';
    slash = strrchr(self, '/');
    snprintf(kill_at, sizeof(kill_at), "%.*s/kill_at.so", (int)(slash - self), self);
    return access(kill_at, R_OK);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(lists_closed_periods_and_nothing_else),
        TEST(absent_books),
        TEST(links_are_refused),
        TEST(one_writer_at_a_time),
        TEST(a_read_only_folder_can_be_read),
        TEST(a_period_appears_whole),
        TEST(modes_are_what_the_umask_leaves),
        TEST(what_is_replaced_is_kept),
        TEST(without_replace_a_taken_name_stays),
        TEST(discarding_leaves_nothing),
        TEST(a_strange_archive_is_left_alone),
        TEST(a_link_in_the_staging_is_not_published),
        TEST(leftovers_are_removed_without_following_links),
        TEST(killed_at_a_first_publication),
        TEST(killed_at_a_restatement),
        TEST(killed_at_a_restatement_between_with_and_without_archive),
        TEST(failing_anywhere),
#undef TEST
    };

    if (argc == 5 && strcmp(argv[1], "publish") == 0)
        return act(argv);
    if (find_ourselves() != 0) {
        fprintf(stderr, "%s: is missing\n", kill_at);
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
