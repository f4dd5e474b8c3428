#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "policy/chart.h"

static void test_expansion(void **state)
{
    static const struct {
        const char *template;
        const char *service;
        const char *account;
        const char *expected;
    } CASES[] = {
        {"expenses:refunds:{service}", "ecs", "acc-1", "expenses:refunds:ecs"},
        {"liabilities:payable:{account}", "ecs", "acc-1", "liabilities:payable:acc-1"},
        {"{account}:{service}", "s", "a", "a:s"},
        {"expenses:rewards", "ecs", "acc-1", "expenses:rewards"},
        {"x:{account}", "", "aZ09-_.", "x:aZ09-_."},
        {"x:{account}", "", "a b:c;d", "x:a%20b%3Ac%3Bd"},
        {"x:{account}", "", "100%", "x:100%25"},
        {"x:{account}", "", "\xE8\xB4\xA6", "x:%E8%B4%A6"},
        {"x:{account}", "", "{service}", "x:%7Bservice%7D"},
        {"Cloud costs:{service}", "a/b", "", "Cloud costs:a%2Fb"},
        {"\xE8\xB4\xB9\xE7\x94\xA8:{service}", "ecs", "", "\xE8\xB4\xB9\xE7\x94\xA8:ecs"},
    };
    char out[CHART_ACCOUNT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        size_t size = chart_expand(CASES[i].template, span_of(CASES[i].service),
                                   span_of(CASES[i].account), out);

        assert_null(chart_template_fault(span_of(CASES[i].template)));
        assert_string_equal(out, CASES[i].expected);
        assert_int_equal(size, strlen(CASES[i].expected));
    }
}

static void test_different_ids_have_different_accounts(void **state)
{
    char first[CHART_ACCOUNT_MAX];
    char second[CHART_ACCOUNT_MAX];

    (void)state;
    chart_expand("x:{account}", span_of(""), span_of("a b"), first);
    chart_expand("x:{account}", span_of(""), span_of("a%20b"), second);
    assert_string_not_equal(first, second);
}

static void test_the_longest_expansion_fits(void **state)
{
    char template[CHART_TEMPLATE_MAX];
    char id[CHART_ID_BYTES_MAX];
    char out[CHART_ACCOUNT_MAX];
    struct span longest = {id, sizeof(id)};
    size_t size = CHART_TEMPLATE_MAX - 1;

    (void)state;
    memset(id, ';', sizeof(id));
    memset(template, 'x', size);
    template[size] = '\0';
    memcpy(template, "{account}{service}", 18);
    assert_null(chart_template_fault(span_of(template)));
    assert_int_equal(chart_expand(template, longest, longest, out), size - 18 + 2 * 3 * sizeof(id));
}

static void test_templates_that_ledgers_would_misread(void **state)
{
    static const struct {
        const char *template;
        const char *fault; /* a part of it */
    } CASES[] = {
        {"", "empty"},
        {":a", "empty name"},
        {"a:", "empty name"},
        {"a::b", "empty name"},
        {" a", "space"},
        {"a ", "space"},
        {"a  b", "space"},
        {"a :b", "space"},
        {"a: b", "space"},
        {"a:{acount}", "placeholder"},
        {"a:{account", "placeholder"},
        {"{account}:{account}", "placeholder"},
        {"a}", "character"},
        {"a;b", "character"},
        {"(a)", "character"},
        {"[a]", "character"},
        {"a\tb", "character"},
        {"*a", "character"},
        {"a\xC2\xA0:b", "blank"},
        {"a\xE3\x80\x80:b", "blank"},
        {"a\xE2\x80\x83:b", "blank"},
    };
    char longest[CHART_TEMPLATE_MAX + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        const char *fault = chart_template_fault(span_of(CASES[i].template));

        assert_non_null(fault);
        assert_non_null(strstr(fault, CASES[i].fault));
    }
    memset(longest, 'a', sizeof(longest));
    assert_null(chart_template_fault((struct span){longest, CHART_TEMPLATE_MAX - 1}));
    assert_non_null(chart_template_fault((struct span){longest, CHART_TEMPLATE_MAX}));
}

static void test_the_default_is_without_fault(void **state)
{
    (void)state;
    assert_null(chart_template_fault(span_of(chart_default.refund_expense)));
    assert_null(chart_template_fault(span_of(chart_default.compensation_expense)));
    assert_null(chart_template_fault(span_of(chart_default.reward_expense)));
    assert_null(chart_template_fault(span_of(chart_default.payable)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expansion),
        cmocka_unit_test(test_different_ids_have_different_accounts),
        cmocka_unit_test(test_the_longest_expansion_fits),
        cmocka_unit_test(test_templates_that_ledgers_would_misread),
        cmocka_unit_test(test_the_default_is_without_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
