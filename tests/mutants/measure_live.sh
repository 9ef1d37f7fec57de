#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Writes table-live.md anew: in how many runs on real processes each planted mistake is found, tried
# several times over. It takes an hour and is no test. With --row: one row of it.
#
#   measure_live.sh EMULATOR RAFTD RUNS [TRIALS [JOBS]]
set -u
here=$(dirname "$0")
. "$here/hunt.sh"

# numbers FILE: the runs of each trial; one in which it was not found is "—".
numbers() {
    paste -s -d' ' "$1" | sed 's/ /, /g'
}

# trials CHECKERS VARIABLE=VALUE FILE
trials() {
    : >"$3"
    for trial in $(seq "$trials"); do
        first=$((trial * 1000))
        hunt_live "$scenario" "$1" "$times" "$2" && echo "$tries" >>"$3" || echo — >>"$3"
        all_runs=$((all_runs + tries))
    done
}

row() {
    root=$1 trials=$2 mutant=$3 scenario=$5 checkers=$6 times=$7
    runs=$root/$mutant
    wrong=$(wrong_with "$raftd" "$mutant" "$4")
    shift 7
    if [ "$scenario" = - ]; then
        echo "| $mutant | ${wrong:-*not planted*} | $* | - | - | | | |" >"$root/$mutant.row"
        return
    fi
    rm -rf "$runs"
    mkdir -p "$runs"
    all_runs=0 began=$(date +%s%N)
    trials "$checkers|noCrash" RAFTLAB_X= "$runs/all"
    trials "${checkers%%|*}" RAFTLAB_ALONE=any "$runs/alone"
    tenths=$((($(date +%s%N) - began) / 100000000 / all_runs))
    echo "| $mutant | $wrong | | $scenario | $(echo "$checkers" | sed 's/|/, /g') |" \
        "$(numbers "$runs/all") | $(numbers "$runs/alone") | $((tenths / 10)).$((tenths % 10)) |" \
        >"$root/$mutant.row"
    rm -rf "$runs"
}

if [ "$1" = --row ]; then
    emulator=$2 raftd=$3
    shift 3
    row "$@"
    exit
fi

emulator=$1 raftd=$2 root=$3 trials=${4-3} jobs=${5-2}
mkdir -p "$root"
root=$(cd "$root" && pwd) # the nodes count there, from their own folders
grep -E '^[A-Z][0-9]+ ' "$here/live.txt" |
    tr '\n' '\0' | xargs -0 -P "$jobs" -n 1 sh -c 'set -f; exec sh "$0" --row "$1" "$2" "$3" "$4" $5' \
    "$here/measure_live.sh" "$emulator" "$raftd" "$root" "$trials"
{
    cat <<END
# The planted mistakes on real processes

Written by \`measure_live.sh\`; a test compares its rows with \`mutant.h\` and \`live.txt\`.
Runs: how many there were until the mistake was found, in each of $trials trials (—: not within the runs it
was given); once with everything that may object (assertions of the node, too), and once by the first of
the checkers alone, from the traces. Seconds: of one run, its verdict included. Where there is no scenario, the third column says
what real processes, as the laboratory runs them, lack to show it.

| id | what is wrong | not shown because | scenario | checkers | runs | alone | s |
|---|---|---|---|---|---|---|---|
END
    grep -oE '^[A-Z][0-9]+ ' "$here/live.txt" | while read -r id; do
        cat "$root/$id.row"
    done
} >"$here/table-live.md.new"
mv "$here/table-live.md.new" "$here/table-live.md"
