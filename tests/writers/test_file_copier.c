/* Copying stretches of files to places in another one. */
#include "tests/writers/sample.h"

#include "writers/file_copier.h"
#include "writers/output.h"

enum { LONG_SIZE = 9 * 1024 * 1024 + 7 }; /* some stretches and a rest */

struct fixture {
    struct sandbox sandbox;
    struct output_summary summary; /* of "from" */
    char *bytes;
    int to;
    struct error err;
};

static void fixture_open(struct fixture *f)
{
    struct output *output = NULL;

    *f = (struct fixture){.bytes = malloc(LONG_SIZE)};
    assert_non_null(f->bytes);
    for (size_t i = 0; i < LONG_SIZE; i++)
        f->bytes[i] = (char)(i * i >> 7 ^ i);
    sandbox_open(&f->sandbox);
    output = output_open(f->sandbox.fd, "from", &f->err);
    assert_non_null(output);
    assert_int_equal(output_write(output, f->bytes, LONG_SIZE, &f->err), 0);
    assert_int_equal(output_commit(output, &f->summary, &f->err), 0);
    f->to = openat(f->sandbox.fd, "to", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(f->to >= 0);
}

static void fixture_close(struct fixture *f)
{
    close(f->to);
    free(f->bytes);
    sandbox_close(&f->sandbox, (const char *[]){"from", "to", NULL});
}

static void check_copy(const struct fixture *f, uint64_t from, uint64_t size, uint64_t to)
{
    char *copy = malloc(size + 1);

    assert_non_null(copy);
    assert_int_equal(pread(f->to, copy, size, (off_t)to), size);
    assert_memory_equal(copy, f->bytes + from, size);
    free(copy);
}

static void all_comes_to_its_place(void **state)
{
    (void)state;
    for (int beside = 0; beside < 2; beside++) {
        struct fixture f;
        struct file_copier *copier = NULL;
        int from;

        fixture_open(&f);
        from = openat(f.sandbox.fd, "from", O_RDONLY | O_CLOEXEC);
        assert_true(from >= 0);
        copier = file_copier_open(f.to, "to", beside != 0);
        assert_non_null(copier);
        assert_int_equal(file_copier_add_file(copier, f.sandbox.fd, &f.summary, 100, &f.err), 0);
        for (uint64_t i = 0; i < 50; i++)
            assert_int_equal(
                file_copier_add(copier, from, i * 1000, 777, LONG_SIZE + 100 + i * 1000, &f.err),
                0);
        assert_int_equal(file_copier_finish(copier, &f.err), 0);
        file_copier_close(copier);
        check_copy(&f, 0, LONG_SIZE, 100);
        for (uint64_t i = 0; i < 50; i++)
            check_copy(&f, i * 1000, 777, LONG_SIZE + 100 + i * 1000);
        close(from);
        fixture_close(&f);
    }
}

/* Adds the file by its summary, and tells what became of it. */
static int copy_file(struct fixture *f, bool beside)
{
    struct file_copier *copier = file_copier_open(f->to, "to", beside);
    int status;

    f->err = (struct error){0};
    assert_non_null(copier);
    status = file_copier_add_file(copier, f->sandbox.fd, &f->summary, 0, &f->err);
    if (status == 0)
        status = file_copier_finish(copier, &f->err);
    file_copier_close(copier);
    return status;
}

static void a_file_that_is_not_as_it_was_is_refused(void **state)
{
    (void)state;
    for (int beside = 0; beside < 2; beside++) {
        struct fixture f;

        fixture_open(&f);
        f.summary.crc32 ^= 1;
        assert_int_equal(copy_file(&f, beside != 0), -1);
        assert_int_equal(f.err.kind, ERROR_CONTROL);
        assert_string_equal(f.err.detail, "from: does not read back as it was written");
        f.summary.crc32 ^= 1;
        f.summary.bytes--;
        assert_int_equal(copy_file(&f, beside != 0), -1);
        assert_int_equal(f.err.kind, ERROR_CONTROL);
        f.summary.bytes++;
        assert_int_equal(copy_file(&f, beside != 0), 0);
        memcpy(f.summary.name, "gone", sizeof("gone"));
        assert_int_equal(copy_file(&f, beside != 0), -1);
        assert_int_equal(f.err.kind, ERROR_IO);
        assert_string_equal(f.err.detail, "gone: cannot read: No such file or directory");
        fixture_close(&f);
    }
}

static void what_cannot_be_written_is_told(void **state)
{
    (void)state;
    for (int beside = 0; beside < 2; beside++) {
        struct fixture f;

        fixture_open(&f);
        close(f.to);
        f.to = openat(f.sandbox.fd, "to", O_RDONLY | O_CLOEXEC);
        assert_true(f.to >= 0);
        assert_int_equal(copy_file(&f, beside != 0), -1);
        assert_int_equal(f.err.kind, ERROR_IO);
        assert_string_equal(f.err.detail, "to: cannot write: Bad file descriptor");
        fixture_close(&f);
    }
}

/* Closed with much still to do, and with nothing done. */
static void it_can_be_closed_at_any_time(void **state)
{
    (void)state;
    for (int beside = 0; beside < 2; beside++) {
        struct fixture f;
        struct file_copier *copier = NULL;

        fixture_open(&f);
        copier = file_copier_open(f.to, "to", beside != 0);
        assert_non_null(copier);
        file_copier_close(copier);
        copier = file_copier_open(f.to, "to", beside != 0);
        assert_non_null(copier);
        assert_int_equal(file_copier_add_file(copier, f.sandbox.fd, &f.summary, 0, &f.err), 0);
        file_copier_close(copier);
        file_copier_close(NULL);
        fixture_close(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_comes_to_its_place),
        cmocka_unit_test(a_file_that_is_not_as_it_was_is_refused),
        cmocka_unit_test(what_cannot_be_written_is_told),
        cmocka_unit_test(it_can_be_closed_at_any_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
