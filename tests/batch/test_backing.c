/* Blocks in a mapped file: what comes back, what stays in memory, what a failing disk does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "batch/backing.h"
#include "policy/block.h"

#define MIB ((size_t)1 << 20)

enum { BLOCKS = 48, THREADS = 4, ROUNDS = 300 };

static int folder = -1;

static struct backing *open_backing_within(size_t kept_bytes, size_t resident_bytes,
                                           size_t process_bytes)
{
    struct error err = {0};
    struct backing *backing = NULL;

    if (folder < 0)
        folder = open(P_tmpdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(folder >= 0);
    backing = backing_open(folder, kept_bytes, resident_bytes, process_bytes, &err);
    assert_non_null(backing);
    return backing;
}

static struct backing *open_backing(size_t kept_bytes, size_t resident_bytes)
{
    return open_backing_within(kept_bytes, resident_bytes, 0);
}

static uint64_t word_of(size_t block, size_t at)
{
    return (block + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ at;
}

static void fill(uint64_t *words, size_t block, size_t count)
{
    for (size_t at = 0; at < count; at++)
        words[at] = word_of(block, at);
}

static bool is_filled(const uint64_t *words, size_t block, size_t count)
{
    for (size_t at = 0; at < count; at++)
        if (words[at] != word_of(block, at))
            return false;
    return true;
}

/* What of files is resident, in bytes. */
static size_t files_resident(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long long pages = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*s %*s %llu", &pages), 1);
    (void)fclose(file);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void all_comes_back_and_little_stays(void **state)
{
    static uint64_t *blocks[BLOCKS];
    const size_t words = MIB / sizeof(uint64_t);
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    struct backing *backing = open_backing(4 * MIB, MIB);
    const size_t before = files_resident();

    (void)state;
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = block_clear(words, sizeof(uint64_t));
        assert_non_null(blocks[i]);
        for (size_t at = 0; at < words; at++)
            assert_true(blocks[i][at] == 0);
        fill(blocks[i], i, words);
    }
    /* Nobody touches them: in the end no more than the bound is there. */
    for (int tries = 0; tries < 3000 && files_resident() > before + 2 * MIB; tries++)
        (void)nanosleep(&pause, NULL);
    assert_in_range(files_resident(), 0, before + 2 * MIB);
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < BLOCKS; i++)
            assert_true(is_filled(blocks[(i * 7 + (size_t)round) % BLOCKS],
                                  (i * 7 + (size_t)round) % BLOCKS, words));
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = block_resize(blocks[i], words * (i % 3 + 1), sizeof(uint64_t));
        assert_non_null(blocks[i]);
        assert_true(is_filled(blocks[i], i, words));
    }
    for (size_t i = 0; i < BLOCKS; i++)
        block_free(blocks[i]);
    backing_close(backing);
}

/* As long as the process has no more than it may, the file has what it wants. */
static void what_fits_stays(void **state)
{
    const size_t words = BLOCKS * MIB / sizeof(uint64_t);
    const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
    struct backing *backing = open_backing_within(0, MIB, SIZE_MAX);
    const size_t before = files_resident();
    uint64_t *block = block_alloc(words, sizeof(uint64_t));

    (void)state;
    assert_non_null(block);
    fill(block, 1, words);
    (void)nanosleep(&pause, NULL); /* two hundred looks */
    assert_in_range(files_resident(), before + (BLOCKS - 2) * MIB, SIZE_MAX);
    assert_true(is_filled(block, 1, words));
    block_free(block);
    backing_close(backing);
}

/* The process's most, in bytes, since forget_most. */
static size_t most_resident(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[256];
    unsigned long long kilobytes = 0;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL)
        if (sscanf(line, "VmHWM: %llu", &kilobytes) == 1)
            break;
    (void)fclose(file);
    assert_true(kilobytes > 0);
    return (size_t)kilobytes * 1024;
}

static void forget_most(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "we");

    assert_non_null(file);
    assert_true(fputs("5", file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Makes all threads but the calling one, the watcher among them, wait as long as any other works.
 */
static void let_others_wait(void)
{
    const struct sched_param none = {0};
    const pid_t self = (pid_t)syscall(SYS_gettid);
    DIR *list = opendir("/proc/self/task");
    const struct dirent *entry = NULL;

    assert_non_null(list);
    while ((entry = readdir(list)) != NULL) {
        const pid_t thread = (pid_t)strtol(entry->d_name, NULL, 10);

        if (thread > 0 && thread != self)
            assert_int_equal(sched_setscheduler(thread, SCHED_IDLE, &none), 0);
    }
    (void)closedir(list);
}

static _Atomic bool enough;

static void *spin(void *context)
{
    (void)context;
    while (!enough)
        continue;
    return NULL;
}

/* The processors are busy, and whoever else watches does not get to it. */
static void the_bound_holds_though_nobody_else_runs(void **state)
{
    enum { LARGE_MIB = 512, TIMES = 2, SPINNING_MOST = 64 };
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const int spinning = (int)(processors < SPINNING_MOST ? processors : SPINNING_MOST);
    pthread_t threads[SPINNING_MOST];
    struct backing *backing = NULL;
    volatile char *block = NULL;
    size_t most = 0;

    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* signals reach handlers at calls only */
#endif
    backing = open_backing(0, MIB);
    block = block_alloc(LARGE_MIB * MIB, 1);
    assert_non_null(block);
    let_others_wait();
    enough = false;
    for (int i = 0; i < spinning; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, spin, NULL), 0);
    forget_most();
    for (int time = 0; time < TIMES; time++)
        for (size_t at = 0; at < LARGE_MIB * MIB; at += page)
            block[at] = 1;
    most = most_resident();
    enough = true;
    for (int i = 0; i < spinning; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_in_range(most, 1, LARGE_MIB / 4 * MIB);
    block_free((void *)block);
    backing_close(backing);
}

/* What is kept may change: more of it, and nothing goes to the file. */
static void what_is_kept_is_agreed_anew(void **state)
{
    struct backing *backing = open_backing(MIB, MIB);
    void *blocks[3] = {block_alloc(2 * MIB, 1)};

    (void)state;
    assert_non_null(blocks[0]);
    assert_in_range(backing_bytes_most(backing), 2 * MIB, 2 * MIB + MIB / 4);
    backing_keep(backing, 8 * MIB);
    blocks[1] = block_alloc(2 * MIB, 1);
    assert_non_null(blocks[1]);
    assert_in_range(backing_bytes_most(backing), 2 * MIB, 2 * MIB + MIB / 4);
    backing_keep(backing, MIB);
    blocks[2] = block_alloc(BLOCK_LARGE, 1);
    assert_non_null(blocks[2]);
    assert_in_range(backing_bytes_most(backing), 2 * MIB + BLOCK_LARGE, 3 * MIB);
    for (int i = 0; i < 3; i++)
        block_free(blocks[i]);
    backing_close(backing);
}

/* Takes, fills, looks and gives back, beside others that do. */
static void *work(void *number)
{
    const size_t words = 4 * BLOCK_LARGE / sizeof(uint64_t);
    uint64_t *blocks[8] = {NULL};
    size_t seed = *(const size_t *)number;

    for (size_t round = 0; round < ROUNDS; round++) {
        const size_t place = (seed = seed * 6364136223846793005U + 1442695040888963407U) >> 61;

        if (blocks[place] == NULL) {
            blocks[place] = block_alloc(words, sizeof(uint64_t));
            if (blocks[place] != NULL)
                fill(blocks[place], place, words);
        } else if (!is_filled(blocks[place], place, words)) {
            return number;
        } else {
            block_free(blocks[place]);
            blocks[place] = NULL;
        }
    }
    for (size_t place = 0; place < 8; place++)
        block_free(blocks[place]);
    return NULL;
}

static void threads_do_not_disturb_each_other(void **state)
{
    pthread_t threads[THREADS];
    size_t numbers[THREADS];
    struct backing *backing = open_backing(0, MIB / 4);

    (void)state;
    for (size_t i = 0; i < THREADS; i++) {
        numbers[i] = i + 1;
        assert_int_equal(pthread_create(&threads[i], NULL, work, &numbers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *failed = NULL;

        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    backing_close(backing);
}

static void on_a_full_disk_the_allocator_gives(void **state)
{
    struct rlimit old;
    struct rlimit tight;
    struct backing *backing = open_backing(0, MIB);
    char *backed = NULL;
    char *given = NULL;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = (struct rlimit){4 * MIB, old.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    backed = block_alloc(2 * MIB, 1);
    given = block_alloc(8 * MIB, 1);
    assert_non_null(backed);
    assert_non_null(given);
    memset(backed, 1, 2 * MIB);
    memset(given, 2, 8 * MIB);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    (void)signal(SIGXFSZ, SIG_DFL);
    block_free(backed);
    block_free(given);
    backing_close(backing);
}

/* Truncates the file of the backing, the only one that is open and has no name. */
static void break_file(void)
{
    DIR *list = opendir("/proc/self/fd");
    const struct dirent *entry = NULL;

    while ((entry = readdir(list)) != NULL) {
        const int fd = (int)strtol(entry->d_name, NULL, 10);
        struct stat info;

        if (fd > 2 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 0 &&
            ftruncate(fd, 0) != 0)
            _exit(9);
    }
    (void)closedir(list);
}

/* How a process ends that does so; what it says goes to `text`. */
static int end_of(void (*act)(void), char *text, size_t room)
{
    int ends[2];
    int status = 0;
    ssize_t size = 0;
    pid_t child = 0;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit none = {0, 0};

        (void)setrlimit(RLIMIT_CORE, &none);
        (void)signal(SIGBUS, SIG_DFL); /* not the test's */
        (void)dup2(ends[1], STDERR_FILENO);
        act();
        _exit(0);
    }
    (void)close(ends[1]);
    size = read(ends[0], text, room - 1);
    text[size < 0 ? 0 : size] = '\0';
    (void)close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void touch_a_lost_block(void)
{
    (void)open_backing(0, MIB);
    volatile char *block = block_alloc(MIB, 1);

    break_file();
    block[MIB / 2] = 1;
}

static void touch_a_lost_page_of_anothers(void)
{
    FILE *file = tmpfile();
    volatile char *page = NULL;
    void *block = NULL;

    (void)open_backing(0, MIB);
    block = block_alloc(MIB, 1);
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    if (block != NULL)
        page[0] = 1;
}

static void a_lost_page_ends_the_program_with_a_word(void **state)
{
    char text[256];
    int status = end_of(touch_a_lost_block, text, sizeof(text));

    (void)state;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), error_exit_status(ERROR_IO));
    assert_non_null(strstr(text, "staging folder"));
    status = end_of(touch_a_lost_page_of_anothers, text, sizeof(text));
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGBUS);
    assert_null(strstr(text, "staging folder"));
}

static void what_is_never_needed_is_never_made(void **state)
{
    struct backing *backing = open_backing(MIB, MIB);
    void *block = block_alloc(MIB / 2, 1);

    (void)state;
    assert_non_null(block);
    block_free(block);
    backing_close(backing);
    backing_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_comes_back_and_little_stays),
        cmocka_unit_test(what_fits_stays),
        cmocka_unit_test(the_bound_holds_though_nobody_else_runs),
        cmocka_unit_test(what_is_kept_is_agreed_anew),
        cmocka_unit_test(threads_do_not_disturb_each_other),
        cmocka_unit_test(on_a_full_disk_the_allocator_gives),
        cmocka_unit_test(a_lost_page_ends_the_program_with_a_word),
        cmocka_unit_test(what_is_never_needed_is_never_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
