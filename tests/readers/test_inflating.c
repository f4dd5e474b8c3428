/* Deflated data somewhere in a file, whole and broken, against zlib that made them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "readers/inflating.h"

enum {
    PLAIN_BYTES = 700000, /* several times what is read at once, in part */
    OFFSET = 1234,
};

static unsigned char plain[PLAIN_BYTES];
static unsigned char deflated[PLAIN_BYTES + 10000];
static unsigned char inflated[PLAIN_BYTES + 1];

/* What can't be made shorter, then what can. */
static void make_plain(void)
{
    uint32_t seed = 1;

    for (size_t i = 0; i < PLAIN_BYTES; i++) {
        seed = seed * 1664525 + 1013904223;
        plain[i] = i < PLAIN_BYTES / 2 ? (unsigned char)(seed >> 24)
                                       : (unsigned char)("0123456789abcdef"[i / 100 % 16]);
    }
}

static size_t make_deflated(int level)
{
    z_stream stream = {0};
    size_t size = 0;

    assert_int_equal(deflateInit2(&stream, level, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    stream.next_in = plain;
    stream.avail_in = PLAIN_BYTES;
    stream.next_out = deflated;
    stream.avail_out = sizeof(deflated);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size = sizeof(deflated) - stream.avail_out;
    (void)deflateEnd(&stream);
    return size;
}

static FILE *file_of(size_t size)
{
    FILE *file = tmpfile();

    assert_non_null(file);
    assert_int_equal(fseek(file, OFFSET, SEEK_SET), 0);
    assert_int_equal(fwrite(deflated, 1, size, file), size);
    assert_int_equal(fflush(file), 0);
    return file;
}

/* All of it, in pieces of the size; *last: what the last call gave. */
static size_t inflate_all(struct inflating *inflating, FILE *file, size_t size, size_t piece,
                          ssize_t *last)
{
    size_t total = 0;

    inflating_start(inflating, fileno(file), OFFSET, size);
    while ((*last = inflating_next(
                inflating, inflated + total,
                piece < sizeof(inflated) - total ? piece : sizeof(inflated) - total)) > 0)
        total += (size_t)*last;
    return total;
}

static void what_was_deflated_comes_out(void **state)
{
    static const size_t pieces[] = {1, 7, 4096, 262144, PLAIN_BYTES, PLAIN_BYTES + 1};
    struct inflating *inflating = malloc(sizeof(*inflating));

    (void)state;
    assert_non_null(inflating);
    for (int level = 0; level <= 9; level += 3) {
        const size_t size = make_deflated(level);
        FILE *file = file_of(size);

        for (size_t p = 0; p < sizeof(pieces) / sizeof(*pieces); p++) {
            ssize_t last = 0;

            memset(inflated, 0, sizeof(inflated));
            assert_int_equal(inflate_all(inflating, file, size, pieces[p], &last), PLAIN_BYTES);
            assert_int_equal(last, 0);
            assert_true(inflating_complete(inflating));
            assert_memory_equal(inflated, plain, PLAIN_BYTES);
            assert_int_equal(inflating_next(inflating, inflated, 10), 0);
        }
        (void)fclose(file);
    }
    free(inflating);
}

/* Cut anywhere, or with a byte behind its end, it is not complete. */
static void what_is_not_whole_is_not_complete(void **state)
{
    struct inflating *inflating = malloc(sizeof(*inflating));
    const size_t size = make_deflated(6);
    FILE *file = file_of(size + 1);
    ssize_t last = 0;

    (void)state;
    assert_non_null(inflating);
    for (size_t cut = 0; cut < size; cut += cut < 300 ? 1 : 9973) {
        assert_true(inflate_all(inflating, file, cut, 65536, &last) <= PLAIN_BYTES);
        assert_false(inflating_complete(inflating));
    }
    assert_int_equal(inflate_all(inflating, file, size + 1, 65536, &last), PLAIN_BYTES);
    assert_false(inflating_complete(inflating));
    assert_int_equal(inflate_all(inflating, file, size, 65536, &last), PLAIN_BYTES);
    assert_true(inflating_complete(inflating));
    (void)fclose(file);
    free(inflating);
}

static void a_file_that_ends_before_is_told(void **state)
{
    struct inflating *inflating = malloc(sizeof(*inflating));
    const size_t size = make_deflated(6);
    FILE *file = file_of(size / 2);
    ssize_t last = 0;

    (void)state;
    assert_non_null(inflating);
    (void)inflate_all(inflating, file, size, 65536, &last);
    assert_int_equal(last, INFLATING_UNREADABLE);
    assert_int_equal(errno, EIO);
    (void)fclose(file);
    free(inflating);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_deflated_comes_out),
        cmocka_unit_test(what_is_not_whole_is_not_complete),
        cmocka_unit_test(a_file_that_ends_before_is_told),
    };

    make_plain();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
