/* The manifest: its spelling, and that what is written reads back. */
#include "tests/writers/sample.h"

#include "readers/manifest.h"
#include "writers/manifest.h"

#define HEX_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEX_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static const struct output_summary outputs[] = {
    {.name = "carry-forward/decided.csv.gz", .bytes = 20, .sha256 = HEX_A},
    {.name = "refunds.csv", .bytes = 1234, .rows = 5, .sha256 = HEX_B},
};

struct fixture {
    struct manifest_option options[2];
    struct manifest_version versions[1];
    struct manifest_input inputs[1];
    struct manifest_total totals[2];
    struct manifest manifest;
};

static void fixture_make(struct fixture *f)
{
    f->options[0] = (struct manifest_option){span_of("workbook"), span_of("true")};
    f->options[1] = (struct manifest_option){span_of("max_rejects"), span_of("1%")};
    f->versions[0] = (struct manifest_version){span_of("standard"), at("1970-01-01 00:00:00")};
    f->inputs[0] = (struct manifest_input){
        .input = INPUT_ORDERS,
        .file = span_of("orders-\xFF.csv"),
        .bytes = 99,
        .sha256 = span_of(HEX_A),
        .read = 4,
        .accepted = 1,
        .rejected = 1,
        .duplicate = 2,
    };
    f->totals[0] = (struct manifest_total){
        .ledger = span_of("refunds"),
        .decision = span_of("partial"),
        .count = 5,
        .currency = currency_find(span_of("CNY")),
        .amount = {(int128)INT64_MAX * DECIMAL_ONE_UNITS * 1000},
    };
    f->totals[1] = (struct manifest_total){
        .ledger = span_of("tickets"),
        .decision = span_of("in_scope"),
        .count = 7,
        .currency = CURRENCY_NONE,
    };
    f->manifest = (struct manifest){
        .period = 2026 * 12 + 9,
        .program = span_of("recompense"),
        .version = span_of("1.0.0"),
        .opening_from = 2026 * 12 + 8,
        .utc_offset_seconds = BEIJING,
        .options = f->options,
        .option_count = 2,
        .policy_file = span_of("standard.conf"),
        .policy_sha256 = span_of(HEX_B),
        .policy_versions = f->versions,
        .policy_version_count = 1,
        .configuration_sha256 = span_of(HEX_A),
        .previous_period = 2026 * 12 + 8,
        .previous_sha256 = span_of(HEX_B),
        .inputs = f->inputs,
        .input_count = 1,
        .outputs = outputs,
        .output_count = 2,
        .totals = f->totals,
        .total_count = 2,
    };
}

static const char WRITTEN[] = "{\n"
                              "  \"format\": 1,\n"
                              "  \"period\": \"2026-10\",\n"
                              "  \"program\": \"recompense\",\n"
                              "  \"version\": \"1.0.0\",\n"
                              "  \"opening_from\": \"2026-09\",\n"
                              "  \"time_zone\": \"+08:00\",\n"
                              "  \"options\": {\n"
                              "    \"workbook\": \"true\",\n"
                              "    \"max_rejects\": \"1%\"\n"
                              "  },\n"
                              "  \"policy\": {\n"
                              "    \"file\": \"standard.conf\",\n"
                              "    \"sha256\": \"" HEX_B "\",\n"
                              "    \"versions\": [\n"
                              "      {\n"
                              "        \"name\": \"standard\",\n"
                              "        \"effective_from\": \"1970-01-01T00:00:00+08:00\"\n"
                              "      }\n"
                              "    ]\n"
                              "  },\n"
                              "  \"configuration\": {\n"
                              "    \"sha256\": \"" HEX_A "\"\n"
                              "  },\n"
                              "  \"previous\": {\n"
                              "    \"period\": \"2026-09\",\n"
                              "    \"sha256\": \"" HEX_B "\"\n"
                              "  },\n"
                              "  \"inputs\": [\n"
                              "    {\n"
                              "      \"input\": \"orders\",\n"
                              "      \"file\": \"orders-\xEF\xBF\xBD.csv\",\n"
                              "      \"bytes\": 99,\n"
                              "      \"sha256\": \"" HEX_A "\",\n"
                              "      \"read\": 4,\n"
                              "      \"accepted\": 1,\n"
                              "      \"rejected\": 1,\n"
                              "      \"duplicate\": 2\n"
                              "    }\n"
                              "  ],\n"
                              "  \"outputs\": [\n"
                              "    {\n"
                              "      \"file\": \"carry-forward/decided.csv.gz\",\n"
                              "      \"bytes\": 20,\n"
                              "      \"sha256\": \"" HEX_A "\",\n"
                              "      \"rows\": 0\n"
                              "    },\n"
                              "    {\n"
                              "      \"file\": \"refunds.csv\",\n"
                              "      \"bytes\": 1234,\n"
                              "      \"sha256\": \"" HEX_B "\",\n"
                              "      \"rows\": 5\n"
                              "    }\n"
                              "  ],\n"
                              "  \"totals\": [\n"
                              "    {\n"
                              "      \"ledger\": \"refunds\",\n"
                              "      \"decision\": \"partial\",\n"
                              "      \"count\": 5,\n"
                              "      \"currency\": \"CNY\",\n"
                              "      \"amount\": \"9223372036854775807000.00\"\n"
                              "    },\n"
                              "    {\n"
                              "      \"ledger\": \"tickets\",\n"
                              "      \"decision\": \"in_scope\",\n"
                              "      \"count\": 7\n"
                              "    }\n"
                              "  ]\n"
                              "}\n";

static void it_is_indented_and_in_order(void **state)
{
    struct sandbox sandbox;
    struct fixture f;
    struct output_summary summary;
    struct error err = {0};
    size_t size;
    char *text;

    (void)state;
    sandbox_open(&sandbox);
    fixture_make(&f);
    assert_int_equal(manifest_write(sandbox.fd, &f.manifest, &summary, &err), 0);
    assert_string_equal(summary.name, MANIFEST_FILE);
    text = sandbox_read(&sandbox, MANIFEST_FILE, &size);
    assert_string_equal(text, WRITTEN);
    free(text);
    sandbox_close(&sandbox, (const char *[]){MANIFEST_FILE, NULL});
}

static void it_reads_back(void **state)
{
    struct sandbox sandbox;
    struct fixture f;
    struct output_summary first;
    struct output_summary second;
    struct arena arena = {0};
    struct manifest read;
    struct error err = {0};
    char sha256[OUTPUT_SHA256_TEXT_MAX];

    (void)state;
    sandbox_open(&sandbox);
    fixture_make(&f);
    assert_int_equal(manifest_write(sandbox.fd, &f.manifest, &first, &err), 0);
    assert_int_equal(
        manifest_read(sandbox.fd, "2026-10/manifest.json", &arena, &read, sha256, &err), 0);
    assert_string_equal(sha256, first.sha256);
    assert_int_equal(read.previous_period, f.manifest.previous_period);
    assert_true(read.totals[0].amount.units == f.totals[0].amount.units);
    assert_int_equal(read.totals[1].currency, CURRENCY_NONE);
    assert_string_equal(read.outputs[1].name, "refunds.csv");
    /* Written once more, it is the same file. */
    assert_int_equal(unlinkat(sandbox.fd, MANIFEST_FILE, 0), 0);
    assert_int_equal(manifest_write(sandbox.fd, &read, &second, &err), 0);
    assert_string_equal(second.sha256, first.sha256);
    arena_release(&arena);
    sandbox_close(&sandbox, (const char *[]){MANIFEST_FILE, NULL});
}

static void the_first_period_has_none_before_it(void **state)
{
    struct sandbox sandbox;
    struct fixture f;
    struct output_summary summary;
    struct arena arena = {0};
    struct manifest read;
    struct error err = {0};
    char sha256[OUTPUT_SHA256_TEXT_MAX];

    (void)state;
    sandbox_open(&sandbox);
    fixture_make(&f);
    f.manifest.previous_period = PERIOD_NONE;
    f.manifest.policy_file = (struct span){0};
    f.manifest.configuration_sha256 = (struct span){0};
    f.manifest.option_count = f.manifest.input_count = 0;
    f.manifest.output_count = f.manifest.total_count = 0;
    assert_int_equal(manifest_write(sandbox.fd, &f.manifest, &summary, &err), 0);
    assert_int_equal(manifest_read(sandbox.fd, MANIFEST_FILE, &arena, &read, sha256, &err), 0);
    assert_int_equal(read.previous_period, PERIOD_NONE);
    assert_true(read.policy_file.size == 0 && read.configuration_sha256.size == 0);
    assert_true(read.input_count == 0 && read.option_count == 0);
    arena_release(&arena);
    sandbox_close(&sandbox, (const char *[]){MANIFEST_FILE, NULL});
}

/* The manifest above with the first occurrence of one text replaced by another. */
static void check_bad(const char *from, const char *to, const char *message)
{
    struct sandbox sandbox;
    struct arena arena = {0};
    struct manifest read = {.period = -1};
    struct error err = {0};
    char sha256[OUTPUT_SHA256_TEXT_MAX];
    char text[sizeof(WRITTEN) + 256];
    const char *found = strstr(WRITTEN, from);

    assert_non_null(found);
    snprintf(text, sizeof(text), "%.*s%s%s", (int)(found - WRITTEN), WRITTEN, to,
             found + strlen(from));
    sandbox_open(&sandbox);
    sandbox_write(&sandbox, MANIFEST_FILE, text, strlen(text));
    assert_int_equal(manifest_read(sandbox.fd, "m", &arena, &read, sha256, &err), -1);
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_string_equal(err.detail, message);
    assert_int_equal(read.period, -1);
    arena_release(&arena);
    sandbox_close(&sandbox, (const char *[]){MANIFEST_FILE, NULL});
}

static void bad_ones_are_told(void **state)
{
    (void)state;
    check_bad("\"format\": 1", "\"format\": 2", "m: format: is not one that this program reads");
    check_bad("\"format\": 1", "\"format\": \"1\"", "m: format: is missing or not a count");
    check_bad("2026-10", "2026-13", "m: period: is not a period");
    check_bad("+08:00", "8", "m: time_zone: is not an offset");
    check_bad("\"true\"", "true", "m: options.workbook: is missing or not a text");
    check_bad("1970-01-01T", "1970-02-30T", "m: versions[0].effective_from: is not an instant");
    check_bad(HEX_B, "BB", "m: policy.sha256: is not a SHA-256 in lower-case hex");
    check_bad("\"orders\"", "\"order\"", "m: inputs[0].input: is not an input");
    check_bad("\"accepted\": 1", "\"accepted\": -1",
              "m: inputs[0].accepted: is missing or not a count");
    check_bad("\"carry-forward/d", "\"../d",
              "m: outputs[0].file: is not the name of a file in the period's folder");
    check_bad("\"carry-forward/d", "\"/d",
              "m: outputs[0].file: is not the name of a file in the period's folder");
    check_bad("\"carry-forward/d", "\"a/b/d",
              "m: outputs[0].file: is not the name of a file in the period's folder");
    check_bad("\"refunds.csv\"", "\"a/\"",
              "m: outputs[1].file: is not the name of a file in the period's folder");
    check_bad("CNY", "RMB", "m: totals[0].currency: is not a currency");
    check_bad("9223372036854775807000.00", "1e3", "m: totals[0].amount: is not an amount");
    check_bad("9223372036854775807000.00", "-", "m: totals[0].amount: is not an amount");
    check_bad("9223372036854775807000.00", "9223372036854775807000922337203685.00",
              "m: totals[0].amount: is not an amount");
    check_bad("\"totals\"", "\"total\"", "m: totals: is missing or not a list");
    check_bad("\"options\": {", "\"options\": [", "m:9: ']' expected near ':'");
    check_bad("\"period\": \"2026-10\"", "\"format\": 1",
              "m:3: duplicate object key near '\"format\"'");
}

static void a_missing_one_is_told(void **state)
{
    struct sandbox sandbox;
    struct arena arena = {0};
    struct manifest read;
    struct error err = {0};
    char sha256[OUTPUT_SHA256_TEXT_MAX];

    (void)state;
    sandbox_open(&sandbox);
    assert_int_equal(manifest_read(sandbox.fd, "m", &arena, &read, sha256, &err), -1);
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_string_equal(err.detail, "m: is missing");
    err = (struct error){0};
    assert_int_equal(mkdirat(sandbox.fd, MANIFEST_FILE, 0700), 0);
    assert_int_equal(manifest_read(sandbox.fd, "m", &arena, &read, sha256, &err), -1);
    assert_string_equal(err.detail, "m: is not a file of at most 64 MiB");
    assert_int_equal(unlinkat(sandbox.fd, MANIFEST_FILE, AT_REMOVEDIR), 0);
    sandbox_close(&sandbox, (const char *[]){NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_indented_and_in_order),
        cmocka_unit_test(it_reads_back),
        cmocka_unit_test(the_first_period_has_none_before_it),
        cmocka_unit_test(bad_ones_are_told),
        cmocka_unit_test(a_missing_one_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
