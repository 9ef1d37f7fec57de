#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The manual page and the program's own help name the same commands, options and exit codes.
#
#   emulator-man.sh EMULATOR PAGE
set -u
emulator=$1 page=$2
failed=0

same() {
    if [ "$2" != "$3" ] || [ -z "$2" ]; then
        printf 'FAIL: %s differ\n-- help:\n%s\n-- page:\n%s\n' "$1" "$2" "$3"
        failed=1
    fi
}

commands=$("$emulator" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p')
same commands "$(echo "$commands" | sort)" \
    "$(sed -n '/^.SH COMMANDS/,/^.SH OPTIONS/s/^\.B \([a-z]*\).*/\1/p' "$page" | sort)"
same options \
    "$(for c in $commands; do "$emulator" "$c" --help; done | grep -oE '^  (-q, )?--[a-z-]+' |
        grep -oE -- '--[a-z-]+' | sort)" \
    "$(sed -n 's/\\-/-/g; /^\.B[IR]* /s/.*\(--[a-z-]*\).*/\1/p' "$page" | sort)"
same 'exit codes' \
    "$("$emulator" --help | sed -n '/^exit codes/,$p' | grep -oE '(^|[ :])[0-9]+ ' | tr -d ' :' | sort -n)" \
    "$(sed -n '/^.SH EXIT/,/^.SH EXAMPLES/s/^\.B \([0-9]*\)$/\1/p' "$page" | sort -n)"
exit $failed
