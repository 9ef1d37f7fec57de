#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# One row of table.md: the seeds until a mistake is found, from BASES places on.
#
#   measure_one.sh MUTANTS RUNS BASES ID NAME SCENARIO CHECKERS SEEDS SEEN...
set -u
mutants=$1 root=$2 bases=$3 mutant=$4 scenario=$6 checkers=$7 seeds=$8
here=$(dirname "$0")
. "$here/hunt.sh"
runs=$root/$mutant
wrong=$(wrong_with "$mutants" "$mutant" "$5")
shift 8
seen=$*
if [ "$scenario" = - ]; then
    echo "| $mutant | ${wrong:-*not planted*} | $seen | - | - | | | |" >"$root/$mutant.row"
    exit 0
fi

# numbers FILE: median, worst; a seed that is not found within the bound is "—", above all others.
numbers() {
    sort -n "$1" | awk -v bound="$seeds" '{ a[NR] = $1 }
        function say(n) { return n > bound ? "—" : n }
        END { print say(a[int((NR + 1) / 2)]) ", " say(a[NR]) }'
}

# tries CHECKERS VARIABLE=VALUE FILE: from every base on.
tries() {
    base=0
    : >"$3"
    while [ $base -lt "$bases" ]; do
        base=$((base + 1))
        from=$((base * 1000000 + 1))
        if hunt "$scenario" "$1" $from $((from + seeds - 1)) "$2"; then
            echo "$tries" >>"$3"
        else
            echo $((seeds + 1)) >>"$3"
        fi
    done
}

rm -rf "$runs"
mkdir -p "$runs"
alone=${checkers%%|*}
began=$(date +%s%N)
tries "$checkers|noCrash" RAFTLAB_X= "$runs/all"
tries "$alone" RAFTLAB_ALONE="$alone" "$runs/alone"
ms=$((($(date +%s%N) - began) / 2000000 / bases))
row="| $mutant | $wrong | $seen | $scenario | $(echo "$checkers" | sed 's/|/, /g') |"
echo "$row $(numbers "$runs/all") | $(numbers "$runs/alone") | $ms |" >"$root/$mutant.row"
rm -rf "$runs"
