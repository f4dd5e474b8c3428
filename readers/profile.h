/*
 * Loads a profile of a billing export (policy/profiles/focus.conf shows and explains the syntax).
 * What fails a check is told with its line: ERROR_USAGE, "file:line: cause". Not for several
 * threads at once.
 */
#ifndef READERS_PROFILE_H
#define READERS_PROFILE_H

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/profile.h"
#include "readers/input.h"

struct profile_source {
    char file[256];               /* base name; "" for one that is built in */
    char sha256[SHA256_TEXT_MAX]; /* of the text */
};

/*
 * A shipped profile by its name (letters, digits, '-', '_'), otherwise a file; NULL: the shipped
 * default. Text goes into the arena, which outlives the profile. 0, or -1 with err filled.
 */
int profile_load(const char *name_or_path, struct profile *profile, struct profile_source *source,
                 struct arena *arena, struct error *err) __attribute__((warn_unused_result));

/* From a text; `name` stands in messages. */
int profile_text_load(const char *name, struct span text, struct profile *profile,
                      struct arena *arena, struct error *err) __attribute__((warn_unused_result));

#endif
