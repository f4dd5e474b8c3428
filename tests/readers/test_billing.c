#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readers/billing.h"
#include "readers/profile.h"
#include "tests/readers/folder.h"

enum { TEXT_MAX = 16384, OFFSET = 8 * 3600 };

#define HEADER                                                                                     \
    "BilledCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,"             \
    "ChargeCategory,ChargeClass,ChargePeriodStart,ResourceId,Tags,x_EntryId\n"

/* What the sink was told, as text, so that two readings can be compared. */
struct told {
    char text[TEXT_MAX];
    size_t used;
};

static void tell(struct told *told, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void tell(struct told *told, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    told->used +=
        (size_t)vsnprintf(told->text + told->used, TEXT_MAX - told->used, format, arguments);
    va_end(arguments);
    assert_true(told->used < TEXT_MAX);
}

static int take_line(void *context, const struct billing_line *line, struct error *err)
{
    char amount[BILLED_TEXT_MAX];
    char period[PERIOD_TEXT_MAX];

    (void)err;
    (void)billed_format(line->billed, 0, amount);
    (void)period_format(line->period, period);
    tell(context, "%s %.*s %s %s %s", enum_billing_kind.names[line->kind],
         (int)line->account_id.size, line->account_id.data, currency_code(line->currency), amount,
         period);
    for (int i = 0; i < line->reference_count; i++)
        tell(context, " %s:%.*s", enum_reference_kind.names[line->references[i].kind],
             (int)line->references[i].text.size, line->references[i].text.data);
    tell(context, "\n");
    return 0;
}

static int take_reject(void *context, const struct billing_reject *reject, struct error *err)
{
    (void)err;
    tell(context, "reject %d %.*s %s\n", (int)reject->line, (int)reject->column.size,
         reject->column.data, reject->reason);
    return 0;
}

static int read_with(const char *profile_name, const char *path, size_t chunk_bytes,
                     struct told *told, struct billing_file *file, struct billing_totals *totals,
                     struct error *err)
{
    struct profile profile;
    struct profile_source source;
    struct arena arena = {0};
    const struct billing_options options = {
        .profile = &profile, .utc_offset_seconds = OFFSET, .chunk_bytes = chunk_bytes};
    const struct billing_sink sink = {told, take_line, take_reject};
    int status;

    memset(told, 0, sizeof(*told));
    memset(totals, 0, sizeof(*totals));
    *file = (struct billing_file){.path = path, .name = "b.csv"};
    assert_int_equal(profile_load(profile_name, &profile, &source, &arena, err), 0);
    status = billing_read(file, 1, &options, &sink, totals, err);
    arena_release(&arena);
    return status;
}

/* The same at every chunk size. */
static void expect(const char *profile_name, const char *text, const char *expected)
{
    struct folder folder;
    char path[FOLDER_PATH_MAX];
    static struct told told;
    static struct billing_totals totals;

    folder_make(&folder);
    folder_write(&folder, "b.csv", text, strlen(text));
    folder_file(&folder, "b.csv", path);
    for (size_t chunk = 0; chunk < strlen(text) + 2; chunk++) {
        struct billing_file file;
        struct error err = {0};

        if (read_with(profile_name, path, chunk, &told, &file, &totals, &err) != 0)
            fail_msg("%s", err.detail);
        assert_string_equal(told.text, expected);
        assert_int_equal(file.rows_read, file.rows_accepted + file.rows_rejected);
    }
    folder_remove(&folder);
}

static void expect_error(const char *profile_name, const char *text, const char *message)
{
    struct folder folder;
    char path[FOLDER_PATH_MAX];
    static struct told told;
    static struct billing_totals totals;

    folder_make(&folder);
    folder_write(&folder, "b.csv", text, strlen(text));
    folder_file(&folder, "b.csv", path);
    for (size_t chunk = 0; chunk < strlen(text) + 2; chunk++) {
        struct billing_file file;
        struct error err = {0};

        assert_int_equal(read_with(profile_name, path, chunk, &told, &file, &totals, &err), -1);
        assert_int_equal(err.kind, ERROR_INPUT);
        assert_string_equal(err.detail, message);
    }
    folder_remove(&folder);
}

static void test_kinds_and_months(void **state)
{
    (void)state;
    expect("focus",
           HEADER
           /* A month in UTC, one in the policy time zone, one with an inclusive end. */
           "-1.5,A,CNY,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,Credit,,,R,,refund:Q\n"
           "-1.5,A,CNY,2026-09-30T16:00:00Z,2026-10-31T16:00:00Z,Credit,NULL,,R,NULL,\n"
           "-1.5,A,CNY,2026-10-01 00:00:00,2026-10-31 23:59:59,Credit,,,R,,\n"
           "25,A,CNY,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,Purchase,,,R,,\n"
           "-25,A,CNY,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,Purchase,,,R,,\n"
           "1E-7,A,CNY,,,Usage,,,R,,\n"
           "0.00,A,CNY,,,Credit,,,R,,\n",
           "credit A CNY -1.5 2026-10 entry:refund:Q\ncredit A CNY -1.5 2026-10\n"
           "credit A CNY -1.5 2026-10\npurchase A CNY 25 2026-10\n"
           "other_credit A CNY -25 2026-10\n");
}

static void test_tags(void **state)
{
    (void)state;
    expect("focus",
           HEADER
           "-1,A,CNY,2026-10-01T00:00:00Z,,Credit,,,R,"
           "\"{\"\"order_id\"\": \"\"O,1\"\", \"\"claim_id\"\": \"\"C\"\"}\",E\n"
           "-1,A,CNY,2026-10-01T00:00:00Z,,Credit,,,R,\"{\"\"order_id\"\": 7}\",\n"
           "-1,A,CNY,2026-10-01T00:00:00Z,,Credit,,,R,\"[\"\"order_id\"\"]\",\n"
           "-1,A,CNY,2026-10-01T00:00:00Z,,Credit,,,R,\"{\"\"order_id\"\"\",\n"
           "-1,A,CNY,2026-10-01T00:00:00Z,,Credit,,,R,\"{\"\"order_id\"\": \"\"\\n\"\"}\",\n",
           "credit A CNY -1 2026-10 entry:E claim:C order:O,1\ncredit A CNY -1 2026-10\n"
           "credit A CNY -1 2026-10\ncredit A CNY -1 2026-10\ncredit A CNY -1 2026-10\n");
}

static void test_rejects(void **state)
{
    (void)state;
    expect("focus",
           HEADER "1,A,CNY\n"
                  ",A,CNY,2026-10-01T00:00:00Z,,Credit,,,R,,\n"
                  "1,2,A,CNY,2026-10-01T00:00:00Z,,Credit,,,R,,\n"
                  "1e99,A,CNY,2026-10-01T00:00:00Z,,Credit,,,R,,\n"
                  "1e-99,A,CNY,2026-10-01T00:00:00Z,,Credit,,,R,,\n"
                  "1,NULL,CNY,2026-10-01T00:00:00Z,,Credit,,,R,,\n"
                  "1,A,XYZ,2026-10-01T00:00:00Z,,Credit,,,R,,\n"
                  "1,A,CNY,2026-10-01T00:00:00Z,,Refund,,,R,,\n"
                  "1,A,CNY,,,Credit,,,R,,\n"
                  "1,A,CNY,2026-10-01T00:00:00Z,2026-10-01T00:00:00Z,Credit,,,R,,\n"
                  "1,A,CNY,2026-10-01T00:00:00Z,,Credit,,tomorrow,R,,\n"
                  "1,A,CNY,2026-10-01T00:00:00Z,,Credit,,,\x01,,\n"
                  "1,A\xff,CNY,2026-10-01T00:00:00Z,,Usage,,,R,,\n",
           "reject 2  wrong_field_count\nreject 3 BilledCost missing_value\n"
           "reject 4  wrong_field_count\nreject 5 BilledCost out_of_range\n"
           "reject 6 BilledCost too_precise\nreject 7 BillingAccountId missing_value\n"
           "reject 8 BillingCurrency unknown_value\nreject 9 ChargeCategory unknown_value\n"
           "reject 10 BillingPeriodStart missing_value\n"
           "reject 11 BillingPeriodEnd ends_before_start\n"
           "reject 12 ChargePeriodStart bad_timestamp\nreject 13 ResourceId bad_text\n"
           "reject 14 BillingAccountId bad_text\n");
}

#define STATEMENT                                                                                  \
    "bill_cycle,customer_id,bill_type,trade_id,consume_amount,cash_amount,credit_amount,"          \
    "coupon_amount,flexipurchase_coupon_amount,stored_value_card_amount,bonus_amount,debt_"        \
    "amount\n"

static void test_statement_of_the_provider(void **state)
{
    (void)state;
    expect("huaweicloud",
           STATEMENT "2026-10,A,4,O-1,-110,-60,-20,-10,-5,-5,-5,-5\n"
                     "2026-10,A,13,O-1,7,7,0,0,0,0,0,\n"
                     "2026-10,A,9,C-1,-1.50,-1.50,,,,,,\n"
                     "2026-10,A,1,O-2,120,100,0,20,0,0,0,0\n"
                     "2026-10,A,5,T-1,0.0000001,0.0000001,0,0,0,0,0,0\n"
                     "2026-10,A,20,O-3,-1,-1,0,0,0,0,0,0\n"
                     "2026-10,A,4,O-1,-110,-60,-20,-10,-5,-5,-5,-4\n"
                     "2026-10,A,99,O-1,1,1,0,0,0,0,0,0\n"
                     "2026-10,A,4,O-1,-1,x,0,0,0,0,0,0\n"
                     "10/2026,A,4,O-1,-1,-1,0,0,0,0,0,0\n",
           "credit A CNY -100 2026-10 any:O-1\ncredit A CNY 7 2026-10 any:O-1\n"
           "credit A CNY -1.5 2026-10 any:C-1\npurchase A CNY 100 2026-10\n"
           "other_credit A CNY -1 2026-10 any:O-3\n"
           "reject 8 consume_amount parts_do_not_add_up\nreject 9 bill_type unknown_value\n"
           "reject 10 cash_amount bad_number\nreject 11 bill_cycle bad_timestamp\n");
}

static void test_bad_files(void **state)
{
    (void)state;
    expect_error("focus", "", "b.csv:1: the file is empty, without a header");
    expect_error("focus", "BilledCost\n", "b.csv:1: the column BillingAccountId is missing");
    expect_error("focus", "BillingAccountId,BillingAccountId\n",
                 "b.csv:1: the column BillingAccountId appears twice");
    expect_error("huaweicloud", "bill_cycle,customer_id,bill_type,consume_amount,cash_amount\n",
                 "b.csv:1: the column credit_amount is missing");
}

/* A quote that never closes, a quote amid a value: the same message at every chunk size. */
static void test_bad_quotes(void **state)
{
    static const char *const TEXTS[] = {HEADER "\"1,A,CNY\n1,A,CNY\n", HEADER "1,A\"B,CNY\n"};
    struct folder folder;
    char path[FOLDER_PATH_MAX];
    static struct told told;
    static struct billing_totals totals;

    (void)state;
    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
        char first[ERROR_DETAIL_MAX] = "";

        folder_make(&folder);
        folder_write(&folder, "b.csv", TEXTS[i], strlen(TEXTS[i]));
        folder_file(&folder, "b.csv", path);
        for (size_t chunk = 1; chunk < strlen(TEXTS[i]); chunk++) {
            struct billing_file file;
            struct error err = {0};

            assert_int_equal(read_with("focus", path, chunk, &told, &file, &totals, &err), -1);
            assert_int_equal(err.kind, ERROR_INPUT);
            assert_ptr_equal(strstr(err.detail, "b.csv:2: "), err.detail);
            if (chunk == 1)
                memcpy(first, err.detail, sizeof(first));
            assert_string_equal(err.detail, first);
        }
        folder_remove(&folder);
    }
}

/* The real export: nothing rejected, and the sum to the last of its eleven decimals. */
static void test_the_sample(void **state)
{
    static struct told told;
    static struct billing_totals totals;
    struct billing_file file;
    struct error err = {0};
    struct billed sum = {0};
    char text[BILLED_TEXT_MAX];
    int usd = currency_find(span_of("USD"));

    (void)state;
    if (read_with("focus", "tests/data/focus-1.0-sample.csv", 0, &told, &file, &totals, &err) != 0)
        fail_msg("%s", err.detail);
    assert_int_equal(file.rows_read, 1000);
    assert_int_equal(file.rows_rejected, 0);
    for (int kind = 0; kind < BILLING_KIND_END; kind++)
        assert_true(billed_add(&sum, totals.of[kind][usd].sum));
    (void)billed_format(sum, 0, text);
    assert_string_equal(text, "20.52022672899");
    assert_int_equal(totals.of[BILLING_CREDIT][usd].rows, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_and_months), cmocka_unit_test(test_tags),
        cmocka_unit_test(test_rejects),          cmocka_unit_test(test_statement_of_the_provider),
        cmocka_unit_test(test_bad_files),        cmocka_unit_test(test_bad_quotes),
        cmocka_unit_test(test_the_sample),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
