#!/bin/sh
# Checks what the compiler can't: who includes whom, that headers stand alone, what is banned.
# Prints each breach as file:line, and last "N passed, N failed".
set -u
export LC_ALL=C

passed=0
failed=0

# report NAME OUTPUT: no output is good
report() {
    if [ -z "$2" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s:\n%s\n' "$1" "$2"
    fi
}

product=$(ls policy/*.[ch] readers/*.[ch] writers/*.[ch] batch/*.[ch] 2>/dev/null)
everything="$product $(ls scripts/*.[ch] tests/*/*.[ch] 2>/dev/null)"

# directions FOLDER ALLOWED: the project's own includes of a folder
directions() {
    report "$1 may include $2 only" "$(grep -nE '^#include "' "$1"/*.[ch] 2>/dev/null |
        grep -vE "\"($2)/[a-z0-9_]+\.h\"")"
}
directions policy 'policy'
directions readers 'policy|readers'
directions writers 'policy|writers'
directions batch 'policy|readers|writers|batch'

report 'policy/ touches no file, clock, thread, locale or environment' "$(
    grep -nE '^#include <(stdio|fcntl|unistd|time|pthread|threads|locale|sys/[a-z]+)\.h>' \
        policy/*.[ch] | grep -vE '^policy/[a-z_]+\.c:[0-9]+:#include <stdio\.h>')"

# shellcheck disable=SC2086 # lists of files, without spaces
{
    report 'banned functions' "$(grep -nE \
        '(^|[^A-Za-z0-9_])(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|strtod|localtime|setlocale|system|popen|tmpnam|mktemp)[[:space:]]*\(' \
        $product)"
    report 'the clock is read in batch/progress.c only' "$(grep -nE \
        '(^|[^A-Za-z0-9_])(time|gettimeofday|clock_gettime|clock)[[:space:]]*\(' $product |
        grep -vE '^batch/progress\.c:|:[0-9]+:[[:space:]]*(/?\*|//)')"
    report 'binary floating point in the workbook cells only' "$(
        grep -nE '(^|[^A-Za-z0-9_"])(double|float)([^A-Za-z0-9_]|$)' $product |
        grep -vE '^(writers/workbook[a-z_]*\.[ch]|readers/workbook[a-z_]*\.[ch]):' |
        grep -vE ':[0-9]+:[[:space:]]*(/?\*|//)')"
    report 'no unfinished work' "$(grep -nE '(TODO|FIXME)([^A-Za-z]|$)' $everything)"
    report 'no tabs, no space at the end of lines' "$(grep -nE "$(printf '\t')|[[:space:]]+\$" \
        $everything)"
    report 'every source file says what it owns' "$(for file in $product; do
        case $(head -c 2 "$file") in '/*') ;; *) echo "$file:1" ;; esac
    done)"
    report 'every header is guarded by its name' "$(for file in $(echo "$product" | grep '\.h$'); do
        guard=$(echo "$file" | tr 'a-z/.' 'A-Z__')
        grep -q "^#ifndef $guard\$" "$file" || echo "$file: no #ifndef $guard"
    done)"
    flags=$(pkg-config --silence-errors --cflags xlsxwriter zlib libconfuse jansson libcrypto)
    report 'every header compiles alone' "$(for file in $(echo "$product" | grep '\.h$'); do
        ${CC:-cc} -I. -D_GNU_SOURCE -std=c11 -Wall -Wextra -Werror $flags -fsyntax-only -x c \
            -include "$file" /dev/null 2>&1 | head -n 3
    done)"
}

if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
    # shellcheck disable=SC2086
    report 'clang-format (make format)' "$(clang-format --dry-run $everything 2>&1 |
        grep -E ': (warning|error):' | cut -d: -f1 | sort | uniq -c)"
fi

for script in scripts/*.sh .ci/run; do
    report "sh -n $script" "$(sh -n "$script" 2>&1)"
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
