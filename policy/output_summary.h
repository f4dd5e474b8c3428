/*
 * What a published file came to: written down in the manifest, proved when it is read back.
 */
#ifndef POLICY_OUTPUT_SUMMARY_H
#define POLICY_OUTPUT_SUMMARY_H

#include <stdint.h>

#include "policy/sha256_text.h"

enum { OUTPUT_SHA256_TEXT_MAX = SHA256_TEXT_MAX, OUTPUT_NAME_MAX = 128 };

struct output_summary {
    char name[OUTPUT_NAME_MAX];          /* relative to the period's folder */
    uint64_t bytes;                      /* as stored */
    uint64_t rows;                       /* data rows, where the file is a table; otherwise 0 */
    uint32_t crc32;                      /* of the bytes as stored; not in the manifest */
    char sha256[OUTPUT_SHA256_TEXT_MAX]; /* the same, lower-case hex */
};

#endif
