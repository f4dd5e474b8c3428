#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdalign.h>

#include "batch/packed_row.h"
#include "policy/civil.h"

enum { RECORDS_A_TABLE = 20000, ROWS_IN_A_ROW = 2000, GUARD_BYTES = 16, GUARD = 0x5a };

/* Room for the largest record of any table, aligned for all of them. */
struct any_record {
    alignas(max_align_t) char bytes[TABLE_RECORD_BYTES_MAX];
};

#define INT128_MAX ((int128)(~(uint128)0 >> 1))
#define INT128_MIN (-INT128_MAX - 1)
#define CENT (DECIMAL_ONE_UNITS / 100)

static char texts[LONG_TEXT_BYTES_MAX * 4];

/* --- random values ---------------------------------------------------------------------------- */

static uint64_t random_number(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Any length is as likely as any other, and the neighbours of a power of two come often. */
static uint64_t random_width(uint64_t *state)
{
    unsigned bits = (unsigned)(random_number(state) % 64);
    uint64_t kind = random_number(state) % 4;

    if (kind < 3)
        return (UINT64_C(1) << bits) + kind - 1;
    return random_number(state) >> bits;
}

static int64_t random_instant(uint64_t *state)
{
    static const int64_t extremes[] = {INSTANT_NONE, INT64_MIN + 1, INT64_MAX, 0, -1, 1};
    uint64_t kind = random_number(state) % 12;

    if (kind < 6)
        return extremes[kind];
    return kind < 9 ? (int64_t)random_width(state) : -(int64_t)(random_width(state) >> 1);
}

static int32_t random_int32(uint64_t *state)
{
    static const int32_t extremes[] = {INT32_MIN, INT32_MAX, 0, CURRENCY_NONE, 999};
    uint64_t kind = random_number(state) % 10;

    return kind < 5 ? extremes[kind] : (int32_t)(uint32_t)random_width(state);
}

static int128 random_units(uint64_t *state)
{
    static const int64_t scales[] = {1, CENT, DECIMAL_ONE_UNITS, CENT / 100};
    const int128 extremes[] = {
        INT128_MIN,
        INT128_MAX,
        INT128_MIN / CENT * CENT,
        INT128_MAX / CENT * CENT,
        (int128)DECIMAL_ONE_UNITS * INT64_C(1000000000000000) - 1,
        (int128)DECIMAL_ONE_UNITS * INT64_C(1000000000000000) - CENT,
        INT64_MAX,
        INT64_MIN,
        INT64_MAX / CENT * CENT,
        INT64_MIN / CENT * CENT,
        (int128)INT64_MAX + 1,
        ((int128)INT64_MAX / CENT + 1) * CENT,
        ((int128)INT64_MIN / CENT - 1) * CENT,
        0,
        1,
        -1,
        CENT,
        -CENT,
        CENT - 1,
        CENT + 1,
    };
    uint64_t kind = random_number(state) % (2 * sizeof(extremes) / sizeof(extremes[0]));
    int64_t scale = scales[random_number(state) % 4];

    if (kind < sizeof(extremes) / sizeof(extremes[0]))
        return extremes[kind];
    return (int128)(int64_t)random_width(state) * scale;
}

static struct span random_text(uint64_t *state)
{
    static const size_t sizes[] = {0, 0, 1, 127, 128, 129, TEXT_BYTES_MAX, LONG_TEXT_BYTES_MAX};
    uint64_t kind = random_number(state) % 16;
    size_t size = kind < 8 ? sizes[kind] : random_number(state) % 40;

    /* Some texts are empty with a pointer to nowhere, as a zeroed record has them. */
    if (kind == 0)
        return (struct span){NULL, 0};
    return (struct span){texts + random_number(state) % (sizeof(texts) - size), size};
}

static size_t member_bytes(enum column_type type)
{
    switch (type) {
    case COLUMN_TEXT:
    case COLUMN_LONG_TEXT:
        return sizeof(struct span);
    case COLUMN_AMOUNT:
        return sizeof(struct decimal);
    case COLUMN_INSTANT:
    case COLUMN_DATE:
        return sizeof(int64_t);
    case COLUMN_COUNT:
    case COLUMN_ENUM:
    case COLUMN_CURRENCY:
        return sizeof(int32_t);
    case COLUMN_BOOLEAN:
        return sizeof(bool);
    }
    return 0;
}

static void fill_member(const struct column *column, void *record, uint64_t *state)
{
    void *member = (char *)record + column->offset;

    switch (column->type) {
    case COLUMN_TEXT:
    case COLUMN_LONG_TEXT:
        *(struct span *)member = random_text(state);
        break;
    case COLUMN_AMOUNT:
        ((struct decimal *)member)->units = random_units(state);
        break;
    case COLUMN_INSTANT:
    case COLUMN_DATE:
        *(int64_t *)member = random_instant(state);
        break;
    case COLUMN_COUNT:
    case COLUMN_ENUM:
    case COLUMN_CURRENCY:
        *(int32_t *)member = random_int32(state);
        break;
    case COLUMN_BOOLEAN:
        *(bool *)member = random_number(state) % 2 == 0;
        break;
    }
}

static void fill_record(const struct table *table, void *record, uint64_t *state)
{
    table_clear(table, record);
    for (int i = 0; i < table->column_count; i++)
        fill_member(&table->columns[i], record, state);
}

static struct row_position random_position(uint64_t *state)
{
    static const uint32_t files[] = {0, 1, 126, 127, UINT32_MAX - 1, UINT32_MAX};
    uint64_t kind = random_number(state) % 8;

    return (struct row_position){
        .line = kind == 7 ? UINT64_MAX : random_width(state),
        .file = kind < 6 ? files[kind] : (uint32_t)random_width(state),
    };
}

/* --- comparing -------------------------------------------------------------------------------- */

/* Member by member, of itself: not by the code that tables compare with. */
static void assert_same_members(const struct table *table, const void *a, const void *b)
{
    for (int i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        const char *left = (const char *)a + column->offset;
        const char *right = (const char *)b + column->offset;

        if (column->type == COLUMN_TEXT || column->type == COLUMN_LONG_TEXT) {
            const struct span *text = (const struct span *)right;

            assert_int_equal(((const struct span *)left)->size, text->size);
            assert_non_null(text->data);
            if (text->size > 0)
                assert_memory_equal(((const struct span *)left)->data, text->data, text->size);
        } else if (memcmp(left, right, member_bytes(column->type)) != 0) {
            fail_msg("%s.%s differs", input_name(table->input), column->name);
        }
    }
}

static void assert_same_position(struct row_position a, struct row_position b)
{
    assert_true(a.line == b.line);
    assert_true(a.file == b.file);
}

/*
 * Packs into memory of the bound's size, with a guard behind it, and unpacks from memory of just
 * the bytes written: what is read or written beside them shows, in a sanitized build at once.
 */
static void assert_round_trip(const struct table *table, const void *record,
                              struct row_position position, struct arena *arena)
{
    size_t bound = packed_row_bound(table, record);
    char *room = malloc(bound + GUARD_BYTES);
    char *packed = NULL;
    void *unpacked = NULL;
    struct row_position found = {0};
    size_t bytes = 0;

    assert_non_null(room);
    memset(room, GUARD, bound + GUARD_BYTES);
    bytes = packed_row_put(table, record, position, room);
    assert_in_range(bytes, 1, bound);
    for (size_t i = bytes; i < bound + GUARD_BYTES; i++)
        assert_int_equal(room[i], GUARD);
    packed = malloc(bytes);
    assert_non_null(packed);
    memcpy(packed, room, bytes);
    free(room);

    assert_ptr_equal(packed_row_get(table, packed, packed + bytes, arena, &unpacked, &found),
                     packed + bytes);
    assert_same_position(found, position);
    assert_same_members(table, record, unpacked);
    assert_true(table_records_equal(table, record, unpacked));
    assert_true(table_content_fingerprint(table, record) ==
                table_content_fingerprint(table, unpacked));
    free(packed);
}

/* --- tests ------------------------------------------------------------------------------------ */

static int set_up(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (size_t i = 0; i < sizeof(texts); i++)
        texts[i] = (char)random_number(&random);
    return 0;
}

/* Else packing would lose what copying keeps. */
static void a_record_holds_nothing_but_its_columns(void **state)
{
    (void)state;
    for (int input = 0; input < INPUT_COUNT; input++) {
        const struct table *table = table_of((enum input)input);
        size_t bytes = 0;

        for (int i = 0; i < table->column_count; i++)
            bytes += member_bytes(table->columns[i].type);
        assert_in_range(table->record_size - bytes, 0, alignof(max_align_t) - 1);
    }
}

static void a_cleared_record_comes_back(void **state)
{
    (void)state;
    for (int input = 0; input < INPUT_COUNT; input++) {
        const struct table *table = table_of((enum input)input);
        struct arena arena = {0};
        struct any_record record;

        table_clear(table, &record);
        assert_round_trip(table, &record, (struct row_position){.line = 2}, &arena);
        arena_release(&arena);
    }
}

static void any_record_comes_back(void **state)
{
    uint64_t random = 2026;

    (void)state;
    for (int input = 0; input < INPUT_COUNT; input++) {
        const struct table *table = table_of((enum input)input);
        struct arena arena = {0};

        for (int i = 0; i < RECORDS_A_TABLE; i++) {
            struct any_record record;

            fill_record(table, &record, &random);
            assert_round_trip(table, &record, random_position(&random), &arena);
        }
        arena_release(&arena);
    }
}

static void a_carried_row_stays_one(void **state)
{
    struct arena arena = {0};
    struct any_record record;

    (void)state;
    table_clear(table_of(INPUT_CLAIMS), &record);
    assert_round_trip(table_of(INPUT_CLAIMS), &record,
                      (struct row_position){.line = 0, .file = UINT32_MAX}, &arena);
    arena_release(&arena);
}

/* Every number of bits, of either sign, and its neighbours: where a number grows by a byte. */
static void numbers_of_every_length_come_back(void **state)
{
    const struct table *table = table_of(INPUT_USAGE);
    struct arena arena = {0};

    (void)state;
    for (int bits = 0; bits < 128; bits++) {
        for (int add = -1; add <= 1; add++) {
            for (int negative = 0; negative < 2; negative++) {
                uint128 value = ((uint128)1 << bits) + (uint128)(int128)add;
                struct usage usage;

                if (negative != 0)
                    value = (uint128)0 - value;
                table_clear(table, &usage);
                usage.usage_date = (int64_t)value;
                usage.currency = (int32_t)value;
                usage.cost.units = (int128)value;
                assert_round_trip(
                    table, &usage,
                    (struct row_position){.line = (uint64_t)value, .file = (uint32_t)value},
                    &arena);
                usage.cost.units = (int128)(value * (uint128)CENT);
                assert_round_trip(table, &usage, (struct row_position){.line = 1}, &arena);
            }
        }
    }
    arena_release(&arena);
}

/* Rows of all inputs in a row, read from the first to the last: each where the one before ends. */
static void rows_follow_each_other(void **state)
{
    struct any_record *records = calloc(ROWS_IN_A_ROW, sizeof(*records));
    struct row_position positions[ROWS_IN_A_ROW];
    struct arena arena = {0};
    uint64_t random = 7;
    size_t bytes = 0;
    char *packed = NULL;
    const char *at = NULL;

    (void)state;
    assert_non_null(records);
    for (size_t i = 0; i < ROWS_IN_A_ROW; i++) {
        const struct table *table = table_of((enum input)(i % INPUT_COUNT));

        fill_record(table, &records[i], &random);
        positions[i] = random_position(&random);
        packed = realloc(packed, bytes + packed_row_bound(table, &records[i]));
        assert_non_null(packed);
        bytes += packed_row_put(table, &records[i], positions[i], packed + bytes);
    }
    at = packed;
    for (size_t i = 0; i < ROWS_IN_A_ROW; i++) {
        const struct table *table = table_of((enum input)(i % INPUT_COUNT));
        struct row_position position = {0};
        void *record = NULL;

        at = packed_row_get(table, at, packed + bytes, &arena, &record, &position);
        assert_non_null(at);
        assert_same_members(table, &records[i], record);
        assert_same_position(position, positions[i]);
    }
    assert_ptr_equal(at, packed + bytes);
    arena_release(&arena);
    free(packed);
    free(records);
}

static struct order typical_order(void)
{
    struct order order;

    table_clear(table_of(INPUT_ORDERS), &order);
    order.order_id = span_of("CS2310081454U3WXM");
    order.account_id = span_of("acc-0000341");
    order.resource_id = span_of("f400df2a-4f88-d0a9");
    order.service = span_of("elb");
    order.region = span_of("ap-southeast-1");
    order.billing_mode = BILLING_PREPAID;
    order.term_unit = TERM_YEAR;
    order.term_count = 3;
    order.currency = currency_find(span_of("USD"));
    order.purchased_at = INT64_C(1696748090);
    order.starts_at = INT64_C(1696748111);
    order.expires_at = INT64_C(1791442511);
    order.cash_paid.units = INT64_C(5133480000) * 10000; /* 5133.48 */
    order.flexi_coupon_paid = decimal_from_integer(120);
    order.refundable = true;
    order.released_at = order.refunded_at = INT64_C(1754550989);
    return order;
}

static void a_typical_order_is_short(void **state)
{
    const struct table *table = table_of(INPUT_ORDERS);
    struct row_position position = {.line = 3000000, .file = 2};
    struct order order = typical_order();
    char packed[1024];

    (void)state;
    assert_in_range(packed_row_bound(table, &order), 1, sizeof(packed));
    assert_in_range(packed_row_put(table, &order, position, packed), 64, 112);
    order.released_at = order.refunded_at = INSTANT_NONE;
    assert_in_range(packed_row_put(table, &order, position, packed), 64, 104);
    position.file = UINT32_MAX;
    assert_in_range(packed_row_put(table, &order, position, packed), 64, 104);
}

static void text_lies_in_the_packed_bytes(void **state)
{
    const struct table *table = table_of(INPUT_ORDERS);
    struct order order = typical_order();
    struct row_position position = {.line = 1};
    struct arena arena = {0};
    const struct order *unpacked = NULL;
    void *record = NULL;
    char packed[1024];
    size_t bytes = 0;

    (void)state;
    order.region = (struct span){NULL, 0};
    bytes = packed_row_put(table, &order, position, packed);
    assert_ptr_equal(packed_row_get(table, packed, packed + bytes, &arena, &record, &position),
                     packed + bytes);
    unpacked = record;
    assert_in_range((uintptr_t)unpacked->order_id.data, (uintptr_t)packed,
                    (uintptr_t)(packed + bytes));
    assert_in_range((uintptr_t)unpacked->service.data, (uintptr_t)packed,
                    (uintptr_t)(packed + bytes));
    assert_int_equal(unpacked->region.size, 0);
    assert_string_equal(unpacked->region.data, "");
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_holds_nothing_but_its_columns),
        cmocka_unit_test(a_cleared_record_comes_back),
        cmocka_unit_test(any_record_comes_back),
        cmocka_unit_test(a_carried_row_stays_one),
        cmocka_unit_test(numbers_of_every_length_come_back),
        cmocka_unit_test(rows_follow_each_other),
        cmocka_unit_test(a_typical_order_is_short),
        cmocka_unit_test(text_lies_in_the_packed_bytes),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
