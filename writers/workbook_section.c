/*
 * Owns the rows of some accounts while they are made beside others: loose sheets, sums and tallies,
 * and their way into the book.
 * Must not know what is in a row.
 */
#include <stdlib.h>
#include <string.h>

#include "writers/workbook_entry.h"

/* A row takes one or two KiB until it is appended; only a giant account has more of them. */
enum { SECTION_ENTRIES_MAX = 16384 };

struct workbook_section {
    struct audit_workbook *workbook;
    struct entry_maker maker;
    struct sheet sheets[ENTRY_LEDGERS]; /* loose */
    struct sheet_tally tallies[ENTRY_LEDGERS];
    struct ledger_sums sums[ENTRY_LEDGERS];
    struct entry_plan *plans;
    size_t plan_count;
    size_t plan_capacity;
    struct stream_blocks blocks;
    char text[CELL_TEXT_BYTES_MAX];
};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory for the workbook");
}

static int open_sheet(struct workbook_section *section, int kind, struct error *err)
{
    struct sheet *sheet = &section->sheets[kind];

    sheet->stream = sheet_stream_open_loose(err);
    if (sheet->stream == NULL)
        return -1;
    sheet->tally = &section->tallies[kind];
    sheet->text = section->text;
    sheet->source = "";
    return ledger_sums_open(current_book(section->workbook)->ledgers[kind], &section->sums[kind],
                            err);
}

struct workbook_section *workbook_section_open(struct audit_workbook *workbook, struct error *err)
{
    struct workbook_section *section = calloc(1, sizeof(*section));

    if (section == NULL) {
        (void)out_of_memory(err);
        return NULL;
    }
    section->workbook = workbook;
    section->maker = (struct entry_maker){.row = calloc(1, sizeof(*section->maker.row)),
                                          .sheets = section->sheets,
                                          .sums = section->sums};
    if (section->maker.row == NULL) {
        (void)out_of_memory(err);
        goto failed;
    }
    for (int kind = 0; kind < ENTRY_LEDGERS; kind++)
        if (open_sheet(section, kind, err) != 0)
            goto failed;
    return section;
failed:
    workbook_section_close(section);
    return NULL;
}

void workbook_section_close(struct workbook_section *section)
{
    if (section == NULL)
        return;
    for (int kind = 0; kind < ENTRY_LEDGERS; kind++) {
        sheet_stream_close(section->sheets[kind].stream);
        free(section->sums[kind].totals);
    }
    stream_blocks_release(&section->blocks);
    free(section->maker.row);
    free(section->plans);
    free(section);
}

/* An entry has a row in its ledger, and perhaps one among the late items. */
bool workbook_section_fits(const struct workbook_section *section, size_t count)
{
    const struct audit_workbook *workbook = section->workbook;
    const struct book *book = current_book(workbook);

    if (count > SECTION_ENTRIES_MAX || book->rows + 2 * count >= workbook->facts.book_rows_max)
        return false;
    for (int kind = 0; kind < ENTRY_LEDGERS; kind++)
        if (!ledger_has_room(book->ledgers[kind], count))
            return false;
    return true;
}

static int make_room(struct workbook_section *section, size_t count, struct error *err)
{
    struct entry_plan *plans = NULL;

    if (count <= section->plan_capacity)
        return 0;
    plans = realloc(section->plans, count * sizeof(*plans));
    if (plans == NULL)
        return out_of_memory(err);
    section->plans = plans;
    section->plan_capacity = count;
    return 0;
}

int workbook_section_plan(struct workbook_section *section, const struct workbook_entry *entries,
                          size_t count, struct error *err)
{
    struct book *book = current_book(section->workbook);

    section->maker.book = book;
    for (int kind = 0; kind < ENTRY_LEDGERS; kind++)
        section->sheets[kind].book = book;
    if (make_room(section, count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (entry_plan(section->workbook, &entries[i], &section->plans[i], err) != 0)
            return -1;
    section->plan_count = count;
    return 0;
}

int workbook_section_make(struct workbook_section *section, const struct workbook_entry *entries,
                          struct error *err)
{
    /* Blocks of what was made before may still be in the streams. */
    if (workbook_section_compress(section, err) != 0)
        return -1;
    for (size_t i = 0; i < section->plan_count; i++)
        if (entry_make(&section->maker, &entries[i], &section->plans[i], err) != 0)
            return -1;
    return 0;
}

/* ---- into the book ---- */

/* The sheet that all the section's rows of a ledger are for: no part was started since. */
static struct sheet *sheet_of(const struct ledger_sheets *ledger)
{
    return ledger->parts[ledger->part_count - 1].sheet;
}

int workbook_section_append(struct workbook_section *section, struct error *err)
{
    for (int kind = 0; kind < ENTRY_LEDGERS; kind++) {
        struct ledger_sheets *ledger = section->maker.book->ledgers[kind];
        struct sheet *loose = &section->sheets[kind];
        struct sheet *sheet = sheet_of(ledger);

        if (loose->tally->cells == 0)
            continue;
        sheet->last_row = loose->last_row;
        sheet_tally_add(sheet->tally, loose->tally);
        *loose->tally = (struct sheet_tally){0};
        if (ledger_add_sums(ledger, &section->sums[kind], err) != 0 ||
            sheet_stream_append(sheet->stream, loose->stream, &section->blocks, err) != 0)
            return -1;
    }
    section->plan_count = 0;
    entry_maker_count(&section->maker, section->workbook->statistics);
    return 0;
}

int workbook_section_compress(struct workbook_section *section, struct error *err)
{
    return stream_blocks_write(&section->blocks, err);
}
