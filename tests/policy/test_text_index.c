/* Items found by their texts, whoever else has the same text or the same place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "policy/text_index.h"

enum { ITEMS = 3000, TEXTS = 700, TEXT_MAX = 24 };

static struct span name(uint32_t number, char text[TEXT_MAX])
{
    return (struct span){text, (size_t)snprintf(text, TEXT_MAX, "resource-%u", number)};
}

/* Every third text is of one item, the others of several. */
static uint32_t text_of_item(uint32_t item)
{
    return item < TEXTS ? item : (item * 7) % TEXTS / 3 * 3;
}

static void every_item_is_found_once(void **state)
{
    struct text_index index = {0};
    char text[TEXT_MAX];

    (void)state;
    assert_int_equal(text_index_open(&index, ITEMS), 0);
    for (uint32_t item = 0; item < ITEMS; item++)
        text_index_add(&index, name(text_of_item(item), text), item);
    for (uint32_t number = 0; number < TEXTS; number++) {
        struct text_search search = text_index_search(&index, name(number, text));
        uint32_t found = 0;
        uint32_t expected = 0;
        uint32_t item = 0;

        while (text_search_next(&search, &item))
            found += text_of_item(item) == number;
        for (item = 0; item < ITEMS; item++)
            expected += text_of_item(item) == number;
        assert_int_equal(found, expected);
    }
    text_index_release(&index);
}

static void strangers_are_not_found(void **state)
{
    struct text_index index = {0};
    char text[TEXT_MAX];
    uint32_t item = 0;
    int candidates = 0;

    (void)state;
    for (int full = 0; full < 2; full++) {
        for (uint32_t number = TEXTS; number < 2 * TEXTS; number++) {
            struct text_search search = text_index_search(&index, name(number, text));

            while (text_search_next(&search, &item))
                candidates++;
        }
        if (full == 0)
            assert_int_equal(text_index_open(&index, TEXTS), 0);
        for (uint32_t number = 0; full == 0 && number < TEXTS; number++)
            text_index_add(&index, name(number, text), number);
    }
    assert_true(candidates < 3); /* hashes of 32 bits may be equal */
    text_index_release(&index);
}

static void an_index_of_nothing(void **state)
{
    struct text_index index = {0};
    struct text_search search;
    uint32_t item = 0;

    (void)state;
    assert_int_equal(text_index_open(&index, 0), 0);
    search = text_index_search(&index, (struct span){"x", 1});
    assert_false(text_search_next(&search, &item));
    text_index_release(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_is_found_once),
        cmocka_unit_test(strangers_are_not_found),
        cmocka_unit_test(an_index_of_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
