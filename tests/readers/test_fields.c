#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/records.h"
#include "readers/fields.h"

enum { UTC_PLUS_8 = 8 * SECONDS_PER_HOUR };

/* A member of every type. */
union member {
    struct span text;
    struct decimal amount;
    int64_t instant;
    int32_t number;
    bool boolean;
};

static enum reject_reason parse(enum column_type type, const struct enumeration *values,
                                struct span cell, union member *member)
{
    struct column column = {.name = "c", .type = type, .values = values};
    union member before = *member;
    const struct bound_column bound = {&column, 0, 0};
    const struct csv_row row = {.fields = &cell, .field_count = 1};
    struct verdict verdict = {.column = -1, .readable = 1};

    fields_parse(&bound, 1, &row, UTC_PLUS_8, member, &verdict);
    if (verdict.reason != REJECT_NONE)
        assert_memory_equal(member, &before, sizeof(before));
    assert_int_equal(verdict.column, verdict.reason == REJECT_NONE ? -1 : 0);
    assert_int_equal(verdict.readable, verdict.reason == REJECT_NONE);
    return verdict.reason;
}

static void assert_reason(enum column_type type, struct span cell, enum reject_reason expected)
{
    union member member = {0};

    assert_int_equal(parse(type, NULL, cell, &member), expected);
}

static void assert_amount(const char *text, int64_t units)
{
    union member member = {0};

    assert_int_equal(parse(COLUMN_AMOUNT, NULL, span_of(text), &member), REJECT_NONE);
    assert_true(member.amount.units == units);
}

static void amounts(void **state)
{
    static const struct {
        const char *text;
        enum reject_reason reason;
    } bad[] = {
        {"+1", REJECT_BAD_NUMBER},
        {"1,000", REJECT_BAD_NUMBER},
        {"1.", REJECT_BAD_NUMBER},
        {".5", REJECT_BAD_NUMBER},
        {"1e3", REJECT_BAD_NUMBER},
        {"-", REJECT_BAD_NUMBER},
        {"1 ", REJECT_BAD_NUMBER},
        {"1234567890123456.12345678901x", REJECT_BAD_NUMBER},
        {"1234567890123456.12345678901", REJECT_OUT_OF_RANGE},
        {"-1234567890123456", REJECT_OUT_OF_RANGE},
        {"-0.00000000001", REJECT_TOO_PRECISE},
        {"-0.01", REJECT_NEGATIVE},
    };

    (void)state;
    assert_amount("0", 0);
    assert_amount("-0", 0);
    assert_amount("-0.00", 0);
    assert_amount("12.5", 125000000000);
    assert_amount("0.0000000001", 1);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_reason(COLUMN_AMOUNT, span_of(bad[i].text), bad[i].reason);
}

static void counts(void **state)
{
    union member member = {0};

    (void)state;
    assert_int_equal(parse(COLUMN_COUNT, NULL, span_of("999"), &member), REJECT_NONE);
    assert_int_equal(member.number, 999);
    assert_int_equal(parse(COLUMN_COUNT, NULL, span_of("007"), &member), REJECT_NONE);
    assert_int_equal(member.number, 7);
    assert_reason(COLUMN_COUNT, span_of("0"), REJECT_OUT_OF_RANGE);
    assert_reason(COLUMN_COUNT, span_of("-0"), REJECT_OUT_OF_RANGE);
    assert_reason(COLUMN_COUNT, span_of("-3"), REJECT_OUT_OF_RANGE);
    assert_reason(COLUMN_COUNT, span_of("1000"), REJECT_OUT_OF_RANGE);
    assert_reason(COLUMN_COUNT, span_of("99999999999999999999999999"), REJECT_OUT_OF_RANGE);
    assert_reason(COLUMN_COUNT, span_of("1.0"), REJECT_BAD_NUMBER);
    assert_reason(COLUMN_COUNT, span_of("-"), REJECT_BAD_NUMBER);
    assert_reason(COLUMN_COUNT, span_of("+1"), REJECT_BAD_NUMBER);
    assert_reason(COLUMN_COUNT, span_of("99999999999999999999999999x"), REJECT_BAD_NUMBER);
}

static void every_spelling_of_an_instant(void **state)
{
    static const char *const spellings[] = {
        "2026-10-03T11:22:33Z",          "2026-10-03t11:22:33z",
        "2026-10-03 11:22:33Z",          "2026-10-03T19:22:33+08:00",
        "2026-10-03T06:22:33-05:00",     "2026-10-03 19:22:33",
        "2026-10-03T19:22:33",           "2026-10-03 19:22:33 GMT+08:00",
        "2026-10-03T19:22:33 GMT+08:00", "2026-10-03T11:22:33.999Z",
        "2026-10-03 19:22:33.5",         "2026-10-03 19:22:33.123456789 GMT+08:00",
        "2026-10-04T11:21:33+23:59",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        union member member = {0};

        assert_int_equal(parse(COLUMN_INSTANT, NULL, span_of(spellings[i]), &member), REJECT_NONE);
        assert_int_equal(member.instant, 1791026553);
    }
    assert_reason(COLUMN_INSTANT, span_of("2026-10-03"), REJECT_BAD_TIMESTAMP);
    assert_reason(COLUMN_INSTANT, span_of("2026-10-03T11:22:60Z"), REJECT_BAD_TIMESTAMP);
    assert_reason(COLUMN_INSTANT, span_of("2026-10-03T24:00:00Z"), REJECT_BAD_TIMESTAMP);
    assert_reason(COLUMN_INSTANT, span_of("2026-02-29T11:22:33Z"), REJECT_BAD_TIMESTAMP);
    assert_reason(COLUMN_INSTANT, span_of("1969-12-31T15:59:59Z"), REJECT_OUT_OF_RANGE);
    assert_reason(COLUMN_INSTANT, span_of("1969-12-31T16:00:00Z"), REJECT_NONE);
    assert_reason(COLUMN_INSTANT, span_of("9999-12-31T16:00:00Z"), REJECT_OUT_OF_RANGE);
}

static void dates(void **state)
{
    union member member = {0};

    (void)state;
    assert_int_equal(parse(COLUMN_DATE, NULL, span_of("1970-01-02"), &member), REJECT_NONE);
    assert_int_equal(member.instant, 1);
    assert_reason(COLUMN_DATE, span_of("1969-12-31"), REJECT_OUT_OF_RANGE);
    assert_reason(COLUMN_DATE, span_of("2026-13-01"), REJECT_BAD_TIMESTAMP);
    assert_reason(COLUMN_DATE, span_of("2026-1-1"), REJECT_BAD_TIMESTAMP);
    assert_reason(COLUMN_DATE, span_of("2026-10-03 00:00:00"), REJECT_BAD_TIMESTAMP);
}

static void booleans_in_any_case(void **state)
{
    static const char *const yes[] = {"true", "TRUE", "True", "yes", "yEs", "1"};
    static const char *const no[] = {"false", "FALSE", "no", "No", "0"};
    static const char *const bad[] = {"t", "y", "2", "01", "tru", "truee", "on", "yes "};
    union member member = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        member.boolean = false;
        assert_int_equal(parse(COLUMN_BOOLEAN, NULL, span_of(yes[i]), &member), REJECT_NONE);
        assert_true(member.boolean);
    }
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
        member.boolean = true;
        assert_int_equal(parse(COLUMN_BOOLEAN, NULL, span_of(no[i]), &member), REJECT_NONE);
        assert_false(member.boolean);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_reason(COLUMN_BOOLEAN, span_of(bad[i]), REJECT_BAD_BOOLEAN);
    assert_reason(COLUMN_BOOLEAN, (struct span){"true\0", 5}, REJECT_BAD_BOOLEAN);
}

static void names_are_exact(void **state)
{
    union member member = {0};

    (void)state;
    assert_int_equal(parse(COLUMN_ENUM, &enum_tier, span_of("vip"), &member), REJECT_NONE);
    assert_int_equal(member.number, TIER_VIP);
    assert_int_equal(parse(COLUMN_ENUM, &enum_tier, span_of("VIP"), &member), REJECT_UNKNOWN_VALUE);
    assert_int_equal(parse(COLUMN_ENUM, &enum_tier, span_of("vi"), &member), REJECT_UNKNOWN_VALUE);
    assert_int_equal(parse(COLUMN_ENUM, &enum_tier, (struct span){"vip\0", 4}, &member),
                     REJECT_UNKNOWN_VALUE);
    assert_int_equal(parse(COLUMN_CURRENCY, NULL, span_of("CNY"), &member), REJECT_NONE);
    assert_string_equal(currency_code(member.number), "CNY");
    assert_reason(COLUMN_CURRENCY, span_of("cny"), REJECT_UNKNOWN_VALUE);
    assert_reason(COLUMN_CURRENCY, span_of("XXX"), REJECT_UNKNOWN_VALUE);
}

static void every_name_of_every_enumeration_is_found(void **state)
{
    static const struct enumeration *const all[] = {
        &enum_billing_mode, &enum_term_unit, &enum_scenario,
        &enum_cause,        &enum_tier,      &enum_ticket_category,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        assert_string_equal(all[i]->names[0], "");
        for (int value = 0; value < all[i]->count; value++)
            assert_int_equal(enumeration_find(all[i], span_of(all[i]->names[value])), value);
    }
}

static void text_is_measured_in_bytes(void **state)
{
    char text[LONG_TEXT_BYTES_MAX + 1];

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_reason(COLUMN_TEXT, (struct span){text, 256}, REJECT_NONE);
    assert_reason(COLUMN_TEXT, (struct span){text, 257}, REJECT_TOO_LONG);
    assert_reason(COLUMN_LONG_TEXT, (struct span){text, 1024}, REJECT_NONE);
    assert_reason(COLUMN_LONG_TEXT, (struct span){text, 1025}, REJECT_TOO_LONG);
    text[0] = '\1';
    assert_reason(COLUMN_TEXT, (struct span){text, 257}, REJECT_TOO_LONG);
}

static void control_characters_are_bad_text(void **state)
{
    (void)state;
    for (int byte = 0; byte < 0x80; byte++) {
        bool control = byte < ' ' || byte == 0x7F;
        bool in_long = control && byte != '\t' && byte != '\r' && byte != '\n';

        for (size_t at = 0; at < 20; at++) {
            char text[20];

            memset(text, 'x', sizeof(text));
            text[at] = (char)byte;
            assert_int_equal(text_is_good((struct span){text, sizeof(text)}, false), !control);
            assert_int_equal(text_is_good((struct span){text, sizeof(text)}, true), !in_long);
        }
    }
    assert_true(text_is_good(span_of("\xC2\x80\xC2\x9F"), false)); /* C1 is no C0 */
}

/* A second opinion: decodes, then looks at the code point. */
static bool is_one_code_point(const unsigned char *bytes, size_t size)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t code;

    if (size == 2 && (bytes[0] & 0xE0) == 0xC0)
        code = bytes[0] & 0x1F;
    else if (size == 3 && (bytes[0] & 0xF0) == 0xE0)
        code = bytes[0] & 0x0F;
    else if (size == 4 && (bytes[0] & 0xF8) == 0xF0)
        code = bytes[0] & 0x07;
    else
        return false;
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return false;
        code = code << 6 | (bytes[i] & 0x3F);
    }
    return code >= least[size] && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
}

static void only_well_formed_utf8_is_good(void **state)
{
    static const unsigned char probes[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F,
                                           0xA0, 0xBF, 0xC0, 0xC2, 0xED, 0xF0, 0xFF};
    enum { PROBES = sizeof(probes) };

    (void)state;
    for (unsigned lead = 0x80; lead <= 0xFF; lead++) {
        for (unsigned second = 0x80; second <= 0xFF; second++) {
            unsigned char bytes[4] = {(unsigned char)lead, (unsigned char)second};

            assert_int_equal(text_is_good((struct span){(char *)bytes, 2}, false),
                             is_one_code_point(bytes, 2));
            for (size_t i = 0; i < PROBES * PROBES; i++) {
                bytes[2] = probes[i % PROBES];
                bytes[3] = probes[i / PROBES];
                if (bytes[2] >= 0x80 && !is_one_code_point(bytes, 2))
                    assert_int_equal(text_is_good((struct span){(char *)bytes, 3}, false),
                                     is_one_code_point(bytes, 3));
                if (lead >= 0xF0)
                    assert_int_equal(text_is_good((struct span){(char *)bytes, 4}, false),
                                     is_one_code_point(bytes, 4));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts),
        cmocka_unit_test(counts),
        cmocka_unit_test(every_spelling_of_an_instant),
        cmocka_unit_test(dates),
        cmocka_unit_test(booleans_in_any_case),
        cmocka_unit_test(names_are_exact),
        cmocka_unit_test(every_name_of_every_enumeration_is_found),
        cmocka_unit_test(text_is_measured_in_bytes),
        cmocka_unit_test(control_characters_are_bad_text),
        cmocka_unit_test(only_well_formed_utf8_is_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
