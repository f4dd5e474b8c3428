#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "policy/text_words.h"

enum { SIZE_MAX_TESTED = 40 };

static void texts_that_differ_in_one_bit_are_not_the_same(void **state)
{
    char text[SIZE_MAX_TESTED];
    char other[SIZE_MAX_TESTED];

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('A' + i);
    for (size_t size = 0; size <= sizeof(text); size++) {
        memcpy(other, text, sizeof(text));
        assert_true(text_same(text, other, size));
        for (size_t bit = 0; bit < size * 8; bit++) {
            other[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
            assert_false(text_same(text, other, size));
            other[bit / 8] = text[bit / 8];
        }
        if (size < sizeof(text))
            other[size] = 'x';
        assert_true(text_same(text, other, size));
    }
}

static void a_short_word_has_the_bytes_in_order_and_nothing_behind_them(void **state)
{
    static const char text[] = "\x81\x92\xa3\xb4\xc5\xd6\xe7\xf8";

    (void)state;
    for (size_t size = 1; size <= TEXT_WORD_BYTES; size++) {
        const uint64_t word = text_short_word(text, size);

        for (size_t at = 0; at < TEXT_WORD_BYTES; at++)
            assert_int_equal(word >> 8 * at & 0xFF, at < size ? (unsigned char)text[at] : 0);
    }
}

static void a_byte_is_found_wherever_it_stands_first(void **state)
{
    char text[SIZE_MAX_TESTED + 1];

    (void)state;
    for (size_t at = 0; at < SIZE_MAX_TESTED; at++) {
        memset(text, '-', sizeof(text));
        text[at] = '"';
        text[SIZE_MAX_TESTED] = '"'; /* behind the end */
        assert_ptr_equal(text_find(text, text + SIZE_MAX_TESTED, '"'), text + at);
        assert_ptr_equal(text_find(text, text + at, '"'), text + at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_differ_in_one_bit_are_not_the_same),
        cmocka_unit_test(a_short_word_has_the_bytes_in_order_and_nothing_behind_them),
        cmocka_unit_test(a_byte_is_found_wherever_it_stands_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
