/*
 * The search for marks by 64 bytes at once, on machines that have AVX-512 with its compressing
 * moves: a fifth of the time that 16 at once take. For readers/marks.c alone, which finds the same
 * on any machine.
 */
#ifndef READERS_MARKS_WIDE_H
#define READERS_MARKS_WIDE_H

#include "readers/marks.h"

enum { MARKS_WIDE_AT_ONCE = 16 }; /* marks that are written together, as many or not */

/* Whether the machine can; the others may be called only then. */
bool marks_wide_at_hand(void);

/* As marks_find, into memory that has room for MARKS_WIDE_AT_ONCE more than there are bytes. */
void marks_wide_find(struct marks *marks, const char *data, size_t size, char delimiter);

/* As marks_count_byte. */
size_t marks_wide_count_byte(const char *data, size_t size, char byte);

#endif
