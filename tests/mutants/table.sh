#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Rule: table.sh HEADER EXPECTED TABLE: the three lists of mistakes are one.
set -eu
header=$1 expected=$2 table=$3
awk '
    function differ(what) { print what; bad = 1 }
    FNR == 1 { file++ }
    file == 1 && match($0, /X\([A-Z][0-9]+, [a-z_]+/) {
        split(substr($0, RSTART + 2, RLENGTH - 2), part, ", ")
        planted[part[1]] = part[2]
    }
    file == 2 && /^[A-Z][0-9]+ / {
        listed[$1] = $3
        checkers[$1] = $4
        gsub(/\|/, ", ", checkers[$1])
        if ($3 != "-" && !($1 in planted)) differ($1 ": expected to be found, and not planted")
        if ($3 != "-" && $1 in planted && planted[$1] != $2) differ($1 ": two names")
    }
    file == 3 && /^\| [A-Z][0-9]+ \|/ {
        split($0, cell, / *\| */)
        shown[cell[2]] = 1
        if (!(cell[2] in listed)) differ(cell[2] ": in the table, and nowhere else")
        else if (listed[cell[2]] != "-" && (cell[5] != listed[cell[2]] || cell[6] != checkers[cell[2]]))
            differ(cell[2] ": the table is older than what is expected: run measure.sh")
    }
    END {
        for (id in planted) if (!(id in listed)) differ(id ": planted, and nothing is expected of it")
        for (id in listed) if (!(id in shown)) differ(id ": not in the table: run measure.sh")
        exit bad
    }' "$header" "$expected" "$table"
