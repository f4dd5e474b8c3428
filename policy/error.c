/*
 * Owns the wording of a failure on its way to main: one line, clipped, first cause kept.
 * Must not know who prints it or where.
 */
#include "policy/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Cuts a UTF-8 sequence that clipping has left without its end. */
static void drop_broken_tail(char *text)
{
    size_t size = strlen(text);
    size_t tail = 0; /* continuation bytes at the end */
    size_t wanted;
    unsigned char lead;

    while (tail < 3 && tail < size && ((unsigned char)text[size - 1 - tail] & 0xC0) == 0x80)
        tail++;
    if (tail == size)
        return;
    lead = (unsigned char)text[size - 1 - tail];
    wanted = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (tail < wanted)
        text[size - 1 - tail] = '\0';
}

static void replace_controls(char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte < 0x20 || byte == 0x7F)
            *text = '?';
    }
}

/* Formats into the first `room` bytes of the detail, NUL included. */
static void fill(struct error *err, size_t room, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

static void fill(struct error *err, size_t room, const char *format, va_list arguments)
{
    int length = vsnprintf(err->detail, room, format, arguments);

    if (length < 0)
        err->detail[0] = '\0';
    else if ((size_t)length >= room)
        drop_broken_tail(err->detail);
    replace_controls(err->detail);
}

int error_set(struct error *err, enum error_kind kind, const char *format, ...)
{
    va_list arguments;

    assert(kind != ERROR_NONE);
    if (err->kind != ERROR_NONE)
        return -1;

    err->kind = kind;
    va_start(arguments, format);
    fill(err, sizeof(err->detail), format, arguments);
    va_end(arguments);
    return -1;
}

int error_set_errno(struct error *err, int error_number, const char *format, ...)
{
    char buffer[128];
    const char *cause;
    size_t cause_size;
    size_t size;
    va_list arguments;

    if (err->kind != ERROR_NONE)
        return -1;

    /* The cause matters more than the end of a long path, so that its room is kept free. */
    cause = strerror_r(error_number, buffer, sizeof(buffer));
    cause_size = strnlen(cause, sizeof(buffer));

    err->kind = ERROR_IO;
    va_start(arguments, format);
    fill(err, sizeof(err->detail) - 2 - cause_size, format, arguments);
    va_end(arguments);

    size = strlen(err->detail);
    memcpy(err->detail + size, ": ", 2);
    memcpy(err->detail + size + 2, cause, cause_size);
    err->detail[size + 2 + cause_size] = '\0';
    return -1;
}

int error_exit_status(enum error_kind kind)
{
    static const int STATUS[] = {
        [ERROR_NONE] = 0,   [ERROR_USAGE] = 2, [ERROR_INPUT] = 3, [ERROR_CONTROL] = 4,
        [ERROR_CLOSED] = 5, [ERROR_IO] = 6,    [ERROR_BUSY] = 75,
    };

    return STATUS[kind];
}
