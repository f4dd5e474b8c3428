#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "policy/arena.h"
#include "readers/table.h"

static struct order sample_order(void)
{
    struct order order;

    table_clear(table_of(INPUT_ORDERS), &order);
    order.order_id = span_of("o1");
    order.account_id = span_of("a1");
    order.cash_paid = decimal_from_integer(12);
    order.starts_at = 100;
    order.term_count = 1;
    order.refundable = true;
    return order;
}

static void every_table_is_consistent(void **state)
{
    (void)state;
    for (int input = 0; input < INPUT_COUNT; input++) {
        const struct table *table = table_of((enum input)input);

        assert_int_equal(table->input, input);
        assert_in_range(table->column_count, 1, TABLE_COLUMNS_MAX);
        assert_in_range(table->record_size, 1, TABLE_RECORD_BYTES_MAX);
        assert_in_range(table->key_column_count, 1, 3);
        if (table->event_time_column >= 0)
            assert_int_equal(table->columns[table->event_time_column].type, COLUMN_INSTANT);
        for (int i = 0; i < table->column_count; i++) {
            const struct column *column = &table->columns[i];

            assert_int_equal(table_column(table, column->name), i);
            assert_true(column->offset < table->record_size);
            assert_int_equal(column->values != NULL, column->type == COLUMN_ENUM);
            assert_false(column->required && column->optional);
        }
        for (int i = 0; i < table->key_column_count; i++)
            assert_true(table->columns[table->key_columns[i]].required);
    }
}

static void a_cleared_record_says_nothing(void **state)
{
    struct incident incident;

    (void)state;
    table_clear(table_of(INPUT_INCIDENTS), &incident);
    assert_int_equal(incident.title.size, 0);
    assert_true(incident.rectified_at == INSTANT_NONE);
    assert_int_equal(incident.scenario, SCENARIO_NONE);
    assert_true(incident.sla_covered);
}

static void equal_records_have_equal_fingerprints(void **state)
{
    const struct table *table = table_of(INPUT_ORDERS);
    struct order a = sample_order();
    struct order b = sample_order();
    char text[] = "o1";

    (void)state;
    b.order_id.data = text;
    assert_true(table_keys_equal(table, &a, &b));
    assert_true(table_records_equal(table, &a, &b));
    assert_true(table_key_fingerprint(table, &a) == table_key_fingerprint(table, &b));
    assert_true(table_content_fingerprint(table, &a) == table_content_fingerprint(table, &b));
}

/* Changes a member to another value than sample_order()'s. */
static void change(const struct column *column, void *record)
{
    void *member = (char *)record + column->offset;

    switch (column->type) {
    case COLUMN_TEXT:
    case COLUMN_LONG_TEXT:
        *(struct span *)member = span_of("other");
        break;
    case COLUMN_AMOUNT:
        ((struct decimal *)member)->units += 1;
        break;
    case COLUMN_INSTANT:
    case COLUMN_DATE:
        *(int64_t *)member = 5;
        break;
    case COLUMN_COUNT:
    case COLUMN_ENUM:
    case COLUMN_CURRENCY:
        *(int32_t *)member += 1;
        break;
    case COLUMN_BOOLEAN:
        *(bool *)member = !*(bool *)member;
        break;
    }
}

static void a_difference_in_any_column_shows(void **state)
{
    const struct table *table = table_of(INPUT_ORDERS);

    (void)state;
    for (int i = 0; i < table->column_count; i++) {
        struct order a = sample_order();
        struct order b = sample_order();

        change(&table->columns[i], &b);
        assert_int_equal(table_keys_equal(table, &a, &b), i != 0);
        assert_false(table_records_equal(table, &a, &b));
        assert_true(table_content_fingerprint(table, &a) != table_content_fingerprint(table, &b));
    }
}

static void keys_are_in_byte_order_column_by_column(void **state)
{
    const struct table *table = table_of(INPUT_USAGE);
    struct usage a;
    struct usage b;

    (void)state;
    table_clear(table, &a);
    a.account_id = span_of("a");
    a.resource_id = span_of("r");
    a.usage_date = 10;
    b = a;
    assert_int_equal(table_compare_keys(table, &a, &b), 0);
    b.usage_date = 9;
    assert_true(table_compare_keys(table, &a, &b) > 0);
    b.resource_id = span_of("r\xC3\xA9");
    assert_true(table_compare_keys(table, &a, &b) < 0);
    b.account_id = span_of("A");
    assert_true(table_compare_keys(table, &a, &b) > 0);
    assert_true(table_key_fingerprint(table, &a) != table_key_fingerprint(table, &b));
}

static void a_copy_stands_on_its_own(void **state)
{
    const struct table *table = table_of(INPUT_ACCOUNTS);
    char id[] = "a1";
    char name[] = "Name";
    struct account account;
    struct account *copy;
    struct arena arena;

    (void)state;
    table_clear(table, &account);
    account.account_id = span_of(id);
    account.name = span_of(name);
    arena_init(&arena);
    copy = table_copy(table, &account, &arena);
    assert_non_null(copy);
    assert_true(table_records_equal(table, copy, &account));
    id[0] = name[0] = 'x';
    assert_true(span_is(copy->account_id, "a1"));
    assert_true(span_is(copy->name, "Name"));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_is_consistent),
        cmocka_unit_test(a_cleared_record_says_nothing),
        cmocka_unit_test(equal_records_have_equal_fingerprints),
        cmocka_unit_test(a_difference_in_any_column_shows),
        cmocka_unit_test(keys_are_in_byte_order_column_by_column),
        cmocka_unit_test(a_copy_stands_on_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
