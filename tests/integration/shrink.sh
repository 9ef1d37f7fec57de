#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# shrink: smaller scenarios that fail the same way, from every kind of input; stopped in the middle it
# leaves the best so far; what does not fail and what is asked wrongly is said. How well it shrinks real
# mistakes is told by tests/mutants.
#
#   shrink.sh EMULATOR FOLDER
set -u
emulator=$1 folder=$2
here=$(cd "$(dirname "$0")" && pwd)
failed=0

wrong() {
    echo "FAIL: $*"
    failed=1
}

# shrink CODE ARGUMENT...: the exit code must be CODE; what was said is in $said.
shrink() {
    want=$1
    shift
    said=$("$emulator" shrink "$@" 2>&1)
    code=$?
    [ $code -eq "$want" ] || wrong "shrink $*: exit code $code, not $want: $said"
}

says() {
    printf '%s\n' "$said" | grep -qE -- "$1" || wrong "not said: $1 in: $said"
}

# fails FILE CHECK: the file is a scenario that fails of that check, with its own seed.
fails() {
    "$emulator" validate "$1" >/dev/null 2>&1 || wrong "$1 is not a scenario: $(cat "$1")"
    "$emulator" sim "$1" --runs "$folder/runs" --quiet 2>&1 | grep -qE "^  FAIL +$2 " ||
        wrong "$1 does not fail of $2: $(cat "$1")"
}

rm -rf "$folder"
mkdir -p "$folder"
cd "$folder" || exit 1
TMPDIR=$folder
export TMPDIR

# A limit that cannot be kept: of the story only a fault is left that something must recover from.
shrink 0 leader-election --seed 3 --set 'expect.recovers={"within":"1us"}' --tries 1
says '^shrunk +leader-election: recovers$'
says '^  steps +16 +[1-7]$'
says 'nothing more can be left out'
says '^  reproduce +raft-emulator sim leader-election-shrunk.json --seed 0x'
fails leader-election-shrunk.json recovers
grep -q '"origin": "shrunk from leader-election, seed 0x3"' leader-election-shrunk.json ||
    wrong "it does not say where it comes from: $(cat leader-election-shrunk.json)"

# Again: the same, whatever it is called and however many run at once; of the result nothing goes.
shrink 0 leader-election --seed 3 --set 'expect.recovers={"within":"1us"}' --jobs 3 --tries 1 -o twice.json
cmp -s leader-election-shrunk.json twice.json || wrong "another result: $(cat twice.json)"
shrink 0 twice.json --output again.json --tries 1 --quiet
cmp -s twice.json again.json || wrong "not a fixed point: $(cat again.json)"

# The directory of a run knows its seed, and gets the result.
"$emulator" sim leader-election --seed 11 --set 'expect.recovers={"within":"1us"}' --runs runs \
    --quiet >said.txt 2>&1
eval "\"$emulator\" $(sed -n 's/^  shrink *raft-emulator //p' said.txt) --budget-runs 25" >more.txt 2>&1 ||
    wrong "the line that shrink is offered with does not work: $(cat said.txt more.txt)"
grep -q 'stopped before the end' more.txt || wrong "25 runs were enough: $(cat more.txt)"
cp runs/latest-failed/shrunk.json mid.json || wrong "the result is not in the run's directory"
fails mid.json recovers
# Where it lies is said so that the next failure does not move it.
shrink 0 runs/latest-failed --budget-runs 5
says '^  reproduce +raft-emulator sim /.*/runs/2[^ ]*/shrunk.json --seed 0x'
grep -q 'seed 0xB"' mid.json || wrong "its seed was not taken: $(cat mid.json)"

# What a seed draws.
shrink 0 --swarm --seed 3 --set 'expect.recovers={"within":"1us"}' --output drawn.json --budget-runs 40
fails drawn.json recovers

# Its name is as long as a name may be: the result's is no longer.
long=$(printf 'a%.0s' $(seq 63))
shrink 0 leader-election --seed 3 --set 'expect.recovers={"within":"1us"}' --set "name=$long" \
    --output long.json --budget-runs 1 --tries 1
fails long.json recovers
grep -q '"name": *"a*-shrunk"' long.json || wrong "it is not called shrunk: $(cat long.json)"

# Ended in the middle, after the first gain, by hand or since its terminal is gone: the best so far is
# there.
for signal in TERM HUP; do
    rm -f part.json
    "$here/shrink-ended.sh" $signal part.txt "$emulator" shrink leader-election --seed 3 \
        --set 'expect.recovers={"within":"1us"}' --jobs 1 --tries 50 --output part.json
    [ $? -eq 130 ] || wrong "SIG$signal: not interrupted: $(cat part.txt)"
    grep -q 'stopped before the end' part.txt || wrong "it does not say that it stopped: $(cat part.txt)"
    fails part.json recovers
done

# Nothing is left but the results.
[ -z "$(ls -d raft-emulator-shrink-* 2>/dev/null)" ] || wrong "scratch was left behind"

shrink 4 leader-election --seed 1
says 'leader-election does not fail with seed 0x1 or those behind it: there is nothing to shrink'
shrink 2 leader-election --seed 1 --budget-runs 1
shrink 64
shrink 64 leader-election split-brain-5
shrink 64 --swarm
shrink 64 --swarm leader-election --seed 1
shrink 64 leader-election --tries 0
shrink 64 leader-election --limit 5
shrink 64 leader-election --seed 1x
shrink 64 leader-election --fails 6
shrink 66 leader-election --passes-with ./no-such-program
shrink 64 leader-election --live --passes-with "$emulator"
shrink 64 leader-election --budget-runs none
shrink 66 there-is-no-such-scenario
shrink 65 leader-election --set cluster.voters=0
"$emulator" shrink leader-election --seed 3 --set 'expect.recovers={"within":"1us"}' \
    --budget-runs 9 --output nowhere/out.json >/dev/null 2>&1
[ $? -eq 73 ] || wrong "a result that cannot be written is not said"
shrink 73 leader-election --seed 1 --output nowhere/out.json
exit $failed
