#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "policy/error.h"

static void test_tells_kind_and_cause(void **state)
{
    struct error err = {0};

    (void)state;
    assert_int_equal(error_set(&err, ERROR_INPUT, "%s:%d: a quote never closes", "orders.csv", 7),
                     -1);
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_string_equal(err.detail, "orders.csv:7: a quote never closes");
}

static void test_keeps_the_first_cause(void **state)
{
    struct error err = {0};

    (void)state;
    (void)error_set(&err, ERROR_CLOSED, "the period is closed");
    assert_int_equal(error_set(&err, ERROR_INPUT, "later"), -1);
    assert_int_equal(error_set_errno(&err, ENOSPC, "later still"), -1);
    assert_int_equal(err.kind, ERROR_CLOSED);
    assert_string_equal(err.detail, "the period is closed");
}

static void test_a_message_is_one_line(void **state)
{
    struct error err = {0};

    (void)state;
    (void)error_set(&err, ERROR_INPUT, "column \"a\tb\r\n\x7f\x1b[0m\"");
    assert_string_equal(err.detail, "column \"a?b????[0m\"");
}

static void test_long_messages_are_clipped(void **state)
{
    struct error err = {0};
    char text[2 * ERROR_DETAIL_MAX];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    (void)error_set(&err, ERROR_USAGE, "%s", text);
    assert_int_equal(strlen(err.detail), ERROR_DETAIL_MAX - 1);
}

/* A clipped message ends with a whole character, wherever the clip falls. */
static void test_clipping_keeps_utf8_whole(void **state)
{
    static const char *const CHARACTERS[] = {"\xC3\xA9", "\xE5\x8D\x8E", "\xF0\x9F\x98\x80"};
    size_t c;
    size_t lead;

    (void)state;
    for (c = 0; c < 3; c++) {
        for (lead = 0; lead < 5; lead++) {
            struct error err = {0};
            char text[2 * ERROR_DETAIL_MAX] = "";
            size_t size = strlen(CHARACTERS[c]);
            size_t at;

            memset(text, 'x', lead);
            for (at = lead; at + size < sizeof(text); at += size)
                memcpy(text + at, CHARACTERS[c], size);
            (void)error_set(&err, ERROR_USAGE, "%s", text);
            assert_int_equal((strlen(err.detail) - lead) % size, 0);
            assert_in_range(strlen(err.detail), ERROR_DETAIL_MAX - size, ERROR_DETAIL_MAX - 1);
        }
    }
}

static void test_a_failed_call_names_its_reason(void **state)
{
    struct error err = {0};

    (void)state;
    assert_int_equal(error_set_errno(&err, ENOENT, "%s", "exports/orders.csv"), -1);
    assert_int_equal(err.kind, ERROR_IO);
    assert_string_equal(err.detail, "exports/orders.csv: No such file or directory");
}

static void test_a_long_path_leaves_room_for_the_reason(void **state)
{
    static const char REASON[] = ": No space left on device";
    struct error err = {0};
    char path[2 * ERROR_DETAIL_MAX];

    (void)state;
    memset(path, 'p', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    (void)error_set_errno(&err, ENOSPC, "%s", path);
    assert_int_equal(strlen(err.detail), ERROR_DETAIL_MAX - 1);
    assert_string_equal(err.detail + ERROR_DETAIL_MAX - sizeof(REASON), REASON);
}

static void test_exit_statuses(void **state)
{
    (void)state;
    assert_int_equal(error_exit_status(ERROR_NONE), 0);
    assert_int_equal(error_exit_status(ERROR_USAGE), 2);
    assert_int_equal(error_exit_status(ERROR_INPUT), 3);
    assert_int_equal(error_exit_status(ERROR_CONTROL), 4);
    assert_int_equal(error_exit_status(ERROR_CLOSED), 5);
    assert_int_equal(error_exit_status(ERROR_IO), 6);
    assert_int_equal(error_exit_status(ERROR_BUSY), 75);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_kind_and_cause),
        cmocka_unit_test(test_keeps_the_first_cause),
        cmocka_unit_test(test_a_message_is_one_line),
        cmocka_unit_test(test_long_messages_are_clipped),
        cmocka_unit_test(test_clipping_keeps_utf8_whole),
        cmocka_unit_test(test_a_failed_call_names_its_reason),
        cmocka_unit_test(test_a_long_path_leaves_room_for_the_reason),
        cmocka_unit_test(test_exit_statuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
