#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# shrink --live: candidates on real processes, as often as decides it. A few runs are enough to see
# something go; ended in the middle of a run, nothing of it is left.
#
#   shrink-live.sh EMULATOR FOLDER
set -u
emulator=$1 folder=$2
here=$(cd "$(dirname "$0")" && pwd)

fail() {
    echo "FAIL: $*"
    exit 1
}

rm -rf "$folder"
mkdir -p "$folder"
cd "$folder" || exit 1
TMPDIR=$folder
export TMPDIR

# No term ends so high. (What a slow machine would excuse is no good: it would not fail there.)
cat >story.json <<'END'
{"version":1, "name":"story", "why":"somebody is paused, and then the leader dies",
 "cluster":{"voters":3, "config":{"election_timeout":"300ms..600ms", "heartbeat":"60ms"}},
 "clients":{"count":2, "model":"register", "ratePerS":50, "keys":2, "timeout":"2s"},
 "steps":[
  {"wait":{"leader":{"stable":"200ms"}}, "within":"60s"},
  {"proc.pause":{"who":"follower(0)"}, "for":"100ms"},
  {"proc.kill":{"who":"leader"}, "as":"dead"},
  {"wait":{"leader":{"stable":"100ms"}}, "within":"60s"},
  {"proc.start":{"who":"$dead"}},
  {"wait":{"caughtUp":{"who":"all", "lagEntries":5}}, "within":"60s"}],
 "expect":{"linearizable":true, "leaderChanges":{"max":1000}},
 "finally":[{"term":{"atLeast":100000}, "within":"100ms"}],
 "coverage":{"opsOk":1}}
END
said=$("$emulator" shrink story.json --live --repeat 2 --fails 1 --budget-runs 6 2>&1)
code=$?
if [ $code -eq 77 ]; then
    printf 'skip: %s\n' "$said"
    exit 77
fi
[ $code -eq 0 ] || fail "exit code $code: $said"
printf '%s\n' "$said" | grep -q '^shrunk   story: finally$' || fail "not that it fails of its end: $said"
printf '%s\n' "$said" | grep -q 'reproduce  raft-emulator run story-shrunk.json' ||
    fail "no line to reproduce: $said"
"$emulator" validate story-shrunk.json >/dev/null 2>&1 || fail "no scenario: $(cat story-shrunk.json)"
grep -q '"run": "live"' story-shrunk.json || fail "not for real processes: $(cat story-shrunk.json)"
grep -q 'leaderChanges' story-shrunk.json && fail "nothing was left out: $(cat story-shrunk.json)"

# What passes is not shrunk, and known after two runs of three.
said=$("$emulator" shrink story.json --live --repeat 3 --fails 2 --set 'finally=[]' 2>&1)
[ $? -eq 4 ] || fail "what passes was shrunk: $said"

# Ended while a run is on.
"$here/shrink-ended.sh" TERM part.txt \
    "$emulator" shrink story.json --live --repeat 2 --fails 1 --output part.json
[ $? -eq 130 ] || fail "not interrupted: $(cat part.txt)"
"$emulator" validate part.json >/dev/null 2>&1 || fail "the best so far is no scenario"
[ -z "$(ls -d raft-emulator-shrink-* 2>/dev/null)" ] || fail "scratch was left behind"
for p in /proc/[0-9]*; do
    cat "$p/cmdline" 2>/dev/null | tr '\0' ' ' | grep -q -- "$folder/raft-emulator-shrink" &&
        fail "a process is left: $(tr '\0' ' ' <"$p/cmdline")"
done
exit 0
