#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Mistakes are found by trying every schedule: after as many steps as explored.txt says, which is the
# shortest way there is. The case that is written of it is played by a protocol_runner with the same
# mistake without a difference, and not by a sound one; where it leads to nothing going on, or to a
# wrong answer, which no case shows, sound ones break nothing within the same bounds and steps.
# Every mistake that is planted in the core is in the list, with its steps or why it is not found.
# The scenario is violated where the list says so, and only by nodes with the mistake.
#
#   explored.sh LIST EMULATOR MUTANTS RUNNER RUNNER-MUTANTS DIR
set -u
list=$1 emulator=$2 mutants=$3 runner=$4 mistaken=$5 dir=$6
bounds='--preset quick --crashes 0 --calm-every 0'
rm -rf "$dir"
mkdir -p "$dir"

fail() {
    echo "FAIL: $id: $*"
    tail -20 "$dir/said.txt"
    exit 1
}

# Every mistake planted in the core is in the list.
planted_in_core() {
    sed -n '/^+++ /{h;d;};/^+.*MUTANT(/{x;/libraft\/core\//{x;p;x;};x;}' "$(dirname "$list")/planted.patch" |
        grep -o 'MUTANT([A-Z][0-9]*)' | tr -d '()' | sed 's/MUTANT//' | sort -u
}
planted_in_core >"$dir/planted.txt"
[ "$(wc -l <"$dir/planted.txt")" -gt 40 ] || { echo "FAIL: where are they planted?"; exit 1; }
while read -r id; do
    grep -q "^$id " "$list" || { echo "FAIL: $id is not in the list"; exit 1; }
done <"$dir/planted.txt"

# played PROGRAM: the case makes no difference to it. One whose assertion fails does as the case says.
played() {
    "$1" "$dir/case.txt" >"$dir/played.txt" 2>&1 && return 0
    grep -q '^panic: ' "$dir/played.txt" && grep -q 'assertion failed' "$dir/said.txt"
}

grep -E '^[A-Z][0-9]+ ' "$list" | while read -r id steps sim options; do
    [ "$steps" != - ] || continue
    export RAFTLAB_MUTANT="$id"
    # shellcheck disable=SC2086
    "$mutants" explore $bounds $options --quiet --jobs 1 --case "$dir/case.txt" \
        --scenario "$dir/scenario.json" >"$dir/said.txt" 2>&1
    [ $? -eq 1 ] || fail "not found"
    grep -q "^violation after $steps steps: " "$dir/said.txt" || fail "not after $steps steps"
    played "$mistaken" || fail "the case is another: $(tail -5 "$dir/played.txt")"
    if grep -Eq '^violation .*: (not stuck|when faults stop|linearizable reads): ' "$dir/said.txt"; then
        # shellcheck disable=SC2086
        "$emulator" explore $bounds $options --max-depth "$steps" --quiet >"$dir/sound.txt"
        [ $? -ne 1 ] || fail "sound cores break it, too"
    else
        played "$runner" && fail "a sound core plays the case, too"
    fi
    found=no
    grep -q ' is violated, too$' "$dir/said.txt" && found=yes
    [ "$sim" = "$found" ] || fail "violated by whole nodes: $found, not $sim"
    [ "$found" = no ] || "$emulator" sim "$dir/scenario.json" --seed 1 --quiet --keep never \
        --runs "$dir/runs" >"$dir/said.txt" 2>&1 || fail "sound nodes are no better"
    echo "$id: $steps steps"
done >"$dir/found.txt" || { cat "$dir/found.txt"; exit 1; }
[ "$(wc -l <"$dir/found.txt")" -gt 10 ] || { echo "FAIL: too few were tried"; exit 1; }
cat "$dir/found.txt"
