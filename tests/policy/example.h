/*
 * Reading and writing examples as text, for the tests of the rules: lines of words, instants
 * without what goes without saying ("2026-10-03", "2026-10-03T10:30"), and the published terms.
 * Example text is taken apart in place and must outlive what is made of it.
 */
#ifndef TESTS_POLICY_EXAMPLE_H
#define TESTS_POLICY_EXAMPLE_H

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/terms.h"

enum {
    EXAMPLE_OFFSET = 8 * SECONDS_PER_HOUR,
    EXAMPLE_WORDS_MAX = 32,
    EXAMPLE_TEXT_MAX = 64 * 1024,
};

/* The words of one line; beyond the last one there are empty ones. */
struct example_line {
    char *words[EXAMPLE_WORDS_MAX];
    int count;
};

/* Text that grows up to EXAMPLE_TEXT_MAX. */
struct example_text {
    char text[EXAMPLE_TEXT_MAX];
    size_t size;
};

static inline void __attribute__((format(printf, 2, 3)))
example_write(struct example_text *out, const char *format, ...)
{
    va_list arguments;
    int written = 0;

    va_start(arguments, format);
    written = vsnprintf(out->text + out->size, sizeof(out->text) - out->size, format, arguments);
    va_end(arguments);
    assert(written >= 0 && (size_t)written < sizeof(out->text) - out->size);
    out->size += (size_t)written;
}

/* Takes the next line that has words off the text: false at the end. */
static inline bool example_next(char **text, struct example_line *line)
{
    static char nothing[] = "";

    do {
        char *at = *text;
        size_t size = strcspn(at, "\n");

        if (*at == '\0')
            return false;
        *text += size + (at[size] == '\n');
        at[size] = '\0';
        for (line->count = 0; line->count < EXAMPLE_WORDS_MAX; line->count++) {
            at += strspn(at, " ");
            line->words[line->count] = *at == '\0' ? nothing : at;
            if (*at == '\0')
                break;
            at += strcspn(at, " ");
            if (*at != '\0')
                *at++ = '\0';
        }
        assert(line->count < EXAMPLE_WORDS_MAX);
        for (int i = line->count; i < EXAMPLE_WORDS_MAX; i++)
            line->words[i] = nothing;
    } while (line->count == 0);
    return true;
}

static inline bool example_is(const struct example_line *line, int word, const char *text)
{
    return strcmp(line->words[word], text) == 0;
}

/* The word behind the word `name`, or NULL. */
static inline char *example_after(const struct example_line *line, const char *name)
{
    for (int i = 1; i + 1 < line->count; i++)
        if (example_is(line, i, name))
            return line->words[i + 1];
    return NULL;
}

static inline bool example_has(const struct example_line *line, const char *name)
{
    for (int i = 1; i < line->count; i++)
        if (example_is(line, i, name))
            return true;
    return false;
}

/* "2026-10-03" is that day's first second, "2026-10-03T10:30" that minute's; NULL: no instant. */
static inline int64_t example_instant(const char *word)
{
    static const char LEFT_OUT[] = "0000-00-00T00:00:00";
    char text[INSTANT_TEXT_MAX] = "";
    int64_t instant = INSTANT_NONE;
    size_t size = 0;

    if (word == NULL)
        return INSTANT_NONE;
    size = strlen(word);
    assert(size == 10 || size == 16 || size == 19);
    memcpy(text, word, size);
    memcpy(text + size, LEFT_OUT + size, sizeof(LEFT_OUT) - size);
    if (instant_parse(span_of(text), EXAMPLE_OFFSET, &instant) != INSTANT_OK) {
        fprintf(stderr, "no instant: %s\n", word);
        abort();
    }
    return instant;
}

static inline void example_write_instant(struct example_text *out, int64_t instant)
{
    char text[INSTANT_TEXT_MAX] = "";

    instant_format(instant, EXAMPLE_OFFSET, text);
    text[19] = '\0';
    if (strcmp(text + 10, "T00:00:00") == 0)
        text[10] = '\0';
    else if (strcmp(text + 16, ":00") == 0)
        text[16] = '\0';
    example_write(out, "%s", text);
}

static inline struct decimal example_amount(const char *word)
{
    struct decimal amount = DECIMAL_ZERO;

    if (decimal_parse(span_of(word), &amount) != DECIMAL_OK) {
        fprintf(stderr, "no amount: %s\n", word);
        abort();
    }
    return amount;
}

static inline void example_write_amount(struct example_text *out, struct decimal amount, int digits)
{
    char text[DECIMAL_TEXT_MAX] = "";

    decimal_format(amount, digits, text);
    example_write(out, "%s", text);
}

static inline int example_name(const struct enumeration *names, const char *word)
{
    int value = enumeration_find(names, span_of(word));

    if (value == 0) {
        fprintf(stderr, "no such name: %s\n", word);
        abort();
    }
    return value;
}

static inline int32_t example_currency(const char *word)
{
    int currency = currency_find(span_of(word));

    assert(currency != CURRENCY_NONE);
    return currency;
}

static inline int32_t example_period(const char *word)
{
    int32_t period = PERIOD_NONE;

    if (!period_parse(span_of(word), &period))
        abort();
    return period;
}

/* What the published policy says. */
static inline struct terms example_published_terms(void)
{
    static const struct {
        enum product_category category;
        const char *rates[USAGE_YEARS];
    } FEES[] = {
        {CATEGORY_3_YEAR, {"0.15", "0.10", "0.05"}},
        {CATEGORY_2_YEAR, {"0.15", "0.10", "/"}},
        {CATEGORY_1_YEAR, {"0.10", "/", "/"}},
        {CATEGORY_MONTHLY, {"0.10", "/", "/"}},
    };
    struct terms terms = {
        .name = "standard",
        .effective_from = -EXAMPLE_OFFSET,
        .rounding = ROUNDING_HALF_UP,
        .retention_months = 48,
        .usage_unit = USAGE_SECOND,
        .full_refund_days = 5,
        .full_refunds_per_year = 10,
        .times = {[SCENARIO_UNAVAILABLE] = 100,
                  [SCENARIO_WEBSITE_INACCESSIBLE] = 100,
                  [SCENARIO_PROVISIONING_FAILURE] = 2,
                  [SCENARIO_CONFIGURATION_FAILURE] = 2,
                  [SCENARIO_BILLING_ERROR] = 2},
        .claim_window_days = 7,
        .cap = CAP_NONE,
        .reward_amount =
            {[TIER_COMMON] = decimal_from_integer(100), [TIER_VIP] = decimal_from_integer(200)},
        .reward_currency = currency_find(span_of("CNY")),
        .recharge_over = decimal_from_integer(200),
        .abandoned_days = 10,
        .recharge_within_days = 7,
        .valid_years = 1,
        .host_service_count = 3,
        .host_services = {"ecs", "bms", "hecs"},
    };

    for (int cause = CAUSE_NONE + 1; cause < CAUSE_END; cause++)
        terms.cause_excluded[cause] = cause != CAUSE_PLATFORM;
    for (size_t i = 0; i < sizeof(FEES) / sizeof(*FEES); i++)
        for (int year = 0; year < USAGE_YEARS; year++) {
            struct fee *fee = &terms.fees[FEES[i].category][year];

            fee->covered = strcmp(FEES[i].rates[year], "/") != 0;
            if (fee->covered)
                fee->rate = example_amount(FEES[i].rates[year]);
        }
    return terms;
}

/* Changes one parameter of the terms, "rounding=down": false when there is none of that name. */
static inline bool example_change_terms(struct terms *terms, const char *word)
{
    const char *value = strchr(word, '=');
    size_t size = value == NULL ? 0 : (size_t)(value++ - word);
    struct span name = {word, size};

    if (size == 0)
        return false;
    if (span_is(name, "rounding")) {
        for (int mode = ROUNDING_HALF_UP; mode <= ROUNDING_DOWN; mode++)
            if (strcmp(value, rounding_name((enum rounding)mode)) == 0)
                terms->rounding = (enum rounding)mode;
    } else if (span_is(name, "usage_unit")) {
        for (int unit = 0; unit < USAGE_UNIT_COUNT; unit++)
            if (strcmp(value, usage_unit_name((enum usage_unit)unit)) == 0)
                terms->usage_unit = (enum usage_unit)unit;
    } else if (span_is(name, "restore_cash_coupons")) {
        terms->restore_cash_coupons = strcmp(value, "true") == 0;
    } else if (span_is(name, "full_refunds_per_year")) {
        terms->full_refunds_per_year = (int)strtol(value, NULL, 10);
    } else if (span_is(name, "full_refund_days")) {
        terms->full_refund_days = (int)strtol(value, NULL, 10);
    } else if (span_is(name, "year_1_fee")) {
        for (int i = CATEGORY_MONTHLY; i < CATEGORY_COUNT; i++)
            terms->fees[i][0].rate = example_amount(value);
    } else if (span_is(name, "cap")) {
        terms->cap = strcmp(value, "actual_payment") == 0 ? CAP_ACTUAL_PAYMENT : CAP_NONE;
    } else if (span_is(name, "times")) {
        for (int i = SCENARIO_NONE + 1; i < SCENARIO_END; i++)
            terms->times[i] = (int)strtol(value, NULL, 10);
    } else if (span_is(name, "allows")) {
        terms->cause_excluded[example_name(&enum_cause, value)] = false;
    } else if (span_is(name, "amount_vip")) {
        terms->reward_amount[TIER_VIP] = example_amount(value);
    } else {
        return false;
    }
    return true;
}

/* Reads "policy NAME from INSTANT CHANGE…": a version that is the published one but for that. */
static inline void example_add_version(struct policy *policy, const struct example_line *line)
{
    struct terms *terms = &policy->versions[policy->version_count++];

    assert(policy->version_count <= POLICY_VERSIONS_MAX);
    *terms = example_published_terms();
    assert(strlen(line->words[1]) < sizeof(terms->name) && example_is(line, 2, "from"));
    memcpy(terms->name, line->words[1], strlen(line->words[1]) + 1);
    terms->effective_from = example_instant(line->words[3]);
    for (int i = 4; i < line->count; i++)
        if (!example_change_terms(terms, line->words[i])) {
            fprintf(stderr, "no parameter: %s\n", line->words[i]);
            abort();
        }
}

/* A policy of no version yet; it is too large for a stack. */
static inline struct policy *example_policy(void)
{
    struct policy *policy = calloc(1, sizeof(*policy));

    assert(policy != NULL);
    policy->utc_offset_seconds = EXAMPLE_OFFSET;
    return policy;
}

static inline char *example_copy(const char *text)
{
    char *copy = strdup(text);

    assert(copy != NULL);
    return copy;
}

#endif
