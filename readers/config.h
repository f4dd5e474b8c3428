/*
 * What the policy file and the job configuration share: a text file in libconfuse's syntax whose
 * every value is text and knows its line, so that all checks can name the line they failed on.
 *
 * libconfuse alone would let pass what must not pass here: it takes values from the environment
 * (${NAME}), skips characters that it does not know, lets a comment without an end swallow the rest
 * of the file, lets a later value replace an earlier one, and counts lines wrong behind a comment.
 * So the text is checked and freed of comments first. The syntax that remains:
 *
 *     name = value    name = {value, value}    section { ... }    section "title" { ... }
 *
 * Values are quoted, or bare words of letters, digits, '-', '_', '.', ':'. In double quotes, \t,
 * \" and \\ are the only escapes. Comments are #, // and C comments.
 *
 * Order of calls: config_load, the getters, config_release. Not for several threads at once: the
 * library's scanner is global.
 */
#ifndef READERS_CONFIG_H
#define READERS_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include <confuse.h>

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/span.h"
#include "readers/input.h"

enum {
    CONFIG_FILE_BYTES_MAX = 1 << 20,
    CONFIG_VALUE_BYTES_MAX = 1024,
};

struct config {
    const char *name; /* of the file, in messages; borrowed */
    struct error *err;
    struct arena arena; /* of the values */
    cfg_t *root;
    const int *section_lines; /* while parsing: of the sections yet to end */
};

/* One value: valid until config_release. */
struct config_value {
    int line;
    struct span text; /* NUL-terminated as well; valid UTF-8 without control characters but tab */
};

/*
 * Options of a section, as automatic arrays: the context first, CFG_END() last. A section may be
 * written once, or, titled, once for every title (config_section counts).
 */
#define CONFIG_CONTEXT(config)                                                                     \
    __CFG_PTR("\001", 0, CFGF_NODEFAULT, (void **)(config), config_keep_value, 0)
#define CONFIG_VALUE(name) CFG_PTR_CB(name, 0, CFGF_NODEFAULT, config_keep_value, 0)
#define CONFIG_LIST(name) CFG_PTR_LIST_CB(name, 0, CFGF_NODEFAULT, config_keep_value, 0)
#define CONFIG_SECTION_OF(title, options, multi)                                                   \
    {                                                                                              \
        .name = (title), .type = CFGT_SEC, .flags = (multi), .subopts = (options),                 \
        .validcb = config_end_section                                                              \
    }
#define CONFIG_SECTION(name, options) CONFIG_SECTION_OF(name, options, CFGF_MULTI)
#define CONFIG_TITLED(name, options)                                                               \
    CONFIG_SECTION_OF(name, options, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES)

/*
 * Reads the file whole: ERROR_USAGE when it can't be read or is over CONFIG_FILE_BYTES_MAX. The
 * caller frees *bytes.
 */
int config_read(const char *path, char **bytes, size_t *size, struct error *err)
    __attribute__((warn_unused_result));

/* The name without its folders. */
const char *config_base_name(const char *path);

/* SHA-256 of the bytes, lower-case hex: 0, or -1 with err filled. */
int config_sha256(const char *name, struct span bytes, char text[SHA256_TEXT_MAX],
                  struct error *err) __attribute__((warn_unused_result));

/*
 * Parses text. config->name and config->err are set by the caller, the rest zero. 0, or -1 with err
 * filled (ERROR_USAGE, "name:line: cause"). To be released either way.
 */
int config_load(struct config *config, struct span text, cfg_opt_t *options)
    __attribute__((warn_unused_result));
void config_release(struct config *config);

/* Fails with ERROR_USAGE and "name:line: message". Returns -1. */
int config_fail(const struct config *config, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The line a section begins on, and the one it ends on: the place to tell of what it lacks. */
int config_line(const cfg_t *section);
int config_end_line(const cfg_t *section);

/* A value that must be given: NULL, with err filled, when it is not. */
const struct config_value *config_value(const struct config *config, cfg_t *section,
                                        const char *name) __attribute__((warn_unused_result));
/* A value that may be left out: NULL when it is. */
const struct config_value *config_optional(cfg_t *section, const char *name);

/* A list: its values one by one. config_given tells an empty list from none. */
bool config_given(cfg_t *section, const char *name);
size_t config_list_size(cfg_t *section, const char *name);
const struct config_value *config_list_value(cfg_t *section, const char *name, size_t index);

/* Sections of a name: how many, and each. */
size_t config_section_count(cfg_t *section, const char *name);
cfg_t *config_section(cfg_t *section, const char *name, size_t index);

/* *found = the only section of that name, or NULL. -1, with err filled, when there are several. */
int config_single(const struct config *config, cfg_t *section, const char *name, cfg_t **found)
    __attribute__((warn_unused_result));

/* A whole number, plain digits, within the bounds: 0, or -1 with err filled. */
int config_integer(const struct config *config, const struct config_value *value, const char *name,
                   int min, int max, int *out) __attribute__((warn_unused_result));

/* libconfuse's callbacks of the macros above: a value is read, a section is at its end. */
int config_keep_value(cfg_t *section, cfg_opt_t *option, const char *text, void *result);
int config_end_section(cfg_t *parent, cfg_opt_t *option);

#endif
