#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/clause.h"
#include "readers/policy_file.h"
#include "writers/policy_text.h"

/* What is printed for a policy file (NULL: the one built in). The caller frees it. */
static char *print(const char *path)
{
    struct policy *policy = calloc(1, sizeof(*policy));
    struct policy_source source;
    struct error err = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(policy);
    assert_non_null(out);
    assert_int_equal(policy_file_load(path, policy, &source, &err), 0);
    assert_int_equal(policy_text_write(policy, source.name, out, &err), 0);
    assert_int_equal(fclose(out), 0);
    free(policy);
    return text;
}

/*
 * tests/policy/standard-policy.txt is what `recompense policy` prints. A change of the terms, of
 * their words or of the print shows there, and is to be read by someone before it is kept.
 */
static void test_the_shipped_policy_prints_as_kept(void **state)
{
    enum { KEPT_MAX = 65536 };
    char *kept = calloc(1, KEPT_MAX);
    char *text = print(NULL);
    FILE *file = fopen("tests/policy/standard-policy.txt", "rb");

    (void)state;
    assert_non_null(kept);
    assert_non_null(file);
    assert_true(fread(kept, 1, KEPT_MAX - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, kept);
    free(kept);
    free(text);
}

static void test_lines_are_short_and_clean(void **state)
{
    char *text = print("policy/example-midyear.conf");

    (void)state;
    for (char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        size_t size = strcspn(line, "\n");
        size_t columns = 0;

        for (size_t i = 0; i < size; i++)
            columns += ((unsigned char)line[i] & 0xC0) != 0x80;
        assert_true(columns <= 100);
        assert_true(size == 0 || line[size - 1] != ' ');
        assert_true(line[size] == '\n');
    }
    free(text);
}

static void assert_holds(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("not printed: %s", part);
}

static void test_every_version_and_clause_is_told(void **state)
{
    char *text = print("policy/example-midyear.conf");
    const char *second = strstr(text, "Version mid-year");

    (void)state;
    assert_holds(text, "Policy: example-midyear.conf\n");
    assert_holds(text, "Version standard\nin force from 1970-01-01T00:00:00+08:00 until "
                       "2026-07-01T00:00:00+08:00\n");
    assert_non_null(second);
    assert_holds(second, "in force from 2026-07-01T00:00:00+08:00\n");
    assert_holds(second, "(half_even)");
    assert_holds(second, "12 per account and calendar year");
    assert_holds(second, "      3-year                  12 %      8 %       4 %\n");
    assert_holds(second, "      unavailable             120\n");
    for (size_t i = 0; i < clause_count; i++) {
        char title[160];

        snprintf(title, sizeof(title), "\n  %s: %s\n", clauses[i].id, clauses[i].title);
        assert_holds(second, title);
    }
    free(text);
}

static void test_a_full_disk_is_told(void **state)
{
    struct policy *policy = calloc(1, sizeof(*policy));
    struct policy_source source;
    struct error err = {0};
    FILE *full = fopen("/dev/full", "w");

    (void)state;
    assert_non_null(policy);
    assert_non_null(full);
    assert_int_equal(policy_file_load(NULL, policy, &source, &err), 0);
    assert_int_equal(policy_text_write(policy, "", full, &err), -1);
    assert_int_equal(err.kind, ERROR_IO);
    assert_string_equal(err.detail, "the policy can't be printed: No space left on device");
    fclose(full);
    free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_shipped_policy_prints_as_kept),
        cmocka_unit_test(test_lines_are_short_and_clean),
        cmocka_unit_test(test_every_version_and_clause_is_told),
        cmocka_unit_test(test_a_full_disk_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
