/*
 * Owns the settings' names and bounds in profiles, and the checks between them.
 * Must not know how a row is read under a profile (readers/billing.c).
 */
#include "readers/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/civil.h"
#include "policy/profiles.h"
#include "readers/config.h"
#include "readers/policy_value.h"

struct loading {
    struct config config;
    struct profile *profile;
    struct arena *arena;
};

/* ---- values ---- */

static int keep(const struct loading *it, struct span text, struct span *out)
{
    if (arena_copy(it->arena, (struct span){text.data, text.size + 1}, out) != 0)
        return error_set(it->config.err, ERROR_IO, "%s: out of memory", it->config.name);
    out->size = text.size;
    return 0;
}

/* A list of texts, none empty or given twice, into *count of at most `max` of out. */
static int take_list(const struct loading *it, const struct place *place, const char *name,
                     struct span *out, int max, int *count)
{
    size_t size = config_list_size(place->section, name);

    *count = 0;
    if (!config_given(place->section, name))
        return 0;
    for (size_t i = 0; i < size; i++) {
        const struct config_value *value = config_list_value(place->section, name, i);

        if (*count == max)
            return place_fail(place, value, name, "is one value too many");
        if (value->text.size == 0)
            return place_fail(place, value, name, "is empty");
        for (int j = 0; j < *count; j++)
            if (span_equal(out[j], value->text))
                return place_fail(place, value, name, "is listed already");
        if (keep(it, value->text, &out[*count]) != 0)
            return -1;
        (*count)++;
    }
    return 0;
}

/* A value of the enumeration. */
static int take_enumerated(const struct place *place, const char *name,
                           const struct enumeration *enumeration, int32_t *out)
{
    const struct config_value *value = place_value(place, name);
    int found;

    if (value == NULL)
        return -1;
    found = enumeration_find(enumeration, value->text);
    if (found == 0)
        return place_fail(place, value, name, "is not a known value");
    *out = found;
    return 0;
}

/* ---- the head ---- */

static int read_name(struct loading *it, const struct place *root)
{
    const struct config_value *value = place_value(root, "name");

    if (value == NULL)
        return -1;
    if (value->text.size == 0 || value->text.size >= sizeof(it->profile->name))
        return place_fail(root, value, "name", "is empty or longer than 63 bytes");
    memcpy(it->profile->name, value->text.data, value->text.size + 1);
    return 0;
}

static int read_delimiter(struct loading *it, const struct place *root)
{
    const struct config_value *value = config_optional(root->section, "delimiter");

    it->profile->delimiter = ',';
    if (value == NULL)
        return 0;
    it->profile->delimiter = span_is(value->text, "tab") ? '\t' : value->text.data[0];
    if (!span_is(value->text, "tab") &&
        (value->text.size != 1 || strchr(",;|:^~\t", value->text.data[0]) == NULL))
        return place_fail(root, value, "delimiter", "is none of , ; | : ^ ~ tab");
    return 0;
}

static const char *sign_word(int value)
{
    static const char *const WORDS[] = {"negative_is_credit", "positive_is_credit", NULL};

    return WORDS[value];
}

static int read_head(struct loading *it, const struct place *root)
{
    struct profile *profile = it->profile;
    const struct config_value *zone = place_value(root, "time_zone");
    int sign = 0;

    if (zone == NULL || read_name(it, root) != 0 || read_delimiter(it, root) != 0)
        return -1;
    if (!offset_parse(zone->text, &profile->utc_offset_seconds))
        return place_fail(root, zone, "time_zone", "is not an offset such as +08:00");
    if (take_choice(root, "amount_sign", sign_word, &sign) != 0)
        return -1;
    profile->positive_is_credit = sign == 1;
    profile->currency = CURRENCY_NONE;
    if (config_optional(root->section, "currency") != NULL &&
        take_currency(root, "currency", &profile->currency) != 0)
        return -1;
    return take_list(it, root, "null_values", profile->nulls, PROFILE_NULLS_MAX,
                     &profile->null_count);
}

static int read_parts(struct loading *it, const struct place *root)
{
    struct profile *profile = it->profile;

    if (take_list(it, root, "amount_parts", profile->parts, PROFILE_PARTS_MAX,
                  &profile->part_count) != 0 ||
        take_list(it, root, "left_out_parts", profile->left_out, PROFILE_PARTS_MAX,
                  &profile->left_out_count) != 0)
        return -1;
    for (int i = 0; i < profile->left_out_count; i++) {
        int part = 0;

        while (part < profile->part_count &&
               !span_equal(profile->parts[part], profile->left_out[i]))
            part++;
        if (part == profile->part_count)
            return place_fail(root, config_list_value(root->section, "left_out_parts", (size_t)i),
                              "left_out_parts", "is none of amount_parts");
    }
    return 0;
}

/* ---- columns ---- */

static int read_column(struct loading *it, cfg_t *section)
{
    struct place place = {&it->config, section, ""};
    int field = 0;
    struct profile_headers *headers;

    while (field < PROFILE_FIELD_COUNT &&
           strcmp(profile_field_name((enum profile_field)field), section->title) != 0)
        field++;
    if (field == PROFILE_FIELD_COUNT)
        return config_fail(&it->config, config_line(section), "column: \"%s\" is no field",
                           section->title);
    headers = &it->profile->fields[field];
    place_name(&place, "column \"%s\".", section->title);
    if (take_list(it, &place, "headers", headers->names, PROFILE_HEADERS_MAX, &headers->count) != 0)
        return -1;
    if (headers->count == 0)
        return config_fail(&it->config, config_end_line(section), "%sheaders is missing or empty",
                           place.path);
    if (config_optional(section, "optional") != NULL)
        return take_boolean(&place, "optional", &headers->optional);
    return 0;
}

static bool has_field(const struct profile *profile, enum profile_field field)
{
    return profile->fields[field].count > 0;
}

static int check_columns(struct loading *it)
{
    static const enum profile_field NEEDED[] = {FIELD_ACCOUNT, FIELD_CATEGORY, FIELD_AMOUNT};
    const struct profile *profile = it->profile;
    int end = config_end_line(it->config.root);

    for (size_t i = 0; i < sizeof(NEEDED) / sizeof(NEEDED[0]); i++) {
        if (!has_field(profile, NEEDED[i]))
            return config_fail(&it->config, end, "column \"%s\" is missing",
                               profile_field_name(NEEDED[i]));
        if (profile->fields[NEEDED[i]].optional)
            return config_fail(&it->config, end, "column \"%s\" can't be optional",
                               profile_field_name(NEEDED[i]));
    }
    if (has_field(profile, FIELD_CURRENCY) == (profile->currency != CURRENCY_NONE))
        return config_fail(&it->config, end,
                           "either a column \"currency\" or a currency for all rows is needed");
    if (has_field(profile, FIELD_PERIOD) == has_field(profile, FIELD_PERIOD_START))
        return config_fail(&it->config, end,
                           "either a column \"period\" or a column \"period_start\" is needed");
    return 0;
}

static int read_columns(struct loading *it)
{
    size_t count = config_section_count(it->config.root, "column");

    for (size_t i = 0; i < count; i++)
        if (read_column(it, config_section(it->config.root, "column", i)) != 0)
            return -1;
    return check_columns(it);
}

static int read_references(struct loading *it)
{
    size_t count = config_section_count(it->config.root, "reference");

    for (size_t i = 0; i < count; i++) {
        struct place place = {&it->config, config_section(it->config.root, "reference", i),
                              "reference."};
        struct profile_reference *reference;
        const struct config_value *header = place_value(&place, "header");
        const struct config_value *key = config_optional(place.section, "key");

        if (header == NULL)
            return -1;
        if (i == PROFILE_REFERENCES_MAX)
            return config_fail(&it->config, config_line(place.section), "more than %d references",
                               PROFILE_REFERENCES_MAX);
        if (header->text.size == 0)
            return place_fail(&place, header, "header", "is empty");
        reference = &it->profile->references[i];
        if (take_enumerated(&place, "kind", &enum_reference_kind, &reference->kind) != 0 ||
            keep(it, header->text, &reference->header) != 0 ||
            (key != NULL && keep(it, key->text, &reference->key) != 0))
            return -1;
    }
    it->profile->reference_count = (int)count;
    return 0;
}

/* ---- kinds of rows ---- */

static const char *line_sign_word(int value)
{
    static const char *const WORDS[] = {"any", "negative", "positive", NULL};

    return WORDS[value];
}

static int read_line(struct loading *it, const struct place *place, struct profile_line *line)
{
    int sign = SIGN_ANY;

    if (take_enumerated(place, "kind", &enum_billing_kind, &line->kind) != 0 ||
        take_list(it, place, "category", line->categories, PROFILE_VALUES_MAX,
                  &line->category_count) != 0 ||
        take_list(it, place, "class", line->classes, PROFILE_VALUES_MAX, &line->class_count) != 0)
        return -1;
    if (line->class_count > 0 && !has_field(it->profile, FIELD_CLASS))
        return config_fail(&it->config, config_line(place->section),
                           "line.class: there is no column \"class\"");
    if (config_optional(place->section, "sign") != NULL &&
        take_choice(place, "sign", line_sign_word, &sign) != 0)
        return -1;
    line->sign = (enum profile_sign)sign;
    return 0;
}

static int read_lines(struct loading *it)
{
    size_t count = config_section_count(it->config.root, "line");

    for (size_t i = 0; i < count; i++) {
        struct place place = {&it->config, config_section(it->config.root, "line", i), "line."};

        if (i == PROFILE_LINES_MAX)
            return config_fail(&it->config, config_line(place.section), "more than %d lines",
                               PROFILE_LINES_MAX);
        if (read_line(it, &place, &it->profile->lines[i]) != 0)
            return -1;
    }
    if (count == 0)
        return config_fail(&it->config, config_end_line(it->config.root), "line is missing");
    it->profile->line_count = (int)count;
    return 0;
}

/* ---- rules ---- */

static const char *rule_word(int value)
{
    return value < RULE_KIND_COUNT ? rule_kind_name((enum rule_kind)value) : NULL;
}

static int take_tolerance(const struct place *place, const char *name, bool share,
                          struct decimal *out)
{
    const struct config_value *value = config_optional(place->section, name);

    if (value == NULL)
        return 0;
    if (decimal_parse(value->text, out) != DECIMAL_OK || out->units < 0)
        return place_fail(place, value, name, "is not a decimal, 0 or more");
    if (share && decimal_compare(*out, decimal_from_integer(1)) > 0)
        return place_fail(place, value, name, "is not a share from 0 to 1");
    return 0;
}

static int read_rule(struct loading *it, cfg_t *section, int number, struct match_rule *rule)
{
    struct place place = {&it->config, section, ""};
    char title[16];
    int kind = 0;

    (void)snprintf(title, sizeof(title), "%d", number);
    if (strcmp(title, section->title) != 0)
        return config_fail(&it->config, config_line(section),
                           "rule \"%s\": rules are numbered in order, this is rule \"%s\"",
                           section->title, title);
    place_name(&place, "rule \"%s\".", section->title);
    rule->number = number;
    if (take_choice(&place, "match", rule_word, &kind) != 0 ||
        take_tolerance(&place, "tolerance", false, &rule->tolerance) != 0 ||
        take_tolerance(&place, "tolerance_share", true, &rule->tolerance_share) != 0)
        return -1;
    rule->kind = (enum rule_kind)kind;
    if (rule->kind == RULE_DETAILS)
        return take_integer(&place, "window_days", 0, WINDOW_DAYS_MAX, &rule->window_days);
    if (config_optional(section, "window_days") != NULL)
        return config_fail(&it->config, config_optional(section, "window_days")->line,
                           "%swindow_days: only rules by details have one", place.path);
    return 0;
}

static int read_rules(struct loading *it)
{
    size_t count = config_section_count(it->config.root, "rule");

    if (count == 0)
        return config_fail(&it->config, config_end_line(it->config.root), "rule \"1\" is missing");
    if (count > MATCH_RULES_MAX)
        return config_fail(&it->config, config_end_line(it->config.root), "more than %d rules",
                           MATCH_RULES_MAX);
    for (size_t i = 0; i < count; i++)
        if (read_rule(it, config_section(it->config.root, "rule", i), (int)i + 1,
                      &it->profile->rules[i]) != 0)
            return -1;
    it->profile->rule_count = (int)count;
    return 0;
}

/* ---- the whole ---- */

static int parse(struct config *config, struct span text)
{
    cfg_opt_t column[] = {CONFIG_CONTEXT(config), CONFIG_LIST("headers"), CONFIG_VALUE("optional"),
                          CFG_END()};
    cfg_opt_t reference[] = {CONFIG_CONTEXT(config), CONFIG_VALUE("kind"), CONFIG_VALUE("header"),
                             CONFIG_VALUE("key"), CFG_END()};
    cfg_opt_t line[] = {CONFIG_CONTEXT(config), CONFIG_VALUE("kind"), CONFIG_LIST("category"),
                        CONFIG_LIST("class"),   CONFIG_VALUE("sign"), CFG_END()};
    cfg_opt_t rule[] = {CONFIG_CONTEXT(config),      CONFIG_VALUE("match"),
                        CONFIG_VALUE("tolerance"),   CONFIG_VALUE("tolerance_share"),
                        CONFIG_VALUE("window_days"), CFG_END()};
    cfg_opt_t root[] = {CONFIG_CONTEXT(config),
                        CONFIG_VALUE("name"),
                        CONFIG_VALUE("delimiter"),
                        CONFIG_VALUE("time_zone"),
                        CONFIG_VALUE("amount_sign"),
                        CONFIG_VALUE("currency"),
                        CONFIG_LIST("null_values"),
                        CONFIG_LIST("amount_parts"),
                        CONFIG_LIST("left_out_parts"),
                        CONFIG_TITLED("column", column),
                        CONFIG_SECTION("reference", reference),
                        CONFIG_SECTION("line", line),
                        CONFIG_TITLED("rule", rule),
                        CFG_END()};

    return config_load(config, text, root);
}

int profile_text_load(const char *name, struct span text, struct profile *profile,
                      struct arena *arena, struct error *err)
{
    struct loading it = {.config = {.name = name, .err = err}, .profile = profile, .arena = arena};
    int status = -1;

    *profile = (struct profile){0};
    if (parse(&it.config, text) == 0) {
        const struct place root = {&it.config, it.config.root, ""};

        if (read_head(&it, &root) == 0 && read_parts(&it, &root) == 0 && read_columns(&it) == 0 &&
            read_references(&it) == 0 && read_lines(&it) == 0)
            status = read_rules(&it);
    }
    config_release(&it.config);
    return status;
}

static bool is_plain_name(const char *text)
{
    return text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_")] == '\0';
}

static bool find_shipped(const char *name, struct span *text)
{
    struct shipped_profile shipped;

    for (size_t i = 0; shipped_profile(i, &shipped); i++)
        if (strcmp(shipped.name, name) == 0) {
            *text = shipped.text;
            return true;
        }
    return false;
}

int profile_load(const char *name_or_path, struct profile *profile, struct profile_source *source,
                 struct arena *arena, struct error *err)
{
    const char *name = name_or_path == NULL ? PROFILE_DEFAULT_NAME : name_or_path;
    char label[64];
    struct span text;
    char *bytes = NULL;
    int status = -1;

    *source = (struct profile_source){0};
    if (is_plain_name(name)) {
        if (!find_shipped(name, &text))
            return error_set(err, ERROR_USAGE,
                             "--profile: \"%s\" is none of focus, huaweicloud, nor the path of a "
                             "file (./%s)",
                             name, name);
        (void)snprintf(label, sizeof(label), "%.40s.conf", name);
        name = label;
    } else {
        if (config_read(name, &bytes, &text.size, err) != 0)
            return -1;
        text.data = bytes;
        (void)snprintf(source->file, sizeof(source->file), "%s", config_base_name(name));
    }
    if (config_sha256(name, text, source->sha256, err) == 0)
        status = profile_text_load(name, text, profile, arena, err);
    free(bytes);
    return status;
}
