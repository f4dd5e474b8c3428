/*
 * How one decision was reached, as a value: what was looked at, which check decided, the arithmetic
 * and the clause. Made by policy/explain.h, told by writers/explain_*.h.
 *
 * All text is in the arena of the notebook that it was written into, and lives as long.
 */
#ifndef POLICY_EXPLANATION_H
#define POLICY_EXPLANATION_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/arena.h"
#include "policy/clause.h"
#include "policy/ledger.h"
#include "policy/reason.h"
#include "policy/span.h"

enum {
    EXPLAINED_CHECKS_MAX = 24,
    EXPLAINED_STEPS_MAX = 12,
    EXPLAINED_NOTES_MAX = 64,
    EXPLAINED_SOURCES_MAX = 24,
    EXPLAINED_BARS_MAX = 256,
};

enum check_outcome { CHECK_PASSED, CHECK_DECIDED, CHECK_NOT_REACHED };

struct explained_check {
    const char *number; /* in policy.md's table: "5b" */
    const char *code;   /* the reason that it gives */
    const char *rule;   /* what must hold */
    struct span saw;    /* the values it saw; empty where it was not reached */
    enum check_outcome outcome;
};

/* One line of arithmetic: formula with its values, exact result, what it is rounded to. */
struct explained_step {
    const char *name; /* the ledger's column: "amount_due" */
    struct span formula;
    struct span exact;    /* empty: the formula is exact as it stands */
    struct span rounding; /* empty: nothing is rounded */
    struct span result;
};

/* A stretch of time on the timeline of a claim. */
enum bar_kind { BAR_INCIDENT, BAR_BASIS, BAR_ALREADY, BAR_COUNTED };

struct explained_bar {
    enum bar_kind kind;
    int64_t from;
    int64_t to;
    struct span label;
};

/* A row that was looked at: its record, to be found in the sources. */
struct explained_source {
    enum input input;
    const void *record;
};

struct explanation {
    const char *ledger; /* "refunds", "compensations", "rewards" */
    struct span id;     /* of the request, claim or filing */
    struct span account_id;
    enum decision decision;
    const struct reason *reason; /* as the checks below come to */
    const struct clause *clause;
    const char *policy_version; /* "" where no version judged */
    struct span headline;       /* one sentence */

    struct explained_check checks[EXPLAINED_CHECKS_MAX];
    size_t check_count;
    struct explained_step steps[EXPLAINED_STEPS_MAX];
    size_t step_count;
    struct explained_bar bars[EXPLAINED_BARS_MAX]; /* of one basis; none without a timeline */
    size_t bar_count;
    size_t bars_left_out;
    struct span notes[EXPLAINED_NOTES_MAX]; /* further facts, a sentence each */
    size_t note_count;
    struct span needed; /* what would have been needed; empty where nothing */
    struct explained_source sources[EXPLAINED_SOURCES_MAX];
    size_t source_count;
};

/* Where text is made. `failed` is set once memory is out, and what follows is empty. */
struct notebook {
    struct arena *arena;
    int utc_offset_seconds;
    bool failed;
};

struct span note_text(struct notebook *book, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "2026-10-03T19:22:33+08:00", or "(empty)". */
struct span note_instant(struct notebook *book, int64_t instant);
/* "4 days 12:30:00"; the absolute value. */
struct span note_duration(struct notebook *book, int64_t seconds);
/* "CNY 12.50". */
struct span note_money(struct notebook *book, int currency, struct decimal amount);
/* Plain digits, at least `digits` decimals. */
struct span note_decimal(struct notebook *book, struct decimal value, int digits);

/*
 * value x a x b / divisor as a fraction in lowest terms and as a decimal: "1085/4 = 271.25", or
 * "100/3 = 33.3333333333..." where it has no end in ten decimals.
 */
struct span note_fraction(struct notebook *book, struct decimal value, int64_t a, int64_t b,
                          int128 divisor);

/* "half up to 2 decimals". */
struct span note_rounding(struct notebook *book, enum rounding rounding, int digits);

void explanation_check(struct explanation *explanation, const struct explained_check *check);
void explanation_step(struct explanation *explanation, const struct explained_step *step);
void explanation_note(struct explanation *explanation, struct span note);
void explanation_source(struct explanation *explanation, enum input input, const void *record);
void explanation_bar(struct explanation *explanation, const struct explained_bar *bar);

/* For "%.*s". */
#define SPAN_ARGUMENTS(text) (int)(text).size, (text).size == 0 ? "" : (text).data

#endif
