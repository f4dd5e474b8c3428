/*
 * Owns the layouts of the state files and the spelling of their values. Knows nothing of files.
 */
#include "batch/state_files.h"

#include <assert.h>

#include "policy/civil.h"
#include "policy/currency.h"
#include "policy/text_words.h"

const struct state_layout state_decided[EVENT_KIND_COUNT] = {
    [EVENT_REQUEST] = {"decided-refund_requests", {"request_id", "period"}, 2, 1},
    [EVENT_CLAIM] = {"decided-claims", {"claim_id", "period"}, 2, 1},
    [EVENT_FILING] = {"decided-filings", {"filing_id", "period"}, 2, 1},
};

const struct state_layout state_refunded_orders = {
    "refunded-orders", {"order_id", "requested_at"}, 2, 1};

const struct state_layout state_full_refunds = {
    "full-refunds", {"account_id", "year", "count"}, 3, 2};

const struct state_layout state_compensated_seconds = {
    "compensated-seconds", {"account_id", "resource_id", "from", "to"}, 4, 3};

const struct state_layout state_compensated_orders = {
    "compensated-orders", {"order_id", "currency", "amount"}, 3, 2};

const struct state_layout state_rewarded_accounts = {
    "rewarded-accounts", {"account_id", "period"}, 2, 1};

enum {
    UTC = 0,
    INSTANT_SIZE = 20, /* "2026-10-03T11:22:33Z" */
    OFFSET_SIZE = 6,   /* "+00:00", spelled "Z" */
    COUNT_DIGITS_MAX = 9,
    NUMBER_TEXT_MAX = 12,
};

static bool parse_number(struct span text, size_t digits_max, int32_t *number)
{
    int32_t value = 0;

    if (text.size == 0 || text.size > digits_max)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (!text_is_digit(text.data[i]))
            return false;
        value = value * 10 + (text.data[i] - '0');
    }
    *number = value;
    return true;
}

bool state_parse_instant(struct span text, int64_t *instant)
{
    if (text.size != INSTANT_SIZE || text.data[INSTANT_SIZE - 1] != 'Z')
        return false;
    /* 1970 may begin a day earlier, east of Greenwich; the text has an offset of its own. */
    return instant_parse(text, SECONDS_PER_DAY, instant) == INSTANT_OK;
}

bool state_parse_year(struct span text, int32_t *year)
{
    return text.size == STATE_YEAR_DIGITS && parse_number(text, STATE_YEAR_DIGITS, year);
}

bool state_parse_count(struct span text, int32_t *count)
{
    return parse_number(text, COUNT_DIGITS_MAX, count);
}

/* *units = *units x 10 + digit, unless that leaves 128 bits. */
static bool append_digit(int128 *units, int digit)
{
    return !__builtin_mul_overflow(*units, (int128)10, units) &&
           !__builtin_add_overflow(*units, (int128)digit, units);
}

bool state_parse_amount(struct span text, struct decimal *amount)
{
    int128 units = 0;
    size_t whole = 0;
    size_t decimals = 0;

    while (whole < text.size && text_is_digit(text.data[whole]))
        whole++;
    if (whole == 0 || whole + 1 == text.size || (whole < text.size && text.data[whole] != '.'))
        return false;
    decimals = whole < text.size ? text.size - whole - 1 : 0;
    if (decimals > DECIMAL_DIGITS)
        return false;
    for (size_t i = 0; i < whole + DECIMAL_DIGITS; i++) {
        const size_t at = i < whole ? i : i + 1;
        const char digit = at < text.size ? text.data[at] : '0';

        if (!text_is_digit(digit) || !append_digit(&units, digit - '0'))
            return false;
    }
    amount->units = units;
    return true;
}

void state_line_start(struct state_line *line)
{
    line->field_count = 0;
    line->row = (struct state_row){.line = {line->text, 0}};
}

void state_line_text(struct state_line *line, struct span text)
{
    char *at = line->text + line->row.line.size;

    assert(line->field_count < STATE_FIELDS_MAX && text.size > 0);
    assert(line->row.line.size + 1 + text.size < sizeof(line->text));
    if (line->field_count > 0) {
        *at++ = '\t';
        line->row.line.size++;
    }
    memcpy(at, text.data, text.size);
    line->row.fields[line->field_count++] = (struct span){at, text.size};
    line->row.line.size += text.size;
}

void state_line_instant(struct state_line *line, int64_t instant)
{
    char text[INSTANT_TEXT_MAX];
    size_t size = instant_format(instant, UTC, text) - OFFSET_SIZE;

    text[size++] = 'Z';
    state_line_text(line, (struct span){text, size});
}

void state_line_period(struct state_line *line, int32_t period)
{
    char text[PERIOD_TEXT_MAX];
    size_t size = period_format(period, text);

    state_line_text(line, (struct span){text, size});
}

void state_line_number(struct state_line *line, int32_t number, int digits)
{
    char text[NUMBER_TEXT_MAX];
    size_t at = sizeof(text);

    assert(number >= 0);
    for (; number > 0 || digits > 0; number /= 10, digits--)
        text[--at] = (char)('0' + number % 10);
    state_line_text(line, (struct span){text + at, sizeof(text) - at});
}

void state_line_amount(struct state_line *line, struct decimal amount, int32_t currency)
{
    char text[DECIMAL_TEXT_MAX];
    size_t size = decimal_format(amount, currency_digits(currency), text);

    state_line_text(line, (struct span){text, size});
}
