/* Reading an archive back: what is different, damaged or missing is told. */
#include "tests/writers/sample.h"

#include "readers/archive.h"
#include "writers/archive.h"
#include "writers/output.h"

struct fixture {
    struct sandbox sandbox;
    struct output_summary files[3]; /* the last one stands in no archive */
    char *bytes;                    /* of the archive of the first two */
    size_t size;
};

static void fixture_open(struct fixture *f)
{
    static const char *const NAMES[] = {"a.csv", "b.xlsx", "c.csv"};
    struct archive_writer *writer;
    struct error err = {0};

    sandbox_open(&f->sandbox);
    for (int i = 0; i < 3; i++) {
        struct output *output = output_open(f->sandbox.fd, NAMES[i], &err);

        assert_non_null(output);
        assert_int_equal(output_write(output, "one,two,three\none,two,three\n", 28, &err), 0);
        assert_int_equal(output_commit(output, &f->files[i], &err), 0);
    }
    writer = archive_writer_open(f->sandbox.fd, "z.zip", 1, &err);
    assert_non_null(writer);
    for (int i = 0; i < 2; i++)
        assert_int_equal(archive_writer_add(writer, f->sandbox.fd, "2026-10", &f->files[i], &err),
                         0);
    assert_int_equal(archive_writer_end(writer, &err), 0);
    assert_int_equal(archive_writer_finish(writer, &err), 0);
    assert_int_equal(archive_writer_commit(writer, &err), 0);
    f->bytes = sandbox_read(&f->sandbox, "z.zip", &f->size);
}

static void fixture_close(struct fixture *f)
{
    free(f->bytes);
    sandbox_close(&f->sandbox, (const char *[]){"a.csv", "b.xlsx", "c.csv", "z.zip", NULL});
}

static void check_by(const struct fixture *f, enum archive_proof proof, const char *folder,
                     size_t count, const char *message)
{
    struct error err = {0};
    int result =
        archive_check(f->sandbox.fd, "z.zip", folder, f->files, count, proof, NULL, 2, &err);

    if (message == NULL) {
        assert_int_equal(result, 0);
        return;
    }
    assert_int_equal(result, -1);
    assert_int_equal(err.kind, ERROR_CONTROL);
    assert_string_equal(err.detail, message);
}

static void check(const struct fixture *f, const char *folder, size_t count, const char *message)
{
    check_by(f, ARCHIVE_BY_SHA256, folder, count, message);
    check_by(f, ARCHIVE_BY_CRC32, folder, count, message);
}

static void differences_are_told(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f);
    check(&f, "2026-10", 2, NULL);
    check(&f, "2026-10", 1, "z.zip: 2026-10: holds more or fewer files than were published");
    check(&f, "2026-10", 3, "z.zip: 2026-10: holds more or fewer files than were published");
    check(&f, "2026-11", 2, "z.zip: 2026-11/a.csv: is not where it should be");
    f.files[1].sha256[5] = f.files[1].sha256[5] == '0' ? '1' : '0';
    check_by(&f, ARCHIVE_BY_CRC32, "2026-10", 2, NULL);
    check_by(&f, ARCHIVE_BY_SHA256, "2026-10", 2,
             "z.zip: 2026-10/b.xlsx: differs from the published file");
    f.files[1].crc32 ^= 1;
    check(&f, "2026-10", 2, "z.zip: 2026-10/b.xlsx: differs from the published file");
    f.files[1].bytes++;
    check(&f, "2026-10", 2, "z.zip: 2026-10/b.xlsx: differs in size from the published file");
    fixture_close(&f);
}

/* Every byte that carries meaning matters: a changed file is never taken for a good one. */
static size_t unnoticed_damages(struct fixture *f, enum archive_proof proof)
{
    size_t unnoticed = 0;

    for (size_t i = 0; i < f->size; i++) {
        struct error err = {0};

        f->bytes[i] ^= 0x41;
        sandbox_write(&f->sandbox, "z.zip", f->bytes, f->size);
        /* A good result means that every file inflated to its checksum all the same. */
        if (archive_check(f->sandbox.fd, "z.zip", "2026-10", f->files, 2, proof, NULL, 2, &err) ==
            0)
            unnoticed++;
        else
            assert_true(err.kind == ERROR_CONTROL || err.kind == ERROR_IO);
        f->bytes[i] ^= 0x41;
    }
    return unnoticed;
}

static void a_damaged_archive_is_never_taken_for_another_content(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f);
    /* Dates, attributes, versions: nothing that the files are made of. */
    assert_true(unnoticed_damages(&f, ARCHIVE_BY_SHA256) < 100);
    assert_true(unnoticed_damages(&f, ARCHIVE_BY_CRC32) < 100);
    fixture_close(&f);
}

static void a_truncated_or_missing_archive_is_told(void **state)
{
    struct fixture f;
    struct error err = {0};

    (void)state;
    fixture_open(&f);
    for (size_t size = 0; size < f.size; size++) {
        sandbox_write(&f.sandbox, "z.zip", f.bytes, size);
        err = (struct error){0};
        assert_int_equal(archive_check(f.sandbox.fd, "z.zip", "2026-10", f.files, 2,
                                       ARCHIVE_BY_SHA256, NULL, 2, &err),
                         -1);
        assert_int_equal(err.kind, ERROR_CONTROL);
    }
    err = (struct error){0};
    assert_int_equal(archive_check(f.sandbox.fd, "y.zip", "2026-10", f.files, 2, ARCHIVE_BY_SHA256,
                                   NULL, 2, &err),
                     -1);
    assert_string_equal(err.detail, "y.zip: is missing");
    fixture_close(&f);
}

enum { STORED_SIZE = 28 };

/* An archive whose stored entry is not there before it is waited for. */
struct late_fixture {
    const struct fixture *f;
    off_t at;   /* where it is */
    int status; /* of waiting */
    int calls;
};

static int fill_in(void *context, struct error *err)
{
    struct late_fixture *late = context;
    int fd = -1;
    bool written = false;

    late->calls++;
    if (late->status != 0)
        return error_set(err, ERROR_IO, "no room");
    /* In place: others read what is deflated at the same time. By any thread: it can't assert. */
    fd = openat(late->f->sandbox.fd, "z.zip", O_WRONLY);
    written = pwrite(fd, late->f->bytes + late->at, STORED_SIZE, late->at) == STORED_SIZE;
    close(fd);
    return written ? 0 : error_set(err, ERROR_IO, "z.zip: cannot write");
}

static void what_is_stored_is_read_once_it_was_waited_for(void **state)
{
    struct fixture f;
    char *early;
    char *stored;

    (void)state;
    fixture_open(&f);
    early = malloc(f.size);
    assert_non_null(early);
    memcpy(early, f.bytes, f.size);
    stored = memmem(early, f.size, "b.xlsx", 6);
    assert_non_null(stored);
    stored += 6; /* it follows the name */
    memset(stored, 0, STORED_SIZE);
    for (int threads = 1; threads <= 4; threads++)
        for (int status = -1; status <= 0; status++) {
            struct late_fixture context = {.f = &f, .at = stored - early, .status = status};
            const struct archive_late late = {&context, fill_in};
            struct error err = {0};

            sandbox_write(&f.sandbox, "z.zip", early, f.size);
            assert_int_equal(archive_check(f.sandbox.fd, "z.zip", "2026-10", f.files, 2,
                                           ARCHIVE_BY_SHA256, &late, threads, &err),
                             status);
            assert_int_equal(context.calls, 1);
            if (status != 0)
                assert_string_equal(err.detail, "no room");
        }
    free(early);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_are_told),
        cmocka_unit_test(a_damaged_archive_is_never_taken_for_another_content),
        cmocka_unit_test(a_truncated_or_missing_archive_is_told),
        cmocka_unit_test(what_is_stored_is_read_once_it_was_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
