/*
 * Owns files: buffers, gzip, and the ways in which a row can be bad.
 * Knows nothing of what an order or a claim is.
 */
#include "make_month_csv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum {
    BUFFER_BYTES = 1 << 20,
    PATH_BYTES_MAX = 4096,
    FIELDS_MAX = 32,
    /* A gzip file is cut into members of this size, as a log rotation would. */
    MEMBER_BYTES = 4 << 20
};

/* Bad rows */

enum fault_op { REPLACE, LESS_FIELDS, MORE_FIELDS, TWICE_EQUAL, TWICE_DIFFERENT };

/* What is done to a good row so that it is rejected for the reason named; by input, in turn. */
static const struct fault {
    enum csv_input input;
    enum fault_op op;
    const char *reason;
    const char *column;
    const char *text; /* "LONG" stands for 1,200 letters, "NUL" for a byte 0 */
} FAULTS[] = {
    {CSV_ORDERS, REPLACE, "bad_number", "cash_paid", "12,5O"},
    {CSV_ORDERS, REPLACE, "ends_before_start", "expires_at", "1999-12-31 23:59:59"},
    {CSV_ORDERS, TWICE_DIFFERENT, "duplicate_key", "account_id", "acc-0000000-moved"},
    {CSV_ORDERS, REPLACE, "missing_value", "resource_id", ""},
    {CSV_ORDERS, TWICE_EQUAL, "", "", ""},
    {CSV_ORDERS, REPLACE, "too_precise", "cash_paid", "10.00001"},
    {CSV_ORDERS, REPLACE, "negative", "flexi_coupon_paid", "-5"},
    {CSV_ORDERS, REPLACE, "bad_timestamp", "purchased_at", "2026/10/03 11:22"},
    {CSV_ORDERS, REPLACE, "unknown_value", "billing_mode", "postpaid"},
    {CSV_ORDERS, LESS_FIELDS, "wrong_field_count", "", ""},
    {CSV_ORDERS, REPLACE, "bad_boolean", "refundable", "maybe"},
    {CSV_ORDERS, REPLACE, "out_of_range", "cash_coupon_paid", "1234567890123456"},
    {CSV_ORDERS, REPLACE, "bad_text", "region", "cn-north\x01-4"},
    {CSV_ORDERS, REPLACE, "too_long", "service", "LONG"},
    {CSV_ORDERS, REPLACE, "unknown_value", "currency", "RMB"},
    {CSV_ORDERS, REPLACE, "bad_text", "resource_id", "\xc3("},
    {CSV_ORDERS, REPLACE, "out_of_range", "expires_at", "2199-01-01 00:00:00"},
    {CSV_ORDERS, REPLACE, "too_precise", "cash_coupon_paid", "0.12345678901"},
    {CSV_ORDERS, MORE_FIELDS, "wrong_field_count", "", ""},
    {CSV_ORDERS, REPLACE, "bad_text", "account_id", "NUL"},

    {CSV_REQUESTS, TWICE_EQUAL, "", "", ""},
    {CSV_REQUESTS, REPLACE, "bad_timestamp", "requested_at", "2026-02-30 08:00:00"},
    {CSV_REQUESTS, REPLACE, "too_old", "requested_at", "2001-02-03 04:05:06"},
    {CSV_REQUESTS, TWICE_DIFFERENT, "duplicate_key", "account_id", "acc-0000000-moved"},
    {CSV_REQUESTS, REPLACE, "missing_value", "order_id", ""},
    {CSV_REQUESTS, LESS_FIELDS, "wrong_field_count", "", ""},
    {CSV_REQUESTS, REPLACE, "too_long", "order_id", "LONG"},
    {CSV_REQUESTS, REPLACE, "bad_text", "account_id", "acc-\x7f"},
    {CSV_REQUESTS, MORE_FIELDS, "wrong_field_count", "", ""},
    {CSV_REQUESTS, REPLACE, "out_of_range", "requested_at", "1969-12-31 23:59:59"},

    {CSV_INCIDENTS, REPLACE, "unknown_value", "cause", "gremlins"},
    {CSV_INCIDENTS, REPLACE, "ends_before_start", "rectified_at", "1999-12-31 23:59:59"},
    {CSV_INCIDENTS, TWICE_EQUAL, "", "", ""},
    {CSV_INCIDENTS, REPLACE, "bad_boolean", "sla_covered", "n/a"},
    {CSV_INCIDENTS, TWICE_DIFFERENT, "duplicate_key", "service", "a-different-service"},
    {CSV_INCIDENTS, REPLACE, "missing_value", "service", ""},
    {CSV_INCIDENTS, REPLACE, "too_long", "title", "LONG"},
    {CSV_INCIDENTS, REPLACE, "bad_text", "title", "\xff\xfe fault"},
    {CSV_INCIDENTS, REPLACE, "bad_timestamp", "started_at", "yesterday"},
    {CSV_INCIDENTS, LESS_FIELDS, "wrong_field_count", "", ""},

    {CSV_CLAIMS, REPLACE, "bad_timestamp", "submitted_at", "2026-10-03 24:00:00"},
    {CSV_CLAIMS, TWICE_EQUAL, "", "", ""},
    {CSV_CLAIMS, REPLACE, "too_old", "submitted_at", "2001-02-03 04:05:06"},
    {CSV_CLAIMS, TWICE_DIFFERENT, "duplicate_key", "account_id", "acc-0000000-moved"},
    {CSV_CLAIMS, REPLACE, "missing_value", "incident_id", ""},
    {CSV_CLAIMS, MORE_FIELDS, "wrong_field_count", "", ""},
    {CSV_CLAIMS, REPLACE, "too_long", "resource_id", "LONG"},
    {CSV_CLAIMS, REPLACE, "bad_text", "resource_id", "\xe4\xb8"},

    {CSV_USAGE, REPLACE, "negative", "cost", "-0.01"},
    {CSV_USAGE, REPLACE, "too_precise", "cost", "0.12345678901"},
    {CSV_USAGE, TWICE_EQUAL, "", "", ""},
    {CSV_USAGE, REPLACE, "out_of_range", "cost", "1000000000000000"},
    {CSV_USAGE, TWICE_DIFFERENT, "duplicate_key", "cost", "987654321.0123456789"},
    {CSV_USAGE, REPLACE, "bad_number", "cost", "+1"},
    {CSV_USAGE, REPLACE, "bad_timestamp", "usage_date", "2026-13-01"},
    {CSV_USAGE, REPLACE, "unknown_value", "currency", "cny"},
    {CSV_USAGE, REPLACE, "missing_value", "account_id", ""},
    {CSV_USAGE, REPLACE, "bad_text", "service", "e\x1b[31mcs"},
    {CSV_USAGE, LESS_FIELDS, "wrong_field_count", "", ""},
    {CSV_USAGE, REPLACE, "too_long", "region", "LONG"},

    {CSV_ACCOUNTS, REPLACE, "unknown_value", "tier", "gold"},
    {CSV_ACCOUNTS, REPLACE, "negative", "recharge_total", "-200.00"},
    {CSV_ACCOUNTS, TWICE_DIFFERENT, "duplicate_key", "recharge_total", "999999999999.99"},
    {CSV_ACCOUNTS, TWICE_EQUAL, "", "", ""},
    {CSV_ACCOUNTS, REPLACE, "bad_number", "recharge_total", "1 000"},
    {CSV_ACCOUNTS, REPLACE, "bad_text", "name", "\xc0\xaf Ltd"},
    {CSV_ACCOUNTS, REPLACE, "too_long", "name", "LONG"},
    {CSV_ACCOUNTS, REPLACE, "missing_value", "tier", ""},
    {CSV_ACCOUNTS, REPLACE, "out_of_range", "recharge_total", "9999999999999999"},
    {CSV_ACCOUNTS, REPLACE, "too_precise", "recharge_total", "1.00000000001"},
    {CSV_ACCOUNTS, MORE_FIELDS, "wrong_field_count", "", ""},

    {CSV_FILINGS, REPLACE, "bad_boolean", "first_filing", "Y"},
    {CSV_FILINGS, REPLACE, "ends_before_start", "submitted_at", "1999-12-31 23:59:59"},
    {CSV_FILINGS, TWICE_EQUAL, "", "", ""},
    {CSV_FILINGS, TWICE_DIFFERENT, "duplicate_key", "account_id", "acc-0000000-moved"},
    {CSV_FILINGS, REPLACE, "bad_timestamp", "started_at", "2026-10-03T11:22"},
    {CSV_FILINGS, REPLACE, "missing_value", "for_website", ""},
    {CSV_FILINGS, LESS_FIELDS, "wrong_field_count", "", ""},
    {CSV_FILINGS, REPLACE, "too_long", "account_id", "LONG"},
    {CSV_FILINGS, REPLACE, "bad_text", "order_id", "CS\x02"},

    {CSV_TICKETS, REPLACE, "unknown_value", "category", "general_complaint"},
    {CSV_TICKETS, TWICE_EQUAL, "", "", ""},
    {CSV_TICKETS, REPLACE, "too_old", "opened_at", "2001-02-03 04:05:06"},
    {CSV_TICKETS, TWICE_DIFFERENT, "duplicate_key", "account_id", "acc-0000000-moved"},
    {CSV_TICKETS, REPLACE, "missing_value", "opened_at", ""},
    {CSV_TICKETS, REPLACE, "bad_timestamp", "opened_at", "03.10.2026"},
    {CSV_TICKETS, MORE_FIELDS, "wrong_field_count", "", ""},
    {CSV_TICKETS, REPLACE, "too_long", "ticket_id", "LONG"},
    {CSV_TICKETS, REPLACE, "bad_text", "account_id", "acc\x03"},
};

static uint64_t fault_gap(struct csv_faults *faults)
{
    uint64_t mean = 1000000 / faults->per_million;
    return mean < 2 ? 0 : rng_below(&faults->rng, 2 * mean - 1);
}

void csv_faults_init(struct csv_faults *faults, enum csv_input input, uint32_t per_million,
                     uint64_t seed, int month)
{
    *faults = (struct csv_faults){.input = input, .per_million = per_million};
    faults->rng = rng_of(seed, 99, (uint64_t)input, (uint64_t)month);
    faults->rows_until_next = UINT64_MAX;
    if (per_million > 0) {
        faults->rows_until_next = fault_gap(faults);
    }
}

/* The next fault of the input, in turn; NULL for an input that has none. */
static const struct fault *fault_take(struct csv_faults *faults)
{
    size_t count = sizeof FAULTS / sizeof FAULTS[0];
    for (size_t tries = 0; tries < count; tries++) {
        const struct fault *fault = &FAULTS[faults->next_fault];
        faults->next_fault = (faults->next_fault + 1) % count;
        if (fault->input == faults->input) {
            return fault;
        }
    }
    return NULL;
}

/* Cuts a row as written above into cells, quotes kept: span[i] up to span[i + 1] - 1. */
static size_t row_cells(const char *row, size_t bytes, size_t spans[FIELDS_MAX + 1])
{
    size_t count = 0;
    bool quoted = false;
    spans[0] = 0;
    for (size_t i = 0; i < bytes && count < FIELDS_MAX; i++) {
        if (row[i] == '"') {
            quoted = !quoted;
        } else if (row[i] == ',' && !quoted) {
            spans[++count] = i + 1;
        }
    }
    return count;
}

/* Where `column` stands in `header`, which has no quotes. */
static size_t column_number(const char *header, const char *column)
{
    size_t number = 0;
    size_t bytes = strlen(column);
    for (const char *at = header; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, column, bytes) == 0 && (at[bytes] == ',' || at[bytes] == '\0')) {
            break;
        }
        number++;
    }
    return number;
}

static char *put_fault_text(char *at, const char *text)
{
    if (strcmp(text, "LONG") == 0) {
        memset(at, 'x', 1200);
        return put_text(at + 1200, "");
    }
    if (strcmp(text, "NUL") == 0) {
        *at = '\0';
        return put_text(at + 1, "");
    }
    return put_quoted(at, text);
}

/* Files */

struct csv_file {
    int fd;
    int error; /* errno of the first failure, 0 while there is none */
    bool gzip;
    z_stream stream;
    uint64_t member_bytes;
    unsigned char *packed;
    char *buffer;
    size_t used;
    const char *header;
    struct csv_faults *faults;
    uint64_t rows, bytes;
    char path[PATH_BYTES_MAX];
};

static void write_all(struct csv_file *file, const void *from, size_t bytes)
{
    const char *at = from;
    while (bytes > 0 && file->error == 0) {
        ssize_t wrote = write(file->fd, at, bytes);
        if (wrote < 0 && errno != EINTR) {
            file->error = errno;
        } else if (wrote > 0) {
            at += wrote;
            bytes -= (size_t)wrote;
        }
    }
}

static void write_packed(struct csv_file *file, int flush)
{
    file->stream.next_in = (unsigned char *)file->buffer;
    file->stream.avail_in = (uInt)file->used;
    do {
        file->stream.next_out = file->packed;
        file->stream.avail_out = BUFFER_BYTES;
        if (deflate(&file->stream, flush) == Z_STREAM_ERROR) {
            file->error = EIO;
        }
        write_all(file, file->packed, BUFFER_BYTES - file->stream.avail_out);
    } while (file->stream.avail_out == 0 && file->error == 0);
}

static void flush_buffer(struct csv_file *file, bool last)
{
    file->bytes += file->used;
    if (!file->gzip) {
        write_all(file, file->buffer, file->used);
        file->used = 0;
        return;
    }
    file->member_bytes += file->used;
    bool member_ends = last || file->member_bytes >= MEMBER_BYTES;
    write_packed(file, member_ends ? Z_FINISH : Z_NO_FLUSH);
    file->used = 0;
    if (member_ends) {
        file->member_bytes = 0;
        if (deflateReset(&file->stream) != Z_OK) {
            file->error = EIO;
        }
    }
}

static void csv_free(struct csv_file *file)
{
    if (file->gzip) {
        (void)deflateEnd(&file->stream); /* says only that data was pending */
    }
    free(file->buffer);
    free(file->packed);
    free(file);
}

struct csv_file *csv_open(const char *folder, const char *name, bool gzip, const char *header,
                          struct csv_faults *faults)
{
    struct csv_file *file = calloc(1, sizeof *file);
    if (file == NULL) {
        (void)fprintf(stderr, "make_month: out of memory\n");
        return NULL;
    }
    file->header = header;
    file->faults = faults;
    file->buffer = malloc(BUFFER_BYTES);
    file->packed = malloc(BUFFER_BYTES);
    if (gzip && deflateInit2(&file->stream, 1, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY) == Z_OK) {
        file->gzip = true;
    }
    int length =
        snprintf(file->path, sizeof file->path, "%s/%s%s", folder, name, gzip ? ".gz" : "");
    if (file->buffer == NULL || file->packed == NULL || file->gzip != gzip || length < 0 ||
        length >= PATH_BYTES_MAX) {
        (void)fprintf(stderr, "make_month: %s: cannot prepare the file\n", name);
        csv_free(file);
        return NULL;
    }
    file->fd = open(file->path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file->fd < 0) {
        (void)fprintf(stderr, "make_month: %s: %s\n", file->path, strerror(errno));
        csv_free(file);
        return NULL;
    }
    file->used = (size_t)(put_text(file->buffer, header) - file->buffer);
    file->buffer[file->used - 1] = '\n';
    return file;
}

char *csv_row(struct csv_file *file)
{
    /* A bad row may be written twice, with a long cell in it. */
    if (file->used + 4 * (size_t)CSV_ROW_BYTES_MAX > BUFFER_BYTES) {
        flush_buffer(file, false);
    }
    return file->buffer + file->used;
}

/* Replaces the good row at the end of the buffer. */
static void write_fault(struct csv_file *file, size_t bytes)
{
    char good[CSV_ROW_BYTES_MAX];
    size_t spans[FIELDS_MAX + 1];
    const struct fault *fault = fault_take(file->faults);
    char *start = file->buffer + file->used;
    if (fault == NULL) {
        file->used += bytes;
        return;
    }
    memcpy(good, start, bytes);
    good[bytes - 1] = ',';
    size_t fields = row_cells(good, bytes, spans);
    size_t column = column_number(file->header, fault->column);
    bool twice = fault->op == TWICE_EQUAL || fault->op == TWICE_DIFFERENT;
    char *at = twice ? start + bytes : start;
    for (size_t i = 0; i < fields - (fault->op == LESS_FIELDS); i++) {
        if (i == column && (fault->op == REPLACE || fault->op == TWICE_DIFFERENT)) {
            at = put_fault_text(at, fault->text);
            continue;
        }
        if (i == 0 && fault->op == TWICE_EQUAL) {
            *at++ = ' '; /* outside of the value: the rows are equal all the same */
        }
        memcpy(at, good + spans[i], spans[i + 1] - spans[i]);
        at += spans[i + 1] - spans[i];
    }
    if (fault->op == MORE_FIELDS) {
        at = put_text(at, "surplus");
    }
    at[-1] = '\n';
    file->used = (size_t)(at - file->buffer);
    file->rows += twice;
    file->faults->written++;
}

void csv_row_end(struct csv_file *file, char *end)
{
    size_t bytes = (size_t)(end - (file->buffer + file->used));
    end[-1] = '\n';
    file->rows++;
    if (file->faults->rows_until_next > 0) {
        file->faults->rows_until_next--;
        file->used += bytes;
        return;
    }
    write_fault(file, bytes);
    file->faults->rows_until_next = fault_gap(file->faults);
}

bool csv_close(struct csv_file *file, uint64_t *rows, uint64_t *bytes)
{
    flush_buffer(file, true);
    if (close(file->fd) != 0 && file->error == 0) {
        file->error = errno;
    }
    bool good = file->error == 0;
    if (!good) {
        (void)fprintf(stderr, "make_month: %s: %s\n", file->path, strerror(file->error));
    }
    *rows += file->rows;
    *bytes += file->bytes;
    csv_free(file);
    return good;
}
