/*
 * Owns random numbers, the calendar and how a value is written in a cell.
 */
#include "make_month_csv.h"

#include <string.h>

enum { ZONE_SECONDS = 8 * 3600 };

/* Random numbers */

static uint64_t mix(uint64_t word)
{
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

struct rng rng_of(uint64_t seed, uint64_t domain, uint64_t a, uint64_t b)
{
    uint64_t state = mix(seed + domain * UINT64_C(0x9e3779b97f4a7c15));
    state = mix(state ^ (a * UINT64_C(0xd1342543de82ef95) + 1));
    return (struct rng){state ^ (b * UINT64_C(0xaf251af3b0f025b5))};
}

uint64_t rng_next(struct rng *rng)
{
    rng->state += UINT64_C(0x9e3779b97f4a7c15);
    return mix(rng->state);
}

uint64_t rng_below(struct rng *rng, uint64_t limit)
{
    return ((rng_next(rng) >> 32) * limit) >> 32;
}

int64_t rng_between(struct rng *rng, int64_t from, int64_t until)
{
    return until <= from ? from : from + (int64_t)rng_below(rng, (uint64_t)(until - from));
}

/* Calendar, after Howard Hinnant's days_from_civil; all years here are positive. */

struct civil {
    unsigned year, month, day;
};

static int64_t days_from_civil(int year, int month, int day)
{
    int shifted = month <= 2 ? year - 1 : year;
    int era = shifted / 400;
    int year_of_era = shifted - era * 400;
    int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int64_t)era * 146097 + day_of_era - 719468;
}

static struct civil civil_from_days(int64_t days)
{
    unsigned shifted = (unsigned)(days + 719468);
    unsigned era = shifted / 146097;
    unsigned day_of_era = shifted - era * 146097;
    unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned shifted_month = (5 * day_of_year + 2) / 153;
    unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    unsigned day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    return (struct civil){year_of_era + era * 400 + (month <= 2), month, day};
}

int64_t month_start(int month)
{
    return days_from_civil(month / 12, month % 12 + 1, 1) * DAY_SECONDS;
}

int month_days(int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = month / 12;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month % 12 == 1 && leap ? 29 : days[month % 12];
}

int64_t time_add_months(int64_t seconds, int months)
{
    struct civil from = civil_from_days(seconds / DAY_SECONDS);
    int month = (int)from.year * 12 + (int)from.month - 1 + months;
    int day = (int)from.day < month_days(month) ? (int)from.day : month_days(month);
    return month_start(month) + (day - 1) * DAY_SECONDS + seconds % DAY_SECONDS;
}

int64_t time_day_end(int64_t seconds)
{
    return seconds - seconds % DAY_SECONDS + DAY_SECONDS - 1;
}

enum time_form time_form_of(uint64_t word)
{
    return word % 64 < 4 ? (enum time_form)(word % 64) : TIME_LOCAL;
}

/* Cells */

char *add_text(char *at, const char *text)
{
    size_t bytes = strlen(text);
    memcpy(at, text, bytes);
    return at + bytes;
}

char *add_padded(char *at, uint64_t number, int width)
{
    char digits[20];
    int count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (int i = count; i < width; i++) {
        *at++ = '0';
    }
    while (count > 0) {
        *at++ = digits[--count];
    }
    return at;
}

char *add_hex(char *at, uint64_t number, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        at[i] = "0123456789abcdef"[number & 15];
        number >>= 4;
    }
    return at + width;
}

static char *add_two(char *at, unsigned number)
{
    at[0] = (char)('0' + number / 10);
    at[1] = (char)('0' + number % 10);
    return at + 2;
}

static char *end_cell(char *at)
{
    *at = ',';
    return at + 1;
}

char *put_text(char *at, const char *text)
{
    return end_cell(add_text(at, text));
}

char *put_quoted(char *at, const char *text)
{
    size_t bytes = strlen(text);
    bool edge_space = bytes > 0 && (text[0] == ' ' || text[bytes - 1] == ' ');
    if (!edge_space && strpbrk(text, ",\"\r\n\t") == NULL) {
        return put_text(at, text);
    }
    *at++ = '"';
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            *at++ = '"';
        }
        *at++ = *text;
    }
    *at++ = '"';
    return end_cell(at);
}

char *put_boolean(char *at, bool value)
{
    return put_text(at, value ? "true" : "false");
}

char *put_number(char *at, uint64_t number)
{
    return end_cell(add_padded(at, number, 1));
}

char *put_amount(char *at, int64_t minor, int digits)
{
    static const uint64_t powers[] = {1,      10,      100,      1000,     10000,
                                      100000, 1000000, 10000000, 100000000};
    uint64_t amount = (uint64_t)minor;
    uint64_t unit = powers[digits];
    at = add_padded(at, amount / unit, 1);
    if (digits > 0 && amount != 0) {
        *at++ = '.';
        at = add_padded(at, amount % unit, digits);
    }
    return end_cell(at);
}

static char *add_date(char *at, int64_t seconds)
{
    struct civil date = civil_from_days(seconds / DAY_SECONDS);
    at = add_two(at, date.year / 100);
    at = add_two(at, date.year % 100);
    *at++ = '-';
    at = add_two(at, date.month);
    *at++ = '-';
    return add_two(at, date.day);
}

char *put_date(char *at, int64_t seconds)
{
    return end_cell(add_date(at, seconds));
}

char *put_time(char *at, int64_t seconds, enum time_form form)
{
    static const char *const zones[] = {"", "Z", "+08:00", " GMT+08:00"};
    if (seconds == TIME_NONE) {
        return end_cell(at);
    }
    int64_t shown = form == TIME_UTC ? seconds - ZONE_SECONDS : seconds;
    unsigned second = (unsigned)(shown % DAY_SECONDS);
    at = add_date(at, shown);
    *at++ = form == TIME_UTC || form == TIME_OFFSET ? 'T' : ' ';
    at = add_two(at, second / 3600);
    *at++ = ':';
    at = add_two(at, second / 60 % 60);
    *at++ = ':';
    at = add_two(at, second % 60);
    return end_cell(add_text(at, zones[form]));
}
