#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "readers/csv.h"
#include "readers/records.h"
#include "tests/readers/own_folder.h"

/*
 * Cuts and splits the text; `out` gets each row as "line[field|field]", then an error if there is
 * one. The cutter promises only that blocks hold complete records, so that rows are what is
 * compared.
 */
static void cut(const char *text, size_t size, size_t chunk_bytes, char *out)
{
    char path[FOLDER_PATH_MAX];
    struct error err = {0};
    struct source *source;
    struct cutter *cutter;
    struct tokenizer *tokenizer;
    struct block block = {0};
    struct csv_row row;
    int got;

    folder_write(&folder, "f", text, size);
    folder_file(&folder, "f", path);
    assert_int_equal(source_open(&source, path, "f", chunk_bytes, &err), 0);
    assert_int_equal(cutter_open(&cutter, source, "f", chunk_bytes, &err), 0);
    assert_int_equal(tokenizer_open(&tokenizer, ',', "f", &err), 0);
    *out = '\0';
    while ((got = cutter_next(cutter, &block, &err)) > 0) {
        assert_true(block.data[block.size - 1] == '\n' || block.data[block.size - 1] == '\r');
        assert_int_equal(tokenizer_load(tokenizer, &block, &err), 0);
        while ((got = tokenizer_next(tokenizer, &row, &err)) > 0) {
            size_t i;

            out += sprintf(out, "%d[", (int)row.line);
            for (i = 0; i < row.field_count; i++)
                out += sprintf(out, "%s%.*s", i > 0 ? "|" : "", (int)row.fields[i].size,
                               row.fields[i].data);
            out += sprintf(out, "]");
        }
        if (got < 0)
            break;
    }
    if (got < 0)
        strcpy(out, err.detail);
    tokenizer_close(tokenizer);
    cutter_close(cutter);
    source_close(source);
    block_release(&block);
}

static void assert_cuts(const char *text, const char *expected)
{
    char out[1024];
    size_t size = strlen(text);
    size_t chunk_bytes;

    for (chunk_bytes = 1; chunk_bytes <= size + 1; chunk_bytes++) {
        cut(text, size, chunk_bytes, out);
        assert_string_equal(out, expected);
    }
}

static void records_end_with_lf_crlf_or_cr(void **state)
{
    (void)state;
    assert_cuts("", "");
    assert_cuts("a", "1[a]");
    assert_cuts("a\nb\nc", "1[a]2[b]3[c]");
    assert_cuts("a\r\nb\r\nc\r\n", "1[a]2[b]3[c]");
    assert_cuts("a\rb\rc\r", "1[a]2[b]3[c]");
    assert_cuts("a\n\rb\r\n\rc\r\r\nd", "1[a]3[b]5[c]7[d]");
}

static void blank_lines_are_no_rows(void **state)
{
    (void)state;
    assert_cuts("\n\n \t\na,b\n\r\n  \r \t \nc,d", "4[a|b]8[c|d]");
    assert_cuts(" ", "");
    assert_cuts("\"\"\n\" \"\n", "1[]2[ ]");
}

static void line_ends_inside_quotes_are_text_and_count(void **state)
{
    (void)state;
    assert_cuts("\"a\nb\",c\nd,e\n", "1[a\nb|c]3[d|e]");
    assert_cuts("\"a\r\nb\",c\r\nd,e\r\n", "1[a\r\nb|c]3[d|e]");
    assert_cuts("\"a\rb\r\",c\rd,e", "1[a\rb\r|c]4[d|e]");
    assert_cuts("x\n\"\n\"\"\n\",y\nz", "1[x]2[\n\"\n|y]5[z]");
}

static void a_byte_order_mark_is_dropped_at_the_start_only(void **state)
{
    (void)state;
    assert_cuts("\xEF\xBB\xBF", "");
    assert_cuts("\xEF\xBB\xBF\n", "");
    assert_cuts("\xEF\xBB\xBF"
                "a,b\nc,d",
                "1[a|b]2[c|d]");
    assert_cuts("\xEF\xBB\xBF\"a\",b\nc,d", "1[a|b]2[c|d]");
    assert_cuts("a\n\xEF\xBB\xBF"
                "b",
                "1[a]2[\xEF\xBB\xBF"
                "b]");
    assert_cuts("\xEF\xBB"
                "a",
                "1[\xEF\xBB"
                "a]");
}

static void misplaced_quotes_are_refused_with_their_line(void **state)
{
    (void)state;
    assert_cuts("a,b\nc,d\"e\n", "1[a|b]f:2: a quote stands where none may");
    assert_cuts("a\n\"b\nc\"d,e\n", "1[a]f:3: text stands behind a closing quote");
    assert_cuts("a\n\"b\" \"c\"\n", "1[a]f:2: a quote stands where none may");
    assert_cuts("a\nb,\"c\nd\n", "1[a]f:2: a quote is never closed");
    assert_cuts("a\n\"b\n\",\"\"\"c\nd\"\"\n", "1[a]f:3: a quote is never closed");
    assert_cuts("a\nb,\"", "1[a]f:2: a quote is never closed");
}

/* Writes `size` bytes of `fill` behind `before`, and `after` behind them, and cuts that. */
static void assert_cuts_long(const char *before, char fill, size_t size, const char *after,
                             const char *expected)
{
    static const size_t chunks[] = {4095, 65536, 1 << 20, (1 << 20) + 1, 1 << 22};
    static char text[(1 << 20) + 10000];
    static char out[(1 << 20) + 10000];
    size_t total = (size_t)sprintf(text, "%s", before);
    size_t i;

    memset(text + total, fill, size);
    total += size;
    total += (size_t)sprintf(text + total, "%s", after);
    for (i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
        cut(text, total, chunks[i], out);
        if (strstr(expected, "...") == NULL)
            assert_string_equal(out, expected);
        else
            assert_string_equal(out + strlen(out) - strlen(expected) + 3, expected + 3);
    }
}

static void a_record_over_one_mib_is_refused(void **state)
{
    static const char refused[] = "1[a]f:2: the record is longer than 1 MiB (is a quote never "
                                  "closed?)";

    (void)state;
    assert_cuts_long("a\n", 'x', RECORD_BYTES_MAX, "\r\nz\n", "...x]3[z]");
    assert_cuts_long("a\n", 'x', RECORD_BYTES_MAX, "\rz\n", "...x]3[z]");
    assert_cuts_long("a\n", 'x', RECORD_BYTES_MAX, "", "...x]");
    assert_cuts_long("a\n", 'x', RECORD_BYTES_MAX + 1, "\nz\n", refused);
    assert_cuts_long("a\n", 'x', RECORD_BYTES_MAX + 1, "\r\nz\n", refused);
    assert_cuts_long("a\n", 'x', RECORD_BYTES_MAX + 1, "", refused);
    assert_cuts_long("a\n\"", 'x', RECORD_BYTES_MAX - 2, "\"\nz\n", "...x]3[z]");
    assert_cuts_long("a\n\"", 'x', RECORD_BYTES_MAX - 1, "\"\nz\n", refused);
    assert_cuts_long("a\n\"", '\r', RECORD_BYTES_MAX, "\"\nz\n", refused);
    assert_cuts_long("a\n\"", 'x', RECORD_BYTES_MAX, "", refused);
    assert_cuts_long("a\nb\"", 'x', RECORD_BYTES_MAX, "", "1[a]f:2: a quote stands where none may");
}

static void a_blank_line_may_be_longer(void **state)
{
    (void)state;
    assert_cuts_long("a\n", ' ', RECORD_BYTES_MAX + 50, "\nz\n", "1[a]3[z]");
    assert_cuts_long("a\n", '\t', RECORD_BYTES_MAX + 50, "\r\nz\n", "1[a]3[z]");
    assert_cuts_long("a\n", ' ', RECORD_BYTES_MAX + 50, "\rz\n", "1[a]3[z]");
    assert_cuts_long("a\n", ' ', RECORD_BYTES_MAX + 50, "", "1[a]");
    assert_cuts_long("a\n", ' ', RECORD_BYTES_MAX + 50, "b\nz\n",
                     "1[a]f:2: the record is longer than 1 MiB (is a quote never closed?)");
}

/* Whatever is left out of a long blank line, it is looked at before. */
static void text_behind_a_long_blank_is_seen(void **state)
{
    char after[6000];

    (void)state;
    (void)snprintf(after, sizeof(after), "b%5000s\nz\n", "");
    assert_cuts_long("a\n", ' ', RECORD_BYTES_MAX + 50, after,
                     "1[a]f:2: the record is longer than 1 MiB (is a quote never closed?)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_end_with_lf_crlf_or_cr),
        cmocka_unit_test(blank_lines_are_no_rows),
        cmocka_unit_test(line_ends_inside_quotes_are_text_and_count),
        cmocka_unit_test(a_byte_order_mark_is_dropped_at_the_start_only),
        cmocka_unit_test(misplaced_quotes_are_refused_with_their_line),
        cmocka_unit_test(a_record_over_one_mib_is_refused),
        cmocka_unit_test(a_blank_line_may_be_longer),
        cmocka_unit_test(text_behind_a_long_blank_is_seen),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
