/*
 * Instants and the civil calendar of the policy time zone, a fixed offset from UTC.
 *
 * An instant is a count of UTC seconds since 1970-01-01T00:00:00Z (POSIX: no leap seconds). Days,
 * months and years are the proleptic Gregorian calendar's, counted in the policy time zone. Pure:
 * no clock, locale or TZ is read.
 */
#ifndef POLICY_CIVIL_H
#define POLICY_CIVIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/span.h"

#define INSTANT_NONE INT64_MIN /* no instant: the value is absent */
#define PERIOD_NONE INT32_MIN

enum {
    SECONDS_PER_HOUR = 3600,
    SECONDS_PER_DAY = 86400,
    INSTANT_TEXT_MAX = 26, /* "2026-10-03T19:22:33+08:00" and a NUL */
    DATE_TEXT_MAX = 11,    /* "2026-10-03" and a NUL */
    PERIOD_TEXT_MAX = 8,   /* "2026-10" and a NUL */
    YEAR_MIN = 1970,       /* years that inputs may name, counted in the policy time zone */
    YEAR_MAX = 9999,
};

struct civil_date {
    int year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
};

enum instant_status {
    INSTANT_OK,
    INSTANT_OUT_OF_RANGE, /* well formed, but not of 1970 to 9999 in the policy time zone */
    INSTANT_BAD,          /* no spelling of an instant that inputs.md names */
};

/* Days since 1970-01-01 and back, years 0 to 99999. The date must be a real one. */
int64_t civil_days(struct civil_date date);
struct civil_date civil_from_days(int64_t days);

/* Days since 1970-01-01 of the instant's civil date at the offset (seconds east of UTC). */
int64_t civil_day_of(int64_t instant, int utc_offset_seconds);
/* The instant at which that civil day starts. */
int64_t civil_day_start(int64_t days, int utc_offset_seconds);
int civil_year_of(int64_t instant, int utc_offset_seconds);

/*
 * The same civil date and time of day `years` later; 29 February becomes 28 February where the year
 * has no 29th (policy.md, "Usage year").
 */
int64_t civil_add_years(int64_t instant, int years, int utc_offset_seconds);

/*
 * Parses every spelling of an instant of inputs.md ("Instant"); one without an offset is in the
 * policy time zone. Fractions of a second are dropped. *out is written on INSTANT_OK only.
 */
enum instant_status instant_parse(struct span text, int utc_offset_seconds, int64_t *out)
    __attribute__((warn_unused_result));

/* A date as it was written, and its day: {"1970-01-01", 0} to begin with. */
struct written_date {
    char text[DATE_TEXT_MAX];
    int64_t days;
};

/*
 * Likewise, for instants of which many have the date of the one before: a date that is written as
 * *last is not worked out again. *last is what was last worked out.
 */
enum instant_status instant_parse_after(struct span text, int utc_offset_seconds,
                                        struct written_date *last, int64_t *out)
    __attribute__((warn_unused_result));

/* Parses "2026-10-03" into days since 1970-01-01; years 1970 to 9999. */
enum instant_status date_parse(struct span text, int64_t *days) __attribute__((warn_unused_result));

/* RFC 3339 at the offset; NUL-terminates; returns the length (25). The year must be 0 to 9999. */
size_t instant_format(int64_t instant, int utc_offset_seconds, char text[INSTANT_TEXT_MAX]);
size_t date_format(int64_t days, char text[DATE_TEXT_MAX]);

/*
 * A period is a calendar month of the policy time zone, counted as year x 12 + month - 1, so that
 * the next period is the next number.
 */
int32_t period_of(int64_t instant, int utc_offset_seconds);
int64_t period_start(int32_t period, int utc_offset_seconds);
/* "2026-10", years 1970 to 9998; false when it is anything else. */
bool period_parse(struct span text, int32_t *period) __attribute__((warn_unused_result));
size_t period_format(int32_t period, char text[PERIOD_TEXT_MAX]);

/* Parses a fixed offset, "+08:00", hours 0 to 23; false when it is anything else. */
bool offset_parse(struct span text, int *utc_offset_seconds) __attribute__((warn_unused_result));

#endif
