/*
 * Owns the progress bar and the clock.
 * Must not know what is being done, nor influence it.
 */
#include "batch/progress.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "batch/report.h"

enum {
    REDRAW_MILLISECONDS = 100,
    FIRST_DRAW_MILLISECONDS = 300, /* what is over sooner needs no bar */
    LINE_COLUMNS_MAX = 120,
    LINE_BYTES_MAX = 512,
    BAR_COLUMNS = 20,
    COLUMNS_DEFAULT = 80,
    RATE_MILLISECONDS_MIN = 1000, /* before that a rate is noise */
};

struct progress {
    _Atomic uint64_t done;
    _Atomic uint64_t next_draw; /* progress_clock of the next drawing */
    atomic_flag drawing;
    uint64_t total;
    uint64_t started;
    const char *name;
    bool shown; /* something stands on the line; guarded by `drawing` */
};

uint64_t progress_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool is_shown(enum show_when when, bool quiet)
{
    const char *terminal = getenv("TERM");

    switch (when) {
    case SHOW_ALWAYS:
        return true;
    case SHOW_NEVER:
        return false;
    case SHOW_AUTO:
        break;
    }
    return !quiet && isatty(STDERR_FILENO) == 1 && terminal != NULL &&
           strcmp(terminal, "dumb") != 0;
}

struct progress *progress_open(enum show_when when, bool quiet)
{
    struct progress *progress = is_shown(when, quiet) ? calloc(1, sizeof(*progress)) : NULL;

    if (progress == NULL)
        return NULL;
    atomic_flag_clear(&progress->drawing);
    progress->name = "";
    progress->started = progress_clock();
    atomic_store(&progress->next_draw,
                 progress->started + (when == SHOW_ALWAYS ? 0 : FIRST_DRAW_MILLISECONDS));
    return progress;
}

/* Columns to draw in; the last one stays free, as some terminals wrap there. */
static int line_columns(void)
{
    struct winsize size;
    int columns = COLUMNS_DEFAULT;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col;
    return columns > LINE_COLUMNS_MAX ? LINE_COLUMNS_MAX : columns - 1;
}

/* "   1.2 GB of 1.9 GB, 412.0 MB/s, 0:02 left", as far as known. */
static void format_figures(const struct progress *progress, uint64_t done, char *text, size_t size)
{
    char done_text[REPORT_NUMBER_TEXT_MAX];
    char total_text[REPORT_NUMBER_TEXT_MAX];
    char rate_text[REPORT_NUMBER_TEXT_MAX];
    uint64_t elapsed = progress_clock() - progress->started;
    uint64_t rate;
    uint64_t left;

    report_bytes(done, done_text);
    if (elapsed < RATE_MILLISECONDS_MIN) {
        snprintf(text, size, "%s", done_text);
        return;
    }
    rate = done / elapsed * 1000 + done % elapsed * 1000 / elapsed;
    report_bytes(rate, rate_text);
    if (progress->total < done || rate == 0) {
        snprintf(text, size, "%s, %s/s", done_text, rate_text);
        return;
    }
    left = (progress->total - done) / rate;
    report_bytes(progress->total, total_text);
    snprintf(text, size, "%s of %s, %s/s, %llu:%02llu left", done_text, total_text, rate_text,
             (unsigned long long)left / 60, (unsigned long long)left % 60);
}

/* Formats the whole line; plain ASCII, so that bytes are columns. */
static void format_line(const struct progress *progress, char line[LINE_BYTES_MAX])
{
    uint64_t done = atomic_load(&progress->done);
    char bar[BAR_COLUMNS + 1];
    char figures[LINE_BYTES_MAX / 2];
    int columns = line_columns();
    int share;
    int filled;

    format_figures(progress, done, figures, sizeof(figures));
    if (progress->total == 0) {
        snprintf(line, LINE_BYTES_MAX, "%-24s %s", progress->name, done == 0 ? "" : figures);
    } else {
        share = done >= progress->total ? 100 : (int)(done / (progress->total / 100 + 1));
        filled = share * BAR_COLUMNS / 100;
        memset(bar, '#', (size_t)filled);
        memset(bar + filled, '.', (size_t)(BAR_COLUMNS - filled));
        bar[BAR_COLUMNS] = '\0';
        snprintf(line, LINE_BYTES_MAX, "%-24s [%s] %3d%%  %s", progress->name, bar, share, figures);
    }
    if (columns >= 0 && columns < LINE_BYTES_MAX)
        line[columns] = '\0';
}

static bool begin_drawing(struct progress *progress)
{
    return !atomic_flag_test_and_set_explicit(&progress->drawing, memory_order_acquire);
}

static void end_drawing(struct progress *progress)
{
    atomic_flag_clear_explicit(&progress->drawing, memory_order_release);
}

static void draw_if_due(struct progress *progress)
{
    char line[LINE_BYTES_MAX];
    uint64_t now = progress_clock();

    if (now < atomic_load_explicit(&progress->next_draw, memory_order_relaxed) ||
        !begin_drawing(progress))
        return;
    atomic_store(&progress->next_draw, now + REDRAW_MILLISECONDS);
    format_line(progress, line);
    fprintf(stderr, "\r%s\033[K", line);
    fflush(stderr);
    progress->shown = true;
    end_drawing(progress);
}

void progress_stage(struct progress *progress, const char *name, uint64_t total_bytes)
{
    if (progress == NULL)
        return;
    while (!begin_drawing(progress))
        continue;
    progress->name = name;
    progress->total = total_bytes;
    progress->started = progress_clock();
    atomic_store(&progress->done, 0);
    end_drawing(progress);
    draw_if_due(progress);
}

void progress_add(void *context, uint64_t bytes)
{
    struct progress *progress = context;

    if (progress == NULL)
        return;
    atomic_fetch_add_explicit(&progress->done, bytes, memory_order_relaxed);
    draw_if_due(progress);
}

void progress_hide(struct progress *progress)
{
    if (progress == NULL)
        return;
    while (!begin_drawing(progress))
        continue;
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = false;
    end_drawing(progress);
}

void progress_close(struct progress *progress)
{
    if (progress == NULL)
        return;
    progress_hide(progress);
    fflush(stderr);
    free(progress);
}
