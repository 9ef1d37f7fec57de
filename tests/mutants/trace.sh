#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Rule: trace.sh PROGRAM...: nothing of the planted mistakes is in a program that is meant to run.
set -eu
# Whatever mutant.h names, and how a mistake is woken, as words anywhere in the file: code, data,
# debug information.
words=$(sed -n 's/^ *X([A-Z][0-9]*, \([a-z0-9_]*\),.*/\1/p' "$(dirname "$0")/mutant.h")
[ "$(echo "$words" | wc -l)" -gt 50 ] || { echo "mutant.h names no mistakes"; exit 2; }
words=$({ echo "$words"; printf '%s\n' RAFTLAB_MUTANT RAFTLAB_MUTANT_MET RAFTLAB_ALONE; } |
    paste -sd '|' -)
for program in "$@"; do
    # Of all that is in every mistaken program: its symbols, and the version it owns up to.
    if nm "$program" | grep -E ' mutant_(awake|met|unguarded)$' ||
        grep -aqE '[0-9]\+mutants' "$program"; then
        echo "$program: compiled with mistakes"
        exit 1
    fi
    if found=$(grep -aowE "$words" "$program" | sort -u) && [ -n "$found" ]; then
        echo "$program: knows of mistakes: $found"
        exit 1
    fi
done
