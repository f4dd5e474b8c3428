#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readers/csv.h"

enum { OUT_MAX = 8192 };

static void put_field(void *value, size_t size, void *out)
{
    char *end = (char *)out + strlen(out);

    sprintf(end, "<%zu:", size);
    end += strlen(end);
    for (size_t i = 0; i < size; i++)
        end += sprintf(end, "%02x", ((unsigned char *)value)[i]);
    strcpy(end, ">");
}

static void put_row(int terminator, void *out)
{
    (void)terminator;
    strcat(out, "\n");
}

/* What libcsv alone makes of the text. */
static void split_by_libcsv(const char *text, size_t size, char delimiter, char *out)
{
    struct csv_parser parser;

    *out = '\0';
    assert_int_equal(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI), 0);
    csv_set_delim(&parser, (unsigned char)delimiter);
    if (csv_parse(&parser, text, size, put_field, put_row, out) != size ||
        csv_fini(&parser, put_field, put_row, out) != 0)
        strcpy(out, "bad file");
    csv_free(&parser);
}

/* A block as the cutter makes it. */
static struct block block_of(const char *text, size_t size)
{
    struct block block = {.data = calloc(1, size + 1 + BLOCK_SLACK), .first_line = 1};

    assert_non_null(block.data);
    memcpy(block.data, text, size);
    block.size = size;
    if (size == 0 || (text[size - 1] != '\n' && text[size - 1] != '\r'))
        block.data[block.size++] = '\n';
    return block;
}

/* What the tokenizer makes of it; with the line of each row if `lines`. */
static void split(const char *text, size_t size, char delimiter, bool lines, char *out)
{
    struct block block = block_of(text, size);
    struct error err = {0};
    struct tokenizer *tokenizer;
    struct csv_row row;
    int got;

    *out = '\0';
    assert_int_equal(tokenizer_open(&tokenizer, delimiter, "f", &err), 0);
    assert_int_equal(tokenizer_load(tokenizer, &block, &err), 0);
    while ((got = tokenizer_next(tokenizer, &row, &err)) > 0) {
        if (lines)
            sprintf(out + strlen(out), "%d", (int)row.line);
        for (size_t i = 0; i < row.field_count; i++)
            put_field((void *)(uintptr_t)row.fields[i].data, row.fields[i].size, out);
        put_row(0, out);
    }
    if (got < 0)
        strcpy(out, "bad file");
    tokenizer_close(tokenizer);
    block_release(&block);
}

static void assert_same(const char *text, size_t size, char delimiter)
{
    char expected[OUT_MAX];
    char out[OUT_MAX];

    split_by_libcsv(text, size, delimiter, expected);
    split(text, size, delimiter, false, out);
    assert_string_equal(out, expected);
}

static void spaces_and_tabs_outside_quotes_are_dropped_inside_kept(void **state)
{
    static const char text[] = " a b \t,\t\" c \" ,  ,\"\"\n";
    char out[OUT_MAX];

    (void)state;
    split(text, sizeof(text) - 1, ',', true, out);
    assert_string_equal(out, "1<3:612062><3:206320><0:><0:>\n");
}

static void a_tab_that_is_the_delimiter_is_no_space(void **state)
{
    static const char text[] = "a\t \tb\t\n \t\t\nc\n";
    char out[OUT_MAX];

    (void)state;
    split(text, sizeof(text) - 1, '\t', true, out);
    assert_string_equal(out, "1<1:61><0:><1:62><0:>\n3<1:63>\n");
}

static void a_nul_is_a_byte_like_others(void **state)
{
    (void)state;
    assert_same("a\0b,\0\n\"\0\",c", 11, ',');
}

/* Every text of up to seven of the bytes that matter. */
static void all_short_texts_come_out_as_from_libcsv(void **state)
{
    static const char alphabet[] = "\n\r\", a";
    char text[7];
    size_t size;

    (void)state;
    for (size = 1; size <= sizeof(text); size++) {
        size_t count = 1;

        for (size_t i = 0; i < size; i++)
            count *= sizeof(alphabet) - 1;
        for (size_t number = 0; number < count; number++) {
            size_t rest = number;

            for (size_t i = 0; i < size; i++, rest /= sizeof(alphabet) - 1)
                text[i] = alphabet[rest % (sizeof(alphabet) - 1)];
            assert_same(text, size, ',');
        }
    }
}

static uint32_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(*state >> 33);
}

/* Long enough to cross strides; mostly values and delimiters, now and then something nasty. */
static void generated_texts_come_out_as_from_libcsv(void **state)
{
    static const char *const pieces[] = {
        "a",  "value", "12.50",   ",",          ",",     ",",          "\n",      "\n", "\r\n",
        "\r", " ",     "\t",      "\"\"",       "\"x\"", "\"a\"\"b\"", "\"\n,\"", "\0", "\x7F",
        "é",  "\xFF",  " \"q\" ", "2026-10-03", ";",     ",,,,",       "\n\n",    "  ", "\"",
    };
    static const char delimiters[] = ",;|";
    uint64_t random = 42;
    int round;

    (void)state;
    for (round = 0; round < 60000; round++) {
        char text[400];
        size_t size = 0;
        size_t wanted = next_random(&random) % 60;
        size_t count = sizeof(pieces) / sizeof(pieces[0]);

        /* The last piece makes nearly every text a bad one. */
        if (next_random(&random) % 8 != 0)
            count--;
        for (size_t i = 0; i < wanted && size < sizeof(text) - 16; i++) {
            const char *piece = pieces[next_random(&random) % count];
            size_t piece_size = *piece == '\0' ? 1 : strlen(piece);

            memcpy(text + size, piece, piece_size);
            size += piece_size;
        }
        assert_same(text, size, delimiters[next_random(&random) % 3]);
    }
}

static void fields_beyond_the_kept_ones_are_counted(void **state)
{
    static const char text[] = "a,b,c,d\n\"a\",\"b\",\"c\"\n";
    struct block block = block_of(text, sizeof(text) - 1);
    struct error err = {0};
    struct tokenizer *tokenizer;
    struct csv_row row;

    (void)state;
    assert_int_equal(tokenizer_open(&tokenizer, ',', "f", &err), 0);
    tokenizer_keep(tokenizer, 2);
    assert_int_equal(tokenizer_load(tokenizer, &block, &err), 0);
    assert_int_equal(tokenizer_next(tokenizer, &row, &err), 1);
    assert_int_equal(row.field_count, 4);
    assert_true(span_is(row.fields[1], "b"));
    assert_int_equal(tokenizer_next(tokenizer, &row, &err), 1);
    assert_int_equal(row.field_count, 3);
    assert_true(span_is(row.fields[1], "b"));
    assert_true(span_is(row.raw, "\"a\",\"b\",\"c\""));
    tokenizer_close(tokenizer);
    block_release(&block);
}

static void a_row_is_plain_unless_something_near_it_is_not(void **state)
{
    static const char *const odd[] = {"\x01", "\x7F", "\x80", "\xFF", "\t"};
    char text[300];
    struct error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        for (size_t at = 0; at < 200; at++) {
            struct block block;
            struct tokenizer *tokenizer;
            struct csv_row row;

            memset(text, 'x', 200);
            text[at] = odd[i][0];
            block = block_of(text, 200);
            assert_int_equal(tokenizer_open(&tokenizer, ',', "f", &err), 0);
            assert_int_equal(tokenizer_load(tokenizer, &block, &err), 0);
            assert_int_equal(tokenizer_next(tokenizer, &row, &err), 1);
            assert_false(row.plain);
            tokenizer_close(tokenizer);
            block_release(&block);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spaces_and_tabs_outside_quotes_are_dropped_inside_kept),
        cmocka_unit_test(a_tab_that_is_the_delimiter_is_no_space),
        cmocka_unit_test(a_nul_is_a_byte_like_others),
        cmocka_unit_test(all_short_texts_come_out_as_from_libcsv),
        cmocka_unit_test(generated_texts_come_out_as_from_libcsv),
        cmocka_unit_test(fields_beyond_the_kept_ones_are_counted),
        cmocka_unit_test(a_row_is_plain_unless_something_near_it_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
