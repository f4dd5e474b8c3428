/*
 * Owns the settings' names, defaults and bounds in job configurations.
 * Must not know how a setting is used.
 */
#include "readers/job_config.h"

#include <stdlib.h>
#include <string.h>

#include "readers/config.h"
#include "readers/table.h"

static int fail_at(const struct config *config, const struct config_value *value, const char *name,
                   const char *cause)
{
    return config_fail(config, value->line, "%s: \"%s\" %s", name, value->text.data, cause);
}

static int read_company(const struct config *config, struct job_config *job)
{
    const struct config_value *value = config_optional(config->root, "company");

    if (value == NULL)
        return 0;
    if (value->text.size >= sizeof(job->company))
        return fail_at(config, value, "company", "is longer than 256 bytes");
    if (memchr(value->text.data, '\t', value->text.size) != NULL)
        return fail_at(config, value, "company", "holds a tab");
    memcpy(job->company, value->text.data, value->text.size + 1);
    return 0;
}

static int read_delimiter(const struct config *config, struct job_config *job)
{
    const struct config_value *value = config_optional(config->root, "delimiter");

    if (value == NULL)
        return 0;
    if (span_is(value->text, "tab")) {
        job->delimiter = '\t';
        return 0;
    }
    if (value->text.size != 1 || strchr(",;|:^~\t", value->text.data[0]) == NULL)
        return fail_at(config, value, "delimiter", "is none of , ; | : ^ ~ tab");
    job->delimiter = value->text.data[0];
    return 0;
}

static int find_input(const char *name)
{
    int input = 0;

    while (input < INPUT_COUNT && strcmp(input_name((enum input)input), name) != 0)
        input++;
    return input;
}

/* The column with that name, or NULL. */
static const struct column *find_column(const struct table *table, const char *name)
{
    for (int i = 0; i < table->column_count; i++) {
        if (strcmp(table->columns[i].name, name) == 0)
            return &table->columns[i];
    }
    return NULL;
}

/* The header that stands for the column: its alias among those from `first` on, or its name. */
static const char *header_of(const struct job_config *job, size_t first,
                             const struct column *column)
{
    for (size_t i = first; i < job->alias_count; i++) {
        if (strcmp(job->aliases[i].column, column->name) == 0)
            return job->aliases[i].header;
    }
    return column->name;
}

static int check_header(const struct config *config, const struct config_value *value)
{
    const char *text = value->text.data;
    size_t size = value->text.size;

    if (size == 0 || size > TEXT_BYTES_MAX)
        return fail_at(config, value, "header", "is empty or longer than 256 bytes");
    if (memchr(text, '\t', size) != NULL || text[0] == ' ' || text[size - 1] == ' ')
        return fail_at(config, value, "header", "holds a tab, or a space at an end");
    return 0;
}

static int read_column(const struct config *config, const struct table *table, cfg_t *section,
                       struct job_config *job)
{
    const struct column *column = find_column(table, section->title);
    const struct config_value *value;
    struct span header;

    if (column == NULL)
        return config_fail(config, config_line(section),
                           "input \"%s\": \"%s\" is none of its columns", input_name(table->input),
                           section->title);
    value = config_value(config, section, "header");
    if (value == NULL || check_header(config, value) != 0)
        return -1;
    if (job->alias_count == HEADER_ALIASES_MAX)
        return config_fail(config, value->line, "more than %d columns", HEADER_ALIASES_MAX);
    if (arena_copy(&job->texts, (struct span){value->text.data, value->text.size + 1}, &header) !=
        0)
        return error_set(config->err, ERROR_IO, "%s: out of memory", config->name);
    job->aliases[job->alias_count++] =
        (struct header_alias){table->input, column->name, header.data};
    return 0;
}

/* No header may stand for two columns of the input, be it by alias or by name. */
static int check_headers(const struct config *config, const struct table *table, cfg_t *section,
                         const struct job_config *job, size_t first)
{
    for (size_t i = first; i < job->alias_count; i++) {
        const struct header_alias *alias = &job->aliases[i];
        cfg_t *named = config_section(section, "column", i - first);

        for (int c = 0; c < table->column_count; c++) {
            const struct column *column = &table->columns[c];

            if (strcmp(column->name, alias->column) == 0 ||
                strcmp(header_of(job, first, column), alias->header) != 0)
                continue;
            return config_fail(config, config_optional(named, "header")->line,
                               "input \"%s\": \"%s\" would stand for %s and for %s",
                               input_name(table->input), alias->header, column->name,
                               alias->column);
        }
    }
    return 0;
}

static int read_inputs(const struct config *config, struct job_config *job)
{
    size_t count = config_section_count(config->root, "input");

    for (size_t i = 0; i < count; i++) {
        cfg_t *section = config_section(config->root, "input", i);
        int input = find_input(section->title);
        size_t first = job->alias_count;
        const struct table *table;

        if (input == INPUT_COUNT)
            return config_fail(config, config_line(section), "\"%s\" is no input", section->title);
        table = table_of((enum input)input);
        for (size_t c = 0; c < config_section_count(section, "column"); c++) {
            if (read_column(config, table, config_section(section, "column", c), job) != 0)
                return -1;
        }
        if (check_headers(config, table, section, job, first) != 0)
            return -1;
    }
    return 0;
}

static int read_template(const struct config *config, cfg_t *section, const char *name,
                         char out[CHART_TEMPLATE_MAX])
{
    const struct config_value *value = config_optional(section, name);
    const char *fault;

    if (value == NULL)
        return 0;
    fault = chart_template_fault(value->text);
    if (fault != NULL)
        return fail_at(config, value, name, fault);
    memcpy(out, value->text.data, value->text.size + 1);
    return 0;
}

static int read_journal(const struct config *config, struct job_config *job)
{
    struct chart *chart = &job->chart;
    cfg_t *section;

    if (config_single(config, config->root, "journal", &section) != 0)
        return -1;
    if (section == NULL)
        return 0;
    if (read_template(config, section, "refund_expense", chart->refund_expense) != 0 ||
        read_template(config, section, "compensation_expense", chart->compensation_expense) != 0 ||
        read_template(config, section, "reward_expense", chart->reward_expense) != 0 ||
        read_template(config, section, "payable", chart->payable) != 0)
        return -1;
    return 0;
}

static int read_workbook(const struct config *config, struct job_config *job)
{
    const struct config_value *value;
    cfg_t *section;
    int rows_max = WORKBOOK_ROWS_DEFAULT;

    if (config_single(config, config->root, "workbook", &section) != 0)
        return -1;
    if (section == NULL)
        return 0;
    value = config_optional(section, "rows_max");
    if (value != NULL &&
        config_integer(config, value, "rows_max", 1, WORKBOOK_ROWS_MAX, &rows_max) != 0)
        return -1;
    job->workbook_rows_max = (uint32_t)rows_max;
    return 0;
}

static int parse(struct config *config, struct span text)
{
    cfg_opt_t column[] = {CONFIG_CONTEXT(config), CONFIG_VALUE("header"), CFG_END()};
    cfg_opt_t input[] = {CONFIG_CONTEXT(config), CONFIG_TITLED("column", column), CFG_END()};
    cfg_opt_t journal[] = {CONFIG_CONTEXT(config),
                           CONFIG_VALUE("refund_expense"),
                           CONFIG_VALUE("compensation_expense"),
                           CONFIG_VALUE("reward_expense"),
                           CONFIG_VALUE("payable"),
                           CFG_END()};
    cfg_opt_t workbook[] = {CONFIG_CONTEXT(config), CONFIG_VALUE("rows_max"), CFG_END()};
    cfg_opt_t root[] = {CONFIG_CONTEXT(config),
                        CONFIG_VALUE("company"),
                        CONFIG_VALUE("delimiter"),
                        CONFIG_TITLED("input", input),
                        CONFIG_SECTION("journal", journal),
                        CONFIG_SECTION("workbook", workbook),
                        CFG_END()};

    return config_load(config, text, root);
}

static struct job_config defaults(void)
{
    return (struct job_config){
        .delimiter = ',',
        .chart = chart_default,
        .workbook_rows_max = WORKBOOK_ROWS_DEFAULT,
    };
}

int job_config_text_load(const char *name, struct span text, struct job_config *config,
                         struct error *err)
{
    struct config file = {.name = name, .err = err};
    struct job_config job = defaults();
    int status = -1;

    if (parse(&file, text) == 0 && read_company(&file, &job) == 0 &&
        read_delimiter(&file, &job) == 0 && read_inputs(&file, &job) == 0 &&
        read_journal(&file, &job) == 0 && read_workbook(&file, &job) == 0)
        status = 0;
    config_release(&file);
    if (status == 0)
        *config = job;
    else
        job_config_release(&job);
    return status;
}

int job_config_load(const char *path, struct job_config *config, struct error *err)
{
    char sha256[SHA256_TEXT_MAX];
    struct span text;
    char *bytes = NULL;
    int status = -1;

    if (path == NULL) {
        *config = defaults();
        return 0;
    }
    if (config_read(path, &bytes, &text.size, err) != 0)
        return -1;
    text.data = bytes;
    if (config_sha256(path, text, sha256, err) == 0 &&
        job_config_text_load(path, text, config, err) == 0) {
        memcpy(config->sha256, sha256, sizeof(sha256));
        status = 0;
    }
    free(bytes);
    return status;
}

void job_config_release(struct job_config *config)
{
    arena_release(&config->texts);
    config->alias_count = 0;
}
