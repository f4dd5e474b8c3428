/* State files: what is read, and how every damage is told. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "readers/state.h"

enum { SEEN_MAX = 4096 };

static const struct state_layout layout = {"pairs", {"account_id", "year", "count"}, 3, 2};

static char folder[64];
static int folder_fd;

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/test_state_XXXXXX");
    assert_non_null(mkdtemp(folder));
    folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(folder_fd >= 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlinkat(folder_fd, "pairs.tsv.gz", 0);
    close(folder_fd);
    assert_int_equal(rmdir(folder), 0);
    return 0;
}

static void store(const void *bytes, size_t size)
{
    int fd = openat(folder_fd, "pairs.tsv.gz", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), (ssize_t)size);
    close(fd);
}

/* Appends the text as one gzip member. */
static size_t deflate_member(const char *text, size_t size, unsigned char *out, size_t room)
{
    z_stream stream = {0};

    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)text;
    stream.avail_in = (uInt)size;
    stream.next_out = out;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return room - stream.avail_out;
}

static void store_text(const char *text)
{
    static unsigned char bytes[64 * 1024];

    store(bytes, deflate_member(text, strlen(text), bytes, sizeof(bytes)));
}

struct seen {
    char text[SEEN_MAX];
    size_t size;
    size_t rows;
    size_t stop_at; /* fails at this row; 0: never */
};

static int see(void *context, const struct state_row *row, struct error *err)
{
    struct seen *seen = context;

    seen->rows++;
    assert_int_equal(row->number, seen->rows + 1);
    if (seen->rows == seen->stop_at)
        return error_set(err, ERROR_IO, "enough");
    for (int i = 0; i < layout.field_count && seen->size + 300 < SEEN_MAX; i++)
        seen->size += (size_t)snprintf(seen->text + seen->size, SEEN_MAX - seen->size, "%.*s%s",
                                       (int)row->fields[i].size, row->fields[i].data,
                                       i + 1 < layout.field_count ? "|" : ";");
    return 0;
}

static void rows_are_handed_on(void **state)
{
    struct seen seen = {0};
    struct error err = {0};

    (void)state;
    store_text("account_id\tyear\tcount\n\"q\t1970\t3\na\t2025\t1\na\t2026\t10\na b\t2026\t2\n");
    assert_int_equal(state_read(folder_fd, &layout, see, &seen, &err), 0);
    assert_string_equal(seen.text, "\"q|1970|3;a|2025|1;a|2026|10;a b|2026|2;");
}

static void a_header_alone_has_no_rows(void **state)
{
    struct seen seen = {0};
    struct error err = {0};

    (void)state;
    store_text("account_id\tyear\tcount\n");
    assert_int_equal(state_read(folder_fd, &layout, see, &seen, &err), 0);
    assert_int_equal(seen.rows, 0);
}

/* Lines cross members and the reader's own buffers. */
static void many_members_are_one_file(void **state)
{
    enum { ROWS = 200000, TEXT_MAX = ROWS * 24 };
    struct seen seen = {0};
    struct error err = {0};
    char *text = malloc(TEXT_MAX);
    unsigned char *bytes = malloc(TEXT_MAX);
    size_t size = 0;
    size_t stored = 0;

    (void)state;
    assert_non_null(text);
    assert_non_null(bytes);
    size += (size_t)snprintf(text, TEXT_MAX, "account_id\tyear\tcount\n");
    for (int i = 0; i < ROWS; i++)
        size += (size_t)snprintf(text + size, TEXT_MAX - size, "acct-%08d\t2026\t1\n", i);
    for (size_t at = 0, step = 7; at < size; at += step, step = 65521) {
        size_t part = size - at < step ? size - at : step;

        stored += deflate_member(text + at, part, bytes + stored, TEXT_MAX - stored);
    }
    store(bytes, stored);
    assert_int_equal(state_read(folder_fd, &layout, see, &seen, &err), 0);
    assert_int_equal(seen.rows, ROWS);
    free(text);
    free(bytes);
}

static void expect_damage(const char *part)
{
    struct seen seen = {0};
    struct error err = {0};

    assert_int_equal(state_read(folder_fd, &layout, see, &seen, &err), -1);
    assert_int_equal(err.kind, ERROR_CLOSED);
    if (strstr(err.detail, part) == NULL)
        fail_msg("\"%s\" lacks \"%s\"", err.detail, part);
}

static void damaged_text_is_refused(void **state)
{
#define HEADER "account_id\tyear\tcount\n"
    static const struct {
        const char *text;
        const char *told;
    } cases[] = {
        {"", "pairs.tsv.gz:1: the line has no end"},
        {"account_id\tyear\tcount", ":1: the line has no end"},
        {"account_id\tyear\n", ":1: the header is another"},
        {"account_id\tyear\tcount\t\n", ":1: the header is another"},
        {"account_id\tyear\tcounts\n", ":1: the header is another"},
        {"\n", ":1: the header is another"},
        {HEADER "a\t2025\n", ":2: the fields are not those"},
        {HEADER "a\t2025\t1\t2\n", ":2: the fields are not those"},
        {HEADER "a\t2025\t\n", ":2: the fields are not those"},
        {HEADER "\t2025\t1\n", ":2: the fields are not those"},
        {HEADER "a\t2025\t1\n\n", ":3: the fields are not those"},
        {HEADER "a\t2025\t1\na\t2025\t2\n", ":3: the rows are out of order"},
        {HEADER "b\t2025\t1\na\t2026\t2\n", ":3: the rows are out of order"},
        {HEADER "a\t2026\t1\na\t2025\t2\n", ":3: the rows are out of order"},
        {HEADER "a b\t2026\t1\na\t2026\t2\n", ":3: the rows are out of order"},
        {HEADER "a\t2025\t1\nb\t2025\t1", ":3: the line has no end"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        store_text(cases[i].text);
        expect_damage(cases[i].told);
    }
#undef HEADER
}

static void a_line_without_bounds_is_refused(void **state)
{
    static char text[20000];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    memcpy(text, "account_id\tyear\tcount\n", 22);
    store_text(text);
    expect_damage(":2: the line is too long");
    memcpy(text + sizeof(text) - 10, "\t1\t1\n", 6);
    store_text(text);
    expect_damage(":2: the line is too long");
}

/* Every truncation, every flipped byte that a gzip file can tell, and whatever stands behind. */
static void damaged_gzip_is_refused(void **state)
{
    static const char text[] = "account_id\tyear\tcount\na\t2025\t1\nb\t2025\t1\n";
    unsigned char bytes[512];
    size_t size = 0;

    (void)state;
    size = deflate_member(text, strlen(text), bytes, sizeof(bytes));
    for (size_t cut = 0; cut < size; cut++) {
        store(bytes, cut);
        expect_damage("pairs.tsv.gz:");
    }
    for (size_t at = size - 8; at < size; at++) { /* CRC and size */
        bytes[at] ^= 1;
        store(bytes, size);
        expect_damage("the gzip data are bad");
        bytes[at] ^= 1;
    }
    for (int behind = 0; behind < 256; behind += 31) {
        bytes[size] = (unsigned char)behind;
        store(bytes, size + 1);
        expect_damage("the gzip data are");
    }
    store(text, strlen(text));
    expect_damage("the gzip data are bad");
}

static void what_is_no_file_is_refused(void **state)
{
    struct seen seen = {0};
    struct error err = {0};

    (void)state;
    (void)unlinkat(folder_fd, "pairs.tsv.gz", 0);
    expect_damage("pairs.tsv.gz is missing");
    assert_int_equal(symlinkat("/dev/null", folder_fd, "pairs.tsv.gz"), 0);
    expect_damage("pairs.tsv.gz is a link");
    assert_int_equal(unlinkat(folder_fd, "pairs.tsv.gz", 0), 0);
    assert_int_equal(mkfifoat(folder_fd, "pairs.tsv.gz", 0600), 0);
    expect_damage("pairs.tsv.gz is no regular file");
    assert_int_equal(unlinkat(folder_fd, "pairs.tsv.gz", 0), 0);
    assert_int_equal(state_read(folder_fd, &layout, see, &seen, &err), -1);
}

static void the_callback_can_stop(void **state)
{
    struct seen seen = {.stop_at = 2};
    struct error err = {0};

    (void)state;
    store_text("account_id\tyear\tcount\na\t2025\t1\nb\t2025\t1\nc\t2025\t1\n");
    assert_int_equal(state_read(folder_fd, &layout, see, &seen, &err), -1);
    assert_string_equal(err.detail, "enough");
    assert_int_equal(seen.rows, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_handed_on),
        cmocka_unit_test(a_header_alone_has_no_rows),
        cmocka_unit_test(many_members_are_one_file),
        cmocka_unit_test(damaged_text_is_refused),
        cmocka_unit_test(a_line_without_bounds_is_refused),
        cmocka_unit_test(damaged_gzip_is_refused),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(the_callback_can_stop),
    };

    return cmocka_run_group_tests_name("readers/state", tests, set_up, tear_down);
}
