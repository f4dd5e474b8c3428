#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "readers/source.h"
#include "tests/readers/own_folder.h"

static const char TEXT[] = "order_id,cost\na,1.00\nb,2.00\n";
enum { TEXT_SIZE = sizeof(TEXT) - 1, ROOM = 4096 };

/* Reads the stored bytes to their end: the size of the content, or -1. */
static ssize_t read_stored(const void *stored, size_t size, size_t chunk_bytes, char *content,
                           struct error *err)
{
    char path[FOLDER_PATH_MAX];
    struct source *source;
    ssize_t got;
    ssize_t total = 0;

    folder_write(&folder, "f", stored, size);
    folder_file(&folder, "f", path);
    *err = (struct error){0};
    if (source_open(&source, path, "orders.csv", chunk_bytes, err) != 0)
        return -1;
    while ((got = source_read(source, content + total, chunk_bytes, 7, err)) > 0)
        total += got;
    source_close(source);
    return got < 0 ? -1 : total;
}

static void assert_reads(const void *stored, size_t size, const char *expected)
{
    char content[ROOM];
    struct error err;
    size_t chunk_bytes;

    for (chunk_bytes = 1; chunk_bytes <= size + 2; chunk_bytes++) {
        ssize_t got = read_stored(stored, size, chunk_bytes, content, &err);

        assert_int_equal(got, strlen(expected));
        assert_memory_equal(content, expected, strlen(expected));
    }
}

static void assert_refuses(const void *stored, size_t size, const char *message)
{
    char content[ROOM];
    struct error err;
    size_t chunk_bytes;

    for (chunk_bytes = 1; chunk_bytes <= size + 2; chunk_bytes++) {
        assert_int_equal(read_stored(stored, size, chunk_bytes, content, &err), -1);
        assert_int_equal(err.kind, ERROR_INPUT);
        assert_ptr_equal(strstr(err.detail, message), err.detail);
    }
}

static void plain_bytes_come_as_they_are(void **state)
{
    (void)state;
    assert_reads(TEXT, TEXT_SIZE, TEXT);
    assert_reads("", 0, "");
    assert_reads("\x1F", 1, "\x1F");
    assert_reads("\x1F,", 2, "\x1F,");
}

static void gzip_is_told_by_content_and_may_have_members_and_padding(void **state)
{
    char stored[ROOM];
    size_t first;
    size_t both;

    (void)state;
    first = gzip_member(TEXT, 10, stored, ROOM);
    both = first + gzip_member(TEXT + 10, TEXT_SIZE - 10, stored + first, ROOM - first);
    assert_reads(stored, both, TEXT);
    memset(stored + both, 0, 20);
    assert_reads(stored, both + 20, TEXT);
    assert_reads(stored, gzip_member("", 0, stored, ROOM), "");
}

static void gzip_truncated_at_any_byte_is_refused(void **state)
{
    char stored[ROOM];
    size_t size = gzip_member(TEXT, TEXT_SIZE, stored, ROOM);
    size_t cut;

    (void)state;
    for (cut = 2; cut < size; cut++)
        assert_refuses(stored, cut, "orders.csv:7: the gzip data are truncated");
}

static void second_member_truncated_is_refused(void **state)
{
    char stored[ROOM];
    size_t first = gzip_member(TEXT, TEXT_SIZE, stored, ROOM);
    size_t size = first + gzip_member(TEXT, TEXT_SIZE, stored + first, ROOM - first);
    size_t cut;

    (void)state;
    for (cut = first + 1; cut < size; cut++)
        assert_refuses(stored, cut, "orders.csv:7: the gzip data are truncated");
}

/* But for the header's time and system, which nobody checks. */
static void gzip_with_any_byte_changed_is_refused(void **state)
{
    char stored[ROOM];
    size_t size = gzip_member(TEXT, TEXT_SIZE, stored, ROOM);
    size_t i;

    (void)state;
    for (i = 10; i < size; i++) {
        stored[i] ^= 0x40;
        assert_refuses(stored, size, "orders.csv:7: the gzip data are ");
        stored[i] ^= 0x40;
    }
}

/* A member whose header has those flags, and what belongs to them (RFC 1952, 2.3): its size. */
static size_t member_with_flags(unsigned flags, char *stored)
{
    static const struct {
        unsigned flag;
        const char *bytes;
        size_t size;
    } fields[] = {
        {0x04, "\x06\0ab\x02\0xy", 8}, {0x08, "orders.csv", 11}, {0x10, "the month's orders", 19}};
    char plain[ROOM];
    const size_t size = gzip_member(TEXT, TEXT_SIZE, plain, ROOM);
    size_t at = 10;

    memcpy(stored, plain, at);
    stored[3] = (char)flags;
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        if ((flags & fields[i].flag) != 0) {
            memcpy(stored + at, fields[i].bytes, fields[i].size);
            at += fields[i].size;
        }
    if ((flags & 0x02) != 0) {
        const unsigned long crc = crc32(0, (const unsigned char *)stored, (unsigned)at);

        stored[at++] = (char)(crc & 0xFF);
        stored[at++] = (char)(crc >> 8 & 0xFF);
    }
    memcpy(stored + at, plain + 10, size - 10);
    return at + size - 10;
}

/* A file of such a member, alone or behind one without flags: its size. */
static size_t file_with_flags(unsigned flags, bool behind_another, char *stored)
{
    const size_t first = behind_another ? gzip_member(TEXT, TEXT_SIZE, stored, ROOM) : 0;

    return first + member_with_flags(flags, stored + first);
}

static void a_header_may_say_more(void **state)
{
    char stored[ROOM];
    char twice[2 * sizeof(TEXT)];

    (void)state;
    (void)snprintf(twice, sizeof(twice), "%s%s", TEXT, TEXT);
    for (unsigned flags = 0; flags < 0x20; flags++) {
        assert_reads(stored, file_with_flags(flags, true, stored), twice);
        assert_reads(stored, file_with_flags(flags, false, stored), TEXT);
    }
}

/* However the file is cut: one library would take them. */
static void unknown_flags_are_refused(void **state)
{
    static const char message[] =
        "orders.csv:7: the gzip data are damaged (unknown header flags set)";
    char stored[ROOM];

    (void)state;
    for (unsigned flags = 0x20; flags < 0x100; flags += 5)
        for (int behind_another = 0; behind_another < 2; behind_another++)
            assert_refuses(stored, file_with_flags(flags, behind_another != 0, stored), message);
}

static void anything_behind_or_between_members_is_refused(void **state)
{
    static const char message[] =
        "orders.csv:7: something other than zero padding stands behind the gzip data";
    char stored[ROOM];
    size_t size = gzip_member(TEXT, TEXT_SIZE, stored, ROOM);

    (void)state;
    stored[size] = 'x';
    assert_refuses(stored, size + 1, message);
    stored[size] = 0;
    stored[size + 1] = 'x';
    assert_refuses(stored, size + 2, message);
    assert_refuses(stored, size + 1 + gzip_member(TEXT, TEXT_SIZE, stored + size + 1, 1000),
                   message);
    stored[size] = '\x1F';
    stored[size + 1] = 'x';
    stored[size + 2] = 'y';
    assert_refuses(stored, size + 3, "orders.csv:7: the gzip data are damaged");
}

static void stored_bytes_are_counted_and_digested(void **state)
{
    static const char sha256_of_abc[] =
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    char path[FOLDER_PATH_MAX];
    char content[ROOM];
    char sha256[SHA256_TEXT_MAX];
    struct error err = {0};
    struct source *source;

    (void)state;
    folder_write(&folder, "f", "abc", 3);
    folder_file(&folder, "f", path);
    assert_int_equal(source_open(&source, path, "f", 100, &err), 0);
    assert_int_equal(source_read(source, content, ROOM, 1, &err), 3);
    assert_int_equal(source_read(source, content, ROOM, 1, &err), 0);
    assert_int_equal(source_sha256(source, sha256, &err), 0);
    assert_string_equal(sha256, sha256_of_abc);
    assert_int_equal(source_bytes(source), 3);
    assert_false(source_is_gzip(source));
    source_close(source);
}

static void assert_open_fails(const char *path, const char *message)
{
    struct error err = {0};
    struct source *source = NULL;

    assert_int_equal(source_open(&source, path, "orders.csv", 100, &err), -1);
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_string_equal(err.detail, message);
    assert_null(source);
}

static void only_a_regular_file_is_read(void **state)
{
    char path[FOLDER_PATH_MAX];

    (void)state;
    folder_file(&folder, "absent", path);
    assert_open_fails(path, "orders.csv: can't be opened: No such file or directory");
    assert_open_fails(folder.path, "orders.csv: is not a regular file");
    folder_file(&folder, "fifo", path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_open_fails(path, "orders.csv: is not a regular file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_bytes_come_as_they_are),
        cmocka_unit_test(gzip_is_told_by_content_and_may_have_members_and_padding),
        cmocka_unit_test(gzip_truncated_at_any_byte_is_refused),
        cmocka_unit_test(second_member_truncated_is_refused),
        cmocka_unit_test(gzip_with_any_byte_changed_is_refused),
        cmocka_unit_test(a_header_may_say_more),
        cmocka_unit_test(unknown_flags_are_refused),
        cmocka_unit_test(anything_behind_or_between_members_is_refused),
        cmocka_unit_test(stored_bytes_are_counted_and_digested),
        cmocka_unit_test(only_a_regular_file_is_read),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
