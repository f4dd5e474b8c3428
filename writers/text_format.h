/*
 * snprintf for the few conversions that cells need, at a tenth of its time: a workbook's rows are
 * made of millions of short texts.
 */
#ifndef WRITERS_TEXT_FORMAT_H
#define WRITERS_TEXT_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * As snprintf, with %s, %.*s, %d, %u, %ld, %lld, %zu and %%, without flags or widths; anything else
 * is asserted against. How long the text is, or would be with room for it; always NUL-terminated
 * where size > 0.
 */
int text_format(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int text_format_list(char *text, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

#endif
