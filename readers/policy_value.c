/*
 * Owns the types of values in policy files.
 * Must not know any parameter.
 */
#include "readers/policy_value.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/currency.h"

void place_name(struct place *place, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (vsnprintf(place->path, sizeof(place->path), format, arguments) < 0)
        place->path[0] = '\0';
    va_end(arguments);
}

int place_fail(const struct place *place, const struct config_value *value, const char *name,
               const char *cause)
{
    return config_fail(place->config, value->line, "%s%s: \"%s\" %s", place->path, name,
                       value->text.data, cause);
}

const struct config_value *place_value(const struct place *place, const char *name)
{
    const struct config_value *value = config_optional(place->section, name);

    if (value == NULL)
        config_fail(place->config, config_end_line(place->section), "%s%s is missing", place->path,
                    name);
    return value;
}

int take_integer(const struct place *place, const char *name, int min, int max, int *out)
{
    const struct config_value *value = place_value(place, name);
    char path[256];

    if (value == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s%s", place->path, name);
    return config_integer(place->config, value, path, min, max, out);
}

int take_boolean(const struct place *place, const char *name, bool *out)
{
    const struct config_value *value = place_value(place, name);

    if (value == NULL)
        return -1;
    if (!span_is(value->text, "true") && !span_is(value->text, "false"))
        return place_fail(place, value, name, "is neither true nor false");
    *out = span_is(value->text, "true");
    return 0;
}

int take_choice(const struct place *place, const char *name, const char *(*word)(int), int *out)
{
    const struct config_value *value = place_value(place, name);
    char cause[128] = "is none of";
    size_t used = strlen(cause);

    if (value == NULL)
        return -1;
    for (int i = 0; word(i) != NULL; i++) {
        if (span_is(value->text, word(i))) {
            *out = i;
            return 0;
        }
        used += (size_t)snprintf(cause + used, sizeof(cause) - used, "%s %s", i == 0 ? "" : ",",
                                 word(i));
    }
    return place_fail(place, value, name, cause);
}

static int parse_decimal(const struct place *place, const struct config_value *value,
                         const char *name, struct decimal *out)
{
    switch (decimal_parse(value->text, out)) {
    case DECIMAL_OK:
        return 0;
    case DECIMAL_BAD_NUMBER:
        return place_fail(place, value, name, "is not a decimal");
    case DECIMAL_OUT_OF_RANGE:
        return place_fail(place, value, name, "has more than 15 integer digits");
    case DECIMAL_TOO_PRECISE:
        return place_fail(place, value, name, "has more than 10 decimals");
    }
    return place_fail(place, value, name, "is not a decimal");
}

int take_amount(const struct place *place, const char *name, int currency, struct decimal *out)
{
    const struct config_value *value = place_value(place, name);
    struct decimal amount = DECIMAL_ZERO;

    if (value == NULL || parse_decimal(place, value, name, &amount) != 0)
        return -1;
    if (decimal_compare(amount, DECIMAL_ZERO) < 0)
        return place_fail(place, value, name, "is negative");
    if (currency != CURRENCY_NONE && !decimal_fits_digits(amount, currency_digits(currency)))
        return place_fail(place, value, name, "is finer than the currency's minor unit");
    *out = amount;
    return 0;
}

int take_fee(const struct place *place, const char *name, struct fee *out)
{
    const struct config_value *value = place_value(place, name);
    struct decimal rate = DECIMAL_ZERO;

    if (value == NULL)
        return -1;
    if (span_is(value->text, "/")) {
        *out = (struct fee){.covered = false};
        return 0;
    }
    if (parse_decimal(place, value, name, &rate) != 0)
        return -1;
    if (decimal_compare(rate, DECIMAL_ZERO) < 0 ||
        decimal_compare(rate, decimal_from_integer(1)) > 0)
        return place_fail(place, value, name, "is not a share from 0 to 1");
    *out = (struct fee){.rate = rate, .covered = true};
    return 0;
}

int take_currency(const struct place *place, const char *name, int *out)
{
    const struct config_value *value = place_value(place, name);
    int currency;

    if (value == NULL)
        return -1;
    currency = currency_find(value->text);
    if (currency == CURRENCY_NONE)
        return place_fail(place, value, name, "is no ISO 4217 currency");
    *out = currency;
    return 0;
}

int take_set(const struct place *place, const char *name, const struct enumeration *enumeration,
             bool *marks)
{
    size_t count = config_list_size(place->section, name);

    if (!config_given(place->section, name))
        return config_fail(place->config, config_end_line(place->section), "%s%s is missing",
                           place->path, name);
    for (size_t i = 0; i < count; i++) {
        const struct config_value *value = config_list_value(place->section, name, i);
        int found = enumeration_find(enumeration, value->text);

        if (found == 0)
            return place_fail(place, value, name, "is not a known value");
        if (marks[found])
            return place_fail(place, value, name, "is listed already");
        marks[found] = true;
    }
    return 0;
}
