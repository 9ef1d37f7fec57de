#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A sweep: seeds that pass leave nothing, one that fails is kept and its reproduce line shows it again,
# drawn scenarios are the same for the same seed, and bad options are refused.
#
#   sweep.sh EMULATOR RUNS
set -u
emulator=$1 runs=$2
failed=0

wrong() {
    echo "FAIL: $*"
    failed=1
}

# sweep CODE ARGUMENT...: the exit code must be CODE; what was said is in $said.
sweep() {
    want=$1
    shift
    said=$("$emulator" sweep --runs "$runs" "$@" 2>&1)
    code=$?
    [ $code -eq "$want" ] || wrong "sweep $*: exit code $code, not $want: $said"
}

says() {
    printf '%s\n' "$said" | grep -qE -- "$1" || wrong "not said: $1 in: $said"
}

rm -rf "$runs"

# Passing seeds: counted, and gone.
sweep 0 leader-election --seeds 1..25 --jobs 2
says '^25 seeds, 0 failed'
says '^  elections +[1-9]'
says '^  2 run twice, 0 of them not the same'
[ -z "$(ls -A "$runs")" ] || wrong "left behind: $(ls -A "$runs")"

# The same seeds meet the same things, however many at once.
counted() {
    printf '%s\n' "$said" | grep -E '^  [a-zA-Z]+ +[0-9]+ '
}
sweep 0 --swarm --seeds 100..111 --jobs 1
one=$(counted)
sweep 0 --swarm --seeds 100..111 --jobs 3
[ "$one" = "$(counted)" ] || wrong "the same seeds counted otherwise: $one and $(counted)"
[ -n "$one" ] || wrong "nothing was counted"

# A seed that fails: this limit cannot be kept.
sweep 1 leader-election --seeds 5..9 --set 'expect.recovers={"within":"1us"}' --until-fail --jobs 1
says '^FAIL +leader-election seed 0x5: recovers: '
says '^1 seeds, 1 failed'
[ -f "$runs/latest-failed/verdict.json" ] || wrong "the failed run was not kept"
again=$(printf '%s\n' "$said" | sed -n 's/^  reproduce *raft-emulator //p')
[ -n "$again" ] || wrong "no reproduce line"
eval "\"$emulator\" $again --runs \"$runs\" --quiet" >/dev/null 2>&1
[ $? -eq 1 ] || wrong "reproduce: $again: it did not fail again"

# What cannot run here hides nothing of what could.
"$emulator" sim log-sink-blocked leader-election --set 'coverage={"opsOk":1000000000}' --runs "$runs" --quiet >/dev/null 2>&1
code=$?
[ $code -eq 4 ] || wrong "one that cannot run and one that is vacuous: exit code $code, not 4"

# A drawn one that fails is kept as a scenario.
sweep 1 --swarm --seeds 3..3 --set 'expect.recovers={"within":"1us"}'
again=$(printf '%s\n' "$said" | sed -n 's/^  reproduce *raft-emulator //p')
eval "\"$emulator\" $again --runs \"$runs\" --quiet" >/dev/null 2>&1
[ $? -eq 1 ] || wrong "reproduce: $again: it did not fail again"
[ -z "$(ls -d "$runs"/.sweep-* 2>/dev/null)" ] || wrong "scratch was left behind"

# Two hundred clusters of one, with nothing broken, test too little, well as they all are.
sweep 4 --swarm --seeds 1..200 --set 'cluster={"voters": 1}' --set 'links={}' --set 'finally=[]' \
      --set 'clients={"count": 1, "model": "register", "ratePerS": 100}' --set 'expect={}' \
      --set 'steps=[{"wait": {"leader": {}}, "within": "9s"}, {"wait": "100ms"}]' --set 'coverage={}'
says '^200 seeds, 0 failed'
says 'no seed of the swarm met any truncations'

# A folder for results that nobody needed is not left behind; one that was there stays.
"$emulator" sweep --runs "$runs/unneeded" --swarm --seeds 1..2 >/dev/null 2>&1
[ ! -e "$runs/unneeded" ] || wrong "an empty folder was left behind"
[ -d "$runs" ] || wrong "a folder that was there is gone"

# Started so that an interrupt is nothing to it, as by nohup or a shell's background, it goes on.
"$emulator" sweep --runs "$runs" --swarm --seeds 1..60 >"$runs.said" 2>&1 & # which ignores it from birth on
while [ -z "$(ls -d "$runs"/.sweep-* 2>/dev/null)" ] && kill -0 $! 2>/dev/null; do sleep 0.01; done
kill -INT $!
wait $! || wrong "an interrupt that was to be ignored: $(cat "$runs.said")"
grep -q '^60 seeds, 0 failed' "$runs.said" || wrong "interrupted: $(tail -3 "$runs.said")"
rm -f "$runs.said"

sweep 64
sweep 64 --swarm leader-election
sweep 64 --swarm --seeds 5..3
sweep 64 --swarm --seeds 1..2 --count 3
sweep 64 --swarm --jobs 0
sweep 64 --swarm --tag rafty
sweep 64 --seeds 1..2
# A --set that suits nothing that is drawn is said once, not by every seed.
sweep 65 --swarm --seeds 1..9 --set nonsense=5
[ "$(printf '%s\n' "$said" | grep -c 'unknown key "nonsense"')" = 1 ] || wrong "not once: $said"
# A tag chooses among the scenarios.
sweep 66 leader-election --tag there-is-no-such-tag
sweep 0 --tag rafty --seeds 1..1
says "^$("$emulator" list --tag rafty | grep -c "^[a-z]") seeds, 0 failed"
sweep 66 there-is-no-such-scenario
exit $failed
