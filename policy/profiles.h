/*
 * The shipped profiles, policy/profiles/NAME.conf, byte by byte: built into the program, so that a
 * bare binary knows them.
 */
#ifndef POLICY_PROFILES_H
#define POLICY_PROFILES_H

#include <stddef.h>

#define PROFILE_DEFAULT_NAME "focus"

extern const char profile_focus_text[] __attribute__((weak));
extern const size_t profile_focus_size __attribute__((weak)); /* bytes; no NUL behind them */
extern const char profile_huaweicloud_text[] __attribute__((weak));
extern const size_t profile_huaweicloud_size __attribute__((weak));

#endif
