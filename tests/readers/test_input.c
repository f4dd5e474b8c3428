#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readers/input.h"
#include "readers/records.h"
#include "tests/readers/own_folder.h"

enum { UTC_PLUS_8 = 8 * SECONDS_PER_HOUR, OUT_MAX = 16384 };

/* What came of reading, as text: "2 ok; 3 column reason {raw}; ..." or the error alone. */
struct outcome {
    char text[OUT_MAX];
    size_t size;
    const struct table *table;
    uint32_t readable; /* of the last reject */
    struct input_file file;
    bool stop;
};

static void on_approach(void *context, const void *record)
{
    (void)context;
    (void)record;
}

static int on_accept(void *context, const void *record, struct row_position position,
                     struct span raw, struct error *err)
{
    struct outcome *outcome = context;

    (void)record;
    (void)raw;
    assert_int_equal(position.file, 5);
    if (outcome->stop)
        return error_set(err, ERROR_IO, "stopped at %d", (int)position.line);
    outcome->size += (size_t)sprintf(outcome->text + outcome->size, "%d ok; ", (int)position.line);
    return 0;
}

static int on_reject(void *context, const struct reject *reject, const void *record,
                     uint32_t readable, struct error *err)
{
    struct outcome *outcome = context;

    (void)record;
    (void)err;
    assert_int_equal(reject->position.file, 5);
    outcome->readable = readable;
    outcome->size += (size_t)sprintf(outcome->text + outcome->size, "%d %s %s {%.*s}; ",
                                     (int)reject->position.line, reject->column,
                                     reject_reason_code(reject->reason), (int)reject->record.size,
                                     reject->record.data);
    return 0;
}

static const struct read_options standard = {
    .utc_offset_seconds = UTC_PLUS_8,
    .delimiter = ',',
    .too_old_before = INSTANT_NONE,
};

/* With the rows announced ahead, or each handed on at once. */
static int read_in_way(enum input input, const void *stored, size_t size,
                       const struct read_options *options, bool ahead, struct outcome *outcome)
{
    struct row_sink sink = {.context = outcome,
                            .approach = ahead ? on_approach : NULL,
                            .accept = on_accept,
                            .reject = on_reject};
    struct error err = {0};
    char path[FOLDER_PATH_MAX];
    int result;

    folder_write(&folder, "stored", stored, size);
    folder_file(&folder, "stored", path);
    outcome->size = 0;
    outcome->text[0] = '\0';
    outcome->file = (struct input_file){.path = path, .name = "f.csv", .input = input, .number = 5};
    result = input_read(&outcome->file, 1, options, &sink, 1, &err);
    outcome->file.path = NULL;
    input_file_release(&outcome->file);
    if (result != 0)
        sprintf(outcome->text, "%s", err.detail);
    else
        assert_int_equal(outcome->file.rows_read,
                         outcome->file.rows_accepted + outcome->file.rows_rejected);
    return result == 0 ? 0 : (int)err.kind;
}

static int read_once(enum input input, const void *stored, size_t size,
                     const struct read_options *options, struct outcome *outcome)
{
    static struct outcome other;
    const int result = read_in_way(input, stored, size, options, false, outcome);

    other = (struct outcome){.table = outcome->table, .stop = outcome->stop};
    assert_int_equal(read_in_way(input, stored, size, options, true, &other), result);
    assert_string_equal(other.text, outcome->text);
    return result;
}

/* Reads the text plain and as gzip at every chunk size: the outcome is always the same. */
static void assert_reads_with(enum input input, const char *text,
                              const struct read_options *options, const char *expected)
{
    struct read_options chunked = *options;
    static struct outcome outcome;
    char stored[OUT_MAX];
    size_t size = strlen(text);
    size_t stored_size = gzip_member(text, size, stored, sizeof(stored));

    outcome = (struct outcome){0};
    for (size_t i = 0; i <= 40; i++) {
        chunked.chunk_bytes = i < 40 ? i : size + 1;
        read_once(input, text, size, &chunked, &outcome);
        assert_string_equal(outcome.text, expected);
        read_once(input, stored, stored_size, &chunked, &outcome);
        assert_string_equal(outcome.text, expected);
    }
}

static void assert_reads(enum input input, const char *text, const char *expected)
{
    assert_reads_with(input, text, &standard, expected);
}

#define TICKETS "ticket_id,account_id,category,opened_at\n"
#define ORDERS                                                                                     \
    "order_id,account_id,resource_id,service,region,billing_mode,term_unit,term_count,currency,"   \
    "purchased_at,starts_at,expires_at,cash_paid,flexi_coupon_paid,cash_coupon_paid,refundable\n"
#define ORDER_START "o1,a1,r1,ecs,cn-1,"
#define ORDER_TIMES "2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,2026-02-01T00:00:00Z,"
#define GOOD_ORDER ORDER_START "prepaid,month,1,CNY," ORDER_TIMES "10,0,0.50,true"

static void columns_are_found_by_name_in_any_order(void **state)
{
    (void)state;
    assert_reads(INPUT_TICKETS,
                 "opened_at,extra,category,,account_id,extra,ticket_id\n"
                 "2026-10-03T11:22:33Z,x,system_fault,,a1,y,t1\n",
                 "2 ok; ");
    assert_reads(INPUT_TICKETS,
                 "\xEF\xBB\xBF\"ticket_id\", \"account_id\" ,\tcategory\t,opened_at\r\n"
                 "t1,a1,system_fault,2026-10-03 11:22:33\r\n",
                 "2 ok; ");
    assert_reads(INPUT_TICKETS, "\n\r\n" TICKETS, "");
}

static void a_header_that_does_not_bind_refuses_the_file(void **state)
{
    (void)state;
    assert_reads(INPUT_TICKETS, "", "f.csv:1: the file is empty, without a header");
    assert_reads(INPUT_TICKETS, " \n\n", "f.csv:1: the file is empty, without a header");
    assert_reads(INPUT_TICKETS, "\n\nticket_id,account_id,category\n",
                 "f.csv:3: the column opened_at is missing");
    assert_reads(INPUT_TICKETS, "ticket_id,account_id,category,Opened_at\n",
                 "f.csv:1: the column opened_at is missing");
    assert_reads(INPUT_TICKETS, "ticket_id,account_id,category,opened_at,account_id\n",
                 "f.csv:1: the column account_id appears twice");
    assert_reads(INPUT_ORDERS,
                 "released_at,order_id,account_id,resource_id,service,region,released_at\n",
                 "f.csv:1: the column released_at appears twice");
}

static void other_headers_and_delimiters(void **state)
{
    static const struct header_alias aliases[] = {
        {INPUT_TICKETS, "ticket_id", "工单编号"},
        {INPUT_TICKETS, "ticket_id", "编号"},
        {INPUT_TICKETS, "account_id", "ticket_id"},
        {INPUT_CLAIMS, "category", "not of this input"},
    };
    struct read_options options = standard;

    (void)state;
    options.aliases = aliases;
    options.alias_count = 4;
    options.delimiter = ';';
    assert_reads_with(INPUT_TICKETS,
                      "工单编号;ticket_id;category;opened_at;account_id\n"
                      "t1;a1;system_fault;2026-10-03T11:22:33Z;\n"
                      "t2;;system_fault;2026-10-03T11:22:33Z;x\n",
                      &options,
                      "2 ok; 3 account_id missing_value "
                      "{t2;;system_fault;2026-10-03T11:22:33Z;x}; ");
    assert_reads_with(INPUT_TICKETS, "工单编号;编号;ticket_id;category;opened_at\n", &options,
                      "f.csv:1: the column ticket_id appears twice");
    assert_reads_with(INPUT_TICKETS, "account_id;ticket_id;category;opened_at\n", &options,
                      "f.csv:1: the column ticket_id is missing");
}

static void bad_rows_have_column_reason_line_and_text(void **state)
{
    (void)state;
    assert_reads(INPUT_TICKETS,
                 TICKETS "t1,a1,system_fault\r\n"
                         "t2,a2,system_fault,2026-10-03T11:22:33Z,\r\n"
                         "\n"
                         "\"t\n3\",a3,system_fault,2026-10-03T11:22:33Z\r\n"
                         "t4,a4,system fault,x\n"
                         "t5,,bad,\n"
                         "t6,a6,system_fault,2026-10-03T11:22:60Z\n"
                         "  t7,a7,system_fault,1969-10-03T11:22:33Z  ",
                 "2  wrong_field_count {t1,a1,system_fault}; "
                 "3  wrong_field_count {t2,a2,system_fault,2026-10-03T11:22:33Z,}; "
                 "5 ticket_id bad_text {\"t\n3\",a3,system_fault,2026-10-03T11:22:33Z}; "
                 "7 category unknown_value {t4,a4,system fault,x}; "
                 "8 account_id missing_value {t5,,bad,}; "
                 "9 opened_at bad_timestamp {t6,a6,system_fault,2026-10-03T11:22:60Z}; "
                 "10 opened_at out_of_range {  t7,a7,system_fault,1969-10-03T11:22:33Z  }; ");
}

static void assert_order(const char *row, const char *expected)
{
    char text[2048];
    char outcome[2048];

    sprintf(text, ORDERS "%s\n", row);
    if (*expected == '\0')
        strcpy(outcome, "2 ok; ");
    else
        sprintf(outcome, "2 %s {%s}; ", expected, row);
    assert_reads(INPUT_ORDERS, text, outcome);
}

static void cells_of_an_order(void **state)
{
    (void)state;
    assert_order(GOOD_ORDER, "");
    assert_order(
        ORDER_START "pay_per_use,,,CNY,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,1,0,0,no", "");
    assert_order(",a1,r1,ecs,cn-1,bad,month,1,CNY," ORDER_TIMES "x,0,0.50,true",
                 "order_id missing_value");
    assert_order(ORDER_START "bad,month,1,CNY," ORDER_TIMES "x,0,0,true",
                 "billing_mode unknown_value");
    assert_order(ORDER_START "prepaid,month,1000,CNY," ORDER_TIMES "1,0,0,true",
                 "term_count out_of_range");
    assert_order(ORDER_START "prepaid,month,1.0,CNY," ORDER_TIMES "1,0,0,true",
                 "term_count bad_number");
    assert_order(ORDER_START "prepaid,month,1,EUX," ORDER_TIMES "1,0,0,true",
                 "currency unknown_value");
    assert_order(ORDER_START "prepaid,month,1,CNY," ORDER_TIMES "-1,0,0,true",
                 "cash_paid negative");
    assert_order(ORDER_START "prepaid,month,1,CNY," ORDER_TIMES "1,1e2,0,true",
                 "flexi_coupon_paid bad_number");
    assert_order(ORDER_START "prepaid,month,1,CNY," ORDER_TIMES "1,0,0.12345678901,true",
                 "cash_coupon_paid too_precise");
    assert_order(ORDER_START "prepaid,month,1,CNY," ORDER_TIMES "1,0,0,maybe",
                 "refundable bad_boolean");
}

static void checks_between_columns_of_an_order(void **state)
{
    (void)state;
    assert_order(ORDER_START "prepaid,,,CNY,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,0.001,0,0,1",
                 "term_unit missing_value");
    assert_order(ORDER_START "prepaid,day,,CNY,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,1,0,0,1",
                 "term_count missing_value");
    assert_order(ORDER_START "prepaid,day,1,CNY,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,1,0,0,1",
                 "expires_at missing_value");
    assert_order(ORDER_START "package,,,CNY,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,"
                             "2026-01-02T00:00:00Z,0.001,0,0,1",
                 "expires_at ends_before_start");
    assert_order(ORDER_START "package,,,CNY,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,"
                             "2126-01-02T00:00:00Z,1,0,0,1",
                 "");
    assert_order(ORDER_START "package,,,CNY,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,"
                             "2126-01-02T00:00:01Z,1.001,0,0,1",
                 "expires_at out_of_range");
    assert_order(ORDER_START "package,,,JPY,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,,"
                             "1.0,1.10,0.1,1",
                 "flexi_coupon_paid too_precise");
    assert_order(ORDER_START "package,,,KWD,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,,"
                             "1.001,1.1230000,0.0001,1",
                 "cash_coupon_paid too_precise");
}

static void checks_between_columns_of_other_inputs(void **state)
{
    (void)state;
    assert_reads(INPUT_INCIDENTS,
                 "incident_id,scenario,cause,service,region,resource_id,started_at,rectified_at\n"
                 "i1,unavailable,platform,ecs,,,2026-10-03T00:00:00Z,2026-10-03T00:00:00Z\n"
                 "i2,unavailable,platform,ecs,,,2026-10-03T00:00:00Z,2026-10-02T23:59:59Z\n",
                 "2 ok; 3 rectified_at ends_before_start "
                 "{i2,unavailable,platform,ecs,,,2026-10-03T00:00:00Z,2026-10-02T23:59:59Z}; ");
    assert_reads(INPUT_FILINGS,
                 "filing_id,account_id,order_id,first_filing,for_website,started_at,submitted_at,"
                 "approved_at\n"
                 "f,a,o,1,1,2026-10-03T00:00:00Z,2026-10-02T00:00:00Z,2026-10-01T00:00:00Z\n"
                 "f,a,o,1,1,2026-10-03T00:00:00Z,2026-10-03T00:00:00Z,2026-10-01T00:00:00Z\n"
                 "f,a,o,1,1,2026-10-03T00:00:00Z,,2026-10-01T00:00:00Z\n",
                 "2 submitted_at ends_before_start "
                 "{f,a,o,1,1,2026-10-03T00:00:00Z,2026-10-02T00:00:00Z,2026-10-01T00:00:00Z}; "
                 "3 approved_at ends_before_start "
                 "{f,a,o,1,1,2026-10-03T00:00:00Z,2026-10-03T00:00:00Z,2026-10-01T00:00:00Z}; "
                 "4 ok; ");
}

static void events_before_the_limit_are_too_old(void **state)
{
    struct read_options options = standard;

    (void)state;
    options.too_old_before = 100;
    assert_reads_with(INPUT_TICKETS,
                      TICKETS "t1,a1,system_fault,1970-01-01T00:01:40Z\n"
                              "t2,a1,system_fault,1970-01-01T00:01:39Z\n",
                      &options,
                      "2 ok; 3 opened_at too_old {t2,a1,system_fault,1970-01-01T00:01:39Z}; ");
    assert_reads_with(INPUT_FILINGS,
                      "filing_id,account_id,order_id,first_filing,for_website,started_at,"
                      "submitted_at,approved_at\n"
                      "f,a,o,1,1,1970-01-01T00:00:00Z,1970-01-01T00:00:00Z,\n",
                      &options, "2 ok; ");
    assert_reads_with(INPUT_ACCOUNTS, "account_id,name,tier,recharge_total\na,\"x\ty\nz\",vip,1\n",
                      &options, "2 ok; ");
}

static void what_is_readable_does_not_depend_on_what_fails_first(void **state)
{
    static const char text[] = ORDERS "o1,,r1,ecs,cn-1,bad,month,1,CNY," ORDER_TIMES "x,0,0,true\n"
                                      "o1,a1\n";
    static struct outcome outcome;
    size_t first_row = (size_t)(strchr(strchr(text, '\n') + 1, '\n') + 1 - text);
    uint32_t all = (UINT32_C(1) << 18) - 1;
    uint32_t failed = UINT32_C(1) << 1 | UINT32_C(1) << 5 | UINT32_C(1) << 12;

    (void)state;
    assert_int_equal(read_once(INPUT_ORDERS, text, first_row, &standard, &outcome), 0);
    assert_int_equal(outcome.readable, all & ~failed);
    assert_int_equal(read_once(INPUT_ORDERS, text, sizeof(text) - 1, &standard, &outcome), 0);
    assert_int_equal(outcome.readable, 0);
}

static void bad_files_end_the_reading(void **state)
{
    (void)state;
    assert_reads(INPUT_TICKETS, TICKETS "t1,a\"1,x,y\n", "f.csv:2: a quote stands where none may");
    assert_reads(INPUT_TICKETS, TICKETS "t1,\"a1\"x,x,y\n",
                 "f.csv:2: text stands behind a closing quote");
    assert_reads(INPUT_TICKETS, TICKETS "t1,a1,x,y\nt2,\"a1,x,y\n",
                 "f.csv:3: a quote is never closed");
    assert_reads(INPUT_TICKETS, "\"ticket_id", "f.csv:1: a quote is never closed");
}

static void a_truncated_gzip_is_refused_wherever_it_ends(void **state)
{
    static const char text[] = TICKETS "t1,a1,system_fault,2026-10-03T11:22:33Z\n"
                                       "t2,a1,system_fault,2026-10-03T11:22:34Z\n";
    static struct outcome outcome;
    char stored[1024];
    size_t size = gzip_member(text, sizeof(text) - 1, stored, sizeof(stored));

    (void)state;
    for (size_t cut = 2; cut < size; cut++) {
        assert_int_equal(read_once(INPUT_TICKETS, stored, cut, &standard, &outcome), ERROR_INPUT);
        assert_non_null(strstr(outcome.text, ": the gzip data are truncated"));
    }
    assert_int_equal(read_once(INPUT_TICKETS, stored, size, &standard, &outcome), 0);
    assert_string_equal(outcome.text, "2 ok; 3 ok; ");
    assert_true(outcome.file.gzip);
    assert_int_equal(outcome.file.bytes, size);
    assert_int_equal(strlen(outcome.file.sha256), 64);
}

/* ---- large files, by several threads ---- */

enum { TICKET_ROWS = 30000, READERS_MAX = 4 };

struct counting {
    size_t rows;
    uint64_t lines; /* their sum */
};

static int on_count(void *context, const void *record, struct row_position position,
                    struct span raw, struct error *err)
{
    struct counting *counting = context;

    (void)record;
    (void)raw;
    (void)err;
    counting->rows++;
    counting->lines += position.line;
    return 0;
}

/*
 * A byte order mark, so many tickets, more than a record's length of blanks in a line behind half
 * of them, and no line end at the end.
 */
static char *make_tickets(size_t *size)
{
    const size_t blanks = RECORD_BYTES_MAX + 300000;
    char *text = malloc((size_t)TICKET_ROWS * 64 + blanks + 1000);
    char *at = text;

    assert_non_null(text);
    at += sprintf(at, "\xEF\xBB\xBF%s", TICKETS);
    for (int i = 0; i < TICKET_ROWS; i++) {
        if (i == TICKET_ROWS / 2) {
            memset(at, ' ', blanks);
            at += blanks;
            *at++ = '\n';
        }
        at += sprintf(at, "t%d,a1,system_fault,2026-01-01T00:00:00Z%s", i,
                      i + 1 < TICKET_ROWS ? "\n" : "");
    }
    *size = (size_t)(at - text);
    return text;
}

static void sha256_of(const char *bytes, size_t size, char text[SHA256_TEXT_MAX])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_size = 0;

    assert_int_equal(EVP_Digest(bytes, size, digest, &digest_size, EVP_sha256(), NULL), 1);
    sha256_text(digest, text);
}

static void the_digest_is_that_of_the_bytes_however_they_are_read(void **state)
{
    static const size_t chunks[] = {5000, 1 << 16, 1 << 20, 1 << 23};
    static const uint64_t again[] = {2, TICKET_ROWS / 2 + 1, TICKET_ROWS / 2 + 3, TICKET_ROWS + 2};
    char path[FOLDER_PATH_MAX];
    char sha256[SHA256_TEXT_MAX];
    size_t size = 0;
    char *text = make_tickets(&size);

    (void)state;
    sha256_of(text, size, sha256);
    folder_write(&folder, "stored", text, size);
    folder_file(&folder, "stored", path);
    for (size_t c = 0; c < sizeof(chunks) / sizeof(*chunks); c++)
        for (int threads = 1; threads <= READERS_MAX; threads++) {
            struct read_options options = standard;
            struct input_file file = {
                .path = path, .name = "f.csv", .input = INPUT_TICKETS, .number = 5};
            struct counting counts[READERS_MAX] = {{0}};
            struct row_sink sinks[READERS_MAX];
            struct counting all = {0};
            struct error err = {0};

            options.chunk_bytes = chunks[c];
            for (int i = 0; i < READERS_MAX; i++)
                sinks[i] = (struct row_sink){
                    .context = &counts[i], .accept = on_count, .reject = on_reject};
            assert_int_equal(input_read(&file, 1, &options, sinks, threads, &err), 0);
            assert_string_equal(file.sha256, sha256);
            assert_int_equal(file.bytes, size);
            for (int i = 0; i < READERS_MAX; i++) {
                all.rows += counts[i].rows;
                all.lines += counts[i].lines;
            }
            assert_int_equal(all.rows, TICKET_ROWS);
            /* Lines 2 to TICKET_ROWS + 2 but for the blank one. */
            assert_int_equal(all.lines, (uint64_t)(TICKET_ROWS + 1) * (TICKET_ROWS + 4) / 2 -
                                            (TICKET_ROWS / 2 + 2));
            counts[0] = (struct counting){0};
            assert_int_equal(input_read_lines(&file, again, 4, &options, sinks, &err), 0);
            assert_int_equal(counts[0].rows, 4);
            assert_int_equal(counts[0].lines, again[0] + again[1] + again[2] + again[3]);
            file.path = NULL;
            input_file_release(&file);
        }
    free(text);
}

static void a_sink_can_end_the_reading(void **state)
{
    static const char text[] = TICKETS "t1,a1,system_fault,2026-10-03T11:22:33Z\n";
    static struct outcome outcome = {.stop = true};

    (void)state;
    assert_int_equal(read_once(INPUT_TICKETS, text, sizeof(text) - 1, &standard, &outcome),
                     ERROR_IO);
    assert_string_equal(outcome.text, "stopped at 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_found_by_name_in_any_order),
        cmocka_unit_test(a_header_that_does_not_bind_refuses_the_file),
        cmocka_unit_test(other_headers_and_delimiters),
        cmocka_unit_test(bad_rows_have_column_reason_line_and_text),
        cmocka_unit_test(cells_of_an_order),
        cmocka_unit_test(checks_between_columns_of_an_order),
        cmocka_unit_test(checks_between_columns_of_other_inputs),
        cmocka_unit_test(events_before_the_limit_are_too_old),
        cmocka_unit_test(what_is_readable_does_not_depend_on_what_fails_first),
        cmocka_unit_test(bad_files_end_the_reading),
        cmocka_unit_test(a_truncated_gzip_is_refused_wherever_it_ends),
        cmocka_unit_test(the_digest_is_that_of_the_bytes_however_they_are_read),
        cmocka_unit_test(a_sink_can_end_the_reading),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
