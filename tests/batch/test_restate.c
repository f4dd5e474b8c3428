/* The bridge between two books: old and new ledgers as text, and the rows that must come of them.
 */
#include <fcntl.h>
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

#include "batch/file_digest.h"
#include "batch/restate.h"

enum { LEDGERS = 5, TEXT_MAX = 4096 };

static const char *const NAMES[LEDGERS] = {"accounts.csv", "compensations.csv", "refunds.csv",
                                           "rewards.csv", "tickets.csv"};
static const char *const HEADERS[LEDGERS] = {
    "account_id,currency,total\n",
    "claim_id,account_id,resource_id,basis,basis_id,currency,decision,reason,amount\n",
    "request_id,account_id,currency,requested_at,decision,reason,refund\n",
    "filing_id,account_id,decision,reason,currency,amount\n",
    "ticket_id,account_id,category,scope\n",
};

struct book {
    char path[64];
    struct output_summary outputs[LEDGERS];
};

static struct book old_book;
static struct book new_book;
static char told[TEXT_MAX];

static void put_file(const struct book *book, const char *name, const char *header,
                     const char *rows)
{
    char path[256];
    FILE *file = NULL;

    (void)snprintf(path, sizeof(path), "%s/%s", book->path, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(header, file) >= 0 && fputs(rows, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void open_book(struct book *book)
{
    (void)snprintf(book->path, sizeof(book->path), "/tmp/test_restate_XXXXXX");
    assert_non_null(mkdtemp(book->path));
    for (int i = 0; i < LEDGERS; i++)
        put_file(book, NAMES[i], HEADERS[i], "");
}

static void close_book(const struct book *book)
{
    char path[256];

    for (int i = 0; i < LEDGERS; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", book->path, NAMES[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(book->path), 0);
}

static void digest_book(struct book *book)
{
    const int fd = open(book->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_true(fd >= 0);
    for (int i = 0; i < LEDGERS; i++) {
        struct file_digest digest;
        struct error err = {0};

        assert_int_equal(file_digest_read(fd, NAMES[i], &digest, &err), 0);
        (void)snprintf(book->outputs[i].name, sizeof(book->outputs[i].name), "%s", NAMES[i]);
        memcpy(book->outputs[i].sha256, digest.sha256, sizeof(digest.sha256));
    }
    (void)close(fd);
}

static int set_up(void **state)
{
    (void)state;
    told[0] = '\0';
    open_book(&old_book);
    open_book(&new_book);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close_book(&old_book);
    close_book(&new_book);
    return 0;
}

/* "refunds A R-1 changed 10.00 12.00 2.00 late_input" */
static int tell(void *context, const struct restatement_row *row, struct error *err)
{
    const size_t size = strlen(told);
    char before[DECIMAL_TEXT_MAX] = "-";
    char after[DECIMAL_TEXT_MAX] = "-";
    char difference[DECIMAL_TEXT_MAX];

    (void)context;
    (void)err;
    if (row->before.has_amount)
        (void)decimal_format(row->before.amount, 2, before);
    if (row->after.has_amount)
        (void)decimal_format(row->after.amount, 2, after);
    (void)decimal_format(row->difference, 2, difference);
    (void)snprintf(told + size, sizeof(told) - size, "%s %.*s %.*s %s %s %s %s %s\n", row->ledger,
                   (int)row->account_id.size, row->account_id.data, (int)row->event_id.size,
                   row->event_id.data, restatement_change_name(row->change), before, after,
                   difference, restatement_cause_name(row->cause));
    return 0;
}

/* Compares the books; the totals are those of one refund each, in CNY. */
static int compare(struct restate_facts facts, int64_t old_total, int64_t new_total,
                   struct error *err)
{
    static struct ledger_totals totals;
    const struct manifest_total total = {.ledger = span_of("refunds"),
                                         .decision = span_of("full"),
                                         .count = 1,
                                         .currency = currency_find(span_of("CNY")),
                                         .amount = decimal_from_integer(old_total)};
    const struct manifest old = {
        .outputs = old_book.outputs, .output_count = LEDGERS, .totals = &total, .total_count = 1};
    const struct restatement_sink sink = {NULL, tell};

    memset(&totals, 0, sizeof(totals));
    totals.of[PROGRAMME_REFUND][DECISION_FULL][total.currency].amount =
        decimal_from_integer(new_total);
    digest_book(&old_book);
    digest_book(&new_book);
    facts.old_folder = old_book.path;
    facts.new_folder = new_book.path;
    facts.old = &old;
    facts.outputs = new_book.outputs;
    facts.output_count = LEDGERS;
    facts.totals = &totals;
    return restate_compare(&facts, &sink, err);
}

static void put_refund(const struct book *book, const char *row, const char *total)
{
    put_file(book, NAMES[2], HEADERS[2], row);
    put_file(book, NAMES[0], HEADERS[0], total);
}

static void an_amount_that_changed(void **state)
{
    const struct {
        struct restate_facts facts;
        const char *cause;
    } cases[] = {
        {{.inputs_differ = true}, "corrected_input"},
        {{.policy_differs = true}, "policy_change"},
        {{.version_differs = true}, "program_version"},
        {{.inputs_differ = false}, "program_version"},
        {{.inputs_differ = true, .policy_differs = true}, "policy_change"},
        {{.policy_differs = true, .version_differs = true}, "policy_change"},
        {{.inputs_differ = true, .version_differs = true}, "corrected_input"},
    };

    (void)state;
    put_refund(&old_book, "R-1,A,CNY,2026-10-02T00:00:00+08:00,full,within_five_days,10.00\n",
               "A,CNY,10.00\n");
    put_refund(&new_book, "R-1,A,CNY,2026-10-02T00:00:00+08:00,full,within_five_days,12.00\n",
               "A,CNY,12.00\n");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct error err = {0};
        char expected[256];

        told[0] = '\0';
        assert_int_equal(compare(cases[i].facts, 10, 12, &err), 0);
        (void)snprintf(expected, sizeof(expected),
                       "accounts A  changed 10.00 12.00 2.00 %s\n"
                       "refunds A R-1 changed 10.00 12.00 2.00 %s\n",
                       cases[i].cause, cases[i].cause);
        assert_string_equal(told, expected);
    }
}

static void instants_of_another_offset_are_no_difference(void **state)
{
    struct error err = {0};

    (void)state;
    put_refund(&old_book, "R-1,A,CNY,2026-10-02T08:00:00+08:00,full,within_five_days,10.00\n",
               "A,CNY,10.00\n");
    put_refund(&new_book, "R-1,A,CNY,2026-10-02T00:00:00+00:00,full,within_five_days,10.00\n",
               "A,CNY,10.00\n");
    assert_int_equal(compare((struct restate_facts){.policy_differs = true}, 10, 10, &err), 0);
    assert_string_equal(told, "");
}

static void a_column_that_one_version_does_not_have_is_no_difference(void **state)
{
    struct error err = {0};

    (void)state;
    put_file(&old_book, NAMES[2], "decision,request_id,account_id,currency,refund\n",
             "full,R-1,A,CNY,10.00\n");
    put_file(&old_book, NAMES[0], HEADERS[0], "A,CNY,10.00\n");
    put_refund(&new_book, "R-1,A,CNY,2026-10-02T00:00:00+08:00,full,within_five_days,10.00\n",
               "A,CNY,10.00\n");
    assert_int_equal(compare((struct restate_facts){.version_differs = true}, 10, 10, &err), 0);
    assert_string_equal(told, "");
}

static void rows_that_do_not_come_to_the_accounts_total(void **state)
{
    struct error err = {0};

    (void)state;
    put_refund(&old_book, "R-1,A,CNY,,full,within_five_days,10.00\n", "A,CNY,10.00\n");
    put_refund(&new_book, "R-1,A,CNY,,full,within_five_days,12.00\n", "A,CNY,13.00\n");
    assert_int_equal(compare((struct restate_facts){.inputs_differ = true}, 10, 12, &err), -1);
    assert_int_equal(err.kind, ERROR_CONTROL);
    assert_non_null(strstr(err.detail, "account \"A\""));
}

static void differences_that_do_not_bridge_the_totals(void **state)
{
    struct error err = {0};

    (void)state;
    put_refund(&old_book, "R-1,A,CNY,,full,within_five_days,10.00\n", "A,CNY,10.00\n");
    put_refund(&new_book, "R-1,A,CNY,,full,within_five_days,12.00\n", "A,CNY,12.00\n");
    assert_int_equal(compare((struct restate_facts){.inputs_differ = true}, 10, 13, &err), -1);
    assert_int_equal(err.kind, ERROR_CONTROL);
    assert_non_null(strstr(err.detail, "refunds in CNY"));
}

static void a_total_beyond_what_an_input_may_have(void **state)
{
    struct error err = {0};

    (void)state;
    put_refund(&old_book, "R-1,A,CNY,,full,x,900000000000000.00\nR-2,A,CNY,,full,x,10.00\n",
               "A,CNY,900000000000010.00\n");
    put_refund(&new_book,
               "R-1,A,CNY,,full,x,900000000000000.00\nR-2,A,CNY,,full,x,900000000000000.00\n",
               "A,CNY,1800000000000000.00\n");
    assert_int_equal(compare((struct restate_facts){.inputs_differ = true}, 900000000000010,
                             1800000000000000, &err),
                     0);
    assert_string_equal(told, "accounts A  changed 900000000000010.00 1800000000000000.00 "
                              "899999999999990.00 corrected_input\n"
                              "refunds A R-2 changed 10.00 900000000000000.00 899999999999990.00 "
                              "corrected_input\n");
}

static void ledgers_that_are_none(void **state)
{
    static const char *const texts[] = {"", "\"", "account_id,currency\nA,CNY\n",
                                        "account_id,currency,total\nA\n",
                                        "account_id,currency,total\nB,CNY,1\nA,CNY,1\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct error err = {0};
        struct restate_facts facts = {.inputs_differ = true};

        put_file(&old_book, NAMES[0], texts[i], "");
        if (i == 2) { /* without amounts it bridges nothing: an identity fails */
            put_refund(&new_book, "R-1,A,CNY,,full,x,1.00\n", "A,CNY,1.00\n");
            assert_int_equal(compare(facts, 0, 2, &err), -1);
            put_refund(&new_book, "", "");
            continue;
        }
        assert_int_equal(compare(facts, 0, 0, &err), -1);
        assert_int_equal(err.kind, ERROR_CLOSED);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_amount_that_changed),
        TEST(instants_of_another_offset_are_no_difference),
        TEST(a_column_that_one_version_does_not_have_is_no_difference),
        TEST(rows_that_do_not_come_to_the_accounts_total),
        TEST(differences_that_do_not_bridge_the_totals),
        TEST(a_total_beyond_what_an_input_may_have),
        TEST(ledgers_that_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
