/* State files as they are written, and that their reader takes them back. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "readers/state.h"
#include "writers/state.h"

#define STORED_NAME "carry-forward/pairs.tsv.gz"

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
    (void)unlinkat(folder_fd, STORED_NAME, 0);
    (void)unlinkat(folder_fd, "carry-forward", AT_REMOVEDIR);
    close(folder_fd);
    assert_int_equal(rmdir(folder), 0);
    return 0;
}

/* A row over a line with three fields. */
static struct state_row row_of(const char *line)
{
    struct state_row row = {.line = span_of(line)};
    const char *at = line;

    for (int i = 0; i < 3; i++) {
        row.fields[i] = (struct span){at, strcspn(at, "\t")};
        at += row.fields[i].size + 1;
    }
    return row;
}

static void put(struct state_writer *writer, const char *line)
{
    struct state_row row = row_of(line);
    struct error err = {0};

    assert_int_equal(state_writer_row(writer, &row, &err), 0);
}

static size_t inflated(char *text, size_t room)
{
    int fd = openat(folder_fd, STORED_NAME, O_RDONLY | O_CLOEXEC);
    gzFile file = NULL;
    int size = 0;

    assert_true(fd >= 0);
    file = gzdopen(fd, "rb");
    assert_non_null(file);
    size = gzread(file, text, (unsigned)room);
    assert_true(size >= 0 && (size_t)size < room);
    text[size] = '\0';
    assert_int_equal(gzclose(file), Z_OK);
    return (size_t)size;
}

static void lines_end_with_lf_behind_a_header(void **state)
{
    struct output_summary summary = {0};
    struct error err = {0};
    struct state_writer *writer = state_writer_open(folder_fd, &layout, &err);
    char text[256];

    (void)state;
    assert_non_null(writer);
    put(writer, "\"q\t2026\t9");
    put(writer, "a\t2025\t1");
    put(writer, "a\t2026\t2");
    put(writer, "a b\t2026\t3");
    assert_int_equal(state_writer_commit(writer, &summary, &err), 0);
    assert_string_equal(summary.name, STORED_NAME);
    assert_int_equal(summary.rows, 4);
    assert_int_equal(strlen(summary.sha256), 64);
    (void)inflated(text, sizeof(text));
    assert_string_equal(text, "account_id\tyear\tcount\n"
                              "\"q\t2026\t9\na\t2025\t1\na\t2026\t2\na b\t2026\t3\n");
    assert_int_equal(unlinkat(folder_fd, STORED_NAME, 0), 0);
}

static int count_row(void *context, const struct state_row *row, struct error *err)
{
    size_t *count = context;
    char expected[64];

    (void)err;
    (void)snprintf(expected, sizeof(expected), "acct-%08zu\t2026\t%zu", *count, *count % 10);
    assert_int_equal(row->line.size, strlen(expected));
    assert_memory_equal(row->line.data, expected, row->line.size);
    ++*count;
    return 0;
}

static void the_reader_takes_it_back(void **state)
{
    enum { ROWS = 100000 };
    struct output_summary summary = {0};
    struct error err = {0};
    struct state_writer *writer = state_writer_open(folder_fd, &layout, &err);
    size_t count = 0;
    int carried_fd = -1;

    (void)state;
    assert_non_null(writer);
    for (int i = 0; i < ROWS; i++) {
        char line[64];

        (void)snprintf(line, sizeof(line), "acct-%08d\t2026\t%d", i, i % 10);
        put(writer, line);
    }
    assert_int_equal(state_writer_commit(writer, &summary, &err), 0);
    carried_fd = openat(folder_fd, "carry-forward", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(state_read(carried_fd, &layout, count_row, &count, &err), 0);
    assert_int_equal(count, ROWS);
    close(carried_fd);
    assert_int_equal(unlinkat(folder_fd, STORED_NAME, 0), 0);
}

static void discarding_leaves_nothing(void **state)
{
    struct error err = {0};
    struct state_writer *writer = state_writer_open(folder_fd, &layout, &err);

    (void)state;
    assert_non_null(writer);
    put(writer, "a\t2025\t1");
    state_writer_discard(writer);
    state_writer_discard(NULL);
    assert_int_not_equal(faccessat(folder_fd, STORED_NAME, F_OK, 0), 0);
}

static void what_cannot_be_created_is_told(void **state)
{
    struct error err = {0};
    struct state_writer *first = state_writer_open(folder_fd, &layout, &err);

    (void)state;
    assert_non_null(first);
    assert_null(state_writer_open(folder_fd, &layout, &err));
    assert_int_equal(err.kind, ERROR_IO);
    state_writer_discard(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_with_lf_behind_a_header),
        cmocka_unit_test(the_reader_takes_it_back),
        cmocka_unit_test(discarding_leaves_nothing),
        cmocka_unit_test(what_cannot_be_created_is_told),
    };

    return cmocka_run_group_tests_name("writers/state", tests, set_up, tear_down);
}
