/* The journal: what is posted, and that the programs it is written for accept it. */
#include "tests/writers/sample.h"

#include "writers/journal.h"

enum { OCTOBER = 2026 * 12 + 9 };

struct fixture {
    struct sandbox sandbox;
    struct sample sample;
    struct journal_totals *totals;
    struct journal_writer *writer;
    struct error err;
};

static void fixture_open(struct fixture *f, int32_t period)
{
    memset(f, 0, sizeof(*f));
    sandbox_open(&f->sandbox);
    sample_make(&f->sample);
    f->totals = malloc(sizeof(*f->totals));
    assert_non_null(f->totals);
    f->writer = journal_writer_open(f->sandbox.fd, &chart_default, period, f->totals, &f->err);
    assert_non_null(f->writer);
}

/* Commits; the text is to be freed, the file stays. */
static char *fixture_commit(struct fixture *f)
{
    struct output_summary summary;
    size_t size;

    assert_int_equal(journal_writer_commit(f->writer, &summary, &f->err), 0);
    assert_string_equal(summary.name, JOURNAL_FILE);
    return sandbox_read(&f->sandbox, JOURNAL_FILE, &size);
}

static void fixture_close(struct fixture *f)
{
    free(f->totals);
    sandbox_close(&f->sandbox, (const char *[]){JOURNAL_FILE, NULL});
}

static void post_all(struct fixture *f)
{
    assert_int_equal(journal_writer_refund(f->writer, &f->sample.refund, &f->err), 0);
    assert_int_equal(journal_writer_compensation(f->writer, &f->sample.compensation, &f->err), 0);
    assert_int_equal(journal_writer_reward(f->writer, &f->sample.reward, &f->err), 0);
}

static void approved_amounts_are_posted(void **state)
{
    struct fixture f;
    int cny = currency_find(span_of("CNY"));
    char *text;

    (void)state;
    fixture_open(&f, OCTOBER);
    post_all(&f);
    text = fixture_commit(&f);
    assert_string_equal(text, "; refunds, compensations and rewards of 2026-10\n"
                              "\n"
                              "commodity CNY\n"
                              "account expenses:refunds:ecs\n"
                              "account liabilities:payable:acct-1\n"
                              "\n"
                              "2026-10-31 refund rr-1 CS1\n"
                              "    expenses:refunds:ecs  48.06 CNY\n"
                              "    liabilities:payable:acct-1  -48.06 CNY\n"
                              "\n"
                              "account expenses:compensation:ecs\n"
                              "\n"
                              "2026-10-31 compensation cl-1 ecs-1 CS1\n"
                              "    expenses:compensation:ecs  27.25 CNY\n"
                              "    liabilities:payable:acct-1  -27.25 CNY\n"
                              "\n"
                              "account expenses:rewards\n"
                              "\n"
                              "2026-10-31 reward icp-1\n"
                              "    expenses:rewards  200.00 CNY\n"
                              "    liabilities:payable:acct-1  -200.00 CNY\n"
                              "\n");
    free(text);
    assert_true(f.totals->of[PROGRAMME_REFUND][cny].count == 1);
    assert_true(f.totals->of[PROGRAMME_REFUND][cny].amount.units == amount("48.06").units);
    assert_true(f.totals->of[PROGRAMME_REWARD][cny].amount.units == amount("200").units);
    fixture_close(&f);
}

static void what_is_not_approved_is_not_posted(void **state)
{
    struct fixture f;
    char *text;

    (void)state;
    fixture_open(&f, 2024 * 12 + 1);
    f.sample.refund.decision = DECISION_DENIED;
    f.sample.refund.order = NULL;
    f.sample.compensation.decision = DECISION_DEFERRED;
    f.sample.compensation.basis = NULL;
    f.sample.reward.decision = DECISION_PENDING;
    f.sample.reward.order = NULL;
    post_all(&f);
    text = fixture_commit(&f);
    assert_string_equal(text, "; refunds, compensations and rewards of 2024-02\n\n");
    free(text);
    fixture_close(&f);
}

static void ids_are_encoded_and_zero_is_posted(void **state)
{
    struct fixture f;
    char *text;

    (void)state;
    fixture_open(&f, 2024 * 12 + 1); /* a leap year's February */
    f.sample.request.account_id = span_of("a:b  c;\xC3\xA9%");
    f.sample.request.request_id = span_of("*(r|1)");
    f.sample.order.currency = currency_find(span_of("JPY"));
    f.sample.refund.refund = DECIMAL_ZERO;
    assert_int_equal(journal_writer_refund(f.writer, &f.sample.refund, &f.err), 0);
    text = fixture_commit(&f);
    assert_non_null(strstr(text, "2024-02-29 refund %2A%28r%7C1%29 CS1\n"
                                 "    expenses:refunds:ecs  0 JPY\n"
                                 "    liabilities:payable:a%3Ab%20%20c%3B%C3%A9%25  0 JPY\n"));
    free(text);
    fixture_close(&f);
}

/* Runs a program on the journal when it is installed: its status, or -1 where it is not. */
static int run(const struct fixture *f, const char *program, const char *format)
{
    char command[512];

    snprintf(command, sizeof(command), "command -v %s >/dev/null 2>&1", program);
    if (system(command) != 0) {
        print_message("%s is not installed: not checked with it\n", program);
        return -1;
    }
    snprintf(command, sizeof(command), format, f->sandbox.path);
    return system(command);
}

/* Accounts and currencies in turn, so that declarations are forgotten and repeated. */
static void post_many(struct fixture *f)
{
    static const char *const CURRENCIES[] = {"CNY", "JPY", "KWD", "UYW"};

    for (int i = 0; i < 900; i++) {
        char account[32];
        char service[32];

        snprintf(account, sizeof(account), "acct;%03d", i / 3);
        snprintf(service, sizeof(service), "service (%d)", i % 300);
        f->sample.request.account_id = span_of(account);
        f->sample.order.service = span_of(service);
        f->sample.order.currency = currency_find(span_of(CURRENCIES[i % 4]));
        f->sample.refund.refund = decimal_from_integer(i % 5 == 0 ? 0 : 999999999999999);
        assert_int_equal(journal_writer_refund(f->writer, &f->sample.refund, &f->err), 0);
    }
}

static void hledger_and_ledger_accept_it(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f, OCTOBER);
    post_all(&f);
    post_many(&f);
    free(fixture_commit(&f));
    assert_true(run(&f, "hledger", "hledger -f %s/" JOURNAL_FILE " check --strict") <= 0);
    assert_true(run(&f, "ledger",
                    "ledger --args-only --pedantic -f %s/" JOURNAL_FILE
                    " balance >/dev/null") <= 0);
    fixture_close(&f);
    /* Nothing approved. */
    fixture_open(&f, OCTOBER);
    free(fixture_commit(&f));
    assert_true(run(&f, "hledger", "hledger -f %s/" JOURNAL_FILE " check --strict") <= 0);
    fixture_close(&f);
}

static void a_total_that_does_not_fit_stops(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f, OCTOBER);
    f.sample.refund.refund.units = (int128)1 << 126;
    assert_int_equal(journal_writer_refund(f.writer, &f.sample.refund, &f.err), 0);
    assert_int_equal(journal_writer_refund(f.writer, &f.sample.refund, &f.err), -1);
    assert_int_equal(f.err.kind, ERROR_CONTROL);
    assert_string_equal(f.err.detail, "journal.journal: the total in CNY is too large");
    journal_writer_discard(f.writer);
    free(f.totals);
    sandbox_close(&f.sandbox, (const char *[]){NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(approved_amounts_are_posted),
        cmocka_unit_test(what_is_not_approved_is_not_posted),
        cmocka_unit_test(ids_are_encoded_and_zero_is_posted),
        cmocka_unit_test(hledger_and_ledger_accept_it),
        cmocka_unit_test(a_total_that_does_not_fit_stops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
