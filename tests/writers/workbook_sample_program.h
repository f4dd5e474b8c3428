/*
 * The program behind workbook_test.py: writes a sample month by options, or a sheet of quotients.
 * For test_workbook.c alone.
 */
#ifndef TESTS_WRITERS_WORKBOOK_SAMPLE_PROGRAM_H
#define TESTS_WRITERS_WORKBOOK_SAMPLE_PROGRAM_H

#include <xlsxwriter.h>

#include "readers/workbook_check.h"
#include "tests/writers/workbook_sample.h"
#include "writers/workbook_formula.h"
#include "writers/workbook_parts.h"

/* The ratio's formula and what it comes to; false where it has none. */
static bool ratio_formula(const struct ratio *ratio, char *text, size_t size, int128 *result)
{
    int split = 0;

    return formula_ratio_solve(ratio, &split, result) &&
           formula_ratio_text(ratio, split, text, size);
}

/* A ratio near a tie or a whole number, of any size that a sheet may still hold. */
static void draw_ratio(struct maker *maker, struct ratio *ratio)
{
    uint64_t amount = 1 + draw(maker, UINT64_C(1) << (4 + draw(maker, 38)));
    int64_t multiplier = 1 + (int64_t)draw(maker, UINT64_C(1) << (2 + draw(maker, 30)));
    int64_t divisor = 1 + (int64_t)draw(maker, UINT64_C(1) << (2 + draw(maker, 36)));
    int64_t nearest = divisor;
    uint64_t best = amount;

    for (int i = 0; i < 40; i++) {
        uint64_t candidate = amount + (uint64_t)i;
        int64_t rest = (int64_t)((int128)2 * (int64_t)candidate * multiplier % divisor);
        int64_t distance = rest < divisor - rest ? rest : divisor - rest;

        if (distance < nearest) {
            nearest = distance;
            best = candidate;
        }
    }
    ratio->amount_digits = (int)draw(maker, 4);
    ratio->amount = minor(best, ratio->amount_digits);
    ratio->multiplier.value = multiplier;
    ratio->divisor.value = divisor;
    ratio->rounding = (enum rounding)draw(maker, 3);
}

/* A sheet of quotients: amount, multiplier, divisor, formula. */
static int sample_formulas(const char *folder, uint64_t seed, int count)
{
    struct maker maker = {.state = seed * 2 + 1};
    char path[4096], text[1024], formula[1100], cells[3][16];
    lxw_workbook *book;
    lxw_worksheet *sheet;

    snprintf(path, sizeof(path), "%s/recompense-2026-10.xlsx", folder);
    book = workbook_new(path);
    sheet = workbook_add_worksheet(book, "Quotients");
    for (lxw_row_t row = 0; row < (lxw_row_t)count; row++) {
        struct ratio ratio = {
            .amount_text = cells[0], .multiplier = {cells[1], 0}, .divisor = {cells[2], 0}};
        int128 result;

        for (int i = 0; i < 3; i++)
            snprintf(cells[i], sizeof(cells[i]), "%c%u", 'A' + i, row + 1);
        draw_ratio(&maker, &ratio);
        if (!ratio_formula(&ratio, text, sizeof(text), &result))
            continue;
        snprintf(formula, sizeof(formula), "=%s", text);
        worksheet_write_number(sheet, row, 0, workbook_number(ratio.amount), NULL);
        worksheet_write_number(sheet, row, 1, (double)ratio.multiplier.value, NULL);
        worksheet_write_number(sheet, row, 2, (double)ratio.divisor.value, NULL);
        worksheet_write_formula_num(sheet, row, 3, formula, NULL, (double)result);
    }
    return workbook_close(book) == LXW_NO_ERROR ? 0 : 1;
}

static const char *sample_word(int argc, char **argv, const char *name, const char *otherwise)
{
    size_t size = strlen(name);

    for (int i = 2; i < argc; i++)
        if (strncmp(argv[i], name, size) == 0 && argv[i][size] == '=')
            return argv[i] + size + 1;
    return otherwise;
}

static long sample_option(int argc, char **argv, const char *name, long otherwise)
{
    const char *word = sample_word(argc, argv, name, NULL);

    return word == NULL ? otherwise : strtol(word, NULL, 10);
}

static void print_columns(void)
{
    const struct ledger *ledgers[] = {&ledger_refunds, &ledger_compensations, &ledger_rewards,
                                      &ledger_tickets, &ledger_accounts,      &ledger_rejects};

    for (size_t i = 0; i < 6; i++)
        for (int j = 0; j < ledgers[i]->column_count; j++)
            printf("%s\t%s\t%s\t%d\t%s\n", ledgers[i]->name, ledgers[i]->title,
                   ledgers[i]->columns[j].name, (int)ledgers[i]->columns[j].kind,
                   ledgers[i]->columns[j].heading);
}

static void sample_options(struct sample *sample, int argc, char **argv)
{
    static char currencies[64];
    char *rest = currencies;

    *sample = (struct sample){
        .seed = (uint64_t)sample_option(argc, argv, "seed", 1),
        .accounts = (int)sample_option(argc, argv, "accounts", 100),
        .requests_max = (int)sample_option(argc, argv, "requests", 4),
        .rounding = (enum rounding)sample_option(argc, argv, "rounding", 0),
        .usage_unit = (enum usage_unit)sample_option(argc, argv, "unit", 0),
        .hostile = sample_option(argc, argv, "hostile", 0) != 0,
        .late = sample_option(argc, argv, "late", 0) != 0,
        .rejects = (int)sample_option(argc, argv, "rejects", 0),
        .restatement = sample_option(argc, argv, "restatement", 0) != 0,
        .sheet_rows_max = (uint32_t)sample_option(argc, argv, "sheet_rows", 0),
        .book_rows_max = (uint64_t)sample_option(argc, argv, "book_rows", 0),
        .csv = sample_option(argc, argv, "csv", 1) != 0,
    };
    snprintf(currencies, sizeof(currencies), "%s", sample_word(argc, argv, "currencies", "CNY"));
    while (sample->currency_count < 3 && rest != NULL)
        sample->currencies[sample->currency_count++] = strsep(&rest, ",");
}

static int sample_main(int argc, char **argv)
{
    struct error err = {0};
    struct workbook_result result;
    struct sample sample;
    int status = 0;

    if (sample_option(argc, argv, "formulas", 0) > 0)
        return sample_formulas(argv[1], (uint64_t)sample_option(argc, argv, "seed", 1),
                               (int)sample_option(argc, argv, "formulas", 0));
    sample_options(&sample, argc, argv);
    if (sample_write(&sample, argv[1], &result, &err) != 0) {
        fprintf(stderr, "%s\n", err.detail);
        return 1;
    }
    for (size_t i = 0; status == 0 && i < result.count; i++) {
        char path[4096];

        snprintf(path, sizeof(path), "%s/%s", argv[1], result.summaries[i].name);
        status = workbook_check(path, &result.tallies[i], 2, &err);
    }
    if (status != 0)
        fprintf(stderr, "%s\n", err.detail);
    print_columns();
    workbook_result_release(&result);
    return status == 0 ? 0 : 1;
}

#endif
