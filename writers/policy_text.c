/*
 * Owns the look of the printed policy.
 * Must not know where the terms are from, nor how they decide.
 */
#include "writers/policy_text.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "policy/civil.h"
#include "policy/clause.h"
#include "policy/currency.h"

enum {
    LINE_COLUMNS = 100,
    LABEL_COLUMNS = 26,
    VALUE_COLUMNS = 40,
    VALUE_BYTES_MAX = 256,
    OFFSET_TEXT_SIZE = 6, /* "+08:00" */
};

/* Columns of UTF-8 text, one a character. */
static size_t columns_of(const char *text, size_t size)
{
    size_t columns = 0;

    for (size_t i = 0; i < size; i++)
        columns += ((unsigned char)text[i] & 0xC0) != 0x80;
    return columns;
}

static void heading(FILE *out, const char *text)
{
    fprintf(out, "\n  %s\n", text);
}

/* Label, value, and the clause that the parameter stands under. */
static void row(FILE *out, const char *label, const char *clause, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void row(FILE *out, const char *label, const char *clause, const char *format, ...)
{
    char value[VALUE_BYTES_MAX];
    va_list arguments;
    int length;

    assert(clause_find(clause) != NULL);
    va_start(arguments, format);
    length = vsnprintf(value, sizeof(value), format, arguments);
    va_end(arguments);
    assert(length >= 0 && (size_t)length < sizeof(value));
    fprintf(out, "    %-*s%-*s[%s]\n", LABEL_COLUMNS, label, VALUE_COLUMNS, value, clause);
}

/* A named value of the row above. */
static void detail(FILE *out, const char *label, const char *value)
{
    fprintf(out, "      %-*s%s\n", LABEL_COLUMNS - 2, label, value);
}

static const char *plural(int count)
{
    return count == 1 ? "" : "s";
}

static void write_general(FILE *out, const struct terms *terms)
{
    static const char *const roundings[] = {
        [ROUNDING_HALF_UP] = "half away from zero",
        [ROUNDING_HALF_EVEN] = "half to the even neighbour",
        [ROUNDING_DOWN] = "towards zero",
    };

    heading(out, "General");
    row(out, "Rounding", "general.rounding", "%s (%s)", roundings[terms->rounding],
        rounding_name(terms->rounding));
    row(out, "Retention", "general.retention", "%d month%s", terms->retention_months,
        plural(terms->retention_months));
}

/* "15 %", or "/" where the case is not covered. */
static void format_fee(struct fee fee, char text[DECIMAL_TEXT_MAX + 2])
{
    struct decimal percent;
    size_t length;

    if (!fee.covered) {
        memcpy(text, "/", 2);
        return;
    }
    /* A rate is at most 1: always within range, and exact. */
    if (!decimal_multiply_divide(fee.rate, 100, 1, DECIMAL_DIGITS, ROUNDING_DOWN, &percent))
        assert(false);
    length = decimal_format(percent, 0, text);
    memcpy(text + length, " %", 3);
}

static void write_fees(FILE *out, const struct terms *terms)
{
    row(out, "Handling fee", "refund.partial", "%-10s%-10s%-10s", "year 1", "year 2", "year 3");
    for (int category = CATEGORY_COUNT - 1; category > CATEGORY_NONE; category--) {
        fprintf(out, "      %-*s", LABEL_COLUMNS - 2,
                product_category_name((enum product_category)category));
        for (int year = 0; year < USAGE_YEARS; year++) {
            char text[DECIMAL_TEXT_MAX + 2];

            format_fee(terms->fees[category][year], text);
            fprintf(out, "%-*s", year + 1 < USAGE_YEARS ? 10 : 0, text);
        }
        fputc('\n', out);
    }
}

static void write_refund(FILE *out, const struct terms *terms)
{
    heading(out, "Refunds");
    row(out, "Full refund", "refund.full", "within %d day%s of the purchase",
        terms->full_refund_days, plural(terms->full_refund_days));
    row(out, "Full refunds at most", "refund.limit", "%d per account and calendar year",
        terms->full_refunds_per_year);
    row(out, "Cash coupons", "refund.full", "%s",
        terms->restore_cash_coupons ? "given back with a full refund" : "not given back");
    row(out, "Use is measured in", "refund.partial", "%ss", usage_unit_name(terms->usage_unit));
    write_fees(out, terms);
}

static void write_compensation(FILE *out, const struct terms *terms)
{
    heading(out, "Fault compensation");
    row(out, "Claims", "compensation.application", "until %d day%s after the fault's end",
        terms->claim_window_days, plural(terms->claim_window_days));
    row(out, "Cap", "compensation.amount", "%s",
        terms->cap == CAP_NONE ? "none" : "an order's actual payment, over its life");
    row(out, "Compensation times", "compensation.amount", "%s", "by scenario");
    for (int scenario = SCENARIO_NONE + 1; scenario < SCENARIO_END; scenario++) {
        char times[16];

        snprintf(times, sizeof(times), "%d", terms->times[scenario]);
        detail(out, enum_scenario.names[scenario], times);
    }
    row(out, "Compensation", "compensation.exclusions", "%s", "by cause");
    for (int cause = CAUSE_NONE + 1; cause < CAUSE_END; cause++)
        detail(out, enum_cause.names[cause], terms->cause_excluded[cause] ? "no" : "yes");
}

static void write_reward(FILE *out, const struct terms *terms)
{
    static const char CLAUSE[] = "reward.conditions";
    const char *currency = currency_code(terms->reward_currency);
    int digits = currency_digits(terms->reward_currency);
    char amount[DECIMAL_TEXT_MAX];

    heading(out, "Reward for the ICP licence service");
    for (int tier = TIER_NONE + 1; tier < TIER_END; tier++) {
        char label[32];

        snprintf(label, sizeof(label), "Reward, tier %s", enum_tier.names[tier]);
        decimal_format(terms->reward_amount[tier], digits, amount);
        row(out, label, CLAUSE, "%s %s", amount, currency);
    }
    decimal_format(terms->recharge_over, digits, amount);
    row(out, "Recharge", CLAUSE, "more than %s %s", amount, currency);
    row(out, "Abandoned", CLAUSE, "when not submitted within %d day%s", terms->abandoned_days,
        plural(terms->abandoned_days));
    row(out, "Recharged", CLAUSE, "within %d day%s of the approval", terms->recharge_within_days,
        plural(terms->recharge_within_days));
    row(out, "Valid", CLAUSE, "%d year%s from the approval", terms->valid_years,
        plural(terms->valid_years));
    row(out, "Host services", CLAUSE, "%zu", terms->host_service_count);
    for (size_t i = 0; i < terms->host_service_count; i++)
        fprintf(out, "      %s\n", terms->host_services[i]);
}

static void write_support(FILE *out, const struct terms *terms)
{
    heading(out, "After-sales support");
    row(out, "Tickets", "support.scope", "%s", "by category");
    for (int category = TICKET_CATEGORY_NONE + 1; category < TICKET_CATEGORY_END; category++)
        detail(out, enum_ticket_category.names[category],
               terms->ticket_in_scope[category] ? "in scope" : "out of scope");
}

static void write_version(FILE *out, const struct policy *policy, size_t index)
{
    const struct terms *terms = &policy->versions[index];
    char instant[INSTANT_TEXT_MAX];

    instant_format(terms->effective_from, policy->utc_offset_seconds, instant);
    fprintf(out, "\nVersion %s\nin force from %s", terms->name, instant);
    if (index + 1 < policy->version_count) {
        instant_format(policy->versions[index + 1].effective_from, policy->utc_offset_seconds,
                       instant);
        fprintf(out, " until %s", instant);
    }
    fputc('\n', out);
    write_general(out, terms);
    write_refund(out, terms);
    write_compensation(out, terms);
    write_reward(out, terms);
    write_support(out, terms);
}

/* One paragraph, broken at spaces; a "- " at its front hangs. */
static void write_paragraph(FILE *out, const char *text, size_t size)
{
    size_t indent = 4;
    size_t column = 4;

    fprintf(out, "    ");
    if (size >= 2 && memcmp(text, "- ", 2) == 0)
        indent += 2;
    for (size_t at = 0; at < size;) {
        const char *blank = memchr(text + at, ' ', size - at);
        size_t word_size = blank == NULL ? size - at : (size_t)(blank - (text + at));
        size_t width = columns_of(text + at, word_size);

        if (at > 0 && column + 1 + width > LINE_COLUMNS) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (at > 0) {
            fputc(' ', out);
            column++;
        }
        fwrite(text + at, 1, word_size, out);
        column += width;
        at += word_size + 1;
    }
    fputc('\n', out);
}

static void write_paragraphs(FILE *out, const char *text)
{
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");

        write_paragraph(out, text, size);
        text += size;
        text += *text == '\n';
    }
}

static void write_clauses(FILE *out)
{
    fprintf(out, "\nClauses\nin the published policy's words; where it is silent, the "
                 "interpretation that is followed\n");
    for (size_t i = 0; i < clause_count; i++) {
        const struct clause *clause = &clauses[i];

        fprintf(out, "\n  %s: %s\n", clause->id, clause->title);
        write_paragraphs(out, clause->words);
        if (clause->interpretation[0] != '\0') {
            if (clause->words[0] != '\0')
                fputc('\n', out);
            fprintf(out, "    Interpretation:\n");
            write_paragraphs(out, clause->interpretation);
        }
    }
}

int policy_text_write(const struct policy *policy, const char *name, FILE *out, struct error *err)
{
    char instant[INSTANT_TEXT_MAX];

    instant_format(0, policy->utc_offset_seconds, instant);
    errno = 0;
    fprintf(out, "Policy: %s\n", name[0] == '\0' ? "the published one, built in" : name);
    fprintf(out, "Days, months and years are counted at UTC%s.\n",
            instant + strlen(instant) - OFFSET_TEXT_SIZE);
    for (size_t i = 0; i < policy->version_count; i++)
        write_version(out, policy, i);
    write_clauses(out);
    if (fflush(out) != 0 || ferror(out))
        return error_set_errno(err, errno, "the policy can't be printed");
    return 0;
}
