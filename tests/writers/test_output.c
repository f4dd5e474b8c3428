/* The file being written: what it comes to, and what is left of it when something fails. */
#include "tests/writers/sample.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <zlib.h>

#include "writers/output.h"

static void a_file_is_counted_and_hashed(void **state)
{
    struct sandbox sandbox;
    struct error err = {0};
    struct output_summary summary;
    struct output *output;

    (void)state;
    sandbox_open(&sandbox);
    output = output_open(sandbox.fd, "abc.txt", &err);
    assert_non_null(output);
    assert_int_equal(output_write(output, "abc", 3, &err), 0);
    assert_int_equal(output_commit(output, &summary, &err), 0);
    assert_string_equal(summary.name, "abc.txt");
    assert_true(summary.bytes == 3 && summary.rows == 0 && summary.crc32 == 0x352441C2);
    /* FIPS 180-2, appendix B.1 */
    assert_string_equal(summary.sha256,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sandbox_close(&sandbox, (const char *[]){"abc.txt", NULL});
}

/* Writes `total` bytes of a pattern, by pieces of changing size, copied and in place. */
static void write_pattern(struct output *output, size_t total)
{
    struct error err = {0};
    size_t done = 0;

    for (size_t step = 1; done < total; step = step * 7 % 65521) {
        size_t size = step < total - done ? step : total - done;
        char *room = output_reserve(output, size, &err);

        assert_non_null(room);
        for (size_t i = 0; i < size; i++)
            room[i] = (char)((done + i) % 251);
        output_advance(output, size);
        done += size;
    }
}

static void check_pattern(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != (char)(i % 251))
            fail_msg("byte %zu", i);
    }
}

static void blocks_join(void **state)
{
    enum { TOTAL = 3 * 1024 * 1024 + 17 };
    struct sandbox sandbox;
    struct error err = {0};
    struct output_summary summary;
    struct output *output;
    char *bytes;
    size_t size;

    (void)state;
    sandbox_open(&sandbox);
    output = output_open(sandbox.fd, "pattern", &err);
    assert_non_null(output);
    write_pattern(output, TOTAL);
    assert_int_equal(output_commit(output, &summary, &err), 0);
    bytes = sandbox_read(&sandbox, "pattern", &size);
    assert_int_equal(size, TOTAL);
    check_pattern(bytes, size);
    assert_true(summary.crc32 == crc32(0, (const Bytef *)bytes, (uInt)size));
    /* One write of all gives the same file. */
    output = output_open(sandbox.fd, "whole", &err);
    assert_non_null(output);
    assert_int_equal(output_write(output, bytes, size, &err), 0);
    free(bytes);
    {
        struct output_summary whole;

        assert_int_equal(output_commit(output, &whole, &err), 0);
        assert_string_equal(whole.sha256, summary.sha256);
    }
    sandbox_close(&sandbox, (const char *[]){"pattern", "whole", NULL});
}

static void gzip_inflates_to_what_was_written(void **state)
{
    enum { TOTAL = 1024 * 1024 + 5 };
    struct sandbox sandbox;
    struct error err = {0};
    struct output_summary summary;
    struct output *output;
    char path[128];
    char *bytes = malloc(TOTAL + 1);
    size_t size;
    gzFile file;

    (void)state;
    assert_non_null(bytes);
    sandbox_open(&sandbox);
    output = output_open_gzip(sandbox.fd, "carry-forward/decided.csv.gz", &err);
    assert_non_null(output);
    write_pattern(output, TOTAL);
    assert_int_equal(output_commit(output, &summary, &err), 0);
    assert_string_equal(summary.name, "carry-forward/decided.csv.gz");
    snprintf(path, sizeof(path), "%s/carry-forward/decided.csv.gz", sandbox.path);
    file = gzopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(gzread(file, bytes, TOTAL + 1), TOTAL);
    assert_int_equal(gzclose(file), Z_OK);
    check_pattern(bytes, TOTAL);
    free(bytes);
    bytes = sandbox_read(&sandbox, "carry-forward/decided.csv.gz", &size);
    assert_true(size == summary.bytes);
    assert_memory_equal(bytes, "\x1F\x8B\x08\x00\x00\x00\x00\x00", 8); /* no name, no time */
    free(bytes);
    /* An empty one is a gzip file as well. */
    output = output_open_gzip(sandbox.fd, "carry-forward/empty.gz", &err);
    assert_non_null(output);
    assert_int_equal(output_commit(output, &summary, &err), 0);
    assert_true(summary.bytes >= 20);
    assert_int_equal(unlinkat(sandbox.fd, "carry-forward/empty.gz", 0), 0);
    assert_int_equal(unlinkat(sandbox.fd, "carry-forward/decided.csv.gz", 0), 0);
    assert_int_equal(unlinkat(sandbox.fd, "carry-forward", AT_REMOVEDIR), 0);
    sandbox_close(&sandbox, (const char *[]){NULL});
}

/* Writes and rooms of any size, one behind the other: a member never depends on them. */
static void members_are_the_same_however_filled(void **state)
{
    enum { TOTAL = 2 * 1024 * 1024 + 77, BLOCK = 256 * 1024 };
    static const size_t sizes[] = {BLOCK, 1,         BLOCK - 1, 2 * BLOCK + 5,
                                   65536, 3 * BLOCK, 7,         BLOCK + 1};
    struct sandbox sandbox;
    struct error err = {0};
    struct output_summary whole, mixed;
    struct output *output;
    char *bytes = malloc(TOTAL);
    size_t done = 0;

    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < TOTAL; i++)
        bytes[i] = (char)(i * i % 251);
    sandbox_open(&sandbox);
    output = output_open_gzip(sandbox.fd, "whole.gz", &err);
    assert_non_null(output);
    assert_int_equal(output_write(output, bytes, TOTAL, &err), 0);
    assert_int_equal(output_commit(output, &whole, &err), 0);
    output = output_open_gzip(sandbox.fd, "mixed.gz", &err);
    assert_non_null(output);
    for (size_t i = 0; done < TOTAL; i++) {
        const size_t wanted = sizes[i % (sizeof(sizes) / sizeof(sizes[0]))];
        const size_t size = wanted < TOTAL - done ? wanted : TOTAL - done;

        if (size <= OUTPUT_RESERVE_MAX) {
            char *room = output_reserve(output, size, &err);

            assert_non_null(room);
            memcpy(room, bytes + done, size);
            output_advance(output, size);
        } else {
            assert_int_equal(output_write(output, bytes + done, size, &err), 0);
        }
        done += size;
    }
    assert_int_equal(output_commit(output, &mixed, &err), 0);
    assert_string_equal(mixed.sha256, whole.sha256);
    free(bytes);
    sandbox_close(&sandbox, (const char *[]){"whole.gz", "mixed.gz", NULL});
}

static void nothing_is_overwritten(void **state)
{
    struct sandbox sandbox;
    struct error err = {0};

    (void)state;
    sandbox_open(&sandbox);
    sandbox_write(&sandbox, "there", "x", 1);
    assert_null(output_open(sandbox.fd, "there", &err));
    assert_int_equal(err.kind, ERROR_IO);
    assert_string_equal(err.detail, "there: cannot create: File exists");
    err = (struct error){0};
    assert_int_equal(symlinkat("elsewhere", sandbox.fd, "link"), 0);
    assert_null(output_open(sandbox.fd, "link", &err));
    err = (struct error){0};
    assert_int_equal(symlinkat("/tmp", sandbox.fd, "folder"), 0);
    assert_null(output_open(sandbox.fd, "folder/x", &err));
    assert_int_equal(err.kind, ERROR_IO);
    sandbox_close(&sandbox, (const char *[]){"there", "link", "folder", NULL});
}

static void a_hidden_umask_keeps_it_readable_to_us(void **state)
{
    struct sandbox sandbox;
    struct error err = {0};
    struct output_summary summary;
    struct output *output;
    struct stat status;
    mode_t before = umask(077);

    (void)state;
    sandbox_open(&sandbox);
    output = output_open(sandbox.fd, "private", &err);
    assert_non_null(output);
    assert_int_equal(output_commit(output, &summary, &err), 0);
    assert_int_equal(fstatat(sandbox.fd, "private", &status, 0), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    umask(before);
    sandbox_close(&sandbox, (const char *[]){"private", NULL});
}

/* A full disk, played by a limit on the size of files. */
static void a_full_disk_is_told_once_and_leaves_nothing(void **state)
{
    static char block[64 * 1024];
    struct rlimit before;
    struct rlimit small;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    for (rlim_t limit = 0; limit < 1000000; limit += 199999) {
        struct sandbox sandbox;
        struct error err = {0};
        struct error again = {0};
        struct output_summary summary;
        struct output *output;
        int failed = 0;

        sandbox_open(&sandbox);
        small.rlim_cur = limit;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        output = output_open(sandbox.fd, "refunds.csv", &err);
        assert_non_null(output);
        for (int i = 0; i < 12; i++)
            failed += output_write(output, block, sizeof(block), &err) != 0;
        /* The failure sticks, whatever is tried next. */
        if (failed > 0) {
            assert_null(output_reserve(output, 1, &again));
            assert_string_equal(again.detail, "refunds.csv: cannot write: File too large");
        }
        assert_int_equal(output_commit(output, &summary, &err),
                         limit < sizeof(block) * 12 ? -1 : 0);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        if (limit < sizeof(block) * 12) {
            assert_int_equal(err.kind, ERROR_IO);
            assert_string_equal(err.detail, "refunds.csv: cannot write: File too large");
            sandbox_close(&sandbox, (const char *[]){NULL});
        } else {
            sandbox_close(&sandbox, (const char *[]){"refunds.csv", NULL});
        }
    }
    signal(SIGXFSZ, handler);
}

static void discarding_leaves_nothing(void **state)
{
    struct sandbox sandbox;
    struct error err = {0};
    struct output *output;

    (void)state;
    sandbox_open(&sandbox);
    output = output_open(sandbox.fd, "x", &err);
    assert_non_null(output);
    write_pattern(output, 600000);
    output_discard(output);
    output_discard(NULL);
    sandbox_close(&sandbox, (const char *[]){NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_counted_and_hashed),
        cmocka_unit_test(blocks_join),
        cmocka_unit_test(gzip_inflates_to_what_was_written),
        cmocka_unit_test(members_are_the_same_however_filled),
        cmocka_unit_test(nothing_is_overwritten),
        cmocka_unit_test(a_hidden_umask_keeps_it_readable_to_us),
        cmocka_unit_test(a_full_disk_is_told_once_and_leaves_nothing),
        cmocka_unit_test(discarding_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
