/*
 * Checks the decimals against a table of cases on standard input, as decimal_cases.py writes it:
 *
 *   python3 tests/policy/decimal_cases.py --count 1000000 --seed 1 | decimal_campaign
 *
 * Prints each case that fails and, last, "N passed, N failed"; exits with 1 on any failure, and
 * when there was no case at all. test_decimal.c includes this file for the table that is checked
 * in.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "policy/decimal.h"

enum {
    FIELDS_MAX = 8,
    LINE_BYTES_MAX = 1024,
};

struct tally {
    uint64_t passed;
    uint64_t failed;
};

/* A whole number of the table, which fits 128 bits; read apart from the code under test. */
static int128 whole_of(const char *text)
{
    bool negative = *text == '-';
    uint128 value = 0;

    for (text += negative; *text != '\0'; text++)
        value = value * 10 + (unsigned)(*text - '0');
    return (int128)(negative ? -value : value);
}

static struct decimal units_of(const char *text)
{
    return (struct decimal){whole_of(text)};
}

static enum rounding mode_of(const char *text)
{
    if (strcmp(text, "half_up") == 0)
        return ROUNDING_HALF_UP;
    return strcmp(text, "half_even") == 0 ? ROUNDING_HALF_EVEN : ROUNDING_DOWN;
}

/* Whether a result is the answer of the table; a failed call must leave the output alone. */
static bool is_answer(bool fitted, struct decimal result, const char *answer)
{
    static const struct decimal UNTOUCHED = {42};

    if (strcmp(answer, "overflow") == 0)
        return !fitted && result.units == UNTOUCHED.units;
    return fitted && result.units == whole_of(answer);
}

static bool check_parse(char *const field[])
{
    static const char *const NAMES[] = {
        [DECIMAL_OK] = "ok",
        [DECIMAL_BAD_NUMBER] = "bad_number",
        [DECIMAL_OUT_OF_RANGE] = "out_of_range",
        [DECIMAL_TOO_PRECISE] = "too_precise",
    };
    struct decimal value = {42};
    enum decimal_status status = decimal_parse(span_of(field[1]), &value);

    if (strcmp(NAMES[status], field[2]) != 0)
        return false;
    return is_answer(status == DECIMAL_OK, value, status == DECIMAL_OK ? field[3] : "overflow");
}

static bool check_format(char *const field[])
{
    char text[DECIMAL_TEXT_MAX];
    size_t size = decimal_format(units_of(field[1]), (int)whole_of(field[2]), text);

    return size == strlen(text) && strcmp(text, field[3]) == 0;
}

static bool check_add(char *const field[])
{
    struct decimal sum = {42};

    return is_answer(decimal_add(units_of(field[1]), units_of(field[2]), &sum), sum, field[3]);
}

static bool check_subtract(char *const field[])
{
    struct decimal difference = {42};
    bool fitted = decimal_subtract(units_of(field[1]), units_of(field[2]), &difference);

    return is_answer(fitted, difference, field[3]);
}

static bool check_round(char *const field[])
{
    struct decimal rounded = {42};
    bool fitted =
        decimal_round(units_of(field[1]), (int)whole_of(field[2]), mode_of(field[3]), &rounded);

    return is_answer(fitted, rounded, field[4]);
}

static bool check_fits(char *const field[])
{
    bool fits = decimal_fits_digits(units_of(field[1]), (int)whole_of(field[2]));

    return fits == (strcmp(field[3], "yes") == 0);
}

static bool check_multiply(char *const field[])
{
    struct decimal result = {42};
    bool fitted =
        decimal_multiply_divide(units_of(field[1]), whole_of(field[2]), whole_of(field[3]),
                                (int)whole_of(field[4]), mode_of(field[5]), &result);

    return is_answer(fitted, result, field[6]);
}

static bool check_multiply2(char *const field[])
{
    struct decimal result = {42};
    bool fitted = decimal_multiply2_divide(units_of(field[1]), (int64_t)whole_of(field[2]),
                                           (int64_t)whole_of(field[3]), (int64_t)whole_of(field[4]),
                                           (int)whole_of(field[5]), mode_of(field[6]), &result);

    return is_answer(fitted, result, field[7]);
}

static const struct {
    const char *name;
    size_t fields_min;
    bool (*check)(char *const field[]);
} OPERATIONS[] = {
    {"parse", 3, check_parse},       {"format", 4, check_format},       {"add", 4, check_add},
    {"subtract", 4, check_subtract}, {"round", 5, check_round},         {"fits", 4, check_fits},
    {"multiply", 7, check_multiply}, {"multiply2", 8, check_multiply2},
};

/* Cuts the line at its tabs and checks it; false for one that no operation reads, too. */
static bool check_case(char *line)
{
    char *field[FIELDS_MAX] = {line};
    size_t fields = 1;
    size_t i;

    for (; *line != '\0'; line++) {
        if (*line == '\t' && fields < FIELDS_MAX) {
            *line = '\0';
            field[fields++] = line + 1;
        }
    }
    for (i = 0; i < sizeof(OPERATIONS) / sizeof(OPERATIONS[0]); i++) {
        if (strcmp(field[0], OPERATIONS[i].name) == 0)
            return fields >= OPERATIONS[i].fields_min && OPERATIONS[i].check(field);
    }
    return false;
}

static struct tally check_table(FILE *table)
{
    struct tally tally = {0};
    char line[LINE_BYTES_MAX];
    char shown[LINE_BYTES_MAX];

    while (fgets(line, sizeof(line), table) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#')
            continue;
        memcpy(shown, line, sizeof(shown));
        if (check_case(line)) {
            tally.passed++;
        } else {
            tally.failed++;
            printf("failed: %s\n", shown);
        }
    }
    return tally;
}

#ifndef DECIMAL_CAMPAIGN_WITHOUT_MAIN
int main(void)
{
    struct tally tally = check_table(stdin);

    printf("%" PRIu64 " passed, %" PRIu64 " failed\n", tally.passed, tally.failed);
    return tally.failed != 0 || tally.passed == 0;
}
#endif
