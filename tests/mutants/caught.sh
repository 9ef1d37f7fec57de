#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A planted mistake is found: within SEEDS drawn scenarios, and by one of the checkers that can.
#
#   caught.sh MUTANTS RUNS MUTANT CHECKER[|CHECKER...]
set -u
mutants=$1 runs=$2 mutant=$3 checkers=$4
SEEDS=2000

fail() {
    echo "FAIL: $mutant: $*"
    exit 1
}

rm -rf "$runs"
RAFTLAB_MUTANT=none "$mutants" sweep --swarm --seeds 1..20 --runs "$runs" --quiet >/dev/null ||
    fail "drawn scenarios fail without it"
said=$(RAFTLAB_MUTANT=$mutant "$mutants" sweep --swarm --seeds 1..$SEEDS --until-fail --runs "$runs" --quiet)
[ $? -eq 1 ] || fail "not found in $SEEDS seeds: $said"
printf '%s\n' "$said" | grep -E "^FAIL +swarm seed 0x[0-9A-F]+: ($checkers): " ||
    fail "found by another checker than $checkers: $said"
"$mutants" list >/dev/null 2>&1
[ $? -eq 64 ] || fail "it runs without being told which mistake is awake"
RAFTLAB_MUTANT=none "$mutants" --version | grep -q 'mutants' || fail "its version does not say so"
