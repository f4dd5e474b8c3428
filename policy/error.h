/*
 * Why a run can't go on. Filled once by the callee that knows the cause, passed up untouched and
 * printed once, by main. A bad row is no error (see policy/reject.h); a bug is an assert.
 */
#ifndef POLICY_ERROR_H
#define POLICY_ERROR_H

#include <stdint.h>

/* The kinds of failure, each with one exit status (outputs.md, "Exit status"). */
enum error_kind {
    ERROR_NONE,    /* 0  */
    ERROR_USAGE,   /* 2  usage, configuration or policy file */
    ERROR_INPUT,   /* 3  an export is refused */
    ERROR_CONTROL, /* 4  a control total does not hold, or a written file does not read back */
    ERROR_CLOSED,  /* 5  the period is closed with other inputs, or out of order */
    ERROR_IO,      /* 6  reading or writing failed, memory included */
    ERROR_BUSY,    /* 75 another run holds the books */
};

enum { ERROR_DETAIL_MAX = 1024 };

struct error {
    enum error_kind kind;
    char
        detail[ERROR_DETAIL_MAX]; /* one line, "file:line: cause" where there is a place; clipped */
};

/*
 * Fills err, unless it already holds an earlier failure (the first cause is the one to tell).
 * Control characters in the text are replaced by '?', so that a message is always one line.
 * Returns -1, so that a caller can `return error_set(...)`.
 */
int error_set(struct error *err, enum error_kind kind, const char *format, ...)
    __attribute__((cold, format(printf, 3, 4)));

/* The same for a failed system call: appends ": " and the message for error_number. ERROR_IO. */
int error_set_errno(struct error *err, int error_number, const char *format, ...)
    __attribute__((cold, format(printf, 3, 4)));

/* The exit status that stands for the kind. */
int error_exit_status(enum error_kind kind);

#endif
