#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A planted mistake is found: within SEEDS drawn scenarios, and by one of the checkers that can. What
# found it shrinks to STEPS steps at most, which fail the same way, and pass without the mistake.
#
#   caught.sh EMULATOR MUTANTS RUNS MUTANT CHECKER[|CHECKER...]
set -u
emulator=$1 mutants=$2 runs=$3 mutant=$4 checkers=$5
SEEDS=2000
STEPS=10
small=$runs/small.json again=$runs/again.json

fail() {
    echo "FAIL: $mutant: $*"
    exit 1
}

# mistaken ARGUMENT...: the program in which the mistake is awake.
mistaken() {
    RAFTLAB_MUTANT=$mutant "$mutants" "$@"
}

rm -rf "$runs"

# The program says what it is, and the mistake alone makes the difference.
"$mutants" list >/dev/null 2>&1
[ $? -eq 64 ] || fail "it runs without being told which mistake is awake"
RAFTLAB_MUTANT=none "$mutants" --version | grep -q 'mutants' || fail "its version does not say so"
RAFTLAB_MUTANT=none "$mutants" sweep --swarm --seeds 1..20 --runs "$runs" --quiet >/dev/null ||
    fail "drawn scenarios fail without it"

# Found.
said=$(mistaken sweep --swarm --seeds 1..$SEEDS --until-fail --jobs 1 --runs "$runs" --quiet)
[ $? -eq 1 ] || fail "not found in $SEEDS seeds: $said"
printf '%s\n' "$said" | grep -E "^FAIL +swarm seed 0x[0-9A-F]+: ($checkers): " ||
    fail "found by another checker than $checkers: $said"
checker=$(printf '%s\n' "$said" | sed -nE 's/^FAIL +swarm seed 0x[0-9A-F]+: ([a-zA-Z]+): .*/\1/p')
seed=$(printf '%s\n' "$said" | sed -nE 's/^FAIL +swarm seed (0x[0-9A-F]+): .*/\1/p')

# The run ends there, if it is not the end that is judged: the verdict tells where every node stood,
# and is the same from the files.
kept=$runs/latest-failed
case $checker in
recovers | finally) ;;
*) grep -q '"nodes":\[{"node":"n1","role":"' "$kept/verdict.json" ||
    fail "no word of where the nodes stood" ;;
esac
cp "$kept/verdict.json" "$runs/first.json"
RAFTLAB_MUTANT=none "$mutants" check "$kept" >/dev/null
[ $? -eq 1 ] || fail "its files do not violate anything"
cmp -s "$kept/verdict.json" "$runs/first.json" || fail "judged otherwise from its files"

# Shrunk.
mistaken shrink --swarm --seed "$seed" --output "$small" --tries 2 --limit 1h --quiet \
    --passes-with "$emulator" || fail "not shrunk"
"$emulator" validate "$small" >/dev/null 2>&1 || fail "the result is not a scenario"
steps=$("$emulator" validate "$small" 2>/dev/null | sed -nE 's/.*: ok: .*, ([0-9]+) steps.*/\1/p')
[ -n "$steps" ] && [ "$steps" -le $STEPS ] || fail "$steps steps are left: $(cat "$small")"
said=$(mistaken sim "$small" --runs "$runs" --quiet)
[ $? -eq 1 ] || fail "the small scenario does not fail: $said"
printf '%s\n' "$said" | grep -qE "^  FAIL +$checker " ||
    fail "the small scenario does not fail of $checker: $said"
"$emulator" sim "$small" --runs "$runs" --quiet >/dev/null || fail "it fails without the mistake"

# And nothing more can go.
mistaken shrink "$small" --output "$again" --tries 2 --limit 1h --quiet \
    --passes-with "$emulator" >/dev/null || fail "not shrunk again"
cmp -s "$small" "$again" || fail "shrunk again it is another: $(cat "$again")"
