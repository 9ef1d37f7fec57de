#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A session from a pipe: what is typed is done, the run's verdict is the exit code, mistakes are 64,
# and nothing is left behind of what passed or never ended.
#
#   sim-step.sh EMULATOR SCENARIOS RUNS
set -u
emulator=$1 scenario=$2/elections/leader-election.json runs=$3
rm -rf "$runs"
mkdir -p "$runs"
fail() { echo "$1"; cat "$runs/said.txt"; exit 1; }
# session EXIT-CODE COMMAND...
session() {
    want=$1; shift
    printf '%s\n' "$@" |
        "$emulator" sim "$scenario" --seed 7 --step --runs "$runs/results" >"$runs/said.txt" 2>&1
    code=$?
    [ $code -eq "$want" ] || fail "exit code $code, not $want, after: $*"
}

session 0 'until leader' 'why n1' 'state' 'quit'
grep -q 'votes of a quorum: leader of term' "$runs/said.txt" || fail "no reasons"
session 0 'until leader' # the end of input is the end
session 0 '# nothing' ''

# Looked at, and then to its end: the run that the seed gives at once.
session 0 'narrate off' 'next 20' 'until leader' 'queue' 'run'
stepped=$(grep -o 'unseed 0x[0-9A-F]*' "$runs/said.txt")
at_once=$("$emulator" sim "$scenario" --seed 7 --quiet --runs "$runs/results" --keep never |
    grep -o 'unseed 0x[0-9A-F]*')
[ -n "$stepped" ] && [ "$stepped" = "$at_once" ] || fail "stepping changed the run"

session 64 'crash n9' 'quit'
grep -q '^error: no node n9: there are n1 to n3$' "$runs/said.txt" || fail "not said what is wrong"

# What is done by hand may be whatever the scenario's own model has.
(scenario=$2/reads/store-with-deletes.json
    session 0 'until leader' 'do {"client.op":{"kind":"delete","key":"k0"}}' 'quit') || exit 1
session 64 'until leader' 'do {"client.op":{"kind":"delete","key":"k0"}}' 'quit'
grep -q 'has no delete' "$runs/said.txt" || fail "a delete that the model does not have"

# Two nodes stay down: the verdict says that nothing was elected again.
session 2 'until leader' 'crash n2' 'crash n3' 'run'
[ "$(find "$runs/results" -mindepth 1 -maxdepth 1 -type d | wc -l)" -eq 1 ] ||
    fail "the failed run, and only that, should have been kept"

"$emulator" sim "$scenario" --step --twice </dev/null >"$runs/said.txt" 2>&1
[ $? -eq 64 ] || fail "--step with --twice is taken"
"$emulator" sim "$scenario" "$scenario" --step </dev/null >"$runs/said.txt" 2>&1
[ $? -eq 64 ] || fail "two scenarios at once are taken"
exit 0
