#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "policy/civil.h"

enum { CHINA = 8 * SECONDS_PER_HOUR };

#define UNTOUCHED INT64_C(42)

/* Reads an instant that must be a good one, in the policy time zone +08:00. */
static int64_t at(const char *text)
{
    int64_t instant;

    if (instant_parse(span_of(text), CHINA, &instant) != INSTANT_OK)
        fail_msg("\"%s\" is no instant", text);
    return instant;
}

static void assert_instant(int64_t instant, const char *text)
{
    char written[INSTANT_TEXT_MAX];

    assert_int_equal(instant_format(instant, CHINA, written), 25);
    assert_string_equal(written, text);
}

static void assert_status(const char *text, enum instant_status expected)
{
    int64_t instant = UNTOUCHED;
    enum instant_status status = instant_parse(span_of(text), CHINA, &instant);

    if (status != expected)
        fail_msg("\"%s\": status %d, not %d", text, status, expected);
    if (status != INSTANT_OK)
        assert_int_equal(instant, UNTOUCHED);
}

static void test_spellings_of_one_instant(void **state)
{
    static const char *const SPELLINGS[] = {
        "2026-10-03 11:22:33",
        "2026-10-03T11:22:33",
        "2026-10-03t11:22:33",
        "2026-10-03T03:22:33Z",
        "2026-10-03t03:22:33z",
        "2026-10-03 03:22:33Z",
        "2026-10-03 03:22:33z",
        "2026-10-03T11:22:33+08:00",
        "2026-10-03 11:22:33+08:00",
        "2026-10-02T21:52:33-05:30",
        "2026-10-03T03:22:33+00:00",
        "2026-10-03T03:22:33-00:00",
        "2026-10-04T03:21:33+23:59",
        "2026-10-02T03:23:33-23:59",
        "2026-10-03 11:22:33 GMT+08:00",
        "2026-10-03T11:22:33 GMT+08:00",
        "2026-10-03 11:22:33.9",
        "2026-10-03T11:22:33.999999999999999999999999999999",
        "2026-10-03T03:22:33.000Z",
        "2026-10-03T03:22:33.5z",
        "2026-10-03T11:22:33.123456+08:00",
        "2026-10-03 11:22:33.123 GMT+08:00",
        "2026-10-03T11:22:33.123 GMT+08:00",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(SPELLINGS) / sizeof(SPELLINGS[0]); i++) {
        if (at(SPELLINGS[i]) != INT64_C(1790997753))
            fail_msg("%s is %lld", SPELLINGS[i], (long long)at(SPELLINGS[i]));
    }
}

static void test_without_an_offset_the_policy_time_zone_counts(void **state)
{
    int64_t instant;

    (void)state;
    assert_int_equal(instant_parse(span_of("1970-01-01 00:00:00"), 0, &instant), INSTANT_OK);
    assert_int_equal(instant, 0);
    assert_int_equal(instant_parse(span_of("1970-01-01 00:00:00"), CHINA, &instant), INSTANT_OK);
    assert_int_equal(instant, -CHINA);
    assert_int_equal(instant_parse(span_of("1970-01-01 00:00:00"), -5 * 3600 - 1800, &instant),
                     INSTANT_OK);
    assert_int_equal(instant, 5 * 3600 + 1800);
    assert_int_equal(instant_parse(span_of("1970-01-01 08:00:00 GMT+08:00"), 9 * 3600, &instant),
                     INSTANT_OK);
    assert_int_equal(instant, 0);
}

static void test_what_is_no_instant(void **state)
{
    static const char *const BAD[] = {
        "",
        "2026",
        "2026-10-03",
        "2026-10-03 11:22",
        "2026-10-03T11:22Z",
        "2026-10-03T11:22:3",
        "2026-10-03T11:22:33 ",
        " 2026-10-03T11:22:33",
        "2026-10-03  11:22:33",
        "2026-10-03_11:22:33",
        "2026-10-0311:22:33Z0",
        "2026/10/03 11:22:33",
        "2026-10-03T11-22-33",
        "2026-10-03T11.22.33",
        "26-10-03T11:22:33Z00",
        "2026-1-03T11:22:33Z0",
        "+2026-10-03T11:22:33",
        "-026-10-03T11:22:33",
        "12026-10-03T11:22:33Z",
        /* no such month, day, hour, minute, second */
        "2026-00-03T11:22:33Z",
        "2026-13-03T11:22:33Z",
        "2026-10-00T11:22:33Z",
        "2026-10-32T11:22:33Z",
        "2026-02-29T11:22:33Z",
        "2026-04-31T11:22:33Z",
        "2100-02-29T11:22:33Z",
        "2026-10-03T24:00:00Z",
        "2026-10-03T23:60:00Z",
        "2016-12-31T23:59:60Z",
        "2026-10-03T11:99:33Z",
        /* no such fraction */
        "2026-10-03T11:22:33.",
        "2026-10-03T11:22:33.Z",
        "2026-10-03T11:22:33. GMT+08:00",
        "2026-10-03T11:22:33,5Z",
        "2026-10-03T11:22:33.5.5Z",
        "2026-10-03T11:22:33.-5Z",
        "2026-10-03T11:22:33.5 Z",
        /* no such offset */
        "2026-10-03T11:22:33ZZ",
        "2026-10-03T11:22:33Z ",
        "2026-10-03T11:22:33 Z",
        "2026-10-03T11:22:33X",
        "2026-10-03T11:22:33+",
        "2026-10-03T11:22:33+08",
        "2026-10-03T11:22:33+0800",
        "2026-10-03T11:22:33+8:00",
        "2026-10-03T11:22:33+08.00",
        "2026-10-03T11:22:33 08:00",
        "2026-10-03T11:22:33 +08:00",
        "2026-10-03T11:22:33+24:00",
        "2026-10-03T11:22:33-24:00",
        "2026-10-03T11:22:33+08:60",
        "2026-10-03T11:22:33+0a:00",
        "2026-10-03T11:22:33+08:0x",
        "2026-10-03T11:22:33+08:000",
        "2026-10-03T11:22:33 GMT",
        "2026-10-03T11:22:33 GMT+8",
        "2026-10-03T11:22:33 GMT08:00",
        "2026-10-03T11:22:33 GMT+24:00",
        "2026-10-03T11:22:33 GMT+09:00",
        "2026-10-03T11:22:33 GMT-08:00",
        "2026-10-03T11:22:33 gmt+08:00",
        "2026-10-03T11:22:33 UTC+08:00",
        "2026-10-03T11:22:33GMT+08:00",
        "2026-10-03T11:22:33  GMT+08:00",
        "2026-10-03T11:22:33Z GMT+08:00",
        "2026-10-03T11:22:33+08:00 GMT+08:00",
        "2026-10-03T11:22:33 GMT+08:00Z",
        "2026-10-03T11:22:33 GMT+08:00 ",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
        assert_status(BAD[i], INSTANT_BAD);
    assert_int_equal(instant_parse((struct span){NULL, 0}, CHINA, &(int64_t){0}), INSTANT_BAD);
}

/* Every byte that is put in the place of another makes a good spelling bad, if it is no better. */
static void test_each_byte_counts(void **state)
{
    static const char PATTERN[] = "dddd-dd-ddTdd:dd:dd.dddGGGGGGGGGG";
    static const char GOOD[] = "2026-11-11T11:11:11.111 GMT+08:00";
    char text[sizeof(GOOD)];
    size_t i;
    int byte;

    (void)state;
    for (i = 0; i < sizeof(GOOD) - 1; i++) {
        for (byte = 0; byte < 256; byte++) {
            int64_t instant;
            bool digit = byte >= '0' && byte <= '9';
            bool may_be = byte == (unsigned char)GOOD[i] || (PATTERN[i] == 'd' && digit) ||
                          (PATTERN[i] == 'T' && (byte == 't' || byte == ' '));

            memcpy(text, GOOD, sizeof(GOOD));
            text[i] = (char)byte;
            if (!may_be)
                assert_int_equal(
                    instant_parse((struct span){text, sizeof(GOOD) - 1}, CHINA, &instant),
                    INSTANT_BAD);
        }
    }
}

/* Whatever was parsed before, an instant is what it is by itself. */
static void test_the_date_parsed_last_changes_nothing(void **state)
{
    static const char *const TEXTS[] = {
        "1970-01-01 08:00:00",       "2026-10-03 11:22:33", "2026-10-03 11:22:33Z",
        "2026-10-03T11:22:33+08:00", "2026-10-04 11:22:33", "2026-11-03 11:22:33",
        "2025-10-03 11:22:33",       "2026-10-03 24:00:00", "2026-10-33 11:22:33",
        "2026-02-30 11:22:33",       "x026-10-03 11:22:33", "0000-01-01 00:00:00",
        "9999-12-31 23:59:59",
    };
    enum { COUNT = sizeof(TEXTS) / sizeof(TEXTS[0]) };
    static const char NULS[20];

    (void)state;
    for (int first = 0; first < COUNT; first++)
        for (int second = 0; second < COUNT; second++) {
            struct written_date last = {"1970-01-01", 0};
            int64_t after = 42;
            int64_t alone = 42;

            (void)!instant_parse_after(span_of(TEXTS[first]), CHINA, &last, &after);
            after = 42;
            assert_int_equal(instant_parse_after(span_of(TEXTS[second]), CHINA, &last, &after),
                             instant_parse(span_of(TEXTS[second]), CHINA, &alone));
            assert_int_equal(after, alone);
        }
    assert_int_equal(instant_parse((struct span){NULS, 19}, CHINA, &(int64_t){0}), INSTANT_BAD);
}

static void test_years_count_in_the_policy_time_zone(void **state)
{
    (void)state;
    assert_int_equal(at("1970-01-01 00:00:00"), -CHINA);
    assert_int_equal(at("1969-12-31T16:00:00Z"), -CHINA);
    assert_int_equal(at("1969-12-31T20:00:00Z"), -4 * 3600);
    assert_status("1969-12-31T15:59:59Z", INSTANT_OUT_OF_RANGE);
    assert_status("1969-12-31 23:59:59", INSTANT_OUT_OF_RANGE);
    assert_status("1969-12-31 23:59:59.999", INSTANT_OUT_OF_RANGE);
    assert_status("0000-01-01 00:00:00", INSTANT_OUT_OF_RANGE);
    assert_status("0000-02-29 00:00:00+23:59", INSTANT_OUT_OF_RANGE);

    assert_int_equal(at("9999-12-31 23:59:59"), INT64_C(253402300799) - CHINA);
    assert_int_equal(at("9999-12-31T15:59:59Z"), INT64_C(253402300799) - CHINA);
    assert_status("9999-12-31T16:00:00Z", INSTANT_OUT_OF_RANGE);
    assert_status("9999-12-31T20:00:00Z", INSTANT_OUT_OF_RANGE);
    assert_status("9999-12-31T23:59:59-23:59", INSTANT_OUT_OF_RANGE);

    /* What is no instant is bad before it is out of range. */
    assert_status("1969-02-29 00:00:00", INSTANT_BAD);
    assert_status("1969-12-31 23:59:59 GMT", INSTANT_BAD);
}

static void test_leap_days(void **state)
{
    (void)state;
    assert_status("2024-02-29 00:00:00", INSTANT_OK);
    assert_status("2000-02-29 00:00:00", INSTANT_OK);
    assert_status("2400-02-29 00:00:00", INSTANT_OK);
    assert_status("2023-02-29 00:00:00", INSTANT_BAD);
    assert_status("2100-02-29 00:00:00", INSTANT_BAD);
    assert_status("2200-02-29 00:00:00", INSTANT_BAD);
    assert_status("2024-02-30 00:00:00", INSTANT_BAD);
}

static void test_instants_are_written_at_the_offset(void **state)
{
    char text[INSTANT_TEXT_MAX];

    (void)state;
    assert_instant(INT64_C(1790997753), "2026-10-03T11:22:33+08:00");
    assert_instant(-CHINA, "1970-01-01T00:00:00+08:00");
    assert_instant(INT64_C(253402300799) - CHINA, "9999-12-31T23:59:59+08:00");
    instant_format(INT64_C(1790997753), -5 * 3600 - 1800, text);
    assert_string_equal(text, "2026-10-02T21:52:33-05:30");
    instant_format(0, 0, text);
    assert_string_equal(text, "1970-01-01T00:00:00+00:00");
    instant_format(-1, 0, text);
    assert_string_equal(text, "1969-12-31T23:59:59+00:00");
}

/* Walks every day of the calendar's first 20,000 years and counts along. */
static void test_every_day_follows_the_one_before(void **state)
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = -719528;
    struct civil_date date = {0, 1, 1};

    (void)state;
    while (date.year < 20000) {
        struct civil_date found = civil_from_days(days);
        bool leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
        int last = DAYS[date.month - 1] + (date.month == 2 && leap);

        if (found.year != date.year || found.month != date.month || found.day != date.day ||
            civil_days(date) != days)
            fail_msg("day %lld is %d-%d-%d", (long long)days, date.year, date.month, date.day);
        days++;
        date.day++;
        if (date.day > last) {
            date.day = 1;
            date.month++;
        }
        if (date.month > 12) {
            date.month = 1;
            date.year++;
        }
    }
    assert_int_equal(civil_days((struct civil_date){1970, 1, 1}), 0);
    assert_int_equal(civil_days((struct civil_date){99999, 12, 31}), 35804721);
    assert_int_equal(civil_from_days(35804721).year, 99999);
}

/* Text to instant to text, over every hour and a bit of the accepted years. */
static void test_what_is_written_is_read_back(void **state)
{
    int64_t instant;

    (void)state;
    for (instant = -CHINA; instant < INT64_C(253402300800) - CHINA; instant += 86399 * 7 + 3607) {
        char text[INSTANT_TEXT_MAX];
        int64_t read = 0;
        size_t size = instant_format(instant, CHINA, text);

        assert_int_equal(instant_parse((struct span){text, size}, CHINA, &read), INSTANT_OK);
        if (read != instant)
            fail_msg("%s is not %lld", text, (long long)instant);
    }
}

static void test_days_start_at_local_midnight(void **state)
{
    int64_t day = civil_days((struct civil_date){2026, 10, 3});

    (void)state;
    assert_int_equal(civil_day_of(at("2026-10-03 00:00:00"), CHINA), day);
    assert_int_equal(civil_day_of(at("2026-10-03 23:59:59"), CHINA), day);
    assert_int_equal(civil_day_of(at("2026-10-02 23:59:59"), CHINA), day - 1);
    assert_int_equal(civil_day_start(day, CHINA), at("2026-10-03 00:00:00"));
    assert_int_equal(civil_day_of(-1, 0), -1);
    assert_int_equal(civil_day_of(-86400, 0), -1);
    assert_int_equal(civil_day_of(-86401, 0), -2);
    assert_int_equal(civil_day_of(0, -1), -1);
}

static void test_years_change_at_local_midnight(void **state)
{
    (void)state;
    assert_int_equal(civil_year_of(at("2026-12-31 23:59:59"), CHINA), 2026);
    assert_int_equal(civil_year_of(at("2026-12-31T16:00:00Z"), CHINA), 2027);
    assert_int_equal(civil_year_of(at("2026-12-31T16:00:00Z"), 0), 2026);
}

static void test_adding_years(void **state)
{
    (void)state;
    assert_instant(civil_add_years(at("2026-10-03 11:22:33"), 1, CHINA),
                   "2027-10-03T11:22:33+08:00");
    assert_instant(civil_add_years(at("2026-10-03 11:22:33"), 0, CHINA),
                   "2026-10-03T11:22:33+08:00");
    /* 29 February + 1 year = 28 February (policy.md, "Usage year"). */
    assert_instant(civil_add_years(at("2024-02-29 10:00:00"), 1, CHINA),
                   "2025-02-28T10:00:00+08:00");
    assert_instant(civil_add_years(at("2024-02-29 10:00:00"), 3, CHINA),
                   "2027-02-28T10:00:00+08:00");
    assert_instant(civil_add_years(at("2024-02-29 10:00:00"), 4, CHINA),
                   "2028-02-29T10:00:00+08:00");
    assert_instant(civil_add_years(at("2024-02-28 10:00:00"), 1, CHINA),
                   "2025-02-28T10:00:00+08:00");
    assert_instant(civil_add_years(at("2023-02-28 10:00:00"), 1, CHINA),
                   "2024-02-28T10:00:00+08:00");
    assert_instant(civil_add_years(at("2096-02-29 23:59:59"), 4, CHINA),
                   "2100-02-28T23:59:59+08:00");
    /* The date is the local one: in UTC, this is still 28 February. */
    assert_instant(civil_add_years(at("2024-02-28T16:00:00Z"), 1, CHINA),
                   "2025-02-28T00:00:00+08:00");
    /* Beyond what can be written, it can still be compared with. */
    assert_true(civil_add_years(at("9999-12-31 23:59:59"), 3, CHINA) > at("9999-12-31 23:59:59"));
}

/* The worked examples of policy.md, "Refunds". */
static void test_worked_used_periods(void **state)
{
    int64_t start = at("2024-01-01 10:30:00");
    int64_t expiry = at("2024-02-01 23:59:59");
    int64_t request = at("2024-01-15 18:40:00");
    int64_t first_hour = start - start % SECONDS_PER_HOUR;

    (void)state;
    assert_int_equal((request - request % SECONDS_PER_HOUR - first_hour) / SECONDS_PER_HOUR, 344);
    assert_int_equal((expiry + 1 - first_hour) / SECONDS_PER_HOUR, 758);

    assert_int_equal(civil_day_of(at("2024-06-21 00:00:00"), CHINA) -
                         civil_day_of(at("2024-06-14 23:59:59"), CHINA),
                     7);
    assert_int_equal(civil_day_of(at("2024-07-14 00:00:00"), CHINA) -
                         civil_day_of(at("2024-06-14 23:59:59"), CHINA) + 1,
                     31);
}

static void test_dates(void **state)
{
    static const char *const BAD[] = {"",           "2026-10-3",  "2026-10-033", "2026-10-03 ",
                                      "2026/10/03", "20261003",   "2026-02-29",  "2026-13-01",
                                      "2026-00-01", "2026-01-00", "2026-01-32",  "2026-1O-03",
                                      "2026-10-0x", "+026-10-03", "2026-10-03T0"};
    char text[DATE_TEXT_MAX];
    int64_t days = UNTOUCHED;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        if (date_parse(span_of(BAD[i]), &days) != INSTANT_BAD)
            fail_msg("\"%s\" is no date", BAD[i]);
    }
    assert_int_equal(date_parse(span_of("1969-12-31"), &days), INSTANT_OUT_OF_RANGE);
    assert_int_equal(date_parse(span_of("0000-02-29"), &days), INSTANT_OUT_OF_RANGE);
    assert_int_equal(days, UNTOUCHED);
    assert_int_equal(date_parse(span_of("1970-01-01"), &days), INSTANT_OK);
    assert_int_equal(days, 0);
    assert_int_equal(date_parse(span_of("2024-02-29"), &days), INSTANT_OK);
    assert_int_equal(date_format(days, text), 10);
    assert_string_equal(text, "2024-02-29");
    assert_int_equal(date_parse(span_of("9999-12-31"), &days), INSTANT_OK);
    date_format(days, text);
    assert_string_equal(text, "9999-12-31");
}

static void test_periods(void **state)
{
    static const char *const BAD[] = {"",         "2026",    "2026-1",  "2026-00",   "2026-13",
                                      "2026-100", "2026/10", "1969-12", "9999-01",   "9999-12",
                                      "2o26-10",  "2026-1x", "202-610", "2026-10-01"};
    char text[PERIOD_TEXT_MAX];
    int32_t period = PERIOD_NONE;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        if (period_parse(span_of(BAD[i]), &period))
            fail_msg("\"%s\" is no period", BAD[i]);
    }
    assert_int_equal(period, PERIOD_NONE);

    assert_true(period_parse(span_of("2026-12"), &period));
    assert_int_equal(period, 2026 * 12 + 11);
    assert_int_equal(period_format(period, text), 7);
    assert_string_equal(text, "2026-12");
    period_format(period + 1, text);
    assert_string_equal(text, "2027-01");
    assert_int_equal(period_start(period, CHINA), at("2026-12-01 00:00:00"));
    assert_int_equal(period_start(period + 1, CHINA), at("2027-01-01 00:00:00"));
    assert_int_equal(period_of(at("2026-12-01 00:00:00"), CHINA), period);
    assert_int_equal(period_of(at("2026-12-31 23:59:59"), CHINA), period);
    assert_int_equal(period_of(at("2026-12-31T16:00:00Z"), CHINA), period + 1);
    assert_int_equal(period_of(at("2026-11-30 23:59:59"), CHINA), period - 1);

    assert_true(period_parse(span_of("1970-01"), &period));
    assert_int_equal(period_start(period, CHINA), at("1970-01-01 00:00:00"));
    assert_true(period_parse(span_of("9998-12"), &period));
    assert_int_equal(period_start(period + 1, CHINA), at("9999-01-01 00:00:00"));
}

static void test_offsets(void **state)
{
    static const char *const BAD[] = {"",       "Z",      "08:00",  "+8:00",  "+0800",   "+08:0",
                                      "+24:00", "+08:60", "+08-00", " 08:00", "+08:00 ", "+0x:00"};
    int offset = 42;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        if (offset_parse(span_of(BAD[i]), &offset))
            fail_msg("\"%s\" is no offset", BAD[i]);
    }
    assert_int_equal(offset, 42);
    assert_true(offset_parse(span_of("+08:00"), &offset));
    assert_int_equal(offset, CHINA);
    assert_true(offset_parse(span_of("-05:30"), &offset));
    assert_int_equal(offset, -5 * 3600 - 1800);
    assert_true(offset_parse(span_of("-00:00"), &offset));
    assert_int_equal(offset, 0);
    assert_true(offset_parse(span_of("+23:59"), &offset));
    assert_int_equal(offset, 86340);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings_of_one_instant),
        cmocka_unit_test(test_without_an_offset_the_policy_time_zone_counts),
        cmocka_unit_test(test_what_is_no_instant),
        cmocka_unit_test(test_each_byte_counts),
        cmocka_unit_test(test_the_date_parsed_last_changes_nothing),
        cmocka_unit_test(test_years_count_in_the_policy_time_zone),
        cmocka_unit_test(test_leap_days),
        cmocka_unit_test(test_instants_are_written_at_the_offset),
        cmocka_unit_test(test_every_day_follows_the_one_before),
        cmocka_unit_test(test_what_is_written_is_read_back),
        cmocka_unit_test(test_days_start_at_local_midnight),
        cmocka_unit_test(test_years_change_at_local_midnight),
        cmocka_unit_test(test_adding_years),
        cmocka_unit_test(test_worked_used_periods),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_periods),
        cmocka_unit_test(test_offsets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
