#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "readers/job_config.h"

static void assert_loads(const char *text, struct job_config *config)
{
    struct error err = {0};

    if (job_config_text_load("c", span_of(text), config, &err) != 0)
        fail_msg("%s", err.detail);
}

static void assert_is_default(const struct job_config *config)
{
    assert_string_equal(config->company, "");
    assert_int_equal(config->delimiter, ',');
    assert_int_equal(config->alias_count, 0);
    assert_int_equal(config->workbook_rows_max, 2000000);
    assert_string_equal(config->chart.refund_expense, "expenses:refunds:{service}");
    assert_string_equal(config->chart.compensation_expense, "expenses:compensation:{service}");
    assert_string_equal(config->chart.reward_expense, "expenses:rewards");
    assert_string_equal(config->chart.payable, "liabilities:payable:{account}");
    assert_string_equal(config->sha256, "");
}

static void test_everything_may_be_left_out(void **state)
{
    static const char *const TEXTS[] = {
        "", "# nothing\n", "journal { }", "workbook { }", "input \"orders\" { }",
    };
    struct job_config config;
    struct error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
        assert_loads(TEXTS[i], &config);
        assert_is_default(&config);
        job_config_release(&config);
    }
    assert_int_equal(job_config_load(NULL, &config, &err), 0);
    assert_is_default(&config);
    job_config_release(&config);
}

static void test_every_setting_is_read(void **state)
{
    static const char TEXT[] =
        "company = \"\xE4\xBE\x8B \\\"Ltd.\\\"\"\n"
        "delimiter = \";\"\n"
        "input \"orders\" {\n"
        "    column \"order_id\" { header = \"\xE8\xAE\xA2\xE5\x8D\x95\xE5\x8F\xB7\" }\n"
        "    column \"account_id\" { header = \"order_id\" }\n"
        "}\n"
        "input \"claims\" { column \"resource_id\" { header = \"res, id\" } }\n"
        "journal { refund_expense = \"e:r\" compensation_expense = \"e:c:{service}:{account}\"\n"
        "          reward_expense = \"e:w\" payable = \"{account}\" }\n"
        "workbook { rows_max = 1000 }\n";
    struct job_config config;

    (void)state;
    assert_loads(TEXT, &config);
    assert_string_equal(config.company, "\xE4\xBE\x8B \"Ltd.\"");
    assert_int_equal(config.delimiter, ';');
    assert_int_equal(config.alias_count, 3);
    assert_int_equal(config.aliases[0].input, INPUT_ORDERS);
    assert_string_equal(config.aliases[0].column, "order_id");
    assert_string_equal(config.aliases[0].header, "\xE8\xAE\xA2\xE5\x8D\x95\xE5\x8F\xB7");
    assert_string_equal(config.aliases[1].column, "account_id");
    assert_string_equal(config.aliases[1].header, "order_id");
    assert_int_equal(config.aliases[2].input, INPUT_CLAIMS);
    assert_string_equal(config.aliases[2].header, "res, id");
    assert_string_equal(config.chart.refund_expense, "e:r");
    assert_string_equal(config.chart.compensation_expense, "e:c:{service}:{account}");
    assert_string_equal(config.chart.reward_expense, "e:w");
    assert_string_equal(config.chart.payable, "{account}");
    assert_int_equal(config.workbook_rows_max, 1000);
    job_config_release(&config);
}

static void test_delimiters(void **state)
{
    static const struct {
        const char *text;
        char delimiter;
    } CASES[] = {
        {"delimiter = \",\"", ','},    {"delimiter = \";\"", ';'},    {"delimiter = \"|\"", '|'},
        {"delimiter = \":\"", ':'},    {"delimiter = \"^\"", '^'},    {"delimiter = \"~\"", '~'},
        {"delimiter = \"tab\"", '\t'}, {"delimiter = \"\\t\"", '\t'}, {"delimiter = \"\t\"", '\t'},
    };
    struct job_config config;

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        assert_loads(CASES[i].text, &config);
        assert_int_equal(config.delimiter, CASES[i].delimiter);
        job_config_release(&config);
    }
}

static void test_what_is_refused_and_on_which_line(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } CASES[] = {
        {"\ncompany = \"a\tb\"", "c:2: company: \"a?b\" holds a tab"},
        {"companies = \"a\"", "c:1: no such option 'companies'"},
        {"company = a\ncompany = b", "c:2: company is given twice, first on line 1"},
        {"delimiter = \"\"", "c:1: delimiter: \"\" is none of , ; | : ^ ~ tab"},
        {"delimiter = \" \"", "c:1: delimiter: \" \" is none of , ; | : ^ ~ tab"},
        {"delimiter = \"\\\"\"", "c:1: delimiter: \"\"\" is none of , ; | : ^ ~ tab"},
        {"delimiter = \"a\"", "c:1: delimiter: \"a\" is none of , ; | : ^ ~ tab"},
        {"delimiter = \",,\"", "c:1: delimiter: \",,\" is none of , ; | : ^ ~ tab"},
        {"\ninput \"order\" {\n}\n", "c:2: \"order\" is no input"},
        {"input \"billing\" {\n}\n", "c:1: \"billing\" is no input"},
        {"input \"orders\" { }\ninput \"orders\" { }", "c:2: found duplicate title 'orders'"},
        {"input \"orders\" {\n column \"id\" {\n header = \"a\"\n }\n}\n",
         "c:2: input \"orders\": \"id\" is none of its columns"},
        {"input \"orders\" {\n column \"order_id\" {\n}\n}\n", "c:3: header is missing"},
        {"input \"orders\" {\n column \"order_id\" { header = \"\" }\n}\n",
         "c:2: header: \"\" is empty or longer than 256 bytes"},
        {"input \"orders\" {\n column \"order_id\" { header = \"a \" }\n}\n",
         "c:2: header: \"a \" holds a tab, or a space at an end"},
        {"input \"orders\" {\n column \"order_id\" { header = \"a\" }\n"
         " column \"order_id\" { header = \"b\" }\n}\n",
         "c:3: found duplicate title 'order_id'"},
        {"input \"orders\" {\n column \"order_id\" { header = \"a\" }\n"
         " column \"account_id\" { header = \"a\" }\n}\n",
         "c:2: input \"orders\": \"a\" would stand for account_id and for order_id"},
        {"input \"orders\" {\n column \"order_id\" { header = \"account_id\" }\n}\n",
         "c:2: input \"orders\": \"account_id\" would stand for account_id and for order_id"},
        {"journal {\n refund_expense = \"a::b\"\n}",
         "c:2: refund_expense: \"a::b\" has an empty name between its colons"},
        {"journal {\n payable = \"a:{acount}\"\n}",
         "c:2: payable: \"a:{acount}\" has a placeholder that is neither {service} nor {account}, "
         "or one twice"},
        {"journal { }\njournal { }", "c:2: journal is given twice, first on line 1"},
        {"workbook {\n rows_max = 0\n}",
         "c:2: rows_max: \"0\" is not a whole number from 1 to 100000000"},
        {"workbook {\n rows_max = 1e6\n}",
         "c:2: rows_max: \"1e6\" is not a whole number from 1 to 100000000"},
        {"company = \"${HOME}\"", "c:1: values are not taken from the environment"},
        {"company = a b", "c:1: no such option 'b'"},
        {"workbook {", "c:1: the brace that opens here is never closed"},
        {"company = \"a\" /* \n workbook { }", "c:1: the comment that begins here never ends"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct job_config config = {.alias_count = 77};
        struct error err = {0};

        assert_int_equal(job_config_text_load("c", span_of(CASES[i].text), &config, &err), -1);
        assert_string_equal(err.detail, CASES[i].message);
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_int_equal(config.alias_count, 77);
    }
}

static void test_columns_may_swap_their_names(void **state)
{
    struct job_config config;

    (void)state;
    assert_loads("input \"orders\" { column \"order_id\" { header = \"account_id\" }\n"
                 "column \"account_id\" { header = \"order_id\" } }",
                 &config);
    assert_int_equal(config.alias_count, 2);
    job_config_release(&config);
    /* The same header in two inputs is no conflict. */
    assert_loads("input \"orders\" { column \"order_id\" { header = \"a\" } }\n"
                 "input \"filings\" { column \"order_id\" { header = \"a\" } }",
                 &config);
    assert_int_equal(config.alias_count, 2);
    job_config_release(&config);
}

static void test_a_long_company_is_refused(void **state)
{
    char text[512];
    struct job_config config;
    struct error err = {0};

    (void)state;
    snprintf(text, sizeof(text), "company = \"%0256d\"", 0);
    assert_loads(text, &config);
    assert_int_equal(strlen(config.company), 256);
    job_config_release(&config);
    snprintf(text, sizeof(text), "company = \"%0257d\"", 0);
    assert_int_equal(job_config_text_load("c", span_of(text), &config, &err), -1);
}

static void test_the_shipped_example(void **state)
{
    struct job_config config;
    struct error err = {0};

    (void)state;
    if (job_config_load("scripts/recompense.conf.example", &config, &err) != 0)
        fail_msg("%s", err.detail);
    assert_string_equal(config.company, "Example Cloud Ltd.");
    assert_int_equal(config.alias_count, 4);
    assert_int_equal(strlen(config.sha256), 64);
    job_config_release(&config);

    /* What it shows is the default, but for the company and the headers. */
    config.company[0] = '\0';
    config.sha256[0] = '\0';
    assert_is_default(&config);

    assert_int_equal(job_config_load("tests/no-such.conf", &config, &err), -1);
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.detail, "tests/no-such.conf: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_may_be_left_out),
        cmocka_unit_test(test_every_setting_is_read),
        cmocka_unit_test(test_delimiters),
        cmocka_unit_test(test_what_is_refused_and_on_which_line),
        cmocka_unit_test(test_columns_may_swap_their_names),
        cmocka_unit_test(test_a_long_company_is_refused),
        cmocka_unit_test(test_the_shipped_example),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
