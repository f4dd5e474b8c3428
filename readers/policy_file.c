/*
 * Owns the parameters' names and bounds in policy files, and the checks between them.
 * Must not know what a parameter is used for.
 */
#include "readers/policy_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/civil.h"
#include "policy/standard.h"
#include "readers/config.h"
#include "readers/policy_value.h"

/* The words that an enumerated parameter may have, by value; NULL behind the last. */
static const char *usage_unit_word(int value)
{
    return value < USAGE_UNIT_COUNT ? usage_unit_name((enum usage_unit)value) : NULL;
}

static const char *rounding_word(int value)
{
    return value <= ROUNDING_DOWN ? rounding_name((enum rounding)value) : NULL;
}

static const char *cap_word(int value)
{
    return value <= CAP_ACTUAL_PAYMENT ? cap_name((enum cap)value) : NULL;
}

/* The sections of a version: there must be exactly one of each. */
static int enter(const struct place *version, const char *name, struct place *place)
{
    if (config_single(version->config, version->section, name, &place->section) != 0)
        return -1;
    if (place->section == NULL)
        return config_fail(version->config, config_end_line(version->section), "%s%s is missing",
                           version->path, name);
    place->config = version->config;
    place_name(place, "%s%s.", version->path, name);
    return 0;
}

static int read_fees(const struct place *refund, struct terms *terms)
{
    size_t count = config_section_count(refund->section, "fee");
    bool given[CATEGORY_COUNT] = {false};

    for (size_t i = 0; i < count; i++) {
        struct place fee = {refund->config, config_section(refund->section, "fee", i), ""};
        int category = CATEGORY_MONTHLY;

        while (category < CATEGORY_COUNT &&
               strcmp(product_category_name((enum product_category)category), fee.section->title) !=
                   0)
            category++;
        if (category == CATEGORY_COUNT)
            return config_fail(fee.config, config_line(fee.section),
                               "%sfee: \"%s\" is none of 3-year, 2-year, 1-year, monthly",
                               refund->path, fee.section->title);
        given[category] = true;
        place_name(&fee, "%sfee \"%s\".", refund->path, fee.section->title);
        if (take_fee(&fee, "year_1", &terms->fees[category][0]) != 0 ||
            take_fee(&fee, "year_2", &terms->fees[category][1]) != 0 ||
            take_fee(&fee, "year_3", &terms->fees[category][2]) != 0)
            return -1;
    }
    for (int category = CATEGORY_COUNT - 1; category > CATEGORY_NONE; category--) {
        if (!given[category])
            return config_fail(refund->config, config_end_line(refund->section),
                               "%sfee \"%s\" is missing", refund->path,
                               product_category_name((enum product_category)category));
    }
    return 0;
}

static int read_refund(const struct place *version, struct terms *terms)
{
    struct place place;
    int unit = 0;

    if (enter(version, "refund", &place) != 0 ||
        take_choice(&place, "usage_unit", usage_unit_word, &unit) != 0 ||
        take_integer(&place, "full_refund_days", 0, PARAMETER_DAYS_MAX, &terms->full_refund_days) !=
            0 ||
        take_integer(&place, "full_refunds_per_year", 0, FULL_REFUNDS_PER_YEAR_MAX,
                     &terms->full_refunds_per_year) != 0 ||
        take_boolean(&place, "restore_cash_coupons", &terms->restore_cash_coupons) != 0 ||
        read_fees(&place, terms) != 0)
        return -1;
    terms->usage_unit = (enum usage_unit)unit;
    return 0;
}

static int read_times(const struct place *compensation, struct terms *terms)
{
    size_t count = config_section_count(compensation->section, "times");
    bool given[SCENARIO_END] = {false};

    for (size_t i = 0; i < count; i++) {
        struct place times = {compensation->config,
                              config_section(compensation->section, "times", i), ""};
        int scenario = enumeration_find(&enum_scenario, span_of(times.section->title));

        if (scenario == SCENARIO_NONE)
            return config_fail(times.config, config_line(times.section),
                               "%stimes: \"%s\" is no scenario", compensation->path,
                               times.section->title);
        given[scenario] = true;
        place_name(&times, "%stimes \"%s\".", compensation->path, times.section->title);
        if (take_integer(&times, "times", 0, COMPENSATION_TIMES_MAX, &terms->times[scenario]) != 0)
            return -1;
    }
    for (int scenario = SCENARIO_NONE + 1; scenario < SCENARIO_END; scenario++) {
        if (!given[scenario])
            return config_fail(compensation->config, config_end_line(compensation->section),
                               "%stimes \"%s\" is missing", compensation->path,
                               enum_scenario.names[scenario]);
    }
    return 0;
}

static int read_causes(const struct place *place, struct terms *terms)
{
    static const char NAME[] = "excluded_causes";
    size_t count = config_list_size(place->section, NAME);

    for (size_t i = 0; i < count; i++) {
        const struct config_value *value = config_list_value(place->section, NAME, i);

        if (span_is(value->text, enum_cause.names[CAUSE_PLATFORM]))
            return place_fail(place, value, NAME,
                              "can't be excluded: it is the cause that is compensated");
    }
    return take_set(place, NAME, &enum_cause, terms->cause_excluded);
}

static int read_compensation(const struct place *version, struct terms *terms)
{
    struct place place;
    int cap = 0;

    if (enter(version, "compensation", &place) != 0 || read_times(&place, terms) != 0 ||
        read_causes(&place, terms) != 0 ||
        take_integer(&place, "claim_window_days", 0, PARAMETER_DAYS_MAX,
                     &terms->claim_window_days) != 0 ||
        take_choice(&place, "cap", cap_word, &cap) != 0)
        return -1;
    terms->cap = (enum cap)cap;
    return 0;
}

/* Text of an export has 1 to 256 bytes, no tab, and no blank at an end. */
static bool service_ok(struct span text)
{
    return text.size > 0 && text.size <= SERVICE_BYTES_MAX &&
           memchr(text.data, '\t', text.size) == NULL && text.data[0] != ' ' &&
           text.data[text.size - 1] != ' ';
}

static int read_host_services(const struct place *place, struct terms *terms)
{
    static const char NAME[] = "host_services";
    size_t count = config_list_size(place->section, NAME);

    if (!config_given(place->section, NAME))
        return config_fail(place->config, config_end_line(place->section), "%s%s is missing",
                           place->path, NAME);
    for (size_t i = 0; i < count; i++) {
        const struct config_value *value = config_list_value(place->section, NAME, i);

        if (!service_ok(value->text))
            return place_fail(place, value, NAME, "is no service that an export could name");
        if (terms_host_service(terms, value->text))
            return place_fail(place, value, NAME, "is listed already");
        if (i == HOST_SERVICES_MAX)
            return place_fail(place, value, NAME, "is one service too many");
        memcpy(terms->host_services[i], value->text.data, value->text.size + 1);
        terms->host_service_count++;
    }
    return 0;
}

static int read_reward(const struct place *version, struct terms *terms)
{
    struct place place;

    if (enter(version, "reward", &place) != 0 ||
        take_currency(&place, "currency", &terms->reward_currency) != 0 ||
        take_amount(&place, "amount_common", terms->reward_currency,
                    &terms->reward_amount[TIER_COMMON]) != 0 ||
        take_amount(&place, "amount_vip", terms->reward_currency,
                    &terms->reward_amount[TIER_VIP]) != 0 ||
        take_amount(&place, "recharge_over", CURRENCY_NONE, &terms->recharge_over) != 0 ||
        take_integer(&place, "abandoned_days", 0, PARAMETER_DAYS_MAX, &terms->abandoned_days) !=
            0 ||
        take_integer(&place, "recharge_within_days", 0, PARAMETER_DAYS_MAX,
                     &terms->recharge_within_days) != 0 ||
        take_integer(&place, "valid_years", 1, VALID_YEARS_MAX, &terms->valid_years) != 0)
        return -1;
    return read_host_services(&place, terms);
}

/* Every category is in exactly one of the two lists. */
static int read_support(const struct place *version, struct terms *terms)
{
    static const char OUT[] = "out_of_scope";
    struct place place;
    bool out_of_scope[TICKET_CATEGORY_END] = {false};

    if (enter(version, "support", &place) != 0 ||
        take_set(&place, "in_scope", &enum_ticket_category, terms->ticket_in_scope) != 0)
        return -1;
    for (size_t i = 0; i < config_list_size(place.section, OUT); i++) {
        const struct config_value *value = config_list_value(place.section, OUT, i);

        if (terms->ticket_in_scope[enumeration_find(&enum_ticket_category, value->text)])
            return place_fail(&place, value, OUT, "is in in_scope as well");
    }
    if (take_set(&place, OUT, &enum_ticket_category, out_of_scope) != 0)
        return -1;
    for (int i = TICKET_CATEGORY_NONE + 1; i < TICKET_CATEGORY_END; i++) {
        if (!terms->ticket_in_scope[i] && !out_of_scope[i])
            return config_fail(place.config, config_end_line(place.section),
                               "%s\"%s\" is in neither list", place.path,
                               enum_ticket_category.names[i]);
    }
    return 0;
}

/* A version's name stands in ledgers as it is, so that it must be harmless there. */
static bool version_name_ok(const char *name)
{
#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    size_t size = strlen(name);

    return size > 0 && size <= TERMS_NAME_BYTES_MAX && strspn(name, ALNUM) > 0 &&
           strspn(name, ALNUM "-_.") == size;
#undef ALNUM
}

static int read_version(const struct place *version, int utc_offset_seconds, struct terms *terms)
{
    const struct config_value *from = place_value(version, "effective_from");
    int rounding = 0;

    if (from == NULL)
        return -1;
    switch (instant_parse(from->text, utc_offset_seconds, &terms->effective_from)) {
    case INSTANT_OK:
        break;
    case INSTANT_OUT_OF_RANGE:
        return place_fail(version, from, "effective_from", "is not in the years 1970 to 9999");
    case INSTANT_BAD:
        return place_fail(version, from, "effective_from", "is not an instant");
    }
    if (take_choice(version, "rounding", rounding_word, &rounding) != 0 ||
        take_integer(version, "retention_months", 1, RETENTION_MONTHS_MAX,
                     &terms->retention_months) != 0)
        return -1;
    terms->rounding = (enum rounding)rounding;
    if (read_refund(version, terms) != 0 || read_compensation(version, terms) != 0 ||
        read_reward(version, terms) != 0)
        return -1;
    return read_support(version, terms);
}

/* Puts the version where its instant belongs; no two may begin at once. */
static int insert_version(const struct place *version, const struct terms *terms,
                          struct policy *policy)
{
    size_t at = policy->version_count;

    while (at > 0 && policy->versions[at - 1].effective_from > terms->effective_from)
        at--;
    if (at > 0 && policy->versions[at - 1].effective_from == terms->effective_from)
        return place_fail(version, config_optional(version->section, "effective_from"),
                          "effective_from", "is another version's instant already");
    memmove(&policy->versions[at + 1], &policy->versions[at],
            (policy->version_count - at) * sizeof(policy->versions[0]));
    policy->versions[at] = *terms;
    policy->version_count++;
    return 0;
}

static int read_versions(const struct config *config, struct policy *policy)
{
    size_t count = config_section_count(config->root, "version");

    if (count == 0)
        return config_fail(config, config_end_line(config->root), "no version is given");
    for (size_t i = 0; i < count; i++) {
        struct place version = {config, config_section(config->root, "version", i), ""};
        struct terms terms = {0};
        const char *name = version.section->title;
        int line = config_line(version.section);

        if (i == POLICY_VERSIONS_MAX)
            return config_fail(config, line, "more than %d versions", POLICY_VERSIONS_MAX);
        if (!version_name_ok(name))
            return config_fail(config, line,
                               "version \"%s\": a name is 1 to %d letters, digits, '-', '_' and "
                               "'.', the first a letter or digit",
                               name, TERMS_NAME_BYTES_MAX);
        memcpy(terms.name, name, strlen(name) + 1);
        place_name(&version, "version \"%s\": ", name);
        if (read_version(&version, policy->utc_offset_seconds, &terms) != 0 ||
            insert_version(&version, &terms, policy) != 0)
            return -1;
    }
    return 0;
}

static int read_policy(const struct config *config, struct policy *policy)
{
    const struct config_value *zone = config_value(config, config->root, "time_zone");

    if (zone == NULL)
        return -1;
    if (!offset_parse(zone->text, &policy->utc_offset_seconds))
        return config_fail(config, zone->line, "time_zone: \"%s\" is not an offset such as +08:00",
                           zone->text.data);
    return read_versions(config, policy);
}

static int parse(struct config *config, struct span text)
{
    cfg_opt_t fee[] = {CONFIG_CONTEXT(config), CONFIG_VALUE("year_1"), CONFIG_VALUE("year_2"),
                       CONFIG_VALUE("year_3"), CFG_END()};
    cfg_opt_t refund[] = {CONFIG_CONTEXT(config),
                          CONFIG_VALUE("usage_unit"),
                          CONFIG_VALUE("full_refund_days"),
                          CONFIG_VALUE("full_refunds_per_year"),
                          CONFIG_VALUE("restore_cash_coupons"),
                          CONFIG_TITLED("fee", fee),
                          CFG_END()};
    cfg_opt_t times[] = {CONFIG_CONTEXT(config), CONFIG_VALUE("times"), CFG_END()};
    cfg_opt_t compensation[] = {CONFIG_CONTEXT(config),
                                CONFIG_TITLED("times", times),
                                CONFIG_LIST("excluded_causes"),
                                CONFIG_VALUE("claim_window_days"),
                                CONFIG_VALUE("cap"),
                                CFG_END()};
    cfg_opt_t reward[] = {CONFIG_CONTEXT(config),
                          CONFIG_VALUE("amount_common"),
                          CONFIG_VALUE("amount_vip"),
                          CONFIG_VALUE("currency"),
                          CONFIG_VALUE("recharge_over"),
                          CONFIG_VALUE("abandoned_days"),
                          CONFIG_VALUE("recharge_within_days"),
                          CONFIG_VALUE("valid_years"),
                          CONFIG_LIST("host_services"),
                          CFG_END()};
    cfg_opt_t support[] = {CONFIG_CONTEXT(config), CONFIG_LIST("in_scope"),
                           CONFIG_LIST("out_of_scope"), CFG_END()};
    cfg_opt_t version[] = {CONFIG_CONTEXT(config),
                           CONFIG_VALUE("effective_from"),
                           CONFIG_VALUE("rounding"),
                           CONFIG_VALUE("retention_months"),
                           CONFIG_SECTION("refund", refund),
                           CONFIG_SECTION("compensation", compensation),
                           CONFIG_SECTION("reward", reward),
                           CONFIG_SECTION("support", support),
                           CFG_END()};
    cfg_opt_t root[] = {CONFIG_CONTEXT(config), CONFIG_VALUE("time_zone"),
                        CONFIG_TITLED("version", version), CFG_END()};

    return config_load(config, text, root);
}

int policy_text_load(const char *name, struct span text, struct policy *policy, struct error *err)
{
    struct config config = {.name = name, .err = err};
    struct policy *loaded = calloc(1, sizeof(*loaded)); /* over a megabyte */
    int status = -1;

    if (loaded == NULL)
        return error_set(err, ERROR_IO, "%s: out of memory", name);
    if (parse(&config, text) == 0 && read_policy(&config, loaded) == 0) {
        *policy = *loaded;
        status = 0;
    }
    config_release(&config);
    free(loaded);
    return status;
}

int policy_file_load(const char *path, struct policy *policy, struct policy_source *source,
                     struct error *err)
{
    const char *name = path == NULL ? POLICY_STANDARD_NAME : path;
    struct span text = {policy_standard_text, policy_standard_size};
    struct policy_source described = {0};
    char *bytes = NULL;
    int status = -1;

    if (path != NULL) {
        if (config_read(path, &bytes, &text.size, err) != 0)
            return -1;
        text.data = bytes;
        snprintf(described.name, sizeof(described.name), "%s", config_base_name(path));
    }
    if (config_sha256(name, text, described.sha256, err) == 0 &&
        policy_text_load(name, text, policy, err) == 0) {
        *source = described;
        status = 0;
    }
    free(bytes);
    return status;
}
