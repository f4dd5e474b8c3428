/*
 * The state files of the carry-forward, and how their values are spelled (docs/formats.md).
 */
#ifndef BATCH_STATE_FILES_H
#define BATCH_STATE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch/month.h"
#include "policy/state_layout.h"

extern const struct state_layout state_decided[EVENT_KIND_COUNT]; /* id, period that decided it */
extern const struct state_layout state_refunded_orders;           /* order_id, requested_at */
extern const struct state_layout state_full_refunds;              /* account_id, year, count */
extern const struct state_layout state_compensated_seconds; /* account_id, resource_id, from, to */
extern const struct state_layout state_compensated_orders;  /* order_id, currency, amount */
extern const struct state_layout state_rewarded_accounts;   /* account_id, period */

/*
 * Values that a damaged file does not have are told by false. Instants are RFC 3339 in UTC, so
 * that byte order is order in time whatever the policy time zone is. An amount may have more
 * digits than inputs may: it is a sum.
 */
bool state_parse_instant(struct span text, int64_t *instant) __attribute__((warn_unused_result));
bool state_parse_year(struct span text, int32_t *year) __attribute__((warn_unused_result));
bool state_parse_count(struct span text, int32_t *count) __attribute__((warn_unused_result));
bool state_parse_amount(struct span text, struct decimal *amount)
    __attribute__((warn_unused_result));

/* A line in the making: `struct state_line line; state_line_start(&line);`, then its fields. */
struct state_line {
    char text[STATE_LINE_MAX];
    int field_count;
    struct state_row row; /* over `text`: the line must not be copied */
};

void state_line_start(struct state_line *line);
void state_line_text(struct state_line *line, struct span text);
void state_line_instant(struct state_line *line, int64_t instant);
void state_line_period(struct state_line *line, int32_t period);
/* At least `digits` digits, with zeros in front: byte order is order by number. */
void state_line_number(struct state_line *line, int32_t number, int digits);
void state_line_amount(struct state_line *line, struct decimal amount, int32_t currency);

enum { STATE_YEAR_DIGITS = 4 };

#endif
