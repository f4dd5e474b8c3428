/*
 * Checks a configuration text and frees it of comments, so that libconfuse sees only what it reads
 * faithfully, line by line as written (readers/config.h says why).
 */
#ifndef READERS_CONFIG_TEXT_H
#define READERS_CONFIG_TEXT_H

#include <stddef.h>

#include "policy/error.h"
#include "policy/span.h"

/* Stands as the one value of a list written empty: libconfuse tells nobody of those. */
#define CONFIG_EMPTY_LIST "\002"

enum { CONFIG_DEPTH_MAX = 8 };

/* A text freed of comments, every token on the line it was on. Both are the caller's to free. */
struct clean_text {
    char *text; /* NUL-terminated */
    size_t size;
    int *section_lines; /* that sections open on, in the order in which they end */
    size_t section_count;
};

/* 0, or -1 with err filled (ERROR_USAGE, "name:line: cause") and nothing to free. */
int config_clean(const char *name, struct span text, struct clean_text *clean, struct error *err)
    __attribute__((warn_unused_result));

#endif
