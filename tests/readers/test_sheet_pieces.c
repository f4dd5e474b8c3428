/* A sheet in pieces: cut anywhere, it comes to what it comes to as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "readers/sheet_pieces.h"

enum { ROWS = 12, PIECES = 4, TEXT_MAX = 8192 };

/* The sheet, its data with a full flush at each cut, and the pieces between them. */
struct cut_sheet {
    char text[TEXT_MAX];
    size_t size;
    unsigned char data[2 * TEXT_MAX];
    size_t stored;
    struct sheet_piece *pieces;
    size_t count;
    uint32_t crc32;
    int fd;
};

static void write_sheet(struct cut_sheet *sheet)
{
    char *at = sheet->text;

    at += sprintf(at, "<worksheet><cols><col min=\"1\"/></cols><sheetData>");
    for (int i = 1; i <= ROWS; i++)
        at += sprintf(at,
                      "<row r=\"%d\"><c r=\"A%d\" s=\"6\" t=\"str\"><v>row &lt;%d&gt; </v></c>"
                      "<c r=\"B%d\" s=\"22\"><f>A%d+1</f><v>%d.25</v></c>"
                      "<c r=\"C%d\" t=\"inlineStr\"><is><t xml:space=\"preserve\"> x</t></is></c>"
                      "</row>",
                      i, i, i, i, i, i * 7, i);
    at += sprintf(at, "</sheetData><hyperlinks><hyperlink ref=\"A1\"/></hyperlinks></worksheet>");
    sheet->size = (size_t)(at - sheet->text);
}

/* Deflates what is between the cuts, each piece by itself. */
static void cut(struct cut_sheet *sheet, const size_t *cuts, size_t count)
{
    z_stream stream = {0};
    size_t from = 0;

    sheet->pieces = calloc(count + 1, sizeof(*sheet->pieces));
    assert_non_null(sheet->pieces);
    sheet->count = count + 1;
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_out = sheet->data;
    stream.avail_out = sizeof(sheet->data);
    for (size_t i = 0; i <= count; i++) {
        const size_t to = i < count ? cuts[i] : sheet->size;
        const size_t before = stream.total_out;

        stream.next_in = (unsigned char *)sheet->text + from;
        stream.avail_in = (unsigned)(to - from);
        assert_true(deflate(&stream, i < count ? Z_FULL_FLUSH : Z_FINISH) >= Z_OK);
        sheet->pieces[i] = (struct sheet_piece){.offset = before,
                                                .stored = stream.total_out - before,
                                                .bytes = to - from,
                                                .is_first = i == 0,
                                                .is_last = i == count};
        from = to;
    }
    sheet->stored = stream.total_out;
    deflateEnd(&stream);
    sheet->crc32 = (uint32_t)crc32(0, (const unsigned char *)sheet->text, (unsigned)sheet->size);
    sheet->fd = memfd_create("sheet", MFD_CLOEXEC);
    assert_int_equal(pwrite(sheet->fd, sheet->data, sheet->stored, 0), sheet->stored);
}

static void read_all(struct cut_sheet *sheet)
{
    static struct inflating inflating;
    static unsigned char room[SHEET_PIECE_ROOM];

    for (size_t i = sheet->count; i-- > 0;)
        sheet_piece_read(&sheet->pieces[i], &inflating, sheet->fd, room);
}

static void release(struct cut_sheet *sheet)
{
    for (size_t i = 0; i < sheet->count; i++)
        sheet_piece_release(&sheet->pieces[i]);
    free(sheet->pieces);
    close(sheet->fd);
}

static void assert_whole(const struct sheet_scan *scan)
{
    const struct sheet_tally *tally = &scan->tally;
    int128 units = 0;

    for (int i = 1; i <= ROWS; i++)
        units += (int128)i * 7 * DECIMAL_ONE_UNITS + DECIMAL_ONE_UNITS / 4;
    assert_int_equal(tally->rows, ROWS);
    assert_int_equal(tally->cells, 3 * ROWS);
    assert_int_equal(tally->formulas, ROWS);
    assert_int_equal(tally->text_bytes, 9 * (8 + 2) + 3 * (9 + 2));
    assert_int_equal(tally->columns[1].numbers, ROWS);
    assert_true(tally->columns[1].units == units);
}

/* Every cut there is, by itself and with others, between rows and within them. */
static void pieces_come_to_the_whole(void **state)
{
    static struct cut_sheet sheet;

    (void)state;
    write_sheet(&sheet);
    for (size_t at = 1; at < sheet.size; at++) {
        const size_t rest = sheet.size - at;
        const size_t cuts[] = {at, at + rest / 3, at + rest / 2};
        const size_t count = rest < 8 ? 1 : at % (PIECES - 1) + 1;
        uint32_t crc = 0;
        bool ended = false;

        cut(&sheet, cuts, count);
        read_all(&sheet);
        assert_true(sheet_pieces_join(sheet.pieces, sheet.count, &crc, &ended));
        assert_true(ended);
        assert_int_equal(crc, sheet.crc32);
        assert_whole(&sheet.pieces[0].scan);
        release(&sheet);
    }
}

/* Ends that are none, lengths that are others, data that are damaged. */
static void what_is_wrong_is_seen(void **state)
{
    static struct cut_sheet sheet;
    const size_t cuts[] = {700, 1400};

    (void)state;
    write_sheet(&sheet);
    for (int wrong = 0; wrong < 7; wrong++) {
        uint32_t crc = 0;
        bool ended = false;

        cut(&sheet, cuts, 2);
        if (wrong == 1)
            sheet.pieces[1].stored--;
        if (wrong == 2)
            sheet.pieces[1].stored++;
        if (wrong == 3)
            sheet.pieces[0].bytes--;
        if (wrong == 4)
            sheet.pieces[1].is_last = true;
        if (wrong == 5)
            sheet.pieces[2].is_last = false;
        if (wrong == 6)
            assert_int_equal(pwrite(sheet.fd, "\xff\xff", 2, (off_t)sheet.pieces[1].offset), 2);
        read_all(&sheet);
        assert_int_equal(sheet_pieces_join(sheet.pieces, sheet.count, &crc, &ended), wrong == 0);
        release(&sheet);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_come_to_the_whole),
        cmocka_unit_test(what_is_wrong_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
