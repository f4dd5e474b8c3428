#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/reconcile.h"

enum { ITEMS_MAX = 16, TEXT_MAX = 2048, PERIOD = 2026 * 12 + 9 };

static const struct match_rule RULES[] = {
    {.number = 1, .kind = RULE_REFERENCE},
    {.number = 2, .kind = RULE_REFERENCE_SUM},
    {.number = 3, .kind = RULE_DETAILS, .window_days = 31},
    {.number = 4, .kind = RULE_TOTAL},
};

/* What is owed and what was billed, as text: one item a line, fields parted by blanks. */
struct books {
    char text[TEXT_MAX];
    struct owed owed[ITEMS_MAX];
    size_t owed_count;
    struct billing_line lines[ITEMS_MAX];
    struct reference references[ITEMS_MAX];
    size_t line_count;
};

static struct span span_at(char **at)
{
    char *word = strtok_r(NULL, " ", at);

    assert_non_null(word);
    return strcmp(word, "-") == 0 ? (struct span){"", 0} : span_of(word);
}

static struct decimal money(struct span text)
{
    struct decimal amount;

    assert_int_equal(decimal_parse(text, &amount), DECIMAL_OK);
    return amount;
}

static int32_t currency_at(char **at)
{
    int currency = currency_find(span_at(at));

    assert_int_not_equal(currency, CURRENCY_NONE);
    return currency;
}

/* "owe ID ACCOUNT RESOURCE ORDER CURRENCY AMOUNT" */
static void add_owed(struct books *books, char **at)
{
    struct owed *owed = &books->owed[books->owed_count++];

    *owed = (struct owed){.ledger = "refunds",
                          .id_kind = REFERENCE_REQUEST,
                          .period = PERIOD,
                          .origin_period = PERIOD_NONE,
                          .open_since = PERIOD_NONE,
                          .event_at = period_start(PERIOD, 0) + 86400};
    owed->entry = owed->id = span_at(at);
    owed->account_id = span_at(at);
    owed->resource_id = span_at(at);
    owed->order_id = span_at(at);
    owed->currency = currency_at(at);
    owed->amount = money(span_at(at));
    owed_set_id(owed);
}

/* "bill REFERENCE ACCOUNT RESOURCE CURRENCY AMOUNT DAY MONTH", the month counted from the period */
static void add_line(struct books *books, char **at, bool other)
{
    struct reference *reference = &books->references[books->line_count];
    struct billing_line *line = &books->lines[books->line_count++];

    *line = (struct billing_line){.kind = other ? BILLING_OTHER_CREDIT : BILLING_CREDIT,
                                  .open_since = PERIOD_NONE,
                                  .credited_before = PERIOD_NONE};
    *reference = (struct reference){REFERENCE_ANY, span_at(at)};
    line->references = reference;
    line->reference_count = reference->text.size > 0;
    line->account_id = span_at(at);
    line->resource_id = span_at(at);
    line->currency = currency_at(at);
    line->credited = money(span_at(at));
    line->billed = billed_negate(billed_from_decimal(line->credited));
    line->charged_at = period_start(PERIOD, 0) + 86400 * atoi(span_at(at).data);
    line->period = PERIOD + atoi(span_at(at).data);
    (void)snprintf(line->id, sizeof(line->id), "B-%zu", books->line_count);
}

static void parse(const char *text, struct books *books)
{
    char *line;
    char *lines = books->text;

    memset(books, 0, sizeof(*books));
    assert_true(strlen(text) < sizeof(books->text));
    memcpy(books->text, text, strlen(text) + 1);
    while ((line = strsep(&lines, "\n")) != NULL) {
        char *at;
        char *word = strtok_r(line, " ", &at);

        if (word == NULL)
            continue;
        assert_true(books->owed_count < ITEMS_MAX && books->line_count < ITEMS_MAX);
        if (strcmp(word, "owe") == 0)
            add_owed(books, &at);
        else
            add_line(books, &at, strcmp(word, "other") == 0);
    }
}

/* "matched/1: R1 = 100.00; ..." */
static void print(const struct reconciliation *result, char text[TEXT_MAX])
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < result->match_count; i++) {
        const struct match *match = &result->matches[i];

        used += (size_t)snprintf(text + used, TEXT_MAX - used,
                                 "%s/%d:", match_category_code(match->category),
                                 match->rule == NULL ? 0 : match->rule->number);
        for (size_t j = 0; j < match->owed_count; j++)
            used += (size_t)snprintf(text + used, TEXT_MAX - used, " %.*s",
                                     (int)result->owed[match->first_owed + j]->id.size,
                                     result->owed[match->first_owed + j]->id.data);
        used += (size_t)snprintf(text + used, TEXT_MAX - used, " =");
        for (size_t j = 0; j < match->line_count; j++) {
            char amount[DECIMAL_TEXT_MAX];

            (void)decimal_format(result->lines[match->first_line + j]->credited, 0, amount);
            used += (size_t)snprintf(text + used, TEXT_MAX - used, " %s", amount);
        }
        used += (size_t)snprintf(text + used, TEXT_MAX - used, "\n");
        assert_true(used < TEXT_MAX);
    }
}

static void reverse(struct books *books)
{
    for (size_t i = 0; i < books->owed_count / 2; i++) {
        struct owed swap = books->owed[i];

        books->owed[i] = books->owed[books->owed_count - 1 - i];
        books->owed[books->owed_count - 1 - i] = swap;
    }
    for (size_t i = 0; i < books->line_count / 2; i++) {
        struct billing_line swap = books->lines[i];

        books->lines[i] = books->lines[books->line_count - 1 - i];
        books->lines[books->line_count - 1 - i] = swap;
    }
}

/* What comes of the text, by the rules; forwards and backwards. */
static void check(const char *text, const char *expected, const struct match_rule *rules,
                  size_t rule_count)
{
    for (int backwards = 0; backwards < 2; backwards++) {
        static struct books books;
        struct reconciliation result;
        struct error err = {0};
        char found[TEXT_MAX];

        parse(text, &books);
        if (backwards == 1)
            reverse(&books);
        const struct reconcile_input input = {
            books.owed, books.owed_count, books.lines, books.line_count, rules, rule_count, 0};

        assert_int_equal(reconcile(&input, &result, &err), 0);
        print(&result, found);
        assert_string_equal(found, expected);
        reconciliation_release(&result);
    }
}

static void expect(const char *text, const char *expected)
{
    check(text, expected, RULES, sizeof(RULES) / sizeof(RULES[0]));
}

static void test_nothing(void **state)
{
    (void)state;
    expect("", "");
}

static void test_rule_1_by_id_and_by_order(void **state)
{
    (void)state;
    expect("owe R1 A X O1 CNY 100\nowe R2 A Y O2 CNY 100\n"
           "bill R2 A - CNY 100 2 0\nbill O1 A - CNY 100 2 0\n",
           "matched/1: R1 = 100\nmatched/1: R2 = 100\n");
    /* An order that two entries name: the amount tells. */
    expect("owe R1 A X O CNY 100\nowe R2 A X O CNY 50\nbill O A X CNY 50 2 0\n"
           "bill O A X CNY 100 2 0\n",
           "matched/1: R1 = 100\nmatched/1: R2 = 50\n");
}

static void test_rule_2_sums(void **state)
{
    (void)state;
    expect("owe R1 A X O1 CNY 100\nbill R1 A X CNY 60 2 0\nbill R1 A X CNY 40 3 0\n",
           "matched/2: R1 = 60 40\n");
    expect("owe R1 A X O CNY 70\nowe R2 A Y O CNY 30\nbill O A - CNY 100 2 0\n",
           "matched/2: R1 R2 = 100\n");
    /* A handling fee that is billed by itself. */
    expect("owe R1 A X O1 CNY 90\nbill O1 A X CNY 100 2 0\nbill O1 A X CNY -10 2 0\n",
           "matched/2: R1 = 100 -10\n");
    /* Given twice, and taken back. */
    expect("owe R1 A X O1 CNY 9\nbill R1 A X CNY 9 2 0\nbill R1 A X CNY 9 3 0\n"
           "bill R1 A X CNY -9 4 0\n",
           "matched/2: R1 = 9 9 -9\n");
}

static void test_rule_3_details(void **state)
{
    (void)state;
    expect("owe R1 A X O1 CNY 100\nowe R2 A Y O2 CNY 100\nbill - A Y CNY 100 2 0\n"
           "bill - A X CNY 100 2 0\n",
           "matched/3: R1 = 100\nmatched/3: R2 = 100\n");
    /* One resource is named, the other is not. */
    expect("owe R1 A X O1 CNY 100\nowe R2 A Y O2 CNY 100\nbill - A - CNY 100 2 0\n"
           "bill - A X CNY 100 2 0\n",
           "matched/3: R1 = 100\nmatched/3: R2 = 100\n");
    /* Outside the window. */
    expect("owe R1 A X O1 CNY 5\nbill - A X CNY 5 70 0\nbill - A X CNY 1 2 0\n",
           "missing_in_billing/0: R1 =\nunexpected_in_billing/0: = 1\n"
           "unexpected_in_billing/0: = 5\n");
}

static void test_rule_4_totals(void **state)
{
    (void)state;
    expect("owe R1 A X O1 CNY 70\nowe R2 A Y O2 CNY 30\nbill - A Z CNY 100 2 0\n",
           "matched/4: R1 R2 = 100\n");
    /* A tie by details that the total breaks. */
    expect("owe R1 A X O1 CNY 5\nowe R2 A X O2 CNY 5\nbill - A X CNY 5 2 0\n"
           "bill - A X CNY 5 3 0\n",
           "matched/4: R1 R2 = 5 5\n");
    /* What names an entry of ours is not smoothed over. */
    expect("owe R1 A X O1 CNY 10\nowe R2 A Y O2 CNY 20\nbill R1 A X CNY 11 2 0\n"
           "bill R2 A Y CNY 19 2 0\n",
           "amount_differs/0: R1 = 11\namount_differs/0: R2 = 19\n");
}

static void test_breaks(void **state)
{
    (void)state;
    expect("owe R1 A X O1 CNY 10\nbill R1 A X CNY 10 2 1\n", "timing/1: R1 = 10\n");
    expect("owe R1 A X O1 CNY 10\n", "missing_in_billing/0: R1 =\n");
    expect("bill - A X CNY 10 2 0\n", "unexpected_in_billing/0: = 10\n");
    expect("owe R1 A X O1 CNY 10\nbill R1 A X CNY 10 2 0\nbill R1 A X CNY 10 9 0\n",
           "matched/1: R1 = 10\ncredited_twice/1: = 10\n");
    expect("owe R1 A X O1 CNY 10\nbill R1 A X CNY 10 2 0\nbill R1 A X CNY 3 9 0\n",
           "matched/1: R1 = 10\ncredited_twice/0: = 3\n");
    expect("owe R1 A X O1 CNY 10\nbill R1 B X CNY 10 2 0\n", "wrong_account/0: R1 = 10\n");
    expect("owe R1 A X O1 CNY 10\nbill R1 A X USD 10 2 0\n", "currency_differs/0: R1 = 10\n");
}

static void test_ambiguous(void **state)
{
    (void)state;
    expect("owe R1 A X O1 CNY 10\nbill - A X CNY 10 2 0\nbill - A X CNY 10 9 0\n",
           "ambiguous/3: R1 = 10 10\n");
    expect("owe R1 A X O1 CNY 10\nowe R2 A X O2 CNY 10\nbill - A X CNY 10 2 0\n",
           "ambiguous/3: R1 R2 = 10\n");
    expect("owe R1 A X O CNY 10\nowe R2 A X O CNY 10\nbill O A X CNY 10 2 0\n",
           "ambiguous/1: R1 R2 = 10\n");
    /* All the same, to the day: the credit was given twice. */
    expect("owe R1 A X O1 CNY 10\nbill - A X CNY 10 2 0\nbill - A X CNY 10 2 0\n",
           "matched/3: R1 = 10\ncredited_twice/3: = 10\n");
}

static void test_reversed(void **state)
{
    (void)state;
    expect("bill - A X CNY 10 2 0\nbill - A X CNY -10 9 0\n", "reversed/0: = 10 -10\n");
    expect("bill - A X CNY 10 2 0\nbill - A Y CNY -10 9 0\n",
           "unexpected_in_billing/0: = 10\nunexpected_in_billing/0: = -10\n");
}

static void test_credits_of_the_provider_s_own(void **state)
{
    (void)state;
    expect("owe R1 A X O1 CNY 10\nother - A X CNY 10 2 0\n", "missing_in_billing/0: R1 =\n");
    expect("owe R1 A X O1 CNY 10\nother R1 A X CNY 10 2 0\n", "matched/1: R1 = 10\n");
}

static void test_tolerances(void **state)
{
    const struct match_rule absolute[] = {
        {.number = 1, .kind = RULE_REFERENCE, .tolerance = {DECIMAL_ONE_UNITS / 100}}};
    const struct match_rule relative[] = {
        {.number = 1, .kind = RULE_REFERENCE, .tolerance_share = {DECIMAL_ONE_UNITS / 100}}};

    (void)state;
    check("owe R1 A X O1 CNY 10\nbill R1 A X CNY 10.01 2 0\n", "within_tolerance/1: R1 = 10.01\n",
          absolute, 1);
    check("owe R1 A X O1 CNY 10\nbill R1 A X CNY 9.98 2 0\n", "amount_differs/0: R1 = 9.98\n",
          absolute, 1);
    check("owe R1 A X O1 CNY 200\nbill R1 A X CNY 202 2 0\n", "within_tolerance/1: R1 = 202\n",
          relative, 1);
    check("owe R1 A X O1 CNY 200\nbill R1 A X CNY 202.01 2 0\n", "amount_differs/0: R1 = 202.01\n",
          relative, 1);
    /* What is exact goes before what is tolerated. */
    check("owe R1 A X O CNY 10\nowe R2 A X O CNY 10.01\nbill O A X CNY 10.01 2 0\n"
          "bill O A X CNY 10 2 0\n",
          "matched/1: R1 = 10\nmatched/1: R2 = 10.01\n", absolute, 1);
}

/* Every item is in just one match, and the sums of all matches are those of the input. */
static void test_nothing_is_lost(void **state)
{
    uint32_t random = 1;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        static struct books books;
        struct reconciliation result;
        struct error err = {0};
        struct decimal expected = DECIMAL_ZERO;
        struct decimal credited = DECIMAL_ZERO;
        char text[TEXT_MAX];
        size_t used = 0;

        text[0] = '\0';
        for (int i = 0; i < 10; i++) {
            unsigned a = (random = random * 1664525U + 1013904223U) >> 24;
            unsigned b = (random = random * 1664525U + 1013904223U) >> 24;

            if (i < 5)
                used +=
                    (size_t)snprintf(text + used, TEXT_MAX - used, "owe R%d %c %c O%u CNY %u\n", i,
                                     'A' + (int)(a % 2), 'X' + (int)(b % 2), a % 3, 1 + b % 4);
            else
                used +=
                    (size_t)snprintf(text + used, TEXT_MAX - used, "bill %c%u %c %c %s %u %u %u\n",
                                     "ROZ"[a % 3], b % 5, 'A' + (int)(b % 2), 'X' + (int)(a % 2),
                                     a % 9 == 0 ? "USD" : "CNY", 1 + a % 4, b % 20, a % 7 == 0);
        }
        parse(text, &books);
        const struct reconcile_input input = {
            books.owed, 5, books.lines, 5, RULES, sizeof(RULES) / sizeof(RULES[0]), 0};

        assert_int_equal(reconcile(&input, &result, &err), 0);
        assert_int_equal(result.owed_count, 5);
        assert_int_equal(result.line_count, 5);
        for (size_t i = 0; i < result.match_count; i++) {
            expected.units += result.matches[i].expected.units;
            credited.units += result.matches[i].credited.units;
            if (result.matches[i].category == MATCHED)
                assert_true(
                    decimal_compare(result.matches[i].expected, result.matches[i].credited) == 0);
        }
        for (size_t i = 0; i < 5; i++) {
            expected.units -= books.owed[i].amount.units;
            credited.units -= books.lines[i].credited.units;
        }
        assert_true(decimal_is_zero(expected) && decimal_is_zero(credited));
        reconciliation_release(&result);
        /* And backwards it comes out the same. */
        {
            struct books again;
            struct reconciliation other;
            char forwards[TEXT_MAX];
            char backwards[TEXT_MAX];

            parse(text, &again);
            parse(text, &books);
            reverse(&books);
            const struct reconcile_input one = {
                again.owed, 5, again.lines, 5, RULES, sizeof(RULES) / sizeof(RULES[0]), 0};

            assert_int_equal(reconcile(&one, &other, &err), 0);
            print(&other, forwards);
            reconciliation_release(&other);
            assert_int_equal(reconcile(&input, &other, &err), 0);
            print(&other, backwards);
            reconciliation_release(&other);
            assert_string_equal(forwards, backwards);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_rule_1_by_id_and_by_order),
        cmocka_unit_test(test_rule_2_sums),
        cmocka_unit_test(test_rule_3_details),
        cmocka_unit_test(test_rule_4_totals),
        cmocka_unit_test(test_breaks),
        cmocka_unit_test(test_ambiguous),
        cmocka_unit_test(test_reversed),
        cmocka_unit_test(test_credits_of_the_provider_s_own),
        cmocka_unit_test(test_tolerances),
        cmocka_unit_test(test_nothing_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
