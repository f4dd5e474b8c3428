/*
 * Owns the use of libconfuse: parsing, and values with their lines.
 * Must not know any option.
 */
#include "readers/config.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "readers/config_text.h"

/* The context that CONFIG_CONTEXT has put first among the section's options. */
static struct config *context_of(const cfg_t *section)
{
    return (struct config *)(void *)section->opts[0].simple_value.ptr;
}

int config_fail(const struct config *config, int line, const char *format, ...)
{
    char message[ERROR_DETAIL_MAX];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    if (length < 0)
        message[0] = '\0';
    return error_set(config->err, ERROR_USAGE, "%s:%d: %s", config->name, line, message);
}

/* libconfuse's own complaints: syntax, unknown options, a title that is there already. */
static void complain(cfg_t *section, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void complain(cfg_t *section, const char *format, va_list arguments)
{
    char message[ERROR_DETAIL_MAX];

    if (vsnprintf(message, sizeof(message), format, arguments) < 0)
        message[0] = '\0';
    config_fail(context_of(section), section->line, "%s", message);
}

int config_keep_value(cfg_t *section, cfg_opt_t *option, const char *text, void *result)
{
    struct config *config = context_of(section);
    struct config_value *value;

    /* The option's default is not used otherwise: it keeps the line the option was given on. */
    if (option->nvalues == 1 && option->def.number != 0)
        return config_fail(config, section->line, "%s is given twice, first on line %ld",
                           option->name, option->def.number);
    if (option->nvalues == 1)
        option->def.number = section->line;

    value = arena_alloc(&config->arena, sizeof(*value));
    if (value == NULL ||
        arena_copy(&config->arena, (struct span){text, strlen(text) + 1}, &value->text) != 0)
        return error_set(config->err, ERROR_IO, "%s: out of memory", config->name);
    value->text.size--;
    value->line = section->line;
    *(void **)result = value;
    return 0;
}

/* The context's default is not used either: it keeps the line the section begins on. */
int config_end_section(cfg_t *parent, cfg_opt_t *option)
{
    struct config *config = context_of(parent);
    cfg_t *section = option->values[option->nvalues - 1]->section;

    section->opts[0].def.number = *config->section_lines++;
    return 0;
}

static int read_all(FILE *file, const char *path, char **bytes, size_t *size, struct error *err)
{
    /* One byte more than allowed tells a file that is too large. */
    char *buffer = malloc(CONFIG_FILE_BYTES_MAX + 1);
    size_t used;

    if (buffer == NULL)
        return error_set(err, ERROR_IO, "%s: out of memory", path);
    errno = 0;
    used = fread(buffer, 1, CONFIG_FILE_BYTES_MAX + 1, file);
    if (ferror(file) || used > CONFIG_FILE_BYTES_MAX) {
        if (ferror(file))
            error_set(err, ERROR_USAGE, "%s: %s", path, strerror(errno));
        else
            error_set(err, ERROR_USAGE, "%s: larger than %d bytes", path, CONFIG_FILE_BYTES_MAX);
        free(buffer);
        return -1;
    }
    *bytes = buffer;
    *size = used;
    return 0;
}

int config_read(const char *path, char **bytes, size_t *size, struct error *err)
{
    FILE *file = fopen(path, "re");
    int status;

    if (file == NULL)
        return error_set(err, ERROR_USAGE, "%s: %s", path, strerror(errno));
    status = read_all(file, path, bytes, size, err);
    if (fclose(file) != 0 && status == 0) {
        free(*bytes);
        return error_set(err, ERROR_USAGE, "%s: %s", path, strerror(errno));
    }
    return status;
}

const char *config_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

int config_sha256(const char *name, struct span bytes, char text[SHA256_TEXT_MAX],
                  struct error *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;

    if (EVP_Digest(bytes.data, bytes.size, digest, &size, EVP_sha256(), NULL) != 1)
        return error_set(err, ERROR_IO, "%s: SHA-256 is not available", name);
    assert(size == SHA256_BYTES);
    sha256_text(digest, text);
    return 0;
}

int config_load(struct config *config, struct span text, cfg_opt_t *options)
{
    struct clean_text clean;
    FILE *stream;
    int status = -1;

    assert(config->root == NULL);
    if (config_clean(config->name, text, &clean, config->err) != 0)
        return -1;
    /* fmemopen takes no empty text: a blank in the place of the NUL. */
    clean.text[clean.size++] = ' ';

    config->section_lines = clean.section_lines;
    config->root = cfg_init(options, CFGF_NONE);
    stream = fmemopen(clean.text, clean.size, "r");
    if (config->root == NULL || stream == NULL) {
        error_set(config->err, ERROR_IO, "%s: out of memory", config->name);
        goto done;
    }
    cfg_set_error_function(config->root, complain);
    if (cfg_parse_fp(config->root, stream) != CFG_SUCCESS) {
        error_set(config->err, ERROR_USAGE, "%s:%d: can't be understood from here", config->name,
                  config->root->line);
        goto done;
    }
    assert(config->section_lines == clean.section_lines + clean.section_count);
    /* Behind the last line end is no line to speak of. */
    if (clean.size > 1 && clean.text[clean.size - 2] == '\n')
        config->root->line--;
    status = 0;

done:
    if (stream != NULL)
        fclose(stream);
    free(clean.text);
    free(clean.section_lines);
    config->section_lines = NULL;
    return status;
}

void config_release(struct config *config)
{
    if (config->root != NULL)
        cfg_free(config->root);
    config->root = NULL;
    arena_release(&config->arena);
}

int config_line(const cfg_t *section)
{
    return (int)section->opts[0].def.number;
}

int config_end_line(const cfg_t *section)
{
    return section->line;
}

/* The option, which is one of the section's. */
static cfg_opt_t *option_of(cfg_t *section, const char *name)
{
    cfg_opt_t *option = cfg_getopt(section, name);

    assert(option != NULL);
    return option;
}

const struct config_value *config_optional(cfg_t *section, const char *name)
{
    const cfg_opt_t *option = option_of(section, name);

    return option->nvalues == 0 ? NULL : option->values[0]->ptr;
}

const struct config_value *config_value(const struct config *config, cfg_t *section,
                                        const char *name)
{
    const struct config_value *value = config_optional(section, name);

    if (value == NULL)
        config_fail(config, config_end_line(section), "%s is missing", name);
    return value;
}

bool config_given(cfg_t *section, const char *name)
{
    return option_of(section, name)->nvalues > 0;
}

size_t config_list_size(cfg_t *section, const char *name)
{
    const cfg_opt_t *option = option_of(section, name);
    const struct config_value *first;

    if (option->nvalues != 1)
        return option->nvalues;
    first = option->values[0]->ptr;
    return span_is(first->text, CONFIG_EMPTY_LIST) ? 0 : 1;
}

const struct config_value *config_list_value(cfg_t *section, const char *name, size_t index)
{
    const cfg_opt_t *option = option_of(section, name);

    assert(index < option->nvalues);
    return option->values[index]->ptr;
}

size_t config_section_count(cfg_t *section, const char *name)
{
    return option_of(section, name)->nvalues;
}

cfg_t *config_section(cfg_t *section, const char *name, size_t index)
{
    const cfg_opt_t *option = option_of(section, name);

    assert(index < option->nvalues);
    return option->values[index]->section;
}

int config_single(const struct config *config, cfg_t *section, const char *name, cfg_t **found)
{
    size_t count = config_section_count(section, name);

    if (count > 1)
        return config_fail(config, config_line(config_section(section, name, 1)),
                           "%s is given twice, first on line %d", name,
                           config_line(config_section(section, name, 0)));
    *found = count == 0 ? NULL : config_section(section, name, 0);
    return 0;
}

int config_integer(const struct config *config, const struct config_value *value, const char *name,
                   int min, int max, int *out)
{
    int64_t number = 0;

    for (size_t i = 0; i < value->text.size; i++) {
        char digit = value->text.data[i];

        if (digit < '0' || digit > '9' || i >= 18)
            return config_fail(config, value->line,
                               "%s: \"%s\" is not a whole number from %d to %d", name,
                               value->text.data, min, max);
        number = number * 10 + (digit - '0');
    }
    if (value->text.size == 0 || number < min || number > max)
        return config_fail(config, value->line, "%s: \"%s\" is not a whole number from %d to %d",
                           name, value->text.data, min, max);
    *out = (int)number;
    return 0;
}
