/*
 * A progress bar on standard error's last line: stage, share, amount, rate and time left.
 *
 * The only place that reads the clock, and nothing is ever decided by it. progress_add may be
 * called by several threads, as often as they like; the bar is drawn a few times a second by
 * whoever comes at the right time. All other calls are the main thread's.
 */
#ifndef BATCH_PROGRESS_H
#define BATCH_PROGRESS_H

#include <stdint.h>

#include "batch/options.h"

struct progress;

/*
 * Shown always, never, or (SHOW_AUTO) where standard error is a terminal that is no dumb one and
 * not `quiet`. NULL where it is not shown or memory is out; all calls take NULL.
 */
struct progress *progress_open(enum show_when when, bool quiet);

/* Starts a stage of so many bytes; 0: unknown. The name is static text, at most 24 columns. */
void progress_stage(struct progress *progress, const char *name, uint64_t total_bytes);

/* So many more bytes are done. Fits read_options.progress: context is a struct progress, or NULL.
 */
void progress_add(void *context, uint64_t bytes);

/* Takes the bar off the screen, until it is next drawn. */
void progress_hide(struct progress *progress);

/* Takes it off for good, and frees. */
void progress_close(struct progress *progress);

/*
 * Monotonic milliseconds, for telling how long stages took.
 */
uint64_t progress_clock(void);

#endif
