#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Who is told of a run changes nothing of it; and what is told explains an election: who had been
# silent, who asked, who voted, who led, and what the scenario had done before.
#
#   sim-narrate.sh EMULATOR SCENARIOS RUNS
set -u
emulator=$1 scenario=$2/elections/leader-election.json runs=$3
rm -rf "$runs"
mkdir -p "$runs"
sim() { "$emulator" sim "$scenario" --seed 7 --runs "$runs/results" --keep never "$@"; }
fail() { echo "$1"; exit 1; }

sim --quiet >"$runs/plain.txt" || fail "the plain run: exit code $?"
sim --quiet --narrate=messages,clients >"$runs/all.txt" || fail "the told run: exit code $?"
sim --narrate >"$runs/told.txt" || fail "the told run: exit code $?"
for told in "$runs/all.txt" "$runs/told.txt"; do
    [ "$(grep -o 'unseed 0x[0-9A-F]*' "$runs/plain.txt")" = \
      "$(grep -o 'unseed 0x[0-9A-F]*' "$told")" ] || fail "$told: telling changed the run"
done

# In this order, whatever lies between.
awk -v want='proc.kill n[1-3]: kills at once|asking for pre-votes .*\(n[1-3] was heard [0-9]+ ms ago\)|pre-vote granted|campaign for term|vote granted in term|votes of a quorum: leader of term|proc.start n[1-3]: starts again|over: .*proc.kill' '
    BEGIN { count = split(want, wanted, "|"); at = 1 }
    $0 ~ wanted[at] { at++ }
    at > count { exit }
    END { if (at <= count) { print "not told: " wanted[at]; exit 1 } }' "$runs/told.txt" || exit 1

grep -q ' sends \| gets ' "$runs/told.txt" && fail "messages are told without being asked for"
grep -q 'went by: heartbeats ([1-9]' "$runs/told.txt" || fail "heartbeats are not counted"
grep -q 'sends RequestVote n' "$runs/all.txt" || fail "no message is told"
grep -q ' c1  *asks n[1-3]: ' "$runs/all.txt" || fail "no operation is told"
grep -q 'sends Heartbeat' "$runs/all.txt" && fail "heartbeats are told one by one"

# A split brain is a story that can be read: what goes on and on is counted, what matters is there.
"$emulator" sim "$2/partitions/split-brain-5.json" --seed 7 --runs "$runs/results" --keep never \
    --narrate >"$runs/split.txt" || fail "the split brain: exit code $?"
lines=$(grep -c '^ *[0-9.]* s  ' "$runs/split.txt")
[ "$lines" -lt 400 ] || fail "the split brain takes $lines lines"
for want in 'no quorum was heard .*: leader of term [0-9]* no more' 'it led itself until [0-9]* ms ago' \
            'has another entry at [0-9]*: removed' 'asked for pre-votes again ([1-9]'; do
    grep -q "$want" "$runs/split.txt" || fail "not told of the split brain: $want"
done

sim --narrate=rumours >"$runs/bad.txt" 2>&1
[ $? -eq 64 ] || fail "an unknown word is taken"
grep -q 'narrate: rumours: only messages and clients' "$runs/bad.txt" || { cat "$runs/bad.txt"; exit 1; }
