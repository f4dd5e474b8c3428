#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "readers/pipeline.h"
#include "tests/readers/own_folder.h"

enum { LINES = 20000, CHUNK_BYTES = 1000, WORKERS_MAX = 8, TEXT_MAX = LINES * 8 };

static const int COUNTS[] = {1, 2, 3, WORKERS_MAX};

/* A run over the lines 1, 2, 3 ... of a file: which were worked on, and by what it is ended. */
struct outcome {
    atomic_int seen[LINES + 2];
    uint64_t line_before[WORKERS_MAX]; /* that the worker's last block began with */
    atomic_bool wrong;  /* blocks out of order, or a line that is not its own number */
    uint64_t noticed;   /* the line that the last block noticed began with */
    uint64_t refuse[2]; /* the lines that fail when they are worked on; 0: none */
    uint64_t unnoticed; /* the line whose block fails when it is noticed; 0: none */
    uint64_t slow;      /* the line whose block takes long; 0: none */
    struct error err;
    int status;
};

static struct outcome outcome;

static bool block_has(const struct block *block, uint64_t line)
{
    return line >= block->first_line &&
           line < block->first_line + line_ends(block->data, block->size);
}

static int notice(void *context, const struct block *block, struct error *err)
{
    struct outcome *run = context;

    if (block->first_line <= run->noticed)
        run->wrong = true;
    run->noticed = block->first_line;
    if (run->unnoticed != 0 && block_has(block, run->unnoticed))
        return error_set(err, ERROR_INPUT, "unnoticed %d", (int)run->unnoticed);
    return 0;
}

/* Counts the block's lines, each of which is its own number. */
static int work(void *context, int worker, const struct block *block, struct error *err)
{
    struct outcome *run = context;
    const char *at = block->data;
    uint64_t line = block->first_line;

    if (block->first_line <= run->line_before[worker])
        run->wrong = true;
    run->line_before[worker] = block->first_line;
    if (run->slow != 0 && block_has(block, run->slow))
        usleep(20000);
    for (; at < block->data + block->size; line++) {
        char *end = NULL;

        if (strtoul(at, &end, 10) != line || *end != '\n') {
            run->wrong = true;
            break;
        }
        at = end + 1;
        atomic_fetch_add(&run->seen[line], 1);
    }
    for (int i = 0; i < 2; i++)
        if (run->refuse[i] != 0 && block_has(block, run->refuse[i]))
            return error_set(err, ERROR_INPUT, "refused %d", (int)run->refuse[i]);
    return 0;
}

static void start_over(void)
{
    memset(&outcome, 0, sizeof(outcome));
}

static void run(const char *name, int worker_count)
{
    char path[FOLDER_PATH_MAX];
    struct source *source = NULL;
    struct cutter *cutter = NULL;
    struct error err = {0};

    folder_file(&folder, name, path);
    assert_int_equal(source_open(&source, path, name, CHUNK_BYTES, &err), 0);
    assert_int_equal(cutter_open(&cutter, source, name, CHUNK_BYTES, &err), 0);
    outcome.status = pipeline_run(cutter, worker_count, work, notice, &outcome, &outcome.err);
    cutter_close(cutter);
    source_close(source);
    assert_false(outcome.wrong);
    for (int line = 1; line <= LINES; line++)
        assert_in_range(outcome.seen[line], 0, 1);
}

/* The lines from the first one on that were worked on, without a gap. */
static uint64_t lines_before_a_gap(void)
{
    uint64_t line = 1;

    while (line <= LINES && outcome.seen[line] == 1)
        line++;
    return line - 1;
}

static size_t make_lines(char text[TEXT_MAX])
{
    char *at = text;

    for (int line = 1; line <= LINES; line++)
        at += sprintf(at, "%d\n", line);
    return (size_t)(at - text);
}

static void every_block_is_worked_on_once_and_in_order(void **state)
{
    static char text[TEXT_MAX];

    (void)state;
    folder_write(&folder, "lines", text, make_lines(text));
    for (size_t i = 0; i < sizeof(COUNTS) / sizeof(*COUNTS); i++) {
        start_over();
        outcome.slow = LINES / 3;
        run("lines", COUNTS[i]);
        assert_int_equal(outcome.status, 0);
        assert_int_equal(lines_before_a_gap(), LINES);
    }
}

static void an_empty_file_has_no_blocks(void **state)
{
    (void)state;
    folder_write(&folder, "empty", "", 0);
    for (size_t i = 0; i < sizeof(COUNTS) / sizeof(*COUNTS); i++) {
        start_over();
        run("empty", COUNTS[i]);
        assert_int_equal(outcome.status, 0);
        assert_int_equal(outcome.noticed, 0);
    }
}

/* The earlier block takes longer to fail than the later one. */
static void of_two_blocks_that_fail_the_earlier_is_told(void **state)
{
    static char text[TEXT_MAX];

    (void)state;
    folder_write(&folder, "lines", text, make_lines(text));
    for (size_t i = 0; i < sizeof(COUNTS) / sizeof(*COUNTS); i++) {
        start_over();
        outcome.refuse[0] = outcome.slow = 5000;
        outcome.refuse[1] = 5300; /* in the next block but one */
        run("lines", COUNTS[i]);
        assert_int_equal(outcome.status, -1);
        assert_string_equal(outcome.err.detail, "refused 5000");
        assert_true(lines_before_a_gap() >= 5000);
        assert_true(lines_before_a_gap() < LINES);
    }
}

static void a_block_that_is_not_noticed_is_not_worked_on(void **state)
{
    static char text[TEXT_MAX];

    (void)state;
    folder_write(&folder, "lines", text, make_lines(text));
    for (size_t i = 0; i < sizeof(COUNTS) / sizeof(*COUNTS); i++) {
        start_over();
        outcome.unnoticed = 7000;
        outcome.slow = 6700; /* still being worked on then */
        run("lines", COUNTS[i]);
        assert_int_equal(outcome.status, -1);
        assert_string_equal(outcome.err.detail, "unnoticed 7000");
        assert_in_range(lines_before_a_gap(), 6700, 6999);
    }
}

/* All that comes before the damage is worked on, and may fail for a cause of its own. */
static void a_file_that_breaks_off_fails_behind_its_blocks(void **state)
{
    static char text[TEXT_MAX];
    static char stored[TEXT_MAX];
    size_t size = gzip_member(text, make_lines(text), stored, sizeof(stored));
    uint64_t before = 0;

    (void)state;
    folder_write(&folder, "broken.gz", stored, size / 2);
    for (size_t i = 0; i < sizeof(COUNTS) / sizeof(*COUNTS); i++) {
        start_over();
        outcome.slow = 3000;
        run("broken.gz", COUNTS[i]);
        assert_int_equal(outcome.status, -1);
        assert_non_null(strstr(outcome.err.detail, "broken.gz"));
        if (before == 0)
            before = lines_before_a_gap();
        assert_true(before > 3000 && before < LINES);
        assert_int_equal(lines_before_a_gap(), before);

        start_over();
        outcome.refuse[0] = outcome.slow = before;
        run("broken.gz", COUNTS[i]);
        assert_int_equal(outcome.status, -1);
        assert_non_null(strstr(outcome.err.detail, "refused"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_is_worked_on_once_and_in_order),
        cmocka_unit_test(an_empty_file_has_no_blocks),
        cmocka_unit_test(of_two_blocks_that_fail_the_earlier_is_told),
        cmocka_unit_test(a_block_that_is_not_noticed_is_not_worked_on),
        cmocka_unit_test(a_file_that_breaks_off_fails_behind_its_blocks),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
