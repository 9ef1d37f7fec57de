#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# No false alarms: so many live runs of raftd as it is, the shipped scenarios in turn, each run with a
# seed of its own. One line a run, then how many there were of each verdict. Fails on a violation and
# on a vacuous run; of a hundred, two may be unknown, each with its reason. No test: ten minutes.
#
#   quiet.sh EMULATOR SCENARIOS RUNS [COUNT [JOBS [FIRST SEED]]]
set -u
emulator=$1 scenarios=$2 runs=$3 count=${4-100} jobs=${5-1} first=${6-1}

# able: the files that real processes can run.
able() {
    for file in "$scenarios"/*/*.json; do
        grep -qE '"run": *"sim"|"sut":' "$file" && continue # other systems may well fail
        "$emulator" validate "$file" 2>&1 | grep -q 'not here: ' || echo "$file"
    done
}

rm -rf "$runs"
mkdir -p "$runs"
able >"$runs/able"
files=$(wc -l <"$runs/able")
[ "$files" -gt 0 ] || { echo "quiet: no scenario in $scenarios runs on real processes"; exit 1; }

began=$(date +%s)
# shellcheck disable=SC2016 # for the inner shell
seq 0 $((count - 1)) | xargs -P "$jobs" -n 1 sh -c '
    emulator=$0 runs=$1 files=$2 first=$3 number=$4
    file=$(sed -n "$((number % files + 1))p" "$runs/able")
    name=$(basename "$file" .json)
    seed=$((first + number))
    began=$(date +%s)
    "$emulator" run "$file" --seed $seed --runs "$runs/$number" --quiet >"$runs/$number.txt" 2>&1
    code=$?
    case $code in
    0) verdict=ok ;;
    1) verdict=violated ;;
    2) verdict=unknown ;;
    4) verdict=vacuous ;;
    *) verdict="exit-$code" ;;
    esac
    why=
    [ $code -eq 0 ] || why=$(grep -E "^ +(FAIL|UNKNOWN|VACUOUS|unknown|vacuous) " "$runs/$number.txt" | tr -s "\n " " ")
    [ $code -eq 0 ] && rm -rf "${runs:?}/$number"
    echo "$verdict $name seed $seed, $(($(date +%s) - began)) s $why" | tee -a "$runs/lines"
' "$emulator" "$runs" "$files" "$first"

echo "quiet: $count runs of $files scenarios in $(($(date +%s) - began)) s, $jobs at a time:"
cut -d' ' -f1 "$runs/lines" | sort | uniq -c
unknown=$(grep -c '^unknown ' "$runs/lines")
[ $((unknown * 50)) -le "$count" ] && ! grep -qvE '^(ok|unknown) ' "$runs/lines"
