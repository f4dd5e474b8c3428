/*
 * Owns the syntax of configuration texts: encoding, comments, quotes, braces.
 * Must not know any option.
 */
#include "readers/config_text.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "readers/config.h"

struct cleaner {
    const char *name;
    struct error *err;
    struct span text;
    size_t at;
    int line;
    char *out;
    size_t used;
    char before_last; /* the last two tokens: a mark, or 'w' for a word or a string */
    char last;
    int depth;
    struct {
        int line;
        bool section;
    } open[CONFIG_DEPTH_MAX]; /* the braces that are open */
    int *section_lines;
    size_t section_count;
};

static int refuse(const struct cleaner *cleaner, int line, const char *cause)
{
    return error_set(cleaner->err, ERROR_USAGE, "%s:%d: %s", cleaner->name, line, cause);
}

/* The byte `ahead` of the place, or NUL behind the end (the text itself holds none). */
static char peek(const struct cleaner *cleaner, size_t ahead)
{
    size_t at = cleaner->at + ahead;

    return at < cleaner->text.size ? cleaner->text.data[at] : '\0';
}

static void emit(struct cleaner *cleaner, char byte)
{
    cleaner->out[cleaner->used++] = byte;
}

static void emit_token(struct cleaner *cleaner, char byte)
{
    emit(cleaner, byte);
    cleaner->before_last = cleaner->last;
    cleaner->last = byte;
}

/* The length of the well-formed UTF-8 character at the front (RFC 3629), or 0. */
static size_t character_length(const unsigned char *bytes, size_t size)
{
    unsigned char lead = bytes[0];
    unsigned char second_min = 0x80;
    unsigned char second_max = 0xBF;
    size_t length;

    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (lead == 0xE0)
        second_min = 0xA0;
    else if (lead == 0xED)
        second_max = 0x9F;
    else if (lead == 0xF0)
        second_min = 0x90;
    else if (lead == 0xF4)
        second_max = 0x8F;
    if (length > size || bytes[1] < second_min || bytes[1] > second_max)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if (bytes[i] < 0x80 || bytes[i] > 0xBF)
            return 0;
    }
    return length;
}

static bool control_allowed(const unsigned char *bytes, size_t size)
{
    return bytes[0] == '\t' || bytes[0] == '\n' ||
           (bytes[0] == '\r' && size > 1 && bytes[1] == '\n');
}

static int check_encoding(const struct cleaner *cleaner)
{
    int line = 1;
    size_t length;

    for (size_t at = 0; at < cleaner->text.size; at += length) {
        const unsigned char *bytes = (const unsigned char *)cleaner->text.data + at;
        size_t left = cleaner->text.size - at;

        length = character_length(bytes, left);
        if (length == 0)
            return refuse(cleaner, line, "the text is not valid UTF-8");
        if ((bytes[0] < 0x20 || bytes[0] == 0x7F) && !control_allowed(bytes, left))
            return refuse(cleaner, line, "the text holds a control character");
        if (bytes[0] == '\n')
            line++;
    }
    return 0;
}

static void skip_to_line_end(struct cleaner *cleaner)
{
    while (cleaner->at < cleaner->text.size && peek(cleaner, 0) != '\n')
        cleaner->at++;
}

/* Leaves the line ends of a C comment, so that what follows keeps its line. */
static int skip_comment(struct cleaner *cleaner)
{
    int opened = cleaner->line;

    for (cleaner->at += 2; cleaner->at < cleaner->text.size; cleaner->at++) {
        if (peek(cleaner, 0) == '*' && peek(cleaner, 1) == '/') {
            cleaner->at += 2;
            emit(cleaner, ' ');
            return 0;
        }
        if (peek(cleaner, 0) == '\n') {
            cleaner->line++;
            emit(cleaner, '\n');
        }
    }
    return refuse(cleaner, opened, "the comment that begins here never ends");
}

static int copy_string(struct cleaner *cleaner)
{
    char quote = peek(cleaner, 0);
    size_t start = cleaner->at;

    emit_token(cleaner, quote);
    cleaner->last = 'w';
    for (cleaner->at++; cleaner->at < cleaner->text.size; cleaner->at++) {
        char byte = peek(cleaner, 0);
        char next = peek(cleaner, 1);

        if (byte == '\n')
            break;
        if (cleaner->at - start > CONFIG_VALUE_BYTES_MAX)
            return refuse(cleaner, cleaner->line, "the value is too long");
        if (byte == '$' && next == '{')
            return refuse(cleaner, cleaner->line, "values are not taken from the environment");
        emit(cleaner, byte);
        if (byte == quote) {
            cleaner->at++;
            return 0;
        }
        if (byte != '\\')
            continue;
        if (quote == '\'' || (next != 't' && next != '"' && next != '\\'))
            return refuse(cleaner, cleaner->line, "a backslash that is no \\t, \\\" or \\\\");
        emit(cleaner, next);
        cleaner->at++;
    }
    return refuse(cleaner, cleaner->line, "the string that begins here does not end on its line");
}

static bool is_word(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.' || byte == ':';
}

static int copy_word(struct cleaner *cleaner)
{
    size_t start = cleaner->at;

    emit_token(cleaner, peek(cleaner, 0));
    cleaner->last = 'w';
    for (cleaner->at++; is_word(peek(cleaner, 0)); cleaner->at++)
        emit(cleaner, peek(cleaner, 0));
    if (cleaner->at - start > CONFIG_VALUE_BYTES_MAX)
        return refuse(cleaner, cleaner->line, "the value is too long");
    return 0;
}

static int copy_mark(struct cleaner *cleaner)
{
    char mark = peek(cleaner, 0);

    cleaner->at++;
    if (mark == '{') {
        if (cleaner->depth == CONFIG_DEPTH_MAX)
            return refuse(cleaner, cleaner->line, "braces are nested too deeply");
        cleaner->open[cleaner->depth].line = cleaner->line;
        cleaner->open[cleaner->depth].section = cleaner->last != '=';
        cleaner->depth++;
    }
    if (mark == '}') {
        if (cleaner->depth == 0)
            return refuse(cleaner, cleaner->line, "a closing brace without an opening one");
        cleaner->depth--;
        if (cleaner->open[cleaner->depth].section)
            cleaner->section_lines[cleaner->section_count++] = cleaner->open[cleaner->depth].line;
        if (cleaner->last == '{' && cleaner->before_last == '=') {
            for (const char *byte = "\"" CONFIG_EMPTY_LIST "\""; *byte != '\0'; byte++)
                emit(cleaner, *byte);
        }
    }
    emit_token(cleaner, mark);
    return 0;
}

static int copy_next(struct cleaner *cleaner)
{
    char byte = peek(cleaner, 0);

    switch (byte) {
    case '\n':
        cleaner->line++;
        emit(cleaner, '\n');
        cleaner->at++;
        return 0;
    case ' ':
    case '\t':
    case '\r':
        emit(cleaner, ' ');
        cleaner->at++;
        return 0;
    case '#':
        skip_to_line_end(cleaner);
        return 0;
    case '"':
    case '\'':
        return copy_string(cleaner);
    case '{':
    case '}':
    case '=':
    case ',':
        return copy_mark(cleaner);
    default:
        break;
    }
    if (byte == '/' && peek(cleaner, 1) == '*')
        return skip_comment(cleaner);
    if (byte == '/' && peek(cleaner, 1) == '/') {
        skip_to_line_end(cleaner);
        return 0;
    }
    if (is_word(byte))
        return copy_word(cleaner);
    return refuse(cleaner, cleaner->line, "a character that must stand in quotes");
}

static size_t count_braces(struct span text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == '{';
    return count;
}

static int copy_all(struct cleaner *cleaner)
{
    if (cleaner->text.size >= 3 && memcmp(cleaner->text.data, "\xEF\xBB\xBF", 3) == 0)
        cleaner->at = 3;
    while (cleaner->at < cleaner->text.size) {
        if (copy_next(cleaner) != 0)
            return -1;
    }
    if (cleaner->depth > 0)
        return refuse(cleaner, cleaner->open[cleaner->depth - 1].line,
                      "the brace that opens here is never closed");
    return 0;
}

int config_clean(const char *name, struct span text, struct clean_text *clean, struct error *err)
{
    struct cleaner cleaner = {.name = name, .err = err, .text = text, .line = 1};
    size_t out_max = 3 * text.size; /* only an empty list grows, "{}" to five bytes */

    if (check_encoding(&cleaner) != 0)
        return -1;
    cleaner.out = malloc(out_max + 1);
    cleaner.section_lines = malloc((count_braces(text) + 1) * sizeof(int));
    if (cleaner.out == NULL || cleaner.section_lines == NULL) {
        error_set(err, ERROR_IO, "%s: out of memory", name);
        goto failed;
    }
    if (copy_all(&cleaner) != 0)
        goto failed;
    assert(cleaner.used <= out_max);
    cleaner.out[cleaner.used] = '\0';
    *clean = (struct clean_text){cleaner.out, cleaner.used, cleaner.section_lines,
                                 cleaner.section_count};
    return 0;

failed:
    free(cleaner.out);
    free(cleaner.section_lines);
    return -1;
}
