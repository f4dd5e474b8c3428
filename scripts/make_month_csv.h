/*
 * Writes the CSV files of a generated month, plain or gzip, with bad rows on purpose.
 *
 * Cells are appended to a row by the put_* functions: each writes its value and a comma, and
 * csv_row_end() turns the last comma into the line end. Times are seconds since 1970-01-01 00:00:00
 * in the policy time zone (+08:00), so that days and months are plain arithmetic.
 */
#ifndef MAKE_MONTH_CSV_H
#define MAKE_MONTH_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WARN_UNUSED __attribute__((warn_unused_result))

/* No row that is written here is longer; csv_row() gives room for one. */
#define CSV_ROW_BYTES_MAX 4096

#define DAY_SECONDS INT64_C(86400)
/* An instant that is absent; nothing happens in 1970 here. */
#define TIME_NONE INT64_C(0)

/* Random numbers: splitmix64. The same words give the same stream, everywhere. */
struct rng {
    uint64_t state;
};
struct rng rng_of(uint64_t seed, uint64_t domain, uint64_t a, uint64_t b);
uint64_t rng_next(struct rng *rng);
/* A number in [0, limit), 0 when limit is 0; limit is at most 2^32. */
uint64_t rng_below(struct rng *rng, uint64_t limit);
/* An instant in [from, until), from when that is empty. */
int64_t rng_between(struct rng *rng, int64_t from, int64_t until);

/* Calendar. A month is a count: year * 12 + month - 1. */
int64_t month_start(int month);
int month_days(int month);
/* The same day and time of day `months` later, or the month's last day where it has no such day. */
int64_t time_add_months(int64_t seconds, int months);
/* The last second of the day. */
int64_t time_day_end(int64_t seconds);

/* How an instant is written; all of them mean the same. */
enum time_form { TIME_LOCAL, TIME_UTC, TIME_OFFSET, TIME_GMT };
/* Mostly local, now and then another: a function of any random word. */
enum time_form time_form_of(uint64_t word);

char *put_text(char *at, const char *text);
/* In quotes where RFC 4180 asks for it. */
char *put_quoted(char *at, const char *text);
char *put_boolean(char *at, bool value);
char *put_number(char *at, uint64_t number);
char *put_amount(char *at, int64_t minor, int digits);
char *put_time(char *at, int64_t seconds, enum time_form form);
char *put_date(char *at, int64_t seconds);
/* Without a comma, for ids that are put together. */
char *add_text(char *at, const char *text);
char *add_padded(char *at, uint64_t number, int width);
char *add_hex(char *at, uint64_t number, int width);

enum csv_input {
    CSV_ORDERS,
    CSV_REQUESTS,
    CSV_INCIDENTS,
    CSV_CLAIMS,
    CSV_USAGE,
    CSV_ACCOUNTS,
    CSV_FILINGS,
    CSV_TICKETS,
    CSV_BILLING
};

/* Which rows go bad, and how: one for an input, shared by its parts. Per million 0: none. */
struct csv_faults {
    enum csv_input input;
    uint32_t per_million;
    struct rng rng;
    uint64_t rows_until_next;
    size_t next_fault;
    uint64_t written;
};
void csv_faults_init(struct csv_faults *faults, enum csv_input input, uint32_t per_million,
                     uint64_t seed, int month);

struct csv_file;

/*
 * Opens folder/name, or folder/name.gz, and writes the header. `header` must outlive the file.
 * NULL when the file cannot be made; the reason is printed.
 */
struct csv_file *csv_open(const char *folder, const char *name, bool gzip, const char *header,
                          struct csv_faults *faults) WARN_UNUSED;
/* Room for one row; dies at csv_row_end(). A failure to write is kept until csv_close(). */
char *csv_row(struct csv_file *file);
void csv_row_end(struct csv_file *file, char *end);
/* Ends the file and frees it. False when anything failed; the reason is printed. */
bool csv_close(struct csv_file *file, uint64_t *rows, uint64_t *bytes) WARN_UNUSED;

#endif
