/*
 * Owns the words that say why a row says what it says.
 */
#include "writers/text_format.h"
#include "writers/workbook_row.h"

/* "five" up to ten; digits beyond, in `text`. */
static const char *count_words(int count, char text[16])
{
    static const char *const words[] = {
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    };

    if (count >= 0 && count <= 10)
        return words[count];
    text_format(text, 16, "%d", count);
    return text;
}

/* 2678400 as "2,678,400". */
static const char *grouped(int64_t value, char text[32])
{
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    char *at = text + 31;
    int digits = 0;

    *at = '\0';
    do {
        if (digits > 0 && digits % 3 == 0)
            *--at = ',';
        *--at = (char)('0' + rest % 10);
        digits++;
    } while ((rest /= 10) > 0);
    if (value < 0)
        *--at = '-';
    return at;
}

/* 0.1 as "10". */
static void percent(struct decimal rate, char text[DECIMAL_TEXT_MAX])
{
    decimal_format((struct decimal){rate.units * 100}, 0, text);
}

/* "7 of 31 days used, 10 % fee" */
static void usage_words(const struct refund_entry *entry, char *text, size_t size)
{
    char used[32], subscribed[32], rate[DECIMAL_TEXT_MAX];

    percent(entry->fee_rate, rate);
    text_format(text, size, "%s of %s %ss used, %s %% fee", grouped(entry->used, used),
                grouped(entry->subscribed, subscribed), usage_unit_name(entry->terms->usage_unit),
                rate);
}

void refund_words(const struct refund_entry *entry, char *text, size_t size)
{
    char usage[160], days_text[16], quota_text[16];
    const char *days = NULL, *quota = NULL;

    if (!decision_approves(entry->decision)) {
        text_format(text, size, "%s", refund_reason(entry->reason)->text);
        return;
    }
    days = count_words(entry->terms->full_refund_days, days_text);
    quota = count_words(entry->terms->full_refunds_per_year, quota_text);
    if (entry->decision == DECISION_FULL) {
        text_format(text, size, "within %s days: full refund no. %d of the year's %s", days,
                    entry->full_refund_number, quota);
        return;
    }
    usage_words(entry, usage, sizeof(usage));
    if (entry->reason == REFUND_FULL_REFUND_QUOTA_USED)
        text_format(text, size, "the year's %s full refunds are used up: %s", quota, usage);
    else
        text_format(text, size, "after %s days: %s", days, usage);
}

void compensation_words(const struct compensation_entry *entry, char *text, size_t size)
{
    char seconds[32], basis[32];

    if (!decision_approves(entry->decision)) {
        text_format(text, size, "%s", compensation_reason(entry->reason)->text);
        return;
    }
    text_format(text, size, "%s of %s seconds of cost, %d times (%s)%s",
                grouped(entry->fault_seconds, seconds), grouped(entry->basis->basis_seconds, basis),
                entry->terms->times[entry->incident->scenario],
                enum_scenario.names[entry->incident->scenario],
                decimal_is_zero(entry->capped) ? "" : ", less what the cap withholds");
}

void reward_words(const struct reward_entry *entry, char *text, size_t size)
{
    if (decision_approves(entry->decision))
        text_format(text, size, "first filing of a %s customer, approved",
                    enum_tier.names[entry->account->tier]);
    else
        text_format(text, size, "%s", reward_reason(entry->reason)->text);
}
