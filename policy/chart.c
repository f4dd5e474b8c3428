/*
 * Owns account names: templates, placeholders, the encoding of ids.
 * Must not know what is posted.
 */
#include "policy/chart.h"

#include <assert.h>
#include <stdbool.h>

const struct chart chart_default = {
    .refund_expense = "expenses:refunds:{service}",
    .compensation_expense = "expenses:compensation:{service}",
    .reward_expense = "expenses:rewards",
    .payable = "liabilities:payable:{account}",
};

enum placeholder { PLACEHOLDER_NONE, PLACEHOLDER_SERVICE, PLACEHOLDER_ACCOUNT };

static const char *const placeholders[] = {
    [PLACEHOLDER_NONE] = "",
    [PLACEHOLDER_SERVICE] = "{service}",
    [PLACEHOLDER_ACCOUNT] = "{account}",
};

/* The placeholder at the front of the text. */
static enum placeholder placeholder_at(struct span text)
{
    for (int i = PLACEHOLDER_SERVICE; i <= PLACEHOLDER_ACCOUNT; i++) {
        size_t size = strlen(placeholders[i]);

        if (text.size >= size && memcmp(text.data, placeholders[i], size) == 0)
            return (enum placeholder)i;
    }
    return PLACEHOLDER_NONE;
}

static bool is_plain(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.';
}

/* Whether the text begins with a character outside ASCII that is some kind of blank. */
static bool is_wide_blank(struct span text)
{
    /* U+0080 to U+00A0; U+1680; U+2000 to U+200F; U+2028 to U+202F; U+205F to U+206F; U+3000;
     * U+FEFF, by their bytes: a lead, and the range that follows. */
    static const struct {
        const char *from;
        const char *to;
    } RANGES[] = {
        {"\xC2\x80", "\xC2\xA0"},         {"\xE1\x9A\x80", "\xE1\x9A\x80"},
        {"\xE2\x80\x80", "\xE2\x80\x8F"}, {"\xE2\x80\xA8", "\xE2\x80\xAF"},
        {"\xE2\x81\x9F", "\xE2\x81\xAF"}, {"\xE3\x80\x80", "\xE3\x80\x80"},
        {"\xEF\xBB\xBF", "\xEF\xBB\xBF"},
    };

    for (size_t i = 0; i < sizeof(RANGES) / sizeof(RANGES[0]); i++) {
        size_t size = strlen(RANGES[i].from);

        if (text.size >= size && memcmp(text.data, RANGES[i].from, size) >= 0 &&
            memcmp(text.data, RANGES[i].to, size) <= 0)
            return true;
    }
    return false;
}

/* One byte of a template that is neither a placeholder nor a plain character. */
static const char *byte_fault(struct span text, size_t at)
{
    char byte = text.data[at];
    bool first = at == 0 || text.data[at - 1] == ':';
    bool last = at + 1 == text.size || text.data[at + 1] == ':';

    if (byte == ':')
        return first || at + 1 == text.size ? "has an empty name between its colons" : NULL;
    if (byte == ' ')
        return first || last || text.data[at - 1] == ' ' ? "has a space too many" : NULL;
    if (byte == '{')
        return "has a placeholder that is neither {service} nor {account}, or one twice";
    if ((unsigned char)byte < 0x80)
        return "has a character that account names can't have";
    if (is_wide_blank((struct span){text.data + at, text.size - at}))
        return "has a blank outside ASCII";
    return NULL;
}

const char *chart_template_fault(struct span text)
{
    bool seen[PLACEHOLDER_ACCOUNT + 1] = {false};
    size_t at = 0;

    if (text.size == 0)
        return "is empty";
    if (text.size >= CHART_TEMPLATE_MAX)
        return "is longer than 256 bytes";
    while (at < text.size) {
        enum placeholder found = placeholder_at((struct span){text.data + at, text.size - at});
        const char *fault = NULL;

        if (found != PLACEHOLDER_NONE && !seen[found]) {
            seen[found] = true;
            at += strlen(placeholders[found]);
            continue;
        }
        if (!is_plain(text.data[at]))
            fault = byte_fault(text, at);
        if (fault != NULL)
            return fault;
        at++;
    }
    return NULL;
}

size_t chart_encode(struct span id, char *out)
{
    static const char HEX[] = "0123456789ABCDEF";
    size_t used = 0;

    for (size_t i = 0; i < id.size; i++) {
        unsigned char byte = (unsigned char)id.data[i];

        if (is_plain(id.data[i])) {
            out[used++] = id.data[i];
            continue;
        }
        out[used++] = '%';
        out[used++] = HEX[byte >> 4];
        out[used++] = HEX[byte & 15];
    }
    return used;
}

size_t chart_expand(const char *template, struct span service, struct span account,
                    char out[CHART_ACCOUNT_MAX])
{
    struct span text = span_of(template);
    size_t used = 0;
    size_t at = 0;

    assert(text.size < CHART_TEMPLATE_MAX);
    assert(service.size <= CHART_ID_BYTES_MAX && account.size <= CHART_ID_BYTES_MAX);
    while (at < text.size) {
        enum placeholder found = placeholder_at((struct span){text.data + at, text.size - at});

        switch (found) {
        case PLACEHOLDER_NONE:
            out[used++] = text.data[at++];
            continue;
        case PLACEHOLDER_SERVICE:
            used += chart_encode(service, out + used);
            break;
        case PLACEHOLDER_ACCOUNT:
            used += chart_encode(account, out + used);
            break;
        }
        at += strlen(placeholders[found]);
    }
    out[used] = '\0';
    return used;
}
