/*
 * A SHA-256 (FIPS 180-4) as it stands in messages, manifests and comparisons: 64 lower-case hex
 * digits.
 */
#ifndef POLICY_SHA256_TEXT_H
#define POLICY_SHA256_TEXT_H

enum { SHA256_BYTES = 32, SHA256_TEXT_MAX = 2 * SHA256_BYTES + 1 };

/* NUL-terminated. */
static inline void sha256_text(const unsigned char digest[SHA256_BYTES], char text[SHA256_TEXT_MAX])
{
    static const char HEX[] = "0123456789abcdef";

    for (int i = 0; i < SHA256_BYTES; i++) {
        text[2 * i] = HEX[digest[i] >> 4];
        text[2 * i + 1] = HEX[digest[i] & 0xF];
    }
    text[SHA256_TEXT_MAX - 1] = '\0';
}

#endif
