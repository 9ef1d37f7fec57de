#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Rule: symbols.sh ALLOWED LIBRARY...: together the libraries need nothing from outside but what
# the list allows. panic.c is left out: a host without a C library brings its own.
set -eu
allowed=$1
shift
symbols=$(nm -A "$@")
printf '%s\n' "$symbols" | awk '
    FILENAME != "-" { if ($1 != "" && $1 !~ /^#/) allowed[$1] = 1; next }
    /panic\.c\.o:/ { next }
    $2 == "U" || $2 == "w" {
        n = split($1, parts, ":") # library:member:
        needed[$3] = needed[$3] " " parts[n - 1]
        next
    }
    NF == 3 { defined[$3] = 1 }
    END {
        for (symbol in needed)
            if (!(symbol in defined) && !(symbol in allowed)) {
                print symbol ": needed by" needed[symbol]
                bad = 1
            }
        exit bad
    }' "$allowed" -
