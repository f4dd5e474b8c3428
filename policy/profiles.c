/*
 * Owns the bytes of the shipped profiles: the assembler puts the files in as they are. Their paths
 * are relative to the root, where every build starts.
 */
#include "policy/profiles.h"

/* clang-format off */
#define EMBED(symbol, path)                                                                        \
    __asm__(".section .rodata\n"                                                                   \
            ".global " #symbol "_begin\n" #symbol "_begin:\n.incbin \"" path "\"\n"                \
            ".global " #symbol "_end\n" #symbol "_end:\n.byte 0\n"                                 \
            ".previous\n");                                                                        \
    extern const char symbol##_begin[];                                                            \
    extern const char symbol##_end[]
/* clang-format on */

EMBED(profile_focus, "policy/profiles/focus.conf");
EMBED(profile_huaweicloud, "policy/profiles/huaweicloud.conf");

bool shipped_profile(size_t number, struct shipped_profile *profile)
{
    const struct {
        const char *name;
        const char *begin;
        const char *end;
    } shipped[] = {
        {"focus", profile_focus_begin, profile_focus_end},
        {"huaweicloud", profile_huaweicloud_begin, profile_huaweicloud_end},
    };

    if (number >= sizeof(shipped) / sizeof(shipped[0]))
        return false;
    profile->name = shipped[number].name;
    profile->text =
        (struct span){shipped[number].begin, (size_t)(shipped[number].end - shipped[number].begin)};
    return true;
}
