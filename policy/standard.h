/*
 * The shipped policy, policy/standard.conf, byte by byte: built into the program, so that a bare
 * binary works and its policy is the published one.
 */
#ifndef POLICY_STANDARD_H
#define POLICY_STANDARD_H

#include <stddef.h>

#define POLICY_STANDARD_NAME "standard.conf"

extern const char policy_standard_text[];
extern const size_t policy_standard_size; /* bytes; no NUL behind them */

#endif
