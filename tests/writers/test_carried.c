/* Carried rows read back as they were, whatever their text, by the reader of the exports. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "policy/arena.h"
#include "readers/input.h"
#include "readers/table.h"
#include "writers/carried.h"
#include "writers/csv.h"

enum { ROWS_MAX = 64, UTC_OFFSET = 8 * 3600 };

static const char *const hostile[] = {"=1+1",
                                      "+1",
                                      "-1",
                                      "@x",
                                      "'quoted",
                                      "''",
                                      "a,b",
                                      "\"",
                                      "\"\"",
                                      "a\"b",
                                      " lead",
                                      "trail ",
                                      " ",
                                      "a;b",
                                      "#x",
                                      "\\",
                                      "\xEF\xBB\xBF"
                                      "bom",
                                      "\xE4\xB8\xAD\xE6\x96\x87",
                                      "\xF0\x9F\x92\xA5",
                                      "true",
                                      "2026-10-03",
                                      "\xC2\xA0",
                                      "a b",
                                      "NULL",
                                      "request_id"};
enum { HOSTILE_COUNT = sizeof(hostile) / sizeof(*hostile) };

static const char *const hostile_titles[] = {
    "",   "two\nlines", "\r\n", "\t",     "\ttab", "\rcr", "'a\n", "=a\r",
    "\n", "a\n\nb",     " \n ", "\"\n\"", ",",     "a\r",  "\"",   "it's, \"so\"\r\n\r\n"};
enum { TITLE_COUNT = sizeof(hostile_titles) / sizeof(*hostile_titles) };

static char folder[64];
static int folder_fd;

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/test_carried_XXXXXX");
    assert_non_null(mkdtemp(folder));
    folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(folder_fd >= 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlinkat(folder_fd, "carry-forward", AT_REMOVEDIR);
    close(folder_fd);
    assert_int_equal(rmdir(folder), 0);
    return 0;
}

struct taken {
    const struct table *table;
    struct arena arena;
    const void *records[ROWS_MAX];
    size_t count;
};

static int accept(void *context, const void *record, struct row_position position, struct span raw,
                  struct error *err)
{
    struct taken *taken = context;

    (void)position;
    (void)raw;
    (void)err;
    assert_true(taken->count < ROWS_MAX);
    taken->records[taken->count] = table_copy(taken->table, record, &taken->arena);
    assert_non_null(taken->records[taken->count]);
    taken->count++;
    return 0;
}

static int reject(void *context, const struct reject *rejected, const void *record,
                  uint32_t readable, struct error *err)
{
    (void)context;
    (void)record;
    (void)readable;
    (void)err;
    fail_msg("line %llu, %s", (unsigned long long)rejected->position.line, rejected->column);
    return -1;
}

/* Writes the records, reads the file, and holds each against each. */
static void round_trip(const struct ledger *ledger, enum input input, const void *records,
                       size_t count)
{
    const struct table *table = table_of(input);
    const struct read_options options = {.utc_offset_seconds = UTC_OFFSET,
                                         .delimiter = ',',
                                         .too_old_before = INSTANT_NONE,
                                         .chunk_bytes = 1};
    struct taken taken = {.table = table};
    const struct row_sink sink = {.context = &taken, .accept = accept, .reject = reject};
    struct output_summary summary = {0};
    struct error err = {0};
    struct csv_writer *writer = csv_writer_open(folder_fd, ledger, UTC_OFFSET, &err);
    struct input_file file = {.name = "carried", .input = input};
    char path[256];

    assert_non_null(writer);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(
            csv_writer_row(writer, (const char *)records + i * table->record_size, &err), 0);
    assert_int_equal(csv_writer_commit(writer, &summary, &err), 0);
    assert_int_equal(summary.rows, count);
    (void)snprintf(path, sizeof(path), "carry-forward/%s.csv", input_name(input));
    assert_string_equal(summary.name, path);

    (void)snprintf(path, sizeof(path), "%s/%s", folder, summary.name);
    file.path = path;
    if (input_read(&file, 1, &options, &sink, 1, &err) != 0)
        fail_msg("%s", err.detail);
    input_file_release(&file);
    assert_int_equal(taken.count, count);
    for (size_t i = 0; i < count; i++)
        assert_true(table_records_equal(table, (const char *)records + i * table->record_size,
                                        taken.records[i]));
    arena_release(&taken.arena);
    assert_int_equal(unlinkat(folder_fd, summary.name, 0), 0);
}

static struct span text(size_t i)
{
    return span_of(hostile[i % HOSTILE_COUNT]);
}

static void refund_requests_read_back(void **state)
{
    struct refund_request requests[HOSTILE_COUNT];

    (void)state;
    for (size_t i = 0; i < HOSTILE_COUNT; i++)
        requests[i] =
            (struct refund_request){text(i), text(i + 1), text(i + 2), (int64_t)i * 86399 - 28800};
    requests[0].requested_at = 253402271999; /* 9999-12-31T23:59:59+08:00 */
    round_trip(&ledger_carried_requests, INPUT_REFUND_REQUESTS, requests, HOSTILE_COUNT);
    round_trip(&ledger_carried_requests, INPUT_REFUND_REQUESTS, requests, 0);
}

static void claims_read_back(void **state)
{
    struct claim claims[HOSTILE_COUNT];

    (void)state;
    for (size_t i = 0; i < HOSTILE_COUNT; i++)
        claims[i] = (struct claim){text(i), text(i + 1), text(i + 2),
                                   i % 2 == 0 ? text(i + 3) : (struct span){"", 0},
                                   1790000000 + (int64_t)i};
    round_trip(&ledger_carried_claims, INPUT_CLAIMS, claims, HOSTILE_COUNT);
    round_trip(&ledger_carried_claims, INPUT_CLAIMS, claims, 0);
}

static void filings_read_back(void **state)
{
    struct filing filings[HOSTILE_COUNT];

    (void)state;
    memset(filings, 0, sizeof(filings));
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        filings[i].filing_id = text(i);
        filings[i].account_id = text(i + 1);
        filings[i].order_id = text(i + 2);
        filings[i].started_at = 1790000000;
        filings[i].submitted_at = i % 3 == 0 ? INSTANT_NONE : 1790000001;
        filings[i].approved_at = 1790000002;
        filings[i].first_filing = i % 2 == 0;
        filings[i].for_website = i % 4 < 2;
    }
    round_trip(&ledger_carried_filings, INPUT_FILINGS, filings, HOSTILE_COUNT);
    round_trip(&ledger_carried_filings, INPUT_FILINGS, filings, 0);
}

static void incidents_read_back(void **state)
{
    struct incident incidents[HOSTILE_COUNT + TITLE_COUNT];

    (void)state;
    memset(incidents, 0, sizeof(incidents));
    for (size_t i = 0; i < HOSTILE_COUNT + TITLE_COUNT; i++) {
        incidents[i].incident_id = text(i);
        incidents[i].service = text(i + 1);
        incidents[i].region = i % 2 == 0 ? text(i + 2) : (struct span){"", 0};
        incidents[i].resource_id = i % 3 == 0 ? text(i + 3) : (struct span){"", 0};
        incidents[i].title =
            i < HOSTILE_COUNT ? text(i) : span_of(hostile_titles[i - HOSTILE_COUNT]);
        incidents[i].started_at = 1790000000;
        incidents[i].rectified_at = i % 5 == 0 ? INSTANT_NONE : 1790000000;
        incidents[i].scenario = 1 + (int32_t)(i % (SCENARIO_END - 1));
        incidents[i].cause = 1 + (int32_t)(i % (CAUSE_END - 1));
        incidents[i].sla_covered = i % 2 == 0;
    }
    round_trip(&ledger_carried_incidents, INPUT_INCIDENTS, incidents, HOSTILE_COUNT + TITLE_COUNT);
    round_trip(&ledger_carried_incidents, INPUT_INCIDENTS, incidents, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refund_requests_read_back),
        cmocka_unit_test(claims_read_back),
        cmocka_unit_test(filings_read_back),
        cmocka_unit_test(incidents_read_back),
    };

    return cmocka_run_group_tests_name("writers/carried", tests, set_up, tear_down);
}
