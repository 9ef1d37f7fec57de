#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Rule: trace.sh PROGRAM...: nothing of the planted mistakes is in a program that is meant to run.
set -eu
for program in "$@"; do
    # Of all that is in every mistaken program: its symbols, and the version it owns up to.
    if nm "$program" | grep -E ' mutant_(awake|met|unguarded)$' ||
        grep -aqE '[0-9]\+mutants' "$program"; then
        echo "$program: compiled with mistakes"
        exit 1
    fi
done
