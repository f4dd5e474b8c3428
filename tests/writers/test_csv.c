/* How values are spelled in a CSV file: quotes, the guard against formulas, bad bytes, numbers. */
#include "tests/writers/sample.h"

#include "writers/cells.h"
#include "writers/csv.h"

/* A ledger of two columns, both of the value that is given. */
static void get_value(const void *entry, struct cell *cell)
{
    *cell = *(const struct cell *)entry;
}

static const struct ledger_column columns[] = {
    {"a", "A", 10, CELL_TEXT, get_value},
    {"b", "B", 10, CELL_TEXT, get_value},
};

static const struct ledger two_columns = {"two", "Two", columns, COLUMN_COUNT(columns)};

/* The file with one row of that cell, to be freed. */
static char *written(const struct cell *cell, int utc_offset_seconds, size_t *size)
{
    struct sandbox sandbox;
    struct error err = {0};
    struct output_summary summary;
    struct csv_writer *writer;
    char *text;

    sandbox_open(&sandbox);
    writer = csv_writer_open(sandbox.fd, &two_columns, utc_offset_seconds, &err);
    assert_non_null(writer);
    assert_int_equal(csv_writer_row(writer, cell, &err), 0);
    assert_int_equal(csv_writer_commit(writer, &summary, &err), 0);
    assert_string_equal(summary.name, "two.csv");
    assert_true(summary.rows == 1);
    text = sandbox_read(&sandbox, "two.csv", size);
    assert_true(summary.bytes == *size);
    sandbox_close(&sandbox, (const char *[]){"two.csv", NULL});
    return text;
}

static void check_cell(const struct cell *cell, const char *expected)
{
    char wanted[256];
    size_t size;
    char *text = written(cell, BEIJING, &size);

    snprintf(wanted, sizeof(wanted), "a,b\n%s,%s\n", expected, expected);
    assert_string_equal(text, wanted);
    free(text);
}

struct spelling {
    const char *value;
    const char *written;
};

static void check_spellings(enum cell_kind kind, const struct spelling *spellings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct cell cell = {.kind = kind, .text = span_of(spellings[i].value)};

        check_cell(&cell, spellings[i].written);
    }
}

#define CHECK(kind, spellings)                                                                     \
    check_spellings(kind, spellings, sizeof(spellings) / sizeof((spellings)[0]))

static void quotes_only_where_needed(void **state)
{
    static const struct spelling SPELLINGS[] = {
        {"acct-1", "acct-1"},
        {"two words", "two words"},
        {"semi;colon", "semi;colon"},
        {"a,b", "\"a,b\""},
        {"0123456789,", "\"0123456789,\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\""},
        {"\"", "\"\"\"\""},
        {"a\nb", "\"a\nb\""},
        {"a\rb", "\"a\rb\""},
        {" a", "\" a\""},
        {"a ", "\"a \""},
        {"a\t", "\"a\t\""},
        {" ", "\" \""},
        {"a\tb", "a\tb"},
        {"\xE5\x8D\x8E\xE4\xB8\xBA", "\xE5\x8D\x8E\xE4\xB8\xBA"},
    };

    (void)state;
    CHECK(CELL_TEXT, SPELLINGS);
}

static void export_text_is_no_formula(void **state)
{
    static const struct spelling SPELLINGS[] = {
        {"=1+1", "'=1+1"},   {"+1", "'+1"},         {"-1", "'-1"},      {"@a", "'@a"},
        {"'a", "''a"},       {"''", "'''"},         {"\ta", "'\ta"}, /* as written it begins with an
                                                                        apostrophe: no quotes */
        {"\t", "\"'\t\""}, /* as written it ends with a tab */
        {"\ra", "\"'\ra\""}, {"=a,b", "\"'=a,b\""}, {" =1", "\" =1\""}, {"a=1", "a=1"},
    };
    static const struct spelling OURS[] = {{"=1+1", "=1+1"}, {"-1", "-1"}, {"'a", "'a"}};

    (void)state;
    CHECK(CELL_TEXT, SPELLINGS);
    CHECK(CELL_RAW, SPELLINGS);
    CHECK(CELL_CODE, OURS);
}

#define U "\xEF\xBF\xBD"

static void each_invalid_byte_is_replaced(void **state)
{
    static const struct spelling SPELLINGS[] = {
        {"a\xFF"
         "b",
         "a" U "b"},
        {"\x80", U},
        {"\xC3", U}, /* cut off */
        {"\xC3,", "\"" U ",\""},
        {"\xC0\x80", U U},             /* overlong */
        {"\xE0\x9F\xBF", U U U},       /* overlong */
        {"\xED\xA0\x80", U U U},       /* a surrogate */
        {"\xF4\x90\x80\x80", U U U U}, /* beyond U+10FFFF */
        {"\xE4\xB8"
         "a",
         U U "a"}, /* two of three */
        {"\xE4\xB8\xBA\xE4", "\xE4\xB8\xBA" U},
        {"\xF0\x9F\x92\xA9\xC2\xA0", "\xF0\x9F\x92\xA9\xC2\xA0"},
        {"\xEF\xBF\xBE", "\xEF\xBF\xBE"}, /* U+FFFE is a code point like any other */
        {"\xFF=1", U "=1"},
    };

    (void)state;
    CHECK(CELL_RAW, SPELLINGS);
}

/* Longer than any buffer: every cut falls on another byte of the same character. */
static void long_text_is_whole(void **state)
{
    enum { SIZE = 1 << 20 };
    char *bytes = malloc(SIZE);

    (void)state;
    assert_non_null(bytes);
    for (size_t shift = 0; shift < 4; shift++) {
        struct cell cell = {.kind = CELL_RAW, .text = {bytes, SIZE}};
        size_t size;
        char *text;

        for (size_t i = 0; i < SIZE; i++)
            bytes[i] = "\xF0\x9F\x92\xA9"[(i + shift) % 4];
        text = written(&cell, 0, &size);
        /* Shifted by n, n bytes at the end and 4 - n at the front belong to no character. */
        assert_int_equal(size, 4 + 2 * (SIZE + (shift == 0 ? 0 : 8) + 1));
        free(text);
        memset(bytes, '"', SIZE);
        text = written(&cell, 0, &size);
        assert_int_equal(size, 4 + 2 * (2 * SIZE + 3));
        free(text);
        memset(bytes, 0xBF, SIZE);
        text = written(&cell, 0, &size);
        assert_int_equal(size, 4 + 2 * (3 * SIZE + 1));
        free(text);
    }
    free(bytes);
}

static void numbers_and_times(void **state)
{
    struct cell cell = {.kind = CELL_INSTANT, .integer = at("2026-10-03T11:22:33Z")};

    (void)state;
    check_cell(&cell, "2026-10-03T19:22:33+08:00");
    cell = (struct cell){.kind = CELL_DATE, .integer = 20500};
    check_cell(&cell, "2026-02-16");
    cell = (struct cell){.kind = CELL_PERIOD, .integer = 2026 * 12 + 9};
    check_cell(&cell, "2026-10");
    cell = (struct cell){.kind = CELL_INTEGER, .integer = INT64_MIN};
    check_cell(&cell, "-9223372036854775808");
    cell = (struct cell){.kind = CELL_INTEGER};
    check_cell(&cell, "0");
    cell = (struct cell){.kind = CELL_AMOUNT, .digits = 2, .decimal = amount("12.5")};
    check_cell(&cell, "12.50");
    cell.decimal = amount("12.3456700");
    check_cell(&cell, "12.34567");
    cell = (struct cell){.kind = CELL_AMOUNT, .digits = 0, .decimal = amount("12")};
    check_cell(&cell, "12");
    cell = (struct cell){.kind = CELL_RATE, .decimal = amount("0.150")};
    check_cell(&cell, "0.15");
    cell = (struct cell){.kind = CELL_RATE};
    check_cell(&cell, "0");
    cell = (struct cell){.kind = CELL_EMPTY};
    check_cell(&cell, "");
}

static void discarding_leaves_nothing(void **state)
{
    struct sandbox sandbox;
    struct error err = {0};
    struct csv_writer *writer;

    (void)state;
    sandbox_open(&sandbox);
    writer = csv_writer_open(sandbox.fd, &two_columns, 0, &err);
    assert_non_null(writer);
    csv_writer_discard(writer);
    csv_writer_discard(NULL);
    sandbox_close(&sandbox, (const char *[]){NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_only_where_needed),
        cmocka_unit_test(export_text_is_no_formula),
        cmocka_unit_test(each_invalid_byte_is_replaced),
        cmocka_unit_test(long_text_is_whole),
        cmocka_unit_test(numbers_and_times),
        cmocka_unit_test(discarding_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
