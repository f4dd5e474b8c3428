/*
 * Owns the civil calendar at a fixed offset and the spellings of instants, dates and periods.
 * Must not know columns or policy; reads no clock, locale or TZ.
 *
 * Dates are computed as in Neri and Schneider, "Euclidean affine functions and their application
 * to calendar algorithms" (2022), with years that begin in March, one 400-year cycle shifted.
 */
#include "policy/civil.h"

#include <assert.h>
#include <string.h>

#include "policy/digit_pairs.h"

enum {
    SECONDS_PER_MINUTE = 60,
    MONTHS_PER_YEAR = 12,
    CYCLE_YEARS = 400,
    CYCLE_DAYS = 146097,
    EPOCH_DAYS = 719468 + CYCLE_DAYS, /* 1 March of year -400 to 1970-01-01 */
    CIVIL_YEAR_MIN = 0,               /* what the calendar computes, wider than what is accepted */
    CIVIL_YEAR_MAX = 99999,
    CIVIL_DAY_MIN = -719528,  /* 0000-01-01 */
    CIVIL_DAY_MAX = 35804721, /* 99999-12-31 */
    DAYS_ACCEPTED = 2932897,  /* 1970-01-01 to 9999-12-31 */
};

static bool is_leap_year(int year)
{
    /* Of the multiples of 100, those of 16 are those of 400. */
    return (year % 100 == 0 ? year % 16 : year % 4) == 0;
}

static int days_in_month(int year, int month)
{
    static const signed char DAYS[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return DAYS[month] + (month == 2 && is_leap_year(year));
}

/* Takes the parts, not the struct: a struct that goes through memory costs more than the sum. */
static inline int64_t days_of(int year, int month, int day)
{
    bool before_march = month <= 2;
    uint32_t march_year = (uint32_t)(year + CYCLE_YEARS - before_march);
    uint32_t march_month = (uint32_t)(month + (before_march ? MONTHS_PER_YEAR : 0));
    uint32_t century = march_year / 100;
    uint32_t days = march_year * 1461 / 4 - century + century / 4;

    days += (979 * march_month - 2919) / 32;
    return (int64_t)days + day - 1 - EPOCH_DAYS;
}

int64_t civil_days(struct civil_date date)
{
    assert(date.year >= CIVIL_YEAR_MIN && date.year <= CIVIL_YEAR_MAX);
    return days_of(date.year, date.month, date.day);
}

static inline struct civil_date date_of(int64_t days)
{
    uint32_t quarters = 4 * (uint32_t)(days + EPOCH_DAYS) + 3; /* of a day, within the cycles */
    uint32_t century = quarters / CYCLE_DAYS;
    uint32_t century_quarters = quarters % CYCLE_DAYS | 3;
    /* / 1461 by multiplication: the year of the century above, its day in the low half */
    uint64_t product = UINT64_C(2939745) * century_quarters;
    uint32_t year = 100 * century + (uint32_t)(product >> 32);
    uint32_t day_of_year = (uint32_t)product / 2939745 / 4;
    uint32_t scaled = 2141 * day_of_year + 197913; /* month above, day in the low half */
    bool before_march = day_of_year >= 306;

    return (struct civil_date){
        .year = (int)year - CYCLE_YEARS + before_march,
        .month = (int)(scaled >> 16) - (before_march ? MONTHS_PER_YEAR : 0),
        .day = (int)((scaled & 0xFFFF) / 2141) + 1,
    };
}

struct civil_date civil_from_days(int64_t days)
{
    assert(days >= CIVIL_DAY_MIN && days <= CIVIL_DAY_MAX);
    return date_of(days);
}

int64_t civil_day_of(int64_t instant, int utc_offset_seconds)
{
    int64_t local = instant + utc_offset_seconds;

    return local / SECONDS_PER_DAY - (local % SECONDS_PER_DAY < 0);
}

int64_t civil_day_start(int64_t days, int utc_offset_seconds)
{
    return days * SECONDS_PER_DAY - utc_offset_seconds;
}

int civil_year_of(int64_t instant, int utc_offset_seconds)
{
    return civil_from_days(civil_day_of(instant, utc_offset_seconds)).year;
}

int64_t civil_add_years(int64_t instant, int years, int utc_offset_seconds)
{
    int64_t days = civil_day_of(instant, utc_offset_seconds);
    struct civil_date date = civil_from_days(days);

    date.year += years;
    if (date.month == 2 && date.day == 29 && !is_leap_year(date.year))
        date.day = 28;
    return instant + (civil_days(date) - days) * SECONDS_PER_DAY;
}

/* Eight bytes, the first one lowest, whatever the machine's byte order. */
static inline uint64_t load_8(const char *data)
{
    const unsigned char *byte = (const unsigned char *)data;

    return (uint64_t)byte[0] | (uint64_t)byte[1] << 8 | (uint64_t)byte[2] << 16 |
           (uint64_t)byte[3] << 24 | (uint64_t)byte[4] << 32 | (uint64_t)byte[5] << 40 |
           (uint64_t)byte[6] << 48 | (uint64_t)byte[7] << 56;
}

/*
 * Reads eight bytes at once that must look like `zeros`, digits where it has '0'. Byte i of *pairs
 * becomes the number written by the digits i and i + 1. `excess` lifts exactly the bytes that are
 * not allowed to 0x80 and above: 0x80 - 10 for a digit, 0x80 - 1 for a fixed byte.
 */
static inline bool read_pairs(const char *data, uint64_t zeros, uint64_t excess, uint64_t *pairs)
{
    uint64_t digits = load_8(data) ^ zeros;

    *pairs = digits * 10 + (digits >> 8);
    return (((digits + excess) | digits) & UINT64_C(0x8080808080808080)) == 0;
}

static inline int pair_at(uint64_t pairs, int index)
{
    return (int)(pairs >> (8 * index) & 0xFF);
}

static inline bool read_2_digits(const char *data, int *value)
{
    unsigned tens = (unsigned char)data[0] - (unsigned)'0';
    unsigned ones = (unsigned char)data[1] - (unsigned)'0';

    *value = (int)(tens * 10 + ones);
    return (tens <= 9) & (ones <= 9);
}

/* "2026-10-03", 10 bytes, any year of four digits. */
static inline bool read_date(const char *data, int64_t *days)
{
    uint64_t pairs;
    int year;
    int month;
    int day;

    if (!read_pairs(data, UINT64_C(0x2D30302D30303030), UINT64_C(0x7F76767F76767676), &pairs) ||
        !read_2_digits(data + 8, &day))
        return false;
    year = pair_at(pairs, 0) * 100 + pair_at(pairs, 2);
    month = pair_at(pairs, 5);
    if (month < 1 || month > MONTHS_PER_YEAR || day < 1)
        return false;
    if (day > 28 && day > days_in_month(year, month))
        return false;
    *days = days_of(year, month, day);
    return true;
}

/* "11:22:33", 8 bytes. */
static inline bool read_time(const char *data, int *seconds)
{
    uint64_t pairs;
    int hour;
    int minute;
    int second;

    if (!read_pairs(data, UINT64_C(0x30303A30303A3030), UINT64_C(0x76767F76767F7676), &pairs))
        return false;
    hour = pair_at(pairs, 0);
    minute = pair_at(pairs, 3);
    second = pair_at(pairs, 6);
    *seconds = hour * SECONDS_PER_HOUR + minute * SECONDS_PER_MINUTE + second;
    return (hour < 24) & (minute < 60) & (second < 60);
}

/* "+08:00", 6 bytes. */
static inline bool read_offset(const char *data, int *utc_offset_seconds)
{
    int hours;
    int minutes;
    int seconds;

    if ((data[0] != '+' && data[0] != '-') || data[3] != ':')
        return false;
    if (!read_2_digits(data + 1, &hours) || !read_2_digits(data + 4, &minutes))
        return false;
    if (hours > 23 || minutes > 59)
        return false;
    seconds = hours * SECONDS_PER_HOUR + minutes * SECONDS_PER_MINUTE;
    *utc_offset_seconds = data[0] == '-' ? -seconds : seconds;
    return true;
}

/* The one offset that inputs.md spells with GMT, as the provider's console does. */
static const char CONSOLE_OFFSET[] = " GMT+08:00";
enum { CONSOLE_OFFSET_SECONDS = 8 * SECONDS_PER_HOUR };

/* What may stand behind the seconds; the offset stays as it is where none is written. */
static inline bool read_tail(const char *at, const char *end, int *utc_offset_seconds)
{
    size_t left;

    if (at < end && *at == '.') {
        const char *fraction = ++at;

        while (at < end && *at >= '0' && *at <= '9')
            at++;
        if (at == fraction)
            return false;
    }
    left = (size_t)(end - at);
    if (left == 0)
        return true;
    if (left == 1) {
        *utc_offset_seconds = 0;
        return *at == 'Z' || *at == 'z';
    }
    if (left == sizeof(CONSOLE_OFFSET) - 1) {
        *utc_offset_seconds = CONSOLE_OFFSET_SECONDS;
        return memcmp(at, CONSOLE_OFFSET, left) == 0;
    }
    return left == 6 && read_offset(at, utc_offset_seconds);
}

enum { DATE_SIZE = DATE_TEXT_MAX - 1 };

/* "2026-10-03", 10 bytes, maybe those of `last`. */
static inline bool read_date_after(const char *data, struct written_date *last, int64_t *days)
{
    if (memcmp(data, last->text, DATE_SIZE) != 0) {
        if (!read_date(data, &last->days))
            return false;
        memcpy(last->text, data, DATE_SIZE);
    }
    *days = last->days;
    return true;
}

static inline enum instant_status parse_instant(struct span text, int utc_offset_seconds,
                                                struct written_date *last, int64_t *out)
{
    enum { SECONDS_END = 19 };
    int offset = utc_offset_seconds;
    int64_t days;
    int64_t instant;
    int seconds;
    char separator;

    if (text.size < SECONDS_END)
        return INSTANT_BAD;
    separator = text.data[DATE_SIZE];
    if (separator != 'T' && separator != ' ' && separator != 't')
        return INSTANT_BAD;
    if (!read_date_after(text.data, last, &days) || !read_time(text.data + DATE_SIZE + 1, &seconds))
        return INSTANT_BAD;
    if (!read_tail(text.data + SECONDS_END, text.data + text.size, &offset))
        return INSTANT_BAD;

    instant = days * SECONDS_PER_DAY + seconds - offset;
    if (instant + utc_offset_seconds < 0 ||
        instant + utc_offset_seconds >= (int64_t)DAYS_ACCEPTED * SECONDS_PER_DAY)
        return INSTANT_OUT_OF_RANGE;
    *out = instant;
    return INSTANT_OK;
}

enum instant_status instant_parse_after(struct span text, int utc_offset_seconds,
                                        struct written_date *last, int64_t *out)
{
    return parse_instant(text, utc_offset_seconds, last, out);
}

enum instant_status instant_parse(struct span text, int utc_offset_seconds, int64_t *out)
{
    struct written_date last = {"1970-01-01", 0};

    return parse_instant(text, utc_offset_seconds, &last, out);
}

enum instant_status date_parse(struct span text, int64_t *days)
{
    int64_t read;

    if (text.size != DATE_SIZE || !read_date(text.data, &read))
        return INSTANT_BAD;
    if (read < 0) /* four digits end with year 9999 */
        return INSTANT_OUT_OF_RANGE;
    *days = read;
    return INSTANT_OK;
}

static inline char *put_year_month(char *at, int year, int month)
{
    assert(year >= 0 && year <= YEAR_MAX);
    at = digit_pair_put(at, (unsigned)(year / 100));
    at = digit_pair_put(at, (unsigned)(year % 100));
    *at++ = '-';
    return digit_pair_put(at, (unsigned)month);
}

static inline char *put_date(char *at, int64_t days)
{
    struct civil_date date = date_of(days);

    at = put_year_month(at, date.year, date.month);
    *at++ = '-';
    return digit_pair_put(at, (unsigned)date.day);
}

static inline char *put_hour_minute(char *at, int seconds)
{
    at = digit_pair_put(at, (unsigned)(seconds / SECONDS_PER_HOUR));
    *at++ = ':';
    return digit_pair_put(at, (unsigned)(seconds / SECONDS_PER_MINUTE % 60));
}

size_t instant_format(int64_t instant, int utc_offset_seconds, char text[INSTANT_TEXT_MAX])
{
    int64_t days = civil_day_of(instant, utc_offset_seconds);
    int seconds = (int)(instant + utc_offset_seconds - days * SECONDS_PER_DAY);
    char *at = put_date(text, days);

    *at++ = 'T';
    at = put_hour_minute(at, seconds);
    *at++ = ':';
    at = digit_pair_put(at, (unsigned)(seconds % 60));
    *at++ = utc_offset_seconds < 0 ? '-' : '+';
    at = put_hour_minute(at, utc_offset_seconds < 0 ? -utc_offset_seconds : utc_offset_seconds);
    *at = '\0';
    return INSTANT_TEXT_MAX - 1;
}

size_t date_format(int64_t days, char text[DATE_TEXT_MAX])
{
    *put_date(text, days) = '\0';
    return DATE_TEXT_MAX - 1;
}

int32_t period_of(int64_t instant, int utc_offset_seconds)
{
    struct civil_date date = civil_from_days(civil_day_of(instant, utc_offset_seconds));

    return date.year * MONTHS_PER_YEAR + date.month - 1;
}

int64_t period_start(int32_t period, int utc_offset_seconds)
{
    struct civil_date first = {
        .year = period / MONTHS_PER_YEAR,
        .month = period % MONTHS_PER_YEAR + 1,
        .day = 1,
    };

    return civil_day_start(civil_days(first), utc_offset_seconds);
}

bool period_parse(struct span text, int32_t *period)
{
    int century;
    int year;
    int month;

    if (text.size != PERIOD_TEXT_MAX - 1 || text.data[4] != '-')
        return false;
    if (!read_2_digits(text.data, &century) || !read_2_digits(text.data + 2, &year) ||
        !read_2_digits(text.data + 5, &month))
        return false;
    year += century * 100;
    /* A period needs the start of the next one, so that the last year has none. */
    if (year < YEAR_MIN || year >= YEAR_MAX || month < 1 || month > MONTHS_PER_YEAR)
        return false;
    *period = year * MONTHS_PER_YEAR + month - 1;
    return true;
}

size_t period_format(int32_t period, char text[PERIOD_TEXT_MAX])
{
    *put_year_month(text, period / MONTHS_PER_YEAR, period % MONTHS_PER_YEAR + 1) = '\0';
    return PERIOD_TEXT_MAX - 1;
}

bool offset_parse(struct span text, int *utc_offset_seconds)
{
    return text.size == 6 && read_offset(text.data, utc_offset_seconds);
}
