/*
 * Owns the lines on standard error: which are shown, and how they look.
 * Must not know what they are about.
 */
#include "batch/report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "batch/options.h"
#include "batch/progress.h"

enum { LINE_MAX_BYTES = 4096, LABEL_WIDTH = 16 };

#define RED "\033[31m"
#define YELLOW "\033[33m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

static bool wants_colour(void)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");

    return (no_colour == NULL || no_colour[0] == '\0') && terminal != NULL &&
           strcmp(terminal, "dumb") != 0;
}

void report_init(struct report *report, const struct options *options)
{
    bool terminal = isatty(STDERR_FILENO) == 1;

    *report = (struct report){
        .out = stderr,
        .terminal = terminal,
        .colour = terminal && wants_colour(),
        .quiet = options->quiet,
        .verbose = options->verbose,
    };
}

/* One line in one write: prefix and text, coloured as asked, whatever else writes there. */
static void put_line(struct report *report, const char *colour, const char *prefix,
                     const char *format, va_list arguments) __attribute__((format(printf, 4, 0)));

static void put_line(struct report *report, const char *colour, const char *prefix,
                     const char *format, va_list arguments)
{
    char text[LINE_MAX_BYTES];
    bool coloured = report->colour && colour != NULL;

    if (vsnprintf(text, sizeof(text), format, arguments) < 0)
        return;
    if (report->progress != NULL)
        progress_hide(report->progress);
    fprintf(report->out, "%s%s%s%s\n", coloured ? colour : "", prefix, text, coloured ? PLAIN : "");
    fflush(report->out);
}

void report_error(struct report *report, const struct error *err)
{
    if (report->progress != NULL)
        progress_hide(report->progress);
    fprintf(report->out, "%s%s%s\n", report->colour ? RED : "", err->detail,
            report->colour ? PLAIN : "");
    fflush(report->out);
}

void report_warning(struct report *report, const char *format, ...)
{
    va_list arguments;

    if (report->quiet)
        return;
    va_start(arguments, format);
    put_line(report, YELLOW, "warning: ", format, arguments);
    va_end(arguments);
}

static bool shows_notes(const struct report *report)
{
    return !report->quiet && (report->terminal || report->verbose);
}

void report_note(struct report *report, const char *format, ...)
{
    va_list arguments;

    if (!shows_notes(report))
        return;
    va_start(arguments, format);
    put_line(report, NULL, "", format, arguments);
    va_end(arguments);
}

void report_detail(struct report *report, const char *format, ...)
{
    va_list arguments;

    if (!report->verbose)
        return;
    va_start(arguments, format);
    put_line(report, NULL, "", format, arguments);
    va_end(arguments);
}

void report_heading(struct report *report, const char *format, ...)
{
    va_list arguments;

    if (!shows_notes(report))
        return;
    va_start(arguments, format);
    put_line(report, BOLD, "", format, arguments);
    va_end(arguments);
}

void report_value(struct report *report, const char *label, const char *format, ...)
{
    char prefix[LABEL_WIDTH * 4];
    va_list arguments;

    if (!shows_notes(report))
        return;
    snprintf(prefix, sizeof(prefix), "  %-*s ", LABEL_WIDTH, label);
    va_start(arguments, format);
    put_line(report, NULL, prefix, format, arguments);
    va_end(arguments);
}

const char *report_number(unsigned long long number, char text[REPORT_NUMBER_TEXT_MAX])
{
    char digits[24];
    int size = snprintf(digits, sizeof(digits), "%llu", number);
    char *out = text;

    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            *out++ = ',';
        *out++ = digits[i];
    }
    *out = '\0';
    return text;
}

const char *report_bytes(unsigned long long bytes, char text[REPORT_NUMBER_TEXT_MAX])
{
    static const char *const UNITS[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    unsigned long long unit = 1000;
    size_t i = 0;

    if (bytes < 1000) {
        snprintf(text, REPORT_NUMBER_TEXT_MAX, "%llu bytes", bytes);
        return text;
    }
    while (i + 1 < sizeof(UNITS) / sizeof(UNITS[0]) && bytes / unit >= 1000) {
        unit *= 1000;
        i++;
    }
    snprintf(text, REPORT_NUMBER_TEXT_MAX, "%llu.%llu %s", bytes / unit, bytes % unit / (unit / 10),
             UNITS[i]);
    return text;
}

void report_stage(struct report *report, const char *stage, uint64_t *clock)
{
    uint64_t now = progress_clock();
    struct rusage usage = {0};

    (void)getrusage(RUSAGE_SELF, &usage);
    report_detail(report, "%-28s %6llu ms   %5ld MiB at most", stage,
                  (unsigned long long)(now - *clock), usage.ru_maxrss / 1024);
    *clock = now;
}
