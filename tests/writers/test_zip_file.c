/* The ZIP layout, as another library reads it: small, large, and with very many entries. */
#include "tests/writers/sample.h"

#include <errno.h>
#include <fcntl.h>
#include <minizip/unzip.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include "writers/zip_file.h"

enum { MANY = 70000 };
#define HUGE_BYTES (UINT64_C(5) << 30)

static int open_file(struct sandbox *sandbox)
{
    const int fd = openat(sandbox->fd, "z.zip", O_RDWR | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    return fd;
}

static uint32_t crc_of(const char *text)
{
    return (uint32_t)crc32(0, (const unsigned char *)text, (uInt)strlen(text));
}

static void add(struct zip_file *zip, const char *name, const char *text, bool large)
{
    const struct zip_entry entry = {.name = name, .large = large, .dos_date = 0x21 << 16};

    assert_int_equal(zip_file_begin(zip, &entry), 0);
    assert_int_equal(zip_file_write(zip, text, strlen(text)), 0);
    assert_int_equal(zip_file_end(zip, strlen(text), crc_of(text)), 0);
}

static unzFile open_zip(int fd)
{
    char path[64];
    unzFile zip;

    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    zip = unzOpen64(path);
    assert_non_null(zip);
    return zip;
}

static void expect(unzFile zip, const char *name, const char *text)
{
    char content[64] = "";

    assert_int_equal(unzLocateFile(zip, name, 1), UNZ_OK);
    assert_int_equal(unzOpenCurrentFile(zip), UNZ_OK);
    assert_int_equal(unzReadCurrentFile(zip, content, sizeof(content)), strlen(text));
    assert_string_equal(content, text);
    assert_int_equal(unzCloseCurrentFile(zip), UNZ_OK); /* the CRC is right */
}

static void expect_count(unzFile zip, uint64_t count)
{
    unz_global_info64 all;

    assert_int_equal(unzGetGlobalInfo64(zip, &all), UNZ_OK);
    assert_int_equal(all.number_entry, count);
}

static void entries_are_read_back(void **state)
{
    struct sandbox sandbox;
    struct zip_file zip;
    unzFile read;
    int fd;

    (void)state;
    sandbox_open(&sandbox);
    fd = open_file(&sandbox);
    zip_file_open(&zip, fd);
    add(&zip, "a.csv", "first", false);
    add(&zip, "folder/empty", "", false);
    add(&zip, "large", "with room for more", true);
    assert_int_equal(zip_file_close(&zip), 0);
    zip_file_release(&zip);
    read = open_zip(fd);
    expect_count(read, 3);
    expect(read, "a.csv", "first");
    expect(read, "folder/empty", "");
    expect(read, "large", "with room for more");
    unzClose(read);
    (void)close(fd);
    sandbox_close(&sandbox, (const char *[]){"z.zip", NULL});
}

/* By Python's reader: minizip finds no entry behind the first 4 GiB. */
#define PYTHON                                                                                     \
    "/usr/bin/python3 -c 'import sys, zipfile\n"                                                   \
    "z = zipfile.ZipFile(sys.argv[1])\n"                                                           \
    "huge = z.getinfo(\"huge\")\n"                                                                 \
    "assert (huge.file_size, huge.compress_size, huge.CRC) == (5 << 30, 5 << 30, 42)\n"            \
    "assert z.open(huge).read(3) == bytes(3)\n"                                                    \
    "assert [i.filename for i in z.infolist()] == [\"before\", \"huge\", \"behind\"]\n"            \
    "assert z.read(\"before\") == z.read(\"behind\") == b\"it\"' "

/* Sizes and offsets beyond 32 bits; the entry's content is a hole. */
static void beyond_4_gib(void **state)
{
    const struct zip_entry huge = {.name = "huge", .large = true};
    struct sandbox sandbox;
    struct zip_file zip;
    char command[1024];
    int fd;

    (void)state;
    sandbox_open(&sandbox);
    fd = open_file(&sandbox);
    zip_file_open(&zip, fd);
    add(&zip, "before", "it", false);
    assert_int_equal(zip_file_begin(&zip, &huge), 0);
    zip.at += HUGE_BYTES;
    assert_int_equal(zip_file_end(&zip, HUGE_BYTES, 42), 0);
    add(&zip, "behind", "it", false);
    assert_int_equal(zip_file_close(&zip), 0);
    zip_file_release(&zip);
    (void)close(fd);
    (void)snprintf(command, sizeof(command), PYTHON "'%s/z.zip'", sandbox.path);
    assert_int_equal(system(command), 0);
    sandbox_close(&sandbox, (const char *[]){"z.zip", NULL});
}

static void too_large_for_what_was_said(void **state)
{
    const struct zip_entry entry = {.name = "small"};
    struct sandbox sandbox;
    struct zip_file zip;

    (void)state;
    sandbox_open(&sandbox);
    zip_file_open(&zip, open_file(&sandbox));
    assert_int_equal(zip_file_begin(&zip, &entry), 0);
    assert_int_equal(zip_file_end(&zip, HUGE_BYTES, 0), -1);
    assert_int_equal(zip.failure, EFBIG);
    assert_int_equal(zip_file_write(&zip, "more", 4), -1);
    zip_file_release(&zip);
    (void)close(zip.fd);
    sandbox_close(&sandbox, (const char *[]){"z.zip", NULL});
}

static void very_many(void **state)
{
    struct sandbox sandbox;
    struct zip_file zip;
    unzFile read;
    int fd;

    (void)state;
    sandbox_open(&sandbox);
    fd = open_file(&sandbox);
    zip_file_open(&zip, fd);
    for (int i = 0; i < MANY; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "%05d", i);
        add(&zip, name, name, false);
    }
    assert_int_equal(zip_file_close(&zip), 0);
    zip_file_release(&zip);
    read = open_zip(fd);
    expect_count(read, MANY);
    expect(read, "69999", "69999");
    unzClose(read);
    (void)close(fd);
    sandbox_close(&sandbox, (const char *[]){"z.zip", NULL});
}

static void a_full_disk_is_told(void **state)
{
    struct sandbox sandbox;
    struct zip_file zip;
    int fd;

    (void)state;
    sandbox_open(&sandbox);
    fd = open("/dev/full", O_RDWR);
    assert_true(fd >= 0);
    zip_file_open(&zip, fd);
    assert_int_equal(zip_file_begin(&zip, &(struct zip_entry){.name = "a"}), -1);
    assert_int_equal(zip.failure, ENOSPC);
    assert_int_equal(zip_file_close(&zip), -1);
    zip_file_release(&zip);
    (void)close(fd);
    sandbox_close(&sandbox, (const char *[]){NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_read_back),       cmocka_unit_test(beyond_4_gib),
        cmocka_unit_test(too_large_for_what_was_said), cmocka_unit_test(very_many),
        cmocka_unit_test(a_full_disk_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
