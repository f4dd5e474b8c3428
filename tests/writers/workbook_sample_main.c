/*
 * workbook_sample FOLDER [name=value ...]: writes a sample workbook, and the headings of the
 * ledgers' columns to standard output, for workbook_test.py.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readers/workbook_check.h"
#include "tests/writers/workbook_sample.h"

static long option(int argc, char **argv, const char *name, long otherwise)
{
    size_t size = strlen(name);

    for (int i = 2; i < argc; i++)
        if (strncmp(argv[i], name, size) == 0 && argv[i][size] == '=')
            return strtol(argv[i] + size + 1, NULL, 10);
    return otherwise;
}

static const char *word(int argc, char **argv, const char *name, const char *otherwise)
{
    size_t size = strlen(name);

    for (int i = 2; i < argc; i++)
        if (strncmp(argv[i], name, size) == 0 && argv[i][size] == '=')
            return argv[i] + size + 1;
    return otherwise;
}

static void print_headings(void)
{
    const struct ledger *ledgers[] = {&ledger_refunds, &ledger_compensations, &ledger_rewards,
                                      &ledger_tickets, &ledger_accounts,      &ledger_rejects};

    for (size_t i = 0; i < 6; i++)
        for (int j = 0; j < ledgers[i]->column_count; j++)
            printf("%s\t%s\t%s\t%d\t%s\n", ledgers[i]->name, ledgers[i]->title,
                   ledgers[i]->columns[j].name, (int)ledgers[i]->columns[j].kind,
                   ledgers[i]->columns[j].heading);
}

int main(int argc, char **argv)
{
    struct error err = {0};
    struct workbook_result result;
    struct sample sample = {
        .seed = (uint64_t)option(argc, argv, "seed", 1),
        .accounts = (int)option(argc, argv, "accounts", 100),
        .requests_max = (int)option(argc, argv, "requests", 4),
        .rounding = (enum rounding)option(argc, argv, "rounding", 0),
        .usage_unit = (enum usage_unit)option(argc, argv, "unit", 0),
        .hostile = option(argc, argv, "hostile", 0) != 0,
        .late = option(argc, argv, "late", 0) != 0,
        .rejects = (int)option(argc, argv, "rejects", 0),
        .sheet_rows_max = (uint32_t)option(argc, argv, "sheet_rows", 0),
        .book_rows_max = (uint64_t)option(argc, argv, "book_rows", 0),
        .csv = option(argc, argv, "csv", 1) != 0,
    };
    static char currencies[64];

    if (argc < 2)
        return 2;
    snprintf(currencies, sizeof(currencies), "%s", word(argc, argv, "currencies", "CNY"));
    for (char *rest = currencies, *code; sample.currency_count < 3;) {
        code = strsep(&rest, ",");
        if (code == NULL)
            break;
        sample.currencies[sample.currency_count++] = code;
    }
    if (sample_write(&sample, argv[1], &result, &err) != 0) {
        fprintf(stderr, "%s\n", err.detail);
        return 1;
    }
    for (size_t i = 0; i < result.count; i++) {
        char path[4096];

        snprintf(path, sizeof(path), "%s/%s", argv[1], result.summaries[i].name);
        if (workbook_check(path, &result.tallies[i], &err) != 0) {
            fprintf(stderr, "%s\n", err.detail);
            return 1;
        }
    }
    print_headings();
    workbook_result_release(&result);
    return 0;
}
