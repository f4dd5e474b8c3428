/*
 * The auditor's workbook: text, numbers, formulas, reading back.
 *
 * With arguments it is the program that workbook_test.py needs:
 *
 *     test_workbook FOLDER [name=value ...]
 *
 * writes a sample month's workbook and CSV ledgers into the folder, reads the workbook back, and
 * prints the ledgers' columns.
 */
#include <dirent.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "readers/sheet_scan.h"
#include "readers/workbook_check.h"
#include "tests/writers/workbook_sample_program.h"
#include "writers/workbook_formula.h"
#include "writers/workbook_row.h"

static void assert_cell_text(const char *text, const char *expected)
{
    static char safe[CELL_TEXT_BYTES_MAX];
    size_t size = cell_text(span_of(text), safe, NULL);

    assert_string_equal(safe, expected);
    assert_int_equal(size, strlen(expected));
}

static void text_is_safe(void **state)
{
    (void)state;
    assert_cell_text("", "");
    assert_cell_text("plain", "plain");
    assert_cell_text("=1+1", "=1+1");
    assert_cell_text("tab\tline\n", "tab\tline\n");
    assert_cell_text("cr\r", "cr_x000D_");
    assert_cell_text("\x01\x1F", "_x0001__x001F_");
    assert_cell_text("_x0041_", "_x005F_x0041_");
    assert_cell_text("_x0041_x0042_", "_x005F_x0041_x005F_x0042_");
    assert_cell_text("_x005F_x0041_", "_x005F_x005F_x005F_x0041_");
    assert_cell_text("_x004", "_x004");
    assert_cell_text("_xZZZZ_", "_xZZZZ_");
    assert_cell_text("\xEF\xBF\xBE|\xEF\xBF\xBF|\xEF\xBF\xBD", "_xFFFE_|_xFFFF_|\xEF\xBF\xBD");
    assert_cell_text("\xFFx\xC3(", TEXT_REPLACEMENT "x" TEXT_REPLACEMENT "(");
    assert_cell_text("\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80");
}

static void long_text_is_cut(void **state)
{
    static char text[200000], safe[CELL_TEXT_BYTES_MAX];
    bool cut;

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_int_equal(cell_text((struct span){text, CELL_CHARACTERS_MAX}, safe, &cut),
                     CELL_CHARACTERS_MAX);
    assert_false(cut);
    cell_text((struct span){text, CELL_CHARACTERS_MAX + 1}, safe, &cut);
    assert_true(cut);
    assert_string_equal(safe + CELL_CHARACTERS_MAX - 7, "\xE2\x80\xA6 [cut]");
    /* The escape may not be cut apart, nor a pair of UTF-16 units. */
    memset(text, '\x01', sizeof(text));
    assert_true(cell_text((struct span){text, sizeof(text)}, safe, &cut) <=
                CELL_CHARACTERS_MAX + 2);
    assert_true(cut);
    for (size_t i = 0; i + 4 <= sizeof(text); i += 4)
        memcpy(text + i, "\xF0\x9F\x98\x80", 4);
    cell_text((struct span){text, sizeof(text)}, safe, &cut);
    assert_int_equal(text_well_formed(span_of(safe)), strlen(safe));
}

static struct decimal decimal_of(const char *text)
{
    struct decimal value;

    assert_int_equal(decimal_parse(span_of(text), &value), DECIMAL_OK);
    return value;
}

static void numbers_of_fifteen_digits_fit(void **state)
{
    (void)state;
    assert_true(workbook_number(decimal_of("12.34")) == 12.34);
    assert_true(workbook_number(decimal_of("0.0000000001")) == 1e-10);
    assert_true(workbook_number(decimal_of("9999999999999.99")) == 9999999999999.99);
    assert_true(workbook_number(decimal_of("0")) == 0);
    assert_true(workbook_number_fits(decimal_of("999999999999999")));
    assert_true(workbook_number_fits(decimal_of("99999.9999999999")));
    assert_false(workbook_number_fits(decimal_of("10000000000000.01")));
    assert_false(workbook_number_fits(decimal_of("100000.0000000001")));
}

static void numbers_come_back_from_their_cells(void **state)
{
    uint64_t random = 88172645463325252U;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        struct decimal value;
        char text[64];
        int128 units;
        int size;

        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        value.units = (int128)(random % UINT64_C(1000000000000000)) >> (random >> 58);
        for (uint64_t zeros = random >> 40 & 15; zeros > 5; zeros--)
            value.units *= 10;
        assert_true(workbook_number_fits(value));
        size = snprintf(text, sizeof(text), "%.16G", workbook_number(value));
        assert_true(sheet_scan_number(text, (size_t)size, &units));
        assert_true(units == value.units);
    }
}

static void dates_are_spreadsheet_dates(void **state)
{
    int64_t instant;

    (void)state;
    assert_int_equal(instant_parse(span_of("2026-10-03T19:22:33+08:00"), 0, &instant), INSTANT_OK);
    /* 2026-10-03 is day 46298; 19:22:33 is 69753 / 86400 of it. */
    assert_true(workbook_date(instant, 8 * 3600).units == decimal_of("46298.8073263889").units);
    assert_true(workbook_date(instant, 0).units < workbook_date(instant, 8 * 3600).units);
}

/* The formula's own arithmetic gives what the program's does. */
static void quotients_agree_with_decimals(void **state)
{
    uint64_t random = 4101842887655102017U;
    int exact = 0;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        struct ratio ratio = {.amount_text = "A1", .rounding = (enum rounding)(i % 3)};
        struct decimal expected;
        char text[1024];
        int128 result;

        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        ratio.amount_digits = i / 3 % 4;
        ratio.amount.units = (int128)(random % UINT64_C(10000000000) >> (random >> 59));
        for (int digits = ratio.amount_digits; digits < DECIMAL_DIGITS; digits++)
            ratio.amount.units *= 10;
        ratio.multiplier = (struct factor){"B1", (int64_t)(random >> 20 & 0x7FFFFFF)};
        ratio.divisor = (struct factor){"C1", (int64_t)(random >> 33 & 0x7FFFFFF) + 1};
        if (!ratio_formula(&ratio, text, sizeof(text), &result))
            continue;
        exact++;
        assert_true(decimal_multiply_divide(ratio.amount, ratio.multiplier.value,
                                            ratio.divisor.value, ratio.amount_digits,
                                            ratio.rounding, &expected));
        for (int digits = ratio.amount_digits; digits < DECIMAL_DIGITS; digits++)
            result *= 10;
        assert_true(result == expected.units);
    }
    assert_true(exact > 100000);
}

static void formulas_say_what_they_do(void **state)
{
    struct ratio ratio = {.amount_text = "H8",
                          .amount_digits = 2,
                          .amount = decimal_of("12.35"),
                          .multiplier = {"R8", 7},
                          .divisor = {"S8", 31},
                          .rounding = ROUNDING_HALF_UP};
    char text[1024];
    int128 result;

    (void)state;
    assert_true(ratio_formula(&ratio, text, sizeof(text), &result));
    assert_string_equal(text, "INT((2*(ROUND(H8*100,0)*R8)+S8)/(2*S8))");
    assert_true(result == 279);
    ratio.rounding = ROUNDING_DOWN;
    assert_true(ratio_formula(&ratio, text, sizeof(text), &result));
    assert_string_equal(text, "INT((ROUND(H8*100,0)*R8)/S8)");
    assert_true(result == 278);
    /* What no spreadsheet holds exactly is left to a value. */
    ratio.amount = decimal_of("999999999999.99");
    assert_false(ratio_formula(&ratio, text, sizeof(text), &result));
    ratio.amount = decimal_of("12.35");
    assert_false(ratio_formula(&ratio, text, 10, &result));
}

static void sheets_scan_alike_in_any_pieces(void **state)
{
    static const char xml[] =
        "<worksheet><sheetData><row r=\"1\" spans=\"1:2\"/><row r=\"2\">"
        "<c r=\"A2\" s=\"1\" t=\"inlineStr\"><is><t xml:space=\"preserve\"> a&amp;b</t></is></c>"
        "<c r=\"B2\"><v>0.1</v></c><c r=\"AB2\"><f>1&lt;2</f><v>1E-05</v></c>"
        "<c r=\"C2\" t=\"str\"><f>IF(1,\"x\")</f><v>x</v></c><c r=\"D2\" s=\"3\"/></row>"
        "<row r=\"1048576\"><c r=\"A1048576\" s=\"12\" t=\"str\"><v>plain text</v></c>"
        "<c r=\"B1048576\" t=\"str\"><v>\xC2\xA7 a &lt; b</v></c><c r=\"C1048576\"><v>-7</v></c>"
        "<c r=\"D1048576\" s=\"3\"/><c r=\"E1048576\" s=\"22\"><f>ROUND(B2*2,2)</f><v>0.2</v></c>"
        "<c r=\"F1048576\" t=\"str\"><f>IF(1,\"xyz\")</f><v>xyz</v></c>"
        "<c r=\"G1048576\" s=\"9\"><v>46308.2136111111</v></c><c r=\"BT1048576\"><v>0.12</v></c>"
        "<c r=\"AB1048576\"><v>1234567890.12345</v></c><c r=\"AC1048576\" t=\"b\"><v>1</v></c>"
        "<c r=\"AD1048576\"><v>9.007000000000001</v></c></row>"
        "</sheetData><hyperlinks><hyperlink ref=\"A2\"/></hyperlinks></worksheet>";
    static const int others[] = {0, 3, 5, 28};

    (void)state;
    for (size_t piece = 1; piece < sizeof(xml); piece++) {
        struct sheet_scan *scan = calloc(1, sizeof(*scan));

        assert_non_null(scan);
        for (size_t at = 0; at < sizeof(xml) - 1; at += piece) {
            size_t left = sizeof(xml) - 1 - at;

            assert_true(sheet_scan_feed(scan, xml + at, left < piece ? left : piece));
        }
        assert_int_equal(scan->tally.rows, 2);
        assert_int_equal(scan->tally.cells, 16);
        assert_int_equal(scan->tally.formulas, 4);
        assert_int_equal(scan->tally.text_bytes, 4 + 10 + 8);
        assert_int_equal(scan->tally.columns[1].numbers, 1);
        assert_true(scan->tally.columns[1].units == DECIMAL_ONE_UNITS / 10);
        assert_int_equal(scan->tally.columns[27].numbers, 2);
        assert_true(scan->tally.columns[27].units == decimal_of("1234567890.12346").units);
        assert_int_equal(scan->tally.columns[2].numbers, 1);
        assert_true(scan->tally.columns[2].units == -7 * (int128)DECIMAL_ONE_UNITS);
        assert_true(scan->tally.columns[4].units == decimal_of("0.2").units);
        assert_true(scan->tally.columns[6].units == decimal_of("46308.2136111111").units);
        assert_true(scan->tally.columns[71].units == decimal_of("0.12").units);
        assert_true(scan->tally.columns[29].units == decimal_of("9.007").units);
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
            assert_int_equal(scan->tally.columns[others[i]].numbers, 0);
        free(scan);
    }
}

/* A cell that is not what it should be, with enough behind it to be looked at as a whole. */
static void cells_not_ours_are_refused(void **state)
{
    static const char *const cells[] = {
        "<c r=\"1\"><v>1</v>",
        "<c r=\"BU1\"><v>1</v>",
        "<c r=\"A1\"><v>1x</v>",
        "<c r=\"A1\"><v>1.2.3</v>",
        "<c r=\"A1\"><v>one</v>",
        "<c r=\"A1\"><v>1,5</v>",
        "<c r=\"A1\"><v>- 1</v>",
        "<c><v>1</v>",
        "<c r=\"AAAAAA1\"><v>1</v>",
        "<c r=\"A1\"><v>--1</v>",
        "<c r=\"A1\"><v>0.12345678901</v>",
        "<c r=\"A1\" s=\"1\"><f>B1</f><v>x</v>",
        "<c r=\"A1\"><v>1234567890123456789</v>",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        struct sheet_scan *scan = calloc(1, sizeof(*scan));
        char xml[512];

        assert_non_null(scan);
        snprintf(xml, sizeof(xml), "<row r=\"1\">%s</c></row>%200s", cells[i], "");
        if (sheet_scan_feed(scan, xml, strlen(xml)))
            fail_msg("%s was taken", cells[i]);
        free(scan);
    }
}

static void scanned_numbers_are_decimals(void **state)
{
    int128 units;

    (void)state;
    assert_true(sheet_scan_number("9.007000000000001", 17, &units));
    assert_true(units == decimal_of("9.007").units);
    assert_true(sheet_scan_number("1E+15", 5, &units));
    assert_true(units == (int128)DECIMAL_ONE_UNITS * 1000000000000000);
    assert_false(sheet_scan_number("", 0, &units));
    assert_false(sheet_scan_number("1,5", 3, &units));
    assert_false(sheet_scan_number("0.00000000001", 13, &units));
    assert_false(sheet_scan_number("1E", 2, &units));
}

struct folder {
    char path[64];
};

static void folder_make(struct folder *folder)
{
    snprintf(folder->path, sizeof(folder->path), "/tmp/test-workbook-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
}

/* Removes the files and returns how many there were. */
static int folder_clear(const struct folder *folder)
{
    DIR *listing = opendir(folder->path);
    int count = 0;

    assert_non_null(listing);
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        assert_int_equal(unlinkat(dirfd(listing), entry->d_name, 0), 0);
        count++;
    }
    closedir(listing);
    assert_int_equal(rmdir(folder->path), 0);
    return count;
}

static const struct sample SMALL = {
    .seed = 7,
    .accounts = 60,
    .requests_max = 4,
    .currencies = {"CNY", "JPY"},
    .currency_count = 2,
    .late = true,
    .rejects = 6,
};

static void a_book_reads_back(void **state)
{
    struct folder folder;
    struct workbook_result result;
    struct error err = {0};
    char path[256];

    (void)state;
    folder_make(&folder);
    assert_int_equal(sample_write(&SMALL, folder.path, &result, &err), 0);
    assert_int_equal(result.count, 1);
    assert_string_equal(result.summaries[0].name, "recompense-2026-10.xlsx");
    assert_int_equal(strlen(result.summaries[0].sha256), 64);
    snprintf(path, sizeof(path), "%s/%s", folder.path, result.summaries[0].name);
    assert_int_equal(workbook_check(path, &result.tallies[0], 3, &err), 0);

    /* Anything that differs from what was handed in is seen. */
    result.tallies[0].sheets[5]->rows++;
    assert_int_equal(workbook_check(path, &result.tallies[0], 3, &err), -1);
    assert_int_equal(err.kind, ERROR_CONTROL);
    assert_non_null(strstr(err.detail, "Refunds"));
    result.tallies[0].sheets[5]->rows--;
    result.tallies[0].sheets[5]->columns[7].units += 100000000;
    err.kind = ERROR_NONE;
    assert_int_equal(workbook_check(path, &result.tallies[0], 3, &err), -1);
    workbook_result_release(&result);
    assert_int_equal(folder_clear(&folder), 1);
}

/* Continued sheets, numbered books, late items, links of every kind: whoever makes the rows. */
static void sections_make_the_same_books(void **state)
{
    struct sample sample = SMALL;

    (void)state;
    sample.accounts = 4000;
    sample.hostile = true;
    for (int round = 0; round < 2; round++) {
        struct folder folders[2];
        struct workbook_result results[2];
        struct error err = {0};

        for (int i = 0; i < 2; i++) {
            sample.sections = i == 1;
            folder_make(&folders[i]);
            assert_int_equal(sample_write(&sample, folders[i].path, &results[i], &err), 0);
        }
        assert_int_equal(results[0].count, results[1].count);
        assert_true(round == 0 || results[0].count > 1);
        for (size_t i = 0; i < results[0].count; i++) {
            char path[256];

            assert_string_equal(results[0].summaries[i].sha256, results[1].summaries[i].sha256);
            snprintf(path, sizeof(path), "%s/%s", folders[1].path, results[1].summaries[i].name);
            assert_int_equal(workbook_check(path, &results[1].tallies[i], 3, &err), 0);
            assert_int_equal(workbook_check(path, &results[1].tallies[i], 1, &err), 0);
        }
        /* One sheet of all refunds is large enough to be read in pieces. */
        assert_true((round == 0) == (results[1].tallies[0].sheets[5]->seam_count > 0));
        for (int i = 0; i < 2; i++) {
            workbook_result_release(&results[i]);
            (void)folder_clear(&folders[i]);
        }
        sample.sheet_rows_max = 900;
        sample.book_rows_max = 5000;
    }
}

/* Changes the byte there, or changes it back. */
static void flip(const char *path, long at)
{
    FILE *file = fopen(path, "r+b");
    int byte;

    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    byte = fgetc(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    fputc(byte ^ 0x55, file);
    assert_int_equal(fclose(file), 0);
}

/* By one thread, which reads sheets as a whole, and by several: they say the same. */
static void assert_refused(const char *path, const struct workbook_tally *tally)
{
    struct error one = {0};
    struct error several = {0};

    assert_int_equal(workbook_check(path, tally, 1, &one), -1);
    assert_int_equal(workbook_check(path, tally, 3, &several), -1);
    assert_int_equal(one.kind, several.kind);
    assert_string_equal(one.detail, several.detail);
}

static void see_damage(const struct sample *sample, int places)
{
    struct folder folder;
    struct workbook_result result;
    struct error err = {0};
    char path[256];
    long size;

    folder_make(&folder);
    assert_int_equal(sample_write(sample, folder.path, &result, &err), 0);
    snprintf(path, sizeof(path), "%s/%s", folder.path, result.summaries[0].name);
    size = (long)result.summaries[0].bytes;
    for (int i = 1; i < places; i++) {
        flip(path, size * i / places);
        assert_refused(path, &result.tallies[0]);
        flip(path, size * i / places);
    }
    assert_int_equal(workbook_check(path, &result.tallies[0], 3, &err), 0);
    assert_int_equal(truncate(path, size - 1), 0);
    assert_refused(path, &result.tallies[0]);
    workbook_result_release(&result);
    folder_clear(&folder);
}

static void damage_is_seen(void **state)
{
    struct error err = {0};
    const struct workbook_tally none = {0};

    (void)state;
    see_damage(&SMALL, 40);
    assert_int_equal(workbook_check("/nonexistent.xlsx", &none, 1, &err), -1);
}

static void damage_of_pieces_is_seen(void **state)
{
    struct sample sample = SMALL;

    (void)state;
    sample.accounts = 4000;
    see_damage(&sample, 25);
}

/* Seams that are not where the sheet has them are of no use, and do no harm. */
static void wrong_seams_do_no_harm(void **state)
{
    struct sample sample = SMALL;
    struct folder folder;
    struct workbook_result result;
    struct error err = {0};
    struct sheet_tally *tally;
    char path[256];

    (void)state;
    sample.accounts = 4000;
    folder_make(&folder);
    assert_int_equal(sample_write(&sample, folder.path, &result, &err), 0);
    snprintf(path, sizeof(path), "%s/%s", folder.path, result.summaries[0].name);
    tally = result.tallies[0].sheets[5];
    assert_true(tally->seam_count > 0);
    for (int i = 0; i < 5; i++) {
        const struct sheet_seam seam = tally->seams[0];

        if (i == 0)
            tally->seams[0].stored++;
        if (i == 1)
            tally->seams[0].bytes--;
        if (i == 2)
            tally->seams[0] = (struct sheet_seam){0};
        if (i == 3)
            tally->seams[0] = (struct sheet_seam){UINT64_MAX, UINT64_MAX};
        if (i == 4)
            tally->seams[0].stored = seam.stored / 2;
        assert_int_equal(workbook_check(path, &result.tallies[0], 2, &err), 0);
        tally->seams[0] = seam;
    }
    workbook_result_release(&result);
    folder_clear(&folder);
}

static void a_name_that_is_taken_is_refused(void **state)
{
    struct folder folder;
    struct workbook_result result;
    struct error err = {0};
    char path[256];

    (void)state;
    folder_make(&folder);
    snprintf(path, sizeof(path), "%s/recompense-2026-10.xlsx", folder.path);
    assert_int_equal(symlink("/tmp/elsewhere", path), 0);
    assert_int_equal(sample_write(&SMALL, folder.path, &result, &err), -1);
    assert_int_equal(err.kind, ERROR_IO);
    assert_int_equal(folder_clear(&folder), 1);
}

/* Of an empty month, in a folder of its own; book_rows_max as in the facts. */
static struct audit_workbook *open_empty(struct folder *folder, uint64_t book_rows_max)
{
    static struct policy policy = {.version_count = 1};
    const struct workbook_facts facts = {.period = 2026 * 12 + 9,
                                         .company = "",
                                         .program_version = "1",
                                         .policy = &policy,
                                         .policy_file = "",
                                         .policy_sha256 = "00",
                                         .book_rows_max = book_rows_max};
    struct error err = {0};
    struct audit_workbook *book = NULL;

    folder_make(folder);
    book = audit_workbook_open(folder->path, folder->path, &facts, &err);
    assert_non_null(book);
    return book;
}

static void a_discarded_book_leaves_nothing(void **state)
{
    struct folder folder;
    struct audit_workbook *book = open_empty(&folder, 0);

    (void)state;
    audit_workbook_discard(book);
    audit_workbook_discard(NULL);
    assert_int_equal(folder_clear(&folder), 0);
}

/* What is allocated, in bytes; 0 where the allocator does not say (under a sanitizer). */
static size_t allocated(void)
{
    const struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/*
 * However many books a month has, their sheets take memory for one. What the library asks for, for
 * each, is an index of columns for every sheet, which it never touches.
 */
static void a_full_book_gives_memory_back(void **state)
{
    enum { BOOKS = 12, BOOK_BYTES_MOST = 3 * 1024 * 1024 };
    struct account_total total = {.currency = currency_find(span_of("CNY")), .refunds = 1};
    const struct workbook_entry entry = {WORKBOOK_ACCOUNT, &total};
    struct folder folder;
    struct error err = {0};
    struct audit_workbook *book = open_empty(&folder, 1);
    size_t first = 0;
    size_t last = 0;

    (void)state;
    for (int number = 1; number <= BOOKS; number++) {
        char account_id[16];

        snprintf(account_id, sizeof(account_id), "a-%04d", number);
        total.account_id = total.name = span_of(account_id);
        assert_int_equal(audit_workbook_entry(book, &entry, &err), 0);
        last = allocated();
        if (number == 1)
            first = last;
    }
    assert_true(last == 0 || last > first);
    assert_in_range(last - first, 0, (BOOKS - 1) * (size_t)BOOK_BYTES_MOST);
    audit_workbook_discard(book);
    (void)folder_clear(&folder);
}

/* A row whose amounts do not follow from its inputs is refused, not published. */
static void a_wrong_amount_is_refused(void **state)
{
    struct folder folder;
    struct error err = {0};
    struct workbook_result result;
    struct sample sample = SMALL;

    (void)state;
    folder_make(&folder);
    sample.wrong_refund = true;
    assert_int_equal(sample_write(&sample, folder.path, &result, &err), -1);
    assert_int_equal(err.kind, ERROR_CONTROL);
    assert_int_equal(folder_clear(&folder), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_safe),
        cmocka_unit_test(long_text_is_cut),
        cmocka_unit_test(numbers_of_fifteen_digits_fit),
        cmocka_unit_test(numbers_come_back_from_their_cells),
        cmocka_unit_test(dates_are_spreadsheet_dates),
        cmocka_unit_test(quotients_agree_with_decimals),
        cmocka_unit_test(formulas_say_what_they_do),
        cmocka_unit_test(sheets_scan_alike_in_any_pieces),
        cmocka_unit_test(cells_not_ours_are_refused),
        cmocka_unit_test(scanned_numbers_are_decimals),
        cmocka_unit_test(a_book_reads_back),
        cmocka_unit_test(sections_make_the_same_books),
        cmocka_unit_test(damage_is_seen),
        cmocka_unit_test(damage_of_pieces_is_seen),
        cmocka_unit_test(wrong_seams_do_no_harm),
        cmocka_unit_test(a_name_that_is_taken_is_refused),
        cmocka_unit_test(a_discarded_book_leaves_nothing),
        cmocka_unit_test(a_full_book_gives_memory_back),
        cmocka_unit_test(a_wrong_amount_is_refused),
    };

    if (argc > 1)
        return sample_main(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
