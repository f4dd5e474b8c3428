/*
 * What the program says to people, on standard error: errors and warnings always, a summary on a
 * terminal. Under cron a month that went well says nothing.
 *
 *                terminal   cron   --quiet   --verbose
 *     error         x         x       x          x
 *     warning       x         x                  x
 *     note          x                            x
 *     detail                                     x
 *
 * Colour only on a terminal, without NO_COLOR (https://no-color.org) and TERM=dumb. Every line is
 * written in one piece; control characters and invalid UTF-8 are the caller's to keep out (struct
 * error does). Not for several threads at once.
 */
#ifndef BATCH_REPORT_H
#define BATCH_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "policy/error.h"

struct options;
struct progress;

struct report {
    FILE *out;
    bool terminal;
    bool colour;
    bool quiet;
    bool verbose;
    struct progress *progress; /* taken off the screen before a line is written; may be NULL */
};

/* For standard error, as the options, the terminal and the environment say. */
void report_init(struct report *report, const struct options *options);

/* The one line that an error is: its detail and nothing else. */
void report_error(struct report *report, const struct error *err);

/* "warning: ..." */
void report_warning(struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A line for whoever looks on. */
void report_note(struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A line for whoever asked for more. */
void report_detail(struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * A detail: how long the stage took that ends here and began at *clock (progress_clock), and how
 * much memory the process has had at most. *clock is moved on to the next stage's beginning.
 */
void report_stage(struct report *report, const char *stage, uint64_t *clock);

/* The summary, in aligned lines, shown like notes: a heading, then labels with their values. */
void report_heading(struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void report_value(struct report *report, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum { REPORT_NUMBER_TEXT_MAX = 48 };

/* "1,234,567", for summaries; returns text. */
const char *report_number(unsigned long long number, char text[REPORT_NUMBER_TEXT_MAX]);

/* "1.6 GB" and the like, for summaries; returns text. */
const char *report_bytes(unsigned long long bytes, char text[REPORT_NUMBER_TEXT_MAX]);

#endif
