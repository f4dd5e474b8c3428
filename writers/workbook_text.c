/*
 * Owns what text may stand in a cell: any bytes in, something that every spreadsheet opens out.
 * Must not know sheets.
 */
#include <stdio.h>
#include <string.h>

#include "policy/text_words.h"
#include "writers/workbook_parts.h"

#define CUT_MARK "\xE2\x80\xA6 [cut]"
enum { CUT_MARK_UNITS = 7, ESCAPE_UNITS = 7 };

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Whether "_xHHHH_" stands at the front: Excel would read it as one character. */
static bool reads_as_escape(const char *at, size_t size)
{
    return size >= ESCAPE_UNITS && at[0] == '_' && (at[1] == 'x' || at[1] == 'X') &&
           is_hex(at[2]) && is_hex(at[3]) && is_hex(at[4]) && is_hex(at[5]) && at[6] == '_';
}

/* U+FFFE or U+FFFF, well formed but no character of XML. */
static bool is_noncharacter(const unsigned char *at, size_t size)
{
    return size >= 3 && at[0] == 0xEF && at[1] == 0xBF && at[2] >= 0xBE;
}

static size_t sequence_bytes(unsigned char lead)
{
    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* One character of well-formed text at `at`: writes it, returns the bytes taken. */
static size_t put_character(const char *at, size_t left, char *to, size_t *written, size_t *units)
{
    const unsigned char *bytes = (const unsigned char *)at;
    size_t size = sequence_bytes(bytes[0]);
    char escape[ESCAPE_UNITS + 1];

    if (reads_as_escape(at, left)) {
        memcpy(to, "_x005F_", ESCAPE_UNITS);
        *written = *units = ESCAPE_UNITS;
        return 1;
    }
    if ((bytes[0] < 0x20 && bytes[0] != '\t' && bytes[0] != '\n') || is_noncharacter(bytes, left)) {
        snprintf(escape, sizeof(escape), "_x%04X_",
                 size == 1 ? (unsigned)bytes[0] : 0xFFC0U + (bytes[2] & 0x3FU));
        memcpy(to, escape, ESCAPE_UNITS);
        *written = *units = ESCAPE_UNITS;
        return size;
    }
    memcpy(to, at, size);
    *written = size;
    *units = size == 4 ? 2 : 1;
    return size;
}

/*
 * Whether "_x" is in the text, which may be the beginning of an escape, or "&", which some readers
 * of strings decode twice.
 */
static bool may_be_misread(struct span text)
{
    const char *const end = text.data + text.size;

    for (const char *at = text.data; (at = text_find_either(at, end, '_', '&')) < end; at++)
        if (*at == '&' || (end - at > 1 && (at[1] == 'x' || at[1] == 'X')))
            return true;
    return false;
}

/* Whether it is well formed, and has no noncharacters, going by their first byte. */
static bool is_plain_utf8(struct span text)
{
    return text_well_formed(text) == text.size && memchr(text.data, 0xEF, text.size) == NULL;
}

bool cell_text_is_plain(struct span text)
{
    bool wide = false, mark = false;
    size_t i = 0;

    if (text.size > CELL_CHARACTERS_MAX)
        return false;
    for (; text.size - i >= TEXT_WORD_BYTES; i += TEXT_WORD_BYTES) {
        const uint64_t word = text_word(text.data + i);

        if (text_word_odd(word) != 0) {
            if (text_word_control(word) != 0)
                return false;
            wide = true;
        }
        mark |= (text_word_has(word, '_') | text_word_has(word, '&')) != 0;
    }
    for (; i < text.size; i++) {
        const unsigned char byte = (unsigned char)text.data[i];

        if (byte < 0x20)
            return false;
        wide |= byte >= 0x80;
        mark |= byte == '_' || byte == '&';
    }
    return (!mark || !may_be_misread(text)) && (!wide || is_plain_utf8(text));
}

size_t cell_text(struct span text, char safe[CELL_TEXT_BYTES_MAX], bool *cut)
{
    size_t room = CELL_CHARACTERS_MAX; /* of UTF-16 units, escapes counted as written */
    size_t end = 0, end_of_cut = 0;
    size_t at = 0;
    size_t good = 0;

    if (cut != NULL)
        *cut = false;
    if (cell_text_is_plain(text)) {
        if (text.size > 0)
            memcpy(safe, text.data, text.size);
        safe[text.size] = '\0';
        return text.size;
    }
    while (at < text.size) {
        char character[ESCAPE_UNITS + 1] = TEXT_REPLACEMENT;
        size_t written = 3, units = 1, taken = 1;

        if (good == 0)
            good = text_well_formed((struct span){text.data + at, text.size - at});
        if (good > 0) {
            taken = put_character(text.data + at, good, character, &written, &units);
            good -= taken;
        }
        if (units > room) {
            memcpy(safe + end_of_cut, CUT_MARK, sizeof(CUT_MARK));
            if (cut != NULL)
                *cut = true;
            return end_of_cut + sizeof(CUT_MARK) - 1;
        }
        memcpy(safe + end, character, written);
        end += written;
        room -= units;
        at += taken;
        if (room >= CUT_MARK_UNITS)
            end_of_cut = end;
    }
    safe[end] = '\0';
    return end;
}
