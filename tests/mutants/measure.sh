#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Writes table.md anew: how soon each planted mistake is found, from 20 places of the seeds on. It
# takes an hour of processor time and is no test.
#
#   measure.sh MUTANTS RUNS [BASES [JOBS]]
set -eu
mutants=$1 runs=$2 bases=${3-20} jobs=${4-1}
here=$(dirname "$0")
mkdir -p "$runs"
grep -E '^[A-Z][0-9]+ ' "$here/expected.txt" |
    tr '\n' '\0' | xargs -0 -P "$jobs" -n 1 sh -c 'set -f; exec sh "$0" "$1" "$2" "$3" $4' \
    "$here/measure_one.sh" "$mutants" "$runs" "$bases"
{
    cat <<END
# The planted mistakes, and how soon they are found

Written by \`measure.sh\`; a test compares its rows with \`mutant.h\` and \`expected.txt\`.
Seeds: how many were tried until the mistake was found, median and worst of $bases places of the seeds
to start from, once with everything that may object (assertions of the node, too) and once by the first
of the checkers alone, from the traces. Time: of one such search, in milliseconds on a busy machine.

| id | what is wrong | seen in | scenario | checkers | seeds | alone | ms |
|---|---|---|---|---|---|---|---|
END
    grep -oE '^[A-Z][0-9]+ ' "$here/expected.txt" | while read -r id; do
        cat "$runs/$id.row"
    done
} >"$here/table.md.new"
mv "$here/table.md.new" "$here/table.md"
