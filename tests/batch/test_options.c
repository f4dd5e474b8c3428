/* The command line: what is taken, what is refused and how, and the help. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "batch/options.h"

enum { WORDS_MAX = 32 };

/* A command line as text: words are parted by single spaces; "''" is an empty one. */
struct line {
    char text[512];
    char *argv[WORDS_MAX + 1];
    int argc;
};

static void split(struct line *line, const char *text)
{
    char *rest;

    assert_true(strlen(text) < sizeof(line->text));
    memcpy(line->text, text, strlen(text) + 1);
    line->argc = 0;
    for (char *word = strtok_r(line->text, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        assert_true(line->argc < WORDS_MAX);
        if (strcmp(word, "''") == 0)
            word[0] = '\0';
        line->argv[line->argc++] = word;
    }
    line->argv[line->argc] = NULL;
}

static struct line line;

static struct options parsed(const char *text)
{
    struct options options;
    struct error err = {0};

    split(&line, text);
    if (options_parse(&options, line.argc, line.argv, &err) != 0)
        fail_msg("%s: %s", text, err.detail);
    assert_int_equal(err.kind, ERROR_NONE);
    return options;
}

static void a_whole_run(void **state)
{
    struct options options = parsed(
        "recompense run --period 2026-10 --exports=in --books out --policy p.conf --config c.conf "
        "--opening-from 2026-09 --dry-run --restate --threads 3 --memory 1G --max-rejects 2.5% "
        "--no-workbook --no-archive --verbose --progress never");

    (void)state;
    assert_int_equal(options.command, COMMAND_RUN);
    assert_int_equal(options.period, 2026 * 12 + 9);
    assert_string_equal(options.exports, "in");
    assert_string_equal(options.books, "out");
    assert_string_equal(options.policy_file, "p.conf");
    assert_string_equal(options.config_file, "c.conf");
    assert_int_equal(options.opening_from, 2026 * 12 + 8);
    assert_true(options.dry_run && options.restate && options.no_workbook && options.no_archive);
    assert_int_equal(options.threads, 3);
    assert_true(options.memory_bytes == UINT64_C(1) << 30);
    assert_true(options.max_rejects.given && options.max_rejects.is_share);
    assert_int_equal(options.max_rejects.millionths, 25000);
    assert_true(options.verbose && !options.quiet);
    assert_int_equal(options.progress, SHOW_NEVER);
    assert_int_equal(options.argument_count, 0);
}

static void what_is_not_said(void **state)
{
    struct options options = parsed("recompense run --period 2026-10 --exports in --books out");

    (void)state;
    assert_null(options.policy_file);
    assert_null(options.config_file);
    assert_int_equal(options.opening_from, PERIOD_NONE);
    assert_int_equal(options.threads, 0);
    assert_true(options.memory_bytes == MEMORY_BYTES_DEFAULT);
    assert_false(options.max_rejects.given);
    assert_int_equal(options.progress, SHOW_AUTO);
    assert_false(options.dry_run || options.restate || options.quiet || options.verbose);
    assert_int_equal(parsed("recompense verify --books out").period, PERIOD_NONE);
}

static void ids_before_and_after_options(void **state)
{
    struct options options = parsed("recompense explain A-1 --books out B-2 -- --C-3 -");

    (void)state;
    assert_int_equal(options.command, COMMAND_EXPLAIN);
    assert_int_equal(options.argument_count, 4);
    assert_string_equal(options.arguments[0], "A-1");
    assert_string_equal(options.arguments[1], "B-2");
    assert_string_equal(options.arguments[2], "--C-3");
    assert_string_equal(options.arguments[3], "-");
}

static void help_needs_nothing_else(void **state)
{
    (void)state;
    assert_true(parsed("recompense --help").help);
    assert_int_equal(parsed("recompense --help").command, COMMAND_NONE);
    assert_true(parsed("recompense -h").help);
    assert_true(parsed("recompense run --help").help);
    assert_int_equal(parsed("recompense run -h").command, COMMAND_RUN);
    assert_true(parsed("recompense --version").version);
}

static void sizes(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } CASES[] = {
        {"67108864", UINT64_C(64) << 20}, {"64M", UINT64_C(64) << 20},
        {"65536k", UINT64_C(64) << 20},   {"2g", UINT64_C(2) << 30},
        {"1T", UINT64_C(1) << 40},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        char text[256];

        snprintf(text, sizeof(text),
                 "recompense run --period 2026-10 --exports i --books b "
                 "--memory %s",
                 CASES[i].text);
        assert_true(parsed(text).memory_bytes == CASES[i].bytes);
    }
}

#define RUN_LINE "recompense run --period 2026-10 --exports in --books out "

static void refusals(void **state)
{
    static const struct {
        const char *line;
        const char *message;
    } CASES[] = {
        {"recompense", "recompense: needs a command"},
        {"recompense frobnicate", "recompense: unknown command \"frobnicate\""},
        {"recompense verfiy --books b",
         "recompense: unknown command \"verfiy\"; did you mean \"verify\"?"},
        {"recompense ''", "recompense: unknown command \"\""},
        {"recompense --frobnicate", "recompense: unknown option --frobnicate"},
        {"recompense -x", "recompense: unknown option -x"},
        {"recompense --book b verify", "recompense: unknown option --book"},
        {"recompense verify --book b",
         "recompense verify: unknown option --book; did you mean --books?"},
        {"recompense verify --exports b", "recompense verify: unknown option --exports"},
        {"recompense verify", "recompense verify: needs --books DIR"},
        {"recompense run --books b --exports e", "recompense run: needs --period YYYY-MM"},
        {"recompense run --books b --period 2026-10", "recompense run: needs --exports DIR"},
        {"recompense explain --books b", "recompense explain: needs ID..."},
        {"recompense verify --books", "--books: needs a value, DIR"},
        {"recompense verify --books ''", "--books: is empty"},
        {"recompense verify --books=", "--books: is empty"},
        {"recompense verify --books a --books b", "--books: is given twice"},
        {"recompense verify --books a b", "recompense verify: unexpected argument \"b\""},
        {"recompense verify --books a --quiet=1", "--quiet: takes no value"},
        {RUN_LINE "extra", "recompense run: unexpected argument \"extra\""},
        {RUN_LINE "--quiet --verbose", "--quiet and --verbose exclude each other"},
        {RUN_LINE "--opening-from 2026-11", "--opening-from: is after --period"},
        {RUN_LINE "--opening-from 2026-13",
         "--opening-from: \"2026-13\" is not a month like 2026-10"},
        {RUN_LINE "--threads 0", "--threads: \"0\" is not a number, 1 to 256"},
        {RUN_LINE "--threads 257", "--threads: \"257\" is not a number, 1 to 256"},
        {RUN_LINE "--threads 2x", "--threads: \"2x\" is not a number, 1 to 256"},
        {RUN_LINE "--threads -1", "--threads: \"-1\" is not a number, 1 to 256"},
        {RUN_LINE "--memory 63M", "--memory: 63M is too little, at least 64M is needed"},
        {RUN_LINE "--memory 1MB", "--memory: \"1MB\" is not a size like 512M or 2G"},
        {RUN_LINE "--memory M", "--memory: \"M\" is not a size like 512M or 2G"},
        {RUN_LINE "--memory 99999999999999999999",
         "--memory: \"99999999999999999999\" is not a size like 512M or 2G"},
        {RUN_LINE "--memory 72057594037927935T",
         "--memory: \"72057594037927935T\" is not a size like 512M or 2G"},
        {RUN_LINE "--max-rejects -1",
         "--max-rejects: \"-1\" is not a number of rows or a percentage like 0.5%"},
        {RUN_LINE "--max-rejects 101%",
         "--max-rejects: \"101%\" is not a number of rows or a percentage like 0.5%"},
        {RUN_LINE "--max-rejects 100.1%",
         "--max-rejects: \"100.1%\" is not a number of rows or a percentage like 0.5%"},
        {RUN_LINE "--max-rejects 0.12345%",
         "--max-rejects: \"0.12345%\" is not a number of rows or a percentage like 0.5%"},
        {RUN_LINE "--max-rejects 5.5",
         "--max-rejects: \"5.5\" is not a number of rows or a percentage like 0.5%"},
        {RUN_LINE "--max-rejects %",
         "--max-rejects: \"%\" is not a number of rows or a percentage like 0.5%"},
        {RUN_LINE "--progress maybe", "--progress: \"maybe\" is not auto, always or never"},
        {"recompense run --exports in --books out --period 2026-1",
         "--period: \"2026-1\" is not a month like 2026-10"},
        {"recompense run --exports in --books out --period 2026-00",
         "--period: \"2026-00\" is not a month like 2026-10"},
        {"recompense run --exports in --books out --period ''",
         "--period: \"\" is not a month like 2026-10"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct options options;
        struct error err = {0};

        split(&line, CASES[i].line);
        if (options_parse(&options, line.argc, line.argv, &err) == 0)
            fail_msg("%s: taken", CASES[i].line);
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_string_equal(err.detail, CASES[i].message);
    }
}

static void limits_of_rejects(void **state)
{
    struct reject_limit none = {0};
    struct reject_limit rows = {.given = true, .rows = 10};
    struct reject_limit share = {.given = true, .is_share = true, .millionths = 5000}; /* 0.5 % */
    struct reject_limit zero = {.given = true, .is_share = true};

    (void)state;
    assert_false(reject_limit_exceeded(&none, UINT64_MAX, UINT64_MAX));
    assert_false(reject_limit_exceeded(&rows, 10, 10));
    assert_true(reject_limit_exceeded(&rows, 11, 1000000));
    assert_false(reject_limit_exceeded(&share, 5, 1000));
    assert_true(reject_limit_exceeded(&share, 6, 1000));
    assert_true(reject_limit_exceeded(&share, 5, 999)); /* 5 > 4.995 */
    assert_false(reject_limit_exceeded(&share, 0, 0));
    assert_false(reject_limit_exceeded(&zero, 0, 5));
    assert_true(reject_limit_exceeded(&zero, 1, 5));
    assert_false(reject_limit_exceeded(&share, UINT64_MAX / 200, UINT64_MAX));
    assert_true(reject_limit_exceeded(&share, UINT64_MAX / 200 + 1, UINT64_MAX));
}

/* Every page of help: no line over 80 columns, none with space at its end, a usage line first. */
static void help_fits(void **state)
{
    (void)state;
    for (int command = COMMAND_NONE; command < COMMAND_COUNT; command++) {
        char *text = NULL;
        size_t size = 0;
        char *rest;
        FILE *out = open_memstream(&text, &size);

        assert_non_null(out);
        options_help(out, (enum command)command);
        assert_int_equal(fclose(out), 0);
        assert_memory_equal(text, "Usage: recompense", 17);
        for (char *row = strtok_r(text, "\n", &rest); row != NULL;
             row = strtok_r(NULL, "\n", &rest)) {
            assert_true(strlen(row) <= 80);
            assert_true(row[strlen(row) - 1] != ' ');
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_run),
        cmocka_unit_test(what_is_not_said),
        cmocka_unit_test(ids_before_and_after_options),
        cmocka_unit_test(help_needs_nothing_else),
        cmocka_unit_test(sizes),
        cmocka_unit_test(refusals),
        cmocka_unit_test(limits_of_rejects),
        cmocka_unit_test(help_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
