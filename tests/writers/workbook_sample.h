/*
 * Makes a month's worth of entries out of a seed, and writes the workbook and the CSV ledgers from
 * them: what the tests of the workbook compare.
 */
#ifndef TESTS_WRITERS_WORKBOOK_SAMPLE_H
#define TESTS_WRITERS_WORKBOOK_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "writers/workbook.h"

struct sample {
    uint64_t seed;
    int accounts;
    int requests_max; /* of an account */
    const char *currencies[3];
    int currency_count;
    enum rounding rounding;
    enum usage_unit usage_unit;
    bool hostile; /* texts, and amounts of many digits */
    bool late;
    int rejects;
    uint32_t sheet_rows_max;
    uint64_t book_rows_max;
    bool csv; /* writes the CSV ledgers too */
};

/* Writes into the folder (with temporary files there), and reads the workbook back. */
int sample_write(const struct sample *sample, const char *folder, struct workbook_result *result,
                 struct error *err);

#endif
