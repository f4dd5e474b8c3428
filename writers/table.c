/*
 * Owns what all layouts share: telling well-formed text from other bytes.
 * Must not know any ledger.
 */
#include "writers/table.h"

#define WORD_HIGH_BITS UINT64_C(0x8080808080808080)

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/*
 * The size of the well-formed sequence at the front, of at least two bytes; 0 where there is none.
 * The bounds of the second byte are those of RFC 3629: no overlong form, no surrogate, nothing
 * beyond U+10FFFF.
 */
static size_t sequence_size(const unsigned char *at, size_t left)
{
    unsigned char lead = at[0];
    size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    size_t i;

    if (lead < 0xC2 || lead > 0xF4 || left < size || at[1] < low || at[1] > high)
        return 0;
    for (i = 2; i < size; i++) {
        if (!is_continuation(at[i]))
            return 0;
    }
    return size;
}

size_t text_well_formed(struct span text)
{
    const unsigned char *data = (const unsigned char *)text.data;
    size_t at = 0;

    while (at < text.size) {
        size_t size;
        uint64_t word;

        if (text.size - at >= sizeof(word)) {
            memcpy(&word, data + at, sizeof(word));
            if ((word & WORD_HIGH_BITS) == 0) {
                at += sizeof(word);
                continue;
            }
        }
        size = data[at] < 0x80 ? 1 : sequence_size(data + at, text.size - at);
        if (size == 0)
            break;
        at += size;
    }
    return at;
}
