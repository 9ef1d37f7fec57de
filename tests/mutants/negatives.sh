#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A scenario that names mistakes it must catch catches them: each in so many seeds, by the check it names,
# alone; and without the mistake the same seed passes.
#
#   negatives.sh EMULATOR MUTANTS RUNS SEEDS
set -u
emulator=$1 mutants=$2 runs=$3 seeds=$4
here=$(dirname "$0")
. "$here/hunt.sh"
failed=0 count=0

rm -rf "$runs"
mkdir -p "$runs"
# NAME MUTANT CHECKER, a line each.
"$emulator" list -o json |
    grep -oE '"name":"[^"]*"|"mutant":"[^"]*","violates":"[^"]*"' |
    sed -E 's/"name":"(.*)"/\1/; s/"mutant":"(.*)","violates":"(.*)"/= \1 \2/' |
    awk '$1 == "=" { print name, $2, $3; next } { name = $1 }' >"$runs/negatives"

while read -r scenario mutant checker; do
    count=$((count + 1))
    if ! hunt "$scenario" "$checker" 1 "$seeds" RAFTLAB_ALONE="$checker"; then
        echo "FAIL: $scenario: with $mutant $checker finds nothing in $seeds seeds (made $met times): $line"
        failed=1
        continue
    fi
    echo "$scenario: seed $tries, $mutant made $met times: $line"
    at=$tries
    if ! RAFTLAB_MUTANT=none "$mutants" sweep "$scenario" --seeds "$at..$at" --runs "$runs" --quiet >"$runs/out"; then
        echo "FAIL: $scenario fails without $mutant, too: $(cat "$runs/out")"
        failed=1
    fi
done <"$runs/negatives"
[ "$count" -ge 7 ] || { echo "FAIL: only $count scenarios name a mistake"; failed=1; }
exit $failed
