/* The archive: the same bytes for the same files, and what other programs make of it. */
#include "tests/writers/sample.h"

#include <signal.h>
#include <sys/resource.h>

#include "readers/archive.h"
#include "writers/archive.h"
#include "writers/output.h"

enum { FILE_COUNT = 5, LONG_SIZE = 5 * 1024 * 1024 + 3 };

/* In byte order; the part of 1 MiB exactly and the empty one are the edges of deflating. */
static const struct {
    const char *name;
    size_t size;
} FILES[FILE_COUNT] = {
    {"carry-forward/a.csv.gz", 70000}, {"empty.csv", 0},         {"long.csv", LONG_SIZE},
    {"part.csv", 1024 * 1024},         {"recompense.xlsx", 300},
};

struct fixture {
    struct sandbox sandbox;
    struct output_summary files[FILE_COUNT];
    struct error err;
};

/* Text that deflates, and has matches across the parts. */
static void fill(char *bytes, size_t size)
{
    uint32_t random = 1;

    for (size_t i = 0; i < size; i++) {
        random = random * 1664525 + 1013904223;
        bytes[i] = "0123456789,abc\n\""[random >> 28];
        if (i > 5000 && i % 50 < 40)
            bytes[i] = bytes[i - 5000];
    }
}

static void fixture_open(struct fixture *f)
{
    char *bytes = malloc(LONG_SIZE);

    memset(f, 0, sizeof(*f));
    assert_non_null(bytes);
    fill(bytes, LONG_SIZE);
    sandbox_open(&f->sandbox);
    for (int i = 0; i < FILE_COUNT; i++) {
        struct output *output = output_open(f->sandbox.fd, FILES[i].name, &f->err);

        assert_non_null(output);
        assert_int_equal(output_write(output, bytes, FILES[i].size, &f->err), 0);
        assert_int_equal(output_commit(output, &f->files[i], &f->err), 0);
    }
    free(bytes);
}

static void fixture_close(struct fixture *f)
{
    for (int i = 0; i < FILE_COUNT; i++)
        assert_int_equal(unlinkat(f->sandbox.fd, FILES[i].name, 0), 0);
    assert_int_equal(unlinkat(f->sandbox.fd, "carry-forward", AT_REMOVEDIR), 0);
    sandbox_close(&f->sandbox, (const char *[]){NULL});
}

static int archive(struct fixture *f, const char *name, int threads)
{
    struct archive_writer *writer = archive_writer_open(f->sandbox.fd, name, threads, &f->err);

    if (writer == NULL)
        return -1;
    for (int i = 0; i < FILE_COUNT; i++) {
        if (archive_writer_add(writer, f->sandbox.fd, "2026-10", &f->files[i], &f->err) != 0) {
            archive_writer_discard(writer);
            return -1;
        }
    }
    if (archive_writer_end(writer, &f->err) != 0 || archive_writer_finish(writer, &f->err) != 0) {
        archive_writer_discard(writer);
        return -1;
    }
    return archive_writer_commit(writer, &f->err);
}

static void threads_change_nothing(void **state)
{
    struct fixture f;
    char *one;
    char *three;
    size_t one_size;
    size_t three_size;

    (void)state;
    fixture_open(&f);
    assert_int_equal(archive(&f, "one.zip", 1), 0);
    assert_int_equal(archive(&f, "three.zip", 3), 0);
    one = sandbox_read(&f.sandbox, "one.zip", &one_size);
    three = sandbox_read(&f.sandbox, "three.zip", &three_size);
    assert_int_equal(one_size, three_size);
    assert_memory_equal(one, three, one_size);
    assert_true(one_size < LONG_SIZE); /* it is deflated */
    free(one);
    free(three);
    assert_int_equal(archive_check(f.sandbox.fd, "one.zip", "2026-10", f.files, FILE_COUNT,
                                   ARCHIVE_BY_SHA256, NULL, 2, &f.err),
                     0);
    assert_int_equal(unlinkat(f.sandbox.fd, "one.zip", 0), 0);
    assert_int_equal(unlinkat(f.sandbox.fd, "three.zip", 0), 0);
    fixture_close(&f);
}

/* Runs a program on the archive when it is installed. */
static void check_with(const struct fixture *f, const char *program, const char *format)
{
    char command[1024];

    snprintf(command, sizeof(command), "command -v %s >/dev/null 2>&1", program);
    if (system(command) != 0) {
        print_message("%s is not installed: not checked with it\n", program);
        return;
    }
    snprintf(command, sizeof(command), format, f->sandbox.path);
    assert_int_equal(system(command), 0);
}

static void other_programs_read_it(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f);
    assert_int_equal(archive(&f, "a.zip", 2), 0);
    check_with(&f, "unzip", "unzip -tqq %s/a.zip");
    check_with(&f, "python3",
               "python3 - %s <<'END'\n"
               "import sys, zipfile\n"
               "z = zipfile.ZipFile(sys.argv[1] + '/a.zip')\n"
               "assert z.testzip() is None\n"
               "names = z.namelist()\n"
               "assert names == sorted(names) and names[2] == '2026-10/long.csv', names\n"
               "for i in z.infolist():\n"
               "    assert z.read(i) == open(sys.argv[1] + i.filename[7:], 'rb').read()\n"
               "    assert i.date_time == (1980, 1, 1, 0, 0, 0), i\n"
               "    assert i.external_attr >> 16 == 0o100644 and i.create_system == 3, i\n"
               "    assert i.flag_bits & 0x800 and not i.extra and not i.comment, i\n"
               "    stored = i.filename.endswith(('.xlsx', '.gz'))\n"
               "    assert i.compress_type == (0 if stored else 8), i\n"
               "END");
    assert_int_equal(unlinkat(f.sandbox.fd, "a.zip", 0), 0);
    fixture_close(&f);
}

static void a_file_that_changed_is_refused(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f);
    for (int i = 0; i < FILE_COUNT; i++)
        for (int threads = 1; threads <= 3; threads += 2) {
            char message[OUTPUT_NAME_MAX + 64];

            snprintf(message, sizeof(message), "%s: does not read back as it was written",
                     f.files[i].name);
            f.files[i].crc32 ^= 1;
            f.err = (struct error){0};
            assert_int_equal(archive(&f, "a.zip", threads), -1);
            assert_int_equal(f.err.kind, ERROR_CONTROL);
            assert_string_equal(f.err.detail, message);
            f.files[i].crc32 ^= 1;
        }
    fixture_close(&f); /* nothing else is left */
}

static void a_full_disk_leaves_nothing(void **state)
{
    struct fixture f;
    struct rlimit before;
    struct rlimit small;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);

    (void)state;
    fixture_open(&f);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    for (rlim_t limit = 0; limit < 1500000; limit = limit * 3 + 30)
        for (int threads = 1; threads <= 3; threads += 2) {
            small = before;
            small.rlim_cur = limit;
            f.err = (struct error){0};
            assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
            assert_int_equal(archive(&f, "a.zip", threads), -1);
            assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
            assert_int_equal(f.err.kind, ERROR_IO);
            assert_string_equal(f.err.detail, "a.zip: cannot write: File too large");
        }
    signal(SIGXFSZ, handler);
    fixture_close(&f);
}

static void nothing_is_overwritten(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f);
    sandbox_write(&f.sandbox, "a.zip", "x", 1);
    assert_int_equal(archive(&f, "a.zip", 1), -1);
    assert_string_equal(f.err.detail, "a.zip: cannot create: File exists");
    assert_int_equal(unlinkat(f.sandbox.fd, "a.zip", 0), 0);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(other_programs_read_it),
        cmocka_unit_test(a_file_that_changed_is_refused),
        cmocka_unit_test(a_full_disk_leaves_nothing),
        cmocka_unit_test(nothing_is_overwritten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
